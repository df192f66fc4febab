//! What becomes of a conversation that was found: its pane, a new one that resumes or forks it, and
//! before that its agent gets it back where it has deleted it.

use std::path::PathBuf;

use super::HistoryDialog;
use crate::archive::{ArchivedId, FoundConversation, RestoredFor};
use crate::dialog::Dialog;
use crate::model::workspace::Model;
use crate::panes::lifecycle::Refusal;
use crate::update::context::Context;
use crate::update::effect::Effect;
use segno_agent::start::Start;
use segno_base::ids::ClientId;

/// What came of putting a conversation back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Restored {
    pub of: ArchivedId,
    pub for_whom: RestoredFor,
    /// Where it was held.
    pub directory: Option<PathBuf>,
    pub result: Result<(), String>,
}

/// Goes to the pane of the n-th conversation, or opens one that resumes it.
pub(in crate::dialog) fn choose(model: &mut Model, client: ClientId, row: usize, cx: &mut Context) {
    let Some(Dialog::History(dialog)) = model.dialog(client) else { return };
    if dialog.narrowing.is_some() {
        if dialog.narrow(row) {
            dialog.changed(client, cx);
        }
        return;
    }
    // Where nothing was found, there is nothing to open.
    let Some(found) = dialog.conversations().get(row).cloned() else { return };
    model.take_dialog(client);
    if let Err(why) = model.open_found(client, found, cx) {
        model.say(client, why, cx);
    }
}

/// Opens a pane with a fork of the selected conversation. A refusal leaves the dialog open.
pub(super) fn fork(model: &mut Model, client: ClientId, cx: &mut Context) {
    let Some(Dialog::History(dialog)) = model.dialog(client) else { return };
    let Some(found) = dialog.current().map(|(found, _)| found.clone()) else { return };
    let dialog: HistoryDialog = (**dialog).clone();
    model.take_dialog(client);
    if let Err(why) = model.fork_found(client, found, cx) {
        model.open_dialog(client, Dialog::History(Box::new(dialog)), cx);
        model.say(client, why, cx);
    }
}

impl Model {
    /// Goes to the pane of a conversation that was found, or opens one that resumes it; the error
    /// says why not.
    pub(in crate::dialog) fn open_found(
        &mut self,
        client: ClientId,
        found: FoundConversation,
        cx: &mut Context,
    ) -> Result<(), String> {
        let session = found.opens.session().ok_or("no pane can resume it: its id is none")?;
        if let Some(pane) = self.open_in(&found.opens.type_name, &session) {
            // It is there: it was found just now.
            let _ = self.focus(Some(client), pane, cx);
            return Ok(());
        }
        self.begin_found(client, found, RestoredFor::NewPane, Start::Session(session), cx)
    }

    fn fork_found(
        &mut self,
        client: ClientId,
        found: FoundConversation,
        cx: &mut Context,
    ) -> Result<(), String> {
        let session = found.opens.session().ok_or("no pane can fork it: its id is none")?;
        let type_name = &found.opens.type_name;
        if cx.types.traits(type_name).is_some_and(|traits| !traits.can_fork) {
            return Err(Refusal::CannotFork(type_name.clone()).to_string());
        }
        self.begin_found(client, found, RestoredFor::Fork, Start::Fork(session), cx)
    }

    fn begin_found(
        &mut self,
        client: ClientId,
        found: FoundConversation,
        for_whom: RestoredFor,
        start: Start,
        cx: &mut Context,
    ) -> Result<(), String> {
        if !self.may_write(client) {
            return Err("this client is attached read-only".into());
        }
        let FoundConversation { opens: of, directory, .. } = found;
        if found.gone {
            cx.out.push(Effect::RestoreArchived { client, of, directory, for_whom });
            return Ok(());
        }
        let cwd = directory.or_else(|| self.current_directory(Some(client))).unwrap_or_default();
        self.begin(client, of.type_name, cwd, start, cx).map_err(|refusal| refusal.to_string())
    }

    /// A conversation was put back where its agent looks for it, or could not be.
    pub(crate) fn conversation_restored(
        &mut self,
        client: ClientId,
        restored: Restored,
        cx: &mut Context,
    ) {
        let Restored { of, for_whom, directory, result } = restored;
        if let Err(why) = result {
            return self.say(client, format!("not restored: {why}"), cx);
        }
        let Some(session) = of.session() else { return };
        let cwd = directory.or_else(|| self.current_directory(Some(client))).unwrap_or_default();
        let done = match for_whom {
            RestoredFor::NewPane => {
                self.begin(client, of.type_name, cwd, Start::Session(session), cx)
            }
            RestoredFor::Fork => self.begin(client, of.type_name, cwd, Start::Fork(session), cx),
            RestoredFor::Pane(pane) => self.restart(pane, Start::Session(session), cx),
        };
        if let Err(refusal) = done {
            self.say(client, refusal.to_string(), cx);
        }
    }
}
