//! One multiplexer with everything it has, in a directory of its own; nothing of it is left when
//! this is dropped.
//!
//! What a new pane does is said by the shell's start-up file, so that every multiplexer runs the
//! same without commands in its own way.

use std::cell::Cell;
use std::collections::BTreeMap;
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::{Output, Stdio};
use std::time::{Duration, Instant};

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use tempfile::TempDir;

use super::machine;
use super::peer::{Peer, Place, command};
use super::screen::Screen;

/// What every shell prompts with.
pub const PROMPT: &str = "bench$";
/// How long anything may take.
pub const PATIENCE: Duration = Duration::from_secs(60);

pub struct Session<'a> {
    pub peer: &'a Peer,
    env: BTreeMap<OsString, OsString>,
    home: TempDir,
    panes: Cell<usize>,
}

impl<'a> Session<'a> {
    /// A fresh home; nothing runs yet.
    pub fn new(peer: &'a Peer) -> Session<'a> {
        let home = tempfile::Builder::new().prefix("mux-").tempdir().expect("a directory");
        let at = |name: &str| home.path().join(name).into_os_string();
        std::fs::create_dir(home.path().join("run")).expect("the directory is empty");
        let env = [
            ("HOME", home.path().as_os_str().to_owned()),
            ("SEGNO_HOME", at("segno")),
            ("XDG_RUNTIME_DIR", at("run")),
            ("XDG_CONFIG_HOME", at(".config")),
            ("XDG_CACHE_HOME", at(".cache")),
            ("ENV", at("rc")),
            ("SHELL", "/bin/sh".into()),
            ("TERM", "xterm-256color".into()),
            ("COLORTERM", "truecolor".into()),
            ("LANG", "C.UTF-8".into()),
            ("PATH", std::env::var_os("PATH").unwrap_or_else(|| "/usr/bin:/bin".into())),
        ];
        let env = env.into_iter().map(|(name, value)| (name.into(), value)).collect();
        peer.prepare(home.path()).expect("settings can be written");
        let session = Session { peer, env, home, panes: Cell::new(1) };
        session.at_start("");
        session
    }

    /// A fresh home with the multiplexer running and attached, at its prompt.
    pub fn attached(peer: &'a Peer) -> Option<(Session<'a>, Screen)> {
        let session = Session::new(peer);
        let screen = session.start();
        screen.until(PROMPT, PATIENCE)?;
        screen.settle(Duration::from_millis(300), Duration::from_secs(3));
        Some((session, screen))
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.home.path().join(name)
    }

    /// What the shells that are started from here on do at first.
    pub fn at_start(&self, script: &str) {
        let text = format!("PS1='{PROMPT} '\n{script}\n");
        std::fs::write(self.path("rc"), text).expect("the home can be written");
    }

    pub fn start(&self) -> Screen {
        Screen::start(&self.peer.start(self.home()), &self.env, self.home())
    }

    pub fn attach(&self) -> Screen {
        Screen::start(&self.peer.attach(self.home()), &self.env, self.home())
    }

    /// Leaves by this terminal and attaches by another: it, and how long it took to show the prompt.
    pub fn reattach(&self, screen: Screen) -> Option<(Screen, Duration)> {
        screen.close();
        let start = Instant::now();
        let screen = self.attach();
        let seen = screen.until(PROMPT, PATIENCE)?;
        Some((screen, seen.duration_since(start)))
    }

    /// Opens a pane, and waits until its shell runs.
    pub fn open(&self, place: Place) -> Option<()> {
        self.panes.set(self.panes.get() + 1);
        self.run(&self.peer.open(self.home(), place));
        self.wait(|| self.shells().len() >= self.panes.get())
    }

    /// Opens tabs one by one behind the one that is looked at, and waits until all shells run.
    pub fn open_behind(&self, tabs: usize) -> Option<()> {
        self.panes.set(self.panes.get() + tabs);
        for _ in 0..tabs {
            self.run(&self.peer.open_behind(self.home()))?;
        }
        self.wait(|| self.shells().len() >= self.panes.get())
    }

    pub fn run(&self, argv: &[OsString]) -> Option<Output> {
        let mut command = command(argv);
        command.env_clear().envs(&self.env).current_dir(self.home()).stdin(Stdio::null());
        command.output().ok()
    }

    /// Runs `segno` with these arguments.
    pub fn segno(&self, arguments: &[&str]) -> Option<String> {
        let mut argv = vec![self.peer.program.clone().into_os_string()];
        argv.extend(arguments.iter().map(OsString::from));
        let output = self.run(&argv).filter(|output| output.status.success())?;
        String::from_utf8(output.stdout).ok()
    }

    /// Waits for a fact.
    pub fn wait(&self, fact: impl Fn() -> bool) -> Option<()> {
        let end = Instant::now() + PATIENCE;
        while !fact() {
            if Instant::now() > end {
                return None;
            }
            std::thread::sleep(Duration::from_millis(2));
        }
        Some(())
    }

    /// The multiplexer's processes.
    pub fn processes(&self) -> Vec<i32> {
        machine::processes(self.home(), self.peer.executable()).0
    }

    /// The processes in the panes.
    pub fn shells(&self) -> Vec<i32> {
        machine::processes(self.home(), self.peer.executable()).1
    }

    fn home(&self) -> &Path {
        self.home.path()
    }
}

impl Drop for Session<'_> {
    fn drop(&mut self) {
        self.run(&self.peer.end(self.home()));
        loop {
            let (mut all, shells) = machine::processes(self.home(), self.peer.executable());
            all.extend(shells);
            if all.is_empty() {
                break;
            }
            for pid in all {
                let _ = kill(Pid::from_raw(pid), Signal::SIGKILL);
            }
            std::thread::sleep(Duration::from_millis(5));
        }
    }
}
