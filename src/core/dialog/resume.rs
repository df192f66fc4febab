//! The dialog that lists the past conversations of a directory, of every agent, and what becomes of
//! one that was chosen, there or elsewhere.

use std::path::PathBuf;

use super::Dialog;
use super::text_field::TextField;
use crate::core::fuzzy::score;
use crate::core::model::workspace::Model;
use crate::core::panes::lifecycle::{Place, Refusal};
use crate::core::panes::past_conversations::{ConversationQuery, PastConversation};
use crate::core::update::context::Context;
use crate::core::update::effect::Effect;
use segno_agent::start::{Start, StartRequest};
use segno_base::ids::ClientId;
use segno_base::key::{KeyCode, KeyEvent};

/// The past conversations of a directory.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ResumeDialog {
    pub directory: PathBuf,
    pub filter: TextField,
    /// `None` until they are known; seen last first.
    pub conversations: Option<Vec<PastConversation>>,
    /// An index into those that fit the filter.
    pub selected: usize,
    pub error: Option<String>,
}

impl ResumeDialog {
    pub fn new(directory: PathBuf) -> ResumeDialog {
        let filter = TextField::default();
        ResumeDialog { directory, filter, conversations: None, selected: 0, error: None }
    }

    /// Those that fit what is typed, in their order.
    pub fn fitting(&self) -> Vec<&PastConversation> {
        let query = self.filter.text();
        let fits = |choice: &&PastConversation| score(query, &choice.words()).is_some();
        self.conversations.iter().flatten().filter(fits).collect()
    }
}

/// Tab goes to the pane that a conversation is open in. True when the key was for that.
pub(super) fn key(model: &mut Model, client: ClientId, event: &KeyEvent, cx: &mut Context) -> bool {
    let Some(Dialog::Resume(dialog)) = model.dialog(client) else { return false };
    dialog.error = None;
    if event.key.code != KeyCode::Tab {
        return false;
    }
    let open = dialog.fitting().get(dialog.selected).and_then(|choice| choice.open_in);
    if let Some(pane) = open
        && model.focus(Some(client), pane, cx).is_ok()
    {
        model.take_dialog(client);
    }
    true
}

/// Opens a pane for the n-th conversation, unless it is open in one.
pub(super) fn choose(model: &mut Model, client: ClientId, row: usize, cx: &mut Context) {
    let Some(Dialog::Resume(mut dialog)) = model.take_dialog(client) else { return };
    let choice = dialog.fitting().get(row).map(|choice| (*choice).clone());
    let error = match choice {
        None => None,
        Some(choice) => match choice.refusal() {
            Some(why) => Some(format!("{why}; tab goes there")),
            None => match model.resume(client, choice, cx) {
                Ok(()) => return,
                Err(refusal) => Some(refusal.to_string()),
            },
        },
    };
    dialog.error = error;
    dialog.selected = row;
    if let Some(state) = model.clients.get_mut(&client) {
        state.dialog = Some(Dialog::Resume(dialog));
    }
}

impl Model {
    /// Opens a pane for a past conversation and goes there.
    pub(super) fn resume(
        &mut self,
        client: ClientId,
        conversation: PastConversation,
        cx: &mut Context,
    ) -> Result<(), Refusal> {
        let PastConversation { type_name, session, cwd, .. } = conversation;
        let spec = StartRequest { type_name, cwd, ..StartRequest::default() };
        let pane = self.open(spec, Place::Tab, Start::Session(session), None, cx)?;
        // It is there: it was opened just now.
        let _ = self.focus(Some(client), pane, cx);
        Ok(())
    }

    /// Takes over the conversations that were found, where a client's dialog still wants them.
    pub(in crate::core) fn conversations_found(
        &mut self,
        client: ClientId,
        wanted: &ConversationQuery,
        found: Vec<PastConversation>,
        cx: &mut Context,
    ) {
        match (self.dialog(client), &wanted.type_name) {
            (Some(Dialog::NewPane(dialog)), Some(type_name)) => {
                dialog.conversations_found(type_name, found);
            }
            (Some(Dialog::Palette(dialog)), None) if wanted.directory.is_none() => {
                dialog.recent = found;
            }
            (Some(Dialog::Resume(dialog)), None) if wanted.directory.is_some() => {
                let before = dialog.fitting().get(dialog.selected).map(|c| c.session.clone());
                dialog.conversations = Some(found);
                let at = before.and_then(|session| {
                    dialog.fitting().iter().position(|choice| choice.session == session)
                });
                dialog.selected = at.unwrap_or(0);
            }
            _ => return,
        }
        cx.out.push(Effect::RedrawClient(client));
    }

    /// Opens the dialog with the past conversations of the directory where a client is.
    pub(in crate::core) fn ask_resume(&mut self, client: ClientId, cx: &mut Context) {
        let cwd = self.current_directory(Some(client)).unwrap_or_else(|| PathBuf::from("/"));
        let dialog = ResumeDialog::new(cwd.clone());
        self.open_dialog(client, Dialog::Resume(Box::new(dialog)), cx);
        let wanted = ConversationQuery { type_name: None, directory: Some(cwd) };
        cx.out.push(Effect::FindConversations { client, wanted });
    }
}
