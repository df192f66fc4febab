//! `events.read`: what happens, numbered, for programs that follow it.
//!
//! The newest events are kept in memory and, a moment later, in a file of the home, so that a
//! program that was away for a while, or over a daemon's restart, misses nothing; when it was away
//! for too long it learns that there is a gap. Nobody is sent anything: a program asks for what
//! comes after a number, so a slow one holds up nobody.

use std::collections::{HashSet, VecDeque};
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use serde_json::{Map, Value};
use tokio::sync::oneshot;

use crate::server::aside::{Lane, Work};
use crate::server::clock;
use crate::server::control::calls::result;
use crate::server::control::target::pane_that_was;
use crate::server::control::workspace_watch::mark;
use crate::server::message::Answer;
use crate::server::shared::Shared;
use segno_base::ids::PaneId;
use segno_config::event_name::EventPattern;
use segno_core::attention::event_feed::WorkspaceEvent;
use segno_core::model::workspace::Model;
use segno_store::file::atomic;
use segno_store::file::foreign;
use segno_wire::control::events::{Event, EventList, EventsAsked};
use segno_wire::rpc::RpcError;

/// Events that are kept.
const KEPT: usize = 4096;
/// Events that are answered at once.
const ANSWERED: usize = 512;
/// The largest file of events that is read, in bytes.
const FILE_MAX: u64 = 16 << 20;
/// A file with so many lines is written anew with those that are kept.
const LINES_MAX: usize = 2 * KEPT;
/// What is stored after an event waits so long, so that many are stored at once.
const STORE_AFTER: Duration = Duration::from_millis(500);
/// A daemon that was killed may have numbered events that it could not store.
const SKIPPED: u64 = 1000;
/// No event has such a number; what is read is not believed beyond it.
const SEQ_MAX: u64 = 1 << 53;
/// Who waits at once.
const WAITING_MAX: usize = 256;

/// The workspace has another shape.
const CHANGED: &str = "workspace.changed";
const STARTED: &str = "daemon.started";
const STOPPED: &str = "daemon.stopped";
/// Names and groups of events that no pane has.
const GROUPS: [&str; 5] = [CHANGED, "workspace.*", STARTED, STOPPED, "daemon.*"];

/// What has happened.
pub(in crate::server) struct EventLog {
    file: PathBuf,
    kept: VecDeque<Event>,
    /// Keys of what the previous daemon has stored, each with its event's name: what agents
    /// reported last may be reported again.
    reported: HashSet<(String, String)>,
    /// The number of the next one.
    next: u64,
    /// Lines for the file.
    unstored: Vec<u8>,
    store_at: Option<Instant>,
    lines: usize,
    waiting: Vec<Waiting>,
    /// The workspace may have another shape.
    pub shape_may_differ: bool,
    shape: Option<String>,
}

struct Waiting {
    asked: Asked,
    until: Option<Instant>,
    answer: oneshot::Sender<Answer>,
}

/// What somebody wants to know.
struct Asked {
    since: u64,
    pane: Option<PaneId>,
    types: Vec<Wanted>,
}

enum Wanted {
    Pattern(EventPattern),
    /// An event that no pane has.
    Named(&'static str),
}

impl Wanted {
    fn parse(text: &str) -> Result<Wanted, String> {
        match GROUPS.iter().find(|group| **group == text) {
            Some(group) => Ok(Wanted::Named(group.trim_end_matches('*'))),
            None => text.parse().map(Wanted::Pattern),
        }
    }

    fn matches(&self, name: &str) -> bool {
        match self {
            Wanted::Named(prefix) => name.starts_with(prefix),
            Wanted::Pattern(pattern) => segno_config::event_name::EVENTS
                .iter()
                .any(|info| info.name == name && pattern.matches(info.event)),
        }
    }
}

impl Asked {
    fn wants(&self, event: &Event) -> bool {
        let pane = self.pane.is_none_or(|pane| {
            event.rest.get("pane").and_then(Value::as_str) == Some(pane.to_string().as_str())
        });
        event.seq > self.since
            && pane
            && (self.types.is_empty() || self.types.iter().any(|ty| ty.matches(&event.event)))
    }
}

impl EventLog {
    /// Goes on from what the previous daemon has stored. Reads a file: before anybody is served.
    pub fn open(file: PathBuf) -> EventLog {
        let bytes = foreign::read(&file, FILE_MAX).ok().flatten().unwrap_or_default();
        let mut kept: VecDeque<Event> = bytes
            .split(|byte| *byte == b'\n')
            .filter_map(|line| serde_json::from_slice(line).ok())
            .filter(|event: &Event| event.seq < SEQ_MAX)
            .collect();
        let lines = kept.len();
        kept.drain(..kept.len().saturating_sub(KEPT));
        let next = kept.back().map_or(1, |last| match last.event.as_str() {
            STOPPED => last.seq.saturating_add(1),
            _ => last.seq.saturating_add(SKIPPED),
        });
        let reported = kept.iter().filter_map(|event| {
            Some((event.event.clone(), event.rest.get("key")?.as_str()?.to_owned()))
        });
        let mut log = EventLog {
            file,
            reported: reported.collect(),
            kept,
            next,
            unstored: Vec::new(),
            store_at: None,
            lines,
            waiting: Vec::new(),
            shape_may_differ: true,
            shape: None,
        };
        if bytes.last().is_some_and(|last| *last != b'\n') {
            // The machine went off in the middle of a line.
            log.unstored.push(b'\n');
        }
        log.record(STARTED, clock::now_ms(), Map::new());
        // At once: by this the next daemon knows whether this one has ended in order.
        let _ = append(&log.file, &std::mem::take(&mut log.unstored));
        log.store_at = None;
        log
    }

    fn record(&mut self, name: &str, at: u64, rest: Map<String, Value>) {
        let event = Event { seq: self.next, event: name.into(), at, rest };
        self.next += 1;
        if let Ok(line) = serde_json::to_vec(&event) {
            self.unstored.extend(line);
            self.unstored.push(b'\n');
            self.lines += 1;
            self.store_at.get_or_insert_with(|| Instant::now() + STORE_AFTER);
        }
        if self.kept.len() >= KEPT {
            self.kept.pop_front();
        }
        self.kept.push_back(event);
    }

    fn answer(&self, asked: &Asked) -> EventList {
        let oldest = self.kept.front().map_or(self.next, |event| event.seq);
        let events: Vec<Event> =
            self.kept.iter().filter(|event| asked.wants(event)).take(ANSWERED).cloned().collect();
        let all = events.len() < ANSWERED;
        let last = events.last().map(|event| event.seq);
        let newest = self.next.saturating_sub(1);
        EventList {
            next: last.filter(|_| !all).unwrap_or(newest),
            // A number that was not given yet is of other events, which are lost.
            gap: asked.since > newest
                || asked.since.saturating_add(1) < oldest
                || self.skipped(asked.since),
            events,
        }
    }

    /// Whether a daemon was killed after this number whose last events may not have been stored.
    fn skipped(&self, since: u64) -> bool {
        let known = |event: &&Event| event.seq <= since;
        let mut before = self.kept.iter().take_while(known).last().map_or(since, |last| last.seq);
        let after = self.kept.iter().skip_while(known).map(|event| event.seq);
        after.chain([self.next]).any(|seq| {
            let jump = seq.saturating_sub(before) >= SKIPPED;
            before = seq;
            jump
        })
    }

    /// When something is to be done though nothing happens.
    pub fn due(&self) -> Option<Instant> {
        let waits = self.waiting.iter().filter_map(|waiting| waiting.until);
        waits.chain(self.store_at).min()
    }

    /// At the daemon's end: what is not stored yet. Waits for the disk.
    pub fn close(&mut self) {
        self.record(STOPPED, clock::now_ms(), Map::new());
        let _ = append(&self.file, &std::mem::take(&mut self.unstored));
    }
}

fn append(file: &Path, lines: &[u8]) -> std::io::Result<()> {
    foreign::open_to_append(file)?.write_all(lines)
}

/// What the dispatcher asks for.
impl EventLog {
    /// Something happened in a pane. False: it is known, and was reported again because the
    /// previous daemon was killed.
    pub(in crate::server) fn record_event(&mut self, event: &WorkspaceEvent) -> bool {
        if event.key.as_deref().is_some_and(|key| self.knows(event.event.name(), key)) {
            return false;
        }
        let Ok(Value::Object(mut rest)) = serde_json::to_value(event) else { return true };
        rest.retain(|key, _| key != "event" && key != "at");
        self.record(event.event.name(), event.at, rest);
        self.answer_waiting();
        true
    }

    fn knows(&self, name: &str, key: &str) -> bool {
        self.reported.contains(&(name.to_owned(), key.to_owned()))
    }

    /// The workspace may have another shape: tabs, panes, clients, where these look.
    pub(in crate::server) fn record_shape(&mut self, model: &Model) {
        if !std::mem::take(&mut self.shape_may_differ) {
            return;
        }
        let shape = mark(model);
        let before = self.shape.replace(shape.clone());
        if before.is_some_and(|before| before != shape) {
            let rest = Map::from_iter([("mark".to_string(), shape.into())]);
            self.record(CHANGED, clock::now_ms(), rest);
            self.answer_waiting();
        }
    }

    /// `events.read`.
    pub(in crate::server) fn read(
        &mut self,
        model: &Model,
        asked: &EventsAsked,
        answer: oneshot::Sender<Answer>,
    ) {
        let pane = asked.of.pane.as_ref().map(|pane| pane_that_was(model, pane)).transpose();
        let types =
            asked.of.types.iter().map(|ty| Wanted::parse(ty)).collect::<Result<Vec<_>, _>>();
        let (pane, types) = match (pane, types) {
            (Ok(pane), Ok(types)) => (pane, types),
            (Err(error), _) => return drop(answer.send(Err(error))),
            (_, Err(why)) => return drop(answer.send(Err(RpcError::invalid_params(why)))),
        };
        let newest = self.next - 1;
        let since = asked.of.since.unwrap_or(newest);
        let wanted = Asked { since, pane, types };
        let known = self.answer(&wanted);
        if !asked.wait || !known.events.is_empty() || known.gap {
            return drop(answer.send(result(&known)));
        }
        if self.waiting.len() >= WAITING_MAX {
            self.waiting.retain(|waiting| !waiting.answer.is_closed());
        }
        if self.waiting.len() >= WAITING_MAX {
            let why = format!("{WAITING_MAX} others wait for events already");
            return drop(answer.send(Err(RpcError::failed(why))));
        }
        let until = asked.timeout_ms.map(|ms| Instant::now() + Duration::from_millis(ms));
        self.waiting.push(Waiting { asked: wanted, until, answer });
    }

    fn answer_waiting(&mut self) {
        if self.waiting.is_empty() {
            return;
        }
        let mut waiting = std::mem::take(&mut self.waiting);
        waiting.retain(|waiting| !waiting.answer.is_closed());
        for waiting in waiting {
            let known = self.answer(&waiting.asked);
            match known.events.is_empty() {
                true => self.waiting.push(waiting),
                false => drop(waiting.answer.send(result(&known))),
            }
        }
    }

    /// Stores what has happened, and answers those whose time is up.
    pub(in crate::server) fn tend(&mut self, shared: &mut Shared, now: Instant) {
        let late = |waiting: &mut Waiting| waiting.until.is_some_and(|until| until <= now);
        let late: Vec<_> = self.waiting.extract_if(.., late).collect();
        for waiting in late {
            let _ = waiting.answer.send(result(&self.answer(&waiting.asked)));
        }
        if self.store_at.is_none_or(|at| at > now) {
            return;
        }
        self.store_at = None;
        shared.in_lane(Lane::Events, |log: &mut EventLog, _: &mut Shared| {
            let lines = std::mem::take(&mut log.unstored);
            let file = log.file.clone();
            let anew = (log.lines > LINES_MAX).then(|| {
                log.lines = log.kept.len();
                let line = |event: &Event| serde_json::to_vec(event).unwrap_or_default();
                log.kept
                    .iter()
                    .flat_map(|event| [line(event), vec![b'\n']].concat())
                    .collect::<Vec<u8>>()
            });
            Some(Work::of(
                move || match anew {
                    Some(all) => atomic::write_unsynced(&file, &all),
                    None => append(&file, &lines),
                },
                |log: &mut EventLog, _: &mut Shared, stored: std::io::Result<()>| {
                    if let Err(error) = stored {
                        // With the next event all that are kept are written anew.
                        log.lines = LINES_MAX + 1;
                        tracing::warn!(%error, "events are not kept for the next daemon");
                    }
                },
            ))
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn log() -> (tempfile::TempDir, EventLog) {
        let dir = tempfile::tempdir().unwrap();
        let log = EventLog::open(dir.path().join("events.jsonl"));
        (dir, log)
    }

    fn asked(since: u64, types: &[&str]) -> Asked {
        let types = types.iter().map(|ty| Wanted::parse(ty).unwrap()).collect();
        Asked { since, pane: None, types }
    }

    fn seqs(list: &EventList) -> Vec<u64> {
        list.events.iter().map(|event| event.seq).collect()
    }

    #[test]
    fn events_are_numbered_filtered_and_come_once() {
        let (_dir, mut log) = log();
        for name in ["state.idle", "pane.opened", "state.working", CHANGED] {
            log.record(name, 1, Map::new());
        }
        let all = log.answer(&asked(0, &[]));
        assert_eq!((seqs(&all), all.next, all.gap), (vec![1, 2, 3, 4, 5], 5, false));
        assert_eq!(seqs(&log.answer(&asked(0, &["state.*"]))), [2, 4]);
        assert_eq!(seqs(&log.answer(&asked(2, &["state.*", "workspace.*"]))), [4, 5]);
        let none = log.answer(&asked(all.next, &[]));
        assert_eq!((seqs(&none), none.next), (vec![], 5));
        assert!(Wanted::parse("state.idel").is_err());
    }

    #[test]
    fn a_number_that_was_never_given_is_a_gap_and_goes_on_with_the_newest() {
        let (_dir, log) = log();
        for since in [2, 5000, u64::MAX] {
            let list = log.answer(&asked(since, &[]));
            assert_eq!((list.events.len(), list.next, list.gap), (0, 1, true), "{since}");
        }
        assert!(!log.answer(&asked(1, &[])).gap);
    }

    #[test]
    fn a_line_that_was_cut_off_costs_no_other() {
        let (dir, mut log) = log();
        log.close();
        let file = dir.path().join("events.jsonl");
        let rest = format!("{{\"seq\":{},\"event\":\"x\",\"at\":1}}\n{{\"seq\":3,\"ev", u64::MAX);
        append(&file, rest.as_bytes()).unwrap();
        drop(EventLog::open(file.clone()));
        let next = EventLog::open(file);
        assert_eq!(seqs(&next.answer(&asked(0, &[]))), [1, 2, 3, 1003]);
    }

    #[test]
    fn many_come_in_pieces_and_what_is_too_old_is_a_gap() {
        let (_dir, mut log) = log();
        for n in 0..KEPT as u64 + 10 {
            log.record("pane.bell", n, Map::new());
        }
        let first = log.answer(&asked(0, &[]));
        assert_eq!((first.events.len(), first.gap), (ANSWERED, true));
        let (mut since, mut seen) = (first.next, first.events.len());
        while seen < KEPT {
            let more = log.answer(&asked(since, &[]));
            assert!(!more.gap && more.events[0].seq == since + 1);
            (since, seen) = (more.next, seen + more.events.len());
        }
        assert_eq!(since, KEPT as u64 + 11);
    }

    #[test]
    fn what_is_reported_again_after_a_kill_is_known_by_its_key() {
        let (dir, mut log) = log();
        let rest = Map::from_iter([("key".to_string(), "p1-5-7".into())]);
        log.record("conversation.prompted", 1, rest);
        let _ = append(&log.file, &std::mem::take(&mut log.unstored));
        let next = EventLog::open(dir.path().join("events.jsonl"));
        assert!(next.knows("conversation.prompted", "p1-5-7"));
        assert!(!next.knows("conversation.titled", "p1-5-7"));
        assert!(!next.knows("conversation.prompted", "p1-5-8"));
    }

    #[test]
    fn the_next_daemon_goes_on_and_says_that_some_may_be_missing() {
        let (dir, mut log) = log();
        log.record("pane.bell", 1, Map::new());
        log.close();
        let file = dir.path().join("events.jsonl");
        let mut next = EventLog::open(file.clone());
        let list = next.answer(&asked(2, &[]));
        assert_eq!((seqs(&list), list.gap), (vec![3, 4], false), "stopped, started");
        // This one is killed.
        next.record("pane.bell", 2, Map::new());
        let last = EventLog::open(file);
        let list = last.answer(&asked(4, &[]));
        assert_eq!((list.events.len(), list.gap), (1, true));
        assert!(!last.answer(&asked(list.next, &[])).gap);
    }
}
