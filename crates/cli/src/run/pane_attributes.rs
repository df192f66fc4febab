//! Commands on what a user sets on a pane: `pin`, `mute`, `color`, `broadcast`, `note`, `log`; and
//! `save`.

use std::path::{Path, PathBuf};

use super::{Reach, call};
use crate::args::{Broadcast, Color, Log, Note, Save, SaveFormat, Switch};
use crate::environment::Environment;
use crate::error::CliError;
use crate::run::panes::pane::{done, stdin};
use crate::{editor, print};
use segno_base::text::plain_text;
use segno_wire::control::Call;
use segno_wire::control::panes::pane::{
    LogPane, NoteText, PaneNote, ReadFormat, SavePane, SetPane,
};

/// `pin`
pub fn pin(env: &Environment, args: Switch) -> Result<(), CliError> {
    let set = SetPane { pane: args.pane, pinned: Some(!args.off), ..SetPane::default() };
    done(env, "cannot pin", &Call::PaneSet(set))
}

/// `mute`
pub fn mute(env: &Environment, args: Switch) -> Result<(), CliError> {
    let set = SetPane { pane: args.pane, muted: Some(!args.off), ..SetPane::default() };
    done(env, "cannot mute", &Call::PaneSet(set))
}

/// `color`
pub fn color(env: &Environment, args: Color) -> Result<(), CliError> {
    let set = SetPane { pane: args.pane, color: Some(args.color), ..SetPane::default() };
    done(env, "cannot colour", &Call::PaneSet(set))
}

/// `broadcast`
pub fn broadcast(env: &Environment, args: &Broadcast) -> Result<(), CliError> {
    const WHAT: &str = "cannot set where typing goes";
    if args.off && args.panes.is_empty() {
        return done(env, WHAT, &Call::BroadcastEnd);
    }
    args.panes.iter().try_for_each(|pane| {
        let broadcast = Some(!args.off);
        let set = SetPane { pane: pane.clone(), broadcast, ..SetPane::default() };
        done(env, WHAT, &Call::PaneSet(set))
    })
}

/// `note`
pub fn note(env: &Environment, args: Note) -> Result<(), CliError> {
    const WHAT: &str = "cannot use the note";
    let pane = args.pane.unwrap_or_else(|| env.this_pane());
    let text = match (args.set, args.stdin) {
        (Some(text), _) => Some(text),
        (None, Some(_)) => Some(stdin(WHAT)?),
        (None, None) => None,
    };
    let sets = text.is_some();
    let note: NoteText =
        call(env, Reach::Start, WHAT, &Call::PaneNote(PaneNote { pane: pane.clone(), text }))?;
    if args.edit {
        let edited = editor::edit(&note.text, &env.home.run_dir())
            .map_err(|e| CliError::new(WHAT, e).todo("the note is as it was"))?;
        return done(env, WHAT, &Call::PaneNote(PaneNote { pane, text: Some(edited) }));
    }
    if sets || note.text.is_empty() {
        return Ok(());
    }
    print::line(plain_text::lines(&note.text).trim_end_matches('\n'))
}

/// `log`
pub fn log(env: &Environment, args: Log) -> Result<(), CliError> {
    let path = args.file.map(|file| whole(env, &file, "cannot log")).transpose()?;
    let log = LogPane { pane: args.pane, path, raw: args.raw };
    done(env, "cannot log", &Call::PaneLog(log))
}

/// `save`
pub fn save(env: &Environment, args: Save) -> Result<(), CliError> {
    let format = match args.format {
        SaveFormat::Text => ReadFormat::Text,
        SaveFormat::Ansi => ReadFormat::Ansi,
    };
    let path = whole(env, &args.file, "cannot save")?;
    let save = SavePane { pane: args.pane, path, format, force: args.force };
    done(env, "cannot save", &Call::PaneSave(save))
}

/// A file's path as the daemon needs it.
fn whole(env: &Environment, file: &Path, what: &str) -> Result<PathBuf, CliError> {
    let path = env.cwd.join(file);
    match path.to_str() {
        Some(_) => Ok(path),
        None => Err(CliError::usage(what, "the file's name is not UTF-8")),
    }
}
