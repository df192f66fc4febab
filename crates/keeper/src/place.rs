//! Where the keeper is found: its socket, and the locks that say that there is one keeper. What
//! somebody tidied away is made anew, or its programs would be out of reach with the next daemon.

use std::fs::DirBuilder;
use std::io;
use std::os::unix::fs::DirBuilderExt;
use std::os::unix::net::UnixListener;

use super::process::Paths;
use segno_base::system::lock_file::LockFile;
use segno_base::system::unix_socket;
use segno_base::system::vanish::Vanishing;

/// Held by the keeper for as long as it runs.
pub struct Place {
    paths: Paths,
    lock: LockFile,
    /// Where version 0.1 looks, and where it is gone when `run/` is tidied away.
    old_lock: Option<LockFile>,
    /// Distinguishes the socket that is listened on from another at its path.
    socket: Option<(u64, u64)>,
    vanishing: Option<Vanishing>,
}

impl Place {
    /// Takes the locks; `None` when another keeper holds one of them.
    pub fn take(paths: &Paths) -> io::Result<Option<Place>> {
        make_directories(paths)?;
        let Some(lock) = LockFile::try_acquire(&paths.lock)? else { return Ok(None) };
        let Some(old_lock) = LockFile::try_acquire(&paths.old_lock)? else { return Ok(None) };
        lock.sign(false);
        let place = Place {
            paths: paths.clone(),
            lock,
            old_lock: Some(old_lock),
            socket: None,
            vanishing: Vanishing::new().ok(),
        };
        place.watch();
        Ok(Some(place))
    }

    /// Listens on the socket.
    pub fn listen(&mut self) -> io::Result<UnixListener> {
        let listener = unix_socket::bind(&self.paths.socket)?;
        self.socket = unix_socket::identity(&self.paths.socket);
        Ok(listener)
    }

    /// What is readable when something went away, where the system reports that.
    pub fn vanishing(&self) -> Option<&Vanishing> {
        self.vanishing.as_ref()
    }

    /// Makes anew what is missing; a listener in place of the one before where its socket is gone.
    pub fn repair(&mut self) -> io::Result<Option<UnixListener>> {
        make_directories(&self.paths)?;
        self.watch();
        if !self.lock.is_at(&self.paths.lock) {
            // Another keeper may have come meanwhile: the programs here stay with this one.
            let Some(lock) = LockFile::try_acquire(&self.paths.lock)? else { return Ok(None) };
            lock.sign(false);
            self.lock = lock;
        }
        if self.old_lock.as_ref().is_none_or(|lock| !lock.is_at(&self.paths.old_lock)) {
            self.old_lock = None;
            self.old_lock = LockFile::try_acquire(&self.paths.old_lock)?;
        }
        let there = unix_socket::identity(&self.paths.socket);
        if there.is_some() && there == self.socket {
            return Ok(None);
        }
        self.listen().map(Some)
    }

    /// Removes the socket, while the lock keeps it from being a successor's.
    pub fn leave(&self) {
        if unix_socket::identity(&self.paths.socket) == self.socket {
            let _ = std::fs::remove_file(&self.paths.socket);
        }
    }

    /// Reads what was noticed; returns whether it is a reason to [`Place::repair`].
    pub fn drain(&self) -> bool {
        let names = [&self.paths.socket, &self.paths.lock, &self.paths.old_lock];
        let mut names: Vec<&str> =
            names.iter().filter_map(|path| path.file_name()?.to_str()).collect();
        names.extend(self.paths.run.file_name().and_then(|name| name.to_str()));
        self.vanishing.as_ref().is_some_and(|vanishing| vanishing.drain(&names))
    }

    fn watch(&self) {
        for directory in [self.paths.lock.parent(), Some(self.paths.run.as_path())] {
            if let (Some(vanishing), Some(directory)) = (&self.vanishing, directory) {
                // Without it the keeper works as long as nobody tidies up.
                let _ = vanishing.watch(directory);
            }
        }
    }
}

fn make_directories(paths: &Paths) -> io::Result<()> {
    DirBuilder::new().recursive(true).mode(0o700).create(&paths.run)
}
