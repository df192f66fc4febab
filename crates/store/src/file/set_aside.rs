//! Moving what is in the way of a file to a free name beside it, so that nothing is lost.

use std::ffi::OsString;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

/// How many names are tried. Past that something is wrong that more copies would not fix.
const NAMES_MAX: u32 = 1000;

/// Renames whatever is at `path` to `<path>.<word>-<n>` with the first free `n`; returns where
/// it is now. Never overwrites. Only for one process at a time: the daemon, holding its lock.
pub fn set_aside(path: &Path, word: &str) -> io::Result<PathBuf> {
    for n in 1..=NAMES_MAX {
        let mut name = OsString::from(path);
        name.push(format!(".{word}-{n}"));
        let target = PathBuf::from(name);
        match fs::symlink_metadata(&target) {
            Ok(_) => {}
            Err(e) if e.kind() == io::ErrorKind::NotFound => {
                fs::rename(path, &target)?;
                return Ok(target);
            }
            Err(e) => return Err(e),
        }
    }
    Err(io::Error::other(format!("there are already {NAMES_MAX} files set aside")))
}
