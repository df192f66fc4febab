//! Conversations in databases of agents: kept as the agent's own command exports them, and given back
//! to its import command.

use std::fs::File;
use std::io::{BufRead, BufReader, Seek, SeekFrom};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use segno_archive::originals::{self, Restored};
use segno_archive::{Archive, Error, Result};
use segno_transcript::description::Transcript;
use segno_transcript::read::{self, Described, Environment, discover};

/// How long one command may take, and how long an update exports; the next one goes on.
const PATIENCE: Duration = Duration::from_secs(60);
const UPDATE: Duration = Duration::from_secs(20);
/// How often it is looked whether a command has ended.
const LOOK: Duration = Duration::from_millis(10);

/// Why something was not exported or imported.
pub type Why = String;

/// Exports what has changed since it was exported, newest first, of conversations in which nothing
/// was said since `before` (milliseconds since the Unix epoch). Returns how many were.
pub(crate) fn keep<'s>(
    archive: &Archive,
    newest_first: impl Iterator<Item = &'s read::Source>,
    environment: &Environment,
    before: i64,
    failed: &mut dyn FnMut(&read::Source, Why),
) -> u64 {
    let (begun, mut exported) = (Instant::now(), 0);
    for source in newest_first {
        let Some((command, conversation, version)) = export_of(source) else { continue };
        let wanted = originals::wants_export(archive, &source.agent, conversation, &version);
        let at_rest = originals::is_at_rest(archive, &source.agent, conversation, before);
        if !wanted.unwrap_or(false) || !at_rest.unwrap_or(false) {
            continue;
        }
        if begun.elapsed() > UPDATE {
            break;
        }
        match export(archive, source, command, conversation, &version, environment) {
            Ok(()) => exported += 1,
            Err(why) => failed(source, why),
        }
    }
    exported
}

/// The command that exports a source, its conversation, and how that is now.
fn export_of(source: &read::Source) -> Option<(&[String], &str, String)> {
    let database = source.transcript.database.as_ref()?;
    let version = source.version().filter(|version| !version.is_empty())?;
    let command = Some(database.export.as_slice()).filter(|command| !command.is_empty())?;
    Some((command, source.conversation()?, version))
}

fn export(
    archive: &Archive,
    source: &read::Source,
    command: &[String],
    conversation: &str,
    version: &str,
    environment: &Environment,
) -> std::result::Result<(), Why> {
    // Into a file: some end before all of what they print has gone through a pipe.
    let mut printed = temporary(archive)?;
    let filled = fill(command, "{conversation}", conversation);
    run(&filled, None, environment, printed.as_file().try_clone().map_err(said)?)?;
    let begin = begin_of_json(printed.as_file_mut())?;
    printed.seek(SeekFrom::Start(begin)).map_err(said)?;
    originals::keep_export(archive, &source.agent, conversation, version, printed.as_file_mut())
        .map(drop)
        .map_err(|error| error.to_string())
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
    run(&fill(command, "{file}", file), directory, environment, nothing)
}

fn temporary(archive: &Archive) -> std::result::Result<tempfile::NamedTempFile, Why> {
    let directory = archive.directory();
    tempfile::Builder::new().prefix(".export-").suffix(".json").tempfile_in(directory).map_err(said)
}

fn fill(command: &[String], name: &str, value: &str) -> Vec<String> {
    command.iter().map(|argument| argument.replace(name, value)).collect()
}

fn said(error: std::io::Error) -> Why {
    error.to_string()
}

/// Runs a command to its end.
fn run(
    command: &[String],
    directory: Option<&Path>,
    environment: &Environment,
    output: File,
) -> std::result::Result<(), Why> {
    let (name, arguments) = command.split_first().ok_or("it has no program")?;
    let mut command = Command::new(name);
    command.args(arguments).env_clear().envs(&environment.variables);
    command.stdin(Stdio::null()).stdout(output).stderr(Stdio::null());
    if let Some(directory) = directory {
        command.current_dir(directory);
    }
    let mut child = command.spawn().map_err(|error| format!("{name}: {error}"))?;
    let late = Instant::now() + PATIENCE;
    loop {
        match child.try_wait().map_err(said)? {
            Some(status) if status.success() => return Ok(()),
            Some(status) => return Err(format!("{name} failed: {status}")),
            None if Instant::now() > late => {
                let _ = child.kill();
                let _ = child.wait();
                return Err(format!("{name} does not end"));
            }
            None => thread::sleep(LOOK),
        }
    }
}
