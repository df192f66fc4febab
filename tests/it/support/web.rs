//! `segno web` beside a test's Segno, and a browser that is none.

use std::io::{BufRead, BufReader};
use std::net::SocketAddr;
use std::process::{Child, Stdio};

use serde_json::{Value, json};

use super::segno::{Segno, program};
use segno_wire::frame::{FrameDecoder, FromClient, FromDaemon};

#[path = "../../../crates/web/tests/support/plain.rs"]
pub mod plain;

/// The server; killed when dropped.
pub struct Web {
    child: Child,
    pub address: SocketAddr,
    /// The code that it has shown.
    pub code: String,
}

impl Web {
    /// On a port that is free, or on this one.
    pub fn start(segno: &Segno, port: u16) -> Self {
        let listen = format!("127.0.0.1:{port}");
        let mut command = segno.command(program());
        command.args(["web", "--listen", &listen]).stdout(Stdio::piped());
        let mut child = command.spawn().expect("segno can be run");
        let lines = BufReader::new(child.stdout.take().expect("a pipe")).lines();
        let link = lines.map_while(Result::ok).find_map(|line| {
            let (url, code) = line.strip_prefix("http://")?.split_once("/#code=")?;
            Some((url.parse().expect("an address"), code.to_string()))
        });
        let (address, code) = link.expect("it says where it is");
        Self { child, address, code }
    }

    pub fn pid(&self) -> i32 {
        i32::try_from(self.child.id()).expect("a process id")
    }

    /// As `kill -9` does.
    pub fn kill(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }

    pub fn get(&self, path: &str, cookie: &str) -> (u16, String) {
        let head = plain::head(self.address);
        let asked =
            format!("GET {path} HTTP/1.1\r\n{head}Cookie: {cookie}\r\nConnection: close\r\n\r\n");
        plain::request(self.address, &asked)
    }

    pub fn post(&self, path: &str, cookie: &str, body: &Value) -> (u16, String) {
        let (head, body) = (plain::head(self.address), body.to_string());
        let length = body.len();
        let asked = format!(
            "POST {path} HTTP/1.1\r\n{head}Cookie: {cookie}\r\nContent-Type: application/json\r\n\
             Content-Length: {length}\r\nConnection: close\r\n\r\n{body}"
        );
        plain::request(self.address, &asked)
    }

    /// Exchanges a code for a cookie.
    #[track_caller]
    pub fn sign_in(&self, code: &str) -> String {
        let (status, said) = self.post("/api/login", "", &json!({ "code": code }));
        assert_eq!(status, 200, "{said}");
        let cookie = said.lines().find_map(|line| {
            let (name, value) = line.split_once(": ")?;
            name.eq_ignore_ascii_case("set-cookie").then(|| value.split(';').next())?
        });
        cookie.expect("a cookie").to_string()
    }

    /// A channel that is open.
    #[track_caller]
    pub fn channel(&self, path: &str, cookie: &str) -> plain::Channel {
        let head = plain::head(self.address) + &format!("Cookie: {cookie}\r\n");
        let (status, text, channel) = plain::upgrade(self.address, path, &head);
        assert_eq!(status, 101, "{text}");
        channel
    }
}

impl Drop for Web {
    fn drop(&mut self) {
        self.kill();
    }
}

/// A pane in a browser that draws nothing.
pub struct Pane {
    channel: plain::Channel,
    frames: FrameDecoder,
    /// All that was to be drawn on this connection.
    pub output: Vec<u8>,
    pub acked: u64,
}

impl Pane {
    /// Attaches; `token` names it across connections.
    #[track_caller]
    pub fn open(
        web: &Web,
        cookie: &str,
        pane: &str,
        size: (u16, u16),
        token: u8,
        acked: u64,
    ) -> Self {
        let mut channel = web.channel(&format!("/ws/panes/{pane}"), cookie);
        let (cols, rows) = size;
        let token = format!("{token:032x}");
        let hello = json!({ "cols": cols, "rows": rows, "token": token, "acked": acked });
        channel.send(1, hello.to_string().as_bytes());
        let (opcode, said) = channel.next().expect("an answer");
        assert_eq!(opcode, 1, "{:?}", String::from_utf8_lossy(&said));
        let said: Value = serde_json::from_slice(&said).expect("JSON");
        let acked = said["acked"].as_u64().expect("a number");
        Self { channel, frames: FrameDecoder::new(Vec::new()), output: Vec::new(), acked }
    }

    pub fn send(&mut self, frame: &FromClient) {
        let mut bytes = Vec::new();
        frame.encode(&mut bytes);
        self.channel.send(2, &bytes);
    }

    pub fn typed(&mut self, seq: u64, text: &str) {
        self.send(&FromClient::Input { seq, bytes: text.as_bytes().to_vec() });
    }

    /// Takes one message; false where none came, or the channel ended.
    pub fn take(&mut self) -> bool {
        let Some((2, bytes)) = self.channel.next() else { return false };
        self.frames.push(&bytes);
        while let Some(frame) = self.frames.next_from_daemon().expect("frames") {
            match frame {
                FromDaemon::Output(bytes) => self.output.extend(bytes),
                FromDaemon::Ack(seq) => self.acked = self.acked.max(seq),
                FromDaemon::Bye(_) | FromDaemon::Unknown(_) => {}
            }
        }
        true
    }

    /// Draws what comes until it has this.
    #[track_caller]
    pub fn wait_text(&mut self, text: &str) {
        while !self.text().contains(text) {
            assert!(self.take(), "no {text:?} in {:?}", self.text());
            self.send(&FromClient::Shown(self.output.len() as u64));
        }
    }

    /// Draws what comes until so much was handled.
    #[track_caller]
    pub fn wait_acked(&mut self, seq: u64) {
        while self.acked < seq {
            assert!(self.take(), "{} instead of {seq}", self.acked);
            self.send(&FromClient::Shown(self.output.len() as u64));
        }
    }

    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.output).into_owned()
    }

    /// Why it was closed.
    pub fn closed(&mut self) -> Option<u16> {
        self.channel.closed()
    }

    pub fn within(&mut self, patience: std::time::Duration) {
        self.channel.within(patience);
    }
}
