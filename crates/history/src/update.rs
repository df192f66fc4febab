//! Brings the archive up to date.

use std::collections::HashMap;
use std::ops::ControlFlow;

use segno_archive::forget::{self, What};
use segno_archive::ingest::{self, Failure, Present, Progress, Source};
use segno_archive::{Archive, Result, originals};
use segno_transcript::read::{Described, Environment, discover};
use serde::Serialize;

use crate::leave_out::LeaveOut;
use crate::source::Stored;

/// What is kept, and for how long.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Rules {
    pub leave_out: LeaveOut,
    /// `None`: for ever.
    pub keep_days: Option<u32>,
    /// The largest size of the database in bytes; the oldest conversations go first.
    pub size_max: Option<u64>,
    /// What is not found is not gone: it was another machine's.
    pub only_adds: bool,
}

/// What came of it.
#[derive(Debug, Default, Serialize)]
pub struct Report {
    #[serde(flatten)]
    pub progress: Progress,
    /// Sources that there are.
    pub found: u64,
    /// It was stopped before the end; the next run goes on.
    pub interrupted: bool,
    /// Originals that got a second name, or a new copy.
    pub originals: u64,
    /// Conversations of which it was noticed that their agent has them no more.
    pub gone: u64,
    /// Conversations that were too old, or too much.
    pub forgotten: u64,
    /// What could not be read, and why; everything else was.
    pub failed: Vec<Failure>,
}

const DAY: i64 = 24 * 60 * 60 * 1000;

/// Reads on what agents store, from where the previous run ended. `now` is in milliseconds since
/// the Unix epoch. `progress` is called after each piece, with the number of sources that there
/// are; a `Break` ends it, and everything read until then is kept.
pub fn update(
    archive: &mut Archive,
    types: &[Described],
    environment: &Environment,
    rules: &Rules,
    now: i64,
    mut progress: impl FnMut(&Progress, u64) -> ControlFlow<()>,
) -> Result<Report> {
    let wanted: Vec<Described> =
        types.iter().filter(|ty| !rules.leave_out.has_type(&ty.agent)).cloned().collect();
    let discovery = discover(&wanted, environment);
    let found = discovery.sources.len() as u64;
    let mut sources: Vec<Stored> =
        discovery.sources.into_iter().map(|source| Stored::new(source, &rules.leave_out)).collect();
    let read = ingest::ingest(
        archive,
        sources.iter_mut().map(|source| source as &mut dyn Source),
        now,
        |done| progress(done, found),
    )?;
    let mut report = Report {
        progress: read.progress,
        found,
        interrupted: read.interrupted,
        failed: read.failed,
        ..Report::default()
    };
    let unlisted = discovery.problems.into_iter().map(|problem| Failure {
        agent: String::new(),
        source: problem.source_name,
        why: problem.why,
    });
    // A directory that cannot be listed now is not a deletion.
    let certain = unlisted.len() == 0;
    report.failed.extend(unlisted);
    keep_originals(archive, &sources, &mut report);
    if certain && !report.interrupted && !rules.only_adds {
        report.gone = mark_gone(archive, &wanted, &sources, now)?;
    }
    if let Some(days) = rules.keep_days {
        let before = now - i64::from(days) * DAY;
        report.forgotten += forget::forget(archive, What::Before(before))?.len() as u64;
    }
    if let Some(bytes) = rules.size_max {
        report.forgotten += forget::forget(archive, What::Over(bytes))?.len() as u64;
    }
    Ok(report)
}

/// Of what was read this time; the rest is as it was.
fn keep_originals(archive: &Archive, sources: &[Stored], report: &mut Report) {
    for source in sources.iter().filter(|source| !source.conversations.is_empty()) {
        let Some(path) = source.file() else { continue };
        let conversations: Vec<String> = source.conversations.iter().cloned().collect();
        match originals::keep(archive, source.agent(), path, &conversations) {
            Ok(originals::How::Unchanged) => {}
            Ok(_) => report.originals += 1,
            Err(error) => report.failed.push(Failure {
                agent: source.agent().into(),
                source: source.name().into(),
                why: error.to_string(),
            }),
        }
    }
}

fn mark_gone(
    archive: &mut Archive,
    types: &[Described],
    sources: &[Stored],
    now: i64,
) -> Result<u64> {
    let mut present: HashMap<&str, Present> =
        types.iter().map(|ty| (ty.agent.as_str(), Present::new())).collect();
    for source in sources {
        if let Some(names) = present.get_mut(source.agent()) {
            names.insert(source.name().to_string());
        }
    }
    let mut gone = 0;
    for (agent, names) in present {
        gone += ingest::mark_missing(archive, agent, &names, now)? as u64;
    }
    Ok(gone)
}
