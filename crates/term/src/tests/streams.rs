//! Hand-written streams, one for each thing that the emulator must do.

use std::time::Duration;

use super::*;
use crate::{MouseEncoding, MouseMode};
use segno_base::screen::cell::{Attrs, Cell, Color, Link, Style, Width};
use segno_base::screen::frame::CursorShape;
use segno_base::screen::geometry::{Point, Rect};

#[test]
fn text_wraps_and_scrolls_into_history() {
    let emulator = fed(5, 2, "abcdefg\r\nhi\r\nj");
    assert_eq!(screen_text(&emulator), "hi\nj\n");
    assert_eq!(emulator.history_len(), 2);
    assert_eq!(emulator.text(Lines::All, TextFormat::Plain), "abcdefg\nhi\nj\n");
    assert_eq!(emulator.text(Lines::Last(2), TextFormat::Plain), "hi\nj\n");
    assert_eq!(emulator.text(Lines::Last(3), TextFormat::Ansi), "fg\nhi\nj\n");
    assert_eq!(fed(5, 2, "").text(Lines::All, TextFormat::Plain), "");
}

#[test]
fn every_look_reaches_the_frame() {
    let emulator = fed(
        40,
        2,
        "\x1b[1;3;4:3;5;38;2;1;2;3;48;5;200;58:2::7:8:9mA\x1b[0m\
         \x1b]8;id=i;http://x/y;z\x07L\x1b]8;;\x07e\u{301}中\x1b[31;104mR",
    );
    let frame = shown(&emulator);
    let row = frame.row(0);
    let attrs = Attrs::BOLD.with(Attrs::ITALIC).with(Attrs::CURLY_UNDERLINE).with(Attrs::BLINK);
    assert_eq!(row[0].style, Style::new(Color::Rgb(1, 2, 3), Color::Indexed(200), attrs));
    assert_eq!(row[0].extra.as_ref().unwrap().underline, Some(Color::Rgb(7, 8, 9)));
    let link = Link { id: "i".into(), uri: "http://x/y;z".into() };
    assert_eq!(row[1].extra.as_ref().unwrap().link, Some(link));
    assert_eq!((row[2].ch, &row[2].extra.as_ref().unwrap().combining[..]), ('e', &['\u{301}'][..]));
    assert_eq!((row[3].ch, row[3].width), ('中', Width::Two));
    assert_eq!((row[4].ch, row[4].width), (' ', Width::Tail));
    assert_eq!(
        row[5],
        Cell::new('R', Style::new(Color::Indexed(1), Color::Indexed(12), Attrs::NONE))
    );
    assert_eq!(row[6], Cell::BLANK);
}

#[test]
fn a_wide_character_that_an_edge_or_a_program_cuts_is_blank() {
    let emulator = fed(6, 1, "a中文b");
    let mut frame = Frame::new(Size::new(8, 1));
    emulator.draw(&mut frame, Rect::new(1, 0, 4, 1));
    let widths: Vec<Width> = frame.row(0).iter().map(|c| c.width).collect();
    use Width::{One, Tail, Two};
    assert_eq!(widths, [One, One, Two, Tail, One, One, One, One]);
    // An erase that hits one half.
    let frame = shown(&fed(6, 1, "a中文b\x1b[1;3H\x1b[X"));
    assert_eq!(frame.row(0)[1], Cell::BLANK);
    assert_eq!(frame.row(0)[2], Cell::BLANK);
    // Drawing over halves that others drew.
    let mut frame = Frame::new(Size::new(6, 1));
    frame.text(Point::new(0, 0), "中中中", Style::default(), 6);
    fed(2, 1, "xy").draw(&mut frame, Rect::new(1, 0, 4, 1));
    let row: String = frame.row(0).iter().map(|c| c.ch).collect();
    assert_eq!(row, " xy   ");
    assert!(frame.row(0).iter().all(|c| c.width == One));
}

#[test]
fn an_area_may_be_smaller_larger_or_outside() {
    let emulator = fed(4, 2, "abcd\r\nefgh");
    let mut frame = Frame::new(Size::new(6, 3));
    frame.fill(frame.area(), &Cell::new('.', Style::default()));
    emulator.draw(&mut frame, Rect::new(0, 0, 6, 3));
    let text = |frame: &Frame, y| frame.row(y).iter().map(|c| c.ch).collect::<String>();
    assert_eq!([text(&frame, 0), text(&frame, 1), text(&frame, 2)], ["abcd  ", "efgh  ", "      "]);
    emulator.draw(&mut frame, Rect::new(5, 2, 60000, 60000));
    assert_eq!(text(&frame, 2), "     a");
    emulator.draw(&mut frame, Rect::new(9, 9, 4, 2));
    emulator.draw(&mut frame, Rect::new(65535, 65535, 65535, 65535));
}

#[test]
fn modes_are_reported() {
    let mut emulator = terminal(20, 4);
    assert!(emulator.modes().alternate_scroll);
    feed(
        &mut emulator,
        "\x1b[?1h\x1b=\x1b[?2004h\x1b[?1002h\x1b[?1006h\x1b[?1004h\x1b[?1007l\x1b[?1049h\x1b[>5u\
         \x1b[>4;1m\x1b[20h",
    );
    let modes = emulator.modes();
    assert!(modes.app_cursor && modes.app_keypad && modes.bracketed_paste && modes.newline);
    assert!(modes.focus_events && !modes.alternate_scroll && modes.alt_screen);
    assert_eq!((modes.mouse, modes.mouse_encoding), (MouseMode::Drag, MouseEncoding::Sgr));
    assert_eq!((modes.kitty, modes.modify_other_keys), (5, 1));
    feed(&mut emulator, "\x1b[?1002l\x1b[?1006l\x1b[?1049l");
    let modes = emulator.modes();
    assert_eq!((modes.mouse, modes.mouse_encoding), (MouseMode::Off, MouseEncoding::X10));
    assert_eq!((modes.alt_screen, modes.kitty), (false, 0));
}

#[test]
fn the_cursor_has_place_shape_and_visibility() {
    let mut emulator = fed(20, 4, "\x1b[2;5H\x1b[5 q");
    let cursor = emulator.cursor().unwrap();
    assert_eq!(
        (cursor.at, cursor.shape, cursor.blinking),
        (Point::new(4, 1), CursorShape::Bar, true)
    );
    feed(&mut emulator, "\x1b[4 q");
    assert_eq!(emulator.cursor().unwrap().shape, CursorShape::Underline);
    feed(&mut emulator, "\x1b[0 q\x1b[?25l\x1b[3;7H");
    // A hidden cursor has a place: input methods open there.
    let hidden = emulator.cursor().unwrap();
    assert_eq!((hidden.at, hidden.visible), (Point::new(6, 2), false));
    feed(&mut emulator, "\x1b[?25h");
    assert_eq!(emulator.cursor().unwrap().shape, CursorShape::Default);
}

#[test]
fn a_scrolled_view_stays_in_place() {
    let text: String = (0..10).map(|i| format!("{i}\r\n")).collect();
    let mut emulator = fed(10, 3, text);
    assert_eq!(emulator.history_len(), 8);
    emulator.scroll(4);
    let before = shown(&emulator);
    assert_eq!(before.row(0)[0].ch, '4');
    assert_eq!(before.cursor, None);
    feed(&mut emulator, "x\r\ny\r\n");
    assert_eq!(shown(&emulator), before);
    assert_eq!(emulator.scroll_offset(), 6);
    emulator.scroll(-6);
    assert_eq!(emulator.cursor().unwrap().at, Point::new(0, 2));
    emulator.scroll(i32::MAX);
    assert_eq!(emulator.scroll_offset(), emulator.history_len());
    emulator.scroll(i32::MIN);
    assert_eq!(emulator.scroll_offset(), 0);
    emulator.scroll_to_top();
    assert_eq!(emulator.scroll_offset(), 10);
    emulator.scroll(-10 + 1);
    assert_eq!((emulator.scroll_offset(), emulator.cursor()), (1, None));
    emulator.scroll_to_bottom();
    assert_eq!(emulator.scroll_offset(), 0);
}

#[test]
fn a_scrolled_view_stays_when_the_middle_of_the_screen_scrolls() {
    let text: String = (0..10).map(|i| format!("{i}\r\n")).collect();
    let mut emulator = fed(10, 4, text);
    emulator.scroll(7);
    let before = shown(&emulator);
    feed(&mut emulator, "\x1b[2;4r\x1b[2S\x1b[4;1H\n\n\n");
    assert_eq!(shown(&emulator), before);
    assert_eq!(emulator.scroll_offset(), 7);
}

#[test]
fn the_alternate_screen_comes_and_goes() {
    let mut emulator = fed(10, 3, "main\x1b[?1049h");
    assert_eq!(screen_text(&emulator), "");
    feed(&mut emulator, "\x1b[Halt");
    assert_eq!(screen_text(&emulator), "alt\n");
    feed(&mut emulator, "\x1b[?1049l+");
    assert_eq!(screen_text(&emulator), "main+\n");
    // The older modes share the cursor.
    feed(&mut emulator, "\x1b[?47h\x1b[3;1Hx\x1b[?47ly");
    assert_eq!(screen_text(&emulator), "main+\n\n y\n");
}

#[test]
fn a_synchronized_update_is_shown_when_it_is_over() {
    let mut emulator = fed(10, 2, "old");
    let now = Instant::now();
    let mut events = Vec::new();
    let generation = emulator.generation();
    emulator.advance(b"+\x1b[?2026h\x1b[2J\x1b[Hnew\x1b[5n", now, &mut events);
    assert_eq!(events, [TermEvent::Reply(b"\x1b[0n".to_vec())]);
    assert_eq!(shown(&emulator).row(0)[3].ch, '+');
    assert_eq!(emulator.cursor().unwrap().at.x, 4);
    assert_eq!(emulator.generation(), generation + 1);
    assert_eq!(emulator.sync_deadline(), Some(now + Duration::from_secs(1)));
    emulator.advance(b"er\x1b[?2026l", now, &mut events);
    assert_eq!(shown(&emulator).row(0)[4].ch, 'r');
    assert_eq!(emulator.sync_deadline(), None);
    assert_eq!(emulator.generation(), generation + 2);
    // One that is not ended.
    emulator.advance(b"\x1b[?2026h!", now, &mut events);
    assert_eq!(shown(&emulator).row(0)[5], Cell::BLANK);
    emulator.end_sync();
    assert_eq!(shown(&emulator).row(0)[5].ch, '!');
    assert_eq!(emulator.generation(), generation + 3);
    emulator.advance(b"\x1b[?2026h?", now, &mut events);
    emulator.advance(b"?", now + Duration::from_secs(1), &mut events);
    assert_eq!(shown(&emulator).row(0)[7].ch, '?');
}

#[test]
fn the_generation_changes_with_the_screen_only() {
    let mut emulator = terminal(10, 2);
    let start = emulator.generation();
    feed(&mut emulator, "\x1b[c\x1b[?u\x1b[6n\x1b[18t");
    emulator.scroll(1);
    assert_eq!(emulator.generation(), start);
    for bytes in ["x", "\r", "\x1b[5 q", "\x1b]11;#123\x07", "\x1b[u"] {
        let before = emulator.generation();
        feed(&mut emulator, bytes);
        assert_ne!(emulator.generation(), before, "{bytes:?}");
    }
}

#[test]
fn changed_colours_are_drawn() {
    let emulator = fed(10, 2, "\x1b[31mr\x1b[0md\x1b]4;1;#102030\x07\x1b]11;rgb:1/2/3\x07");
    let frame = shown(&emulator);
    assert_eq!(frame.row(0)[0].style.fg, Color::Rgb(0x10, 0x20, 0x30));
    assert_eq!(frame.row(0)[1].style.fg, Color::Default);
    assert_eq!(frame.row(0)[1].style.bg, Color::Rgb(0x11, 0x22, 0x33));
}

#[test]
fn resizing_reflows() {
    let mut emulator = fed(10, 3, "0123456789abcdef\r\nx");
    emulator.resize(Size::new(20, 3));
    assert_eq!(screen_text(&emulator), "0123456789abcdef\nx\n");
    emulator.resize(Size::new(4, 3));
    assert_eq!(emulator.text(Lines::All, TextFormat::Plain), "0123456789abcdef\nx\n");
    emulator.resize(Size::new(0, 0));
    assert_eq!(emulator.size(), Size::MIN);
    assert_eq!(emulator.text(Lines::All, TextFormat::Plain), "0123456789abcdef\nx\n");
}

#[test]
fn ansi_text_rebuilds_the_look() {
    let stream = "\x1b[31mred\x1b[0m plain \x1b[1;44mx y\x1b[0m\r\n\x1b]8;;http://a\x07link\x1b]8;;\x07 中\r\n";
    let emulator = fed(30, 4, stream);
    let text = emulator.text(Lines::Screen, TextFormat::Ansi);
    assert_eq!(
        text,
        "\x1b[0;31mred\x1b[0m plain \x1b[0;1;44mx y\x1b[0m\n\
         \x1b]8;;http://a\x1b\\link\x1b]8;;\x1b\\ 中\n"
    );
    let again = fed(30, 4, text.replace('\n', "\r\n"));
    assert_eq!(shown(&again), shown(&emulator));
}

#[test]
fn margins_hold_the_cursor() {
    let emulator = fed(10, 6, "\x1b[2;4r\x1b[3;1H\x1b[9Aa\x1b[9Bb");
    assert_eq!(screen_text(&emulator), "\na\n\n b\n");
    let emulator = fed(10, 6, "\x1b[2;4r\x1b[?6h\x1b[1;1Ha\x1b[9;1Hb\x1b[5Gc");
    assert_eq!(screen_text(&emulator), "\na\n\nb   c\n");
}

#[test]
fn insert_mode_pushes_right() {
    assert_eq!(screen_text(&fed(6, 1, "abcdef\x1b[H\x1b[4hxy\x1b[4lz")), "xyzbcd\n");
    assert_eq!(screen_text(&fed(6, 1, "a中文b\x1b[H\x1b[4h日")), "日a中\n");
}

#[test]
fn a_soft_reset_keeps_the_screen() {
    let mut emulator = fed(10, 3, "x\x1b[?1h\x1b[4h\x1b[2;3r\x1b[?25l\x1b[31m\x1b[!p");
    feed(&mut emulator, "\x1b[Hy");
    assert_eq!(screen_text(&emulator), "y\n");
    assert!(!emulator.modes().app_cursor && emulator.cursor().unwrap().visible);
    assert_eq!(shown(&emulator).row(0)[0].style, Style::default());
}

#[test]
fn a_text_of_8_mib_reaches_the_clipboard_and_a_longer_one_is_said() {
    use base64::Engine as _;
    let text = "z".repeat(8 << 20);
    let encoded = base64::engine::general_purpose::STANDARD.encode(&text);
    let mut emulator = terminal(20, 4);
    let events = feed(&mut emulator, format!("\x1b]52;c;{encoded}\x07"));
    assert!(
        matches!(&events[..], [TermEvent::ClipboardStore { text: stored, .. }] if *stored == text)
    );
    let events = feed(&mut emulator, format!("\x1b]52;c;{encoded}{encoded}\x07ok"));
    assert_eq!(events, [TermEvent::ClipboardOverflow]);
    assert_eq!(screen_text(&emulator).trim(), "ok");
}

#[test]
fn a_test_pattern_fills_the_screen_and_forgets_the_margins() {
    let mut emulator = fed(4, 3, "\x1b[2;3r\x1b[3;2H\x1b#8");
    assert_eq!(screen_text(&emulator), "EEEE\nEEEE\nEEEE\n");
    assert_eq!(emulator.cursor().unwrap().at, Point::new(0, 0));
    feed(&mut emulator, "\x1b[1;1H\x1b[M");
    assert_eq!(screen_text(&emulator), "EEEE\nEEEE\n");
}

#[test]
fn the_british_set_has_a_pound() {
    assert_eq!(screen_text(&fed(20, 1, "#\x1b(A#a\x1b(B#")), "#£a#\n");
}

#[test]
fn a_title_of_screen_is_a_title() {
    let emulator = fed(20, 2, "a\x1bkmake: all\x1b\\b\x1bktwo\x07c\x1bklost\r\nd");
    assert_eq!(emulator.title(), Some("two"));
    assert_eq!(screen_text(&emulator), "abc\nd\n");
}

#[test]
fn the_screen_is_reversed_and_back() {
    let mut emulator = fed(4, 1, "a\x1b[7mb\x1b[0m\x1b[?5h");
    let reversed = |emulator: &Emulator| {
        let frame = shown(emulator);
        frame.row(0).iter().map(|c| c.style.attrs.contains(Attrs::REVERSE)).collect::<Vec<_>>()
    };
    assert_eq!(reversed(&emulator), [true, false, true, true]);
    let before = emulator.generation();
    feed(&mut emulator, "\x1b[?5l");
    assert_ne!(emulator.generation(), before);
    assert_eq!(reversed(&emulator), [false, true, false, false]);
}

#[test]
fn backspace_goes_back_over_a_wrap_when_asked() {
    let at = |bytes: &str| fed(5, 4, bytes).cursor().unwrap().at;
    // Without the mode it stays at the edge.
    assert_eq!(at("abcdefg\x08\x08\x08\x08"), Point::new(0, 1));
    assert_eq!(at("\x1b[?45habcdefg\x08\x08\x08\x08"), Point::new(3, 0));
    assert_eq!(at("\x1b[?45habcdefg\x1b[4D"), Point::new(3, 0));
    // Not over a line's end that the program made.
    assert_eq!(at("\x1b[?45habc\r\ng\x08\x08\x08"), Point::new(0, 1));
    // A character that is to wrap counts as one.
    assert_eq!(at("\x1b[?45habcde\x08"), Point::new(4, 0));
}

#[test]
fn modes_are_put_aside_and_brought_back() {
    let mut emulator = fed(5, 2, "\x1b[?1;2004s\x1b[?1h\x1b[?2004h");
    assert!(emulator.modes().app_cursor);
    feed(&mut emulator, "\x1b[?1;2004;7777r");
    assert!(!emulator.modes().app_cursor && !emulator.modes().bracketed_paste);
}

#[test]
fn rectangles_are_filled_erased_and_copied() {
    let grid = "abcde\r\nfghij\r\nklmno\r\npqrst\x1b[";
    let after = |what: &str| screen_text(&fed(5, 4, format!("{grid}{what}")));
    assert_eq!(after("88;2;2;3;4$x"), "abcde\nfXXXj\nkXXXo\npqrst\n");
    assert_eq!(after("2;2;3;4$z"), "abcde\nf   j\nk   o\npqrst\n");
    assert_eq!(after("1;1;2;3;1;2;3;1$v"), "abcde\nfgabc\nklfgh\npqrst\n");
    // Over itself.
    assert_eq!(after("1;1;3;3;1;2;2;1$v"), "abcde\nfabcj\nkfgho\npklmt\n");
    // What is left out is the whole screen, what is too large is cut, the wrong way round is
    // nothing.
    assert_eq!(after("$z"), "");
    assert_eq!(after("88;4;4;99;99$x"), "abcde\nfghij\nklmno\npqrXX\n");
    assert_eq!(after("88;3;3;2;2$x"), "abcde\nfghij\nklmno\npqrst\n");
    // In origin mode it counts from the margins, and ends there.
    assert_eq!(after("2;3r\x1b[?6h\x1b[88;1;1;9;1$x"), "abcde\nXghij\nXlmno\npqrst\n");
    // Wide characters are not left as halves.
    assert_eq!(screen_text(&fed(6, 1, "漢字漢\x1b[88;1;2;1;3$x")), " XX 漢\n");
}

#[test]
fn columns_move_within_the_scroll_region() {
    let grid = "abcd\r\nefgh\r\nijkl\x1b[1;2r\x1b[2;2H\x1b";
    let after = |what: &str| screen_text(&fed(4, 3, format!("{grid}{what}")));
    assert_eq!(after("[2'}"), "a  b\ne  f\nijkl\n");
    assert_eq!(after("[2'~"), "ad\neh\nijkl\n");
    assert_eq!(after("6X"), "abcd\nXfgh\nijkl\n");
    assert_eq!(after("6\x1b6X"), " abc\nXefg\nijkl\n");
    assert_eq!(after("[4G\x1b9X"), "bcd\nfghX\nijkl\n");
}

#[test]
fn a_saved_cursor_has_its_origin_mode_and_character_set() {
    let mut emulator = fed(9, 4, "\x1b[2;3r\x1b[?6h\x1b)0\x0e\x1b7\x1b[?6l\x0f\x1b8q");
    assert_eq!(screen_text(&emulator), "\n─\n");
    assert_eq!(feed(&mut emulator, "\x1b[6n").len(), 1);
    let restored = Emulator::restore(emulator.size(), options(), &emulator.dump()).unwrap();
    assert_eq!(restored.dump(), emulator.dump());
    // The extended reverse wrap goes from the first row to the last.
    assert_eq!(fed(5, 4, "\x1b[?1045h\x08").cursor().unwrap().at, Point::new(4, 3));
}
