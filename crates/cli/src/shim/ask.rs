//! A shim's question to the daemon. It waits for little: a program is about to start.

use std::io::{ErrorKind, Read, Write};
use std::os::unix::net::UnixStream;
use std::time::{Duration, Instant};

use segno_base::system::unix_socket;
use segno_store::home::Home;
use segno_wire::control::Call;
use segno_wire::control::panes::guest::{ShellStart, ShellStarts};
use segno_wire::hello::{self, ClientHello};
use segno_wire::line::LineDecoder;
use segno_wire::rpc::{Request, Response, code};

/// How long all of it may take. The daemon may have to ask the program for its version first.
const PATIENCE: Duration = Duration::from_secs(4);
/// How long a daemon may be gone: one that died, or is restarted, is followed by another.
const GONE: Duration = Duration::from_millis(700);
const PAUSE: Duration = Duration::from_millis(20);

/// Asks, or says in a few words why there is no answer.
pub(super) fn ask(home: &Home, asked: ShellStart) -> Result<ShellStarts, String> {
    let begun = Instant::now();
    let mut peer = loop {
        match unix_socket::connect(&home.daemon_socket()) {
            Ok(stream) => {
                break Peer { stream, lines: LineDecoder::default(), end: begun + PATIENCE };
            }
            Err(error) => {
                let soon =
                    matches!(error.kind(), ErrorKind::NotFound | ErrorKind::ConnectionRefused);
                if !soon || begun.elapsed() > GONE {
                    return Err("the daemon does not run; `segno` starts it".to_string());
                }
                std::thread::sleep(PAUSE);
            }
        }
    };
    let call = Call::ShellStart(Box::new(asked));
    peer.send(&hello::encode(&ClientHello::control()))?;
    let daemon = hello::parse_daemon(&peer.line()?).map_err(|error| error.to_string())?;
    hello::check_daemon(&daemon, Some(call.method())).map_err(|error| error.to_string())?;
    peer.send(&Request::new(1, call.method(), call.params()).to_line())?;
    let answer = Response::parse(&peer.line()?).map_err(|error| error.to_string())?;
    let result = answer.outcome().map_err(|error| match error.code {
        code::NO_METHOD => "the daemon is older; `segno daemon restart`".to_string(),
        _ => error.message,
    })?;
    serde_json::from_value(result).map_err(|error| format!("its answer cannot be read: {error}"))
}

struct Peer {
    stream: UnixStream,
    lines: LineDecoder,
    end: Instant,
}

impl Peer {
    fn left(&self) -> Result<Duration, String> {
        let left = self.end.saturating_duration_since(Instant::now());
        if left.is_zero() { Err(SILENT.to_string()) } else { Ok(left) }
    }

    fn send(&mut self, bytes: &[u8]) -> Result<(), String> {
        self.stream.set_write_timeout(Some(self.left()?)).map_err(why)?;
        self.stream.write_all(bytes).map_err(why)
    }

    fn line(&mut self) -> Result<Vec<u8>, String> {
        let mut buffer = [0; 16 * 1024];
        loop {
            if let Some(line) = self.lines.next_line().map_err(|error| error.to_string())? {
                return Ok(line.to_vec());
            }
            self.stream.set_read_timeout(Some(self.left()?)).map_err(why)?;
            match self.stream.read(&mut buffer) {
                Ok(0) => return Err("the daemon ended before it answered".to_string()),
                Ok(n) => self.lines.push(&buffer[..n]),
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) => return Err(why(error)),
            }
        }
    }
}

const SILENT: &str = "the daemon does not answer; `segno daemon restart`";

fn why(error: std::io::Error) -> String {
    match error.kind() {
        ErrorKind::WouldBlock | ErrorKind::TimedOut => SILENT.to_string(),
        _ => format!("the connection to the daemon failed: {error}"),
    }
}
