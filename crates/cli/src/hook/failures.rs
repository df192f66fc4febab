//! How often reports of a pane could not be written: counted in a small file of fixed size that is
//! there from the pane's start, so that a full disk can still take the number. The next line that
//! can be written says it, and begins the count anew.

use std::fs::File;
use std::os::unix::fs::{FileExt, OpenOptionsExt};
use std::path::PathBuf;

use nix::fcntl::OFlag;

use segno_agent::event::one_line;
use segno_agent::mapping::Line;
use segno_agent::panetype::hook::{FAILURES, FAILURES_SIZE};
use segno_base::ids::PaneId;
use segno_store::home::Home;

/// The longest reason kept, in characters: as many bytes fit in any case.
const WHY_MAX: usize = 48;

/// A pane's count.
pub struct Failures {
    path: PathBuf,
}

/// What was counted since the last line that said so.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Counted {
    failures: u64,
    lost: u64,
    why: String,
}

impl Failures {
    pub fn of(home: &Home, pane: PaneId) -> Failures {
        Failures { path: home.generated_dir(pane).join(FAILURES) }
    }

    /// What was counted; `None` when nothing was, or the file cannot be read.
    pub fn counted(&self) -> Option<Counted> {
        let mut bytes = [0; FAILURES_SIZE];
        let length = self.open()?.read_at(&mut bytes, 0).ok()?;
        let text = std::str::from_utf8(&bytes[..length]).ok()?;
        let mut words = text.trim().splitn(3, ' ');
        let mut number = || words.next().and_then(|word| word.parse().ok());
        let (failures, lost) = (number()?, number()?);
        let why = words.next().unwrap_or_default().to_string();
        (failures > 0).then_some(Counted { failures, lost, why })
    }

    /// Counts a failure and the reports that are lost with it; gives back why, for the log.
    pub fn add(&self, failures: u64, lost: usize, why: String) -> String {
        let before = self.counted();
        let (known, gone) = before.map_or((0, 0), |counted| (counted.failures, counted.lost));
        let gone = gone.saturating_add(lost as u64);
        // The end of it says what the system said.
        let ascii: String = why.chars().filter(|c| c.is_ascii() && !c.is_ascii_control()).collect();
        let end = &ascii[ascii.len().saturating_sub(WHY_MAX)..];
        self.write(&format!(
            "{} {gone} {}",
            known.saturating_add(failures),
            one_line(end, WHY_MAX)
        ));
        why
    }

    /// Begins anew.
    pub fn clear(&self) {
        self.write("0 0");
    }

    fn write(&self, text: &str) {
        let mut bytes = [b' '; FAILURES_SIZE];
        let length = text.len().min(FAILURES_SIZE);
        bytes[..length].copy_from_slice(&text.as_bytes()[..length]);
        if let Some(file) = self.open() {
            // If not even that can be written, there is nowhere left to report it.
            let _ = file.write_all_at(&bytes, 0);
        }
    }

    fn open(&self) -> Option<File> {
        let flags = OFlag::O_NOFOLLOW | OFlag::O_NONBLOCK | OFlag::O_CLOEXEC;
        let file = File::options()
            .read(true)
            .write(true)
            .create(true)
            .truncate(false)
            .mode(0o600)
            .custom_flags(flags.bits())
            .open(&self.path)
            .ok()?;
        file.metadata().is_ok_and(|metadata| metadata.is_file()).then_some(file)
    }
}

impl Counted {
    /// As a line of the spool.
    pub fn line(&self) -> Vec<Line> {
        let fields = [
            ("event", "write_failed".into()),
            ("failures", self.failures.into()),
            ("lost", self.lost.into()),
            ("why", self.why.clone().into()),
        ];
        vec![fields.into_iter().map(|(key, value)| (key.to_string(), value)).collect()]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn failures_add_up_until_they_are_reported() {
        let temp = tempfile::tempdir().unwrap();
        let failures = Failures { path: temp.path().join(FAILURES) };
        assert_eq!(failures.counted(), None);
        let why = "cannot write /somewhere/far/away/that/is/too/long/for/it: no space left (28)";
        assert_eq!(failures.add(1, 2, why.to_string()), why);
        failures.add(1, 0, why.to_string());
        let counted = failures.counted().unwrap();
        assert_eq!((counted.failures, counted.lost), (2, 2));
        assert!(counted.why.ends_with("no space left (28)"), "{counted:?}");
        assert_eq!(std::fs::metadata(&failures.path).unwrap().len(), FAILURES_SIZE as u64);
        failures.clear();
        assert_eq!(failures.counted(), None);
        std::fs::write(&failures.path, "nonsense").unwrap();
        assert_eq!(failures.counted(), None);
    }
}
