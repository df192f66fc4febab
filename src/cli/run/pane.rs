//! Commands on panes and layouts.

use std::io::Read as _;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use serde_json::Value;

use super::{Reach, call, now, paint};
use crate::cli::args::{
    Format, Keys, Layout, Move, New, Popup, Read, Rename, Restart, Send, Sessions, Status, Wait,
    placement,
};
use crate::cli::environment::Environment;
use crate::cli::error::{CliError, TIMEOUT};
use crate::cli::{print, show};
use crate::wire::control::Call;
use crate::wire::control::conversation::{ConversationList, ConversationsOf, SessionList};
use crate::wire::control::layout::{Arrange, LayoutApplied, LayoutText};
use crate::wire::control::pane::{
    self as wire, Created, NewPane, OnPane, ReadResult, RestartWith, StatusOf,
};
use crate::wire::control::pane_info::{PaneList, PaneStatus};
use crate::wire::control::wait::{self, WaitEnd, Waited};

/// The pane type whose arguments are a program and its own.
const COMMAND_TYPE: &str = "command";

/// `new`
pub fn new(env: &Environment, args: New) -> Result<(), CliError> {
    let placement = placement(args.split);
    let of = args.of.clone().or_else(|| args.split.map(|_| env.this_pane()));
    let cwd = directory(env, args.cwd.as_deref())?;
    let new = NewPane {
        type_name: args.type_name,
        placement,
        of,
        cwd: Some(cwd),
        name: args.name,
        toggles: (!args.on.is_empty()).then_some(args.on),
        fields: args.set.into_iter().collect(),
        labels: args.label.into_iter().collect(),
        prompt: args.prompt,
        model: args.model,
        session: args.session,
        args: args.args,
        background: args.background,
        umask: Some(env.umask),
    };
    let created: Created =
        call(env, Reach::Start, "cannot make a pane", &Call::PaneNew(Box::new(new)))?;
    print::line(&created.pane.to_string())
}

/// `ls`
pub fn ls(env: &Environment, json: bool) -> Result<(), CliError> {
    let panes: PaneList = call(env, Reach::Look, "cannot list the panes", &Call::PaneList)?;
    match json {
        true => print::line(&show::panes::list_json(&panes)),
        false => print::line(&show::panes::list(&panes, now(), paint(env))),
    }
}

/// `status`
pub fn status(env: &Environment, args: &Status) -> Result<(), CliError> {
    let pane = Some(args.pane.clone().unwrap_or_else(|| env.this_pane()));
    let what = "cannot say what the pane is doing";
    let status: PaneStatus = call(env, Reach::Look, what, &Call::PaneStatus(StatusOf { pane }))?;
    match args.json {
        true => print::line(&show::panes::status_json(&status)),
        false => print::line(&show::panes::status(&status, now(), args.explain, paint(env))),
    }
}

/// `send`
pub fn send(env: &Environment, args: &Send) -> Result<(), CliError> {
    let mut text = args.text.clone();
    if text == "-" {
        text = stdin("cannot send")?;
    }
    let send = wire::Send { pane: args.pane.clone(), text, enter: args.enter };
    done(env, "cannot send", &Call::PaneSend(send))
}

/// `keys`
pub fn keys(env: &Environment, args: &Keys) -> Result<(), CliError> {
    let keys = wire::Keys { pane: args.pane.clone(), keys: args.keys.clone() };
    done(env, "cannot press keys", &Call::PaneKeys(keys))
}

/// `read`
pub fn read(env: &Environment, args: &Read) -> Result<(), CliError> {
    let read = wire::Read {
        pane: args.pane.clone(),
        lines: args.lines,
        all: args.all,
        format: args.format.wire(),
    };
    let result: ReadResult = call(env, Reach::Look, "cannot read the pane", &Call::PaneRead(read))?;
    match args.format {
        Format::Json => print::line(&show::panes::screen_json(&args.pane, &result)),
        Format::Text | Format::Ansi => print::line(&result.text),
    }
}

/// `wait`; the exit code says how it ended.
pub fn wait(env: &Environment, args: &Wait) -> Result<ExitCode, CliError> {
    const WHAT: &str = "cannot wait";
    let timeout_ms = args.timeout.map(|t| u64::try_from(t.as_millis()).unwrap_or(u64::MAX));
    let wait = wait::Wait { pane: args.pane.clone(), wait_for: args.wait_for.clone(), timeout_ms };
    let waited: Waited = call(env, Reach::Start, WHAT, &Call::PaneWait(wait))?;
    if args.json {
        print::line(&show::json("wait", &waited))?;
    }
    let why = match waited.end {
        _ if waited.met => {
            if let (Some(line), false) = (&waited.line, args.json) {
                print::line(&show::plain(line))?;
            }
            return Ok(ExitCode::SUCCESS);
        }
        WaitEnd::Timeout => {
            // Not an error that anything can be done about: a script asks for it, and the code
            // is the answer.
            return Ok(ExitCode::from(TIMEOUT));
        }
        WaitEnd::Exited => "its program ended before that",
        WaitEnd::Closed => "it was closed before that",
        WaitEnd::Met | WaitEnd::Unknown => "it ended for a reason that this version does not know",
    };
    Err(CliError::new(format!("waited for {} in vain", args.pane), why)
        .todo("`segno status` and `segno read` show what happened"))
}

/// `sessions`
pub fn sessions(env: &Environment, args: &Sessions) -> Result<(), CliError> {
    if let Some(dir) = &args.dir {
        return conversations(env, dir, args);
    }
    let pane = args.pane.clone().unwrap_or_else(|| env.this_pane());
    let call_ = Call::PaneSessions(OnPane { pane });
    let sessions: SessionList = call(env, Reach::Look, "cannot list the conversations", &call_)?;
    match args.json {
        true => print::line(&show::sessions::list_json(&sessions)),
        false => print::line(&show::sessions::list(&sessions, now(), paint(env))),
    }
}

/// `sessions --dir`
fn conversations(env: &Environment, dir: &Path, args: &Sessions) -> Result<(), CliError> {
    let what = "cannot list the conversations";
    let directory =
        dir.canonicalize().map_err(|e| CliError::new(what, format!("{}: {e}", dir.display())))?;
    let of = ConversationsOf { directory, type_name: args.type_name.clone() };
    let list: ConversationList = call(env, Reach::Start, what, &Call::ConversationsList(of))?;
    match args.json {
        true => print::line(&show::sessions::conversations_json(&list)),
        false => print::line(&show::sessions::conversations(&list, now(), paint(env))),
    }
}

/// `restart`
pub fn restart(env: &Environment, args: Restart) -> Result<(), CliError> {
    let with = match args.session {
        Some(id) => RestartWith::Session(id),
        None if args.fresh => RestartWith::Fresh,
        None if args.continue_last => RestartWith::Continue,
        None => RestartWith::Recorded,
    };
    let restart = wire::Restart { pane: args.pane, with };
    done(env, "cannot restart", &Call::PaneRestart(restart))
}

/// `rename`
pub fn rename(env: &Environment, args: Rename) -> Result<(), CliError> {
    let rename = wire::Rename { pane: args.pane, name: args.name };
    done(env, "cannot rename", &Call::PaneRename(rename))
}

/// `popup`
pub fn popup(env: &Environment, args: Popup) -> Result<(), CliError> {
    const WHAT: &str = "cannot show the popup";
    let of = args.of.unwrap_or_else(|| env.this_pane());
    let opens = args.type_name.is_some() || args.name.is_some() || args.cwd.is_some();
    let call_ = match opens || !args.command.is_empty() {
        false => Call::PanePopup(OnPane { pane: of }),
        true => {
            let cwd = directory(env, args.cwd.as_deref())?;
            let command = (!args.command.is_empty()).then(|| COMMAND_TYPE.to_string());
            // What it runs is what it is.
            let name = args.name.or_else(|| args.command.first().cloned());
            Call::PaneNew(Box::new(NewPane {
                type_name: command.or(args.type_name),
                placement: wire::Placement::Popup,
                of: Some(of),
                cwd: Some(cwd),
                name,
                args: args.command,
                umask: Some(env.umask),
                ..NewPane::default()
            }))
        }
    };
    let created: Created = call(env, Reach::Start, WHAT, &call_)?;
    print::line(&created.pane.to_string())
}

/// A directory that was named, absolute; the daemon says whether it is one, with the right words.
pub fn directory(env: &Environment, named: Option<&Path>) -> Result<PathBuf, CliError> {
    let path = env.cwd.join(named.unwrap_or(Path::new("")));
    match path.to_str() {
        Some(_) => Ok(path.components().collect()),
        None => Err(CliError::usage("cannot use the directory", "its name is not UTF-8")),
    }
}

/// `move`
pub fn move_to(env: &Environment, args: Move) -> Result<(), CliError> {
    let placement = if args.popup { wire::Placement::Popup } else { placement(args.split) };
    let to = wire::MovePane { pane: args.pane, placement, of: args.of };
    done(env, "cannot move the pane", &Call::PaneMove(to))
}

/// `layout …`
pub fn layout(env: &Environment, command: &Layout) -> Result<(), CliError> {
    match command {
        Layout::Export => {
            let what = "cannot export the layout";
            let layout: LayoutText = call(env, Reach::Look, what, &Call::LayoutExport)?;
            print::line(&layout.toml)
        }
        Layout::Use { preset, of } => {
            let pane = of.clone().unwrap_or_else(|| env.this_pane());
            let arrange = Arrange { pane, preset: *preset };
            done(env, "cannot arrange the panes", &Call::LayoutArrange(arrange))
        }
        Layout::Apply { file } => {
            let what = "cannot apply the layout";
            let toml = if file == Path::new("-") {
                stdin(what)?
            } else {
                std::fs::read_to_string(file)
                    .map_err(|e| CliError::new(what, format!("{}: {e}", file.display())))?
            };
            let apply = Call::LayoutApply(LayoutText { toml });
            let applied: LayoutApplied = call(env, Reach::Start, what, &apply)?;
            let ids: Vec<_> = applied.panes.iter().map(ToString::to_string).collect();
            print::line(&ids.join("\n"))
        }
    }
}

/// A call whose result is not shown.
pub fn done(env: &Environment, what: &str, wanted: &Call) -> Result<(), CliError> {
    let _: Value = call(env, Reach::Start, what, wanted)?;
    Ok(())
}

pub fn stdin(what: &str) -> Result<String, CliError> {
    let mut text = String::new();
    std::io::stdin().read_to_string(&mut text).map_err(|e| CliError::new(what, e))?;
    Ok(text)
}
