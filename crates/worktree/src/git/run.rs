//! Running git, with an end to everything.

use std::collections::BTreeMap;
use std::io::{Read, Write};
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::mpsc::{self, RecvTimeoutError};
use std::thread;
use std::time::Duration;

use nix::sys::signal::{Signal, killpg};
use nix::unistd::Pid;

use super::{Access, Call, GitError};
use segno_base::system::os;
use segno_base::text::plain_text;

/// How git ended and what it printed.
#[derive(Debug)]
pub struct GitOutput {
    /// `None` when a signal ended it.
    pub code: Option<i32>,
    pub out: Vec<u8>,
    pub err: Vec<u8>,
}

impl GitOutput {
    /// What it complained about, as one line.
    pub fn message(&self) -> String {
        let text = String::from_utf8_lossy(&self.err);
        let line = |line: &str| {
            let line = line.trim();
            let line =
                line.strip_prefix("fatal: ").or(line.strip_prefix("error: ")).unwrap_or(line);
            plain_text::line(line)
        };
        let lines = text.lines().map(line);
        let lines: Vec<_> = lines.filter(|l| !l.is_empty() && !l.starts_with("hint:")).collect();
        match lines.is_empty() {
            true => "failed without a message".into(),
            false => lines[lines.len().saturating_sub(4)..].join("; "),
        }
    }
}

/// Variables by which a git around this process would lead this one elsewhere.
const FOREIGN: &[&str] = &[
    "GIT_DIR",
    "GIT_WORK_TREE",
    "GIT_COMMON_DIR",
    "GIT_INDEX_FILE",
    "GIT_OBJECT_DIRECTORY",
    "GIT_ALTERNATE_OBJECT_DIRECTORIES",
    "GIT_NAMESPACE",
    "GIT_PREFIX",
    "GIT_CONFIG",
    "GIT_CONFIG_PARAMETERS",
    "GIT_CONFIG_COUNT",
    "GIT_IMPLICIT_WORK_TREE",
    "GIT_GRAFT_FILE",
    "GIT_SHALLOW_FILE",
    "GIT_REPLACE_REF_BASE",
    "GIT_NO_REPLACE_OBJECTS",
    "GIT_LITERAL_PATHSPECS",
    "GIT_GLOB_PATHSPECS",
    "GIT_NOGLOB_PATHSPECS",
    "GIT_ICASE_PATHSPECS",
    "GIT_EXTERNAL_DIFF",
    "GIT_DIFF_OPTS",
    "GIT_TRACE",
    "GIT_REFLOG_ACTION",
];

/// Complaints are kept up to this many bytes.
const COMPLAINT_MAX: u64 = 64 << 10;

impl Call<'_> {
    /// Runs it to its end, however it ends.
    pub fn run(self) -> Result<GitOutput, GitError> {
        let name = self.name();
        let git = self.git;
        let mut command = Command::new(&git.program);
        command.current_dir(&git.directory).args(["--no-pager", "--literal-pathspecs"]);
        command.args(["-c", "core.quotePath=false", "-c", "core.editor=true"]);
        command.args(["-c", "advice.detachedHead=false", "-c", "gc.auto=0"]);
        if git.access == Access::Look {
            command.args(["-c", "core.fsmonitor=false", "-c", "core.hooksPath=/dev/null"]);
            command.env("GIT_OPTIONAL_LOCKS", "0");
        }
        for setting in &git.quiet {
            command.args(["-c", setting]);
        }
        command.args(&self.args);
        for name in FOREIGN {
            command.env_remove(name);
        }
        command.envs([("GIT_TERMINAL_PROMPT", "0"), ("LC_ALL", "C"), ("GIT_PAGER", "cat")]);
        command.envs([("GIT_EDITOR", "true"), ("GIT_SEQUENCE_EDITOR", "true")]);
        // Whatever would ask in a window, with nobody there who expects it.
        command.envs([("GIT_ASKPASS", "true"), ("SSH_ASKPASS_REQUIRE", "never")]);
        if let Some(index) = &git.index {
            command.env("GIT_INDEX_FILE", index);
        }
        command.envs(self.env);
        command.stdin(match (&self.input, self.lock) {
            (Some(_), _) => Stdio::piped(),
            (None, Some(lock)) => lock.into(),
            (None, None) => Stdio::null(),
        });
        answer(command, self.input, git.limit, self.output_max, &name)
    }
}

/// Runs a program to its end, which comes after `limit` at the latest. Of what it prints, `max`
/// bytes are taken. Its standard input is piped where there is `input`.
pub(crate) fn answer(
    mut command: Command,
    input: Option<Vec<u8>>,
    limit: Duration,
    max: usize,
    name: &str,
) -> Result<GitOutput, GitError> {
    command.stdout(Stdio::piped()).stderr(Stdio::piped());
    os::leave_terminal(&mut command);
    let mut child = command.spawn().map_err(GitError::Start)?;

    if let (Some(mut pipe), Some(bytes)) = (child.stdin.take(), input) {
        // Git may end without reading it; what it says then counts.
        thread::spawn(move || drop(pipe.write_all(&bytes)));
    }
    let (sender, receiver) = mpsc::channel();
    if let Some(pipe) = child.stdout.take() {
        let sender = sender.clone();
        thread::spawn(move || {
            let mut out = Vec::new();
            let read = pipe.take(max as u64 + 1).read_to_end(&mut out);
            drop(sender.send((true, read.map(|_| out))));
        });
    }
    if let Some(mut pipe) = child.stderr.take() {
        thread::spawn(move || {
            let mut err = Vec::new();
            let read = pipe.by_ref().take(COMPLAINT_MAX).read_to_end(&mut err);
            // The rest is taken so that git can go on.
            let read = read.and_then(|_| std::io::copy(&mut pipe, &mut std::io::sink()));
            drop(sender.send((false, read.map(|_| err))));
        });
    }
    let mut answer = GitOutput { code: None, out: Vec::new(), err: Vec::new() };
    let mut failure = None;
    loop {
        match receiver.recv_timeout(limit) {
            Ok((true, Ok(out))) if out.len() > max => {
                failure = Some(GitError::Large(name.to_string(), max >> 20));
                break;
            }
            Ok((true, Ok(out))) => answer.out = out,
            Ok((false, Ok(err))) => answer.err = err,
            Ok((_, Err(error))) => {
                failure = Some(error.into());
                break;
            }
            Err(RecvTimeoutError::Timeout) => {
                failure = Some(GitError::Slow(name.to_string(), limit.as_secs()));
                break;
            }
            Err(RecvTimeoutError::Disconnected) => break,
        }
    }
    if failure.is_some()
        && let Ok(pid) = i32::try_from(child.id())
    {
        // It leads a session, so what it started goes with it. First in a way that lets it
        // take its locks away.
        let group = Pid::from_raw(pid);
        let _ = killpg(group, Signal::SIGTERM);
        if receiver.recv_timeout(std::time::Duration::from_secs(2)).is_err() {
            let _ = killpg(group, Signal::SIGKILL);
        }
        let _ = child.kill();
    }
    let status = child.wait()?;
    answer.code = status.code();
    match failure {
        Some(error) => Err(error),
        None => Ok(answer),
    }
}

/// Runs a program that is not git in a directory, without a terminal and with nothing to read.
pub(crate) fn other(
    program: &str,
    args: &[String],
    directory: &Path,
    env: &BTreeMap<String, String>,
    limit: Duration,
) -> Result<GitOutput, GitError> {
    const PRINTED_MAX: usize = 1 << 20;
    let mut command = Command::new(program);
    command.args(args).current_dir(directory).envs(env).stdin(Stdio::null());
    for name in FOREIGN {
        command.env_remove(name);
    }
    answer(command, None, limit, PRINTED_MAX, program)
}
