//! Calls that make, move, change and read panes.

use std::path::PathBuf;

use tokio::sync::oneshot;

use crate::core::model::keyed::KEY_MAX;
use crate::core::panes::attributes::{Extras, Tint, UnknownTint};
use crate::core::panes::lifecycle::{Place, Refusal};
use crate::server::aside::look::directory_of;
use crate::server::control::calls::{done, refused, result};
use crate::server::message::Answer;
use crate::server::{Server, clock};
use segno_agent::panetype::launch::check_request;
use segno_agent::start::Start;
use segno_base::ids::PaneId;
use segno_base::screen::geometry::Direction;
use segno_wire::control::panes::pane::{Created, MovePane, NewPane, PaneRef, Placement, SetPane};
use segno_wire::rpc::{RpcError, code};

const PANE_NEW: &str = "pane.new";

impl Server {
    /// The panes that a call with this key has made before.
    pub(in crate::server) fn made_before(
        &self,
        method: &str,
        key: Option<&str>,
    ) -> Result<Option<Vec<PaneId>>, RpcError> {
        let Some(key) = key else { return Ok(None) };
        if key.is_empty() || key.len() > KEY_MAX {
            let why = format!("a key has 1 to {KEY_MAX} bytes");
            return Err(RpcError::invalid_params(why));
        }
        let made = self.model.keyed.find(method, key, clock::now_ms());
        Ok(made.map(<[PaneId]>::to_vec))
    }

    /// Makes a pane: in the directory that is asked for, else in that of the conversation.
    pub(in crate::server) fn new_pane(&mut self, new: NewPane, answer: oneshot::Sender<Answer>) {
        match new.session {
            None => self.new_pane_known(new, None, answer),
            Some(_) => self.after_history(move |server| {
                let session = new.session.as_ref();
                let of = Some(new.start.type_name.as_str()).filter(|name| !name.is_empty());
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
        let asked = Some(new.start.cwd.clone()).filter(|cwd| !cwd.as_os_str().is_empty());
        let default = new.default_cwd.clone();
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
        if let Some(panes) = self.made_before(PANE_NEW, new.key.as_deref())? {
            let pane = panes.first().copied();
            let pane = pane.ok_or_else(|| RpcError::failed("nothing was made with this key"))?;
            return result(&Created { pane });
        }
        self.refresh_directory(self.model.focused_pane());
        let mut start = new.start;
        if start.type_name.is_empty() {
            let default = || self.config.general.default_type.clone();
            start.type_name = known_type.unwrap_or_else(default);
        }
        start.cwd = self.directory_for(cwd);
        start.name = start.name.filter(|name| !name.trim().is_empty());
        let ty = self
            .registry
            .get(&start.type_name)
            .cloned()
            .ok_or_else(|| refused(&Refusal::NoType(start.type_name.clone())))?;
        self.room_for_pane().map_err(|why| RpcError::new(code::REFUSED, why.to_string()))?;
        let caller = new.focus.then(|| {
            let from = new.from.as_ref().and_then(|from| self.pane_by_name(from).ok());
            self.model.client_of(from)
        });
        let of = match (&new.of, new.placement) {
            (None, Placement::Tab) => None,
            // Where there is nothing to split, the pane gets a tab.
            (None, _) => self.model.focused_pane(),
            (Some(PaneRef::Focused), _) => self.model.focused_pane(),
            (Some(of), _) => Some(self.pane_by_name(of)?),
        };
        let place = match (new.placement, of) {
            (Placement::Right, Some(of)) => Place::Split { of, side: Direction::Right },
            (Placement::Down, Some(of)) => Place::Split { of, side: Direction::Down },
            (Placement::Popup, Some(of)) => Place::Popup { of },
            _ => Place::Tab,
        };
        check_request(&ty, &start, new.prompt.as_deref(), new.session.as_ref())
            .map_err(|e| RpcError::invalid_params(e.to_string()))?;
        let with = new.session.map_or(Start::Fresh, Start::Session);
        let created = self.with_model(|model, cx| {
            let pane = model.open(start, place, with, new.prompt, cx)?;
            model.note_key(PANE_NEW, new.key.as_deref(), pane, cx);
            match caller {
                // Whoever comes next begins there.
                Some(None) if model.clients.is_empty() => model.focus(None, pane, cx)?,
                Some(Some(client)) => model.focus(Some(client), pane, cx)?,
                Some(None) => model.begin_at(pane, cx),
                None => {}
            }
            Ok(pane)
        });
        self.saver.had_panes = true;
        created.map_err(|r| refused(&r)).and_then(|pane| result(&Created { pane }))
    }

    pub(in crate::server) fn move_pane(&mut self, to: &MovePane) -> Answer {
        let pane = self.pane_by_name(&to.pane)?;
        let of = |default: &PaneRef| self.pane_by_name(to.of.as_ref().unwrap_or(default));
        let place = match to.placement {
            Placement::Tab => Place::Tab,
            Placement::Right => Place::Split { of: of(&PaneRef::Focused)?, side: Direction::Right },
            Placement::Down => Place::Split { of: of(&PaneRef::Focused)?, side: Direction::Down },
            Placement::Popup => Place::Popup { of: of(&to.pane)? },
        };
        done(self.with_model(|model, cx| model.move_pane(pane, place, None, cx)))
    }

    pub(in crate::server) fn toggle_popup(&mut self, of: PaneId) -> Answer {
        self.refresh_directory(Some(of));
        let toggled = self.with_model(|model, cx| model.toggle_popup(None, of, cx));
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
        done(self.with_model(|model, cx| model.set_extras(pane, change, cx)))
    }
}
