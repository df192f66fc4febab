//! Copies of an agent's own files of a conversation, made before the agent returns to it, for
//! agents that may lose them by that; and putting back what was lost.
//!
//! A copy stands at the same path below the conversation's directory, so that nothing else has to
//! be remembered.

use std::fs::{self, DirBuilder};
use std::io;
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};

use super::atomic;
use super::foreign;

/// Larger files are not copied: a start must not take long.
const FILE_MAX: u64 = 64 << 20;
/// How many conversations of a type are kept; those copied longest ago go.
const KEPT: usize = 50;

/// Copies files. What cannot be copied is left out; the first reason is answered.
pub fn keep(dir: &Path, files: &[PathBuf]) -> io::Result<()> {
    let mut failure = None;
    for file in files {
        if let Err(error) = copy(file, &place(dir, file)) {
            failure.get_or_insert(error);
        }
    }
    if let Some(all) = dir.parent() {
        prune(all);
    }
    failure.map_or(Ok(()), Err)
}

/// Puts the files back that are not there any more; answers how many.
pub fn put_back(dir: &Path) -> usize {
    let mut back = 0;
    let mut dirs = vec![dir.to_path_buf()];
    while let Some(next) = dirs.pop() {
        for entry in fs::read_dir(next).into_iter().flatten().flatten() {
            let path = entry.path();
            match entry.file_type() {
                Ok(kind) if kind.is_dir() => dirs.push(path),
                Ok(kind) if kind.is_file() => {
                    let Ok(below) = path.strip_prefix(dir) else { continue };
                    let original = Path::new("/").join(below);
                    if fs::symlink_metadata(&original).is_err() && copy(&path, &original).is_ok() {
                        back += 1;
                    }
                }
                _ => {}
            }
        }
    }
    back
}

fn place(dir: &Path, file: &Path) -> PathBuf {
    dir.join(file.strip_prefix("/").unwrap_or(file))
}

fn copy(from: &Path, to: &Path) -> io::Result<()> {
    let bytes =
        foreign::read_file(from, FILE_MAX).map_err(|why| io::Error::other(why.to_string()))?;
    let bytes = bytes.ok_or(io::ErrorKind::NotFound)?;
    if let Some(parent) = to.parent() {
        DirBuilder::new().recursive(true).mode(0o700).create(parent)?;
    }
    atomic::write(to, &bytes)
}

fn prune(all: &Path) {
    let entries = fs::read_dir(all).into_iter().flatten().flatten();
    let dated = entries.filter_map(|e| Some((e.metadata().ok()?.modified().ok()?, e.path())));
    let mut dated: Vec<_> = dated.collect();
    dated.sort();
    for (_, dir) in dated.iter().rev().skip(KEPT) {
        let _ = fs::remove_dir_all(dir);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_lost_comes_back_and_what_is_there_stays() {
        let temp = tempfile::tempdir().unwrap();
        let (dir, theirs) = (temp.path().join("kept/ty/id"), temp.path().join("theirs"));
        fs::create_dir(&theirs).unwrap();
        let files = [theirs.join("a.json"), theirs.join("b.json")];
        fs::write(&files[0], "one").unwrap();
        fs::write(&files[1], "two").unwrap();
        keep(&dir, &files).unwrap();
        assert!(keep(&dir, &[theirs.join("none")]).is_err());
        assert_eq!(put_back(&dir), 0);
        fs::remove_file(&files[0]).unwrap();
        fs::write(&files[1], "newer").unwrap();
        assert_eq!(put_back(&dir), 1);
        assert_eq!(fs::read(&files[0]).unwrap(), b"one");
        assert_eq!(fs::read(&files[1]).unwrap(), b"newer");
        assert_eq!(put_back(&temp.path().join("nothing")), 0);
    }

    #[test]
    fn only_so_many_are_kept() {
        let temp = tempfile::tempdir().unwrap();
        let file = temp.path().join("a");
        fs::write(&file, "x").unwrap();
        for n in 0..KEPT + 3 {
            keep(&temp.path().join(format!("ty/{n}")), std::slice::from_ref(&file)).unwrap();
        }
        assert_eq!(fs::read_dir(temp.path().join("ty")).unwrap().count(), KEPT);
    }
}
