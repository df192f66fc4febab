//! Where the daemon is found: its locks, its socket and its directories. What somebody tidied away
//! while it runs is made anew at once, so that nobody takes it for gone and starts another one.

use std::os::fd::{AsFd, AsRawFd, RawFd};
use std::sync::Arc;
use std::time::Duration;

use tokio::io::Interest;
use tokio::io::unix::AsyncFd;
use tokio::net::UnixListener;
use tokio::sync::mpsc;
use tokio::task::JoinHandle;

use super::super::aside::look::write_missing;
use super::super::aside::{Lane, Work};
use super::super::message::Message;
use super::super::{Ending, ServerError, clock};
use super::Locks;
use crate::server::client::Clients;
use crate::server::control::listen::{self, Calls};
use crate::server::lifecycle::diagnostics::Topic;
use crate::server::shared::Shared;
use segno_agent::panetype::hook;
use segno_base::ids::PaneId;
use segno_base::system::unix_socket;
use segno_base::system::vanish::Vanishing;
use segno_store::home::Home;
use segno_wire::frame::ByeReason;

/// How soon what could not be made anew is tried again.
const RETRY: Duration = Duration::from_secs(2);
/// Entries of the home and of `run/` whose end matters.
const NAMES: [&str; 10] = [
    ".daemon.lock",
    "daemon.lock",
    "daemon.sock",
    "run",
    "claims",
    "events",
    "sessions",
    "notes",
    "panes",
    "themes",
];

/// What the daemon holds of its place.
pub(in super::super) struct Place {
    locks: Locks,
    /// Distinguishes the socket that is listened on from another at its path.
    socket: Option<(u64, u64)>,
    accepting: Option<JoinHandle<()>>,
    vanishing: Option<Arc<AsyncFd<Watched>>>,
    /// The calls that are under way.
    calls: Calls,
}

/// For tokio.
struct Watched(Vanishing);

impl AsRawFd for Watched {
    fn as_raw_fd(&self) -> RawFd {
        self.0.as_fd().as_raw_fd()
    }
}

impl Place {
    /// With the locks taken: listens. Clients that connect from here on wait to be accepted.
    pub fn new(
        locks: Locks,
        home: &Home,
        calls: Calls,
    ) -> Result<(Place, UnixListener), ServerError> {
        let mut place = Place { locks, socket: None, accepting: None, vanishing: None, calls };
        let listener = place.listen(home)?;
        Ok((place, listener))
    }

    /// Accepts connections, and watches over the place.
    pub fn serve(
        &mut self,
        listener: UnixListener,
        home: &Home,
        queue: &mpsc::UnboundedSender<Message>,
    ) {
        self.accept(listener, queue);
        self.locks.ready();
        #[expect(
            deprecated,
            reason = "the successor is unsafe for types whose descriptor may change; this one's does not"
        )]
        let watched = Vanishing::new()
            .and_then(|vanishing| AsyncFd::with_interest(Watched(vanishing), Interest::READABLE));
        match watched {
            Ok(watched) => {
                let watched = Arc::new(watched);
                self.vanishing = Some(watched.clone());
                self.watch(home);
                tokio::spawn(report(watched, queue.clone()));
                // Something may have gone before it was watched.
                let _ = queue.send(Message::Vanished);
            }
            Err(error) => tracing::debug!(%error, "nobody watches over the socket"),
        }
    }

    fn accept(&mut self, listener: UnixListener, queue: &mpsc::UnboundedSender<Message>) {
        let task = tokio::spawn(listen::accept(listener, queue.clone(), self.calls.clone()));
        if let Some(before) = self.accepting.replace(task) {
            before.abort();
        }
    }

    fn listen(&mut self, home: &Home) -> Result<UnixListener, ServerError> {
        let path = home.daemon_socket();
        let listener =
            listen::bind(&path).map_err(|error| ServerError::Listen(path.clone(), error))?;
        self.socket = unix_socket::identity(&path);
        Ok(listener)
    }

    fn watch(&self, home: &Home) {
        for directory in [home.path(), &home.run_dir()] {
            if let Some(watched) = &self.vanishing {
                // Without it the daemon works as long as nobody tidies up.
                let _ = watched.get_ref().0.watch(directory);
            }
        }
    }

    /// Whether this is the home's only daemon, which may write what it stores.
    pub fn is_held(&mut self, home: &Home) -> bool {
        !matches!(self.locks.renew(home), Err(ServerError::Running))
    }

    /// Removes the socket, unless it is another daemon's.
    pub fn leave(&self, home: &Home) {
        let path = home.daemon_socket();
        if unix_socket::identity(&path) == self.socket {
            let _ = std::fs::remove_file(path);
        }
    }

    /// Makes anew what is missing; a listener where the socket was.
    fn mend(&mut self, home: &Home) -> Result<Option<UnixListener>, ServerError> {
        home.create()?;
        self.watch(home);
        self.locks.renew(home)?;
        let there = unix_socket::identity(&home.daemon_socket());
        if there.is_some() && there == self.socket {
            return Ok(None);
        }
        tracing::warn!("the daemon's socket was removed; it is made anew");
        self.listen(home).map(Some)
    }
}

async fn report(watched: Arc<AsyncFd<Watched>>, queue: mpsc::UnboundedSender<Message>) {
    while let Ok(mut ready) = watched.readable().await {
        if watched.get_ref().0.drain(&NAMES) && queue.send(Message::Vanished).is_err() {
            return;
        }
        ready.clear_ready();
    }
}

impl Place {
    /// Something of the daemon's place may have gone: makes it anew.
    pub(in super::super) fn renew(&mut self, shared: &mut Shared) {
        match self.mend(&shared.options.home) {
            Ok(None) => {
                renew_hooks(shared);
                shared.set_diagnostics(Topic::Place, Vec::new());
            }
            Ok(Some(listener)) => {
                self.accept(listener, &shared.queue);
                shared.to(Clients::renew_records);
                renew_hooks(shared);
                shared.set_diagnostics(Topic::Place, Vec::new());
                // Whoever tidies up may not be done.
                renew_soon(shared);
            }
            Err(ServerError::Running) => {
                tracing::warn!("the lock was removed, and another daemon has taken it");
                shared.ending = Some(Ending::Stop(ByeReason::Restarting));
                return;
            }
            Err(error) => {
                shared.set_diagnostics(Topic::Place, vec![format!("{error}; it is tried again")]);
                renew_soon(shared);
            }
        }
        let watch = shared.watch.clone();
        shared.in_lane_once(Lane::WatchHome, move |_: &mut Place, _: &mut Shared| {
            Some(Work::only(move || watch.lock().renew()))
        });
    }
}

fn renew_soon(shared: &Shared) {
    let queue = shared.queue.clone();
    tokio::spawn(async move {
        tokio::time::sleep(RETRY).await;
        let _ = queue.send(Message::Vanished);
    });
}

/// What the hooks of running agents read lay beside the socket: without it they are silent.
pub(in crate::server) fn renew_hooks(shared: &mut Shared) {
    let panes: Vec<PaneId> = shared.model.panes.keys().copied().collect();
    for pane in panes {
        let Some(ty) = shared.running_type(pane) else { continue };
        let home = &shared.options.home;
        let of = shared.files_id(pane);
        let claim = home.claims_dir().join(format!("{of}.{}", clock::now_ms()));
        let files = hook::renewed(&ty, claim, &home.generated_dir(of));
        let Some([(mapping, text), failures]) = files else { continue };
        shared.in_lane(Lane::Files(pane), move |_: &mut Place, _: &mut Shared| {
            Some(Work::of(
                move || write_missing(&[(mapping, text), failures]),
                move |_: &mut Place, shared: &mut Shared, written: Result<bool, String>| {
                    match written {
                        Ok(true) => tracing::warn!(%pane, "the files of its hooks are made anew"),
                        Ok(false) => {}
                        Err(why) => shared.model.note(pane, format!("its hooks are silent: {why}")),
                    }
                },
            ))
        });
    }
}
