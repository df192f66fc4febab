//! Finding a text in the history and on the screen, and showing where it stands.

use regex::{Regex, RegexBuilder};

use crate::emulator::Emulator;
use crate::scrollback::frozen::Frozen;
use segno_base::screen::text_chunk::TextChunk;

/// The longest line that is reported whole, in characters.
const LINE_MAX: usize = 300;

/// A line that has the text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Found {
    /// Rows above the last row of the screen.
    pub back: usize,
    /// The line, rows that the terminal wrapped joined.
    pub text: String,
}

fn shown(line: &str) -> String {
    line.chars().take(LINE_MAX).collect()
}

fn expression(text: &str) -> Option<Regex> {
    let exact = text.chars().any(char::is_uppercase);
    let mut builder = RegexBuilder::new(&regex::escape(text));
    builder.case_insensitive(!exact).build().ok().filter(|_| !text.is_empty())
}

impl Frozen {
    /// The lines that have a text, newest first, at most so many. Upper case is only distinguished
    /// from lower case when the text has some.
    pub fn find(&self, text: &str, max: usize) -> Vec<Found> {
        let mut matches = Vec::new();
        let Some(wanted) = expression(text) else { return matches };
        let mut chunk = TextChunk::default();
        for index in (0..self.chunks()).rev() {
            self.chunk(index, &mut chunk);
            let mut here = Vec::new();
            let mut from = 0;
            while let Some(at) = wanted.find_at(&chunk.text, from).map(|m| m.start()) {
                let line = chunk.line_of(at);
                let text = shown(chunk.line(line));
                here.push(Found { back: self.lines() - 1 - self.row_of(&chunk, at), text });
                match chunk.lines.get(line + 1) {
                    Some(next) => from = next.at,
                    None => break,
                }
            }
            matches.extend(here.into_iter().rev());
            if matches.len() >= max {
                break;
            }
        }
        matches.truncate(max);
        matches
    }

    /// The row in which a byte of a chunk stands.
    fn row_of(&self, chunk: &TextChunk, byte: usize) -> usize {
        let Some(line) = chunk.lines.get(chunk.line_of(byte)) else { return 0 };
        let mut left = byte - line.at;
        if line.plain {
            return line.row + (left / chunk.cols).min(line.rows.saturating_sub(1));
        }
        for row in line.row..line.row + line.rows {
            let length = self.row(row).text.len();
            if left < length {
                return row;
            }
            left -= length;
        }
        line.row + line.rows.saturating_sub(1)
    }

    /// Where a line is now that was found before: the same text nearest to where it was; counted
    /// from the first row that the terminal ever had. One that is gone is where it was.
    pub fn place(&self, wanted: &Found) -> u64 {
        let last = self.lines() - 1;
        let was = last.saturating_sub(wanted.back);
        let mut nearest: Option<usize> = None;
        let mut chunk = TextChunk::default();
        for index in 0..self.chunks() {
            self.chunk(index, &mut chunk);
            for (at, line) in chunk.lines.iter().enumerate() {
                let nearer = nearest.is_none_or(|n| line.row.abs_diff(was) < n.abs_diff(was));
                let text = chunk.line(at);
                if nearer && text.starts_with(&*wanted.text) && shown(text) == wanted.text {
                    nearest = Some(line.row);
                }
            }
        }
        self.dropped() + nearest.unwrap_or(was) as u64
    }
}

impl Emulator {
    /// Scrolls to a row, counted from the first that there ever was, which comes to the middle.
    pub fn show_row(&mut self, row: u64) {
        let history = &self.screen().grid.history;
        let rows = usize::from(self.size().rows);
        let at = usize::try_from(row.saturating_sub(history.dropped())).unwrap_or(usize::MAX);
        let back = (history.rows() + rows).saturating_sub(at.saturating_add(1));
        let offset = (back + 1).saturating_sub(rows - rows / 2).min(self.history_len());
        self.scroll_to_bottom();
        self.scroll(i32::try_from(offset).unwrap_or(i32::MAX));
    }
}
