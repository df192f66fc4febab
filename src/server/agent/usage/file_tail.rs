//! A file that an agent keeps of itself: what was added to it since it was last looked at.
//!
//! Whatever stands in it is the agent's, or anybody's: it is bounded here, and understood
//! elsewhere.

use std::ffi::OsStr;
use std::fs::OpenOptions;
use std::io::{Read, Seek, SeekFrom};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use nix::fcntl::OFlag;
use serde_json::Value;

use segno_agent::identity::SessionId;
use segno_agent::mapping::Line;
use segno_agent::panetype::Format;
use segno_store::file::foreign;

/// The largest file that is read as one message.
pub(in crate::server) const FILE_MAX: u64 = 1 << 20;
/// How much is read of a file of many messages at once, and of what was in it before.
const READ_MAX: u64 = 256 << 10;
/// How large a file may grow that is written for Segno alone.
const OWN_MAX: u64 = 1 << 20;

/// One `[[tracker.watch]]`.
#[derive(Debug, Clone)]
pub(in crate::server) struct Followed {
    pub path: PathBuf,
    /// The conversation whose file it was found as.
    pub session: Option<SessionId>,
    /// How far a file of many messages was read.
    read_to: Option<u64>,
    /// What it said last.
    pub said: Vec<Line>,
}

impl Followed {
    pub fn new(path: PathBuf, session: Option<SessionId>) -> Followed {
        Followed { path, session, read_to: None, said: Vec::new() }
    }

    /// Whether nothing was read of it yet.
    pub fn is_new(&self) -> bool {
        self.read_to.is_none() && self.said.is_empty()
    }

    /// The messages that are new.
    pub fn read(&mut self, format: Format) -> Vec<Value> {
        match format {
            Format::Json => whole(&self.path),
            Format::Lines => self.added(Format::Lines),
            Format::Blocks => self.added(Format::Blocks),
        }
    }

    fn added(&mut self, format: Format) -> Vec<Value> {
        let Ok(Some(mut file)) = foreign::open(&self.path) else { return Vec::new() };
        let from = match self.read_to {
            Some(read_to) if read_to <= file.size => {
                read_to.max(file.size.saturating_sub(READ_MAX))
            }
            _ => file.size.saturating_sub(READ_MAX),
        };
        let mut bytes = Vec::new();
        let read = file
            .file
            .seek(SeekFrom::Start(from))
            .and_then(|_| (&mut file.file).take(READ_MAX).read_to_end(&mut bytes));
        if read.is_err() {
            return Vec::new();
        }
        let (messages, end) = match format {
            Format::Blocks => blocks(&bytes),
            _ => lines(&bytes),
        };
        // A message longer than all that is read is passed over.
        let long = end == 0 && bytes.len() as u64 == READ_MAX;
        self.read_to = Some(from + if long { READ_MAX } else { end as u64 });
        messages
    }

    /// Empties a file that is written for Segno alone, when it has grown large and nothing in it
    /// is new: its program appends to it for as long as it runs. (That is why it must append: what
    /// is written next stands at the beginning then.)
    pub fn bound(&mut self) {
        let read_to = self.read_to.unwrap_or(0);
        let flags = OFlag::O_NOFOLLOW | OFlag::O_NONBLOCK;
        let file = OpenOptions::new().write(true).custom_flags(flags.bits()).open(&self.path);
        let Ok(file) = file else { return };
        let regular = file.metadata().ok().filter(|data| data.is_file());
        if regular.is_some_and(|data| data.len() > OWN_MAX && data.len() == read_to)
            && file.set_len(0).is_ok()
        {
            self.read_to = Some(0);
        }
    }
}

/// The path as the watcher will name it.
pub(in crate::server) fn canonical(path: &Path) -> Option<PathBuf> {
    let name: &OsStr = path.file_name()?;
    Some(path.parent()?.canonicalize().ok()?.join(name))
}

fn whole(path: &Path) -> Vec<Value> {
    let bytes = foreign::read_file(path, FILE_MAX).ok().flatten();
    // Read in the middle of being written, it is read again when that is done.
    bytes.and_then(|bytes| serde_json::from_slice(&bytes).ok()).into_iter().collect()
}

/// The messages of complete lines, and where those end. The first one may be cut off, and is then
/// no JSON.
fn lines(bytes: &[u8]) -> (Vec<Value>, usize) {
    let end = bytes.iter().rposition(|byte| *byte == b'\n').map_or(0, |at| at + 1);
    let lines = bytes[..end].split(|byte| *byte == b'\n');
    (lines.filter_map(|line| serde_json::from_slice(line).ok()).collect(), end)
}

/// The messages of complete blocks, and where those end: each goes from a line `{` to a line `}`.
fn blocks(bytes: &[u8]) -> (Vec<Value>, usize) {
    let (mut messages, mut begin, mut at, mut end) = (Vec::new(), None, 0, 0);
    for line in bytes.split_inclusive(|byte| *byte == b'\n') {
        let next = at + line.len();
        match line {
            b"{\n" => begin = Some(at),
            b"}\n" => {
                let block = begin.take().map(|begin| &bytes[begin..next]);
                messages.extend(block.and_then(|block| serde_json::from_slice(block).ok()));
                end = next;
            }
            _ => {}
        }
        at = next;
    }
    (messages, end)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;
    use std::io::Write;

    use serde_json::json;

    fn written(path: &Path, text: &str) {
        let mut file = fs::OpenOptions::new().create(true).append(true).open(path).unwrap();
        file.write_all(text.as_bytes()).unwrap();
    }

    fn file() -> (tempfile::TempDir, PathBuf) {
        let temp = tempfile::tempdir().unwrap();
        let path = temp.path().join("kept");
        (temp, path)
    }

    #[test]
    fn what_is_complete_is_read_once() {
        let (_temp, path) = file();
        let mut followed = Followed::new(path.clone(), None);
        written(&path, "{\"a\":1}\nnonsense\n{\"a\":");
        assert_eq!(followed.read(Format::Lines), [json!({"a": 1})]);
        written(&path, "2}\n");
        assert_eq!(followed.read(Format::Lines), [json!({"a": 2})]);
        assert!(followed.read(Format::Lines).is_empty());
    }

    #[test]
    fn blocks_are_found_between_whatever_else_there_is() {
        let (_temp, path) = file();
        let mut followed = Followed::new(path.clone(), None);
        written(&path, "  \"cut\": {\n  }\n}\n{\n  \"a\": {\n    \"b\": \"}\"\n  }\n}\n{\n");
        assert_eq!(followed.read(Format::Blocks), [json!({"a": {"b": "}"}})]);
        written(&path, "  \"a\": 2\n}\n{\n!\n}\n");
        assert_eq!(followed.read(Format::Blocks), [json!({"a": 2})]);
        assert!(followed.read(Format::Blocks).is_empty());
    }

    #[test]
    fn of_a_file_that_was_there_the_end_is_read() {
        let (_temp, path) = file();
        written(&path, &format!("{{\"a\":1}}\n{}\n{{\"a\":2}}\n", "x".repeat(READ_MAX as usize)));
        let mut followed = Followed::new(path.clone(), None);
        assert_eq!(followed.read(Format::Lines), [json!({"a": 2})]);
    }

    #[test]
    fn an_own_file_is_emptied_once_it_is_large_and_read() {
        let (_temp, path) = file();
        let mut followed = Followed::new(path.clone(), None);
        let size = || fs::metadata(&path).unwrap().len();
        written(&path, &format!("{{\"a\":\"{}\"}}\n", "x".repeat(1000)).repeat(1100));
        followed.bound();
        assert!(size() > OWN_MAX, "it has not been read");
        followed.read(Format::Lines);
        followed.bound();
        assert_eq!(size(), 0);
        written(&path, "{\"a\":2}\n");
        assert_eq!(followed.read(Format::Lines), [json!({"a": 2})]);
        followed.bound();
        assert_eq!(size(), 8);
    }
}
