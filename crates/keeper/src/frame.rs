//! How messages travel: a length (u32, little endian), then that many bytes of JSON. Descriptors
//! ride on a frame's first byte; a message's type says how many are its.
//!
//! Knows nothing of what the messages mean.

use std::collections::VecDeque;
use std::io;
use std::os::fd::OwnedFd;
use std::os::unix::net::UnixStream;

use serde::Serialize;
use serde::de::DeserializeOwned;

use segno_base::system::os;

/// The longest message. An environment may take two megabytes on Linux, and JSON escapes it.
pub const MAX_FRAME: usize = 8 << 20;

/// What a peer may have sent ahead of the frames that use it.
const MAX_WAITING_FDS: usize = 4 * os::MAX_FDS;

/// A peer that does not keep to the protocol.
#[derive(Debug, thiserror::Error)]
pub enum FrameError {
    #[error("a message of {0} bytes is too long")]
    TooLong(usize),
    #[error("not a message of the keeper's protocol: {0}")]
    Malformed(#[from] serde_json::Error),
    #[error("descriptors that belong to no message, or too few of them")]
    Descriptors,
    #[error(transparent)]
    Io(#[from] io::Error),
}

/// A message as the bytes that travel.
pub fn encode(message: &impl Serialize) -> Result<Vec<u8>, FrameError> {
    let mut bytes = vec![0; 4];
    serde_json::to_writer(&mut bytes, message)?;
    let length = bytes.len() - 4;
    match u32::try_from(length) {
        Ok(prefix) if length <= MAX_FRAME => {
            bytes[..4].copy_from_slice(&prefix.to_le_bytes());
            Ok(bytes)
        }
        _ => Err(FrameError::TooLong(length)),
    }
}

/// What arrived and was not looked at yet.
#[derive(Default)]
pub struct Inbox {
    bytes: Vec<u8>,
    fds: VecDeque<OwnedFd>,
}

impl Inbox {
    /// Receives once. `false`: the peer went.
    pub fn receive(&mut self, stream: &UnixStream) -> Result<bool, FrameError> {
        let mut buffer = [0; 16 << 10];
        let (count, fds) = os::recv_with_fds(stream, &mut buffer)?;
        self.fds.extend(fds);
        if self.fds.len() > MAX_WAITING_FDS {
            return Err(FrameError::Descriptors);
        }
        self.bytes.extend_from_slice(&buffer[..count]);
        Ok(count > 0)
    }

    /// The next whole message, if it is there.
    pub fn take<T: DeserializeOwned>(&mut self) -> Result<Option<T>, FrameError> {
        let Some(prefix) = self.bytes.first_chunk::<4>() else {
            return if self.bytes.is_empty() && !self.fds.is_empty() {
                Err(FrameError::Descriptors)
            } else {
                Ok(None)
            };
        };
        let length = u32::from_le_bytes(*prefix) as usize;
        if length > MAX_FRAME {
            return Err(FrameError::TooLong(length));
        }
        let Some(payload) = self.bytes.get(4..4 + length) else { return Ok(None) };
        let message = serde_json::from_slice(payload)?;
        self.bytes.drain(..4 + length);
        if self.bytes.is_empty() {
            // One large environment must not keep the keeper large.
            self.bytes.shrink_to(4 << 10);
        }
        Ok(Some(message))
    }

    /// A descriptor that belongs to the message just taken.
    pub fn fd(&mut self) -> Result<OwnedFd, FrameError> {
        self.fds.pop_front().ok_or(FrameError::Descriptors)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_frame_in_pieces_is_one_message() {
        let (mut out, into) = UnixStream::pair().unwrap();
        let bytes = encode(&["a", "b"]).unwrap();
        let mut inbox = Inbox::default();
        for byte in &bytes[..bytes.len() - 1] {
            io::Write::write_all(&mut out, &[*byte]).unwrap();
            assert!(inbox.receive(&into).unwrap());
            assert!(inbox.take::<Vec<String>>().unwrap().is_none());
        }
        io::Write::write_all(&mut out, &bytes[bytes.len() - 1..]).unwrap();
        inbox.receive(&into).unwrap();
        assert_eq!(inbox.take::<Vec<String>>().unwrap().unwrap(), ["a", "b"]);
        assert!(inbox.take::<Vec<String>>().unwrap().is_none());
    }

    #[test]
    fn descriptors_without_a_message_are_an_error() {
        let (out, into) = UnixStream::pair().unwrap();
        let file = tempfile::tempfile().unwrap();
        let bytes = encode(&1).unwrap();
        os::send_with_fds(&out, &bytes, &[std::os::fd::AsFd::as_fd(&file)]).unwrap();
        let mut inbox = Inbox::default();
        inbox.receive(&into).unwrap();
        assert_eq!(inbox.take::<u8>().unwrap(), Some(1));
        assert!(matches!(inbox.take::<u8>(), Err(FrameError::Descriptors)));
    }

    /// Five are more than a message may carry.
    #[test]
    fn descriptors_that_are_too_many_do_not_stay_open() {
        let (out, into) = UnixStream::pair().unwrap();
        let (mut reader, writer) = std::io::pipe().unwrap();
        let fds = [std::os::fd::AsFd::as_fd(&writer); 5];
        os::send_with_fds(&out, &encode(&1).unwrap(), &fds).unwrap();
        drop(writer);
        assert!(Inbox::default().receive(&into).is_err());
        drop((out, into));
        let mut rest = Vec::new();
        io::Read::read_to_end(&mut reader, &mut rest).unwrap();
        assert!(rest.is_empty(), "nobody holds the other end");
    }

    proptest! {
        #[test]
        fn garbage_is_an_error_and_no_more(bytes in proptest::collection::vec(any::<u8>(), 0..64)) {
            let mut inbox = Inbox { bytes, fds: VecDeque::new() };
            while let Ok(Some(_)) = inbox.take::<super::super::protocol::Request>() {}
        }
    }
}
