//! Calls that make, move, change and read panes.

use std::path::PathBuf;

use tokio::sync::oneshot;

use crate::core::model::workspace::PaneSpec;
use crate::core::panes::attributes::{Extras, Tint, UnknownTint};
use crate::core::panes::lifecycle::{Place, Refusal, Start};
use crate::server::Server;
use crate::server::aside::look::directory_of;
use crate::server::control::calls::{done, refused, result};
use crate::server::message::Answer;
use segno_agent::panetype::launch::{Wishes, check_request};
use segno_base::ids::PaneId;
use segno_base::screen::geometry::Direction;
use segno_wire::control::panes::pane::{Created, MovePane, NewPane, Placement, SetPane};
use segno_wire::rpc::{RpcError, code};

impl Server {
    /// Makes a pane: in the directory that is asked for, else in that of the conversation.
    pub(in crate::server) fn new_pane(&mut self, new: NewPane, answer: oneshot::Sender<Answer>) {
        match new.session {
            None => self.new_pane_known(new, None, answer),
            Some(_) => self.after_history(move |server| {
                let session = new.session.as_ref();
                let of = new.type_name.as_deref();
                let known = session.and_then(|session| server.conversation_known(of, session));
                server.new_pane_known(new, known, answer);
            }),
        }
    }

    fn new_pane_known(
        &mut self,
        new: NewPane,
        known: Option<(String, PathBuf)>,
        answer: oneshot::Sender<Answer>,
    ) {
        let (known_type, known_cwd) = known.unzip();
        let (asked, default) = (new.cwd.clone(), new.default_cwd.clone());
        self.aside(
            move || directory_of(asked, known_cwd, default),
            move |server, found| {
                let _ = answer.send(match found {
                    Ok(cwd) => server.new_pane_in(new, known_type, cwd),
                    Err(cwd) => Err(RpcError::invalid_params(format!(
                        "{} is no directory; make it first, or name another with --cwd",
                        cwd.display()
                    ))),
                });
            },
        );
    }

    fn new_pane_in(
        &mut self,
        new: NewPane,
        known_type: Option<String>,
        cwd: Option<PathBuf>,
    ) -> Answer {
        self.refresh_directory(self.shared.model.focused_pane());
        let type_name = new.type_name.or(known_type);
        let type_name =
            type_name.unwrap_or_else(|| self.shared.config.general.default_type.clone());
        let ty = self
            .shared
            .registry
            .get(&type_name)
            .cloned()
            .ok_or_else(|| refused(&Refusal::NoType(type_name.clone())))?;
        self.room_for_pane().map_err(|why| RpcError::new(code::REFUSED, why.to_string()))?;
        let caller = new.focus.then(|| {
            let from = new.from.as_deref().and_then(|from| self.pane_by_name(from).ok());
            self.shared.model.client_of(from)
        });
        let toggles = match new.toggles {
            Some(toggles) => toggles.into_iter().collect(),
            None => ty.default_toggles(),
        };
        let of = match (&new.of, new.placement) {
            (None, Placement::Tab) => None,
            // Where there is nothing to split, the pane gets a tab.
            (None, _) => self.shared.model.focused_pane(),
            (Some(of), _) if of == "@focused" => self.shared.model.focused_pane(),
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
            cwd: self.directory_for(cwd),
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
            match caller {
                // Whoever comes next begins there.
                Some(None) if model.clients.is_empty() => model.focus(None, pane, out)?,
                Some(Some(client)) => model.focus(Some(client), pane, out)?,
                Some(None) => model.begin_at(pane, out),
                None => {}
            }
            Ok(pane)
        });
        created.map_err(|r| refused(&r)).and_then(|pane| result(&Created { pane }))
    }

    pub(in crate::server) fn move_pane(&mut self, to: &MovePane) -> Answer {
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

    pub(in crate::server) fn toggle_popup(&mut self, of: PaneId) -> Answer {
        self.refresh_directory(Some(of));
        let toggled = self.with_model(|model, cx, out| model.toggle_popup(None, of, cx, out));
        toggled.map_err(|r| refused(&r)).and_then(|pane| result(&Created { pane }))
    }

    pub(in crate::server) fn set_pane(&mut self, set: &SetPane) -> Answer {
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
}
