//! How many system calls the daemon makes for a key and its echo: counted while it is traced.

use std::io::{Read, Write};
use std::os::unix::net::UnixStream;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use nix::libc;
use nix::sys::wait::{WaitStatus, waitpid};
use nix::unistd::Pid;

use segno_wire::frame::{FrameDecoder, FromClient, FromDaemon};

const KEYS: u64 = 26;
const PATIENCE: Duration = Duration::from_secs(60);

/// A daemon with one shell, as a child of this process, which may trace it for that reason.
struct Daemon {
    home: tempfile::TempDir,
    child: Child,
}

fn segno(home: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_segno"));
    command.env_clear().env("HOME", home).env("SEGNO_HOME", home.join("segno"));
    command.env("SHELL", "/bin/sh").env("PATH", "/usr/bin:/bin").env("ENV", home.join("rc"));
    command.stdin(Stdio::null()).stdout(Stdio::null()).current_dir(home);
    command
}

impl Daemon {
    fn start() -> Daemon {
        let home = tempfile::tempdir().unwrap();
        std::fs::write(home.path().join("rc"), "echo ready; exec cat\n").unwrap();
        let child = segno(home.path()).args(["daemon", "run"]).spawn().unwrap();
        Daemon { home, child }
    }

    fn attach(&self) -> Client {
        let end = Instant::now() + PATIENCE;
        let mut stream = loop {
            match UnixStream::connect(self.home.path().join("segno/run/daemon.sock")) {
                Ok(stream) => break stream,
                Err(error) => assert!(Instant::now() < end, "{error}"),
            }
            std::thread::sleep(Duration::from_millis(5));
        };
        stream.set_read_timeout(Some(PATIENCE)).unwrap();
        let hello = r#"{"segno":"0","protocol":1,"role":"attach","attach":{"cols":80,"rows":24,"term":"xterm","token":"0123456789abcdef0123456789abcdef"}}"#;
        stream.write_all(format!("{hello}\n").as_bytes()).unwrap();
        let mut byte = [0];
        while byte != *b"\n" {
            stream.read_exact(&mut byte).unwrap();
        }
        Client { stream, frames: FrameDecoder::default(), shown: 0, typed: 0 }
    }
}

impl Drop for Daemon {
    fn drop(&mut self) {
        let _ = segno(self.home.path()).args(["kill", "--all"]).status();
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

struct Client {
    stream: UnixStream,
    frames: FrameDecoder,
    shown: u64,
    typed: u64,
}

impl Client {
    fn say(&mut self, frame: FromClient) {
        let mut bytes = Vec::new();
        frame.encode(&mut bytes);
        self.stream.write_all(&bytes).unwrap();
    }

    fn key(&mut self, key: u8) {
        self.typed += 1;
        self.say(FromClient::Input { seq: self.typed, bytes: vec![key] });
    }

    /// Shows what comes until a text is in it.
    fn until(&mut self, text: &str) {
        let mut seen = Vec::new();
        while !seen.windows(text.len()).any(|window| window == text.as_bytes()) {
            let mut buffer = [0; 64 * 1024];
            let count = self.stream.read(&mut buffer).unwrap();
            assert!(count > 0, "the daemon went");
            self.frames.push(&buffer[..count]);
            while let Some(frame) = self.frames.next_from_daemon().unwrap() {
                if let FromDaemon::Output(bytes) = frame {
                    self.shown += bytes.len() as u64;
                    seen.extend(bytes);
                    self.say(FromClient::Shown(self.shown));
                }
            }
        }
    }
}

#[expect(unsafe_code, reason = "no library here traces")]
fn trace(request: libc::c_uint, pid: Pid, data: usize) {
    // SAFETY: these requests touch no memory of this process.
    let result = unsafe { libc::ptrace(request, pid.as_raw(), 0_usize, data) };
    assert!(result >= 0, "ptrace: {}", std::io::Error::last_os_error());
}

/// Counts a thread's system calls until it is to end.
fn count(pid: Pid, calls: &AtomicU64, end: &AtomicBool) {
    trace(libc::PTRACE_SEIZE, pid, libc::PTRACE_O_TRACESYSGOOD as usize);
    trace(libc::PTRACE_INTERRUPT, pid, 0);
    let mut stops = 0;
    loop {
        let signal = match waitpid(pid, None).unwrap() {
            WaitStatus::PtraceSyscall(_) => {
                stops += 1;
                calls.store(stops / 2, Ordering::SeqCst);
                None
            }
            WaitStatus::Stopped(_, signal) => Some(signal),
            WaitStatus::PtraceEvent(..) => None,
            // Killed, by a test that fails.
            _ => return,
        };
        let request = match end.load(Ordering::SeqCst) {
            true => libc::PTRACE_DETACH,
            false => libc::PTRACE_SYSCALL,
        };
        trace(request, pid, signal.map_or(0, |signal| signal as usize));
        if request == libc::PTRACE_DETACH {
            return;
        }
    }
}

/// A test that fails ends the daemon, which is waited for otherwise.
struct Ends<'a>(Pid, &'a AtomicBool);

impl Drop for Ends<'_> {
    fn drop(&mut self) {
        self.1.store(true, Ordering::SeqCst);
        if std::thread::panicking() {
            let _ = nix::sys::signal::kill(self.0, nix::sys::signal::Signal::SIGKILL);
        }
    }
}

/// How many of the daemon's system calls a key takes, with its echo and all that follows.
pub fn calls_per_key() -> f64 {
    let daemon = Daemon::start();
    let mut client = daemon.attach();
    client.until("ready");
    let pid = Pid::from_raw(daemon.child.id() as i32);
    let (calls, end) = (AtomicU64::new(0), AtomicBool::new(false));
    std::thread::scope(|scope| {
        scope.spawn(|| count(pid, &calls, &end));
        let _ends = Ends(pid, &end);
        for key in b'a'..b'd' {
            client.key(key);
            client.until(&char::from(key).to_string());
        }
        let before = calls.load(Ordering::SeqCst);
        for key in (b'A'..).take(KEYS as usize) {
            client.key(key);
            client.until(&char::from(key).to_string());
        }
        let counted = calls.load(Ordering::SeqCst) - before;
        // The next call is the last that is seen.
        end.store(true, Ordering::SeqCst);
        client.key(b'x');
        client.until("x");
        counted as f64 / KEYS as f64
    })
}
