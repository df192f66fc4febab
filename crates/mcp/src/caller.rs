//! Who made a request, and whether anybody still waits for its answer: a call that waits for an
//! hour must not hold a thread for an hour after its client has cancelled it.

use std::io;
use std::os::fd::{AsFd, BorrowedFd};
use std::os::unix::net::UnixStream;
use std::sync::Arc;

/// Kept by whoever does what was asked for: readable, for poll(2), once nobody waits any more.
#[derive(Debug, Clone)]
pub struct Caller(Arc<UnixStream>);

/// Kept by whoever waits for the answer, for as long as it does.
pub(crate) struct Waits {
    _other_end: UnixStream,
}

impl Caller {
    pub(crate) fn new() -> io::Result<(Waits, Caller)> {
        let (ours, theirs) = UnixStream::pair()?;
        Ok((Waits { _other_end: ours }, Caller(Arc::new(theirs))))
    }
}

impl AsFd for Caller {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.0.as_fd()
    }
}
