//! Where servers of this home are reached, for as long as they run: who is let in later is sent to
//! one that answers.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use crate::environment::Environment;
use crate::external;
use segno_base::system::lock_file::LockFile;
use segno_store::file::{atomic, foreign};

/// The longest address that is remembered, in bytes.
const URL_MAX: u64 = 1000;
const LOCK: &str = "lock";

/// Held while a server runs.
#[must_use]
pub struct Serving {
    url: PathBuf,
    _lock: LockFile,
}

impl Serving {
    /// Remembers where browsers reach this server.
    pub fn begin(env: &Environment, url: &str) -> io::Result<Serving> {
        let lock = env.home.web_dir().join(format!("url-{}.{LOCK}", std::process::id()));
        let held = LockFile::try_acquire(&lock)?.ok_or(io::ErrorKind::WouldBlock)?;
        let path = lock.with_extension("");
        atomic::write_unsynced(&path, url.as_bytes())?;
        Ok(Serving { url: path, _lock: held })
    }
}

impl Drop for Serving {
    fn drop(&mut self) {
        forget(&self.url);
    }
}

/// Where a new token is used.
pub struct Place {
    pub url: String,
    /// Whether a server answers there.
    pub serves: bool,
}

/// The server that was started last, of those that run; without one, what the settings say.
pub fn place(env: &Environment) -> Place {
    let entries = fs::read_dir(env.home.web_dir()).into_iter().flatten().flatten();
    let locks = entries.map(|entry| entry.path());
    let locks = locks.filter(|path| path.extension().is_some_and(|ending| ending == LOCK));
    let running = locks.filter_map(|lock| url_of(&lock)).max_by_key(|(since, _)| *since);
    match running {
        Some((_, url)) => Place { url, serves: true },
        None => {
            let settings = external::settings(&env.home).web;
            let listen = || format!("http://{}", settings.listen);
            Place { url: settings.public_url.clone().unwrap_or_else(listen), serves: false }
        }
    }
}

/// Since when a server runs, and where; one that is gone is forgotten.
fn url_of(lock: &Path) -> Option<(SystemTime, String)> {
    let path = lock.with_extension("");
    if LockFile::try_acquire(lock).ok()?.is_some() {
        forget(&path);
        return None;
    }
    let since = fs::symlink_metadata(&path).and_then(|found| found.modified()).ok()?;
    let bytes = foreign::read_file(&path, URL_MAX).ok().flatten()?;
    Some((since, String::from_utf8(bytes).ok()?))
}

fn forget(url: &Path) {
    let _ = fs::remove_file(url);
    let _ = fs::remove_file(url.with_extension(LOCK));
}
