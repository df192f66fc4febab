//! The daemon's socket: hello, then control calls or an attached client.

use std::io;
use std::path::Path;
use std::sync::Arc;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{UnixListener, UnixStream};
use tokio::sync::{mpsc, oneshot};

use crate::base::unix_socket;
use crate::wire::attach::AttachReply;
use crate::wire::control::Call;
use crate::wire::hello::{self, DaemonHello, HELLO_MAX, Role};
use crate::wire::line::LINE_MAX;
use crate::wire::rpc::{Request, Response, RpcError};

use super::message::Message;

/// Listens on the daemon's socket; the lock is held, so whatever is there is stale.
pub(super) fn bind(path: &Path) -> io::Result<UnixListener> {
    let listener = unix_socket::bind(path)?;
    listener.set_nonblocking(true)?;
    UnixListener::from_std(listener)
}

/// Accepts connections for as long as the daemon lives.
pub(super) async fn accept(listener: UnixListener, server: mpsc::UnboundedSender<Message>) {
    loop {
        match listener.accept().await {
            Ok((stream, _)) => {
                tokio::spawn(connection(stream, server.clone()));
            }
            Err(error) => {
                // Out of descriptors, most likely: others give theirs back meanwhile.
                tracing::warn!(%error, "cannot accept a connection");
                tokio::time::sleep(std::time::Duration::from_millis(100)).await;
            }
        }
    }
}

async fn connection(stream: UnixStream, server: mpsc::UnboundedSender<Message>) {
    let ours = nix::unistd::geteuid().as_raw();
    if stream.peer_cred().map(|peer| peer.uid()).ok() != Some(ours) {
        tracing::warn!("a connection of another user was refused");
        return;
    }
    let mut lines = Lines { stream, buffer: Vec::new() };
    let Ok(Some(line)) = lines.next(HELLO_MAX).await else { return };
    let pid = std::process::id() as i32;
    let hello = match hello::parse_client(&line).and_then(|h| hello::check_client(&h).map(|()| h)) {
        Ok(hello) => hello,
        Err(why) => {
            let refusal = hello::encode(&DaemonHello::refusal(pid, &why));
            let _ = lines.stream.write_all(&refusal).await;
            return;
        }
    };
    match hello.role {
        Role::Control => {
            if lines.stream.write_all(&hello::encode(&DaemonHello::control(pid))).await.is_ok() {
                control(lines, server).await;
            }
        }
        _ => {
            let params = match hello.attach_params() {
                Ok(params) => params,
                Err(why) => {
                    let refusal = hello::encode(&DaemonHello::refusal(pid, &why));
                    let _ = lines.stream.write_all(&refusal).await;
                    return;
                }
            };
            let stream = Arc::new(lines.stream);
            let (accepted, accept) = oneshot::channel();
            let message = Message::Attach { stream: stream.clone(), params, accepted };
            if server.send(message).is_err() {
                return;
            }
            // The server writes the reply itself, before anything else goes to this client.
            let _ = accept.await;
        }
    }
}

/// The daemon's answer to a client that attaches.
pub(super) fn attach_reply(acked: u64) -> Vec<u8> {
    hello::encode(&DaemonHello::attach(std::process::id() as i32, AttachReply { acked }))
}

/// Serves calls one after the other.
async fn control(mut lines: Lines, server: mpsc::UnboundedSender<Message>) {
    while let Ok(Some(line)) = lines.next(LINE_MAX).await {
        let response = match Request::parse(&line) {
            Err(error) => Some(Response::new(serde_json::Value::Null, Err(error))),
            Ok(request) => {
                let outcome = match Call::parse(&request.method, &request.params) {
                    Err(error) => Some(Err(error)),
                    // A peer that hangs up does not wait for its answer any more.
                    Ok(call) => tokio::select! {
                        outcome = ask(&server, call) => Some(outcome),
                        () = lines.closed() => None,
                    },
                };
                match (outcome, request.id) {
                    (None, _) => return,
                    (Some(outcome), Some(id)) => Some(Response::new(id, outcome)),
                    // A notification: nobody waits for an answer.
                    (Some(_), None) => None,
                }
            }
        };
        if let Some(response) = response
            && lines.stream.write_all(&response.to_line()).await.is_err()
        {
            return;
        }
    }
}

async fn ask(server: &mpsc::UnboundedSender<Message>, call: Call) -> super::message::Answer {
    let stopping = || RpcError::failed("the daemon is stopping");
    let (answer, answered) = oneshot::channel();
    server.send(Message::Call { call: Box::new(call), answer }).map_err(|_| stopping())?;
    answered.await.map_err(|_| stopping())?
}

/// Newline-delimited lines of a stream.
struct Lines {
    stream: UnixStream,
    buffer: Vec<u8>,
}

impl Lines {
    /// The next line without its newline; `None` at the end of the stream.
    async fn next(&mut self, max: usize) -> io::Result<Option<Vec<u8>>> {
        let mut searched = 0;
        loop {
            if let Some(end) = self.buffer[searched..].iter().position(|b| *b == b'\n') {
                let rest = self.buffer.split_off(searched + end + 1);
                let mut line = std::mem::replace(&mut self.buffer, rest);
                line.pop();
                return Ok(Some(line));
            }
            searched = self.buffer.len();
            if searched > max {
                return Err(io::Error::new(io::ErrorKind::InvalidData, "line too long"));
            }
            if self.stream.read_buf(&mut self.buffer).await? == 0 {
                return Ok(None);
            }
        }
    }

    /// Resolves when the peer has closed its side, keeping what it sends meanwhile.
    async fn closed(&mut self) {
        while self.buffer.len() <= LINE_MAX {
            match self.stream.read_buf(&mut self.buffer).await {
                Ok(0) | Err(_) => return,
                Ok(_) => {}
            }
        }
    }
}
