//! What an independent emulator shows: the judge of what is drawn.

#![allow(clippy::unwrap_used, missing_docs, reason = "a tool of the tests")]

use std::sync::{Arc, Mutex};

use alacritty_terminal::Term;
use alacritty_terminal::event::{Event, EventListener};
use alacritty_terminal::grid::Dimensions;
use alacritty_terminal::index::{Column, Line};
use alacritty_terminal::term::cell::Flags;
use alacritty_terminal::term::{Config, TermMode};
use alacritty_terminal::vte::ansi::{CursorShape as AnsiShape, Processor};

use crate::library::{attrs, color};
use crate::render::{Capabilities, SetupOptions, setup};
use segno_base::screen::cell::{Attrs, Cell, Color, Extra, Width};
use segno_base::screen::cluster;
use segno_base::screen::frame::{CursorShape, Frame};
use segno_base::screen::geometry::Size;

/// What is visible of a cell.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Seen {
    ch: char,
    width: Width,
    fg: Color,
    bg: Color,
    attrs: u16,
    underline: Option<Color>,
    combining: Vec<char>,
    link: Option<(Option<String>, String)>,
}

impl Seen {
    /// Without what cannot be seen: the text's attributes where there is no text.
    pub fn visible(mut self) -> Seen {
        let lines = Attrs::ANY_UNDERLINE.0 | Attrs::STRIKE.0 | Attrs::REVERSE.0;
        if self.ch == ' '
            && self.attrs & lines == 0
            && self.combining.is_empty()
            && self.link.is_none()
        {
            self.fg = Color::Default;
            self.attrs = 0;
        }
        if self.attrs & Attrs::ANY_UNDERLINE.0 == 0 {
            self.underline = None;
        }
        self
    }

    /// As a terminal with less shows it.
    pub fn downgraded(mut self, caps: &Capabilities) -> Seen {
        (self.fg, self.bg) = (caps.color(self.fg), caps.color(self.bg));
        self.underline = self.underline.map(|color| caps.color(color));
        let lines = self.attrs & Attrs::ANY_UNDERLINE.0;
        if lines != 0 && !caps.underline_styles {
            self.attrs = self.attrs & !Attrs::ANY_UNDERLINE.0 | Attrs::UNDERLINE.0;
            self.underline = None;
        }
        self.link = self.link.filter(|_| caps.hyperlinks);
        self.visible()
    }
}

fn wanted(cell: &Cell) -> Seen {
    let extra = cell.extra.as_deref().cloned().unwrap_or_default();
    // The emulator does not model blinking.
    let attrs = cell.style.attrs.without(Attrs::BLINK).0;
    Seen {
        ch: cell.ch,
        width: cell.width,
        fg: cell.style.fg,
        bg: cell.style.bg,
        attrs,
        underline: extra.underline.filter(|c| *c != Color::Default),
        combining: extra.combining,
        link: extra.link.map(|l| (Some(l.id).filter(|id| !id.is_empty()), l.uri)),
    }
    .visible()
}

/// The window title that was asked for last.
#[derive(Clone, Default)]
pub struct Titles(Arc<Mutex<Option<String>>>);

impl EventListener for Titles {
    fn send_event(&self, event: Event) {
        let title = match event {
            Event::Title(title) => Some(title),
            Event::ResetTitle => None,
            _ => return,
        };
        *self.0.lock().unwrap() = title;
    }
}

/// A terminal of another make.
pub struct Screen {
    pub term: Term<Titles>,
    titles: Titles,
    parser: Processor,
}

struct Dims(Size);

impl Dimensions for Dims {
    fn total_lines(&self) -> usize {
        self.0.rows.into()
    }
    fn screen_lines(&self) -> usize {
        self.0.rows.into()
    }
    fn columns(&self) -> usize {
        self.0.cols.into()
    }
}

impl Screen {
    /// As a program finds it.
    pub fn bare(size: Size) -> Screen {
        let titles = Titles::default();
        // Without history it makes one of a blank screen that is cleared.
        let config =
            Config { scrolling_history: 10_000, kitty_keyboard: true, ..Config::default() };
        let term = Term::new(config, &Dims(size), titles.clone());
        Screen { term, titles, parser: Processor::new() }
    }

    /// As a client has prepared it.
    pub fn new(size: Size) -> Screen {
        let mut screen = Screen::bare(size);
        screen.feed(&setup(&Capabilities::full(), &SetupOptions::default()));
        screen
    }

    pub fn feed(&mut self, bytes: &[u8]) {
        self.parser.advance(&mut self.term, bytes);
    }

    pub fn resize(&mut self, size: Size) {
        self.term.resize(Dims(size));
    }

    pub fn title(&self) -> Option<String> {
        self.titles.0.lock().unwrap().clone()
    }

    /// Where the cursor is and how it looks, if it is seen.
    pub fn cursor(&self) -> Option<(u16, u16, AnsiShape, bool)> {
        let visible = self.term.mode().contains(TermMode::SHOW_CURSOR);
        let (at, style) = (self.term.grid().cursor.point, self.term.cursor_style());
        visible.then_some((at.column.0 as u16, at.line.0 as u16, style.shape, style.blinking))
    }

    pub fn seen(&self, x: u16, y: u16) -> Seen {
        let row = &self.term.grid()[Line(y.into())];
        let cell = &row[Column(x.into())];
        // Halves of wide characters that were cut show as blanks in other terminals.
        let has = |x: Option<u16>, flag| {
            x.map(|x| Column(x.into()))
                .is_some_and(|x| x < self.term.columns() && row[x].flags.contains(flag))
        };
        let left = has(Some(x), Flags::WIDE_CHAR);
        let cut = left && !has(x.checked_add(1), Flags::WIDE_CHAR_SPACER);
        let whole = left && !cut;
        let tail = has(Some(x), Flags::WIDE_CHAR_SPACER) && has(x.checked_sub(1), Flags::WIDE_CHAR);
        let width = match (whole, tail) {
            (true, _) => Width::Two,
            (_, true) => Width::Tail,
            _ => Width::One,
        };
        Seen {
            // It leaves tabs in blank cells.
            ch: if cut || cell.c == '\t' { ' ' } else { cell.c },
            width,
            fg: color(cell.fg),
            bg: color(cell.bg),
            attrs: attrs(cell.flags).0,
            underline: cell.underline_color().map(color),
            combining: cell.zerowidth().unwrap_or(&[]).to_vec(),
            link: cell.hyperlink().map(|l| {
                let id = Some(l.id().to_owned()).filter(|id| !id.ends_with("_alacritty"));
                (id, l.uri().to_owned())
            }),
        }
        .visible()
    }

    pub fn assert_shows(&self, frame: &Frame) {
        let size = frame.size();
        for y in 0..size.rows {
            let row = apart(frame.row(y), &Capabilities::full());
            for (x, cell) in (0..).zip(&row) {
                let (mut want, mut have) = (wanted(cell), self.seen(x, y));
                if cell.width == Width::Tail {
                    // Shows nothing of its own.
                    want = Seen { ch: ' ', ..want };
                    have = Seen { ch: ' ', ..want.clone() };
                    assert_eq!(self.seen(x, y).width, Width::Tail, "at {x},{y}");
                }
                assert_eq!(have, want, "at {x},{y} of {size:?}");
            }
        }
        let visible = self.term.mode().contains(TermMode::SHOW_CURSOR);
        assert_eq!(visible, frame.cursor.is_some_and(|c| c.visible), "cursor visible");
        if let Some(cursor) = frame.cursor {
            let at = self.term.grid().cursor.point;
            assert_eq!((at.column.0, at.line.0), (cursor.at.x.into(), i32::from(cursor.at.y)));
            if !cursor.visible {
                return;
            }
            let style = self.term.cursor_style();
            let shape = match cursor.shape {
                CursorShape::Default | CursorShape::Block => AnsiShape::Block,
                CursorShape::Underline => AnsiShape::Underline,
                CursorShape::Bar => AnsiShape::Beam,
            };
            assert_eq!(style.shape, shape);
            if cursor.shape != CursorShape::Default {
                assert_eq!(style.blinking, cursor.blinking);
            }
        }
    }
}

/// What a terminal that counts code points shows of a row.
pub fn apart(row: &[Cell], caps: &Capabilities) -> Vec<Cell> {
    let mut out = Vec::new();
    super::row::repair(row, caps, &mut out);
    for x in 0..out.len() {
        let cell = out[x].clone();
        if cell.width != Width::Two || cluster::columns(cell.ch) == Some(2) {
            continue;
        }
        // Narrow, then a blank or the other half of a flag.
        let mut left = cell.extra.as_deref().cloned().unwrap_or_default();
        let marks = std::mem::take(&mut left.combining);
        let plain = (left != Extra::default()).then(|| Arc::new(left.clone()));
        let half = marks.first().copied().filter(|&half| cluster::is_regional(half));
        let second = half.unwrap_or(' ');
        let (first, rest) =
            if half.is_some() { (vec![], &marks[1..]) } else { (marks.clone(), &[][..]) };
        let with = |combining: Vec<char>| {
            let extra = Extra { combining, ..left.clone() };
            (extra != Extra::default()).then(|| Arc::new(extra))
        };
        out[x] = Cell { width: Width::One, extra: with(first), ..cell.clone() };
        let extra = if half.is_some() { with(rest.to_vec()) } else { plain };
        out[x + 1] = Cell { ch: second, width: Width::One, style: cell.style, extra };
    }
    out
}
