//! Whatever is typed, in whatever frames, and wherever daemons are killed: the events are the same.

use proptest::prelude::*;

use crate::server::client::input_cursor::*;
use segno_term::input::{Decoder, InputEvent};

/// What a daemon has of a client: this is what dies.
struct Daemon {
    frames: Frames,
    decoder: Decoder,
    chord: bool,
}

impl Daemon {
    fn resume(progress: &Progress) -> Daemon {
        let decoder = match progress.paste {
            Some(_) => Decoder::within_paste(),
            None => Decoder::new(),
        };
        Daemon { frames: Frames::resume(progress.clone()), decoder, chord: false }
    }

    /// Handles a frame; the events of it, and of nothing before. A `b` begins a chord, which is
    /// one event with what follows.
    fn handle(&mut self, seq: u64, bytes: &[u8], out: &mut Vec<InputEvent>) -> Option<Progress> {
        let bytes = self.frames.take(seq, bytes)?.into_owned();
        let mut rest = &bytes[..];
        while !rest.is_empty() {
            let mut events = Vec::new();
            let count = self.decoder.step(rest, &mut events);
            rest = &rest[count..];
            self.frames.step(count, self.decoder.unread());
            for event in events {
                let begins = matches!(&event, InputEvent::Key(key) if key.key.to_string() == "b");
                match (self.chord, begins) {
                    (false, true) => self.chord = true,
                    _ => {
                        self.chord = false;
                        out.push(event);
                    }
                }
            }
            self.frames.settle(self.chord && !self.decoder.in_paste());
        }
        let paste = self.decoder.in_paste().then(Paste::default);
        let progress = self.frames.progress(paste);
        let stored = Progress::decode(progress.seq, &progress.encode());
        assert_eq!(stored, progress);
        Some(stored)
    }
}

/// Paste data comes in other pieces when it comes in other frames.
fn joined(events: Vec<InputEvent>) -> Vec<InputEvent> {
    let mut joined: Vec<InputEvent> = Vec::new();
    for event in events {
        match (joined.last_mut(), event) {
            (Some(InputEvent::PasteData(before)), InputEvent::PasteData(data)) => {
                before.extend(data);
            }
            (_, event) => joined.push(event),
        }
    }
    joined
}

fn typed() -> impl Strategy<Value = Vec<u8>> {
    let piece = proptest::sample::select(vec![
        "a",
        "b",
        "é",
        "\u{1f600}",
        "\x1b[1;5A",
        "\x1b\x1b[B",
        "\x1bOP",
        "\x1b",
        "\x1b[<0;1;2M",
        "\x1b[M abc",
        "\x1b[97;5u",
        "\x1b]11;rgb:00/00/00\x1b\\",
        "\x1b[200~",
        "\x1b[201~",
        "\x1b[20",
    ]);
    proptest::collection::vec(piece, 0..20).prop_map(|pieces| pieces.concat().into_bytes())
}

proptest! {
    #[test]
    fn kills_at_every_frame_change_nothing(
        bytes in typed(),
        sizes in proptest::collection::vec(1_usize..6, 1..60),
        kills in proptest::collection::vec(any::<bool>(), 1..60),
    ) {
        let mut frames: Vec<&[u8]> = Vec::new();
        let mut rest = &bytes[..];
        for size in sizes.iter().cycle() {
            if rest.is_empty() {
                break;
            }
            let (frame, after) = rest.split_at((*size).min(rest.len()));
            frames.push(frame);
            rest = after;
        }
        let mut whole = Vec::new();
        let mut daemon = Daemon::resume(&Progress::default());
        daemon.handle(1, &bytes, &mut whole);

        let mut events = Vec::new();
        let mut stored = Progress::default();
        let mut daemon = Daemon::resume(&stored);
        for number in 1..=frames.len() {
            if kills[number % kills.len()] {
                daemon = Daemon::resume(&stored);
                // The client sends what was not acknowledged.
                let from = usize::try_from(stored.settled()).unwrap();
                for (at, again) in frames.iter().enumerate().take(number - 1).skip(from) {
                    let mut none = Vec::new();
                    let progress = daemon.handle(at as u64 + 1, again, &mut none);
                    prop_assert!(none.is_empty(), "{none:?}");
                    prop_assert!(progress.is_none_or(|progress| progress == stored));
                }
            }
            stored = daemon
                .handle(number as u64, frames[number - 1], &mut events)
                .expect("it is a new frame");
        }
        prop_assert_eq!(joined(events), joined(whole));
    }

    #[test]
    fn nonsense_is_some_progress(seq: u64, bytes: [u8; Progress::BYTES], frame: Vec<u8>) {
        let progress = Progress::decode(seq, &bytes);
        let mut frames = Frames::resume(progress.clone());
        prop_assert!(progress.settled() <= seq);
        if let Some(next) = progress.settled().checked_add(1) {
            frames.take(next, &frame);
            frames.settle(false);
            frames.progress(None);
        }
    }
}

#[test]
fn what_was_begun_is_taken_again_and_the_rest_is_not() {
    let mut daemon = Daemon::resume(&Progress::default());
    let mut events = Vec::new();
    assert_eq!(daemon.handle(1, b"x", &mut events).unwrap().settled(), 1);
    assert_eq!(daemon.handle(2, b"y\x1b", &mut events).unwrap().settled(), 1);
    assert_eq!(daemon.handle(3, b"[1;", &mut events).unwrap().settled(), 1);
    let progress = daemon.handle(4, b"5", &mut events).unwrap();
    assert_eq!((progress.settled(), events.len()), (1, 2));
    let mut daemon = Daemon::resume(&progress);
    for (seq, frame) in [(2, &b"y\x1b"[..]), (3, b"[1;"), (4, b"5")] {
        daemon.handle(seq, frame, &mut events);
    }
    assert_eq!(events.len(), 2);
    assert_eq!(daemon.handle(5, b"A", &mut events).unwrap(), Progress::handled(5));
    assert_eq!(events.len(), 3);
}
