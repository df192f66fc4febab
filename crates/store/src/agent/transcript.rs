//! Reading a transcript that an agent keeps, as it grows: lines of JSON, or one JSON document.
//!
//! A transcript may have hundreds of megabytes: what was read is not read again, and no more than
//! one message is held. When the file is another one, shorter, or was written anew, everything is
//! read again, and the reader is told that what it heard before is void.

use std::fs::File;
use std::io::{self, BufRead, BufReader, Read, Seek, SeekFrom};
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use crate::file::foreign::{self, Refusal};

/// The longest line and the largest document that are read, in bytes; longer ones are passed over.
const MESSAGE_MAX: usize = 16 << 20;
/// How much before the place that was read to tells whether the file was written anew.
const TAIL_MAX: usize = 64;

/// What a reader is told.
#[derive(Debug, PartialEq, Eq)]
pub enum Heard<'a> {
    /// What was heard before is void: everything follows again.
    Again,
    Message(&'a [u8]),
}

/// A transcript, and how far it was read.
#[derive(Debug)]
pub struct Transcript {
    path: PathBuf,
    /// Whether each line is a message; otherwise the whole file is one.
    lines: bool,
    inode: u64,
    size: u64,
    modified: Option<SystemTime>,
    /// Where the first unread byte is, and what stands before it.
    read_to: u64,
    tail: Vec<u8>,
    /// Whether it is inside a line that is too long.
    in_long_line: bool,
}

impl Transcript {
    pub fn new(path: PathBuf, lines: bool) -> Transcript {
        Transcript {
            path,
            lines,
            inode: 0,
            size: 0,
            modified: None,
            read_to: 0,
            tail: Vec::new(),
            in_long_line: false,
        }
    }

    pub fn is(&self, path: &Path, lines: bool) -> bool {
        self.path == path && self.lines == lines
    }

    /// Whether each of its lines is a message.
    pub fn is_lines(&self) -> bool {
        self.lines
    }

    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Tells what is new; answers whether anything was.
    pub fn read(&mut self, hear: &mut dyn FnMut(Heard<'_>)) -> Result<bool, Refusal> {
        let Some(found) = foreign::open(&self.path)? else { return Ok(false) };
        let modified = found.file.metadata()?.modified().ok();
        if (found.inode, found.size, modified) == (self.inode, self.size, self.modified) {
            return Ok(false);
        }
        let another = found.inode != self.inode || !self.lines || !self.goes_on(&found.file)?;
        if another {
            (self.read_to, self.in_long_line) = (0, false);
            hear(Heard::Again);
        }
        (self.inode, self.size, self.modified) = (found.inode, found.size, modified);
        if self.lines {
            self.read_lines(found.file, hear)?;
        } else if found.size <= MESSAGE_MAX as u64 {
            let mut bytes = Vec::new();
            found.file.take(MESSAGE_MAX as u64).read_to_end(&mut bytes)?;
            hear(Heard::Message(&bytes));
        }
        Ok(true)
    }

    /// Whether the file still has before `read_to` what was there.
    fn goes_on(&self, file: &File) -> io::Result<bool> {
        let tail = self.tail_of(file);
        match tail {
            Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => Ok(false),
            tail => Ok(tail? == self.tail),
        }
    }

    fn tail_of(&self, file: &File) -> io::Result<Vec<u8>> {
        let length = self.read_to.min(TAIL_MAX as u64);
        let mut tail = vec![0; length as usize];
        file.read_exact_at(&mut tail, self.read_to - length)?;
        Ok(tail)
    }

    /// Tells the complete lines from `read_to` on.
    fn read_lines(&mut self, file: File, hear: &mut dyn FnMut(Heard<'_>)) -> io::Result<()> {
        let mut reader = BufReader::with_capacity(64 << 10, file);
        reader.seek(SeekFrom::Start(self.read_to))?;
        let mut line = Vec::new();
        loop {
            let piece = reader.fill_buf()?;
            if piece.is_empty() {
                break;
            }
            let end = piece.iter().position(|byte| *byte == b'\n');
            let length = end.map_or(piece.len(), |end| end + 1);
            if !self.in_long_line {
                line.extend_from_slice(&piece[..length]);
            }
            if line.len() > MESSAGE_MAX {
                self.in_long_line = true;
                self.read_to += line.len() as u64;
                line = Vec::new();
            } else if self.in_long_line {
                self.read_to += length as u64;
            }
            if end.is_some() {
                if !std::mem::take(&mut self.in_long_line) {
                    self.read_to += line.len() as u64;
                    hear(Heard::Message(&line));
                }
                line.clear();
            }
            reader.consume(length);
        }
        self.tail = self.tail_of(reader.get_ref())?;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;
    use std::io::Write;

    fn heard(transcript: &mut Transcript) -> Vec<String> {
        let mut all = Vec::new();
        let read = transcript.read(&mut |heard| {
            all.push(match heard {
                Heard::Again => "again".to_owned(),
                Heard::Message(bytes) => String::from_utf8_lossy(bytes).trim_end().to_owned(),
            });
        });
        assert_eq!(read.unwrap(), !all.is_empty());
        all
    }

    fn append(path: &Path, text: &[u8]) {
        File::options().append(true).open(path).unwrap().write_all(text).unwrap();
    }

    #[test]
    fn only_what_is_new_and_complete_is_read() {
        let temp = tempfile::tempdir().unwrap();
        let path = temp.path().join("t");
        let mut transcript = Transcript::new(path.clone(), true);
        assert!(heard(&mut transcript).is_empty(), "it is not there yet");
        fs::write(&path, "a\nb").unwrap();
        assert_eq!(heard(&mut transcript), ["again", "a"]);
        assert!(heard(&mut transcript).is_empty());
        append(&path, b"b\n\nc\n");
        assert_eq!(heard(&mut transcript), ["bb", "", "c"]);
    }

    #[test]
    fn what_was_written_anew_is_read_again() {
        let temp = tempfile::tempdir().unwrap();
        let path = temp.path().join("t");
        let mut transcript = Transcript::new(path.clone(), true);
        fs::write(&path, "a\nb\n").unwrap();
        assert_eq!(heard(&mut transcript).len(), 3);
        fs::write(&path, "a\n").unwrap();
        assert_eq!(heard(&mut transcript), ["again", "a"], "cut");
        fs::write(&path, "x\nb\nc\n").unwrap();
        assert_eq!(heard(&mut transcript), ["again", "x", "b", "c"], "longer, and another");
        let other = temp.path().join("other");
        fs::write(&other, "x\nb\nc\nd\n").unwrap();
        fs::rename(&other, &path).unwrap();
        assert_eq!(heard(&mut transcript), ["again", "x", "b", "c", "d"], "replaced");
    }

    #[test]
    fn a_line_that_is_too_long_costs_itself() {
        let temp = tempfile::tempdir().unwrap();
        let path = temp.path().join("t");
        let mut transcript = Transcript::new(path.clone(), true);
        let long = vec![b'x'; MESSAGE_MAX + 1];
        fs::write(&path, b"a\n").unwrap();
        append(&path, &long);
        assert_eq!(heard(&mut transcript), ["again", "a"]);
        assert!(transcript.in_long_line);
        append(&path, b"x\nb\n");
        assert_eq!(heard(&mut transcript), ["b"]);
    }

    #[test]
    fn a_document_is_read_whole_whenever_it_changes() {
        let temp = tempfile::tempdir().unwrap();
        let path = temp.path().join("t");
        let mut transcript = Transcript::new(path.clone(), false);
        fs::write(&path, "{\n}").unwrap();
        assert_eq!(heard(&mut transcript), ["again", "{\n}"]);
        append(&path, b" ");
        assert_eq!(heard(&mut transcript), ["again", "{\n}"]);
        assert!(heard(&mut transcript).is_empty());
    }

    #[test]
    fn what_is_no_file_is_refused() {
        let temp = tempfile::tempdir().unwrap();
        let path = temp.path().join("t");
        nix::unistd::mkfifo(&path, nix::sys::stat::Mode::S_IRWXU).unwrap();
        assert!(Transcript::new(path, true).read(&mut |_| {}).is_err());
    }
}
