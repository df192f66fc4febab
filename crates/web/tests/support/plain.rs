//! A plain client of HTTP and WebSockets, for tests: it says what it is given, and nothing else.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

/// How long an answer may take.
const PATIENCE: Duration = Duration::from_secs(20);

/// Sends a request as it is; the status and all of the answer's text.
pub fn request(address: SocketAddr, request: &str) -> (u16, String) {
    answer(&mut BufReader::new(sent(address, request)))
}

/// The head of a request from the server's own page.
pub fn head(address: SocketAddr) -> String {
    format!("Host: {address}\r\nOrigin: http://{address}\r\nSec-Fetch-Site: same-origin\r\n")
}

/// Asks for a channel: the status, the answer's head, and the channel.
pub fn upgrade(address: SocketAddr, path: &str, head: &str) -> (u16, String, Channel) {
    let asked = format!(
        "GET {path} HTTP/1.1\r\n{head}Connection: Upgrade\r\nUpgrade: websocket\r\n\
         Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: MDEyMzQ1Njc4OWFiY2RlZg==\r\n\r\n"
    );
    let mut reader = BufReader::new(sent(address, &asked));
    let (status, text) = answer(&mut reader);
    (status, text, Channel(reader))
}

fn sent(address: SocketAddr, request: &str) -> TcpStream {
    let mut stream = TcpStream::connect(address).expect("the server listens");
    stream.set_read_timeout(Some(PATIENCE)).expect("a timeout");
    // One that is too large need not be taken to its end.
    let _ = stream.write_all(request.as_bytes());
    stream
}

/// The status and all of the answer's text; of an upgrade, its head.
fn answer(reader: &mut impl BufRead) -> (u16, String) {
    let (mut text, mut length) = (String::new(), None);
    loop {
        let mut line = String::new();
        if reader.read_line(&mut line).unwrap_or(0) == 0 || line == "\r\n" {
            break;
        }
        if let Some(value) = line.to_lowercase().strip_prefix("content-length:") {
            length = value.trim().parse::<usize>().ok();
        }
        text += &line;
    }
    let status = text.split(' ').nth(1).and_then(|s| s.parse().ok()).unwrap_or(0);
    let mut body = vec![0; length.unwrap_or(0)];
    let _ = reader.read_exact(&mut body);
    (status, text + "\r\n" + &String::from_utf8_lossy(&body))
}

/// A WebSocket.
pub struct Channel(BufReader<TcpStream>);

impl Channel {
    /// Waits no longer than this for what comes.
    pub fn within(&mut self, patience: Duration) {
        self.0.get_ref().set_read_timeout(Some(patience)).expect("a timeout");
    }

    /// A frame of a client's, which must be masked; a mask of zeros leaves it as it is.
    pub fn send(&mut self, opcode: u8, payload: &[u8]) {
        let mut bytes = vec![0x80 | opcode];
        match u16::try_from(payload.len()) {
            Ok(length) if length < 126 => bytes.push(0x80 | length as u8),
            Ok(length) => {
                bytes.push(0x80 | 126);
                bytes.extend(length.to_be_bytes());
            }
            Err(_) => {
                bytes.push(0x80 | 127);
                bytes.extend((payload.len() as u64).to_be_bytes());
            }
        }
        bytes.extend([0; 4]);
        bytes.extend(payload);
        self.raw(&bytes);
    }

    /// Bytes that need not be a frame.
    pub fn raw(&mut self, bytes: &[u8]) {
        let _ = self.0.get_mut().write_all(bytes);
    }

    /// The next message: its opcode and payload; nothing where the channel has ended.
    pub fn next(&mut self) -> Option<(u8, Vec<u8>)> {
        let mut head = [0; 2];
        self.0.read_exact(&mut head).ok()?;
        let length = match head[1] & 0x7f {
            126 => {
                let mut two = [0; 2];
                self.0.read_exact(&mut two).ok()?;
                usize::from(u16::from_be_bytes(two))
            }
            127 => {
                let mut eight = [0; 8];
                self.0.read_exact(&mut eight).ok()?;
                usize::try_from(u64::from_be_bytes(eight)).ok()?
            }
            length => usize::from(length),
        };
        let mut payload = vec![0; length];
        self.0.read_exact(&mut payload).ok()?;
        Some((head[0] & 0x0f, payload))
    }

    /// Why it was closed.
    pub fn closed(&mut self) -> Option<u16> {
        loop {
            let (opcode, payload) = self.next()?;
            if opcode == 8 {
                return Some(u16::from_be_bytes([*payload.first()?, *payload.get(1)?]));
            }
        }
    }
}
