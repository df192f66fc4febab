//! The word that a process which curates leaves for the daemon: `$SEGNO_HOME/curate/status.json`.

use std::io;

use serde::{Deserialize, Serialize};

use crate::file::{atomic, foreign};
use crate::home::Home;
use segno_agent::usage::ledger::Entry;
use segno_base::text::plain_text;

/// The largest word, in bytes.
const WORD_MAX: u64 = 64 << 10;
/// At most so many problems are shown.
const PROBLEMS_MAX: usize = 5;

/// When it is to be started again, and what it did.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Word {
    /// Milliseconds since the Unix epoch.
    pub next: Option<u64>,
    /// A line each, for the user.
    pub problems: Vec<String>,
    pub ended: Option<Ended>,
}

/// A run that has ended.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Ended {
    /// The conversation: of which type's agent, and its id.
    #[serde(rename = "type")]
    pub type_name: String,
    pub session: String,
    /// How it went, for the user.
    pub text: String,
    pub failed: bool,
    /// What it used.
    #[serde(default)]
    pub usage: Vec<Entry>,
}

impl Word {
    /// Leaves it, in the place of an earlier one. A power failure may lose it.
    pub fn leave(&self, home: &Home) -> io::Result<()> {
        let word = serde_json::to_vec(self)?;
        atomic::write_unsynced(&home.curate_word_file(), &word)
    }

    /// What was left, bounded and in plain text; taken away, so that nothing is announced twice.
    pub fn take(home: &Home) -> Word {
        let path = home.curate_word_file();
        let bytes = foreign::read_file(&path, WORD_MAX).ok().flatten();
        let _ = std::fs::remove_file(&path);
        let word = bytes.and_then(|bytes| serde_json::from_slice::<Word>(&bytes).ok());
        let mut word = word.unwrap_or_default();
        word.problems.truncate(PROBLEMS_MAX);
        word.problems.iter_mut().for_each(|text| *text = plain_text::line(text));
        if let Some(ended) = &mut word.ended {
            ended.text = plain_text::line(&ended.text);
        }
        word
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_left_is_taken_once_and_as_plain_text() {
        let temp = tempfile::tempdir().unwrap();
        let home = Home::resolve(Some(temp.path().as_os_str()), None, temp.path()).unwrap();
        std::fs::create_dir_all(home.curate_dir()).unwrap();
        let ended = Ended {
            type_name: "coder".into(),
            session: "s".into(),
            text: "two\x1b[31m notes".into(),
            failed: false,
            usage: Vec::new(),
        };
        let problems = (0..9).map(|n| format!("problem\n{n}")).collect();
        let word = Word { next: Some(7), problems, ended: Some(ended) };
        word.leave(&home).unwrap();
        let taken = Word::take(&home);
        assert_eq!((taken.next, taken.problems.len()), (Some(7), PROBLEMS_MAX));
        assert!(!taken.problems[0].contains('\n'));
        assert!(!taken.ended.unwrap().text.contains('\x1b'));
        assert_eq!(Word::take(&home), Word::default());
    }
}
