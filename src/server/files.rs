//! A pane's text in files of the user's: its log, its saved scrollback, its note.

use std::io::Write as _;
use std::path::{Path, PathBuf};

use tokio::sync::oneshot;

use crate::base::ids::{ClientId, PaneId};
use crate::core::effect::Effect;
use crate::core::extras::LogFile;
use crate::core::model::PaneSpec;
use crate::core::panes::{Place, Start};
use crate::store::user_file::{self, Existing};
use crate::term::{Lines, TextFormat};
use crate::wire::control::pane::{LogPane, NoteText, PaneNote, ReadFormat, SavePane};
use crate::wire::rpc::{RpcError, code};

use super::Server;
use super::calls::result;
use super::message::{Answer, Message};

/// The pane type that opens a note in the user's editor.
const NOTE_TYPE: &str = "note-editor";
/// Scrollback in a file of this name keeps its colours.
const COLORED: &str = "ansi";

impl Server {
    /// Goes on with the log that a pane has, if any; for a terminal that has just begun.
    pub(super) fn resume_log(&mut self, pane: PaneId) {
        let log = self.model.panes.get(&pane).and_then(|p| p.extras.log.clone());
        if let Some(to) = log
            && let Err(why) = self.open_log(pane, &to)
        {
            self.log_ended(pane, &why);
        }
    }

    fn open_log(&mut self, pane: PaneId, to: &LogFile) -> Result<(), String> {
        match self.terminals.get(&pane) {
            Some(terminal) => terminal.log_to(to).map_err(|e| e.to_string()),
            // Its program is being started; then it is opened.
            None => Ok(()),
        }
    }

    /// Logs a pane, from now on or no more.
    pub(super) fn log(&mut self, pane: PaneId, to: Option<LogFile>) -> Result<(), String> {
        match &to {
            Some(to) => self.open_log(pane, to)?,
            None => {
                if let Some(terminal) = self.terminals.get(&pane) {
                    terminal.end_log();
                }
            }
        }
        self.with_model(|model, _, out| model.set_extras(pane, |extras| extras.log = to, out))
            .map_err(|e| e.to_string())
    }

    /// A pane's log cannot be written.
    pub(super) fn log_ended(&mut self, pane: PaneId, why: &str) {
        self.with_model(|model, _, out| {
            let Some(state) = model.panes.get_mut(&pane) else { return };
            let Some(log) = state.extras.log.take() else { return };
            let file = log.path.display();
            state.notes.push(format!(
                "the log to {file} has stopped: {why}; `segno log {pane} FILE` begins again"
            ));
            out.extend([Effect::Save, Effect::Redraw]);
        });
    }

    pub(super) fn log_pane(&mut self, log: LogPane) -> Answer {
        let pane = self.pane_by_name(&log.pane)?;
        let to = match log.path {
            Some(path) => Some(LogFile { path: absolute(path)?, raw: log.raw }),
            None => None,
        };
        self.log(pane, to).map_err(RpcError::failed)?;
        Ok(serde_json::Value::Null)
    }

    /// Begins or ends a pane's log for somebody at a terminal.
    pub(super) fn log_for(&mut self, client: ClientId, pane: PaneId, path: Option<String>) {
        let path = path.map(|path| self.named_file(pane, &path));
        let told = match &path {
            Some(path) => format!("{pane} is logged to {}", path.display()),
            None => format!("{pane} is not logged any more"),
        };
        let told = match self.log(pane, path.map(|path| LogFile { path, raw: false })) {
            Ok(()) => told,
            Err(why) => why,
        };
        self.with_model(|model, _, out| model.say(client, told, out));
    }

    /// Saves what a pane has printed; answered when it is written.
    pub(super) fn save_pane(&mut self, save: SavePane, answer: oneshot::Sender<Answer>) {
        let write = self.pane_by_name(&save.pane).and_then(|pane| {
            let text = self.whole_text(pane, save.format)?;
            Ok((absolute(save.path)?, text))
        });
        let (path, text) = match write {
            Ok(write) => write,
            Err(error) => return drop(answer.send(Err(error))),
        };
        let existing = if save.force { Existing::Replaced } else { Existing::Refused };
        super::lifecycle::aside(move || {
            let written = write_text(&path, &text, existing);
            let _ =
                answer.send(written.map(|()| serde_json::Value::Null).map_err(RpcError::failed));
        });
    }

    /// Saves what a pane has printed for somebody at a terminal.
    pub(super) fn save_for(&mut self, client: ClientId, pane: PaneId, path: &str) {
        let path = self.named_file(pane, path);
        let format = match path.extension().is_some_and(|e| e == COLORED) {
            true => ReadFormat::Ansi,
            false => ReadFormat::Text,
        };
        let Ok(text) = self.whole_text(pane, format) else { return };
        let queue = self.queue.clone();
        super::lifecycle::aside(move || {
            let text = match write_text(&path, &text, Existing::Refused) {
                Ok(()) => format!("saved to {}", path.display()),
                Err(why) => why,
            };
            let _ = queue.send(Message::Tell { client, text });
        });
    }

    fn whole_text(&self, pane: PaneId, format: ReadFormat) -> Result<String, RpcError> {
        let terminal = self.terminals.get(&pane).ok_or_else(|| {
            RpcError::new(code::REFUSED, format!("{pane} has printed nothing yet"))
        })?;
        let format = match format {
            ReadFormat::Text => TextFormat::Plain,
            ReadFormat::Ansi => TextFormat::Ansi,
        };
        let mut text = terminal.emulator().text(Lines::All, format);
        text.push('\n');
        Ok(text)
    }

    /// A file as somebody typed it in a pane's dialog: `~` is the home, the rest is in the pane's
    /// directory.
    fn named_file(&self, pane: PaneId, text: &str) -> PathBuf {
        let typed = super::directories::expanded(text.trim(), self.options.user_home.as_deref());
        let cwd = self.model.panes.get(&pane).map(|p| p.spec.cwd.clone()).unwrap_or_default();
        cwd.join(typed)
    }

    /// A pane's note, or a new one.
    pub(super) fn note(&mut self, note: PaneNote) -> Answer {
        let pane = self.pane_by_name(&note.pane)?;
        let path = self.options.home.note_file(pane);
        if let Some(text) = &note.text {
            crate::store::note::write(&path, text).map_err(|e| RpcError::failed(e.to_string()))?;
        }
        let text = crate::store::note::read(&path).map_err(|e| RpcError::failed(e.to_string()))?;
        result(&NoteText { text })
    }

    /// Opens a pane's note in the user's editor, beside it.
    pub(super) fn edit_note(&mut self, client: ClientId, pane: PaneId) {
        let path = self.options.home.note_file(pane);
        let prepared = crate::store::note::prepare(&path).map_err(|e| e.to_string());
        let of = self.model.panes.get(&pane);
        let spec = PaneSpec {
            type_name: NOTE_TYPE.to_string(),
            name: of.map(|p| format!("{} (note)", p.label())),
            cwd: of.map(|p| p.spec.cwd.clone()).unwrap_or_default(),
            args: vec![path.to_string_lossy().into_owned(), self.config.copy.editor.clone()],
            ..PaneSpec::default()
        };
        self.with_model(|model, cx, out| {
            let opened = prepared.and_then(|()| {
                model
                    .open(spec, Place::Tab, Start::Fresh, None, cx, out)
                    .and_then(|editor| model.focus(Some(client), editor, out))
                    .map_err(|refusal| refusal.to_string())
            });
            if let Err(why) = opened {
                model.say(client, format!("cannot edit the note: {why}"), out);
            }
        });
    }
}

fn absolute(path: PathBuf) -> Result<PathBuf, RpcError> {
    match path.is_absolute() {
        true => Ok(path),
        false => Err(RpcError::invalid_params(format!("{} is no absolute path", path.display()))),
    }
}

fn write_text(path: &Path, text: &str, existing: Existing) -> Result<(), String> {
    let mut file = user_file::open(path, existing).map_err(|e| e.to_string())?;
    file.write_all(text.as_bytes()).map_err(|e| format!("cannot write {}: {e}", path.display()))
}
