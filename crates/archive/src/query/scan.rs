//! Every text is read, newest first: for substrings and regular expressions.

use std::ops::Range;
use std::time::Instant;

use regex::{Regex, RegexBuilder};
use rusqlite::{Connection, params_from_iter};

use super::compile::{self, Values};
use super::search::Candidate;
use super::{How, Query, Role, Term};
use crate::error::{Error, Result};
use crate::store::block::Reader;

/// Places that are noted of one entry.
const PLACES_MAX: usize = 50;

/// What is looked for in whole texts.
#[derive(Debug)]
pub struct Patterns {
    /// One of each.
    all: Vec<Vec<Regex>>,
    none: Vec<Regex>,
}

impl Patterns {
    /// Words as they stand, or regular expressions. Case counts where a term has capitals.
    pub fn new(query: &Query, how: How) -> Result<Patterns> {
        let pattern = |term: &Term| {
            let text = &term.text;
            let source = if how == How::Regex { text.to_owned() } else { regex::escape(text) };
            RegexBuilder::new(&source)
                .case_insensitive(!text.contains(char::is_uppercase))
                .multi_line(true)
                .size_limit(1 << 20)
                .build()
                .map_err(|error| Error::Pattern(error.to_string()))
        };
        let any = |terms: &Vec<Term>| terms.iter().map(pattern).collect::<Result<Vec<_>>>();
        Ok(Patterns {
            all: query.all.iter().map(any).collect::<Result<_>>()?,
            none: any(&query.none)?,
        })
    }

    /// Whether all that is wanted is in a text.
    fn match_all(&self, text: &str) -> bool {
        self.all.iter().all(|any| any.iter().any(|regex| regex.is_match(text)))
    }

    /// Where it stands in a text that has all that is wanted, and nothing that is not.
    pub fn places(&self, text: &str) -> Option<Vec<Range<usize>>> {
        if !self.match_all(text) || self.none.iter().any(|regex| regex.is_match(text)) {
            return None;
        }
        let found = |regex: &Regex| {
            let found = regex.find_iter(text).take(PLACES_MAX);
            found.map(|found| found.range()).collect::<Vec<_>>()
        };
        let mut places: Vec<Range<usize>> = self.all.iter().flatten().flat_map(found).collect();
        places.sort_by_key(|at| at.start);
        places.dedup_by(|later, first| later.start < first.end);
        Some(places)
    }
}

/// Entries whose text has all that is looked for, newest first, and whether all texts were read.
pub fn scan(
    db: &Connection,
    query: &Query,
    how: How,
    limit: usize,
    deadline: Option<Instant>,
) -> Result<(Vec<Candidate>, bool)> {
    let patterns = Patterns::new(query, how)?;
    let (about, values) = compile::conversations(&query.filters);
    let mut of = Values::new();
    let entries = compile::entries(&query.filters, &mut of);
    let (conversation, block) = (of.len() + 1, of.len() + 2);
    let mut entries = db.prepare(&format!(
        "SELECT e.id, e.conversation, e.kind, e.time, e.at, e.main + 1 + e.side FROM entry e
         WHERE e.conversation = ?{conversation} AND e.block = ?{block} AND {entries}
         ORDER BY e.id DESC"
    ))?;
    let mut list = db.prepare(&format!(
        "SELECT b.id, b.conversation FROM block b JOIN conversation c ON c.id = b.conversation
         WHERE {about} ORDER BY b.id DESC"
    ))?;
    let mut list = list.query(params_from_iter(values))?;
    let (mut found, mut blocks) = (Vec::new(), Reader::default());
    while let Some(row) = list.next()? {
        if deadline.is_some_and(|end| Instant::now() > end) || found.len() >= limit {
            return Ok((found, false));
        }
        let (id, conversation): (i64, i64) = (row.get(0)?, row.get(1)?);
        let block = blocks.block(db, id)?;
        if !patterns.match_all(&block) {
            continue;
        }
        let mut values = of.clone();
        values.extend([conversation.into(), id.into()]);
        let mut rows = entries.query(params_from_iter(values))?;
        while let Some(row) = rows.next()? {
            let (at, length) = (row.get::<_, u32>(4)? as usize, row.get::<_, u32>(5)? as usize);
            let Some(text) = block.get(at..at + length) else { continue };
            let Some(places) = patterns.places(text) else { continue };
            found.push(Candidate {
                entry: row.get(0)?,
                conversation: row.get(1)?,
                role: Role::stored(row.get(2)?),
                time: row.get(3)?,
                score: 0.0,
                places: Some(places),
            });
        }
    }
    Ok((found, true))
}
