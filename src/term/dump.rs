//! The whole state of a terminal as bytes, and back.
//!
//! Escape sequences alone cannot rebuild every state (a saved cursor on the screen that is not
//! shown, half of a wide character, the middle of a sequence), so a dump is a record of its own,
//! with a version. Only [`read`] takes it: no program's output is ever looked at as a dump.

use alacritty_terminal::grid::{Cursor, Dimensions as _, Grid};
use alacritty_terminal::index::{Column, Line, Point};
use alacritty_terminal::vte::ansi::{CharsetIndex, StandardCharset};

use super::DumpError;
use super::cell::{Flags, GCell, MARKS};
use super::codec::{Reader, Writer};
use super::dump_grid::{RowReader, RowWriter, read_pen, write_pen};
use super::modes::{Modes, MouseEncoding, MouseMode};
use super::palette::Palette;
use super::parser::{Parser, State};
use super::screen::{COLORS, InnerModes, Keyboard, MAX_KEYBOARDS, MAX_TITLES, Screen, clamp};
use crate::base::frame::CursorShape;
use crate::base::geometry::Size;

/// What a dump begins with; the last byte is the version.
const MAGIC: &[u8] = b"SEGNO-TERM\x01";

const CHARSETS: [CharsetIndex; 4] =
    [CharsetIndex::G0, CharsetIndex::G1, CharsetIndex::G2, CharsetIndex::G3];
const SHAPES: [CursorShape; 4] =
    [CursorShape::Default, CursorShape::Block, CursorShape::Underline, CursorShape::Bar];
const MICE: [MouseMode; 4] = [MouseMode::Off, MouseMode::Click, MouseMode::Drag, MouseMode::Motion];
const ENCODINGS: [MouseEncoding; 3] = [MouseEncoding::X10, MouseEncoding::Utf8, MouseEncoding::Sgr];

/// The place of a value among all of its type.
fn place<T: PartialEq>(all: &[T], value: &T) -> u8 {
    all.iter().position(|v| v == value).unwrap_or(0) as u8
}

fn at<T: Copy>(all: &[T], place: u8) -> Result<T, DumpError> {
    all.get(place as usize).copied().ok_or(DumpError("a value is unknown"))
}

/// Writes the state of a screen and its parser.
pub(super) fn write(screen: &Screen, parser: &Parser) -> Vec<u8> {
    let mut out = Writer::default();
    out.0.extend_from_slice(MAGIC);
    out.number(screen.cols() as u64);
    out.number(screen.rows() as u64);
    let (state, buffer, overflow) = parser.parts();
    out.byte(state as u8);
    out.bytes(buffer);
    out.flag(overflow);
    out.flag(screen.main.is_some());
    if let Some(main) = &screen.main {
        write_grid(&mut out, main);
        write_grid(&mut out, &screen.grid);
    } else {
        write_grid(&mut out, &screen.grid);
        write_cursor(&mut out, &screen.alt_saved);
    }
    write_modes(&mut out, &screen.modes, &screen.inner, screen.sync.active);
    out.byte(place(&CHARSETS, &screen.charset));
    for &tab in &screen.tabs {
        out.flag(tab);
    }
    out.number(screen.region.start.0 as u64);
    out.number(screen.region.end.0 as u64);
    write_colors(&mut out, screen);
    out.byte(place(&SHAPES, &screen.cursor_shape));
    out.flag(screen.cursor_blinks);
    write_title(&mut out, &screen.title);
    out.number(screen.titles.len() as u64);
    screen.titles.iter().for_each(|title| write_title(&mut out, title));
    for keyboard in &screen.keyboards {
        out.byte(keyboard.current);
        out.bytes(&keyboard.stack);
    }
    out.option(screen.preceding, Writer::char);
    // At the end and only when there is one, so that dumps without it stay readable.
    if !screen.mark.is_empty() {
        out.number(screen.mark.bits().into());
    }
    out.0
}

/// Reads what [`write`] wrote, into a screen of the dump's size.
pub(super) fn read(
    dump: &[u8],
    scrollback: usize,
    palette: Palette,
) -> Result<(Screen, Parser), DumpError> {
    let known = &MAGIC[..MAGIC.len() - 1];
    let rest = dump.strip_prefix(known).ok_or(DumpError("it is no terminal's state"))?;
    let (version, rest) = rest.split_first().ok_or(DumpError("it is cut off"))?;
    if Some(version) != MAGIC.last() {
        return Err(DumpError("another version of Segno wrote it"));
    }
    let mut from = Reader(rest);
    let from = &mut from;
    let cols = from.up_to(Size::MAX.cols as usize)?;
    let rows = from.up_to(Size::MAX.rows as usize)?;
    let size = Size::new(cols as u16, rows as u16);
    if size != size.clamped() {
        return Err(DumpError("its size is impossible"));
    }
    let state = State::from_number(from.byte()?).ok_or(DumpError("a value is unknown"))?;
    let buffer = from.bytes()?.to_vec();
    let parser = Parser::from_parts(state, buffer, from.flag()?)
        .ok_or(DumpError("its parser is in no state"))?;

    let mut screen = Screen::new(size, scrollback, palette);
    let alt = from.flag()?;
    read_grid(from, &mut screen.grid, scrollback)?;
    if alt {
        let mut grid = Grid::new(rows, cols, 0);
        read_grid(from, &mut grid, 0)?;
        screen.main = Some(std::mem::replace(&mut screen.grid, grid));
    } else {
        screen.alt_saved = read_cursor(from, rows, cols)?;
    }
    (screen.modes, screen.inner, screen.sync.active) = read_modes(from)?;
    screen.charset = at(&CHARSETS, from.byte()?)?;
    for tab in &mut screen.tabs {
        *tab = from.flag()?;
    }
    let (start, end) = (from.up_to(rows - 1)?, from.up_to(rows)?);
    if start >= end {
        return Err(DumpError("its scroll region is impossible"));
    }
    screen.region = Line(start as i32)..Line(end as i32);
    read_colors(from, &mut screen)?;
    screen.cursor_shape = at(&SHAPES, from.byte()?)?;
    screen.cursor_blinks = from.flag()?;
    screen.title = read_title(from)?;
    let count = from.up_to(MAX_TITLES)?;
    screen.titles = (0..count).map(|_| read_title(from)).collect::<Result<_, _>>()?;
    for keyboard in &mut screen.keyboards {
        let current = from.byte()? & 0b1_1111;
        let stack = from.bytes()?.to_vec();
        if stack.len() > MAX_KEYBOARDS {
            return Err(DumpError("a number is out of range"));
        }
        *keyboard = Keyboard { current, stack };
    }
    screen.preceding = from.option(Reader::char)?;
    if !from.0.is_empty() {
        let bits = from.up_to(u16::MAX.into())? as u16;
        screen.mark = Flags::from_bits_truncate(bits) & MARKS;
    }
    screen.modes.alt_screen = alt;
    screen.sync_kitty();
    Ok((screen, parser))
}

fn write_title(out: &mut Writer, title: &Option<String>) {
    out.option(title.as_ref(), |out, title| out.bytes(title.as_bytes()));
}

fn read_title(from: &mut Reader) -> Result<Option<String>, DumpError> {
    from.option(|from| Ok(from.text()?.to_owned()))
}

fn write_modes(out: &mut Writer, modes: &Modes, inner: &InnerModes, sync: bool) {
    // Named one by one, so that a new mode cannot be forgotten here.
    let Modes {
        app_cursor,
        app_keypad,
        bracketed_paste,
        mouse,
        mouse_encoding,
        focus_events,
        alternate_scroll,
        alt_screen: _,
        kitty: _,
        modify_other_keys,
        newline,
    } = modes;
    let InnerModes { wrap, origin, insert, show_cursor, scheme_updates, urgency } = inner;
    for flag in [
        app_cursor,
        app_keypad,
        bracketed_paste,
        focus_events,
        alternate_scroll,
        newline,
        wrap,
        origin,
        insert,
        show_cursor,
        scheme_updates,
        urgency,
        &sync,
    ] {
        out.flag(*flag);
    }
    out.byte(place(&MICE, mouse));
    out.byte(place(&ENCODINGS, mouse_encoding));
    out.byte(*modify_other_keys);
}

fn read_modes(from: &mut Reader) -> Result<(Modes, InnerModes, bool), DumpError> {
    let mut modes = Modes {
        app_cursor: from.flag()?,
        app_keypad: from.flag()?,
        bracketed_paste: from.flag()?,
        focus_events: from.flag()?,
        alternate_scroll: from.flag()?,
        newline: from.flag()?,
        ..Modes::default()
    };
    let inner = InnerModes {
        wrap: from.flag()?,
        origin: from.flag()?,
        insert: from.flag()?,
        show_cursor: from.flag()?,
        scheme_updates: from.flag()?,
        urgency: from.flag()?,
    };
    let sync = from.flag()?;
    modes.mouse = at(&MICE, from.byte()?)?;
    modes.mouse_encoding = at(&ENCODINGS, from.byte()?)?;
    modes.modify_other_keys = from.byte()?.min(2);
    Ok((modes, inner, sync))
}

fn write_colors(out: &mut Writer, screen: &Screen) {
    let set = screen.overrides.iter().enumerate().filter_map(|(i, c)| c.map(|c| (i, c)));
    out.number(set.clone().count() as u64);
    for (index, (r, g, b)) in set {
        out.number(index as u64);
        out.0.extend([r, g, b]);
    }
}

fn read_colors(from: &mut Reader, screen: &mut Screen) -> Result<(), DumpError> {
    let count = from.up_to(COLORS)?;
    if count > 0 {
        screen.overrides = vec![None; COLORS];
    }
    for _ in 0..count {
        let index = from.up_to(COLORS - 1)?;
        screen.overrides[index] = Some((from.byte()?, from.byte()?, from.byte()?));
    }
    Ok(())
}

fn write_cursor(out: &mut Writer, cursor: &Cursor<GCell>) {
    out.number(cursor.point.line.0.max(0) as u64);
    out.number(cursor.point.column.0 as u64);
    out.flag(cursor.input_needs_wrap);
    for index in CHARSETS {
        out.flag(cursor.charsets[index] != StandardCharset::Ascii);
    }
    write_pen(out, &cursor.template);
}

fn read_cursor(from: &mut Reader, rows: usize, cols: usize) -> Result<Cursor<GCell>, DumpError> {
    let line = Line(from.up_to(rows - 1)? as i32);
    let mut cursor = Cursor {
        point: Point::new(line, Column(from.up_to(cols - 1)?)),
        input_needs_wrap: from.flag()?,
        ..Cursor::default()
    };
    for index in CHARSETS {
        if from.flag()? {
            cursor.charsets[index] = StandardCharset::SpecialCharacterAndLineDrawing;
        }
    }
    cursor.template = read_pen(from)?;
    clamp(&mut cursor, rows, cols);
    Ok(cursor)
}

fn write_grid(out: &mut Writer, grid: &Grid<GCell>) {
    write_cursor(out, &grid.cursor);
    write_cursor(out, &grid.saved_cursor);
    out.number(grid.history_size() as u64);
    let mut writer = RowWriter::default();
    for line in grid.topmost_line().0..grid.screen_lines() as i32 {
        writer.row(out, &grid[Line(line)][Column(0)..Column(grid.columns())]);
    }
}

/// Fills a new grid. History beyond `scrollback` lines is left out, the oldest first.
fn read_grid(
    from: &mut Reader,
    grid: &mut Grid<GCell>,
    scrollback: usize,
) -> Result<(), DumpError> {
    let (rows, cols) = (grid.screen_lines(), grid.columns());
    let cursor = read_cursor(from, rows, cols)?;
    let saved = read_cursor(from, rows, cols)?;
    // Every row takes a byte at least, so this bounds the memory by the dump's size.
    let history = from.up_to(from.0.len())?;
    let mut reader = RowReader::default();
    let mut scratch = vec![GCell::default(); cols];
    for _ in scrollback..history {
        reader.row(from, &mut scratch)?;
        scratch.fill(GCell::default());
    }
    // Rows come into history by being scrolled out.
    let kept = history.min(scrollback);
    let mut missing = kept;
    while missing > 0 {
        let step = missing.min(rows);
        grid.scroll_up(&(Line(0)..Line(rows as i32)), step);
        missing -= step;
    }
    for line in -(kept as i32)..rows as i32 {
        reader.row(from, &mut grid[Line(line)][..])?;
    }
    grid.cursor = cursor;
    grid.saved_cursor = saved;
    Ok(())
}
