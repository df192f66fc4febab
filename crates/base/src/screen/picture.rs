//! Pictures on a screen: their data as programs sent it, and where they are seen.
//!
//! Plain data. Cells under a picture hold [`UNDER`]; what they show instead is up to what a
//! client's terminal can draw.

use std::sync::Arc;

use crate::screen::geometry::Rect;

/// The character of a cell under a picture. Without combining characters it stands for a part of
/// the picture that is placed there; no program's output leads to it.
pub const UNDER: char = '\u{10eeee}';

/// How a picture's data is to be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Encoding {
    /// A PNG file (kitty's format 100).
    Png,
    /// Three bytes for each pixel (24).
    Rgb,
    /// Four bytes for each pixel (32).
    Rgba,
    /// A device control string, from its parameters on.
    Sixel,
}

/// A picture as a program sent it; its data is not decoded.
#[derive(Debug, PartialEq, Eq)]
pub struct Picture {
    pub encoding: Encoding,
    /// Pixels are compressed (zlib).
    pub compressed: bool,
    /// In pixels.
    pub width: u32,
    pub height: u32,
    pub data: Vec<u8>,
}

impl Picture {
    /// What stands where a terminal cannot draw it.
    pub fn name(&self) -> String {
        let kind = match self.encoding {
            Encoding::Png => "PNG",
            Encoding::Rgb | Encoding::Rgba => "picture",
            Encoding::Sixel => "sixel",
        };
        format!("{kind} {}×{}", self.width, self.height)
    }
}

/// A part of a picture, in pixels.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Part {
    pub x: u32,
    pub y: u32,
    pub width: u32,
    pub height: u32,
}

/// A picture on a frame.
#[derive(Debug, Clone)]
pub struct Placed {
    pub picture: Arc<Picture>,
    /// Its first column and row; outside of the frame when only a part of it is seen.
    pub x: i32,
    pub y: i32,
    /// Its size in cells.
    pub cols: u16,
    pub rows: u16,
    /// The part of the picture that is placed there.
    pub part: Part,
    /// What a cell measured for the program that placed it, as width and height in pixels.
    pub cell: (u16, u16),
    /// The screen that it is on.
    pub area: Rect,
    /// The part of its cells that is on that screen.
    pub seen: Rect,
}

impl Placed {
    /// Whether all of the picture is placed there.
    pub fn is_uncropped(&self) -> bool {
        (self.part.width, self.part.height) == (self.picture.width, self.picture.height)
    }

    /// Whether nothing of it is cut off.
    pub fn is_whole(&self) -> bool {
        i32::from(self.seen.y) == self.y
            && (self.seen.cols, self.seen.rows) == (self.cols, self.rows)
    }
}

impl PartialEq for Placed {
    fn eq(&self, other: &Placed) -> bool {
        let place = |p: &Placed| (p.x, p.y, p.cols, p.rows, p.part, p.area, p.seen);
        Arc::ptr_eq(&self.picture, &other.picture) && place(self) == place(other)
    }
}

impl Eq for Placed {}
