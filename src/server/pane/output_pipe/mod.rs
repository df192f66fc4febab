//! What a program printed, on its way into the journal: a pipe that outlives the daemon.
//!
//! Output is moved from the terminal into the pipe by `splice`, looked at by `tee`, journaled, and
//! only then taken out. Each of these is one system call, which a kill cannot cut in half, so at
//! every instant each byte is in the terminal, in the pipe or in the journal, and the number at
//! the pipe's head says which of its bytes the journal has already.
//!
//! ```text
//! "SEGNOOUT"  offset u64  bytes      (little endian; offset: the number of the first byte)
//! ```
//!
//! Where the system cannot do that, output is read as usual, and a kill between reading and
//! journaling loses what was read.

use std::io;
use std::os::fd::{BorrowedFd, OwnedFd};

#[cfg(any(target_os = "linux", target_os = "android"))]
use pipe::Pipe;
#[cfg(not(any(target_os = "linux", target_os = "android")))]
use plain::Pipe;

/// The most that is in a pipe or fetched at once.
const CHUNK: usize = 64 * 1024;
/// A piece below this size is the last one for now.
pub(in crate::server) const SHORT: usize = 1024;
/// What a buffer to fetch into must hold.
pub(in crate::server) const BUFFER: usize = HEADER + CHUNK;
#[cfg(any(target_os = "linux", target_os = "android"))]
const MAGIC: &[u8; 8] = b"SEGNOOUT";
const HEADER: usize = 16;

/// The way of a pane's output into the journal.
#[derive(Debug)]
pub(in crate::server) struct Intake {
    pipe: Option<Pipe>,
}

/// What an earlier daemon fetched and may not have journaled.
#[derive(Debug, Default, PartialEq, Eq)]
pub(in crate::server) struct Held {
    /// The number of the first byte.
    pub offset: u64,
    pub bytes: Vec<u8>,
}

impl Intake {
    pub fn new() -> Intake {
        Intake { pipe: Pipe::new().ok() }
    }

    /// The pipe of an earlier daemon.
    pub fn adopt(fd: OwnedFd) -> Intake {
        Intake { pipe: Pipe::adopt(fd).ok() }
    }

    pub fn fd(&self) -> Option<BorrowedFd<'_>> {
        self.pipe.as_ref().map(Pipe::fd)
    }

    /// What is in the pipe, which stays there until [`Intake::done`].
    pub fn held(&mut self) -> Option<Held> {
        self.pipe.as_mut()?.held()
    }

    /// Fetches output until the terminal is empty or the buffer (of [`BUFFER`] bytes) is full;
    /// `offset` is the number of the first byte. The bytes are in the pipe until
    /// [`Intake::done`]. `None`: the terminal's end; [`io::ErrorKind::WouldBlock`]: there is
    /// nothing.
    pub fn fetch<'b>(
        &mut self,
        terminal: BorrowedFd<'_>,
        offset: u64,
        buffer: &'b mut [u8],
    ) -> io::Result<Option<&'b [u8]>> {
        let fetched = match &mut self.pipe {
            Some(pipe) => match pipe.fetch(terminal, offset, buffer) {
                Err(error) if error.kind() == io::ErrorKind::Unsupported => {
                    tracing::warn!("output cannot be spliced here; a kill may lose some");
                    self.pipe = None;
                    read(terminal, &mut buffer[HEADER..])
                }
                other => other,
            },
            None => read(terminal, &mut buffer[HEADER..]),
        };
        Ok(fetched?.map(|length| &buffer[HEADER..HEADER + length]))
    }

    /// What was fetched is journaled, and answered where it asked something.
    pub fn done(&mut self) {
        if let Some(pipe) = &mut self.pipe {
            pipe.done();
        }
    }
}

/// Plain reading, until the terminal is empty or the buffer is full.
fn read(terminal: BorrowedFd<'_>, buffer: &mut [u8]) -> io::Result<Option<usize>> {
    use nix::errno::Errno;
    let mut filled = 0;
    let limit = buffer.len();
    while filled < limit {
        match nix::unistd::read(terminal, &mut buffer[filled..limit]) {
            Ok(0) if filled == 0 => return Ok(None),
            Ok(0) => break,
            Ok(n) => filled += n,
            Err(Errno::EINTR) => {}
            Err(Errno::EAGAIN) if filled == 0 => return Err(io::ErrorKind::WouldBlock.into()),
            // EIO says that no process has the terminal open any more (Linux).
            Err(_) if filled == 0 => return Ok(None),
            Err(_) => break,
        }
    }
    Ok(Some(filled))
}

#[cfg(any(target_os = "linux", target_os = "android"))]
mod pipe {
    use std::cell::RefCell;
    use std::fs::File;
    use std::io::{self, PipeReader, PipeWriter, Read, Write};
    use std::os::fd::{AsFd, AsRawFd, BorrowedFd, OwnedFd};
    use std::os::unix::fs::OpenOptionsExt;

    use nix::errno::Errno;
    use nix::fcntl::{FcntlArg, OFlag, SpliceFFlags, fcntl, splice, tee};

    use super::{CHUNK, HEADER, Held, MAGIC, SHORT};

    /// A page at a time: a terminal gives no more at once, and the kernel would allocate for all
    /// that is asked.
    const PIECE: usize = 4096;
    /// As many as the kernel keeps for us while we handle them: a program that prints is never
    /// held up by us, and we do not wait for it.
    const PIECES: usize = 3;
    const FLAGS: SpliceFFlags = SpliceFFlags::SPLICE_F_NONBLOCK;

    /// A pipe open for both directions.
    #[derive(Debug)]
    pub struct Pipe {
        file: File,
        /// How many pieces fit besides the header.
        pieces: usize,
        /// The number in the header, if one is in the pipe.
        header: Option<u64>,
        /// What is in the pipe, header included.
        filled: usize,
    }

    /// What `tee` copies into, to be read; one per thread.
    struct Scratch {
        reader: PipeReader,
        writer: PipeWriter,
        null: File,
    }

    thread_local! {
        static SCRATCH: RefCell<Option<Scratch>> = const { RefCell::new(None) };
    }

    impl Pipe {
        pub fn new() -> io::Result<Pipe> {
            let (reader, writer) = io::pipe()?;
            let pipe = Pipe::adopt(reader.into())?;
            drop(writer);
            Ok(pipe)
        }

        pub fn adopt(fd: OwnedFd) -> io::Result<Pipe> {
            // One descriptor for both ends.
            let path = format!("/proc/self/fd/{}", fd.as_raw_fd());
            let flags = (OFlag::O_NONBLOCK | OFlag::O_CLOEXEC).bits();
            let file = File::options().read(true).write(true).custom_flags(flags).open(path)?;
            let size = usize::try_from(fcntl(&file, FcntlArg::F_GETPIPE_SZ)?).unwrap_or(0);
            // Every piece takes a page, however short it is, and so does the header.
            let pieces = (size / page()).saturating_sub(1).min(PIECES);
            if pieces == 0 {
                return Err(io::ErrorKind::Unsupported.into());
            }
            Ok(Pipe { file, pieces, header: None, filled: 0 })
        }

        pub fn fd(&self) -> BorrowedFd<'_> {
            self.file.as_fd()
        }

        pub fn held(&mut self) -> Option<Held> {
            let mut bytes = vec![0; 2 * CHUNK];
            let length = self.peek(&mut bytes).ok()?;
            self.filled = length;
            bytes.truncate(length);
            let number = bytes.strip_prefix(MAGIC)?.first_chunk()?;
            let offset = u64::from_le_bytes(*number);
            self.header = Some(offset);
            bytes.drain(..HEADER);
            Some(Held { offset, bytes })
        }

        pub fn fetch(
            &mut self,
            terminal: BorrowedFd<'_>,
            offset: u64,
            buffer: &mut [u8],
        ) -> io::Result<Option<usize>> {
            if self.header != Some(offset) {
                self.done();
                let mut header = [0; HEADER];
                header[..8].copy_from_slice(MAGIC);
                header[8..].copy_from_slice(&offset.to_le_bytes());
                self.file.write_all(&header)?;
                self.header = Some(offset);
                self.filled = HEADER;
            }
            for piece in 0..self.pieces {
                match splice(terminal, None, &self.file, None, PIECE, FLAGS) {
                    Ok(0) if piece == 0 => return Ok(None),
                    Ok(0) => break,
                    Ok(n) => {
                        self.filled += n;
                        // There was no more. Asking again would wait for the kernel to look
                        // through everything that is under way to the terminal, with a key's
                        // echo in hand.
                        if n < SHORT {
                            break;
                        }
                    }
                    Err(Errno::EINTR) => {}
                    Err(Errno::EAGAIN) if self.filled == HEADER => {
                        return Err(io::ErrorKind::WouldBlock.into());
                    }
                    Err(Errno::EINVAL | Errno::ENOSYS) if self.filled == HEADER => {
                        return Err(io::ErrorKind::Unsupported.into());
                    }
                    // EIO says that no process has the terminal open any more.
                    Err(_) if self.filled == HEADER => return Ok(None),
                    Err(_) => break,
                }
            }
            if self.peek(buffer).ok() != Some(self.filled) {
                // Out of descriptors, for example. Exactness is worth less than the output.
                self.file.read_exact(&mut buffer[..self.filled])?;
                self.header = None;
                return Ok(Some(std::mem::take(&mut self.filled) - HEADER));
            }
            Ok(Some(self.filled - HEADER))
        }

        /// Copies what is in the pipe, from its head, and leaves it there.
        fn peek(&self, buffer: &mut [u8]) -> io::Result<usize> {
            SCRATCH.with_borrow_mut(|slot| {
                let mut scratch = match slot.take() {
                    Some(scratch) => scratch,
                    None => Scratch::new()?,
                };
                let length = match tee(&self.file, &scratch.writer, buffer.len(), FLAGS) {
                    Ok(length) => length,
                    Err(Errno::EAGAIN) => 0,
                    Err(errno) => return Err(errno.into()),
                };
                scratch.reader.read_exact(&mut buffer[..length])?;
                // Only an empty one is used again.
                *slot = Some(scratch);
                Ok(length)
            })
        }

        pub fn done(&mut self) {
            self.header = None;
            while self.filled > 0 {
                match SCRATCH.with_borrow(|scratch| {
                    let null = scratch.as_ref().map(|s| s.null.as_fd()).ok_or(Errno::EBADF)?;
                    splice(&self.file, None, null, None, self.filled, FLAGS)
                }) {
                    Ok(0) => break,
                    Ok(n) => self.filled = self.filled.saturating_sub(n),
                    Err(Errno::EINTR) => {}
                    Err(_) => break,
                }
            }
            // What could not be moved away is read away.
            let mut rest = [0; 4096];
            while self.filled > 0 {
                let wanted = self.filled.min(rest.len());
                match self.file.read(&mut rest[..wanted]) {
                    Ok(n @ 1..) => self.filled -= n,
                    Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                    _ => self.filled = 0,
                }
            }
        }
    }

    impl Scratch {
        fn new() -> io::Result<Scratch> {
            let (reader, writer) = io::pipe()?;
            let null = File::options().write(true).open("/dev/null")?;
            // As large as any pipe that it may have to show.
            let _ = fcntl(
                &writer,
                FcntlArg::F_SETPIPE_SZ(i32::try_from(2 * CHUNK).unwrap_or(i32::MAX)),
            );
            Ok(Scratch { reader, writer, null })
        }
    }

    fn page() -> usize {
        nix::unistd::sysconf(nix::unistd::SysconfVar::PAGE_SIZE)
            .ok()
            .flatten()
            .and_then(|size| usize::try_from(size).ok())
            .unwrap_or(4096)
    }
}

#[cfg(not(any(target_os = "linux", target_os = "android")))]
mod plain {
    use std::io;
    use std::os::fd::{BorrowedFd, OwnedFd};

    use super::Held;

    /// Never there.
    #[derive(Debug)]
    pub enum Pipe {}

    impl Pipe {
        pub fn new() -> io::Result<Pipe> {
            Err(io::ErrorKind::Unsupported.into())
        }

        pub fn adopt(_: OwnedFd) -> io::Result<Pipe> {
            Pipe::new()
        }

        pub fn fd(&self) -> BorrowedFd<'_> {
            match *self {}
        }

        pub fn held(&mut self) -> Option<Held> {
            match *self {}
        }

        pub fn fetch(
            &mut self,
            _: BorrowedFd<'_>,
            _: u64,
            _: &mut [u8],
        ) -> io::Result<Option<usize>> {
            match *self {}
        }

        pub fn done(&mut self) {
            match *self {}
        }
    }
}

#[cfg(test)]
mod tests;
