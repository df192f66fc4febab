//! A pane's text in files of the user's: its log, its saved scrollback, its note.

use std::path::{Path, PathBuf};
use std::time::Duration;

use tokio::sync::oneshot;

use crate::server::aside::user_texts::{self, keep_note, prepare_note};
use crate::server::aside::{Lane, Work};
use crate::server::control::calls::result;
use crate::server::control::read::text_format;
use crate::server::control::target::pane_named;
use crate::server::message::{Answer, Message};
use crate::server::pane::output_log::OpenedLog;
use crate::server::shared::Shared;
use crate::server::shared::Stateless;
use segno_agent::start::{Start, StartRequest};
use segno_base::ids::{ClientId, PaneId};
use segno_core::panes::attributes::LogFile;
use segno_core::panes::lifecycle::Place;
use segno_core::update::effect::Effect;
use segno_store::file::user_file::Existing;
use segno_term::{Frozen, TextFormat};
use segno_wire::control::panes::pane::{LogPane, NoteText, PaneNote, SavePane};
use segno_wire::rpc::{RpcError, code};

/// How long a start waits for the file of a log.
const PATIENCE: Duration = Duration::from_millis(500);
/// The pane type that opens a note in the user's editor.
const NOTE_TYPE: &str = "note-editor";
/// Scrollback in a file of this name keeps its colours.
const COLORED: &str = "ansi";

/// Logs a pane's new program where the pane is logged, from its first byte on.
pub(in crate::server) fn log_on(
    shared: &mut Shared,
    pane: PaneId,
    opened: Option<(LogFile, Result<OpenedLog, String>)>,
) {
    let wanted = shared.model.panes.get(&pane).and_then(|p| p.extras.log.as_ref());
    match opened {
        Some((to, opened)) if wanted == Some(&to) => {
            let Some(terminal) = shared.panes.terminal(pane) else { return };
            if let Err(why) = opened.and_then(|opened| terminal.begin_log(opened)) {
                log_ended(shared, pane, &why);
            }
        }
        // That was changed meanwhile.
        _ => resume_log(shared, pane),
    }
}

/// The same for a program that was taken over, before anybody is served: a disk that hangs is
/// waited for no longer than nobody minds.
pub(in crate::server) fn resume_log_soon(shared: &mut Shared, pane: PaneId) {
    let log = shared.model.panes.get(&pane).and_then(|p| p.extras.log.clone());
    let Some(to) = log else { return };
    let (sender, opened) = std::sync::mpsc::channel();
    let file = to.clone();
    crate::server::aside::pool::spawn(move || {
        let opened = OpenedLog::open(&file).map_err(|error| error.to_string());
        // Nobody waits any more when it took too long.
        let _ = sender.send(opened);
    });
    match opened.recv_timeout(PATIENCE) {
        Ok(opened) => log_on(shared, pane, Some((to, opened))),
        Err(_) => resume_log(shared, pane),
    }
}

/// Goes on with the log that a pane has, if any, as soon as it can be opened.
fn resume_log(shared: &mut Shared, pane: PaneId) {
    let log = shared.model.panes.get(&pane).and_then(|p| p.extras.log.clone());
    if let Some(to) = log {
        open_log(shared, pane, to, move |shared: &mut Shared, opened| {
            if let Err(why) = opened {
                log_ended(shared, pane, &why);
            }
        });
    }
}

fn open_log(
    shared: &mut Shared,
    pane: PaneId,
    to: LogFile,
    then: impl FnOnce(&mut Shared, Result<(), String>) + Send + 'static,
) {
    shared.in_lane(Lane::Log(pane), move |_: &mut Stateless, shared: &mut Shared| {
        let Some(terminal) = shared.panes.terminal(pane).cloned() else {
            // Its program is being started; then it is opened.
            then(shared, Ok(()));
            return None;
        };
        let then = move |_: &mut Stateless, shared: &mut Shared, opened| then(shared, opened);
        Some(Work::of(move || terminal.log_to(&to), then))
    });
}

/// Logs a pane, from now on or no more.
pub(in crate::server) fn set_log(
    shared: &mut Shared,
    pane: PaneId,
    to: Option<LogFile>,
    then: impl FnOnce(&mut Shared, Result<(), String>) + Send + 'static,
) {
    let set = move |shared: &mut Shared, log| {
        shared
            .with_model(|model, cx| model.set_extras(pane, |extras| extras.log = log, cx))
            .map_err(|e| e.to_string())
    };
    match to {
        Some(to) => open_log(shared, pane, to.clone(), move |shared: &mut Shared, opened| {
            let set = opened.and_then(|()| set(shared, Some(to)));
            then(shared, set);
        }),
        None => shared.in_lane(Lane::Log(pane), move |_: &mut Stateless, shared: &mut Shared| {
            let terminal = shared.panes.terminal(pane).cloned();
            let end = move || terminal.iter().for_each(|terminal| terminal.end_log());
            Some(Work::of(end, move |_: &mut Stateless, shared: &mut Shared, ()| {
                let set = set(shared, None);
                then(shared, set);
            }))
        }),
    }
}

/// A pane's log cannot be written.
pub(in crate::server) fn log_ended(shared: &mut Shared, pane: PaneId, why: &str) {
    shared.with_model(|model, cx| {
        let Some(state) = model.panes.get_mut(&pane) else { return };
        let Some(log) = state.extras.log.take() else { return };
        let file = log.path.display();
        state.notes.push(format!(
            "the log to {file} has stopped: {why}; `segno log {pane} FILE` begins again"
        ));
        cx.out.extend([Effect::Save, Effect::Redraw]);
    });
}

pub(in crate::server) fn log_pane(
    shared: &mut Shared,
    log: LogPane,
    answer: oneshot::Sender<Answer>,
) {
    let asked = pane_named(&shared.model, &log.pane).and_then(|pane| {
        let to = log.path.map(|path| Ok(LogFile { path: absolute(path)?, raw: log.raw }));
        Ok((pane, to.transpose()?))
    });
    match asked {
        Ok((pane, to)) => set_log(shared, pane, to, move |_, logged| {
            let logged = logged.map(|()| serde_json::Value::Null);
            let _ = answer.send(logged.map_err(RpcError::failed));
        }),
        Err(error) => drop(answer.send(Err(error))),
    }
}

/// Begins or ends a pane's log for somebody at a terminal.
pub(in crate::server) fn log_for(
    shared: &mut Shared,
    client: ClientId,
    pane: PaneId,
    path: Option<String>,
) {
    let path = path.map(|path| named_file(shared, pane, &path));
    let said = match &path {
        Some(path) => format!("{pane} is logged to {}", path.display()),
        None => format!("{pane} is not logged any more"),
    };
    let to = path.map(|path| LogFile { path, raw: false });
    set_log(shared, pane, to, move |shared: &mut Shared, logged| {
        let said = logged.err().unwrap_or(said);
        shared.say(client, said);
    });
}

/// Saves what a pane has printed; answered when it is written.
pub(in crate::server) fn save_pane(
    shared: &mut Shared,
    save: SavePane,
    answer: oneshot::Sender<Answer>,
) {
    let write = pane_named(&shared.model, &save.pane).and_then(|pane| {
        Ok((absolute(save.path)?, whole(shared, pane)?, text_format(save.format)))
    });
    let (path, frozen, format) = match write {
        Ok(write) => write,
        Err(error) => return drop(answer.send(Err(error))),
    };
    let existing = if save.force { Existing::Replaced } else { Existing::Refused };
    crate::server::aside::pool::spawn(move || {
        let written = user_texts::save(&path, &frozen, format, existing);
        let _ = answer.send(written.map(|()| serde_json::Value::Null).map_err(RpcError::failed));
    });
}

/// Saves what a pane has printed for somebody at a terminal.
pub(in crate::server) fn save_for(shared: &mut Shared, client: ClientId, pane: PaneId, path: &str) {
    let path = named_file(shared, pane, path);
    let format = match path.extension().is_some_and(|e| e == COLORED) {
        true => TextFormat::Ansi,
        false => TextFormat::Plain,
    };
    let Ok(frozen) = whole(shared, pane) else { return };
    let queue = shared.queue.clone();
    crate::server::aside::pool::spawn(move || {
        let text = match user_texts::save(&path, &frozen, format, Existing::Refused) {
            Ok(()) => format!("saved to {}", path.display()),
            Err(why) => why,
        };
        let _ = queue.send(Message::Say { client, text });
    });
}

/// What a pane has printed, as it is now.
fn whole(shared: &Shared, pane: PaneId) -> Result<Frozen, RpcError> {
    let terminal = shared
        .panes
        .terminal(pane)
        .ok_or_else(|| RpcError::new(code::REFUSED, format!("{pane} has printed nothing yet")))?;
    Ok(terminal.emulator().freeze())
}

/// A file as somebody typed it in a pane's dialog: `~` is the home, the rest is in the pane's
/// directory.
fn named_file(shared: &Shared, pane: PaneId, text: &str) -> PathBuf {
    let typed =
        crate::server::aside::look::expanded(text.trim(), shared.options.user_home.as_deref());
    let cwd = shared.model.panes.get(&pane).map(|p| p.spec.cwd.clone()).unwrap_or_default();
    cwd.join(typed)
}

/// A pane's note, or a new one.
pub(in crate::server) fn note(
    shared: &mut Shared,
    note: PaneNote,
    answer: oneshot::Sender<Answer>,
) {
    let pane = match pane_named(&shared.model, &note.pane) {
        Ok(pane) => pane,
        Err(error) => return drop(answer.send(Err(error))),
    };
    let path = shared.options.home.note_file(pane);
    let keep = move || keep_note(&path, note.text.as_deref());
    shared.in_lane(Lane::Notes, |_: &mut Stateless, _: &mut Shared| {
        Some(Work::of(
            keep,
            move |_: &mut Stateless, _: &mut Shared, text: Result<String, String>| {
                let text = text.map_err(RpcError::failed);
                let _ = answer.send(text.and_then(|text| result(&NoteText { text })));
            },
        ))
    });
}

/// Opens a pane's note in the user's editor, beside it.
pub(in crate::server) fn edit_note(shared: &mut Shared, client: ClientId, pane: PaneId) {
    let path = shared.options.home.note_file(pane);
    shared.in_lane(Lane::Notes, move |_: &mut Stateless, _: &mut Shared| {
        Some(Work::of(
            move || (prepare_note(&path), path),
            move |_: &mut Stateless, shared: &mut Shared, (prepared, path)| {
                note_prepared(shared, client, pane, &path, prepared);
            },
        ))
    });
}

fn note_prepared(
    shared: &mut Shared,
    client: ClientId,
    pane: PaneId,
    path: &Path,
    prepared: Result<(), String>,
) {
    let of = shared.model.panes.get(&pane);
    let spec = StartRequest {
        type_name: NOTE_TYPE.to_string(),
        name: of.map(|p| format!("{} (note)", p.label())),
        cwd: of.map(|p| p.spec.cwd.clone()).unwrap_or_default(),
        args: vec![path.to_string_lossy().into_owned(), shared.config.copy.editor.clone()],
        ..StartRequest::default()
    };
    shared.with_model(|model, cx| {
        let opened = prepared.and_then(|()| {
            model
                .open(spec, Place::Tab, Start::Fresh, None, cx)
                .and_then(|editor| model.focus(Some(client), editor, cx))
                .map_err(|refusal| refusal.to_string())
        });
        if let Err(why) = opened {
            model.say(client, format!("cannot edit the note: {why}"), cx);
        }
    });
}

fn absolute(path: PathBuf) -> Result<PathBuf, RpcError> {
    match path.is_absolute() {
        true => Ok(path),
        false => Err(RpcError::invalid_params(format!("{} is no absolute path", path.display()))),
    }
}
