//! The daemon's handle to the keeper: blocking calls, and one thread that reads answers and
//! events. Must not decide anything, and knows no tokio: events go to a callback.

use std::collections::HashMap;
use std::io;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::os::unix::net::UnixStream;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::mpsc::{RecvTimeoutError, SyncSender, sync_channel};
use std::time::Duration;

use parking_lot::Mutex;

use super::frame::{FrameError, Inbox, encode};
use super::protocol::{
    ExitStatus, HeldPane, Hello, Message, Request, RequestBody, Revival, Role, SpawnRequest,
    Successor,
};
use segno_base::ids::PaneId;
use segno_base::system::os;
use segno_base::system::unix_socket;

/// How long an answer may take.
const TIMEOUT: Duration = Duration::from_secs(5);

/// Why a call to the keeper failed.
#[derive(Debug, thiserror::Error)]
pub enum KeeperError {
    #[error("cannot reach the keeper: {0}")]
    Unreachable(#[source] io::Error),
    /// The versions do not fit; says which side is older and what to do.
    #[error("{0}")]
    Version(String),
    #[error("the keeper is gone")]
    Lost,
    #[error("the keeper does not answer")]
    Timeout,
    /// It answered that it cannot: why.
    #[error("{0}")]
    Refused(String),
    #[error("the keeper violates its protocol: {0}")]
    Protocol(#[from] FrameError),
    #[error("cannot start the keeper: {0}")]
    Start(String),
}

impl KeeperError {
    /// Whether there is no keeper, or it went while it was being talked to: a dying one's socket
    /// may still be there, and resets what connects to it.
    pub fn is_gone(&self) -> bool {
        matches!(
            self,
            KeeperError::Unreachable(_)
                | KeeperError::Lost
                | KeeperError::Protocol(FrameError::Io(_))
        )
    }
}

/// What the keeper reports unasked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum KeeperEvent {
    /// A pane's program ended. `pid` distinguishes it from a later program in the same pane.
    Exited { pane: PaneId, pid: i32, status: ExitStatus },
    /// The keeper went: start another one and deposit the terminals. The last event.
    Lost,
    /// Another daemon took over: this one must not touch the panes any more. The last event.
    Superseded,
}

/// A started program and its terminal.
#[derive(Debug)]
pub struct Spawned {
    pub pid: i32,
    pub master: OwnedFd,
}

/// A pane's terminal, and what was stashed with it.
#[derive(Debug)]
pub struct Taken {
    pub master: OwnedFd,
    pub stash: Vec<OwnedFd>,
}

type Answer = (Message, Vec<OwnedFd>);

/// A connection to the keeper. Calls block for as long as the keeper takes to answer (usually
/// well below a millisecond, a few for a spawn), at most five seconds. May be shared by threads.
/// Dropping it closes the connection and touches no pane.
pub struct Keeper {
    shared: Arc<Shared>,
    next_id: AtomicU64,
    peer: Hello,
}

struct Shared {
    stream: UnixStream,
    /// Held while a frame is written, so that frames do not mix.
    writing: Mutex<()>,
    /// Whom to give which answer; `None` once there will be no more.
    waiting: Mutex<Option<HashMap<u64, SyncSender<Answer>>>>,
    /// Whether this side ended the connection, so that its end is no loss.
    closed: AtomicBool,
}

impl Keeper {
    /// Connects as the daemon, taking over from an earlier one. Events come on a thread of their
    /// own, which the callback should not hold up. Programs that ended before are not reported
    /// again: [`Keeper::list`] has them.
    pub fn connect(
        socket: &Path,
        on_event: impl Fn(KeeperEvent) + Send + 'static,
    ) -> Result<Keeper, KeeperError> {
        Keeper::open(socket, Role::Daemon, on_event)
    }

    /// Connects to look only: [`Keeper::list`] works, the rest is refused, the daemon is not
    /// disturbed.
    pub fn observe(socket: &Path) -> Result<Keeper, KeeperError> {
        Keeper::open(socket, Role::Observer, |_| ())
    }

    fn open(
        socket: &Path,
        role: Role,
        on_event: impl Fn(KeeperEvent) + Send + 'static,
    ) -> Result<Keeper, KeeperError> {
        let stream = unix_socket::connect(socket).map_err(KeeperError::Unreachable)?;
        let unreachable = KeeperError::Unreachable;
        stream.set_write_timeout(Some(TIMEOUT)).map_err(unreachable)?;
        stream.set_read_timeout(Some(TIMEOUT)).map_err(unreachable)?;
        let ours = Hello::ours(role);
        write_frame(&stream, &encode(&ours)?, &[])?;
        let mut inbox = Inbox::default();
        let peer = loop {
            if let Some(hello) = inbox.take::<Hello>()? {
                break hello;
            }
            match inbox.receive(&stream) {
                Ok(true) => {}
                Ok(false) => return Err(KeeperError::Lost),
                Err(FrameError::Io(error)) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(FrameError::Io(error)) if is_timeout(&error) => {
                    return Err(KeeperError::Timeout);
                }
                // One that is being killed just now.
                Err(FrameError::Io(_)) => return Err(KeeperError::Lost),
                Err(error) => return Err(error.into()),
            }
        };
        if let Some(message) = Hello::mismatch(&ours, &peer) {
            return Err(KeeperError::Version(message));
        }
        stream.set_read_timeout(None).map_err(unreachable)?;
        let shared = Arc::new(Shared {
            stream,
            writing: Mutex::new(()),
            waiting: Mutex::new(Some(HashMap::new())),
            closed: AtomicBool::new(false),
        });
        let reader = Arc::clone(&shared);
        std::thread::Builder::new()
            .name("keeper".to_string())
            .stack_size(128 << 10)
            .spawn(move || read(&reader, inbox, on_event))
            .map_err(unreachable)?;
        Ok(Keeper { shared, next_id: AtomicU64::new(1), peer })
    }

    /// The keeper's process id, where the system reports it.
    pub fn pid(&self) -> Option<i32> {
        segno_base::system::os::peer_pid(&self.shared.stream)
    }

    /// The keeper's release, for `segno doctor`.
    pub fn release(&self) -> &str {
        &self.peer.release
    }

    /// Starts a program in a new terminal. The pane must not be running already.
    pub fn spawn(&self, request: &SpawnRequest) -> Result<Spawned, KeeperError> {
        match self.ask(RequestBody::Spawn(request.clone()), &[])? {
            (Message::Spawned { pid, .. }, fds) => Ok(Spawned { pid, master: only(fds)? }),
            _ => Err(unexpected()),
        }
    }

    /// Every pane that it holds, those included that ended and were not acknowledged, by id.
    pub fn list(&self) -> Result<Vec<HeldPane>, KeeperError> {
        Ok(self.look()?.0)
    }

    /// As [`Keeper::list`], and how starting a daemon again goes while none is there.
    pub fn look(&self) -> Result<(Vec<HeldPane>, Option<Revival>), KeeperError> {
        match self.ask(RequestBody::List, &[])? {
            (Message::Listed { panes, revival, .. }, _) => Ok((panes, revival)),
            _ => Err(unexpected()),
        }
    }

    /// Has the keeper start this should this daemon die. Refused by a keeper of version 0.1.
    pub fn succeed_by(&self, successor: Successor) -> Result<(), KeeperError> {
        self.ask_done(RequestBody::Succeed(successor), &[])
    }

    /// Says that this daemon ends in order, so that the keeper starts none.
    pub fn leave(&self) -> Result<(), KeeperError> {
        self.ask_done(RequestBody::Leave, &[])
    }

    /// A duplicate of a pane's terminal. The keeper goes on holding its own.
    pub fn take(&self, pane: PaneId) -> Result<Taken, KeeperError> {
        match self.ask(RequestBody::Take { pane }, &[])? {
            (Message::Taken { .. }, fds) => {
                let mut fds = fds.into_iter();
                let master = fds.next().ok_or(FrameError::Descriptors)?;
                Ok(Taken { master, stash: fds.collect() })
            }
            _ => Err(unexpected()),
        }
    }

    /// Ends a pane's process groups: SIGHUP now, SIGTERM after half of the time, SIGKILL after
    /// all of it (at once when it is zero). Returns at once; the end comes as an event.
    pub fn kill(&self, pane: PaneId, grace: Duration) -> Result<(), KeeperError> {
        self.ask_done(RequestBody::Kill { pane, grace_ms: milliseconds(grace), note: None }, &[])
    }

    /// As [`Keeper::kill`], and replaces the pane's note in the same step.
    pub fn kill_noting(
        &self,
        pane: PaneId,
        grace: Duration,
        note: &str,
    ) -> Result<(), KeeperError> {
        let (grace_ms, note) = (milliseconds(grace), Some(note.to_string()));
        self.ask_done(RequestBody::Kill { pane, grace_ms, note }, &[])
    }

    /// Lets the keeper forget a pane whose program ended, and close its terminal.
    pub fn ack(&self, pane: PaneId) -> Result<(), KeeperError> {
        self.ask_done(RequestBody::Ack { pane }, &[])
    }

    /// Hands a running pane to a new keeper after the old one's death.
    pub fn deposit(
        &self,
        pane: PaneId,
        pid: i32,
        master: BorrowedFd<'_>,
        note: String,
    ) -> Result<(), KeeperError> {
        self.ask_done(RequestBody::Deposit { pane, pid, note }, &[master])
    }

    /// Has the keeper hold more descriptors for a pane, at most [`super::protocol::STASH_MAX`],
    /// given back by [`Keeper::take`]. They replace what was stashed before.
    pub fn stash(&self, pane: PaneId, stash: &[BorrowedFd<'_>]) -> Result<(), KeeperError> {
        let fds = u8::try_from(stash.len()).unwrap_or(u8::MAX);
        self.ask_done(RequestBody::Stash { pane, fds }, stash)
    }

    /// Ends every pane as [`Keeper::kill`] does, and then the keeper. Returns at once; when it is
    /// done, [`KeeperEvent::Lost`] comes.
    pub fn shutdown(&self, grace: Duration) -> Result<(), KeeperError> {
        self.ask_done(RequestBody::Shutdown { grace_ms: milliseconds(grace) }, &[])
    }

    fn ask_done(&self, body: RequestBody, fds: &[BorrowedFd<'_>]) -> Result<(), KeeperError> {
        match self.ask(body, fds)? {
            (Message::Done { .. }, _) => Ok(()),
            _ => Err(unexpected()),
        }
    }

    fn ask(&self, body: RequestBody, fds: &[BorrowedFd<'_>]) -> Result<Answer, KeeperError> {
        let id = self.next_id.fetch_add(1, Ordering::Relaxed);
        let frame = encode(&Request { id, body })?;
        let (answer, answered) = sync_channel(1);
        self.shared.waiting.lock().as_mut().ok_or(KeeperError::Lost)?.insert(id, answer);
        let sent = {
            let _whole = self.shared.writing.lock();
            write_frame(&self.shared.stream, &frame, fds)
        };
        if let Err(error) = sent {
            self.forget(id);
            // Half a frame may have gone: nothing after it would be understood.
            let _ = self.shared.stream.shutdown(std::net::Shutdown::Both);
            return Err(error);
        }
        match answered.recv_timeout(TIMEOUT) {
            Ok((Message::Failed { message, .. }, _)) => Err(KeeperError::Refused(message)),
            Ok(answer) => Ok(answer),
            Err(RecvTimeoutError::Timeout) => {
                self.forget(id);
                Err(KeeperError::Timeout)
            }
            Err(RecvTimeoutError::Disconnected) => Err(KeeperError::Lost),
        }
    }

    fn forget(&self, id: u64) {
        if let Some(waiting) = self.shared.waiting.lock().as_mut() {
            waiting.remove(&id);
        }
    }
}

impl Drop for Keeper {
    fn drop(&mut self) {
        self.shared.closed.store(true, Ordering::Release);
        let _ = self.shared.stream.shutdown(std::net::Shutdown::Both);
    }
}

/// The reading thread: until the connection ends, for whatever reason.
fn read(shared: &Shared, mut inbox: Inbox, on_event: impl Fn(KeeperEvent)) {
    let last = loop {
        match next(shared, &mut inbox) {
            Ok(Some((Message::Exited { pane, pid, status }, _))) => {
                on_event(KeeperEvent::Exited { pane, pid, status });
            }
            Ok(Some((Message::Superseded, _))) => break KeeperEvent::Superseded,
            Ok(Some((message, fds))) => {
                let waiter = message
                    .answers()
                    .and_then(|id| shared.waiting.lock().as_mut().and_then(|w| w.remove(&id)));
                if let Some(waiter) = waiter {
                    // It may have given up just now; then the descriptors close here.
                    let _ = waiter.try_send((message, fds));
                }
            }
            Ok(None) | Err(_) => break KeeperEvent::Lost,
        }
    };
    // Those who wait learn it by their channel's end.
    shared.waiting.lock().take();
    let _ = shared.stream.shutdown(std::net::Shutdown::Both);
    if !shared.closed.load(Ordering::Acquire) {
        on_event(last);
    }
}

/// The next message with its descriptors; `None` at the end.
fn next(shared: &Shared, inbox: &mut Inbox) -> Result<Option<Answer>, FrameError> {
    loop {
        if let Some(message) = inbox.take::<Message>()? {
            let fds = (0..message.fds()).map(|_| inbox.fd()).collect::<Result<_, _>>()?;
            return Ok(Some((message, fds)));
        }
        match inbox.receive(&shared.stream) {
            Ok(true) => {}
            Ok(false) => return Ok(None),
            Err(FrameError::Io(error)) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
}

/// Writes a whole frame, blocking; the descriptors go with its first byte.
fn write_frame(
    stream: &UnixStream,
    frame: &[u8],
    fds: &[BorrowedFd<'_>],
) -> Result<(), KeeperError> {
    let mut done = 0;
    while done < frame.len() {
        let fds = if done == 0 { fds } else { &[] };
        match os::send_with_fds(stream, &frame[done..], fds) {
            Ok(count) => done += count,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) if is_timeout(&error) => return Err(KeeperError::Timeout),
            Err(_) => return Err(KeeperError::Lost),
        }
    }
    Ok(())
}

fn is_timeout(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::WouldBlock | io::ErrorKind::TimedOut)
}

fn milliseconds(time: Duration) -> u64 {
    u64::try_from(time.as_millis()).unwrap_or(u64::MAX)
}

fn only(fds: Vec<OwnedFd>) -> Result<OwnedFd, KeeperError> {
    fds.into_iter().next().ok_or(KeeperError::Protocol(FrameError::Descriptors))
}

fn unexpected() -> KeeperError {
    KeeperError::Refused("the keeper answered something else than was asked".to_string())
}

impl std::fmt::Debug for Keeper {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Keeper")
            .field("fd", &self.shared.stream.as_fd())
            .field("peer", &self.peer)
            .finish()
    }
}
