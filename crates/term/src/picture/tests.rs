//! Pictures that programs print: kept, placed, shown, answered and bounded.

use std::time::Instant;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use proptest::prelude::*;

use super::store::MAX_BYTES;
use crate::{CellPixels, Emulator, Graphics, Lines, Options, TermEvent, TextFormat};
use segno_base::screen::frame::Frame;
use segno_base::screen::geometry::{Point, Rect, Size};
use segno_base::screen::picture::{Placed, UNDER};

fn options() -> Options {
    let cell_pixels = CellPixels { width: 10, height: 20 };
    let graphics = Graphics { kitty: true, sixel: true };
    Options { scrollback_lines: 100, cell_pixels, graphics, ..Options::default() }
}

fn terminal(cols: u16, rows: u16) -> Emulator {
    Emulator::new(Size::new(cols, rows), options())
}

/// Feeds a terminal; its answers.
fn feed(emulator: &mut Emulator, bytes: impl AsRef<[u8]>) -> String {
    let mut events = Vec::new();
    emulator.advance(bytes.as_ref(), Instant::now(), &mut events);
    let replies = events.into_iter().filter_map(|event| match event {
        TermEvent::Reply(bytes) => Some(String::from_utf8(bytes).unwrap()),
        _ => None,
    });
    replies.collect()
}

fn frame(emulator: &Emulator) -> Frame {
    let mut frame = Frame::new(emulator.size());
    let area = frame.area();
    emulator.draw(&mut frame, area);
    frame
}

/// Where pictures are seen: the first row and column, and the size in cells.
fn places(frame: &Frame) -> Vec<(i32, i32, u16, u16)> {
    frame.pictures.iter().map(|Placed { x, y, cols, rows, .. }| (*y, *x, *cols, *rows)).collect()
}

fn seen(emulator: &Emulator) -> Vec<(i32, i32, u16, u16)> {
    places(&frame(emulator))
}

/// The beginning of a PNG file.
fn png(width: u32, height: u32) -> Vec<u8> {
    let mut data = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR".to_vec();
    data.extend(width.to_be_bytes());
    data.extend(height.to_be_bytes());
    data.extend([8, 6, 0, 0, 0]);
    data
}

/// A command that sends a picture of this size and shows it.
fn show(keys: &str, width: u32, height: u32) -> String {
    format!("\x1b_Ga=T,f=100,{keys};{}\x1b\\", STANDARD.encode(png(width, height)))
}

/// A sixel picture of this size.
fn sixel(width: u32, height: u32) -> String {
    format!("\x1bPq\"1;1;{width};{height}#0;2;0;0;0!{width}~-\x1b\\")
}

#[test]
fn a_picture_takes_the_cells_that_its_pixels_need() {
    let mut emulator = terminal(20, 10);
    assert_eq!(feed(&mut emulator, format!("ab{}x", show("i=1", 35, 50))), "\x1b_Gi=1;OK\x1b\\");
    assert_eq!(seen(&emulator), [(0, 2, 4, 3)]);
    // The cursor is behind its last row.
    assert_eq!(emulator.cursor().unwrap().at, Point::new(7, 2));
    assert_eq!(frame(&emulator).get(Point::new(5, 2)).unwrap().ch, UNDER);
    assert_eq!(emulator.text(Lines::Screen, TextFormat::Plain), "ab\n\n      x\n");
    // A size in cells, one side of which follows the other; the cursor stays.
    feed(&mut emulator, format!("\x1b[H{}", show("i=2,c=4,C=1", 40, 40)));
    assert_eq!(seen(&emulator)[1], (0, 0, 4, 2));
    assert_eq!(emulator.cursor().unwrap().at, Point::new(0, 0));
}

#[test]
fn a_picture_comes_in_pieces_and_is_shown_again_by_its_name() {
    let mut emulator = terminal(20, 10);
    let data = STANDARD.encode(vec![9; 3 * 30 * 20]);
    let (one, two) = data.split_at(1200);
    let first = feed(&mut emulator, format!("\x1b_Ga=t,i=7,f=24,s=30,v=20,m=1;{one}\x1b\\"));
    assert_eq!(first, "");
    let dump = emulator.dump();
    // Also where the daemon was another one in between.
    let mut emulator = Emulator::restore(emulator.size(), options(), &dump).unwrap();
    assert_eq!(emulator.dump(), dump);
    assert_eq!(feed(&mut emulator, format!("\x1b_Gm=0;{two}\x1b\\")), "\x1b_Gi=7;OK\x1b\\");
    assert_eq!(seen(&emulator), []);
    let shown = feed(&mut emulator, "\x1b[3;3H\x1b_Ga=p,i=7,p=4\x1b\\");
    assert_eq!(shown, "\x1b_Gi=7,p=4;OK\x1b\\");
    assert_eq!(seen(&emulator), [(2, 2, 3, 1)]);
    // A placement of the same name moves.
    feed(&mut emulator, "\x1b[5;1H\x1b_Ga=p,i=7,p=4\x1b\\");
    assert_eq!(seen(&emulator), [(4, 0, 3, 1)]);
    assert!(feed(&mut emulator, "\x1b_Ga=p,i=8\x1b\\").contains("ENOENT"));
    assert_eq!(feed(&mut emulator, "\x1b_Ga=p,i=8,q=2\x1b\\"), "");
}

#[test]
fn queries_are_answered_when_somebody_could_see_a_picture() {
    let query = "\x1b_Gi=31,s=1,v=1,a=q,t=d,f=24;AAAA\x1b\\";
    let mut emulator = terminal(20, 4);
    assert_eq!(feed(&mut emulator, query), "\x1b_Gi=31;OK\x1b\\");
    assert!(feed(&mut emulator, "\x1b[c").contains(";4;"));
    assert!(emulator.screen().pictures.stored.is_empty(), "asking keeps nothing");
    for medium in ["f", "t", "s"] {
        let file = STANDARD.encode("/etc/passwd");
        let asked = format!("\x1b_Gi=1,a=q,t={medium},f=24,s=1,v=1;{file}\x1b\\");
        assert!(feed(&mut emulator, &asked).starts_with("\x1b_Gi=1;EPERM:"), "{medium}");
        let sent = format!("\x1b_Gi=1,a=T,t={medium},f=100;{file}\x1b\\");
        assert!(feed(&mut emulator, &sent).starts_with("\x1b_Gi=1;EPERM:"), "{medium}");
    }
    assert_eq!(seen(&emulator), []);
    emulator.set_graphics(Graphics::default());
    assert_eq!(feed(&mut emulator, query), "");
    assert!(!feed(&mut emulator, "\x1b[c").contains(";4;"));
    // It is kept all the same.
    feed(&mut emulator, show("i=1", 10, 10));
    assert_eq!(seen(&emulator).len(), 1);
}

#[test]
fn what_is_no_picture_is_refused() {
    let mut emulator = terminal(20, 4);
    for (command, error) in [
        ("i=1,a=T,f=100;AAAA", "EINVAL"),
        ("i=1,a=T,f=24,s=1,v=1;AAAAAAAA", "ENODATA"),
        ("i=1,a=T,f=24,s=0,v=1;AAAA", "EINVAL"),
        ("i=1,a=T,f=32,s=100000,v=100000;AAAA", "EINVAL"),
        ("i=1,a=T,f=24,s=1,v=1;%%%%", "EINVAL"),
        ("i=1,a=f,f=24,s=1,v=1;AAAA", "EINVAL"),
        ("i=1,a=T,f=55,s=1,v=1;AAAA", "EINVAL"),
    ] {
        let answer = feed(&mut emulator, format!("\x1b_G{command}\x1b\\"));
        assert!(answer.starts_with(&format!("\x1b_Gi=1;{error}:")), "{command}: {answer:?}");
    }
    for garbage in ["\x1b_G\x1b\\", "\x1b_Gx\x1b\\", "\x1b_Ga=T,i=;\x1b\\", "\x1b_G=;;;\x1b\\"] {
        feed(&mut emulator, garbage);
    }
    for sixel in ["\x1bPq\x1b\\", "\x1bPq\"1;1;99999999;1\x1b\\", "\x1bPq!99999999~\x1b\\"] {
        feed(&mut emulator, sixel);
    }
    assert_eq!(seen(&emulator), []);
    assert!(emulator.screen().pictures.stored.is_empty());
    // Neither is anything of it printed.
    assert_eq!(emulator.text(Lines::Screen, TextFormat::Plain), "");
}

#[test]
fn pictures_scroll_into_the_history_and_back_into_view() {
    for picture in [show("i=1", 40, 60), sixel(40, 60)] {
        let mut emulator = terminal(20, 6);
        feed(&mut emulator, format!("top\r\n{picture}\r\nbelow\r\n"));
        assert_eq!(seen(&emulator), [(1, 0, 4, 3)]);
        feed(&mut emulator, "1\r\n2\r\n3\r\n");
        assert_eq!(seen(&emulator), [(-2, 0, 4, 3)], "its lower part");
        assert_eq!(frame(&emulator).pictures[0].seen, Rect::new(0, 0, 4, 1));
        feed(&mut emulator, "4\r\n5\r\n");
        assert_eq!(seen(&emulator), []);
        emulator.scroll(3);
        assert_eq!(seen(&emulator), [(-1, 0, 4, 3)]);
        emulator.scroll_to_bottom();
        // Copy mode reads the same.
        let frozen = emulator.freeze();
        let mut copy = Frame::new(Size::new(20, 6));
        emulator.draw_frozen_from(&frozen, 1, &mut copy, Rect::new(0, 0, 20, 6));
        assert_eq!(places(&copy), [(0, 0, 4, 3)]);
        // And so does the next daemon.
        let restored = Emulator::restore(emulator.size(), options(), &emulator.dump()).unwrap();
        assert_eq!(restored.dump(), emulator.dump());
        let mut again = Frame::new(Size::new(20, 6));
        restored.draw_frozen_from(&restored.freeze(), 1, &mut again, Rect::new(0, 0, 20, 6));
        assert_eq!(places(&again), [(0, 0, 4, 3)]);
        assert_eq!(again.pictures[0].picture, copy.pictures[0].picture);
    }
}

#[test]
fn pictures_stay_with_their_line_through_sizes_and_screens() {
    let mut emulator = terminal(20, 6);
    feed(&mut emulator, format!("{}\r\nabc", show("i=1", 40, 40)));
    feed(&mut emulator, format!("\x1b[?1049h\x1b[H{}", show("i=2", 10, 10)));
    assert_eq!(seen(&emulator), [(0, 0, 1, 1)], "the other screen's own");
    emulator.resize(Size::new(8, 9));
    feed(&mut emulator, "\x1b[?1049l");
    assert_eq!(seen(&emulator), [(0, 0, 4, 2)]);
    for (cols, rows) in [(3, 3), (40, 3), (12, 6)] {
        emulator.resize(Size::new(cols, rows));
        let at = seen(&emulator).first().map(|place| (place.1, place.2, place.3));
        assert_eq!(at, Some((0, 4, 2)), "at {cols}×{rows}");
    }
    feed(&mut emulator, "\x1b[2J");
    assert_eq!(seen(&emulator), [], "cleared away");
}

#[test]
fn sixel_is_in_its_cells_until_something_else_is() {
    let mut emulator = terminal(20, 6);
    feed(&mut emulator, format!("\x1b[2;3H{}", sixel(30, 40)));
    assert_eq!(emulator.cursor().unwrap().at, Point::new(2, 2));
    let at = |emulator: &Emulator, x, y| frame(emulator).get(Point::new(x, y)).unwrap().ch;
    assert_eq!(
        (at(&emulator, 2, 1), at(&emulator, 4, 2), at(&emulator, 5, 1)),
        (UNDER, UNDER, ' ')
    );
    feed(&mut emulator, "\x1b[2;3Hx\x1b[K");
    assert_eq!((at(&emulator, 2, 1), at(&emulator, 3, 1), at(&emulator, 3, 2)), ('x', ' ', UNDER));
    // A film does not gather its pictures.
    for _ in 0..50 {
        feed(&mut emulator, format!("\x1b[2;3H{}", sixel(30, 40)));
    }
    assert_eq!(emulator.screen().pictures.stored.len(), 1);
    // The character alone is no picture.
    feed(&mut emulator, "\x1b[H\u{10eeee}\u{305}\u{305}");
    assert_eq!(at(&emulator, 0, 0), ' ');
    assert!(frame(&emulator).get(Point::new(0, 0)).unwrap().extra.is_none());
}

#[test]
fn placeholders_of_programs_stand_for_parts_of_pictures() {
    let mut emulator = terminal(20, 6);
    let picture = show("i=258,U=1,c=4,r=3", 40, 60);
    assert!(feed(&mut emulator, picture).contains("OK"));
    assert_eq!(seen(&emulator), []);
    // The second row from its second column on: one cell says so, the others follow.
    let cells = "\u{10eeee}\u{30d}\u{30d}\u{10eeee}\u{10eeee}";
    feed(&mut emulator, format!("\x1b[3;6H\x1b[38;2;0;1;2m{cells}\x1b[0mx"));
    assert_eq!(seen(&emulator), [(1, 4, 4, 3)]);
    assert_eq!(frame(&emulator).pictures[0].seen, Rect::new(5, 2, 3, 1));
    let restored = Emulator::restore(emulator.size(), options(), &emulator.dump()).unwrap();
    assert_eq!(restored.dump(), emulator.dump());
    assert_eq!(seen(&restored).len(), 1);
    // Of no picture, they are blank.
    feed(&mut emulator, "\x1b[38;5;7m\x1b[4;1H\u{10eeee}\u{305}\u{305}");
    assert_eq!(frame(&emulator).get(Point::new(0, 3)).unwrap().ch, ' ');
    feed(&mut emulator, "\x1b_Ga=d,d=i,i=258\x1b\\");
    assert_eq!(seen(&emulator), []);
    assert_eq!(emulator.text(Lines::Screen, TextFormat::Plain), "\n\n        x\n");
}

#[test]
fn pictures_are_deleted() {
    let picture = |id: u32| show(&format!("i={id},p=1,C=1"), 20, 20);
    let all = format!("\x1b[H{}\x1b[3;5H{}\x1b[4;1H{}", picture(1), picture(2), picture(3));
    for (delete, left) in [
        ("", 0),
        ("d=a", 0),
        ("d=i,i=2", 2),
        ("d=i,i=2,p=9", 3),
        ("d=r,x=2,y=3", 1),
        ("d=c", 2),
        ("d=p,x=6,y=3", 2),
        ("d=x,x=1", 1),
        ("d=y,y=3", 2),
        ("d=z,z=5", 3),
    ] {
        let mut emulator = terminal(20, 6);
        feed(&mut emulator, &all);
        feed(&mut emulator, format!("\x1b[4;2H\x1b_Ga=d,{delete}\x1b\\"));
        assert_eq!(seen(&emulator).len(), left, "{delete}");
        assert_eq!(emulator.screen().pictures.stored.len(), 3, "{delete}");
        let capital = delete.replacen("d=", "d=@", 1).replace("@a", "A").replace("@i", "I");
        let capital = capital.replace("@r", "R").replace("@c", "C").replace("@p", "P");
        let capital = capital.replace("@x", "X").replace("@y", "Y").replace("@z", "Z");
        let mut emulator = terminal(20, 6);
        feed(&mut emulator, &all);
        feed(&mut emulator, format!("\x1b[4;2H\x1b_Ga=d,{capital}\x1b\\"));
        if !delete.is_empty() {
            assert_eq!(emulator.screen().pictures.stored.len(), left, "{capital}");
        }
    }
    let mut emulator = terminal(20, 6);
    feed(&mut emulator, format!("{all}\x1bc"));
    assert!(emulator.screen().pictures.stored.is_empty());
}

#[test]
fn memory_is_bounded() {
    let mut emulator = terminal(20, 6);
    // A megabyte each.
    let data = STANDARD.encode(vec![1; 4 * 500 * 500]);
    for id in 1..=20 {
        let command = format!("\x1b_Ga=T,i={id},f=32,s=500,v=500,C=1;{data}\x1b\\");
        assert!(feed(&mut emulator, command).contains("OK"));
        let held = emulator.screen().pictures.stored.values().map(|s| s.picture.data.len());
        assert!(held.sum::<usize>() <= MAX_BYTES);
    }
    // The oldest went.
    assert!(feed(&mut emulator, "\x1b_Ga=p,i=1\x1b\\").contains("ENOENT"));
    assert!(feed(&mut emulator, "\x1b_Ga=p,i=20\x1b\\").contains("OK"));
    let pieces = "\x1b_Gm=1;".to_owned() + &data + "\x1b\\";
    feed(&mut emulator, "\x1b_Ga=T,i=99,f=32,s=5000,v=5000,m=1;AAAA\x1b\\");
    (0..12).for_each(|_| drop(feed(&mut emulator, &pieces)));
    assert!(feed(&mut emulator, "\x1b_Gm=0;AAAA\x1b\\").contains("EFBIG"));
    for _ in 0..3000 {
        feed(&mut emulator, "\x1b_Ga=p,i=20,q=2,C=1\x1b\\");
    }
    assert!(emulator.dump().len() < MAX_BYTES + 200_000);
}

proptest! {
    #[test]
    fn any_commands_in_any_pieces_are_harmless(
        parts in prop::collection::vec(
            prop_oneof![
                Just(show("i=1", 35, 50)),
                Just(show("p=3,z=-1", 10, 10)),
                Just(sixel(25, 45)),
                Just("\x1b_Ga=d\x1b\\".to_string()),
                Just("\x1b_Ga=p,i=1,c=3,r=9\x1b\\".to_string()),
                "\x1b_G[a-zA-Z]=[a-zA-Z0-9]{1,3},[a-z]=[0-9]{1,9};[A-Za-z0-9+/]{0,9}\x1b\\\\",
                "\x1bP[0-9;]{0,4}q[#\"!?~$0-9;-]{0,20}\x1b\\\\",
                Just("\r\n\n".to_string()),
                "[a-z漢]{0,30}",
                "\x1b\\[[0-9]{0,2};?[0-9]{0,2}[HJKLMPSTXr@]",
                Just("\x1b_Ga=p,i=1,U=1,c=3,r=2\x1b\\\x1b[38;5;1m".to_string()),
                "\u{10eeee}[\u{305}\u{30d}\u{30e}]{0,3}",
                Just("\x1b[?1049h".to_string()),
                Just("\x1b[?1049l".to_string()),
            ],
            0..30,
        ),
        sizes in prop::collection::vec((2u16..30, 1u16..12), 1..4),
        cut in any::<prop::sample::Index>(),
    ) {
        let stream = parts.concat();
        let mut emulator = terminal(sizes[0].0, sizes[0].1);
        let mut cut = cut.index(stream.len() + 1);
        while !stream.is_char_boundary(cut) {
            cut -= 1;
        }
        feed(&mut emulator, &stream[..cut]);
        let mut restored = Emulator::restore(emulator.size(), options(), &emulator.dump()).unwrap();
        for (cols, rows) in sizes {
            let size = Size::new(cols, rows);
            for emulator in [&mut emulator, &mut restored] {
                emulator.resize(size);
                feed(emulator, &stream[cut..]);
                let area = Rect::new(1, 1, cols, rows);
                let mut frame = Frame::new(Size::new(cols + 2, rows + 2));
                emulator.draw(&mut frame, area);
                for placed in &frame.pictures {
                    prop_assert!(area.contains(Point::new(placed.seen.x, placed.seen.y)));
                    prop_assert!(placed.seen.right() <= area.right());
                    prop_assert!(placed.seen.bottom() <= area.bottom());
                    prop_assert!(placed.x <= i32::from(placed.seen.x));
                    prop_assert!(placed.y <= i32::from(placed.seen.y));
                }
            }
            prop_assert!(emulator.dump() == restored.dump());
        }
    }
}
