//! Replacing a file's content so that, whatever happens and whenever, the old or the new content
//! is there in full.

use std::fs::{self, File, Permissions};
use std::io::{self, Write};
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

const PREFIX: &str = ".segno-";
const SUFFIX: &str = ".tmp";

/// Replaces a file (mode 0600): written beside it, synced, renamed over it, the directory synced.
/// On an error what was there before is untouched. A symbolic link is replaced, not followed.
pub fn write(path: &Path, bytes: &[u8]) -> io::Result<()> {
    write_after(path, bytes, || Ok(()))
}

/// As [`write`]; `last` is done when everything is ready and only the renaming is left.
pub fn write_after(
    path: &Path,
    bytes: &[u8],
    last: impl FnOnce() -> io::Result<()>,
) -> io::Result<()> {
    let dir = parent(path)?;
    let mut temp = temporary(dir)?;
    temp.write_all(bytes)?;
    temp.as_file().sync_all()?;
    last()?;
    temp.persist(path).map_err(|e| e.error)?;
    sync_dir(dir)
}

/// Whether a file has the name of one that is not complete yet, or was left by a killed process.
pub(crate) fn is_temporary(name: &str) -> bool {
    name.starts_with(PREFIX) && name.ends_with(SUFFIX)
}

/// Replaces a file so that a killed process leaves the old or the new content; a power loss may
/// take both, so the reader must notice.
pub fn write_unsynced(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let mut temp = temporary(parent(path)?)?;
    temp.write_all(bytes)?;
    temp.persist(path).map(drop).map_err(|e| e.error)
}

/// Dropped before it gets its name, it is gone.
fn temporary(dir: &Path) -> io::Result<tempfile::NamedTempFile> {
    tempfile::Builder::new()
        .prefix(PREFIX)
        .suffix(SUFFIX)
        .permissions(Permissions::from_mode(0o600))
        .tempfile_in(dir)
}

/// Writes, unsynced, only when the file's content is not already that; returns whether it wrote.
pub fn write_if_different(path: &Path, bytes: &[u8]) -> io::Result<bool> {
    let limit = bytes.len() as u64;
    let same = crate::file::foreign::read_file(path, limit)
        .is_ok_and(|current| current.as_deref() == Some(bytes));
    if !same {
        write_unsynced(path, bytes)?;
    }
    Ok(!same)
}

/// Makes what was created, renamed or removed in a directory survive a power failure.
pub fn sync_dir(dir: &Path) -> io::Result<()> {
    File::open(dir)?.sync_all()
}

/// Removes temporary files that a killed writer left behind. To be called only while nobody
/// else writes in the directory: the daemon does at its start, holding its lock.
pub fn sweep(dir: &Path) {
    let Ok(entries) = fs::read_dir(dir) else { return };
    for entry in entries.flatten() {
        let name = entry.file_name();
        let Some(name) = name.to_str() else { continue };
        if is_temporary(name) {
            // What cannot be removed costs a little space and nothing else.
            let _ = fs::remove_file(entry.path());
        }
    }
}

pub(crate) fn parent(path: &Path) -> io::Result<&Path> {
    path.parent().filter(|dir| !dir.as_os_str().is_empty()).ok_or_else(|| {
        io::Error::new(io::ErrorKind::InvalidInput, "the path has no parent directory")
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::{MetadataExt, symlink};

    fn names(dir: &Path) -> Vec<String> {
        let mut names: Vec<String> = fs::read_dir(dir)
            .unwrap()
            .map(|e| e.unwrap().file_name().to_string_lossy().into_owned())
            .collect();
        names.sort();
        names
    }

    #[test]
    fn content_is_replaced_and_private() {
        let temp = tempfile::tempdir().unwrap();
        let path = temp.path().join("f");
        write(&path, b"one").unwrap();
        write(&path, b"two").unwrap();
        assert_eq!(fs::read(&path).unwrap(), b"two");
        assert_eq!(fs::metadata(&path).unwrap().mode() & 0o777, 0o600);
        assert_eq!(names(temp.path()), ["f"]);
    }

    #[test]
    fn a_failure_leaves_no_trace() {
        let temp = tempfile::tempdir().unwrap();
        let path = temp.path().join("dir");
        fs::create_dir(&path).unwrap();
        assert!(write(&path, b"x").is_err());
        assert!(write(&temp.path().join("missing/f"), b"x").is_err());
        assert!(write(Path::new("bare"), b"x").is_err());
        assert_eq!(names(temp.path()), ["dir"]);
    }

    #[test]
    fn a_link_is_replaced_and_its_target_is_not() {
        let temp = tempfile::tempdir().unwrap();
        let target = temp.path().join("target");
        fs::write(&target, "old").unwrap();
        let path = temp.path().join("link");
        symlink(&target, &path).unwrap();
        write(&path, b"new").unwrap();
        assert_eq!(fs::read(&target).unwrap(), b"old");
        assert!(fs::symlink_metadata(&path).unwrap().is_file());
    }

    #[test]
    fn the_same_content_is_not_written_again() {
        let temp = tempfile::tempdir().unwrap();
        let path = temp.path().join("f");
        assert!(write_if_different(&path, b"x").unwrap());
        let inode = fs::metadata(&path).unwrap().ino();
        assert!(!write_if_different(&path, b"x").unwrap());
        assert_eq!(fs::metadata(&path).unwrap().ino(), inode);
        assert!(write_if_different(&path, b"xy").unwrap());
        assert!(write_if_different(&path, b"").unwrap());
        assert!(!write_if_different(&path, b"").unwrap());
    }

    #[test]
    fn only_left_over_temporary_files_are_swept() {
        let temp = tempfile::tempdir().unwrap();
        for name in [".segno-abc.tmp", "keep.tmp", ".segno-keep"] {
            fs::write(temp.path().join(name), "").unwrap();
        }
        fs::create_dir(temp.path().join(".segno-dir.tmp")).unwrap();
        sweep(temp.path());
        sweep(&temp.path().join("missing"));
        assert_eq!(names(temp.path()), [".segno-dir.tmp", ".segno-keep", "keep.tmp"]);
    }
}
