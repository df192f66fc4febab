//! Bytes to actions: the state machine of escape sequences.
//!
//! Knows the shape of sequences, not their meaning. Every string is bounded here, so that no
//! program can make the daemon buffer without limit. All state is plain (see [`Parser::parts`]),
//! so that a dump taken in the middle of a sequence goes on exactly.

use crate::parse::csi::Csi;
use crate::picture;

/// The longest OSC 52 (clipboard), in bytes: 8 MiB of text as base64, and what stands before it.
pub(crate) const MAX_CLIPBOARD: usize = 12 * 1024 * 1024;
/// What an OSC 52 begins with, which is all that is kept of one that is too long.
const CLIPBOARD: &[u8] = b"52;";
/// The longest string that holds a picture, or a piece of one.
pub(crate) const MAX_PICTURE: usize = 8 * 1024 * 1024;
/// The longest other OSC and DCS.
pub(crate) const MAX_STRING: usize = 8 * 1024;
/// The longest CSI: more than 32 full parameters.
const MAX_CSI: usize = 256;

/// What a parser reports.
pub(crate) trait Sink {
    /// A run of printable ASCII.
    fn print_ascii(&mut self, run: &[u8]);
    /// Any other character.
    fn print(&mut self, ch: char);
    /// Text without C0 controls. C1 controls in it do nothing.
    fn print_text(&mut self, text: &str) {
        for ch in text.chars().filter(|ch| !('\u{80}'..='\u{9f}').contains(ch)) {
            self.print(ch);
        }
    }
    /// A C0 control.
    fn execute(&mut self, byte: u8);
    /// A control sequence; `rest` is what follows it in the chunk, to look ahead.
    fn csi(&mut self, csi: &Csi, rest: &[u8]);
    /// An escape sequence that is no CSI and no string.
    fn esc(&mut self, intermediates: &[u8], byte: u8);
    /// An operating system command, with its terminator.
    fn osc(&mut self, text: &[u8], bell: bool);
    /// A text for the clipboard (OSC 52) that was too long to be kept.
    fn clipboard_overflow(&mut self) {}
    /// An application program command that begins with `G`.
    fn apc(&mut self, _text: &[u8]) {}
    /// A title as screen and tmux take it.
    fn name(&mut self, _text: &[u8]) {}
    /// A device control string.
    fn dcs(&mut self, text: &[u8]);
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[repr(u8)]
pub(crate) enum State {
    #[default]
    Ground,
    /// The start of a UTF-8 character is in the buffer.
    Utf8,
    /// After ESC; the buffer holds intermediates.
    Escape,
    Csi,
    Osc,
    Dcs,
    /// SOS, PM, or an APC that is no picture: dropped.
    Ignored,
    /// A title, as screen and tmux take it (`ESC k`).
    Name,
    /// An application program command.
    Apc,
}

impl State {
    /// The state with this number, for a dump that is read.
    pub fn from_number(number: u8) -> Option<State> {
        use State::*;
        [Ground, Utf8, Escape, Csi, Osc, Dcs, Ignored, Name, Apc].get(number as usize).copied()
    }
}

/// The state machine.
#[derive(Debug, Default)]
pub(crate) struct Parser {
    state: State,
    /// The bytes of the sequence under way, without its introducer.
    buffer: Vec<u8>,
    /// The sequence is too long: it is swallowed to its end and then dropped.
    overflow: bool,
}

impl Parser {
    /// The whole state, for a dump.
    pub fn parts(&self) -> (State, &[u8], bool) {
        (self.state, &self.buffer, self.overflow)
    }

    /// A parser in the state of a dump; what this parser could not have produced is refused.
    pub fn from_parts(state: State, buffer: Vec<u8>, overflow: bool) -> Option<Parser> {
        let fits = match state {
            State::Ground | State::Ignored => buffer.is_empty(),
            State::Utf8 => {
                matches!(std::str::from_utf8(&buffer), Err(e) if e.valid_up_to() == 0 && e.error_len().is_none())
            }
            State::Escape | State::Csi => buffer.len() <= MAX_CSI,
            State::Osc | State::Dcs | State::Name | State::Apc => buffer.len() <= MAX_CLIPBOARD,
        };
        fits.then_some(Parser { state, buffer, overflow })
    }

    /// Parses a chunk.
    #[inline]
    pub fn advance(&mut self, sink: &mut impl Sink, bytes: &[u8]) {
        let mut rest = bytes;
        while !rest.is_empty() {
            let used = match self.state {
                State::Ground => self.ground(sink, rest),
                State::Utf8 => self.utf8(sink, rest),
                State::Escape => self.escape(sink, rest),
                State::Csi => self.csi(sink, rest),
                State::Osc => self.osc(sink, rest),
                State::Dcs => self.dcs(sink, rest),
                State::Ignored => self.ignored(rest),
                State::Name => self.name(sink, rest),
                State::Apc => self.apc(sink, rest),
            };
            rest = &rest[used..];
        }
    }

    fn enter(&mut self, state: State) {
        self.state = state;
        self.buffer.clear();
        // A clipboard text's memory is not kept for good.
        if self.buffer.capacity() > 2 * MAX_STRING {
            self.buffer.shrink_to(MAX_CSI);
        }
        self.overflow = false;
    }

    fn push(&mut self, bytes: &[u8], limit: usize) {
        if self.overflow {
            return;
        }
        if self.buffer.len() + bytes.len() > limit {
            self.overflow = true;
            self.buffer = Vec::new();
        } else {
            self.buffer.extend_from_slice(bytes);
        }
    }

    #[inline]
    fn ground(&mut self, sink: &mut impl Sink, bytes: &[u8]) -> usize {
        let run = printable_run(bytes);
        if run > 0 {
            sink.print_ascii(&bytes[..run]);
            return run;
        }
        match bytes[0] {
            0x1b => {
                // The common sequence, a CSI that is whole in this chunk, needs no buffer.
                if bytes.get(1) == Some(&b'[')
                    && let Some(len) = bytes[2..].iter().position(|b| !(0x20..=0x3f).contains(b))
                    && len <= MAX_CSI
                    && (0x40..=0x7e).contains(&bytes[2 + len])
                {
                    let used = 3 + len;
                    if let Some(csi) = Csi::parse(&bytes[2..2 + len], bytes[2 + len]) {
                        sink.csi(&csi, &bytes[used..]);
                    }
                    return used;
                }
                self.enter(State::Escape);
                1
            }
            0x00..=0x1f => {
                sink.execute(bytes[0]);
                1
            }
            0x7f => 1,
            _ => self.text(sink, bytes),
        }
    }

    /// Text that begins with a byte that is not ASCII, up to the next control.
    fn text(&mut self, sink: &mut impl Sink, bytes: &[u8]) -> usize {
        let run = run_of(bytes, |b| b >= 0x20 && b != 0x7f);
        let (valid, error) = match simdutf8::compat::from_utf8(&bytes[..run]) {
            Ok(valid) => (valid, None),
            Err(error) => {
                let valid = std::str::from_utf8(&bytes[..error.valid_up_to()]);
                (valid.unwrap_or_default(), Some(error))
            }
        };
        sink.print_text(valid);
        let used = valid.len();
        match error.map(|error| error.error_len()) {
            None => used,
            Some(Some(len)) => {
                // A lone C1 byte does nothing, other garbage shows.
                if len > 1 || bytes[used] > 0x9f {
                    sink.print(char::REPLACEMENT_CHARACTER);
                }
                used + len
            }
            // Cut by the chunk's end: the rest may come.
            Some(None) if run == bytes.len() => {
                self.enter(State::Utf8);
                self.buffer.extend_from_slice(&bytes[used..]);
                run
            }
            // Cut by a control.
            Some(None) => {
                sink.print(char::REPLACEMENT_CHARACTER);
                run
            }
        }
    }

    /// Goes on with a character that a chunk's end cut, one byte at a time.
    fn utf8(&mut self, sink: &mut impl Sink, bytes: &[u8]) -> usize {
        self.buffer.push(bytes[0]);
        let (shown, used) = match std::str::from_utf8(&self.buffer) {
            Ok(text) => (text.chars().next(), 1),
            Err(error) if error.error_len().is_none() => return 1,
            // The byte does not belong to the character: it is looked at again from ground.
            Err(_) => (Some(char::REPLACEMENT_CHARACTER), 0),
        };
        self.enter(State::Ground);
        if let Some(ch) = shown
            && !('\u{80}'..='\u{9f}').contains(&ch)
        {
            sink.print(ch);
        }
        used
    }

    fn escape(&mut self, sink: &mut impl Sink, bytes: &[u8]) -> usize {
        let byte = bytes[0];
        match byte {
            0x1b => self.enter(State::Escape),
            0x18 | 0x1a => self.enter(State::Ground),
            0x00..=0x1f => sink.execute(byte),
            0x20..=0x2f => self.push(&[byte], 4),
            b'[' if self.plain() => self.enter(State::Csi),
            b']' if self.plain() => self.enter(State::Osc),
            b'P' if self.plain() => self.enter(State::Dcs),
            b'k' if self.plain() => self.enter(State::Name),
            b'_' if self.plain() => self.enter(State::Apc),
            b'X' | b'^' if self.plain() => self.enter(State::Ignored),
            0x30..=0x7e => {
                if !self.overflow {
                    sink.esc(&self.buffer, byte);
                }
                self.enter(State::Ground);
            }
            _ => {}
        }
        1
    }

    /// No intermediate byte so far.
    fn plain(&self) -> bool {
        self.buffer.is_empty() && !self.overflow
    }

    fn csi(&mut self, sink: &mut impl Sink, bytes: &[u8]) -> usize {
        let byte = bytes[0];
        match byte {
            0x1b => self.enter(State::Escape),
            0x18 | 0x1a => self.enter(State::Ground),
            0x00..=0x1f => sink.execute(byte),
            0x20..=0x3f => self.push(&[byte], MAX_CSI),
            0x40..=0x7e => {
                let csi = Csi::parse(&self.buffer, byte).filter(|_| !self.overflow);
                self.enter(State::Ground);
                if let Some(csi) = csi {
                    sink.csi(&csi, &bytes[1..]);
                }
            }
            _ => {}
        }
        1
    }

    fn osc(&mut self, sink: &mut impl Sink, bytes: &[u8]) -> usize {
        let run = bytes.iter().position(|&b| b < 0x20).unwrap_or(bytes.len());
        if run > 0 {
            // The first bytes decide how long it may be.
            let head = self.buffer.iter().chain(&bytes[..run]).take(CLIPBOARD.len());
            let clipboard = head.eq(CLIPBOARD);
            self.push(&bytes[..run], if clipboard { MAX_CLIPBOARD } else { MAX_STRING });
            if clipboard && self.overflow && self.buffer.is_empty() {
                self.buffer.extend_from_slice(CLIPBOARD);
            }
            return run;
        }
        let end = match bytes[0] {
            0x07 => Some(true),
            0x1b => Some(false),
            0x18 | 0x1a => {
                self.enter(State::Ground);
                None
            }
            _ => None,
        };
        if let Some(bell) = end {
            match self.overflow {
                false => sink.osc(&self.buffer, bell),
                true if self.buffer == CLIPBOARD => sink.clipboard_overflow(),
                true => {}
            }
            self.enter(if bell { State::Ground } else { State::Escape });
        }
        1
    }

    fn dcs(&mut self, sink: &mut impl Sink, bytes: &[u8]) -> usize {
        let stop = |b: &u8| matches!(b, 0x1b | 0x18 | 0x1a);
        let run = bytes.iter().position(stop).unwrap_or(bytes.len());
        if run > 0 {
            // The first bytes decide how long it may be.
            let sixel = match self.buffer.len() {
                0..32 => {
                    let head = self.buffer.iter().chain(&bytes[..run]).take(64).copied();
                    picture::begins_sixel(&head.collect::<Vec<_>>())
                }
                _ => picture::begins_sixel(&self.buffer[..64.min(self.buffer.len())]),
            };
            self.push(&bytes[..run], if sixel { MAX_PICTURE } else { MAX_STRING });
            return run;
        }
        if bytes[0] == 0x1b {
            if !self.overflow {
                sink.dcs(&self.buffer);
            }
            self.enter(State::Escape);
        } else {
            self.enter(State::Ground);
        }
        1
    }

    fn apc(&mut self, sink: &mut impl Sink, bytes: &[u8]) -> usize {
        let first = self.buffer.first().or_else(|| bytes.first());
        if first != Some(&b'G') && !self.overflow {
            self.enter(State::Ignored);
            return self.ignored(bytes);
        }
        let stop = |b: &u8| matches!(b, 0x1b | 0x18 | 0x1a);
        let run = bytes.iter().position(stop).unwrap_or(bytes.len());
        if run > 0 {
            self.push(&bytes[..run], MAX_PICTURE);
            return run;
        }
        if bytes[0] == 0x1b {
            if !self.overflow {
                sink.apc(&self.buffer);
            }
            self.enter(State::Escape);
        } else {
            self.enter(State::Ground);
        }
        1
    }

    fn name(&mut self, sink: &mut impl Sink, bytes: &[u8]) -> usize {
        let run = bytes.iter().position(|&b| b < 0x20).unwrap_or(bytes.len());
        if run > 0 {
            self.push(&bytes[..run], MAX_STRING);
            return run;
        }
        if matches!(bytes[0], 0x07 | 0x1b) && !self.overflow {
            sink.name(&self.buffer);
        }
        match bytes[0] {
            0x1b => self.enter(State::Escape),
            0x07 | 0x18 | 0x1a => self.enter(State::Ground),
            // A line's end ends a title that was never meant as one.
            b'\r' | b'\n' => {
                self.enter(State::Ground);
                return 0;
            }
            _ => {}
        }
        1
    }

    fn ignored(&mut self, bytes: &[u8]) -> usize {
        let stop = |b: &u8| matches!(b, 0x1b | 0x18 | 0x1a);
        let run = bytes.iter().position(stop).unwrap_or(bytes.len());
        if run == bytes.len() {
            return run;
        }
        self.enter(if bytes[run] == 0x1b { State::Escape } else { State::Ground });
        run + 1
    }
}

/// How many bytes at the start are printable ASCII.
#[inline]
fn printable_run(bytes: &[u8]) -> usize {
    let printable = |b: u8| b.wrapping_sub(0x20) < 0x5f;
    // Single characters between sequences are common.
    if !bytes.get(1).is_some_and(|b| printable(*b)) {
        return bytes.first().is_some_and(|b| printable(*b)) as usize;
    }
    run_of(bytes, printable)
}

/// How many bytes at the start are of a kind; sixteen at a time, so that it vectorises.
#[inline]
fn run_of(bytes: &[u8], kind: impl Fn(u8) -> bool) -> usize {
    let (chunks, _) = bytes.as_chunks::<16>();
    let whole = chunks
        .iter()
        .position(|chunk| !chunk.iter().fold(true, |all, b| all & kind(*b)))
        .unwrap_or(chunks.len());
    let from = whole * 16;
    let tail = &bytes[from..];
    from + tail.iter().position(|b| !kind(*b)).unwrap_or(tail.len())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[derive(Default, PartialEq, Debug)]
    struct Log(Vec<String>);

    impl Sink for Log {
        fn print_ascii(&mut self, run: &[u8]) {
            for b in run {
                self.print(*b as char);
            }
        }
        fn print(&mut self, ch: char) {
            self.0.push(format!("print {ch:?}"));
        }
        fn execute(&mut self, byte: u8) {
            self.0.push(format!("execute {byte}"));
        }
        fn csi(&mut self, csi: &Csi, _: &[u8]) {
            self.0.push(format!("{csi:?}"));
        }
        fn esc(&mut self, intermediates: &[u8], byte: u8) {
            self.0.push(format!("esc {intermediates:?} {byte}"));
        }
        fn osc(&mut self, text: &[u8], bell: bool) {
            self.0.push(format!("osc {} {bell} {:?}", text.len(), &text[..text.len().min(20)]));
        }
        fn clipboard_overflow(&mut self) {
            self.0.push("clipboard overflow".into());
        }
        fn dcs(&mut self, text: &[u8]) {
            self.0.push(format!("dcs {} {:?}", text.len(), &text[..text.len().min(20)]));
        }
    }

    fn log(chunks: &[&[u8]]) -> Vec<String> {
        let (mut parser, mut log) = (Parser::default(), Log::default());
        for chunk in chunks {
            parser.advance(&mut log, chunk);
        }
        log.0
    }

    #[test]
    fn overlong_strings_are_dropped_and_the_rest_is_read() {
        for (start, limit) in
            [("\x1b]0;", MAX_STRING), ("\x1b]52;c;", MAX_CLIPBOARD), ("\x1bP+q", MAX_STRING)]
        {
            let mut bytes = start.as_bytes().to_vec();
            bytes.extend(std::iter::repeat_n(b'x', limit));
            bytes.extend(b"\x1b\\ok");
            let (mut parser, mut log) = (Parser::default(), Log::default());
            for chunk in bytes.chunks(1000) {
                parser.advance(&mut log, chunk);
                assert!(parser.buffer.capacity() <= 2 * limit);
            }
            let said =
                if limit == MAX_CLIPBOARD { vec!["clipboard overflow".into()] } else { vec![] };
            let rest = ["esc [] 92", "print 'o'", "print 'k'"].map(String::from);
            assert_eq!(log.0, [said, rest.to_vec()].concat());
        }
    }

    #[test]
    fn controls_inside_a_sequence_are_executed() {
        assert_eq!(
            log(&[b"\x1b[3\n1m"]),
            ["execute 10".to_owned(), format!("{:?}", Csi::parse(b"31", b'm').unwrap())]
        );
        assert_eq!(log(&[b"\x1b[3\x18x"]), ["print 'x'"]);
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(512))]
        #[test]
        fn chunks_make_no_difference(
            pieces in proptest::collection::vec(
                prop_oneof![
                    proptest::collection::vec(any::<u8>(), 0..12),
                    "[\\x1b\\[\\]P;0-9?$ -/mhHJ\\\\\\x07é中]{0,12}".prop_map(String::into_bytes),
                    Just(b"\x1b[38;2;1;2;3m".to_vec()),
                    Just("日本\u{1f600}".as_bytes().to_vec()),
                ],
                0..20,
            ),
            at in any::<prop::sample::Index>(),
        ) {
            let whole = pieces.concat();
            let cut = at.index(whole.len() + 1);
            let expected = log(&[&whole]);
            prop_assert_eq!(&log(&[&whole[..cut], &whole[cut..]]), &expected);
            let bytes: Vec<&[u8]> = whole.chunks(1).collect();
            prop_assert_eq!(&log(&bytes), &expected);
        }
    }
}
