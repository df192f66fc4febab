//! What the user does not want to have archived.

use std::path::{Path, PathBuf};

/// Conversations that are left out.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct LeaveOut {
    /// Those of these pane types.
    pub types: Vec<String>,
    /// Those that were held in one of these directories or below it.
    pub directories: Vec<PathBuf>,
}

impl LeaveOut {
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
        let leave_out =
            LeaveOut { types: vec!["demo".into()], directories: vec!["/home/me/secret".into()] };
        assert!(leave_out.has_directory("/home/me/secret"));
        assert!(leave_out.has_directory("/home/me/secret/deep/down"));
        assert!(!leave_out.has_directory("/home/me/secrets"));
        assert!(leave_out.has_type("demo") && !leave_out.has_type("dem"));
    }
}
