//! Which directory is the root of a project: asked here by all that group something by projects.

use std::path::{Path, PathBuf};

/// The file in which a project says what it opens.
pub const FILE: &str = ".segno.toml";
/// What is only in the root of a project.
const MARKERS: [&str; 4] = [FILE, ".git", ".jj", ".hg"];

/// The nearest directory with a marker, from this one up. The user's home is none, nor what is
/// above it: many keep it in a repository, and then everything would be one project.
pub fn root(directory: &Path, home: Option<&Path>) -> Option<PathBuf> {
    let mut above = directory.ancestors().filter(|dir| dir.parent().is_some());
    let found = above.find(|dir| {
        MARKERS.iter().any(|marker| std::fs::symlink_metadata(dir.join(marker)).is_ok())
    })?;
    match home {
        Some(home) if home.starts_with(found) => None,
        _ => Some(found.to_path_buf()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;

    #[test]
    fn the_nearest_marker_is_the_root_but_never_the_home() {
        let temp = tempfile::tempdir().unwrap();
        let home = temp.path().join("home");
        let deep = home.join("src/tool/src/deep");
        fs::create_dir_all(&deep).unwrap();
        let root = |dir: &Path| root(dir, Some(&home));
        assert_eq!(root(&deep), None);
        fs::create_dir(home.join(".git")).unwrap();
        assert_eq!(root(&deep), None, "a home in a repository");
        fs::write(home.join("src/tool/.git"), "gitdir: elsewhere").unwrap();
        assert_eq!(root(&deep), Some(home.join("src/tool")));
        fs::write(home.join("src/tool/src/.segno.toml"), "").unwrap();
        assert_eq!(root(&deep), Some(home.join("src/tool/src")));
        assert_eq!(root(Path::new("relative")), None);
        assert_eq!(root(Path::new("/")), None);
    }
}
