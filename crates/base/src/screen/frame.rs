//! A whole screen of cells with its cursor: what one client is to show.
//!
//! Built by the view, filled by emulators, diffed by the renderer.

use std::sync::Arc;

use crate::screen::cell::{Cell, Extra, Style, Width};
use crate::screen::cluster;
use crate::screen::geometry::{Point, Rect, Size};
use crate::screen::picture::Placed;
use crate::text::plain_text;

/// The cursor's form (DECSCUSR).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum CursorShape {
    /// Whatever the outer terminal's user configured.
    #[default]
    Default,
    Block,
    Underline,
    Bar,
}

/// A cursor. A hidden one has its place too: input methods open there.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Cursor {
    pub at: Point,
    pub shape: CursorShape,
    pub blinking: bool,
    pub visible: bool,
}

impl Cursor {
    /// A visible cursor that stands still.
    pub fn steady(at: Point, shape: CursorShape) -> Cursor {
        Cursor { at, shape, blinking: false, visible: true }
    }
}

/// How many characters of a text a cell holds besides its first.
const MAX_MARKS: usize = 16;

/// Characters that change the order or the breaking of what follows: nothing for a text of one
/// line, whose author may be anybody.
fn hides(ch: char) -> bool {
    !plain_text::is_plain(ch)
        || matches!(ch, '\u{200b}' | '\u{200c}' | '\u{180e}' | '\u{feff}' | '\u{2060}'..='\u{206f}')
}

/// A rectangle of cells, row by row, with an optional cursor.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Frame {
    size: Size,
    cells: Vec<Cell>,
    pub cursor: Option<Cursor>,
    /// The pictures on it, a later one above earlier ones.
    pub pictures: Vec<Placed>,
}

impl Frame {
    /// A blank frame.
    pub fn new(size: Size) -> Frame {
        Frame {
            size,
            cells: vec![Cell::BLANK; size.cols as usize * size.rows as usize],
            cursor: None,
            pictures: Vec::new(),
        }
    }

    pub fn size(&self) -> Size {
        self.size
    }

    /// The whole frame as a rectangle.
    pub fn area(&self) -> Rect {
        Rect::new(0, 0, self.size.cols, self.size.rows)
    }

    /// The cells of a row, empty when there is no such row.
    pub fn row(&self, y: u16) -> &[Cell] {
        let cols = self.size.cols as usize;
        let start = y as usize * cols;
        self.cells.get(start..start + cols).unwrap_or(&[])
    }

    /// The cells of a row to write to, empty when there is no such row.
    pub fn row_mut(&mut self, y: u16) -> &mut [Cell] {
        let cols = self.size.cols as usize;
        let start = y as usize * cols;
        self.cells.get_mut(start..start + cols).unwrap_or(&mut [])
    }

    pub fn get(&self, at: Point) -> Option<&Cell> {
        self.row(at.y).get(at.x as usize)
    }

    /// Replaces a cell; outside the frame it does nothing. Cuts wide characters that it hits.
    pub fn set(&mut self, at: Point, cell: Cell) {
        let row = self.row_mut(at.y);
        let x = at.x as usize;
        if x >= row.len() {
            return;
        }
        if row[x].width == Width::Tail && cell.width != Width::Tail && x > 0 {
            row[x - 1] = Cell::new(' ', row[x - 1].style);
        }
        if row[x].width == Width::Two && cell.width != Width::Two && x + 1 < row.len() {
            row[x + 1] = Cell::new(' ', row[x + 1].style);
        }
        row[x] = cell;
    }

    /// Fills a rectangle, cut to the frame.
    pub fn fill(&mut self, area: Rect, cell: &Cell) {
        for y in area.y..area.bottom().min(self.size.rows) {
            for x in area.x..area.right().min(self.size.cols) {
                self.set(Point::new(x, y), cell.clone());
            }
        }
    }

    /// Writes a text in one style from a point, at most `max` columns wide; returns the columns
    /// used. Control characters are skipped, a wide cluster that does not fit ends the text.
    pub fn text(&mut self, at: Point, text: &str, style: Style, max: u16) -> u16 {
        let max = max.min(self.size.cols.saturating_sub(at.x));
        let mut used = 0;
        for (cluster, columns) in cluster::clusters(text) {
            let width = columns as u16;
            if used + width > max {
                break;
            }
            let mut chars = cluster.chars();
            let ch = chars.next().unwrap_or(' ');
            let combining: Vec<char> = chars.filter(|ch| !hides(*ch)).take(MAX_MARKS).collect();
            let extra =
                (!combining.is_empty()).then(|| Arc::new(Extra { combining, ..Extra::default() }));
            let x = at.x + used;
            let whole = if width == 2 { Width::Two } else { Width::One };
            self.set(Point::new(x, at.y), Cell { width: whole, extra, ..Cell::new(ch, style) });
            if width == 2 {
                let tail = Cell { width: Width::Tail, ..Cell::new(' ', style) };
                self.set(Point::new(x + 1, at.y), tail);
            }
            used += width;
        }
        used
    }
}
