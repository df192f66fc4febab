//! The search prompt: every key shows where it leads as soon as the text has been searched, which
//! is done elsewhere: there may be a million lines. Keys that depend on it wait.

use super::mode::{CopyMode, Outcome, Then};
use super::search::{Hits, Search, Seek};
use super::text::Doc;
use segno_base::key::{Key, KeyCode, KeyEvent};
use segno_config::keys::chord::normal;
use segno_config::keys::copy_command::CopyKeys;

/// Keys that wait for a search.
const HELD_MAX: usize = 1000;

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
        self.search_typed()
    }

    /// Has the text searched for what was typed so far.
    pub(super) fn search_typed(&mut self) -> Outcome {
        let Some(prompt) = &self.prompt else { return Outcome::default() };
        let (origin, top, backward) = (prompt.origin, prompt.top, prompt.backward);
        let pattern = prompt.field.text().to_string();
        if pattern.is_empty() {
            (self.search, self.seeking) = (None, None);
            (self.cursor, self.top) = (origin, top);
            return Outcome::default();
        }
        if self.search.as_ref().is_some_and(|search| search.pattern == pattern) {
            return Outcome::default();
        }
        self.seek(&pattern, backward, origin.line, Then::Typed)
    }

    /// Has the text searched; what was found before is seen until then.
    pub(super) fn seek(
        &mut self,
        pattern: &str,
        backward: bool,
        near: usize,
        then: Then,
    ) -> Outcome {
        let search = Search::begin(pattern, backward);
        match &mut self.search {
            Some(before) if before.pattern == search.pattern => before.under_way = true,
            before => *before = Some(search),
        }
        self.seeking = Some(then);
        let seek = Seek { pattern: pattern.to_string(), near };
        Outcome { seek: Some(seek), ..Outcome::default() }
    }

    /// Whether a key waits until the text has been searched: those do that depend on what is found.
    pub(super) fn waits(&mut self, event: &KeyEvent) -> bool {
        if self.seeking.is_none() {
            return false;
        }
        let key = normal(event.key);
        if key.code == KeyCode::Escape || key == Key::ctrl('c') || key == Key::ctrl('g') {
            self.held.clear();
            self.seeking = None;
            if let Some(search) = &mut self.search {
                search.under_way = false;
            }
            // In the prompt it gives up, as ever.
            return self.prompt.is_none();
        }
        let steps = key == Key::ctrl('s') || key == Key::ctrl('r');
        let edits = self.prompt.is_some() && key.code != KeyCode::Enter && !steps;
        if edits && self.held.is_empty() {
            return false;
        }
        if self.held.len() < HELD_MAX {
            self.held.push_back(event.clone());
        }
        true
    }

    /// The text has been searched: what waited for it follows.
    pub(super) fn found(&mut self, hits: Hits, keys: &CopyKeys, doc: &Doc) -> Outcome {
        let search = self.search.as_mut().filter(|search| search.pattern == hits.pattern);
        let (Some(search), Some(then)) = (search, self.seeking) else {
            return Outcome::default();
        };
        self.seeking = None;
        search.take(hits);
        let mut outcome = self.follow_search(then, doc);
        self.refresh(doc);
        while self.seeking.is_none()
            && !outcome.leave
            && let Some(event) = self.held.pop_front()
        {
            outcome = outcome.then(self.key(&event, keys, doc));
        }
        outcome
    }

    fn follow_search(&mut self, then: Then, doc: &Doc) -> Outcome {
        match then {
            Then::Stay => {}
            Then::Step { backward, times } => return self.steps(backward, times, doc),
            Then::Around { backward } => {
                let Some(search) = &mut self.search else { return Outcome::default() };
                let last = search.matches.len().saturating_sub(1);
                let index = if backward { last } else { 0 };
                if let Some(pos) = search.matches.get(index).map(|found| found.start) {
                    search.current = Some(index);
                    self.go_centered(pos, doc);
                    return around(backward);
                }
            }
            Then::Typed => {
                let (Some(prompt), Some(search)) = (&self.prompt, &mut self.search) else {
                    return Outcome::default();
                };
                let (origin, top) = (prompt.origin, prompt.top);
                match search.step(origin, prompt.backward) {
                    Some((pos, _)) => self.go_centered(pos, doc),
                    None => (self.cursor, self.top) = (origin, top),
                }
            }
        }
        Outcome::default()
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
        self.seeking = None;
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
        self.steps(backward, times, doc)
    }

    fn steps(&mut self, backward: bool, times: usize, doc: &Doc) -> Outcome {
        let mut outcome = Outcome::default();
        let matches = self.search.as_ref().map_or(0, |search| search.matches.len());
        for left in (1..=times.min(matches.max(1))).rev() {
            outcome = self.step(backward, doc);
            if let Some(then) = self.seeking.as_mut() {
                // The rest follows when more is known.
                if let Then::Step { times, .. } = then {
                    *times = left;
                }
                break;
            }
        }
        outcome
    }

    fn step(&mut self, backward: bool, doc: &Doc) -> Outcome {
        let Some(search) = &mut self.search else { return Outcome::default() };
        let from = self.cursor;
        let found = search.step(from, backward);
        let Some((pos, goes_around)) = found else {
            return Outcome::say(format!("not found: {}", search.pattern));
        };
        if !goes_around {
            self.go_centered(pos, doc);
            return Outcome::default();
        }
        let (pattern, direction) = (search.pattern.clone(), search.backward);
        let (here, there) = match backward {
            true => (search.more.0, search.more.1),
            false => (search.more.1, search.more.0),
        };
        if here {
            // There are more than are known; the nearest are found anew.
            return self.seek(&pattern, direction, from.line, Then::Step { backward, times: 1 });
        }
        if there {
            let near = if backward { doc.last_line() } else { 0 };
            return self.seek(&pattern, direction, near, Then::Around { backward });
        }
        self.go_centered(pos, doc);
        around(backward)
    }
}

fn around(backward: bool) -> Outcome {
    match backward {
        true => Outcome::say("searching on from the newest line"),
        false => Outcome::say("searching on from the oldest line"),
    }
}
