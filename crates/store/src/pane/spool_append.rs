//! Adding to a pane's spool on behalf of a tracker that is a command: any number of them at once,
//! each for a moment.
//!
//! Must not wait: neither for a lock, nor for a reader, nor for a pipe that somebody put there.

use std::ffi::OsString;
use std::fs;
use std::io::{self, Write};
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use nix::fcntl::{Flock, FlockArg};

use crate::file::foreign::open_to_append;

/// Past this size the spool is moved aside before something is added.
pub const CAP: u64 = 1 << 20;
/// How often a spool that is moved aside meanwhile is opened again.
const TRIES: usize = 4;

/// Adds whole lines in one write, so that those of several writers never mix.
pub fn append(path: &Path, lines: &[u8]) -> io::Result<()> {
    for _ in 0..TRIES {
        let mut file = open_to_append(path)?;
        let metadata = file.metadata()?;
        if metadata.size() >= CAP && move_aside(path, metadata.ino()) {
            continue;
        }
        let written = file.write(lines)?;
        if written < lines.len() {
            // The disk became full within a line. A rest without an end would spoil the next one.
            let _ = file.set_len(metadata.size());
            return Err(io::ErrorKind::StorageFull.into());
        }
        // Moved aside just now, it may have been read to its end. Twice does no harm.
        if fs::symlink_metadata(path).is_ok_and(|now| now.ino() == metadata.ino()) {
            return Ok(());
        }
    }
    Ok(())
}

/// Moves the spool aside, unless another writer does that, or did it already.
fn move_aside(path: &Path, inode: u64) -> bool {
    let Ok(lock) = open_to_append(&with(path, ".lock")) else { return false };
    let Ok(_lock) = Flock::lock(lock, FlockArg::LockExclusiveNonblock) else { return false };
    let same = fs::symlink_metadata(path).is_ok_and(|now| now.ino() == inode);
    !same || fs::rename(path, with(path, ".1")).is_ok()
}

fn with(path: &Path, ending: &str) -> PathBuf {
    let mut name = OsString::from(path);
    name.push(ending);
    PathBuf::from(name)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pane::spool::{Cursor, read_new};
    use std::collections::BTreeSet;

    fn line(writer: usize, n: usize) -> String {
        let text = "x".repeat(800);
        format!(
            "{{\"v\":1,\"n\":{},\"from\":\"hook\",\"event\":\"prompt\",\"session\":\"a\",\
             \"text\":\"{text}\"}}\n",
            writer * 1000 + n
        )
    }

    #[test]
    fn several_writers_lose_nothing_while_the_spool_is_moved_aside() {
        let temp = tempfile::tempdir().unwrap();
        let path = temp.path().join("p1.jsonl");
        // More than fits into one file and less than fits into two.
        let (writers, lines) = (4, 500);
        let mut cursor = Cursor::default();
        let mut seen = BTreeSet::new();
        let mut read = || {
            loop {
                let batch = read_new(&path, &mut cursor, 64 << 10).unwrap();
                assert_eq!(batch.skipped, 0);
                seen.extend(batch.events.iter().map(|event| event.n));
                if !batch.more {
                    return seen.len();
                }
            }
        };
        std::thread::scope(|scope| {
            let writing: Vec<_> = (0..writers)
                .map(|writer| {
                    let path = &path;
                    scope.spawn(move || {
                        for n in 0..lines {
                            append(path, line(writer, n).as_bytes()).unwrap();
                        }
                    })
                })
                .collect();
            while !writing.iter().all(|w| w.is_finished()) {
                read();
            }
        });
        assert_eq!(read(), writers * lines);
        assert!(with(&path, ".1").exists(), "it was moved aside meanwhile");
    }

    #[test]
    fn a_pipe_is_not_waited_for_and_a_link_not_followed() {
        let temp = tempfile::tempdir().unwrap();
        let pipe = temp.path().join("p1.jsonl");
        nix::unistd::mkfifo(&pipe, nix::sys::stat::Mode::S_IRWXU).unwrap();
        assert!(append(&pipe, b"x\n").is_err());
        let link = temp.path().join("p2.jsonl");
        std::os::unix::fs::symlink(temp.path().join("target"), &link).unwrap();
        assert!(append(&link, b"x\n").is_err());
        assert!(!temp.path().join("target").exists());
    }
}
