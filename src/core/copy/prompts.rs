//! From prompt to prompt, and the output between two (OSC 133).

use crate::base::text_row::Mark;

use super::run::is_prompt;
use super::text::{Doc, Pos};

/// The prompt before a line.
pub(super) fn previous(doc: &Doc, line: usize) -> Option<usize> {
    (0..line).rev().find(|line| is_prompt(doc, *line))
}

/// The prompt after a line.
pub(super) fn next(doc: &Doc, line: usize) -> Option<usize> {
    (line + 1..=doc.last_line()).find(|line| is_prompt(doc, *line))
}

/// The first and the last line of the output that a line belongs to or that is nearest before it.
pub(super) fn output(doc: &Doc, line: usize) -> Option<(Pos, Pos)> {
    let is_output = |line: &usize| doc.row(*line).has_mark(Mark::Output);
    // On the prompt of a command its own output is meant.
    let here = if is_prompt(doc, line) {
        let end = next(doc, line).unwrap_or(doc.last_line() + 1);
        (line..end).find(is_output)
    } else {
        None
    };
    let first = here.or_else(|| (0..=line).rev().find(is_output))?;
    let end = next(doc, first).unwrap_or(doc.last_line() + 1);
    let last = (first..end).rev().find(|line| !doc.is_blank(*line)).unwrap_or(first);
    Some((Pos::new(first, 0), doc.clamp(Pos::new(last, u16::MAX))))
}
