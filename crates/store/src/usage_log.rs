//! The file that keeps what conversations have used: appended to, a line of JSON each.
//!
//! A line that is torn or no entry is passed over; since each says what was used in all, the next
//! one makes up for it. When the file has grown it is written anew without what later lines cover.

use std::fs::File;
use std::io::{self, BufRead, BufReader, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use crate::file::atomic;
use crate::file::foreign;
use crate::file::set_aside::set_aside;
use segno_agent::usage::ledger::{Entry, compacted};

/// Larger than this at its start, it is compacted.
const LARGE: u64 = 1 << 20;
/// The longest line that is read, in bytes.
const LINE_MAX: u64 = 16 << 10;

/// The file, open to append to it.
#[derive(Debug)]
pub struct UsageLog {
    path: PathBuf,
    /// Entries that could not be written yet.
    waiting: Vec<Entry>,
}

impl UsageLog {
    /// Reads what is there, and makes it smaller if it is large.
    pub fn open(path: &Path) -> (UsageLog, Vec<Entry>) {
        if std::fs::symlink_metadata(path).is_ok_and(|metadata| !metadata.is_file()) {
            let _ = set_aside(path, "corrupt");
        }
        let mut entries = read(path);
        if std::fs::metadata(path).is_ok_and(|metadata| metadata.len() > LARGE) {
            let all = entries.len();
            entries = compacted(entries);
            if entries.len() * 2 < all {
                // What cannot be made smaller stays as it is.
                let _ = atomic::write(path, &lines(&entries));
            }
        }
        (UsageLog { path: path.to_path_buf(), waiting: Vec::new() }, entries)
    }

    /// Appends an entry. What cannot be written now is written with the next one; what is covered
    /// by a later entry need not be any more.
    pub fn append(&mut self, entry: Entry) -> io::Result<()> {
        self.waiting.retain(|before| !before.is_covered_by(&entry));
        self.waiting.push(entry);
        self.write()
    }

    /// Appends an entry beside the one that has the file open: what both append counts once.
    pub fn append_beside(path: &Path, entry: Entry) -> io::Result<()> {
        UsageLog { path: path.to_path_buf(), waiting: Vec::new() }.append(entry)
    }

    /// Entries that are not in the file.
    pub fn waiting(&self) -> &[Entry] {
        &self.waiting
    }

    /// Makes it survive a power failure.
    pub fn sync(&self) -> io::Result<()> {
        File::open(&self.path)?.sync_data()
    }

    fn write(&mut self) -> io::Result<()> {
        let mut file = foreign::open_to_append(&self.path)?;
        let size = file.metadata()?.len();
        let mut bytes = Vec::new();
        if size > 0 {
            // A line that was torn by a power failure must not swallow the next one.
            let mut last = [0];
            file.seek(SeekFrom::Start(size - 1))?;
            file.read_exact(&mut last)?;
            if last != *b"\n" {
                bytes.push(b'\n');
            }
        }
        bytes.extend(lines(&self.waiting));
        if let Err(error) = file.write_all(&bytes) {
            // The disk became full within a line.
            let _ = file.set_len(size);
            return Err(error);
        }
        self.waiting.clear();
        Ok(())
    }
}

/// The entries of the file, in order.
pub fn read(path: &Path) -> Vec<Entry> {
    let Ok(Some(checked)) = foreign::open(path) else { return Vec::new() };
    let mut reader = BufReader::new(checked.file);
    let (mut entries, mut line) = (Vec::new(), Vec::new());
    loop {
        line.clear();
        match (&mut reader).take(LINE_MAX).read_until(b'\n', &mut line) {
            Ok(0) | Err(_) => return entries,
            Ok(_) => entries.extend(serde_json::from_slice::<Entry>(&line).ok()),
        }
    }
}

fn lines(entries: &[Entry]) -> Vec<u8> {
    let mut bytes = Vec::new();
    for entry in entries {
        // Plain data with text keys: there is nothing in it that cannot be written.
        if let Ok(line) = serde_json::to_vec(entry) {
            bytes.extend(line);
            bytes.push(b'\n');
        }
    }
    bytes
}

#[cfg(test)]
mod tests {
    use std::fs::OpenOptions;

    use super::*;
    use segno_agent::identity::SessionId;
    use segno_agent::status::Usage;
    use segno_agent::usage::counts::Counts;
    use segno_base::ids::PaneId;

    fn entry(session: &str, output: u64) -> Entry {
        Entry {
            at: output,
            day: "2026-11-21".parse().unwrap(),
            type_name: "a".into(),
            session: SessionId::try_from(session.to_string()).unwrap(),
            pane: PaneId::new(1),
            project: "/p \"q\"".into(),
            usage: Usage {
                counts: Counts { output, cost: 0.25, ..Counts::default() },
                ..Usage::default()
            },
        }
    }

    #[test]
    fn what_is_appended_is_read_again_and_a_torn_line_costs_itself() {
        let temp = tempfile::tempdir().unwrap();
        let path = temp.path().join("usage.jsonl");
        let (mut log, none) = UsageLog::open(&path);
        assert!(none.is_empty());
        log.append(entry("s1", 1)).unwrap();
        log.append(entry("s1", 2)).unwrap();
        log.sync().unwrap();
        let mut file = OpenOptions::new().append(true).open(&path).unwrap();
        file.write_all(b"{\"at\":3,\"day\":\"20").unwrap();
        log.append(entry("s2", 4)).unwrap();
        file.write_all(b"[]\n{}\n\xff\n").unwrap();
        file.write_all(&vec![b'x'; 40_000]).unwrap();
        let (_, entries) = UsageLog::open(&path);
        assert_eq!(entries, [entry("s1", 1), entry("s1", 2), entry("s2", 4)]);
    }

    #[test]
    fn what_cannot_be_written_is_written_later() {
        let temp = tempfile::tempdir().unwrap();
        let dir = temp.path().join("home");
        let (mut log, _) = UsageLog::open(&dir.join("usage.jsonl"));
        assert!(log.append(entry("s1", 1)).is_err());
        assert!(log.append(entry("s2", 2)).is_err());
        assert!(log.append(entry("s1", 3)).is_err());
        assert_eq!(log.waiting(), [entry("s2", 2), entry("s1", 3)]);
        std::fs::create_dir(&dir).unwrap();
        log.append(entry("s1", 4)).unwrap();
        assert_eq!(read(&dir.join("usage.jsonl")), [entry("s2", 2), entry("s1", 4)]);
    }

    #[test]
    fn a_large_file_is_made_small() {
        let temp = tempfile::tempdir().unwrap();
        let path = temp.path().join("usage.jsonl");
        let all: Vec<_> = (0..6000).map(|n| entry("s1", n + 1)).collect();
        std::fs::write(&path, lines(&all)).unwrap();
        assert!(std::fs::metadata(&path).unwrap().len() > LARGE);
        let (_, entries) = UsageLog::open(&path);
        assert_eq!(entries, [entry("s1", 6000)]);
        assert_eq!(read(&path), entries);
    }
}
