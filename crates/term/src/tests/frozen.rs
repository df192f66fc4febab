//! Frozen text stays what it was, and a shell's marks stay with their text.

use proptest::prelude::*;

use super::*;
use crate::{Frozen, Lines, TextFormat};
use segno_base::screen::text_chunk::TextChunk;
use segno_base::screen::text_row::{Mark, TextRow};

fn rows(frozen: &Frozen) -> Vec<TextRow> {
    (0..frozen.lines()).map(|line| frozen.row(line)).collect()
}

fn texts(emulator: &Emulator) -> Vec<String> {
    let frozen = emulator.freeze();
    rows(&frozen).into_iter().map(|row| row.text).collect()
}

/// The marked rows, from the oldest.
fn marks(emulator: &Emulator) -> Vec<(String, Mark)> {
    let frozen = emulator.freeze();
    let marks = |row: TextRow| row.marks.clone().into_iter().map(move |m| (row.text.clone(), m.1));
    rows(&frozen).into_iter().flat_map(marks).collect()
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
    let now: Vec<_> = rows(&frozen).into_iter().map(|row| row.text).collect();
    assert_eq!(now, ["a", "b", "漢c", "d", "e"]);
    let mut frame = Frame::new(Size::new(3, 2));
    let area = frame.area();
    emulator.draw_frozen_from(&frozen, 1, &mut frame, area);
    assert_eq!(frame.row(0)[0].ch, 'b');
    assert_eq!(frame.row(1)[0].ch, '漢');
    assert!(emulator.is_current(&frozen));
    emulator.resize(Size::new(10, 3));
    assert!(!emulator.is_current(&frozen));
    let now: Vec<_> = rows(&frozen).into_iter().map(|row| row.text).collect();
    assert_eq!(now, ["a", "b", "漢c", "d", "e"]);
}

#[test]
fn rows_report_wraps_and_links() {
    let emulator = fed(4, 3, "abcdef\r\n\x1b]8;;http://a.b\x1b\\li\x1b]8;;\x1b\\n");
    let frozen = emulator.freeze();
    let rows = rows(&frozen);
    assert!(rows[0].wrapped && !rows[1].wrapped);
    assert_eq!(texts(&emulator), ["abcd", "ef", "lin"]);
    let link = &rows[2].links[0];
    assert_eq!((link.start, link.end, link.uri.as_str()), (0, 2, "http://a.b"));
}

#[test]
fn marks_are_found_without_a_look_at_every_row() {
    let lines = |count: usize| "a line of output\r\n".repeat(count);
    let mut emulator = fed(7, 4, lines(20));
    for count in [0, 3, 40, 1] {
        feed(&mut emulator, format!("\r\n{SESSION}\r\n{}", lines(count)));
    }
    let frozen = emulator.freeze();
    let marked = |row: &usize| !frozen.row(*row).marks.is_empty();
    let wanted: Vec<_> = (0..frozen.lines()).filter(marked).collect();
    assert!(wanted.len() > 4);
    let (mut forward, mut at) = (Vec::new(), 0);
    while let Some(row) = frozen.marked(at, false) {
        forward.extend(Some(row).filter(marked));
        at = row + 1;
    }
    assert_eq!(forward, wanted);
    let (mut backward, mut at) = (Vec::new(), Some(frozen.lines() - 1));
    while let Some(row) = at.and_then(|at| frozen.marked(at, true)) {
        backward.extend(Some(row).filter(marked));
        at = row.checked_sub(1);
    }
    backward.reverse();
    assert_eq!(backward, wanted);
}

/// The lines of a frozen text by its chunks, each with its first row.
fn lines(frozen: &Frozen) -> Vec<(usize, String)> {
    let mut lines = Vec::new();
    let mut chunk = TextChunk::default();
    for index in 0..frozen.chunks() {
        frozen.chunk(index, &mut chunk);
        for (n, line) in chunk.lines.iter().enumerate() {
            lines.push((line.row, chunk.line(n).to_string()));
            let rows: Vec<_> =
                (line.row..line.row + line.rows).map(|row| frozen.row(row)).collect();
            if line.plain {
                // Columns are bytes.
                for (at, row) in rows.iter().enumerate() {
                    let text = chunk.line(n).get(at * chunk.cols..).unwrap_or("");
                    assert!(text.starts_with(row.text.trim_end()), "{text:?} {row:?}");
                }
            }
        }
    }
    lines
}

proptest! {
    #[test]
    fn frozen_lines_stay_what_they_are(before in stream(), after in stream(), more in 0usize..80) {
        let mut emulator = fed(9, 4, &before);
        let frozen = emulator.freeze();
        let was = rows(&frozen);
        feed(&mut emulator, "x\r\n".repeat(more));
        feed(&mut emulator, &after);
        emulator.resize(Size::new(7, 3));
        prop_assert_eq!(rows(&frozen), was);
    }

    #[test]
    fn chunks_have_the_lines_that_the_rows_are(
        before in stream(), lines_before in prop::collection::vec("[a-c漢é ]{0,30}", 0..40),
        after in stream(), cols in 2u16..12,
    ) {
        let mut emulator = fed(9, 4, &before);
        feed(&mut emulator, lines_before.join("\r\n"));
        emulator.resize(Size::new(cols, 4));
        feed(&mut emulator, &after);
        let frozen = emulator.freeze();
        let mut wanted: Vec<(usize, String)> = Vec::new();
        let mut open = false;
        for (at, row) in rows(&frozen).into_iter().enumerate() {
            if !std::mem::replace(&mut open, row.wrapped) {
                wanted.push((at, String::new()));
            }
            wanted.last_mut().unwrap().1.push_str(&row.text);
        }
        wanted.iter_mut().for_each(|(_, text)| text.truncate(text.trim_end_matches(' ').len()));
        prop_assert_eq!(lines(&frozen), wanted);
        for format in [TextFormat::Plain, TextFormat::Ansi] {
            for lines in [Lines::All, Lines::Screen, Lines::Last(7)] {
                prop_assert_eq!(frozen.text(lines, format), emulator.text(lines, format));
            }
        }
    }
}

/// The character of a frozen text at a place.
fn glyph(frozen: &Frozen, line: usize, col: u16) -> Option<String> {
    let row = frozen.row(line);
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
        let Some(before) = glyph(&frozen, line, col) else { return Ok(()) };
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
            let after = glyph(&frozen, line, col);
            prop_assert!(alternate || after.as_ref() == Some(&before), "{after:?} is not {before:?}");
        }
    }
}
