//! Drawing again what has changed gives what drawing all of it gives.

use super::*;
use segno_base::screen::cell::{Cell, Style};
use segno_base::screen::geometry::Rect;

const AREA: Rect = Rect { x: 2, y: 1, cols: 24, rows: 9 };

/// A frame in which the terminal's place is a part.
fn around() -> Frame {
    let mut frame = Frame::new(Size::new(30, 12));
    let area = frame.area();
    frame.fill(area, &Cell::new('#', Style::default()));
    frame
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(500))]

    #[test]
    fn what_changed_is_drawn_again(
        pieces in proptest::collection::vec((stream(), 0..8u8), 1..12),
    ) {
        let mut emulator = terminal(AREA.cols, AREA.rows);
        let (mut frame, mut since) = (around(), None);
        for (piece, what) in pieces {
            feed(&mut emulator, piece);
            match what {
                0 => emulator.resize(Size::new(20, 7)),
                1 => emulator.resize(Size::new(AREA.cols, AREA.rows)),
                2 => emulator.scroll(3),
                3 => emulator.scroll_to_bottom(),
                4 => emulator.end_sync(),
                // Not drawn in between.
                5 => continue,
                _ => {}
            }
            let before = frame.clone();
            let rows;
            (rows, since) = emulator.redraw(&mut frame, AREA, since);
            let mut whole = around();
            emulator.draw(&mut whole, AREA);
            prop_assert_eq!(&frame, &whole);
            for y in (0..12).filter(|y| !(AREA.y + rows.start..AREA.y + rows.end).contains(y)) {
                prop_assert_eq!(before.row(y), frame.row(y), "row {} outside {:?}", y, rows);
            }
        }
    }
}

#[test]
fn the_first_character_is_a_change() {
    let mut emulator = terminal(20, 5);
    let mut frame = Frame::new(Size::new(20, 5));
    let area = frame.area();
    let (_, since) = emulator.redraw(&mut frame, area, None);
    feed(&mut emulator, "x");
    assert_eq!(emulator.redraw(&mut frame, area, since).0, 0..1);
}

#[test]
fn a_key_changes_one_row() {
    let mut emulator = fed(20, 5, "one\r\ntwo");
    let mut frame = Frame::new(Size::new(20, 5));
    let area = frame.area();
    let (rows, since) = emulator.redraw(&mut frame, area, None);
    assert_eq!(rows, 0..5);
    assert_eq!(emulator.redraw(&mut frame, area, since).0, 0..0);
    feed(&mut emulator, "x");
    assert_eq!(emulator.redraw(&mut frame, area, since).0, 1..2);
}
