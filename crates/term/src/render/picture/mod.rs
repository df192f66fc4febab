//! Pictures on a client's terminal, each as that can show it: kitty's as cells that stand for parts
//! of them (placeholders) or in rectangles above the cells, sixel as it came, and a framed name for
//! all others.
//!
//! Placeholders are cells like any other: what covers, cuts or moves them needs nothing of its own.

mod name;
mod overlay;
mod placeholder;
mod sixel;
#[cfg(test)]
mod tests;

use std::sync::{Arc, Weak};

use super::renderer::Renderer;
use crate::CellPixels;
use segno_base::screen::cell::Cell;
use segno_base::screen::frame::Frame;
use segno_base::screen::geometry::Point;
use segno_base::screen::picture::{Encoding, Picture, Placed, UNDER};

/// How many pictures the terminal keeps for us.
const MAX_SENT: usize = 64;

/// What a client's terminal has of pictures.
#[derive(Debug, Default)]
pub(super) struct Pictures {
    sent: Vec<Sent>,
    /// Counts the pictures that were sent.
    count: u32,
    /// Those of sixel that the frame is to show.
    wanted: Vec<Placed>,
    /// And those that are shown.
    shown: Vec<Placed>,
    /// Of kitty's above the cells: the rectangles that are to be shown, and those that are.
    wanted_pieces: Vec<overlay::Piece>,
    shown_pieces: Vec<(u32, overlay::Piece)>,
    /// Counts them.
    piece_count: u32,
    /// What the terminal is to be sent, after the cells are drawn: clearing drops pictures.
    outgoing: Vec<u8>,
    /// What a cell of this terminal measures, where that is known.
    cell: Option<CellPixels>,
}

/// A picture that the terminal keeps.
#[derive(Debug)]
struct Sent {
    picture: Weak<Picture>,
    /// How many cells its placeholders take; `None` where rectangles of it are placed.
    cells: Option<(u16, u16)>,
    id: u32,
}

impl Renderer {
    /// What a cell of the terminal measures.
    pub fn set_cell_pixels(&mut self, cell: CellPixels) {
        self.pictures.cell = Some(cell);
    }

    /// Makes of a frame's pictures what the terminal can show. To be called for each frame before
    /// it is rendered, which sends the terminal the pictures that it does not have.
    pub fn present(&mut self, frame: &mut Frame) {
        let all = std::mem::take(&mut frame.pictures);
        if !self.knows_screen() {
            self.pictures.forget();
        }
        self.pictures.wanted.clear();
        self.pictures.wanted_pieces.clear();
        // What is on top comes first: it takes the cells that it covers.
        for placed in all.iter().rev() {
            let kitty = placed.picture.encoding != Encoding::Sixel;
            if kitty && placed.is_uncropped() && self.capabilities().placeholders() {
                let id = self.pictures.id(placed, &all, Some((placed.cols, placed.rows)));
                placeholder::fill(frame, placed, id);
            } else if kitty && self.capabilities().kitty_graphics {
                let id = self.pictures.id(placed, &all, None);
                let pieces = overlay::pieces(frame, placed, id, &self.pictures.wanted_pieces);
                self.pictures.wanted_pieces.extend(pieces);
            } else if self.draws_sixel(frame, placed) {
                self.pictures.wanted.push(placed.clone());
            } else {
                name::fill(frame, placed);
            }
        }
        frame.pictures = all;
    }

    /// Whether a sixel picture can be drawn: whole, in the cells that its program thought it would
    /// take, and not in the last row, where terminals scroll.
    fn draws_sixel(&self, frame: &Frame, placed: &Placed) -> bool {
        let fits = self
            .pictures
            .cell
            .is_none_or(|cell| cell.width >= placed.cell.0 && cell.height >= placed.cell.1);
        placed.picture.encoding == Encoding::Sixel
            && self.capabilities().sixel
            && fits
            && placed.is_whole()
            && placed.seen.bottom() < frame.size().rows
    }
}

impl Pictures {
    /// The terminal's name for a picture, which is sent when it is not there.
    /// `cells`: for placeholders in so many.
    fn id(&mut self, placed: &Placed, used: &[Placed], cells: Option<(u16, u16)>) -> u32 {
        let same = |sent: &&Sent| sent.shows(placed) && sent.cells == cells;
        if let Some(sent) = self.sent.iter().find(same) {
            return sent.id;
        }
        self.forget_unused(used);
        self.count += 1;
        let id = placeholder::id(self.count);
        placeholder::send(&placed.picture, id, cells, &mut self.outgoing);
        let picture = Arc::downgrade(&placed.picture);
        self.sent.push(Sent { picture, cells, id });
        id
    }

    /// Lets the terminal drop what no program has any more, and the oldest where there are many.
    fn forget_unused(&mut self, used: &[Placed]) {
        let out = &mut self.outgoing;
        let many = self.sent.len() >= MAX_SENT;
        self.sent.retain(|sent| {
            let gone = sent.picture.strong_count() == 0;
            let kept = !gone && (!many || used.iter().any(|placed| sent.shows(placed)));
            if !kept {
                placeholder::delete(sent.id, out);
            }
            kept
        });
    }

    /// The terminal will be cleared, and drops its pictures with that or on demand.
    fn forget(&mut self) {
        self.shown.clear();
        self.shown_pieces.clear();
        for sent in self.sent.drain(..) {
            placeholder::delete(sent.id, &mut self.outgoing);
        }
    }

    /// Whether there are any beside the cells, so that rows must not be moved.
    pub fn stand_beside(&self) -> bool {
        let sixel = !(self.wanted.is_empty() && self.shown.is_empty());
        sixel || !(self.wanted_pieces.is_empty() && self.shown_pieces.is_empty())
    }

    /// The cells are drawn: what is left of the pictures is too; whether the cursor went elsewhere.
    pub fn finish(&mut self, out: &mut Vec<u8>) -> bool {
        self.shown.clone_from(&self.wanted);
        self.take_away(out);
        out.append(&mut self.outgoing);
        self.put_up(out)
    }
}

impl Sent {
    fn shows(&self, placed: &Placed) -> bool {
        std::ptr::eq(self.picture.as_ptr(), Arc::as_ptr(&placed.picture))
    }
}

/// Gives the cells of a picture that are seen what they show, by their place in it.
fn fill(frame: &mut Frame, placed: &Placed, show: impl Fn(u16, u16) -> Cell) {
    for y in placed.seen.y..placed.seen.bottom() {
        for x in placed.seen.x..placed.seen.right() {
            let at = Point::new(x, y);
            if frame.get(at).is_some_and(is_under) {
                let col = (i32::from(x) - placed.x) as u16;
                let row = (i32::from(y) - placed.y) as u16;
                frame.set(at, show(col, row));
            }
        }
    }
}

/// Whether a cell waits for what its picture shows there.
fn is_under(cell: &Cell) -> bool {
    cell.ch == UNDER && cell.extra.is_none()
}
