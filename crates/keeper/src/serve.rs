//! The keeper's loop: waits for peers, children and deadlines, and does what is due. It never
//! waits for any one of them.

use std::io;
use std::os::fd::{AsFd, OwnedFd};
use std::os::unix::net::UnixListener;
use std::time::{Duration, Instant};

use nix::errno::Errno;
use nix::poll::{PollFd, PollFlags, PollTimeout, poll};

use super::connection::Connection;
use super::kill::Killer;
use super::panes::{CHECK_DEPOSITED, Panes};
use super::place::Place;
use super::protocol::{Hello, Message, Request, RequestBody, Role, STASH_MAX};
use super::revive::Reviver;
use super::spawn::spawn;
use segno_base::system::os::{self, Footprint, SignalPipe};
use segno_base::system::unix_socket;

/// More peers than daemon, its successor and some viewers-on make no sense.
const MAX_CONNECTIONS: usize = 16;
/// Descriptors that panes leave: for peers and what they pass, and for a start under way.
const RESERVE: usize = MAX_CONNECTIONS + 16;
/// How long a peer may take to say hello.
const HELLO_TIME: Duration = Duration::from_secs(5);
/// How long nobody is accepted after that failed, for want of descriptors for example.
const ACCEPT_PAUSE: Duration = Duration::from_millis(200);
/// How long a shutdown waits for programs after their grace period.
const LAST_WAIT: Duration = Duration::from_secs(2);

/// The keeper's state.
pub struct Server {
    listener: UnixListener,
    /// Where it is found; none in tests that need none.
    place: Option<Place>,
    reviver: Reviver,
    signals: SignalPipe,
    panes: Panes,
    killer: Killer,
    connections: Vec<Connection>,
    accept_again: Option<Instant>,
    /// Set by a shutdown: when to leave even if a program will not end.
    leave_at: Option<Instant>,
    /// Set by SIGTERM: leave when no program runs.
    leave_when_empty: bool,
    footprint: Footprint,
}

impl Server {
    pub fn new(listener: UnixListener) -> io::Result<Server> {
        listener.set_nonblocking(true)?;
        Ok(Server {
            listener,
            place: None,
            reviver: Reviver::default(),
            signals: SignalPipe::children()?,
            panes: Panes::default(),
            killer: Killer::default(),
            connections: Vec::new(),
            accept_again: None,
            leave_at: None,
            leave_when_empty: false,
            footprint: Footprint::of_start(Instant::now()),
        })
    }

    /// From now on SIGTERM means: leave when no program runs. The programs are not the keeper's to
    /// end, but a keeper without any must not hold up the system's shutdown.
    pub fn leave_on_term(&self) -> io::Result<()> {
        self.signals.watch_term()
    }

    /// From now on what goes missing of the place is made anew.
    pub fn stay_at(&mut self, place: Place) {
        self.place = Some(place);
    }

    /// Serves until a shutdown is done.
    pub fn run(&mut self) -> io::Result<()> {
        while !self.is_done(Instant::now()) {
            let ready = self.wait()?;
            let now = Instant::now();
            self.footprint.shrink(now);
            if ready.signal && self.signals.drain() {
                self.leave_when_empty = true;
            }
            if ready.signal || ready.watched || self.panes.needs_checks() {
                self.reap();
            }
            self.killer.tick(now);
            for index in 0..ready.connections.len() {
                self.serve(index, ready.connections[index], now);
            }
            if self.connections.iter().any(|c| c.over && c.role == Some(Role::Daemon))
                && !self.connections.iter().any(is_daemon)
            {
                self.reviver.lost(now);
            }
            self.connections
                .retain(|c| !c.over && (c.role.is_some() || now < c.since + HELLO_TIME));
            if ready.listener {
                self.accept(now);
            }
            if ready.vanished {
                self.repair();
            }
            if ready.successor {
                self.reviver.listen(now);
            }
            self.reviver.tick(now);
        }
        // What was answered last shall still arrive; nobody is waited for.
        self.connections.iter_mut().for_each(Connection::flush);
        if let Some(place) = &self.place {
            place.leave();
        }
        Ok(())
    }

    /// Makes anew what somebody removed of the place.
    fn repair(&mut self) {
        let Some(place) = self.place.as_mut().filter(|place| place.drain()) else { return };
        match place.repair() {
            Ok(None) => {}
            Ok(Some(listener)) => {
                if listener.set_nonblocking(true).is_ok() {
                    self.listener = listener;
                }
            }
            // The next thing that goes missing is the next occasion.
            Err(error) => eprintln!("keeper: cannot make the socket or the lock anew: {error}"),
        }
    }

    fn is_done(&self, now: Instant) -> bool {
        let empty = self.panes.running().next().is_none() && self.killer.is_idle();
        match self.leave_at {
            Some(at) => empty || at <= now,
            None => self.leave_when_empty && empty,
        }
    }

    fn wait(&mut self) -> io::Result<Ready> {
        let now = Instant::now();
        let accepting = self.accept_again.is_none_or(|at| at <= now);
        let flags = |wanted| if wanted { PollFlags::POLLIN } else { PollFlags::empty() };
        let mut fds = vec![
            PollFd::new(self.signals.reader().as_fd(), PollFlags::POLLIN),
            PollFd::new(self.listener.as_fd(), flags(accepting)),
        ];
        for connection in &self.connections {
            let mut flags = PollFlags::POLLIN;
            flags.set(PollFlags::POLLOUT, connection.wants_write());
            fds.push(PollFd::new(connection.as_fd(), flags));
        }
        let connections_to = fds.len();
        let vanishing = self.place.as_ref().and_then(Place::vanishing);
        fds.extend(vanishing.map(|fd| PollFd::new(fd.as_fd(), PollFlags::POLLIN)));
        let says_from = fds.len();
        fds.extend(self.reviver.says().map(|fd| PollFd::new(fd, PollFlags::POLLIN)));
        let watches_from = fds.len();
        fds.extend(self.panes.watches().map(|fd| PollFd::new(fd, PollFlags::POLLIN)));

        match poll(&mut fds, self.timeout(now)) {
            Ok(_) => {}
            // The signal pipe says what it was, at the next turn.
            Err(Errno::EINTR) => return Ok(Ready::default()),
            Err(errno) => return Err(errno.into()),
        }
        let events = |fd: &PollFd<'_>| fd.revents().unwrap_or(PollFlags::empty());
        Ok(Ready {
            signal: !events(&fds[0]).is_empty(),
            listener: events(&fds[1]).contains(PollFlags::POLLIN),
            connections: fds[2..connections_to].iter().map(events).collect(),
            vanished: fds[connections_to..says_from].iter().any(|fd| !events(fd).is_empty()),
            successor: fds[says_from..watches_from].iter().any(|fd| !events(fd).is_empty()),
            watched: fds[watches_from..].iter().any(|fd| !events(fd).is_empty()),
        })
    }

    /// Until the next deadline. None for most of a keeper's life: it sleeps.
    fn timeout(&self, now: Instant) -> PollTimeout {
        let hello =
            self.connections.iter().filter(|c| c.role.is_none()).map(|c| c.since + HELLO_TIME);
        let next = hello
            .chain(self.killer.deadline(now))
            .chain(self.leave_at)
            .chain(self.accept_again.filter(|at| *at > now))
            .chain(self.panes.needs_checks().then(|| now + CHECK_DEPOSITED))
            .chain(self.footprint.due())
            .chain(self.reviver.due())
            .min();
        match next {
            None => PollTimeout::NONE,
            // Rounded up, or the loop would spin through the last millisecond.
            Some(at) => {
                let wait = at.saturating_duration_since(now) + Duration::from_micros(999);
                PollTimeout::try_from(wait).unwrap_or(PollTimeout::MAX)
            }
        }
    }

    fn reap(&mut self) {
        for ended in self.panes.reap() {
            let event = Message::Exited { pane: ended.pane, pid: ended.pid, status: ended.status };
            if let Some(daemon) = self.connections.iter_mut().find(|c| is_daemon(c)) {
                daemon.send(&event, Vec::new());
            }
        }
    }

    fn accept(&mut self, now: Instant) {
        loop {
            match self.listener.accept() {
                Ok((stream, _)) => {
                    let room = self.connections.len() < MAX_CONNECTIONS;
                    if room && unix_socket::check_peer(&stream).is_ok() {
                        self.connections.extend(Connection::new(stream, now));
                    }
                }
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => return,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) if error.kind() == io::ErrorKind::ConnectionAborted => {}
                Err(_) => {
                    self.accept_again = Some(now + ACCEPT_PAUSE);
                    return;
                }
            }
        }
    }

    fn serve(&mut self, index: usize, events: PollFlags, now: Instant) {
        let connection = &mut self.connections[index];
        if events.contains(PollFlags::POLLOUT) {
            connection.flush();
        }
        if events.intersects(PollFlags::POLLIN | PollFlags::POLLHUP | PollFlags::POLLERR)
            && !connection.receive()
        {
            connection.over = true;
        }
        while !self.connections[index].over {
            match self.step(index, now) {
                Ok(true) => {}
                Ok(false) => break,
                // It does not speak the protocol, so the protocol cannot say it.
                Err(_) => self.connections[index].over = true,
            }
        }
    }

    /// Handles one message of a peer; `false` when there is none.
    fn step(&mut self, index: usize, now: Instant) -> Result<bool, super::frame::FrameError> {
        let connection = &mut self.connections[index];
        let Some(role) = connection.role else {
            let Some(hello) = connection.next_hello()? else { return Ok(false) };
            self.greet(index, &hello);
            return Ok(true);
        };
        let Some((request, fds)) = connection.next_request()? else { return Ok(false) };
        let id = request.id;
        self.footprint.used(now);
        let (answer, fds) = match self.answer(role, request, fds, now) {
            Ok(answer) => answer,
            Err(message) => (Message::Failed { id, message }, Vec::new()),
        };
        self.connections[index].send(&answer, fds);
        Ok(true)
    }

    fn greet(&mut self, index: usize, hello: &Hello) {
        self.connections[index].hello();
        if Hello::mismatch(hello, &Hello::ours(Role::Keeper)).is_some() {
            // The other side says so to its user: it has both hellos.
            self.connections[index].over = true;
            return;
        }
        if hello.role == Role::Daemon {
            for earlier in self.connections.iter_mut().filter(|c| is_daemon(c)) {
                earlier.send(&Message::Superseded, Vec::new());
                earlier.over = true;
            }
            self.reviver.arrived(Instant::now());
        }
        self.connections[index].role = Some(hello.role);
    }

    fn answer(
        &mut self,
        role: Role,
        request: Request,
        fds: Vec<OwnedFd>,
        now: Instant,
    ) -> Result<(Message, Vec<OwnedFd>), String> {
        let id = request.id;
        let mut fds = fds.into_iter();
        if role != Role::Daemon && request.body != RequestBody::List {
            return Err("only the daemon may do that".to_string());
        }
        match request.body {
            RequestBody::List => {
                let (panes, revival) = (self.panes.list(), self.reviver.report());
                return Ok((Message::Listed { id, panes, revival }, vec![]));
            }
            RequestBody::Spawn(_) | RequestBody::Deposit { .. } if self.leave_at.is_some() => {
                return Err("the keeper is about to end".to_string());
            }
            RequestBody::Spawn(request) => {
                room()?;
                self.panes.check_free(request.pane).map_err(text)?;
                let (pid, master) = spawn(&request).map_err(text)?;
                let dup = master.try_clone();
                self.panes.add_child(request.pane, pid, master, request.note);
                // A SIGTERM from before was meant for what ran then.
                self.leave_when_empty = false;
                return Ok((Message::Spawned { id, pid }, vec![dup.map_err(text)?]));
            }
            RequestBody::Take { pane } => {
                let (master, stash) = self.panes.take(pane).map_err(text)?;
                let mut fds = vec![master.try_clone_to_owned().map_err(text)?];
                for stashed in stash {
                    fds.push(stashed.try_clone().map_err(text)?);
                }
                // At most `STASH_MAX`.
                return Ok((Message::Taken { id, stash: stash.len() as u8 }, fds));
            }
            RequestBody::Kill { pane, grace_ms, note } => {
                if let Some(note) = note {
                    self.panes.set_note(pane, note).map_err(text)?;
                }
                self.kill(pane, Duration::from_millis(grace_ms), now)?;
            }
            RequestBody::Ack { pane } => self.panes.acknowledge(pane).map_err(text)?,
            RequestBody::Deposit { pane, pid, note } => {
                room()?;
                let master = fds.next().ok_or_else(|| "a descriptor is missing".to_string())?;
                self.panes.deposit(pane, pid, master, note).map_err(text)?;
                self.leave_when_empty = false;
            }
            RequestBody::Stash { fds: count, .. } if usize::from(count) > STASH_MAX => {
                return Err(format!("at most {STASH_MAX} descriptors can be stashed"));
            }
            RequestBody::Stash { pane, .. } => {
                self.panes.stash(pane, fds.collect()).map_err(text)?;
            }
            RequestBody::Shutdown { grace_ms } => {
                let grace = Duration::from_millis(grace_ms).min(Duration::from_secs(600));
                for pane in self.panes.running().collect::<Vec<_>>() {
                    self.kill(pane, grace, now)?;
                }
                self.leave_at = Some(now + grace + LAST_WAIT);
                self.reviver.disarm();
            }
            RequestBody::Succeed(successor) => self.reviver.arm(successor),
            RequestBody::Leave => self.reviver.disarm(),
            RequestBody::Unknown => {
                return Err("this keeper is older and does not know the request".to_string());
            }
        }
        Ok((Message::Done { id }, Vec::new()))
    }

    fn kill(
        &mut self,
        pane: segno_base::ids::PaneId,
        grace: Duration,
        now: Instant,
    ) -> Result<(), String> {
        for group in self.panes.groups(pane).map_err(text)? {
            self.killer.start(group, grace, now);
        }
        Ok(())
    }
}

/// What poll returned.
#[derive(Default)]
struct Ready {
    signal: bool,
    listener: bool,
    /// By the connection's place.
    connections: Vec<PollFlags>,
    /// Something of the place went away.
    vanished: bool,
    /// A daemon that was started says something.
    successor: bool,
    watched: bool,
}

/// Whether another pane leaves descriptors for those who talk to the keeper.
fn room() -> Result<(), String> {
    match os::descriptors() {
        Ok(descriptors) if descriptors.open + RESERVE > descriptors.limit => Err(format!(
            "the keeper may have {} files open, and another pane would leave too few for the \
             others: close some, or raise `ulimit -n` (hard limit) before the first pane starts",
            descriptors.limit
        )),
        _ => Ok(()),
    }
}

fn is_daemon(connection: &Connection) -> bool {
    connection.role == Some(Role::Daemon) && !connection.over
}

fn text(error: impl std::fmt::Display) -> String {
    error.to_string()
}
