//! What a transcript says of quotas, read on as it grows.

use std::io::{Read as _, Seek as _, SeekFrom};
use std::path::{Path, PathBuf};

use segno_agent::usage::quota::{self, Quota, QuotaRule};
use segno_store::file::foreign;

/// So many bytes of the end are looked at, at most.
const END: u64 = 256 * 1024;

/// A transcript, and what was found in it so far.
pub(super) struct QuotaTail {
    path: PathBuf,
    /// The end of the last line that was looked at.
    read_to: u64,
    newest: Vec<Option<Quota>>,
}

impl QuotaTail {
    pub fn new(path: &Path) -> QuotaTail {
        QuotaTail { path: path.to_path_buf(), read_to: 0, newest: Vec::new() }
    }

    pub fn is_of(&self, path: &Path) -> bool {
        self.path == path
    }

    /// Looks at the lines that are new; what is known of each rule.
    pub fn read(&mut self, rules: &[QuotaRule]) -> Vec<Quota> {
        self.newest.resize(rules.len(), None);
        // What cannot be read says nothing new.
        if let Ok(part) = self.added() {
            let found = quota::newest(rules, &part).into_iter();
            for (known, found) in self.newest.iter_mut().zip(found) {
                *known = found.or(known.take());
            }
        }
        self.newest.iter().flatten().cloned().collect()
    }

    fn added(&mut self) -> std::io::Result<Vec<u8>> {
        let Ok(Some(mut checked)) = foreign::open_file(&self.path) else { return Ok(Vec::new()) };
        if checked.size < self.read_to {
            // It is another one.
            self.read_to = 0;
            self.newest.fill(None);
        }
        let from = self.read_to.max(checked.size.saturating_sub(END));
        if from == checked.size {
            return Ok(Vec::new());
        }
        checked.file.seek(SeekFrom::Start(from))?;
        let mut part = Vec::new();
        checked.file.take(END).read_to_end(&mut part)?;
        let whole = part.iter().rposition(|byte| *byte == b'\n').map_or(0, |at| at + 1);
        part.truncate(whole);
        self.read_to = from + whole as u64;
        Ok(part)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;
    use std::io::Write as _;

    #[test]
    fn only_what_is_new_is_read() {
        let temp = tempfile::tempdir().unwrap();
        let path = temp.path().join("t");
        let rule = |name: &str| QuotaRule {
            condition: Vec::new(),
            name: Some(name.into()),
            used: format!("/{name}"),
            minutes: None,
            resets: None,
        };
        let rules = [rule("day"), rule("week")];
        let write = |text: &str| {
            let file = fs::OpenOptions::new().create(true).append(true).open(&path);
            file.unwrap().write_all(text.as_bytes()).unwrap();
        };
        let mut tail = QuotaTail::new(&path);
        let mut used = || -> Vec<(String, f64)> {
            tail.read(&rules).into_iter().map(|quota| (quota.name, quota.used)).collect()
        };
        let is = |name: &str, used: f64| (name.to_string(), used);
        assert_eq!(used(), []);
        write("{\"day\": 1, \"week\": 2}\n{\"day\":");
        assert_eq!(used(), [is("day", 1.0), is("week", 2.0)]);
        write(" 3}\n");
        assert_eq!(used(), [is("day", 3.0), is("week", 2.0)]);
        // What was said before is known although it is too far away to be read.
        write(&format!("{}\n{{\"day\": 4}}\n", "x".repeat(300_000)));
        assert_eq!(used(), [is("day", 4.0), is("week", 2.0)]);
        fs::write(&path, "{\"week\": 5}\n").unwrap();
        assert_eq!(used(), [is("week", 5.0)]);
    }
}
