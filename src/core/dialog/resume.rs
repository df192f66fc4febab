//! Past conversations: as they are chosen from wherever one can be, and the dialog that lists
//! those of a directory, of every agent.

use std::path::PathBuf;

use crate::agent::identity::SessionId;
use crate::base::ids::{ClientId, PaneId};
use crate::base::key::{KeyCode, KeyEvent};
use crate::core::effect::Effect;
use crate::core::event::Context;
use crate::core::fuzzy::score;
use crate::core::model::{Model, PaneSpec};
use crate::core::panes::{Place, Refusal, Start};

use super::text_field::TextField;
use super::{Dialog, narrows};

/// A conversation that can be returned to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConversationChoice {
    pub type_name: String,
    pub session: SessionId,
    pub cwd: PathBuf,
    pub title: Option<String>,
    /// The first and the last thing that the user was seen to say in it.
    pub first_prompt: Option<String>,
    pub last_prompt: Option<String>,
    /// Milliseconds since the Unix epoch.
    pub last_seen: u64,
    /// Open in another pane, so it cannot be chosen.
    pub open_in: Option<PaneId>,
}

impl ConversationChoice {
    /// What to call it: its title, else how it began, else its id.
    pub fn label(&self) -> &str {
        let filled = |text: &'_ Option<String>| text.as_ref().is_some_and(|text| !text.is_empty());
        match (filled(&self.title), filled(&self.first_prompt)) {
            (true, _) => self.title.as_deref().unwrap_or_default(),
            (false, true) => self.first_prompt.as_deref().unwrap_or_default(),
            (false, false) => self.session.as_str(),
        }
    }

    /// Why it cannot be chosen, if it cannot.
    pub fn refusal(&self) -> Option<String> {
        self.open_in.map(|pane| format!("this conversation is open in {pane}"))
    }

    fn words(&self) -> String {
        let prompts = [&self.first_prompt, &self.last_prompt].into_iter().flatten();
        let prompts: Vec<&str> = prompts.map(String::as_str).collect();
        format!("{} {} {}", self.label(), self.type_name, prompts.join(" "))
    }
}

/// The past conversations of a directory.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ResumeDialog {
    pub directory: PathBuf,
    pub filter: TextField,
    /// `None` until they are known; seen last first.
    pub conversations: Option<Vec<ConversationChoice>>,
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
    pub fn fitting(&self) -> Vec<&ConversationChoice> {
        let query = self.filter.text();
        let fits = |choice: &&ConversationChoice| score(query, &choice.words()).is_some();
        self.conversations.iter().flatten().filter(fits).collect()
    }
}

/// Gives a key to the dialog.
pub(super) fn key(
    model: &mut Model,
    client: ClientId,
    event: &KeyEvent,
    cx: &Context,
    out: &mut Vec<Effect>,
) {
    let Some(Dialog::Resume(dialog)) = model.dialog(client) else { return };
    dialog.error = None;
    let last = dialog.fitting().len().saturating_sub(1);
    let selected = dialog.selected;
    match event.key.code {
        KeyCode::Enter => choose(model, client, selected, cx, out),
        KeyCode::Tab => {
            let open = dialog.fitting().get(selected).and_then(|choice| choice.open_in);
            if let Some(pane) = open
                && model.focus(Some(client), pane, out).is_ok()
            {
                model.take_dialog(client);
            }
        }
        _ => drop(narrows(&mut dialog.filter, &mut dialog.selected, event, last)),
    }
}

/// Opens a pane for the n-th conversation, unless it is open in one.
pub(super) fn choose(
    model: &mut Model,
    client: ClientId,
    row: usize,
    cx: &Context,
    out: &mut Vec<Effect>,
) {
    let Some(Dialog::Resume(mut dialog)) = model.take_dialog(client) else { return };
    let choice = dialog.fitting().get(row).map(|choice| (*choice).clone());
    let error = match choice {
        None => None,
        Some(choice) => match choice.refusal() {
            Some(why) => Some(format!("{why}; tab goes there")),
            None => {
                let ConversationChoice { type_name, session, cwd, .. } = choice;
                match model.resume(client, (type_name, cwd, session), cx, out) {
                    Ok(()) => return,
                    Err(refusal) => Some(refusal.to_string()),
                }
            }
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
        conversation: (String, PathBuf, SessionId),
        cx: &Context,
        out: &mut Vec<Effect>,
    ) -> Result<(), Refusal> {
        let (type_name, cwd, session) = conversation;
        let spec = PaneSpec { type_name, cwd, ..PaneSpec::default() };
        let pane = self.open(spec, Place::Tab, Start::Session(session), None, cx, out)?;
        // It is there: it was opened just now.
        let _ = self.focus(Some(client), pane, out);
        Ok(())
    }

    /// Takes over the conversations that were found for a client's dialog: those of one type, or
    /// of every type.
    pub(in crate::core) fn conversations_found(
        &mut self,
        client: ClientId,
        type_name: Option<&str>,
        found: Vec<ConversationChoice>,
        out: &mut Vec<Effect>,
    ) {
        match (self.dialog(client), type_name) {
            (Some(Dialog::NewPane(dialog)), Some(type_name)) => {
                dialog.conversations_found(type_name, found);
            }
            (Some(Dialog::Resume(dialog)), None) => {
                let before = dialog.fitting().get(dialog.selected).map(|c| c.session.clone());
                dialog.conversations = Some(found);
                let at = before.and_then(|session| {
                    dialog.fitting().iter().position(|choice| choice.session == session)
                });
                dialog.selected = at.unwrap_or(0);
            }
            _ => return,
        }
        out.push(Effect::RedrawClient(client));
    }

    /// Opens the dialog with the past conversations of the directory where a client is.
    pub(in crate::core) fn ask_resume(&mut self, client: ClientId, out: &mut Vec<Effect>) {
        let cwd = self.current_directory(Some(client)).unwrap_or_else(|| PathBuf::from("/"));
        let dialog = ResumeDialog::new(cwd.clone());
        self.open_dialog(client, Dialog::Resume(Box::new(dialog)), out);
        out.push(Effect::FindConversations { client, type_name: None, cwd });
    }
}
