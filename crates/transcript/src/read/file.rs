//! Opening files of others, and noticing when they are not what they were.

use std::fs::{File, Metadata, OpenOptions};
use std::io;
use std::os::unix::fs::{FileExt, MetadataExt, OpenOptionsExt};
use std::path::Path;

use nix::fcntl::OFlag;
use sha2::{Digest, Sha256};

use super::Cursor;

/// How much before the place that was read to shows whether a file was written anew.
const TAIL_MAX: u64 = 256;

/// Opens a regular file: no link, and nothing that waits for somebody at its other end.
pub fn open(path: &Path) -> Result<File, String> {
    let flags = OFlag::O_NOFOLLOW | OFlag::O_NONBLOCK | OFlag::O_CLOEXEC | OFlag::O_NOCTTY;
    let opened = OpenOptions::new().read(true).custom_flags(flags.bits()).open(path);
    let file = opened.map_err(|error| match error.raw_os_error() {
        Some(code) if code == nix::errno::Errno::ELOOP as i32 => "it is a link".to_string(),
        _ => error.to_string(),
    })?;
    match file.metadata() {
        Ok(metadata) if metadata.is_file() => Ok(file),
        Ok(_) => Err("it is no regular file".to_string()),
        Err(error) => Err(error.to_string()),
    }
}

/// What a file is now, as a cursor at its beginning.
pub fn beginning(file: &File) -> Result<Cursor, String> {
    file.metadata().map(|metadata| at_beginning(&metadata)).map_err(|error| error.to_string())
}

/// The same of a regular file that is not opened.
pub fn unopened(path: &Path) -> Option<Cursor> {
    let metadata = std::fs::symlink_metadata(path).ok().filter(|metadata| metadata.is_file())?;
    Some(at_beginning(&metadata))
}

/// When it was written last, in nanoseconds since the Unix epoch.
pub fn modified(metadata: &Metadata) -> i64 {
    metadata.mtime().saturating_mul(1_000_000_000).saturating_add(metadata.mtime_nsec())
}

fn at_beginning(metadata: &Metadata) -> Cursor {
    Cursor {
        device: metadata.dev(),
        inode: metadata.ino(),
        size: metadata.len(),
        modified: modified(metadata),
        ..Cursor::default()
    }
}

/// Whether nothing has happened to a file.
pub fn is_unchanged(known: &Cursor, now: &Cursor) -> bool {
    let of = |cursor: &Cursor| (cursor.device, cursor.inode, cursor.size, cursor.modified);
    of(known) == of(now) && !known.more
}

/// Where to go on: at the known place if the file only grew, else at its beginning.
pub fn resume(file: &File, known: &Cursor, now: Cursor) -> Result<Cursor, String> {
    let same = (known.device, known.inode) == (now.device, now.inode);
    if known.offset > 0
        && same
        && now.size >= known.offset
        && tail(file, known.offset)? == known.tail
    {
        let Cursor { device, inode, size, modified, .. } = now;
        return Ok(Cursor { device, inode, size, modified, more: false, ..known.clone() });
    }
    Ok(now)
}

/// The hash of what stands before an offset.
pub fn tail(file: &File, offset: u64) -> Result<String, String> {
    let length = offset.min(TAIL_MAX);
    let mut bytes = vec![0; length as usize];
    match file.read_exact_at(&mut bytes, offset - length) {
        Ok(()) => Ok(hash(&bytes)),
        // It got shorter.
        Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => Ok(String::new()),
        Err(error) => Err(error.to_string()),
    }
}

/// A short hash, in hexadecimal digits.
pub fn hash(bytes: &[u8]) -> String {
    Sha256::digest(bytes)[..16].iter().map(|byte| format!("{byte:02x}")).collect()
}
