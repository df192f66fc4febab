//! The decoder: tables of what terminals send, and properties over any bytes.

use proptest::prelude::*;

use super::*;
use crate::encode::{encode_key, encode_mouse};
use crate::state::modes::{Modes, MouseEncoding, MouseMode};
use segno_base::key::{
    Key, KeyCode, KeyEvent, KeyPhase, Modifiers, MouseAction, MouseButton, MouseEvent,
};

fn decode(bytes: &[u8]) -> Vec<InputEvent> {
    let mut decoder = Decoder::new();
    let mut out = Vec::new();
    decoder.feed(bytes, &mut out);
    decoder.flush(&mut out);
    out
}

/// The keys of the events, as settings spell them.
fn keys(bytes: &[u8]) -> String {
    let names: Vec<String> = decode(bytes)
        .into_iter()
        .map(|event| match event {
            InputEvent::Key(event) => event.key.to_string(),
            other => format!("{other:?}"),
        })
        .collect();
    names.join(" ")
}

#[test]
fn keys_of_the_legacy_protocol() {
    for (bytes, want) in [
        (&b"aZ 1"[..], "a Z space 1"),
        (b"\x01\x1a\x00\x1c\x1d\x1e\x1f", "ctrl+a ctrl+z ctrl+space ctrl+\\ ctrl+] ctrl+^ ctrl+_"),
        (b"\r\n\t\x7f\x08", "enter ctrl+j tab backspace ctrl+h"),
        (b"\x1b", "escape"),
        (b"\x1b\x1b", "alt+escape"),
        (b"\x1bx\x1bX\x1b\r\x1b\x7f\x1b\x01", "alt+x alt+X alt+enter alt+backspace ctrl+alt+a"),
        (b"\x1b[", "alt+["),
        (b"\x1bO", "alt+O"),
        (b"\x1b]", "alt+]"),
        (b"\x1bP", "alt+P"),
        (b"\x1b]x", "alt+] x"),
        (b"\x1bPx", "alt+P x"),
        (b"\x1b[\r", "alt+[ enter"),
        (b"\x1b[A\x1bOA\x1b[1;5C\x1b[1;2D", "up up ctrl+right shift+left"),
        (b"\x1b[H\x1b[F\x1b[1~\x1b[4~\x1b[7~\x1b[8~", "home end home end home end"),
        (b"\x1b[2~\x1b[3~\x1b[5~\x1b[6~\x1b[3;5~", "insert delete pageup pagedown ctrl+delete"),
        (b"\x1bOP\x1bOQ\x1bOR\x1bOS\x1b[15~\x1b[24~", "f1 f2 f3 f4 f5 f12"),
        (b"\x1b[25~\x1b[34~\x1b[1;2P\x1b[1;5R\x1b[11~", "f13 f20 shift+f1 ctrl+f3 f1"),
        (b"\x1b[[A\x1b[[E", "f1 f5"),
        (b"\x1b[Z\x1b[1;6Z", "shift+tab ctrl+shift+tab"),
        (b"\x1bO5A\x1bO1;5A\x1bOa\x1b[a", "ctrl+up ctrl+up ctrl+up shift+up"),
        (b"\x1b[3^\x1b[3@", "ctrl+delete ctrl+shift+delete"),
        (b"\x1b\x1b[A\x1b\x1bOA", "alt+up alt+up"),
        (b"\x1bOp\x1bOM", "key57399 key57414"),
        (b"\x1b[27;5;9~\x1b[27;2;13~\x1b[27;6;65~", "ctrl+tab shift+enter ctrl+shift+A"),
        ("é界😀\x1bé".as_bytes(), "é 界 😀 alt+é"),
        (b"\xff\xe2\x28a\xc3", "\u{fffd} \u{fffd} ( a \u{fffd}"),
        (b"\x1b[99999999999999999999~x", "x"),
    ] {
        assert_eq!(keys(bytes), want, "{:?}", String::from_utf8_lossy(bytes));
    }
}

#[test]
fn keys_of_the_kitty_protocol() {
    for (bytes, want) in [
        (&b"\x1b[97u\x1b[97;5u\x1b[27u"[..], "a ctrl+a escape"),
        (b"\x1b[13;2u\x1b[9;5u\x1b[127;3u\x1b[57344u", "shift+enter ctrl+tab alt+backspace escape"),
        (b"\x1b[57399u\x1b[57441;2u\x1b[57376u", "key57399 shift+key57441 f13"),
        (b"\x1b[13~\x1b[1;5P\x1b[57427~\x1b[E", "f3 ctrl+f1 key57427 key57427"),
        (b"\x1b[0u\x1b[1114112u\x1b[u", ""),
    ] {
        assert_eq!(keys(bytes), want, "{:?}", String::from_utf8_lossy(bytes));
    }
    let full = decode(b"\x1b[97:65:99;2:3;65:66u");
    let want = KeyEvent {
        key: Key { code: KeyCode::Char('a'), mods: Modifiers::SHIFT },
        phase: KeyPhase::Release,
        text: Some("AB".into()),
        shifted: Some('A'),
        base_layout: Some('c'),
    };
    assert_eq!(full, [InputEvent::Key(want)]);
    let arrow = KeyEvent { phase: KeyPhase::Repeat, ..Key::plain(KeyCode::Up).into() };
    assert_eq!(decode(b"\x1b[1;1:2A"), [InputEvent::Key(arrow)]);
}

#[test]
fn bindings_are_spelled_one_way() {
    for (bytes, want) in [
        (&b"A"[..], "A"),
        (b"\x1b[97;2u", "A"),
        (b"\x1b[49:33;2u", "!"),
        (b"\x1b[97;69u", "ctrl+a"),
        (b"\x1b[97;6u", "ctrl+shift+a"),
        (b"\x1b[27;6;65~", "ctrl+shift+a"),
        (b"\x1b[97;4u", "alt+A"),
        (b"\x1bA", "alt+A"),
        (b"\x1b[57414;5u", "ctrl+enter"),
        (b"\x1b[57399u", "0"),
        (b"\x1b[Z", "shift+tab"),
        (b"\x1b[9;2u", "shift+tab"),
        (b"\x1b[1;129A", "up"),
    ] {
        let [InputEvent::Key(event)] = &decode(bytes)[..] else { panic!("{bytes:?}") };
        assert_eq!(binding(event).to_string(), want, "{:?}", String::from_utf8_lossy(bytes));
    }
}

fn mouse(action: MouseAction, x: u16, y: u16, mods: Modifiers) -> InputEvent {
    InputEvent::Mouse(MouseEvent { action, x, y, mods })
}

#[test]
fn mouse_reports() {
    use MouseAction::*;
    use MouseButton::*;
    let none = Modifiers::NONE;
    for (bytes, want) in [
        (&b"\x1b[<0;1;1M"[..], mouse(Press(Left), 0, 0, none)),
        (b"\x1b[<2;300;70m", mouse(Release(Right), 299, 69, none)),
        (b"\x1b[<32;3;4M", mouse(Drag(Left), 2, 3, none)),
        (b"\x1b[<35;3;4M", mouse(Move, 2, 3, none)),
        (b"\x1b[<64;3;4M", mouse(Press(WheelUp), 2, 3, none)),
        (b"\x1b[<85;3;4M", mouse(Press(WheelDown), 2, 3, Modifiers::CTRL.with(Modifiers::SHIFT))),
        (b"\x1b[<128;3;4M", mouse(Press(Extra(8)), 2, 3, none)),
        (b"\x1b[M !!", mouse(Press(Left), 0, 0, none)),
        (b"\x1b[M#\xff\x30", mouse(Release(Left), 222, 15, none)),
        (b"\x1b[32;5;6M", mouse(Press(Left), 4, 5, none)),
    ] {
        assert_eq!(decode(bytes), [want], "{:?}", String::from_utf8_lossy(bytes));
    }
    assert_eq!(decode(b"\x1b[<0;0;1M\x1b[<0;1M\x1b[M   "), []);
    // Escape and then the mouse, at once.
    assert_eq!(decode(b"\x1b\x1b[<0;1;1M").len(), 2);
}

#[test]
fn replies() {
    use TerminalReply::*;
    let color = |which, rgb| Color { which, rgb };
    for (bytes, want) in [
        (&b"\x1b[?62;22;52c"[..], PrimaryDevice(vec![62, 22, 52])),
        (b"\x1b[?5u", KittyKeyboard(5)),
        (b"\x1b]10;rgb:ffff/8080/0000\x1b\\", color(DynamicColor::Foreground, (255, 128, 0))),
        (b"\x1b]11;rgb:1e/1e/2e\x07", color(DynamicColor::Background, (30, 30, 46))),
        (b"\x1b]12;#ff0010\x07", color(DynamicColor::Cursor, (255, 0, 16))),
        (b"\x1bP>|kitty(0.42.1)\x1b\\", Version("kitty(0.42.1)".into())),
        (b"\x1b[?2026;2$y", ModeReport { mode: 2026, private: true, value: 2 }),
        (b"\x1b[20;1$y", ModeReport { mode: 20, private: false, value: 1 }),
        (b"\x1b[?997;2n", ColorScheme(super::ColorScheme::Light)),
        (b"\x1b]52;c;aGk=\x07", Clipboard("hi".into())),
        (b"\x1b[2;3R", CursorAt { row: 2, col: 3 }),
        (b"\x1b[4;600;800t", WindowSizePixels { width: 800, height: 600 }),
        (b"\x1b[6;18;9t", CellSizePixels { width: 9, height: 18 }),
    ] {
        assert_eq!(decode(bytes), [InputEvent::Reply(want)], "{bytes:?}");
    }
    for unknown in ["\x1b]10;mauve\x07", "\x1b]11;rgb:/1/2\x07", "\x1b]52;c;!\x07", "\x1b]9\x07"] {
        assert_eq!(decode(unknown.as_bytes()), [], "{unknown:?}");
    }
    assert_eq!(decode(b"\x1b[I\x1b[O"), [InputEvent::FocusIn, InputEvent::FocusOut]);
}

#[test]
fn a_string_without_an_end_swallows_no_keys_for_long() {
    assert_eq!(keys(b"\x1b]11;rgb:11/\x03ls"), "ctrl+c l s");
    assert_eq!(keys(b"\x1b]11;rgb:11/\x1b[A"), "up");
    let mut endless = b"\x1b]52;c;".to_vec();
    endless.resize(3 << 20, b'A');
    endless.extend_from_slice(b"\x07x");
    assert_eq!(keys(&endless), "x");
    let mut numbers = b"\x1b[".to_vec();
    numbers.resize(1 << 16, b'1');
    numbers.extend_from_slice(b"ux");
    assert_eq!(keys(&numbers), "x");
}

#[test]
fn what_is_held_waits_for_the_timer() {
    let mut decoder = Decoder::new();
    let mut out = Vec::new();
    decoder.feed(b"\x1b", &mut out);
    assert!(out.is_empty() && decoder.pending());
    decoder.flush(&mut out);
    assert_eq!(out, [InputEvent::Key(Key::plain(KeyCode::Escape).into())]);
    assert!(!decoder.pending());
    // A report that a slow line cut in two is whole after one period, dropped after two.
    for (periods, events) in [(1, 1), (2, 6)] {
        out.clear();
        decoder.feed(b"\x1b[<35;10", &mut out);
        for _ in 0..periods {
            assert!(decoder.pending());
            decoder.flush(&mut out);
        }
        decoder.feed(b";20MABC"[..].get(..4).unwrap(), &mut out);
        if periods == 2 {
            decoder.feed(b"AB", &mut out);
        }
        assert_eq!(out.len(), events, "{out:?}");
    }
}

fn pasted(events: &[InputEvent]) -> Vec<u8> {
    let data = events.iter().map(|e| match e {
        InputEvent::PasteData(data) => data.as_slice(),
        _ => &[],
    });
    data.flatten().copied().collect()
}

#[test]
fn a_paste_passes_in_pieces() {
    let events = decode(b"a\x1b[200~x\x1b[201\x1b[20\x1b[201~b");
    assert_eq!(events[1], InputEvent::PasteStart);
    assert_eq!(pasted(&events), b"x\x1b[201\x1b[20");
    assert_eq!(events[events.len() - 2], InputEvent::PasteEnd);
    let mut large = b"\x1b[200~".to_vec();
    large.resize(10 << 20, b'x');
    let mut decoder = Decoder::new();
    let mut events = Vec::new();
    decoder.feed(&large, &mut events);
    assert_eq!(pasted(&events).len(), large.len() - 6);
    let longest = events.iter().map(|e| match e {
        InputEvent::PasteData(data) => data.len(),
        _ => 0,
    });
    assert!(longest.max().unwrap() <= 64 * 1024);
    assert!(!decoder.pending());
}

/// Neighbouring pieces of a paste joined: how they are cut is not part of the meaning.
fn joined(events: Vec<InputEvent>) -> Vec<InputEvent> {
    let mut out: Vec<InputEvent> = Vec::new();
    for event in events {
        if let (InputEvent::PasteData(data), Some(InputEvent::PasteData(last))) =
            (&event, out.last_mut())
        {
            last.extend_from_slice(data);
        } else {
            out.push(event);
        }
    }
    out
}

/// Bytes that are more often the beginning of something than any bytes are.
fn hostile() -> impl Strategy<Value = Vec<u8>> {
    let piece = prop_oneof![
        prop::collection::vec(any::<u8>(), 0..6),
        prop::sample::select(vec![
            &b"\x1b"[..],
            b"\x1b[",
            b"\x1bO",
            b"\x1b]",
            b"\x1bP",
            b"\x1b[200~",
            b"\x1b[201~",
            b"\x1b[<0;1;2M",
            b"\x1b[M",
            b"\x1b\\",
            b"\x07",
            b"52;c;aGk=",
            b"11;rgb:1/2/3",
            b">|x",
            b"\x1b[97:65;2:3;65u",
            b"1;5A",
            b"27;5;9~",
            b"\xe7\x95\x8c",
            b"\xf0\x9f",
            b"$y",
            b"?2026;2",
        ])
        .prop_map(<[u8]>::to_vec),
    ];
    prop::collection::vec(piece, 0..24).prop_map(|pieces| pieces.concat())
}

fn kitty_code() -> impl Strategy<Value = KeyCode> {
    prop_oneof![
        prop::sample::select("abz019-=[];'\\,./` é界".chars().collect::<Vec<_>>())
            .prop_map(KeyCode::Char),
        prop::sample::select(named()),
        (1u8..=35).prop_map(KeyCode::F),
        (57358u32..57364).prop_map(KeyCode::Other),
        (57399u32..57455).prop_map(KeyCode::Other),
    ]
}

fn named() -> Vec<KeyCode> {
    use KeyCode::*;
    vec![
        Enter, Tab, Backspace, Escape, Left, Right, Up, Down, Home, End, PageUp, PageDown, Insert,
        Delete,
    ]
}

/// Keys that the legacy protocol has a form of their own for.
fn legacy_key() -> impl Strategy<Value = Key> {
    use KeyCode::*;
    let all = || (0u8..8).prop_map(Modifiers);
    let alt = || prop::sample::select(vec![Modifiers::NONE, Modifiers::ALT]);
    let cursor = vec![
        Left,
        Right,
        Up,
        Down,
        Home,
        End,
        PageUp,
        PageDown,
        Insert,
        Delete,
        F(1),
        F(2),
        F(3),
        F(4),
        F(5),
        F(6),
        F(12),
        F(13),
        F(20),
    ];
    let key = |(code, mods)| Key { code, mods };
    prop_oneof![
        (prop::sample::select(cursor), all()).prop_map(key),
        (any::<char>().prop_filter("typed", |c| !c.is_control()).prop_map(Char), alt())
            .prop_map(key),
        (prop::sample::select(vec![Enter, Tab, Backspace, Escape]), alt()).prop_map(key),
        (
            prop::sample::select("abcdefghjklnopqrstuvwxyz".chars().collect::<Vec<_>>())
                .prop_map(Char),
            alt()
        )
            .prop_map(|(code, mods)| Key { code, mods: mods.with(Modifiers::CTRL) }),
        alt().prop_map(|m| Key { code: Tab, mods: m.with(Modifiers::SHIFT) }),
    ]
    // These begin a sequence: only the timer distinguishes them from one.
    .prop_filter("begins nothing", |key| {
        !(key.mods.contains(Modifiers::ALT) && matches!(key.code, Char('[' | 'O' | ']' | 'P')))
    })
}

fn encoded(event: &KeyEvent, modes: &Modes) -> Vec<u8> {
    let mut bytes = Vec::new();
    encode_key(event, modes, &mut bytes);
    bytes
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]

    #[test]
    fn chunking_never_changes_the_events(
        bytes in hostile(),
        cuts in prop::collection::vec(1usize..7, 1..40),
    ) {
        let mut whole = Vec::new();
        let mut decoder = Decoder::new();
        decoder.feed(&bytes, &mut whole);
        let pending = decoder.pending();
        decoder.flush(&mut whole);
        decoder.flush(&mut whole);
        prop_assert!(!decoder.pending());
        let mut pieces = Vec::new();
        let mut decoder = Decoder::new();
        let (mut rest, mut cuts) = (bytes.as_slice(), cuts.iter().cycle());
        while !rest.is_empty() {
            let (piece, tail) = rest.split_at((*cuts.next().unwrap()).min(rest.len()));
            decoder.feed(piece, &mut pieces);
            rest = tail;
        }
        prop_assert_eq!(decoder.pending(), pending);
        decoder.flush(&mut pieces);
        decoder.flush(&mut pieces);
        prop_assert_eq!(joined(pieces), joined(whole));
    }

    #[test]
    fn flushing_anywhere_is_harmless(bytes in prop::collection::vec(hostile(), 0..5)) {
        let mut decoder = Decoder::new();
        let mut out = Vec::new();
        for piece in bytes {
            decoder.feed(&piece, &mut out);
            decoder.flush(&mut out);
        }
        for event in &out {
            if let InputEvent::Key(event) = event {
                binding(event);
                for kitty in [0, 1, 31] {
                    encoded(event, &Modes { kitty, ..Modes::default() });
                }
            }
        }
    }

    #[test]
    fn kitty_keys_come_back(
        code in kitty_code(),
        mods: u8,
        phase in prop::sample::select(vec![KeyPhase::Press, KeyPhase::Repeat, KeyPhase::Release]),
        text in prop::option::of("[a-zA-Zé界]{1,3}"),
        shifted in prop::option::of(prop::sample::select(vec!['A', '!', 'É'])),
        base in prop::option::of(prop::sample::select(vec!['q', '1'])),
    ) {
        let mods = Modifiers(mods);
        let is_char = matches!(code, KeyCode::Char(_));
        // Reported only for keys that type, and shifted only with shift.
        let typed = text.filter(|_| phase != KeyPhase::Release);
        let plain = is_char && mods.without(Modifiers(0b1100_0001)).is_empty();
        let reported = !plain || typed.is_some() || phase == KeyPhase::Release;
        let shift = mods.contains(Modifiers::SHIFT);
        if !reported || (is_char && shift && shifted.is_none()) {
            return Ok(());
        }
        let event = KeyEvent {
            key: Key { code, mods },
            phase,
            text: typed,
            shifted: shifted.filter(|_| is_char && shift),
            base_layout: base.filter(|_| is_char),
        };
        let bytes = encoded(&event, &Modes { kitty: 31, ..Modes::default() });
        prop_assert_eq!(decode(&bytes), [InputEvent::Key(event)], "{}", String::from_utf8_lossy(&bytes));
    }

    #[test]
    fn disambiguated_keys_come_back(code in kitty_code(), mods in 0u8..64) {
        let key = Key { code, mods: Modifiers(mods) };
        // Shift with a character is sent as the character; modifier keys only with flag 8.
        let types = match code {
            KeyCode::Char(_) => mods == 1,
            KeyCode::Other(n) => matches!(n, 57358..=57360 | 57399..=57413 | 57415 | 57416 | 57441..),
            _ => false,
        };
        if types {
            return Ok(());
        }
        let event = KeyEvent::from(key);
        let bytes = encoded(&event, &Modes { kitty: 1, ..Modes::default() });
        prop_assert_eq!(decode(&bytes), [InputEvent::Key(event)], "{}", String::from_utf8_lossy(&bytes));
    }

    #[test]
    fn legacy_keys_come_back(key in legacy_key(), app_cursor: bool, app_keypad: bool) {
        let modes = Modes { app_cursor, app_keypad, ..Modes::default() };
        let bytes = encoded(&key.into(), &modes);
        prop_assert_eq!(decode(&bytes), [InputEvent::Key(key.into())], "{}", String::from_utf8_lossy(&bytes));
    }

    #[test]
    fn mouse_events_come_back(
        action in 0u8..4, button in 0u8..11, x in 0u16..220, y in 0u16..220, mods in 0u8..8,
        sgr: bool,
    ) {
        use MouseButton::*;
        let button = [
            Left, Middle, Right, WheelUp, WheelDown, WheelLeft, WheelRight, Extra(8), Extra(9),
            Extra(10), Extra(11),
        ][usize::from(button)];
        let action = match action {
            0 => MouseAction::Press(button),
            1 => MouseAction::Release(button),
            2 => MouseAction::Drag(button),
            _ => MouseAction::Move,
        };
        let event = MouseEvent { action, x, y, mods: Modifiers(mods) };
        let modes = Modes {
            mouse: MouseMode::Motion,
            mouse_encoding: if sgr { MouseEncoding::Sgr } else { MouseEncoding::X10 },
            ..Modes::default()
        };
        let mut bytes = Vec::new();
        if encode_mouse(&event, &modes, &mut bytes) {
            let mut want = event;
            if !sgr && matches!(action, MouseAction::Release(_)) {
                want.action = MouseAction::Release(Left);
            }
            prop_assert_eq!(decode(&bytes), [InputEvent::Mouse(want)]);
        } else {
            prop_assert!(bytes.is_empty());
        }
    }
}
