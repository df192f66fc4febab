//! Where a pane floats above a tab: a share of the tab's area, so that it fits any terminal.
//!
//! Invariants (kept by every operation, restored when stored shares break them, property-tested):
//! the rectangle lies within the area, and has at least [`COLS_MIN`] by [`ROWS_MIN`] cells, or
//! the whole area where that is smaller.

use serde::{Deserialize, Serialize};

use segno_base::screen::geometry::{Direction, Point, Rect};

/// With its border.
pub const COLS_MIN: u16 = 16;
pub const ROWS_MIN: u16 = 5;
/// The area's width and height in shares: far finer than the cells of any terminal.
const WHOLE: u16 = 10_000;

/// A floating pane's place, its border included.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "Shares")]
pub struct Floating {
    x: u16,
    y: u16,
    cols: u16,
    rows: u16,
}

/// As it is stored; anything goes.
#[derive(Deserialize)]
#[serde(default)]
struct Shares {
    x: u16,
    y: u16,
    cols: u16,
    rows: u16,
}

impl Default for Shares {
    fn default() -> Shares {
        let Floating { x, y, cols, rows } = Floating::default();
        Shares { x, y, cols, rows }
    }
}

impl From<Shares> for Floating {
    fn from(shares: Shares) -> Floating {
        let (cols, rows) = (shares.cols.clamp(1, WHOLE), shares.rows.clamp(1, WHOLE));
        Floating { x: shares.x.min(WHOLE - cols), y: shares.y.min(WHOLE - rows), cols, rows }
    }
}

/// The ready-made places: in the middle, with the tab still to be seen around it; then a half.
const PLACES: [Floating; 5] = [
    Floating { x: WHOLE / 10, y: WHOLE / 10, cols: WHOLE / 10 * 8, rows: WHOLE / 10 * 8 },
    Floating { x: WHOLE / 2, y: 0, cols: WHOLE / 2, rows: WHOLE },
    Floating { x: 0, y: WHOLE / 2, cols: WHOLE, rows: WHOLE / 2 },
    Floating { x: 0, y: 0, cols: WHOLE / 2, rows: WHOLE },
    Floating { x: 0, y: 0, cols: WHOLE, rows: WHOLE / 2 },
];

impl Default for Floating {
    fn default() -> Floating {
        PLACES[0]
    }
}

/// What of a floating pane's border the mouse holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Grip {
    /// The upper edge, this many columns from the left: it moves.
    Move { from_left: u16 },
    /// Other edges: these follow the pointer.
    Edges { side: Option<Direction>, bottom: bool },
}

impl Grip {
    /// What is held at a cell of the border of a rectangle.
    pub fn at(rect: Rect, at: Point) -> Grip {
        if at.y <= rect.y {
            return Grip::Move { from_left: at.x.saturating_sub(rect.x) };
        }
        let side = match at.x {
            x if x <= rect.x => Some(Direction::Left),
            x if x + 1 >= rect.right() => Some(Direction::Right),
            _ => None,
        };
        Grip::Edges { side, bottom: at.y + 1 >= rect.bottom() }
    }
}

impl Floating {
    /// Its cells in an area, with the border.
    pub fn rect(&self, area: Rect) -> Rect {
        let cols = cells(self.cols, area.cols).max(COLS_MIN).min(area.cols);
        let rows = cells(self.rows, area.rows).max(ROWS_MIN).min(area.rows);
        Rect::new(
            area.x + cells(self.x, area.cols).min(area.cols - cols),
            area.y + cells(self.y, area.rows).min(area.rows - rows),
            cols,
            rows,
        )
    }

    /// Lets what is held follow the pointer. Answers whether anything changed.
    pub fn drag(&mut self, grip: Grip, to: Point, area: Rect) -> bool {
        let before = self.rect(area);
        let mut rect = before;
        match grip {
            Grip::Move { from_left } => {
                rect.x = to.x.saturating_sub(from_left);
                rect.y = to.y;
            }
            Grip::Edges { side, bottom } => {
                match side {
                    Some(Direction::Left) => {
                        let x = to.x.clamp(area.x, before.right().saturating_sub(1).max(area.x));
                        let least = COLS_MIN.min(before.right() - area.x);
                        rect.cols = (before.right() - x).max(least);
                        rect.x = before.right() - rect.cols;
                    }
                    Some(_) => rect.cols = (to.x + 1).saturating_sub(rect.x),
                    None => {}
                }
                if bottom {
                    rect.rows = (to.y + 1).saturating_sub(rect.y);
                }
            }
        }
        self.place(rect, area, before)
    }

    /// Makes it wider (right), narrower (left), higher (down) or lower (up) around its middle.
    pub fn grow(&mut self, direction: Direction, by: u16, area: Rect) -> bool {
        let before = self.rect(area);
        let mut rect = before;
        match direction {
            Direction::Right => rect.cols = rect.cols.saturating_add(by),
            Direction::Left => rect.cols = rect.cols.saturating_sub(by).max(COLS_MIN),
            Direction::Down => rect.rows = rect.rows.saturating_add(by),
            Direction::Up => rect.rows = rect.rows.saturating_sub(by).max(ROWS_MIN),
        }
        // Cut to the area first, so that at its edges the middle stays.
        rect.cols = rect.cols.min(area.cols);
        rect.rows = rect.rows.min(area.rows);
        rect.x = (before.x + before.cols / 2).saturating_sub(rect.cols / 2);
        rect.y = (before.y + before.rows / 2).saturating_sub(rect.rows / 2);
        self.place(rect, area, before)
    }

    /// Goes to the next of some ready-made places; always another one.
    pub fn next_place(&mut self) -> bool {
        let now = PLACES.iter().position(|place| place == self);
        *self = PLACES[now.map_or(0, |at| (at + 1) % PLACES.len())];
        true
    }

    /// Takes over a rectangle of the area, put right where it does not fit.
    fn place(&mut self, wanted: Rect, area: Rect, before: Rect) -> bool {
        if area.is_empty() {
            return false;
        }
        let cols = wanted.cols.max(COLS_MIN).min(area.cols);
        let rows = wanted.rows.max(ROWS_MIN).min(area.rows);
        let x = wanted.x.saturating_sub(area.x).min(area.cols - cols);
        let y = wanted.y.saturating_sub(area.y).min(area.rows - rows);
        let shares = Shares {
            x: share(x, area.cols),
            y: share(y, area.rows),
            cols: share(cols, area.cols),
            rows: share(rows, area.rows),
        };
        let placed = Floating::from(shares);
        let changed = placed.rect(area) != before;
        if changed {
            *self = placed;
        }
        changed
    }
}

/// The part of a floating pane's rectangle that its program gets: all of it where there is no
/// room for a border.
pub fn inside(rect: Rect) -> Rect {
    match rect.cols >= 4 && rect.rows >= 3 {
        true => Rect::new(rect.x + 1, rect.y + 1, rect.cols - 2, rect.rows - 2),
        false => rect,
    }
}

fn cells(share: u16, of: u16) -> u16 {
    let exact = u32::from(share) * u32::from(of);
    let rounded = (exact + u32::from(WHOLE) / 2) / u32::from(WHOLE);
    u16::try_from(rounded).unwrap_or(of).min(of)
}

fn share(cells: u16, of: u16) -> u16 {
    let exact = u32::from(cells) * u32::from(WHOLE);
    let rounded = (exact + u32::from(of) / 2) / u32::from(of).max(1);
    u16::try_from(rounded).unwrap_or(WHOLE).min(WHOLE)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const AREA: Rect = Rect::new(0, 0, 100, 40);

    #[test]
    fn it_stands_in_the_middle_and_follows_the_pointer() {
        let mut place = Floating::default();
        assert_eq!(place.rect(AREA), Rect::new(10, 4, 80, 32));
        assert!(place.drag(Grip::Move { from_left: 5 }, Point::new(10, 2), AREA));
        assert_eq!(place.rect(AREA), Rect::new(5, 2, 80, 32));
        let corner = Grip::at(place.rect(AREA), Point::new(84, 33));
        assert_eq!(corner, Grip::Edges { side: Some(Direction::Right), bottom: true });
        assert!(place.drag(corner, Point::new(44, 21), AREA));
        assert_eq!(place.rect(AREA), Rect::new(5, 2, 40, 20));
        let left = Grip::at(place.rect(AREA), Point::new(5, 10));
        assert!(place.drag(left, Point::new(15, 10), AREA));
        assert_eq!(place.rect(AREA), Rect::new(15, 2, 30, 20));
        assert!(place.drag(left, Point::new(90, 10), AREA));
        assert_eq!(place.rect(AREA), Rect::new(45 - COLS_MIN, 2, COLS_MIN, 20));
        assert!(!place.drag(left, Point::new(90, 10), AREA));
    }

    #[test]
    fn keys_grow_it_around_its_middle_and_place_it() {
        let mut place = Floating::default();
        assert!(place.grow(Direction::Left, 4, AREA));
        assert_eq!(place.rect(AREA), Rect::new(12, 4, 76, 32));
        assert!(place.grow(Direction::Down, 4, AREA));
        assert_eq!(place.rect(AREA), Rect::new(12, 2, 76, 36));
        for wanted in [
            Rect::new(10, 4, 80, 32),
            Rect::new(50, 0, 50, 40),
            Rect::new(0, 20, 100, 20),
            Rect::new(0, 0, 50, 40),
            Rect::new(0, 0, 100, 20),
            Rect::new(10, 4, 80, 32),
        ] {
            assert!(place.next_place());
            assert_eq!(place.rect(AREA), wanted);
        }
    }

    fn area() -> impl Strategy<Value = Rect> {
        (0..5u16, 0..5u16, 0..1000u16, 0..1000u16).prop_map(|(x, y, c, r)| Rect::new(x, y, c, r))
    }

    fn direction() -> impl Strategy<Value = Direction> {
        prop::sample::select(vec![
            Direction::Left,
            Direction::Right,
            Direction::Up,
            Direction::Down,
        ])
    }

    #[derive(Debug, Clone)]
    enum Op {
        Drag(u16, u16, u16, u16),
        Grow(Direction, u16),
        Next,
    }

    fn op() -> impl Strategy<Value = Op> {
        let n = || 0..1100u16;
        prop_oneof![
            (n(), n(), n(), n()).prop_map(|(a, b, c, d)| Op::Drag(a, b, c, d)),
            (direction(), n()).prop_map(|(d, n)| Op::Grow(d, n)),
            Just(Op::Next),
        ]
    }

    fn check(place: &Floating, area: Rect) {
        let rect = place.rect(area);
        assert!(rect.x >= area.x && rect.right() <= area.right(), "{rect:?} in {area:?}");
        assert!(rect.y >= area.y && rect.bottom() <= area.bottom(), "{rect:?} in {area:?}");
        assert!(rect.cols >= COLS_MIN.min(area.cols) && rect.rows >= ROWS_MIN.min(area.rows));
        let inside = inside(rect);
        assert!(inside.cols <= rect.cols && inside.rows <= rect.rows);
    }

    proptest! {
        #[test]
        fn it_stays_within_every_area(
            shares in prop::array::uniform4(any::<u16>()),
            ops in prop::collection::vec((op(), area()), 0..20),
        ) {
            let [x, y, cols, rows] = shares;
            let text = serde_json::json!({"x": x, "y": y, "cols": cols, "rows": rows});
            let mut place: Floating = serde_json::from_value(text).unwrap();
            for (op, area) in ops {
                check(&place, area);
                let before = place;
                let changed = match op {
                    Op::Drag(a, b, c, d) => {
                        let grip = Grip::at(place.rect(area), Point::new(a, b));
                        place.drag(grip, Point::new(c, d), area)
                    }
                    Op::Grow(direction, by) => place.grow(direction, by, area),
                    Op::Next => {
                        place.next_place();
                        before.rect(area) != place.rect(area)
                    }
                };
                prop_assert_eq!(changed, before.rect(area) != place.rect(area));
                check(&place, area);
                let text = serde_json::to_string(&place).unwrap();
                prop_assert_eq!(serde_json::from_str::<Floating>(&text).unwrap(), place);
            }
        }
    }
}
