//! The emulator: bytes of a program in, cells, modes and events out.

use std::ops::Range;
use std::time::Instant;

use super::DumpError;
use super::picture::Graphics;
use crate::parse::parser::Parser;
use crate::read::draw::draw_frozen;
use crate::read::dump;
use crate::read::text::{Lines, TextFormat};
use crate::state::event::{ClipboardKind, TermEvent};
use crate::state::modes::{CellPixels, Modes};
use crate::state::palette::Palette;
use crate::state::screen::Screen;
use segno_base::screen::frame::{Cursor, Frame};
use segno_base::screen::geometry::{Rect, Size};

/// How an emulator is set up.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Options {
    /// How many lines above the screen are kept.
    pub scrollback_lines: usize,
    /// What colour queries are answered with.
    pub palette: Palette,
    /// What a cell measures, for the queries that ask.
    pub cell_pixels: CellPixels,
    /// Which pictures are reported to programs as drawable.
    pub graphics: Graphics,
    /// Whether grapheme clusters are one character (mode 2027) until the program says otherwise.
    pub clusters: bool,
}

impl Default for Options {
    fn default() -> Options {
        Options {
            scrollback_lines: 10_000,
            palette: Palette::default(),
            cell_pixels: CellPixels::default(),
            graphics: Graphics::default(),
            clusters: true,
        }
    }
}

/// A terminal: parses a program's output and holds what it shows.
#[derive(Debug)]
pub struct Emulator {
    screen: Screen,
    parser: Parser,
}

impl Emulator {
    /// An empty terminal; the size is clamped to what an emulator can hold.
    pub fn new(size: Size, options: Options) -> Emulator {
        let screen = Screen::new(size.clamped(), options.scrollback_lines, options.palette);
        let mut emulator = Emulator { screen, parser: Parser::default() };
        emulator.set_cell_pixels(options.cell_pixels);
        emulator.set_graphics(options.graphics);
        emulator.screen.inner.clusters = options.clusters;
        emulator.screen.clusters_at_start = options.clusters;
        emulator
    }

    /// Interprets a program's output, in chunks of any size, and appends what it caused to
    /// `events`.
    pub fn advance(&mut self, bytes: &[u8], now: Instant, events: &mut Vec<TermEvent>) {
        self.screen.now = Some(now);
        // An update whose end was lost ends by itself; one from a dump gets its time now.
        match self.screen.sync.deadline {
            Some(deadline) if deadline <= now => self.screen.end_sync(),
            None if self.screen.sync.active => self.screen.start_sync_time(),
            _ => {}
        }
        std::mem::swap(&mut self.screen.events, events);
        self.parser.advance(&mut self.screen, bytes);
        std::mem::swap(&mut self.screen.events, events);
        self.screen.settle();
    }

    /// Changes the size; text reflows.
    pub fn resize(&mut self, size: Size) {
        self.screen.resize(size.clamped());
        self.screen.settle();
    }

    /// The size in cells.
    pub fn size(&self) -> Size {
        Size::new(self.screen.cols() as u16, self.screen.rows() as u16)
    }

    /// The modes that input encoding depends on.
    pub fn modes(&self) -> Modes {
        self.screen.modes
    }

    /// The window title.
    pub fn title(&self) -> Option<&str> {
        self.screen.title.as_deref()
    }

    /// What colour queries are answered with from now on. A program that asked for it (mode
    /// 2031) is notified when this makes light dark or dark light.
    pub fn set_palette(&mut self, palette: Palette, events: &mut Vec<TermEvent>) {
        let before = std::mem::replace(&mut self.screen.palette, palette);
        if self.screen.inner.scheme_updates && before.is_dark() != palette.is_dark() {
            self.screen.report_scheme();
            events.append(&mut self.screen.events);
        }
    }

    /// Which pictures are reported to programs as drawable. All are kept.
    pub fn set_graphics(&mut self, graphics: Graphics) {
        self.screen.graphics = graphics;
    }

    /// What a cell measures, for the queries that ask and the size of pictures.
    pub fn set_cell_pixels(&mut self, pixels: CellPixels) {
        self.screen.modes.cell = pixels;
    }

    /// Draws the view, scrolled or not, into an area of a frame; cells beyond the terminal's size
    /// become blank. Does not touch the frame's cursor.
    pub fn draw(&self, frame: &mut Frame, area: Rect) {
        match &self.screen.sync.frozen {
            Some(frozen) => draw_frozen(frozen, frame, area),
            None => self.screen.draw_live(frame, area),
        }
    }

    /// Draws into an area of a frame what was drawn there before, as `since` says, and has changed;
    /// or all of it. Answers in which rows of the area something may have changed, and what to give
    /// next time.
    pub fn redraw(
        &self,
        frame: &mut Frame,
        area: Rect,
        since: Option<u64>,
    ) -> (Range<u16>, Option<u64>) {
        let drawn = self.screen.is_plain().then_some(self.screen.generation);
        match since {
            Some(since) if drawn.is_some() => (self.screen.draw_changed(frame, area, since), drawn),
            _ => {
                self.draw(frame, area);
                (0..area.rows, drawn)
            }
        }
    }

    /// The cursor, relative to the screen; `None` when scrolled away.
    pub fn cursor(&self) -> Option<Cursor> {
        match &self.screen.sync.frozen {
            Some(frozen) => frozen.cursor,
            None => self.screen.live_cursor(),
        }
    }

    /// Scrolls the view: positive is back into history.
    pub fn scroll(&mut self, delta: i32) {
        self.scroll_view(delta as isize);
    }

    /// Scrolls the view to the oldest line.
    pub fn scroll_to_top(&mut self) {
        self.scroll_view(isize::MAX);
    }

    /// Scrolls the view to the program's screen.
    pub fn scroll_to_bottom(&mut self) {
        self.scroll_view(isize::MIN);
    }

    fn scroll_view(&mut self, delta: isize) {
        let before = self.scroll_offset();
        self.screen.grid.scroll_view(delta);
        if before != self.scroll_offset() {
            // The user's scrolling shows at once, whatever the program holds back.
            self.screen.sync.frozen = None;
            self.screen.dirty = true;
            self.screen.settle();
        }
    }

    /// How many lines the view is scrolled back.
    pub fn scroll_offset(&self) -> usize {
        self.screen.grid.offset()
    }

    /// How many lines are above the screen; none above an alternate screen.
    pub fn history_len(&self) -> usize {
        self.screen.grid.history.rows()
    }

    /// The text, every line ended by a line feed; blanks at the ends are left out.
    pub fn text(&self, lines: Lines, format: TextFormat) -> String {
        self.screen.text(lines, format)
    }

    /// Changes whenever what [`Emulator::draw`] or [`Emulator::cursor`] give may have changed.
    pub fn generation(&self) -> u64 {
        self.screen.generation
    }

    /// Until when the program holds back its screen (mode 2026). The view shows the screen as it
    /// was; when the time is over, [`Emulator::end_sync`] must be called.
    pub fn sync_deadline(&self) -> Option<Instant> {
        self.screen.sync.deadline
    }

    /// Ends a synchronized update that took too long.
    pub fn end_sync(&mut self) {
        self.screen.end_sync();
        self.screen.settle();
    }

    pub(super) fn screen(&self) -> &Screen {
        &self.screen
    }

    /// The whole state, from which [`Emulator::restore`] makes an emulator that goes on exactly,
    /// even in the middle of an escape sequence. How far the view is scrolled is not part of it.
    pub fn dump(&self) -> Vec<u8> {
        dump::write(&self.screen, &self.parser)
    }

    /// The emulator that wrote `dump`, at `size`; a dump of another size reflows. A cell measures
    /// what it did then, so that output which followed leads to the same.
    pub fn restore(size: Size, options: Options, dump: &[u8]) -> Result<Emulator, DumpError> {
        let (screen, parser) = dump::read(dump, &options)?;
        let mut emulator = Emulator { screen, parser };
        emulator.set_graphics(options.graphics);
        emulator.resize(size);
        Ok(emulator)
    }
}

/// The answer to [`TermEvent::ClipboardLoad`].
pub fn clipboard_reply(kind: ClipboardKind, text: &str) -> Vec<u8> {
    use base64::Engine as _;
    let letter = match kind {
        ClipboardKind::Clipboard => 'c',
        ClipboardKind::Selection => 'p',
    };
    let encoded = base64::engine::general_purpose::STANDARD.encode(text);
    format!("\x1b]52;{letter};{encoded}\x1b\\").into_bytes()
}
