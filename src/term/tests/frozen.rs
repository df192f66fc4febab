//! Frozen text stays what it was, and a shell's marks stay with their text.

use proptest::prelude::*;

use super::*;
use crate::base::text_row::{Mark, TextRow};
use crate::term::Frozen;

fn rows(emulator: &Emulator, frozen: &Frozen) -> Vec<TextRow> {
    (0..frozen.lines()).map(|line| emulator.frozen_row(frozen, line)).collect()
}

fn texts(emulator: &Emulator) -> Vec<String> {
    let frozen = emulator.freeze();
    rows(emulator, &frozen).into_iter().map(|row| row.text).collect()
}

/// The marked rows, from the oldest.
fn marks(emulator: &Emulator) -> Vec<(String, Mark)> {
    let frozen = emulator.freeze();
    let marks = |row: TextRow| row.marks.clone().into_iter().map(move |m| (row.text.clone(), m.1));
    rows(emulator, &frozen).into_iter().flat_map(marks).collect()
}

const SESSION: &str = "\x1b]133;A\x07$ \x1b]133;B\x07ls\r\n\x1b]133;C\x07one\r\ntwo\r\n\x1b]133;D;0\x07\
                       \x1b]133;A\x07$ \x1b]133;B\x07true\r\n\x1b]133;C\x07\x1b]133;D;0\x07\
                       \x1b]133;A\x07$ \x1b]133;B\x07";

fn session() -> Vec<(String, Mark)> {
    [
        ("$ ls", Mark::Prompt),
        ("$ ls", Mark::Input),
        ("one", Mark::Output),
        ("$ true", Mark::Prompt),
        ("$ true", Mark::Input),
        ("$", Mark::Prompt),
    ]
    .map(|(text, mark)| (text.to_string(), mark))
    .into()
}

#[test]
fn marks_stay_with_their_text() {
    for rows in [2, 4, 20] {
        let mut emulator = fed(20, rows, SESSION);
        assert_eq!(marks(&emulator), session(), "{rows} rows");
        emulator.resize(Size::new(4, rows));
        emulator.resize(Size::new(30, 9));
        assert_eq!(marks(&emulator), session(), "{rows} rows, reflowed");
        let restored = Emulator::restore(Size::new(30, 9), options(), &emulator.dump()).unwrap();
        assert_eq!(marks(&restored), session(), "{rows} rows, restored");
    }
}

#[test]
fn a_mark_before_its_text_survives_a_dump() {
    let emulator = fed(20, 5, "\x1b]133;A\x07");
    let mut restored = Emulator::restore(Size::new(20, 5), options(), &emulator.dump()).unwrap();
    feed(&mut restored, "> ");
    assert_eq!(marks(&restored), [(">".to_string(), Mark::Prompt)]);
}

#[test]
fn new_output_changes_nothing_frozen() {
    let mut emulator = fed(20, 3, "a\r\nb\r\n漢c\r\nd\r\ne");
    let frozen = emulator.freeze();
    assert_eq!(frozen.lines(), 5);
    assert_eq!(frozen.cursor(), (4, 1));
    assert_eq!(frozen.top(), 2);
    feed(&mut emulator, "\x1b[2J\x1b[Hx\r\ny\r\nz\r\nw\x1b[?1049halt");
    let now: Vec<_> = rows(&emulator, &frozen).into_iter().map(|row| row.text).collect();
    assert_eq!(now, ["a", "b", "漢c", "d", "e"]);
    let mut frame = Frame::new(Size::new(3, 2));
    let area = frame.area();
    emulator.draw_frozen_from(&frozen, 1, &mut frame, area);
    assert_eq!(frame.row(0)[0].ch, 'b');
    assert_eq!(frame.row(1)[0].ch, '漢');
    assert!(emulator.is_current(&frozen));
    emulator.resize(Size::new(10, 3));
    assert!(!emulator.is_current(&frozen));
    assert_eq!(emulator.frozen_row(&frozen, 0), TextRow::default());
    assert_eq!(emulator.frozen_row(&frozen, 4).text, "e");
}

#[test]
fn rows_tell_wraps_and_links() {
    let emulator = fed(4, 3, "abcdef\r\n\x1b]8;;http://a.b\x1b\\li\x1b]8;;\x1b\\n");
    let frozen = emulator.freeze();
    let rows = rows(&emulator, &frozen);
    assert!(rows[0].wrapped && !rows[1].wrapped);
    assert_eq!(texts(&emulator), ["abcd", "ef", "lin"]);
    let link = &rows[2].links[0];
    assert_eq!((link.start, link.end, link.uri.as_str()), (0, 2, "http://a.b"));
}

proptest! {
    #[test]
    fn frozen_lines_are_the_same_or_gone(before in stream(), after in stream(), more in 0usize..80) {
        let mut emulator = fed(9, 4, &before);
        let frozen = emulator.freeze();
        let was = rows(&emulator, &frozen);
        feed(&mut emulator, "x\r\n".repeat(more));
        feed(&mut emulator, &after);
        let now = rows(&emulator, &frozen);
        let gone = now.iter().take_while(|row| **row == TextRow::default()).count();
        // What was dropped is blank, from the oldest on; everything else is as it was.
        prop_assert_eq!(&now[gone..], &was[gone..]);
    }
}

/// The character of a frozen text at a place.
fn glyph(emulator: &Emulator, frozen: &Frozen, line: usize, col: u16) -> Option<String> {
    let row = emulator.frozen_row(frozen, line);
    let index = row.index_at(col).filter(|_| col < row.end())?;
    Some(row.glyph_text(index).to_string())
}

proptest! {
    #[test]
    fn places_stay_with_their_text(
        lines in prop::collection::vec("[a-z漢é ]{0,70}", 1..40),
        sizes in prop::collection::vec((8u16..60, 2u16..12), 2..5),
        at in any::<prop::sample::Index>(),
        col in 0u16..60,
        alternate in any::<bool>(),
        more in 0usize..5,
    ) {
        let mut emulator = Emulator::new(
            Size::new(sizes[0].0, sizes[0].1),
            Options { scrollback_lines: 400, ..Options::default() },
        );
        if alternate {
            feed(&mut emulator, "\x1b[?1049h");
        }
        // Each line says which it is.
        let numbered = |(n, text): (usize, &String)| format!("{n}:{text}\r\n");
        feed(&mut emulator, lines.iter().enumerate().map(numbered).collect::<String>());
        let mut frozen = emulator.freeze();
        let line = at.index(frozen.lines());
        let Some(before) = glyph(&emulator, &frozen, line, col) else { return Ok(()) };
        // What comes later moves the text, and places with it.
        feed(&mut emulator, "later\r\n".repeat(if alternate { 0 } else { more }));
        let (mut line, mut col) = (line, col);
        for &(cols, rows) in &sizes[1..] {
            let Some(anchor) = emulator.anchor(&frozen, line, col) else {
                prop_assert!(false, "no anchor");
                return Ok(());
            };
            emulator.resize(Size::new(cols, rows));
            frozen = emulator.freeze();
            // The alternate screen loses what does not fit.
            match emulator.anchored(anchor) {
                Some(place) => (line, col) = place,
                None => {
                    prop_assert!(alternate, "lost");
                    return Ok(());
                }
            }
            let after = glyph(&emulator, &frozen, line, col);
            prop_assert!(alternate || after.as_ref() == Some(&before), "{after:?} is not {before:?}");
        }
    }
}
