//! The binary frames of an attached connection: `[kind u8][length u32 LE][payload]`.
//!
//! The header, `Detach` and `Bye` are frozen. An unknown kind is skipped, so kinds can be added.
//! Must not interpret the bytes that are carried.

/// The longest payload, in bytes.
pub const PAYLOAD_MAX: usize = 1024 * 1024;

/// Bytes before the payload.
pub const HEADER: usize = 5;

/// How many bytes of input or output fit in one frame.
pub const CHUNK_MAX: usize = PAYLOAD_MAX - 8;

const INPUT: u8 = 0x01;
const RESIZE: u8 = 0x02;
const DETACH: u8 = 0x03;
const SHOWN: u8 = 0x04;
const TERMINAL: u8 = 0x05;
const OUTPUT: u8 = 0x81;
const ACK: u8 = 0x82;
const BYE: u8 = 0x83;

/// From a client.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum FromClient {
    /// Bytes typed. Numbered 1, 2, … over the client's whole life, reconnects included.
    Input {
        /// The frame's number.
        seq: u64,
        /// As the terminal sent them.
        bytes: Vec<u8>,
    },
    /// The terminal's new size.
    Resize {
        /// Columns.
        cols: u16,
        /// Rows.
        rows: u16,
        /// Width in pixels, 0 when unknown.
        xpixel: u16,
        /// Height in pixels, 0 when unknown.
        ypixel: u16,
    },
    /// The client goes.
    Detach,
    /// How many bytes of `Output` of this connection have reached the terminal so far; lets the
    /// daemon skip frames for a slow terminal instead of queueing them.
    Shown(u64),
    /// The client's terminal, whose descriptor comes with this frame's first byte: the daemon may
    /// write to it while all `Output` is shown, until it says `Bye` or the connection ends.
    Terminal,
    /// A kind of a later version; to be skipped.
    Unknown(u8),
}

/// From the daemon.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum FromDaemon {
    /// Bytes for the terminal.
    Output(Vec<u8>),
    /// Every input up to this number has been handled.
    Ack(u64),
    /// The connection ends, and why.
    Bye(Bye),
    /// A kind of a later version; to be skipped.
    Unknown(u8),
}

/// Why the daemon ends a connection.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Bye {
    /// What the client is to do.
    pub reason: ByeReason,
    /// One line for people; may be empty.
    pub text: String,
}

/// What a goodbye means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ByeReason {
    /// The user detached.
    Detached,
    /// The daemon was asked to stop.
    Stopped,
    /// The daemon restarts: the client is to reconnect.
    Restarting,
    /// Everything was ended, or the last pane was closed.
    Ended,
    /// Something went wrong; the text says what.
    Error,
}

impl ByeReason {
    /// The reason's number on the wire.
    pub fn code(self) -> u8 {
        match self {
            ByeReason::Detached => 0,
            ByeReason::Stopped => 1,
            ByeReason::Restarting => 2,
            ByeReason::Ended => 3,
            ByeReason::Error => 255,
        }
    }

    /// The reason with this number; one of a later version counts as an error, whose text is shown.
    pub fn from_code(code: u8) -> ByeReason {
        match code {
            0 => ByeReason::Detached,
            1 => ByeReason::Stopped,
            2 => ByeReason::Restarting,
            3 => ByeReason::Ended,
            _ => ByeReason::Error,
        }
    }
}

/// A stream that is not made of frames; the connection cannot go on.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum FrameError {
    /// The announced length is over the limit.
    #[error("a frame of {0} bytes is over the limit of {PAYLOAD_MAX}")]
    TooLong(u32),
    /// The payload does not fit its kind.
    #[error("a frame of kind {kind:#04x} has an impossible payload of {length} bytes")]
    Malformed {
        /// The frame's kind.
        kind: u8,
        /// The payload's length.
        length: usize,
    },
}

fn begin(out: &mut Vec<u8>, kind: u8, length: usize) {
    debug_assert!(length <= PAYLOAD_MAX);
    out.push(kind);
    out.extend_from_slice(&(length as u32).to_le_bytes());
}

impl FromClient {
    /// Appends the frame. Input longer than [`CHUNK_MAX`] must be cut by the caller, because every
    /// frame has its own number.
    pub fn encode(&self, out: &mut Vec<u8>) {
        match self {
            FromClient::Input { seq, bytes } => {
                begin(out, INPUT, 8 + bytes.len());
                out.extend_from_slice(&seq.to_le_bytes());
                out.extend_from_slice(bytes);
            }
            FromClient::Resize { cols, rows, xpixel, ypixel } => {
                begin(out, RESIZE, 8);
                for n in [cols, rows, xpixel, ypixel] {
                    out.extend_from_slice(&n.to_le_bytes());
                }
            }
            FromClient::Detach => begin(out, DETACH, 0),
            FromClient::Shown(total) => {
                begin(out, SHOWN, 8);
                out.extend_from_slice(&total.to_le_bytes());
            }
            FromClient::Terminal => begin(out, TERMINAL, 0),
            FromClient::Unknown(kind) => begin(out, *kind, 0),
        }
    }

    /// Reads one frame that [`FrameDecoder`] cut.
    pub fn parse(kind: u8, payload: &[u8]) -> Result<FromClient, FrameError> {
        let malformed = FrameError::Malformed { kind, length: payload.len() };
        match kind {
            INPUT => {
                let (seq, bytes) = split_u64(payload).ok_or(malformed)?;
                Ok(FromClient::Input { seq, bytes: bytes.to_vec() })
            }
            RESIZE => {
                let n = |i: usize| {
                    payload.get(2 * i..2 * i + 2).map(|b| u16::from_le_bytes([b[0], b[1]]))
                };
                // Fields may be added behind; the pixels may be left out.
                let (cols, rows) = n(0).zip(n(1)).ok_or(malformed)?;
                let (xpixel, ypixel) = (n(2).unwrap_or(0), n(3).unwrap_or(0));
                Ok(FromClient::Resize { cols, rows, xpixel, ypixel })
            }
            DETACH => Ok(FromClient::Detach),
            SHOWN => Ok(FromClient::Shown(split_u64(payload).ok_or(malformed)?.0)),
            TERMINAL => Ok(FromClient::Terminal),
            other => Ok(FromClient::Unknown(other)),
        }
    }
}

impl FromDaemon {
    /// Appends the frame; output longer than [`CHUNK_MAX`] becomes several.
    pub fn encode(&self, out: &mut Vec<u8>) {
        match self {
            FromDaemon::Output(bytes) => encode_output(bytes, out),
            FromDaemon::Ack(seq) => {
                begin(out, ACK, 8);
                out.extend_from_slice(&seq.to_le_bytes());
            }
            FromDaemon::Bye(Bye { reason, text }) => {
                let text: String = text.chars().take(1000).collect();
                begin(out, BYE, 1 + text.len());
                out.push(reason.code());
                out.extend_from_slice(text.as_bytes());
            }
            FromDaemon::Unknown(kind) => begin(out, *kind, 0),
        }
    }

    /// Reads one frame that [`FrameDecoder`] cut.
    pub fn parse(kind: u8, payload: &[u8]) -> Result<FromDaemon, FrameError> {
        let malformed = FrameError::Malformed { kind, length: payload.len() };
        match kind {
            OUTPUT => Ok(FromDaemon::Output(payload.to_vec())),
            ACK => Ok(FromDaemon::Ack(split_u64(payload).ok_or(malformed)?.0)),
            BYE => {
                let (code, text) = payload.split_first().ok_or(malformed)?;
                let reason = ByeReason::from_code(*code);
                Ok(FromDaemon::Bye(Bye {
                    reason,
                    text: String::from_utf8_lossy(text).into_owned(),
                }))
            }
            other => Ok(FromDaemon::Unknown(other)),
        }
    }
}

/// Appends `Output` frames for bytes without owning them.
pub fn encode_output(bytes: &[u8], out: &mut Vec<u8>) {
    for chunk in bytes.chunks(CHUNK_MAX) {
        begin(out, OUTPUT, chunk.len());
        out.extend_from_slice(chunk);
    }
}

fn split_u64(payload: &[u8]) -> Option<(u64, &[u8])> {
    let (head, rest) = payload.split_first_chunk::<8>()?;
    Some((u64::from_le_bytes(*head), rest))
}

/// Cuts a byte stream into frames: incremental and bounded.
#[derive(Debug, Default)]
pub struct FrameDecoder {
    buffer: Vec<u8>,
    taken: usize,
}

impl FrameDecoder {
    /// A decoder that begins with these bytes, for example what was read behind a hello.
    pub fn new(begin: Vec<u8>) -> FrameDecoder {
        FrameDecoder { buffer: begin, taken: 0 }
    }

    /// Adds what was read. The buffer holds at most one incomplete frame plus what is added, as
    /// long as the caller takes every frame before it adds more.
    pub fn push(&mut self, bytes: &[u8]) {
        if self.taken > 0 {
            self.buffer.drain(..self.taken);
            self.taken = 0;
        }
        self.buffer.extend_from_slice(bytes);
    }

    /// The next complete frame's kind and payload, or `None` when more bytes are needed.
    pub fn next_frame(&mut self) -> Result<Option<(u8, &[u8])>, FrameError> {
        let Some((header, rest)) = self.buffer[self.taken..].split_first_chunk::<HEADER>() else {
            return Ok(None);
        };
        let [kind, length @ ..] = *header;
        let announced = u32::from_le_bytes(length);
        let length = announced as usize;
        if length > PAYLOAD_MAX {
            return Err(FrameError::TooLong(announced));
        }
        if rest.len() < length {
            return Ok(None);
        }
        let start = self.taken + HEADER;
        self.taken = start + length;
        Ok(Some((kind, &self.buffer[start..self.taken])))
    }

    /// The next complete frame from a client.
    pub fn next_from_client(&mut self) -> Result<Option<FromClient>, FrameError> {
        match self.next_frame()? {
            Some((kind, payload)) => FromClient::parse(kind, payload).map(Some),
            None => Ok(None),
        }
    }

    /// The next complete frame from a daemon.
    pub fn next_from_daemon(&mut self) -> Result<Option<FromDaemon>, FrameError> {
        match self.next_frame()? {
            Some((kind, payload)) => FromDaemon::parse(kind, payload).map(Some),
            None => Ok(None),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn the_golden_bytes() {
        let client = [
            (
                FromClient::Input { seq: 0x0102, bytes: b"ab".to_vec() },
                &b"\x01\x0a\0\0\0\x02\x01\0\0\0\0\0\0ab"[..],
            ),
            (
                FromClient::Resize { cols: 200, rows: 50, xpixel: 1600, ypixel: 800 },
                b"\x02\x08\0\0\0\xc8\0\x32\0\x40\x06\x20\x03",
            ),
            (FromClient::Detach, b"\x03\0\0\0\0"),
            (FromClient::Shown(7), b"\x04\x08\0\0\0\x07\0\0\0\0\0\0\0"),
            (FromClient::Terminal, b"\x05\0\0\0\0"),
        ];
        for (frame, bytes) in client {
            let mut out = Vec::new();
            frame.encode(&mut out);
            assert_eq!(out, bytes, "{frame:?}");
            assert_eq!(FrameDecoder::new(out).next_from_client(), Ok(Some(frame)));
        }
        let bye = |reason, text: &str| FromDaemon::Bye(Bye { reason, text: text.into() });
        let daemon = [
            (FromDaemon::Output(b"hi".to_vec()), &b"\x81\x02\0\0\0hi"[..]),
            (FromDaemon::Ack(258), b"\x82\x08\0\0\0\x02\x01\0\0\0\0\0\0"),
            (bye(ByeReason::Detached, ""), b"\x83\x01\0\0\0\0"),
            (bye(ByeReason::Stopped, ""), b"\x83\x01\0\0\0\x01"),
            (bye(ByeReason::Restarting, ""), b"\x83\x01\0\0\0\x02"),
            (bye(ByeReason::Ended, ""), b"\x83\x01\0\0\0\x03"),
            (bye(ByeReason::Error, "no"), b"\x83\x03\0\0\0\xffno"),
        ];
        for (frame, bytes) in daemon {
            let mut out = Vec::new();
            frame.encode(&mut out);
            assert_eq!(out, bytes, "{frame:?}");
            assert_eq!(FrameDecoder::new(out).next_from_daemon(), Ok(Some(frame)));
        }
    }

    #[test]
    fn impossible_frames_are_refused_and_unknown_ones_passed_on() {
        let mut too_long = FrameDecoder::new(b"\x81\x01\0\x10\0".to_vec());
        assert_eq!(too_long.next_frame(), Err(FrameError::TooLong(PAYLOAD_MAX as u32 + 1)));
        for short in [&b"\x01\x02\0\0\0ab"[..], b"\x02\x03\0\0\0abc", b"\x04\0\0\0\0"] {
            let got = FrameDecoder::new(short.to_vec()).next_from_client();
            assert!(matches!(got, Err(FrameError::Malformed { .. })), "{got:?}");
        }
        let mut later = FrameDecoder::new(b"\x7f\x02\0\0\0ab\x03\0\0\0\0".to_vec());
        assert_eq!(later.next_from_client(), Ok(Some(FromClient::Unknown(0x7f))));
        assert_eq!(later.next_from_client(), Ok(Some(FromClient::Detach)));
        let mut later = FrameDecoder::new(b"\x83\x02\0\0\0\x63x".to_vec());
        let bye = Bye { reason: ByeReason::Error, text: "x".into() };
        assert_eq!(later.next_from_daemon(), Ok(Some(FromDaemon::Bye(bye))));
    }

    #[test]
    fn long_output_becomes_several_frames() {
        let bytes = vec![b'x'; CHUNK_MAX + 1];
        let mut out = Vec::new();
        encode_output(&bytes, &mut out);
        let mut frames = FrameDecoder::new(out);
        let mut seen = 0;
        while let Some(FromDaemon::Output(chunk)) = frames.next_from_daemon().unwrap() {
            seen += chunk.len();
        }
        assert_eq!(seen, bytes.len());
    }

    fn any_frame() -> impl Strategy<Value = FromClient> {
        prop_oneof![
            (any::<u64>(), proptest::collection::vec(any::<u8>(), 0..300))
                .prop_map(|(seq, bytes)| FromClient::Input { seq, bytes }),
            any::<(u16, u16, u16, u16)>().prop_map(|(cols, rows, xpixel, ypixel)| {
                FromClient::Resize { cols, rows, xpixel, ypixel }
            }),
            Just(FromClient::Detach),
            any::<u64>().prop_map(FromClient::Shown),
            Just(FromClient::Terminal),
        ]
    }

    proptest! {
        #[test]
        fn any_bytes_in_any_chunks_do_no_harm(
            chunks in proptest::collection::vec(proptest::collection::vec(any::<u8>(), 0..40), 0..20)
        ) {
            let mut client = FrameDecoder::default();
            let mut daemon = FrameDecoder::default();
            for chunk in &chunks {
                client.push(chunk);
                daemon.push(chunk);
                while let Ok(Some(_)) = client.next_from_client() {}
                while let Ok(Some(_)) = daemon.next_from_daemon() {}
            }
        }

        #[test]
        fn frames_survive_any_chunking(
            frames in proptest::collection::vec(any_frame(), 0..10),
            cuts in proptest::collection::vec(1usize..50, 1..20),
        ) {
            let mut bytes = Vec::new();
            for frame in &frames {
                frame.encode(&mut bytes);
            }
            let mut decoder = FrameDecoder::default();
            let mut seen = Vec::new();
            let mut rest = &bytes[..];
            for cut in cuts.iter().cycle() {
                let (head, tail) = rest.split_at((*cut).min(rest.len()));
                decoder.push(head);
                while let Some(frame) = decoder.next_from_client().unwrap() {
                    seen.push(frame);
                }
                rest = tail;
                if rest.is_empty() {
                    break;
                }
            }
            prop_assert_eq!(seen, frames);
        }
    }
}
