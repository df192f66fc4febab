//! The conversations that Segno has seen, so that dialogs and the palette can offer them after
//! their panes are long closed.
//!
//! A convenience: damaged parts are skipped, and losing it loses no conversation.

use std::io;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::file::atomic;
use crate::file::foreign;
use crate::file::set_aside::set_aside;
use segno_agent::identity::SessionId;
use segno_agent::past::Summary;

/// How many are kept; those seen last longest ago go first.
pub const HISTORY_MAX: usize = 2000;
const LIMIT: u64 = 16 << 20;
/// The longest title or prompt kept, in characters.
const TEXT_MAX: usize = 200;

/// One conversation.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Seen {
    #[serde(rename = "type")]
    pub type_name: String,
    pub session: SessionId,
    pub cwd: PathBuf,
    #[serde(flatten)]
    pub summary: Summary,
    /// Milliseconds since the Unix epoch.
    pub first_seen: u64,
    /// Milliseconds since the Unix epoch.
    pub last_seen: u64,
}

/// All of them, with the file that keeps them.
#[derive(Debug, Clone)]
pub struct History {
    path: PathBuf,
    /// Seen last at the end.
    entries: Vec<Seen>,
}

#[derive(Serialize)]
struct Document<'a> {
    version: u64,
    conversations: &'a [Seen],
}

impl History {
    /// Reads what is kept; with a warning when some of it was unusable.
    pub fn open(path: &Path) -> (History, Option<String>) {
        let mut history = History { path: path.to_path_buf(), entries: Vec::new() };
        let warning = match foreign::read(path, LIMIT) {
            Ok(None) => None,
            Ok(Some(bytes)) => match read(&bytes) {
                Some((entries, skipped)) => {
                    history.entries = entries;
                    (skipped > 0).then(|| format!("{skipped} entries of {path:?} are unusable"))
                }
                None => Some(unusable(path, "it is not a list of conversations")),
            },
            Err(refusal) => Some(unusable(path, &refusal.to_string())),
        };
        history.entries.sort_by_key(|seen| seen.last_seen);
        history.trim();
        (history, warning)
    }

    /// Notes that a conversation was on screen; returns whether anything but the time changed.
    /// What is not known of it leaves what was known before.
    /// One whose directory is not valid Unicode is not noted: JSON cannot hold its path.
    pub fn record(
        &mut self,
        type_name: &str,
        session: &SessionId,
        cwd: &Path,
        known: Summary,
        now: u64,
    ) -> bool {
        if cwd.to_str().is_none() {
            return false;
        }
        let known = known.map(|text| Some(text.chars().take(TEXT_MAX).collect()));
        let before = self.position(type_name, session).map(|i| self.entries.remove(i));
        let mut seen = before.clone().unwrap_or_else(|| Seen {
            type_name: type_name.to_string(),
            session: session.clone(),
            cwd: PathBuf::new(),
            summary: Summary::default(),
            first_seen: now,
            last_seen: now,
        });
        seen.cwd = cwd.to_path_buf();
        // What was seen first stays: a pane that returned to it only knows what was said since.
        let first_prompt = seen.summary.first_prompt.take().or(known.first_prompt.clone());
        seen.summary = Summary { first_prompt, ..known.or(seen.summary) };
        seen.last_seen = now;
        let changed = before.is_none_or(|old| Seen { last_seen: now, ..old } != seen);
        self.entries.push(seen);
        self.trim();
        changed
    }

    /// Forgets a conversation, for example a deleted one; returns whether it was there.
    pub fn forget(&mut self, type_name: &str, session: &SessionId) -> bool {
        let position = self.position(type_name, session);
        position.map(|i| self.entries.remove(i)).is_some()
    }

    /// All conversations, the one seen last first.
    pub fn iter(&self) -> impl Iterator<Item = &Seen> {
        self.entries.iter().rev()
    }

    /// Stores them.
    pub fn save(&self) -> io::Result<()> {
        let document = Document { version: 1, conversations: &self.entries };
        atomic::write(&self.path, &serde_json::to_vec(&document)?)
    }

    fn position(&self, type_name: &str, session: &SessionId) -> Option<usize> {
        self.entries
            .iter()
            .rposition(|seen| seen.type_name == type_name && seen.session == *session)
    }

    fn trim(&mut self) {
        let excess = self.entries.len().saturating_sub(HISTORY_MAX);
        self.entries.drain(..excess);
    }
}

/// The usable entries, and how many are not.
fn read(bytes: &[u8]) -> Option<(Vec<Seen>, usize)> {
    let mut document: Value = serde_json::from_slice(bytes).ok()?;
    let Value::Array(list) = document.get_mut("conversations")?.take() else {
        return None;
    };
    let all = list.len();
    let entries: Vec<Seen> =
        list.into_iter().filter_map(|entry| serde_json::from_value(entry).ok()).collect();
    let skipped = all - entries.len();
    Some((entries, skipped))
}

fn unusable(path: &Path, why: &str) -> String {
    match set_aside(path, "corrupt") {
        Ok(kept) => format!("{path:?} is unusable ({why}); it is kept as {kept:?}"),
        Err(e) => format!("{path:?} is unusable ({why}) and cannot be set aside: {e}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;

    fn id(text: &str) -> SessionId {
        SessionId::try_from(text.to_string()).unwrap()
    }

    fn sessions<'h>(history: &'h History, type_name: &str, cwd: &Path) -> Vec<&'h str> {
        let here = |seen: &&Seen| seen.type_name == type_name && seen.cwd == cwd;
        history.iter().filter(here).map(|seen| seen.session.as_str()).collect()
    }

    fn known(title: &str) -> Summary {
        Summary { title: Some(title.into()), ..Summary::default() }
    }

    #[test]
    fn what_was_seen_is_offered_in_its_directory() {
        let temp = tempfile::tempdir().unwrap();
        let path = temp.path().join("history.json");
        let (mut history, warning) = History::open(&path);
        assert_eq!(warning, None);
        let (a, b) = (Path::new("/a"), Path::new("/b"));
        assert!(history.record("x", &id("s1"), a, Summary::default(), 1));
        assert!(history.record("x", &id("s2"), a, known("two"), 2));
        assert!(history.record("y", &id("s1"), a, Summary::default(), 3));
        assert!(history.record("x", &id("s3"), b, Summary::default(), 4));
        assert!(history.record("x", &id("s1"), a, known("one"), 5));
        assert!(!history.record("x", &id("s1"), a, Summary::default(), 6));
        history.save().unwrap();
        let (mut history, warning) = History::open(&path);
        assert_eq!(warning, None);
        assert_eq!(sessions(&history, "x", a), ["s1", "s2"]);
        let first = history.iter().find(|seen| seen.session == id("s1")).unwrap();
        assert_eq!(first.summary.title.as_deref(), Some("one"));
        assert_eq!((first.first_seen, first.last_seen), (1, 6));
        assert!(history.forget("x", &id("s1")));
        assert!(!history.forget("x", &id("s1")));
        assert_eq!(sessions(&history, "x", a), ["s2"]);
        assert_eq!(sessions(&history, "y", a), ["s1"]);
    }

    #[test]
    fn the_oldest_go_first() {
        let temp = tempfile::tempdir().unwrap();
        let (mut history, _) = History::open(&temp.path().join("h"));
        for n in 0..HISTORY_MAX as u64 + 10 {
            history.record("x", &id(&format!("s{n}")), Path::new("/a"), Summary::default(), n);
        }
        assert_eq!(history.iter().count(), HISTORY_MAX);
        assert_eq!(history.iter().last().map(|seen| seen.first_seen), Some(10));
        history.save().unwrap();
        assert_eq!(History::open(&temp.path().join("h")).0.iter().count(), HISTORY_MAX);
    }

    #[test]
    fn damaged_parts_are_skipped() {
        let temp = tempfile::tempdir().unwrap();
        let path = temp.path().join("h");
        let good = r#"{"type":"x","session":"s1","cwd":"/a","first_seen":1,"last_seen":1}"#;
        let bad = good.replace("s1", "--bad");
        fs::write(&path, format!(r#"{{"version":1,"conversations":[{good},7,{bad}]}}"#)).unwrap();
        let (history, warning) = History::open(&path);
        assert_eq!(sessions(&history, "x", Path::new("/a")), ["s1"]);
        assert!(warning.unwrap().starts_with("2 entries"));
    }

    #[test]
    fn a_damaged_file_is_kept_aside() {
        let temp = tempfile::tempdir().unwrap();
        let path = temp.path().join("h");
        for (n, text) in ["", "{}", "[]", "{\"conversations\":7}", "\0"].iter().enumerate() {
            fs::write(&path, text).unwrap();
            let (history, warning) = History::open(&path);
            assert_eq!(history.iter().count(), 0);
            assert!(warning.unwrap().contains(&format!("corrupt-{}", n + 1)));
            history.save().unwrap();
        }
        fs::remove_file(&path).unwrap();
        fs::create_dir(&path).unwrap();
        let (history, warning) = History::open(&path);
        assert!(warning.is_some());
        history.save().unwrap();
    }
}
