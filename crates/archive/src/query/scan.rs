//! Every text is read, newest first: for substrings and regular expressions.

use std::ops::Range;
use std::time::Instant;

use regex::{Regex, RegexBuilder};
use rusqlite::{Connection, params_from_iter};

use super::compile::{self, Values};
use super::search::Candidate;
use super::{How, Query, Role, Term};
use crate::error::{Error, Result};
use crate::read::{self, Reveal};
use crate::secrets::hide;
use crate::store::block::Reader;

/// The largest program of an expression, and of a text as it stands, in bytes.
const EXPRESSION_MAX: usize = 1 << 20;
const TEXT_MAX: usize = 64 << 20;
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
            let (source, most) = match how {
                How::Regex => (text.to_owned(), EXPRESSION_MAX),
                How::Words | How::Substring => (regex::escape(text), TEXT_MAX),
            };
            RegexBuilder::new(&source)
                .case_insensitive(!text.contains(char::is_uppercase))
                .multi_line(true)
                .size_limit(most)
                .build()
                .map_err(|error| Error::Pattern(why(&error)))
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

/// Without the drawing of where in the expression that is.
fn why(error: &regex::Error) -> String {
    let said = error.to_string();
    let last = said.lines().last().unwrap_or_default();
    last.trim_start_matches("error: ").to_owned()
}

/// Entries whose text has all that is looked for, newest first, and whether all texts were read.
pub fn scan(
    db: &Connection,
    query: &Query,
    how: How,
    limit: usize,
    deadline: Option<Instant>,
    reveal: Reveal,
) -> Result<(Vec<Candidate>, bool)> {
    let patterns = Patterns::new(query, how)?;
    let (about, values) = compile::conversations(&query.filters);
    let mut of = Values::new();
    let entries = compile::entries(&query.filters, &mut of);
    let (conversation, block) = (of.len() + 1, of.len() + 2);
    let mut entries = db.prepare(&format!(
        "SELECT e.id, e.conversation, e.kind, e.time, e.at, e.main, e.side FROM entry e
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
            let length = |n| Ok::<_, rusqlite::Error>(row.get::<_, u32>(n)? as usize);
            let (entry, at, main) = (row.get(0)?, length(4)?, length(5)?);
            let Some(text) = block.get(at..at + main + 1 + length(6)?) else { continue };
            let Some(mut places) = patterns.places(text) else { continue };
            if reveal == Reveal::No {
                let secrets = read::secret_places(db, entry, main)?;
                if secrets.iter().any(|places| !places.is_empty()) {
                    // Not even whether a guess is right is said of a secret.
                    let (first, second) = text.split_at(main);
                    let [of_first, of_second] = secrets;
                    let hidden = hide(first, &of_first) + "\n" + &hide(&second[1..], &of_second);
                    let Some(left) = patterns.places(&hidden) else { continue };
                    places = left;
                }
            }
            found.push(Candidate {
                entry,
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
