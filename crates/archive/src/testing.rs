//! What the tests share: an archive of their own, and a source that says what it is given.

use std::ops::ControlFlow;
use std::time::Duration;

use crate::ingest::{self, Batch, Report, Source, SourceError};
use crate::query::{self, How, Options, time::Now};
use crate::read::Reveal;
use crate::store::Archive;
use segno_transcript::record::{Message, Record, Role, ToolCall};

/// 2026-11-29 12:00 UTC.
pub const NOON: i64 = 1_795_953_600_000;

pub fn archive() -> (tempfile::TempDir, Archive) {
    let home = tempfile::tempdir().unwrap();
    let opened = Archive::write(&home.path().join("archive")).unwrap();
    assert!(opened.anew.is_none());
    (home, opened.archive)
}

/// As one that was begun by a Segno that wrote the second format.
pub fn archive_of_before() -> (tempfile::TempDir, Archive) {
    let home = tempfile::tempdir().unwrap();
    let directory = home.path().join("archive");
    std::fs::create_dir(&directory).unwrap();
    let db = rusqlite::Connection::open(directory.join("archive.db")).unwrap();
    db.execute_batch(include_str!("store/schema.sql")).unwrap();
    db.execute_batch(include_str!("store/changed.sql")).unwrap();
    db.execute_batch("PRAGMA application_id = 0x53676E6F; PRAGMA user_version = 2;").unwrap();
    drop(db);
    let opened = Archive::write(&directory).unwrap();
    (home, opened.archive)
}

/// Says its batches one by one; the cursor counts them.
pub struct Scripted {
    agent: String,
    name: String,
    batches: Vec<Vec<Record>>,
    pub fails: bool,
}

impl Scripted {
    pub fn new(agent: &str, name: &str, batches: Vec<Vec<Record>>) -> Self {
        Self { agent: agent.into(), name: name.into(), batches, fails: false }
    }
}

impl Source for Scripted {
    fn agent(&self) -> &str {
        &self.agent
    }

    fn name(&self) -> &str {
        &self.name
    }

    fn read(&mut self, cursor: Option<&[u8]>) -> Result<Batch, SourceError> {
        if self.fails {
            return Err("cannot be read".into());
        }
        let done = cursor.map_or(Ok(0), |c| std::str::from_utf8(c).unwrap().parse::<usize>())?;
        let records = self.batches.get(done).cloned().unwrap_or_default();
        let next = (done + 1).min(self.batches.len());
        let more = next < self.batches.len();
        Ok(Batch {
            lines: records.len() as u64,
            bytes: 1,
            cursor: next.to_string().into(),
            records,
            more,
            problems: Vec::new(),
        })
    }
}

pub fn read_all(archive: &mut Archive, mut sources: Vec<Scripted>) -> Report {
    let sources = sources.iter_mut().map(|source| source as &mut dyn Source);
    ingest::ingest(archive, sources, NOON, |_| ControlFlow::Continue(())).unwrap()
}

pub fn message(conversation: &str, id: &str, role: Role, text: &str) -> Record {
    Record::Message(Message {
        conversation: conversation.into(),
        id: id.into(),
        parent: None,
        role,
        text: text.into(),
        reasoning: None,
        time: Some(NOON - 1000),
        model: None,
    })
}

pub fn tool(
    conversation: &str,
    id: &str,
    name: &str,
    input: &str,
    output: Option<&str>,
) -> ToolCall {
    ToolCall {
        conversation: conversation.into(),
        id: id.into(),
        name: Some(name.into()),
        input: Some(input.into()),
        output: output.map(Into::into),
        time: Some(NOON - 500),
        ..ToolCall::default()
    }
}

pub fn now() -> Now {
    let time = jiff::Timestamp::from_millisecond(NOON).unwrap();
    Now { time, zone: jiff::tz::TimeZone::UTC }
}

pub fn options() -> Options {
    Options {
        limit: 20,
        context: 0,
        how: How::Words,
        budget: Duration::from_secs(30),
        reveal: Reveal::No,
        now: now(),
    }
}

/// Snippets of all hits, the best first.
pub fn said(archive: &Archive, query: &str) -> Vec<String> {
    let query = query::parse(query, &now());
    let report = query::search(archive, &query, &options()).unwrap();
    report.results.into_iter().flat_map(|found| found.hits).map(|hit| hit.snippet.text).collect()
}
