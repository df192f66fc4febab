//! Pictures on terminals that can draw them, and on those that cannot.

use std::sync::Arc;

use super::*;
use crate::render::Capabilities;
use segno_base::screen::cell::Style;
use segno_base::screen::geometry::{Rect, Size};
use segno_base::screen::picture::Part;

fn placed(encoding: Encoding, x: u16, y: i32, cols: u16, rows: u16) -> Placed {
    let data = if encoding == Encoding::Sixel { b"q\"1;1;8;6~".to_vec() } else { vec![7; 5000] };
    let picture = Picture { encoding, compressed: false, width: 40, height: 30, data };
    let area = Rect::new(0, 0, 20, 10);
    let top = y.max(0) as u16;
    let seen = Rect::new(x, top, cols, (y + i32::from(rows)).min(10) as u16 - top);
    let picture = Arc::new(picture);
    let part = Part { x: 0, y: 0, width: 40, height: 30 };
    Placed { picture, x: x.into(), y, cols, rows, part, cell: (8, 16), area, seen }
}

fn frame(pictures: &[Placed]) -> Frame {
    let mut frame = Frame::new(Size::new(20, 10));
    for placed in pictures {
        frame.fill(placed.seen, &Cell { ch: UNDER, ..Cell::BLANK });
    }
    frame.pictures = pictures.to_vec();
    frame
}

fn show(renderer: &mut Renderer, mut frame: Frame) -> (Frame, String) {
    let mut out = Vec::new();
    renderer.present(&mut frame);
    renderer.render(&frame, &mut out);
    (frame, String::from_utf8(out).unwrap())
}

fn kitty() -> Renderer {
    let version = Some("kitty(0.42.1)".into());
    Renderer::new(Capabilities { kitty_graphics: true, version, ..Capabilities::full() })
}

fn sixel() -> Renderer {
    Renderer::new(Capabilities { sixel: true, ..Capabilities::full() })
}

fn text(frame: &Frame) -> Vec<String> {
    (0..10).map(|y| frame.row(y).iter().map(|c| c.ch).collect::<String>()).collect()
}

#[test]
fn a_name_stands_where_a_picture_cannot_be_drawn() {
    let (seen, out) = show(
        &mut Renderer::new(Capabilities::full()),
        frame(&[placed(Encoding::Png, 2, 1, 16, 3)]),
    );
    let rows = text(&seen);
    assert_eq!(rows[1], "  ┌ PNG 40×30 ───┐  ");
    assert_eq!(rows[2].trim_end(), "  │              │");
    assert_eq!(rows[3].trim_end(), "  └──────────────┘");
    assert!(out.contains("PNG 40×30") && !out.contains("\x1b_G"));
    // Its lower part, where its top is scrolled away.
    let (seen, _) = show(
        &mut Renderer::new(Capabilities::full()),
        frame(&[placed(Encoding::Png, 0, -1, 6, 3)]),
    );
    assert_eq!(text(&seen)[0].trim_end(), "│    │");
}

#[test]
fn placeholders_stand_for_the_parts_of_a_picture_that_is_sent_once() {
    let mut renderer = kitty();
    let picture = placed(Encoding::Png, 3, -1, 4, 3);
    let (first, out) = show(&mut renderer, frame(std::slice::from_ref(&picture)));
    assert_eq!(out.matches("a=T,U=1,c=4,r=3,q=2,").count(), 1);
    assert!(out.contains("v=30,m=1;") && out.contains("\x1b_Gm=0;"));
    let cell = first.get(Point::new(4, 0)).unwrap();
    // The second row, the second column.
    assert_eq!(cell.extra.as_ref().unwrap().combining, ['\u{30d}', '\u{30d}']);
    assert!(out.contains("\u{10eeee}\u{30d}\u{305}"));
    // Moved, it is not sent again; nor is what covers it part of it.
    let mut moved = frame(&[Placed { x: 5, seen: Rect::new(5, 0, 4, 2), ..picture.clone() }]);
    moved.text(Point::new(6, 0), "dialog", Style::default(), 10);
    let (seen, out) = show(&mut renderer, moved);
    assert!(!out.contains("a=T") && out.contains("dialog"));
    assert_eq!(seen.get(Point::new(6, 0)).unwrap().ch, 'd');
    // Gone from its program, it goes from the terminal when there is another one.
    drop((first, seen, picture));
    show(&mut renderer, frame(&[]));
    let (_, out) = show(&mut renderer, frame(&[placed(Encoding::Rgba, 0, 0, 2, 2)]));
    assert!(out.contains("a=d,d=I,q=2,i="));
}

#[test]
fn without_placeholders_the_uncovered_rectangles_are_placed() {
    let version = Some("kitty(0.26.5)".into());
    let caps = Capabilities { kitty_graphics: true, version, ..Capabilities::full() };
    let mut renderer = Renderer::new(caps);
    let picture = placed(Encoding::Png, 2, 0, 8, 3);
    let all = std::slice::from_ref(&picture);
    let placed = |out: &str| out.matches("a=p,").count();
    let (_, out) = show(&mut renderer, frame(all));
    assert_eq!((out.matches("a=t,").count(), placed(&out)), (1, 1));
    assert!(out.contains("c=8,r=3,x=0,y=0,w=40,h=30"));
    // After the screen is cleared, or it would be gone again.
    assert!(out.find("\x1b[2J") < out.find("a=t,") && out.find("a=t,") < out.find("a=p,"));
    assert_eq!(show(&mut renderer, frame(all)).1, "");
    // A dialog over its middle row, from its third column on.
    let mut covered = frame(all);
    covered.text(Point::new(4, 1), "dialog!", Style::default(), 10);
    let (_, out) = show(&mut renderer, covered);
    assert_eq!((out.matches("a=d,d=i,").count(), placed(&out)), (1, 3));
    assert!(out.contains("c=2,r=1,x=0,y=10,w=10,h=10") && !out.contains("a=t,"));
    let (_, out) = show(&mut renderer, frame(&[]));
    assert_eq!((out.matches("a=d,d=i,").count(), placed(&out)), (3, 0));
    renderer.invalidate();
    let (_, out) = show(&mut renderer, frame(all));
    assert_eq!((out.matches("a=t,").count(), placed(&out)), (1, 1));
}

#[test]
fn sixel_is_drawn_whole_and_again_where_it_was_covered() {
    let mut renderer = sixel();
    let picture = placed(Encoding::Sixel, 2, 1, 6, 3);
    let all = std::slice::from_ref(&picture);
    let drawn = |out: &str| out.matches("\x1bPq\"1;1;8;6~\x1b\\").count();
    let (_, out) = show(&mut renderer, frame(all));
    assert_eq!(drawn(&out), 1);
    let (_, out) = show(&mut renderer, frame(all));
    assert_eq!(out, "");
    // Text above it is drawn over it, and only that.
    let mut covered = frame(all);
    covered.text(Point::new(3, 2), "menu", Style::default(), 10);
    let (_, out) = show(&mut renderer, covered);
    assert!(drawn(&out) == 0 && out.contains("menu"), "{out:?}");
    let (_, out) = show(&mut renderer, frame(all));
    assert_eq!(drawn(&out), 1);
    // Gone, its cells are blank.
    let (_, out) = show(&mut renderer, frame(&[]));
    assert!(drawn(&out) == 0 && !out.is_empty());
    // Not where it would be cut, or the terminal would scroll.
    for cut in [placed(Encoding::Sixel, 0, -1, 6, 3), placed(Encoding::Sixel, 0, 7, 6, 3)] {
        let (_, out) = show(&mut renderer, frame(&[cut]));
        assert_eq!(drawn(&out), 0);
    }
}
