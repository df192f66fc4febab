//! An agent's own files of a conversation, held on to before the agent returns to it, for agents
//! that may delete them by that; and putting back what was deleted.
//!
//! What is kept is a second name of the same file, so that it has all that is appended later; a
//! copy where that cannot be, on another file system. It stands at the same path below the
//! conversation's directory, so that nothing else has to be remembered.

use std::fs::{self, DirBuilder, Metadata};
use std::io;
use std::os::unix::fs::{DirBuilderExt, MetadataExt};
use std::path::{Path, PathBuf};

use nix::unistd::Uid;

use crate::file::atomic;
use crate::file::foreign;

/// Larger files are not copied, where they must be: a start must not take long.
const FILE_MAX: u64 = 64 << 20;
/// How many conversations of a type are kept; those kept longest ago go.
const KEPT: usize = 50;

/// Keeps files. What cannot be kept is left out; the first reason is answered.
pub fn keep(dir: &Path, files: &[PathBuf]) -> io::Result<()> {
    let mut failure = None;
    for file in files {
        if let Err(error) = link(file, &place(dir, file)) {
            failure.get_or_insert(error);
        }
    }
    if let Some(all) = dir.parent() {
        prune(all);
    }
    failure.map_or(Ok(()), Err)
}

/// The paths of the files that are kept.
pub fn kept(dir: &Path) -> Vec<PathBuf> {
    let mut kept = Vec::new();
    let mut dirs = vec![dir.to_path_buf()];
    while let Some(next) = dirs.pop() {
        for entry in fs::read_dir(next).into_iter().flatten().flatten() {
            let path = entry.path();
            match entry.file_type() {
                Ok(kind) if kind.is_dir() => dirs.push(path),
                Ok(kind) if kind.is_file() => {
                    kept.extend(path.strip_prefix(dir).map(|below| Path::new("/").join(below)));
                }
                _ => {}
            }
        }
    }
    kept
}

/// Puts the files back that are not there any more; answers how many.
pub fn put_back(dir: &Path) -> usize {
    let gone = kept(dir).into_iter().filter(|file| fs::symlink_metadata(file).is_err());
    gone.filter(|file| link(&place(dir, file), file).is_ok()).count()
}

fn place(dir: &Path, file: &Path) -> PathBuf {
    dir.join(file.strip_prefix("/").unwrap_or(file))
}

/// Makes `to` a name of the file too.
fn link(from: &Path, to: &Path) -> io::Result<()> {
    let theirs = fs::symlink_metadata(from)?;
    let known = fs::symlink_metadata(to).ok();
    let same = |known: &Metadata| (known.dev(), known.ino()) == (theirs.dev(), theirs.ino());
    if known.as_ref().is_some_and(same) {
        return Ok(());
    }
    if let Some(parent) = to.parent() {
        DirBuilder::new().recursive(true).mode(0o700).create(parent)?;
    }
    // What is neither a file nor this user's is refused by reading it.
    if theirs.is_file() && theirs.uid() == Uid::effective().as_raw() {
        let beside = to.with_extension("linked");
        let linked = match known {
            None => fs::hard_link(from, to),
            Some(_) => {
                let _ = fs::remove_file(&beside);
                fs::hard_link(from, &beside).and_then(|()| fs::rename(&beside, to))
            }
        };
        if linked.is_ok() {
            return Ok(());
        }
    }
    let bytes =
        foreign::read_file(from, FILE_MAX).map_err(|why| io::Error::other(why.to_string()))?;
    atomic::write(to, &bytes.ok_or(io::ErrorKind::NotFound)?)
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
        let mut known = kept(&dir);
        known.sort();
        assert_eq!(known, files);
        assert_eq!(put_back(&temp.path().join("nothing")), 0);
    }

    #[test]
    fn what_was_added_since_comes_back_too() {
        let temp = tempfile::tempdir().unwrap();
        let (dir, file) = (temp.path().join("kept/ty/id"), temp.path().join("a.jsonl"));
        fs::write(&file, "one\n").unwrap();
        let add = |text: &str| {
            let mut file = fs::OpenOptions::new().append(true).open(&file).unwrap();
            std::io::Write::write_all(&mut file, text.as_bytes()).unwrap();
        };
        keep(&dir, std::slice::from_ref(&file)).unwrap();
        keep(&dir, std::slice::from_ref(&file)).unwrap();
        for line in ["two\n", "three\n"] {
            add(line);
            fs::remove_file(&file).unwrap();
            assert_eq!(put_back(&dir), 1);
        }
        assert_eq!(fs::read(&file).unwrap(), b"one\ntwo\nthree\n");
        assert_eq!(kept(&dir), [file]);
    }

    #[test]
    fn what_is_no_file_is_not_kept() {
        let temp = tempfile::tempdir().unwrap();
        let (dir, link) = (temp.path().join("kept/ty/id"), temp.path().join("link"));
        fs::write(temp.path().join("a"), "x").unwrap();
        std::os::unix::fs::symlink("a", &link).unwrap();
        assert!(keep(&dir, &[link, temp.path().to_path_buf()]).is_err());
        assert!(kept(&dir).is_empty());
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
