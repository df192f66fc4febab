//! Getting an attached connection, on a thread of its own, so that the client goes on taking keys,
//! sizes and signals while a daemon starts.
//!
//! Must not know how a daemon is started: it is handed a function for that.

use std::io::{self, Read, Write};
use std::os::unix::net::UnixStream;
use std::sync::{Arc, mpsc};
use std::time::Duration;

use segno_wire::attach::AttachParams;
use segno_wire::hello::{self, ClientHello, HELLO_MAX, HelloError};
use segno_wire::line::LineDecoder;

/// How long a daemon may take to answer a hello.
const HELLO_PATIENCE: Duration = Duration::from_secs(5);

/// Opens a connection to the daemon, starting one when none runs.
pub type Open = Arc<dyn Fn() -> Result<UnixStream, String> + Send + Sync>;

/// Why there is no connection.
#[derive(Debug, thiserror::Error)]
pub enum ConnectError {
    /// No daemon could be reached or started.
    #[error("{0}")]
    NoDaemon(String),
    /// The connection broke during the hello.
    #[error("the daemon ended during the hello: {0}")]
    Broken(#[from] io::Error),
    /// The two sides do not fit; trying again would not help.
    #[error(transparent)]
    Refused(#[from] HelloError),
}

impl ConnectError {
    /// Whether another attempt could end otherwise.
    pub fn worth_retrying(&self) -> bool {
        !matches!(self, ConnectError::Refused(_))
    }
}

/// An attached connection.
#[derive(Debug)]
pub struct Connection {
    /// Non-blocking.
    pub stream: UnixStream,
    /// The highest input number that the daemon has handled.
    pub acked: u64,
    /// What came behind the hello.
    pub rest: Vec<u8>,
}

/// Sends the hello and reads the answer.
pub fn handshake(
    mut stream: UnixStream,
    params: &AttachParams,
) -> Result<Connection, ConnectError> {
    stream.set_read_timeout(Some(HELLO_PATIENCE))?;
    stream.set_write_timeout(Some(HELLO_PATIENCE))?;
    stream.write_all(&hello::encode(&ClientHello::attach(params)))?;
    let (line, rest) = read_line(&mut stream)?;
    let reply = hello::parse_daemon(&line)?;
    hello::check_daemon(&reply, None)?;
    stream.set_nonblocking(true)?;
    let acked = reply.attach.unwrap_or_default().acked;
    Ok(Connection { stream, acked, rest })
}

/// Reads one hello line, and whatever came behind it with the same reads.
pub fn read_line(stream: &mut UnixStream) -> Result<(Vec<u8>, Vec<u8>), ConnectError> {
    let mut lines = LineDecoder::with_limit(HELLO_MAX);
    let mut buffer = [0; 4096];
    loop {
        let n = match stream.read(&mut buffer) {
            Ok(0) => return Err(io::Error::from(io::ErrorKind::UnexpectedEof).into()),
            Ok(n) => n,
            Err(e) if e.kind() == io::ErrorKind::Interrupted => continue,
            Err(e) if e.kind() == io::ErrorKind::WouldBlock => {
                return Err(io::Error::new(io::ErrorKind::TimedOut, "no answer in time").into());
            }
            Err(e) => return Err(e.into()),
        };
        lines.push(&buffer[..n]);
        match lines.next_line() {
            Ok(Some(line)) => {
                let line = line.to_vec();
                return Ok((line, lines.into_rest()));
            }
            Ok(None) => {}
            Err(e) => return Err(HelloError::Malformed(e.to_string()).into()),
        }
    }
}

/// Connects in the background, one attempt at a time.
pub struct Connector {
    open: Open,
    results: mpsc::Receiver<Result<Connection, ConnectError>>,
    sender: mpsc::Sender<Result<Connection, ConnectError>>,
    /// Readable when a result is there.
    wake: UnixStream,
    waker: Arc<UnixStream>,
}

impl Connector {
    /// A connector that opens connections by this function.
    pub fn new(open: Open) -> io::Result<Connector> {
        let (wake, waker) = UnixStream::pair()?;
        wake.set_nonblocking(true)?;
        let (sender, results) = mpsc::channel();
        Ok(Connector { open, results, sender, wake, waker: Arc::new(waker) })
    }

    /// Begins an attempt, after a delay.
    pub fn start(&self, params: AttachParams, delay: Duration) -> io::Result<()> {
        let (open, sender, waker) =
            (Arc::clone(&self.open), self.sender.clone(), Arc::clone(&self.waker));
        std::thread::Builder::new().name("connect".into()).spawn(move || {
            std::thread::sleep(delay);
            let result = open()
                .map_err(ConnectError::NoDaemon)
                .and_then(|stream| handshake(stream, &params));
            // When the client has gone meanwhile, nobody needs the result.
            let _ = sender.send(result);
            let _ = (&*waker).write_all(&[1]);
        })?;
        Ok(())
    }

    /// What to poll for reading.
    pub fn wake(&self) -> &UnixStream {
        &self.wake
    }

    /// The result of the attempt, if it is there.
    pub fn take(&self) -> Option<Result<Connection, ConnectError>> {
        let mut byte = [0; 1];
        let _ = (&self.wake).read(&mut byte);
        self.results.try_recv().ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::{BufRead, BufReader};

    /// Answers a hello with this and goes.
    fn answered(answer: &'static [u8]) -> Result<Connection, ConnectError> {
        let (ours, mut theirs) = UnixStream::pair().unwrap();
        let daemon = std::thread::spawn(move || {
            let mut line = String::new();
            BufReader::new(theirs.try_clone().unwrap()).read_line(&mut line).unwrap();
            theirs.write_all(answer).unwrap();
            line
        });
        let result = handshake(ours, &AttachParams { cols: 80, ..AttachParams::default() });
        assert!(daemon.join().unwrap().contains("\"cols\":80"));
        result
    }

    #[test]
    fn what_comes_behind_the_hello_is_kept() {
        let answer =
            b"{\"segno\":\"1\",\"protocol\":1,\"pid\":1,\"attach\":{\"acked\":7}}\n\x81\x01\0";
        let connection = answered(answer).unwrap();
        assert_eq!((connection.acked, connection.rest.as_slice()), (7, &b"\x81\x01\0"[..]));
    }

    #[test]
    fn only_what_could_end_otherwise_is_tried_again() {
        let refused = answered(b"{\"segno\":\"1\",\"protocol\":1,\"error\":\"no\"}\n").unwrap_err();
        assert!(!refused.worth_retrying());
        let older = answered(b"{\"segno\":\"0\",\"protocol\":0,\"pid\":1}\n").unwrap_err();
        assert!(!older.worth_retrying(), "{older}");
        let gone = answered(b"{\"segno\"").unwrap_err();
        assert!(gone.worth_retrying(), "{gone}");
    }
}
