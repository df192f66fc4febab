//! A blocking control connection: one call at a time.

use std::io::{self, ErrorKind, Read, Write};
use std::os::fd::{AsFd, BorrowedFd};
use std::os::unix::net::UnixStream;
use std::time::{Duration, Instant};

use serde::de::DeserializeOwned;
use serde_json::Value;

use super::environment;
use super::process::readable_within;
use segno_base::system::unix_socket;
use segno_client::connect::{ConnectError, read_line};
use segno_store::home::Home;
use segno_wire::control::Call;
use segno_wire::hello::{self, ClientHello, DaemonHello, HelloError};
use segno_wire::line::{LINE_MAX, LineDecoder};
use segno_wire::rpc::{Request, Response, RpcError, code};

/// How long the daemon may take to carry out a call while it answers others.
const PATIENCE: Duration = Duration::from_secs(60);
/// How long it may take to say hello, which it can at once, and to take what is sent to it.
const HELLO_PATIENCE: Duration = Duration::from_secs(5);

/// Why a call came to nothing.
#[derive(Debug, thiserror::Error)]
pub enum CallError {
    /// The two sides do not fit.
    #[error(transparent)]
    Hello(#[from] HelloError),
    /// The daemon could not do it, and says why.
    #[error(transparent)]
    Rpc(RpcError),
    /// The daemon went before it answered.
    #[error("the daemon ended before it answered")]
    Gone,
    /// It takes too long.
    #[error(
        "the daemon does not answer; `segno daemon restart` replaces it, programs keep running"
    )]
    Silent,
    /// The daemon would end the connection for it.
    #[error("what is sent is over 8 MB")]
    TooLarge,
    /// The connection failed.
    #[error("the connection to the daemon failed: {0}")]
    Io(io::Error),
    /// The answer is not what it should be.
    #[error("the daemon's answer cannot be read: {0}")]
    Answer(String),
}

impl From<io::Error> for CallError {
    fn from(error: io::Error) -> CallError {
        match error.kind() {
            ErrorKind::WouldBlock | ErrorKind::TimedOut => CallError::Silent,
            ErrorKind::UnexpectedEof | ErrorKind::BrokenPipe | ErrorKind::ConnectionReset => {
                CallError::Gone
            }
            _ => CallError::Io(error),
        }
    }
}

/// A connection after its hello; readable when an answer comes.
#[derive(Debug)]
pub struct Control {
    stream: UnixStream,
    lines: LineDecoder,
    hello: DaemonHello,
    last: u64,
    /// Where another connection shows whether the daemon answers anybody.
    home: Option<Home>,
}

impl Control {
    /// Says hello.
    pub fn open(mut stream: UnixStream) -> Result<Control, CallError> {
        stream.set_read_timeout(Some(HELLO_PATIENCE))?;
        stream.set_write_timeout(Some(HELLO_PATIENCE))?;
        let own = environment::pane();
        let hello = ClientHello::control().in_pane(own.as_deref());
        stream.write_all(&hello::encode(&hello))?;
        let (line, rest) = read_line(&mut stream).map_err(|e| match e {
            ConnectError::Broken(e) => CallError::from(e),
            ConnectError::Refused(e) => CallError::Hello(e),
            ConnectError::NoDaemon(_) => CallError::Gone,
        })?;
        let hello = hello::parse_daemon(&line)?;
        let mut lines = LineDecoder::default();
        lines.push(&rest);
        Ok(Control { stream, lines, hello, last: 0, home: None })
    }

    /// The daemon of this home is at the other end.
    pub fn of(self, home: Home) -> Control {
        Control { home: Some(home), ..self }
    }

    /// What the daemon said of itself.
    pub fn hello(&self) -> &DaemonHello {
        &self.hello
    }

    /// Makes a call and waits for its result.
    pub fn call<T: DeserializeOwned>(&mut self, call: &Call) -> Result<T, CallError> {
        self.ask(call)?;
        self.answer()
    }

    /// Makes a call, whose result is then to be taken by [`Control::answer`].
    pub fn ask(&mut self, call: &Call) -> Result<(), CallError> {
        hello::check_daemon(&self.hello, Some(call.method()))?;
        self.last += 1;
        self.stream.set_read_timeout((!lasts(call)).then_some(HELLO_PATIENCE))?;
        let request = Request::new(self.last, call.method(), call.params()).to_line();
        if request.len() > LINE_MAX {
            return Err(CallError::TooLarge);
        }
        Ok(self.stream.write_all(&request)?)
    }

    /// Waits for the result of the last call.
    pub fn answer<T: DeserializeOwned>(&mut self) -> Result<T, CallError> {
        let wanted = Value::from(self.last);
        let end = Instant::now() + PATIENCE;
        loop {
            let line = match self.next_line() {
                // It may be busy with this call alone.
                Err(CallError::Silent) if Instant::now() < end && self.answers_others() => continue,
                line => line?,
            };
            let response = Response::parse(&line).map_err(CallError::Rpc)?;
            // Whatever a later version sends unasked is not for this client.
            if response.id != wanted && !(response.id.is_null() && response.error.is_some()) {
                continue;
            }
            let outcome = response.outcome();
            if outcome.as_ref().is_err_and(|error| error.code == code::STOPPING) {
                // Whoever asks again finds none, or the next one.
                self.closed_within(PATIENCE);
                return Err(CallError::Gone);
            }
            let result = outcome.map_err(CallError::Rpc)?;
            return serde_json::from_value(result).map_err(|e| CallError::Answer(e.to_string()));
        }
    }

    /// Whether the daemon closes the connection within this time.
    pub fn closed_within(&mut self, patience: Duration) -> bool {
        let end = Instant::now() + patience;
        loop {
            if !readable_within(&self.stream, end.saturating_duration_since(Instant::now())) {
                return false;
            }
            match self.stream.read(&mut [0; 512]) {
                Ok(0) | Err(_) => return true,
                Ok(_) => {}
            }
        }
    }

    /// Whether the daemon says hello to somebody else.
    fn answers_others(&self) -> bool {
        let stream = |home: &Home| unix_socket::connect(&home.daemon_socket()).ok();
        self.home.as_ref().and_then(stream).is_some_and(|s| Control::open(s).is_ok())
    }

    fn next_line(&mut self) -> Result<Vec<u8>, CallError> {
        let mut buffer = [0; 16 * 1024];
        loop {
            match self.lines.next_line() {
                Ok(Some(line)) => return Ok(line.to_vec()),
                Ok(None) => {}
                Err(e) => return Err(CallError::Answer(e.to_string())),
            }
            match self.stream.read(&mut buffer) {
                Ok(0) => return Err(CallError::Gone),
                Ok(n) => self.lines.push(&buffer[..n]),
                Err(e) if e.kind() == ErrorKind::Interrupted => {}
                Err(e) => return Err(e.into()),
            }
        }
    }
}

/// Whether a call is a wait, which lasts as long as it lasts: the daemon keeps its time.
pub fn lasts(call: &Call) -> bool {
    match call {
        Call::PaneWait(_) | Call::PanePromptWait(_) | Call::WorkspaceWait(_) => true,
        Call::EventsRead(asked) => asked.wait,
        _ => false,
    }
}

impl AsFd for Control {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.stream.as_fd()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use segno_wire::PROTOCOL;
    use segno_wire::control::panes::pane_info::PaneList;
    use serde_json::json;
    use std::io::{BufRead, BufReader};

    /// A daemon that says this hello and then answers each request with these lines.
    fn daemon(hello: Value, answers: Vec<String>) -> UnixStream {
        let (ours, theirs) = UnixStream::pair().unwrap();
        std::thread::spawn(move || {
            let mut writer = theirs.try_clone().unwrap();
            let mut requests = BufReader::new(theirs).lines();
            requests.next();
            let _ = writeln!(writer, "{hello}");
            for answer in answers {
                if requests.next().is_none() {
                    break;
                }
                let _ = writer.write_all(answer.as_bytes());
            }
        });
        ours
    }

    fn hello(protocol: u32) -> Value {
        json!({ "segno": "0.0.9", "protocol": protocol, "pid": 1 })
    }

    #[test]
    fn an_answer_is_found_among_others_and_across_reads() {
        let lines = "{\"jsonrpc\":\"2.0\",\"id\":77,\"result\":1}\n\
                     {\"jsonrpc\":\"2.0\",\"id\":1,\"result\":{\"panes\":[]}}\n";
        let mut control = Control::open(daemon(hello(PROTOCOL), vec![lines.into()])).unwrap();
        let panes: PaneList = control.call(&Call::PaneList).unwrap();
        assert!(panes.panes.is_empty());
        let gone = control.call::<PaneList>(&Call::PaneList);
        assert!(matches!(gone, Err(CallError::Gone)), "{gone:?}");
    }

    #[test]
    fn an_old_daemon_still_lists_and_stops() {
        let answer = "{\"jsonrpc\":\"2.0\",\"id\":1,\"result\":{}}\n";
        let mut control = Control::open(daemon(hello(0), vec![answer.into()])).unwrap();
        let refused = control.call::<Value>(&Call::TypesList).unwrap_err().to_string();
        assert!(refused.contains("0.0.9") && refused.contains("restart"), "{refused}");
        assert!(control.call::<PaneList>(&Call::PaneList).is_ok());
    }

    #[test]
    fn errors_and_nonsense_differ() {
        let error = "{\"jsonrpc\":\"2.0\",\"id\":1,\"error\":{\"code\":2,\"message\":\"no\"}}\n";
        let mut control = Control::open(daemon(hello(PROTOCOL), vec![error.into()])).unwrap();
        assert!(matches!(control.call::<Value>(&Call::PaneList), Err(CallError::Rpc(_))));
        let odd = "{\"jsonrpc\":\"2.0\",\"id\":1,\"result\":{\"panes\":5}}\n";
        let mut control = Control::open(daemon(hello(PROTOCOL), vec![odd.into()])).unwrap();
        assert!(matches!(control.call::<PaneList>(&Call::PaneList), Err(CallError::Answer(_))));
        let refusal = json!({ "segno": "9", "protocol": 9, "error": "go away" });
        assert!(matches!(Control::open(daemon(refusal, vec![])), Err(CallError::Hello(_))));
        assert!(matches!(Control::open(daemon(json!("HTTP"), vec![])), Err(CallError::Hello(_))));
    }
}
