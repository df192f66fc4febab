//! A search: candidates from the index or a scan, ranked, grouped, with snippets.

use std::cell::Cell;
use std::collections::HashMap;
use std::time::Instant;

use rusqlite::{Connection, params_from_iter};
use serde::Serialize;
use snippet::Snippet;

use super::compile::{self, Values, bind};
use super::matcher::{Matcher, Phrases};
use super::{How, Options, Query, Role, begins, rank, scan, snippet};
use crate::error::{Error, Result};
use crate::read::{self, Conversation, Entry, Reveal};
use crate::secrets;
use crate::store::Archive;
use crate::store::block::{Place, Reader};

/// Of the newest entries that have the words, so many are ranked.
pub const CANDIDATES: usize = 2000;
/// Where each has to be read to know whether it has words in a row: so many.
pub const CANDIDATES_READ: usize = 150;
/// Of these, the texts of the best by age and role are looked at.
const READ: usize = 100;
/// Beginnings of words, of one query, whose words are looked up.
const BEGINNINGS: usize = 8;
/// Hits that are shown of a conversation.
pub const SHOWN: usize = 3;

#[derive(Debug, Serialize)]
pub struct SearchReport {
    pub version: u32,
    pub results: Vec<Found>,
    /// All that there is was looked at; else the newest, as far as the budget went.
    pub complete: bool,
}

/// A conversation in which something was found.
#[derive(Debug, Serialize)]
pub struct Found {
    pub conversation: Conversation,
    pub score: f64,
    /// Where the words stand in its title.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub title: Vec<(usize, usize)>,
    /// Entries that were found in it, those included that are not shown.
    pub count: usize,
    pub hits: Vec<Hit>,
}

#[derive(Debug, Serialize)]
pub struct Hit {
    /// The message's or call's own id, to show the conversation around it.
    pub entry: String,
    pub role: Role,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tool: Option<String>,
    pub time: Option<i64>,
    pub snippet: Snippet,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub before: Vec<Entry>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub after: Vec<Entry>,
}

/// An entry that was found.
#[derive(Debug, Clone)]
pub struct Candidate {
    pub entry: i64,
    pub conversation: i64,
    pub role: Role,
    pub time: Option<i64>,
    pub score: f64,
    /// Where in its text, when a scan has found it.
    pub places: Option<Vec<std::ops::Range<usize>>>,
}

/// Searches. A query without words yields the newest entries that its filters let through.
pub fn search(archive: &Archive, query: &Query, options: &Options) -> Result<SearchReport> {
    let db = &archive.db;
    let deadline = Instant::now().checked_add(options.budget);
    let phrases = Phrases::new(query);
    let (candidates, complete) = match options.how {
        How::Words => {
            let limit = if phrases.is_some() { CANDIDATES_READ } else { CANDIDATES };
            candidates(db, query, phrases.as_ref(), limit, deadline, options.reveal)?
        }
        how => scan::scan(db, query, how, options.limit * SHOWN, deadline, options.reveal)?,
    };
    // What is shown was among what was ranked: no block is unpacked twice.
    let blocks = Reader::keeping(READ);
    let mut shelf = Stored { db, blocks, query, phrases: phrases.as_ref(), options };
    report(&mut shelf, query, candidates, complete, options)
}

/// A conversation whose title has the words.
#[derive(Debug, Clone)]
pub struct Titled {
    pub conversation: i64,
    pub time: Option<i64>,
}

/// Where candidates are, so that the same search looks the same wherever conversations are stored.
pub trait Shelf {
    type Error;

    /// Shows the two texts of an entry.
    fn texts(&mut self, entry: i64, look: &mut dyn FnMut(&str, &str)) -> Result<(), Self::Error>;

    /// Conversations whose titles have what is looked for.
    fn titled(&mut self) -> Result<Vec<Titled>, Self::Error>;

    fn conversation(&mut self, id: i64) -> Result<Conversation, Self::Error>;

    fn entry(&mut self, id: i64) -> Result<Entry, Self::Error>;

    /// So many entries before and after this one of its conversation, in order.
    fn around(
        &mut self,
        candidate: &Candidate,
        n: usize,
    ) -> Result<(Vec<Entry>, Vec<Entry>), Self::Error>;
}

/// Candidates ranked, grouped by conversation, with snippets.
pub fn report<S: Shelf>(
    shelf: &mut S,
    query: &Query,
    mut candidates: Vec<Candidate>,
    complete: bool,
    options: &Options,
) -> Result<SearchReport, S::Error> {
    let matcher = Matcher::new(query);
    let now = options.now.milliseconds();
    for candidate in &mut candidates {
        candidate.score = rank::prior(candidate.role, candidate.time, now);
    }
    candidates.sort_by(|a, b| b.score.total_cmp(&a.score).then(b.entry.cmp(&a.entry)));
    // In the order in which they are stored, so that each block is unpacked once.
    let best = candidates.len().min(READ);
    let mut order: Vec<usize> = (0..best).collect();
    order.sort_by_key(|n| candidates[*n].entry);
    for n in order {
        let candidate = &mut candidates[n];
        shelf.texts(candidate.entry, &mut |main, side| {
            let (first, second) = (matcher.find(main), matcher.find(side));
            candidate.score *= rank::relevance(&first).max(rank::relevance(&second) * 0.5);
        })?;
    }
    for candidate in &mut candidates[best..] {
        candidate.score *= 0.1;
    }
    let mut groups = group(candidates);
    for titled in shelf.titled()? {
        let score = rank::TITLE * rank::recency(titled.time, now);
        if let Some(group) = groups.get_mut(&titled.conversation) {
            group.title = score;
        } else if !compile::concerns_entries(&query.filters) {
            groups.insert(titled.conversation, Group { hits: Vec::new(), title: score });
        }
    }
    let mut groups: Vec<(i64, Group)> = groups.into_iter().collect();
    groups.sort_by(|(a_id, a), (b_id, b)| b.score().total_cmp(&a.score()).then(b_id.cmp(a_id)));
    groups.truncate(options.limit);
    let mut results = Vec::with_capacity(groups.len());
    for (id, group) in groups {
        results.push(found(shelf, &matcher, id, group, options)?);
    }
    Ok(SearchReport { version: read::VERSION, results, complete })
}

/// The newest entries that have the words, and whether that is all there is.
pub(super) fn candidates(
    db: &Connection,
    query: &Query,
    phrases: Option<&Phrases>,
    limit: usize,
    deadline: Option<Instant>,
    reveal: Reveal,
) -> Result<(Vec<Candidate>, bool)> {
    let mut values = Values::new();
    let expression = expression(db, query);
    // Only what is no letter was asked for: the index knows nothing of it.
    if expression.is_none() && !query.all.is_empty() {
        return scan::scan(db, query, How::Substring, limit, deadline, reveal);
    }
    let mut sql = String::from(
        "SELECT e.id, e.conversation, e.kind, e.time, e.block, e.at, e.main, e.side FROM ",
    );
    match expression {
        Some(expression) => {
            let it = bind(&mut values, expression);
            let entries = compile::entries(&query.filters, &mut values);
            sql += &format!(
                "words CROSS JOIN entry e ON e.id = words.rowid
                 WHERE words MATCH {it} AND {entries} ORDER BY words.rowid DESC"
            );
        }
        None => {
            let entries = compile::entries(&query.filters, &mut values);
            sql += &format!("entry e WHERE {entries}");
            if let Some(none) = compile::exclusion(query, &compile::FTS5) {
                let it = bind(&mut values, none);
                sql +=
                    &format!(" AND e.id NOT IN (SELECT rowid FROM words WHERE words MATCH {it})");
            }
            sql += " ORDER BY e.id DESC";
        }
    }
    db.progress_handler(1000, Some(move || deadline.is_some_and(|end| Instant::now() > end)));
    let found = collect(db, &sql, values, phrases, limit);
    db.progress_handler(0, None::<fn() -> bool>);
    found
}

/// The words as the index is asked for them.
fn expression(db: &Connection, query: &Query) -> Option<String> {
    // What cannot be listed, and all but the first few, is asked for as it was typed.
    let left = Cell::new(BEGINNINGS);
    let known = |beginning: &str| {
        left.set(left.get().checked_sub(1)?);
        begins::words(db, beginning).ok().flatten()
    };
    compile::expression_by(query, &compile::FTS5, &known)
}

/// Rows until there are as many, and whether those are all.
fn collect(
    db: &Connection,
    sql: &str,
    values: Values,
    phrases: Option<&Phrases>,
    limit: usize,
) -> Result<(Vec<Candidate>, bool)> {
    let mut statement = db.prepare_cached(sql)?;
    let mut rows = statement.query(params_from_iter(values))?;
    let (mut found, mut blocks) = (Vec::new(), Reader::default());
    while found.len() < limit {
        let next = rows.next().map_err(Error::from).and_then(|row| match row {
            Some(row) => candidate(db, row, phrases, &mut blocks).map(Some),
            None => Ok(None),
        });
        match next {
            Ok(Some(one)) => found.extend(one),
            Ok(None) => return Ok((found, true)),
            Err(Error::Database(error))
                if error.sqlite_error_code() == Some(rusqlite::ErrorCode::OperationInterrupted) =>
            {
                return Ok((found, false));
            }
            Err(error) => return Err(error),
        }
    }
    Ok((found, false))
}

/// A row as a candidate; `None` where its texts have not what was asked for.
fn candidate(
    db: &Connection,
    row: &rusqlite::Row<'_>,
    phrases: Option<&Phrases>,
    blocks: &mut Reader,
) -> Result<Option<Candidate>> {
    if let Some(phrases) = phrases {
        let length = |n| Ok::<_, rusqlite::Error>(row.get::<_, u32>(n)? as usize);
        let (at, main, side) = (length(5)?, length(6)?, length(7)?);
        let place = Place { block: row.get(4)?, at, main, side };
        let block = blocks.block(db, place.block)?;
        let (main, side) = place.of(&block)?;
        if !phrases.hold(main, side) {
            return Ok(None);
        }
    }
    Ok(Some(Candidate {
        entry: row.get(0)?,
        conversation: row.get(1)?,
        role: Role::stored(row.get(2)?),
        time: row.get(3)?,
        score: 0.0,
        places: None,
    }))
}

/// What was found of a conversation.
#[derive(Default)]
struct Group {
    hits: Vec<Candidate>,
    title: f64,
}

impl Group {
    /// The best hit counts; others add a little.
    fn score(&self) -> f64 {
        let best = self.hits.first().map_or(0.0, |hit| hit.score);
        (best + self.title) * (1.0 + (1.0 + self.hits.len() as f64).ln() * 0.1)
    }
}

fn group(mut candidates: Vec<Candidate>) -> HashMap<i64, Group> {
    candidates.sort_by(|a, b| b.score.total_cmp(&a.score).then(b.entry.cmp(&a.entry)));
    let mut groups: HashMap<i64, Group> = HashMap::new();
    for candidate in candidates {
        groups.entry(candidate.conversation).or_default().hits.push(candidate);
    }
    groups
}

/// The archive, for one search.
struct Stored<'a> {
    db: &'a Connection,
    blocks: Reader,
    query: &'a Query,
    phrases: Option<&'a Phrases>,
    options: &'a Options,
}

impl Shelf for Stored<'_> {
    type Error = Error;

    fn texts(&mut self, entry: i64, look: &mut dyn FnMut(&str, &str)) -> Result<()> {
        let raw = read::raw(self.db, entry)?;
        let block = self.blocks.block(self.db, raw.place.block)?;
        let (main, side) = raw.place.of(&block)?;
        look(main, side);
        Ok(())
    }

    fn titled(&mut self) -> Result<Vec<Titled>> {
        let expression = compile::expression(self.query, &compile::FTS5);
        let Some(expression) = expression else { return Ok(Vec::new()) };
        let (clause, mut values) = compile::conversations(&self.query.filters);
        let it = bind(&mut values, expression);
        let sql = format!(
            "SELECT c.id, coalesce(c.updated, c.created), c.title FROM titles
             CROSS JOIN conversation c ON c.id = titles.rowid
             WHERE titles MATCH {it} AND {clause} ORDER BY titles.rowid DESC LIMIT {CANDIDATES}"
        );
        let mut statement = self.db.prepare_cached(&sql)?;
        let mut rows = statement.query(params_from_iter(values))?;
        let mut found = Vec::new();
        while let Some(row) = rows.next()? {
            let title: Option<String> = row.get(2)?;
            let title = secrets::hidden(title.as_deref().unwrap_or_default());
            let holds = |phrases: &Phrases| phrases.hold(&title, "");
            if self.phrases.is_none_or(holds) {
                found.push(Titled { conversation: row.get(0)?, time: row.get(1)? });
            }
        }
        Ok(found)
    }

    fn conversation(&mut self, id: i64) -> Result<Conversation> {
        read::titled(self.db, &mut self.blocks, id, self.options.reveal)
    }

    fn entry(&mut self, id: i64) -> Result<Entry> {
        let raw = read::raw(self.db, id)?;
        read::finish(self.db, &mut self.blocks, raw, self.options.reveal)
    }

    fn around(&mut self, candidate: &Candidate, n: usize) -> Result<(Vec<Entry>, Vec<Entry>)> {
        let mut side = |which: &str| {
            let sql =
                format!("SELECT e.id FROM entry e WHERE e.conversation = ?1 AND {which} LIMIT {n}");
            let mut ids: Vec<i64> = self
                .db
                .prepare_cached(&sql)?
                .query_map([candidate.conversation, candidate.entry], |row| row.get(0))?
                .collect::<rusqlite::Result<_>>()?;
            ids.sort_unstable();
            ids.into_iter().map(|id| self.entry(id)).collect::<Result<Vec<_>>>()
        };
        Ok((side("e.id < ?2 ORDER BY e.id DESC")?, side("e.id > ?2 ORDER BY e.id")?))
    }
}

fn found<S: Shelf>(
    shelf: &mut S,
    matcher: &Matcher,
    id: i64,
    group: Group,
    options: &Options,
) -> Result<Found, S::Error> {
    let conversation = shelf.conversation(id)?;
    let title = match &conversation.title {
        Some(title) if group.title > 0.0 => {
            matcher.find(title).at.into_iter().map(|at| (at.start, at.end)).collect()
        }
        _ => Vec::new(),
    };
    let (score, count) = (group.score(), group.hits.len());
    let mut hits = Vec::new();
    for candidate in group.hits.into_iter().take(SHOWN) {
        let entry = shelf.entry(candidate.entry)?;
        let snippet = shown(&entry, matcher, candidate.places.as_deref());
        let (before, after) = match options.context {
            0 => (Vec::new(), Vec::new()),
            n => shelf.around(&candidate, n)?,
        };
        let Entry { id, role, tool, time, .. } = entry;
        hits.push(Hit { entry: id, role, tool, time, snippet, before, after });
    }
    Ok(Found { conversation, score, title, count, hits })
}

/// The entry's text in which more was found.
pub(super) fn shown(
    entry: &Entry,
    matcher: &Matcher,
    places: Option<&[std::ops::Range<usize>]>,
) -> Snippet {
    let main = entry.text.as_deref().or(entry.input.as_deref()).unwrap_or_default();
    let side = entry.reasoning.as_deref().or(entry.output.as_deref()).unwrap_or_default();
    // Places are of the two texts with a line's end between them, and of no use once a secret in
    // them is hidden.
    if let Some(places) = places.filter(|_| entry.hidden == 0) {
        let (first, second): (Vec<_>, Vec<_>) =
            places.iter().cloned().partition(|at| at.end <= main.len());
        if !first.is_empty() {
            return snippet::snippet(main, &first);
        }
        let second = second.iter().filter(|at| at.start > main.len());
        let second: Vec<_> =
            second.map(|at| at.start - main.len() - 1..at.end - main.len() - 1).collect();
        return snippet::snippet(side, &second);
    }
    let (first, second) = (matcher.find(main), matcher.find(side));
    match first.at.is_empty() && !second.at.is_empty() || main.is_empty() {
        true => snippet::snippet(side, &second.at),
        false => snippet::snippet(main, &first.at),
    }
}
