//! The dialog that searches every conversation of every agent as one types, and shows the one that
//! is selected at what was found in it.

pub mod filters;
mod open;

pub use open::Restored;
pub(super) use open::choose;

use super::Dialog;
use super::text_field::TextField;
use crate::archive::{ArchiveFound, ArchiveNames, FoundConversation, FoundEntry, Passage, Said};
use crate::model::workspace::Model;
use crate::update::context::Context;
use crate::update::effect::Effect;
use filters::{Filter, Narrowing};
use segno_base::ids::ClientId;
use segno_base::key::{KeyCode, KeyEvent, Modifiers};

/// A search of the archive.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct HistoryDialog {
    pub field: TextField,
    /// What narrows it, besides what is typed.
    pub filters: Vec<Filter>,
    /// The list of filters, while it is open.
    pub narrowing: Option<Narrowing>,
    /// What they can be completed to.
    pub names: ArchiveNames,
    /// `None` until the first answer; then that to the newest query that was answered.
    pub found: Option<Result<ArchiveFound, String>>,
    /// The query that was answered.
    pub answered: Option<String>,
    /// An index into the conversations that were found.
    pub selected: usize,
    /// An index into what was found in the selected one.
    pub hit: usize,
    /// What stands around it, when it has been read.
    pub passage: Option<(Passage, Result<Vec<Said>, String>)>,
}

impl HistoryDialog {
    /// All that is asked for, as the query language has it.
    pub fn query(&self) -> String {
        let mut query: String = self.filters.iter().map(|one| one.text() + " ").collect();
        query.push_str(self.field.text().trim());
        query.trim_end().to_string()
    }

    /// What was found, best first.
    pub fn conversations(&self) -> &[FoundConversation] {
        match &self.found {
            Some(Ok(found)) => &found.conversations,
            _ => &[],
        }
    }

    /// The selected conversation, and what was found in it that is looked at.
    pub fn current(&self) -> Option<(&FoundConversation, Option<&FoundEntry>)> {
        let conversation = self.conversations().get(self.selected)?;
        Some((conversation, conversation.hits.get(self.hit)))
    }

    fn wanted(&self) -> Option<Passage> {
        let (conversation, hit) = self.current()?;
        let around = hit.map(|hit| hit.entry.clone());
        Some(Passage { of: conversation.of.clone(), around })
    }

    /// What stands around the hit that is looked at; `None` until it has been read.
    pub fn said(&self) -> Option<&Result<Vec<Said>, String>> {
        let wanted = self.wanted()?;
        self.passage.as_ref().filter(|(passage, _)| *passage == wanted).map(|(_, said)| said)
    }

    pub(crate) fn search(&self, client: ClientId, cx: &mut Context) {
        cx.out.push(Effect::SearchArchive { client, query: self.query() });
    }

    /// Another search than before: filters that were typed become chips.
    pub(crate) fn changed(&mut self, client: ClientId, cx: &mut Context) {
        for filter in filters::taken(&mut self.field) {
            self.add(filter);
        }
        (self.selected, self.hit) = (0, 0);
        self.search(client, cx);
    }

    fn read(&self, client: ClientId, cx: &mut Context) {
        if self.said().is_none()
            && let Some(passage) = self.wanted()
        {
            cx.out.push(Effect::ReadArchive { client, passage });
        }
    }

    /// The cursor was on another conversation before, or on this one.
    pub(super) fn moved(&mut self, before: usize, client: ClientId, cx: &mut Context) {
        if self.selected != before {
            self.hit = 0;
        }
        self.read(client, cx);
    }

    /// To the next thing that was found, in the same conversation or the next one, or back.
    fn step(&mut self, forward: bool) {
        let hits = |at: usize| self.conversations().get(at).map_or(0, |found| found.hits.len());
        let last = self.conversations().len().saturating_sub(1);
        (self.selected, self.hit) = match forward {
            true if self.hit + 1 < hits(self.selected) => (self.selected, self.hit + 1),
            true if self.selected < last => (self.selected + 1, 0),
            false if self.hit > 0 => (self.selected, self.hit - 1),
            false if self.selected > 0 => {
                let before = self.selected - 1;
                (before, hits(before).saturating_sub(1))
            }
            _ => (self.selected, self.hit),
        };
    }

    fn found(&mut self, found: Result<ArchiveFound, String>) {
        // Where the same was asked again, what is selected stays so.
        let query = self.query();
        let again = self.answered.as_ref() == Some(&query);
        let before = self.wanted().filter(|_| again);
        self.answered = Some(query);
        self.found = Some(found);
        let at = before.as_ref().and_then(|before| {
            self.conversations().iter().position(|conversation| conversation.of == before.of)
        });
        self.selected = at.unwrap_or(0);
        let entry = before.and_then(|before| before.around);
        let hits = self.conversations().get(self.selected).map(|found| found.hits.as_slice());
        let hit = entry.and_then(|entry| hits?.iter().position(|hit| hit.entry == entry));
        self.hit = hit.filter(|_| at.is_some()).unwrap_or(0);
    }
}

impl Model {
    /// Opens the search over the archive.
    pub(crate) fn ask_history(&mut self, client: ClientId, cx: &mut Context) {
        let dialog = HistoryDialog::default();
        dialog.search(client, cx);
        self.open_dialog(client, Dialog::History(Box::new(dialog)), cx);
        cx.out.push(Effect::ListArchived { client });
        // What ran outside of panes may be new.
        cx.out.push(Effect::UpdateArchive);
    }

    /// An answer to a search.
    pub(crate) fn archive_searched(
        &mut self,
        client: ClientId,
        query: &str,
        found: Result<ArchiveFound, String>,
        cx: &mut Context,
    ) {
        match self.dialog(client) {
            Some(Dialog::History(dialog)) if dialog.query() == query => {
                dialog.found(found);
                dialog.read(client, cx);
            }
            Some(Dialog::Resume(dialog)) if dialog.query().as_deref() == Some(query) => {
                dialog.found(found.map(|found| found.conversations).unwrap_or_default());
            }
            _ => return,
        }
        cx.out.push(Effect::RedrawClient(client));
    }

    /// What filters can be completed to.
    pub(crate) fn archive_listed(
        &mut self,
        client: ClientId,
        names: ArchiveNames,
        cx: &mut Context,
    ) {
        if let Some(Dialog::History(dialog)) = self.dialog(client) {
            dialog.names = names;
            cx.out.push(Effect::RedrawClient(client));
        }
    }

    /// A passage was read.
    pub(crate) fn archive_read(
        &mut self,
        client: ClientId,
        passage: Passage,
        said: Result<Vec<Said>, String>,
        cx: &mut Context,
    ) {
        match self.dialog(client) {
            Some(Dialog::History(dialog)) if dialog.wanted().as_ref() == Some(&passage) => {
                dialog.passage = Some((passage, said));
            }
            Some(Dialog::Reader(dialog)) if dialog.of == passage.of => dialog.read(said),
            _ => return,
        }
        cx.out.push(Effect::RedrawClient(client));
    }

    /// The archive has been brought up to date: who looks into it sees what is new.
    pub(crate) fn archive_updated(&mut self, cx: &mut Context) {
        for (client, state) in &self.clients {
            match &state.dialog {
                Some(Dialog::History(dialog)) => dialog.search(*client, cx),
                Some(Dialog::Resume(dialog)) => dialog.search_again(*client, cx),
                Some(Dialog::Reader(dialog)) => dialog.ask(*client, cx),
                _ => {}
            }
        }
    }
}

/// Goes from hit to hit, and does something else with the selected conversation than to open it.
/// True when the key was for that.
pub(super) fn key(model: &mut Model, client: ClientId, event: &KeyEvent, cx: &mut Context) -> bool {
    let Some(Dialog::History(dialog)) = model.dialog(client) else { return false };
    if let Some(narrowing) = &dialog.narrowing {
        if event.key.code == KeyCode::Tab {
            let row = narrowing.selected;
            open::choose(model, client, row, cx);
            return true;
        }
        return back(dialog, event);
    }
    let ctrl = event.key.mods == Modifiers::CTRL;
    let current = dialog.current().map(|(found, _)| found.of.clone());
    match (event.key.code, current) {
        (KeyCode::Char('o'), _) if ctrl => dialog.narrowing = Some(Narrowing::default()),
        (KeyCode::Backspace, _) if dialog.field.split().0.is_empty() => {
            if dialog.filters.pop().is_some() {
                dialog.changed(client, cx);
            }
        }
        (KeyCode::Char('f'), Some(_)) if ctrl => open::fork(model, client, cx),
        (KeyCode::Tab, _) => {
            dialog.step(!event.key.mods.contains(Modifiers::SHIFT));
            dialog.read(client, cx);
        }
        (KeyCode::Char('e'), Some(of)) if ctrl => {
            if !model.may_write(client) {
                model.say(client, "this client is attached read-only".into(), cx);
                return true;
            }
            let directory = model.current_directory(Some(client)).unwrap_or_default();
            cx.out.push(Effect::ExportArchived { client, of, directory });
        }
        (KeyCode::Char('y'), Some(of)) if ctrl => {
            model.say(client, format!("copied {}", of.id), cx);
            cx.out.push(Effect::Copy { client, text: of.id });
        }
        (KeyCode::Char('r'), Some(of)) if ctrl => model.read_archived(client, of, cx),
        _ => return false,
    }
    true
}

/// Backspace in the list of filters, where nothing is typed: from values to the kinds, and out of
/// it. True when the key was for that.
fn back(dialog: &mut HistoryDialog, event: &KeyEvent) -> bool {
    let Some(narrowing) = &mut dialog.narrowing else { return false };
    if event.key.code != KeyCode::Backspace || !narrowing.field.text().is_empty() {
        return false;
    }
    dialog.narrowing = narrowing.kind.map(|_| Narrowing::default());
    true
}
