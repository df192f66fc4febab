//! The keeper as a process: its main, and how a daemon starts it so that it belongs to nobody.

use std::fs::{DirBuilder, File};
use std::io::{self, PipeReader, Read, Write};
use std::os::fd::{AsFd, AsRawFd, OwnedFd};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode, Stdio};
use std::time::{Duration, Instant};

use nix::errno::Errno;
use nix::fcntl::OFlag;
use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
use nix::sys::signal::Signal;
use nix::unistd::{dup2_stderr, dup2_stdin, dup2_stdout, setsid};

use super::client::{Keeper, KeeperError};
use super::place::Place;
use super::serve::Server;
use segno_base::system::executable;
use segno_base::system::lock_file::LockFile;
use segno_base::system::os;

/// How long a keeper may take to start.
const START_TIME: Duration = Duration::from_secs(10);
/// How long a keeper that was killed may take to be gone.
const LOCK_TIME: Duration = Duration::from_secs(3);
/// What the ready pipe says when all is well; anything else is the reason why not.
const READY: &str = "ready\n";

/// The keeper's files.
#[derive(Debug, Clone)]
pub struct Paths {
    /// The directory of the socket.
    pub run: PathBuf,
    pub socket: PathBuf,
    /// Where nobody tidies up: two keepers must never be.
    pub lock: PathBuf,
    /// Where version 0.1 has its lock.
    pub old_lock: PathBuf,
    /// Held by whoever starts a keeper, so that two do not at once.
    pub start_lock: PathBuf,
    pub log: PathBuf,
}

impl Paths {
    /// Those below a `SEGNO_HOME`, which must be absolute.
    pub fn in_home(home: &Path) -> Paths {
        let run = home.join("run");
        Paths {
            socket: run.join("keeper.sock"),
            lock: home.join(".keeper.lock"),
            old_lock: run.join("keeper.lock"),
            start_lock: run.join("keeper-start.lock"),
            log: home.join("log").join("keeper.log"),
            run,
        }
    }
}

/// Starts `EXE keeper --ready-fd N` with this `SEGNO_HOME` as a process of its own, and waits
/// until it listens. Well, too, when one is listening already.
pub fn start(exe: &Path, home: &Path) -> Result<(), KeeperError> {
    let mut command = Command::new(executable::to_start(exe));
    command.arg("keeper").env("SEGNO_HOME", home);
    start_command(command, &Paths::in_home(home))
}

/// As [`start`], with the command to which `--ready-fd N` is added.
pub fn start_command(mut command: Command, paths: &Paths) -> Result<(), KeeperError> {
    let failed = |error: io::Error| KeeperError::Start(error.to_string());
    for path in [&paths.start_lock, &paths.log] {
        if let Some(parent) = path.parent() {
            DirBuilder::new().recursive(true).mode(0o700).create(parent).map_err(failed)?;
        }
    }
    let _alone = LockFile::acquire(&paths.start_lock).map_err(failed)?;
    let (reader, writer) = io::pipe().map_err(failed)?;
    command
        .arg("--ready-fd")
        .arg(writer.as_raw_fd().to_string())
        .current_dir("/")
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(open_log(&paths.log).map_or_else(|_| Stdio::null(), Stdio::from));
    os::detach(&mut command, Some(writer.as_raw_fd()));
    let mut between = command.spawn().map_err(failed)?;
    // The process in between ends as soon as it has forked.
    between.wait().map_err(failed)?;
    drop(writer);
    await_ready(reader)
}

fn open_log(path: &Path) -> io::Result<File> {
    let flags = (OFlag::O_NOFOLLOW | OFlag::O_CLOEXEC | OFlag::O_NONBLOCK).bits();
    File::options().append(true).create(true).mode(0o600).custom_flags(flags).open(path)
}

fn await_ready(mut reader: PipeReader) -> Result<(), KeeperError> {
    let deadline = Instant::now() + START_TIME;
    let mut said = Vec::new();
    loop {
        let left = deadline.saturating_duration_since(Instant::now());
        let timeout = PollTimeout::try_from(left).unwrap_or(PollTimeout::MAX);
        match poll(&mut [PollFd::new(reader.as_fd(), PollFlags::POLLIN)], timeout) {
            Ok(0) => return Err(KeeperError::Start("it does not become ready".to_string())),
            Ok(_) => {}
            Err(Errno::EINTR) => continue,
            Err(errno) => return Err(KeeperError::Start(errno.to_string())),
        }
        let mut buffer = [0; 512];
        let count = reader.read(&mut buffer).map_err(|e| KeeperError::Start(e.to_string()))?;
        said.extend_from_slice(&buffer[..count]);
        if count == 0 || said.ends_with(b"\n") || said.len() > 4096 {
            break;
        }
    }
    match String::from_utf8_lossy(&said).trim() {
        said if said == READY.trim() => Ok(()),
        "" => Err(KeeperError::Start("it ended at once; log/keeper.log may say why".to_string())),
        why => Err(KeeperError::Start(why.to_string())),
    }
}

/// The main of `segno keeper`. To be called before the process has opened anything: it closes
/// every descriptor from 3 up except `ready_fd`.
pub fn run(paths: &Paths, ready_fd: Option<i32>) -> ExitCode {
    os::close_inherited(ready_fd);
    let mut ready = ready_fd.and_then(os::adopt);
    match serve(paths, &mut ready) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            let line = format!("keeper: {error}\n");
            report_ready(&mut ready, &line);
            // The log may be on a full disk; there is nobody else to report to.
            let _ = io::stderr().write_all(line.as_bytes());
            ExitCode::FAILURE
        }
    }
}

fn serve(paths: &Paths, ready: &mut Option<OwnedFd>) -> io::Result<()> {
    let_go()?;
    os::raise_descriptor_limit();
    let Some(mut place) = take(paths)? else {
        report_ready(ready, READY);
        return Ok(());
    };
    let mut server = Server::new(place.listen()?)?;
    server.stay_at(place);
    server.leave_on_term()?;
    report_ready(ready, READY);
    server.run()
}

/// Takes the locks; `None` when another keeper holds one and works.
///
/// That one must answer: a keeper that was killed a moment ago may hold the lock and even take
/// connections until the kernel has cleared it away, which is waited for.
fn take(paths: &Paths) -> io::Result<Option<Place>> {
    let deadline = Instant::now() + LOCK_TIME;
    loop {
        if let Some(place) = Place::take(paths)? {
            return Ok(Some(place));
        }
        let error = match Keeper::observe(&paths.socket).and_then(|other| other.list()) {
            // Of another version: for the daemon to report.
            Ok(_) | Err(KeeperError::Version(_)) => return Ok(None),
            Err(error) => error,
        };
        if Instant::now() >= deadline {
            let message = format!("another one holds the lock but does not answer: {error}");
            return Err(io::Error::other(message));
        }
        std::thread::sleep(Duration::from_millis(5));
    }
}

/// Reports to the starter, once.
fn report_ready(ready: &mut Option<OwnedFd>, what: &str) {
    if let Some(fd) = ready.take() {
        let _ = File::from(fd).write_all(what.as_bytes());
    }
}

/// Lets go of whatever would tie this process to the one that started it.
fn let_go() -> io::Result<()> {
    os::fresh_signals();
    os::shrug_off(&[
        Signal::SIGHUP,
        Signal::SIGINT,
        Signal::SIGQUIT,
        Signal::SIGUSR1,
        Signal::SIGUSR2,
        Signal::SIGALRM,
        Signal::SIGTSTP,
    ])?;
    // Refused to one that leads a group already: then it was started so.
    let _ = setsid();
    // Keeps no file system from being unmounted.
    std::env::set_current_dir("/")?;
    let null = File::options().read(true).write(true).open("/dev/null")?;
    dup2_stdin(&null)?;
    dup2_stdout(&null)?;
    if nix::unistd::isatty(io::stderr()).unwrap_or(false) {
        dup2_stderr(&null)?;
    }
    Ok(())
}
