//! Cuts a byte stream into lines, bounded, for the newline-delimited JSON of hello and control.
//!
//! Must not look into the lines.

/// The longest line accepted, in bytes. A prompt or a screen fits; a runaway peer does not.
pub const LINE_MAX: usize = 8 * 1024 * 1024;

/// A line grew longer than the limit; the connection cannot go on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a line is longer than {0} bytes")]
pub struct LineTooLong(pub usize);

/// Collects bytes and hands out complete lines.
#[derive(Debug)]
pub struct LineDecoder {
    buffer: Vec<u8>,
    /// How much of `buffer` was handed out already.
    taken: usize,
    /// How far `buffer` was searched for a newline, so that no byte is looked at twice.
    searched: usize,
    max: usize,
}

impl Default for LineDecoder {
    fn default() -> LineDecoder {
        LineDecoder::with_limit(LINE_MAX)
    }
}

impl LineDecoder {
    /// A decoder for lines of at most `max` bytes.
    pub fn with_limit(max: usize) -> LineDecoder {
        LineDecoder { buffer: Vec::new(), taken: 0, searched: 0, max }
    }

    /// Adds what was read.
    pub fn push(&mut self, bytes: &[u8]) {
        if self.taken > 0 {
            self.buffer.drain(..self.taken);
            self.searched -= self.taken;
            self.taken = 0;
        }
        self.buffer.extend_from_slice(bytes);
    }

    /// The next complete line without its newline, or `None` when more bytes are needed.
    pub fn next_line(&mut self) -> Result<Option<&[u8]>, LineTooLong> {
        let start = self.taken;
        match self.buffer[self.searched..].iter().position(|b| *b == b'\n') {
            Some(at) => {
                let end = self.searched + at;
                if end - start > self.max {
                    return Err(LineTooLong(self.max));
                }
                self.taken = end + 1;
                self.searched = end + 1;
                Ok(Some(&self.buffer[start..end]))
            }
            None => {
                self.searched = self.buffer.len();
                if self.buffer.len() - start > self.max {
                    return Err(LineTooLong(self.max));
                }
                Ok(None)
            }
        }
    }

    /// What came after the last line: the beginning of what follows a hello.
    pub fn into_rest(mut self) -> Vec<u8> {
        self.buffer.split_off(self.taken)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_line_over_the_limit_is_refused_with_and_without_its_end() {
        for text in ["abcde\n", "abcde"] {
            let mut lines = LineDecoder::with_limit(4);
            lines.push(text.as_bytes());
            assert_eq!(lines.next_line(), Err(LineTooLong(4)));
        }
        let mut lines = LineDecoder::with_limit(4);
        lines.push(b"abcd\nab");
        assert_eq!(lines.next_line(), Ok(Some(&b"abcd"[..])));
        assert_eq!(lines.next_line(), Ok(None));
        assert_eq!(lines.into_rest(), b"ab");
    }

    proptest! {
        #[test]
        fn cutting_does_not_depend_on_the_chunks(
            chunks in proptest::collection::vec(proptest::collection::vec(prop_oneof![Just(b'\n'), any::<u8>()], 0..20), 0..20)
        ) {
            let whole: Vec<u8> = chunks.concat();
            let mut expected: Vec<&[u8]> = whole.split(|b| *b == b'\n').collect();
            let rest = expected.pop().unwrap_or(&[]);
            let mut lines = LineDecoder::default();
            let mut seen = Vec::new();
            for chunk in &chunks {
                lines.push(chunk);
                while let Some(line) = lines.next_line().unwrap() {
                    seen.push(line.to_vec());
                }
            }
            prop_assert_eq!(seen, expected);
            prop_assert_eq!(lines.into_rest(), rest);
        }
    }
}
