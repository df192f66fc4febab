//! Reaching the daemon: connecting, starting one that belongs to nobody's terminal, stopping it.
//!
//! Two starts at the same moment end with one daemon: whoever starts one holds `start.lock` until
//! it is ready, and the daemon itself takes its own lock.

pub mod holder;
pub mod replace;

use std::fs::OpenOptions;
use std::io::{self, ErrorKind, Read};
use std::os::fd::{AsFd, AsRawFd, OwnedFd};
use std::os::unix::fs::OpenOptionsExt;
use std::os::unix::net::UnixStream;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use nix::poll::{PollFd, PollFlags, PollTimeout, poll};

use super::caller::{CallError, Control};
use super::environment;
use super::error::CliError;
use crate::RunDaemon;
use segno_base::system::executable;
use segno_base::system::lock_file::LockFile;
use segno_base::system::os;
use segno_base::system::unix_socket;
use segno_keeper::Keeper;
use segno_keeper::protocol::Revival;
use segno_store::home::Home;
use segno_wire::control::Call;
use segno_wire::control::daemon::{Stop, Stopping};

/// How long a daemon may take until it listens. Restoring goes on after that.
const READY_PATIENCE: Duration = Duration::from_secs(30);

/// How long a daemon may take to end. It has only its files to write.
const STOP_PATIENCE: Duration = Duration::from_secs(15);

/// How often to try while another daemon holds the lock without listening, because it is just
/// beginning or ending, and how long to wait between: there is nothing to be woken by then.
const LOCKED_ATTEMPTS: u32 = 100;
const LOCKED_PAUSE: Duration = Duration::from_millis(50);

/// How often another daemon is started after one that ended without a word.
const ENDED_ATTEMPTS: usize = 2;

/// How long a daemon that holds its lock may be without a socket: it is beginning, ending, or about
/// to make it anew.
const SOCKET_PATIENCE: Duration = Duration::from_secs(3);
const SOCKET_PAUSE: Duration = Duration::from_millis(10);

/// How long the start of a daemon may take until it answers, from the first hello on.
const BEGIN_PATIENCE: Duration = Duration::from_secs(60);

/// How long a killed process may take to be gone.
const KILL_PATIENCE: Duration = Duration::from_secs(10);

/// Why there is no daemon to talk to.
#[derive(Debug, thiserror::Error)]
pub enum ProcessError {
    /// None runs, and none was to be started.
    #[error("no daemon is running")]
    NotRunning,
    /// Its socket cannot be used.
    #[error("its socket cannot be used: {0}")]
    Socket(io::Error),
    /// The home directory cannot be used.
    #[error(transparent)]
    Home(#[from] segno_store::home::HomeError),
    /// It could not be started.
    #[error("the daemon could not be started: {0}")]
    Start(io::Error),
    /// It said why it could not start.
    #[error("the daemon could not start: {0}")]
    Failed(String),
    /// It ended before it was ready, without a word.
    #[error("the daemon ended before it was ready; see {0}")]
    Ended(String),
    /// It hung before it was ready.
    #[error("the daemon {0}; see {1}")]
    NotReady(&'static str, String),
    /// Another one holds the lock but does not listen.
    #[error("another daemon holds the lock but does not answer; see {0}")]
    Locked(String),
    /// It holds its lock or its socket, and says nothing.
    #[error("the daemon{} does not answer; `segno daemon restart` replaces it, programs keep running", shown(.0))]
    Silent(Option<i32>),
    /// It does not end.
    #[error(
        "the daemon (pid {0}) does not end; `segno daemon restart` kills it, programs keep running"
    )]
    Stubborn(i32),
    /// It says nothing, and who it is cannot be found out.
    #[error("the daemon does not answer, and its process is not known; `fuser -k '{0}'` ends it")]
    Unknown(String),
    /// It was killed and is still there.
    #[error("the daemon{} cannot be killed", shown(.0))]
    Unkillable(Option<i32>),
    /// It could not be started, and programs run on without it.
    #[error("{error}; {}", unattended(.programs, .revival))]
    Unattended { error: Box<ProcessError>, programs: usize, revival: Option<Revival> },
    /// It did not understand.
    #[error(transparent)]
    Call(#[from] CallError),
}

impl ProcessError {
    /// Whether there is a daemon that neither answers nor ends.
    pub fn is_silent(&self) -> bool {
        matches!(
            self,
            ProcessError::Silent(_)
                | ProcessError::Stubborn(_)
                | ProcessError::Call(CallError::Silent)
        )
    }
}

fn shown(pid: &Option<i32>) -> String {
    pid.map(|pid| format!(" (pid {pid})")).unwrap_or_default()
}

/// What became of the programs while no daemon can be started.
pub fn unattended(programs: &usize, revival: &Option<Revival>) -> String {
    let plural = if *programs == 1 { " runs" } else { "s run" };
    let keeper = match revival {
        Some(Revival { given_up: true, starts, .. }) => {
            format!("; the keeper stopped trying after {starts} starts")
        }
        Some(Revival { starts, .. }) => {
            format!("; the keeper goes on trying to start it ({starts} so far)")
        }
        None => String::new(),
    };
    format!("{programs} program{plural} on{keeper}")
}

/// Connects to the daemon if one runs.
pub fn connect(home: &Home) -> Result<Option<UnixStream>, ProcessError> {
    let end = Instant::now() + SOCKET_PATIENCE;
    loop {
        match unix_socket::connect(&home.daemon_socket()) {
            Ok(stream) => return Ok(Some(stream)),
            Err(e) if matches!(e.kind(), ErrorKind::NotFound | ErrorKind::ConnectionRefused) => {}
            Err(e) => return Err(ProcessError::Socket(e)),
        }
        // Without a socket, the lock shows whether there is none or only none to be reached.
        let Some(holder) = holder::of(home) else { return Ok(None) };
        if Instant::now() >= end {
            return Err(ProcessError::Silent(holder.pid));
        }
        std::thread::sleep(SOCKET_PAUSE);
    }
}

/// Connects to the daemon for a look. A socket without a listener, or a keeper that is about to
/// start one, means that a daemon was killed, so that another one takes its panes; after an
/// orderly stop nothing is started.
pub fn connect_to_look(home: &Home) -> Result<UnixStream, ProcessError> {
    match connect(home)? {
        Some(stream) => Ok(stream),
        None if home.daemon_socket().symlink_metadata().is_ok() => ensure_daemon(home),
        None if kept(home).is_some_and(|(_, revival)| revival.is_some()) => ensure_daemon(home),
        None => Err(ProcessError::NotRunning),
    }
}

/// How many programs the keeper holds that run, and what it does without a daemon; `None`
/// without a keeper.
pub fn kept(home: &Home) -> Option<(usize, Option<Revival>)> {
    let (panes, revival) = Keeper::observe(&home.keeper_socket()).and_then(|k| k.look()).ok()?;
    let runs = |pane: &&segno_keeper::HeldPane| pane.state == segno_keeper::HeldState::Running;
    Some((panes.iter().filter(runs).count(), revival))
}

/// Connects to the daemon, and starts it first when none runs.
pub fn ensure_daemon(home: &Home) -> Result<UnixStream, ProcessError> {
    if let Some(stream) = connect(home)? {
        return Ok(stream);
    }
    home.create()?;
    let _starting = start_lock(home)?;
    start_until_connected(home)
}

/// As [`ensure_daemon`], for one that has shown that it answers.
pub fn ensure_answering(home: &Home) -> Result<UnixStream, ProcessError> {
    match greet(home, ensure_daemon) {
        // What else it says is for the real hello.
        Ok(_) | Err(ProcessError::Call(_)) => ensure_daemon(home),
        Err(error) => Err(error),
    }
}

/// How often, and after what pause, to try again after a daemon that took the connection went
/// before its hello: it was being killed just then.
const DYING_ATTEMPTS: u32 = 100;
const DYING_PAUSE: Duration = Duration::from_millis(20);

/// Connects in this way and says hello.
pub fn greet(
    home: &Home,
    connect: impl Fn(&Home) -> Result<UnixStream, ProcessError>,
) -> Result<Control, ProcessError> {
    let end = Instant::now() + BEGIN_PATIENCE;
    let mut dying = 0;
    loop {
        let stream = connect(home)?;
        let listener = os::peer_pid(&stream);
        match Control::open(stream) {
            Err(CallError::Gone) if dying < DYING_ATTEMPTS => {
                dying += 1;
                std::thread::sleep(DYING_PAUSE);
            }
            Err(CallError::Silent) => {
                let holder = holder::of(home);
                // Restoring many panes needs some time.
                let begins = holder.is_some_and(|h| h.begins);
                if !begins || Instant::now() >= end {
                    return Err(ProcessError::Silent(holder.and_then(|h| h.pid).or(listener)));
                }
            }
            Ok(control) => return Ok(control.of(home.clone())),
            Err(error) => return Err(error.into()),
        }
    }
}

/// Stops the daemon if one runs, and starts another. Clients that reconnect meanwhile wait for it
/// instead of starting one with their own, maybe older, program. One that neither answers nor ends
/// is killed: the second value is its process id.
pub fn restart_daemon(home: &Home) -> Result<(UnixStream, Option<i32>), ProcessError> {
    home.create()?;
    let _starting = start_lock(home)?;
    let killed = stop_or_kill(home)?;
    Ok((start_until_connected(home)?, killed))
}

/// Stops the daemon for another one; kills it, and returns its process id, when it neither answers
/// nor ends.
fn stop_or_kill(home: &Home) -> Result<Option<i32>, ProcessError> {
    match stop_daemon(home, &Call::DaemonStop(Stop { restart: true })) {
        Err(error) if error.is_silent() => kill_daemon(home).map(Some),
        stopped => stopped.map(|_| None),
    }
}

/// Kills the daemon, which loses nothing: the next one takes over.
fn kill_daemon(home: &Home) -> Result<i32, ProcessError> {
    let by_socket = || os::peer_pid(&unix_socket::connect(&home.daemon_socket()).ok()?);
    // The kernel's word first.
    let Some(pid) = by_socket().or_else(|| holder::of(home)?.pid).filter(|pid| *pid > 1) else {
        // Only the version before does not sign its lock.
        return Err(ProcessError::Unknown(home.daemon_lock_before().display().to_string()));
    };
    let process = os::watch_process(pid);
    let _ = nix::sys::signal::kill(nix::unistd::Pid::from_raw(pid), nix::sys::signal::SIGKILL);
    let end = Instant::now() + KILL_PATIENCE;
    let ended = process.is_none_or(|process| readable_within(&process, KILL_PATIENCE));
    // Its files are closed a moment after its end is reported.
    while ended && holder::of(home).is_some_and(|h| h.pid == Some(pid)) && Instant::now() < end {
        std::thread::sleep(SOCKET_PAUSE);
    }
    if ended { Ok(pid) } else { Err(ProcessError::Unkillable(Some(pid))) }
}

/// Makes a running daemon end by this call and waits until it has. `None`: none ran.
pub fn stop_daemon(home: &Home, call: &Call) -> Result<Option<Stopping>, ProcessError> {
    let connected = |home: &Home| connect(home)?.ok_or(ProcessError::NotRunning);
    let mut control = match greet(home, connected) {
        Err(ProcessError::NotRunning) => return Ok(None),
        greeted => greeted?,
    };
    let pid = control.hello().pid;
    let process = os::watch_process(pid);
    let stopping: Stopping = match control.call(call) {
        Ok(stopping) => stopping,
        // It may go before its answer has been written.
        Err(CallError::Gone) => Stopping { pid, panes: 0 },
        Err(e) => return Err(e.into()),
    };
    let ended = match &process {
        Some(process) => readable_within(process, STOP_PATIENCE),
        // Where processes cannot be watched, the end of the connection has to do.
        None => control.closed_within(STOP_PATIENCE),
    };
    if ended { Ok(Some(stopping)) } else { Err(ProcessError::Stubborn(pid)) }
}

/// Whether programs are held although no daemon runs.
pub fn keeper_runs(home: &Home) -> bool {
    unix_socket::connect(&home.keeper_socket()).is_ok()
}

/// The body of `daemon run`.
pub fn daemon_main(
    home: &Home,
    ready_fd: Option<i32>,
    run_daemon: RunDaemon,
) -> Result<(), CliError> {
    let mut ready = begin_detached(ready_fd);
    let result = home
        .create()
        .map_err(|e| CliError::new("cannot use SEGNO_HOME", e))
        .and_then(|()| run_daemon(home, &mut ready));
    if let (Err(error), Some(ready)) = (&result, ready) {
        // Whoever waits may have gone; the log has it too.
        let _ = nix::unistd::write(&ready, format!("{}: {}\n", error.what, error.why).as_bytes());
    }
    result
}

/// Gets rid of what was inherited: blocked signals and open files.
fn begin_detached(ready_fd: Option<i32>) -> Option<OwnedFd> {
    os::fresh_signals();
    os::close_inherited(ready_fd);
    ready_fd.and_then(os::adopt)
}

fn start_lock(home: &Home) -> Result<LockFile, ProcessError> {
    LockFile::acquire(&home.run_dir().join("start.lock")).map_err(ProcessError::Start)
}

fn start_until_connected(home: &Home) -> Result<UnixStream, ProcessError> {
    let failed = |error: ProcessError| match kept(home).filter(|(programs, _)| *programs > 0) {
        Some((programs, revival)) => {
            ProcessError::Unattended { error: Box::new(error), programs, revival }
        }
        None => error,
    };
    let mut ended = 0;
    for _ in 0..LOCKED_ATTEMPTS {
        if let Some(stream) = connect(home)? {
            return Ok(stream);
        }
        match start(home) {
            // Somebody killed it; the next one may come up.
            Err(ProcessError::Ended(_)) if ended < ENDED_ATTEMPTS => ended += 1,
            Err(error) => return Err(failed(error)),
            Ok(Started::AlreadyRunning) if connect(home)?.is_none() => {
                std::thread::sleep(LOCKED_PAUSE);
            }
            Ok(Started::AlreadyRunning | Started::Ready) => {}
        }
    }
    Err(ProcessError::Locked(home.daemon_log().display().to_string()))
}

#[derive(Debug, PartialEq, Eq)]
enum Started {
    Ready,
    AlreadyRunning,
}

/// Starts a daemon and waits until it says that it is ready.
fn start(home: &Home) -> Result<Started, ProcessError> {
    let failed = ProcessError::Start;
    let (reader, writer) = io::pipe().map_err(failed)?;
    // Whatever lies in its place is neither written through nor waited for.
    let flags = nix::libc::O_NOFOLLOW | nix::libc::O_NONBLOCK | nix::libc::O_CLOEXEC;
    let mut log = OpenOptions::new();
    log.append(true).create(true).mode(0o600).custom_flags(flags);
    let log = log.open(home.daemon_log());
    let program = environment::program().map_err(failed)?;
    let mut command = Command::new(executable::to_start(&program));
    command
        .args(["daemon", "run", "--ready-fd", &writer.as_raw_fd().to_string()])
        .env("SEGNO_HOME", home.path())
        .env_remove(environment::PANE)
        .current_dir("/")
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(log.map_or_else(|_| Stdio::null(), Stdio::from));
    os::detach(&mut command, Some(writer.as_raw_fd()));
    // The process that is spawned here only forks the daemon off and ends.
    command.spawn().and_then(|mut between| between.wait()).map_err(failed)?;
    drop(writer);
    let log = home.daemon_log().display().to_string();
    match first_line(reader).as_deref() {
        Ok("ready") => Ok(Started::Ready),
        Ok("running") => Ok(Started::AlreadyRunning),
        Ok("") => Err(ProcessError::Ended(log)),
        Ok(why) => Err(ProcessError::Failed(why.into())),
        Err(e) if e.kind() == ErrorKind::TimedOut => {
            Err(ProcessError::NotReady("was not ready in time", log))
        }
        Err(_) => Err(ProcessError::NotReady("did not say whether it is ready", log)),
    }
}

/// The line that a starting daemon writes; empty when it ended without one.
fn first_line(mut pipe: io::PipeReader) -> io::Result<String> {
    let end = Instant::now() + READY_PATIENCE;
    let mut text = Vec::new();
    while !text.contains(&b'\n') && text.len() < 4096 {
        if !readable_within(&pipe, end.saturating_duration_since(Instant::now())) {
            return Err(ErrorKind::TimedOut.into());
        }
        let mut buffer = [0; 512];
        match pipe.read(&mut buffer)? {
            0 => break,
            n => text.extend_from_slice(&buffer[..n]),
        }
    }
    let text = String::from_utf8_lossy(&text);
    Ok(text.lines().next().unwrap_or_default().trim().to_string())
}

/// Waits until a descriptor is readable or at its end.
pub(super) fn readable_within(fd: &impl AsFd, patience: Duration) -> bool {
    let end = Instant::now() + patience;
    loop {
        let left = end.saturating_duration_since(Instant::now());
        let timeout = PollTimeout::try_from(left).unwrap_or(PollTimeout::MAX);
        match poll(&mut [PollFd::new(fd.as_fd(), PollFlags::POLLIN)], timeout) {
            Ok(0) | Err(nix::errno::Errno::EINTR) if !left.is_zero() => {}
            Ok(n) => return n > 0,
            Err(_) => return false,
        }
    }
}

/// Waits until there is something to read from either; whether it is from the first.
pub(super) fn readable_before(first: &impl AsFd, other: &impl AsFd) -> bool {
    loop {
        let of = |fd| PollFd::new(fd, PollFlags::POLLIN);
        let mut both = [of(first.as_fd()), of(other.as_fd())];
        match poll(&mut both, PollTimeout::NONE) {
            Ok(0) | Err(nix::errno::Errno::EINTR) => {}
            Ok(_) => return both[0].any().unwrap_or(true),
            Err(_) => return true,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Write;
    use std::os::unix::net::UnixListener;

    fn home(directory: &tempfile::TempDir) -> Home {
        Home::resolve(Some(directory.path().as_os_str()), None, directory.path()).unwrap()
    }

    #[test]
    fn what_a_starting_daemon_says_is_read() {
        for (written, received) in [("ready\n", "ready"), ("", ""), ("no room", "no room")] {
            let (reader, mut writer) = io::pipe().unwrap();
            writer.write_all(written.as_bytes()).unwrap();
            drop(writer);
            assert_eq!(first_line(reader).unwrap(), received);
        }
    }

    #[test]
    fn without_a_daemon_a_look_says_so_and_starts_nothing() {
        let directory = tempfile::tempdir().unwrap();
        let home = home(&directory);
        assert!(matches!(connect_to_look(&home), Err(ProcessError::NotRunning)));
        assert!(matches!(stop_daemon(&home, &Call::KillAll), Ok(None)));
        assert!(!keeper_runs(&home));
        assert!(!home.run_dir().exists());
    }

    #[test]
    fn a_stale_socket_is_no_daemon_and_a_listening_one_is() {
        let directory = tempfile::tempdir().unwrap();
        let home = home(&directory);
        home.create().unwrap();
        let listener = UnixListener::bind(home.daemon_socket()).unwrap();
        assert!(connect(&home).unwrap().is_some());
        assert!(ensure_daemon(&home).is_ok());
        drop(listener);
        assert!(connect(&home).unwrap().is_none());
    }

    #[test]
    fn waiting_ends_with_the_event_or_the_patience() {
        let (reader, writer) = io::pipe().unwrap();
        assert!(!readable_within(&reader, Duration::from_millis(5)));
        drop(writer);
        assert!(readable_within(&reader, Duration::from_secs(5)));
    }
}
