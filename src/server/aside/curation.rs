//! What the process that curates has left word of.

use serde::Deserialize;

use segno_agent::usage::ledger::Entry;
use segno_base::text::plain_text;
use segno_store::file::foreign;
use segno_store::home::Home;

/// The largest word, in bytes.
const WORD_MAX: u64 = 64 << 10;
/// At most so many problems are shown.
const PROBLEMS_MAX: usize = 5;

/// When it is to be started again, and what it did.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(in crate::server) struct CurationWord {
    /// Milliseconds since the Unix epoch.
    pub next: Option<u64>,
    /// A line each, for the user.
    pub problems: Vec<String>,
    pub ended: Option<Curated>,
}

/// A run that has ended.
#[derive(Debug, Deserialize)]
pub(in crate::server) struct Curated {
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

/// What it has left; taken away, so that nothing is announced twice.
pub(in crate::server) fn take_word(home: &Home) -> CurationWord {
    let path = home.curate_word_file();
    let bytes = foreign::read_file(&path, WORD_MAX).ok().flatten();
    let _ = std::fs::remove_file(&path);
    let word = bytes.and_then(|bytes| serde_json::from_slice::<CurationWord>(&bytes).ok());
    let mut word = word.unwrap_or_default();
    word.problems.truncate(PROBLEMS_MAX);
    word.problems.iter_mut().for_each(|text| *text = plain_text::line(text));
    if let Some(ended) = &mut word.ended {
        ended.text = plain_text::line(&ended.text);
    }
    word
}
