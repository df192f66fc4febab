//! Which project files their user trusts: by path and by what stands in them, so that a changed
//! file is asked about again.

use std::io;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use crate::file::atomic;
use crate::file::foreign;

/// Far more than anybody decides about.
const LIMIT: u64 = 1 << 20;
/// The oldest decisions go when there are more.
const DECISIONS_MAX: usize = 1000;

/// What was decided; the newest last.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Trust {
    files: Vec<Decision>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Decision {
    #[serde(with = "segno_base::text::path_text")]
    path: PathBuf,
    hash: String,
    trusted: bool,
}

impl Trust {
    /// Reads what was decided. What cannot be read trusts nothing; the reason is returned.
    pub fn load(path: &Path) -> (Trust, Option<String>) {
        let unusable = |why: String| {
            let warning = format!("{}: {why}; project files are asked about again", path.display());
            (Trust::default(), Some(warning))
        };
        match foreign::read_file(path, LIMIT) {
            Ok(None) => (Trust::default(), None),
            Ok(Some(bytes)) => match serde_json::from_slice(&bytes) {
                Ok(trust) => (trust, None),
                Err(error) => unusable(error.to_string()),
            },
            Err(refusal) => unusable(refusal.to_string()),
        }
    }

    pub fn save(&self, path: &Path) -> io::Result<()> {
        atomic::write(path, &serde_json::to_vec_pretty(self)?)
    }

    /// What was decided about a file with this content; `None`: nothing.
    pub fn decision(&self, path: &Path, hash: &str) -> Option<bool> {
        let decided = |d: &&Decision| d.path == path && d.hash == hash;
        self.files.iter().find(decided).map(|d| d.trusted)
    }

    /// Decides about a file; its other contents are forgotten.
    pub fn decide(&mut self, path: &Path, hash: &str, trusted: bool) {
        self.forget(path);
        self.files.push(Decision { path: path.to_path_buf(), hash: hash.to_string(), trusted });
        let surplus = self.files.len().saturating_sub(DECISIONS_MAX);
        self.files.drain(..surplus);
    }

    /// Forgets what was decided about a file.
    pub fn forget(&mut self, path: &Path) {
        self.files.retain(|decision| decision.path != path);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::MetadataExt;

    #[test]
    fn trust_is_in_a_path_with_its_content_and_kept_private() {
        let temp = tempfile::tempdir().unwrap();
        let file = temp.path().join("trust.json");
        let (mut trust, warning) = Trust::load(&file);
        assert_eq!((trust.clone(), warning), (Trust::default(), None));
        let (a, b) = (Path::new("/a/.segno.toml"), Path::new("/b/.segno.toml"));
        trust.decide(a, "1", true);
        trust.decide(b, "1", false);
        trust.save(&file).unwrap();
        assert_eq!(std::fs::metadata(&file).unwrap().mode() & 0o777, 0o600);
        let (mut trust, warning) = Trust::load(&file);
        assert_eq!(warning, None);
        assert_eq!(trust.decision(a, "1"), Some(true));
        assert_eq!(trust.decision(b, "1"), Some(false));
        assert_eq!(trust.decision(a, "2"), None, "another content");
        trust.decide(a, "2", false);
        assert_eq!((trust.decision(a, "1"), trust.decision(a, "2")), (None, Some(false)));
        trust.forget(b);
        assert_eq!(trust.decision(b, "1"), None);
    }

    #[test]
    fn what_cannot_be_read_trusts_nothing() {
        let temp = tempfile::tempdir().unwrap();
        let file = temp.path().join("trust.json");
        std::fs::write(&file, "{\"files\":[{\"path\":7}]}").unwrap();
        let (trust, warning) = Trust::load(&file);
        assert_eq!(trust, Trust::default());
        assert!(warning.unwrap().contains("asked about again"));
    }
}
