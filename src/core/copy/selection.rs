//! What is selected, and its text.

use super::text::{Doc, Pos};

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

    /// The selected text: lines that were wrapped are whole, blanks at their ends are left out.
    pub(super) fn text(&self, doc: &Doc) -> String {
        let mut text = String::new();
        for line in self.start.line..=self.end.line.min(doc.last_line()) {
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
        text
    }
}
