//! Programs of the user's desktop: what takes a text for the clipboard, what opens a
//! link, what shows a notification; and agents that list their conversations.
//!
//! Blocking, with a time limit; runs beside the server, never in it.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::io::{Read as _, Write as _};
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::time::{Duration, Instant};

use segno_base::text::plain_text::is_safe_link;
use segno_config::sections::command_line::CommandLine;

/// How long a program may take.
const PATIENCE: Duration = Duration::from_secs(3);
/// How long a program may take to list something, and how much it may print, in bytes.
const LISTING: Duration = Duration::from_secs(15);
const OUTPUT_MAX: u64 = 8 << 20;
const PAUSE: Duration = Duration::from_millis(10);

/// What programs are started with: the daemon's environment with the client's over it, because
/// the desktop may have started after the daemon.
pub(in crate::server) struct Desktop {
    pub env: Arc<BTreeMap<OsString, OsString>>,
    pub client: BTreeMap<String, String>,
}

/// The file of a program, looked up here because `Command` would take the daemon's own `PATH`.
pub(in crate::server) fn program(
    env: &BTreeMap<OsString, OsString>,
    name: &str,
) -> Option<PathBuf> {
    if name.contains('/') {
        return Some(name.into());
    }
    let path = env.get(&OsString::from("PATH"))?;
    std::env::split_paths(path).map(|d| d.join(name)).find(|p| p.is_file())
}

impl Desktop {
    fn is_set(&self, name: &str) -> bool {
        let filled = |value: Option<&str>| value.is_some_and(|value| !value.is_empty());
        filled(self.client.get(name).map(String::as_str))
            || filled(self.env.get(&OsString::from(name)).and_then(|value| value.to_str()))
    }

    fn start(&self, line: &CommandLine, last: &[&str], stdin: Stdio) -> Option<Child> {
        if line.needs.as_deref().is_some_and(|name| !self.is_set(name)) {
            return None;
        }
        let program = program(&self.env, &line.program)?;
        Command::new(program)
            .args(&line.args)
            .args(last)
            .env_clear()
            .envs(self.env.iter())
            .envs(&self.client)
            .current_dir("/")
            .stdin(stdin)
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            // What it leaves running is not the daemon's.
            .process_group(0)
            .spawn()
            .ok()
    }
}

/// Gives a text to the first program that takes it.
pub(in crate::server) fn give(
    desktop: &Desktop,
    lines: &[CommandLine],
    text: &str,
) -> Result<(), String> {
    for line in lines {
        let Some(mut child) = desktop.start(line, &[], Stdio::piped()) else { continue };
        let stdin = child.stdin.take();
        let text = text.to_string();
        // A program that does not read must not hold up its own end.
        let writer = std::thread::Builder::new()
            .spawn(move || stdin.is_some_and(|mut stdin| stdin.write_all(text.as_bytes()).is_ok()));
        if ended_well(child) && writer.is_ok_and(|writer| writer.join().unwrap_or(false)) {
            return Ok(());
        }
    }
    Err("no clipboard program took the text".to_string())
}

/// Shows a notification with the first program that can; false when none could.
pub(in crate::server) fn show(
    desktop: &Desktop,
    lines: &[CommandLine],
    title: &str,
    text: &str,
) -> bool {
    let start = |line: &CommandLine| desktop.start(line, &[title, text], Stdio::null());
    lines.iter().any(|line| start(line).is_some_and(ended_well))
}

/// Opens something with the first program that can.
pub(in crate::server) fn open(
    desktop: &Desktop,
    lines: &[CommandLine],
    target: &str,
) -> Result<(), String> {
    let opened = lines.iter().any(|line| {
        desktop.start(line, &[target], Stdio::null()).is_some_and(|mut child| {
            let end = Instant::now() + PATIENCE;
            loop {
                match child.try_wait() {
                    Ok(Some(status)) => return status.success(),
                    Ok(None) if Instant::now() < end => std::thread::sleep(PAUSE),
                    Ok(None) => {
                        // A viewer that stays is what was asked for; somebody has to reap it.
                        let _ = std::thread::Builder::new().spawn(move || child.wait());
                        return true;
                    }
                    Err(_) => return false,
                }
            }
        })
    });
    if opened {
        return Ok(());
    }
    Err(format!("nothing here opens {target}; see `copy.open_commands` in the settings"))
}

/// Why a program's list of its conversations is not known.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::server) enum Unlisted {
    Slow,
    Failed,
}

impl Unlisted {
    /// For people.
    pub fn why(self) -> String {
        match self {
            Unlisted::Slow => format!("it did not answer within {} s", LISTING.as_secs()),
            Unlisted::Failed => "it could not list its conversations".into(),
        }
    }
}

/// What a program prints when it is run in a directory.
pub(in crate::server) fn output(
    program: &Path,
    args: &[String],
    env: &BTreeMap<OsString, OsString>,
    cwd: &Path,
) -> Result<Vec<u8>, Unlisted> {
    let mut child = Command::new(program)
        .args(args)
        .env_clear()
        .envs(env)
        .current_dir(cwd)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .process_group(0)
        .spawn()
        .map_err(|_| Unlisted::Failed)?;
    let stdout = child.stdout.take().ok_or(Unlisted::Failed)?;
    let (sender, printed) = std::sync::mpsc::channel();
    // What it leaves running may hold its output open; nobody waits for that.
    let reader = std::thread::Builder::new().spawn(move || {
        let mut bytes = Vec::new();
        let read = stdout.take(OUTPUT_MAX + 1).read_to_end(&mut bytes);
        let _ = sender.send(read.ok().map(|_| bytes));
    });
    if let Err(error) = reader {
        tracing::warn!(%error, "a program's output cannot be read");
    }
    let printed = printed.recv_timeout(LISTING).map_err(|_| Unlisted::Slow);
    match printed.map(|read| read.filter(|bytes| bytes.len() as u64 <= OUTPUT_MAX)) {
        Ok(Some(bytes)) => match ended_well(child) {
            true => Ok(bytes),
            false => Err(Unlisted::Failed),
        },
        other => {
            let _ = child.kill();
            let _ = child.wait();
            Err(other.err().unwrap_or(Unlisted::Failed))
        }
    }
}

/// Waits for a program to end with success; one that takes too long is ended.
fn ended_well(mut child: Child) -> bool {
    let end = Instant::now() + PATIENCE;
    loop {
        match child.try_wait() {
            Ok(Some(status)) => return status.success(),
            Ok(None) if Instant::now() < end => std::thread::sleep(PAUSE),
            _ => {
                let _ = child.kill();
                let _ = child.wait();
                return false;
            }
        }
    }
}

/// What to give an opener: a link as it is; a path whole, without the line that a compiler added.
pub(in crate::server) fn target(
    text: &str,
    cwd: &Path,
    home: Option<&Path>,
) -> Result<String, String> {
    if !is_safe_link(text) {
        return Err(format!("not opened: {text} may run anything"));
    }
    if text.contains("://") || text.starts_with("mailto:") {
        return Ok(text.to_string());
    }
    let whole = |text: &str| match (text.strip_prefix("~/"), home) {
        (Some(rest), Some(home)) => home.join(rest),
        _ => cwd.join(text),
    };
    let mut name = text;
    loop {
        let path = whole(name);
        if path.exists() {
            return Ok(path.to_string_lossy().into_owned());
        }
        let number = |tail: &str| !tail.is_empty() && tail.bytes().all(|b| b.is_ascii_digit());
        match name.rsplit_once(':') {
            Some((stem, tail)) if number(tail) => name = stem,
            _ => return Err(format!("{} does not exist", whole(text).display())),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn desktop() -> Desktop {
        let env = BTreeMap::from([("PATH".into(), "/usr/bin:/bin".into())]);
        Desktop { env: Arc::new(env), client: BTreeMap::from([("D".into(), ":0".into())]) }
    }

    fn line(needs: Option<&str>, program: &str, args: &[&str]) -> CommandLine {
        CommandLine {
            needs: needs.map(str::to_string),
            program: program.to_string(),
            args: args.iter().map(|a| a.to_string()).collect(),
        }
    }

    #[test]
    fn the_first_program_that_works_is_used() {
        let directory = tempfile::tempdir().unwrap();
        let file = directory.path().join("clip");
        let script = format!("cat > '{}'", file.display());
        let lines = [
            line(Some("NOT_SET"), "sh", &["-c", "exit 0"]),
            line(None, "there-is-no-such-program", &[]),
            line(None, "sh", &["-c", "exit 1"]),
            line(Some("D"), "sh", &["-c", &script]),
        ];
        give(&desktop(), &lines, "text").unwrap();
        assert_eq!(std::fs::read_to_string(&file).unwrap(), "text");
        assert!(give(&desktop(), &lines[..3], "text").is_err());
        let lines = [line(None, "sh", &["-c", "test \"$0\" = x"])];
        assert_eq!(open(&desktop(), &lines, "x"), Ok(()));
        assert!(open(&desktop(), &lines, "y").is_err());
    }

    #[test]
    fn paths_lose_their_line_numbers() {
        let directory = tempfile::tempdir().unwrap();
        std::fs::write(directory.path().join("a.rs"), "").unwrap();
        let whole = directory.path().join("a.rs").display().to_string();
        assert_eq!(target("a.rs:3:14", directory.path(), None), Ok(whole.clone()));
        assert_eq!(target("~/a.rs", Path::new("/"), Some(directory.path())), Ok(whole));
        assert_eq!(target("http://a/b:1", Path::new("/"), None), Ok("http://a/b:1".into()));
        assert!(target("b.rs:3", directory.path(), None).is_err());
    }
}
