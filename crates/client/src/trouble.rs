//! What a client says on its own screen while it cannot get a daemon: why not, that it goes on
//! trying, and how to leave. What is typed meanwhile is kept for the next daemon.

use std::time::{Duration, Instant};

use segno_base::screen::geometry::Size;

/// How long a daemon may be missing before that is worth a word: another one is there sooner.
const CALM: Duration = Duration::from_millis(1500);

/// The most lines that the reason may occupy.
const LINES_MAX: usize = 4;

/// Ctrl+\ leaves, as terminals without and with kitty's keys send it.
const LEAVE: [&[u8]; 2] = [b"\x1c", b"\x1b[92;5u"];

/// Since when there is no daemon, and why.
#[derive(Debug)]
pub struct Trouble {
    since: Instant,
    why: Option<String>,
    /// What was shown last.
    shown: Option<String>,
}

impl Trouble {
    /// The daemon went just now.
    pub fn new(now: Instant) -> Trouble {
        Trouble { since: now, why: None, shown: None }
    }

    /// An attempt to get another one failed.
    pub fn failed(&mut self, why: String) {
        self.why = Some(why);
    }

    /// Why there is none, as far as is known.
    pub fn why(&self) -> &str {
        self.why.as_deref().unwrap_or("the daemon is gone, and the next one does not answer")
    }

    /// When [`Trouble::draw`] has something to show for the first time.
    pub fn due(&self) -> Option<Instant> {
        self.shown.is_none().then_some(self.since + CALM)
    }

    /// Whether these keys leave. Only once the screen says that they do.
    pub fn leaves(&self, typed: &[u8]) -> bool {
        let holds = |keys: &&[u8]| typed.windows(keys.len()).any(|window| window == *keys);
        self.shown.is_some() && LEAVE.iter().any(holds)
    }

    /// The lines for the screen's last rows, when they are to be shown and do not stand there yet.
    pub fn draw(&mut self, size: Size, kept: usize, now: Instant) -> Option<Vec<u8>> {
        if now < self.since + CALM {
            return None;
        }
        let columns = usize::from(size.cols).saturating_sub(1).max(1);
        let kept = match kept {
            0 => "what is typed is kept".to_string(),
            1 => "1 typed byte is kept".to_string(),
            n => format!("{n} typed bytes are kept"),
        };
        let mut lines = wrapped(&format!("segno: {}", self.why()), columns);
        lines.extend(wrapped(&format!("trying again; {kept}; ctrl+\\ leaves"), columns));
        let first = usize::from(size.rows).saturating_sub(lines.len());
        let mut text = "\x1b7".to_string();
        for (row, line) in lines.iter().enumerate() {
            text += &format!("\x1b[{};1H\x1b[0;7m{line:columns$}", first + row + 1);
        }
        text += "\x1b[0m\x1b8";
        if self.shown.as_ref() == Some(&text) {
            return None;
        }
        self.shown = Some(text.clone());
        Some(text.into_bytes())
    }
}

/// A text in lines of so many columns, as far as it fits, without what a terminal would act on. A
/// wide character may make a line longer: the terminal cuts it.
fn wrapped(text: &str, columns: usize) -> Vec<String> {
    let plain: Vec<char> = text
        .chars()
        .map(|c| if c.is_control() { ' ' } else { c })
        .take(columns * LINES_MAX)
        .collect();
    plain.chunks(columns).map(|line| line.iter().collect()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_said_after_a_moment_and_fits() {
        let now = Instant::now();
        let mut trouble = Trouble::new(now);
        assert_eq!(trouble.draw(Size::new(80, 24), 0, now), None);
        assert!(!trouble.leaves(b"\x1c"));
        trouble.failed(format!("no \x1b[2Jroom {}", "x".repeat(300)));
        for cols in [1, 20, 80, 200] {
            let drawn = trouble.draw(Size::new(cols, 24), 7, now + CALM).unwrap();
            let text = String::from_utf8(drawn).unwrap();
            assert!(text.starts_with("\x1b7\x1b["), "{text:?}");
            assert!(text.contains("\x1b[24;1H") && !text.contains("\x1b[2J"), "{text:?}");
            let lines: Vec<_> = text.split("\x1b[0;7m").skip(1).collect();
            assert!(lines.len() <= 2 * LINES_MAX);
            let columns = usize::from(cols).saturating_sub(1).max(1);
            for line in &lines {
                assert_eq!(line.split('\x1b').next().unwrap().chars().count(), columns);
            }
            assert!(cols < 80 || text.contains("7 typed bytes are kept; ctrl+\\ leaves"), "{text}");
        }
        assert_eq!(trouble.draw(Size::new(200, 24), 7, now + CALM), None, "it stands there");
        assert!(
            trouble.leaves(b"ab\x1c") && trouble.leaves(b"\x1b[92;5u") && !trouble.leaves(b"q")
        );
    }
}
