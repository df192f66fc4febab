//! Notices that entries of directories go away: sockets and locks that somebody tidied up. Wakes
//! for nothing else, so that directories in which much is written cost nothing.
//!
//! On systems without inotify it notices nothing.

use std::io;
use std::os::fd::{AsFd, BorrowedFd};
use std::path::Path;

#[cfg(target_os = "linux")]
use nix::sys::inotify::{AddWatchFlags, InitFlags, Inotify};

/// Readable when something went away. Non-blocking.
#[cfg(target_os = "linux")]
#[derive(Debug)]
pub struct Vanishing(Inotify);

#[cfg(target_os = "linux")]
impl Vanishing {
    /// Watches nothing yet.
    pub fn new() -> io::Result<Vanishing> {
        Ok(Vanishing(Inotify::init(InitFlags::IN_NONBLOCK | InitFlags::IN_CLOEXEC)?))
    }

    /// Watches the directory that is at this path now. Again, it does nothing.
    pub fn watch(&self, directory: &Path) -> io::Result<()> {
        let flags = AddWatchFlags::IN_DELETE
            | AddWatchFlags::IN_MOVED_FROM
            | AddWatchFlags::IN_DELETE_SELF
            | AddWatchFlags::IN_MOVE_SELF
            | AddWatchFlags::IN_ONLYDIR;
        self.0.add_watch(directory, flags)?;
        Ok(())
    }

    /// Reads what was noticed; returns whether one of these names was among it, or a directory
    /// itself.
    pub fn drain(&self, names: &[&str]) -> bool {
        let mut removed = false;
        // An error is the end of what there is; what was too much for the queue has no name.
        while let Ok(events) = self.0.read_events() {
            removed |= events.iter().any(|event| match &event.name {
                Some(name) => names.iter().any(|wanted| name == *wanted),
                None => true,
            });
        }
        removed
    }
}

#[cfg(target_os = "linux")]
impl AsFd for Vanishing {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.0.as_fd()
    }
}

/// Notices nothing here.
#[cfg(not(target_os = "linux"))]
#[derive(Debug)]
pub struct Vanishing(std::os::unix::net::UnixStream);

#[cfg(not(target_os = "linux"))]
impl Vanishing {
    pub fn new() -> io::Result<Vanishing> {
        Err(io::ErrorKind::Unsupported.into())
    }

    pub fn watch(&self, _: &Path) -> io::Result<()> {
        Err(io::ErrorKind::Unsupported.into())
    }

    pub fn drain(&self, _: &[&str]) -> bool {
        false
    }
}

#[cfg(not(target_os = "linux"))]
impl AsFd for Vanishing {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.0.as_fd()
    }
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use super::*;
    use std::fs;

    #[test]
    fn only_what_goes_is_noticed() {
        let dir = tempfile::tempdir().unwrap();
        let run = dir.path().join("run");
        fs::create_dir(&run).unwrap();
        let watched = Vanishing::new().unwrap();
        watched.watch(&run).unwrap();
        watched.watch(&run).unwrap();
        for name in ["sock", "other"] {
            fs::write(run.join(name), "x").unwrap();
        }
        assert!(!watched.drain(&["sock"]));
        fs::remove_file(run.join("other")).unwrap();
        assert!(!watched.drain(&["sock"]));
        fs::rename(run.join("sock"), dir.path().join("sock")).unwrap();
        assert!(watched.drain(&["sock"]));
        assert!(!watched.drain(&["sock"]));
        fs::remove_dir(&run).unwrap();
        assert!(watched.drain(&["sock"]));
        assert!(watched.watch(&run).is_err());
        fs::create_dir(&run).unwrap();
        watched.watch(&run).unwrap();
        fs::remove_dir(&run).unwrap();
        assert!(watched.drain(&[]));
    }
}
