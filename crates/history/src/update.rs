//! Brings the archive up to date.

use std::collections::{BTreeSet, HashMap, HashSet};
use std::fs;
use std::ops::ControlFlow;
use std::sync::Arc;

use serde::Serialize;

use crate::exports::{self, Which};
use crate::imported;
use crate::leave_out::LeaveOut;
use crate::source::Stored;
use segno_archive::forget::{self, Marks, What};
use segno_archive::ingest::{self, Failure, Progress, Source};
use segno_archive::originals::Original;
use segno_archive::{Archive, Result, age, originals};
use segno_transcript::description::Transcript;
use segno_transcript::description::files::Named;
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
    let agents = || wanted.iter().map(|ty| ty.agent.as_str());
    let unlinked = originals::begin(archive, agents())?;
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
    let unlisted = discovery.problems.iter().map(|problem| Failure {
        agent: String::new(),
        source: problem.source_name.clone(),
        why: problem.why.clone(),
    });
    report.failed.extend(unlisted);
    // What could not be listed now is not deleted.
    let is_unlisted = |name: &str| {
        let all = &discovery.problems;
        all.iter().any(|problem| is_of(name, &problem.source_name))
    };
    let marks = forget::marks(archive.directory())?;
    // Of another home it is not known which files lack second names.
    let again = if rules.only_adds { BTreeSet::new() } else { unlinked.clone() };
    if keep_originals(archive, &marks, &sources, &again, &mut report) {
        let is_done = |agent: &&str| !rules.only_adds || !unlinked.contains(*agent);
        originals::end(archive, agents().filter(is_done))?;
    }
    let which = match rules.exports {
        Exports::None => None,
        Exports::AtRest => Some(Which::AtRest { since: now - REST }),
        Exports::All => Some(Which::All),
    };
    if let Some(which) = which.filter(|_| !report.interrupted) {
        keep_exports(archive, &marks, &sources, environment, which, &mut report);
    }
    if !report.interrupted && !rules.only_adds {
        report.gone = mark_gone(archive, &wanted, &sources, &is_unlisted, now)?;
    }
    if let Some(days) = rules.keep_days {
        let before = age::now(archive.directory(), now) - i64::from(days) * age::DAY;
        report.forgotten += forget::forget(archive, What::Before(before))?.len() as u64;
    }
    if let Some(bytes) = rules.size_max {
        report.forgotten += forget::forget(archive, What::Over(bytes))?.len() as u64;
    }
    Ok(report)
}

/// Whether something is a directory, a file or a database, or in it.
fn is_of(name: &str, source: &str) -> bool {
    let rest = name.strip_prefix(source);
    rest.is_some_and(|rest| rest.is_empty() || rest.starts_with(['/', '#']))
}

/// Of what was read this time, and of agents whose files may lack second names; whether all have
/// theirs.
fn keep_originals(
    archive: &Archive,
    marks: &Marks,
    sources: &[Stored],
    unlinked: &BTreeSet<String>,
    report: &mut Report,
) -> bool {
    let failed = report.failed.len();
    for source in sources.iter().filter(|source| source.is_agents) {
        let Some(path) = source.file() else { continue };
        let before;
        let conversations = match &source.conversations[..] {
            [] if unlinked.contains(source.agent()) => {
                before = originals::held_in(archive, source.agent(), source.name());
                before.as_deref().unwrap_or_default()
            }
            new => new,
        };
        if conversations.is_empty() {
            continue;
        }
        let kept = originals::keep(archive, marks, source.agent(), path, conversations);
        let with = if kept.is_ok() { source.beside() } else { Vec::new() };
        let with =
            with.iter().map(|beside| originals::keep_beside(archive, source.agent(), path, beside));
        for kept in std::iter::once(kept).chain(with) {
            match kept {
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
    if report.originals > 0
        && let Err(error) = originals::sync(archive)
    {
        let (agent, source) = (String::new(), archive.directory().display().to_string());
        report.failed.push(Failure { agent, source, why: error.to_string() });
    }
    report.failed.len() == failed
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
            let why = format!("it was read, but not exported: {why}");
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
        let name = path.to_string_lossy().into_owned();
        let source = |(transcript, named): &(&Arc<Transcript>, Option<Named>)| read::Source {
            agent: origin.agent.clone(),
            transcript: (*transcript).clone(),
            place: read::Place::File(kept.clone()),
            start: Start {
                id: origin.conversations.first().cloned(),
                parent: named.as_ref().and_then(|named| named.parent.clone()),
                fallback: name.clone(),
                ..Start::default()
            },
        };
        let said_by = |of: &Transcript| of.files.iter().find_map(|of| of.said_by(&name));
        let mut of: Vec<_> = files.map(|transcript| (transcript, said_by(transcript))).collect();
        if of.iter().any(|(_, named)| named.is_some()) {
            of.retain(|(_, named)| named.is_some());
        }
        // Where its name does not say which description it is of, what is in it has to.
        let source = match &of[..] {
            [one @ (_, Some(_))] => Some(source(one)),
            several => several.iter().map(source).find(says_something),
        };
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
    is_unlisted: &dyn Fn(&str) -> bool,
    now: i64,
) -> Result<u64> {
    let mut present: HashMap<&str, HashSet<&str>> =
        types.iter().map(|ty| (ty.agent.as_str(), HashSet::new())).collect();
    for source in sources.iter().filter(|source| source.is_agents) {
        if let Some(names) = present.get_mut(source.agent()) {
            names.insert(source.name());
        }
    }
    let mut gone = 0;
    // A file may be in a place that is not looked at from here: another home's, which was imported,
    // or one that a variable says elsewhere. And of what came as an export, the agent never had
    // anything here to delete.
    let is_file = |name: &str| fs::symlink_metadata(name).is_ok_and(|of| of.is_file());
    let is_elsewhere = |name: &str| is_file(name) || imported::is_export(name);
    for (agent, names) in present {
        let is_there = |name: &str| names.contains(name) || is_elsewhere(name) || is_unlisted(name);
        gone += ingest::mark_missing(archive, agent, is_there, now)? as u64;
    }
    Ok(gone)
}
