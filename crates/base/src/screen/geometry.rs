//! Sizes, points, rectangles and directions, counted in terminal cells from the top left.

use serde::{Deserialize, Serialize};

/// A size in cells.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Size {
    pub cols: u16,
    pub rows: u16,
}

impl Size {
    /// The smallest grid an emulator is given: below two columns wide characters cannot be placed.
    pub const MIN: Size = Size { cols: 2, rows: 1 };
    /// The largest size accepted from a client, so that no peer can make a grid exhaust memory.
    pub const MAX: Size = Size { cols: 1000, rows: 1000 };

    pub const fn new(cols: u16, rows: u16) -> Self {
        Size { cols, rows }
    }

    /// This size within [`Size::MIN`] and [`Size::MAX`].
    pub fn clamped(self) -> Self {
        Size {
            cols: self.cols.clamp(Self::MIN.cols, Self::MAX.cols),
            rows: self.rows.clamp(Self::MIN.rows, Self::MAX.rows),
        }
    }
}

/// A cell's place: `x` is the column, `y` the row.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Point {
    pub x: u16,
    pub y: u16,
}

impl Point {
    pub const fn new(x: u16, y: u16) -> Self {
        Point { x, y }
    }
}

/// A rectangle of cells; may be empty.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Rect {
    pub x: u16,
    pub y: u16,
    pub cols: u16,
    pub rows: u16,
}

impl Rect {
    pub const fn new(x: u16, y: u16, cols: u16, rows: u16) -> Self {
        Rect { x, y, cols, rows }
    }

    pub fn size(self) -> Size {
        Size::new(self.cols, self.rows)
    }

    /// The column right of the last one.
    pub fn right(self) -> u16 {
        self.x.saturating_add(self.cols)
    }

    /// The row below the last one.
    pub fn bottom(self) -> u16 {
        self.y.saturating_add(self.rows)
    }

    pub fn is_empty(self) -> bool {
        self.cols == 0 || self.rows == 0
    }

    pub fn contains(self, p: Point) -> bool {
        p.x >= self.x && p.x < self.right() && p.y >= self.y && p.y < self.bottom()
    }
}

/// A side of a pane.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Direction {
    Left,
    Right,
    Up,
    Down,
}

/// How a split lays out its children.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Axis {
    /// Side by side, a vertical line between them.
    Row,
    /// One above the other.
    Column,
}

impl Direction {
    /// The axis along which this direction moves.
    pub fn axis(self) -> Axis {
        match self {
            Direction::Left | Direction::Right => Axis::Row,
            Direction::Up | Direction::Down => Axis::Column,
        }
    }
}
