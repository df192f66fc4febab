//! One client's copy mode in one pane: what is seen, where the cursor is, what keys do.
//!
//! Knows no workspace: keys and clicks come in, an [`Outcome`] comes out.

use std::collections::{BTreeMap, VecDeque};

use super::hints::{Hints, Typed};
use super::motion::Find;
use super::search::{Search, SearchPrompt, Seek};
use super::selection::{Anchor, FEW_ROWS, Kind, Selected};
use super::text::{Doc, Pos};
use segno_base::key::{Key, KeyCode, KeyEvent, Modifiers};
use segno_config::keys::chord::normal;
use segno_config::keys::copy_command::{CopyCommand, CopyKeys, Lookup};

/// The largest number of times that a key is repeated.
const MAX_COUNT: usize = 100_000;

/// The most digits of a line's number.
const MAX_DIGITS: usize = 12;

/// The state of copy mode.
#[derive(Debug, Clone, Default)]
pub struct CopyMode {
    /// The line at the top of the view.
    pub top: usize,
    /// How many lines there are.
    pub lines: usize,
    pub cursor: Pos,
    pub selected: Option<Selected>,
    pub search: Option<Search>,
    pub prompt: Option<SearchPrompt>,
    /// The digits of the line to go to, while they are typed.
    pub line_prompt: Option<String>,
    pub hints: Option<Hints>,
    /// What was typed of a number or of keys that belong together.
    pub pending: String,
    /// The keys that matter most.
    pub hint: String,
    pub(super) anchor: Option<Anchor>,
    /// The column that moving up and down keeps to.
    pub(super) wanted: u16,
    pub(super) marks: BTreeMap<char, Pos>,
    pub(super) find: Option<Find>,
    /// Began by itself, so that it ends with what it was for.
    pub(super) transient: bool,
    /// Whether the mouse is selecting, and by what.
    pub(super) drag: Option<super::mouse::Drag>,
    pressed: Vec<Key>,
    count: Option<usize>,
    pub(super) awaiting: Option<Awaiting>,
    /// What follows when the text has been searched, and the keys that wait for it.
    pub(super) seeking: Option<Then>,
    pub(super) held: VecDeque<KeyEvent>,
}

/// What follows a search.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Then {
    /// To the first match of what is being typed.
    Typed,
    /// To the next match, so often.
    Step {
        backward: bool,
        times: usize,
    },
    /// To the first match of all, or the last.
    Around {
        backward: bool,
    },
    Stay,
}

/// A command that needs a character.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Awaiting {
    Find { backward: bool, till: bool },
    SetMark,
    JumpToMark,
}

/// What is to be done outside of copy mode.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Outcome {
    pub copy: Option<String>,
    /// The text of many rows, which is copied when it has been put together.
    pub copy_many: Option<Selected>,
    /// What the text is to be searched for.
    pub seek: Option<Seek>,
    pub open: Option<String>,
    pub message: Option<String>,
    pub edit: bool,
    pub leave: bool,
}

impl Outcome {
    pub(super) fn say(message: impl Into<String>) -> Outcome {
        Outcome { message: Some(message.into()), ..Outcome::default() }
    }

    pub(super) fn leave() -> Outcome {
        Outcome { leave: true, ..Outcome::default() }
    }

    pub(super) fn copied(text: String) -> Outcome {
        if text.is_empty() {
            return Outcome::say("there is nothing to copy");
        }
        Outcome { copy: Some(text), leave: true, ..Outcome::default() }
    }

    /// This, and then what a further key asked for.
    pub(super) fn then(self, next: Outcome) -> Outcome {
        Outcome {
            copy: next.copy.or(self.copy),
            copy_many: next.copy_many.or(self.copy_many),
            seek: next.seek.or(self.seek),
            open: next.open.or(self.open),
            message: next.message.or(self.message),
            edit: next.edit || self.edit,
            leave: next.leave || self.leave,
        }
    }

    /// Copies what is selected.
    pub(super) fn copy(selected: Selected, doc: &Doc) -> Outcome {
        if selected.rows() > FEW_ROWS {
            return Outcome { copy_many: Some(selected), leave: true, ..Outcome::default() };
        }
        Outcome::copied(selected.text(doc))
    }
}

impl CopyMode {
    /// Begins where the program's cursor is, or in the view that is scrolled.
    pub(super) fn new(doc: &Doc) -> CopyMode {
        let top = doc.text().top().min(doc.last_top());
        let (line, col) = doc.text().cursor();
        let bottom = top + doc.height() - 1;
        let cursor = doc.clamp(Pos::new(line.clamp(top, bottom), col));
        CopyMode { top, cursor, wanted: cursor.col, lines: doc.text().lines(), ..Self::default() }
    }

    /// The places in the text that matter: they stay with their text when its size changes.
    pub fn places(&self) -> Vec<Pos> {
        let anchor = self.anchor.iter().flat_map(|anchor| [anchor.first, anchor.last]);
        let prompt = self.prompt.iter().flat_map(|p| [p.origin, Pos::new(p.top, 0)]);
        let own = [self.cursor, Pos::new(self.top, 0)];
        own.into_iter().chain(anchor).chain(prompt).chain(self.marks.values().copied()).collect()
    }

    /// The text has another size. Places stay with their text; those whose text is gone are
    /// dropped.
    pub(super) fn reflowed(&mut self, doc: &Doc) -> Outcome {
        let moved = |pos: Pos| doc.text().moved(pos).map(|pos| doc.clamp(pos));
        let from_end = self.lines.saturating_sub(self.cursor.line);
        self.lines = doc.text().lines();
        let line = self.lines.saturating_sub(from_end);
        self.top = moved(Pos::new(self.top, 0)).map_or(self.top, |top| top.line);
        let cursor = moved(self.cursor);
        self.cursor = cursor.unwrap_or_else(|| doc.clamp(Pos { line, ..self.cursor }));
        self.wanted = self.cursor.col;
        self.anchor = self.anchor.and_then(|anchor| {
            Some(Anchor { first: moved(anchor.first)?, last: moved(anchor.last)?, ..anchor })
        });
        self.marks = std::mem::take(&mut self.marks)
            .into_iter()
            .filter_map(|(name, pos)| Some((name, moved(pos)?)))
            .collect();
        if let Some(prompt) = self.prompt.take() {
            let top = moved(Pos::new(prompt.top, 0));
            match (moved(prompt.origin), top) {
                (Some(origin), Some(top)) => {
                    self.prompt = Some(SearchPrompt { origin, top: top.line, ..prompt });
                }
                // What was typed for the prompt must not be taken for commands.
                _ => self.held.clear(),
            }
        }
        (self.drag, self.hints, self.line_prompt) = (None, None, None);
        self.show_cursor(doc);
        self.refresh(doc);
        match self.search.take() {
            Some(search) => {
                // A search that was under way goes on in the text as it is now.
                let then = self.seeking.take().unwrap_or(Then::Stay);
                let near = self.prompt.as_ref().map_or(self.cursor, |prompt| prompt.origin).line;
                self.seek(&search.pattern, search.backward, near, then)
            }
            None => Outcome::default(),
        }
    }

    /// How much of the view is behind: lines below it.
    pub fn behind(&self, rows: usize) -> usize {
        self.lines.saturating_sub(self.top + rows)
    }

    /// A pressed key.
    pub(super) fn key(&mut self, event: &KeyEvent, keys: &CopyKeys, doc: &Doc) -> Outcome {
        if self.waits(event) {
            return Outcome::default();
        }
        let outcome = self.press(event, keys, doc);
        self.refresh(doc);
        outcome
    }

    fn press(&mut self, event: &KeyEvent, keys: &CopyKeys, doc: &Doc) -> Outcome {
        if self.prompt.is_some() {
            return self.prompt_key(event, doc);
        }
        if self.line_prompt.is_some() {
            self.line_key(event, doc);
            return Outcome::default();
        }
        if self.hints.is_some() {
            return self.hint_key(event);
        }
        let key = normal(event.key);
        if let Some(awaiting) = self.awaiting.take() {
            self.pending.clear();
            return match typed(key) {
                Some(ch) => self.answer(awaiting, ch, doc),
                None => Outcome::default(),
            };
        }
        if self.pressed.is_empty()
            && let Some(digit) = typed(key).and_then(|c| c.to_digit(10))
            && (digit > 0 || self.count.is_some())
        {
            let count = self.count.unwrap_or(0).saturating_mul(10).saturating_add(digit as usize);
            self.count = Some(count.min(MAX_COUNT));
            self.pending = count.min(MAX_COUNT).to_string();
            return Outcome::default();
        }
        self.pressed.push(key);
        match keys.find(&self.pressed, false) {
            Lookup::Begun => {
                self.pending.push_str(&key.to_string());
                Outcome::default()
            }
            Lookup::Command(command) => {
                let count = self.begin_command();
                self.run(command, count, doc)
            }
            Lookup::Nothing if self.pressed.len() == 1 => {
                self.begin_command();
                Outcome::default()
            }
            Lookup::Nothing => {
                // What was complete before this key is done, then the key is another one.
                let last = self.pressed.split_off(self.pressed.len() - 1);
                let before = keys.find(&self.pressed, true);
                let count = self.begin_command();
                let outcome = match before {
                    Lookup::Command(command) => self.run(command, count, doc),
                    _ => return Outcome::default(),
                };
                if outcome == Outcome::default() && last.len() == 1 {
                    return self.press(event, keys, doc);
                }
                outcome
            }
        }
    }

    /// A key while a line's number is typed.
    fn line_key(&mut self, event: &KeyEvent, doc: &Doc) {
        let Some(mut digits) = self.line_prompt.take() else { return };
        let key = normal(event.key);
        match (key.code, typed(key)) {
            (KeyCode::Enter, _) => {
                if let Ok(line) = digits.parse::<usize>() {
                    self.go_centered(Pos::new(line.saturating_sub(1).min(doc.last_line()), 0), doc);
                }
                return;
            }
            (KeyCode::Backspace, _) if digits.pop().is_none() => return,
            (_, Some(digit)) if digit.is_ascii_digit() && digits.len() < MAX_DIGITS => {
                digits.push(digit);
            }
            (KeyCode::Escape, _) => return,
            _ if key == Key::ctrl('c') || key == Key::ctrl('g') => return,
            _ => {}
        }
        self.line_prompt = Some(digits);
    }

    fn begin_command(&mut self) -> Option<usize> {
        self.pressed.clear();
        self.pending.clear();
        self.count.take()
    }

    /// Runs a command as its key would.
    pub(super) fn command(&mut self, command: CopyCommand, doc: &Doc) -> Outcome {
        let outcome = self.run(command, None, doc);
        self.refresh(doc);
        outcome
    }

    fn answer(&mut self, awaiting: Awaiting, ch: char, doc: &Doc) -> Outcome {
        match awaiting {
            Awaiting::Find { backward, till } => {
                let find = Find { ch, backward, till };
                self.find = Some(find);
                self.go_find(find, doc);
            }
            Awaiting::SetMark => drop(self.marks.insert(ch, self.cursor)),
            Awaiting::JumpToMark => match self.marks.get(&ch) {
                Some(pos) => self.go(*pos, doc),
                None => return Outcome::say(format!("there is no mark {ch}")),
            },
        }
        Outcome::default()
    }

    fn hint_key(&mut self, event: &KeyEvent) -> Outcome {
        let Some(hints) = &mut self.hints else { return Outcome::default() };
        let key = normal(event.key);
        let done = match (key.code, typed(key)) {
            (KeyCode::Backspace, _) => {
                hints.typed.pop();
                return Outcome::default();
            }
            (_, Some(ch)) if ch.is_ascii_alphabetic() => match hints.letter(ch) {
                Typed::More => return Outcome::default(),
                Typed::Chosen(text, true) => {
                    Outcome { open: Some(text), leave: true, ..Outcome::default() }
                }
                Typed::Chosen(text, false) => Outcome::copied(text),
                Typed::Nothing => Outcome::say("no label begins so"),
            },
            _ => Outcome::default(),
        };
        self.hints = None;
        Outcome { leave: done.leave || self.transient, ..done }
    }

    /// Text that was pasted.
    pub(super) fn paste(&mut self, text: &str, doc: &Doc) -> Outcome {
        let Some(prompt) = &mut self.prompt else { return Outcome::default() };
        prompt.field.insert(text);
        let outcome = self.search_typed();
        self.refresh(doc);
        outcome
    }

    /// Brings what the view shows up to date with the cursor.
    pub(super) fn refresh(&mut self, doc: &Doc) {
        self.lines = doc.text().lines();
        self.selected = self.anchor.map(|anchor| anchor.selected(self.cursor, doc));
    }

    /// Goes to a place, which the view follows.
    pub(super) fn go(&mut self, pos: Pos, doc: &Doc) {
        self.cursor = doc.clamp(pos);
        self.wanted = self.cursor.col;
        self.show_cursor(doc);
    }

    pub(super) fn go_line(&mut self, line: usize, doc: &Doc) {
        self.cursor = doc.clamp(Pos::new(line, self.wanted));
        self.show_cursor(doc);
    }

    pub(super) fn show_cursor(&mut self, doc: &Doc) {
        let lowest = (self.cursor.line + 1).saturating_sub(doc.height());
        self.top = self.top.clamp(lowest.min(doc.last_top()), self.cursor.line.min(doc.last_top()));
    }

    /// Like [`CopyMode::go`], but a place that was not in view comes to its middle.
    pub(super) fn go_centered(&mut self, pos: Pos, doc: &Doc) {
        let seen = (self.top..self.top + doc.height()).contains(&pos.line);
        if !seen {
            self.top = pos.line.saturating_sub(doc.height() / 2).min(doc.last_top());
        }
        self.go(pos, doc);
    }

    /// Moves the view; the cursor stays within it.
    pub(super) fn scroll(&mut self, lines: isize, doc: &Doc) {
        self.top = self.top.saturating_add_signed(lines).min(doc.last_top());
        let bottom = self.top + doc.height() - 1;
        if !(self.top..=bottom).contains(&self.cursor.line) {
            let line = self.cursor.line.clamp(self.top, bottom);
            self.cursor = doc.clamp(Pos::new(line, self.wanted));
        }
    }

    pub(super) fn select(&mut self, kind: Kind) {
        self.anchor = match self.anchor {
            Some(anchor) if anchor.kind == kind => None,
            Some(anchor) => Some(Anchor { kind, ..anchor }),
            None => Some(Anchor::new(kind, self.cursor)),
        };
    }
}

/// The character that a key types.
pub(super) fn typed(key: Key) -> Option<char> {
    match key.code {
        KeyCode::Char(c) if key.mods.without(Modifiers::SHIFT).is_empty() => Some(c),
        _ => None,
    }
}
