//! A dump and what followed it rebuild the terminal, whatever the stream and the cut.

use super::*;
use crate::state::cell::GCell;
use crate::state::grid::Grid;
use segno_base::screen::cell::{Color, Extra};

/// A row as others see it.
type Seen = (bool, Vec<(GCell, Option<Extra>)>);

/// Every cell of a grid, history included.
fn rows(grid: &Grid) -> Vec<Seen> {
    let mut rows = Vec::new();
    grid.visit_all(0, |_, row| {
        rows.push((row.wrapped, (0..grid.cols()).map(|col| row.seen(col)).collect()));
    });
    rows
}

/// Both have the same state, cell by cell.
fn assert_same(a: &Emulator, b: &Emulator) -> Result<(), TestCaseError> {
    prop_assert_eq!(a.size(), b.size());
    prop_assert_eq!(a.modes(), b.modes());
    prop_assert_eq!(a.title(), b.title());
    prop_assert_eq!(a.history_len(), b.history_len());
    prop_assert_eq!(a.screen().live_cursor(), b.screen().live_cursor());
    prop_assert_eq!(a.text(Lines::All, TextFormat::Ansi), b.text(Lines::All, TextFormat::Ansi));
    let grids = |e: &'_ Emulator| {
        let screen = e.screen();
        screen.main.iter().chain([&screen.grid]).map(rows).collect::<Vec<_>>()
    };
    prop_assert_eq!(grids(a), grids(b));
    prop_assert_eq!(&a.screen().grid.cursor, &b.screen().grid.cursor);
    prop_assert_eq!(&a.screen().grid.saved, &b.screen().grid.saved);
    prop_assert_eq!(&a.screen().alt_saved, &b.screen().alt_saved);
    prop_assert_eq!(a.screen().inner, b.screen().inner);
    prop_assert_eq!(&a.screen().tabs, &b.screen().tabs);
    prop_assert_eq!(&a.screen().region, &b.screen().region);
    prop_assert_eq!(&a.screen().keyboards, &b.screen().keyboards);
    prop_assert_eq!(&a.screen().titles, &b.screen().titles);
    prop_assert_eq!(a.screen().preceding, b.screen().preceding);
    // The rest, and what was added to the state after this was written.
    prop_assert!(a.dump() == b.dump(), "the dumps differ");
    Ok(())
}

fn without_waits(events: &[TermEvent]) -> Vec<u8> {
    let mut out = Vec::new();
    for event in events {
        if let TermEvent::Reply(bytes) = event {
            out.extend(bytes);
        }
    }
    out
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1000))]

    #[test]
    fn a_dump_and_the_rest_are_the_whole(
        stream in stream(),
        at in any::<prop::sample::Index>(),
        cols in 2u16..30,
        rows in 1u16..12,
    ) {
        let cut = at.index(stream.len() + 1);
        let size = Size::new(cols, rows);
        let now = Instant::now();
        let mut whole = Emulator::new(size, options());
        let mut first = Vec::new();
        whole.advance(&stream[..cut], now, &mut first);
        let dump = whole.dump();
        let mut restored = Emulator::restore(size, options(), &dump).unwrap();
        assert_same(&whole, &restored)?;
        prop_assert_eq!(&restored.dump(), &dump);
        let (mut a, mut b) = (Vec::new(), Vec::new());
        whole.advance(&stream[cut..], now, &mut a);
        restored.advance(&stream[cut..], now, &mut b);
        assert_same(&whole, &restored)?;
        prop_assert_eq!(&a, &b);
        // And neither differs from a stream that came in one piece.
        let mut unbroken = Emulator::new(size, options());
        let mut all = Vec::new();
        unbroken.advance(&stream, now, &mut all);
        assert_same(&whole, &unbroken)?;
        first.extend(a);
        prop_assert_eq!(without_waits(&first), without_waits(&all));
    }

    #[test]
    fn a_restored_terminal_resizes_like_the_one_that_was_dumped(
        stream in stream(),
        from in (2u16..30, 1u16..12),
        to in (2u16..30, 1u16..12),
    ) {
        let mut original = terminal(from.0, from.1);
        feed(&mut original, &stream);
        let size = Size::new(to.0, to.1);
        let restored = Emulator::restore(size, options(), &original.dump()).unwrap();
        original.resize(size);
        assert_same(&original, &restored)?;
    }

    #[test]
    fn a_damaged_dump_is_refused_or_read_but_never_fatal(
        stream in stream(),
        at in any::<prop::sample::Index>(),
        byte in any::<u8>(),
        cut in any::<bool>(),
    ) {
        let mut dump = fed(20, 6, stream).dump();
        let at = at.index(dump.len());
        if cut {
            dump.truncate(at);
        } else {
            dump[at] = byte;
        }
        if let Ok(mut emulator) = Emulator::restore(Size::new(20, 6), options(), &dump) {
            feed(&mut emulator, "still alive\r\n\x1b[?1049h\x1b[?1049l\x1b8\x1b[5;5Hx");
            emulator.resize(Size::new(7, 3));
            emulator.dump();
        }
    }
}

#[test]
fn less_history_than_was_dumped_keeps_the_newest() {
    let text: String = (0..40).map(|i| format!("line {i}\r\n")).collect();
    let dump = fed(20, 4, text).dump();
    let few = Options { scrollback_lines: 5, ..Options::default() };
    let restored = Emulator::restore(Size::new(20, 4), few, &dump).unwrap();
    assert_eq!(restored.history_len(), 5);
    assert!(restored.text(Lines::All, TextFormat::Plain).starts_with("line 32\n"));
}

#[test]
fn garbage_is_refused_with_a_reason() {
    for (dump, reason) in [
        (&b""[..], "no terminal's state"),
        (b"\x1b[31mhello", "no terminal's state"),
        (b"SEGNO-TERM\x63", "another version"),
        (b"SEGNO-TERM\x02", "another version"),
        (b"SEGNO-TERM\x03", "cut off"),
        (b"SEGNO-TERM\x04", "cut off"),
    ] {
        let error = Emulator::restore(Size::new(20, 4), options(), dump).unwrap_err();
        assert!(error.to_string().contains(reason), "{error}");
    }
}

/// One that a Segno wrote which knew no clusters: it was at the beginning of a sequence.
#[test]
fn a_dump_of_version_3_is_read() {
    let mut restored =
        Emulator::restore(Size::new(20, 5), options(), include_bytes!("data/dump-3")).unwrap();
    let text = restored.text(Lines::All, TextFormat::Plain);
    assert_eq!(
        text,
        "first \u{26a0}\u{fe0f} line\n\
         \u{1f1e9}\u{1f1ea} e\u{301} \u{6f22}\u{5b57} wraps over theat \u{1f44d}\u{1f3fd}\nlink\n"
    );
    assert!(restored.modes().bracketed_paste && restored.modes().app_cursor);
    assert!(restored.screen().inner.clusters);
    let off = Options { clusters: false, ..options() };
    let old = Emulator::restore(Size::new(20, 5), off, include_bytes!("data/dump-3")).unwrap();
    assert!(!old.screen().inner.clusters);
    feed(&mut restored, ";5;9mx");
    let frame = shown(&restored);
    assert_eq!((frame.row(2)[11].ch, frame.row(2)[11].style.fg), ('x', Color::Indexed(5)));
}

#[test]
fn a_dump_is_compact() {
    let options = Options::default();
    let mut emulator = Emulator::new(Size::new(200, 50), options.clone());
    let line = format!("\x1b[32m{}\x1b[0m{}\r\n", "word ".repeat(5), "x y ".repeat(15));
    feed(&mut emulator, line.repeat(10_100));
    assert_eq!(emulator.history_len(), options.scrollback_lines);
    // 85 characters a row.
    assert!(emulator.dump().len() < 10_050 * 110);
}

#[test]
fn half_of_a_wide_character_is_cut_whether_blanks_followed_it_or_not() {
    let mut original = fed(12, 2, "\x1b[?1049h12345678 👍\x08\x1b[P");
    let size = Size::new(10, 2);
    let restored = Emulator::restore(size, options(), &original.dump()).unwrap();
    original.resize(size);
    assert_eq!(shown(&restored), shown(&original));
    assert_eq!(shown(&original).row(0)[9].ch, ' ');
}

#[test]
fn what_version_4_added_comes_last() {
    let stream =
        "\x1b(0lqk\x1b(B \x1b[1;31mred\x1b[0m 日本\r\n\x1b]2;title\x07\x1b[?1049halt\x1b[?1h";
    let emulator = fed(20, 4, stream);
    let mut dump = emulator.dump();
    // What version 4 added: clusters are on and a cell has a size, the rest is nothing here.
    let added = [1, 0, 0, 0, 0, 0, 0, 0, 0, 8, 16, 0, 0, 0, 0, 0, 0];
    assert!(dump.ends_with(&added));
    dump.truncate(dump.len() - added.len());
    dump[10] = 3;
    let old = Emulator::restore(Size::new(20, 4), options(), &dump).unwrap();
    assert_eq!(old.dump(), emulator.dump());
}

#[test]
fn the_blank_that_a_wide_character_left_at_the_margin_is_copied_as_a_blank() {
    let mut emulator = fed(8, 4, "\r\n\r\n1234567日\x1b[3;2$v");
    assert_eq!(shown(&emulator).row(0)[5].ch, '7');
    feed(&mut emulator, "\x1b[H12345678x\x1b[4;8H\r\n\r\n\r\n\r\n");
    assert_eq!(emulator.history_len(), 4);
    let restored = Emulator::restore(Size::new(8, 4), options(), &emulator.dump()).unwrap();
    assert_eq!(restored.dump(), emulator.dump());
    assert!(emulator.text(Lines::All, TextFormat::Plain).contains("1234567日"));
}
