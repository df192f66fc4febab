//! A paste on its way into a program, in chunks of any size.
//!
//! Keeps the promise of bracketed paste: nothing that is pasted can end the bracket and go on
//! as typed keys. Holds a few bytes at most, never the paste.

use crate::state::modes::Modes;

/// What follows the escape character in the sequence that ends a bracketed paste.
const END: &[u8] = b"[201~";

/// Writes one paste. The modes at its start hold until its end, as the program's view of what
/// began with a bracket must end with one.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct PasteEncoder {
    bracketed: bool,
    /// Escape characters held back, all directly before what `matched` counts.
    escapes: usize,
    /// How much of [`END`] has followed them.
    matched: usize,
    /// The last byte was CR: an LF that follows belongs to it.
    after_cr: bool,
}

impl PasteEncoder {
    /// Begins a paste for a program in these modes.
    pub fn start(modes: &Modes, out: &mut Vec<u8>) -> PasteEncoder {
        if modes.bracketed_paste {
            out.extend_from_slice(b"\x1b[200~");
        }
        PasteEncoder { bracketed: modes.bracketed_paste, ..PasteEncoder::default() }
    }

    /// Whether the program knows where the paste begins and ends.
    pub fn is_bracketed(&self) -> bool {
        self.bracketed
    }

    /// To be kept while nobody encodes; the first byte uses two bits.
    pub fn to_bytes(&self) -> [u8; 4] {
        // What would be held back that is longer was never meant to be pasted.
        let [a, b] = u16::try_from(self.escapes).unwrap_or(u16::MAX).to_le_bytes();
        [u8::from(self.bracketed) | u8::from(self.after_cr) << 1, self.matched as u8, a, b]
    }

    /// What [`PasteEncoder::to_bytes`] kept.
    pub fn from_bytes([flags, matched, a, b]: [u8; 4]) -> PasteEncoder {
        PasteEncoder {
            bracketed: flags & 1 != 0,
            escapes: usize::from(u16::from_le_bytes([a, b])),
            matched: usize::from(matched).min(END.len() - 1),
            after_cr: flags & 2 != 0,
        }
    }

    /// Appends a chunk. In a bracket, escape characters that begin the end sequence are dropped
    /// (its rest stays, visible and harmless: removing all of it could join its surroundings
    /// into a new one). Without a bracket line ends become CR, the Enter key, as xterm does.
    pub fn data(&mut self, bytes: &[u8], out: &mut Vec<u8>) {
        if !self.bracketed {
            for &byte in bytes {
                match byte {
                    b'\n' if self.after_cr => {}
                    b'\n' => out.push(b'\r'),
                    _ => out.push(byte),
                }
                self.after_cr = byte == b'\r';
            }
            return;
        }
        let mut rest = bytes;
        while !rest.is_empty() {
            if self.escapes == 0 {
                let plain = rest.iter().position(|b| *b == 0x1b).unwrap_or(rest.len());
                out.extend_from_slice(&rest[..plain]);
                rest = &rest[plain..];
            }
            let Some((&byte, tail)) = rest.split_first() else { break };
            rest = tail;
            if byte == 0x1b {
                if self.matched > 0 {
                    self.release(true, out);
                }
                self.escapes += 1;
            } else if END.get(self.matched) == Some(&byte) {
                self.matched += 1;
                if self.matched == END.len() {
                    self.release(false, out);
                }
            } else {
                self.release(true, out);
                out.push(byte);
            }
        }
    }

    /// Ends the paste. A held escape character is dropped: before the bracket's end it would
    /// change what that means.
    pub fn end(mut self, out: &mut Vec<u8>) {
        if self.bracketed {
            self.release(false, out);
            out.extend_from_slice(b"\x1b[201~");
        }
    }

    /// Appends what is held, with its escape characters or without.
    fn release(&mut self, escapes: bool, out: &mut Vec<u8>) {
        if escapes {
            out.extend(std::iter::repeat_n(0x1b, self.escapes));
        }
        out.extend_from_slice(&END[..self.matched.min(END.len())]);
        self.escapes = 0;
        self.matched = 0;
    }
}
