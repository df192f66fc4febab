//! Tests of the emulator as a whole: streams in, screens and answers out.

mod clusters;
mod differential;
mod dumps;
mod frozen;
mod hostile;
mod protection;
mod queries;
mod redraw;
mod resize;
mod search;
mod streams;

use std::time::Instant;

use proptest::prelude::*;

use super::{Emulator, Lines, Options, TermEvent, TextFormat};
use segno_base::screen::frame::Frame;
use segno_base::screen::geometry::Size;

/// A terminal with a small history.
fn terminal(cols: u16, rows: u16) -> Emulator {
    Emulator::new(Size::new(cols, rows), options())
}

fn options() -> Options {
    Options { scrollback_lines: 50, ..Options::default() }
}

fn feed(emulator: &mut Emulator, bytes: impl AsRef<[u8]>) -> Vec<TermEvent> {
    let mut events = Vec::new();
    emulator.advance(bytes.as_ref(), Instant::now(), &mut events);
    events
}

/// A terminal that was fed.
fn fed(cols: u16, rows: u16, bytes: impl AsRef<[u8]>) -> Emulator {
    let mut emulator = terminal(cols, rows);
    feed(&mut emulator, bytes);
    emulator
}

/// The answers to a stream.
fn replies(bytes: impl AsRef<[u8]>) -> String {
    let mut out = Vec::new();
    for event in feed(&mut terminal(80, 24), bytes) {
        if let TermEvent::Reply(bytes) = event {
            out.extend(bytes);
        }
    }
    String::from_utf8(out).unwrap()
}

fn screen_text(emulator: &Emulator) -> String {
    emulator.text(Lines::Screen, TextFormat::Plain)
}

/// What the view shows, with the cursor.
fn shown(emulator: &Emulator) -> Frame {
    let mut frame = Frame::new(emulator.size());
    let area = frame.area();
    emulator.draw(&mut frame, area);
    frame.cursor = emulator.cursor();
    frame
}

/// Pieces of streams: the interesting sequences with small parameters, texts, garbage.
fn piece() -> impl Strategy<Value = Vec<u8>> {
    let small = || 0u16..14;
    prop_oneof![
        4 => "[ -~]{1,30}".prop_map(String::into_bytes),
        2 => "[日本語é\u{301}\u{200d}👍🏽ab ]{1,12}".prop_map(String::into_bytes),
        2 => clusters::any_text().prop_map(String::into_bytes),
        3 => prop::sample::select(vec!["\r\n", "\n", "\r", "\t", "\x08", "\x0e", "\x0f", "\x07"])
            .prop_map(|s| s.as_bytes().to_vec()),
        4 => ("[ABCDEFGHIJKLMPSTXZ@`abdefgr]", small(), small())
            .prop_map(|(last, a, b)| format!("\x1b[{a};{b}{last}").into_bytes()),
        2 => ("[JKACBPXLMST@]", small())
            .prop_map(|(last, a)| format!("\x1b[{a}{last}").into_bytes()),
        3 => "\x1b\\[(0|1|2|3|4|4:3|5|7|9|21|22|24|27|3[0-9]|4[0-9]|9[0-7]|38;5;[0-9]{1,3}|48;2;1;2;3|58:2::9:8:7|59)(;(1|7|31|49))?m"
            .prop_map(String::into_bytes),
        3 => ("[hl]", prop::sample::select(vec![
                1u16, 3, 5, 6, 7, 12, 25, 45, 1045, 47, 66, 1000, 1002, 1003, 1004, 1005, 1006, 1007, 1015, 1016, 1042,
                1047, 1048, 1049, 2004, 2026, 2027, 2031,
            ])).prop_map(|(last, mode)| format!("\x1b[?{mode}{last}").into_bytes()),
        1 => ("[sr]", prop::sample::select(vec![1u16, 5, 7, 25, 45, 1006, 2026, 2027]))
            .prop_map(|(last, mode)| format!("\x1b[?{mode}{last}").into_bytes()),
        2 => (prop::sample::select(vec!["$x", "$z", "${", "$v"]), prop::collection::vec(small(), 0..9))
            .prop_map(|(last, numbers)| {
                let numbers: Vec<String> = numbers.iter().map(u16::to_string).collect();
                let first = if last == "$x" { "88;" } else { "" };
                format!("\x1b[{first}{}{last}", numbers.join(";")).into_bytes()
            }),
        1 => ("[JK]", 0u16..4).prop_map(|(last, a)| format!("\x1b[?{a}{last}").into_bytes()),
        1 => ("[hl]", prop::sample::select(vec![4u16, 20]))
            .prop_map(|(last, mode)| format!("\x1b[{mode}{last}").into_bytes()),
        3 => prop::sample::select(vec![
            "\x1b7", "\x1b8", "\x1bD", "\x1bE", "\x1bM", "\x1bH", "\x1b=", "\x1b>", "\x1b(0",
            "\x1b(B", "\x1b(A", "\x1b)0", "\x1b[1\"q", "\x1b[0\"q", "\x1bV", "\x1bW", "\x1bkname\x1b\\", "\x1b6", "\x1b9", "\x1b[2'}", "\x1b[2'~", "\x1b*0", "\x1bn", "\x1bo", "\x1b#8", "\x1b[3g", "\x1b[?5W",
            "\x1b[!p", "\x1bc", "\x1b[2 q", "\x1b[5 q", "\x1b[0 q", "\x1b[>1u", "\x1b[>7u",
            "\x1b[<u", "\x1b[=3;2u", "\x1b[>4;2m", "\x1b[22t", "\x1b[23t", "\x1b[s", "\x1b[u",
            "\x1b[r", "\x1b[2;4r", "\x1b[6n", "\x1b[c", "\x1b[?2026$p", "\x1b[?u", "\x1b[18t",
        ]).prop_map(|s| s.as_bytes().to_vec()),
        2 => prop::sample::select(vec![
            "\x1b]0;a title\x07", "\x1b]2;\x1b\\", "\x1b]8;id=x;http://a.b/c\x1b\\",
            "\x1b]8;;http://d.e\x07", "\x1b]8;;\x07", "\x1b]4;3;#123456\x07", "\x1b]4;3;?\x07",
            "\x1b]104\x07", "\x1b]10;rgb:1/2/3\x07", "\x1b]111\x07", "\x1b]7;file:///tmp\x07",
            "\x1b]133;A\x07", "\x1b]133;B\x07", "\x1b]133;C\x07", "\x1b]133;D;1\x07", "\x1b]52;c;aGk=\x07", "\x1b]9;note\x07",
            "\x1b]99;i=1:d=0;T\x1b\\", "\x1b]99;i=1:p=body;B\x07", "\x1bPxyz\x1b\\",
            "\x1bP$qm\x1b\\", "\x1b_apc\x1b\\", "\x1b^pm\x1b\\",
        ]).prop_map(|s| s.as_bytes().to_vec()),
        1 => proptest::collection::vec(any::<u8>(), 1..10),
    ]
}

/// A stream of pieces.
fn stream() -> impl Strategy<Value = Vec<u8>> {
    proptest::collection::vec(piece(), 0..40).prop_map(|pieces| pieces.concat())
}
