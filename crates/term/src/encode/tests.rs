//! What programs are sent, in tables taken from the protocols' documents.
//!
//! That it decodes to the same keys again is tested with the decoder, in `input`.

use proptest::prelude::*;

use super::*;
use crate::state::modes::{MouseEncoding, MouseMode};
use segno_base::key::{Key, KeyCode, KeyEvent, KeyPhase, Modifiers, MouseEvent};
use segno_base::key::{MouseAction, MouseButton};

fn event(text: &str) -> KeyEvent {
    text.parse::<Key>().unwrap().into()
}

fn sent(event: &KeyEvent, modes: &Modes) -> String {
    let mut out = Vec::new();
    encode_key(event, modes, &mut out);
    String::from_utf8(out).unwrap()
}

fn check(modes: Modes, table: &[(&str, &str)]) {
    for (key, want) in table {
        assert_eq!(sent(&event(key), &modes), *want, "{key} in {modes:?}");
    }
}

#[test]
fn legacy() {
    check(
        Modes::default(),
        &[
            ("a", "a"),
            ("A", "A"),
            ("shift+a", "A"),
            ("é", "é"),
            ("alt+x", "\x1bx"),
            ("alt+é", "\x1bé"),
            ("ctrl+c", "\x03"),
            ("ctrl+shift+c", "\x03"),
            ("ctrl+alt+c", "\x1b\x03"),
            ("ctrl+space", "\0"),
            ("ctrl+/", "\x1f"),
            ("ctrl+[", "\x1b"),
            ("ctrl+2", "\0"),
            ("ctrl+8", "\x7f"),
            ("ctrl+1", "1"),
            ("enter", "\r"),
            ("alt+enter", "\x1b\r"),
            ("shift+enter", "\r"),
            ("tab", "\t"),
            ("shift+tab", "\x1b[Z"),
            ("backspace", "\x7f"),
            ("ctrl+backspace", "\x08"),
            ("escape", "\x1b"),
            ("up", "\x1b[A"),
            ("ctrl+right", "\x1b[1;5C"),
            ("shift+home", "\x1b[1;2H"),
            ("pageup", "\x1b[5~"),
            ("ctrl+delete", "\x1b[3;5~"),
            ("f1", "\x1bOP"),
            ("shift+f1", "\x1b[1;2P"),
            ("f5", "\x1b[15~"),
            ("f12", "\x1b[24~"),
            ("ctrl+f12", "\x1b[24;5~"),
            ("f13", "\x1b[25~"),
            ("super+a", ""),
        ],
    );
    check(
        Modes { app_cursor: true, newline: true, ..Modes::default() },
        &[("up", "\x1bOA"), ("home", "\x1bOH"), ("ctrl+up", "\x1b[1;5A"), ("enter", "\r\n")],
    );
    let keypad = |n| KeyEvent::from(Key::plain(KeyCode::Other(n)));
    for (app_keypad, want) in
        [(false, ["5", "\r", "\x1b[A"]), (true, ["\x1bOu", "\x1bOM", "\x1b[A"])]
    {
        let modes = Modes { app_keypad, ..Modes::default() };
        for (key, want) in [57404, 57414, 57419].into_iter().zip(want) {
            assert_eq!(sent(&keypad(key), &modes), want);
        }
    }
    assert_eq!(sent(&keypad(57441), &Modes::default()), "", "left shift");
    let release = KeyEvent { phase: KeyPhase::Release, ..event("a") };
    assert_eq!(sent(&release, &Modes::default()), "");
}

#[test]
fn modify_other_keys() {
    check(
        Modes { modify_other_keys: 1, ..Modes::default() },
        &[
            ("ctrl+a", "\x01"),
            ("alt+a", "\x1ba"),
            ("ctrl+1", "\x1b[27;5;49~"),
            ("shift+enter", "\x1b[27;2;13~"),
            ("ctrl+tab", "\x1b[27;5;9~"),
            ("shift+tab", "\x1b[Z"),
        ],
    );
    check(
        Modes { modify_other_keys: 2, ..Modes::default() },
        &[
            ("a", "a"),
            ("A", "A"),
            ("ctrl+a", "\x1b[27;5;97~"),
            ("alt+a", "\x1b[27;3;97~"),
            ("ctrl+up", "\x1b[1;5A"),
            ("enter", "\r"),
        ],
    );
}

#[test]
fn kitty_disambiguated() {
    check(
        Modes { kitty: 1, app_cursor: true, ..Modes::default() },
        &[
            ("a", "a"),
            ("A", "A"),
            ("shift+a", "A"),
            ("escape", "\x1b[27u"),
            ("ctrl+a", "\x1b[97;5u"),
            ("ctrl+shift+a", "\x1b[97;6u"),
            ("alt+A", "\x1b[97;4u"),
            ("ctrl+i", "\x1b[105;5u"),
            ("enter", "\r"),
            ("shift+enter", "\x1b[13;2u"),
            ("tab", "\t"),
            ("shift+tab", "\x1b[9;2u"),
            ("backspace", "\x7f"),
            ("up", "\x1b[A"),
            ("ctrl+up", "\x1b[1;5A"),
            ("f1", "\x1b[P"),
            ("f3", "\x1b[13~"),
            ("f5", "\x1b[15~"),
            ("f13", "\x1b[57376u"),
            ("delete", "\x1b[3~"),
            ("super+a", "\x1b[97;9u"),
        ],
    );
}

#[test]
fn kitty_with_more_flags() {
    // Without disambiguation what has a legacy form keeps it.
    check(
        Modes { kitty: 2, ..Modes::default() },
        &[("ctrl+a", "\x01"), ("up", "\x1b[A"), ("escape", "\x1b")],
    );
    let release = |key: &str| KeyEvent { phase: KeyPhase::Release, ..event(key) };
    let repeat = |key: &str| KeyEvent { phase: KeyPhase::Repeat, ..event(key) };
    let with = |kitty| Modes { kitty, ..Modes::default() };
    for (event, flags, want) in [
        (release("a"), 1, ""),
        (release("a"), 3, "\x1b[97;1:3u"),
        (release("enter"), 3, ""),
        (release("enter"), 11, "\x1b[13;1:3u"),
        (release("up"), 3, "\x1b[1;1:3A"),
        (repeat("up"), 3, "\x1b[1;1:2A"),
        (repeat("up"), 1, "\x1b[A"),
        (repeat("a"), 3, "a"),
        (event("ctrl+A"), 5, "\x1b[97:65;6u"),
        (event("a"), 9, "\x1b[97u"),
        (event("enter"), 9, "\x1b[13u"),
        (event("A"), 25, "\x1b[97;2;65u"),
        (event("A"), 31, "\x1b[97:65;2;65u"),
        (event("!"), 25, "\x1b[33;;33u"),
        (event("f2"), 31, "\x1b[Q"),
    ] {
        assert_eq!(sent(&event, &with(flags)), want, "{event:?} with {flags}");
    }
    let base = KeyEvent { base_layout: Some('c'), ..event("ctrl+с") };
    assert_eq!(sent(&base, &with(5)), "\x1b[1089::99;5u");
    let caps = Modifiers::CAPS_LOCK;
    let locked = |code| KeyEvent::from(Key { code, mods: caps });
    assert_eq!(sent(&locked(KeyCode::Enter), &with(1)), "\r");
    assert_eq!(sent(&locked(KeyCode::Char('A')), &with(1)), "A");
    assert_eq!(sent(&locked(KeyCode::Up), &with(1)), "\x1b[1;65A");
    assert_eq!(sent(&locked(KeyCode::Up), &with(0)), "\x1b[A");
    let shift = KeyEvent::from(Key { code: KeyCode::Other(57441), mods: Modifiers::SHIFT });
    assert_eq!(sent(&shift, &with(3)), "");
    assert_eq!(sent(&shift, &with(11)), "\x1b[57441;2u");
}

#[test]
fn mouse_by_mode() {
    use MouseAction::*;
    use MouseButton::*;
    let encoded = |action, mouse, mouse_encoding, x| {
        let event = MouseEvent { action, x, y: 4, mods: Modifiers::CTRL };
        let modes = Modes { mouse, mouse_encoding, ..Modes::default() };
        let mut out = Vec::new();
        let wanted = encode_mouse(&event, &modes, &mut out);
        assert_eq!(wanted, !out.is_empty());
        out
    };
    let sgr = MouseEncoding::Sgr;
    assert_eq!(encoded(Press(Left), MouseMode::Off, sgr, 1), b"");
    assert_eq!(encoded(Press(Left), MouseMode::Click, sgr, 1), b"\x1b[<16;2;5M");
    assert_eq!(encoded(Release(Left), MouseMode::Click, sgr, 300), b"\x1b[<16;301;5m");
    assert_eq!(encoded(Drag(Left), MouseMode::Click, sgr, 1), b"");
    assert_eq!(encoded(Drag(Left), MouseMode::Drag, sgr, 1), b"\x1b[<48;2;5M");
    assert_eq!(encoded(Move, MouseMode::Drag, sgr, 1), b"");
    assert_eq!(encoded(Move, MouseMode::Motion, sgr, 1), b"\x1b[<51;2;5M");
    assert_eq!(encoded(Press(WheelUp), MouseMode::Click, MouseEncoding::X10, 1), b"\x1b[Mp\"%");
    assert_eq!(encoded(Press(Left), MouseMode::Click, MouseEncoding::X10, 222), b"\x1b[M0\xff%");
    assert_eq!(encoded(Press(Left), MouseMode::Click, MouseEncoding::X10, 223), b"");
    let wide = encoded(Press(Left), MouseMode::Click, MouseEncoding::Utf8, 223);
    assert_eq!(wide, "\x1b[M0\u{100}%".as_bytes());
    let urxvt = MouseEncoding::Urxvt;
    assert_eq!(encoded(Press(Left), MouseMode::Click, urxvt, 300), b"\x1b[48;301;5M");
    assert_eq!(encoded(Release(Left), MouseMode::Click, urxvt, 1), b"\x1b[51;2;5M");
    let pixels = MouseEncoding::SgrPixels;
    assert_eq!(encoded(Drag(Left), MouseMode::Drag, pixels, 10), b"\x1b[<48;85;73M");
    assert_eq!(encoded(Release(Left), MouseMode::Drag, pixels, 0), b"\x1b[<16;5;73m");
}

#[test]
fn the_wheel_as_keys() {
    let event = MouseEvent {
        action: MouseAction::Press(MouseButton::WheelDown),
        x: 0,
        y: 0,
        mods: Modifiers::NONE,
    };
    let modes = Modes { alternate_scroll: true, alt_screen: true, ..Modes::default() };
    let mut out = Vec::new();
    assert!(encode_wheel_as_keys(&event, 3, &modes, &mut out));
    assert_eq!(out, b"\x1b[B\x1b[B\x1b[B");
    for other in [
        Modes { alt_screen: false, ..modes },
        Modes { alternate_scroll: false, ..modes },
        Modes { mouse: MouseMode::Click, ..modes },
    ] {
        assert!(!encode_wheel_as_keys(&event, 3, &other, &mut out));
    }
}

fn paste(modes: &Modes, pieces: &[&[u8]]) -> Vec<u8> {
    let mut out = Vec::new();
    let mut paste = PasteEncoder::start(modes, &mut out);
    for piece in pieces {
        paste.data(piece, &mut out);
    }
    paste.end(&mut out);
    out
}

#[test]
fn pastes() {
    let plain = Modes::default();
    assert_eq!(paste(&plain, &[b"a\nb\r", b"\nc\rd"]), b"a\rb\rc\rd");
    let bracketed = Modes { bracketed_paste: true, ..plain };
    assert_eq!(paste(&bracketed, &[b"a\nb\x1b[1m"]), b"\x1b[200~a\nb\x1b[1m\x1b[201~");
    assert_eq!(paste(&bracketed, &[b"rm\x1b[2", b"01~\r"]), b"\x1b[200~rm[201~\r\x1b[201~");
    assert_eq!(paste(&bracketed, &[b"x\x1b"]), b"\x1b[200~x\x1b[201~");
}

#[test]
fn focus_only_when_asked() {
    let mut out = Vec::new();
    encode_focus(true, &Modes::default(), &mut out);
    assert_eq!(out, b"");
    let modes = Modes { focus_events: true, ..Modes::default() };
    encode_focus(true, &modes, &mut out);
    encode_focus(false, &modes, &mut out);
    assert_eq!(out, b"\x1b[I\x1b[O");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(3000))]

    #[test]
    fn no_paste_ends_its_own_bracket(
        pieces in prop::collection::vec("(\x1b|\\[|201~|20|1~|x|\x1b\\[201~){0,5}", 0..8),
    ) {
        let modes = Modes { bracketed_paste: true, ..Modes::default() };
        let pieces: Vec<&[u8]> = pieces.iter().map(|p| p.as_bytes()).collect();
        let out = paste(&modes, &pieces);
        let ends = out.windows(6).filter(|w| w == b"\x1b[201~").count();
        prop_assert_eq!(ends, 1);
        prop_assert!(out.ends_with(b"\x1b[201~"));
        // However it is cut.
        prop_assert_eq!(&out, &paste(&modes, &[&pieces.concat()]));
        // And only escape characters are ever lost.
        let text = |bytes: &[u8]| bytes.iter().copied().filter(|b| *b != 0x1b).collect::<Vec<_>>();
        prop_assert_eq!(text(&out[6..out.len() - 6]), text(&pieces.concat()));
    }

    #[test]
    fn no_key_is_sent_without_end(c: char, mods: u8, kitty: u8, other in 0u8..3) {
        let event = KeyEvent::from(Key { code: KeyCode::Char(c), mods: Modifiers(mods) });
        let modes = Modes { kitty, modify_other_keys: other, ..Modes::default() };
        let mut out = Vec::new();
        encode_key(&event, &modes, &mut out);
        prop_assert!(out.len() < 64);
    }
}
