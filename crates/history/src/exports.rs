//! Conversations in databases of agents: kept as the agent's own command exports them, and given
//! back to its import command.

use std::fs::{self, File};
use std::io::{BufRead, BufReader, Seek, SeekFrom};
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use nix::sys::signal::{Signal, killpg};
use nix::unistd::Pid;

use segno_archive::forget::Marks;
use segno_archive::originals::{self, Restored};
use segno_archive::{Archive, Error, Result};
use segno_transcript::description::Transcript;
use segno_transcript::read::{self, Described, Environment, discover};

/// How long one command may take, and how long an update exports; the next one goes on.
const PATIENCE: Duration = Duration::from_secs(60);
const UPDATE: Duration = Duration::from_secs(20);
/// Of what an import that was killed has left.
const LEFT: Duration = Duration::from_secs(600);
const PREFIX: &str = ".export-";
/// How often it is looked whether a command has ended.
const LOOK: Duration = Duration::from_millis(10);

/// Why something was not exported or imported.
pub type Why = String;

/// What is exported of what has changed since it was.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Which {
    /// Conversations in which nothing was said since then, in milliseconds since the Unix epoch.
    /// What has failed is not tried again before the conversation goes on.
    AtRest {
        since: i64,
    },
    All,
}

/// Exports what has changed since it was exported, newest first. Returns how many were.
pub(crate) fn keep<'s>(
    archive: &Archive,
    marks: &Marks,
    newest_first: impl Iterator<Item = &'s read::Source>,
    environment: &Environment,
    which: Which,
    failed: &mut dyn FnMut(&read::Source, Why),
) -> u64 {
    sweep(archive.directory());
    let (begun, mut exported) = (Instant::now(), 0);
    for source in newest_first {
        let Some((command, conversation, version)) = export_of(source) else { continue };
        let agent = &source.agent;
        let is_due = || match which {
            Which::All => true,
            Which::AtRest { since } => {
                !originals::has_failed(archive, agent, conversation, &version)
                    && originals::is_at_rest(archive, agent, conversation, since).unwrap_or(false)
            }
        };
        if !originals::wants_export(archive, marks, agent, conversation, &version) || !is_due() {
            continue;
        }
        if begun.elapsed() > UPDATE {
            break;
        }
        // It has no name: nothing of it stays where this is killed.
        let printed = tempfile::tempfile_in(archive.directory()).map_err(said);
        let printed = printed.and_then(|mut printed| {
            print(command, conversation, environment, &mut printed)?;
            originals::keep_export(archive, marks, agent, conversation, &version, printed)
                .map_err(|error| error.to_string())
        });
        match printed {
            Ok(_) => exported += 1,
            Err(why) => {
                failed(source, why);
                // Where that cannot be written either, it is tried again.
                let _ = originals::note_failed(archive, agent, conversation, &version);
            }
        }
    }
    exported
}

/// Deletes what an import that was killed has left.
fn sweep(directory: &Path) {
    for entry in fs::read_dir(directory).into_iter().flatten().flatten() {
        let written = entry.metadata().and_then(|of| of.modified());
        let age = written.ok().and_then(|at| at.elapsed().ok()).unwrap_or_default();
        if entry.file_name().to_string_lossy().starts_with(PREFIX) && age > LEFT {
            let _ = fs::remove_file(entry.path());
        }
    }
}

/// The command that exports a source, its conversation, and how that is now.
fn export_of(source: &read::Source) -> Option<(&[String], &str, String)> {
    let database = source.transcript.database.as_ref()?;
    let version = source.version().filter(|version| !version.is_empty())?;
    let command = Some(database.export.as_slice()).filter(|command| !command.is_empty())?;
    Some((command, source.conversation()?, version))
}

/// Has a conversation exported, into a file: some end before all of what they print has gone
/// through a pipe. The file then stands where the JSON begins.
fn print(
    command: &[String],
    conversation: &str,
    environment: &Environment,
    to: &mut File,
) -> std::result::Result<(), Why> {
    let filled = fill(command, "{conversation}", conversation);
    run(&filled, None, environment, to.try_clone().map_err(said)?, PATIENCE)?;
    let begin = begin_of_json(to)?;
    to.seek(SeekFrom::Start(begin)).map(drop).map_err(said)
}

/// Where the JSON begins that a command has printed, behind what it says to people.
fn begin_of_json(printed: &mut File) -> std::result::Result<u64, Why> {
    printed.seek(SeekFrom::Start(0)).map_err(said)?;
    let (mut begin, mut line) = (0, Vec::new());
    let mut reader = BufReader::new(&mut *printed);
    loop {
        line.clear();
        let read = reader.read_until(b'\n', &mut line).map_err(said)?;
        match line.first() {
            Some(b'{' | b'[') => break,
            None => return Err("its export command prints no JSON".into()),
            Some(_) => begin += read as u64,
        }
    }
    reader.seek(SeekFrom::Start(begin)).map_err(said)?;
    let whole: std::result::Result<serde::de::IgnoredAny, _> = serde_json::from_reader(reader);
    whole.map(|_| begin).map_err(|_| "its export command prints no JSON".into())
}

/// Gives an agent back what is kept of a conversation: files in their places, exports through its
/// import command. `types` say which command that is.
pub fn restore(
    archive: &Archive,
    id: &str,
    types: &[Described],
    environment: &Environment,
) -> Result<Vec<Restored>> {
    let shown = segno_archive::read::show(archive, id, Default::default())?.conversation;
    let directory = shown.directory.as_deref().map(Path::new).filter(|path| path.is_dir());
    let mut restored = originals::restore(archive, id)?;
    for one in &mut restored {
        let Restored::Import { agent, conversation, export } = one else { continue };
        let Some(described) = types.iter().find(|described| described.agent == *agent) else {
            continue;
        };
        if let Some(path) = has(described, conversation, environment) {
            *one = Restored::There { path };
        } else if let Some(command) = import_of(&described.transcripts) {
            import(archive, command, export, directory, environment).map_err(Error::Agent)?;
            *one = Restored::Imported { agent: agent.clone() };
        }
    }
    Ok(restored)
}

/// Whether a conversation was exported that its agent has no more.
pub fn keeps(
    archive: &Archive,
    described: &Described,
    id: &str,
    environment: &Environment,
) -> bool {
    originals::has_export(archive, &described.agent, id)
        && has(described, id, environment).is_none()
}

/// The database in which an agent has a conversation.
fn has(described: &Described, id: &str, environment: &Environment) -> Option<PathBuf> {
    let sources = discover(std::slice::from_ref(described), environment).sources;
    let found = sources.iter().find(|source| source.conversation() == Some(id))?;
    Some(found.file()?.to_path_buf())
}

fn import_of(transcripts: &[std::sync::Arc<Transcript>]) -> Option<&[String]> {
    let databases = transcripts.iter().filter_map(|transcript| transcript.database.as_ref());
    let mut commands = databases.map(|database| database.import.as_slice());
    commands.find(|command| !command.is_empty())
}

fn import(
    archive: &Archive,
    command: &[String],
    export: &Path,
    directory: Option<&Path>,
    environment: &Environment,
) -> std::result::Result<(), Why> {
    let mut unpacked = temporary(archive)?;
    originals::unpack(export, unpacked.as_file_mut()).map_err(|error| error.to_string())?;
    let file = unpacked.path().to_str().ok_or("its path is no UTF-8")?;
    let nothing = File::options().write(true).open("/dev/null").map_err(said)?;
    run(&fill(command, "{file}", file), directory, environment, nothing, PATIENCE)
}

fn temporary(archive: &Archive) -> std::result::Result<tempfile::NamedTempFile, Why> {
    let directory = archive.directory();
    tempfile::Builder::new().prefix(PREFIX).suffix(".json").tempfile_in(directory).map_err(said)
}

fn fill(command: &[String], name: &str, value: &str) -> Vec<String> {
    command.iter().map(|argument| argument.replace(name, value)).collect()
}

fn said(error: std::io::Error) -> Why {
    error.to_string()
}

/// Runs a command to its end; one that does not end is killed with all that it has started.
fn run(
    command: &[String],
    directory: Option<&Path>,
    environment: &Environment,
    output: File,
    patience: Duration,
) -> std::result::Result<(), Why> {
    let (name, arguments) = command.split_first().ok_or("it has no program")?;
    let mut command = Command::new(name);
    command.args(arguments).env_clear().envs(&environment.variables);
    command.stdin(Stdio::null()).stdout(output).stderr(Stdio::null());
    // Many are a wrapper, and the program itself is its child.
    command.process_group(0);
    if let Some(directory) = directory {
        command.current_dir(directory);
    }
    let mut child = command.spawn().map_err(|error| format!("{name}: {error}"))?;
    let late = Instant::now() + patience;
    loop {
        match child.try_wait().map_err(said)? {
            Some(status) if status.success() => return Ok(()),
            Some(status) => return Err(format!("{name} failed: {status}")),
            None if Instant::now() > late => {
                // Not waited for yet: the number is no other program's.
                let _ = killpg(Pid::from_raw(child.id().cast_signed()), Signal::SIGKILL);
                let _ = child.wait();
                return Err(format!("{name} does not end"));
            }
            None => thread::sleep(LOOK),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeMap;
    use std::io::Read as _;
    use std::sync::{Arc, mpsc};
    use std::time::SystemTime;

    const TYPE: &str = r#"
[[transcript]]
files = ["{user_home}/agent.db"]
[transcript.database]
conversations = "SELECT 1 AS conversation"
rows = "SELECT 1"
export = ["sh", "-c", "echo >> $HOME/runs; cat $HOME/export", "sh", "{conversation}"]
import = ["cat", "{file}"]
[[transcript.message]]
role = "/role"
text = "/text"
"#;

    fn environment(home: &Path) -> Environment {
        let path = std::env::var_os("PATH").unwrap_or_default();
        let variables = BTreeMap::from([("PATH".into(), path), ("HOME".into(), home.into())]);
        Environment { variables, directories: Vec::new() }
    }

    #[test]
    fn what_has_failed_waits_for_another_version_or_for_who_wants_all() {
        let home = tempfile::tempdir().unwrap();
        let archive = Archive::write(&home.path().join("archive")).unwrap().archive;
        let transcript = segno_transcript::description::parse(TYPE).unwrap().remove(0);
        let mut source = read::Source {
            agent: "agent".into(),
            transcript: Arc::new(transcript),
            place: read::Place::Command(Vec::new()),
            start: segno_transcript::map::Start { id: Some("c".into()), ..Default::default() },
        };
        let environment = environment(home.path());
        let mut keep = |version: &str, which| {
            let row = serde_json::json!({ "version": version });
            source.place = read::Place::Database { file: home.path().join("agent.db"), row };
            let (marks, one) = (Marks::default(), std::iter::once(&source));
            let mut failed = 0;
            let kept =
                super::keep(&archive, &marks, one, &environment, which, &mut |_, _| failed += 1);
            let runs = fs::read(home.path().join("runs")).unwrap_or_default().len();
            (kept, failed, runs)
        };
        let left = home.path().join("archive/.export-left.json");
        fs::write(&left, "{}").unwrap();
        let long_ago = SystemTime::now() - LEFT * 2;
        File::options().write(true).open(&left).unwrap().set_modified(long_ago).unwrap();
        let at_rest = Which::AtRest { since: 0 };
        assert_eq!(keep("1", at_rest), (0, 1, 1));
        assert!(!left.exists(), "an import that was killed has left it");
        assert_eq!(keep("1", at_rest), (0, 0, 1), "it is known to fail");
        assert_eq!(keep("2", at_rest), (0, 1, 2));
        assert_eq!(keep("2", Which::All), (0, 1, 3));
        fs::write(home.path().join("export"), "{}").unwrap();
        assert_eq!(keep("2", at_rest), (0, 0, 3));
        assert_eq!(keep("2", Which::All), (1, 0, 4));
        assert_eq!(keep("2", Which::All), (0, 0, 4), "it is kept");
        assert_eq!(keep("3", at_rest), (1, 0, 5));
    }

    #[test]
    fn what_does_not_end_is_killed_with_what_it_has_started() {
        let home = tempfile::tempdir().unwrap();
        let (mut reader, writer) = std::io::pipe().unwrap();
        let wrapper = ["sh", "-c", "sleep 1000 & wait"].map(str::to_owned);
        let output = File::from(std::os::fd::OwnedFd::from(writer));
        let patience = Duration::from_millis(200);
        let why = run(&wrapper, None, &environment(home.path()), output, patience).unwrap_err();
        assert_eq!(why, "sh does not end");
        let (sender, ended) = mpsc::channel();
        thread::spawn(move || sender.send(reader.read_to_end(&mut Vec::new()).is_ok()));
        assert_eq!(
            ended.recv_timeout(Duration::from_secs(30)),
            Ok(true),
            "its child has no output"
        );
    }
}
