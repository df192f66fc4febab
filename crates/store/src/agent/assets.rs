//! Keeping a pane type's assets on disk as they are in the program: written where they are
//! absent, repaired where they were edited, cut, or replaced by something else.
//!
//! Must not remove what it does not know: a user may keep files of their own beside them.

use std::fs::{self, DirBuilder};
use std::io;
use std::os::unix::fs::{DirBuilderExt, MetadataExt};
use std::path::{Component, Path, PathBuf};

use crate::file::atomic;

/// Why an asset is not there as it should be.
#[derive(Debug, thiserror::Error)]
#[error("cannot install the asset {name:?} in {dir:?}: {source}")]
pub struct AssetError {
    name: String,
    dir: PathBuf,
    source: io::Error,
}

/// Makes a directory hold these files (mode 0600), given by relative name and content; returns
/// the names of those that had to be written. A failure does not keep the others from being
/// installed; the first one is reported.
pub fn install(dir: &Path, files: &[(&str, &[u8])]) -> Result<Vec<String>, AssetError> {
    let mut written = Vec::new();
    let mut failure = None;
    for (name, bytes) in files {
        match install_one(dir, Path::new(name), bytes) {
            Ok(true) => written.push(name.to_string()),
            Ok(false) => {}
            Err(source) => {
                let error = AssetError { name: name.to_string(), dir: dir.to_path_buf(), source };
                failure.get_or_insert(error);
            }
        }
    }
    failure.map_or(Ok(written), Err)
}

fn install_one(dir: &Path, name: &Path, bytes: &[u8]) -> io::Result<bool> {
    let plain = name.components().all(|part| matches!(part, Component::Normal(_)));
    if !plain || name.as_os_str().is_empty() {
        return Err(io::Error::new(io::ErrorKind::InvalidInput, "its name leads elsewhere"));
    }
    make_directory(dir)?;
    let mut place = dir.to_path_buf();
    for part in name.parent().into_iter().flat_map(Path::components) {
        place.push(part);
        make_directory(&place)?;
    }
    atomic::sweep(&place);
    let path = dir.join(name);
    match fs::symlink_metadata(&path) {
        Ok(metadata) if metadata.is_dir() => fs::remove_dir_all(&path)?,
        // Somebody loosened or took away permissions: written again, it has the right ones.
        Ok(metadata) if metadata.mode() & 0o777 != 0o600 => {
            return atomic::write_unsynced(&path, bytes).map(|()| true);
        }
        _ => {}
    }
    atomic::write_if_different(&path, bytes)
}

/// Makes sure of a directory that is no symbolic link, in place of whatever is there.
fn make_directory(path: &Path) -> io::Result<()> {
    match fs::symlink_metadata(path) {
        Ok(metadata) if metadata.is_dir() => return Ok(()),
        Ok(_) => fs::remove_file(path)?,
        Err(e) if e.kind() == io::ErrorKind::NotFound => {}
        Err(e) => return Err(e),
    }
    DirBuilder::new().recursive(true).mode(0o700).create(path)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::{PermissionsExt, symlink};

    const FILES: &[(&str, &[u8])] = &[("a.js", b"one"), ("sub/b.json", b"two")];

    #[test]
    fn installing_twice_writes_once() {
        let temp = tempfile::tempdir().unwrap();
        let dir = temp.path().join("assets/kind");
        assert_eq!(install(&dir, FILES).unwrap(), ["a.js", "sub/b.json"]);
        assert!(install(&dir, FILES).unwrap().is_empty());
        assert_eq!(fs::read(dir.join("sub/b.json")).unwrap(), b"two");
        assert_eq!(fs::metadata(dir.join("a.js")).unwrap().mode() & 0o777, 0o600);
        assert_eq!(fs::metadata(dir.join("sub")).unwrap().mode() & 0o777, 0o700);
    }

    #[test]
    fn whatever_was_done_to_a_file_is_repaired() {
        let temp = tempfile::tempdir().unwrap();
        let outside = temp.path().join("outside");
        fs::write(&outside, "one").unwrap();
        type Spoil = fn(&Path, &Path);
        let spoils: &[Spoil] = &[
            |path, _| fs::write(path, "edited").unwrap(),
            |path, _| fs::write(path, "on").unwrap(),
            |path, _| fs::write(path, "").unwrap(),
            |path, _| fs::remove_file(path).unwrap(),
            |path, _| fs::set_permissions(path, fs::Permissions::from_mode(0o666)).unwrap(),
            |path, _| fs::set_permissions(path, fs::Permissions::from_mode(0o0)).unwrap(),
            |path, outside| {
                fs::remove_file(path).unwrap();
                symlink(outside, path).unwrap();
            },
            |path, _| {
                fs::remove_file(path).unwrap();
                fs::create_dir(path).unwrap();
                fs::write(path.join("x"), "x").unwrap();
            },
        ];
        let dir = temp.path().join("kind");
        install(&dir, FILES).unwrap();
        fs::write(dir.join("users.own"), "x").unwrap();
        for (n, spoil) in spoils.iter().enumerate() {
            let path = dir.join("a.js");
            spoil(&path, &outside);
            assert_eq!(install(&dir, FILES).unwrap(), ["a.js"], "spoil {n}");
            assert_eq!(fs::read(&path).unwrap(), b"one");
            assert!(fs::symlink_metadata(&path).unwrap().is_file());
        }
        assert_eq!(fs::read(&outside).unwrap(), b"one");
        assert!(dir.join("users.own").exists());
        assert_eq!(fs::read_dir(&dir).unwrap().count(), 3, "no temporary file is left");
    }

    #[test]
    fn a_link_or_file_in_place_of_a_directory_is_replaced() {
        let temp = tempfile::tempdir().unwrap();
        let elsewhere = temp.path().join("elsewhere");
        fs::create_dir(&elsewhere).unwrap();
        let dir = temp.path().join("kind");
        symlink(&elsewhere, &dir).unwrap();
        install(&dir, FILES).unwrap();
        fs::remove_dir_all(dir.join("sub")).unwrap();
        fs::write(dir.join("sub"), "file").unwrap();
        assert_eq!(install(&dir, FILES).unwrap(), ["sub/b.json"]);
        assert_eq!(fs::read_dir(&elsewhere).unwrap().count(), 0);
    }

    #[test]
    fn left_over_temporary_files_go() {
        let temp = tempfile::tempdir().unwrap();
        install(temp.path(), FILES).unwrap();
        fs::write(temp.path().join(".segno-xyz.tmp"), "half").unwrap();
        assert!(install(temp.path(), FILES).unwrap().is_empty());
        assert!(!temp.path().join(".segno-xyz.tmp").exists());
    }

    #[test]
    fn names_that_lead_elsewhere_are_refused_and_the_rest_installed() {
        let temp = tempfile::tempdir().unwrap();
        let dir = temp.path().join("kind");
        for name in ["../x", "/x", "a/../../x", "", "."] {
            assert!(install(&dir, &[(name, b"x"), ("good", b"y")]).is_err(), "{name:?}");
            assert!(dir.join("good").exists());
        }
        assert!(!temp.path().join("x").exists());
    }
}
