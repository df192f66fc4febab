//! Text is found where it stands, and shown there.

use super::*;
use crate::Found;
use segno_base::screen::geometry::Rect;

/// What the view shows, row by row.
fn shown(emulator: &Emulator) -> Vec<String> {
    let size = emulator.size();
    let mut frame = Frame::new(size);
    emulator.draw(&mut frame, Rect::new(0, 0, size.cols, size.rows));
    let row = |y| frame.row(y).iter().map(|c| c.ch).collect::<String>().trim_end().to_string();
    (0..size.rows).map(row).collect()
}

fn show(emulator: &mut Emulator, wanted: &Found) {
    emulator.show_row(emulator.freeze().place(wanted));
}

fn numbered(count: usize) -> String {
    (1..=count).map(|n| format!("line {n}\r\n")).collect()
}

#[test]
fn the_newest_line_is_found_first() {
    let emulator = fed(20, 4, numbered(30));
    let matches = emulator.freeze().find("line 2", 3);
    let texts: Vec<_> = matches.iter().map(|f| f.text.as_str()).collect();
    assert_eq!(texts, ["line 29", "line 28", "line 27"]);
    assert_eq!(matches[0].back, 2);
    assert_eq!(emulator.freeze().find("LINE 30", 9), [], "upper case is meant");
    assert_eq!(emulator.freeze().find("", 9), []);
}

#[test]
fn wrapped_lines_are_one() {
    let emulator = fed(10, 4, "0123456789abcdefghij\r\nend");
    assert_eq!(emulator.freeze().find("9abc", 9)[0].text, "0123456789abcdefghij");
    assert_eq!(emulator.freeze().find("9abc", 9)[0].back, 3);
    assert_eq!(emulator.freeze().find("fgh", 9)[0].back, 2);
}

#[test]
fn what_was_found_is_shown_also_after_more_was_printed() {
    let mut emulator = fed(20, 5, numbered(30));
    let found = emulator.freeze().find("line 7", 1).remove(0);
    show(&mut emulator, &found);
    assert_eq!(shown(&emulator)[2], "line 7");
    feed(&mut emulator, "more\r\nand more\r\n");
    show(&mut emulator, &found);
    assert_eq!(shown(&emulator)[2], "line 7");
    show(&mut emulator, &Found { back: usize::MAX, text: "never printed".into() });
    assert_eq!(shown(&emulator)[0], "line 1", "as far as there is");
    show(&mut emulator, &Found { back: 0, text: String::new() });
    assert_eq!(emulator.scroll_offset(), 0);
}

proptest! {
    #[test]
    fn every_found_line_is_seen(
        cols in 3u16..30, rows in 1u16..8, words in prop::collection::vec("[a-cäé漢]{1,40}", 1..40),
    ) {
        let mut emulator = fed(cols, rows, words.join("\r\n"));
        let wanted: String = words[words.len() / 2].chars().take(2).collect();
        let matches = emulator.freeze().find(&wanted, 100);
        // Within the history, what was printed is found.
        prop_assert!(!matches.is_empty() || emulator.history_len() >= 50);
        for line in matches {
            prop_assert!(line.text.contains(&wanted));
            show(&mut emulator, &line);
            let offset = emulator.scroll_offset();
            prop_assert!(offset <= emulator.history_len());
        }
    }
}
