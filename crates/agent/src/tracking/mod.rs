//! Which conversation a pane is in and what its agent does there, derived from a tracker's
//! events and from what Segno itself did with the program.
//!
//! [`Tracking`] is stored with the pane. Events may come late (they are spooled while no daemon
//! runs), twice, from several parts of a tracker, about conversations that are not on screen, or
//! not at all; the rules here make each of these harmless. Must not read files or clocks.

use serde::{Deserialize, Serialize};

use crate::conversation::{Conversation, Conversations, Turn};
use crate::event::{Event, What};
use crate::identity::{ChangeReason, Record, Recorded, SessionId, TimelineEntry};
use crate::source::{Evidence, Source, counts};
use crate::status::{Activity, Status};
use crate::timeline;
use crate::turn::{Seen, Turns};

/// How much later than its tracker the daemon may learn of a program's start, in milliseconds.
const SLACK: u64 = 5000;

/// How Segno started a pane's program.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Started {
    /// In a new conversation.
    New,
    /// In a new conversation, with an id that Segno chose.
    Assigned(SessionId),
    /// In a known conversation.
    Resumed(SessionId),
    /// In whichever conversation the agent picks.
    Continued,
}

/// What an event changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Changes {
    /// [`Tracking::status`] answers something else now.
    pub status: bool,
    /// The pane is in another conversation: `recorded` and `timeline` changed.
    pub conversation: bool,
    /// The agent began doing this in the conversation on screen. Not set when merely another
    /// conversation came on screen, so it is what a notification may be about.
    pub became: Option<Activity>,
}

impl Changes {
    pub fn any(self) -> bool {
        self.status || self.conversation
    }
}

/// What is known of a pane's agent.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Tracking {
    recorded: Recorded,
    timeline: Vec<TimelineEntry>,
    conversations: Conversations,
    /// What the agent does while it has no conversation with an id.
    unnamed: Turn,
    running: bool,
    /// When the program started, or ended.
    life_since: u64,
    /// When the tracker confirmed the conversation on screen, since the program started.
    shown_since: Option<u64>,
    /// The best evidence of the conversation since the program started.
    #[serde(rename = "known_by")]
    best: Option<Evidence>,
    /// The best evidence of what the agent does, since the program started.
    #[serde(rename = "state_by")]
    best_on_state: Option<Evidence>,
    /// The turns that Segno opened by a prompt.
    turns: Turns,
}

impl Tracking {
    pub fn new() -> Tracking {
        Tracking::default()
    }

    /// The conversation that the pane shows, or showed last.
    pub fn recorded(&self) -> &Recorded {
        &self.recorded
    }

    /// The conversations of the pane over time, oldest first.
    pub fn timeline(&self) -> &[TimelineEntry] {
        &self.timeline
    }

    /// What is known of the conversation on screen.
    pub fn conversation(&self) -> Option<&Conversation> {
        match &self.recorded {
            Recorded::Id(session) => self.conversations.get(session),
            Recorded::New | Recorded::Nothing => None,
        }
    }

    /// Whether nothing was ever said in a conversation, as far as is known: it was begun here, and
    /// no prompt was seen in it.
    pub fn never_prompted(&self, session: &SessionId) -> bool {
        let begun = self.timeline.iter().find(|entry| entry.session.as_ref() == Some(session));
        let begun = begun.is_some_and(|entry| {
            matches!(entry.reason, ChangeReason::Start | ChangeReason::New | ChangeReason::Created)
        });
        begun && self.conversations.get(session).is_some_and(|c| c.summary.first_prompt.is_none())
    }

    /// What is known of every conversation that was reported.
    pub fn conversations(&self) -> &Conversations {
        &self.conversations
    }

    /// The turns that Segno opened by a prompt.
    pub fn turns(&self) -> &Turns {
        &self.turns
    }

    pub fn turns_mut(&mut self) -> &mut Turns {
        &mut self.turns
    }

    /// What the agent does in the conversation on screen; other conversations never show here.
    pub fn status(&self) -> Status {
        let conversation = self.conversation();
        let turn = match &self.recorded {
            Recorded::Id(_) => conversation.map(|c| &c.turn),
            Recorded::New | Recorded::Nothing => Some(&self.unnamed),
        };
        let observed = turn.and_then(|turn| Some((turn.activity?, turn.since)));
        let (activity, since) = match (self.running, observed, self.shown_since) {
            (false, ..) => (Activity::Exited, self.life_since),
            (true, Some(observed), _) => observed,
            // On screen, and no turn was reported: it waits for the user.
            (true, None, Some(since)) => (Activity::Idle, since),
            (true, None, None) => (Activity::Starting, self.life_since),
        };
        Status {
            activity,
            since,
            detail: turn.filter(|_| self.running).and_then(|turn| turn.detail.clone()),
            title: conversation.and_then(|c| c.summary.title.clone()),
            usage: conversation.map(|c| c.usage.clone()).unwrap_or_default(),
        }
    }

    /// When the program started, or ended, in milliseconds since the Unix epoch.
    pub fn life_since(&self) -> u64 {
        self.life_since
    }

    /// How the state and the conversation are known, a fact per line.
    pub fn explain(&self) -> Vec<String> {
        let source = |evidence: &Option<Evidence>| match evidence {
            Some(evidence) => evidence.described(),
            None => "nothing yet: the tracker has not reported since the start".to_string(),
        };
        let state = match (&self.best_on_state, &self.best) {
            (None, Some(_)) => "no turn that was reported since the start".to_string(),
            (evidence, _) => source(evidence),
        };
        vec![
            format!("the conversation is known from: {}", source(&self.best)),
            format!("the state is known from: {state}"),
        ]
    }

    /// Segno started the program. To be called after everything that the one before reported was
    /// applied.
    pub fn started(&mut self, now: u64, how: Started) {
        self.running = true;
        self.life_since = now;
        self.shown_since = None;
        self.best = None;
        self.best_on_state = None;
        self.unnamed = Turn::default();
        self.conversations.end_turns();
        self.turns.started(now);
        timeline::end(&mut self.timeline, now, now);
        match how {
            Started::New => self.enter(Recorded::New, ChangeReason::Start, now, now),
            Started::Assigned(id) => self.enter(Recorded::Id(id), ChangeReason::Start, now, now),
            Started::Resumed(id) => self.enter(Recorded::Id(id), ChangeReason::Resumed, now, now),
            Started::Continued => self.recorded = Recorded::Nothing,
        }
    }

    /// The program ended.
    pub fn exited(&mut self, now: u64) {
        self.turns.exited();
        if self.running {
            self.running = false;
            self.life_since = now;
            timeline::end(&mut self.timeline, now, now);
        }
    }

    /// The agent did not know the conversation that it was started with. The id stays recorded:
    /// the user decides what comes next.
    pub fn stale(&mut self, session: &SessionId, now: u64) {
        timeline::end(&mut self.timeline, now, now);
        let resumed = self.timeline.last_mut().filter(|entry| {
            entry.session.as_ref() == Some(session) && entry.reason == ChangeReason::Resumed
        });
        match resumed {
            Some(entry) => entry.reason = ChangeReason::Stale,
            None => {
                let title = self.title_of(session);
                let session = Some(session.clone());
                let list = &mut self.timeline;
                timeline::begin(list, session, ChangeReason::Stale, title, now, now);
                timeline::end(list, now, now);
            }
        }
    }

    /// Whether the session file says what was so before the conversation came on screen that the
    /// events report: its tracker could not write it since.
    pub fn is_behind(&self, file: &Record) -> bool {
        if file.shown == Recorded::Nothing || file.shown == self.recorded {
            return false;
        }
        self.timeline.last().is_some_and(|entry| {
            let slack = match entry.reason {
                // The time is the daemon's, which may have learned of it later than the tracker.
                ChangeReason::Start | ChangeReason::Resumed | ChangeReason::Unknown => SLACK,
                _ => 0,
            };
            file.at < entry.from.saturating_sub(slack)
        })
    }

    /// Applies what the session file says, where the events do not say it: the file is synced
    /// and the spool is not, so after a power failure it knows better. Whichever is newer counts.
    /// To be called when the spool was read to its end.
    pub fn reconcile(&mut self, file: &Record, now: u64) -> Changes {
        let before = self.status();
        let same = file.shown == self.recorded;
        if file.shown == Recorded::Nothing || same || self.is_behind(file) {
            return Changes::default();
        }
        self.enter(file.shown.clone(), ChangeReason::Unknown, now, now);
        Changes { status: self.status() != before, conversation: true, became: None }
    }

    /// Applies what a tracker reported, in which all session ids are such as its pane type
    /// allows.
    pub fn apply(&mut self, event: &Event, now: u64) -> Changes {
        let at = self.time_of(event, now);
        let before = self.status();
        let recorded = self.recorded.clone();
        // A source that cannot see the screen does not know what is on it.
        let sees = counts(event.from, &self.best);
        let evidence = Evidence { from: event.from, by: event.by.clone() };
        let better = self.best.as_ref().is_none_or(|b| b.from.rank() < event.from.rank());
        if sees && (better || matches!(event.what, What::Current { .. })) {
            self.best = Some(evidence.clone());
        }
        let on_screen = match (event.session(), &self.recorded) {
            (Some(session), Recorded::Id(shown)) => session == shown,
            (Some(_), _) => false,
            (None, _) => true,
        };
        let mut about_turn = false;
        match &event.what {
            What::Hello { .. } | What::Missing { .. } | What::WriteFailed { .. } => {}
            What::Current { session, reason } => {
                if sees {
                    self.show(session.as_ref(), *reason, at, now);
                }
            }
            What::State { session, activity, detail } => {
                if self.speaks_of_states(event.from) && *activity == Activity::Starting {
                    // What was said of the state is over, and nothing is known instead.
                    *self.turn(session.as_ref()) = Turn::default();
                    self.best_on_state = None;
                    about_turn = on_screen;
                } else if self.speaks_of_states(event.from) {
                    let best = self.best_on_state.as_ref().map(|best| best.from.rank());
                    let changed =
                        self.turn(session.as_ref()).observe(*activity, detail.clone(), at);
                    if changed || best.is_none_or(|best| best < event.from.rank()) {
                        self.best_on_state = Some(evidence);
                    }
                    about_turn = on_screen;
                }
            }
            What::Title { session, title } => {
                self.touch(session).summary.title = Some(title.clone());
                timeline::retitle(&mut self.timeline, session, title);
            }
            What::Usage { session, usage } => {
                let known = &mut self.touch(session).usage;
                let model = usage.model.clone().or_else(|| known.model.take());
                let context_limit = usage.context_limit.or(known.context_limit);
                *known = crate::status::Usage { model, context_limit, ..usage.clone() };
            }
            What::Prompt { session, text } => {
                let may_work = self.speaks_of_states(event.from);
                let conversation = self.touch(session);
                conversation.summary.prompted(text);
                // Elsewhere the state follows by itself; an error would hide it if it did not.
                if may_work && conversation.turn.activity == Some(Activity::Error) {
                    conversation.turn.observe(Activity::Working, None, at);
                    about_turn = on_screen;
                }
            }
            What::Compacted { session } => self.touch(session).usage.context = None,
            What::Deleted { session } => {
                if sees && on_screen {
                    self.show(None, ChangeReason::Deleted, at, now);
                }
                if self.recorded != Recorded::Id(session.clone()) {
                    self.conversations.remove(session);
                }
            }
        }
        self.follow_turns(event, at, now);
        let after = self.status();
        let became = (about_turn && after.activity != before.activity).then_some(after.activity);
        Changes { status: after != before, conversation: self.recorded != recorded, became }
    }

    /// Goes on with the turns that Segno opened, after an event.
    fn follow_turns(&mut self, event: &Event, at: u64, now: u64) {
        let seen = match &event.what {
            What::Prompt { session, .. } => Seen::Prompt(session),
            What::State { .. } | What::Current { .. } | What::Deleted { .. } => Seen::Doing,
            _ => return,
        };
        let mut turns = std::mem::take(&mut self.turns);
        let shown = match &self.recorded {
            Recorded::Id(session) => Some(session),
            Recorded::New | Recorded::Nothing => None,
        };
        let doing = |session: Option<&SessionId>| {
            let turn = match session.or(shown) {
                Some(id) => self.conversations.get(id).map(|c| &c.turn),
                None => Some(&self.unnamed),
            };
            match turn.and_then(|turn| Some((turn.activity?, turn.since))) {
                Some(observed) => observed,
                None if self.shown_since.is_some() => (Activity::Unknown, at),
                None => (Activity::Starting, at),
            }
        };
        turns.saw(&seen, shown, &doing, at, now);
        self.turns = turns;
    }

    /// When an event happened: not in the future, not before the program started; a tracker that
    /// does not say, or whose clock is elsewhere, is believed as little as necessary.
    fn time_of(&self, event: &Event, now: u64) -> u64 {
        let earliest = self.life_since.min(now);
        match event.at {
            0 => now,
            // After the program's end `life_since` is that end, and what is read now is older.
            at if self.running => at.clamp(earliest, now),
            at => at.min(now),
        }
    }

    /// Whether a source's word on what the agent does counts: two that see the same would make
    /// it flicker, so only the best one counts.
    fn speaks_of_states(&self, from: Source) -> bool {
        counts(from, &self.best_on_state)
    }

    /// The tracker says what is on screen.
    fn show(&mut self, session: Option<&SessionId>, reason: ChangeReason, at: u64, now: u64) {
        let shown = match session {
            Some(session) => Recorded::Id(session.clone()),
            None => Recorded::New,
        };
        if shown != self.recorded {
            self.enter(shown, reason, at, now);
            self.shown_since = Some(at);
        } else {
            self.shown_since.get_or_insert(at);
            // Somebody who sees only that it changed may have been faster than who knows why.
            if let Some(last) = self.timeline.last_mut()
                && last.reason == ChangeReason::Unknown
            {
                last.reason = reason;
            }
        }
    }

    /// The pane is in another conversation from `at` on.
    fn enter(&mut self, shown: Recorded, reason: ChangeReason, at: u64, now: u64) {
        let (session, title) = match &shown {
            Recorded::Id(session) => (Some(session.clone()), self.title_of(session)),
            Recorded::New | Recorded::Nothing => (None, None),
        };
        self.recorded = shown;
        self.unnamed = Turn::default();
        if let Some(session) = &session {
            self.touch(session);
        }
        timeline::begin(&mut self.timeline, session, reason, title, at, now);
        if !self.running {
            // Read after the program's end: it was so, and is over.
            timeline::end(&mut self.timeline, now, now);
        }
    }

    fn title_of(&self, session: &SessionId) -> Option<String> {
        self.conversations.get(session)?.summary.title.clone()
    }

    fn turn(&mut self, session: Option<&SessionId>) -> &mut Turn {
        let named = match (session, &self.recorded) {
            (Some(session), _) | (None, Recorded::Id(session)) => Some(session.clone()),
            (None, _) => None,
        };
        match named {
            Some(session) => &mut self.touch(&session).turn,
            None => &mut self.unnamed,
        }
    }

    fn touch(&mut self, session: &SessionId) -> &mut Conversation {
        let keep = match &self.recorded {
            Recorded::Id(shown) => Some(shown),
            Recorded::New | Recorded::Nothing => None,
        };
        self.conversations.touch(session, keep)
    }
}

#[cfg(test)]
mod tests;
