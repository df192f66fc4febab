//! What the user does not want to have archived.

use std::path::{Path, PathBuf};

use segno_transcript::read::directory_sha256;

/// Conversations that are left out.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct LeaveOut {
    /// Those of these pane types.
    pub types: Vec<String>,
    /// Those that were held in one of these directories or below it.
    directories: Vec<PathBuf>,
    /// Those of which their agent says only the hash of a directory.
    hashes: Vec<String>,
}

impl LeaveOut {
    /// `known` are directories in which agents were run: of a hash, nothing says what it is below.
    pub fn new(types: Vec<String>, directories: Vec<PathBuf>, known: &[PathBuf]) -> LeaveOut {
        let is_left_out = |known: &&PathBuf| directories.iter().any(|one| known.starts_with(one));
        let all = directories.iter().chain(known.iter().filter(is_left_out));
        let hashes = all.map(|directory| directory_sha256(directory)).collect();
        LeaveOut { types, directories, hashes }
    }

    /// Whether a directory of this hash is left out.
    pub fn has_hash(&self, sha256: &str) -> bool {
        self.hashes.iter().any(|hash| hash == sha256)
    }

    pub fn has_type(&self, name: &str) -> bool {
        self.types.iter().any(|left_out| left_out == name)
    }

    pub fn has_directory(&self, directory: &str) -> bool {
        let directory = Path::new(directory);
        self.directories.iter().any(|left_out| directory.starts_with(left_out))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_directory_stands_for_what_is_below_it_and_for_no_other_name() {
        let known = ["/home/me/secret/deep".into(), "/home/me/secrets".into()];
        let leave_out = LeaveOut::new(vec!["demo".into()], vec!["/home/me/secret".into()], &known);
        let has_hash = |of: &str| leave_out.has_hash(&directory_sha256(Path::new(of)));
        assert!(has_hash("/home/me/secret") && has_hash("/home/me/secret/deep"));
        assert!(!has_hash("/home/me/secrets"));
        assert!(leave_out.has_directory("/home/me/secret"));
        assert!(leave_out.has_directory("/home/me/secret/deep/down"));
        assert!(!leave_out.has_directory("/home/me/secrets"));
        assert!(leave_out.has_type("demo") && !leave_out.has_type("dem"));
    }
}
