//! Whatever comes, the emulator lives on and stays small.

use super::*;

fn size() -> impl Strategy<Value = (u16, u16)> {
    (0u16..60, 0u16..30)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1000))]

    #[test]
    fn no_stream_and_no_sizes_are_fatal(
        steps in proptest::collection::vec((stream(), size(), -20i32..20), 1..8),
    ) {
        let mut emulator = terminal(10, 4);
        for (stream, (cols, rows), delta) in steps {
            feed(&mut emulator, &stream);
            emulator.scroll(delta);
            let size = Size::new(cols, rows);
            emulator.resize(size);
            prop_assert_eq!(emulator.size(), size.clamped());
            prop_assert!(emulator.history_len() <= 50);
            prop_assert!(emulator.scroll_offset() <= emulator.history_len());
            let frame = shown(&emulator);
            if let Some(cursor) = frame.cursor {
                prop_assert!(frame.area().contains(cursor.at));
            }
            emulator.text(Lines::Last(7), TextFormat::Ansi);
        }
    }

    #[test]
    fn random_bytes_are_not_fatal(bytes in proptest::collection::vec(any::<u8>(), 0..2000)) {
        for size in [Size::MIN, Size::new(40, 10)] {
            let mut emulator = Emulator::new(size, options());
            feed(&mut emulator, &bytes);
            shown(&emulator);
        }
    }
}

/// A long run over pseudo-random streams; the seed is in the message of a failure.
#[test]
fn a_long_random_session() {
    let mut seed = 0x9e37_79b9_7f4a_7c15u64;
    let mut random = || {
        seed ^= seed << 13;
        seed ^= seed >> 7;
        seed ^= seed << 17;
        seed
    };
    const ALPHABET: &[u8] =
        b"\x1b\x1b\x1b[[[]P_?>0123456789;;:$ mHhlrJKLMPSTXABCDbtuqnpc@\r\n\t\x08\x07\\ax";
    let mut emulator = terminal(20, 6);
    for round in 0..3000 {
        let start = random();
        let bytes: Vec<u8> = (0..200)
            .map(|_| match random() % 10 {
                0 => random() as u8,
                _ => ALPHABET[random() as usize % ALPHABET.len()],
            })
            .collect();
        let result = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
            feed(&mut emulator, &bytes);
            if start % 7 == 0 {
                emulator.resize(Size::new((start >> 8) as u16 % 50, (start >> 24) as u16 % 20));
            }
            shown(&emulator);
        }));
        assert!(result.is_ok(), "round {round}, state {start:#x}, bytes {bytes:?}");
    }
}

#[test]
fn repeats_and_zero_width_runs_are_bounded() {
    let start = Instant::now();
    let mut emulator = terminal(80, 24);
    for _ in 0..1000 {
        feed(&mut emulator, "x\x1b[65535b\u{301}\x1b[65535b");
    }
    feed(&mut emulator, format!("\x1b[Ha{}", "\u{301}".repeat(100_000)));
    let frame = shown(&emulator);
    assert_eq!(frame.row(0)[0].extra.as_ref().unwrap().combining.len(), 16);
    assert!(start.elapsed().as_secs() < 20, "{:?}", start.elapsed());
}

#[test]
fn stacks_are_bounded() {
    let mut emulator = terminal(20, 5);
    feed(&mut emulator, "\x1b[22t\x1b[>1u".repeat(10_000));
    assert!(emulator.dump().len() < 1000);
}

#[test]
fn texts_of_events_are_clean_and_bounded() {
    let mut emulator = terminal(20, 5);
    let long = "x".repeat(5000);
    let events = feed(
        &mut emulator,
        format!("\x1b]0;a\u{9b}31mb\u{202e}{long}\x07\x1b]9;{long}\x07\x1b]7;file:///a%0ab\x07"),
    );
    let [TermEvent::Title(Some(title)), TermEvent::Notification(note)] = &events[..] else {
        panic!("{events:?}");
    };
    assert!(title.starts_with("a31mbx") && title.chars().count() == 256);
    assert_eq!(note.body.chars().count(), 1024);
}
