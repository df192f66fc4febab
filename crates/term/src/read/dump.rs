//! The whole state of a terminal as bytes, and back.
//!
//! Escape sequences alone cannot rebuild every state (a saved cursor on the screen that is not
//! shown, half of a wide character, the middle of a sequence), so a dump is a record of its own,
//! with a version. Only [`read`] accepts it: no program's output is ever treated as a dump.

use crate::DumpError;
use crate::emulator::Options;
use crate::parse::parser::{Parser, State};
use crate::picture::Pictures;
use crate::scrollback::codec::{Reader, Writer};
use crate::scrollback::runs::{RunReader, RunWriter, read_pen, write_pen};
use crate::state::cell::MARK_SHIFT;
use crate::state::grid::{Charset, Cursor, Grid};
use crate::state::modes::{CellPixels, Modes, MouseEncoding, MouseMode};
use crate::state::notice::Pending;
use crate::state::row::Row;
use crate::state::screen::{
    COLORS, InnerModes, Keyboard, MAX_KEYBOARDS, MAX_TITLES, Protection, Screen,
};
use segno_base::screen::frame::CursorShape;
use segno_base::screen::geometry::Size;

/// What a dump begins with; its version follows.
const MAGIC: &[u8] = b"SEGNO-TERM";
/// The version that is written: 4 has clusters, protection, pictures, further modes and character
/// sets.
const VERSION: u8 = 4;
/// The oldest version that is read.
const OLDEST: u8 = 3;

const CHARSETS: [Charset; 3] = [Charset::Ascii, Charset::Drawing, Charset::British];

/// More private modes than there are.
const MAX_SAVED_MODES: usize = 256;

const SHAPES: [CursorShape; 4] =
    [CursorShape::Default, CursorShape::Block, CursorShape::Underline, CursorShape::Bar];
const MICE: [MouseMode; 4] = [MouseMode::Off, MouseMode::Click, MouseMode::Drag, MouseMode::Motion];
const ENCODINGS: [MouseEncoding; 5] = [
    MouseEncoding::X10,
    MouseEncoding::Utf8,
    MouseEncoding::Sgr,
    MouseEncoding::Urxvt,
    MouseEncoding::SgrPixels,
];

/// The place of a value among all of its type.
fn place<T: PartialEq>(all: &[T], value: &T) -> u8 {
    all.iter().position(|v| v == value).unwrap_or(0) as u8
}

fn at<T: Copy>(all: &[T], place: u8) -> Result<T, DumpError> {
    all.get(place as usize).copied().ok_or(DumpError("a value is unknown"))
}

/// Writes the state of a screen and its parser.
pub(crate) fn write(screen: &Screen, parser: &Parser) -> Vec<u8> {
    let mut out = Writer::default();
    out.0.extend_from_slice(MAGIC);
    out.byte(VERSION);
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
    out.byte(screen.charset as u8);
    for &tab in &screen.tabs {
        out.flag(tab);
    }
    out.number(screen.region.start as u64);
    out.number(screen.region.end as u64);
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
    out.number((screen.mark >> MARK_SHIFT).into());
    out.option(screen.notice.as_deref(), |out, Pending { id, title, body }| {
        [id, title, body].into_iter().for_each(|text| out.bytes(text));
    });
    write_since_4(&mut out, screen);
    out.0
}

/// Reads what [`write`] wrote, into a screen of the dump's size.
pub(crate) fn read(dump: &[u8], options: &Options) -> Result<(Screen, Parser), DumpError> {
    let rest = dump.strip_prefix(MAGIC).ok_or(DumpError("it is no terminal's state"))?;
    let (&version, rest) = rest.split_first().ok_or(DumpError("it is cut off"))?;
    if !(OLDEST..=VERSION).contains(&version) {
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

    let mut screen = Screen::new(size, options.scrollback_lines, options.palette);
    screen.clusters_at_start = options.clusters;
    let alt = from.flag()?;
    read_grid(from, &mut screen.grid)?;
    if alt {
        let mut grid = Grid::new(rows, cols, 0);
        read_grid(from, &mut grid)?;
        screen.main = Some(std::mem::replace(&mut screen.grid, grid));
    } else {
        screen.alt_saved = read_cursor(from, rows, cols)?;
    }
    let cell = screen.modes.cell;
    (screen.modes, screen.inner, screen.sync.active) = read_modes(from)?;
    screen.modes.cell = cell;
    screen.inner.clusters = options.clusters;
    screen.charset = from.up_to(3)?;
    for tab in &mut screen.tabs {
        *tab = from.flag()?;
    }
    let (start, end) = (from.up_to(rows - 1)?, from.up_to(rows)?);
    if start >= end {
        return Err(DumpError("its scroll region is impossible"));
    }
    screen.region = start..end;
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
    screen.mark = (from.up_to(3)? as u16) << MARK_SHIFT;
    screen.notice = from.option(|from| {
        let pending = Pending::from_parts(from.bytes()?, from.bytes()?, from.bytes()?);
        pending.map(Box::new).ok_or(DumpError("a notification is too long"))
    })?;
    if version >= 4 {
        read_since_4(from, &mut screen)?;
    }
    screen.modes.alt_screen = alt;
    screen.sync_kitty();
    Ok((screen, parser))
}

/// Writes what version 4 added.
fn write_since_4(out: &mut Writer, screen: &Screen) {
    out.flag(screen.inner.clusters);
    out.flag(screen.inner.reverse_screen);
    out.flag(screen.inner.reverse_wrap);
    out.flag(screen.inner.reverse_wrap_always);
    for saved in [&screen.grid.saved, other_saved(screen)] {
        out.flag(saved.origin);
        out.byte(saved.charset as u8);
    }
    out.flag(screen.protection == Protection::Always);
    let cell = screen.modes.cell;
    out.number(cell.width.into());
    out.number(cell.height.into());
    screen.pictures.write(out);
    out.number(screen.saved_modes.len() as u64);
    for (&mode, &on) in &screen.saved_modes {
        out.number(mode.into());
        out.flag(on);
    }
}

/// The saved cursor of the screen that is not shown.
fn other_saved(screen: &Screen) -> &Cursor {
    screen.main.as_ref().map_or(&screen.alt_saved, |main| &main.saved)
}

/// Reads what [`write_since_4`] wrote.
fn read_since_4(from: &mut Reader, screen: &mut Screen) -> Result<(), DumpError> {
    screen.inner.clusters = from.flag()?;
    screen.inner.reverse_screen = from.flag()?;
    screen.inner.reverse_wrap = from.flag()?;
    screen.inner.reverse_wrap_always = from.flag()?;
    for other in [false, true] {
        let (origin, charset) = (from.flag()?, from.up_to(3)?);
        let saved = match (other, &mut screen.main) {
            (false, _) => &mut screen.grid.saved,
            (true, Some(main)) => &mut main.saved,
            (true, None) => &mut screen.alt_saved,
        };
        (saved.origin, saved.charset) = (origin, charset);
    }
    if from.flag()? {
        screen.protection = Protection::Always;
    }
    let cell = (from.up_to(u16::MAX.into())?, from.up_to(u16::MAX.into())?);
    screen.modes.cell = CellPixels { width: cell.0 as u16, height: cell.1 as u16 };
    screen.pictures = Pictures::read(from)?;
    for _ in 0..from.up_to(MAX_SAVED_MODES)? {
        let mode = from.up_to(u16::MAX.into())? as u16;
        screen.saved_modes.insert(mode, from.flag()?);
    }
    Ok(())
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
        cell: _,
    } = modes;
    let InnerModes {
        wrap,
        origin,
        insert,
        show_cursor,
        scheme_updates,
        urgency,
        // In `write_since_4`.
        clusters: _,
        reverse_screen: _,
        reverse_wrap: _,
        reverse_wrap_always: _,
    } = inner;
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
        ..InnerModes::default()
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

fn write_cursor(out: &mut Writer, cursor: &Cursor) {
    out.number(cursor.line as u64);
    out.number(cursor.col as u64);
    out.flag(cursor.wraps);
    // As numbers they are what version 3 wrote: line drawing or not.
    cursor.charsets.iter().for_each(|set| out.byte(place(&CHARSETS, set)));
    write_pen(out, &cursor.pen);
}

fn read_cursor(from: &mut Reader, rows: usize, cols: usize) -> Result<Cursor, DumpError> {
    let (line, col) = (from.up_to(rows - 1)?, from.up_to(cols - 1)?);
    let mut cursor = Cursor { line, col, wraps: from.flag()?, ..Cursor::default() };
    for set in &mut cursor.charsets {
        *set = at(&CHARSETS, from.byte()?)?;
    }
    cursor.pen = read_pen(from)?;
    cursor.clamp(rows, cols);
    Ok(cursor)
}

fn write_grid(out: &mut Writer, grid: &Grid) {
    write_cursor(out, &grid.cursor);
    write_cursor(out, &grid.saved);
    grid.history.write(out);
    let mut bytes = Writer::default();
    for line in 0..grid.lines() {
        let row = grid.row(line);
        bytes.0.clear();
        // Blanks count where text goes on after them.
        let used = if row.wrapped { row.cells.len() } else { row.used() };
        RunWriter::default().write(&mut bytes, row, &row.cells[..used]);
        out.flag(row.wrapped);
        out.bytes(&bytes.0);
    }
}

/// Fills a new grid. History beyond what it keeps is left out, the oldest first.
fn read_grid(from: &mut Reader, grid: &mut Grid) -> Result<(), DumpError> {
    let (rows, cols) = (grid.lines(), grid.cols());
    grid.cursor = read_cursor(from, rows, cols)?;
    grid.saved = read_cursor(from, rows, cols)?;
    grid.history.read(from)?;
    for line in 0..rows {
        let row: &mut Row = grid.row_mut(line);
        row.wrapped = from.flag()?;
        RunReader::default().read(from.bytes()?, row, cols)?;
    }
    Ok(())
}
