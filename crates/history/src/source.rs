//! Something that an agent stores, as the archive reads it.

use std::collections::HashSet;
use std::fs;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use crate::cursor;
use crate::leave_out::LeaveOut;
use segno_archive::ingest::{Batch, Source, SourceError};
use segno_transcript::read;
use segno_transcript::record::{Record, Removal};

/// Stored bytes that are read at once.
const BUDGET: u64 = 2 << 20;

/// A source with what was seen in it. There are tens of thousands of them at once, so each is
/// small.
pub struct Stored<'a> {
    source: read::Source,
    /// Where that is not the path of its file.
    name: Option<Box<str>>,
    /// Whether the agent has it.
    pub is_agents: bool,
    leave_out: &'a LeaveOut,
    /// The conversations that it holds, as far as they were read this time; in order, each once.
    pub conversations: Vec<String>,
    left_out: HashSet<String>,
}

impl<'a> Stored<'a> {
    pub fn new(source: read::Source, leave_out: &'a LeaveOut) -> Stored<'a> {
        let is_path = matches!(&source.place, read::Place::File(path) if path.to_str().is_some());
        let name = (!is_path).then(|| source.name().into());
        Stored {
            source,
            name,
            is_agents: true,
            leave_out,
            conversations: Vec::new(),
            left_out: HashSet::new(),
        }
    }

    /// The kept original of a source that its agent no longer has.
    pub fn kept(name: String, source: read::Source, leave_out: &'a LeaveOut) -> Stored<'a> {
        Stored { name: Some(name.into()), is_agents: false, ..Stored::new(source, leave_out) }
    }

    /// As it is described.
    pub fn source(&self) -> &read::Source {
        &self.source
    }

    /// Whether it is known, without reading it, to be left out.
    pub fn is_left_out(&self) -> bool {
        let read::Place::Database { row, .. } = &self.source.place else { return false };
        let directory = row.get("directory").and_then(serde_json::Value::as_str);
        directory.is_some_and(|directory| self.leave_out.has_directory(directory))
    }

    /// Since when it is as it is, as far as that is known.
    pub fn changed(&self) -> i64 {
        match &self.source.place {
            read::Place::File(path) => fs::symlink_metadata(path).map_or(0, |of| of.mtime()),
            read::Place::Database { row, .. } => {
                // Milliseconds or seconds: only the order counts, and a type has but one of them.
                row.get("updated").and_then(serde_json::Value::as_i64).unwrap_or_default()
            }
            read::Place::Command(_) => 0,
        }
    }

    /// The file that the conversations are in, when it holds nothing else.
    pub fn file(&self) -> Option<&Path> {
        match &self.source.place {
            read::Place::File(path) => Some(path),
            read::Place::Database { .. } | read::Place::Command(_) => None,
        }
    }

    /// Files that belong to it, which are kept with it.
    pub fn beside(&self) -> Vec<PathBuf> {
        self.source.beside()
    }

    fn take(&mut self, records: Vec<Record>) -> Vec<Record> {
        for record in &records {
            if let Record::Conversation(conversation) = record
                && conversation.directory.as_ref().is_some_and(|d| self.leave_out.has_directory(d))
            {
                self.left_out.insert(conversation.id.clone());
            }
        }
        let mut taken = records;
        taken.retain(|record| !self.left_out.contains(conversation(record)));
        let known = &mut self.conversations;
        for id in taken.iter().map(conversation) {
            if let Err(at) = known.binary_search_by(|known| known.as_str().cmp(id)) {
                known.reserve_exact(usize::from(known.is_empty()));
                known.insert(at, id.to_owned());
            }
        }
        taken
    }
}

/// Which conversation a record is about.
fn conversation(record: &Record) -> &str {
    match record {
        Record::Conversation(conversation) => &conversation.id,
        Record::Message(message) => &message.conversation,
        Record::Tool(call) => &call.conversation,
        Record::Usage(usage) => &usage.conversation,
        Record::Removal(
            Removal::From { conversation, .. }
            | Removal::Message { conversation, .. }
            | Removal::Conversation { conversation },
        ) => conversation,
    }
}

impl Source for Stored<'_> {
    fn agent(&self) -> &str {
        &self.source.agent
    }

    fn name(&self) -> &str {
        match (&self.name, &self.source.place) {
            (Some(name), _) => name,
            (None, read::Place::File(path)) => path.to_str().unwrap_or_default(),
            (None, _) => "",
        }
    }

    fn read(&mut self, cursor: Option<&[u8]>) -> Result<Batch, SourceError> {
        let kept = cursor.unwrap_or_default();
        let mut before = cursor::head(kept);
        if self.source.is_as_it_was(&before) {
            return Ok(Batch { cursor: kept.to_vec(), ..Batch::default() });
        }
        cursor::add_carry(&mut before, kept);
        let mut records = Vec::new();
        let outcome = read::read(&self.source, &before, BUDGET, &mut |record| records.push(record));
        if let Some(problem) = outcome.problems.first()
            && records.is_empty()
            && outcome.cursor == before
        {
            return Err(problem.why.clone().into());
        }
        let carry = &outcome.cursor.carry;
        let hash = carry.now().directory_sha256.as_ref();
        if hash.is_some_and(|hash| self.leave_out.has_hash(hash)) {
            self.left_out.extend(carry.id().or(self.source.conversation()).map(String::from));
        }
        let lines = records.len() as u64;
        Ok(Batch {
            records: self.take(records),
            cursor: cursor::pack(outcome.cursor)?,
            bytes: outcome.bytes,
            lines,
            more: outcome.more,
            problems: outcome.problems.into_iter().map(|problem| problem.why).collect(),
        })
    }
}
