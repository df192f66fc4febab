//! Cells that erasing leaves alone (DECSCA; SPA and EPA).

use super::*;

fn after(bytes: &str) -> String {
    screen_text(&fed(8, 3, bytes))
}

/// `a` and `c` protected, `b` and `d` not.
const DEC: &str = "\x1b[1\"qa\x1b[2\"qb\x1b[1\"qc\x1b[0\"qd";
const ISO: &str = "\x1bVa\x1bWb\x1bVc\x1bWd";

#[test]
fn selective_erasing_spares_what_is_protected() {
    for erase in
        ["\x1b[?2K", "\x1b[?1K", "\x1b[1;1H\x1b[?0K", "\x1b[?2J", "\x1b[?1J", "\x1b[H\x1b[?J"]
    {
        assert_eq!(after(&format!("{DEC}{erase}")), "a c\n", "{erase:?}");
    }
    assert_eq!(after("x\r\ny\x1b[?2J"), "");
}

#[test]
fn other_erasing_does_not() {
    for erase in ["\x1b[2K", "\x1b[1K", "\x1b[2J", "\x1b[1J", "\x1b[H\x1b[J", "\x1b[H\x1b[9X"] {
        assert_eq!(after(&format!("{DEC}{erase}")), "", "{erase:?}");
    }
}

#[test]
fn what_is_protected_the_iso_way_is_safe_from_all() {
    for erase in ["\x1b[2K", "\x1b[1K", "\x1b[2J", "\x1b[1J", "\x1b[H\x1b[J", "\x1b[H\x1b[9X"] {
        assert_eq!(after(&format!("{ISO}{erase}")), "a c\n", "{erase:?}");
    }
}

#[test]
fn protection_is_no_look() {
    let emulator = fed(8, 1, "\x1b[1\"q\x1b[0mab");
    assert_eq!(shown(&emulator).row(0)[0].style, segno_base::screen::cell::Style::default());
    assert_eq!(emulator.text(Lines::Screen, TextFormat::Ansi), "ab\n");
    // SGR does not end it, a soft reset does.
    let mut emulator = fed(8, 1, "\x1b[1\"q\x1b[0ma\x1b[!pb\x1b[?2K");
    assert_eq!(screen_text(&emulator), "a\n");
    assert_eq!(replies("\x1b[1\"q\x1bP$q\"q\x1b\\"), "\x1bP1$r1\"q\x1b\\");
    // It stays with its text in the history and through a dump.
    feed(&mut emulator, "\x1b[1\"q\r\nzz\r\n");
    let again = Emulator::restore(emulator.size(), options(), &emulator.dump()).unwrap();
    assert_eq!(again.dump(), emulator.dump());
}
