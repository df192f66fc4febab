//! What each command of copy mode does.

use super::hints::{self, Hints};
use super::mode::{Awaiting, CopyMode, Outcome, Then};
use super::motion::Find;
use super::prompts;
use super::search::SearchPrompt;
use super::selection::{Anchor, Kind, Selected};
use super::text::{Doc, Pos};
use segno_config::keys::copy_command::CopyCommand as C;

impl CopyMode {
    pub(super) fn run(&mut self, command: C, count: Option<usize>, doc: &Doc) -> Outcome {
        let times = count.unwrap_or(1).max(1);
        let page = doc.height().saturating_sub(2).max(1);
        let half = (doc.height() / 2).max(1);
        match command {
            C::Left => self.repeat(times, doc, left),
            C::Right => self.repeat(times, doc, right),
            C::Up => self.go_line(self.cursor.line.saturating_sub(times), doc),
            C::Down => self.go_line(self.cursor.line.saturating_add(times), doc),
            C::WordNext => self.repeat(times, doc, |doc, at| doc.word_next(at, false)),
            C::WordEnd => self.repeat(times, doc, |doc, at| doc.word_end(at, false)),
            C::WordPrevious => self.repeat(times, doc, |doc, at| doc.word_previous(at, false)),
            C::BigWordNext => self.repeat(times, doc, |doc, at| doc.word_next(at, true)),
            C::BigWordEnd => self.repeat(times, doc, |doc, at| doc.word_end(at, true)),
            C::BigWordPrevious => self.repeat(times, doc, |doc, at| doc.word_previous(at, true)),
            C::LineStart => self.go(Pos::new(doc.line_start(self.cursor.line), 0), doc),
            C::LineText => self.go(doc.text_start(doc.line_start(self.cursor.line)), doc),
            C::LineEnd => self.go_line_end(doc),
            C::ScreenTop => self.go_line(self.top + (times - 1).min(doc.height() - 1), doc),
            C::ScreenMiddle => self.go_line(self.top + doc.height() / 2, doc),
            C::ScreenBottom => self.go_line(self.top + doc.height() - times.min(doc.height()), doc),
            C::Top => self.go_line(count.map_or(0, |n| n.saturating_sub(1)), doc),
            C::Bottom => {
                self.go_line(count.map_or(doc.last_line(), |n| n.saturating_sub(1)), doc);
            }
            C::GoToLine => self.line_prompt = Some(String::new()),
            C::HalfPageUp => self.page(-(half.saturating_mul(times) as isize), doc),
            C::HalfPageDown => self.page(half.saturating_mul(times) as isize, doc),
            C::PageUp => self.page(-(page.saturating_mul(times) as isize), doc),
            C::PageDown => self.page(page.saturating_mul(times) as isize, doc),
            C::ScrollUp => self.scroll(-(times as isize), doc),
            C::ScrollDown => self.scroll(times as isize, doc),
            C::ParagraphPrevious => {
                self.go(Pos::new(doc.paragraph_previous(self.cursor.line, times), 0), doc);
            }
            C::ParagraphNext => {
                self.go(Pos::new(doc.paragraph_next(self.cursor.line, times), 0), doc);
            }
            C::Bracket => return self.go_if(doc.bracket(self.cursor), "no bracket here", doc),
            C::FindNext => self.await_char(Awaiting::Find { backward: false, till: false }, "f"),
            C::FindPrevious => self.await_char(Awaiting::Find { backward: true, till: false }, "F"),
            C::TillNext => self.await_char(Awaiting::Find { backward: false, till: true }, "t"),
            C::TillPrevious => self.await_char(Awaiting::Find { backward: true, till: true }, "T"),
            C::FindAgain => self.find_times(self.find, times, doc),
            C::FindReverse => self.find_times(self.find.map(Find::reversed), times, doc),
            C::SearchForward => self.ask_search(false),
            C::SearchBackward => self.ask_search(true),
            C::SearchNext => return self.search_step(false, times, doc),
            C::SearchPrevious => return self.search_step(true, times, doc),
            C::SearchWordForward => return self.search_word(false, times, doc),
            C::SearchWordBackward => return self.search_word(true, times, doc),
            C::PromptPrevious => {
                let line = prompts::previous(doc, self.cursor.line);
                return self.go_if(line.map(|line| Pos::new(line, 0)), NO_PROMPT, doc);
            }
            C::PromptNext => {
                let line = prompts::next(doc, self.cursor.line);
                return self.go_if(line.map(|line| Pos::new(line, 0)), NO_PROMPT, doc);
            }
            C::SelectChar => self.select(Kind::Char),
            C::SelectLine => self.select(Kind::Line),
            C::SelectBlock => self.select(Kind::Block),
            C::SelectWord => {
                let (first, last) = doc.word_at(self.cursor);
                self.select_from(Kind::Char, first, last, doc);
            }
            C::SelectOutput => match prompts::output(doc, self.cursor.line) {
                Some((first, last)) => self.select_from(Kind::Line, first, last, doc),
                None => return Outcome::say(NO_PROMPT),
            },
            C::SwapEnds => self.swap_ends(doc),
            C::Clear => self.anchor = None,
            C::SetMark => self.await_char(Awaiting::SetMark, "m"),
            C::JumpToMark => self.await_char(Awaiting::JumpToMark, "'"),
            C::Copy => {
                return match self.anchor {
                    Some(anchor) => Outcome::copy(anchor.selected(self.cursor, doc), doc),
                    None => Outcome::say("select something first"),
                };
            }
            C::CopyLine => {
                return self.copy_line(Pos::new(doc.line_start(self.cursor.line), 0), doc);
            }
            C::CopyLineEnd => return self.copy_line(self.cursor, doc),
            C::Open => {
                return match hints::at(doc, self.cursor) {
                    Some(text) => Outcome { open: Some(text), ..Outcome::default() },
                    None => Outcome::say("no link or path here"),
                };
            }
            C::Hints => return self.show_hints(doc),
            C::Edit => return Outcome { edit: true, leave: true, ..Outcome::default() },
            C::Cancel if self.anchor.is_some() => self.anchor = None,
            C::Cancel | C::Quit => return Outcome::leave(),
        }
        Outcome::default()
    }

    /// Goes there, or says why not.
    fn go_if(&mut self, there: Option<Pos>, otherwise: &str, doc: &Doc) -> Outcome {
        match there {
            Some(pos) => {
                self.go(pos, doc);
                Outcome::default()
            }
            None => Outcome::say(otherwise),
        }
    }

    fn go_line_end(&mut self, doc: &Doc) {
        self.go(Pos::new(doc.line_end(self.cursor.line), u16::MAX), doc);
        // Up and down stay at the ends of lines.
        self.wanted = u16::MAX;
    }

    fn find_times(&mut self, find: Option<Find>, times: usize, doc: &Doc) {
        if let Some(find) = find {
            (0..times.min(1000)).for_each(|_| self.go_find(find, doc));
        }
    }

    fn search_word(&mut self, backward: bool, times: usize, doc: &Doc) -> Outcome {
        let (start, end) = doc.word_at(self.cursor);
        let end = Pos::new(end.line, doc.last_col(end));
        let word = Selected { kind: Kind::Char, start, end }.text(doc);
        if word.trim().is_empty() {
            return Outcome::say("no word here");
        }
        let pattern = format!(r"\b{}\b", regex::escape(&word));
        self.seek(&pattern, backward, self.cursor.line, Then::Step { backward, times })
    }

    fn select_from(&mut self, kind: Kind, first: Pos, last: Pos, doc: &Doc) {
        self.anchor = Some(Anchor::new(kind, first));
        self.go(last, doc);
    }

    fn swap_ends(&mut self, doc: &Doc) {
        if let Some(anchor) = &mut self.anchor {
            let to = if self.cursor >= anchor.last { anchor.first } else { anchor.last };
            *anchor = Anchor::new(anchor.kind, self.cursor);
            self.go(to, doc);
        }
    }

    /// Copies from here to the end of the line.
    fn copy_line(&self, from: Pos, doc: &Doc) -> Outcome {
        let end = Pos::new(doc.line_end(self.cursor.line), u16::MAX);
        Outcome::copy(Selected { kind: Kind::Char, start: from, end }, doc)
    }

    fn show_hints(&mut self, doc: &Doc) -> Outcome {
        let hints = Hints::find(doc, self.top);
        if hints.items.is_empty() {
            let none = Outcome::say("no links or paths in view");
            return Outcome { leave: self.transient, ..none };
        }
        self.hints = Some(hints);
        Outcome::default()
    }

    fn repeat(&mut self, times: usize, doc: &Doc, step: impl Fn(&Doc, Pos) -> Pos) {
        let mut at = self.cursor;
        for _ in 0..times {
            let next = step(doc, at);
            if next == at {
                break;
            }
            at = next;
        }
        self.go(at, doc);
    }

    /// Moves view and cursor together.
    fn page(&mut self, lines: isize, doc: &Doc) {
        self.top = self.top.saturating_add_signed(lines).min(doc.last_top());
        self.go_line(self.cursor.line.saturating_add_signed(lines), doc);
    }

    fn await_char(&mut self, awaiting: Awaiting, shown: &str) {
        self.awaiting = Some(awaiting);
        self.pending = shown.to_string();
    }

    pub(super) fn go_find(&mut self, find: Find, doc: &Doc) {
        if let Some(pos) = doc.find(self.cursor, find) {
            self.go(pos, doc);
        }
    }

    fn ask_search(&mut self, backward: bool) {
        self.prompt = Some(SearchPrompt {
            field: Default::default(),
            backward,
            origin: self.cursor,
            top: self.top,
            before: self.search.take(),
        });
    }
}

fn left(doc: &Doc, at: Pos) -> Pos {
    match doc.previous(at) {
        Some((before, false)) => before,
        _ => at,
    }
}

fn right(doc: &Doc, at: Pos) -> Pos {
    match doc.next(at) {
        Some((next, false)) => next,
        _ => at,
    }
}

const NO_PROMPT: &str = "no prompts are marked here; the shell has to send OSC 133";
