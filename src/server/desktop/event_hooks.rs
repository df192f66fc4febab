//! The user's commands on events: each gets the event as JSON, has a time limit, and what it
//! prints goes to the log. A bounded number runs at once and waits; nothing here holds up the
//! server.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::ffi::OsString;
use std::io::{Read, Write};
use std::os::unix::process::CommandExt as _;
use std::path::PathBuf;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::Arc;
use std::sync::mpsc;
use std::time::{Duration, Instant};

use nix::sys::signal::{Signal, killpg};
use nix::unistd::Pid;
use parking_lot::Mutex;
use tokio::sync::mpsc::UnboundedSender;

use crate::server::desktop::notify::program;
use crate::server::message::Message;
use crate::server::shared::Shared;
use segno_base::text::plain_text;
use segno_core::attention::event_feed::WorkspaceEvent;

/// Commands that run at once.
const RUNNING_MAX: usize = 4;
/// Commands that wait for their turn; further ones are left out, with a line in the log.
const WAITING_MAX: usize = 200;
/// What of its output goes to the log, in bytes.
const OUTPUT_MAX: u64 = 8 * 1024;
const PAUSE: Duration = Duration::from_millis(20);
/// How long what it leaves running may hold on to its output.
const LINGER: Duration = Duration::from_millis(500);

/// The commands that run and wait.
#[derive(Default)]
pub(in crate::server) struct Hooks {
    running: usize,
    waiting: VecDeque<Run>,
    groups: Groups,
}

/// The process groups of those that run: none is here whose leader was waited for, so that no
/// number is another program's by now.
#[derive(Clone, Default)]
struct Groups(Arc<Mutex<BTreeSet<i32>>>);

impl Hooks {
    /// Ends all of them, and lets none begin any more.
    pub fn end(&mut self, signal: Signal) {
        self.waiting.clear();
        for group in self.groups.0.lock().iter() {
            let _ = killpg(Pid::from_raw(*group), signal);
        }
    }
}

/// A command that is to be run.
pub(in crate::server) struct Run {
    /// What for, as the log calls it.
    pub event: &'static str,
    pub run: Vec<String>,
    /// What it gets on its standard input: the event, a line of JSON.
    pub input: String,
    pub timeout: Duration,
    pub env: Arc<BTreeMap<OsString, OsString>>,
    pub home: PathBuf,
}

impl Hooks {
    /// Runs what the user wants run on an event.
    pub(in crate::server) fn dispatch(&mut self, shared: &Shared, event: &WorkspaceEvent) {
        let concerned =
            shared.config.on.iter().filter(|on| on.concerns(event.event, &event.type_name));
        for on in concerned {
            if self.waiting.len() >= WAITING_MAX {
                let program = on.run.first();
                tracing::warn!(event = %event.event, ?program, "too many commands wait; left out");
                continue;
            }
            let Ok(mut input) = serde_json::to_string(event) else { continue };
            input.insert_str(1, "\"version\":1,");
            input.push('\n');
            self.waiting.push_back(Run {
                event: event.event.name(),
                run: on.run.clone(),
                input,
                timeout: Duration::from_secs(on.timeout),
                env: shared.env.clone(),
                home: shared.options.home.path().to_path_buf(),
            });
        }
        self.run_waiting(&shared.queue);
    }

    /// A command has ended.
    pub(in crate::server) fn ended(&mut self, queue: &UnboundedSender<Message>) {
        self.running = self.running.saturating_sub(1);
        self.run_waiting(queue);
    }

    /// Runs a command beside the user's.
    pub(in crate::server) fn run(&self, queue: &UnboundedSender<Message>, run: Run, then: Message) {
        self.run_if(queue, run, || true, || then);
    }

    /// Runs a command beside the user's where there is a reason for it; both is asked beside the
    /// owner.
    pub(in crate::server) fn run_if(
        &self,
        queue: &UnboundedSender<Message>,
        run: Run,
        wanted: impl FnOnce() -> bool + Send + 'static,
        then: impl FnOnce() -> Message + Send + 'static,
    ) {
        let (queue, groups) = (queue.clone(), self.groups.clone());
        crate::server::aside::pool::spawn(move || {
            if wanted() {
                run.carry_out(&groups);
            }
            let _ = queue.send(then());
        });
    }

    fn run_waiting(&mut self, queue: &UnboundedSender<Message>) {
        while self.running < RUNNING_MAX
            && let Some(run) = self.waiting.pop_front()
        {
            self.running += 1;
            self.run(queue, run, Message::HookEnded);
        }
    }
}

impl Run {
    /// Our own program with these arguments.
    pub(in crate::server) fn of_segno(
        shared: &Shared,
        event: &'static str,
        arguments: &[&str],
        input: String,
        timeout: Duration,
    ) -> Run {
        let program = shared.options.exe.to_string_lossy().into_owned();
        let arguments = arguments.iter().map(|argument| (*argument).to_string());
        Run {
            event,
            run: std::iter::once(program).chain(arguments).collect(),
            input,
            timeout,
            env: shared.env.clone(),
            home: shared.options.home.path().to_path_buf(),
        }
    }

    fn carry_out(&self, groups: &Groups) {
        let (event, program) = (self.event, self.run.first().map_or("", String::as_str));
        match self.start(groups) {
            Ok((child, output)) => {
                let begun = Instant::now();
                let status = wait(child, begun + self.timeout, groups);
                for line in output.recv_timeout(LINGER).unwrap_or_default().lines() {
                    let line = plain_text::line(line);
                    tracing::info!(event, program, "{line}");
                }
                match status {
                    Some(status) if status.success() => {
                        tracing::info!(event, program, "the command on this event is done");
                    }
                    Some(status) => tracing::warn!(event, program, %status, "it failed"),
                    None => tracing::warn!(event, program, "it took too long and was ended"),
                }
            }
            Err(error) => tracing::warn!(event, program, %error, "it cannot be started"),
        }
    }

    /// Starts the command; its output comes when nobody holds on to it any more.
    fn start(&self, groups: &Groups) -> std::io::Result<(Child, mpsc::Receiver<String>)> {
        let Some((name, args)) = self.run.split_first() else {
            return Err(std::io::ErrorKind::InvalidInput.into());
        };
        let program = program(&self.env, name).ok_or(std::io::ErrorKind::NotFound)?;
        let (mut reader, writer) = std::io::pipe()?;
        // From its first moment on it is known to whoever ends all.
        let mut known = groups.0.lock();
        let mut child = Command::new(program)
            .args(args)
            .env_clear()
            .envs(self.env.iter())
            .env("SEGNO_HOME", &self.home)
            .current_dir("/")
            .stdin(Stdio::piped())
            .stdout(writer.try_clone()?)
            .stderr(writer)
            // So that it can be ended with all that it started.
            .process_group(0)
            .spawn()?;
        known.insert(child.id().cast_signed());
        drop(known);
        let (stdin, input) = (child.stdin.take(), self.input.clone());
        let thread = || std::thread::Builder::new().name("on event".into());
        let given = thread().spawn(move || {
            // One that does not read its input does not want it.
            let _ = stdin.map(|mut stdin| stdin.write_all(input.as_bytes()));
        });
        let (sender, output) = mpsc::channel();
        let taken = thread().spawn(move || {
            let mut kept = Vec::new();
            let _ = (&mut reader).take(OUTPUT_MAX).read_to_end(&mut kept);
            // What is too much is taken all the same: the command must not wait for ever.
            let _ = std::io::copy(&mut reader, &mut std::io::sink());
            let _ = sender.send(String::from_utf8_lossy(&kept).into_owned());
        });
        if let Err(error) = given.and(taken) {
            // Nobody would feed it.
            let _ = wait(child, Instant::now(), groups);
            return Err(error);
        }
        Ok((child, output))
    }
}

/// How it ended; `None` when it was ended because it took too long.
fn wait(mut child: Child, end: Instant, groups: &Groups) -> Option<ExitStatus> {
    let group = child.id().cast_signed();
    loop {
        // As one step for whoever ends the groups.
        let mut known = groups.0.lock();
        match child.try_wait() {
            Ok(Some(status)) => {
                known.remove(&group);
                return Some(status);
            }
            Ok(None) if Instant::now() < end => {
                drop(known);
                std::thread::sleep(PAUSE);
            }
            _ => {
                let _ = killpg(Pid::from_raw(group), Signal::SIGKILL);
                let _ = child.wait();
                known.remove(&group);
                return None;
            }
        }
    }
}
