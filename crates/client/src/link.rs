//! The two ends that a client moves bytes between: the connection to a daemon, and the output that
//! the terminal has not taken yet. Neither ever blocks.

use std::io::{self, ErrorKind, Read, Write};
use std::os::fd::BorrowedFd;
use std::os::unix::net::UnixStream;
use std::time::Instant;

use super::questions::Questions;
use super::terminal::{Terminal, Window};
use segno_base::screen::geometry::Size;
use segno_base::system::os;
use segno_wire::frame::{FrameDecoder, FromClient, FromDaemon};

/// A live connection.
pub struct Link {
    pub stream: UnixStream,
    pub frames: FrameDecoder,
    pub out: Vec<u8>,
    /// Bytes of output received on this connection.
    pub received: u64,
    /// What of `received` was reported as drawn.
    pub acknowledged: u64,
    /// The size that the daemon knows.
    pub size: Window,
}

/// Output that the terminal has not taken yet.
#[derive(Default)]
pub struct Undrawn {
    pub bytes: Vec<u8>,
    done: usize,
}

impl Undrawn {
    pub fn len(&self) -> usize {
        self.bytes.len() - self.done
    }

    pub fn clear(&mut self) {
        self.bytes.clear();
        self.done = 0;
    }

    /// Writes what the terminal accepts.
    pub fn draw(&mut self, terminal: &Terminal, questions: &mut Questions) -> io::Result<()> {
        while self.len() > 0 {
            let rest = &self.bytes[self.done..];
            match terminal.write(rest)? {
                0 => return Ok(()),
                n => {
                    questions.written(&rest[..n], Instant::now());
                    self.done += n;
                }
            }
        }
        self.clear();
        Ok(())
    }
}

impl Link {
    /// Lets the daemon write to the terminal, as the first thing on this connection. An older one
    /// takes no notice, and where it fails the client goes on writing all by itself.
    pub fn hand_over(&mut self, terminal: BorrowedFd<'_>) {
        let mut frame = Vec::new();
        FromClient::Terminal.encode(&mut frame);
        if let Ok(sent) = os::send_with_fds(&self.stream, &frame, &[terminal]) {
            self.out.extend_from_slice(&frame[sent..]);
        }
    }

    /// Reads what the daemon still sends; whether that was a goodbye, or the connection's end.
    pub fn said_goodbye(&mut self) -> bool {
        let mut buffer = [0; 64 * 1024];
        match self.stream.read(&mut buffer) {
            Ok(0) => return true,
            Ok(n) => self.frames.push(&buffer[..n]),
            Err(e) => return !matches!(e.kind(), ErrorKind::WouldBlock | ErrorKind::Interrupted),
        }
        loop {
            match self.frames.next_from_daemon() {
                Ok(Some(FromDaemon::Bye(_))) | Err(_) => return true,
                Ok(Some(_)) => {}
                Ok(None) => return false,
            }
        }
    }

    pub fn send_size(&mut self, size: Window, always: bool) {
        if always || self.size != size {
            self.size = size;
            let Window { cells: Size { cols, rows }, pixels: (xpixel, ypixel) } = size;
            FromClient::Resize { cols, rows, xpixel, ypixel }.encode(&mut self.out);
        }
    }

    pub fn flush(&mut self) {
        while !self.out.is_empty() {
            match self.stream.write(&self.out) {
                Ok(n) => drop(self.out.drain(..n)),
                Err(e) if e.kind() == ErrorKind::Interrupted => {}
                Err(e) if e.kind() == ErrorKind::WouldBlock => return,
                // The end is noticed by reading, after everything that the daemon still said:
                // acknowledgements among it must count before anything is sent again.
                Err(_) => self.out.clear(),
            }
        }
    }
}
