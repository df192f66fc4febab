//! One peer of the keeper: what it sent and what is still to be sent to it. Never blocks, so that
//! a peer that stalls in the middle of a message holds up nobody.

use std::collections::VecDeque;
use std::io;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::os::unix::net::UnixStream;
use std::time::Instant;

use serde::Serialize;

use super::frame::{FrameError, Inbox, encode};
use super::protocol::{Hello, Message, Request, Role};
use segno_base::system::os;

/// What may wait for a peer that does not read.
const MAX_WAITING: usize = 4 << 20;

struct Outgoing {
    bytes: Vec<u8>,
    sent: usize,
    fds: Vec<OwnedFd>,
}

/// A connected peer.
pub struct Connection {
    stream: UnixStream,
    inbox: Inbox,
    outbox: VecDeque<Outgoing>,
    /// What it is, once it said hello.
    pub role: Option<Role>,
    pub since: Instant,
    /// Whether it is to be dropped.
    pub over: bool,
}

impl Connection {
    pub fn new(stream: UnixStream, now: Instant) -> io::Result<Connection> {
        stream.set_nonblocking(true)?;
        Ok(Connection {
            stream,
            inbox: Inbox::default(),
            outbox: VecDeque::new(),
            role: None,
            since: now,
            over: false,
        })
    }

    pub fn as_fd(&self) -> BorrowedFd<'_> {
        self.stream.as_fd()
    }

    /// Receives what is there, once. `false`: the peer went, or breaks the protocol.
    pub fn receive(&mut self) -> bool {
        match self.inbox.receive(&self.stream) {
            Ok(open) => open,
            Err(FrameError::Io(error)) => {
                matches!(error.kind(), io::ErrorKind::WouldBlock | io::ErrorKind::Interrupted)
            }
            Err(_) => false,
        }
    }

    /// The peer's first message, if it is there.
    pub fn next_hello(&mut self) -> Result<Option<Hello>, FrameError> {
        self.inbox.take()
    }

    /// The next request with its descriptors, if it is there.
    pub fn next_request(&mut self) -> Result<Option<(Request, Vec<OwnedFd>)>, FrameError> {
        let Some(request) = self.inbox.take::<Request>()? else { return Ok(None) };
        let fds =
            (0..request.body.fds()).map(|_| self.inbox.fd()).collect::<Result<Vec<_>, _>>()?;
        Ok(Some((request, fds)))
    }

    /// Sends a message, as far as the peer accepts it now.
    pub fn send(&mut self, message: &Message, fds: Vec<OwnedFd>) {
        self.push(message, fds);
    }

    /// Says who this side is.
    pub fn hello(&mut self) {
        self.push(&Hello::ours(Role::Keeper), Vec::new());
    }

    fn push(&mut self, message: &impl Serialize, fds: Vec<OwnedFd>) {
        let waiting: usize = self.outbox.iter().map(|out| out.bytes.len()).sum();
        match encode(message) {
            Ok(bytes) if waiting <= MAX_WAITING => {
                self.outbox.push_back(Outgoing { bytes, sent: 0, fds });
                self.flush();
            }
            // It may connect again and ask anew.
            _ => self.over = true,
        }
    }

    /// Whether something waits for the peer to read.
    pub fn wants_write(&self) -> bool {
        !self.outbox.is_empty()
    }

    /// Sends what waits, as far as the peer accepts it now.
    pub fn flush(&mut self) {
        while let Some(out) = self.outbox.front_mut() {
            let fds: Vec<BorrowedFd<'_>> = match out.sent {
                0 => out.fds.iter().map(AsFd::as_fd).collect(),
                _ => Vec::new(),
            };
            match os::send_with_fds(&self.stream, &out.bytes[out.sent..], &fds) {
                Ok(count) => {
                    out.sent += count;
                    out.fds.clear();
                    if out.sent == out.bytes.len() {
                        self.outbox.pop_front();
                    }
                }
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => return,
                Err(_) => {
                    self.over = true;
                    return;
                }
            }
        }
    }
}
