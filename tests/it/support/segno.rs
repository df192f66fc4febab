//! A Segno of the test's own: the real program with its home, its daemon and its keeper below a
//! temporary directory.
//!
//! The environment is cleared, so that nothing of the developer's own session gets in. When a
//! [`Segno`] is dropped, also by a panic, nothing of it is left: every process that has its
//! `SEGNO_HOME` is killed and waited for. A watchdog does the same when the test takes too long,
//! which makes whatever the test waits for fail.

use std::collections::BTreeMap;
use std::ffi::{OsStr, OsString};
use std::fs;
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{RecvTimeoutError, Sender, channel};
use std::thread;
use std::time::{Duration, Instant};

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use serde_json::Value;
use tempfile::TempDir;

use super::terminal::{Line, Terminal};
use segno_base::screen::geometry::Size;

/// How long a test without an agent may take.
pub const LIMIT: Duration = Duration::from_secs(60);
/// How long a single wait may take.
pub const PATIENCE: Duration = Duration::from_secs(30);
/// How much of each log is printed when a test fails.
const LOG_LINES: usize = 40;
/// From the watchdog's killing to the end of the whole run, should a test not notice.
const GRACE: Duration = Duration::from_secs(60);

/// The program under test.
pub fn program() -> &'static Path {
    Path::new(env!("CARGO_BIN_EXE_segno"))
}

/// A private Segno. Nothing runs until a command is given or a terminal is opened.
pub struct Segno {
    // Before the directory, because it has to end first.
    watchdog: Watchdog,
    home: PathBuf,
    user_home: PathBuf,
    env: BTreeMap<OsString, OsString>,
    directory: TempDir,
}

impl Segno {
    /// With the time limit of a test without agents.
    pub fn new() -> Self {
        Self::with_limit(LIMIT)
    }

    pub fn with_limit(limit: Duration) -> Self {
        Self::at("segno", limit)
    }

    /// With `SEGNO_HOME` being this name in the test's directory.
    pub fn at(name: impl AsRef<OsStr>, limit: Duration) -> Self {
        let directory =
            tempfile::Builder::new().prefix("sg-").tempdir().expect("a temporary directory");
        let root = directory.path().canonicalize().expect("the temporary directory's path");
        let (home, user_home) = (root.join(name.as_ref()), root.join("home"));
        fs::create_dir(&user_home).expect("a home in the temporary directory");
        let path = std::env::var_os("PATH").unwrap_or_default();
        let env = [
            ("PATH", path.as_os_str()),
            ("HOME", user_home.as_os_str()),
            ("SEGNO_HOME", home.as_os_str()),
            ("LANG", OsStr::new("C.UTF-8")),
            ("SHELL", OsStr::new("/bin/sh")),
            ("PS1", OsStr::new("$ ")),
            ("TERM", OsStr::new("xterm-256color")),
            ("COLORTERM", OsStr::new("truecolor")),
            // Tests say themselves when a killed daemon is to be followed by another.
            ("SEGNO_REVIVE", OsStr::new("0")),
        ];
        let env = env.into_iter().map(|(k, v)| (k.into(), v.into())).collect();
        let watchdog = Watchdog::start(home.clone(), limit);
        Self { watchdog, home, user_home, env, directory }
    }

    /// Sets a variable for every program started from now on.
    pub fn env(&mut self, name: impl AsRef<OsStr>, value: impl AsRef<OsStr>) -> &mut Self {
        self.env.insert(name.as_ref().into(), value.as_ref().into());
        self
    }

    pub fn env_remove(&mut self, name: impl AsRef<OsStr>) -> &mut Self {
        self.env.remove(name.as_ref());
        self
    }

    /// From now on a daemon that dies is followed by another one, as it is for users.
    pub fn revived(&mut self) -> &mut Self {
        self.env_remove("SEGNO_REVIVE")
    }

    /// Puts a directory in front of `PATH`.
    pub fn path_first(&mut self, directory: &Path) -> &mut Self {
        let old = self.env.get(OsStr::new("PATH")).cloned().unwrap_or_default();
        let all = std::iter::once(directory.to_owned()).chain(std::env::split_paths(&old));
        let joined = std::env::join_paths(all).expect("no colon in a test's directory");
        self.env("PATH", joined)
    }

    /// The environment that its programs get.
    pub fn environment(&self) -> &BTreeMap<OsString, OsString> {
        &self.env
    }

    /// `$SEGNO_HOME`.
    pub fn home(&self) -> &Path {
        &self.home
    }

    /// `$HOME`.
    pub fn user_home(&self) -> &Path {
        &self.user_home
    }

    /// The temporary directory that has both.
    pub fn root(&self) -> PathBuf {
        self.directory.path().canonicalize().expect("the temporary directory's path")
    }

    /// A new directory in the temporary one, e.g. to work in.
    pub fn directory(&self, name: &str) -> PathBuf {
        let path = self.root().join(name);
        fs::create_dir_all(&path).expect("a directory in the temporary directory");
        path
    }

    /// A file of `$SEGNO_HOME` as text; `None` when it is not there.
    pub fn file(&self, relative: &str) -> Option<String> {
        fs::read_to_string(self.home.join(relative)).ok()
    }

    /// A file of `$SEGNO_HOME`, written.
    pub fn write(&self, relative: &str, text: &str) {
        // As Segno makes it: closed to others.
        let mut directories = fs::DirBuilder::new();
        directories.recursive(true).mode(0o700);
        directories.create(&self.home).expect("SEGNO_HOME");
        let path = self.home.join(relative);
        fs::create_dir_all(path.parent().expect("a file has a directory")).expect("its directory");
        fs::write(path, text).expect("a file in SEGNO_HOME");
    }

    /// A command with this Segno's environment, run in the user's home.
    pub fn command(&self, program: impl AsRef<OsStr>) -> Command {
        let mut command = Command::new(program);
        command.env_clear().envs(&self.env).current_dir(&self.user_home).stdin(Stdio::null());
        command
    }

    /// Runs `segno` with these arguments, without a terminal.
    pub fn cli<S: AsRef<OsStr>>(&self, args: &[S]) -> Output {
        self.watchdog.check();
        let output = self.command(program()).args(args).output().expect("segno can be run");
        self.watchdog.check();
        output
    }

    /// Runs `segno`, which must succeed, and returns what it printed, without the white space
    /// around it.
    #[track_caller]
    pub fn ok<S: AsRef<OsStr>>(&self, args: &[S]) -> String {
        let output = self.cli(args);
        assert!(output.status.success(), "{}", describe(args, &output));
        String::from_utf8(output.stdout).expect("segno prints UTF-8").trim().to_owned()
    }

    /// Runs `segno`, which must fail, and returns its exit code and what it printed as an error.
    #[track_caller]
    pub fn fails<S: AsRef<OsStr>>(&self, args: &[S]) -> (i32, String) {
        let output = self.cli(args);
        assert!(!output.status.success(), "{}", describe(args, &output));
        let code = output.status.code().expect("it was not killed");
        (code, String::from_utf8_lossy(&output.stderr).trim().to_owned())
    }

    /// Runs `segno` with `--json` added, which must succeed, and returns what it printed.
    #[track_caller]
    pub fn json<S: AsRef<OsStr>>(&self, args: &[S]) -> Value {
        let mut args: Vec<&OsStr> = args.iter().map(AsRef::as_ref).collect();
        if !args.contains(&OsStr::new("--json")) {
            args.push(OsStr::new("--json"));
        }
        let text = self.ok(&args);
        serde_json::from_str(&text)
            .unwrap_or_else(|error| panic!("{args:?} printed {text}: {error}"))
    }

    /// `segno ls --json`: the panes.
    #[track_caller]
    pub fn panes(&self) -> Vec<Value> {
        self.json(&["ls"])["panes"].as_array().expect("a list of panes").clone()
    }

    /// `segno status PANE --json`: the pane.
    #[track_caller]
    pub fn status(&self, pane: &str) -> Value {
        self.json(&["status", pane])["pane"].take()
    }

    /// The process id of a pane's program, once it runs.
    #[track_caller]
    pub fn pane_pid(&self, pane: &str) -> i32 {
        let status = self.wait_status(pane, "a process", |status| status["pid"].is_i64());
        status["pid"].as_i64().expect("just seen") as i32
    }

    /// A terminal of the usual size with an attached `segno`.
    pub fn terminal(&self) -> Terminal {
        self.terminal_of(100, 30, &["attach"])
    }

    /// A terminal with `segno` and these arguments.
    pub fn terminal_of(&self, cols: u16, rows: u16, args: &[&str]) -> Terminal {
        let args: Vec<_> = args.iter().map(OsString::from).collect();
        let (program, home) = (program().as_os_str(), &self.user_home);
        Terminal::start(program, &args, &self.env, home, cols, rows, self.watchdog.expired())
    }

    /// As [`Segno::terminal`], with another file of the program.
    pub fn terminal_with(&self, program: &Path) -> Terminal {
        let (args, expired) = ([OsString::from("attach")], self.watchdog.expired());
        Terminal::start(program.as_os_str(), &args, &self.env, &self.user_home, 100, 30, expired)
    }

    /// The processes of this Segno with these first arguments, e.g. `daemon run`. Without /proc:
    /// none.
    pub fn running(&self, words: &[&str]) -> Vec<i32> {
        let is = |pid: &i32| {
            let arguments = arguments(*pid);
            arguments.get(1..=words.len()).is_some_and(|found| found == words)
        };
        processes_of(&self.home).into_iter().filter(is).collect()
    }

    /// A terminal over a line of its own kind, with any program.
    pub fn terminal_over(&self, line: Line, program: &str, args: &[&str]) -> Terminal {
        let args: Vec<_> = args.iter().map(OsString::from).collect();
        let (home, size) = (&self.user_home, Size::new(100, 30));
        let expired = self.watchdog.expired();
        Terminal::over(line, OsStr::new(program), &args, &self.env, home, size, expired)
    }

    /// Waits for a fact that nothing announces, e.g. in a file or in what a command prints.
    #[track_caller]
    pub fn wait_for<T>(&self, what: &str, mut found: impl FnMut() -> Option<T>) -> T {
        wait_for(what, PATIENCE, || {
            self.watchdog.check();
            found()
        })
    }

    /// Waits until a pane's status is as wanted and returns it.
    #[track_caller]
    pub fn wait_status(&self, pane: &str, what: &str, wanted: impl Fn(&Value) -> bool) -> Value {
        let mut last = Value::Null;
        let end = Instant::now() + PATIENCE;
        let mut pause = Pause::new();
        while Instant::now() < end {
            // A pane that was just asked for by a key may not be there yet.
            let output = self.cli(&["status", pane, "--json"]);
            let said = serde_json::from_slice::<Value>(&output.stdout).unwrap_or_default();
            if output.status.success() {
                last = said["pane"].clone();
                if wanted(&last) {
                    return last;
                }
            } else {
                last = Value::String(String::from_utf8_lossy(&output.stderr).into_owned());
            }
            pause.pause();
        }
        panic!("gave up waiting for {pane}: {what}; its status is {last:#}");
    }

    /// Waits until a pane is in this state and returns its status.
    #[track_caller]
    pub fn wait_state(&self, pane: &str, state: &str) -> Value {
        self.wait_status(pane, &format!("state {state}"), |status| status["state"] == state)
    }

    /// The daemon's process id; `None` when none runs.
    pub fn daemon_pid(&self) -> Option<i32> {
        self.json(&["daemon", "status"])["daemon"]["pid"].as_i64().map(|pid| pid as i32)
    }

    /// The keeper's process id, as the daemon knows it.
    pub fn keeper_pid(&self) -> Option<i32> {
        self.json(&["daemon", "status"])["daemon"]["keeper_pid"].as_i64().map(|pid| pid as i32)
    }

    /// Starts the daemon when none runs.
    pub fn daemon_start(&self) {
        self.ok(&["daemon", "start"]);
    }

    /// Stops the daemon in good order; programs go on.
    pub fn daemon_stop(&self) {
        self.ok(&["daemon", "stop"]);
        assert_eq!(self.daemon_pid(), None, "the daemon runs after it was stopped");
    }

    /// Kills the daemon and waits until it is gone; programs go on.
    pub fn kill_daemon(&self) {
        let pid = self.daemon_pid().expect("a daemon to kill");
        kill_and_wait(pid);
    }

    /// A power cut: every process of this Segno, attached clients too, is gone at once.
    pub fn reboot(&self) {
        if !cfg!(target_os = "linux") {
            let daemon = self.daemon_pid();
            let keeper = daemon.and_then(|_| self.keeper_pid());
            return [daemon, keeper].into_iter().flatten().for_each(kill_and_wait);
        }
        // None may notice that another is gone, and do something about it.
        let mut stopped = Vec::new();
        loop {
            let new: Vec<_> =
                processes_of(&self.home).into_iter().filter(|pid| !stopped.contains(pid)).collect();
            if new.is_empty() {
                break;
            }
            for pid in new {
                let _ = kill(Pid::from_raw(pid), Signal::SIGSTOP);
                stopped.push(pid);
            }
        }
        end_all(&self.home);
    }
}

impl Segno {
    /// What runs, and what the processes wrote into their logs, for whoever looks into a failure.
    fn print_logs(&self) {
        for pid in processes_of(&self.home) {
            let stat = fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
            let parent =
                stat.rsplit(") ").next().and_then(|rest| rest.split(' ').nth(1)).unwrap_or("?");
            eprintln!("── {pid}, started by {parent}: {}", arguments(pid).join(" "));
        }
        let Ok(entries) = fs::read_dir(self.home.join("log")) else { return };
        for entry in entries.flatten() {
            let text = fs::read(entry.path()).unwrap_or_default();
            let text = String::from_utf8_lossy(&text);
            let lines: Vec<_> = text.lines().rev().take(LOG_LINES).collect();
            eprintln!("── {}", entry.file_name().display());
            for line in lines.iter().rev() {
                eprintln!("{line}");
            }
        }
    }
}

impl Drop for Segno {
    fn drop(&mut self) {
        if thread::panicking() {
            self.print_logs();
        }
        if cfg!(target_os = "linux") {
            return end_all(&self.home);
        }
        // Without /proc, the daemon has to be asked.
        let _ = self.command(program()).args(["kill", "--all"]).output();
        end_all(&self.home);
    }
}

fn describe<S: AsRef<OsStr>>(args: &[S], output: &Output) -> String {
    let args: Vec<_> = args.iter().map(|a| a.as_ref().to_string_lossy().into_owned()).collect();
    format!(
        "segno {} ended with {}\n{}{}",
        args.join(" "),
        output.status,
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr)
    )
}

/// Waits for a fact that nothing announces; panics when it does not come.
#[track_caller]
pub fn wait_for<T>(what: &str, patience: Duration, mut found: impl FnMut() -> Option<T>) -> T {
    let mut result = None;
    for_a_while(patience, || {
        result = found();
        result.is_some()
    });
    result.unwrap_or_else(|| panic!("nothing after {patience:?}: {what}"))
}

/// Looks again and again until it is so, but not longer than this; says whether it is.
pub fn for_a_while(patience: Duration, mut is_so: impl FnMut() -> bool) -> bool {
    let end = Instant::now() + patience;
    let mut pause = Pause::new();
    loop {
        if is_so() {
            return true;
        }
        if Instant::now() >= end {
            return false;
        }
        pause.pause();
    }
}

/// The pauses between two looks at a fact that nothing announces.
struct Pause(Duration);

impl Pause {
    fn new() -> Self {
        Self(Duration::from_millis(5))
    }

    fn pause(&mut self) {
        thread::sleep(self.0);
        self.0 = (self.0 * 3 / 2).min(Duration::from_millis(200));
    }
}

/// A process's arguments, the program first; empty when it is gone.
pub fn arguments(pid: i32) -> Vec<String> {
    if cfg!(target_os = "linux") {
        let bytes = fs::read(format!("/proc/{pid}/cmdline")).unwrap_or_default();
        let text = String::from_utf8_lossy(&bytes);
        return text.split_terminator('\0').map(str::to_owned).collect();
    }
    let output = Command::new("ps").args(["-o", "args=", "-p", &pid.to_string()]).output();
    let text = output.map(|o| String::from_utf8_lossy(&o.stdout).into_owned()).unwrap_or_default();
    text.split_whitespace().map(str::to_owned).collect()
}

/// Whether the process exists and has not ended.
pub fn alive(pid: i32) -> bool {
    if cfg!(target_os = "linux") {
        // The name before the state may have spaces and parentheses.
        let stat = fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
        let state = stat.rsplit_once(") ").and_then(|(_, rest)| rest.chars().next());
        // The first thread may have ended while others still hold files and sockets.
        let threads = || fs::read_dir(format!("/proc/{pid}/task")).map_or(0, Iterator::count);
        return state.is_some_and(|state| !matches!(state, 'Z' | 'X') || threads() > 1);
    }
    kill(Pid::from_raw(pid), None).is_ok()
}

/// Kills a process and waits until it is gone.
pub fn kill_and_wait(pid: i32) {
    let _ = kill(Pid::from_raw(pid), Signal::SIGKILL);
    wait_for(&format!("the end of process {pid}"), PATIENCE, || (!alive(pid)).then_some(()));
}

/// The processes that have this `SEGNO_HOME`. Without /proc: none.
pub fn processes_of(home: &Path) -> Vec<i32> {
    use std::os::unix::ffi::OsStrExt;
    let wanted = [b"SEGNO_HOME=", home.as_os_str().as_bytes()].concat();
    let Ok(entries) = fs::read_dir("/proc") else { return Vec::new() };
    entries
        .filter_map(|entry| entry.ok()?.file_name().to_str()?.parse().ok())
        .filter(|&pid| pid != std::process::id() as i32 && alive(pid))
        .filter(|pid| {
            let environment = fs::read(format!("/proc/{pid}/environ")).unwrap_or_default();
            environment.split(|&byte| byte == 0).any(|variable| variable == wanted)
        })
        .collect()
}

/// Kills every process that has this `SEGNO_HOME`, and those that they start meanwhile.
fn end_all(home: &Path) {
    let mut empty = false;
    let end = Instant::now() + PATIENCE;
    let mut pause = Pause::new();
    loop {
        let left = processes_of(home);
        // A process that is just being started shows no environment for a moment, and the daemon
        // starts a keeper when its own is killed: once nobody was seen, there is a second look.
        if left.is_empty() && empty {
            return;
        }
        empty = left.is_empty();
        for &pid in &left {
            let _ = kill(Pid::from_raw(pid), Signal::SIGKILL);
        }
        if Instant::now() > end {
            eprintln!("processes {left:?} of {} do not end", home.display());
            return;
        }
        pause.pause();
    }
}

/// Ends the processes of a test that takes too long, and the whole run if that does not end the
/// test.
struct Watchdog {
    expired: Arc<AtomicBool>,
    _done: Sender<()>,
}

impl Watchdog {
    fn start(home: PathBuf, limit: Duration) -> Self {
        let (done, waiting) = channel::<()>();
        let expired = Arc::new(AtomicBool::new(false));
        let flag = Arc::clone(&expired);
        let test = thread::current().name().unwrap_or("a test").to_owned();
        thread::spawn(move || {
            if waiting.recv_timeout(limit) != Err(RecvTimeoutError::Timeout) {
                return;
            }
            eprintln!("{test} takes longer than {limit:?}; its processes are killed");
            flag.store(true, Ordering::SeqCst);
            end_all(&home);
            if waiting.recv_timeout(GRACE) == Err(RecvTimeoutError::Timeout) {
                eprintln!("{test} does not end");
                std::process::abort();
            }
        });
        Self { expired, _done: done }
    }

    fn expired(&self) -> Arc<AtomicBool> {
        Arc::clone(&self.expired)
    }

    #[track_caller]
    fn check(&self) {
        assert!(!self.expired.load(Ordering::SeqCst), "the test took too long");
    }
}
