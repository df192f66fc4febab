//! Kitty's pictures above the cells, for terminals without placeholders: a picture is cut into the
//! rectangles of it that nothing covers, and each is placed by itself.

use super::{Pictures, is_under};
use crate::render::renderer::position;
use segno_base::screen::frame::Frame;
use segno_base::screen::geometry::{Point, Rect};
use segno_base::screen::picture::{Part, Placed};

/// The most rectangles of one picture; what is covered so much is not worth more.
const MAX_PIECES: usize = 100;

/// A rectangle of a picture on the screen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Piece {
    id: u32,
    cells: Rect,
    part: Part,
}

/// The cells of a picture that are seen and not taken by others, as rectangles.
pub(super) fn pieces(frame: &Frame, placed: &Placed, id: u32, taken: &[Piece]) -> Vec<Piece> {
    let free = |at: Point| {
        let under = frame.get(at).is_some_and(is_under);
        under && !taken.iter().any(|piece| piece.cells.contains(at))
    };
    let mut open: Vec<Rect> = Vec::new();
    let mut done: Vec<Rect> = Vec::new();
    for y in placed.seen.y..placed.seen.bottom() {
        let mut rows = Vec::new();
        let mut x = placed.seen.x;
        while x < placed.seen.right() {
            let start = x;
            while x < placed.seen.right() && free(Point::new(x, y)) {
                x += 1;
            }
            if x > start {
                rows.push((start, x - start));
            }
            x += 1;
        }
        // A rectangle goes on where the next row has the same columns.
        let (grown, ended): (Vec<Rect>, Vec<Rect>) =
            open.into_iter().partition(|rect| rows.contains(&(rect.x, rect.cols)));
        done.extend(ended);
        rows.retain(|(x, cols)| !grown.iter().any(|rect| (rect.x, rect.cols) == (*x, *cols)));
        open = grown.into_iter().map(|rect| Rect { rows: rect.rows + 1, ..rect }).collect();
        open.extend(rows.into_iter().map(|(x, cols)| Rect::new(x, y, cols, 1)));
    }
    done.extend(open);
    let piece = |cells: Rect| Some(Piece { id, cells, part: part(placed, cells)? });
    done.into_iter().filter_map(piece).take(MAX_PIECES).collect()
}

/// The part of the picture that is shown in some of its cells.
fn part(placed: &Placed, cells: Rect) -> Option<Part> {
    let scale = |cells: u32, pixels: u32, all: u16| {
        (u64::from(cells) * u64::from(pixels) / u64::from(all.max(1))) as u32
    };
    let whole = placed.part;
    let left = (i32::from(cells.x) - placed.x) as u32;
    let top = (i32::from(cells.y) - placed.y) as u32;
    let x = |at: u32| scale(at, whole.width, placed.cols);
    let y = |at: u32| scale(at, whole.height, placed.rows);
    let (right, bottom) = (left + u32::from(cells.cols), top + u32::from(cells.rows));
    let (width, height) = (x(right) - x(left), y(bottom) - y(top));
    let part = Part { x: whole.x + x(left), y: whole.y + y(top), width, height };
    (width > 0 && height > 0).then_some(part)
}

impl Pictures {
    /// Removes the rectangles that are not wanted any more.
    pub(super) fn take_away(&mut self, out: &mut Vec<u8>) {
        let wanted = &self.wanted_pieces;
        self.shown_pieces.retain(|(name, piece)| {
            let kept = wanted.contains(piece);
            if !kept {
                let id = piece.id;
                out.extend_from_slice(
                    format!("\x1b_Ga=d,d=i,q=2,i={id},p={name}\x1b\\").as_bytes(),
                );
            }
            kept
        });
    }

    /// Places those that are not there yet; whether the cursor went elsewhere for it.
    pub(super) fn put_up(&mut self, out: &mut Vec<u8>) -> bool {
        let mut moved = false;
        for piece in &self.wanted_pieces {
            if self.shown_pieces.iter().any(|(_, shown)| shown == piece) {
                continue;
            }
            self.piece_count += 1;
            let Piece { id, cells, part } = piece;
            let Part { x, y, width, height } = part;
            position(Point::new(cells.x, cells.y), out);
            let (name, cols, rows) = (self.piece_count, cells.cols, cells.rows);
            out.extend_from_slice(
                format!(
                    "\x1b_Ga=p,q=2,C=1,i={id},p={name},c={cols},r={rows},x={x},y={y},w={width},h={height}\x1b\\"
                )
                .as_bytes(),
            );
            self.shown_pieces.push((name, piece.clone()));
            moved = true;
        }
        moved
    }
}
