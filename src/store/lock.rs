//! One instance of a process per home: an advisory lock on a file, which the kernel releases
//! when its holder ends in whatever way. A file left behind therefore never blocks a start, and
//! of two starts at the same moment exactly one gets it.
//!
//! The file is never removed: that would let a third process lock a new file of that name.

use std::fs::{self, File, OpenOptions, Permissions};
use std::io::{self, Read, Seek, Write};
use std::os::unix::fs::{MetadataExt, OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};

use nix::errno::Errno;
use nix::fcntl::{Flock, FlockArg, OFlag};
use nix::unistd::getpid;

use super::set_aside::set_aside;

/// A held lock; dropped, it is free.
#[derive(Debug)]
pub struct Lock {
    _held: Flock<File>,
}

/// Why the lock is not held.
#[derive(Debug, thiserror::Error)]
pub enum LockError {
    #[error("another process holds {path:?}{}", pid.map(|p| format!(" (process {p})")).unwrap_or_default())]
    Held {
        path: PathBuf,
        /// What the holder wrote; for messages only, it may be outdated.
        pid: Option<i32>,
    },
    #[error("cannot lock {path:?}: {source}")]
    Io { path: PathBuf, source: io::Error },
}

/// Takes the lock without waiting, and notes this process in the file.
pub fn acquire(path: &Path) -> Result<Lock, LockError> {
    let failed = |source| LockError::Io { path: path.to_path_buf(), source };
    // Again when the file was replaced between opening and locking it.
    for _ in 0..10 {
        let file = open(path).map_err(failed)?;
        let mut held = match Flock::lock(file, FlockArg::LockExclusiveNonblock) {
            Ok(held) => held,
            Err((file, Errno::EWOULDBLOCK)) => {
                return Err(LockError::Held { path: path.to_path_buf(), pid: holder(file) });
            }
            Err((_, e)) => return Err(failed(e.into())),
        };
        if is_still(&held, path).map_err(failed)? {
            // The lock holds without the note, for example on a full disk.
            let _ = note(&mut held);
            return Ok(Lock { _held: held });
        }
    }
    Err(failed(io::Error::other("the file is being replaced again and again")))
}

fn open(path: &Path) -> io::Result<File> {
    match fs::symlink_metadata(path) {
        Ok(found) if !found.is_file() => {
            set_aside(path, "corrupt")?;
        }
        // Nobody can hold what only root could open; but ours with lost permissions may be held.
        Ok(found) if found.mode() & 0o600 != 0o600 => {
            fs::set_permissions(path, Permissions::from_mode(0o600))?;
        }
        _ => {}
    }
    OpenOptions::new()
        .read(true)
        .write(true)
        .create(true)
        .truncate(false)
        .mode(0o600)
        .custom_flags((OFlag::O_NOFOLLOW | OFlag::O_NONBLOCK | OFlag::O_CLOEXEC).bits())
        .open(path)
}

fn is_still(file: &File, path: &Path) -> io::Result<bool> {
    let held = file.metadata()?;
    match fs::symlink_metadata(path) {
        Ok(there) => Ok((held.dev(), held.ino()) == (there.dev(), there.ino())),
        Err(e) if e.kind() == io::ErrorKind::NotFound => Ok(false),
        Err(e) => Err(e),
    }
}

fn note(file: &mut File) -> io::Result<()> {
    file.set_len(0)?;
    file.rewind()?;
    writeln!(file, "{}", getpid())
}

fn holder(file: File) -> Option<i32> {
    let mut text = String::new();
    file.take(32).read_to_string(&mut text).ok()?;
    text.trim_end().parse().ok().filter(|pid| *pid > 0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::symlink;
    use std::sync::{Arc, Barrier};

    #[test]
    fn one_holder_at_a_time() {
        let temp = tempfile::tempdir().unwrap();
        let path = temp.path().join("x.lock");
        let held = acquire(&path).unwrap();
        let Err(LockError::Held { pid, .. }) = acquire(&path) else { panic!("held twice") };
        assert_eq!(pid, Some(getpid().as_raw()));
        drop(held);
        drop(acquire(&path).unwrap());
        assert!(path.exists());
    }

    #[test]
    fn of_many_at_once_one_wins() {
        let temp = tempfile::tempdir().unwrap();
        let path = Arc::new(temp.path().join("x.lock"));
        let barrier = Arc::new(Barrier::new(8));
        let threads: Vec<_> = (0..8)
            .map(|_| {
                let (path, barrier) = (path.clone(), barrier.clone());
                std::thread::spawn(move || {
                    barrier.wait();
                    acquire(&path).ok()
                })
            })
            .collect();
        let held: Vec<_> = threads.into_iter().filter_map(|t| t.join().unwrap()).collect();
        assert_eq!(held.len(), 1);
    }

    #[test]
    fn what_was_left_behind_never_blocks() {
        let temp = tempfile::tempdir().unwrap();
        let path = temp.path().join("x.lock");
        fs::write(&path, "99999\n garbage \0").unwrap();
        drop(acquire(&path).unwrap());
        fs::set_permissions(&path, Permissions::from_mode(0o0)).unwrap();
        drop(acquire(&path).unwrap());
        fs::remove_file(&path).unwrap();
        fs::create_dir(&path).unwrap();
        drop(acquire(&path).unwrap());
        fs::remove_file(&path).unwrap();
        symlink("/dev/null", &path).unwrap();
        drop(acquire(&path).unwrap());
        fs::remove_file(&path).unwrap();
        nix::unistd::mkfifo(&path, nix::sys::stat::Mode::S_IRWXU).unwrap();
        drop(acquire(&path).unwrap());
        assert!(acquire(&temp.path().join("no/x.lock")).is_err());
    }
}
