//! Input that a program has not taken yet, in a file without a name that outlives the daemon.
//!
//! ```text
//! head u64  tail u64  bytes          (little endian; what is between head and tail waits)
//! ```

use std::fs::File;
use std::io;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::os::unix::fs::FileExt;

const HEADER: u64 = 16;

/// A queue of bytes.
#[derive(Debug)]
pub(super) struct Backlog {
    /// Where the bytes are; without it, they are in `memory`.
    file: Option<File>,
    head: u64,
    tail: u64,
    memory: Vec<u8>,
}

impl Backlog {
    pub fn new() -> Backlog {
        Backlog { file: create().ok(), head: 0, tail: 0, memory: Vec::new() }
    }

    /// The queue as an earlier daemon left it.
    pub fn adopt(fd: OwnedFd) -> Backlog {
        let file = File::from(fd);
        let mut header = [0; HEADER as usize];
        let (mut head, mut tail) = (0, 0);
        if file.read_exact_at(&mut header, 0).is_ok() {
            let number = |at| u64::from_le_bytes(std::array::from_fn(|i| header[at + i]));
            (head, tail) = (number(0), number(8));
        }
        let length = file.metadata().map_or(0, |m| m.len());
        if head > tail || tail.saturating_add(HEADER) > length {
            (head, tail) = (0, 0);
        }
        Backlog { file: Some(file), head, tail, memory: Vec::new() }
    }

    pub fn fd(&self) -> Option<BorrowedFd<'_>> {
        self.file.as_ref().map(AsFd::as_fd)
    }

    pub fn len(&self) -> usize {
        usize::try_from(self.tail - self.head).unwrap_or(usize::MAX)
    }

    pub fn is_empty(&self) -> bool {
        self.head == self.tail
    }

    /// Appends bytes.
    pub fn push(&mut self, bytes: &[u8]) {
        let tail = self.tail + bytes.len() as u64;
        if let Some(file) = &self.file {
            // The bytes first: the numbers must never speak of what is not there.
            let written = file
                .write_all_at(bytes, HEADER + self.tail)
                .and_then(|()| file.write_all_at(&tail.to_le_bytes(), 8));
            if let Err(error) = written {
                tracing::warn!(%error, "input waits in memory only");
                self.fall_back_to_memory();
            }
        }
        if self.file.is_none() {
            self.memory.extend_from_slice(bytes);
        }
        self.tail = tail;
    }

    fn fall_back_to_memory(&mut self) {
        let mut waiting = vec![0; self.len()];
        if let Some(file) = self.file.take()
            && file.read_exact_at(&mut waiting, HEADER + self.head).is_ok()
        {
            self.memory = waiting;
            let _ = file.write_all_at(&[0; HEADER as usize], 0);
        }
    }

    /// Offers the first bytes to `take`, which says how many it took, until it takes none or
    /// nothing is left.
    pub fn offer(&mut self, mut take: impl FnMut(&[u8]) -> usize) {
        let mut buffer = [0; 4096];
        while !self.is_empty() {
            let length = self.len().min(buffer.len());
            let taken = match &self.file {
                Some(file) => {
                    let piece = &mut buffer[..length];
                    match file.read_exact_at(piece, HEADER + self.head) {
                        Ok(()) => take(piece),
                        // Cannot be: the bytes were written here.
                        Err(_) => length,
                    }
                }
                None => take(&self.memory[..length]),
            };
            if taken == 0 {
                return;
            }
            self.head += taken as u64;
            match &self.file {
                Some(file) => drop(file.write_all_at(&self.head.to_le_bytes(), 0)),
                None => drop(self.memory.drain(..taken)),
            }
        }
        self.restart();
    }

    /// Empty: the file gives its memory back.
    fn restart(&mut self) {
        if self.tail == 0 {
            return;
        }
        self.memory = Vec::new();
        if let Some(file) = &self.file {
            // Both at once, or a reader in between would find one of them changed.
            if file.write_all_at(&[0; HEADER as usize], 0).is_err() {
                return;
            }
            let _ = file.set_len(HEADER);
        }
        (self.head, self.tail) = (0, 0);
    }
}

#[cfg(any(target_os = "linux", target_os = "android"))]
fn create() -> io::Result<File> {
    use nix::sys::memfd::{MFdFlags, memfd_create};
    let file = File::from(memfd_create(c"segno-input", MFdFlags::MFD_CLOEXEC)?);
    file.write_all_at(&[0; HEADER as usize], 0)?;
    Ok(file)
}

#[cfg(not(any(target_os = "linux", target_os = "android")))]
fn create() -> io::Result<File> {
    let file = tempfile::tempfile()?;
    file.write_all_at(&[0; HEADER as usize], 0)?;
    Ok(file)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn successor(backlog: &Backlog) -> Backlog {
        Backlog::adopt(backlog.fd().unwrap().try_clone_to_owned().unwrap())
    }

    proptest! {
        /// Whatever is pushed and taken in whatever pieces, by one daemon after the other.
        #[test]
        fn every_byte_comes_out_once_and_in_order(steps in proptest::collection::vec(
            (0usize..9000, 0usize..9000, any::<bool>()), 0..20)) {
            let mut backlog = Backlog::new();
            let (mut put, mut got) = (Vec::new(), Vec::new());
            for (push, mut room, dies) in steps {
                let bytes: Vec<u8> = (0..push).map(|i| (put.len() + i) as u8).collect();
                backlog.push(&bytes);
                put.extend(bytes);
                backlog.offer(|bytes| {
                    let n = bytes.len().min(room);
                    room -= n;
                    got.extend_from_slice(&bytes[..n]);
                    n
                });
                prop_assert_eq!(backlog.len(), put.len() - got.len());
                if dies {
                    backlog = successor(&backlog);
                }
            }
            backlog.offer(|bytes| { got.extend_from_slice(bytes); bytes.len() });
            prop_assert!(backlog.is_empty());
            prop_assert_eq!(got, put);
        }
    }

    #[test]
    fn nonsense_in_the_file_is_an_empty_queue() {
        for junk in
            [&b""[..], b"short", &[0xff; 16], &[1, 0, 0, 0, 0, 0, 0, 0, 9, 0, 0, 0, 0, 0, 0, 0]]
        {
            let file = tempfile::tempfile().unwrap();
            file.write_all_at(junk, 0).unwrap();
            let mut backlog = Backlog::adopt(file.into());
            assert!(backlog.is_empty());
            backlog.push(b"x");
            let mut got = Vec::new();
            backlog.offer(|bytes| {
                got.extend_from_slice(bytes);
                bytes.len()
            });
            assert_eq!(got, b"x");
        }
    }
}
