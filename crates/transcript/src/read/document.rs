//! JSON documents, and documents that belong to them.
//!
//! Such a file is written anew whenever something happens, so it is read as a whole. Of those that
//! belong to it, only those are that changed since.

use std::path::{Path, PathBuf};

use serde_json::Value;

use super::lines::whole;
use super::{Cursor, Outcome, Source, file, glob, json};
use crate::description::path::At;
use crate::description::{Below, BelowPiece};
use crate::map::Mapper;
use crate::record::Record;

/// The key under which a document has those that belong to it.
const BELOW: &str = "below";
/// The most documents that belong to one.
const BELOW_MAX: usize = 100_000;

pub(super) fn read(
    source: &Source,
    path: &Path,
    known: &Cursor,
    take: &mut impl FnMut(Record),
) -> Result<Outcome, String> {
    let mut opened = file::open(path)?;
    let mut cursor = file::beginning(&opened)?;
    let tree = &source.transcript.tree;
    if tree.is_empty() && file::is_unchanged(known, &cursor) {
        return Ok(Outcome { cursor: known.clone(), ..Outcome::default() });
    }
    let bytes = whole(&mut opened)?;
    let mut outcome = Outcome { bytes: bytes.len() as u64, ..Outcome::default() };
    let list = source.transcript.list_apart();
    let Some(document) = Document::new(bytes, list) else {
        // Perhaps it is being written. It is read again when it has changed.
        let before = Cursor { offset: known.offset, carry: known.carry.clone(), ..cursor };
        outcome.cursor = before;
        outcome.problems.push(source.problem("it is no JSON"));
        return Ok(outcome);
    };
    let directory = path.parent().unwrap_or(Path::new("/"));
    let below = tree.first().map(|below| files(below, directory, document.value()));
    let below = below.unwrap_or_default();
    let states: Vec<State> = below.iter().map(|path| State::of(path, tree)).collect();
    cursor.version = version(&states);
    if !tree.is_empty() && file::is_unchanged(known, &cursor) && known.version == cursor.version {
        return Ok(Outcome { cursor: known.clone(), bytes: outcome.bytes, ..Outcome::default() });
    }
    cursor.offset = cursor.size;
    cursor.count = states.iter().map(|state| state.files).sum();
    cursor.since = states.iter().map(|state| state.newest).max().unwrap_or(0).to_string();
    let since = since(known, &cursor, &states);
    outcome.again = known.offset > 0 && since.is_none();
    let carry = if since.is_some() { known.carry.clone() } else { Default::default() };
    let mut mapper = Mapper::new(&source.transcript, &source.start, carry);
    if let Err(error) = document.show(&mut mapper, "0", take) {
        outcome.problems.push(source.problem(error.to_string()));
    }
    drop(document);
    let mut broken = 0;
    let changed = |state: &State| since.is_none_or(|since| state.newest >= since);
    for (path, _) in below.iter().zip(&states).filter(|(_, state)| changed(state)) {
        // Its name is its place: others may come before it.
        let place = path.to_string_lossy();
        let shown = match &tree[1..] {
            [] => stored(path, &mut outcome.bytes)
                .and_then(|bytes| Document::new(bytes, list))
                .is_some_and(|document| document.show(&mut mapper, &place, take).is_ok()),
            deeper => node(path, deeper, &mut outcome.bytes)
                .map(|document| mapper.take(&document, &place, take))
                .is_some(),
        };
        broken += usize::from(!shown);
    }
    if broken > 0 {
        let why = format!("{broken} files that belong to it are no JSON, or cannot be read");
        outcome.problems.push(source.problem(why));
    }
    cursor.carry = mapper.into_carry();
    outcome.cursor = cursor;
    Ok(outcome)
}

/// A document, at once or in two parts.
enum Document<'a> {
    Whole(Value),
    Apart(json::Apart<'a>),
}

impl<'a> Document<'a> {
    /// `None`: it is no JSON.
    fn new(bytes: Vec<u8>, list: Option<&'a str>) -> Option<Document<'a>> {
        let object = |bytes: &[u8]| bytes.trim_ascii_start().first() == Some(&b'{');
        match list {
            Some(list) if object(&bytes) => json::Apart::new(bytes, list).map(Document::Apart),
            _ => json::parsed(&bytes).map(Document::Whole),
        }
    }

    /// Of what is in two parts, without the list.
    fn value(&self) -> &Value {
        match self {
            Document::Whole(value) => value,
            Document::Apart(apart) => &apart.rest,
        }
    }

    fn show(
        &self,
        mapper: &mut Mapper<'_>,
        place: &str,
        take: &mut impl FnMut(Record),
    ) -> Result<(), serde_json::Error> {
        match self {
            Document::Whole(value) => {
                mapper.take(value, place, take);
                Ok(())
            }
            Document::Apart(apart) => {
                mapper.take_apart(&apart.rest, place, take, |show| apart.items(show))
            }
        }
    }
}

/// The files that belong to a document, and stand in its directory or below that.
pub(super) fn beside(source: &Source, path: &Path) -> Vec<PathBuf> {
    let Some((below, directory)) = source.transcript.tree.first().zip(path.parent()) else {
        return Vec::new();
    };
    let Some(document) = document(path, &mut 0) else { return Vec::new() };
    let mut found = files(below, directory, &document);
    found.retain(|path| path.starts_with(directory));
    found
}

/// A document with what is below it.
fn node(path: &Path, tree: &[Below], read: &mut u64) -> Option<Value> {
    let mut document = document(path, read)?;
    if let Some((first, deeper)) = tree.split_first() {
        let directory = path.parent()?;
        let mut room = super::STORED_MAX as u64;
        let mut below = Vec::new();
        for path in files(first, directory, &document) {
            let before = *read;
            below.extend(node(&path, deeper, read));
            room = room.saturating_sub(*read - before);
            if room == 0 {
                break;
            }
        }
        if let Value::Object(object) = &mut document {
            object.insert(BELOW.to_string(), Value::Array(below));
        }
    }
    Some(document)
}

fn document(path: &Path, read: &mut u64) -> Option<Value> {
    json::parsed(&stored(path, read)?)
}

fn stored(path: &Path, read: &mut u64) -> Option<Vec<u8>> {
    let bytes = whole(&mut file::open(path).ok()?).ok()?;
    *read += bytes.len() as u64;
    Some(bytes)
}

/// What is known of a file that belongs to a document, and of those below it, without opening any.
struct State {
    /// Changes whenever one of them does.
    stamp: String,
    /// When one of them was written last, in nanoseconds since the Unix epoch.
    newest: i64,
    files: u64,
}

impl State {
    /// What a level further down is called depends on a document; its name is taken for its `id`.
    fn of(path: &Path, tree: &[Below]) -> State {
        let mut all = vec![path.to_path_buf()];
        if let (Some(next), Some(parent), Some(id)) = (tree.get(1), path.parent(), path.file_stem())
        {
            let document = serde_json::json!({ "id": id.to_string_lossy() });
            all.extend(files(next, parent, &document));
        }
        let mut state = State { stamp: String::new(), newest: 0, files: all.len() as u64 };
        for path in &all {
            let Ok(metadata) = std::fs::symlink_metadata(path) else { continue };
            state.stamp += &glob::stamp(path, &metadata);
            if metadata.is_file() {
                state.newest = state.newest.max(file::modified(&metadata));
            }
        }
        state
    }
}

fn version(states: &[State]) -> String {
    file::hash(states.iter().map(|state| state.stamp.as_str()).collect::<String>().as_bytes())
}

/// Since when files below were not read; `None`: all of them are to be, as some are gone, or older
/// ones came.
fn since(known: &Cursor, now: &Cursor, states: &[State]) -> Option<i64> {
    let same = (known.device, known.inode) == (now.device, now.inode);
    let since: i64 = known.since.parse().ok().filter(|_| known.offset > 0)?;
    let before = states.iter().filter(|state| state.newest < since);
    let before: u64 = before.map(|state| state.files).sum();
    (same && before <= known.count && known.count <= now.count).then_some(since)
}

fn files(below: &Below, directory: &Path, document: &Value) -> Vec<PathBuf> {
    let mut names = Vec::new();
    for name in &below.0 {
        let mut parts = Vec::new();
        for piece in name {
            parts.push(match piece {
                BelowPiece::Text(text) => glob::Part::Text(text.as_bytes().to_vec()),
                BelowPiece::Any => glob::Part::Any,
                BelowPiece::Value(path) => match path.text(At::new(document)) {
                    Some(text) if is_name(&text) => glob::Part::Text(text.into_bytes()),
                    _ => return Vec::new(),
                },
            });
        }
        names.push(parts);
    }
    let mut found: Vec<_> = glob::below(directory, &names, BELOW_MAX, &mut |_, _| {})
        .into_iter()
        .map(|found| found.path)
        .collect();
    found.sort();
    found
}

/// Whether a text of a document can be a file's name, and leads nowhere else.
fn is_name(text: &str) -> bool {
    !text.is_empty() && text.len() < 256 && !text.starts_with('.') && !text.contains(['/', '\0'])
}
