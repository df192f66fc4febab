//! The daemon's socket: hello, then control calls or an attached client.

use std::collections::VecDeque;
use std::io;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use serde_json::Value;
use tokio::io::{AsyncReadExt, AsyncWriteExt, Interest};
use tokio::net::{UnixListener, UnixStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, mpsc, oneshot};
use tokio::task::{AbortHandle, JoinError, JoinSet};
use tokio::time::{timeout, timeout_at};

use super::subscription::follow;
use crate::server::lifecycle::connections_max;
use crate::server::message::{Caller, Message};
use segno_base::system::unix_socket;
use segno_wire::attach::AttachReply;
use segno_wire::control::Call;
use segno_wire::hello::{self, DaemonHello, HELLO_MAX, HelloError, Role};
use segno_wire::line::LINE_MAX;
use segno_wire::rpc::{Request, Response, RpcError, code};

/// How long a peer may take to say hello.
const HELLO_TIME: Duration = Duration::from_secs(5);
/// And where others wait for its place.
const HELLO_GRACE: Duration = Duration::from_millis(250);
/// Calls of one connection that may be under way; the next ones wait in its socket.
const CALLS_MAX: usize = 64;
/// Calls of all connections together that may be under way.
const ALL_CALLS_MAX: u32 = 4096;
/// How often a peer that has closed its side, and waits for an answer, is looked at.
#[cfg(not(any(target_os = "linux", target_os = "android")))]
const HANG_UP: std::time::Duration = std::time::Duration::from_secs(1);

/// Listens on the daemon's socket; the lock is held, so whatever is there is stale.
pub(in crate::server) fn bind(path: &Path) -> io::Result<UnixListener> {
    let listener = unix_socket::bind(path)?;
    listener.set_nonblocking(true)?;
    UnixListener::from_std(listener)
}

/// The calls that are under way, so that the daemon does not end before they are answered.
#[derive(Clone)]
pub(in crate::server) struct Calls(Arc<Semaphore>);

impl Calls {
    pub fn new() -> Calls {
        Calls(Arc::new(Semaphore::new(ALL_CALLS_MAX as usize)))
    }

    /// Resolves when every answer was written.
    pub async fn answered(&self) {
        let _ = self.0.acquire_many(ALL_CALLS_MAX).await;
    }

    async fn begin(&self) -> Option<OwnedSemaphorePermit> {
        self.0.clone().acquire_owned().await.ok()
    }
}

/// An answer to write, if any is wanted, and the call that is under way until then.
type Answer = (Option<Response>, Option<OwnedSemaphorePermit>);

/// Accepts connections for as long as the daemon lives.
pub(in crate::server) async fn accept(
    listener: UnixListener,
    server: mpsc::UnboundedSender<Message>,
    calls: Calls,
) {
    let mut door = Door::new(connections_max());
    loop {
        match listener.accept().await {
            Ok((stream, _)) => match door.enter().await {
                Some(seat) => {
                    let greeted = Arc::new(AtomicBool::new(false));
                    let served = connection(stream, server.clone(), calls.clone(), seat, {
                        let greeted = greeted.clone();
                        move || greeted.store(true, Ordering::Relaxed)
                    });
                    let task = tokio::spawn(served).abort_handle();
                    door.newcomers.push_back(Newcomer { since: Instant::now(), greeted, task });
                }
                None => {
                    tracing::warn!("a connection was refused: there are too many");
                    let why = "there are too many connections to the daemon; try again later";
                    refuse(&stream, &HelloError::Refused(why.into()));
                }
            },
            Err(error) => {
                // Out of descriptors, most likely: others give theirs back meanwhile.
                tracing::warn!(%error, "cannot accept a connection");
                tokio::time::sleep(std::time::Duration::from_millis(100)).await;
            }
        }
    }
}

/// As many connections as there is room for. Those that have not said hello make room.
struct Door {
    seats: Arc<Semaphore>,
    /// Those that had not said hello when they were looked at last, oldest first.
    newcomers: VecDeque<Newcomer>,
}

struct Newcomer {
    since: Instant,
    greeted: Arc<AtomicBool>,
    task: AbortHandle,
}

impl Door {
    fn new(seats: usize) -> Door {
        Door { seats: Arc::new(Semaphore::new(seats)), newcomers: VecDeque::new() }
    }

    /// The right to one more connection; `None` when all are in use.
    async fn enter(&mut self) -> Option<OwnedSemaphorePermit> {
        self.newcomers
            .retain(|one| !one.greeted.load(Ordering::Relaxed) && !one.task.is_finished());
        if let Ok(seat) = self.seats.clone().try_acquire_owned() {
            return Some(seat);
        }
        // Some may be done in a moment; those that are silent for longer go.
        let soon = self.newcomers.front().map_or(Instant::now(), |one| one.since) + HELLO_GRACE;
        if let Ok(seat) = timeout_at(soon.into(), self.seats.clone().acquire_owned()).await {
            return seat.ok();
        }
        while let Some(one) = self.newcomers.pop_front() {
            if !one.greeted.load(Ordering::Relaxed) && !one.task.is_finished() {
                one.task.abort();
                return self.seats.clone().acquire_owned().await.ok();
            }
        }
        None
    }
}

/// Says why not, as far as the socket takes it.
fn refuse(stream: &UnixStream, why: &HelloError) {
    let _ = stream.try_write(&hello::encode(&DaemonHello::refusal(std::process::id() as i32, why)));
}

/// Serves one connection; `greeted` is called when its hello is there.
async fn connection(
    stream: UnixStream,
    server: mpsc::UnboundedSender<Message>,
    all: Calls,
    seat: OwnedSemaphorePermit,
    greeted: impl FnOnce(),
) {
    let ours = nix::unistd::geteuid().as_raw();
    let peer = stream.peer_cred().ok();
    if peer.as_ref().map(|peer| peer.uid()) != Some(ours) {
        tracing::warn!("a connection of another user was refused");
        return;
    }
    let mut lines = Lines { stream, buffer: Vec::new() };
    let line = match timeout(HELLO_TIME, lines.next(HELLO_MAX)).await {
        Ok(Ok(Some(line))) => line,
        Ok(_) => return,
        Err(_) => {
            let why = format!("no hello within {} seconds", HELLO_TIME.as_secs());
            return refuse(&lines.stream, &HelloError::Refused(why));
        }
    };
    greeted();
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
                let pid = peer.and_then(|peer| peer.pid()).filter(|pid| *pid > 0);
                let caller = Caller { pid, pane: hello.own_pane() };
                control(lines, server, all, caller).await;
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
            let message = Message::Attach { stream: stream.clone(), params, seat, accepted };
            if server.send(message).is_err() {
                return;
            }
            // The server writes the reply itself, before anything else goes to this client.
            let _ = accept.await;
        }
    }
}

/// The daemon's answer to a client that attaches.
pub(in crate::server) fn attach_reply(acked: u64) -> Vec<u8> {
    hello::encode(&DaemonHello::attach(std::process::id() as i32, AttachReply { acked }))
}

/// Serves calls: they are carried out in their order and answered as soon as the answer is known,
/// so that a wait holds up nothing. A peer that hangs up waits for nothing any more.
async fn control(
    mut lines: Lines,
    server: mpsc::UnboundedSender<Message>,
    all: Calls,
    caller: Caller,
) {
    let mut calls: JoinSet<Answer> = JoinSet::new();
    // They end with this function.
    let mut subscriptions: JoinSet<()> = JoinSet::new();
    let (pushes, mut pushed) = mpsc::channel(1);
    loop {
        let room = calls.len() + subscriptions.len() < CALLS_MAX;
        let (bytes, _under_way) = tokio::select! {
            Some(answered) = calls.join_next() => line_of(answered),
            bytes = pushed.recv() => (bytes, None),
            Some(_) = subscriptions.join_next() => continue,
            line = lines.next_call(room) => {
                let Ok(Some(line)) = line else { break };
                match read(&line) {
                    Ok((id, Call::EventsSubscribe(asked))) => {
                        let (server, pushes) = (server.clone(), pushes.clone());
                        subscriptions.spawn(follow(asked, id, caller, server, pushes));
                        continue;
                    }
                    Ok((id, call)) => {
                        begin(id, call, &server, &mut calls, all.begin().await, caller);
                        continue;
                    }
                    Err(refused) => (Some(refused), None),
                }
            }
        };
        if lines.stream.write_all(&bytes.unwrap_or_default()).await.is_err() {
            return;
        }
    }
    // A peer that has said all it wants may still read; one that is gone does not.
    while !calls.is_empty() || !subscriptions.is_empty() {
        let (bytes, _under_way) = tokio::select! {
            Some(answered) = calls.join_next() => line_of(answered),
            bytes = pushed.recv() => (bytes, None),
            Some(_) = subscriptions.join_next() => continue,
            () = hung_up(&lines.stream) => return,
        };
        if lines.stream.write_all(&bytes.unwrap_or_default()).await.is_err() {
            return;
        }
    }
}

/// What is written, if anything, and the call that is under way until then.
fn line_of(answered: Result<Answer, JoinError>) -> (Option<Vec<u8>>, Option<OwnedSemaphorePermit>) {
    let (response, under_way) = answered.unwrap_or_default();
    (response.map(|response| response.to_line()), under_way)
}

/// Resolves when nobody reads at the other end any more. A descriptor of its own is watched for
/// that: the stream's is readable and writable all the time after the peer has said all it wants.
#[cfg(any(target_os = "linux", target_os = "android"))]
async fn hung_up(stream: &UnixStream) {
    use std::os::fd::AsFd;
    use tokio::io::unix::AsyncFd;
    #[expect(
        deprecated,
        reason = "the successor is unsafe for types whose descriptor may change; an OwnedFd's does not"
    )]
    let watched = stream
        .as_fd()
        .try_clone_to_owned()
        .and_then(|fd| AsyncFd::with_interest(fd, Interest::PRIORITY));
    match watched {
        // Nobody sends anything urgent, so this is the end.
        Ok(watched) => drop(watched.ready(Interest::PRIORITY).await),
        Err(_) => std::future::pending().await,
    }
}

/// Resolves when nobody reads at the other end any more: asked now and then, for no event here
/// reports that alone.
#[cfg(not(any(target_os = "linux", target_os = "android")))]
async fn hung_up(stream: &UnixStream) {
    while let Ok(ready) = stream.ready(Interest::WRITABLE).await {
        if ready.is_write_closed() {
            return;
        }
        tokio::time::sleep(HANG_UP).await;
    }
}

/// A call and the id that its answer has, if one is wanted; or the line that answers what is no
/// call.
fn read(line: &[u8]) -> Result<(Option<Value>, Call), Vec<u8>> {
    let refused = |id, error| Response::new(id, Err(error)).to_line();
    let request = Request::parse(line).map_err(|error| refused(Value::Null, error))?;
    match Call::parse(&request.method, &request.params) {
        Ok(call) => Ok((request.id, call)),
        // A notification has no id: nobody waits for an answer.
        Err(error) => Err(request.id.map(|id| refused(id, error)).unwrap_or_default()),
    }
}

/// Hands a call to the server.
fn begin(
    id: Option<Value>,
    call: Call,
    server: &mpsc::UnboundedSender<Message>,
    calls: &mut JoinSet<Answer>,
    under_way: Option<OwnedSemaphorePermit>,
    caller: Caller,
) {
    let (answer, answered) = oneshot::channel();
    // When the server is gone, so is the answer's other end.
    let _ = server.send(Message::Call { call: Box::new(call), caller, answer });
    calls.spawn(async move {
        let stopping = |_| Err(RpcError::new(code::STOPPING, "the daemon is stopping; try again"));
        let outcome = answered.await.unwrap_or_else(stopping);
        (id.map(|id| Response::new(id, outcome)), under_way)
    });
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

    /// The next call; when there is no room for one, only the end of the connection.
    async fn next_call(&mut self, room: bool) -> io::Result<Option<Vec<u8>>> {
        if room {
            return self.next(LINE_MAX).await;
        }
        self.closed().await;
        Ok(None)
    }

    /// Resolves when the peer has closed its side, keeping what it sends meanwhile.
    async fn closed(&mut self) {
        while self.buffer.len() <= LINE_MAX {
            match self.stream.read_buf(&mut self.buffer).await {
                Ok(0) | Err(_) => return,
                Ok(_) => {}
            }
        }
        // Enough is kept; the rest waits in the socket.
        std::future::pending().await
    }
}
