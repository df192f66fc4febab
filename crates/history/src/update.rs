//! Brings the archive up to date.

use std::collections::{HashMap, HashSet};
use std::ops::ControlFlow;

use serde::Serialize;

use crate::exports::{self, Which};
use crate::leave_out::LeaveOut;
use crate::source::Stored;
use segno_archive::forget::{self, Marks, What};
use segno_archive::ingest::{self, Failure, Present, Progress, Source};
use segno_archive::originals::Original;
use segno_archive::{Archive, Result, originals};
use segno_transcript::map::Start;
use segno_transcript::read::{self, Cursor, Described, Environment, discover};
use segno_transcript::record::Record;

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
    pub exports: Exports,
    /// The archive begins anew: kept originals of what agents have deleted are read as well.
    pub from_originals: bool,
}

/// Which conversations in databases are exported by their agents' own commands. Each starts the
/// agent, which takes a second or more of a processor.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Exports {
    #[default]
    None,
    /// Those in which nothing was said for a while, without those where that has failed since.
    AtRest,
    All,
}

/// How long nothing was said in a conversation at rest, in milliseconds.
const REST: i64 = 10 * 60 * 1000;

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

/// How much of a source is looked at to see whether a description fits, in bytes.
const GLANCE: u64 = 1 << 20;
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
    if rules.from_originals {
        let read: HashSet<String> = sources.iter().map(|one| one.name().to_owned()).collect();
        sources.extend(kept_alone(archive, &wanted, &rules.leave_out, &read)?);
    }
    // What comes in last counts as the newest.
    sources.sort_by_cached_key(Stored::changed);
    let done = ingest::ingest(
        archive,
        sources.iter_mut().map(|source| source as &mut dyn Source),
        now,
        |done| progress(done, found),
    )?;
    let mut report = Report {
        progress: done.progress,
        found,
        interrupted: done.interrupted,
        failed: done.failed,
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
    let marks = forget::marks(archive.directory())?;
    keep_originals(archive, &marks, &sources, &mut report);
    let which = match rules.exports {
        Exports::None => None,
        Exports::AtRest => Some(Which::AtRest { since: now - REST }),
        Exports::All => Some(Which::All),
    };
    if let Some(which) = which.filter(|_| !report.interrupted) {
        keep_exports(archive, &marks, &sources, environment, which, &mut report);
    }
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
fn keep_originals(archive: &Archive, marks: &Marks, sources: &[Stored], report: &mut Report) {
    let new = |source: &&Stored| source.is_agents && !source.conversations.is_empty();
    for source in sources.iter().filter(new) {
        let Some(path) = source.file() else { continue };
        match originals::keep(archive, marks, source.agent(), path, &source.conversations) {
            Ok(originals::How::Unchanged) => {}
            Ok(_) => report.originals += 1,
            Err(error) => report.failed.push(Failure {
                agent: source.agent().into(),
                source: source.name().into(),
                why: error.to_string(),
            }),
        }
    }
    if report.originals > 0
        && let Err(error) = originals::sync(archive)
    {
        let (agent, source) = (String::new(), archive.directory().display().to_string());
        report.failed.push(Failure { agent, source, why: error.to_string() });
    }
}

fn keep_exports(
    archive: &Archive,
    marks: &Marks,
    sources: &[Stored],
    environment: &Environment,
    which: Which,
    report: &mut Report,
) {
    let wanted = sources.iter().rev().filter(|source| source.is_agents && !source.is_left_out());
    let failed = &mut report.failed;
    report.originals += exports::keep(
        archive,
        marks,
        wanted.map(Stored::source),
        environment,
        which,
        &mut |source, why| {
            failed.push(Failure { agent: source.agent.clone(), source: source.name(), why });
        },
    );
}

/// Originals that are no source of this machine's agents: they have deleted them, or it is
/// another home's that was imported.
fn kept_alone<'r>(
    archive: &Archive,
    types: &[Described],
    leave_out: &'r LeaveOut,
    read: &HashSet<String>,
) -> Result<Vec<Stored<'r>>> {
    let mut sources = Vec::new();
    for Original { origin, kept } in originals::all(archive)? {
        let Some(path) = &origin.path else { continue };
        if read.contains(&*path.to_string_lossy()) {
            continue;
        }
        let Some(described) = types.iter().find(|ty| ty.agent == origin.agent) else { continue };
        let files = described
            .transcripts
            .iter()
            .filter(|transcript| transcript.database.is_none() && transcript.command.is_empty());
        // Its name was part of what said which description it is of; now what is in it has to.
        let source = files.map(|transcript| read::Source {
            agent: origin.agent.clone(),
            transcript: transcript.clone(),
            place: read::Place::File(kept.clone()),
            start: Start {
                id: origin.conversations.first().cloned(),
                fallback: path.to_string_lossy().into_owned(),
                ..Start::default()
            },
        });
        let source = source.into_iter().find(says_something);
        let name = path.to_string_lossy().into_owned();
        sources.extend(source.map(|source| Stored::kept(name, source, leave_out)));
    }
    Ok(sources)
}

/// Whether a description finds messages in a source.
fn says_something(source: &read::Source) -> bool {
    let mut found = false;
    read::read(source, &Cursor::default(), GLANCE, &mut |record| {
        found |= matches!(record, Record::Message(_));
    });
    found
}

fn mark_gone(
    archive: &mut Archive,
    types: &[Described],
    sources: &[Stored],
    now: i64,
) -> Result<u64> {
    let mut present: HashMap<&str, Present<'_>> =
        types.iter().map(|ty| (ty.agent.as_str(), Present::new())).collect();
    for source in sources.iter().filter(|source| source.is_agents) {
        if let Some(names) = present.get_mut(source.agent()) {
            names.insert(source.name());
        }
    }
    let mut gone = 0;
    for (agent, names) in present {
        gone += ingest::mark_missing(archive, agent, &names, now)? as u64;
    }
    Ok(gone)
}
