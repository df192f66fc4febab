//! `history open`: from a conversation in the archive to a pane.

use super::{archive, failed};
use crate::args;
use crate::environment::Environment;
use crate::error::{CliError, REFUSED};
use crate::run::{Reach, call};
use crate::{external, print, show};
use segno_agent::identity::SessionId;
use segno_agent::start::StartRequest;
use segno_archive::read::{self, Conversation};
use segno_archive::{Archive, Error};
use segno_history::imported::is_export;
use segno_wire::control::Call;
use segno_wire::control::panes::pane::{Created, NewPane, OnPane};
use segno_wire::control::panes::pane_info::PaneList;

/// Goes to the pane that the conversation is in, else resumes it in a new one, where it was held;
/// or forks it there.
pub fn open(env: &Environment, args: &args::HistoryOpen) -> Result<(), CliError> {
    let what = match args.fork {
        true => "cannot fork the conversation",
        false => "cannot open the conversation",
    };
    let archive = archive(env, what)?;
    let conversation = wanted(&archive, &args.id).map_err(|e| failed(what, &e))?;
    if args.fork && !forks(env, &conversation.agent) {
        let why = format!("the pane type {:?} has no way to fork one", conversation.agent);
        return Err(CliError { code: REFUSED, ..CliError::new(what, why) }
            .todo("without --fork it is resumed itself"));
    }
    let source = read::source(&archive, &conversation).map_err(|e| failed(what, &e))?;
    if source.is_some_and(|source| is_export(&source)) {
        let why = "it was imported: its agent has never had it on this machine";
        return Err(CliError { code: REFUSED, ..CliError::new(what, why) }
            .todo(format!("`segno history show {}` reads it", args.id)));
    }
    drop(archive);
    if conversation.gone.is_some() {
        super::remove::put_back(env, what, &conversation.id)?;
    }
    let panes: PaneList = call(env, Reach::Start, what, &Call::PaneList)?;
    let live = panes.panes.iter().filter(|_| !args.fork).find(|pane| {
        pane.type_name == conversation.agent
            && pane.session.as_ref().is_some_and(|id| id.as_str() == conversation.id)
    });
    let pane = match live {
        Some(pane) => {
            let on = OnPane { pane: pane.id.into() };
            call::<serde_json::Value>(env, Reach::Start, what, &Call::PaneFocus(on))?;
            pane.id
        }
        None => {
            let session = SessionId::try_from(conversation.id.clone())
                .map_err(|_| CliError::new(what, "its id is none that a pane can resume"))?;
            let new = NewPane { fork: args.fork, ..resumed(env, conversation, session) };
            call::<Created>(env, Reach::Start, what, &Call::PaneNew(Box::new(new)))?.pane
        }
    };
    match args.json {
        true => print::line(&show::json_parts([("pane", pane.to_string().into())])),
        false => print::line(&pane.to_string()),
    }
}

/// The conversation with this id, or the one that it is part of: an agent resumes only those that
/// the user had with it.
fn wanted(archive: &Archive, id: &str) -> Result<Conversation, Error> {
    let found = read::show(archive, id, read::Show::default())?.conversation;
    let parent = found.parent.as_ref().map(|parent| format!("{}:{parent}", found.agent));
    let parent = parent.map(|parent| read::show(archive, &parent, read::Show::default()));
    Ok(parent.and_then(Result::ok).map_or(found, |parent| parent.conversation))
}

/// Whether panes of a type can fork a conversation. What is not known here, the daemon decides.
fn forks(env: &Environment, type_name: &str) -> bool {
    external::registry(&env.home).get(type_name).is_none_or(|ty| ty.forks())
}

fn resumed(env: &Environment, conversation: Conversation, session: SessionId) -> NewPane {
    let start = StartRequest {
        type_name: conversation.agent,
        cwd: conversation.directory.unwrap_or_default().into(),
        umask: Some(env.umask),
        ..StartRequest::default()
    };
    NewPane {
        start,
        default_cwd: Some(env.cwd.clone()),
        session: Some(session),
        focus: true,
        from: env.own_pane(),
        ..NewPane::default()
    }
}
