//! A terminal that another process has opened and handed over, to be written to without waiting.
//!
//! Only the slave side of a pseudo-terminal is taken: a write to one ends at once, whatever its
//! other side does. It is opened anew, because the one who handed it over could make what is shared
//! with it wait.

use std::fs::{File, OpenOptions};
use std::io;
use std::os::fd::{AsFd, AsRawFd, BorrowedFd};
use std::os::unix::fs::{MetadataExt, OpenOptionsExt};

use nix::errno::Errno;
use nix::fcntl::OFlag;

/// The major numbers of pseudo-terminals' slave sides on Linux.
const PTY_SLAVES: std::ops::RangeInclusive<u64> = 136..=143;

/// A pseudo-terminal, open for writing.
#[derive(Debug)]
pub struct TerminalWriter(File);

impl TerminalWriter {
    /// Opens the terminal behind a descriptor once more. An error where that is none, where this
    /// user may not, or where the system has no way to.
    pub fn open(fd: BorrowedFd<'_>) -> io::Result<TerminalWriter> {
        let device = File::from(fd.try_clone_to_owned()?).metadata()?.rdev();
        let linux = cfg!(any(target_os = "linux", target_os = "android"));
        if !linux || !PTY_SLAVES.contains(&major(device)) {
            return Err(io::ErrorKind::Unsupported.into());
        }
        let path = format!("/proc/self/fd/{}", fd.as_raw_fd());
        let flags = (OFlag::O_NONBLOCK | OFlag::O_NOCTTY | OFlag::O_CLOEXEC).bits();
        Ok(TerminalWriter(OpenOptions::new().write(true).custom_flags(flags).open(path)?))
    }

    /// Writes what the terminal takes at once, which may be nothing, and says how much that was.
    /// At most 2 KB go as a whole, with nothing of another process in between.
    pub fn write(&self, bytes: &[u8]) -> usize {
        loop {
            match nix::unistd::write(self.0.as_fd(), bytes) {
                Ok(count) => return count,
                Err(Errno::EINTR) => {}
                // Full, or gone, which its owner notices.
                Err(_) => return 0,
            }
        }
    }
}

/// The kind of a device.
fn major(device: u64) -> u64 {
    (device >> 32 & 0xffff_f000) | (device >> 8 & 0xfff)
}

#[cfg(all(test, any(target_os = "linux", target_os = "android")))]
mod tests {
    use super::*;
    use nix::sys::termios::{SetArg, cfmakeraw, tcgetattr, tcsetattr};
    use std::io::Read;

    #[test]
    fn a_terminal_is_written_to_and_never_waited_for() {
        let pty = nix::pty::openpty(None, None).unwrap();
        let mut raw = tcgetattr(&pty.slave).unwrap();
        cfmakeraw(&mut raw);
        tcsetattr(&pty.slave, SetArg::TCSANOW, &raw).unwrap();
        let writer = TerminalWriter::open(pty.slave.as_fd()).unwrap();
        assert_eq!(writer.write(b"hello"), 5);
        let mut master = File::from(pty.master);
        let mut got = [0; 9];
        assert_eq!(master.read(&mut got).unwrap(), 5);
        // Nobody reads it any more.
        let mut written = 0;
        while let n @ 1.. = writer.write(&[b'x'; 1000]) {
            written += n;
        }
        assert!(written < 1 << 20);
        drop(master);
        assert_eq!(writer.write(b"gone"), 0);
    }

    #[test]
    fn nothing_else_is_taken() {
        let file = tempfile::tempfile().unwrap();
        assert!(TerminalWriter::open(file.as_fd()).is_err());
        let (reader, writer) = io::pipe().unwrap();
        assert!(TerminalWriter::open(writer.as_fd()).is_err());
        let pty = nix::pty::openpty(None, None).unwrap();
        assert!(TerminalWriter::open(pty.master.as_fd()).is_err(), "the other side");
        drop(reader);
    }
}
