//! Searching the text for a regular expression.

use std::cmp::Ordering;

use regex::{Regex, RegexBuilder};

use crate::base::text_row::TextRow;

use crate::core::dialog::text_field::TextField;

use super::text::{Doc, Pos};

/// How many lines above and below the cursor are searched.
const REACH: usize = 100_000;
/// How many matches are kept.
const MAX_MATCHES: usize = 9_999;
/// The longest line that is searched as a whole, in bytes.
const MAX_LINE: usize = 1024 * 1024;
/// The compiled pattern's size.
const MAX_REGEX: usize = 1024 * 1024;

/// A match: its first character, and its last column.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Match {
    pub start: Pos,
    pub end: Pos,
}

impl Match {
    /// Its columns in a line, the second one behind the last.
    pub fn columns(&self, line: usize) -> Option<(u16, u16)> {
        if !(self.start.line..=self.end.line).contains(&line) {
            return None;
        }
        let from = if line == self.start.line { self.start.col } else { 0 };
        let to = if line == self.end.line { self.end.col } else { u16::MAX };
        Some((from, to.saturating_add(1)))
    }
}

/// A pattern that was searched for, with all its matches.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Search {
    pub pattern: String,
    pub backward: bool,
    /// From the oldest to the newest.
    pub matches: Vec<Match>,
    /// The one that the cursor went to.
    pub current: Option<usize>,
    /// The pattern is no regular expression: it is searched for as it stands.
    pub literal: bool,
}

/// A pattern being typed.
#[derive(Debug, Clone)]
pub struct SearchPrompt {
    pub field: TextField,
    pub backward: bool,
    /// Where the search began, to return to.
    pub(super) origin: Pos,
    pub(super) top: usize,
    pub(super) before: Option<Search>,
}

impl Search {
    pub(super) fn new(pattern: &str, backward: bool, doc: &Doc, near: usize) -> Search {
        let (regex, literal) = compile(pattern);
        let matches = match regex {
            Some(regex) if !pattern.is_empty() => matches(doc, &regex, near),
            _ => Vec::new(),
        };
        Search { pattern: pattern.to_string(), backward, matches, current: None, literal }
    }

    /// Goes to the next match in a direction, around the end when there is none; says whether it
    /// went around.
    pub(super) fn step(&mut self, from: Pos, backward: bool) -> Option<(Pos, bool)> {
        let last = self.matches.len().checked_sub(1)?;
        let found = if backward {
            self.matches.partition_point(|m| m.start < from).checked_sub(1)
        } else {
            Some(self.matches.partition_point(|m| m.start <= from)).filter(|i| *i <= last)
        };
        let index = found.unwrap_or(if backward { last } else { 0 });
        self.current = Some(index);
        Some((self.matches[index].start, found.is_none()))
    }

    /// Which match the cursor is on, from 1, and how many there are.
    pub fn count(&self) -> (usize, usize) {
        (self.current.map_or(0, |index| index + 1), self.matches.len())
    }

    /// The matches that touch a line, with their numbers.
    pub fn on_line(&self, line: usize) -> impl Iterator<Item = (usize, &Match)> {
        let from = self.matches.partition_point(|m| m.end.line < line);
        let rest = self.matches.iter().enumerate().skip(from);
        rest.take_while(move |(_, m)| m.start.line.cmp(&line) != Ordering::Greater)
    }
}

/// The expression of a pattern; what is none is taken as it stands. Capitals count only when the
/// pattern has some.
pub(super) fn compile(pattern: &str) -> (Option<Regex>, bool) {
    let build = |text: &str| {
        RegexBuilder::new(text)
            .case_insensitive(!pattern.chars().any(char::is_uppercase))
            .size_limit(MAX_REGEX)
            .build()
            .ok()
    };
    match build(pattern) {
        Some(regex) => (Some(regex), false),
        None => (build(&regex::escape(pattern)), true),
    }
}

fn matches(doc: &Doc, regex: &Regex, near: usize) -> Vec<Match> {
    let mut found = Vec::new();
    let mut line = doc.line_start(near.saturating_sub(REACH));
    let end = near.saturating_add(REACH).min(doc.last_line());
    while line <= end && found.len() < MAX_MATCHES {
        let whole = Line::read(doc, line);
        found.extend(whole.find(regex));
        line = whole.end;
    }
    found.truncate(MAX_MATCHES);
    found
}

/// A line of the text, whole, though it may go over several rows.
pub(super) struct Line {
    pub text: String,
    /// The byte at which each row begins.
    rows: Vec<(usize, TextRow)>,
    first: usize,
    /// The row behind the last.
    pub end: usize,
}

impl Line {
    pub fn read(doc: &Doc, first: usize) -> Line {
        let mut line = Line { text: String::new(), rows: Vec::new(), first, end: first };
        loop {
            let row = doc.text().row(line.end);
            let wrapped = row.wrapped;
            let at = line.text.len();
            line.text.push_str(&row.text);
            line.rows.push((at, row));
            line.end += 1;
            if !wrapped || line.end > doc.last_line() || line.text.len() > MAX_LINE {
                return line;
            }
        }
    }

    /// The place of a byte.
    fn place(&self, byte: usize) -> Pos {
        let index = self.rows.partition_point(|(at, _)| *at <= byte).saturating_sub(1);
        let Some((at, row)) = self.rows.get(index) else { return Pos::new(self.first, 0) };
        Pos::new(self.first + index, row.col_of_byte(byte - at))
    }

    /// The place of the last column of the character before a byte.
    fn place_before(&self, byte: usize) -> Pos {
        let before = self.text[..byte].chars().next_back().map_or(0, char::len_utf8);
        let pos = self.place(byte - before);
        let row = &self.rows[pos.line - self.first].1;
        let glyph = row.index_at(pos.col).and_then(|index| row.glyphs.get(index));
        Pos { col: glyph.map_or(pos.col, |g| g.col + g.width - 1), ..pos }
    }

    /// The match of a part of the text.
    pub fn span(&self, start: usize, end: usize) -> Match {
        Match { start: self.place(start), end: self.place_before(end) }
    }

    fn find<'a>(&'a self, regex: &'a Regex) -> impl Iterator<Item = Match> + 'a {
        let found = regex.find_iter(&self.text).filter(|found| !found.is_empty());
        found.map(|found| self.span(found.start(), found.end()))
    }
}
