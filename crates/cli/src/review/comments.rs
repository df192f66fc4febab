//! Comments on what was done: each about some lines of a file. Pure, but for the file that keeps
//! them until they are dealt with.

use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use segno_base::text::hex::hex;
use segno_base::text::plain_text;
use segno_store::file::{atomic, foreign};
use segno_store::home::{self, Home};

/// The largest file of comments, in bytes.
const FILE_MAX: u64 = 4 << 20;
/// Lines that are quoted in a prompt.
const QUOTED_MAX: usize = 20;

/// A comment.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Comment {
    pub path: String,
    /// About lines that were removed; else about some that are there.
    pub removed: bool,
    /// Their numbers, the first and the last; from 1.
    pub lines: (u32, u32),
    /// What stood there.
    pub quoted: Vec<String>,
    pub text: String,
    /// The agent has it.
    pub sent: bool,
}

/// What became of the lines that a comment is about, once it was sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// They are as they were.
    Same,
    /// They are not there any more, or there again.
    Changed,
    /// The file is gone.
    Gone,
}

impl Outcome {
    /// In a word.
    pub fn word(self) -> &'static str {
        match self {
            Outcome::Same => "unchanged",
            Outcome::Changed => "changed since",
            Outcome::Gone => "the file is gone",
        }
    }
}

impl Comment {
    /// `a.rs:3-5`
    pub fn place(&self) -> String {
        let (first, last) = self.lines;
        let range = if first == last { first.to_string() } else { format!("{first}-{last}") };
        let removed = if self.removed { " (removed)" } else { "" };
        format!("{}:{range}{removed}", self.path)
    }

    /// What became of its lines; `now` is the file's text.
    pub fn outcome(&self, now: Option<&str>) -> Outcome {
        let Some(now) = now else { return Outcome::Gone };
        let lines: Vec<&str> = now.lines().collect();
        let quoted: Vec<&str> = self.quoted.iter().map(String::as_str).collect();
        let is_there = !quoted.is_empty() && lines.windows(quoted.len()).any(|w| w == quoted);
        match is_there != self.removed {
            true => Outcome::Same,
            false => Outcome::Changed,
        }
    }
}

/// One prompt of all that are not sent yet; none where there is nothing to say.
pub fn prompt(comments: &[Comment]) -> Option<String> {
    let open: Vec<&Comment> = comments.iter().filter(|comment| !comment.sent).collect();
    if open.is_empty() {
        return None;
    }
    let mut text = match open.len() {
        1 => "A comment on your changes:\n".to_string(),
        n => format!("{n} comments on your changes. Deal with each of them.\n"),
    };
    for (number, comment) in open.iter().enumerate() {
        text.push_str(&format!("\n{}. {}\n", number + 1, comment.place()));
        for line in comment.quoted.iter().take(QUOTED_MAX) {
            text.push_str(&format!("> {}\n", plain_text::line(line)));
        }
        if comment.quoted.len() > QUOTED_MAX {
            text.push_str("> …\n");
        }
        text.push_str(&format!("{}\n", comment.text));
    }
    Some(text)
}

/// The file that keeps the comments on a working tree.
pub struct Shelf(PathBuf);

impl Shelf {
    pub fn of(home: &Home, root: &Path) -> Shelf {
        use sha2::{Digest as _, Sha256};
        use std::os::unix::ffi::OsStrExt as _;
        let hash = Sha256::digest(root.as_os_str().as_bytes());
        let name = hex(&hash[..12]);
        Shelf(home.worktrees_dir().join("reviews").join(format!("{name}.json")))
    }

    /// What is kept; nothing where it cannot be read.
    pub fn load(&self) -> Vec<Comment> {
        let bytes = foreign::read_file(&self.0, FILE_MAX).ok().flatten();
        bytes.and_then(|bytes| serde_json::from_slice(&bytes).ok()).unwrap_or_default()
    }

    /// Keeps them; why not, in a line.
    pub fn store(&self, comments: &[Comment]) -> Result<(), String> {
        let bytes = serde_json::to_vec(comments).map_err(|error| error.to_string())?;
        let directories = [self.0.parent().and_then(Path::parent), self.0.parent()];
        for directory in directories.into_iter().flatten() {
            home::own_directory(directory).map_err(|error| error.to_string())?;
        }
        atomic::write(&self.0, &bytes).map_err(|error| format!("{}: {error}", self.0.display()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn comment(removed: bool, quoted: &[&str]) -> Comment {
        Comment {
            path: "a.rs".into(),
            removed,
            lines: (3, 4),
            quoted: quoted.iter().map(ToString::to_string).collect(),
            text: "why?".into(),
            sent: false,
        }
    }

    #[test]
    fn one_prompt_quotes_the_lines_of_each() {
        let sent = Comment { sent: true, ..comment(false, &["old"]) };
        let all = [sent.clone(), comment(false, &["x\u{1b}[2J", "y"]), comment(true, &["z"])];
        let text = prompt(&all).unwrap();
        assert!(text.contains("1. a.rs:3-4\n> x"), "{text}");
        assert!(text.contains("2. a.rs:3-4 (removed)\n> z\nwhy?"), "{text}");
        assert!(!text.contains("old") && !text.contains('\u{1b}'), "{text}");
        assert_eq!(prompt(&[sent]), None);
    }

    #[test]
    fn what_became_of_the_lines_is_seen() {
        let about = comment(false, &["b", "c"]);
        assert_eq!(about.outcome(Some("a\nb\nc\nd")), Outcome::Same);
        assert_eq!(about.outcome(Some("a\nb\nx\nc")), Outcome::Changed);
        assert_eq!(about.outcome(None), Outcome::Gone);
        let removed = comment(true, &["b"]);
        assert_eq!(removed.outcome(Some("a")), Outcome::Same);
        assert_eq!(removed.outcome(Some("a\nb")), Outcome::Changed);
    }

    #[test]
    fn they_outlive_the_process() {
        let temp = tempfile::tempdir().unwrap();
        let dir = temp.path().canonicalize().unwrap();
        let home = Home::resolve(Some(dir.join("home").as_os_str()), None, &dir).unwrap();
        home.create().unwrap();
        let shelf = Shelf::of(&home, Path::new("/x"));
        assert!(shelf.load().is_empty());
        shelf.store(&[comment(false, &["a"])]).unwrap();
        assert_eq!(shelf.load(), [comment(false, &["a"])]);
        assert!(Shelf::of(&home, Path::new("/y")).load().is_empty());
    }
}
