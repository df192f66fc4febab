//! The two ends that a client moves bytes between: the connection to a daemon, and the output that
//! the terminal has not taken yet. Neither ever blocks.

use std::io::{self, ErrorKind, Write};
use std::os::unix::net::UnixStream;

use super::terminal::Terminal;
use crate::base::geometry::Size;
use crate::wire::frame::{FrameDecoder, FromClient};

/// A live connection.
pub struct Link {
    pub stream: UnixStream,
    pub frames: FrameDecoder,
    pub out: Vec<u8>,
    /// Bytes of output received on this connection.
    pub received: u64,
    /// What of `received` the daemon was told to be drawn.
    pub told: u64,
    /// The size that the daemon knows.
    pub size: Size,
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

    /// Writes what the terminal takes.
    pub fn draw(&mut self, terminal: &Terminal) -> io::Result<()> {
        while self.len() > 0 {
            match terminal.write(&self.bytes[self.done..])? {
                0 => return Ok(()),
                n => self.done += n,
            }
        }
        self.clear();
        Ok(())
    }
}

impl Link {
    pub fn tell_size(&mut self, size: Size, always: bool) {
        if always || self.size != size {
            self.size = size;
            let Size { cols, rows } = size;
            FromClient::Resize { cols, rows, xpixel: 0, ypixel: 0 }.encode(&mut self.out);
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
