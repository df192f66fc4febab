//! Rows that a terminal can show: wide characters whole, nothing that would move the cursor other
//! than by its cell's width, and clusters only as far as this terminal counts them as Segno does.
//!
//! Frames come from many hands; the renderer must know what the terminal shows even where one
//! is malformed.

use std::sync::Arc;

use unicode_width::UnicodeWidthChar;

use super::capabilities::Capabilities;
use super::clusters::Kind;
use segno_base::screen::cell::{Cell, Extra, Width};
use segno_base::screen::cluster::{self, EMOJI_LOOK, JOINER, Kind as Need, TEXT_LOOK, Widths};
use segno_base::screen::picture::UNDER;

/// Whether a row can be shown as it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Normal {
    Already,
    Repairable,
}

/// The most characters drawn in one cell besides its first: more make a terminal slow, not
/// readable.
const MAX_COMBINING: usize = 16;
/// Occupies two columns and shows nothing; some terminals give it none.
const FILLER: char = '\u{3164}';
/// Terminals draw it as a hyphen, or give it no column.
const SOFT_HYPHEN: char = '\u{ad}';

/// Checks a row. Clusters are always looked at closely.
pub(super) fn normal(row: &[Cell]) -> Normal {
    let mut after_wide = false;
    for cell in row {
        let fits = (' '..='~').contains(&cell.ch) && cell.width != Width::Two || plain(cell);
        if !fits || after_wide != (cell.width == Width::Tail) || !marks(cell).is_empty() {
            return Normal::Repairable;
        }
        after_wide = cell.width == Width::Two;
    }
    if after_wide { Normal::Repairable } else { Normal::Already }
}

/// Whether the character takes its cell's columns, whatever is beside it.
fn plain(cell: &Cell) -> bool {
    match (cell.width, Widths::get().kind(cell.ch)) {
        (Width::Tail, _) => true,
        (Width::One, kind) => kind == Need::Narrow && cell.ch != SOFT_HYPHEN,
        (Width::Two, kind) => kind == Need::Wide && cell.ch != FILLER,
    }
}

fn marks(cell: &Cell) -> &[char] {
    cell.extra.as_ref().map_or(&[], |extra| &extra.combining)
}

/// Writes the row that is shown in another one's place: blanks for halves of wide characters and
/// for what takes no column, a replacement for what takes too many, and of clusters what this
/// terminal draws in their columns.
pub(super) fn repair(row: &[Cell], caps: &Capabilities, out: &mut Vec<Cell>) {
    out.clear();
    for (x, cell) in row.iter().enumerate() {
        let whole = match cell.width {
            Width::One => true,
            Width::Two => row.get(x + 1).is_some_and(|next| next.width == Width::Tail),
            Width::Tail => x > 0 && row[x - 1].width == Width::Two,
        };
        let width = if whole { cell.width } else { Width::One };
        let cell = Cell { width, ..cell.clone() };
        if !whole || width == Width::Tail {
            out.push(cell_of(' ', &[], cell));
        } else if !fills_its_columns(&cell) {
            let ch = match cluster::columns(cell.ch) {
                Some(2) => char::REPLACEMENT_CHARACTER,
                _ => ' ',
            };
            out.push(cell_of(ch, &[], cell));
        } else if cell.ch == SOFT_HYPHEN {
            out.push(Cell { ch: '-', ..cell });
        } else {
            out.push(cell);
        }
    }
    // A wide cell without a wide character shows its blank in both columns.
    for x in 0..out.len() {
        if out[x].width == Width::Two && matches!(out[x].ch, ' ' | FILLER) {
            out[x] = cell_of(' ', &[], Cell { width: Width::One, ..out[x].clone() });
            if let Some(next) = out.get_mut(x + 1) {
                next.width = Width::One;
            }
        }
    }
    gather(out, caps);
    for x in 0..out.len() {
        fit(out, x, caps);
    }
}

/// The same cell with other characters.
fn cell_of(ch: char, marks: &[char], cell: Cell) -> Cell {
    let extra = match cell.extra {
        Some(extra) if extra.combining != marks => {
            let changed = Extra { combining: marks.to_vec(), ..Extra::clone(&extra) };
            (changed != Extra::default()).then(|| Arc::new(changed))
        }
        None if !marks.is_empty() => {
            Some(Arc::new(Extra { combining: marks.to_vec(), ..Extra::default() }))
        }
        same => same,
    };
    Cell { ch, extra, ..cell }
}

/// Whether the cluster takes its cell's columns where clusters are counted, or its first character
/// does where they are not.
fn fills_its_columns(cell: &Cell) -> bool {
    let columns = if cell.width == Width::Two { 2 } else { 1 };
    cluster::columns(cell.ch) == Some(columns)
        || cluster::columns(cell.ch).is_some_and(|alone| alone > 0)
            && cluster::cluster_columns(characters(cell)) == columns
}

fn characters(cell: &Cell) -> impl Iterator<Item = char> + '_ {
    std::iter::once(cell.ch).chain(marks(cell).iter().copied())
}

/// Puts together what stands in several cells, because a program counts code points, and would be
/// joined by a terminal that does not: the columns that come free are blank.
fn gather(row: &mut [Cell], caps: &Capabilities) {
    let mut before: Option<usize> = None;
    for x in 0..row.len() {
        if row[x].width == Width::Tail {
            continue;
        }
        let ch = row[x].ch;
        let joins = !ch.is_ascii()
            && before.is_some_and(|at| {
                (Widths::get().kind(ch) == Need::Careful
                    || characters(&row[at]).any(cluster::attracts))
                    && cluster::joins(&String::from_iter(characters(&row[at])), ch)
            });
        let apart = |at: usize| match ch {
            _ if cluster::is_regional(ch) => false,
            _ if cluster::is_skin_tone(ch) => caps.clusters.parts(Kind::SkinTone),
            '\u{2000}'.. => caps.clusters.parts(Kind::Family),
            _ if characters(&row[at]).any(cluster::attracts) => caps.clusters.parts(Kind::Conjunct),
            _ => caps.clusters.parts(Kind::VowelSign),
        };
        let Some(at) = before.filter(|&at| joins && !apart(at)) else {
            before = Some(x);
            continue;
        };
        let all: Vec<char> = marks(&row[at]).iter().copied().chain(characters(&row[x])).collect();
        let wide = row[x].width == Width::Two;
        row[at] = cell_of(row[at].ch, &all, row[at].clone());
        row[x] = cell_of(' ', &[], Cell { width: Width::One, ..row[x].clone() });
        if wide {
            row[x + 1].width = Width::One;
        }
        // Two halves of a flag have the columns of a whole one.
        if row[at].width == Width::One && at + 1 == x && cluster::is_regional(ch) {
            row[at].width = Width::Two;
            row[x].width = Width::Tail;
        }
    }
}

/// Leaves of a cell's cluster what this terminal draws in its columns.
fn fit(row: &mut [Cell], x: usize, caps: &Capabilities) {
    let cell = &row[x];
    let wide = cell.width == Width::Two;
    if cell.width == Width::Tail || marks(cell).is_empty() && !cluster::is_regional(cell.ch) {
        return;
    }
    let flag = marks(cell).first().copied().filter(|&half| cluster::is_regional(half));
    // Where a flag cannot be drawn in its columns, its letters can.
    let splits = caps.clusters.columns(Kind::Flag).is_some_and(|columns| columns != 2);
    if cluster::is_regional(cell.ch) && (!wide || splits && flag.is_some()) {
        let letter = |half: char| char::from(b'A' + (half as u32 - 0x1f1e6) as u8);
        let second = flag.filter(|_| wide).map(letter);
        row[x] = cell_of(letter(row[x].ch), &[], Cell { width: Width::One, ..row[x].clone() });
        if wide && let Some(tail) = row.get_mut(x + 1) {
            *tail = cell_of(second.unwrap_or(' '), &[], Cell { width: Width::One, ..tail.clone() });
        }
        return;
    }
    let kept = drawn(cell, wide, caps);
    // In the last column there is no room for the character before its selector has come.
    let narrows = kept.first() == Some(&TEXT_LOOK) && x + 1 < row.len();
    let replaced = overreaches(cell) && !narrows;
    let ch = if replaced { char::REPLACEMENT_CHARACTER } else { cell.ch };
    row[x] = cell_of(ch, if replaced { &[] } else { &kept }, row[x].clone());
}

/// The characters after the first that are drawn.
fn drawn(cell: &Cell, wide: bool, caps: &Capabilities) -> Vec<char> {
    let clusters = &caps.clusters;
    let marks = marks(cell);
    let mut kept = Vec::new();
    let mut letters = Kind::VowelSign;
    let mut cut = false;
    for (at, &mark) in marks.iter().enumerate() {
        let draws = match mark {
            EMOJI_LOOK if wide => true,
            EMOJI_LOOK => {
                cluster::cluster_columns([cell.ch, EMOJI_LOOK]) == 1
                    || clusters.columns(Kind::EmojiLook) == Some(1)
            }
            TEXT_LOOK if wide => clusters.columns(Kind::TextLook) == Some(2),
            TEXT_LOOK => cluster::columns(cell.ch) != Some(2) || clusters.joins(Kind::TextLook),
            JOINER => {
                // Nothing that is left out, or in the next cell, may be joined.
                let next = marks.get(at + 1).copied().filter(|&next| columns(next) > 0);
                match next {
                    None => clusters.parts(Kind::Family),
                    Some(next) if next < '\u{2000}' => true,
                    Some(_) if wide && clusters.joins(Kind::Family) => true,
                    Some(_) => {
                        cut = true;
                        break;
                    }
                }
            }
            _ => match cluster::columns(mark) {
                None => false,
                Some(0) => {
                    if mark >= '\u{900}' && cluster::attracts(mark) {
                        letters = Kind::Conjunct;
                    }
                    true
                }
                Some(_) if cluster::is_regional(mark) => true,
                Some(_) if cluster::is_skin_tone(mark) => {
                    if !wide || !clusters.joins(Kind::SkinTone) {
                        continue;
                    }
                    true
                }
                Some(_) if mark >= '\u{2000}' && kept.last() == Some(&JOINER) => true,
                Some(_) if !wide && clusters.joins(letters) => true,
                Some(_) => {
                    cut = true;
                    break;
                }
            },
        };
        if draws && kept.len() < MAX_COMBINING {
            kept.push(mark);
        }
    }
    // What is left out must not be made up for by the next cell.
    let hangs = |last: &char| {
        cut && cluster::attracts(*last) || *last == JOINER && !clusters.parts(Kind::Family)
    };
    while kept.last().is_some_and(hangs) {
        kept.pop();
    }
    kept
}

fn columns(ch: char) -> usize {
    cluster::columns(ch).unwrap_or(0)
}

/// Whether terminals may disagree on the columns that the cell occupies: sequences that some join
/// into one, pictures, whose width changed between versions of Unicode, and what is wide by custom
/// in a terminal that follows it.
pub(super) fn is_uncertain(cell: &Cell, caps: &Capabilities) -> bool {
    if caps.wide_ambiguous == Some(true) && cell.ch.width() != cell.ch.width_cjk() {
        return true;
    }
    // A placeholder's combining characters are never joined with anything.
    (cell.ch != UNDER && !marks(cell).is_empty())
        || may_fall_short(cell)
        || (cell.width == Width::Two && (cell.ch >= '\u{1f000}' || cell.ch < '\u{3000}'))
        || matches!(cell.ch, '\u{e000}'..='\u{f8ff}' | '\u{2600}'..='\u{27bf}')
}

/// Whether some terminals give the cell fewer columns than it has: what stood there before must be
/// cleared first.
pub(super) fn may_fall_short(cell: &Cell) -> bool {
    cell.width == Width::Two && cluster::columns(cell.ch) != Some(2)
}

/// Whether the cell's character takes two columns until its selector makes it narrow: then it
/// overwrites the next cell.
pub(super) fn overreaches(cell: &Cell) -> bool {
    cell.width == Width::One && cluster::columns(cell.ch) == Some(2)
}
