//! Calls that make, move, change and read panes.

use std::path::PathBuf;

use tokio::sync::oneshot;

use crate::server::agent::evidence::Evidence;
use crate::server::agent::spool_reader::with_recorded;
use crate::server::aside::look::directory_of;
use crate::server::clock;
use crate::server::control::calls::{done, refused, result};
use crate::server::control::target::pane_named;
use crate::server::control::target::{must_run, must_take_input};
use crate::server::lifecycle::pane_types::reload_types;
use crate::server::message::Answer;
use crate::server::pane::cwd::refresh_directory;
use crate::server::pane::process::room_for_pane;
use crate::server::shared::Shared;
use crate::server::shared::Stateless;
use segno_agent::panetype::launch::check_request;
use segno_agent::start::Start;
use segno_base::ids::PaneId;
use segno_base::key::KeyEvent;
use segno_base::screen::geometry::Direction;
use segno_base::tint::{Tint, UnknownTint};
use segno_core::model::keyed::KEY_MAX;
use segno_core::model::workspace::Model;
use segno_core::panes::attributes::Extras;
use segno_core::panes::lifecycle::{Place, Refusal};
use segno_core::update::effect::PaneInput;
use segno_wire::control::conversation::SessionList;
use segno_wire::control::panes::pane::{
    Close, Created, Keys, MovePane, NewPane, PaneRef, Placement, Restart, SetPane,
};
use segno_wire::rpc::{RpcError, code};

const PANE_NEW: &str = "pane.new";

/// The panes that a call with this key has made before.
pub(in crate::server) fn made_before(
    model: &Model,
    method: &str,
    key: Option<&str>,
) -> Result<Option<Vec<PaneId>>, RpcError> {
    let Some(key) = key else { return Ok(None) };
    if key.is_empty() || key.len() > KEY_MAX {
        let why = format!("a key has 1 to {KEY_MAX} bytes");
        return Err(RpcError::invalid_params(why));
    }
    let made = model.keyed.find(method, key, clock::now_ms());
    Ok(made.map(<[PaneId]>::to_vec))
}

/// Makes a pane: in the directory that is asked for, else in that of the conversation.
pub(in crate::server) fn new_pane(
    shared: &mut Shared,
    new: NewPane,
    answer: oneshot::Sender<Answer>,
) {
    let named = &new.start.type_name;
    if !named.is_empty() && shared.registry.get(named).is_none() {
        // Its file may have been written a moment ago.
        return reload_types(shared, |shared| new_pane_of(shared, new, answer));
    }
    new_pane_of(shared, new, answer);
}

fn new_pane_of(shared: &mut Shared, new: NewPane, answer: oneshot::Sender<Answer>) {
    let Some(session) = new.session.clone() else {
        return new_pane_known(shared, new, None, answer);
    };
    shared.to(move |evidence: &mut Evidence, shared: &mut Shared| {
        evidence.after_history(shared, move |evidence: &mut Evidence, shared: &mut Shared| {
            let of = Some(new.start.type_name.as_str()).filter(|name| !name.is_empty());
            let known = evidence.conversation_known(of, &session);
            new_pane_known(shared, new, known, answer);
        });
    });
}

fn new_pane_in(
    shared: &mut Shared,
    new: NewPane,
    known_type: Option<String>,
    cwd: Option<PathBuf>,
) -> Answer {
    if let Some(panes) = made_before(&shared.model, PANE_NEW, new.key.as_deref())? {
        let pane = panes.first().copied();
        let pane = pane.ok_or_else(|| RpcError::failed("nothing was made with this key"))?;
        return result(&Created { pane });
    }
    let focused = shared.model.focused_pane();
    refresh_directory(shared, focused);
    let mut start = new.start;
    if start.type_name.is_empty() {
        let default = || shared.config.general.default_type.clone();
        start.type_name = known_type.unwrap_or_else(default);
    }
    start.cwd = shared.directory_for(cwd);
    start.name = start.name.filter(|name| !name.trim().is_empty());
    let found = shared.registry.find(&start.type_name);
    let ty = found.map_err(|unknown| refused(&unknown.into()))?.clone();
    room_for_pane(&shared.panes).map_err(|why| RpcError::new(code::REFUSED, why.to_string()))?;
    let parent = new.from.as_ref().and_then(|from| pane_named(&shared.model, from).ok());
    let caller = new.focus.then(|| shared.model.client_of(parent));
    let of = match (&new.of, new.placement) {
        (None, Placement::Tab) => None,
        // Where there is nothing to split, the pane gets a tab.
        (None, _) => shared.model.focused_pane(),
        (Some(PaneRef::Focused), _) => shared.model.focused_pane(),
        (Some(of), _) => Some(pane_named(&shared.model, of)?),
    };
    let place = match (new.placement, of) {
        (Placement::Right, Some(of)) => Place::Split { of, side: Direction::Right },
        (Placement::Down, Some(of)) => Place::Split { of, side: Direction::Down },
        (Placement::Popup, Some(of)) => Place::Popup { of },
        _ => Place::Tab,
    };
    check_request(&ty, &start, new.prompt.as_deref(), new.session.as_ref())
        .map_err(|e| RpcError::invalid_params(e.to_string()))?;
    let with = match (new.session, new.fork) {
        (Some(session), false) => Start::Session(session),
        (Some(session), true) => Start::Fork(session),
        (None, _) => Start::Fresh,
    };
    let created = shared.with_model(|model, cx| {
        let pane = model.open(start, place, with, new.prompt, cx)?;
        model.set_parent(pane, parent);
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
    created.map_err(|r| refused(&r)).and_then(|pane| result(&Created { pane }))
}

fn new_pane_known(
    shared: &mut Shared,
    new: NewPane,
    known: Option<(String, PathBuf)>,
    answer: oneshot::Sender<Answer>,
) {
    let (known_type, known_cwd) = known.unzip();
    let asked = Some(new.start.cwd.clone()).filter(|cwd| !cwd.as_os_str().is_empty());
    let default = new.default_cwd.clone();
    shared.aside(
        move || directory_of(asked, known_cwd, default),
        move |_: &mut Stateless, shared: &mut Shared, found| {
            let _ = answer.send(match found {
                Ok(cwd) => new_pane_in(shared, new, known_type, cwd),
                Err(cwd) => Err(RpcError::invalid_params(format!(
                    "{} is no directory; make it first, or name another with --cwd",
                    cwd.display()
                ))),
            });
        },
    );
}

pub(in crate::server) fn move_pane(shared: &mut Shared, to: &MovePane) -> Answer {
    let pane = pane_named(&shared.model, &to.pane)?;
    let of = |default: &PaneRef| pane_named(&shared.model, to.of.as_ref().unwrap_or(default));
    let place = match to.placement {
        Placement::Tab => Place::Tab,
        Placement::Right => Place::Split { of: of(&PaneRef::Focused)?, side: Direction::Right },
        Placement::Down => Place::Split { of: of(&PaneRef::Focused)?, side: Direction::Down },
        Placement::Popup => Place::Popup { of: of(&to.pane)? },
    };
    done(shared.with_model(|model, cx| model.move_pane(pane, place, None, cx)))
}

pub(in crate::server) fn toggle_popup(shared: &mut Shared, of: &PaneRef) -> Answer {
    let of = pane_named(&shared.model, of)?;
    refresh_directory(shared, Some(of));
    let toggled = shared.with_model(|model, cx| model.toggle_popup(None, of, cx));
    toggled.map_err(|r| refused(&r)).and_then(|pane| result(&Created { pane }))
}

pub(in crate::server) fn set_pane(shared: &mut Shared, set: &SetPane) -> Answer {
    let pane = pane_named(&shared.model, &set.pane)?;
    let color = match set.color.as_deref() {
        None => None,
        Some("none" | "") => Some(None),
        Some(name) => {
            let tint: Tint =
                name.parse().map_err(|e: UnknownTint| RpcError::invalid_params(e.to_string()))?;
            Some(Some(tint))
        }
    };
    let change = |extras: &mut Extras| {
        extras.pinned = set.pinned.unwrap_or(extras.pinned);
        extras.muted = set.muted.unwrap_or(extras.muted);
        extras.broadcast = set.broadcast.unwrap_or(extras.broadcast);
        extras.color = color.unwrap_or(extras.color);
    };
    done(shared.with_model(|model, cx| model.set_extras(pane, change, cx)))
}

/// Starts a pane's program again.
pub(in crate::server) fn restart(
    shared: &mut Shared,
    restart: Restart,
    answer: oneshot::Sender<Answer>,
) {
    let (args, cwd) = (restart.args.clone(), restart.cwd.clone());
    let (pane, start) = match restarted(shared, restart) {
        Ok(restarted) => restarted,
        Err(error) => return drop(answer.send(Err(error))),
    };
    with_recorded(shared, pane, move |shared: &mut Shared, recorded| {
        let restarted = shared.with_model(|model, cx| {
            model.set_recorded(pane, recorded);
            if let Some(args) = args {
                model.set_args(pane, args);
            }
            if let Some(cwd) = cwd {
                model.went_to(pane, cwd, cx);
            }
            model.restart(pane, start, cx)
        });
        let _ = answer.send(done(restarted));
    });
}

/// Which pane is to be started again, and how.
fn restarted(shared: &Shared, restart: Restart) -> Result<(PaneId, Start), RpcError> {
    let pane = pane_named(&shared.model, &restart.pane)?;
    if let Start::Session(session) | Start::Fork(session) = &restart.with {
        check_session(shared, pane, session.as_str())?;
    }
    if let Some(cwd) = restart.cwd.as_ref().filter(|cwd| !cwd.is_absolute()) {
        let why = format!("cwd {} is not absolute; name it from /", cwd.display());
        return Err(RpcError::invalid_params(why));
    }
    Ok((pane, restart.with))
}

fn check_session(shared: &Shared, pane: PaneId, session: &str) -> Result<(), RpcError> {
    match shared.pane_type(pane) {
        Some(ty) if ty.session_id_ok(session) => Ok(()),
        Some(ty) => Err(RpcError::invalid_params(format!(
            "{session:?} is no conversation of {}; `segno sessions {pane}` lists those of this pane",
            ty.title
        ))),
        None => Ok(()),
    }
}

/// Presses keys in a pane.
pub(in crate::server) fn keys(shared: &mut Shared, keys: Keys, from: Option<PaneId>) -> Answer {
    let pane = pane_named(&shared.model, &keys.pane)?;
    must_run(&shared.model, pane)?;
    must_take_input(&shared.panes, pane)?;
    shared.with_model(|model, cx| model.drive(pane, from, cx));
    for key in keys.keys {
        shared.pane_input(pane, PaneInput::Key(KeyEvent::from(key)));
    }
    Ok(serde_json::Value::Null)
}

pub(in crate::server) fn close(shared: &mut Shared, on: &Close) -> Answer {
    let pane = pane_named(&shared.model, &on.pane)?;
    if shared.model.is_pinned(pane) && !on.force {
        return Err(refused(&Refusal::Pinned(pane)));
    }
    done(shared.with_model(|model, cx| model.close(pane, cx)))
}

/// The conversations that a pane has been in.
pub(in crate::server) fn sessions(model: &Model, pane: &PaneRef) -> Answer {
    let pane = pane_named(model, pane)?;
    let tracking = model.panes.get(&pane).and_then(|p| p.tracking.as_ref());
    let sessions = tracking.map(|t| t.timeline().to_vec()).unwrap_or_default();
    result(&SessionList { sessions })
}
