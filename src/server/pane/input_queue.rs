//! Input on its way to a program, in a file without a name that outlives the daemon.
//!
//! ```text
//! tail u64  seq u64  token 32 bytes  progress 16 bytes  bytes         (little endian)
//! ```
//!
//! What is between the file's position, which all who hold it share, and `tail` waits. The kernel
//! moves bytes to the terminal and the position along with them in one system call, so a kill
//! cannot come between; and `tail` is written together with how far the client's input was handled
//! that the bytes are from, so that the next daemon knows exactly what it may take again.

use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::os::unix::fs::FileExt;

use nix::errno::Errno;

use crate::server::client::input_cursor::Progress;

const START: u64 = 64;
/// A client's token, of hexadecimal digits.
const TOKEN: usize = 32;
/// An empty file that is longer gives its memory back.
const KEEP: u64 = 64 * 1024;
/// When so much was taken, its memory is given back though more waits.
#[cfg(any(target_os = "linux", target_os = "android"))]
const GIVE_BACK: u64 = 256 * 1024;
/// A hole's edges; pages may be larger, and then less is given back.
#[cfg(any(target_os = "linux", target_os = "android"))]
const PAGE: i64 = 4096;

/// A queue of bytes.
#[derive(Debug)]
pub(in crate::server) struct Backlog {
    /// `None` where the system has no such file: bytes wait in `memory` only.
    file: Option<File>,
    head: u64,
    tail: u64,
    /// What the program has taken before this is no longer in the file.
    given_back: u64,
    memory: Vec<u8>,
    /// The client that the newest bytes are from, and how far its input was handled.
    token: [u8; TOKEN],
    progress: Progress,
}

/// Whose input it is, and how far that is handled with it.
#[derive(Debug, Clone, Copy)]
pub(in crate::server) struct From<'a> {
    pub token: &'a str,
    pub progress: &'a Progress,
}

/// What was dropped of a queue.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::server) struct Dropped {
    pub bytes: usize,
    /// The first mark of a bracketed paste in it.
    pub paste: Option<PasteMark>,
}

/// Where a bracketed paste begins or ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::server) enum PasteMark {
    Begin,
    End,
}

impl Backlog {
    pub fn new() -> Backlog {
        Backlog {
            file: create().ok(),
            head: START,
            tail: START,
            given_back: START,
            memory: Vec::new(),
            token: [0; TOKEN],
            progress: Progress::default(),
        }
    }

    /// The queue as an earlier daemon left it.
    pub fn adopt(fd: OwnedFd) -> Backlog {
        let mut file = File::from(fd);
        let mut backlog = Backlog { file: None, ..Backlog::new() };
        let mut header = [0; START as usize];
        let length = file.metadata().map_or(0, |m| m.len());
        if file.read_exact_at(&mut header, 0).is_ok() {
            let number = |at| u64::from_le_bytes(std::array::from_fn(|i| header[at + i]));
            backlog.tail = number(0).clamp(START, length.max(START));
            backlog.token = std::array::from_fn(|i| header[16 + i]);
            let progress = std::array::from_fn(|i| header[16 + TOKEN + i]);
            backlog.progress = Progress::decode(number(8), &progress);
        }
        backlog.head = file.stream_position().unwrap_or(START).clamp(START, backlog.tail);
        let sought = file.seek(SeekFrom::Start(backlog.head));
        backlog.file = sought.is_ok().then_some(file);
        backlog
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

    /// How far this client's input was handled when its last bytes came here.
    pub fn handled(&self, token: &str) -> Option<Progress> {
        (token.as_bytes() == self.token).then(|| self.progress.clone())
    }

    /// Appends bytes, with which a client's input was handled this far, if they are one's.
    pub fn push(&mut self, bytes: &[u8], from: Option<From<'_>>) {
        if let Some(from) = from
            && let Ok(token) = from.token.as_bytes().try_into()
        {
            self.token = token;
            self.progress = from.progress.clone();
        }
        let at = self.tail;
        self.tail += bytes.len() as u64;
        if let Some(file) = &self.file {
            // The bytes first: what the header speaks of must be there.
            let written = file.write_all_at(bytes, at).and_then(|()| self.write_header(file));
            if let Err(error) = written {
                tracing::warn!(%error, "input waits in memory only");
                self.leave_file(at);
            }
        }
        if self.file.is_none() {
            self.memory.extend_from_slice(bytes);
        }
    }

    /// All of it in one system call, within one page.
    fn write_header(&self, file: &File) -> io::Result<()> {
        let mut header = [0; START as usize];
        header[..8].copy_from_slice(&self.tail.to_le_bytes());
        header[8..16].copy_from_slice(&self.progress.seq.to_le_bytes());
        header[16..16 + TOKEN].copy_from_slice(&self.token);
        header[16 + TOKEN..].copy_from_slice(&self.progress.encode());
        file.write_all_at(&header, 0)
    }

    /// Goes on without the file; what waited in it up to `end` is kept.
    fn leave_file(&mut self, end: u64) {
        let mut waiting = vec![0; usize::try_from(end - self.head).unwrap_or(0)];
        if let Some(mut file) = self.file.take()
            && file.read_exact_at(&mut waiting, self.head).is_ok()
        {
            self.memory = waiting;
            let _ = file.seek(SeekFrom::End(0));
        }
    }

    /// Drops all that waits, and says what that was.
    pub fn clear(&mut self) -> Dropped {
        let dropped = Dropped { bytes: self.len(), paste: self.first_paste_mark() };
        self.head = self.tail;
        self.memory.clear();
        if let Some(file) = &mut self.file
            && let Err(error) = file.seek(SeekFrom::Start(self.head))
        {
            tracing::warn!(%error, "input waits in memory only");
            self.file = None;
        }
        self.restart();
        dropped
    }

    /// Whether a paste begins or ends first in what waits.
    fn first_paste_mark(&self) -> Option<PasteMark> {
        const BEGIN: &[u8] = b"\x1b[200~";
        const END: &[u8] = b"\x1b[201~";
        let mut piece = vec![0; self.len().min(64 * 1024)];
        let mut at = self.head;
        while at < self.tail {
            let length = piece.len().min(usize::try_from(self.tail - at).unwrap_or(usize::MAX));
            let bytes = match &self.file {
                Some(file) => {
                    file.read_exact_at(&mut piece[..length], at).ok()?;
                    &piece[..length]
                }
                None => &self.memory[..],
            };
            let mark = bytes.windows(BEGIN.len()).find_map(|window| match window {
                BEGIN => Some(PasteMark::Begin),
                END => Some(PasteMark::End),
                _ => None,
            });
            if mark.is_some() || length < piece.len() || self.file.is_none() {
                return mark;
            }
            // A mark may lie across two pieces.
            at += (length - length.min(BEGIN.len() - 1)).max(1) as u64;
        }
        None
    }

    /// Gives the terminal what it takes now.
    pub fn flush(&mut self, terminal: BorrowedFd<'_>) {
        while !self.is_empty() {
            match self.transfer(terminal) {
                Ok(0) | Err(Errno::EAGAIN) => return,
                Ok(n) => {
                    self.head += n as u64;
                    self.give_back();
                }
                Err(Errno::EINTR) => {}
                // Nobody will ever read it.
                Err(_) => {
                    self.head = self.tail;
                    self.memory.clear();
                }
            }
        }
        self.restart();
    }

    fn transfer(&mut self, terminal: BorrowedFd<'_>) -> Result<usize, Errno> {
        let length = self.len();
        let Some(file) = &mut self.file else {
            let taken = nix::unistd::write(terminal, &self.memory)?;
            self.memory.drain(..taken);
            return Ok(taken);
        };
        #[cfg(any(target_os = "linux", target_os = "android"))]
        match nix::sys::sendfile::sendfile(terminal, &*file, None, length) {
            Err(Errno::EINVAL | Errno::ENOSYS) => {}
            other => return other,
        }
        // Without the kernel's help: a kill between the two types these bytes twice.
        let mut buffer = vec![0; length.min(4096)];
        let count = file.read(&mut buffer).map_err(|_| Errno::EIO)?;
        let taken = nix::unistd::write(terminal, &buffer[..count]);
        let head = self.head + *taken.as_ref().unwrap_or(&0) as u64;
        file.seek(SeekFrom::Start(head)).map_err(|_| Errno::EIO)?;
        taken
    }

    /// Gives back the memory of what was taken, so that a long paste to a slow reader takes no
    /// more than what waits.
    #[cfg(any(target_os = "linux", target_os = "android"))]
    fn give_back(&mut self) {
        use nix::fcntl::{FallocateFlags, fallocate};
        if self.head.saturating_sub(self.given_back) < GIVE_BACK {
            return;
        }
        self.given_back = self.head;
        // The header's page stays.
        let (from, to) = (PAGE, i64::try_from(self.head).unwrap_or(0) / PAGE * PAGE);
        if let Some(file) = self.file.as_ref().filter(|_| to > from) {
            let hole = FallocateFlags::FALLOC_FL_PUNCH_HOLE | FallocateFlags::FALLOC_FL_KEEP_SIZE;
            let _ = fallocate(file, hole, from, to - from);
        }
    }

    #[cfg(not(any(target_os = "linux", target_os = "android")))]
    fn give_back(&mut self) {}

    /// Empty: a long file gives its memory back.
    fn restart(&mut self) {
        self.memory = Vec::new();
        if self.tail <= KEEP {
            return;
        }
        (self.head, self.tail, self.given_back) = (START, START, START);
        if let Some(mut file) = self.file.take() {
            // In this order: a position beyond the tail means that nothing waits.
            let done = self
                .write_header(&file)
                .and_then(|()| file.seek(SeekFrom::Start(START)))
                .and_then(|_| file.set_len(START));
            self.file = done.is_ok().then_some(file);
        }
    }
}

fn create() -> io::Result<File> {
    #[cfg(any(target_os = "linux", target_os = "android"))]
    let mut file = {
        use nix::sys::memfd::{MFdFlags, memfd_create};
        File::from(memfd_create(c"segno-input", MFdFlags::MFD_CLOEXEC)?)
    };
    #[cfg(not(any(target_os = "linux", target_os = "android")))]
    let mut file = tempfile::tempfile()?;
    file.set_len(START)?;
    file.write_all_at(&START.to_le_bytes(), 0)?;
    file.seek(SeekFrom::Start(START))?;
    Ok(file)
}

#[cfg(test)]
mod tests {
    use super::*;
    use nix::sys::termios::{SetArg, cfmakeraw, tcgetattr, tcsetattr};
    use std::io::Read;

    const TOKEN: &str = "0123456789abcdef0123456789abcdef";

    /// A terminal in raw mode: the master, and the program's side, both not blocking.
    fn terminal() -> (OwnedFd, File) {
        let pty = nix::pty::openpty(None, None).unwrap();
        let mut raw = tcgetattr(&pty.slave).unwrap();
        cfmakeraw(&mut raw);
        tcsetattr(&pty.slave, SetArg::TCSANOW, &raw).unwrap();
        for fd in [&pty.master, &pty.slave] {
            let flags = nix::fcntl::OFlag::O_NONBLOCK;
            nix::fcntl::fcntl(fd, nix::fcntl::FcntlArg::F_SETFL(flags)).unwrap();
        }
        (pty.master, pty.slave.into())
    }

    fn successor(backlog: &Backlog) -> Backlog {
        Backlog::adopt(backlog.fd().unwrap().try_clone_to_owned().unwrap())
    }

    #[test]
    fn every_byte_arrives_once_and_in_order_through_one_daemon_after_the_other() {
        let (master, mut program) = terminal();
        let mut backlog = Backlog::new();
        let (mut put, mut got) = (Vec::new(), Vec::new());
        for step in 0..200_usize {
            let piece: Vec<u8> = (0..step * 37 % 5000).map(|i| (put.len() + i) as u8).collect();
            backlog.push(
                &piece,
                Some(From { token: TOKEN, progress: &Progress::handled(step as u64) }),
            );
            put.extend(piece);
            if step % 3 == 0 {
                backlog = successor(&backlog);
                assert_eq!(backlog.handled(TOKEN), Some(Progress::handled(step as u64)));
                assert_eq!(backlog.handled("another"), None);
            }
            backlog.flush(master.as_fd());
            if step % 5 == 0 {
                backlog = successor(&backlog);
            }
            let mut buffer = [0; 4000];
            let count = program.read(&mut buffer).unwrap_or(0);
            got.extend_from_slice(&buffer[..count]);
        }
        while got.len() < put.len() {
            backlog.flush(master.as_fd());
            let mut buffer = [0; 4000];
            let count = program.read(&mut buffer).unwrap_or(0);
            got.extend_from_slice(&buffer[..count]);
        }
        assert!(got == put);
        backlog.flush(master.as_fd());
        assert!(backlog.is_empty() && successor(&backlog).is_empty());
        let length = backlog.file.as_ref().unwrap().metadata().unwrap().len();
        assert!(length <= KEEP, "{length}");
    }

    #[test]
    fn nonsense_in_the_file_is_an_empty_queue() {
        for junk in [&b""[..], b"short", &[0xff; 64], &[0; 64]] {
            let file = tempfile::tempfile().unwrap();
            file.write_all_at(junk, 0).unwrap();
            let mut backlog = Backlog::adopt(file.into());
            assert!(backlog.is_empty());
            backlog.push(b"x", None);
            let (master, mut program) = terminal();
            backlog.flush(master.as_fd());
            let mut got = [0; 9];
            assert_eq!((program.read(&mut got).unwrap(), got[0]), (1, b'x'));
        }
    }
}
