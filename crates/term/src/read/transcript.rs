//! What a program prints as plain lines, while it prints: for a log that people read.
//!
//! A line is written when it ends, as it looks then: what was overwritten, such as the steps of a
//! progress bar, is left out. So is what full-screen programs draw.

use crate::parse::csi::Csi;
use crate::parse::parser::{Parser, Sink};

/// A longer line is written in parts.
const LINE_MAX: usize = 16 * 1024;
const TAB: usize = 8;

/// Bytes in, lines out.
#[derive(Debug, Default)]
pub struct Transcript {
    parser: Parser,
    line: Line,
}

#[derive(Debug, Default)]
struct Line {
    chars: Vec<char>,
    /// Where the next character goes.
    at: usize,
    /// A full-screen program has the screen.
    alternate: bool,
    /// Lines that ended.
    done: String,
}

impl Transcript {
    /// Begins in a line in which this text stands already, left of the cursor.
    pub fn new(line: &str, alternate: bool) -> Transcript {
        let chars: Vec<char> = line.chars().filter(|ch| !ch.is_control()).take(LINE_MAX).collect();
        let line = Line { at: chars.len(), chars, alternate, done: String::new() };
        Transcript { parser: Parser::default(), line }
    }

    /// Reads a chunk and returns the lines that ended in it, with their newlines.
    pub fn advance(&mut self, bytes: &[u8]) -> String {
        self.parser.advance(&mut self.line, bytes);
        std::mem::take(&mut self.line.done)
    }

    /// The line under way, if anything stands in it.
    pub fn finish(mut self) -> String {
        if !self.line.chars.is_empty() {
            self.line.end();
        }
        self.line.done
    }
}

impl Line {
    fn put(&mut self, ch: char) {
        if self.alternate {
            return;
        }
        if self.at >= LINE_MAX {
            self.end();
        }
        if self.at > self.chars.len() {
            self.chars.resize(self.at, ' ');
        }
        match self.chars.get_mut(self.at) {
            Some(old) => *old = ch,
            None => self.chars.push(ch),
        }
        self.at += 1;
    }

    fn end(&mut self) {
        let text: String = self.chars.iter().collect();
        self.done.push_str(text.trim_end_matches(' '));
        self.done.push('\n');
        self.chars.clear();
        self.at = 0;
    }

    fn go(&mut self, column: usize) {
        self.at = column.min(LINE_MAX);
    }
}

impl Sink for Line {
    fn print_ascii(&mut self, run: &[u8]) {
        run.iter().for_each(|byte| self.put(char::from(*byte)));
    }

    fn print(&mut self, ch: char) {
        self.put(ch);
    }

    fn execute(&mut self, byte: u8) {
        match byte {
            _ if self.alternate => {}
            0x08 => self.at = self.at.saturating_sub(1),
            0x09 => self.go((self.at / TAB + 1) * TAB),
            0x0a..=0x0c => self.end(),
            0x0d => self.at = 0,
            _ => {}
        }
    }

    fn csi(&mut self, csi: &Csi, _rest: &[u8]) {
        let switches = [47, 1047, 1049];
        match (csi.prefix, csi.intermediate, csi.last) {
            (b'?', 0, b'h') if csi.tops().any(|mode| switches.contains(&mode)) => {
                self.alternate = true;
            }
            (b'?', 0, b'l') if csi.tops().any(|mode| switches.contains(&mode)) => {
                self.alternate = false;
            }
            _ if self.alternate || csi.prefix != 0 || csi.intermediate != 0 => {}
            (_, _, b'C') => self.go(self.at.saturating_add(csi.count(0))),
            (_, _, b'D') => self.at = self.at.saturating_sub(csi.count(0)),
            (_, _, b'G') => self.go(csi.count(0) - 1),
            (_, _, b'K') => match csi.or(0, 0) {
                0 => self.chars.truncate(self.at),
                1 => {
                    let end = self.at.saturating_add(1).min(self.chars.len());
                    self.chars[..end].fill(' ');
                }
                _ => self.chars.clear(),
            },
            (_, _, b'P') => {
                let start = self.at.min(self.chars.len());
                let end = start.saturating_add(csi.count(0)).min(self.chars.len());
                self.chars.drain(start..end);
            }
            (_, _, b'@') if self.at < self.chars.len() => {
                let count = csi.count(0).min(LINE_MAX - self.chars.len().min(LINE_MAX));
                let blanks = std::iter::repeat_n(' ', count);
                self.chars.splice(self.at..self.at, blanks);
            }
            _ => {}
        }
    }

    fn esc(&mut self, intermediates: &[u8], byte: u8) {
        if intermediates.is_empty() && byte == b'c' {
            self.alternate = false;
        }
    }

    fn osc(&mut self, _text: &[u8], _bell: bool) {}

    fn dcs(&mut self, _text: &[u8]) {}
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn written(bytes: &str) -> String {
        let mut transcript = Transcript::default();
        let mut text = transcript.advance(bytes.as_bytes());
        text.push_str(&transcript.finish());
        text
    }

    #[test]
    fn lines_are_written_as_they_look_at_their_end() {
        assert_eq!(written("a\r\n\x1b[31mred\x1b[0m  \r\n"), "a\nred\n");
        assert_eq!(written("10%\r20%\r100%\n"), "100%\n");
        assert_eq!(written("lx\x08s\tb"), "ls      b\n");
        assert_eq!(written("abcdef\x1b[3D\x1b[K!\n"), "abc!\n");
        assert_eq!(written("abc\x1b[1G\x1b[2@\x1b[3PX\n"), "Xc\n");
        assert_eq!(written("\x1b]0;title\x07é漢\n"), "é漢\n");
        assert_eq!(written("a\n\x1b[?1049hdrawn\r\nall over\x1b[?1049lb\n"), "a\nb\n");
    }

    #[test]
    fn it_goes_on_in_a_line_that_was_begun() {
        let mut transcript = Transcript::new("$ l", false);
        assert_eq!(transcript.advance(b"s\r\n"), "$ ls\n");
        assert_eq!(Transcript::new("", false).finish(), "");
    }

    proptest! {
        /// Whatever comes, in whatever chunks, is the same, and no control gets through.
        #[test]
        fn chunks_change_nothing(bytes in "([a-z漢\u{1b}\\[\\]0-9;?hlKPGDC@\r\n\t\u{8}]|\\PC){0,200}", at in any::<prop::sample::Index>()) {
            let whole = written(&bytes);
            prop_assert!(whole.chars().all(|ch| ch == '\n' || !ch.is_control()));
            let cut = at.index(bytes.len() + 1);
            let mut transcript = Transcript::default();
            let mut text = transcript.advance(&bytes.as_bytes()[..cut]);
            text.push_str(&transcript.advance(&bytes.as_bytes()[cut..]));
            text.push_str(&transcript.finish());
            prop_assert_eq!(text, whole);
        }
    }
}
