//! JSON documents, and documents that belong to them.
//!
//! Such a file is written anew whenever something happens, so it is read as a whole.

use std::path::{Path, PathBuf};

use serde_json::Value;

use super::lines::whole;
use super::{Cursor, Outcome, Source, file, glob};
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
    let Ok(document) = serde_json::from_slice::<Value>(&bytes) else {
        // Perhaps it is being written. It is read again when it has changed.
        let before = Cursor { offset: known.offset, carry: known.carry.clone(), ..cursor };
        outcome.cursor = before;
        outcome.problems.push(source.problem("it is no JSON"));
        return Ok(outcome);
    };
    drop(bytes);
    let directory = path.parent().unwrap_or(Path::new("/"));
    let below = tree.first().map(|below| files(below, directory, &document)).unwrap_or_default();
    cursor.version = version(&below, tree);
    if !tree.is_empty() && file::is_unchanged(known, &cursor) && known.version == cursor.version {
        return Ok(Outcome { cursor: known.clone(), bytes: outcome.bytes, ..Outcome::default() });
    }
    outcome.again = known.offset > 0;
    cursor.offset = cursor.size;
    let mut mapper = Mapper::new(&source.transcript, &source.start, Default::default());
    mapper.take(&document, "0", take);
    let mut broken = 0;
    for path in &below {
        match node(path, tree.get(1..).unwrap_or_default(), &mut outcome.bytes) {
            // Its name is its place: others may come before it.
            Some(stored) => mapper.take(&stored, &path.to_string_lossy(), take),
            None => broken += 1,
        }
    }
    if broken > 0 {
        let why = format!("{broken} files that belong to it are no JSON, or cannot be read");
        outcome.problems.push(source.problem(why));
    }
    cursor.carry = mapper.into_carry();
    outcome.cursor = cursor;
    Ok(outcome)
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
    let bytes = whole(&mut file::open(path).ok()?).ok()?;
    *read += bytes.len() as u64;
    serde_json::from_slice(&bytes).ok()
}

/// What changes whenever a file that belongs to the document does, without opening it. What a level
/// further down is called depends on a document; its name is taken for its `id`.
fn version(below: &[PathBuf], tree: &[Below]) -> String {
    let mut known = String::new();
    for path in below {
        known.push_str(&glob::stamp(path));
        if let (Some(next), Some(parent), Some(id)) = (tree.get(1), path.parent(), path.file_stem())
        {
            let document = serde_json::json!({ "id": id.to_string_lossy() });
            files(next, parent, &document)
                .iter()
                .for_each(|path| known.push_str(&glob::stamp(path)));
        }
    }
    file::hash(known.as_bytes())
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
    let mut found: Vec<_> =
        glob::below(directory, &names, BELOW_MAX).into_iter().map(|found| found.path).collect();
    found.sort();
    found
}

/// Whether a text of a document can be a file's name, and leads nowhere else.
fn is_name(text: &str) -> bool {
    !text.is_empty() && text.len() < 256 && !text.starts_with('.') && !text.contains(['/', '\0'])
}
