//! What happened, newest first.

use std::time::Instant;

use serde::Serialize;

use super::matcher::{Matcher, Phrases};
use super::search::{candidates, shown};
use super::snippet::Snippet;
use super::{How, Options, Query, Role, scan};
use crate::error::Result;
use crate::read::{self, Conversation};
use crate::store::Archive;
use crate::store::block::Reader;

#[derive(Debug, Serialize)]
pub struct Events {
    pub version: u32,
    pub events: Vec<Event>,
    /// There are no others.
    pub complete: bool,
}

/// Something that was said or done.
#[derive(Debug, Serialize)]
pub struct Event {
    pub time: Option<i64>,
    pub role: Role,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tool: Option<String>,
    pub entry: String,
    pub conversation: Conversation,
    pub snippet: Snippet,
}

/// Of how many entries, as they came in, the newest by their own time are taken.
const CANDIDATES: usize = 2000;

/// The newest entries that a query finds. Prompts alone, answers or tools are filters of the role.
pub fn events(archive: &Archive, query: &Query, options: &Options) -> Result<Events> {
    let db = &archive.db;
    let deadline = Instant::now().checked_add(options.budget);
    let limit = CANDIDATES.max(options.limit);
    let (mut found, mut complete) = match options.how {
        How::Words => {
            let phrases = Phrases::new(query);
            candidates(db, query, phrases.as_ref(), limit, deadline, options.reveal)?
        }
        how => scan::scan(db, query, how, limit, deadline, options.reveal)?,
    };
    found.sort_by_key(|found| std::cmp::Reverse((found.time, found.entry)));
    complete &= found.len() <= options.limit;
    found.truncate(options.limit);
    let matcher = Matcher::new(query);
    let mut blocks = Reader::default();
    let event = |candidate: super::search::Candidate| {
        let raw = read::raw(db, candidate.entry)?;
        let conversation = read::titled(db, &mut blocks, raw.conversation, options.reveal)?;
        let entry = read::finish(db, &mut blocks, raw, options.reveal)?;
        let snippet = shown(&entry, &matcher, candidate.places.as_deref());
        let read::Entry { id, role, tool, time, .. } = entry;
        Ok(Event { time, role, tool, entry: id, conversation, snippet })
    };
    let events = found.into_iter().map(event).collect::<Result<_>>()?;
    Ok(Events { version: read::VERSION, events, complete })
}
