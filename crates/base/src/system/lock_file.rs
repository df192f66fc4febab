//! A lock that one process holds and that ends with it, so that there is one daemon and one
//! keeper. The file stays behind and means nothing by itself: only the kernel's lock counts.

use std::fs::{self, File, Permissions};
use std::io::{self, Read};
use std::os::unix::fs::{FileExt, MetadataExt, OpenOptionsExt, PermissionsExt};
use std::path::Path;

use nix::fcntl::{Flock, FlockArg, OFlag};

/// Held until dropped or until this process ends. Not inherited by started programs.
#[derive(Debug)]
pub struct LockFile(Flock<File>);

/// Whoever holds a lock.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Holder {
    /// Its process id; `None` when it did not write it down.
    pub pid: Option<i32>,
    /// Whether it said that it is still beginning.
    pub begins: bool,
}

const BEGINS: &str = "begins";
/// The most that is read of what a holder wrote, in bytes.
const WORDS_MAX: u64 = 64;

impl LockFile {
    /// Takes the lock; `None` when another process (or another part of this one) holds it.
    /// Creates the file, mode 0600. Something else in its place is moved aside, because a broken
    /// file must not keep Segno from starting.
    pub fn try_acquire(path: &Path) -> io::Result<Option<LockFile>> {
        loop {
            match Flock::lock(open(path)?, FlockArg::LockExclusiveNonblock) {
                Ok(lock) if is_still(&lock, path)? => return Ok(Some(LockFile(lock))),
                // The file was replaced between opening and locking it.
                Ok(_) => {}
                Err((file, nix::errno::Errno::EWOULDBLOCK)) => {
                    if is_held(file) {
                        return Ok(None);
                    }
                    std::thread::yield_now();
                }
                Err((_, errno)) => return Err(errno.into()),
            }
        }
    }

    /// As [`LockFile::try_acquire`], but waits for whoever holds it.
    pub fn acquire(path: &Path) -> io::Result<LockFile> {
        let mut file = open(path)?;
        loop {
            match Flock::lock(file, FlockArg::LockExclusive) {
                Ok(lock) if is_still(&lock, path)? => return Ok(LockFile(lock)),
                Ok(_) => file = open(path)?,
                Err((again, nix::errno::Errno::EINTR)) => file = again,
                Err((_, errno)) => return Err(errno.into()),
            }
        }
    }

    /// A descriptor that holds the lock too, for as long as anybody has it open: given to a started
    /// program, it keeps others out until that one ends, whatever becomes of this process.
    pub fn share(&self) -> io::Result<File> {
        self.0.try_clone()
    }

    /// Writes into the file who holds it, for [`holder`]. A full disk may keep it empty.
    pub fn sign(&self, begins: bool) {
        let begins = if begins { BEGINS } else { "" };
        // Of one length, so that there is always something complete to read.
        let words = format!("{:<10} {begins:<6}\n", std::process::id());
        let _ = self.0.write_all_at(words.as_bytes(), 0);
    }

    /// Whether the locked file still lies at this path: only then others are kept out.
    pub fn is_at(&self, path: &Path) -> bool {
        is_still(&self.0, path).unwrap_or(false)
    }
}

/// Who holds the lock; `None` when nobody does. Holds up nobody for longer than this call.
pub fn holder(path: &Path) -> Option<Holder> {
    let flags = (OFlag::O_NOFOLLOW | OFlag::O_CLOEXEC | OFlag::O_NONBLOCK).bits();
    let file = File::options().read(true).custom_flags(flags).open(path).ok()?;
    let mut words = String::new();
    let _ = (&file).take(WORDS_MAX).read_to_string(&mut words);
    if !is_held(file) {
        return None;
    }
    let mut words = words.split_whitespace();
    let pid = words.next().and_then(|pid| pid.parse().ok()).filter(|pid| *pid > 1);
    Some(Holder { pid, begins: words.next() == Some(BEGINS) })
}

/// Whether somebody holds the lock, rather than looks, as this does, whether somebody does.
fn is_held(file: File) -> bool {
    let shared = Flock::lock(file, FlockArg::LockSharedNonblock);
    matches!(shared, Err((_, nix::errno::Errno::EWOULDBLOCK)))
}

fn is_still(file: &File, path: &Path) -> io::Result<bool> {
    let held = file.metadata()?;
    match fs::symlink_metadata(path) {
        Ok(there) => Ok((held.dev(), held.ino()) == (there.dev(), there.ino())),
        Err(e) if e.kind() == io::ErrorKind::NotFound => Ok(false),
        Err(e) => Err(e),
    }
}

fn open(path: &Path) -> io::Result<File> {
    // One of ours that lost its permissions may be held by somebody: it is not moved aside.
    if let Ok(metadata) = fs::symlink_metadata(path)
        && metadata.is_file()
        && metadata.mode() & 0o600 != 0o600
    {
        fs::set_permissions(path, Permissions::from_mode(0o600))?;
    }
    let attempt = || {
        File::options()
            .read(true)
            .write(true)
            .create(true)
            .truncate(false)
            .mode(0o600)
            .custom_flags((OFlag::O_NOFOLLOW | OFlag::O_CLOEXEC | OFlag::O_NONBLOCK).bits())
            .open(path)
            .and_then(|file| match file.metadata()?.is_file() {
                true => Ok(file),
                false => Err(io::Error::other("not a file")),
            })
    };
    match attempt() {
        Ok(file) => Ok(file),
        Err(error) => {
            if fs::symlink_metadata(path).is_err() {
                return Err(error);
            }
            crate::system::unix_socket::move_aside(path)?;
            attempt()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_holds_it_and_it_ends_with_the_holder() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("lock");
        let held = LockFile::try_acquire(&path).unwrap().unwrap();
        assert!(LockFile::try_acquire(&path).unwrap().is_none());
        drop(held);
        assert!(LockFile::try_acquire(&path).unwrap().is_some());
    }

    #[test]
    fn the_holder_is_known_for_as_long_as_it_holds() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("lock");
        assert_eq!(holder(&path), None);
        let held = LockFile::try_acquire(&path).unwrap().unwrap();
        assert_eq!(holder(&path), Some(Holder { pid: None, begins: false }));
        let pid = Some(std::process::id() as i32);
        for begins in [true, false] {
            held.sign(begins);
            assert_eq!(holder(&path), Some(Holder { pid, begins }));
        }
        assert!(held.is_at(&path));
        fs::remove_file(&path).unwrap();
        assert!(!held.is_at(&path));
        drop(held);
        assert_eq!(holder(&path), None);
    }

    #[test]
    fn of_many_at_once_one_wins() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("lock");
        let barrier = std::sync::Barrier::new(8);
        let held: Vec<_> = std::thread::scope(|scope| {
            let take = || {
                barrier.wait();
                LockFile::try_acquire(&path).unwrap()
            };
            let threads: Vec<_> = (0..8).map(|_| scope.spawn(take)).collect();
            threads.into_iter().filter_map(|t| t.join().unwrap()).collect()
        });
        assert_eq!(held.len(), 1);
    }

    #[test]
    fn a_file_that_lost_its_permissions_still_locks() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("lock");
        let held = LockFile::try_acquire(&path).unwrap();
        fs::set_permissions(&path, Permissions::from_mode(0o0)).unwrap();
        assert!(LockFile::try_acquire(&path).unwrap().is_none());
        drop(held);
    }

    #[test]
    fn what_lies_in_its_place_is_moved_aside() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("lock");
        std::fs::create_dir(&path).unwrap();
        std::fs::write(path.join("inside"), "kept").unwrap();
        assert!(LockFile::try_acquire(&path).unwrap().is_some());
        std::fs::remove_file(&path).unwrap();
        std::os::unix::fs::symlink("/nowhere/at/all", &path).unwrap();
        assert!(LockFile::acquire(&path).is_ok());
        let kept = std::fs::read_dir(dir.path())
            .unwrap()
            .flatten()
            .any(|entry| entry.path().join("inside").exists());
        assert!(kept);
    }
}
