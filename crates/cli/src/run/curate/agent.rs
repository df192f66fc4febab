//! The agent that curates: started, given its time, and ended with all that it started.

use std::collections::VecDeque;
use std::io::{self, Read};
use std::path::Path;
use std::process::{Child, Command, ExitStatus};
use std::sync::mpsc;
use std::time::{Duration, Instant};

use nix::sys::signal::{SigSet, Signal, killpg};
use nix::unistd::Pid;

use segno_agent::panetype::launch::Headless;
use segno_base::system::lock_file::LockFile;
use segno_base::system::os;

/// How often it is looked whether it has ended.
const LOOK: Duration = Duration::from_millis(50);
/// How long it has after it was asked to end.
const GRACE: Duration = Duration::from_secs(5);
/// How long what it leaves running may hold on to its output.
const LINGER: Duration = Duration::from_millis(500);
/// What of its output is kept: the end, in bytes.
const OUTPUT_MAX: usize = 32 << 10;

/// How it ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum End {
    Status(ExitStatus),
    TooLong,
    /// This process was asked to end.
    Stopped,
}

/// Watches for signals that ask this process to end, so that the agent ends first. To be made
/// before any thread is.
pub struct Stops(mpsc::Receiver<()>);

impl Stops {
    pub fn watch() -> io::Result<Stops> {
        let mut signals = SigSet::empty();
        for signal in [Signal::SIGTERM, Signal::SIGINT, Signal::SIGHUP] {
            signals.add(signal);
        }
        signals.thread_block()?;
        let (sender, stops) = mpsc::channel();
        let wait = move || {
            if signals.wait().is_ok() {
                let _ = sender.send(());
            }
        };
        std::thread::Builder::new().name("signals".into()).spawn(wait)?;
        Ok(Stops(stops))
    }

    fn came(&self, within: Duration) -> bool {
        let came = self.0.recv_timeout(within);
        if came == Err(mpsc::RecvTimeoutError::Disconnected) {
            std::thread::sleep(within);
        }
        came.is_ok()
    }
}

/// Runs it to its end; also answers the end of what it printed. Whatever becomes of this process,
/// the agent holds the lock until it has ended.
pub fn run(
    start: &Headless,
    directory: &Path,
    lock: &LockFile,
    limit: Duration,
    stops: &Stops,
) -> io::Result<(End, String)> {
    let (reader, writer) = io::pipe()?;
    let mut command = Command::new(&start.program);
    command.args(&start.args).env_clear().envs(&start.env).current_dir(directory);
    // An empty file, which also is the lock.
    command.stdin(lock.share()?).stdout(writer.try_clone()?).stderr(writer);
    os::leave_terminal(&mut command);
    let child = command.spawn()?;
    // It has the writing ends, which nobody else may keep open.
    drop(command);
    let (sender, output) = mpsc::channel();
    let read = move || {
        let _ = sender.send(tail(reader));
    };
    let thread = std::thread::Builder::new().name("output".into()).spawn(read);
    let end = wait(child, limit, stops)?;
    thread?;
    let printed = output.recv_timeout(LINGER).unwrap_or_default();
    Ok((end, String::from_utf8_lossy(&printed).into_owned()))
}

fn wait(mut child: Child, limit: Duration, stops: &Stops) -> io::Result<End> {
    let group = Pid::from_raw(child.id().cast_signed());
    let late = Instant::now() + limit;
    let end = loop {
        if let Some(status) = child.try_wait()? {
            return Ok(End::Status(status));
        }
        if Instant::now() >= late {
            break End::TooLong;
        }
        if stops.came(LOOK) {
            break End::Stopped;
        }
    };
    let _ = killpg(group, Signal::SIGTERM);
    let late = Instant::now() + GRACE;
    while !os::process::is_defunct(group.as_raw()) && Instant::now() < late {
        std::thread::sleep(LOOK);
    }
    // Before it is waited for, so that the number is no other group's; with all that is left of it.
    let _ = killpg(group, Signal::SIGKILL);
    child.wait()?;
    Ok(end)
}

fn tail(mut reader: impl Read) -> Vec<u8> {
    let (mut kept, mut piece) = (VecDeque::new(), [0; 4096]);
    while let Ok(n @ 1..) = reader.read(&mut piece) {
        kept.extend(&piece[..n]);
        let excess = kept.len().saturating_sub(OUTPUT_MAX);
        kept.drain(..excess);
    }
    kept.into()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ran(script: &str, limit: Duration) -> (End, String) {
        let temp = tempfile::tempdir().unwrap();
        let lock = LockFile::try_acquire(&temp.path().join("lock")).unwrap().unwrap();
        let start = Headless {
            program: "/bin/sh".into(),
            args: vec!["-c".into(), script.into()],
            env: [("PATH".into(), "/usr/bin:/bin".into())].into(),
        };
        let stops = Stops(mpsc::channel().1);
        run(&start, temp.path(), &lock, limit, &stops).unwrap()
    }

    #[test]
    fn what_takes_too_long_ends_with_all_that_it_started() {
        let begun = Instant::now();
        let script = "trap '' TERM; sleep 600 & echo $!; wait";
        let (end, printed) = ran(script, Duration::from_millis(300));
        assert_eq!(end, End::TooLong);
        let child: i32 = printed.trim().parse().unwrap();
        assert!(begun.elapsed() < Duration::from_secs(60));
        while os::process::exists(child) && !os::process::is_defunct(child) {
            std::thread::sleep(LOOK);
        }
    }

    #[test]
    fn its_input_is_empty_and_of_its_output_the_end_is_kept() {
        let script = "cat; head -c 100000 /dev/zero | tr '\\0' x; echo the end >&2; exit 3";
        let (end, printed) = ran(script, Duration::from_secs(60));
        assert!(matches!(end, End::Status(status) if status.code() == Some(3)));
        assert!(printed.ends_with("the end\n") && printed.len() <= OUTPUT_MAX);
    }
}
