//! The emulator: bytes of a program in, cells, modes and events out.

use std::time::Instant;

use super::event::{ClipboardKind, TermEvent};
use super::modes::Modes;
use super::palette::Palette;
use crate::base::frame::{Cursor, Frame};
use crate::base::geometry::{Rect, Size};

/// How an emulator is set up.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Options {
    /// How many lines above the screen are kept.
    pub scrollback_lines: usize,
    /// What colour queries are answered with.
    pub palette: Palette,
    /// A cell's width and height in pixels, when the client told them.
    pub cell_pixels: Option<(u16, u16)>,
}

impl Default for Options {
    fn default() -> Options {
        Options { scrollback_lines: 10_000, palette: Palette::default(), cell_pixels: None }
    }
}

/// Which lines [`Emulator::text`] takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Lines {
    /// Scrollback and screen.
    All,
    /// The last so many lines that are not empty at the end.
    Last(usize),
    /// The screen, not scrolled.
    Screen,
}

/// How [`Emulator::text`] writes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TextFormat {
    /// Text only; lines that the terminal wrapped are joined.
    Plain,
    /// With escape sequences for colours, attributes and links, one line per row.
    Ansi,
}

/// A dump that cannot be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the terminal's stored state is not readable: {0}")]
pub struct DumpError(pub &'static str);

/// A terminal: parses a program's output and holds what it shows.
#[derive(Debug)]
pub struct Emulator {
    size: Size,
}

impl Emulator {
    /// An empty terminal; the size is clamped to what an emulator can hold.
    pub fn new(size: Size, options: Options) -> Emulator {
        let _ = options;
        Emulator { size: size.clamped() }
    }

    /// Takes a program's output, in chunks of any size, and appends what it caused to `events`.
    pub fn advance(&mut self, bytes: &[u8], now: Instant, events: &mut Vec<TermEvent>) {
        let _ = (bytes, now, events);
    }

    /// Changes the size; text reflows.
    pub fn resize(&mut self, size: Size) {
        self.size = size.clamped();
    }

    pub fn size(&self) -> Size {
        self.size
    }

    /// The modes that input encoding depends on.
    pub fn modes(&self) -> Modes {
        Modes::default()
    }

    /// The window title.
    pub fn title(&self) -> Option<&str> {
        None
    }

    /// What colour queries are answered with from now on; may tell the program about it.
    pub fn set_palette(&mut self, palette: Palette, events: &mut Vec<TermEvent>) {
        let _ = (palette, events);
    }

    /// A cell's width and height in pixels, for the queries that ask.
    pub fn set_cell_pixels(&mut self, pixels: Option<(u16, u16)>) {
        let _ = pixels;
    }

    /// Draws the view, scrolled or not, into an area of a frame; cells beyond the terminal's size
    /// become blank.
    pub fn draw(&self, frame: &mut Frame, area: Rect) {
        let _ = (frame, area);
    }

    /// The cursor, relative to the screen; `None` when hidden or scrolled away.
    pub fn cursor(&self) -> Option<Cursor> {
        None
    }

    /// Scrolls the view: positive is back into history.
    pub fn scroll(&mut self, delta: i32) {
        let _ = delta;
    }

    pub fn scroll_to_top(&mut self) {}

    pub fn scroll_to_bottom(&mut self) {}

    /// How many lines the view is scrolled back.
    pub fn scroll_offset(&self) -> usize {
        0
    }

    /// How many lines are above the screen.
    pub fn history_len(&self) -> usize {
        0
    }

    /// The text, every line ended by a line feed; trailing blanks are left out.
    pub fn text(&self, lines: Lines, format: TextFormat) -> String {
        let _ = (lines, format);
        String::new()
    }

    /// Changes whenever what [`Emulator::draw`] or [`Emulator::cursor`] give may have changed.
    pub fn generation(&self) -> u64 {
        0
    }

    /// Until when the program holds back its screen (mode 2026). The view shows the screen as it
    /// was; when the time is over, [`Emulator::end_sync`] must be called.
    pub fn sync_deadline(&self) -> Option<Instant> {
        None
    }

    /// Ends a synchronized update that took too long.
    pub fn end_sync(&mut self) {}

    /// The whole state, from which [`Emulator::restore`] makes an emulator that goes on exactly.
    pub fn dump(&self) -> Vec<u8> {
        Vec::new()
    }

    /// The emulator that wrote `dump`, at `size`.
    pub fn restore(size: Size, options: Options, dump: &[u8]) -> Result<Emulator, DumpError> {
        let _ = dump;
        Ok(Emulator::new(size, options))
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
