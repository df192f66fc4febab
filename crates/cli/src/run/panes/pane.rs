//! Commands on panes and layouts.

use std::fs::File;
use std::io::{self, Read as _};
use std::path::{Component, Path, PathBuf};

use serde_json::Value;

use crate::args::{
    Format, Keys, Layout, Ls, Move, New, Popup, Read, Rename, Restart, Send, Sessions, Status,
    placement,
};
use crate::environment::Environment;
use crate::error::CliError;
use crate::external;
use crate::run::{Reach, call, now, paint, worktree};
use crate::{print, show};
use segno_agent::start::{Start, StartRequest};
use segno_base::text::amount::amount;
use segno_wire::control::Call;
use segno_wire::control::conversation::{ConversationList, ConversationsOf, SessionList};
use segno_wire::control::layout::{ApplyLayout, Arrange, LayoutApplied, LayoutText};
use segno_wire::control::panes::pane::{
    self as wire, Created, InputDropped, NewPane, OnPane, ReadResult, StatusOf,
};
use segno_wire::control::panes::pane_info::{PaneList, PaneStatus};
use segno_wire::line::LINE_MAX;

/// The pane type whose arguments are a program and its own.
pub const COMMAND_TYPE: &str = "command";

/// `new`
pub fn new(env: &Environment, args: New) -> Result<(), CliError> {
    let placement = placement(args.split);
    let of = args.of.clone().or_else(|| args.split.map(|_| env.this_pane()));
    let cwd = args.cwd.as_deref().filter(|_| args.worktree.is_none());
    let cwd = cwd.map(|cwd| directory(env, Some(cwd))).transpose()?;
    let mut start = StartRequest {
        type_name: type_of_new(env, &args),
        name: args.name.clone(),
        cwd: cwd.unwrap_or_default(),
        toggles: (!args.on.is_empty()).then(|| args.on.iter().cloned().collect()),
        fields: args.set.iter().cloned().collect(),
        args: args.args.clone(),
        labels: args.label.iter().cloned().collect(),
        model: args.model.clone(),
        umask: Some(env.umask),
    };
    let task = worktree::for_new_pane(env, &args, &start)?;
    if let Some(task) = &task {
        start.cwd = task.path().to_path_buf();
    }
    let new = NewPane {
        start,
        placement,
        of,
        default_cwd: Some(directory(env, None)?),
        prompt: args.prompt,
        session: args.session,
        fork: false,
        focus: args.focus,
        from: env.own_pane(),
        key: args.key,
    };
    let created = worktree::pane_for(env, "cannot make a pane", task, new)?;
    print::line(&created.pane.to_string())
}

/// A program to run is one of [`COMMAND_TYPE`], where a pane without a type would be a shell.
fn type_of_new(env: &Environment, args: &New) -> String {
    let program = args.args.first().is_some_and(|first| !first.starts_with('-'));
    match &args.type_name {
        Some(named) => named.clone(),
        None if program && args.session.is_none() && external::opens_shells(&env.home) => {
            COMMAND_TYPE.into()
        }
        None => String::new(),
    }
}

/// `ls`
pub fn ls(env: &Environment, args: &Ls) -> Result<(), CliError> {
    let panes: PaneList = call(env, Reach::Look, "cannot list the panes", &Call::PaneList)?;
    match args.json {
        true => print::line(&show::panes::list_json(&panes)),
        false if args.tree => print::line(&show::panes::tree(&panes, now(), paint(env))),
        false => print::line(&show::panes::list(&panes, now(), paint(env))),
    }
}

/// `status`
pub fn status(env: &Environment, args: &Status) -> Result<(), CliError> {
    let pane = Some(args.pane.clone().unwrap_or_else(|| env.this_pane()));
    let what = "cannot show the pane's status";
    let status: PaneStatus = call(env, Reach::Look, what, &Call::PaneStatus(StatusOf { pane }))?;
    match args.json {
        true => print::line(&show::panes::status_json(&status)),
        false => print::line(&show::panes::status(&status, now(), args.explain, paint(env))),
    }
}

/// `send`
pub fn send(env: &Environment, args: &Send) -> Result<(), CliError> {
    if args.drop {
        let pane = OnPane { pane: args.pane.clone() };
        let drop = Call::PaneDropInput(pane);
        let dropped: InputDropped = call(env, Reach::Start, "cannot drop input", &drop)?;
        if args.text.is_none() {
            return print::line(&format!("{} dropped", amount(dropped.bytes)));
        }
    }
    let mut text = args.text.clone().unwrap_or_default();
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
    const WHAT: &str = "cannot read the pane";
    let pane = args.pane.clone().unwrap_or_else(|| env.this_pane());
    let format = if args.json { Format::Json } else { args.format };
    let read = wire::Read {
        pane: pane.clone(),
        lines: args.lines,
        all: args.all,
        format: format.wire(),
        more: None,
    };
    let mut whole: Option<ReadResult> = None;
    pages(env, WHAT, Reach::Look, read, |page| {
        match (format, &mut whole) {
            (Format::Json, Some(whole)) => whole.text.push_str(&page.text),
            (Format::Json, None) => whole = Some(page),
            // A long text is printed as it comes.
            (Format::Text | Format::Ansi, _) if page.more.is_some() => print::text(&page.text)?,
            (Format::Text | Format::Ansi, _) => print::line(&page.text)?,
        }
        Ok(())
    })?;
    match whole {
        Some(whole) => print::line(&show::panes::screen_json(&pane.to_string(), &whole)),
        None => Ok(()),
    }
}

/// Takes a pane's text page by page, as far as it is asked for.
pub fn pages(
    env: &Environment,
    what: &str,
    reach: Reach,
    mut read: wire::Read,
    mut take: impl FnMut(ReadResult) -> Result<(), CliError>,
) -> Result<(), CliError> {
    loop {
        let page: ReadResult = call(env, reach, what, &Call::PaneRead(read.clone()))?;
        read.more = page.more.clone();
        take(page)?;
        if read.more.is_none() {
            return Ok(());
        }
    }
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
    if !args.json {
        for left in &list.left_out {
            eprintln!("segno: {} is left out: {}", left.type_name, show::plain(&left.why));
        }
    }
    match args.json {
        true => print::line(&show::sessions::conversations_json(&list)),
        false => print::line(&show::sessions::conversations(&list, now(), paint(env))),
    }
}

/// `restart`
pub fn restart(env: &Environment, args: Restart) -> Result<(), CliError> {
    let with = match args.session {
        Some(id) => Start::Session(id),
        None if args.fresh => Start::Fresh,
        None if args.continue_last => Start::ContinueLast,
        None => Start::Recorded,
    };
    let cwd = args.cwd.as_deref().map(|cwd| directory(env, Some(cwd))).transpose()?;
    if let Some(cwd) = cwd.as_ref().filter(|cwd| !cwd.is_dir()) {
        let why = format!("{} is no directory", cwd.display());
        return Err(CliError::new("cannot restart", why).todo("make it first, or name another"));
    }
    let arguments = (!args.args.is_empty()).then_some(args.args);
    let restart = wire::Restart { pane: args.pane, with, args: arguments, cwd };
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
            let start = StartRequest {
                type_name: command.or(args.type_name).unwrap_or_default(),
                name,
                cwd,
                args: args.command,
                umask: Some(env.umask),
                ..StartRequest::default()
            };
            Call::PaneNew(Box::new(NewPane {
                start,
                placement: wire::Placement::Popup,
                of: Some(of),
                focus: true,
                from: env.own_pane(),
                ..NewPane::default()
            }))
        }
    };
    let created: Created = call(env, Reach::Start, WHAT, &call_)?;
    print::line(&created.pane.to_string())
}

/// A directory that was named, absolute; the daemon says whether it is one, with the right words.
pub fn directory(env: &Environment, named: Option<&Path>) -> Result<PathBuf, CliError> {
    let mut path = env.cwd.join(named.unwrap_or(Path::new("")));
    // Trust, projects and panes go by what a directory is called.
    if path.components().any(|part| part == Component::ParentDir) {
        path = path.canonicalize().unwrap_or(path);
    }
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
        Layout::Apply { file, key } => {
            let what = "cannot apply the layout";
            let toml = if file == Path::new("-") {
                stdin(what)?
            } else {
                File::open(file)
                    .and_then(bounded)
                    .map_err(|e| CliError::new(what, format!("{}: {e}", file.display())))?
            };
            let apply = Call::LayoutApply(ApplyLayout { toml, key: key.clone() });
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
    bounded(std::io::stdin().lock()).map_err(|e| CliError::new(what, e))
}

/// A whole text; one that no call could carry is not read to its end.
pub fn bounded(from: impl io::Read) -> io::Result<String> {
    let mut bytes = Vec::new();
    from.take(LINE_MAX as u64 + 1).read_to_end(&mut bytes)?;
    if bytes.len() > LINE_MAX {
        return Err(io::Error::other("it is over 8 MB"));
    }
    String::from_utf8(bytes).map_err(|_| io::Error::other("it is not UTF-8"))
}
