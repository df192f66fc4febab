//! The dialog that lists the past conversations of a directory, of every agent, and what becomes of
//! one that was chosen, there or elsewhere.

use std::path::PathBuf;

use super::Dialog;
use super::text_field::TextField;
use crate::archive::FoundConversation;
use crate::fuzzy::score;
use crate::model::workspace::Model;
use crate::panes::lifecycle::{Place, Refusal};
use crate::panes::past_conversations::ConversationQuery;
use crate::update::context::Context;
use crate::update::effect::Effect;
use segno_agent::past::{PastConversation, Summary};
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
    /// Those in which the archive has found what is typed; the best first.
    pub found: Vec<FoundConversation>,
    /// An index into those that fit the filter.
    pub selected: usize,
    pub error: Option<String>,
}

/// A conversation that fits what is typed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fitting {
    pub past: PastConversation,
    /// What was said in it, where that is what fits.
    pub found: Option<FoundConversation>,
}

impl ResumeDialog {
    pub fn new(directory: PathBuf) -> ResumeDialog {
        ResumeDialog {
            directory,
            filter: TextField::default(),
            conversations: None,
            found: Vec::new(),
            selected: 0,
            error: None,
        }
    }

    /// Those that fit what is typed: by what they are called, in their order, then by what was said
    /// in them.
    pub fn fitting(&self) -> Vec<Fitting> {
        let query = self.filter.text();
        let known = || self.conversations.iter().flatten();
        let is = |past: &PastConversation, found: &&FoundConversation| {
            past.type_name == found.opens.type_name && past.session.as_str() == found.opens.id
        };
        let found_in = |past: &PastConversation| self.found.iter().find(|found| is(past, found));
        let named = known().filter(|past| score(query, &past.words()).is_some());
        let named =
            named.map(|past| Fitting { past: past.clone(), found: found_in(past).cloned() });
        let mut fitting: Vec<Fitting> = named.collect();
        for found in &self.found {
            if fitting.iter().any(|fitting| is(&fitting.past, &found)) {
                continue;
            }
            let past = known().find(|past| is(past, &found)).cloned().or_else(|| self.past(found));
            fitting.extend(past.map(|past| Fitting { past, found: Some(found.clone()) }));
        }
        fitting
    }

    /// One that its agent does not list, such as one that it has deleted.
    fn past(&self, found: &FoundConversation) -> Option<PastConversation> {
        let here = found.directory.as_ref() == Some(&self.directory);
        Some(PastConversation {
            type_name: found.opens.type_name.clone(),
            session: found.opens.session().filter(|_| here)?,
            cwd: self.directory.clone(),
            summary: Summary { title: found.title.clone(), ..Summary::default() },
            last_seen: found.time.unwrap_or_default(),
            open_in: None,
        })
    }

    /// What the archive is asked for; `None`: nothing is typed, or the directory cannot be written
    /// in a query.
    pub fn query(&self) -> Option<String> {
        let typed = Some(self.filter.text().trim()).filter(|typed| !typed.is_empty())?;
        let directory = self.directory.to_str().filter(|directory| !directory.contains('"'))?;
        Some(format!("cwd:\"{directory}\" {typed}"))
    }

    /// Asks the archive for what is typed.
    pub(crate) fn search(&mut self, client: ClientId, cx: &mut Context) {
        self.selected = 0;
        self.found.clear();
        self.search_again(client, cx);
    }

    /// The same again: there may be more.
    pub(super) fn search_again(&self, client: ClientId, cx: &mut Context) {
        if let Some(query) = self.query() {
            cx.out.push(Effect::SearchArchive { client, query });
        }
    }

    /// Takes over what the archive has found.
    pub(super) fn found(&mut self, found: Vec<FoundConversation>) {
        self.keep_selected(|dialog| dialog.found = found);
    }

    /// Changes what there is to choose from; the cursor stays on its conversation.
    fn keep_selected(&mut self, change: impl FnOnce(&mut ResumeDialog)) {
        let before = self.fitting().get(self.selected).map(|one| one.past.session.clone());
        change(self);
        let at = before
            .and_then(|session| self.fitting().iter().position(|one| one.past.session == session));
        self.selected = at.unwrap_or(0);
    }
}

/// Tab does what enter does with a conversation that is open in a pane. True when the key was for
/// that.
pub(super) fn key(model: &mut Model, client: ClientId, event: &KeyEvent, cx: &mut Context) -> bool {
    let Some(Dialog::Resume(dialog)) = model.dialog(client) else { return false };
    dialog.error = None;
    if event.key.code != KeyCode::Tab {
        return false;
    }
    let row = dialog.selected;
    if dialog.fitting().get(row).is_some_and(|one| one.past.open_in.is_some()) {
        choose(model, client, row, cx);
    }
    true
}

/// Goes to the pane that the n-th conversation is open in, or opens one for it. One that its agent
/// has deleted is put back before.
pub(super) fn choose(model: &mut Model, client: ClientId, row: usize, cx: &mut Context) {
    let Some(Dialog::Resume(mut dialog)) = model.take_dialog(client) else { return };
    let error = match dialog.fitting().get(row).cloned() {
        None => None,
        Some(Fitting { past, found }) => match (past.refusal(), found) {
            (Some(why), _) => match past.open_in {
                Some(pane) if model.focus(Some(client), pane, cx).is_ok() => return,
                _ => Some(why),
            },
            (None, Some(found)) if found.gone => match model.open_found(client, found, cx) {
                Ok(()) => return,
                Err(why) => Some(why),
            },
            (None, _) => match model.resume(client, past, cx) {
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
        self.begin(client, type_name, cwd, Start::Session(session), cx)
    }

    /// Opens a pane in a tab of its own and goes there.
    pub(super) fn begin(
        &mut self,
        client: ClientId,
        type_name: String,
        cwd: PathBuf,
        start: Start,
        cx: &mut Context,
    ) -> Result<(), Refusal> {
        let spec = StartRequest { type_name, cwd, ..StartRequest::default() };
        let pane = self.open(spec, Place::Tab, start, None, cx)?;
        // It is there: it was opened just now.
        let _ = self.focus(Some(client), pane, cx);
        Ok(())
    }

    /// Takes over the conversations that were found, where a client's dialog still wants them.
    pub(crate) fn conversations_found(
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
                dialog.keep_selected(|dialog| dialog.conversations = Some(found));
            }
            _ => return,
        }
        cx.out.push(Effect::RedrawClient(client));
    }

    /// Opens the dialog with the past conversations of the directory where a client is.
    pub(crate) fn ask_resume(&mut self, client: ClientId, cx: &mut Context) {
        let cwd = self.current_directory(Some(client)).unwrap_or_else(|| PathBuf::from("/"));
        let dialog = ResumeDialog::new(cwd.clone());
        self.open_dialog(client, Dialog::Resume(Box::new(dialog)), cx);
        let wanted = ConversationQuery { type_name: None, directory: Some(cwd) };
        cx.out.push(Effect::FindConversations { client, wanted });
        // What is searched may be new.
        cx.out.push(Effect::UpdateArchive);
    }
}
