//! Cells as bytes: runs of text between changes of look. History and dumps are made of it.
//!
//! Compact because most cells look like their neighbours, and exact: any cell that a grid can
//! hold can be written, whether or not escape sequences could produce it.

mod plain;

use std::sync::Arc;

use crate::DumpError;
use crate::parse::utf8;
use crate::picture::Pin;
use crate::scrollback::codec::{Reader, Writer};
use crate::state::cell::{
    GCell, LAYOUT, LEFT, MARK_SHIFT, MAX_COMBINING, PROTECTED, Pen, TAIL, WIDE,
};
use crate::state::row::Row;
use segno_base::screen::cell::{Attrs, Color, ColorKind, Extra, Link, Style};

/// The style of what follows.
const STYLE: u8 = 1;
/// One cell per character.
const TEXT: u8 = 2;
/// One character in several cells.
const REPEAT: u8 = 3;
/// Two cells per character.
const WIDE_TEXT: u8 = 4;
/// Characters of one cell and of two in one look: how many, the text, and a bit for each, set
/// where it takes two.
const MIXED: u8 = 7;
/// The layout flags of what follows.
const FLAGS: u8 = 5;
/// The shell's mark of what follows.
pub(crate) const MARK: u8 = 8;
/// The extras of what follows.
const EXTRA: u8 = 6;
/// A picture: how far from here it hangs, and its placement.
const PIN: u8 = 9;

/// From how many equal cells on they are written as one.
const LONG: usize = 8;

fn same_extra(a: Option<&Arc<Extra>>, b: Option<&Arc<Extra>>) -> bool {
    match (a, b) {
        (None, None) => true,
        (Some(a), Some(b)) => Arc::ptr_eq(a, b) || a == b,
        _ => false,
    }
}

/// Whether two cells of a row look alike, wherever their extras stand.
#[inline]
fn look_alike(row: &Row, a: &GCell, b: &GCell) -> bool {
    a.looks_like(b)
        || (a.place() != b.place()
            && a.looks_like(&b.at_place(a.place()))
            && same_extra(row.extra(a), row.extra(b)))
}

/// Whether two cells are the two halves of a wide character and look alike.
fn is_pair(row: &Row, left: &GCell, right: &GCell) -> bool {
    left.flags() == LEFT && right.ch == ' ' && look_alike(row, &left.with(' ', TAIL), right)
}

pub(crate) fn write_color(out: &mut Writer, color: Color) {
    match color.kind() {
        ColorKind::Default => out.byte(0),
        ColorKind::Indexed(index) => out.0.extend([1, index]),
        ColorKind::Rgb(r, g, b) => out.0.extend([2, r, g, b]),
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
    let attrs = from.up_to(u16::MAX as usize)? as u16 & (Attrs::ALL.0 | PROTECTED.0);
    Ok(Style::new(fg, bg, Attrs(attrs)))
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

pub(crate) fn write_pen(out: &mut Writer, pen: &Pen) {
    write_style(out, pen.style);
    write_extra(out, pen.extra.as_deref());
}

/// Reads what [`write_pen`] wrote.
pub(crate) fn read_pen(from: &mut Reader) -> Result<Pen, DumpError> {
    Ok(Pen { style: read_style(from)?, extra: read_extra(from)? })
}

/// Writes the rows of a line, one after the other.
#[derive(Debug, Default)]
pub(crate) struct RunWriter {
    style: Style,
    flags: u16,
    mark: u16,
    extra: Option<Arc<Extra>>,
    /// A cell with flags was written.
    pub flagged: bool,
    /// Room for a run's text; what is in it is of runs before.
    text: Writer,
    wide: Vec<u8>,
}

impl RunWriter {
    /// Begins another line.
    pub fn restart(&mut self) {
        let (text, wide) = (std::mem::take(&mut self.text), std::mem::take(&mut self.wide));
        *self = RunWriter { text, wide, ..RunWriter::default() };
    }

    /// Appends cells, which are the row's.
    #[inline]
    pub fn write(&mut self, out: &mut Writer, row: &Row, cells: &[GCell]) {
        for pin in &row.pins {
            out.byte(PIN);
            out.number(pin.col as u64);
            out.number(pin.placement);
        }
        let mut rest = cells;
        while let Some(first) = rest.first() {
            let style = first.style();
            if style != self.style {
                self.style = style;
                out.byte(STYLE);
                write_style(out, style);
            }
            if first.place() != 0 || self.extra.is_some() {
                self.change_extra(out, row.extra(first));
            }
            if first.mark() != self.mark {
                self.mark = first.mark();
                out.byte(MARK);
                out.number((self.mark >> MARK_SHIFT).into());
            }
            let mut alike = GCell::alike(rest);
            if rest.get(alike).is_some_and(|next| next.place() != first.place()) {
                alike = rest.iter().take_while(|cell| look_alike(row, cell, first)).count();
            }
            let wide_next = rest.get(alike).is_some_and(|next| next.is(LEFT));
            if first.is(LEFT) || wide_next && first.flags() == 0 {
                self.flagged = true;
                let mixed = self.mixed(out, row, rest);
                if mixed > 0 {
                    rest = &rest[mixed..];
                    continue;
                }
            }
            if first.flags() != self.flags {
                self.flagged = true;
                self.flags = first.flags();
                out.byte(FLAGS);
                out.number((self.flags >> 13) as u64);
            }
            // The left half of a pair starts another kind of run.
            let count = match first.is(LEFT) {
                true => (1..alike).find(|&i| starts_pair(row, &rest[i..])).unwrap_or(alike),
                false => alike,
            };
            let (run, later) = rest.split_at(count);
            write_run(out, run);
            rest = later;
        }
    }

    /// Writes the characters of one look at the start, wide ones among them, and says how many
    /// cells they took; 0 when no wide one is among them.
    fn mixed(&mut self, out: &mut Writer, row: &Row, cells: &[GCell]) -> usize {
        let one = cells[0].with(' ', 0);
        let mut alike = GCell::alike_beside(cells, &one, WIDE);
        if cells.get(alike).is_some_and(|next| next.place() != one.place()) {
            let same = |cell: &&GCell| look_alike(row, &cell.without(WIDE), &one);
            alike = cells.iter().take_while(same).count();
        }
        let cells = &cells[..alike];
        let (text, wide) = (&mut self.text.0, &mut self.wide);
        text.resize(text.len().max(4 * cells.len()), 0);
        wide.clear();
        wide.resize(cells.len().div_ceil(8), 0);
        let (mut at, mut bytes, mut count, mut wides) = (0, 0, 0, 0);
        while let Some(cell) = cells.get(at) {
            let left = cell.is(LEFT);
            let paired = cells.get(at + 1).is_some_and(|next| next.is(TAIL) & (next.ch == ' '));
            if cell.is(TAIL) | (left & !paired) {
                break;
            }
            let (encoded, length) = utf8::encode(cell.ch);
            text[bytes..bytes + 4].copy_from_slice(&encoded);
            bytes += length;
            wide[count / 8] |= u8::from(left) << (count % 8);
            count += 1;
            wides += usize::from(left);
            at += 1 + usize::from(left);
        }
        if wides == 0 {
            return 0;
        }
        if wides == count {
            out.byte(WIDE_TEXT);
            out.bytes(&text[..bytes]);
        } else {
            out.byte(MIXED);
            out.number(count as u64);
            out.bytes(&text[..bytes]);
            out.0.extend_from_slice(&wide[..count.div_ceil(8)]);
        }
        at
    }

    fn change_extra(&mut self, out: &mut Writer, extra: Option<&Arc<Extra>>) {
        if !same_extra(extra, self.extra.as_ref()) {
            self.extra = extra.cloned();
            out.byte(EXTRA);
            write_extra(out, extra.map(|extra| &**extra));
        }
    }
}

fn write_run(out: &mut Writer, run: &[GCell]) {
    let first = run[0].ch;
    if run.len() >= LONG && run.iter().all(|cell| cell.ch == first) {
        out.byte(REPEAT);
        out.number(run.len() as u64);
        out.char(first);
    } else if run.iter().fold(0, |all, cell| all | cell.ch as u32) < 0x80 {
        out.byte(TEXT);
        out.number(run.len() as u64);
        out.0.extend(run.iter().map(|cell| cell.ch as u8));
    } else {
        out.byte(TEXT);
        out.number(run.iter().map(|cell| cell.ch.len_utf8() as u64).sum());
        run.iter().for_each(|cell| push_char(&mut out.0, cell.ch));
    }
}

/// Appends a character: four bytes at once, of which those are kept that it has.
#[inline]
fn push_char(out: &mut Vec<u8>, ch: char) {
    let (bytes, length) = utf8::encode(ch);
    out.extend_from_slice(&bytes);
    out.truncate(out.len() - (4 - length));
}

fn starts_pair(row: &Row, cells: &[GCell]) -> bool {
    matches!(cells, [left, right, ..] if is_pair(row, left, right))
}

/// Reads what a [`RunWriter`] wrote.
#[derive(Debug, Default)]
pub(crate) struct RunReader {
    style: Style,
    flags: u16,
    mark: u16,
    extra: Option<Arc<Extra>>,
}

impl RunReader {
    /// The writer that goes on where the reader is.
    pub fn into_writer(self, flagged: bool) -> RunWriter {
        RunWriter {
            style: self.style,
            flags: self.flags,
            mark: self.mark,
            extra: self.extra,
            flagged,
            ..RunWriter::default()
        }
    }

    /// Appends all cells to a row, which may have `max` at most.
    pub fn read(&mut self, bytes: &[u8], row: &mut Row, max: usize) -> Result<(), DumpError> {
        const LONG: DumpError = DumpError("a row is too long");
        let mut from = Reader(bytes);
        let mut place = row.intern(self.extra.as_ref());
        while !from.0.is_empty() {
            let room = max.saturating_sub(row.cells.len());
            let look = |flags| GCell::styled(' ', self.style, flags, place).marked(self.mark);
            match from.byte()? {
                STYLE => self.style = read_style(&mut from)?,
                TEXT => {
                    let text = from.text()?;
                    let look = look(self.flags);
                    if text.is_ascii() {
                        row.cells.extend(text.bytes().map(|b| look.of(b as char)));
                    } else {
                        row.cells.extend(text.chars().map(|ch| look.of(ch)));
                    }
                }
                REPEAT => {
                    let count = from.up_to(room)?;
                    let cell = look(self.flags).of(from.char()?);
                    row.cells.extend(std::iter::repeat_n(cell, count));
                }
                WIDE_TEXT => {
                    let (left, tail) = (look(LEFT), look(TAIL));
                    for ch in from.text()?.chars() {
                        row.cells.extend([left.of(ch), tail]);
                    }
                }
                MIXED => {
                    let count = from.up_to(room)?;
                    let text = from.text()?;
                    let wide = from.take(count.div_ceil(8))?;
                    let (one, left, tail) = (look(0), look(LEFT), look(TAIL));
                    if text.chars().count() != count {
                        return Err(DumpError("a row's text is not as long as it says"));
                    }
                    for (at, ch) in text.chars().enumerate() {
                        if wide[at / 8] >> (at % 8) & 1 == 1 {
                            row.cells.extend([left.of(ch), tail]);
                        } else {
                            row.cells.push(one.of(ch));
                        }
                    }
                }
                FLAGS => self.flags = (from.up_to(7)? as u16) << 13 & LAYOUT,
                PIN => {
                    let col = row.cells.len() + from.up_to(u16::MAX.into())?;
                    row.pins.push(Pin { col, placement: from.number()? });
                }
                MARK => self.mark = (from.up_to(3)? as u16) << MARK_SHIFT,
                EXTRA => {
                    self.extra = read_extra(&mut from)?;
                    // The row is as long as its table at least, so it is not tidied meanwhile.
                    place = row.intern(self.extra.as_ref());
                }
                _ => return Err(DumpError("a row's part is unknown")),
            }
            if row.cells.len() > max {
                return Err(LONG);
            }
        }
        Ok(())
    }
}
