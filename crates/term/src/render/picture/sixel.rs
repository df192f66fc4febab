//! Sixel pictures on a terminal: sent as they came, whole, and again where something else was in
//! one of their cells. What stands above them is text, which is drawn afterwards.

use super::{Pictures, is_under};
use crate::render::pen;
use crate::render::renderer::{Renderer, position};
use segno_base::screen::cell::Cell;
use segno_base::screen::frame::Frame;
use segno_base::screen::geometry::Point;
use segno_base::screen::picture::{Placed, UNDER};

impl Pictures {
    /// Those of sixel that have to be drawn, where the terminal shows this; all, when that is
    /// unknown.
    pub fn due(&self, shown: Option<&Frame>) -> Vec<Placed> {
        let is_shown = |placed: &Placed| {
            let under = |at: Point| shown.and_then(|frame| frame.get(at)).is_some_and(is_under);
            let seen = placed.seen;
            let mut rows = seen.y..seen.bottom();
            self.shown.contains(placed)
                && rows.all(|y| (seen.x..seen.right()).all(|x| under(Point::new(x, y))))
        };
        self.wanted.iter().filter(|placed| !is_shown(placed)).cloned().collect()
    }
}

impl Renderer {
    /// Draws a picture and notes it in what the terminal shows.
    pub(in crate::render) fn draw_sixel(
        &mut self,
        placed: &Placed,
        shown: &mut Frame,
        out: &mut Vec<u8>,
    ) {
        self.plain_pen(out);
        let seen = placed.seen;
        for y in seen.y..seen.bottom() {
            // Where the picture is clear, nothing is to show through.
            position(Point::new(seen.x, y), out);
            out.extend_from_slice(b"\x1b[");
            pen::number(seen.cols, out);
            out.push(b'X');
        }
        position(Point::new(seen.x, seen.y), out);
        out.extend_from_slice(b"\x1bP");
        out.extend_from_slice(&placed.picture.data);
        out.extend_from_slice(b"\x1b\\");
        self.lose_cursor();
        shown.fill(seen, &Cell { ch: UNDER, ..Cell::BLANK });
    }
}
