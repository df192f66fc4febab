//! The rules at work on one stored thing after the other.

use serde_json::Value;

use super::carry::{Carry, CopiedHistory, Facts, Joined, Start};
use super::tag;
use crate::description::Transcript;
use crate::description::path::At;
use crate::description::rule::{ConversationRule, Copied, MessageRule, When};
use crate::description::words::{Paths, Sum};
use crate::record::{Message, Record, Removal, Role};

/// The longest id, in bytes; what is longer is none.
const ID_MAX: usize = 512;
/// The longest title, directory, branch or name, in bytes; what is longer is cut.
const LINE_MAX: usize = 4096;

/// How many things wait until something later says whose they are.
const WAITING_MAX: usize = 1024;

/// Which conversation something is of.
enum Whose {
    Own,
    Copied,
    /// Something later says it.
    Unknown,
}

/// Makes records of what a source stores.
#[derive(Debug)]
pub struct Mapper<'a> {
    pub(super) transcript: &'a Transcript,
    start: &'a Start,
    pub(super) carry: Carry,
    was_wrong: bool,
}

/// Who is given records.
pub type Take<'t> = dyn FnMut(Record) + 't;

impl<'a> Mapper<'a> {
    pub fn new(transcript: &'a Transcript, start: &'a Start, mut carry: Carry) -> Mapper<'a> {
        if carry.said.is_none() && carry.facts == Facts::default() {
            carry.facts = Facts::new(start, start.id.clone());
        }
        Mapper { transcript, start, carry, was_wrong: false }
    }

    /// What has to be remembered for what follows.
    pub fn into_carry(self) -> Carry {
        self.carry
    }

    /// Looks at something that is stored. `place` distinguishes it from everything else in its
    /// source, and is the same whenever the source is read.
    ///
    /// It may wait for what comes later to say whose it is: at the end of the source,
    /// [`Self::settle`].
    pub fn take(&mut self, stored: &Value, place: &str, take: &mut Take<'_>) {
        let Some(copied) = self.transcript.copied.as_ref().filter(|rule| !rule.from.is_empty())
        else {
            return self.look_at(stored, place, take);
        };
        match self.whose(copied, At::new(stored)) {
            Whose::Unknown => self.carry.waiting.push((stored.clone(), place.to_owned())),
            Whose::Own => {
                self.look_at_waiting(take);
                (self.carry.own, self.carry.guessed) = (true, false);
                self.look_at(stored, place, take);
            }
            Whose::Copied => {
                self.was_wrong |= std::mem::take(&mut self.carry.guessed);
                self.carry.own = false;
                for (before, _) in std::mem::take(&mut self.carry.waiting) {
                    self.skip(At::new(&before));
                }
                self.skip(At::new(stored));
                self.say_facts(false, take);
            }
        }
    }

    /// Looks at what still waits: as far as anything says, it was not copied.
    pub fn settle(&mut self, take: &mut Take<'_>) {
        self.carry.guessed |= !self.carry.waiting.is_empty();
        self.look_at_waiting(take);
    }

    /// Whether something that was settled before turned out to be copied: all of it has to be
    /// looked at anew.
    pub fn was_wrong(&self) -> bool {
        self.was_wrong
    }

    fn look_at_waiting(&mut self, take: &mut Take<'_>) {
        for (stored, place) in std::mem::take(&mut self.carry.waiting) {
            self.look_at(&stored, &place, take);
        }
    }

    /// Whose it is, where things say that for those before them.
    fn whose(&self, copied: &Copied, whole: At<'_>) -> Whose {
        match id(&copied.from, whole) {
            Some(from) if from != self.conversation() => Whose::Copied,
            _ if self.carry.own || copied.own.all(whole) => Whose::Own,
            _ if self.carry.waiting.len() >= WAITING_MAX => Whose::Own,
            _ => Whose::Unknown,
        }
    }

    /// What is another conversation's says something about this one, and nothing else.
    fn skip(&mut self, whole: At<'_>) {
        self.take_facts(whole);
        self.pass_over(whole);
    }

    fn look_at(&mut self, stored: &Value, place: &str, take: &mut Take<'_>) {
        let transcript = self.transcript;
        self.take_apart(stored, place, take, |show| {
            transcript.each.iter().for_each(|list| list.0.visit(At::new(stored), show));
        });
    }

    /// As [`Self::take`], of something whose items `items` shows: they need not be parts of it.
    pub fn take_apart<R>(
        &mut self,
        stored: &Value,
        place: &str,
        take: &mut Take<'_>,
        items: impl FnOnce(&mut dyn FnMut(&Value)) -> R,
    ) -> R {
        self.one(stored, place, take);
        let mut n = 0;
        let came_to = items(&mut |item| {
            self.one(item, &format!("{place}.{n}"), take);
            n += 1;
        });
        self.say_facts(false, take);
        came_to
    }

    fn one(&mut self, stored: &Value, place: &str, take: &mut Take<'_>) {
        let whole = At::new(stored);
        let own = self.take_facts(whole);
        let transcript = self.transcript;
        self.carry.now.internal |= own && transcript.internal.some(whole);
        if !own || transcript.unless.some(whole) || self.is_copied(whole) {
            self.pass_over(whole);
            return;
        }
        let mut tools = Vec::new();
        self.tools(whole, place, &mut tools);
        let calls = tools.iter().any(|tool| tool.name.is_some());
        let message = self.messages(whole, place, calls, take);
        for mut tool in tools {
            tool.message = match tool.message.take() {
                Some(id) => self.carry.meant(id),
                None => message.clone(),
            };
            self.give(Record::Tool(tool), take);
        }
        self.usage(whole, place, take);
        self.removals(whole, take);
    }

    /// The conversation that is being read.
    pub(super) fn conversation(&self) -> String {
        let known = self.carry.facts.id.as_ref().or(self.start.id.as_ref());
        known.unwrap_or(&self.start.fallback).clone()
    }

    pub(super) fn give(&mut self, record: Record, take: &mut Take<'_>) {
        self.say_facts(true, take);
        take(record);
    }

    /// Says what is known of the conversation, when that is more than before.
    fn say_facts(&mut self, certain: bool, take: &mut Take<'_>) {
        let known = self.carry.facts.id.is_some() || certain;
        if known && self.carry.said.as_ref() != Some(&self.carry.facts) {
            take(Record::Conversation(self.carry.facts.conversation(&self.conversation())));
            self.carry.said = Some(self.carry.facts.clone());
        }
    }

    /// Takes over facts; whether they are about the source's own conversation, if there are any.
    fn take_facts(&mut self, whole: At<'_>) -> bool {
        let transcript = self.transcript;
        let mut own = true;
        for rule in &transcript.conversation {
            each(rule.when(), whole, &mut |at, _| {
                own = own && self.take_id(rule, at);
                if own && self.carry.copied.is_none() {
                    self.take_other_facts(rule, at);
                }
            });
        }
        own
    }

    /// Whether the id, where there is one, is not another conversation's.
    fn take_id(&mut self, rule: &ConversationRule, at: At<'_>) -> bool {
        let Some(id) = id(&rule.id, at) else { return true };
        match (&self.carry.facts.id, &self.transcript.copied) {
            (None, _) => self.carry.facts.id = Some(id),
            (Some(own), _) if *own == id => self.carry.copied = None,
            (Some(_), Some(_)) => {
                self.carry.copied.get_or_insert_default();
                return false;
            }
            (Some(_), None) => {
                self.carry = Carry::new(Facts::new(self.start, Some(id)));
            }
        }
        true
    }

    fn take_other_facts(&mut self, rule: &ConversationRule, at: At<'_>) {
        let facts = &mut self.carry.facts;
        let take = |into: &mut Option<String>, places: &Paths| {
            *into = places.text(at).map(line).or(into.take());
        };
        take(&mut facts.parent, &rule.parent);
        let fork = rule.fork.text(at).map(|fork| self.transcript.conversation_of(line(fork)));
        facts.fork = fork.or(facts.fork.take());
        take(&mut facts.directory, &rule.directory);
        if let Some(model) = rule.model.text(at).map(line) {
            facts.model = Some(model.clone());
            self.carry.now.model = Some(model);
        }
        take(&mut facts.branch, &rule.branch);
        // Nothing is its own parent.
        for other in [&mut facts.parent, &mut facts.fork] {
            *other = other.take().filter(|other| Some(other) != facts.id.as_ref());
        }
        if let Some((rank, title)) = rule.title.ranked(at)
            && self.carry.title_rank.is_none_or(|known| rank <= known)
        {
            facts.title = Some(line(title));
            self.carry.title_rank = Some(rank);
        }
        facts.created = facts.created.or_else(|| rule.created.time(at));
        facts.updated = rule.updated.time(at).max(facts.updated);
        let now = &mut self.carry.now;
        let tokens = |sum: &Sum| sum.of(at).map(|tokens| tokens as u64);
        now.context = tokens(&rule.context).or(now.context);
        now.context_limit = tokens(&rule.context_limit).or(now.context_limit);
        now.directory_sha256 = rule.directory_sha256.text(at).or(now.directory_sha256.take());
    }

    /// Whether it belongs to another conversation's history.
    fn is_copied(&mut self, at: At<'_>) -> bool {
        let Some(rule) = &self.transcript.copied else { return false };
        let now = self.transcript.time.time(at);
        if rule.older && self.is_older(now) {
            return true;
        }
        let Some(copied) = self.carry.copied else { return false };
        if rule.until.some(at) {
            self.carry.copied = None;
            return true;
        }
        if let (Some(last), Some(now), Some(pause)) = (copied.last, now, rule.pause)
            && (now - last) as f64 >= pause * 1e3
        {
            self.carry.copied = None;
            return false;
        }
        self.carry.copied = Some(CopiedHistory { last: now.or(copied.last) });
        true
    }

    /// Whether it is older than the fork that it stands in. After what is newer, only a clock was
    /// put back.
    fn is_older(&mut self, now: Option<i64>) -> bool {
        let facts = &self.carry.facts;
        let of_fork = facts.created.filter(|_| facts.fork.is_some() && !self.carry.own);
        let Some((now, created)) = now.zip(of_fork) else { return false };
        self.carry.own = now > created;
        now < created
    }

    /// The id of the message, if there is one.
    fn messages(
        &mut self,
        whole: At<'_>,
        place: &str,
        calls: bool,
        take: &mut Take<'_>,
    ) -> Option<String> {
        let transcript = self.transcript;
        for rule in &transcript.message {
            let mut found = None;
            each(rule.when(), whole, &mut |at, item| {
                let Some(role) = rule.role.of(at) else { return };
                let place = match item {
                    Some(item) => format!("{place}.{item}"),
                    None => place.to_string(),
                };
                let calls = calls && role != Role::User;
                found = self.message(rule, role, at, place, calls, take).or(found.take());
            });
            if found.is_some() {
                return found;
            }
        }
        self.pass_over(whole);
        None
    }

    /// Who answers what is no message answers the one before it.
    fn pass_over(&mut self, whole: At<'_>) {
        let rules = self.transcript.message.iter().filter(|rule| !rule.parent.is_empty());
        let mut between =
            rules.filter_map(|rule| Some((id(&rule.id, whole)?, id(&rule.parent, whole))));
        if let Some((id, parent)) = between.next()
            && !self.carry.has_alias(&id)
        {
            let parent = parent.and_then(|parent| self.carry.meant(parent));
            self.carry.alias(id, parent.unwrap_or_default());
        }
    }

    fn message(
        &mut self,
        rule: &MessageRule,
        role: Role,
        at: At<'_>,
        place: String,
        calls: bool,
        take: &mut Take<'_>,
    ) -> Option<String> {
        let glue = rule.glue.as_deref().unwrap_or("\n\n");
        let id = id(&rule.id, at).unwrap_or(place);
        let parent = self::id(&rule.parent, at).and_then(|parent| self.carry.meant(parent));
        let (mut text, reasoning) = (rule.text.joined(at, glue), rule.reasoning.joined(at, glue));
        if let Some(tag) = &rule.tag {
            text = tag::without(text, tag);
        }
        let key = rule.join.text(at);
        let mut joined = key.and_then(|key| {
            let known = self.carry.unjoin(&key, role);
            known.or_else(|| Some(Joined::new(key, id.clone(), role)))
        });
        let goes_on = joined.as_ref().is_some_and(|joined| joined.id != id);
        if text.is_empty() && reasoning.is_empty() && !calls {
            joined.into_iter().filter(|_| goes_on).for_each(|joined| self.carry.join(joined));
            return None;
        }
        let time = rule.time.time(at).or_else(|| self.transcript.time.time(at));
        let model = rule.model.text(at).map(line);
        if model.is_some() {
            self.carry.facts.model.clone_from(&model);
        }
        let model =
            model.or_else(|| self.carry.facts.model.clone()).filter(|_| role == Role::Assistant);
        let conversation = self.conversation();
        let reasoning = Some(reasoning).filter(|reasoning| !reasoning.is_empty());
        let message = match joined.take() {
            None => Message { conversation, id, parent, role, text, reasoning, time, model },
            Some(mut whole) => {
                // A line that stands there twice says nothing twice.
                let again = goes_on && self.carry.has_alias(&id);
                if goes_on && !again {
                    append(&mut whole.text, &text, glue);
                    append(&mut whole.reasoning, reasoning.as_deref().unwrap_or_default(), glue);
                    self.carry.alias(id, whole.id.clone());
                } else if !goes_on {
                    (whole.text, whole.reasoning) = (text, reasoning.unwrap_or_default());
                    (whole.parent, whole.time) = (parent, time);
                }
                let message = Message {
                    conversation,
                    id: whole.id.clone(),
                    parent: whole.parent.clone(),
                    role,
                    text: whole.text.clone(),
                    reasoning: Some(whole.reasoning.clone()).filter(|r| !r.is_empty()),
                    time: whole.time,
                    model,
                };
                self.carry.join(whole);
                message
            }
        };
        let id = message.id.clone();
        self.give(Record::Message(message), take);
        Some(id)
    }

    fn removals(&mut self, whole: At<'_>, take: &mut Take<'_>) {
        let transcript = self.transcript;
        for rule in &transcript.remove {
            each(rule.when(), whole, &mut |at, _| {
                let conversation = self.conversation();
                let message = |places| id(places, at).and_then(|id| self.carry.meant(id));
                let removal = match (message(&rule.from), message(&rule.message)) {
                    (Some(message), _) => Removal::From { conversation, message },
                    (None, Some(message)) => Removal::Message { conversation, message },
                    (None, None) if rule.conversation => Removal::Conversation { conversation },
                    (None, None) => return,
                };
                self.carry.forget_messages();
                self.give(Record::Removal(removal), take);
            });
        }
    }

    /// When it was stored.
    pub(super) fn time(&self, places: &Paths, at: At<'_>) -> Option<i64> {
        let whole = At::new(at.whole);
        places.time(at).or_else(|| self.transcript.time.time(whole))
    }
}

/// Shows a rule what it looks at; whether there was anything.
pub(super) fn each(
    when: When<'_>,
    whole: At<'_>,
    show: &mut dyn FnMut(At<'_>, Option<usize>),
) -> bool {
    let Some(place) = when.each else {
        let holds = when.holds(whole);
        if holds {
            show(whole, None);
        }
        return holds;
    };
    let mut n = 0;
    let mut any = false;
    place.0.visit(whole, &mut |part| {
        let at = At { whole: whole.whole, part };
        if when.holds(at) {
            show(at, Some(n));
            any = true;
        }
        n += 1;
    });
    any
}

pub(super) fn id(places: &Paths, at: At<'_>) -> Option<String> {
    places.text(at).filter(|id| id.len() <= ID_MAX)
}

/// A text that is one line and not too long.
pub(super) fn line(mut text: String) -> String {
    if text.contains(|char: char| char.is_control()) {
        text = text.replace(|char: char| char.is_control(), " ");
    }
    if text.len() > LINE_MAX {
        let end = (0..=LINE_MAX).rev().find(|at| text.is_char_boundary(*at)).unwrap_or(0);
        text.truncate(end);
    }
    text
}

fn append(text: &mut String, more: &str, glue: &str) {
    if !text.is_empty() && !more.is_empty() {
        text.push_str(glue);
    }
    text.push_str(more);
}
