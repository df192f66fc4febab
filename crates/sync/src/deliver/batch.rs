//! The items of one conversation, in order, in requests of several where the service takes them.

use std::collections::HashMap;

use serde_json::{Map, Value};

use super::listing;
use super::pass::{Outcome, Pass, Way, number};
use super::wire::{self, Answer};
use crate::error::Result;
use crate::item::{self, Moment, Planned, SESSION, What};
use crate::service::{Generation, Kind, Request, Verdict};
use crate::state::{ItemState, Known, Sent, Stored};
use crate::target::{Contents as Wanted, LocalRules};
use segno_archive::query::Role;
use segno_archive::read::{Changed, Contents, Conversation, Entry};

/// After so many failures of one item a service that is well otherwise is taken to refuse it.
const POISON: u32 = 5;

/// The name under which it is remembered where a conversation went.
pub(super) const CHOSEN: &str = "target";

/// An item on its way into a request.
pub(super) struct Ready {
    pub sent: Sent,
    pub body: Value,
    /// What it is, for the log.
    pub label: String,
    bytes: usize,
}

/// What requests about a conversation need.
pub(super) struct Place<'g> {
    pub generation: &'g Generation,
    pub known: Known,
    /// What templates may use, without an item.
    pub base: item::Values,
    /// What the project says instead of what was chosen at the login.
    pub chosen: Value,
}

/// What came of a request.
enum Sending {
    Went(Outcome),
    /// Not all at once.
    Split,
}

impl Pass<'_> {
    /// Sends what is missing of a conversation.
    pub(super) fn messages(
        &mut self,
        changed: &Changed,
        contents: &mut Contents,
        updated: i64,
        local: &LocalRules,
    ) -> Result<Outcome> {
        let generation = self.generation()?;
        let of = &changed.conversation;
        let mut base = self.values(changed, contents)?;
        let facts = number(&base);
        if self.target.contents != Wanted::Titles {
            base.insert("prompt".into(), first_prompt(contents)?.into());
        }
        base.insert("target".into(), wire::target_values(self.target, Some(&local.values)));
        base.insert("key".into(), self.key.into());
        let known = self.known(&of.agent, &of.id)?;
        if known.deleted {
            return Ok(Outcome::Done);
        }
        base.insert("remote".into(), Value::Object(known.remote.clone()));
        let has = |kind: Kind| generation.items.contains_key(&kind);
        let what = What {
            contents: self.target.contents,
            with_tools: self.target.tools,
            tools: generation.tools,
            has: &has,
        };
        let moment = Moment {
            now: (self.clock)(),
            written: changed.stamp,
            updated,
            gone: of.gone.is_some(),
            settle: i64::from(generation.settle) * 1000,
            rest: i64::from(generation.rest) * 60_000,
        };
        let plan = item::plan(&contents.pieces, facts, &what, &moment);
        let chosen = serde_json::to_value(&local.values).unwrap_or_default();
        let mut place = Place { generation, known, base, chosen };
        let mut stored = self.state.items(place.known.id)?;
        if stored.values().any(|item| item.state == ItemState::OnItsWay)
            && self.way != Way::Dry
            && !generation.replaces
        {
            let outcome = self.recheck(&place, of, contents, &plan.items, &stored)?;
            if outcome != Outcome::Done {
                return Ok(outcome);
            }
            stored = self.state.items(place.known.id)?;
        }
        let mut batch: Vec<Ready> = Vec::new();
        let mut current: Option<&Request> = None;
        for planned in &plan.items {
            let before = stored.get(&planned.key);
            let there = before.filter(|item| item.state != ItemState::OnItsWay);
            let once = !generation.replaces && planned.kind != Kind::Session;
            if there.is_some_and(|item| {
                item.version == planned.version || once && item.state == ItemState::Acknowledged
            }) {
                continue;
            }
            let Some(ready) = self.ready(&place, changed, contents, planned)? else { continue };
            if there.is_some_and(|item| item.hash == ready.sent.hash) {
                if self.way != Way::Dry && there.is_some_and(|i| i.state == ItemState::Acknowledged)
                {
                    self.state.same(place.known.id, ready.sent)?;
                }
                continue;
            }
            let Some(request) = request_of(generation, planned.kind) else { continue };
            let bytes: usize = batch.iter().map(|ready| ready.bytes).sum();
            let full = batch.len() >= request.batch || bytes + ready.bytes > request.bytes;
            if let Some(last) = current
                && (full || !std::ptr::eq(last, request))
            {
                let outcome = self.flush(&mut place, last, std::mem::take(&mut batch))?;
                if outcome != Outcome::Done {
                    return Ok(outcome);
                }
            }
            current = Some(request);
            batch.push(ready);
        }
        if let Some(last) = current {
            let outcome = self.flush(&mut place, last, batch)?;
            if outcome != Outcome::Done {
                return Ok(outcome);
            }
        }
        if self.way != Way::Dry {
            self.state.set_due(place.known.id, plan.due)?;
        }
        Ok(Outcome::Done)
    }

    /// What is noted of a conversation; a dry run notes nothing.
    pub(super) fn known(&self, agent: &str, native: &str) -> Result<Known> {
        if self.way != Way::Dry {
            return self.state.conversation(&self.target.name, agent, native);
        }
        let found = self.state.find(&self.target.name, agent, native)?;
        Ok(found.unwrap_or_else(|| Known {
            id: 0,
            agent: agent.into(),
            native: native.into(),
            remote: Map::new(),
            deleted: false,
        }))
    }

    /// Reads an item's texts and fills its template; `None` when it has nothing to say.
    fn ready(
        &self,
        place: &Place,
        changed: &Changed,
        contents: &mut Contents,
        planned: &Planned,
    ) -> Result<Option<Ready>> {
        let Some(item) = place.generation.items.get(&planned.kind) else { return Ok(None) };
        let of = &changed.conversation;
        let mut entries: Vec<Entry> = Vec::with_capacity(planned.pieces.len());
        for n in &planned.pieces {
            let piece = contents.pieces[*n].clone();
            entries.push(contents.read(&piece)?);
        }
        let figures = planned.pieces.first().and_then(|n| contents.pieces[*n].figures);
        let mut values = place.base.clone();
        let reasoning = self.target.reasoning;
        item::fill(&mut values, planned.kind, of, &entries, figures.as_ref(), reasoning);
        if planned.kind == Kind::End {
            values.insert("uid".into(), end_uid(planned).into());
        }
        let parts = item::parts(&entries, &place.generation.parts, reasoning);
        let says = |entry: &Entry| entry.text.as_ref().is_some_and(|text| !text.trim().is_empty());
        let is_message = matches!(planned.kind, Kind::User | Kind::Assistant | Kind::System);
        if is_message && !entries.iter().any(says) && parts.is_empty() {
            return Ok(None);
        }
        if !parts.is_empty() {
            values.insert("parts".into(), Value::Array(parts));
        }
        let id = values.get("id").and_then(Value::as_str).unwrap_or(&of.id);
        let label = match planned.key {
            SESSION => format!("conversation {id}"),
            _ => format!("{} {id}", values.get("kind").and_then(Value::as_str).unwrap_or("item")),
        };
        let body = item.body.render(&Value::Object(values)).unwrap_or_default();
        let text = body.to_string();
        let sent = Sent { key: planned.key, version: planned.version, hash: item::number(&text) };
        Ok(Some(Ready { sent, body, label, bytes: text.len() }))
    }

    /// Sends items in one request, or in smaller ones where the service will not have it so.
    fn flush(
        &mut self,
        place: &mut Place,
        request: &Request,
        batch: Vec<Ready>,
    ) -> Result<Outcome> {
        let mut waiting = vec![batch];
        while let Some(mut batch) = waiting.pop() {
            if batch.is_empty() {
                continue;
            }
            match self.send(place, request, &batch)? {
                Sending::Went(Outcome::Done) => {}
                Sending::Went(outcome) => return Ok(outcome),
                Sending::Split => {
                    let second = batch.split_off(batch.len().div_ceil(2));
                    waiting.push(second);
                    waiting.push(batch);
                }
            }
        }
        Ok(Outcome::Done)
    }

    fn send(&mut self, place: &mut Place, request: &Request, batch: &[Ready]) -> Result<Sending> {
        if (self.interrupted)() {
            return Ok(Sending::Went(Outcome::Interrupted));
        }
        let sent: Vec<Sent> = batch.iter().map(|ready| ready.sent).collect();
        let mut known = place.base.clone();
        if let Some(first) = batch.first() {
            known.insert("item".into(), first.body.clone());
        }
        let items = batch.iter().map(|ready| ready.body.clone()).collect();
        known.insert("items".into(), Value::Array(items));
        let (known, timeout) = (Value::Object(known), place.generation.timeout);
        let outgoing = wire::outgoing(request, &self.target.url, self.key, &known, timeout)?;
        let now = (self.clock)();
        let id = place.known.id;
        if self.way != Way::Dry && !place.generation.replaces {
            self.state.begin(id, &sent)?;
        }
        let answer = match self.transport.send(&outgoing) {
            Ok(answer) => answer,
            Err(why) => return Ok(Sending::Went(Outcome::Later { why, asked: None })),
        };
        self.report.requests += 1;
        let reason = || place.generation.answers.reason(answer.status, &answer.body);
        let mut verdict = place.generation.answers.verdict(answer.status, &answer.body);
        if verdict == Verdict::Refused
            && matches!(answer.status, 404 | 405 | 410)
            && place.generation.check.is_some()
            && !self.is_well(place)?
        {
            // It is not the item that is refused: nothing is there any more.
            verdict = Verdict::Retry;
        }
        if verdict != Verdict::Done && self.way != Way::Dry {
            let keys: Vec<i64> = sent.iter().map(|sent| sent.key).collect();
            // Whatever else it means, it did not take them.
            if !matches!(answer.status, 200..300 | 408 | 500..600) {
                self.state.not_sent(id, &keys)?;
            }
        }
        Ok(Sending::Went(match verdict {
            Verdict::Done => {
                let remote = remembered(request, &answer, &place.known.remote, &place.chosen);
                if self.way != Way::Dry {
                    let name = &self.target.name;
                    self.state.acknowledge(name, id, &sent, remote.as_ref(), now)?;
                }
                if let Some(remote) = remote {
                    place.base.insert("remote".into(), Value::Object(remote.clone()));
                    place.known.remote = remote;
                }
                self.report.sent += sent.len() as u64;
                Outcome::Done
            }
            Verdict::Refused | Verdict::Split if batch.len() > 1 => return Ok(Sending::Split),
            Verdict::Refused | Verdict::Split => {
                for ready in batch {
                    self.aside(id, ready.sent, &ready.label, &reason())?;
                }
                Outcome::Done
            }
            Verdict::Pause => Outcome::Stop { why: reason() },
            Verdict::Retry => {
                let head = &batch[0];
                let refused = answer.status >= 500
                    && self.state.attempt(id, head.sent)? >= POISON
                    && self.is_well(place)?;
                if refused && batch.len() > 1 {
                    return Ok(Sending::Split);
                }
                if refused {
                    self.aside(id, head.sent, &head.label, &reason())?;
                    return Ok(Sending::Went(Outcome::Done));
                }
                Outcome::Later { why: reason(), asked: answer.retry_after }
            }
        }))
    }

    /// Sets an item aside, with its reason; the others go on.
    pub(super) fn aside(
        &mut self,
        conversation: i64,
        sent: Sent,
        label: &str,
        reason: &str,
    ) -> Result<()> {
        let now = (self.clock)();
        self.report.set_aside += 1;
        let name = self.target.name.clone();
        self.state.set_aside(conversation, sent, now, label, reason)?;
        self.state.log(&name, now, &format!("{label} set aside: {reason}"))
    }

    /// Whether the service answers what it is asked at the login.
    fn is_well(&mut self, place: &Place) -> Result<bool> {
        let Some(check) = &place.generation.check else { return Ok(false) };
        let known = Value::Object(place.base.clone());
        let timeout = place.generation.timeout;
        let outgoing = wire::outgoing(check, &self.target.url, self.key, &known, timeout)?;
        Ok(self.transport.send(&outgoing).is_ok_and(|answer| {
            place.generation.answers.verdict(answer.status, &answer.body) == Verdict::Done
        }))
    }

    /// Asks which of the items that were on their way have arrived.
    fn recheck(
        &mut self,
        place: &Place,
        of: &Conversation,
        contents: &Contents,
        planned: &[Planned],
        stored: &HashMap<i64, Stored>,
    ) -> Result<Outcome> {
        let Some(recheck) = &place.generation.recheck else { return Ok(Outcome::Done) };
        let on_way = |key: &i64| stored.get(key).is_some_and(|i| i.state == ItemState::OnItsWay);
        let doubtful: Vec<&Planned> =
            planned.iter().filter(|planned| on_way(&planned.key)).collect();
        // An end, and what has no time of its own, is sent with that of the last change.
        let last = of.updated.or(of.created);
        let time = |planned: &&Planned| {
            planned.pieces.first().and_then(|n| contents.pieces[*n].time).or(last)
        };
        let times = doubtful.iter().filter_map(time);
        let mut known = place.base.clone();
        known.insert("oldest".into(), times.min().map(|time| time - 1000).into());
        let found = listing::ids(self, recheck, place.generation, &Value::Object(known))?;
        let found = match found {
            Ok(found) => found,
            Err(outcome) => return Ok(outcome),
        };
        let now = (self.clock)();
        let mut arrived = Vec::new();
        for planned in doubtful {
            // Under no other name was it sent; the session has none, and is sent once more.
            let uid = match (planned.kind, planned.pieces.first()) {
                (Kind::End, _) => Some(end_uid(planned)),
                (_, Some(n)) => Some(item::unique(of, &contents.pieces[*n].id())),
                (_, None) => None,
            };
            if uid.is_some_and(|uid| found.contains(&uid)) {
                let item = stored[&planned.key];
                let sent = Sent { key: planned.key, version: planned.version, hash: item.hash };
                arrived.push(sent);
            }
        }
        self.state.acknowledge(&self.target.name, place.known.id, &arrived, None, now)?;
        let keys: Vec<i64> = stored.keys().copied().collect();
        self.state.not_sent(place.known.id, &keys)?;
        Ok(Outcome::Done)
    }
}

/// What was asked first, in a line.
fn first_prompt(contents: &mut Contents) -> Result<Option<String>> {
    let first = contents.pieces.iter().find(|piece| piece.role == Role::User && !piece.gone);
    let Some(piece) = first.cloned() else { return Ok(None) };
    let text = contents.read(&piece)?.text.unwrap_or_default();
    let line = text.lines().map(str::trim).find(|line| !line.is_empty());
    Ok(line.map(|line| line.chars().take(100).collect()))
}

/// Each end of a conversation is another.
fn end_uid(planned: &Planned) -> String {
    format!("end-{}", planned.version)
}

fn request_of(generation: &Generation, kind: Kind) -> Option<&Request> {
    generation.requests.get(&generation.items.get(&kind)?.request)
}

/// What an answer says of the conversation, added to what was known.
fn remembered(
    request: &Request,
    answer: &Answer,
    known: &Map<String, Value>,
    chosen: &Value,
) -> Option<Map<String, Value>> {
    if request.remember.is_empty() {
        return None;
    }
    let json: Value = serde_json::from_slice(&answer.body).ok()?;
    let mut known = known.clone();
    // Where it went is where it is to be deleted, and by then nobody may know the project.
    known.insert(CHOSEN.into(), chosen.clone());
    for (name, pointer) in &request.remember {
        if let Some(value) = json.pointer(pointer).filter(|value| !value.is_null()) {
            known.insert(name.clone(), value.clone());
        }
    }
    Some(known)
}
