//! Grapheme clusters (mode 2027): one character in one or two columns, however they arrive.

use super::*;
use crate::state::cell::{LEADING, LEFT, TAIL};
use crate::state::grid::Grid;
use crate::state::row::Row;
use segno_base::screen::cluster::{self, cluster_columns};

/// Clusters of every kind, beginnings of some, and what is beside them.
const TEXTS: [&str; 24] = [
    "\u{26a0}\u{fe0f}",
    "\u{26a0}",
    "1\u{fe0f}\u{20e3}",
    "1",
    "\u{26a1}\u{fe0e}",
    "\u{26a1}",
    "\u{1f1e9}\u{1f1ea}",
    "\u{1f1e9}",
    "\u{1f44d}\u{1f3fd}",
    "\u{261d}\u{1f3fd}",
    "\u{1f3fd}",
    "\u{1f469}\u{200d}\u{1f469}\u{200d}\u{1f467}",
    "\u{1f469}\u{200d}",
    "\u{2764}\u{200d}\u{1f525}",
    "\u{fe0f}",
    "\u{915}\u{94d}\u{937}\u{93f}",
    "\u{94d}",
    "\u{1100}\u{ac00}",
    "\u{ff76}\u{ff9e}",
    "e\u{301}",
    "\u{754c}",
    "\u{ad}",
    "a b",
    " ",
];

pub(super) fn any_text() -> impl Strategy<Value = String> {
    proptest::collection::vec(prop::sample::select(TEXTS.to_vec()), 1..12)
        .prop_map(|all| all.concat())
}

fn rows(grid: &Grid) -> Vec<Row> {
    let mut rows = Vec::new();
    grid.visit_all(0, |_, row| rows.push(row.clone()));
    rows
}

/// The characters of the cells from one on, and the columns they have.
fn cells(row: &Row) -> Vec<(String, usize)> {
    let mut cells = Vec::new();
    for cell in &row.cells {
        if cell.is(TAIL | LEADING) {
            continue;
        }
        let marks = row.extra(cell).map_or(&[][..], |extra| &extra.combining);
        let text = std::iter::once(cell.ch).chain(marks.iter().copied()).collect();
        cells.push((text, if cell.is(LEFT) { 2 } else { 1 }));
    }
    cells
}

/// All clusters, without blanks at the end of a line.
fn text_of(emulator: &Emulator) -> Vec<(String, usize)> {
    let mut all = Vec::new();
    for row in rows(&emulator.screen().grid) {
        all.extend(cells(&row));
        if !row.wrapped {
            while all.last().is_some_and(|(text, _): &(String, usize)| text == " ") {
                all.pop();
            }
            all.push(("\n".into(), 0));
        }
    }
    while all.last().is_some_and(|(text, _)| text == "\n") {
        all.pop();
    }
    all
}

fn big(cols: u16, rows: u16) -> Emulator {
    Emulator::new(Size::new(cols, rows), Options { scrollback_lines: 1000, ..options() })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1000))]

    #[test]
    fn a_text_is_its_clusters_however_it_arrives(
        text in any_text(),
        cuts in proptest::collection::vec(any::<prop::sample::Index>(), 0..6),
        cols in 2u16..30,
        rows in 1u16..6,
    ) {
        // A mark at the start is the blank's before it.
        let text = format!("x{text}");
        let mut whole = big(cols, rows);
        feed(&mut whole, &text);
        let mut wanted: Vec<(String, usize)> =
            cluster::clusters(&text).map(|(cluster, columns)| (cluster.into(), columns)).collect();
        while wanted.last().is_some_and(|(text, _)| text == " ") {
            wanted.pop();
        }
        prop_assert_eq!(text_of(&whole), wanted);
        // Cut anywhere, in characters too, with a dump between the pieces.
        let mut cuts: Vec<usize> = cuts.iter().map(|cut| cut.index(text.len() + 1)).collect();
        cuts.sort_unstable();
        cuts.push(text.len());
        let (mut pieces, mut dumped) = (big(cols, rows), big(cols, rows));
        let options = Options { scrollback_lines: 1000, ..options() };
        let mut done = 0;
        for cut in cuts {
            feed(&mut pieces, &text.as_bytes()[done..cut]);
            feed(&mut dumped, &text.as_bytes()[done..cut]);
            done = cut;
            dumped = Emulator::restore(Size::new(cols, rows), options.clone(), &dumped.dump()).unwrap();
            // Every beginning is as wide as it is.
            for row in self::rows(&dumped.screen().grid) {
                prop_assert!(row.cells.len() <= cols as usize);
                for (text, columns) in cells(&row) {
                    prop_assert_eq!(cluster_columns(text.chars()), columns, "{:?}", text);
                }
            }
        }
        prop_assert!(pieces.dump() == whole.dump(), "in pieces");
        prop_assert!(dumped.dump() == whole.dump(), "through dumps");
    }

    #[test]
    fn clusters_stay_whole_when_lines_flow(
        lines in proptest::collection::vec(any_text(), 1..6),
        sizes in proptest::collection::vec((2u16..30, 1u16..8), 1..5),
    ) {
        let mut emulator = big(20, 4);
        feed(&mut emulator, lines.iter().map(|line| format!("x{line}\r\n")).collect::<String>());
        let before = text_of(&emulator);
        let text = emulator.text(Lines::All, TextFormat::Plain);
        for (cols, rows) in sizes {
            emulator.resize(Size::new(cols, rows));
            prop_assert_eq!(text_of(&emulator), before.clone());
            prop_assert_eq!(emulator.text(Lines::All, TextFormat::Plain), text.clone());
        }
    }

    /// In the middle of what else a program does, too, all state is in the dump.
    #[test]
    fn a_cluster_that_was_begun_goes_on_after_a_dump(
        before in stream(),
        text in any_text(),
        at in any::<prop::sample::Index>(),
    ) {
        let mut emulator = fed(12, 4, before);
        let cut = at.index(text.len() + 1);
        feed(&mut emulator, &text.as_bytes()[..cut]);
        let mut restored =
            Emulator::restore(Size::new(12, 4), options(), &emulator.dump()).unwrap();
        feed(&mut emulator, &text.as_bytes()[cut..]);
        feed(&mut restored, &text.as_bytes()[cut..]);
        prop_assert!(emulator.dump() == restored.dump());
    }
}

fn cursor(emulator: &Emulator) -> (u16, u16) {
    let at = emulator.cursor().unwrap().at;
    (at.x, at.y)
}

#[test]
fn the_cursor_is_where_programs_count_it() {
    for (text, x) in [
        ("\u{26a0}\u{fe0f}", 2),
        ("1\u{fe0f}\u{20e3}", 2),
        ("\u{1f1e9}\u{1f1ea}", 2),
        ("\u{1f44d}\u{1f3fd}", 2),
        ("\u{1f469}\u{200d}\u{1f469}\u{200d}\u{1f467}", 2),
        ("\u{26a1}\u{fe0e}", 1),
        ("\u{ff76}\u{ff9e}", 2),
        ("\u{ad}", 1),
        ("\u{3164}", 2),
    ] {
        assert_eq!(cursor(&fed(20, 2, text)), (x, 0), "{text:?}");
    }
    // Each code point for itself, where a program or the user wants it so.
    for (text, x) in [
        ("\u{26a0}\u{fe0f}", 1),
        ("1\u{fe0f}\u{20e3}", 1),
        ("\u{1f1e9}\u{1f1ea}", 2),
        ("\u{1f44d}\u{1f3fd}", 4),
        ("\u{1f469}\u{200d}\u{1f469}\u{200d}\u{1f467}", 6),
        ("\u{26a1}\u{fe0e}", 2),
    ] {
        assert_eq!(cursor(&fed(20, 2, format!("\x1b[?2027l{text}"))), (x, 0), "{text:?}");
        let old = Options { clusters: false, ..options() };
        let mut emulator = Emulator::new(Size::new(20, 2), old);
        feed(&mut emulator, format!("\x1bc{text}"));
        assert_eq!(cursor(&emulator), (x, 0), "{text:?}");
    }
}

#[test]
fn mode_2027_is_on_and_can_be_changed() {
    assert_eq!(replies("\x1b[?2027$p"), "\x1b[?2027;1$y");
    assert_eq!(replies("\x1b[?2027l\x1b[?2027$p"), "\x1b[?2027;2$y");
    assert_eq!(replies("\x1b[?2027l\x1b[!p\x1b[?2027$p"), "\x1b[?2027;2$y");
    assert_eq!(replies("\x1b[?2027l\x1b[?2027h\x1b[?2027$p"), "\x1b[?2027;1$y");
    assert_eq!(replies("\x1b[?2027l\x1bc\x1b[?2027$p"), "\x1b[?2027;1$y");
}

#[test]
fn what_grows_at_the_right_margin_moves_to_the_next_line() {
    let mut emulator = fed(5, 2, "\x1b[31mabcd\u{26a0}");
    assert_eq!(cursor(&emulator), (4, 0));
    feed(&mut emulator, "\x1b[m\u{fe0f}|");
    assert_eq!(screen_text(&emulator), "abcd\u{26a0}\u{fe0f}|\n");
    assert_eq!(cursor(&emulator), (3, 1));
    let frame = shown(&emulator);
    assert_eq!((frame.row(0)[4].ch, frame.row(1)[0].ch), (' ', '\u{26a0}'));
    assert_eq!(frame.row(1)[0].style.fg, frame.row(0)[0].style.fg);
    // With room again it comes back.
    emulator.resize(Size::new(10, 2));
    assert_eq!(shown(&emulator).row(0)[4].ch, '\u{26a0}');
    // On the last line the screen scrolls; without wrapping it stays as it is.
    let emulator = fed(5, 1, "abcd\u{26a0}\u{fe0f}");
    assert_eq!((emulator.history_len(), screen_text(&emulator)), (1, "\u{26a0}\u{fe0f}\n".into()));
    let emulator = fed(5, 2, "\x1b[?7labcd\u{26a0}\u{fe0f}x");
    assert_eq!(screen_text(&emulator), "abcdx\n");
    // What is wide from the start is not torn.
    let emulator = fed(5, 2, "abcd\u{1f1e9}\u{1f1ea}");
    assert_eq!(shown(&emulator).row(1)[0].ch, '\u{1f1e9}');
    let emulator = fed(5, 2, "abc\u{1f469}\u{200d}\u{1f469}x");
    assert_eq!(screen_text(&emulator), "abc\u{1f469}\u{200d}\u{1f469}x\n");
    assert_eq!(cursor(&emulator), (1, 1));
}

#[test]
fn what_shrinks_gives_its_column_back() {
    let emulator = fed(6, 1, "\u{26a1}\u{fe0e}|");
    assert_eq!((cursor(&emulator), screen_text(&emulator)), ((2, 0), "\u{26a1}\u{fe0e}|\n".into()));
    let emulator = fed(4, 2, "ab\u{26a1}\u{fe0e}|");
    assert_eq!(screen_text(&emulator), "ab\u{26a1}\u{fe0e}|\n");
    assert!(emulator.screen().grid.cursor.wraps);
}

#[test]
fn a_cluster_takes_the_room_of_what_was_there() {
    // The left half of a wide character, and one that insertion pushes.
    let emulator = fed(8, 1, "\u{754c}\u{754c}\u{754c}\x1b[1;2H\u{26a0}\u{fe0f}");
    assert_eq!(screen_text(&emulator), " \u{26a0}\u{fe0f} \u{754c}\n");
    let emulator = fed(8, 1, "abcdef\x1b[1;2H\x1b[4h\u{26a0}\u{fe0f}");
    assert_eq!(screen_text(&emulator), "a\u{26a0}\u{fe0f}bcdef\n");
    let emulator = fed(8, 1, "abcdef\x1b[1;2H\x1b[4h\u{26a1}\u{fe0e}");
    assert_eq!(screen_text(&emulator), "a\u{26a1}\u{fe0e}bcdef\n");
    // Written over, it is gone as a whole.
    let emulator = fed(8, 1, "\u{26a0}\u{fe0f}b\x1b[1;2Hx");
    assert_eq!(screen_text(&emulator), " xb\n");
    // A selector for half of a character, or for nothing, selects nothing.
    let emulator = fed(8, 1, "\u{26a1}b\x1b[1;2H\u{fe0e}");
    assert_eq!(screen_text(&emulator), "\u{26a1}b\n");
    let emulator = fed(8, 1, "\u{26a0}b\r\u{fe0f}");
    assert_eq!(screen_text(&emulator), "\u{26a0}b\n");
}

#[test]
fn a_cluster_without_end_is_bounded() {
    // The next of its pictures begins another.
    let emulator = fed(80, 1, "\u{1f469}\u{200d}".repeat(20));
    let columns: Vec<usize> = text_of(&emulator).into_iter().map(|(_, columns)| columns).collect();
    assert_eq!(columns, [2, 2, 2]);
    let emulator = fed(20, 1, format!("e{}", "\u{301}".repeat(10_000)));
    assert!(emulator.dump().len() < 1_000);
}

#[test]
fn a_cluster_is_found_and_read_as_one() {
    let emulator = fed(20, 2, "\u{26a0}\u{fe0f} abc \u{1f1e9}\u{1f1ea}|");
    let frozen = emulator.freeze();
    let row = frozen.row(0);
    let glyphs: Vec<(u16, u16)> = row.glyphs.iter().map(|glyph| (glyph.col, glyph.width)).collect();
    assert_eq!(glyphs, [(0, 2), (2, 1), (3, 1), (4, 1), (5, 1), (6, 1), (7, 2), (9, 1)]);
    assert_eq!(row.slice(7, 8), "\u{1f1e9}\u{1f1ea}");
    assert_eq!(frozen.find("\u{26a0}\u{fe0f} a", 5).len(), 1);
}
