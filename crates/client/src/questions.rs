//! What the daemon asked the terminal and was not answered yet: an answer that comes when the shell
//! has the terminal again would be typed into it.
//!
//! Whatever is asked ends with the question that every terminal answers (primary device attributes,
//! DA1), and answers come in order: so that one is all that is followed.

use std::time::{Duration, Instant};

/// How long the end waits for an answer.
const PATIENCE: Duration = Duration::from_millis(500);
/// A terminal that did not answer for so long has no answer.
const STALE: Duration = Duration::from_secs(3);
/// DA1.
const QUESTION: &[u8] = b"\x1b[c";
/// What its answer begins with; numbers and a `c` follow.
const ANSWER: &[u8] = b"\x1b[?";

/// Questions that are open.
#[derive(Debug, Default)]
pub(super) struct Questions {
    open: u32,
    asked: Option<Instant>,
    /// How much of a question was written last.
    written: usize,
    /// How much of an answer's beginning was read last.
    read: usize,
}

impl Questions {
    /// The terminal was given these bytes.
    pub fn written(&mut self, bytes: &[u8], now: Instant) {
        for byte in bytes {
            self.written = advance(QUESTION, self.written, *byte);
            if self.written == QUESTION.len() {
                self.written = 0;
                self.open += 1;
                self.asked = Some(now);
            }
        }
    }

    /// The terminal sent these bytes.
    pub fn read(&mut self, bytes: &[u8]) {
        if self.open == 0 {
            return;
        }
        for byte in bytes {
            let inside = self.read == ANSWER.len();
            if inside && *byte == b'c' {
                self.open = self.open.saturating_sub(1);
            }
            if !inside || !matches!(byte, b'0'..=b'9' | b';') {
                self.read = advance(ANSWER, if inside { 0 } else { self.read }, *byte);
            }
        }
    }

    /// Until when the last answer is to be waited for; `None` when there is nothing to wait for.
    pub fn wait_until(&self, now: Instant) -> Option<Instant> {
        let fresh = self.asked.is_some_and(|asked| now.duration_since(asked) < STALE);
        (self.open > 0 && fresh).then_some(now + PATIENCE)
    }
}

/// How much of a sequence is there after one more byte.
fn advance(sequence: &[u8], have: usize, byte: u8) -> usize {
    if sequence.get(have) == Some(&byte) { have + 1 } else { usize::from(sequence[0] == byte) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn open(written: &[u8], read: &[&[u8]]) -> bool {
        let now = Instant::now();
        let mut questions = Questions::default();
        for byte in written {
            questions.written(&[*byte], now);
        }
        read.iter().for_each(|bytes| questions.read(bytes));
        questions.wait_until(now).is_some()
    }

    #[test]
    fn the_last_answer_is_waited_for() {
        assert!(!open(b"\x1b[1;2Hx\x1b[0m", &[]));
        assert!(open(b"x\x1b[?u\x1b[c", &[]));
        assert!(open(b"\x1b[c", &[b"\x1b[?1u\x1b[?2026;2$y\x1b[?1;2R", b"cccc"]));
        assert!(!open(b"\x1b\x1b[c", &[b"\x1b[?1u\x1b", b"[?6", b"2;22;52c"]));
        // Two daemons asked, one answer has come.
        assert!(open(b"\x1b[c\x1b[c", &[b"\x1b[?62c"]));
        assert!(!open(b"\x1b[c\x1b[c", &[b"\x1b[?62c\x1b[\x1b[?62c"]));
    }

    #[test]
    fn a_terminal_that_never_answers_is_not_waited_for() {
        let now = Instant::now();
        let mut questions = Questions::default();
        questions.written(b"\x1b[c", now);
        assert!(questions.wait_until(now + STALE).is_none());
    }
}
