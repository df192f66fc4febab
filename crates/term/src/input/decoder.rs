//! The state machine that finds keys and sequences in a byte stream (ECMA-48 structure, xterm
//! and kitty contents).
//!
//! Every byte is looked at once, and what is held between calls is bounded: a sequence that
//! grows beyond its limit is skipped to its end.

use super::event::InputEvent;
use super::{csi, mouse, params, reply};
use crate::encode::codes;
use segno_base::key::{Key, KeyCode, KeyEvent, Modifiers};

/// The longest parameters of a CSI sequence; kitty's associated text is the longest known.
const MAX_CSI: usize = 512;
/// The longest OSC or DCS reply: a clipboard (OSC 52) of almost 800 kB.
const MAX_STRING: usize = 1 << 20;
/// Paste data is passed on in pieces of at most this size.
const PASTE_CHUNK: usize = 64 * 1024;
const PASTE_END: &[u8] = b"\x1b[201~";
const ESC: u8 = 0x1b;

/// The kinds of strings that replies come in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Osc,
    Dcs,
    Apc,
}

impl Kind {
    /// The key that, with alt, sends the same beginning.
    fn key(self) -> char {
        match self {
            Kind::Osc => ']',
            Kind::Dcs => 'P',
            Kind::Apc => '_',
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    Ground,
    /// A character's first bytes are in `held`; so many are missing.
    Utf8 {
        missing: u8,
        alt: bool,
    },
    /// ESC; twice when the flag is set.
    Escape {
        twice: bool,
    },
    /// CSI, its parameters in `held`.
    Csi {
        alt: bool,
    },
    /// A CSI sequence that grew too long, skipped to its end.
    CsiSkip,
    /// `CSI [`, a function key of the Linux console.
    CsiLinux,
    /// `CSI M`, the three bytes of an X10 mouse report in `held`.
    MouseX10,
    /// SS3, its parameters in `held`.
    Ss3 {
        alt: bool,
    },
    /// An OSC, DCS or APC string, its text in `held`.
    Text {
        kind: Kind,
        escape: bool,
        skip: bool,
    },
    /// A bracketed paste; so many bytes of its end have been seen.
    Paste {
        matched: usize,
    },
}

/// Decodes what one client's terminal sends.
#[derive(Debug)]
pub struct Decoder {
    state: State,
    held: Vec<u8>,
    /// A flush has already found this sequence incomplete.
    overdue: bool,
}

impl Default for Decoder {
    fn default() -> Decoder {
        Decoder::new()
    }
}

impl Decoder {
    /// A decoder that has seen nothing.
    pub fn new() -> Decoder {
        Decoder { state: State::Ground, held: Vec::new(), overdue: false }
    }

    /// A decoder of what follows the beginning of a paste.
    pub fn within_paste() -> Decoder {
        Decoder { state: State::Paste { matched: 0 }, ..Decoder::new() }
    }

    /// Decodes bytes, appending the events they complete.
    pub fn feed(&mut self, bytes: &[u8], out: &mut Vec<InputEvent>) {
        let mut rest = bytes;
        while !rest.is_empty() {
            rest = &rest[self.step(rest, out)..];
        }
    }

    /// Decodes bytes up to the first that completes an event; says how many that were, at least
    /// one if there is one. A paste's data is an event as far as it goes.
    pub fn step(&mut self, bytes: &[u8], out: &mut Vec<InputEvent>) -> usize {
        self.overdue = false;
        let before = out.len();
        let mut rest = bytes;
        while !rest.is_empty() && out.len() == before {
            if let State::Paste { matched } = self.state {
                rest = self.paste(matched, rest, out);
                continue;
            }
            self.byte(rest[0], out);
            rest = &rest[1..];
        }
        if self.state == State::Ground && self.held.capacity() > MAX_CSI {
            self.held = Vec::new();
        }
        bytes.len() - rest.len()
    }

    /// Whether what comes next is a paste's data.
    pub fn in_paste(&self) -> bool {
        matches!(self.state, State::Paste { .. })
    }

    /// How many of the last bytes are held: given to a new decoder (one [`Decoder::within_paste`]
    /// where this one is), they make it what this one is, and are no event. None of a sequence
    /// that grew too long: the rest of that is nothing.
    pub fn unread(&self) -> usize {
        let held = self.held.len();
        match self.state {
            State::Ground | State::CsiSkip | State::Text { skip: true, .. } => 0,
            State::Utf8 { alt, .. } => usize::from(alt) + held,
            State::Escape { twice } => 1 + usize::from(twice),
            State::Csi { alt } | State::Ss3 { alt } => 2 + usize::from(alt) + held,
            State::CsiLinux => 3,
            State::MouseX10 => 3 + held,
            State::Text { escape, .. } => 2 + held + usize::from(escape),
            State::Paste { matched } => matched,
        }
    }

    /// Whether bytes are held that may be the beginning of something longer: the caller then
    /// waits for the escape time and calls [`Decoder::flush`] when nothing came.
    pub fn pending(&self) -> bool {
        !matches!(self.state, State::Ground | State::Paste { .. })
    }

    /// Decodes what is held as the keys it would be on its own: ESC is the Escape key, ESC `[` is
    /// alt+`[`. What can only be part of a report (a mouse report cut by a slow line) is given
    /// one more period, during which [`Decoder::pending`] stays true, and then dropped: it was
    /// never typed.
    pub fn flush(&mut self, out: &mut Vec<InputEvent>) {
        match self.state {
            State::Ground | State::Paste { .. } => return,
            State::Utf8 { alt, .. } => self.replacement(alt, out),
            State::Escape { twice } => key(KeyCode::Escape, alt_if(twice), out),
            State::Csi { alt } if self.held.is_empty() => prefixed(alt, '[', out),
            State::Ss3 { alt } if self.held.is_empty() => prefixed(alt, 'O', out),
            State::Text { kind, escape: false, skip: false } if self.held.is_empty() => {
                prefixed(false, kind.key(), out);
            }
            _ if !self.overdue => {
                self.overdue = true;
                return;
            }
            _ => {}
        }
        self.ground();
    }

    fn ground(&mut self) {
        self.state = State::Ground;
        self.held.clear();
        self.overdue = false;
    }

    fn byte(&mut self, byte: u8, out: &mut Vec<InputEvent>) {
        match self.state {
            State::Ground | State::Paste { .. } => self.ground_byte(byte, false, out),
            State::Utf8 { missing, alt } => self.utf8(byte, missing, alt, out),
            State::Escape { twice } => self.escape(byte, twice, out),
            State::Csi { alt } => self.csi(byte, alt, out),
            State::CsiSkip => match byte {
                0x20..=0x3f => {}
                0x40..=0x7e => self.ground(),
                _ => self.again(byte, out),
            },
            State::CsiLinux => {
                self.ground();
                match byte {
                    b'A'..=b'E' => key(KeyCode::F(byte - b'A' + 1), Modifiers::NONE, out),
                    _ => {
                        prefixed(false, '[', out);
                        key(KeyCode::Char('['), Modifiers::NONE, out);
                        self.ground_byte(byte, false, out);
                    }
                }
            }
            State::MouseX10 => {
                self.held.push(byte);
                if self.held.len() == 3 {
                    out.extend(mouse::x10(&self.held).map(InputEvent::Mouse));
                    self.ground();
                }
            }
            State::Ss3 { alt } => self.ss3(byte, alt, out),
            State::Text { kind, escape, skip } => self.text(byte, kind, escape, skip, out),
        }
    }

    /// Gives up what is held and decodes a byte from the start.
    fn again(&mut self, byte: u8, out: &mut Vec<InputEvent>) {
        self.ground();
        self.ground_byte(byte, false, out);
    }

    fn ground_byte(&mut self, byte: u8, alt: bool, out: &mut Vec<InputEvent>) {
        let mods = alt_if(alt);
        self.state = State::Ground;
        match byte {
            ESC => self.state = State::Escape { twice: false },
            b'\t' => key(KeyCode::Tab, mods, out),
            b'\r' => key(KeyCode::Enter, mods, out),
            0x7f => key(KeyCode::Backspace, mods, out),
            // 0x08 is ctrl+h and, in many terminals, ctrl+backspace; both are sent on as 0x08.
            0x00 => key(KeyCode::Char(' '), mods.with(Modifiers::CTRL), out),
            0x01..=0x1a => {
                let letter = char::from(byte - 1 + b'a');
                key(KeyCode::Char(letter), mods.with(Modifiers::CTRL), out);
            }
            0x1c..=0x1f => {
                let c = char::from(byte - 0x1c + b'\\');
                key(KeyCode::Char(c), mods.with(Modifiers::CTRL), out);
            }
            0x20..=0x7e => key(KeyCode::Char(char::from(byte)), mods, out),
            0x80.. => {
                let missing = match byte {
                    0xc2..=0xdf => 1,
                    0xe0..=0xef => 2,
                    0xf0..=0xf4 => 3,
                    _ => return self.replacement(alt, out),
                };
                self.held.clear();
                self.held.push(byte);
                self.state = State::Utf8 { missing, alt };
            }
        }
    }

    /// The next byte of a character. What cannot be one is replaced, per maximal subpart
    /// (Unicode 3.9, table 3-7), and the byte that broke it is decoded for itself.
    fn utf8(&mut self, byte: u8, missing: u8, alt: bool, out: &mut Vec<InputEvent>) {
        let valid = match self.held.as_slice() {
            [0xe0] => 0xa0..=0xbf,
            [0xed] => 0x80..=0x9f,
            [0xf0] => 0x90..=0xbf,
            [0xf4] => 0x80..=0x8f,
            _ => 0x80..=0xbf,
        };
        if !valid.contains(&byte) {
            self.replacement(alt, out);
            return self.again(byte, out);
        }
        self.held.push(byte);
        if missing > 1 {
            self.state = State::Utf8 { missing: missing - 1, alt };
            return;
        }
        let c = std::str::from_utf8(&self.held).ok().and_then(|s| s.chars().next());
        key(KeyCode::Char(c.unwrap_or(char::REPLACEMENT_CHARACTER)), alt_if(alt), out);
        self.ground();
    }

    fn replacement(&mut self, alt: bool, out: &mut Vec<InputEvent>) {
        key(KeyCode::Char(char::REPLACEMENT_CHARACTER), alt_if(alt), out);
    }

    fn escape(&mut self, byte: u8, twice: bool, out: &mut Vec<InputEvent>) {
        self.held.clear();
        match byte {
            b'[' => self.state = State::Csi { alt: twice },
            b'O' => self.state = State::Ss3 { alt: twice },
            ESC if twice => {
                key(KeyCode::Escape, Modifiers::ALT, out);
                self.state = State::Escape { twice: false };
            }
            // Alt+Escape, or Escape before a sequence, or a terminal that prefixes ESC to the
            // sequence of alt+key: what follows decides.
            ESC => self.state = State::Escape { twice: true },
            _ => {
                if twice {
                    key(KeyCode::Escape, Modifiers::NONE, out);
                }
                match byte {
                    b']' | b'P' | b'_' => {
                        let kind = match byte {
                            b']' => Kind::Osc,
                            b'P' => Kind::Dcs,
                            _ => Kind::Apc,
                        };
                        self.state = State::Text { kind, escape: false, skip: false };
                    }
                    _ => self.ground_byte(byte, true, out),
                }
            }
        }
    }

    fn csi(&mut self, byte: u8, alt: bool, out: &mut Vec<InputEvent>) {
        match byte {
            0x20..=0x3f if self.held.len() >= MAX_CSI => {
                self.state = State::CsiSkip;
                self.held.clear();
            }
            0x20..=0x3f => self.held.push(byte),
            b'[' if self.held.is_empty() && !alt => self.state = State::CsiLinux,
            b'M' if self.held.is_empty() => {
                escape_first(alt, out);
                self.state = State::MouseX10;
            }
            0x40..=0x7e => {
                let held = std::mem::take(&mut self.held);
                let event = csi::decode(&held, byte);
                self.held = held;
                self.ground();
                match event {
                    Some(csi::Sequence::Event(InputEvent::Key(mut event))) => {
                        if alt {
                            event.key.mods = event.key.mods.with(Modifiers::ALT);
                        }
                        out.push(InputEvent::Key(event));
                    }
                    Some(csi::Sequence::Event(event)) => {
                        escape_first(alt, out);
                        out.push(event);
                    }
                    Some(csi::Sequence::PasteStart) => {
                        escape_first(alt, out);
                        out.push(InputEvent::PasteStart);
                        self.state = State::Paste { matched: 0 };
                    }
                    None => escape_first(alt, out),
                }
            }
            _ => {
                if self.held.is_empty() {
                    prefixed(alt, '[', out);
                } else {
                    escape_first(alt, out);
                }
                self.again(byte, out);
            }
        }
    }

    fn ss3(&mut self, byte: u8, alt: bool, out: &mut Vec<InputEvent>) {
        // Old terminals put a modifier here: `SS3 5 P`, `SS3 1 ; 5 P`.
        if (byte.is_ascii_digit() || byte == b';') && self.held.len() < 6 {
            self.held.push(byte);
            return;
        }
        let mods = params::last_modifiers(&self.held);
        let sequence = match byte {
            // rxvt's ctrl with a cursor key.
            b'a'..=b'd' => {
                codes::letter_key(byte.to_ascii_uppercase()).map(|code| (code, Modifiers::CTRL))
            }
            _ => codes::letter_key(byte)
                .or_else(|| codes::keypad_key(byte))
                .map(|code| (code, Modifiers::NONE)),
        };
        if let Some((code, own)) = sequence {
            self.ground();
            return key(code, mods.with(own).with(alt_if(alt)), out);
        }
        prefixed(alt, 'O', out);
        for digit in std::mem::take(&mut self.held) {
            key(KeyCode::Char(char::from(digit)), Modifiers::NONE, out);
        }
        self.again(byte, out);
    }

    fn text(&mut self, byte: u8, kind: Kind, escape: bool, skip: bool, out: &mut Vec<InputEvent>) {
        // The replies all begin with one of these; anything else was alt and a key.
        let begins = match kind {
            Kind::Apc => byte == b'G',
            Kind::Dcs if matches!(byte, b'>' | b'!' | b'$' | b'+' | b'=') => true,
            Kind::Dcs | Kind::Osc => byte.is_ascii_digit(),
        };
        match byte {
            b'\\' if escape => self.finish_text(kind, skip, out),
            _ if escape => {
                // The string was aborted by another sequence, which begins with the ESC seen.
                self.held.clear();
                self.state = State::Escape { twice: false };
                self.escape(byte, false, out);
            }
            _ if self.held.is_empty() && !skip && !begins => {
                prefixed(false, kind.key(), out);
                self.again(byte, out);
            }
            ESC => self.state = State::Text { kind, escape: true, skip },
            0x07 if kind == Kind::Osc => self.finish_text(kind, skip, out),
            // No reply holds control characters: a key was pressed, and whatever string began
            // before must not swallow it.
            0x00..=0x1f => self.again(byte, out),
            _ if skip => {}
            _ if self.held.len() >= MAX_STRING => {
                self.held = Vec::new();
                self.state = State::Text { kind, escape: false, skip: true };
            }
            _ => self.held.push(byte),
        }
    }

    fn finish_text(&mut self, kind: Kind, skip: bool, out: &mut Vec<InputEvent>) {
        if !skip {
            let reply = match kind {
                Kind::Osc => reply::osc(&self.held),
                Kind::Dcs => reply::dcs(&self.held),
                Kind::Apc => reply::apc(&self.held),
            };
            out.extend(reply.map(InputEvent::Reply));
        }
        self.ground();
    }

    /// Passes on paste data up to the paste's end; returns what follows it.
    fn paste<'a>(
        &mut self,
        mut matched: usize,
        bytes: &'a [u8],
        out: &mut Vec<InputEvent>,
    ) -> &'a [u8] {
        let mut data = Vec::with_capacity(bytes.len().min(PASTE_CHUNK));
        for (at, &byte) in bytes.iter().enumerate() {
            if byte == PASTE_END[matched] {
                matched += 1;
                if matched == PASTE_END.len() {
                    if !data.is_empty() {
                        out.push(InputEvent::PasteData(data));
                    }
                    out.push(InputEvent::PasteEnd);
                    self.ground();
                    return &bytes[at + 1..];
                }
                continue;
            }
            // Of what was held only an ESC can begin the end again, and it is the byte itself.
            data.extend_from_slice(&PASTE_END[..matched]);
            matched = usize::from(byte == ESC);
            if matched == 0 {
                data.push(byte);
            }
            if data.len() >= PASTE_CHUNK {
                out.push(InputEvent::PasteData(std::mem::take(&mut data)));
            }
        }
        if !data.is_empty() {
            out.push(InputEvent::PasteData(data));
        }
        self.state = State::Paste { matched };
        &[]
    }
}

fn alt_if(alt: bool) -> Modifiers {
    if alt { Modifiers::ALT } else { Modifiers::NONE }
}

fn key(code: KeyCode, mods: Modifiers, out: &mut Vec<InputEvent>) {
    out.push(InputEvent::Key(KeyEvent::from(Key { code, mods })));
}

/// Alt with a character that could have begun a sequence, after an Escape when ESC came twice.
fn prefixed(escape: bool, c: char, out: &mut Vec<InputEvent>) {
    escape_first(escape, out);
    key(KeyCode::Char(c), Modifiers::ALT, out);
}

/// The first of two ESC was the Escape key after all.
fn escape_first(escape: bool, out: &mut Vec<InputEvent>) {
    if escape {
        key(KeyCode::Escape, Modifiers::NONE, out);
    }
}
