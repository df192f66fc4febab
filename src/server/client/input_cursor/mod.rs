//! How far a client's typed bytes were handled: a place in the stream of its numbered frames.
//!
//! A frame may end in the middle of an escape sequence, a chord or a paste. What is begun in that
//! way counts as not handled yet: its bytes are taken again, from the client, by the next daemon,
//! which then understands what follows as this one would have.

use std::borrow::Cow;
use std::collections::VecDeque;

use segno_base::ids::PaneId;
use segno_term::encode::PasteEncoder;

/// The most that is taken again. A terminal's longer replies are not worth holding up the client.
const HELD_MAX: usize = 64 * 1024;

/// All input up to the frame `seq` was handled, but for its last bytes.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(in crate::server) struct Progress {
    pub seq: u64,
    /// So many bytes at the end of that frame, and before it, are to be taken again.
    held: u32,
    /// So many frames before it hold some of them.
    back: u16,
    /// These bytes, and what follows, are within a paste.
    pub paste: Option<Paste>,
}

/// A paste that is under way.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(in crate::server) struct Paste {
    /// The pane that gets it, and how it goes on there; none when it gets lost.
    pub into: Option<(PaneId, PasteEncoder)>,
}

impl Progress {
    /// As stored, without the number.
    pub const BYTES: usize = 16;
    const PASTE: u8 = 1;
    const INTO: u8 = 2;

    pub fn handled(seq: u64) -> Progress {
        Progress { seq, ..Progress::default() }
    }

    /// The last frame of which nothing is needed any more.
    pub fn settled(&self) -> u64 {
        match self.held {
            0 => self.seq,
            _ => self.seq.saturating_sub(u64::from(self.back) + 1),
        }
    }

    /// The one of two that got further.
    pub fn further(self, other: Progress) -> Progress {
        let place = |p: &Progress| (p.seq, std::cmp::Reverse(p.held));
        if place(&other) > place(&self) { other } else { self }
    }

    /// `held u32, back u16, flags u8, matched u8, escapes u16, 0 u16, pane u32`; little endian.
    pub fn encode(&self) -> [u8; Progress::BYTES] {
        let mut bytes = [0; Progress::BYTES];
        bytes[..4].copy_from_slice(&self.held.to_le_bytes());
        bytes[4..6].copy_from_slice(&self.back.to_le_bytes());
        if let Some(paste) = &self.paste {
            bytes[6] = Progress::PASTE;
            if let Some((pane, encoder)) = &paste.into {
                let [flags, rest @ ..] = encoder.to_bytes();
                bytes[6] |= Progress::INTO | flags << 2;
                bytes[7..10].copy_from_slice(&rest);
                bytes[12..].copy_from_slice(&pane.number().to_le_bytes());
            }
        }
        bytes
    }

    /// Whatever the bytes are; zeros mean that nothing is held.
    pub fn decode(seq: u64, bytes: &[u8; Progress::BYTES]) -> Progress {
        let &[a, b, c, d, back @ .., flags, matched, e, f, _, _, _, _, _, _] = bytes;
        let into = (flags & Progress::INTO != 0)
            .then(|| PaneId::new(u32::from_le_bytes(std::array::from_fn(|i| bytes[12 + i]))))
            .flatten()
            .map(|pane| (pane, PasteEncoder::from_bytes([flags >> 2, matched, e, f])));
        Progress {
            seq,
            held: u32::from_le_bytes([a, b, c, d]).min(2 * HELD_MAX as u32),
            back: u16::from_le_bytes(back),
            paste: (flags & Progress::PASTE != 0).then_some(Paste { into }),
        }
    }
}

/// Follows one client's frames.
#[derive(Debug, Default)]
pub(in crate::server) struct Frames {
    /// The newest frame.
    seq: u64,
    /// The frames that hold what was begun, with their lengths; the newest is the last.
    open: VecDeque<(u64, usize)>,
    /// Bytes of the newest frame that are not looked at yet.
    ahead: usize,
    /// Bytes before those that only begin something.
    begun: usize,
    /// What `begun` would be had the newest bytes only gone on with it.
    since: usize,
    /// What an earlier daemon had handled, and what was sent of it again.
    resumed: Option<(Progress, Vec<u8>)>,
}

impl Frames {
    pub fn resume(progress: Progress) -> Frames {
        Frames {
            seq: progress.settled(),
            resumed: (progress.held > 0).then_some((progress, Vec::new())),
            ..Frames::default()
        }
    }

    /// A frame has come: what of it is to be handled. `None` when it was handled before, or when
    /// what was begun needs further frames first.
    pub fn take<'a>(&mut self, seq: u64, bytes: &'a [u8]) -> Option<Cow<'a, [u8]>> {
        if seq <= self.seq {
            return None;
        }
        self.seq = seq;
        self.open.push_back((seq, bytes.len()));
        let Some((progress, mut again)) = self.resumed.take_if(|(p, _)| seq <= p.seq) else {
            self.resumed = None;
            self.ahead = bytes.len();
            return Some(Cow::Borrowed(bytes));
        };
        again.extend_from_slice(bytes);
        if seq < progress.seq {
            self.resumed = Some((progress, again));
            return None;
        }
        let handled = again.len().saturating_sub(progress.held as usize);
        again.drain(..handled);
        self.ahead = again.len();
        Some(Cow::Owned(again))
    }

    /// So many bytes were looked at. The last `unread` of all so far only begin something, as far
    /// as can be told before what they mean is carried out.
    pub fn step(&mut self, looked_at: usize, unread: usize) {
        self.ahead = self.ahead.saturating_sub(looked_at);
        self.since = self.begun + looked_at;
        self.begun = unread;
    }

    /// What these bytes mean was carried out; `continues`: what was begun is not finished yet.
    pub fn settle(&mut self, continues: bool) {
        if continues {
            self.begun = self.since;
        }
        if self.begun > HELD_MAX || self.open.len() > usize::from(u16::MAX) {
            self.begun = 0;
        }
        let needed = self.first_needed();
        self.open.retain(|(seq, _)| needed.is_some_and(|first| *seq >= first));
    }

    /// The first frame that holds bytes which are to be taken again.
    fn first_needed(&self) -> Option<u64> {
        let held = self.begun + self.ahead;
        let mut found = 0;
        let frames = self.open.iter().rev();
        frames
            .take_while(|(_, length)| {
                let needed = found < held;
                found += length;
                needed
            })
            .last()
            .map(|(seq, _)| *seq)
    }

    /// How far it has come.
    pub fn progress(&self, paste: Option<Paste>) -> Progress {
        let first = self.first_needed().unwrap_or(self.seq);
        Progress {
            seq: self.seq,
            held: u32::try_from(self.begun + self.ahead).unwrap_or(0),
            back: u16::try_from(self.seq - first).unwrap_or(u16::MAX),
            paste,
        }
    }
}

#[cfg(test)]
mod tests;
