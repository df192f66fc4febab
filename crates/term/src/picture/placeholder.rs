//! Placeholders that programs print: cells that stand for a part of a picture, wherever they are.
//! The foreground colour says of which, combining characters of which row and column of it; what
//! is left out follows from the cell on the left.

use crate::state::screen::Screen;
use segno_base::screen::cell::{Cell, ColorKind};
use segno_base::screen::frame::Frame;
use segno_base::screen::geometry::{Point, Rect};
use segno_base::screen::picture::{Placed, UNDER};
use segno_base::screen::placeholder::number;

/// What a placeholder stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Spot {
    /// The lower and the highest bits of the picture's name.
    low: u32,
    high: u32,
    row: u16,
    col: u16,
}

/// What a cell stands for, when it is a placeholder.
fn spot(cell: &Cell, left: Option<Spot>) -> Option<Spot> {
    if cell.ch != UNDER {
        return None;
    }
    let low = match cell.style.fg.kind() {
        ColorKind::Default => return None,
        ColorKind::Indexed(index) => index.into(),
        ColorKind::Rgb(r, g, b) => u32::from_be_bytes([0, r, g, b]),
    };
    let marks = cell.extra.as_ref().map_or(&[][..], |extra| &extra.combining);
    let mut numbers = marks.iter().map(|mark| number(*mark));
    let mut given = || numbers.next().flatten();
    let (row, col, high) = (given(), given(), given().map(u32::from));
    let left = left.filter(|left| left.low == low && row.is_none_or(|row| row == left.row));
    let row = row.or(left.map(|left| left.row)).unwrap_or(0);
    let next = left.map(|left| left.col.saturating_add(1));
    let col = col.or(next).unwrap_or(0);
    let high = high.or(left.filter(|_| next == Some(col)).map(|left| left.high)).unwrap_or(0);
    Some(Spot { low, high, row, col })
}

impl Screen {
    /// Makes the placeholders in what was drawn of a screen cells under their pictures: each run of
    /// them is a part of one.
    pub(super) fn placeholders(&self, frame: &mut Frame, area: Rect, all: &mut Vec<(Placed, i32)>) {
        if self.pictures.templates.is_empty() {
            return;
        }
        for y in area.y..area.bottom() {
            let mut left = None;
            let mut known = false;
            for x in area.x..area.right() {
                let at = Point::new(x, y);
                let here = frame.get(at).and_then(|cell| spot(cell, left));
                let Some(here) = here else {
                    (left, known) = (None, false);
                    continue;
                };
                let goes_on = left == here.col.checked_sub(1).map(|col| Spot { col, ..here });
                left = Some(here);
                if known && goes_on {
                    if let Some((placed, _)) = all.last_mut() {
                        placed.seen.cols += 1;
                    }
                } else {
                    let placed = self.part_of_picture(here, at, area);
                    known = placed.is_some();
                    all.extend(placed.map(|placed| (placed, 0)));
                }
                if known {
                    frame.set(at, Cell { ch: UNDER, ..Cell::BLANK });
                }
            }
        }
    }

    /// A picture of which one cell is seen.
    fn part_of_picture(&self, spot: Spot, at: Point, area: Rect) -> Option<Placed> {
        let template = self.pictures.templates.get(&(spot.high << 24 | spot.low))?;
        let stored = self.pictures.stored.get(&template.of)?;
        let inside = spot.col < template.cols && spot.row < template.rows;
        inside.then(|| Placed {
            picture: stored.picture.clone(),
            x: i32::from(at.x) - i32::from(spot.col),
            y: i32::from(at.y) - i32::from(spot.row),
            cols: template.cols,
            rows: template.rows,
            part: template.part,
            cell: template.cell,
            area,
            seen: Rect::new(at.x, at.y, 1, 1),
        })
    }
}
