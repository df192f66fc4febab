//! Reading what a tracker appended to its spool since the last time.
//!
//! The writer appends whole lines, and renames the file to `.1` when it has grown, whether or
//! not anybody reads. Safe to call at any time: work and memory per call are bounded, and
//! nothing that is in the file can do worse than be skipped.

use std::ffi::OsString;
use std::io::{self, Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use crate::file::foreign::{self, Checked, Refusal};
use segno_agent::event::{self, Event};

/// The longest line that is read, in bytes.
pub const LINE_MAX: usize = 8 << 10;
/// How much of a file's beginning tells it from another that got its inode.
const HEAD_MAX: u64 = 128;

/// How far a spool was read. Stored with the pane; a lost one means that events are read twice,
/// which is harmless.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Cursor {
    /// The file, which may have become `.1`; 0 when none was read yet.
    pub inode: u64,
    /// Where its first unread byte is.
    pub offset: u64,
    /// The checksum of its first bytes, because inodes are used again.
    pub head: u32,
    /// Whether `offset` is inside a line that is too long and to be skipped.
    pub in_long_line: bool,
    /// The `.1` that was read to its end.
    pub finished: Option<Mark>,
}

/// What tells one file from another.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Mark {
    pub inode: u64,
    pub head: u32,
}

/// What one call read.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Batch {
    pub events: Vec<Event>,
    /// Lines that were no events: malformed, too long, or torn.
    pub skipped: usize,
    /// Whether there is more to read at once.
    pub more: bool,
}

/// Reads complete lines after the cursor, about `limit` bytes at most, and moves it past them.
/// To be called again at once while `more` is set.
pub fn read_new(path: &Path, cursor: &mut Cursor, limit: usize) -> Result<Batch, Refusal> {
    let limit = limit.max(2 * LINE_MAX);
    let mut batch = Batch::default();
    // A `.1` that is refused is as good as none.
    let old = foreign::open(&rotated(path)).ok().flatten();
    let old_inode = old.as_ref().map(|old| old.inode);
    if let Some(mut old) = old {
        let mark = Mark { inode: old.inode, head: head(&mut old, HEAD_MAX)? };
        if cursor.finished != Some(mark) {
            // Either the cursor is in it, or it was never read, or it was rotated twice since.
            if !is_at(&mut old, cursor)? {
                cursor.begin(&old);
            }
            read_from(&mut old, cursor, limit, &mut batch)?;
            // Without a new file the writer may still be adding to this one.
            let Some(next) = foreign::open(path)?.filter(|_| !batch.more) else {
                return Ok(batch);
            };
            let torn = cursor.offset < old.size || cursor.in_long_line;
            batch.skipped += usize::from(torn);
            *cursor = Cursor { finished: Some(mark), ..Cursor::default() };
            batch.more = next.size > 0;
            return Ok(batch);
        }
    }
    let Some(mut file) = foreign::open(path)? else {
        return Ok(batch);
    };
    // Rotated just now: what was to be read here is in `.1`, and comes first.
    if foreign::open(&rotated(path)).ok().flatten().map(|old| old.inode) != old_inode {
        batch.more = true;
        return Ok(batch);
    }
    if !is_at(&mut file, cursor)? {
        cursor.begin(&file);
    }
    read_from(&mut file, cursor, limit, &mut batch)?;
    Ok(batch)
}

impl Cursor {
    /// Goes to the start of a file.
    fn begin(&mut self, file: &Checked) {
        *self = Cursor { inode: file.inode, finished: self.finished, ..Cursor::default() };
    }
}

fn rotated(path: &Path) -> PathBuf {
    let mut name = OsString::from(path);
    name.push(".1");
    PathBuf::from(name)
}

/// Whether this is the file that the cursor is about.
fn is_at(file: &mut Checked, cursor: &Cursor) -> io::Result<bool> {
    Ok(file.inode == cursor.inode
        && file.size >= cursor.offset
        && head(file, cursor.offset)? == cursor.head)
}

/// The checksum of the first bytes of those before `offset`, which do not change any more.
fn head(file: &mut Checked, offset: u64) -> io::Result<u32> {
    let mut bytes = Vec::new();
    file.file.seek(SeekFrom::Start(0))?;
    (&mut file.file).take(offset.min(HEAD_MAX)).read_to_end(&mut bytes)?;
    Ok(crc32fast::hash(&bytes))
}

fn read_from(
    file: &mut Checked,
    cursor: &mut Cursor,
    limit: usize,
    batch: &mut Batch,
) -> io::Result<()> {
    let mut bytes = Vec::new();
    file.file.seek(SeekFrom::Start(cursor.offset))?;
    (&mut file.file).take(limit as u64).read_to_end(&mut bytes)?;
    let mut rest = bytes.as_slice();
    while let Some(end) = rest.iter().position(|b| *b == b'\n') {
        let line = &rest[..end];
        rest = &rest[end + 1..];
        if std::mem::take(&mut cursor.in_long_line) || line.len() > LINE_MAX {
            batch.skipped += 1;
        } else if !line.is_empty() {
            match event::parse(line) {
                Ok(Some(event)) => batch.events.push(event),
                Ok(None) => {}
                Err(_) => batch.skipped += 1,
            }
        }
    }
    // A line without an end is read again when it is complete, unless it is too long already.
    if cursor.in_long_line || rest.len() > LINE_MAX {
        cursor.in_long_line = true;
        rest = &[];
    }
    cursor.offset += (bytes.len() - rest.len()) as u64;
    cursor.head = head(file, cursor.offset)?;
    batch.more = bytes.len() == limit;
    Ok(())
}

#[cfg(test)]
mod tests;
