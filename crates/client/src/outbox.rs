//! Typed bytes on their way to the daemon: numbered, kept until acknowledged, sent again after a
//! reconnect. Pure; `attached` moves the bytes.
//!
//! The guarantee: input is handled in order, and never lost while this client lives. That it is not
//! handled twice is the daemon's part: it says after a reconnect how far it has come.

use std::collections::VecDeque;

use segno_wire::frame::FromClient;

/// How many typed bytes are kept unacknowledged before the client stops reading its terminal,
/// where the rest waits.
pub const KEEP_MAX: usize = 1024 * 1024;

/// Input that may have to be sent again.
#[derive(Debug, Default)]
pub struct Outbox {
    /// The number of the last frame made.
    last: u64,
    acked: u64,
    unacked: VecDeque<(u64, Vec<u8>)>,
    kept: usize,
}

impl Outbox {
    /// Numbers and keeps what was typed; appends its frame to `out` when there is a connection.
    pub fn typed(&mut self, bytes: &[u8], out: Option<&mut Vec<u8>>) {
        self.last += 1;
        let frame = FromClient::Input { seq: self.last, bytes: bytes.to_vec() };
        if let Some(out) = out {
            frame.encode(out);
        }
        self.kept += bytes.len();
        self.unacked.push_back((self.last, bytes.to_vec()));
    }

    /// The daemon has handled everything up to this number.
    pub fn acknowledge(&mut self, seq: u64) {
        // A number from the future would be a bug of the daemon; it must not skip later input.
        self.acked = self.acked.max(seq.min(self.last));
        while let Some((seq, bytes)) = self.unacked.front()
            && *seq <= self.acked
        {
            self.kept -= bytes.len();
            self.unacked.pop_front();
        }
    }

    /// The highest number acknowledged, for the hello.
    pub fn acked(&self) -> u64 {
        self.acked
    }

    /// Appends everything unacknowledged again, after the hello's answer was acknowledged.
    pub fn resend(&self, out: &mut Vec<u8>) {
        for (seq, bytes) in &self.unacked {
            FromClient::Input { seq: *seq, bytes: bytes.clone() }.encode(out);
        }
    }

    /// How many typed bytes wait for a daemon's word.
    pub fn kept(&self) -> usize {
        self.kept
    }

    /// Whether more may be read from the terminal.
    pub fn has_room(&self) -> bool {
        self.kept < KEEP_MAX
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use segno_wire::frame::FrameDecoder;

    fn inputs(bytes: Vec<u8>) -> Vec<(u64, Vec<u8>)> {
        let mut frames = FrameDecoder::new(bytes);
        let mut inputs = Vec::new();
        while let Some(frame) = frames.next_from_client().unwrap() {
            match frame {
                FromClient::Input { seq, bytes } => inputs.push((seq, bytes)),
                other => panic!("{other:?}"),
            }
        }
        inputs
    }

    #[derive(Debug, Clone)]
    enum Step {
        Type(u8),
        /// The daemon handles this many waiting frames and acknowledges all but some.
        Handle(u8),
        Ack,
        /// The connection breaks; the next daemon knows nothing but the client's word.
        Break,
    }

    proptest! {
        /// Acknowledgements that the old daemon wrote are read before the break is noticed, so a
        /// break never repeats anything.
        #[test]
        fn nothing_is_lost_or_repeated(steps in proptest::collection::vec(prop_oneof![
            any::<u8>().prop_map(Step::Type),
            (1u8..4).prop_map(Step::Handle),
            Just(Step::Ack),
            Just(Step::Break),
        ], 0..60)) {
            let mut outbox = Outbox::default();
            let mut typed = Vec::new();
            let mut handled = Vec::new();
            let mut highest = 0;
            let mut wire: VecDeque<(u64, Vec<u8>)> = VecDeque::new();
            let mut connected = true;
            for step in steps.into_iter().chain([Step::Break, Step::Break, Step::Handle(255)]) {
                match step {
                    Step::Type(byte) => {
                        typed.push(byte);
                        let mut out = Vec::new();
                        outbox.typed(&[byte], connected.then_some(&mut out));
                        wire.extend(inputs(out));
                    }
                    Step::Handle(count) => for _ in 0..count {
                        if let Some((seq, bytes)) = wire.pop_front() {
                            prop_assert_eq!(seq, highest + 1);
                            highest = seq;
                            handled.extend(bytes);
                        }
                    },
                    Step::Ack => outbox.acknowledge(highest),
                    Step::Break if connected => {
                        outbox.acknowledge(highest);
                        wire.clear();
                        connected = false;
                    }
                    Step::Break => {
                        let mut out = Vec::new();
                        outbox.acknowledge(outbox.acked());
                        outbox.resend(&mut out);
                        wire.extend(inputs(out));
                        connected = true;
                    }
                }
            }
            if connected {
                handled.extend(wire.into_iter().flat_map(|(_, bytes)| bytes));
                prop_assert_eq!(handled, typed);
            }
        }
    }

    #[test]
    fn an_acknowledgement_from_the_future_does_not_swallow_later_input() {
        let mut outbox = Outbox::default();
        outbox.acknowledge(99);
        outbox.typed(b"x", None);
        let mut out = Vec::new();
        outbox.resend(&mut out);
        assert_eq!(inputs(out), [(1, b"x".to_vec())]);
        assert!(outbox.has_room());
    }
}
