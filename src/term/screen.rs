//! The state of a terminal and the primitive operations on it: moving, scrolling, changing
//! screens, starting over.
//!
//! Knows no escape sequences (see `control`), no characters (see `print`) and no erasing (see
//! `edit`). The grid, its history and reflow are the grid library's; everything else is held here,
//! openly, so that a dump can be exact.

use std::cmp::{max, min};
use std::ops::Range;
use std::time::Instant;

use alacritty_terminal::grid::{Cursor, Dimensions as _, Grid, Scroll};
use alacritty_terminal::index::{Column, Line};
use alacritty_terminal::vte::ansi::CharsetIndex;

use super::cell::{Flags, GCell};
use super::event::TermEvent;
use super::modes::Modes;
use super::palette::{Palette, Rgb};
use crate::base::cell::Attrs;
use crate::base::frame::{CursorShape, Frame};
use crate::base::geometry::Size;

const TAB_WIDTH: usize = 8;
/// How many titles a program may stack.
pub(super) const MAX_TITLES: usize = 16;
/// How many keyboard modes a program may stack.
pub(super) const MAX_KEYBOARDS: usize = 64;
/// Where the default colours' overrides stand, after the palette's.
pub(super) const FG: usize = 256;
pub(super) const BG: usize = 257;
pub(super) const CURSOR: usize = 258;
/// How many colours can be overridden.
pub(super) const COLORS: usize = 259;

/// The kitty keyboard flags of one screen.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Keyboard {
    pub current: u8,
    pub stack: Vec<u8>,
}

/// Modes that only the emulator itself needs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct InnerModes {
    /// Text wraps at the right edge (DECAWM).
    pub wrap: bool,
    /// Rows count from the scroll region (DECOM).
    pub origin: bool,
    /// Characters push others right (IRM).
    pub insert: bool,
    pub show_cursor: bool,
    /// The program is told when the colour scheme changes (2031).
    pub scheme_updates: bool,
    /// The bell may ask for attention (1042).
    pub urgency: bool,
}

impl Default for InnerModes {
    fn default() -> InnerModes {
        InnerModes {
            wrap: true,
            origin: false,
            insert: false,
            show_cursor: true,
            scheme_updates: false,
            urgency: true,
        }
    }
}

/// A synchronized update under way (mode 2026).
#[derive(Debug, Default)]
pub(super) struct Sync {
    pub active: bool,
    pub deadline: Option<Instant>,
    /// What the view shows meanwhile.
    pub frozen: Option<Box<Frame>>,
}

/// The state of a terminal.
#[derive(Debug)]
pub(super) struct Screen {
    /// The screen that is shown.
    pub grid: Grid<GCell>,
    /// The main screen while the alternate one is shown.
    pub main: Option<Grid<GCell>>,
    /// The alternate screen's saved cursor while the main one is shown.
    pub alt_saved: Cursor<GCell>,
    /// `kitty` and `alt_screen` are kept up to date with the rest.
    pub modes: Modes,
    pub inner: InnerModes,
    /// Which of the cursor's character sets is in use.
    pub charset: CharsetIndex,
    pub tabs: Vec<bool>,
    /// The scroll region, its end exclusive.
    pub region: Range<Line>,
    /// Colours that the program changed; empty or [`COLORS`] long.
    pub overrides: Vec<Option<Rgb>>,
    pub cursor_shape: CursorShape,
    pub cursor_blinks: bool,
    pub title: Option<String>,
    pub titles: Vec<Option<String>>,
    /// Of the main and the alternate screen.
    pub keyboards: [Keyboard; 2],
    /// What REP repeats.
    pub preceding: Option<char>,
    /// The shell's mark that the next printed character gets.
    pub mark: Flags,
    /// How many lines the main screen's history has ever lost.
    pub dropped: u64,
    /// Counts what renumbers the lines: changes of size.
    pub epoch: u64,
    pub sync: Sync,
    pub palette: Palette,
    pub cell_pixels: Option<(u16, u16)>,
    /// Of the chunk that is being parsed.
    pub now: Option<Instant>,
    pub events: Vec<TermEvent>,
    /// Something visible may have changed since the generation was counted up.
    pub dirty: bool,
    /// Counts what the view could show.
    pub generation: u64,
}

impl Screen {
    pub fn new(size: Size, scrollback: usize, palette: Palette) -> Screen {
        let (cols, rows) = (size.cols as usize, size.rows as usize);
        Screen {
            grid: Grid::new(rows, cols, scrollback),
            main: None,
            alt_saved: Cursor::default(),
            modes: Modes { alternate_scroll: true, ..Modes::default() },
            inner: InnerModes::default(),
            charset: CharsetIndex::G0,
            tabs: default_tabs(cols),
            region: Line(0)..Line(rows as i32),
            overrides: Vec::new(),
            cursor_shape: CursorShape::Default,
            cursor_blinks: false,
            title: None,
            titles: Vec::new(),
            keyboards: Default::default(),
            preceding: None,
            mark: Flags::empty(),
            dropped: 0,
            epoch: 0,
            sync: Sync::default(),
            palette,
            cell_pixels: None,
            now: None,
            events: Vec::new(),
            dirty: false,
            generation: 0,
        }
    }

    /// Counts a change of what the view shows; what is held back does not count yet.
    pub fn settle(&mut self) {
        if self.dirty && self.sync.frozen.is_none() {
            self.dirty = false;
            self.generation += 1;
        }
    }

    pub fn cols(&self) -> usize {
        self.grid.columns()
    }

    pub fn rows(&self) -> usize {
        self.grid.screen_lines()
    }

    pub fn last_line(&self) -> Line {
        Line(self.rows() as i32 - 1)
    }

    fn last_column(&self) -> Column {
        Column(self.cols() - 1)
    }

    // ---- size ------------------------------------------------------------------------------

    pub fn resize(&mut self, size: Size) {
        let (cols, rows) = (size.cols as usize, size.rows as usize);
        if (cols, rows) == (self.cols(), self.rows()) {
            return;
        }
        let alt = self.main.is_some();
        self.grid.resize(!alt, rows, cols);
        if let Some(main) = &mut self.main {
            main.resize(true, rows, cols);
        }
        for grid in self.main.iter_mut().chain([&mut self.grid]) {
            let GridCursors { cursor, saved } = cursors(grid);
            clamp(cursor, rows, cols);
            clamp(saved, rows, cols);
        }
        clamp(&mut self.alt_saved, rows, cols);
        let mut column = self.tabs.len();
        self.tabs.resize_with(cols, || {
            column += 1;
            (column - 1).is_multiple_of(TAB_WIDTH)
        });
        self.region = Line(0)..Line(rows as i32);
        self.sync = Sync::default();
        self.epoch += 1;
        self.dirty = true;
    }

    // ---- moving ----------------------------------------------------------------------------

    /// Moves to a line and column as the program counts them, from 0.
    pub fn goto(&mut self, line: usize, col: usize) {
        let (top, bottom) = if self.inner.origin {
            (self.region.start, max(self.region.end - 1, self.region.start))
        } else {
            (Line(0), self.last_line())
        };
        let cursor = &mut self.grid.cursor;
        cursor.point.line = min(top + min(line, i32::MAX as usize / 2), bottom);
        self.goto_col(col);
    }

    pub fn goto_line(&mut self, line: usize) {
        self.goto(line, self.grid.cursor.point.column.0);
    }

    pub fn goto_col(&mut self, col: usize) {
        self.grid.cursor.point.column = min(Column(col), self.last_column());
        self.grid.cursor.input_needs_wrap = false;
    }

    /// Moves up, but not out of the scroll region.
    pub fn move_up(&mut self, lines: usize) {
        let line = self.grid.cursor.point.line;
        let top = if line >= self.region.start { self.region.start } else { Line(0) };
        self.grid.cursor.point.line = max(line - min(lines, self.rows()), top);
        self.grid.cursor.input_needs_wrap = false;
    }

    /// Moves down, but not out of the scroll region.
    pub fn move_down(&mut self, lines: usize) {
        let line = self.grid.cursor.point.line;
        let bottom = if line < self.region.end { self.region.end - 1 } else { self.last_line() };
        self.grid.cursor.point.line = min(line + min(lines, self.rows()), bottom);
        self.grid.cursor.input_needs_wrap = false;
    }

    pub fn move_forward(&mut self, cols: usize) {
        self.goto_col(self.grid.cursor.point.column.0.saturating_add(cols));
    }

    pub fn move_backward(&mut self, cols: usize) {
        self.goto_col(self.grid.cursor.point.column.0.saturating_sub(cols));
    }

    pub fn backspace(&mut self) {
        if self.grid.cursor.point.column > 0 {
            self.move_backward(1);
        }
    }

    pub fn carriage_return(&mut self) {
        self.goto_col(0);
    }

    pub fn linefeed(&mut self) {
        let next = self.grid.cursor.point.line + 1;
        if next == self.region.end {
            self.scroll_up(1);
        } else if next < self.rows() as i32 {
            self.grid.cursor.point.line = next;
        }
    }

    pub fn reverse_index(&mut self) {
        let line = self.grid.cursor.point.line;
        if line == self.region.start {
            self.scroll_down(1);
        } else {
            self.grid.cursor.point.line = max(line - 1, Line(0));
        }
    }

    pub fn save_cursor(&mut self) {
        self.grid.saved_cursor = self.grid.cursor.clone();
    }

    pub fn restore_cursor(&mut self) {
        self.grid.cursor = self.grid.saved_cursor.clone();
    }

    // ---- scrolling -------------------------------------------------------------------------

    pub fn set_region(&mut self, top: usize, bottom: usize) {
        let rows = self.rows();
        let bottom = if bottom == 0 { rows } else { min(bottom, rows) };
        // One line is no region, as in xterm.
        if top + 1 < bottom {
            self.region = Line(top as i32)..Line(bottom as i32);
            self.goto(0, 0);
        }
    }

    fn scroll_up_from(&mut self, origin: Line, lines: usize) {
        let region = origin..self.region.end;
        let lines = min(lines, (region.end - region.start).0.max(0) as usize);
        if lines > 0 {
            let before = self.grid.display_offset();
            let history = self.grid.history_size();
            self.grid.scroll_up(&region, lines);
            if origin == 0 && self.main.is_none() {
                let grown = self.grid.history_size() - history;
                self.dropped += (lines - grown) as u64;
            }
            // Lines that scroll out of the middle go nowhere, but the library moves a view that
            // is scrolled back as if they had become history.
            if origin > 0 {
                let moved = self.grid.display_offset() - before;
                self.grid.scroll_display(Scroll::Delta(-(moved as i32)));
            }
        }
    }

    fn scroll_down_from(&mut self, origin: Line, lines: usize) {
        let region = origin..self.region.end;
        let lines = min(lines, (region.end - region.start).0.max(0) as usize);
        if lines > 0 {
            self.grid.scroll_down(&region, lines);
        }
    }

    pub fn scroll_up(&mut self, lines: usize) {
        self.scroll_up_from(self.region.start, lines);
    }

    pub fn scroll_down(&mut self, lines: usize) {
        self.scroll_down_from(self.region.start, lines);
    }

    pub fn insert_lines(&mut self, lines: usize) {
        let line = self.grid.cursor.point.line;
        if self.region.contains(&line) {
            self.scroll_down_from(line, lines);
        }
    }

    pub fn delete_lines(&mut self, lines: usize) {
        let line = self.grid.cursor.point.line;
        if self.region.contains(&line) {
            self.scroll_up_from(line, lines);
        }
    }

    // ---- screens ---------------------------------------------------------------------------

    /// Shows the alternate screen, blank.
    pub fn enter_alt(&mut self) {
        if self.main.is_some() {
            return;
        }
        let mut alt = Grid::new(self.rows(), self.cols(), 0);
        alt.cursor = self.grid.cursor.clone();
        alt.saved_cursor = std::mem::take(&mut self.alt_saved);
        // The main screen's saved cursor is what leaving restores.
        self.grid.saved_cursor = self.grid.cursor.clone();
        alt.reset_region(..);
        self.main = Some(std::mem::replace(&mut self.grid, alt));
        self.modes.alt_screen = true;
        self.sync_kitty();
    }

    /// Shows the main screen again, with the cursor where it was.
    pub fn leave_alt(&mut self) {
        if let Some(main) = self.main.take() {
            let alt = std::mem::replace(&mut self.grid, main);
            self.alt_saved = alt.saved_cursor;
            self.modes.alt_screen = false;
            self.sync_kitty();
        }
    }

    /// The kitty keyboard state of the screen that is shown.
    pub fn keyboard(&mut self) -> &mut Keyboard {
        &mut self.keyboards[self.main.is_some() as usize]
    }

    /// Brings the public modes up to date with the keyboard's.
    pub fn sync_kitty(&mut self) {
        self.modes.kitty = self.keyboard().current;
    }

    /// RIS: everything as at the start, except what the user set.
    pub fn reset(&mut self) {
        self.leave_alt();
        self.dropped += self.grid.history_size() as u64;
        self.grid.reset();
        self.mark = Flags::empty();
        self.alt_saved = Cursor::default();
        self.modes = Modes { alternate_scroll: true, ..Modes::default() };
        self.inner = InnerModes::default();
        self.charset = CharsetIndex::G0;
        self.tabs = default_tabs(self.cols());
        self.region = Line(0)..Line(self.rows() as i32);
        self.overrides = Vec::new();
        self.cursor_shape = CursorShape::Default;
        self.cursor_blinks = false;
        self.titles = Vec::new();
        self.keyboards = Default::default();
        self.sync = Sync::default();
        if self.title.take().is_some() {
            self.events.push(TermEvent::Title(None));
        }
    }

    /// DECSTR: modes and pen as at the start; the screen stays.
    pub fn soft_reset(&mut self) {
        self.inner =
            InnerModes { scheme_updates: self.inner.scheme_updates, ..InnerModes::default() };
        self.modes.app_cursor = false;
        self.modes.app_keypad = false;
        self.region = Line(0)..Line(self.rows() as i32);
        self.charset = CharsetIndex::G0;
        let cursor = &mut self.grid.cursor;
        cursor.charsets = Default::default();
        cursor.template.fg = Default::default();
        cursor.template.bg = Default::default();
        cursor.template.attrs = Attrs::NONE;
        cursor.template.edit_extra(|extra| extra.underline = None);
        self.grid.saved_cursor = Cursor::default();
        self.cursor_shape = CursorShape::Default;
        self.cursor_blinks = false;
    }

    /// The soft-wrap mark at the end of the cursor's line, then the next line.
    pub fn wrap(&mut self) {
        if !self.inner.wrap {
            return;
        }
        self.grid.cursor_cell().flags.insert(Flags::WRAPLINE);
        if self.grid.cursor.point.line + 1 >= self.region.end {
            self.linefeed();
        } else {
            self.grid.cursor.point.line += 1;
        }
        self.carriage_return();
    }
}

pub(super) fn default_tabs(cols: usize) -> Vec<bool> {
    (0..cols).map(|col| col.is_multiple_of(TAB_WIDTH)).collect()
}

struct GridCursors<'a> {
    cursor: &'a mut Cursor<GCell>,
    saved: &'a mut Cursor<GCell>,
}

fn cursors(grid: &mut Grid<GCell>) -> GridCursors<'_> {
    GridCursors { cursor: &mut grid.cursor, saved: &mut grid.saved_cursor }
}

/// A cursor within a screen.
pub(super) fn clamp(cursor: &mut Cursor<GCell>, rows: usize, cols: usize) {
    let point = &mut cursor.point;
    point.line = max(min(point.line, Line(rows as i32 - 1)), Line(0));
    if point.column >= cols {
        point.column = Column(cols - 1);
    }
    if point.column.0 + 1 < cols {
        cursor.input_needs_wrap = false;
    }
}
