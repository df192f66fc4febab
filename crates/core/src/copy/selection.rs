//! What is selected, and its text.

use std::ops::RangeInclusive;

use super::text::{Doc, Pos};
use segno_base::screen::text_chunk::TextChunk;

/// The text of so many rows is taken at once; that of more beside the owner.
pub(super) const FEW_ROWS: usize = 1000;

/// The shape of a selection.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    Char,
    Line,
    Block,
}

/// Where a selection was begun: characters that stay in it wherever the cursor goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Anchor {
    pub kind: Kind,
    pub first: Pos,
    pub last: Pos,
}

/// The characters between two places, both of which belong to it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Selected {
    pub kind: Kind,
    pub start: Pos,
    /// `col` is the last column.
    pub end: Pos,
}

impl Anchor {
    pub fn new(kind: Kind, at: Pos) -> Anchor {
        Anchor { kind, first: at, last: at }
    }

    /// What is selected when the cursor is at a place.
    pub fn selected(&self, cursor: Pos, doc: &Doc) -> Selected {
        let (first, last) = (self.first.min(cursor), self.last.max(cursor));
        let (start, end) = match self.kind {
            Kind::Char => (first, Pos::new(last.line, doc.last_col(last))),
            Kind::Line => (
                Pos::new(doc.line_start(first.line), 0),
                Pos::new(doc.line_end(last.line), u16::MAX),
            ),
            Kind::Block => {
                let places = [self.first, self.last, cursor];
                let left = places.iter().map(|p| p.col).min().unwrap_or(0);
                let right = places.iter().map(|p| doc.last_col(*p)).max().unwrap_or(0);
                (Pos::new(first.line, left), Pos::new(last.line, right))
            }
        };
        Selected { kind: self.kind, start, end }
    }
}

impl Selected {
    /// The selected columns of a line, the second one behind the last.
    pub fn columns(&self, line: usize) -> Option<(u16, u16)> {
        if !(self.start.line..=self.end.line).contains(&line) {
            return None;
        }
        let block = self.kind == Kind::Block;
        let from = if block || line == self.start.line { self.start.col } else { 0 };
        let to = if block || line == self.end.line { self.end.col } else { u16::MAX };
        Some((from, to.saturating_add(1)))
    }

    /// How many rows it goes over.
    pub fn rows(&self) -> usize {
        self.end.line.saturating_sub(self.start.line) + 1
    }

    /// The selected text: lines that were wrapped are whole, blanks at their ends are left out.
    pub fn text(&self, doc: &Doc) -> String {
        let (text, last) = (doc.text(), self.end.line.min(doc.last_line()));
        let mut out = String::new();
        if self.kind == Kind::Block || self.rows() <= FEW_ROWS {
            self.add_rows(self.start.line..=last, doc, &mut out);
            return out;
        }
        // The rows that are in it from end to end.
        let inner = match self.kind {
            Kind::Line => self.start.line..last + 1,
            Kind::Char | Kind::Block => self.start.line + 1..last,
        };
        let mut chunk = TextChunk::default();
        let first = text.chunk_of(doc.line_start(self.start.line));
        for index in first..=text.chunk_of(doc.line_start(last)) {
            text.chunk(index, &mut chunk);
            for (n, line) in chunk.lines.iter().enumerate() {
                let rows = line.row..line.row + line.rows;
                if inner.start <= rows.start && rows.end <= inner.end {
                    out.push_str(chunk.line(n).trim_end());
                    out.push('\n');
                } else if rows.start <= last && self.start.line < rows.end {
                    let rows = rows.start.max(self.start.line)..=(rows.end - 1).min(last);
                    self.add_rows(rows, doc, &mut out);
                }
            }
        }
        out
    }

    fn add_rows(&self, rows: RangeInclusive<usize>, doc: &Doc, text: &mut String) {
        for line in rows {
            let row = doc.row(line);
            let Some((from, to)) = self.columns(line) else { continue };
            let piece = row.slice(from, to);
            let last = line == self.end.line;
            if self.kind == Kind::Block || (!row.wrapped && to > row.end()) {
                text.push_str(piece.trim_end());
            } else {
                text.push_str(piece);
            }
            let ends = match self.kind {
                Kind::Block => !last,
                Kind::Char => !last && !row.wrapped,
                Kind::Line => last || !row.wrapped,
            };
            if ends {
                text.push('\n');
            }
        }
    }
}

/// What is said of a text that was copied.
pub fn copied(text: &str) -> String {
    let lines = text.lines().count();
    match (lines, text.chars().count()) {
        (0 | 1, 1) => "copied 1 character".to_string(),
        (0 | 1, chars) => format!("copied {chars} characters"),
        (lines, _) => format!("copied {lines} lines"),
    }
}
