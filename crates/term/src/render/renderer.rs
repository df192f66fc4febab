//! One client's terminal: what it shows, and the bytes that bring it to show the next frame.

use std::ops::Range;

use super::capabilities::Capabilities;
use super::pen::{self, Pen};
use super::picture::Pictures;
use super::row::{self, Normal};
use super::{scroll, session};
use crate::input::TerminalReply;
use crate::state::modes::{Modes, MouseMode};
use segno_base::screen::cell::{Cell, Width};
use segno_base::screen::frame::{Cursor, CursorShape, Frame};
use segno_base::screen::geometry::{Point, Size};
use segno_base::screen::picture::UNDER;

/// Erasing blanks in a row's middle costs two sequences; below this many, drawing is shorter.
const MIN_ERASE: usize = 10;
/// Erasing to the row's end costs one.
const MIN_ERASE_TAIL: usize = 4;
/// Cells skipped by drawing them again, when moving over them takes more bytes.
const MAX_REDRAWN: u16 = 3;

/// How the terminal reports keys.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
struct Keyboard {
    /// The kitty protocol's flags.
    kitty: u8,
    /// The level of xterm's modifyOtherKeys.
    other_keys: u8,
    /// The keypad's keys are distinguished (DECKPAM).
    keypad: bool,
}

impl Keyboard {
    /// What distinguishes a program's modes most: its own protocol, with alternate keys for Segno
    /// itself, or the other one, from which its own can be made.
    fn for_program(modes: &Modes, caps: &Capabilities) -> Keyboard {
        /// What shift makes of keys, and where they stand: for Segno's own keys on every layout.
        const ALTERNATES: u8 = 0b100;
        /// Keys distinguished, with what shift makes of them: all that modifyOtherKeys reports.
        const DISTINGUISHED: u8 = 0b1 | ALTERNATES;
        let (mut kitty, mut other_keys) = (modes.kitty & 0b11111, modes.modify_other_keys.min(2));
        if caps.kitty_keyboard {
            kitty = match (kitty, other_keys) {
                (0, 0) => 0,
                (0, _) => DISTINGUISHED,
                (asked, _) => asked | ALTERNATES,
            };
            other_keys = 0;
        } else {
            other_keys = match (caps.modify_other_keys, kitty) {
                (false, _) => 0,
                (true, 0) => other_keys,
                (true, _) => 2,
            };
            kitty = 0;
        }
        Keyboard { kitty, other_keys, keypad: modes.app_keypad }
    }
}

/// Renders frames for one client.
#[derive(Debug)]
pub struct Renderer {
    caps: Capabilities,
    /// What the terminal shows, with only cells that it can show; none when unknown.
    shown: Option<Frame>,
    pen: Pen,
    /// Where the terminal's cursor is; none when that is uncertain.
    at: Option<Point>,
    cursor_visible: bool,
    cursor_form: (CursorShape, bool),
    title: Option<String>,
    mouse: Option<MouseMode>,
    keyboard: Keyboard,
    pub(super) pictures: Pictures,
    /// A frame had clusters, which are drawn by what is known of the terminal.
    has_clusters: bool,
    /// A row under repair, kept for its allocation.
    scratch: Vec<Cell>,
    /// Which rows of a frame differ, kept likewise.
    changed: Vec<bool>,
}

impl Renderer {
    /// For a terminal whose screen is unknown: the first frame paints all of it.
    pub fn new(caps: Capabilities) -> Renderer {
        Renderer {
            caps,
            shown: None,
            pen: Pen::default(),
            at: None,
            cursor_visible: true,
            cursor_form: (CursorShape::Default, false),
            title: None,
            mouse: None,
            keyboard: Keyboard::default(),
            pictures: Pictures::default(),
            has_clusters: false,
            scratch: Vec::new(),
            changed: Vec::new(),
        }
    }

    /// What is known of the terminal.
    pub fn capabilities(&self) -> &Capabilities {
        &self.caps
    }

    /// Learns from a reply of the terminal, repainting when that changes how things look.
    /// Afterwards [`Renderer::keyboard`] may have something to say that it could not before.
    pub fn apply_reply(&mut self, reply: &TerminalReply) {
        let clusters = self.caps.clusters;
        let looks = self.caps.apply_reply(reply);
        if looks || self.has_clusters && clusters != self.caps.clusters {
            self.invalidate();
        }
    }

    /// Forgets what the terminal shows: the next frame paints everything.
    pub fn invalidate(&mut self) {
        self.shown = None;
    }

    /// The terminal was resized, after which its contents are unknown even where it was resized
    /// back before the next frame.
    pub fn resize(&mut self, _size: Size) {
        self.invalidate();
    }

    /// Appends what makes the terminal show a frame; nothing when it does already.
    pub fn render(&mut self, frame: &Frame, out: &mut Vec<u8>) {
        self.render_rows(frame, 0..frame.size().rows, out);
    }

    /// The same for a frame that differs from the one before in these rows and the cursor only.
    pub fn render_rows(&mut self, frame: &Frame, rows: Range<u16>, out: &mut Vec<u8>) {
        let start = out.len();
        let was_visible = self.cursor_visible;
        self.begin(out);
        let begun = out.len();
        self.paint(frame, rows, out);
        if self.pictures.finish(out) {
            self.at = None;
        }
        let painted = out.len() > begun;
        if !painted {
            out.truncate(start);
            self.cursor_visible = was_visible;
        }
        self.place_cursor(frame, out);
        if painted && self.caps.synchronized_output {
            out.extend_from_slice(b"\x1b[?2026l");
        }
    }

    /// The terminal shows nothing, or no moving cursor, until the frame is complete.
    fn begin(&mut self, out: &mut Vec<u8>) {
        if self.caps.synchronized_output {
            out.extend_from_slice(b"\x1b[?2026h");
        } else if self.cursor_visible {
            out.extend_from_slice(b"\x1b[?25l");
            self.cursor_visible = false;
        }
    }

    fn paint(&mut self, frame: &Frame, rows: Range<u16>, out: &mut Vec<u8>) {
        let size = frame.size();
        let mut first = 0;
        let known = self.shown.take().filter(|shown| shown.size() == size);
        let due = self.pictures.due(known.as_ref());
        let mut shown = match known {
            Some(mut shown) => {
                due.iter().for_each(|placed| self.draw_sixel(placed, &mut shown, out));
                let changed = |y: u16| rows.contains(&y) && shown.row(y) != frame.row(y);
                self.changed.clear();
                self.changed.extend((0..size.rows).map(changed));
                let Some(top) = self.changed.iter().position(|changed| *changed) else {
                    self.shown = Some(shown);
                    return;
                };
                let last = self.changed.iter().rposition(|changed| *changed).unwrap_or(top);
                first = top as u16;
                if self.caps.scroll_regions
                    && !self.pictures.stand_beside()
                    && let Some(scroll) = scroll::find(&shown, frame, first, last as u16)
                {
                    // Rows have other neighbours now.
                    self.changed.fill(true);
                    self.scroll(scroll, size, out);
                    scroll::apply(scroll, &mut shown);
                }
                shown
            }
            None => {
                if self.caps.hyperlinks {
                    out.extend_from_slice(b"\x1b]8;;\x1b\\");
                }
                out.extend_from_slice(b"\x1b[m\x1b[r\x1b[H\x1b[2J");
                self.pen.forget();
                self.at = Some(Point::new(0, 0));
                // The cursor's state is as unknown as the rest.
                out.extend_from_slice(b"\x1b[?25l");
                self.cursor_visible = false;
                self.cursor_form = (CursorShape::Default, false);
                out.extend_from_slice(b"\x1b[0 q");
                self.changed.clear();
                self.changed.resize(size.rows.into(), true);
                let mut shown = Frame::new(size);
                due.iter().for_each(|placed| self.draw_sixel(placed, &mut shown, out));
                shown
            }
        };
        // A scroll starts at a changed row at the earliest.
        for y in first..size.rows {
            if self.changed[usize::from(y)] && shown.row(y) != frame.row(y) {
                self.row(y, shown.row_mut(y), frame.row(y), out);
            }
        }
        self.shown = Some(shown);
    }

    /// Lets the terminal move rows; the rows that come free are blank.
    fn scroll(&mut self, scroll: scroll::Scroll, size: Size, out: &mut Vec<u8>) {
        self.pen.plain(out);
        let whole = scroll.top == 0 && scroll.bottom == size.rows;
        if !whole {
            out.extend_from_slice(b"\x1b[");
            pen::number(scroll.top + 1, out);
            out.push(b';');
            pen::number(scroll.bottom, out);
            out.push(b'r');
        }
        out.extend_from_slice(b"\x1b[");
        pen::number(u16::try_from(scroll.by.unsigned_abs()).unwrap_or(u16::MAX), out);
        out.push(if scroll.by > 0 { b'S' } else { b'T' });
        if !whole {
            out.extend_from_slice(b"\x1b[r");
        }
        self.at = None;
    }

    /// Makes the pen the default.
    pub(super) fn plain_pen(&mut self, out: &mut Vec<u8>) {
        self.pen.plain(out);
    }

    /// Whether it is known what the terminal shows; what is not is cleared.
    pub(super) fn knows_screen(&self) -> bool {
        self.shown.is_some()
    }

    /// The cursor is somewhere.
    pub(super) fn lose_cursor(&mut self) {
        self.at = None;
    }

    /// Brings one row from what is shown to what is wanted.
    fn row(&mut self, y: u16, old: &mut [Cell], wanted: &[Cell], out: &mut Vec<u8>) {
        let mut scratch = std::mem::take(&mut self.scratch);
        let new = match row::normal(wanted) {
            Normal::Already => wanted,
            Normal::Repairable => {
                self.has_clusters = true;
                row::repair(wanted, &self.caps, &mut scratch);
                spoil(old, &scratch);
                scratch.as_slice()
            }
        };
        if let Some(first) = (0..new.len()).find(|x| differs(&old[*x], &new[*x])) {
            let last = (first..new.len()).rev().find(|x| differs(&old[*x], &new[*x]));
            self.cells(y, old, new, first, last.unwrap_or(first), out);
        }
        old.clone_from_slice(new);
        self.scratch = scratch;
    }

    /// Draws the cells that differ, all of them from `first` to `last`.
    fn cells(
        &mut self,
        y: u16,
        old: &[Cell],
        new: &[Cell],
        first: usize,
        last: usize,
        out: &mut Vec<u8>,
    ) {
        let tail = self.blanks_before(new, new.len());
        let mut x = first;
        while x <= last {
            let cell = &new[x];
            if !differs(&old[x], cell) {
                x += 1;
                continue;
            }
            self.go(x as u16, y, new, out);
            if x >= tail && last - x + 1 >= MIN_ERASE_TAIL {
                self.pen.blank(cell.style.bg, &self.caps, out);
                out.extend_from_slice(b"\x1b[K");
                return;
            }
            if pen::is_blank(cell) {
                let run = self.erasable(&new[x..=last]);
                self.pen.blank(cell.style.bg, &self.caps, out);
                if run >= MIN_ERASE {
                    out.extend_from_slice(b"\x1b[");
                    pen::number(run as u16, out);
                    out.push(b'X');
                    x += run;
                } else {
                    out.push(b' ');
                    self.advance(1, new.len());
                    x += 1;
                }
                continue;
            }
            x += match self.plain_run(&old[x..=last], &new[x..=last]) {
                0 => self.draw(cell, new.len(), out),
                run => {
                    self.pen.cell(cell, &self.caps, out);
                    out.extend(new[x..x + run].iter().map(|cell| cell.ch as u8));
                    self.advance(run as u16, new.len());
                    run
                }
            };
        }
    }

    /// How many cells from the start have to be drawn and need nothing but their character: most
    /// of every screen.
    fn plain_run(&self, old: &[Cell], new: &[Cell]) -> usize {
        let style = new[0].style;
        let plain = |(old, new): &(&Cell, &Cell)| {
            ('!'..='~').contains(&new.ch)
                && new.style == style
                && new.extra.is_none()
                && (old.ch != new.ch || old != new)
        };
        old.iter().zip(new).take_while(plain).count()
    }

    /// Draws one cell that is not blank; returns its columns.
    fn draw(&mut self, cell: &Cell, cols: usize, out: &mut Vec<u8>) -> usize {
        self.pen.cell(cell, &self.caps, out);
        let width = if cell.width == Width::Two { 2 } else { 1 };
        if row::may_fall_short(cell)
            && let Some(at) = self.at
        {
            out.extend_from_slice(&b"  "[..width.into()]);
            position(at, out);
        }
        if cell.ch.is_ascii() {
            out.push(cell.ch as u8);
        } else if cell.ch == UNDER && cell.extra.is_none() {
            // The picture comes above it.
            out.push(b' ');
        } else {
            out.extend_from_slice(cell.ch.encode_utf8(&mut [0; 4]).as_bytes());
        }
        self.advance(width, cols);
        if let Some(extra) = &cell.extra {
            for c in &extra.combining {
                out.extend_from_slice(c.encode_utf8(&mut [0; 4]).as_bytes());
            }
        }
        // Where terminals disagree on the width, only an absolute move is safe.
        if row::is_uncertain(cell, &self.caps) {
            self.at = None;
        }
        width as usize
    }

    /// The start of the blanks, of one background and erasable, that end before `end`.
    fn blanks_before(&self, cells: &[Cell], end: usize) -> usize {
        let Some(bg) = end.checked_sub(1).map(|x| cells[x].style.bg) else { return end };
        let blank = |cell: &&Cell| pen::is_blank(cell) && cell.style.bg == bg;
        end - cells[..end].iter().rev().take_while(blank).take_while(|c| self.erases(c)).count()
    }

    /// How many cells from the start can be erased at once.
    fn erasable(&self, cells: &[Cell]) -> usize {
        let bg = cells[0].style.bg;
        let blank = |cell: &&Cell| pen::is_blank(cell) && cell.style.bg == bg;
        cells.iter().take_while(blank).take_while(|c| self.erases(c)).count()
    }

    /// Whether erasing gives a cell this background.
    fn erases(&self, cell: &Cell) -> bool {
        self.caps.background_erase || cell.style.bg == segno_base::screen::cell::Color::Default
    }

    /// The cursor moved by drawing. At the margin terminals differ in where it is.
    fn advance(&mut self, width: u16, cols: usize) {
        self.at = self.at.and_then(|at| {
            let x = at.x + width;
            (usize::from(x) < cols).then_some(Point::new(x, at.y))
        });
    }

    /// Moves the cursor, in the fewest bytes, also by drawing again what it passes (`row` holds
    /// that row's wanted cells, which are shown up to the target).
    fn go(&mut self, x: u16, y: u16, row: &[Cell], out: &mut Vec<u8>) {
        let to = Point::new(x, y);
        let Some(at) = self.at else {
            self.at = Some(to);
            return position(to, out);
        };
        self.at = Some(to);
        if at == to {
            return;
        }
        if at.y != y {
            if x == 0 && y == at.y + 1 {
                return out.extend_from_slice(b"\r\n");
            }
            return position(to, out);
        }
        if x < at.x {
            if x == 0 {
                return out.push(b'\r');
            }
            return step(at.x - x, b'D', out);
        }
        let passed = row.get(usize::from(at.x)..usize::from(x)).unwrap_or(&[]);
        let redrawable = |cell: &Cell| {
            cell.width == Width::One
                && (' '..='~').contains(&cell.ch)
                && cell.extra.is_none()
                && self.pen.draws(cell.style)
        };
        if !passed.is_empty() && x - at.x <= MAX_REDRAWN && passed.iter().all(redrawable) {
            return out.extend(passed.iter().map(|cell| cell.ch as u8));
        }
        step(x - at.x, b'C', out);
    }

    /// Puts the cursor where the frame has it. A hidden one is placed as well, since that is where
    /// an input method of the terminal opens.
    fn place_cursor(&mut self, frame: &Frame, out: &mut Vec<u8>) {
        let size = frame.size();
        let inside = |c: &Cursor| c.at.x < size.cols && c.at.y < size.rows;
        let Some(cursor) = frame.cursor.filter(inside) else {
            if self.cursor_visible {
                out.extend_from_slice(b"\x1b[?25l");
                self.cursor_visible = false;
            }
            return;
        };
        if !cursor.visible && self.cursor_visible {
            out.extend_from_slice(b"\x1b[?25l");
            self.cursor_visible = false;
        }
        if self.at != Some(cursor.at) {
            self.go(cursor.at.x, cursor.at.y, &[], out);
        }
        if !cursor.visible {
            return;
        }
        let form = match cursor.shape {
            CursorShape::Default => (CursorShape::Default, false),
            shape => (shape, cursor.blinking),
        };
        if form != self.cursor_form {
            self.cursor_form = form;
            // DECSCUSR: odd numbers blink.
            let number = match form.0 {
                CursorShape::Default => 0,
                CursorShape::Block => 2,
                CursorShape::Underline => 4,
                CursorShape::Bar => 6,
            } - u16::from(form.1);
            out.extend_from_slice(b"\x1b[");
            pen::number(number, out);
            out.extend_from_slice(b" q");
        }
        if !self.cursor_visible {
            out.extend_from_slice(b"\x1b[?25h");
            self.cursor_visible = true;
        }
    }

    /// Asks the terminal to report keys as the focused pane's program asked for them, so that it
    /// gets what it would get without Segno; appends nothing when that is in force already, or
    /// when the terminal is not known to have it (yet).
    pub fn keyboard(&mut self, program: &Modes, out: &mut Vec<u8>) {
        let wanted = Keyboard::for_program(program, &self.caps);
        if wanted.keypad != self.keyboard.keypad {
            out.extend_from_slice(if wanted.keypad { b"\x1b=" } else { b"\x1b>" });
        }
        if wanted.kitty != self.keyboard.kitty {
            // Set exactly these, on the alternate screen, which has its own stack of flags.
            out.extend_from_slice(b"\x1b[=");
            pen::number(wanted.kitty.into(), out);
            out.extend_from_slice(b";1u");
        }
        if wanted.other_keys != self.keyboard.other_keys {
            out.extend_from_slice(b"\x1b[>4");
            if wanted.other_keys > 0 {
                out.push(b';');
                pen::number(wanted.other_keys.into(), out);
            }
            out.push(b'm');
        }
        self.keyboard = wanted;
    }

    /// Asks for the mouse events that the focused pane and Segno itself need.
    pub fn mouse(&mut self, mode: MouseMode, out: &mut Vec<u8>) {
        if self.mouse != Some(mode) {
            self.mouse = Some(mode);
            session::mouse(mode, out);
        }
    }

    /// Sets the window's title, if it differs from the last one set.
    pub fn set_title(&mut self, title: &str, out: &mut Vec<u8>) {
        if self.title.as_deref() != Some(title) {
            self.title = Some(title.to_owned());
            session::title(title, out);
        }
    }
}

/// Forgets of a shown row what drawing the wanted one overwrites on the way.
fn spoil(old: &mut [Cell], new: &[Cell]) {
    for x in 1..new.len() {
        if row::overreaches(&new[x - 1]) && differs(&old[x - 1], &new[x - 1]) {
            old[x] = Cell { ch: '\0', ..Cell::BLANK };
        }
    }
}

/// Whether a cell has to be drawn. A wide character's right half comes with its left.
fn differs(old: &Cell, new: &Cell) -> bool {
    old != new
        && new.width != Width::Tail
        && !(old.style.bg == new.style.bg && pen::is_blank(old) && pen::is_blank(new))
}

/// CUP, without the numbers that are its defaults.
pub(super) fn position(to: Point, out: &mut Vec<u8>) {
    out.extend_from_slice(b"\x1b[");
    if to != Point::new(0, 0) {
        pen::number(to.y.saturating_add(1), out);
        if to.x > 0 {
            out.push(b';');
            pen::number(to.x.saturating_add(1), out);
        }
    }
    out.push(b'H');
}

/// CUF or CUB.
fn step(n: u16, last: u8, out: &mut Vec<u8>) {
    out.extend_from_slice(b"\x1b[");
    if n > 1 {
        pen::number(n, out);
    }
    out.push(last);
}
