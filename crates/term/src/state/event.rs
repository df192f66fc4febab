//! What a pane's program says besides its screen, and the cleaning of every text in it.
//!
//! The texts come from programs that may be hostile: no event carries a control character or an
//! unbounded text.

use std::path::PathBuf;

use crate::state::notice::Notification;

/// Something the program in a pane caused, in the order of its output.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TermEvent {
    /// Bytes to write to the program: the answers to its queries.
    Reply(Vec<u8>),
    /// The window title; `None` when it was taken back.
    Title(Option<String>),
    /// The bell rang.
    Bell,
    /// The working directory (OSC 7), absolute; not checked to exist.
    Cwd(PathBuf),
    /// The program wants a text on a clipboard (OSC 52).
    ClipboardStore {
        /// On which.
        kind: ClipboardKind,
        /// Without control characters but line breaks and tabs.
        text: String,
    },
    /// The program wanted a text on a clipboard that is longer than what passes (8 MiB).
    ClipboardOverflow,
    /// The program wants to read a clipboard (OSC 52); [`crate::clipboard_reply`] makes the answer.
    ClipboardLoad(ClipboardKind),
    /// A desktop notification (OSC 9, 99, 777).
    Notification(Notification),
}

/// Which clipboard.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ClipboardKind {
    /// The system's.
    Clipboard,
    /// The primary selection.
    Selection,
}

/// The longest title, in characters.
pub(crate) const MAX_TITLE: usize = 256;

/// One line of at most `max` characters: controls and invisible direction marks are dropped, runs
/// of white space become one space.
pub(crate) fn one_line(bytes: &[u8], max: usize) -> String {
    let text = String::from_utf8_lossy(bytes);
    let mut out = String::new();
    let mut count = 0;
    for ch in text.chars() {
        let ch = if ch.is_whitespace() { ' ' } else { ch };
        if ch.is_control() || reorders(ch) || (ch == ' ' && (out.is_empty() || out.ends_with(' ')))
        {
            continue;
        }
        if count == max {
            break;
        }
        out.push(ch);
        count += 1;
    }
    out.truncate(out.trim_end().len());
    out
}

/// A text for the clipboard: line breaks and tabs stay, other controls go.
pub(crate) fn clipboard_text(bytes: Vec<u8>) -> Option<String> {
    let text = String::from_utf8(bytes).ok()?;
    if text.chars().any(|c| c.is_control() && !matches!(c, '\n' | '\r' | '\t')) {
        return Some(
            text.chars().filter(|c| !c.is_control() || matches!(c, '\n' | '\r' | '\t')).collect(),
        );
    }
    Some(text)
}

/// Bidirectional overrides, with which a title could pretend to be another.
fn reorders(ch: char) -> bool {
    matches!(ch, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_cleaned_and_bounded() {
        assert_eq!(one_line(b"  a\x1b[31m\n\tb\x7f \xff ", 99), "a[31m b \u{fffd}");
        assert_eq!(one_line("x\u{202e}y".as_bytes(), 99), "xy");
        assert_eq!(one_line("ééééé".as_bytes(), 3), "ééé");
    }

    #[test]
    fn clipboard_texts_keep_their_lines() {
        assert_eq!(clipboard_text(b"a\n\tb\x1b".to_vec()).unwrap(), "a\n\tb");
        assert_eq!(clipboard_text(vec![0xff]), None);
    }
}
