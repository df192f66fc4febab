//! The locks by which a home has one daemon: one in the home itself, where nobody tidies up, and
//! one below `run/`, where version 0.1 has its only one.

use std::path::PathBuf;

use super::super::ServerError;
use segno_base::system::lock_file::LockFile;
use segno_store::home::Home;

/// Held by the daemon for as long as it runs.
#[derive(Debug)]
pub(in super::super) struct Locks {
    home: LockFile,
    run: Option<LockFile>,
}

impl Locks {
    /// Takes both; refused while another daemon, of this version or the one before, holds one.
    pub fn take(home: &Home) -> Result<Locks, ServerError> {
        let take = |path: PathBuf| {
            LockFile::try_acquire(&path)
                .map_err(|error| ServerError::Lock(path, error))?
                .ok_or(ServerError::Running)
        };
        let (own, run) = (take(home.daemon_lock())?, take(home.daemon_lock_before())?);
        own.sign(true);
        Ok(Locks { home: own, run: Some(run) })
    }

    /// Says that the daemon listens.
    pub fn ready(&self) {
        self.home.sign(false);
    }

    /// Takes anew what somebody removed.
    pub fn renew(&mut self, home: &Home) -> Result<(), ServerError> {
        let (path, before) = (home.daemon_lock(), home.daemon_lock_before());
        if !self.home.is_at(&path) {
            let lock = LockFile::try_acquire(&path).map_err(|e| ServerError::Lock(path, e))?;
            self.home = lock.ok_or(ServerError::Running)?;
            self.home.sign(false);
        }
        if self.run.as_ref().is_none_or(|lock| !lock.is_at(&before)) {
            self.run = None;
            self.run = LockFile::try_acquire(&before).map_err(|e| ServerError::Lock(before, e))?;
        }
        Ok(())
    }
}
