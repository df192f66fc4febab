//! Every query has its answer, in stream order.

use super::*;
use crate::{CellPixels, ClipboardKind, Notification, Palette};

#[test]
fn attributes_and_status() {
    assert_eq!(replies("\x1b[c"), "\x1b[?62;22;52c");
    assert_eq!(replies("\x1b[0c"), "\x1b[?62;22;52c");
    assert_eq!(replies("\x1bZ"), "\x1b[?62;22;52c");
    assert_eq!(replies("\x1b[>c"), "\x1b[>1;10;0c");
    assert_eq!(replies("\x1b[=c"), "\x1bP!|5345474E\x1b\\");
    assert_eq!(replies("\x1b[1c"), "");
    assert_eq!(replies("\x1b[5n"), "\x1b[0n");
    assert_eq!(replies("\x1b[3;7H\x1b[6n"), "\x1b[3;7R");
    assert_eq!(replies("\x1b[3;7H\x1b[?6n"), "\x1b[?3;7R");
    assert_eq!(replies("\x1b[5;10r\x1b[?6h\x1b[2;3H\x1b[6n"), "\x1b[2;3R");
    let version = concat!("\x1bP>|segno ", env!("CARGO_PKG_VERSION"), "\x1b\\");
    assert_eq!(replies("\x1b[>q"), version);
    assert_eq!(replies("\x1b[>0q"), version);
}

#[test]
fn answers_are_in_stream_order() {
    let events =
        feed(&mut terminal(80, 24), "\x1b[5n\x1b[?2026$p\x1b]11;?\x07\x1b[?u\x1b[c\x07\x1b[5n");
    let answer = "\x1b[0n\x1b[?2026;2$y\x1b]11;rgb:1818/1818/1818\x07\x1b[?0u\x1b[?62;22;52c";
    assert_eq!(
        events,
        [TermEvent::Reply(answer.into()), TermEvent::Bell, TermEvent::Reply(b"\x1b[0n".to_vec())]
    );
}

#[test]
fn modes_report_their_state() {
    for mode in
        [1, 6, 12, 66, 1000, 1002, 1003, 1004, 1005, 1006, 1015, 1016, 1047, 1049, 2004, 2026, 2031]
    {
        let asked = replies(format!(
            "\x1b[?{mode}$p\x1b[?{mode}h\x1b[?{mode}$p\x1b[?{mode}l\x1b[?{mode}$p"
        ));
        assert_eq!(asked, format!("\x1b[?{mode};2$y\x1b[?{mode};1$y\x1b[?{mode};2$y"), "{mode}");
    }
    for mode in [7, 25, 1007, 1042] {
        assert_eq!(replies(format!("\x1b[?{mode}$p")), format!("\x1b[?{mode};1$y"));
    }
    assert_eq!(replies("\x1b[?9999$p"), "\x1b[?9999;0$y");
    assert_eq!(replies("\x1b[?2048$p"), "\x1b[?2048;0$y");
    assert_eq!(replies("\x1b[4$p\x1b[4h\x1b[4$p\x1b[99$p"), "\x1b[4;2$y\x1b[4;1$y\x1b[99;0$y");
}

#[test]
fn colours() {
    assert_eq!(replies("\x1b]10;?\x1b\\"), "\x1b]10;rgb:d8d8/d8d8/d8d8\x1b\\");
    assert_eq!(
        replies("\x1b]10;?;?\x07"),
        "\x1b]10;rgb:d8d8/d8d8/d8d8\x07\x1b]11;rgb:1818/1818/1818\x07"
    );
    assert_eq!(replies("\x1b]12;#ff0000\x07\x1b]12;?\x07"), "\x1b]12;rgb:ffff/0000/0000\x07");
    assert_eq!(replies("\x1b]4;196;?\x07"), "\x1b]4;196;rgb:ffff/0000/0000\x07");
    assert_eq!(
        replies("\x1b]4;1;rgb:12/34/56;1;?\x07\x1b]104;1\x07\x1b]4;1;?\x07"),
        "\x1b]4;1;rgb:1212/3434/5656\x07\x1b]4;1;rgb:cdcd/0000/0000\x07"
    );
    assert_eq!(replies("\x1b]4;256;?\x07\x1b]4;x;?\x07"), "");
}

#[test]
fn the_users_palette_answers_and_its_change_is_reported() {
    let mut emulator = terminal(80, 24);
    let light = Palette { bg: (255, 255, 255), fg: (1, 2, 3), ..Palette::default() };
    let mut events = Vec::new();
    emulator.set_palette(light, &mut events);
    assert_eq!(events, []);
    let asked = feed(&mut emulator, "\x1b]10;?\x07\x1b[?996n\x1b[?2031h");
    assert_eq!(asked, [TermEvent::Reply(b"\x1b]10;rgb:0101/0202/0303\x07\x1b[?997;2n".to_vec())]);
    emulator.set_palette(Palette::default(), &mut events);
    assert_eq!(events, [TermEvent::Reply(b"\x1b[?997;1n".to_vec())]);
}

#[test]
fn settings_and_capabilities() {
    assert_eq!(replies("\x1b[1;31m\x1bP$qm\x1b\\"), "\x1bP1$r0;1;31m\x1b\\");
    assert_eq!(replies("\x1b[4;20r\x1bP$qr\x1b\\"), "\x1bP1$r4;20r\x1b\\");
    assert_eq!(replies("\x1b[4 q\x1bP$q q\x1b\\"), "\x1bP1$r4 q\x1b\\");
    assert_eq!(replies("\x1bP$qz\x1b\\"), "\x1bP0$r\x1b\\");
    assert_eq!(replies("\x1bP+q524742\x1b\\"), "\x1bP1+r524742=38\x1b\\");
    assert_eq!(replies("\x1bP+q436f;5858\x1b\\"), "\x1bP1+r436f=323536\x1b\\\x1bP0+r5858\x1b\\");
    assert_eq!(replies("\x1bP+q\x01evil\x1b\\"), "\x1bP0+r\x1b\\");
}

#[test]
fn sizes() {
    let mut emulator = terminal(80, 24);
    let asked = feed(&mut emulator, "\x1b[14t\x1b[16t\x1b[18t");
    assert_eq!(asked, [TermEvent::Reply(b"\x1b[4;384;640t\x1b[6;16;8t\x1b[8;24;80t".to_vec())]);
    emulator.set_cell_pixels(CellPixels { width: 10, height: 20 });
    let asked = feed(&mut emulator, "\x1b[14t\x1b[16t");
    assert_eq!(asked, [TermEvent::Reply(b"\x1b[4;480;800t\x1b[6;20;10t".to_vec())]);
}

#[test]
fn keyboards_have_a_stack_per_screen() {
    let asked = "\x1b[>5u\x1b[?u\x1b[=2;2u\x1b[?u\x1b[=1;3u\x1b[?u\x1b[?1049h\x1b[?u\x1b[>1u\x1b[?u\
                 \x1b[?1049l\x1b[?u\x1b[<u\x1b[?u\x1b[<9u\x1b[?u";
    let flags: Vec<u8> =
        replies(asked).split("\x1b[?").skip(1).map(|r| r.as_bytes()[0] - b'0').collect();
    assert_eq!(flags, [5, 7, 6, 0, 1, 6, 0, 0]);
    assert_eq!(replies("\x1b[>4;2m\x1b[?4m\x1b[>4m\x1b[?4m"), "\x1b[>4;2m\x1b[>4;0m");
}

#[test]
fn what_programs_report() {
    let mut emulator = terminal(80, 24);
    let mut events = |bytes: &str| feed(&mut emulator, bytes);
    assert_eq!(events("\x1b]2;a;b\x07"), [TermEvent::Title(Some("a;b".into()))]);
    assert_eq!(events("\x1b]7;file://host/tmp/a%20b\x1b\\"), [TermEvent::Cwd("/tmp/a b".into())]);
    assert_eq!(events("\x1b]7;http://host/tmp\x07\x1b]7;file://host\x07"), []);
    let store = |kind, text: &str| TermEvent::ClipboardStore { kind, text: text.into() };
    assert_eq!(events("\x1b]52;c;aGkKeQ==\x07"), [store(ClipboardKind::Clipboard, "hi\ny")]);
    assert_eq!(events("\x1b]52;p;aGk\x07"), [store(ClipboardKind::Selection, "hi")]);
    assert_eq!(events("\x1b]52;;?\x07"), [TermEvent::ClipboardLoad(ClipboardKind::Clipboard)]);
    let note = |title: Option<&str>, body: &str| {
        let title = title.map(Into::into);
        TermEvent::Notification(Notification { title, body: body.into() })
    };
    assert_eq!(events("\x1b]9;done\x07"), [note(None, "done")]);
    assert_eq!(events("\x1b]9;4;1;50\x07"), []);
    assert_eq!(events("\x1b]777;notify;T;B\x07"), [note(Some("T"), "B")]);
    assert_eq!(events("\x1b]99;i=1:d=0;T\x1b\\\x1b]99;i=1:p=body;B\x1b\\"), [note(Some("T"), "B")]);
    assert_eq!(events("\x1b]99;i=2:d=0;T\x07\x1b]99;i=3;other\x07"), [note(None, "other")]);
    let pieces = "\x1b]99;i=4:d=0:e=1:p=body;ww==\x07\x1b]99;i=4:e=1:p=body;qSE=\x07";
    assert_eq!(events(pieces), [note(None, "\u{e9}!")]);
    assert_eq!(
        events("\x1b]99;i=a b:p=?;\x1b\\\x1b]99;i=ab:p=?;\x07"),
        [TermEvent::Reply(
            b"\x1b]99;i=:p=?;p=title,body\x1b\\\x1b]99;i=ab:p=?;p=title,body\x1b\\".to_vec()
        )]
    );
    assert_eq!(events(&"\x1b]9;x\x07".repeat(1000)).len(), 16);
    assert_eq!(events("\x1b]99;e=1;aGk=\x1b\\"), [note(None, "hi")]);
    assert_eq!(events("\x1b[22t\x1b]2;x\x07\x1b[23t"), [TermEvent::Title(Some("a;b".into()))]);
    assert_eq!(events("\x1bc"), [TermEvent::Title(None)]);
    assert_eq!(events("\x07\x07\x07"), [TermEvent::Bell]);
}

#[test]
fn a_clipboard_answer_is_a_sequence() {
    let reply = crate::clipboard_reply(ClipboardKind::Selection, "hi");
    assert_eq!(reply, b"\x1b]52;p;aGk=\x1b\\");
}
