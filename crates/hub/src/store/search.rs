//! Search: candidates of this database; the rest is the local archive's own search.

use super::filters::{self, Values};
use super::{Store, read};
use crate::database::{Row, Session};
use crate::error::{Error, Result};
use segno_archive::query::matcher::Phrases;
use segno_archive::query::{
    CANDIDATES, CANDIDATES_READ, Candidate, How, Options, Patterns, Query, Role, SHOWN,
    SearchReport, Shelf, Titled, compile, report,
};
use segno_archive::read::{Conversation, Entry};

/// Entries that are read at once where each has to be looked at.
const PAGE: usize = 300;
/// Of so many entries, texts are read where no index helps.
const READ_MAX: usize = 50_000;

impl Store {
    /// Searches what a person sees.
    pub fn search(&self, person: i64, query: &Query, options: &Options) -> Result<SearchReport> {
        self.read(|session| {
            let phrases = Phrases::new(query);
            let mut desk = Desk { session, person, query, phrases: phrases.as_ref() };
            let (candidates, complete) = desk.candidates(options)?;
            report(&mut desk, query, candidates, complete, options)
        })
    }
}

/// What one search needs.
struct Desk<'a> {
    session: &'a mut dyn Session,
    person: i64,
    query: &'a Query,
    phrases: Option<&'a Phrases>,
}

impl Desk<'_> {
    fn candidates(&mut self, options: &Options) -> Result<(Vec<Candidate>, bool)> {
        let dialect = self.session.dialect();
        let expression = compile::expression(self.query, dialect.syntax());
        // The index knows words alone.
        let how = match options.how {
            How::Words if expression.is_none() && !self.query.all.is_empty() => How::Substring,
            how => how,
        };
        if how != How::Words {
            let patterns =
                Patterns::new(self.query, how).map_err(|e| Error::wrong(e.to_string()))?;
            let limit = match options.how {
                How::Words => CANDIDATES_READ,
                _ => options.limit * SHOWN,
            };
            return self.pages(limit, String::new(), Values::default(), &mut |main, side| {
                patterns.places(&format!("{main}\n{side}")).map(Some)
            });
        }
        let mut values = Values::default();
        let words = match expression {
            Some(expression) => format!("AND {}", dialect.said(&values.bind(expression))),
            None => match compile::exclusion(self.query, dialect.syntax()) {
                Some(none) => format!("AND NOT ({})", dialect.said(&values.bind(none))),
                None => String::new(),
            },
        };
        match self.phrases {
            Some(phrases) => self.pages(CANDIDATES_READ, words, values, &mut |main, side| {
                phrases.hold(main, side).then_some(None)
            }),
            None => {
                let rows = self.page("''", "''", None, CANDIDATES, &words, values)?;
                let complete = rows.len() < CANDIDATES;
                Ok((rows.iter().map(|row| candidate(row, None)).collect(), complete))
            }
        }
    }

    /// Entries whose texts are such, newest first, and whether those are all.
    fn pages(
        &mut self,
        limit: usize,
        words: String,
        values: Values,
        look: &mut dyn FnMut(&str, &str) -> Option<Option<Vec<std::ops::Range<usize>>>>,
    ) -> Result<(Vec<Candidate>, bool)> {
        let (mut found, mut before, mut looked_at) = (Vec::new(), None, 0);
        loop {
            let bound = Values(values.0.clone());
            let rows = self.page("e.main", "e.side", before, PAGE, &words, bound)?;
            for row in &rows {
                if let Some(places) = look(&row.text(4), &row.text(5)) {
                    found.push(candidate(row, places));
                    if found.len() >= limit {
                        return Ok((found, false));
                    }
                }
            }
            looked_at += rows.len();
            before = rows.last().map(|row| row.int(0));
            match rows.len() < PAGE {
                true => return Ok((found, true)),
                false if looked_at >= READ_MAX => return Ok((found, false)),
                false => {}
            }
        }
    }

    fn page(
        &mut self,
        main: &str,
        side: &str,
        before: Option<i64>,
        limit: usize,
        words: &str,
        mut values: Values,
    ) -> Result<Vec<Row>> {
        let dialect = self.session.dialect();
        let seen = filters::visible(&values.bind(self.person));
        let about = filters::conversation(&self.query.filters, dialect, &mut values);
        let own = filters::entry(&self.query.filters, dialect, &mut values);
        let before = match before {
            Some(before) => format!("AND e.id < {}", values.bind(before)),
            None => String::new(),
        };
        let sql = format!(
            "SELECT e.id, e.conversation, e.kind, e.time, {main}, {side} FROM entry e
             JOIN conversation c ON c.id = e.conversation
             WHERE {seen} AND {about} AND {own} {before} {words}
             ORDER BY e.id DESC LIMIT {limit}"
        );
        self.session.query(&sql, &values.0)
    }
}

fn candidate(row: &Row, places: Option<Vec<std::ops::Range<usize>>>) -> Candidate {
    Candidate {
        entry: row.int(0),
        conversation: row.int(1),
        role: Role::stored(row.int(2)),
        time: row.number(3),
        score: 0.0,
        places,
    }
}

impl Shelf for Desk<'_> {
    type Error = Error;

    fn texts(&mut self, entry: i64, look: &mut dyn FnMut(&str, &str)) -> Result<()> {
        let sql = "SELECT main, side FROM entry WHERE id = $1";
        for row in self.session.query(sql, &[entry.into()])? {
            look(&row.text(0), &row.text(1));
        }
        Ok(())
    }

    fn titled(&mut self) -> Result<Vec<Titled>> {
        let dialect = self.session.dialect();
        let expression = compile::expression(self.query, dialect.syntax());
        let Some(expression) = expression else { return Ok(Vec::new()) };
        let mut values = Values::default();
        let words = dialect.titled(&values.bind(expression));
        let seen = filters::visible(&values.bind(self.person));
        let about = filters::conversation(&self.query.filters, dialect, &mut values);
        let sql = format!(
            "SELECT c.id, coalesce(c.updated, c.created), c.title FROM conversation c
             WHERE {words} AND {seen} AND {about} ORDER BY c.id DESC LIMIT {CANDIDATES}"
        );
        let rows = self.session.query(&sql, &values.0)?;
        let holds = |row: &&Row| self.phrases.is_none_or(|p| p.hold(&row.text(2), ""));
        let titled = |row: &Row| Titled { conversation: row.int(0), time: row.number(1) };
        Ok(rows.iter().filter(holds).map(titled).collect())
    }

    fn conversation(&mut self, id: i64) -> Result<Conversation> {
        read::one(self.session, id)
    }

    fn entry(&mut self, id: i64) -> Result<Entry> {
        read::entry_of(self.session, id)
    }

    fn around(&mut self, candidate: &Candidate, n: usize) -> Result<(Vec<Entry>, Vec<Entry>)> {
        let mut side = |which: &str| {
            let sql = format!("SELECT id FROM entry WHERE conversation = $1 AND {which} LIMIT {n}");
            let values = [candidate.conversation.into(), candidate.entry.into()];
            let rows = self.session.query(&sql, &values)?;
            let mut ids: Vec<i64> = rows.iter().map(|row| row.int(0)).collect();
            ids.sort_unstable();
            ids.into_iter().map(|id| read::entry_of(self.session, id)).collect::<Result<Vec<_>>>()
        };
        Ok((side("id < $2 ORDER BY id DESC")?, side("id > $2 ORDER BY id")?))
    }
}
