//! From prompt to prompt, and the output between two (OSC 133).

use super::text::{Doc, Pos};
use segno_base::screen::text_row::Mark;

/// Whether a line begins a prompt.
fn is_prompt(doc: &Doc, line: usize) -> bool {
    doc.row(line).has_mark(Mark::Prompt)
}

/// The nearest line with a mark, from a line on.
fn marked(doc: &Doc, from: Option<usize>, backward: bool, mark: Mark) -> Option<usize> {
    let mut at = from?;
    loop {
        at = doc.text().marked(at, backward)?;
        if doc.row(at).has_mark(mark) {
            return Some(at);
        }
        at = if backward { at.checked_sub(1)? } else { at + 1 };
    }
}

/// The prompt before a line.
pub(super) fn previous(doc: &Doc, line: usize) -> Option<usize> {
    marked(doc, line.checked_sub(1), true, Mark::Prompt)
}

/// The prompt after a line.
pub(super) fn next(doc: &Doc, line: usize) -> Option<usize> {
    marked(doc, Some(line + 1), false, Mark::Prompt)
}

/// The first and the last line of the output that a line belongs to or that is nearest before it.
pub(super) fn output(doc: &Doc, line: usize) -> Option<(Pos, Pos)> {
    // On the prompt of a command its own output is meant.
    let here = if is_prompt(doc, line) {
        let end = next(doc, line).unwrap_or(doc.last_line() + 1);
        marked(doc, Some(line), false, Mark::Output).filter(|first| *first < end)
    } else {
        None
    };
    let first = here.or_else(|| marked(doc, Some(line), true, Mark::Output))?;
    let end = next(doc, first).unwrap_or(doc.last_line() + 1);
    let last = (first..end).rev().find(|line| !doc.is_blank(*line)).unwrap_or(first);
    Some((Pos::new(first, 0), doc.clamp(Pos::new(last, u16::MAX))))
}
