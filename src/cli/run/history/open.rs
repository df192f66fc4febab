//! `history open`: from a conversation in the archive to a pane.

use super::{archive, failed};
use crate::cli::args;
use crate::cli::environment::Environment;
use crate::cli::error::CliError;
use crate::cli::run::{Reach, call};
use crate::cli::{print, show};
use segno_agent::identity::SessionId;
use segno_agent::start::StartRequest;
use segno_archive::read::{self, Conversation};
use segno_wire::control::Call;
use segno_wire::control::panes::pane::{Created, NewPane, OnPane};
use segno_wire::control::panes::pane_info::PaneList;

/// Goes to the pane that the conversation is in, else resumes it in a new one, where it was held.
pub fn open(env: &Environment, args: &args::HistoryOpen) -> Result<(), CliError> {
    let what = "cannot open the conversation";
    let shown = read::show(&archive(env, what)?, &args.id, read::Show::default());
    let conversation = shown.map_err(|e| failed(what, &e))?.conversation;
    if conversation.gone.is_some() {
        super::remove::put_back(env, what, &conversation.id)?;
    }
    let panes: PaneList = call(env, Reach::Start, what, &Call::PaneList)?;
    let live = panes.panes.iter().find(|pane| {
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
            let new = resumed(env, conversation, session);
            call::<Created>(env, Reach::Start, what, &Call::PaneNew(Box::new(new)))?.pane
        }
    };
    match args.json {
        true => print::line(&show::json_parts([("pane", pane.to_string().into())])),
        false => print::line(&pane.to_string()),
    }
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
