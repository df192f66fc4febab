//! The search prompt: every key shows at once where it leads.

use crate::base::key::{Key, KeyCode, KeyEvent};
use crate::config::keymap::normal;

use super::mode::{CopyMode, Outcome};
use super::search::Search;
use super::text::Doc;

impl CopyMode {
    pub(super) fn prompt_key(&mut self, event: &KeyEvent, doc: &Doc) -> Outcome {
        let Some(prompt) = &mut self.prompt else { return Outcome::default() };
        let key = normal(event.key);
        match key.code {
            KeyCode::Enter => return self.accept_search(doc),
            KeyCode::Escape => return self.give_up_search(),
            _ if key == Key::ctrl('c') || key == Key::ctrl('g') => return self.give_up_search(),
            KeyCode::Backspace if prompt.field.text().is_empty() => return self.give_up_search(),
            KeyCode::Up => {
                if let Some(before) = &prompt.before {
                    let pattern = before.pattern.clone();
                    prompt.field = Default::default();
                    prompt.field.insert(&pattern);
                }
            }
            // To the next match while typing.
            _ if key == Key::ctrl('s') || key == Key::ctrl('r') => {
                return self.step(key == Key::ctrl('r'), doc);
            }
            _ => {
                if !prompt.field.key(event) {
                    return Outcome::default();
                }
            }
        }
        self.search_typed(doc);
        Outcome::default()
    }

    /// Shows the first match of what was typed so far.
    pub(super) fn search_typed(&mut self, doc: &Doc) {
        let Some(prompt) = &self.prompt else { return };
        let (origin, top, backward) = (prompt.origin, prompt.top, prompt.backward);
        let pattern = prompt.field.text();
        let same = self.search.as_ref().is_some_and(|search| search.pattern == pattern);
        if !same {
            let mut search = Search::new(pattern, backward, doc, origin.line);
            let found = search.step(origin, backward);
            self.search = (!pattern.is_empty()).then_some(search);
            match found {
                Some((pos, _)) => self.go_centered(pos, doc),
                None => (self.cursor, self.top) = (origin, top),
            }
        }
    }

    fn accept_search(&mut self, doc: &Doc) -> Outcome {
        let Some(prompt) = self.prompt.take() else { return Outcome::default() };
        if prompt.field.text().is_empty() {
            // Nothing typed: the pattern before, in this direction.
            self.search = prompt.before.map(|s| Search { backward: prompt.backward, ..s });
            return self.search_step(false, 1, doc);
        }
        match &self.search {
            Some(search) if !search.matches.is_empty() => Outcome::default(),
            _ => Outcome::say(format!("not found: {}", prompt.field.text())),
        }
    }

    fn give_up_search(&mut self) -> Outcome {
        if let Some(prompt) = self.prompt.take() {
            (self.cursor, self.top) = (prompt.origin, prompt.top);
            self.wanted = self.cursor.col;
            self.search = prompt.before;
        }
        Outcome { leave: self.transient, ..Outcome::default() }
    }

    /// `n` and `N`.
    pub(super) fn search_step(&mut self, reverse: bool, times: usize, doc: &Doc) -> Outcome {
        let Some(search) = &self.search else {
            return Outcome::say("nothing was searched for");
        };
        let backward = search.backward != reverse;
        let mut outcome = Outcome::default();
        for _ in 0..times.min(search.matches.len().max(1)) {
            outcome = self.step(backward, doc);
        }
        outcome
    }

    fn step(&mut self, backward: bool, doc: &Doc) -> Outcome {
        let Some(search) = &mut self.search else { return Outcome::default() };
        match search.step(self.cursor, backward) {
            Some((pos, around)) => {
                self.go_centered(pos, doc);
                match around {
                    true if backward => Outcome::say("searching on from the newest line"),
                    true => Outcome::say("searching on from the oldest line"),
                    false => Outcome::default(),
                }
            }
            None => Outcome::say(format!("not found: {}", search.pattern)),
        }
    }
}
