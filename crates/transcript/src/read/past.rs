//! What can be returned to in a directory: conversations as their agent has them, with what was
//! said first and last.
//!
//! There may be many thousands, and each may be huge. Somebody waits for the answer, so little is
//! read of each: of a file of lines its beginning and its end.

use std::collections::{BTreeMap, HashSet};
use std::fs;
use std::io::{Read, Seek, SeekFrom};
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Instant;

use serde_json::Value;
use sha2::{Digest, Sha256};

use super::discover::files_of;
use super::{Cursor, Described, Environment, Place, Source, database, file, json};
use crate::description::{Form, Transcript};
use crate::map::time::milliseconds;
use crate::map::{Carry, Mapper, Start};
use crate::record::{Record, Removal, Role};

/// What is read of a file of lines: its first and its last bytes.
const HEAD: u64 = 64 << 10;
const TAIL: u64 = 256 << 10;
/// The largest file that is read as a whole.
const WHOLE_MAX: u64 = 4 << 20;
/// How many conversations are looked into.
const LOOKED_AT_MAX: usize = 10_000;
/// The longest text of a prompt, in bytes.
const PROMPT_MAX: usize = 4 << 10;

/// A conversation that can be returned to.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Past {
    /// The agent's own id.
    pub id: String,
    pub title: Option<String>,
    /// What the user said first and last, as far as it was read.
    pub first_prompt: Option<String>,
    pub last_prompt: Option<String>,
    /// Milliseconds since the Unix epoch; 0: nothing says it.
    pub updated: i64,
}

/// Which are wanted.
#[derive(Clone, Copy)]
pub struct Wanted<'a> {
    /// Names of the directory: an agent may know it by another one than the user.
    pub names: &'a [PathBuf],
    /// More are not looked for.
    pub most: usize,
    /// Whether an id can be one.
    pub allowed: &'a dyn Fn(&str) -> bool,
    /// What was found until then has to do.
    pub until: Instant,
}

impl Wanted<'_> {
    fn is_here(&self, directory: &str) -> bool {
        let directory: PathBuf = Path::new(directory).components().collect();
        self.names.contains(&directory)
    }

    /// The hashes of the directory's names, in hexadecimal digits.
    fn hashes(&self) -> Vec<String> {
        self.names.iter().map(|name| directory_sha256(name)).collect()
    }
}

/// What some agents say instead of a directory, in hexadecimal digits.
pub fn directory_sha256(directory: &Path) -> String {
    let digest = Sha256::digest(directory.as_os_str().as_encoded_bytes());
    digest.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// The conversations of a directory. What cannot be read is left out. `environment` says where
/// agents keep what they store; its directories are not asked for.
pub fn past(described: &Described, environment: &Environment, wanted: Wanted<'_>) -> Vec<Past> {
    let here = Environment { directories: wanted.names.to_vec(), ..environment.clone() };
    let mut found = Vec::new();
    let mut known = HashSet::new();
    let mut files = Vec::new();
    for transcript in &described.transcripts {
        let of_this = files_of(described, transcript, &here);
        match &transcript.database {
            Some(_) => {
                let databases = of_this.iter().map(|(file, start)| (file.path.as_path(), start));
                for past in
                    databases.flat_map(|(path, start)| in_database(path, transcript, start, wanted))
                {
                    if known.insert(past.id.clone()) {
                        found.push(past);
                    }
                }
            }
            None => files.extend(of_this.into_iter().map(|(file, start)| Source {
                agent: described.agent.clone(),
                transcript: transcript.clone(),
                place: Place::File(file.path),
                start,
            })),
        }
    }
    let hashes = wanted.hashes();
    for (at, sources) in newest_first(files).into_iter().take(LOOKED_AT_MAX) {
        if found.len() >= wanted.most || Instant::now() > wanted.until {
            break;
        }
        // Of several files of one conversation the newest counts.
        let past = in_files(&sources, wanted, &hashes).filter(|past| known.insert(past.id.clone()));
        found.extend(past.map(|past| Past { updated: at, ..past }));
    }
    found
}

/// What one conversation's files are, and when the newest of them changed.
fn newest_first(sources: Vec<Source>) -> Vec<(i64, Vec<Source>)> {
    let mut conversations: BTreeMap<String, (i64, Vec<Source>)> = BTreeMap::new();
    for source in sources {
        let Some(of) = source.file().and_then(|path| fs::symlink_metadata(path).ok()) else {
            continue;
        };
        let at = of.mtime().saturating_mul(1000).saturating_add(of.mtime_nsec() / 1_000_000);
        // Where the place does not say the conversation, each file has one of its own.
        let key = source.start.id.clone().unwrap_or_else(|| source.name());
        let (newest, files) = conversations.entry(key).or_default();
        *newest = at.max(*newest);
        files.push(source);
    }
    let mut dated: Vec<_> = conversations.into_values().collect();
    dated.sort_by_key(|(at, _)| std::cmp::Reverse(*at));
    dated
}

/// What was gathered of a conversation.
#[derive(Default)]
struct Gathered {
    directory: Option<String>,
    title: Option<String>,
    /// By their ids, in order.
    prompts: Vec<(String, String)>,
}

impl Gathered {
    fn take(&mut self, record: Record) {
        match record {
            // It begins where it belongs to, wherever it went since.
            Record::Conversation(said) => {
                self.directory = self.directory.take().or(said.directory);
                self.title = said.title.or(self.title.take());
            }
            Record::Message(said) if said.role == Role::User && !said.text.is_empty() => {
                let mut text = said.text;
                text.truncate(text.floor_char_boundary(PROMPT_MAX));
                match self.prompts.iter_mut().find(|(id, _)| *id == said.id) {
                    Some((_, known)) => *known = text,
                    None => self.prompts.push((said.id, text)),
                }
            }
            Record::Removal(Removal::From { message, .. }) => {
                let at = self.prompts.iter().position(|(id, _)| *id == message);
                self.prompts.truncate(at.unwrap_or(self.prompts.len()));
            }
            Record::Removal(Removal::Message { message, .. }) => {
                self.prompts.retain(|(id, _)| *id != message);
            }
            _ => {}
        }
    }
}

fn in_files(sources: &[Source], wanted: Wanted<'_>, hashes: &[String]) -> Option<Past> {
    let mut past = Past::default();
    let mut here = false;
    for source in sources {
        let Some(part) = look_into(source, wanted) else { continue };
        let now = part.carry.now();
        let said = part.carry.conversation();
        if now.internal || said.parent.is_some() {
            return None;
        }
        match (&part.directory, &now.directory_sha256) {
            (Some(directory), _) if !wanted.is_here(directory) => return None,
            (Some(_), _) => here = true,
            (None, Some(hash)) => here |= hashes.contains(hash),
            (None, None) => {}
        }
        if past.id.is_empty() {
            past.id = said.id;
        }
        past.title = part.title.or(past.title);
        past.first_prompt = past.first_prompt.or(part.first_prompt);
        past.last_prompt = past.last_prompt.or(part.last_prompt);
    }
    (here && (wanted.allowed)(&past.id)).then_some(past)
}

/// What a file says.
struct Part {
    carry: Carry,
    directory: Option<String>,
    title: Option<String>,
    first_prompt: Option<String>,
    last_prompt: Option<String>,
}

impl Part {
    fn new(carry: Carry, gathered: Gathered) -> Part {
        let Gathered { directory, title, prompts } = gathered;
        let text = |prompt: Option<&(String, String)>| prompt.map(|(_, text)| text.clone());
        let (first_prompt, last_prompt) = (text(prompts.first()), text(prompts.last()));
        Part { carry, directory, title, first_prompt, last_prompt }
    }
}

fn look_into(source: &Source, wanted: Wanted<'_>) -> Option<Part> {
    let path = source.file()?;
    if source.transcript.form == Form::Lines {
        return in_lines(source, path, wanted);
    }
    if fs::symlink_metadata(path).ok()?.len() > WHOLE_MAX {
        return None;
    }
    // What belongs to a document is only read when the document is wanted.
    if !source.transcript.tree.is_empty() {
        let document = json::parsed(&part(path, 0, WHOLE_MAX)?)?;
        let mut gathered = Gathered::default();
        let mut mapper = Mapper::new(&source.transcript, &source.start, Carry::default());
        mapper.take(&document, "0", &mut |record| gathered.take(record));
        if gathered.directory.as_ref().is_some_and(|directory| !wanted.is_here(directory)) {
            return Some(Part::new(mapper.into_carry(), gathered));
        }
    }
    let mut gathered = Gathered::default();
    let outcome = super::read(source, &Cursor::default(), WHOLE_MAX, &mut |record| {
        gathered.take(record);
    });
    Some(Part::new(outcome.cursor.carry, gathered))
}

fn in_lines(source: &Source, path: &Path, wanted: Wanted<'_>) -> Option<Part> {
    let size = fs::symlink_metadata(path).ok()?.len();
    let whole = size <= HEAD + TAIL;
    let head = part(path, 0, HEAD)?;
    let (carry, gathered) = lines(source, &head, Carry::default());
    let elsewhere = gathered.directory.as_ref().is_some_and(|d| !wanted.is_here(d));
    if size <= HEAD || elsewhere {
        return Some(Part::new(carry, gathered));
    }
    if whole {
        let (carry, gathered) = lines(source, &part(path, 0, HEAD + TAIL)?, Carry::default());
        return Some(Part::new(carry, gathered));
    }
    let begun = Part::new(carry, gathered);
    let (carry, gathered) = lines(source, &part(path, size - TAIL, TAIL)?, begun.carry.clone());
    let ended = Part::new(carry, gathered);
    // What is said first in the last part is not what was said first.
    Some(Part {
        directory: begun.directory.or(ended.directory),
        title: ended.title.or(begun.title),
        first_prompt: begun.first_prompt,
        ..ended
    })
}

/// What lines say, without one that was cut in two: it is no JSON.
fn lines(source: &Source, bytes: &[u8], carry: Carry) -> (Carry, Gathered) {
    let mut gathered = Gathered::default();
    let mut mapper = Mapper::new(&source.transcript, &source.start, carry);
    for (n, line) in bytes.split(|byte| *byte == b'\n').enumerate() {
        if let Some(stored) = json::parsed(line) {
            mapper.take(&stored, &n.to_string(), &mut |record| gathered.take(record));
        }
    }
    mapper.settle(&mut |record| gathered.take(record));
    (mapper.into_carry(), gathered)
}

fn part(path: &Path, from: u64, length: u64) -> Option<Vec<u8>> {
    let mut opened = file::open(path).ok()?;
    let mut bytes = Vec::new();
    opened.seek(SeekFrom::Start(from)).ok()?;
    opened.take(length).read_to_end(&mut bytes).ok()?;
    Some(bytes)
}

fn in_database(
    path: &Path,
    transcript: &Arc<Transcript>,
    start: &Start,
    wanted: Wanted<'_>,
) -> Vec<Past> {
    let Some(of) = &transcript.database else { return Vec::new() };
    let names = wanted.names.iter().filter_map(|name| name.to_str());
    // Without a query for a directory one answer is all.
    let names = names.take(if of.past.is_some() { usize::MAX } else { 1 });
    let rows = names.filter_map(|name| database::past(path, of, name, wanted.most).ok()).flatten();
    let listed = |row: Value| match &of.past {
        Some(_) => Some(by_columns(&row)),
        None => by_rules(&row, transcript, start, wanted),
    };
    rows.filter_map(listed).filter(|past| (wanted.allowed)(&past.id)).take(wanted.most).collect()
}

fn by_columns(row: &Value) -> Past {
    let text = |name| Some(database::column(row, name)).filter(|text| !text.is_empty());
    Past {
        id: database::column(row, "conversation"),
        title: text("title"),
        first_prompt: text("first_prompt"),
        last_prompt: text("last_prompt"),
        updated: row.get("updated").and_then(milliseconds).unwrap_or(0),
    }
}

/// By what the description's rules see in the row that lists a conversation.
fn by_rules(
    row: &Value,
    transcript: &Transcript,
    start: &Start,
    wanted: Wanted<'_>,
) -> Option<Past> {
    let id = database::column(row, "conversation");
    let start = Start { id: Some(id.clone()), ..start.clone() };
    let mut mapper = Mapper::new(transcript, &start, Carry::default());
    mapper.take(row, "conversation", &mut |_| {});
    let said = mapper.into_carry().conversation();
    let here = said.directory.is_some_and(|directory| wanted.is_here(&directory));
    (here && said.parent.is_none()).then(|| Past {
        id,
        title: said.title,
        updated: said.updated.or(said.created).unwrap_or(0),
        ..Past::default()
    })
}
