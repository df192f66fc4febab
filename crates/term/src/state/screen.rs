//! The state of a terminal and the primitive operations on it: moving, scrolling, changing
//! screens, starting over.
//!
//! Knows no escape sequences (see `control`), no characters (see `print`) and no erasing (see
//! `edit`). Everything is held openly, so that a dump can be exact.

use std::cmp::min;
use std::collections::BTreeMap;
use std::ops::Range;
use std::time::Instant;

use crate::picture::{Graphics, Pictures};
use crate::state::event::TermEvent;
use crate::state::grid::{Cursor, Grid};
use crate::state::modes::Modes;
use crate::state::notice::Pending;
use crate::state::palette::{Palette, Rgb};
use segno_base::screen::cell::Style;
use segno_base::screen::frame::{CursorShape, Frame};
use segno_base::screen::geometry::Size;

const TAB_WIDTH: usize = 8;
/// How many titles a program may stack.
pub(crate) const MAX_TITLES: usize = 16;
/// How many keyboard modes a program may stack.
pub(crate) const MAX_KEYBOARDS: usize = 64;
/// Where the default colours' overrides stand, after the palette's.
pub(crate) const FG: usize = 256;
pub(crate) const BG: usize = 257;
pub(crate) const CURSOR: usize = 258;
/// How many colours can be overridden.
pub(crate) const COLORS: usize = 259;

/// The kitty keyboard flags of one screen.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Keyboard {
    pub current: u8,
    pub stack: Vec<u8>,
}

/// Modes that only the emulator itself needs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct InnerModes {
    /// Text wraps at the right edge (DECAWM).
    pub wrap: bool,
    /// Rows count from the scroll region (DECOM).
    pub origin: bool,
    /// Characters push others right (IRM).
    pub insert: bool,
    pub show_cursor: bool,
    /// The program is notified when the colour scheme changes (2031).
    pub scheme_updates: bool,
    /// The bell may ask for attention (1042).
    pub urgency: bool,
    /// Light and dark are exchanged on the whole screen (DECSCNM, 5).
    pub reverse_screen: bool,
    /// Moving left goes on in the row above where text wrapped (45).
    pub reverse_wrap: bool,
    /// Or in any row, from the first one in the last (1045).
    pub reverse_wrap_always: bool,
    /// Grapheme clusters are one character (2027), not as many as they have code points.
    pub clusters: bool,
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
            reverse_screen: false,
            reverse_wrap: false,
            reverse_wrap_always: false,
            clusters: true,
        }
    }
}

/// What erases protected cells.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) enum Protection {
    /// Everything but selective erasing: DEC's, which DECSCA chooses.
    #[default]
    Selective,
    /// Selective erasing alone: ISO's, which SPA and EPA choose.
    Always,
}

/// A synchronized update under way (mode 2026).
#[derive(Debug, Default)]
pub(crate) struct Sync {
    pub active: bool,
    pub deadline: Option<Instant>,
    /// What the view shows meanwhile.
    pub frozen: Option<Box<Frame>>,
}

/// The state of a terminal.
#[derive(Debug)]
pub(crate) struct Screen {
    /// The screen that is shown.
    pub grid: Grid,
    /// The main screen while the alternate one is shown.
    pub main: Option<Grid>,
    /// The alternate screen's saved cursor while the main one is shown.
    pub alt_saved: Cursor,
    /// `kitty` and `alt_screen` are kept up to date with the rest.
    pub modes: Modes,
    pub inner: InnerModes,
    /// What [`InnerModes::clusters`] is at the start.
    pub clusters_at_start: bool,
    /// Which of the cursor's character sets is in use.
    pub charset: usize,
    pub tabs: Vec<bool>,
    /// The scroll region, its end exclusive.
    pub region: Range<usize>,
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
    /// Pictures, which hang on rows.
    pub pictures: Pictures,
    /// Which of them can be drawn somewhere.
    pub graphics: Graphics,
    /// What protected cells are safe from.
    pub protection: Protection,
    /// Private modes that the program put aside (XTSAVE).
    pub saved_modes: BTreeMap<u16, bool>,
    /// The shell's mark that the next printed character gets; 0 for none.
    pub mark: u16,
    /// A notification whose rest is still to come.
    pub notice: Option<Box<Pending>>,
    /// Counts what renumbers the lines: changes of size.
    pub epoch: u64,
    pub sync: Sync,
    pub palette: Palette,
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
            clusters_at_start: true,
            charset: 0,
            tabs: default_tabs(cols),
            region: 0..rows,
            overrides: Vec::new(),
            cursor_shape: CursorShape::Default,
            cursor_blinks: false,
            title: None,
            titles: Vec::new(),
            keyboards: Default::default(),
            preceding: None,
            pictures: Pictures::default(),
            graphics: Graphics::default(),
            protection: Protection::default(),
            saved_modes: BTreeMap::new(),
            mark: 0,
            notice: None,
            epoch: 0,
            sync: Sync::default(),
            palette,
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
            self.grid.begin_generation(self.generation + 1);
        }
    }

    /// Whether lines alone decide what the view shows, each for itself.
    pub fn is_plain(&self) -> bool {
        self.sync.frozen.is_none()
            && self.grid.offset() == 0
            && self.overrides.is_empty()
            && !self.inner.reverse_screen
            && self.pictures.is_empty()
    }

    pub fn cols(&self) -> usize {
        self.grid.cols()
    }

    pub fn rows(&self) -> usize {
        self.grid.lines()
    }

    pub fn last_line(&self) -> usize {
        self.rows() - 1
    }

    // ---- size ------------------------------------------------------------------------------

    pub fn resize(&mut self, size: Size) {
        let (cols, rows) = (size.cols as usize, size.rows as usize);
        if (cols, rows) == (self.cols(), self.rows()) {
            return;
        }
        match &mut self.main {
            Some(main) => {
                main.resize(rows, cols);
                self.grid.resize_cut(rows, cols);
            }
            None => self.grid.resize(rows, cols),
        }
        self.alt_saved.clamp(rows, cols);
        let mut column = self.tabs.len();
        self.tabs.resize_with(cols, || {
            column += 1;
            (column - 1).is_multiple_of(TAB_WIDTH)
        });
        self.region = 0..rows;
        self.sync = Sync::default();
        self.epoch += 1;
        self.dirty = true;
    }

    // ---- moving ----------------------------------------------------------------------------

    /// Moves to a line and column as the program counts them, from 0.
    pub fn goto(&mut self, line: usize, col: usize) {
        let (top, bottom) = if self.inner.origin {
            (self.region.start, self.region.end - 1)
        } else {
            (0, self.last_line())
        };
        self.grid.cursor.line = min(top + line, bottom);
        self.goto_col(col);
    }

    pub fn goto_line(&mut self, line: usize) {
        self.goto(line, self.grid.cursor.col);
    }

    pub fn goto_col(&mut self, col: usize) {
        self.grid.cursor.col = min(col, self.cols() - 1);
        self.grid.cursor.wraps = false;
    }

    /// Moves up, but not out of the scroll region.
    pub fn move_up(&mut self, lines: usize) {
        let line = self.grid.cursor.line;
        let top = if line >= self.region.start { self.region.start } else { 0 };
        self.grid.cursor.line = line.saturating_sub(lines).max(top);
        self.grid.cursor.wraps = false;
    }

    /// Moves down, but not out of the scroll region.
    pub fn move_down(&mut self, lines: usize) {
        let line = self.grid.cursor.line;
        let bottom = if line < self.region.end { self.region.end - 1 } else { self.last_line() };
        self.grid.cursor.line = min(line + lines, bottom);
        self.grid.cursor.wraps = false;
    }

    pub fn move_forward(&mut self, cols: usize) {
        self.goto_col(self.grid.cursor.col.saturating_add(cols));
    }

    pub fn move_backward(&mut self, cols: usize) {
        self.goto_col(self.grid.cursor.col.saturating_sub(cols));
    }

    /// Moves left, with reverse wrapping (mode 45) on into the row that the text came from.
    pub fn backspace(&mut self, cols: usize) {
        let always = self.inner.reverse_wrap_always;
        if !(self.inner.wrap && (self.inner.reverse_wrap || always)) {
            return self.move_backward(cols);
        }
        let width = self.cols();
        // Behind the last column is one more, where the next character will wrap.
        let mut left = cols - usize::from(std::mem::take(&mut self.grid.cursor.wraps));
        while left > 0 {
            let cursor = &mut self.grid.cursor;
            if cursor.col > 0 {
                let step = min(left, cursor.col);
                cursor.col -= step;
                left -= step;
                continue;
            }
            let line = cursor.line;
            let first = line == 0 || line == self.region.start;
            let above = match first {
                true if line < self.region.end => self.region.end - 1,
                true => self.last_line(),
                false => line - 1,
            };
            if !always && (first || !self.grid.row(above).wrapped) {
                return;
            }
            let cursor = &mut self.grid.cursor;
            (cursor.line, cursor.col) = (above, width - 1);
            left -= 1;
        }
    }

    pub fn carriage_return(&mut self) {
        self.goto_col(0);
    }

    #[inline]
    pub fn linefeed(&mut self) {
        let next = self.grid.cursor.line + 1;
        if next == self.region.end {
            self.scroll_up(1);
        } else if next < self.rows() {
            self.grid.cursor.line = next;
        }
    }

    pub fn reverse_index(&mut self) {
        let line = self.grid.cursor.line;
        if line == self.region.start {
            self.scroll_down(1);
        } else {
            self.grid.cursor.line = line.saturating_sub(1);
        }
    }

    pub fn save_cursor(&mut self) {
        self.grid.saved = self.cursor_to_save();
    }

    /// The cursor with what is saved together with it.
    fn cursor_to_save(&self) -> Cursor {
        let (origin, charset) = (self.inner.origin, self.charset);
        Cursor { origin, charset, ..self.grid.cursor.clone() }
    }

    pub fn restore_cursor(&mut self) {
        let saved = self.grid.saved.clone();
        (self.inner.origin, self.charset) = (saved.origin, saved.charset);
        self.grid.cursor = Cursor { origin: false, charset: 0, ..saved };
    }

    // ---- scrolling -------------------------------------------------------------------------

    pub fn set_region(&mut self, top: usize, bottom: usize) {
        let rows = self.rows();
        let bottom = if bottom == 0 { rows } else { min(bottom, rows) };
        // One line is no region, as in xterm.
        if top + 1 < bottom {
            self.region = top..bottom;
            self.goto(0, 0);
        }
    }

    pub fn scroll_up(&mut self, lines: usize) {
        self.grid.scroll_up(self.region.clone(), lines);
    }

    pub fn scroll_down(&mut self, lines: usize) {
        self.grid.scroll_down(self.region.clone(), lines);
    }

    pub fn insert_lines(&mut self, lines: usize) {
        let line = self.grid.cursor.line;
        if self.region.contains(&line) {
            self.grid.scroll_down(line..self.region.end, lines);
        }
    }

    pub fn delete_lines(&mut self, lines: usize) {
        let line = self.grid.cursor.line;
        if self.region.contains(&line) {
            self.grid.scroll_up(line..self.region.end, lines);
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
        alt.saved = std::mem::take(&mut self.alt_saved);
        // The main screen's saved cursor is what leaving restores.
        self.grid.saved = self.cursor_to_save();
        alt.clear(0..self.rows());
        alt.all_changed(self.generation + 1);
        self.main = Some(std::mem::replace(&mut self.grid, alt));
        self.modes.alt_screen = true;
        self.sync_kitty();
    }

    /// Shows the main screen again, with the cursor where it was.
    pub fn leave_alt(&mut self) {
        if let Some(mut main) = self.main.take() {
            main.all_changed(self.generation + 1);
            let alt = std::mem::replace(&mut self.grid, main);
            self.alt_saved = alt.saved;
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
        self.grid.reset();
        self.mark = 0;
        self.notice = None;
        self.alt_saved = Cursor::default();
        let cell = self.modes.cell;
        self.modes = Modes { alternate_scroll: true, cell, ..Modes::default() };
        self.inner = InnerModes { clusters: self.clusters_at_start, ..InnerModes::default() };
        self.charset = 0;
        self.tabs = default_tabs(self.cols());
        self.region = 0..self.rows();
        self.overrides = Vec::new();
        self.cursor_shape = CursorShape::Default;
        self.cursor_blinks = false;
        self.titles = Vec::new();
        self.pictures.clear();
        self.protection = Protection::default();
        self.saved_modes = BTreeMap::new();
        self.keyboards = Default::default();
        self.sync = Sync::default();
        if self.title.take().is_some() {
            self.events.push(TermEvent::Title(None));
        }
    }

    /// DECSTR: modes and pen as at the start; the screen stays.
    pub fn soft_reset(&mut self) {
        let InnerModes { scheme_updates, clusters, reverse_screen, .. } = self.inner;
        self.inner =
            InnerModes { scheme_updates, clusters, reverse_screen, ..InnerModes::default() };
        self.protection = Protection::default();
        self.modes.app_cursor = false;
        self.modes.app_keypad = false;
        self.region = 0..self.rows();
        self.charset = 0;
        let cursor = &mut self.grid.cursor;
        cursor.charsets = Default::default();
        cursor.pen.style = Style::default();
        cursor.pen.edit_extra(|extra| extra.underline = None);
        self.grid.saved = Cursor::default();
        self.cursor_shape = CursorShape::Default;
        self.cursor_blinks = false;
    }

    /// The soft-wrap mark at the end of the cursor's line, then the next line.
    pub fn wrap(&mut self) {
        if !self.inner.wrap {
            return;
        }
        let cols = self.cols();
        let (row, _) = self.grid.at_cursor();
        row.pad(cols);
        row.wrapped = true;
        if self.grid.cursor.line + 1 >= self.region.end {
            self.linefeed();
        } else {
            self.grid.cursor.line += 1;
        }
        self.carriage_return();
    }
}

pub(crate) fn default_tabs(cols: usize) -> Vec<bool> {
    (0..cols).map(|col| col.is_multiple_of(TAB_WIDTH)).collect()
}
