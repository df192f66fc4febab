//! A transcript that is followed, and what it said so far: by the rules of `[[usage.transcript]]`,
//! or by what `[[transcript]]` describes.

use std::collections::{BTreeMap, BTreeSet};
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use serde_json::Value;

use super::file_tail::canonical;
use segno_agent::identity::SessionId;
use segno_agent::panetype::PaneType;
use segno_agent::panetype::launch::Pattern;
use segno_agent::panetype::program::probe::SystemProbe;
use segno_agent::panetype::types::TranscriptRule;
use segno_agent::usage::figures::{Figure, Figures};
use segno_agent::usage::pricing::{self, Answer, Model};
use segno_agent::usage::tally::{Now, Tally};
use segno_store::agent::transcript::{Transcript, Update};
use segno_transcript::read::{self, Cursor, Described, Environment, Source};
use segno_transcript::record::{Record, Usage};

/// Stored bytes that are read at once.
const BUDGET: u64 = 4 << 20;

/// A transcript.
pub(super) enum Followed {
    Ruled(Ruled),
    Described(Box<OfDescription>),
}

/// One of `[[usage.transcript]]`, with what it says by each rule that it falls under.
pub(super) struct Ruled {
    file: Transcript,
    tallies: Vec<(usize, Tally)>,
    /// Whether the file was begun anew and has said nothing since: until then what it said counts.
    void: bool,
}

/// One of `[[transcript]]`.
pub(super) struct OfDescription {
    /// The description's place in the type.
    n: usize,
    path: PathBuf,
    source: Source,
    cursor: Cursor,
    tally: Tally,
    void: bool,
}

impl Followed {
    pub fn path(&self) -> &Path {
        match self {
            Followed::Ruled(ruled) => ruled.file.path(),
            Followed::Described(described) => &described.path,
        }
    }

    /// Whether both are one file, read in one way.
    pub fn is_same(&self, other: &Followed) -> bool {
        match (self, other) {
            (Followed::Ruled(a), Followed::Ruled(b)) => a.file.is(b.file.path(), b.file.is_lines()),
            (Followed::Described(a), Followed::Described(b)) => (a.n, &a.path) == (b.n, &b.path),
            _ => false,
        }
    }

    /// Whether it counts for a conversation: its place may fit another one, too.
    pub fn is_of(&self, session: &str) -> bool {
        let Followed::Described(of) = self else { return true };
        let said = of.cursor.carry.id();
        of.source.start.parent.is_some()
            || said.is_none_or(|said| said.is_empty() || said == session)
    }

    /// What it says by each rule.
    pub fn tallies(&self) -> impl Iterator<Item = (usize, &Tally)> {
        let (ruled, described) = match self {
            Followed::Ruled(ruled) => (Some(ruled), None),
            Followed::Described(of) => (None, Some((of.n, &of.tally))),
        };
        let ruled = ruled.into_iter().flat_map(|ruled| &ruled.tallies);
        ruled.map(|(n, tally)| (*n, tally)).chain(described)
    }

    /// Reads what is new; whether there was anything.
    pub fn read(&mut self, ty: &PaneType, models: &[Model]) -> bool {
        match self {
            Followed::Ruled(ruled) => {
                let rules = ty.usage.as_ref().map_or(&[][..], |usage| &usage.transcripts);
                ruled.read(rules, models)
            }
            Followed::Described(of) => of.read(models),
        }
    }
}

/// The files of `[[usage.transcript]]`.
pub(super) fn by_rules(ty: &PaneType, places: &[Vec<Pattern>]) -> Vec<Followed> {
    let rules = ty.usage.iter().flat_map(|usage| &usage.transcripts);
    // Rules that say different things are mostly about the same files.
    let mut patterns = BTreeMap::<_, Vec<_>>::new();
    for (n, (rule, wanted)) in rules.zip(places).enumerate() {
        for pattern in wanted {
            patterns.entry((pattern, rule.lines)).or_default().push(n);
        }
    }
    let mut found = BTreeMap::<_, Vec<_>>::new();
    for ((pattern, lines), rules) in patterns {
        for path in pattern.files(&SystemProbe).iter().filter_map(|path| canonical(path)) {
            found.entry((path, lines)).or_default().extend(&rules);
        }
    }
    let ruled = |((path, lines), rules): ((PathBuf, bool), Vec<usize>)| {
        let rules = BTreeSet::from_iter(rules);
        let tallies = rules.into_iter().map(|n| (n, Tally::default())).collect();
        Followed::Ruled(Ruled { file: Transcript::new(path, lines), tallies, void: false })
    };
    found.into_iter().map(ruled).collect()
}

/// Where files are looked for that `[[transcript]]` describes.
pub(super) struct Descriptions {
    described: Described,
    environment: Environment,
}

impl Descriptions {
    pub fn new(ty: &PaneType, variables: &BTreeMap<OsString, OsString>) -> Descriptions {
        let environment = Environment { variables: variables.clone(), directories: Vec::new() };
        Descriptions { described: ty.described(), environment }
    }

    /// The files of a conversation.
    pub fn files(&self, session: &SessionId) -> Vec<Followed> {
        let sources = read::of_conversation(&self.described, &self.environment, session.as_str());
        let followed = |source: Source| {
            let is_its = |transcript: &Arc<_>| Arc::ptr_eq(transcript, &source.transcript);
            let n = self.described.transcripts.iter().position(is_its)?;
            let path = source.file().and_then(canonical)?;
            let (cursor, tally) = (Cursor::default(), Tally::default());
            let of = OfDescription { n, path, source, cursor, tally, void: false };
            Some(Followed::Described(Box::new(of)))
        };
        sources.into_iter().filter_map(followed).collect()
    }
}

impl Ruled {
    fn read(&mut self, rules: &[TranscriptRule], models: &[Model]) -> bool {
        let Ruled { file, tallies, void } = self;
        let read = file.read(&mut |update| match update {
            Update::Restart => *void = true,
            Update::Message(bytes) => {
                // A document that is being written says what it said before.
                let Ok(message) = serde_json::from_slice::<Value>(bytes) else { return };
                if std::mem::take(void) {
                    tallies.iter_mut().for_each(|(_, tally)| *tally = Tally::default());
                }
                for (n, tally) in tallies.iter_mut() {
                    let Some(transcript) = rules.get(*n) else { continue };
                    let mut add = |message: &Value| tally.add(&transcript.rule, models, message);
                    match &transcript.each {
                        None => add(&message),
                        Some(list) => {
                            let list = message.pointer(list).and_then(Value::as_array);
                            list.into_iter().flatten().for_each(add);
                        }
                    }
                }
            }
        });
        read.unwrap_or_else(|refusal| {
            tracing::debug!(%refusal, file = %self.file.path().display(), "no transcript");
            false
        })
    }
}

impl OfDescription {
    fn read(&mut self, models: &[Model]) -> bool {
        // Any file of its conversation may have changed.
        if self.source.is_as_it_was(&self.cursor) {
            return false;
        }
        let mut any = false;
        loop {
            let OfDescription { source, cursor, tally, void, .. } = self;
            let (mut says_something, mut used) = (false, Vec::new());
            let outcome = read::read(source, cursor, BUDGET, &mut |record| {
                says_something = true;
                if let Record::Usage(usage) = record {
                    used.push(usage);
                }
            });
            *void |= outcome.again;
            if says_something && std::mem::take(void) {
                *tally = Tally::default();
            }
            for usage in used {
                tally.answer(Some(&usage.key), figures(&usage, models));
            }
            for problem in &outcome.problems {
                tracing::debug!(%problem, "of a transcript");
            }
            any |= outcome.cursor != *cursor;
            *cursor = outcome.cursor;
            if !*void && source.start.parent.is_none() {
                tally.is_now(now(cursor));
            }
            if !outcome.more {
                return any;
            }
        }
    }
}

/// How the conversation is after what was read.
fn now(cursor: &Cursor) -> Now {
    let (said, now) = (cursor.carry.conversation(), cursor.carry.now().clone());
    Now {
        model: now.model.or(said.model),
        title: said.title,
        context: now.context,
        context_limit: now.context_limit,
    }
}

fn figures(usage: &Usage, models: &[Model]) -> Figures {
    let mut used = Figures::default();
    for (figure, tokens) in [
        (Figure::Input, usage.input),
        (Figure::Output, usage.output),
        (Figure::Reasoning, usage.reasoning),
        (Figure::CacheRead, usage.cache_read),
        (Figure::CacheWrite, usage.cache_write),
        (Figure::CacheWrite1h, usage.cache_write_1h),
    ] {
        used.set(figure, tokens as f64);
    }
    let priced = |model: &String| {
        let answer = Answer { message: None, tier: usage.tier.as_deref() };
        pricing::cost(models, model, answer, &used)
    };
    let cost = usage.cost.or_else(|| usage.model.as_ref().map(priced));
    used.set(Figure::Cost, cost.unwrap_or(0.0));
    used
}
