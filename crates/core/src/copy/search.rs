//! Searching the text for a regular expression.

use std::cmp::Ordering;
use std::ops::Range;

use regex::{Regex, RegexBuilder};

use super::text::{Doc, Pos, ScreenText};
use crate::dialog::text_field::TextField;
use segno_base::screen::text_chunk::TextChunk;
use segno_base::screen::text_row::TextRow;

/// How many matches of a part of the text are kept: those nearest to where it began.
const MAX_MATCHES: usize = 100_000;
/// From how many pieces of a text on several threads search it.
const MANY_CHUNKS: usize = 32;
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
    /// Whether there are more before the first, and after the last.
    pub more: (bool, bool),
    /// The text is still being searched: these are none, or those of a search before.
    pub under_way: bool,
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

/// What is to be searched for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Seek {
    pub pattern: String,
    /// The line from which the matches are wanted first, should there be too many.
    pub near: usize,
}

/// What was found.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Hits {
    pub pattern: String,
    pub matches: Vec<Match>,
    pub more: (bool, bool),
    pub literal: bool,
}

impl Search {
    /// A search that is under way.
    pub(super) fn begin(pattern: &str, backward: bool) -> Search {
        let pattern = pattern.to_string();
        Search { pattern, backward, under_way: true, ..Search::default() }
    }

    pub(super) fn take(&mut self, hits: Hits) {
        let Hits { matches, more, literal, .. } = hits;
        (self.matches, self.more, self.literal) = (matches, more, literal);
        (self.under_way, self.current) = (false, None);
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
    let build = |text: &str| builder(text, pattern).build().ok();
    match build(pattern) {
        Some(regex) => (Some(regex), false),
        None => (build(&regex::escape(pattern)), true),
    }
}

fn builder(text: &str, pattern: &str) -> RegexBuilder {
    let mut builder = RegexBuilder::new(text);
    builder.case_insensitive(!pattern.chars().any(char::is_uppercase)).size_limit(MAX_REGEX);
    builder
}

/// A pattern as it is searched for.
struct Compiled {
    /// Finds it in a line.
    line: Regex,
    /// Finds it in many lines, or more than that; `None` where that is not known.
    many: Option<Regex>,
}

impl Compiled {
    fn new(pattern: &str) -> (Option<Compiled>, bool) {
        let (line, literal) = compile(pattern);
        // The beginning of a line may be another one in the midst of a text.
        let certain = literal || !["\\A", "\\z", "(?"].iter().any(|part| pattern.contains(part));
        let many = || {
            let text = if literal { regex::escape(pattern) } else { pattern.to_string() };
            builder(&text, pattern).multi_line(true).build().ok()
        };
        let many = certain.then(many).flatten();
        (line.map(|line| Compiled { line, many }), literal)
    }

    /// Adds the matches in a chunk.
    fn find(&self, chunk: &TextChunk, doc: &Doc, found: &mut Vec<Match>) {
        let mut n = 0;
        while let Some(line) = chunk.lines.get(n) {
            if let Some(many) = &self.many {
                match many.find_at(&chunk.text, line.at) {
                    // Behind the end of the last line nothing begins.
                    Some(next) if next.start() < chunk.text.len() => {
                        n = chunk.line_of(next.start())
                    }
                    _ => return,
                }
            }
            let (Some(line), text) = (chunk.lines.get(n), chunk.line(n)) else { return };
            let mut whole = None;
            for hit in self.line.find_iter(text).filter(|hit| !hit.is_empty()) {
                found.push(if line.plain {
                    let place = |byte: usize| {
                        Pos::new(line.row + byte / chunk.cols, (byte % chunk.cols) as u16)
                    };
                    Match { start: place(hit.start()), end: place(hit.end() - 1) }
                } else {
                    let whole = whole.get_or_insert_with(|| Line::read(doc, line.row));
                    whole.span(hit.start(), hit.end().min(whole.text.len()))
                });
            }
            n += 1;
        }
    }
}

impl Seek {
    /// Searches the whole text, in some parts at once; `None` when it is not to go on.
    pub fn find(
        &self,
        text: &(dyn ScreenText + Sync),
        parts: usize,
        goes_on: &(dyn Fn() -> bool + Sync),
    ) -> Option<Hits> {
        let (compiled, literal) = Compiled::new(&self.pattern);
        let mut hits = Hits { pattern: self.pattern.clone(), literal, ..Hits::default() };
        let Some(compiled) = compiled.filter(|_| !self.pattern.is_empty()) else {
            return Some(hits);
        };
        let (chunks, near) = (text.chunks(), text.chunk_of(self.near));
        let search = &|part: Range<usize>| search(&compiled, text, part, near, goes_on);
        let parts = if chunks < MANY_CHUNKS { 1 } else { parts.max(1) };
        let mut bounds: Vec<_> = (0..=parts).map(|part| chunks * part / parts).collect();
        bounds.push(near);
        bounds.sort_unstable();
        bounds.dedup();
        let ranges: Vec<_> = bounds.windows(2).map(|pair| pair[0]..pair[1]).collect();
        let found: Vec<_> = if parts == 1 {
            ranges.iter().cloned().map(search).collect()
        } else {
            std::thread::scope(|scope| {
                let begin = |part: &Range<usize>| {
                    let (thread, part) = (std::thread::Builder::new(), part.clone());
                    thread.spawn_scoped(scope, move || search(part))
                };
                let threads: Vec<_> = ranges.iter().map(begin).collect();
                let joined = threads.into_iter().zip(&ranges).map(|(thread, part)| match thread {
                    Ok(thread) => thread.join().unwrap_or(None),
                    // There is no room for another thread.
                    Err(_) => search(part.clone()),
                });
                joined.collect()
            })
        };
        let found = found.into_iter().collect::<Option<Vec<_>>>()?;
        // What is behind a part that is not complete would leave a gap.
        let before =
            ranges.iter().zip(&found).rposition(|(part, (_, more))| part.end <= near && *more);
        let after =
            ranges.iter().zip(&found).position(|(part, (_, more))| part.start >= near && *more);
        hits.more = (before.is_some(), after.is_some());
        let kept = before.unwrap_or(0)..=after.unwrap_or(usize::MAX);
        for (at, (matches, _)) in found.into_iter().enumerate() {
            if kept.contains(&at) {
                hits.matches.extend(matches);
            }
        }
        Some(hits)
    }
}

/// Searches chunks of a text, from `near` on; answers what was found, in order, and whether there
/// is more.
fn search(
    compiled: &Compiled,
    text: &(dyn ScreenText + Sync),
    chunks: Range<usize>,
    near: usize,
    goes_on: &(dyn Fn() -> bool + Sync),
) -> Option<(Vec<Match>, bool)> {
    let doc = Doc::new(text);
    let backward = chunks.end <= near;
    let (mut found, mut chunk, mut here) = (Vec::new(), TextChunk::default(), Vec::new());
    let mut more = false;
    for n in 0..chunks.len() {
        let index = if backward { chunks.end - 1 - n } else { chunks.start + n };
        text.chunk(index, &mut chunk);
        compiled.find(&chunk, &doc, &mut here);
        if backward {
            here.reverse();
        }
        found.append(&mut here);
        if found.len() >= MAX_MATCHES {
            more = n + 1 < chunks.len();
            break;
        }
        if !goes_on() {
            return None;
        }
    }
    if backward {
        found.reverse();
    }
    Some((found, more))
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
}
