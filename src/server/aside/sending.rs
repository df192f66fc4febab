//! What the process that sends conversations has left word of.

use segno_store::file::foreign;
use segno_store::home::Home;
use segno_sync::word::Word;

/// The largest word, in bytes.
const WORD_MAX: u64 = 64 << 10;
/// At most so many problems are shown.
const PROBLEMS_MAX: usize = 20;

/// Whether there is anywhere to send to.
pub(in crate::server) fn is_logged_in(home: &Home) -> bool {
    std::fs::read_dir(home.sync_targets_dir()).is_ok_and(|mut all| all.next().is_some())
}

/// What it has left; nothing where nobody has logged in.
pub(in crate::server) fn word(home: &Home) -> Word {
    let bytes = foreign::read_file(&home.sync_status_file(), WORD_MAX).ok().flatten();
    let word = bytes.and_then(|bytes| serde_json::from_slice::<Word>(&bytes).ok());
    let mut word = word.filter(|_| is_logged_in(home)).unwrap_or_default();
    word.problems.truncate(PROBLEMS_MAX);
    word.problems.iter_mut().for_each(|text| *text = segno_base::text::plain_text::line(text));
    word
}
