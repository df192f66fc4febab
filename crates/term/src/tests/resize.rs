//! Resizing loses no text and no cursor; the history agrees with a simple one.

use super::*;
use crate::state::grid::Grid;
use crate::state::row::Row;
use segno_base::screen::cell::Color;

/// Printed text that never goes up, so that the cursor is at its end.
fn prints() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        6 => "[a-z ]{0,30}",
        2 => "[日本語é👍ab]{1,12}",
        1 => "(e\u{301}|中\u{300}){1,4}",
        3 => Just("\r\n".to_owned()),
        1 => "\x1b\\[(0|1|31|44)m",
        1 => Just("\t".to_owned()),
    ];
    proptest::collection::vec(piece, 0..40).prop_map(|pieces| pieces.concat())
}

/// Lines without blanks at their ends.
fn lines(emulator: &Emulator) -> Vec<String> {
    let text = emulator.text(Lines::All, TextFormat::Plain);
    text.lines().map(|line| line.trim_end().to_owned()).collect()
}

fn rows(grid: &Grid) -> Vec<Row> {
    let mut rows = Vec::new();
    grid.visit_all(0, |_, row| rows.push(row.clone()));
    rows
}

fn big(cols: u16, rows: u16) -> Emulator {
    Emulator::new(Size::new(cols, rows), Options { scrollback_lines: 5_000, ..options() })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1000))]

    #[test]
    fn no_text_is_lost_and_the_cursor_stays_at_its_end(
        text in prints(),
        start in (2u16..30, 1u16..12),
        sizes in proptest::collection::vec((2u16..30, 1u16..12), 1..6),
    ) {
        let mut emulator = big(start.0, start.1);
        feed(&mut emulator, &text);
        let before = lines(&emulator);
        let mut marked = big(start.0, start.1);
        feed(&mut marked, text + "\x1b[m#");
        let after = lines(&marked);
        for (cols, rows) in sizes {
            emulator.resize(Size::new(cols, rows));
            prop_assert_eq!(&lines(&emulator), &before);
            // Counting rows and laying them out agree.
            let grid = &emulator.screen().grid;
            prop_assert_eq!(self::rows(grid).len(), grid.history.rows() + grid.lines());
            for row in self::rows(grid) {
                prop_assert!(row.cells.len() <= cols as usize);
            }
        }
        feed(&mut emulator, "\x1b[m#");
        prop_assert_eq!(lines(&emulator), after);
    }

    #[test]
    fn a_storm_of_sizes_while_text_flows_loses_nothing(
        pieces in proptest::collection::vec((prints(), 2u16..40, 1u16..15), 1..8),
    ) {
        let mut still = big(40, 12);
        let mut stormy = big(40, 12);
        for (text, cols, rows) in pieces {
            // Where a tab leads depends on the width.
            let text = text.replace('\t', " ");
            feed(&mut still, &text);
            feed(&mut stormy, &text);
            stormy.resize(Size::new(cols, rows));
            prop_assert_eq!(lines(&stormy), lines(&still));
        }
        // Nor does a program that comes and goes on the other screen.
        feed(&mut stormy, "\x1b[?1049hon the other screen");
        stormy.resize(Size::new(7, 3));
        stormy.resize(Size::new(23, 9));
        feed(&mut stormy, "\x1b[?1049l");
        prop_assert_eq!(lines(&stormy), lines(&still));
    }

    #[test]
    fn the_history_shows_what_a_simple_one_would(
        pieces in proptest::collection::vec(super::differential::plain_piece(), 0..40),
        cols in 2u16..20,
        rows in 1u16..6,
    ) {
        // Every row that leaves a screen is remembered here as it is then.
        let mut emulator = big(cols, rows);
        let mut simple: Vec<Option<Row>> = Vec::new();
        // Several characters at once could change a row and scroll it away.
        for piece in pieces.concat().replace("\x1b[2b", "").replace("\x1b[b", "").chars() {
            let (history, screen) = {
                let grid = &emulator.screen().grid;
                let all = self::rows(grid);
                (grid.history.rows(), all[grid.history.rows()..].to_vec())
            };
            feed(&mut emulator, piece.to_string());
            if emulator.screen().main.is_some() {
                continue;
            }
            let now = emulator.history_len();
            if now < history {
                simple.clear();
            } else {
                // A wide character that wraps changes the row before it scrolls.
                let known = piece.is_ascii();
                simple.extend(screen.into_iter().take(now - history).map(|r| known.then_some(r)));
            }
        }
        if emulator.screen().main.is_none() && simple.len() == emulator.history_len() {
            for (row, simple) in rows_of(&emulator).iter().zip(&simple) {
                let Some(simple) = simple else { continue };
                for col in 0..cols as usize {
                    let (a, b) = (row.seen(col), simple.seen(col));
                    let last = col + 1 == cols as usize;
                    // Half of a wide character at a row's end is a blank from now on.
                    if last && b.0.is(crate::state::cell::LEFT) {
                        continue;
                    }
                    prop_assert_eq!(a, b);
                }
            }
        }
    }
}

fn rows_of(emulator: &Emulator) -> Vec<Row> {
    let grid = &emulator.screen().grid;
    rows(grid).into_iter().take(grid.history.rows()).collect()
}

#[test]
fn a_cleared_screen_stays_clear() {
    let mut emulator = fed(20, 4, "a\r\nb\r\nc\r\nd\x1b[2J\x1b[H$");
    for (cols, rows) in [(20, 8), (10, 8), (20, 4), (30, 6)] {
        emulator.resize(Size::new(cols, rows));
        assert_eq!(screen_text(&emulator), "$\n", "{cols}×{rows}");
        assert_eq!(emulator.history_len(), 4);
    }
}

#[test]
fn a_full_screen_is_filled_from_the_history() {
    let mut emulator = fed(20, 4, "1\r\n2\r\n3\r\n4\r\n5\r\n6");
    emulator.resize(Size::new(20, 6));
    assert_eq!(screen_text(&emulator), "1\n2\n3\n4\n5\n6\n");
    emulator.resize(Size::new(20, 2));
    assert_eq!(screen_text(&emulator), "5\n6\n");
    assert_eq!(emulator.cursor().map(|cursor| cursor.at.y), Some(1));
    assert_eq!(emulator.text(Lines::All, TextFormat::Plain), "1\n2\n3\n4\n5\n6\n");
}

#[test]
fn lines_without_an_end_cost_no_more_than_others() {
    let mut emulator = Emulator::new(Size::new(100, 10), Options::default());
    feed(&mut emulator, "x".repeat(3_000_000));
    assert_eq!(emulator.history_len(), 10_000);
    let (bytes, heads) = emulator.screen().grid.history.size();
    assert!(bytes < 1_100_000 && heads < 10_000, "{bytes} {heads}");
    emulator.resize(Size::new(33, 10));
    assert_eq!(emulator.history_len(), 10_000);
    assert!(emulator.text(Lines::All, TextFormat::Plain).lines().count() == 1);
}

#[test]
fn history_is_small() {
    let mut emulator = Emulator::new(Size::new(200, 50), Options::default());
    let line = format!("\x1b[32m{}\x1b[0m{}\r\n", "word ".repeat(8), "text ".repeat(12));
    feed(&mut emulator, line.repeat(10_100));
    let (bytes, heads) = emulator.screen().grid.history.size();
    assert_eq!(emulator.history_len(), 10_000);
    assert!(bytes + heads < 1_300_000, "{bytes} + {heads}");
    let mut blank = Emulator::new(Size::new(200, 50), Options::default());
    feed(&mut blank, "\n".repeat(20_000));
    let (bytes, heads) = blank.screen().grid.history.size();
    assert!(bytes == 0 && heads < 90_000, "{bytes} {heads}");
    assert_eq!(blank.text(Lines::All, TextFormat::Plain), "");
}

#[test]
fn a_hostile_programs_links_do_not_fill_the_memory() {
    let few = Options { scrollback_lines: 20, ..Options::default() };
    let mut emulator = Emulator::new(Size::new(80, 4), few);
    for i in 0..2_000 {
        let uri = "x".repeat(1_500);
        feed(&mut emulator, format!("\x1b]8;;http://{i}/{uri}\x07ab{}", "\r\n".repeat(i % 2)));
    }
    let (bytes, _) = emulator.screen().grid.history.size();
    assert!(bytes < 400_000, "{bytes}");
}

#[test]
fn a_coloured_ground_is_cut_not_wrapped() {
    let mut emulator = fed(20, 4, "\x1b[44m\x1b[Kblue\x1b[m\r\n$ ");
    emulator.resize(Size::new(10, 4));
    assert_eq!(screen_text(&emulator), "blue\n$\n");
    assert_eq!(shown(&emulator).row(0)[9].style.bg, Color::Indexed(4));
}
