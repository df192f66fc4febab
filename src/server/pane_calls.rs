//! Calls that make, move, change and read panes.

use crate::base::geometry::{Direction, Point};
use crate::base::ids::PaneId;
use crate::core::extras::{Extras, Tint, UnknownTint};
use crate::core::model::PaneSpec;
use crate::core::panes::{Place, Refusal, Start};
use crate::panetype::launch::{Wishes, check_request};
use crate::term::{Lines, TextFormat};
use crate::wire::control::pane::{
    Created, MovePane, NewPane, Placement, Read, ReadFormat, ReadResult, SetPane,
};
use crate::wire::rpc::RpcError;

use super::Server;
use super::calls::{done, refused, result};
use super::message::Answer;

impl Server {
    pub(super) fn new_pane(&mut self, new: NewPane) -> Answer {
        self.refresh_directories();
        let type_name = new.type_name.unwrap_or_else(|| self.config.general.default_type.clone());
        let ty = self
            .registry
            .get(&type_name)
            .cloned()
            .ok_or_else(|| refused(&Refusal::NoType(type_name.clone())))?;
        if let Some(cwd) = new.cwd.as_ref().filter(|cwd| !cwd.is_dir()) {
            return Err(RpcError::invalid_params(format!(
                "{} is no directory; make it first, or name another with --cwd",
                cwd.display()
            )));
        }
        let toggles = match new.toggles {
            Some(toggles) => toggles.into_iter().collect(),
            None => ty.default_toggles(),
        };
        let of = match (&new.of, new.placement) {
            (None, Placement::Tab) => None,
            // Where there is nothing to split, the pane gets a tab.
            (None, _) => self.model.focused_pane(),
            (Some(of), _) if of == "@focused" => self.model.focused_pane(),
            (Some(of), _) => Some(self.pane_by_name(of)?),
        };
        let place = match (new.placement, of) {
            (Placement::Right, Some(of)) => Place::Split { of, side: Direction::Right },
            (Placement::Down, Some(of)) => Place::Split { of, side: Direction::Down },
            (Placement::Popup, Some(of)) => Place::Popup { of },
            _ => Place::Tab,
        };
        let spec = PaneSpec {
            type_name,
            name: new.name.filter(|n| !n.trim().is_empty()),
            cwd: self.directory_for(new.cwd),
            toggles,
            fields: new.fields,
            args: new.args,
            labels: new.labels,
            model: new.model,
            umask: new.umask,
        };
        let wishes = Wishes {
            toggles: &spec.toggles,
            fields: &spec.fields,
            model: spec.model.as_deref(),
            prompt: new.prompt.as_deref(),
            session: new.session.as_ref(),
        };
        check_request(&ty, &wishes).map_err(|e| RpcError::invalid_params(e.to_string()))?;
        let start = new.session.map_or(Start::Fresh, Start::Session);
        let created = self.with_model(|model, cx, out| {
            let pane = model.open(spec, place, start, new.prompt, cx, out)?;
            if !new.background {
                model.focus(None, pane, out)?;
            }
            Ok(pane)
        });
        self.saver.had_panes = true;
        created.map_err(|r| refused(&r)).and_then(|pane| result(&Created { pane }))
    }

    pub(super) fn move_pane(&mut self, to: &MovePane) -> Answer {
        let pane = self.pane_by_name(&to.pane)?;
        let of = |default: &str| self.pane_by_name(to.of.as_deref().unwrap_or(default));
        let place = match to.placement {
            Placement::Tab => Place::Tab,
            Placement::Right => Place::Split { of: of("@focused")?, side: Direction::Right },
            Placement::Down => Place::Split { of: of("@focused")?, side: Direction::Down },
            Placement::Popup => Place::Popup { of: of(&to.pane)? },
        };
        done(self.with_model(|model, _, out| model.move_pane(pane, place, None, out)))
    }

    pub(super) fn toggle_popup(&mut self, of: PaneId) -> Answer {
        self.refresh_directories();
        let toggled = self.with_model(|model, cx, out| model.toggle_popup(None, of, cx, out));
        toggled.map_err(|r| refused(&r)).and_then(|pane| result(&Created { pane }))
    }

    pub(super) fn set_pane(&mut self, set: &SetPane) -> Answer {
        let pane = self.pane_by_name(&set.pane)?;
        let color = match set.color.as_deref() {
            None => None,
            Some("none" | "") => Some(None),
            Some(name) => {
                let tint: Tint = name
                    .parse()
                    .map_err(|e: UnknownTint| RpcError::invalid_params(e.to_string()))?;
                Some(Some(tint))
            }
        };
        let change = |extras: &mut Extras| {
            extras.pinned = set.pinned.unwrap_or(extras.pinned);
            extras.muted = set.muted.unwrap_or(extras.muted);
            extras.broadcast = set.broadcast.unwrap_or(extras.broadcast);
            extras.color = color.unwrap_or(extras.color);
        };
        done(self.with_model(|model, _, out| model.set_extras(pane, change, out)))
    }

    pub(super) fn read(&self, pane: PaneId, read: &Read) -> Answer {
        let terminal = self.terminals.get(&pane);
        let Some(terminal) = terminal else { return result(&ReadResult::default()) };
        let lines = match (read.all, read.lines) {
            (true, _) => Lines::All,
            (false, Some(n)) => Lines::Last(n),
            (false, None) => Lines::Screen,
        };
        let format = match read.format {
            ReadFormat::Text => TextFormat::Plain,
            ReadFormat::Ansi => TextFormat::Ansi,
        };
        let emulator = terminal.emulator();
        let size = emulator.size();
        let cursor = emulator.cursor().map(|c| c.at).unwrap_or(Point::new(0, 0));
        result(&ReadResult {
            text: emulator.text(lines, format),
            cols: size.cols,
            rows: size.rows,
            cursor_x: cursor.x,
            cursor_y: cursor.y,
            alternate: emulator.modes().alt_screen,
        })
    }
}
