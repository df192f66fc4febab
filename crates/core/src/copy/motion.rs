//! Where the cursor goes: words, paragraphs, brackets, characters in a line.

use super::text::{Class, Doc, Pos};
use segno_base::screen::text_chunk::TextChunk;

/// How many rows a motion by paragraphs goes over at most.
const PARAGRAPHS_MAX: usize = 100_000;

/// How many characters a search for a bracket's partner looks at.
const BRACKET_MAX: usize = 200_000;

/// `f`, `F`, `t` and `T`: to a character in the line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Find {
    pub ch: char,
    pub backward: bool,
    /// Stops one before it.
    pub till: bool,
}

impl Find {
    pub fn reversed(self) -> Find {
        Find { backward: !self.backward, ..self }
    }
}

impl Doc<'_> {
    pub fn word_next(&self, from: Pos, big: bool) -> Pos {
        let mut class = self.class(from, big);
        let mut at = from;
        while let Some((next, newline)) = self.next(at) {
            at = next;
            let now = self.class(at, big);
            if newline {
                class = Class::Space;
                // A blank line is a word.
                if self.row(at.line).glyphs.is_empty() {
                    return at;
                }
            }
            if now != Class::Space && now != class {
                return at;
            }
            class = now;
        }
        at
    }

    pub fn word_end(&self, from: Pos, big: bool) -> Pos {
        let Some((mut at, _)) = self.next(from) else { return from };
        while self.class(at, big) == Class::Space {
            let Some((next, _)) = self.next(at) else { return at };
            at = next;
        }
        self.end_of_run(at, big)
    }

    pub fn word_previous(&self, from: Pos, big: bool) -> Pos {
        let Some((mut at, _)) = self.previous(from) else { return from };
        while self.class(at, big) == Class::Space {
            if self.row(at.line).glyphs.is_empty() {
                return at;
            }
            let Some((before, _)) = self.previous(at) else { return at };
            at = before;
        }
        self.start_of_run(at, big)
    }

    fn end_of_run(&self, mut at: Pos, big: bool) -> Pos {
        let class = self.class(at, big);
        while let Some((next, false)) = self.next(at) {
            if self.class(next, big) != class {
                break;
            }
            at = next;
        }
        at
    }

    fn start_of_run(&self, mut at: Pos, big: bool) -> Pos {
        let class = self.class(at, big);
        while let Some((before, false)) = self.previous(at) {
            if self.class(before, big) != class {
                break;
            }
            at = before;
        }
        at
    }

    /// The first and the last character of the word at a place.
    pub fn word_at(&self, at: Pos) -> (Pos, Pos) {
        (self.start_of_run(at, false), self.end_of_run(at, false))
    }

    /// The first character of a line that is no space.
    pub fn text_start(&self, line: usize) -> Pos {
        let row = self.row(line);
        let index = (0..row.glyphs.len()).find(|i| !row.glyph_text(*i).trim().is_empty());
        Pos::new(line, index.and_then(|i| row.glyphs.get(i)).map_or(0, |glyph| glyph.col))
    }

    /// The blank line behind so many paragraphs, from a row on; the last row when there is none,
    /// or as far as is looked.
    pub fn paragraph_next(&self, from: usize, times: usize) -> usize {
        let (mut left, mut in_text, mut chunk) = (times, false, TextChunk::default());
        for index in self.text().chunk_of(from)..self.text().chunks() {
            self.text().chunk(index, &mut chunk);
            for (n, line) in chunk.lines.iter().enumerate() {
                if line.row + line.rows <= from {
                    continue;
                }
                if line.row > from + PARAGRAPHS_MAX {
                    return line.row;
                }
                let blank = chunk.line(n).trim().is_empty();
                left -= usize::from(blank && in_text);
                if left == 0 {
                    return line.row.max(from);
                }
                in_text = !blank;
            }
        }
        self.last_line()
    }

    /// The same towards the oldest row.
    pub fn paragraph_previous(&self, from: usize, times: usize) -> usize {
        let (mut left, mut in_text, mut chunk) = (times, false, TextChunk::default());
        for index in (0..=self.text().chunk_of(self.line_start(from))).rev() {
            self.text().chunk(index, &mut chunk);
            for (n, line) in chunk.lines.iter().enumerate().rev() {
                if line.row > from {
                    continue;
                }
                if line.row + PARAGRAPHS_MAX < from {
                    return line.row;
                }
                let blank = chunk.line(n).trim().is_empty();
                left -= usize::from(blank && in_text);
                if left == 0 {
                    return line.row;
                }
                in_text = !blank;
            }
        }
        0
    }

    /// To a character in the line, which may go over several rows.
    pub fn find(&self, from: Pos, find: Find) -> Option<Pos> {
        let step = |at: Pos| match if find.backward { self.previous(at) } else { self.next(at) } {
            Some((next, false)) => Some(next),
            _ => None,
        };
        let mut before = from;
        let mut at = step(from)?;
        loop {
            // What `till` stands before already is not found again.
            if self.char_at(at) == find.ch && !(find.till && before == from) {
                return Some(if find.till { before } else { at });
            }
            before = at;
            at = step(at)?;
        }
    }

    /// The partner of the bracket at or after a place in its line.
    pub fn bracket(&self, from: Pos) -> Option<Pos> {
        const PAIRS: [(char, char); 4] = [('(', ')'), ('[', ']'), ('{', '}'), ('<', '>')];
        let mut at = from;
        let (open, close) = loop {
            let ch = self.char_at(at);
            if let Some(pair) = PAIRS.iter().find(|(open, close)| ch == *open || ch == *close) {
                break *pair;
            }
            match self.next(at) {
                Some((next, false)) => at = next,
                _ => return None,
            }
        };
        let forward = self.char_at(at) == open;
        let mut depth = 0usize;
        for _ in 0..BRACKET_MAX {
            let ch = self.char_at(at);
            if ch == if forward { open } else { close } {
                depth += 1;
            } else if ch == if forward { close } else { open } {
                depth -= 1;
                if depth == 0 {
                    return Some(at);
                }
            }
            at = if forward { self.next(at)?.0 } else { self.previous(at)?.0 };
        }
        None
    }
}
