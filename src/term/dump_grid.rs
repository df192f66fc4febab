//! The rows of a grid in a dump: runs of text between changes of look.
//!
//! Compact because most cells look like their neighbours, and exact: any cell that a grid can
//! hold can be written, whether or not escape sequences could produce it.

use std::sync::Arc;

use super::DumpError;
use super::cell::{Flags, GCell, LAYOUT, MARKS, MAX_COMBINING};
use super::codec::{Reader, Writer};
use crate::base::cell::{Attrs, Color, Extra, Link, Style};

/// The row is over; what is left of it is blank.
const END: u8 = 0;
/// The style of what follows.
const STYLE: u8 = 1;
/// One cell per character.
const TEXT: u8 = 2;
/// One character in several cells.
const REPEAT: u8 = 3;
/// Two cells per character.
const WIDE_TEXT: u8 = 4;
/// The layout flags of what follows, within this row.
const FLAGS: u8 = 5;
/// The extras of what follows.
const EXTRA: u8 = 6;

/// From how many equal cells on they are written as one.
const LONG: usize = 8;

fn style(cell: &GCell) -> Style {
    Style::new(cell.fg, cell.bg, cell.attrs)
}

fn same_extra(a: &Option<Arc<Extra>>, b: &Option<Arc<Extra>>) -> bool {
    match (a, b) {
        (None, None) => true,
        (Some(a), Some(b)) => Arc::ptr_eq(a, b) || a == b,
        _ => false,
    }
}

fn same_look(a: &GCell, b: &GCell) -> bool {
    style(a) == style(b) && a.flags == b.flags && same_extra(&a.extra, &b.extra)
}

/// Whether two cells are the two halves of a wide character and look alike.
fn is_pair(left: &GCell, right: &GCell) -> bool {
    left.flags == Flags::WIDE_CHAR
        && right.flags == Flags::WIDE_CHAR_SPACER
        && right.ch == ' '
        && style(left) == style(right)
        && same_extra(&left.extra, &right.extra)
}

pub(super) fn write_color(out: &mut Writer, color: Color) {
    match color {
        Color::Default => out.byte(0),
        Color::Indexed(index) => out.0.extend([1, index]),
        Color::Rgb(r, g, b) => out.0.extend([2, r, g, b]),
    }
}

fn read_color(from: &mut Reader) -> Result<Color, DumpError> {
    Ok(match from.byte()? {
        0 => Color::Default,
        1 => Color::Indexed(from.byte()?),
        2 => Color::Rgb(from.byte()?, from.byte()?, from.byte()?),
        _ => return Err(DumpError("a colour is unknown")),
    })
}

fn write_style(out: &mut Writer, style: Style) {
    write_color(out, style.fg);
    write_color(out, style.bg);
    out.number(style.attrs.0 as u64);
}

fn read_style(from: &mut Reader) -> Result<Style, DumpError> {
    let (fg, bg) = (read_color(from)?, read_color(from)?);
    Ok(Style::new(fg, bg, Attrs(from.up_to(u16::MAX as usize)? as u16)))
}

fn write_extra(out: &mut Writer, extra: Option<&Extra>) {
    out.option(extra, |out, extra| {
        out.number(extra.combining.len() as u64);
        for &ch in &extra.combining {
            out.char(ch);
        }
        out.option(extra.underline, write_color);
        out.option(extra.link.as_ref(), |out, link| {
            out.bytes(link.id.as_bytes());
            out.bytes(link.uri.as_bytes());
        });
    });
}

fn read_extra(from: &mut Reader) -> Result<Option<Arc<Extra>>, DumpError> {
    from.option(|from| {
        let count = from.up_to(MAX_COMBINING)?;
        let combining = (0..count).map(|_| from.char()).collect::<Result<_, _>>()?;
        let underline = from.option(read_color)?;
        let link = from.option(|from| {
            Ok(Link { id: from.text()?.to_owned(), uri: from.text()?.to_owned() })
        })?;
        Ok(Arc::new(Extra { combining, underline, link }))
    })
}

/// Writes the look of a pen.
pub(super) fn write_pen(out: &mut Writer, pen: &GCell) {
    write_style(out, style(pen));
    write_extra(out, pen.extra.as_deref());
}

/// Reads what [`write_pen`] wrote.
pub(super) fn read_pen(from: &mut Reader) -> Result<GCell, DumpError> {
    let style = read_style(from)?;
    let extra = read_extra(from)?;
    Ok(GCell { fg: style.fg, bg: style.bg, attrs: style.attrs, extra, ..GCell::default() })
}

/// Writes rows, one after the other.
#[derive(Debug, Default)]
pub(super) struct RowWriter {
    style: Style,
    extra: Option<Arc<Extra>>,
    text: String,
}

impl RowWriter {
    pub fn row(&mut self, out: &mut Writer, cells: &[GCell]) {
        let blank = GCell::default();
        let end = cells.iter().rposition(|cell| *cell != blank).map_or(0, |last| last + 1);
        let mut flags = Flags::empty();
        let mut at = 0;
        while at < end {
            let first = &cells[at];
            if style(first) != self.style {
                self.style = style(first);
                out.byte(STYLE);
                write_style(out, self.style);
            }
            if !same_extra(&first.extra, &self.extra) {
                self.extra.clone_from(&first.extra);
                out.byte(EXTRA);
                write_extra(out, self.extra.as_deref());
            }
            let pairs = wide_run(&cells[at..end]);
            if pairs > 0 {
                self.text.clear();
                self.text.extend(cells[at..at + 2 * pairs].iter().step_by(2).map(|c| c.ch));
                out.byte(WIDE_TEXT);
                out.bytes(self.text.as_bytes());
                at += 2 * pairs;
                continue;
            }
            if first.flags != flags {
                flags = first.flags;
                out.byte(FLAGS);
                out.number(flags.bits() as u64);
            }
            at += self.run(out, &cells[at..end]);
        }
        out.byte(END);
    }

    /// Writes the cells at the start that look alike; returns how many.
    fn run(&mut self, out: &mut Writer, cells: &[GCell]) -> usize {
        let look = |cell: &&GCell| same_look(cell, &cells[0]);
        let equal = cells.iter().take_while(look).take_while(|c| c.ch == cells[0].ch).count();
        if equal >= LONG {
            out.byte(REPEAT);
            out.number(equal as u64);
            out.char(cells[0].ch);
            return equal;
        }
        self.text.clear();
        let (mut count, mut equal, mut last) = (0, 0, None);
        for (i, cell) in cells.iter().enumerate().take_while(|(_, cell)| look(cell)) {
            // The left half of a pair starts another kind of run.
            if cell.flags == Flags::WIDE_CHAR
                && i > 0
                && cells.get(i + 1).is_some_and(|right| is_pair(cell, right))
            {
                break;
            }
            equal = if last == Some(cell.ch) { equal + 1 } else { 1 };
            last = Some(cell.ch);
            self.text.push(cell.ch);
            count += 1;
            if equal == LONG {
                // The equal ones at the end are the next run.
                let cut = self.text.len() - LONG * cell.ch.len_utf8();
                self.text.truncate(cut);
                count -= LONG;
                break;
            }
        }
        out.byte(TEXT);
        out.bytes(self.text.as_bytes());
        count
    }
}

/// How many wide characters of one look stand at the start.
fn wide_run(cells: &[GCell]) -> usize {
    let (pairs, _) = cells.as_chunks::<2>();
    pairs
        .iter()
        .take_while(|[left, right]| is_pair(left, right) && same_look(left, &cells[0]))
        .count()
}

/// Reads rows, one after the other.
#[derive(Debug, Default)]
pub(super) struct RowReader {
    pen: GCell,
}

impl RowReader {
    /// Fills a row, which must be blank.
    pub fn row(&mut self, from: &mut Reader, cells: &mut [GCell]) -> Result<(), DumpError> {
        const LONG: DumpError = DumpError("a row is too long");
        self.pen.flags = Flags::empty();
        let mut rest = cells.iter_mut();
        loop {
            match from.byte()? {
                END => return Ok(()),
                STYLE => {
                    let style = read_style(from)?;
                    (self.pen.fg, self.pen.bg, self.pen.attrs) = (style.fg, style.bg, style.attrs);
                }
                TEXT => {
                    for ch in from.text()?.chars() {
                        *rest.next().ok_or(LONG)? = GCell { ch, ..self.pen.clone() };
                    }
                }
                REPEAT => {
                    let count = from.up_to(rest.len())?;
                    let ch = from.char()?;
                    for cell in rest.by_ref().take(count) {
                        *cell = GCell { ch, ..self.pen.clone() };
                    }
                }
                WIDE_TEXT => {
                    for ch in from.text()?.chars() {
                        let (left, right) = (rest.next(), rest.next());
                        let pen = &self.pen;
                        *left.ok_or(LONG)? = GCell { ch, flags: Flags::WIDE_CHAR, ..pen.clone() };
                        *right.ok_or(LONG)? =
                            GCell { flags: Flags::WIDE_CHAR_SPACER, ..pen.clone() };
                    }
                }
                FLAGS => {
                    let bits = from.up_to(u16::MAX as usize)? as u16;
                    self.pen.flags = Flags::from_bits_truncate(bits) & (LAYOUT | MARKS);
                }
                EXTRA => self.pen.extra = read_extra(from)?,
                _ => return Err(DumpError("a row's part is unknown")),
            }
        }
    }
}
