//! Turns that Segno opened: a prompt on its way into an agent, until the end of what the agent
//! makes of it.
//!
//! An agent says that it is idle also before it has received a prompt. So a prompt that Segno
//! gives opens a turn, which is pending until the agent was seen to begin and to end it, or until
//! a stated time has passed without; whoever waits, waits for that. Pure; must not know how a
//! prompt gets into an agent.

use std::collections::VecDeque;

use serde::{Deserialize, Serialize};

use crate::identity::SessionId;
use crate::status::Activity;

/// How long an agent that accepts input may need to begin, in milliseconds.
pub const BEGIN_LIMIT: u64 = 15_000;
/// How long an agent may say nothing at all after its start, in milliseconds.
pub const START_LIMIT: u64 = 120_000;
/// How long an agent that was seen to take the prompt may work unseen, in
/// milliseconds: with its first prompt it may load what it needs.
pub const TAKEN_LIMIT: u64 = 60_000;
/// How long an agent that was busy with another turn may be idle before it begins this one,
/// in milliseconds; after that, it went into the turn before.
pub const SETTLE: u64 = 5_000;
/// Turns of a pane that may be open; the oldest is given up for another.
const OPEN_MAX: usize = 64;
/// Ended turns that are remembered.
const ENDED_MAX: usize = 64;

/// Names a turn within its pane; a later one has a larger number.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize,
)]
#[serde(transparent)]
pub struct TurnId(pub u64);

/// How far a prompt has come. Times are milliseconds since the Unix epoch.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Stage {
    /// The program will be started with it.
    AtStart,
    /// It waits until the agent accepts input.
    Given,
    /// The agent has it, and was not seen to begin.
    Entered { at: u64, how: How, until: u64 },
    /// The agent was seen to take it; `worked`: and to be at it.
    Begun { at: u64, session: Option<SessionId>, worked: bool, until: Option<u64> },
}

/// How the agent got the prompt.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum How {
    /// With its start.
    Started,
    /// While it waited for one.
    Idle,
    /// While it was at another turn.
    Busy,
}

impl How {
    /// How long it may take to begin once it speaks, in milliseconds.
    fn limit(self) -> u64 {
        match self {
            How::Started => TAKEN_LIMIT,
            How::Idle | How::Busy => BEGIN_LIMIT,
        }
    }
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Open {
    id: TurnId,
    stage: Stage,
}

/// How a turn ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TurnEnd {
    /// The agent was seen to end it.
    Done,
    /// The program ended before.
    Exited,
    /// The time passed in which it should have begun.
    Unseen,
}

/// The turn that ended last.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Closed {
    id: TurnId,
    end: TurnEnd,
    begun: bool,
    /// Somebody has waited for it.
    claimed: bool,
}

/// A turn that has ended, for whoever asks how that one did.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ended {
    pub id: TurnId,
    pub end: TurnEnd,
    /// It ended in an error.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub failed: bool,
    /// The conversation that it was in, where that is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub session: Option<SessionId>,
}

/// What an agent was seen to do.
pub enum Seen<'a> {
    /// The user, or Segno for them, said something in this conversation.
    Prompt(&'a SessionId),
    /// What it does may have changed.
    Doing,
}

/// What an agent does in a conversation, or in the one on its screen, and since when: `Unknown`
/// where nothing was reported of that conversation, `Starting` where nothing was reported at all.
pub type Doing<'a> = &'a dyn Fn(Option<&SessionId>) -> (Activity, u64);

/// The turns of a pane that Segno opened, oldest first.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Turns {
    open: VecDeque<Open>,
    last: Option<Closed>,
    opened: TurnId,
    /// The newest last.
    #[serde(skip_serializing_if = "VecDeque::is_empty")]
    ended: VecDeque<Ended>,
}

impl Turns {
    /// Opens a turn for a prompt that waits until the agent accepts input.
    pub fn give(&mut self) -> TurnId {
        self.add(Stage::Given)
    }

    /// Opens a turn for a prompt that the program will be started with.
    pub fn give_at_start(&mut self) -> TurnId {
        self.add(Stage::AtStart)
    }

    fn add(&mut self, stage: Stage) -> TurnId {
        if self.open.len() >= OPEN_MAX {
            self.close(0, TurnEnd::Unseen, false);
        }
        self.opened = TurnId(self.opened.0 + 1);
        self.open.push_back(Open { id: self.opened, stage });
        self.opened
    }

    /// The agent has the prompt; `busy`: while it was at another turn.
    pub fn entered(&mut self, id: TurnId, busy: bool, now: u64) {
        let until = now.saturating_add(BEGIN_LIMIT);
        if let Some(turn) = self.open.iter_mut().find(|turn| turn.id == id) {
            let how = if busy { How::Busy } else { How::Idle };
            turn.stage = Stage::Entered { at: now, how, until };
        }
    }

    /// The prompt did not get into the agent: there was no turn.
    pub fn withdraw(&mut self, id: TurnId) {
        self.open.retain(|turn| turn.id != id);
    }

    /// The program was started, with the prompts that were meant for its start.
    pub fn started(&mut self, now: u64) {
        self.end_entered(TurnEnd::Exited);
        self.enter_at_start(now);
    }

    /// Another daemon has taken the program over as it runs: what it was not given it will not get.
    pub fn adopted(&mut self, now: u64) {
        self.open.retain(|turn| turn.stage != Stage::Given);
        self.enter_at_start(now);
    }

    fn enter_at_start(&mut self, now: u64) {
        for turn in self.open.iter_mut().filter(|turn| turn.stage == Stage::AtStart) {
            let until = now.saturating_add(START_LIMIT);
            turn.stage = Stage::Entered { at: now, how: How::Started, until };
        }
    }

    /// The program ended, or could not be started.
    pub fn exited(&mut self) {
        self.end_entered(TurnEnd::Exited);
        while let Some(at) = self.open.iter().position(|turn| turn.stage == Stage::AtStart) {
            self.close(at, TurnEnd::Exited, false);
        }
    }

    /// The program ended with the previous daemon, and with it what had not been given to it.
    pub fn lost(&mut self) {
        self.exited();
        self.open.clear();
    }

    fn end_entered(&mut self, end: TurnEnd) {
        let has_it =
            |turn: &Open| matches!(turn.stage, Stage::Entered { .. } | Stage::Begun { .. });
        while let Some(at) = self.open.iter().position(has_it) {
            self.close(at, end, false);
        }
    }

    /// Applies what was seen at `at`. `shown` is the conversation on screen after that, and
    /// `doing` says what the agent does.
    pub fn saw(
        &mut self,
        seen: &Seen<'_>,
        shown: Option<&SessionId>,
        doing: Doing<'_>,
        at: u64,
        now: u64,
    ) {
        if let Seen::Prompt(session) = seen {
            let (activity, _) = doing(Some(session));
            let first = self.open.iter_mut().find(
                |turn| matches!(turn.stage, Stage::Entered { at: entered, .. } if entered <= at),
            );
            if let Some(turn) = first {
                turn.begin(Some((*session).clone()), is_busy(activity), at);
            }
        }
        let mut next = 0;
        while let Some(turn) = self.open.get_mut(next) {
            match turn.follow(shown, doing, now) {
                Some(end) => {
                    let session = turn.session().cloned();
                    let failed = doing(session.as_ref()).0 == Activity::Error;
                    self.close(next, end, failed);
                }
                None => next += 1,
            }
        }
    }

    /// Time has passed.
    pub fn tick(&mut self, now: u64) {
        while let Some(at) =
            self.open.iter().position(|turn| turn.due().is_some_and(|due| due <= now))
        {
            let end = match self.open[at].stage {
                Stage::Begun { worked: true, .. } | Stage::Entered { how: How::Busy, .. } => {
                    TurnEnd::Done
                }
                _ => TurnEnd::Unseen,
            };
            self.close(at, end, false);
        }
    }

    /// When [`Turns::tick`] is wanted.
    pub fn due(&self) -> Option<u64> {
        self.open.iter().filter_map(Open::due).min()
    }

    fn close(&mut self, at: usize, end: TurnEnd, failed: bool) {
        if let Some(turn) = self.open.remove(at) {
            if self.ended.len() >= ENDED_MAX {
                self.ended.pop_front();
            }
            let session = turn.session().cloned();
            self.ended.push_back(Ended { id: turn.id, end, failed, session });
            let begun = matches!(turn.stage, Stage::Begun { .. }) || end == TurnEnd::Done;
            self.last = Some(Closed { id: turn.id, end, begun, claimed: false });
        }
    }

    /// The turn that was opened last.
    pub fn opened(&self) -> TurnId {
        self.opened
    }

    /// Whether this turn, or one before it, has not ended.
    pub fn is_open(&self, up_to: TurnId) -> bool {
        self.open.iter().any(|turn| turn.id <= up_to)
    }

    /// A prompt that the agent got from the previous daemon, which had no time to store its turn.
    pub fn recall(&mut self, id: TurnId, busy: bool, at: u64) {
        if id > self.opened {
            self.opened = id;
            self.open.push_back(Open { id, stage: Stage::Given });
            self.entered(id, busy, at);
        }
    }

    /// Whether this turn has not ended.
    pub fn has_open(&self, id: TurnId) -> bool {
        self.open.iter().any(|turn| turn.id == id)
    }

    /// Whether any turn has not ended.
    pub fn any_open(&self) -> bool {
        !self.open.is_empty()
    }

    /// Whether the agent was seen to begin with this turn, which has not ended.
    pub fn is_begun(&self, id: TurnId) -> bool {
        let begun = |turn: &Open| matches!(turn.stage, Stage::Begun { .. });
        self.open.iter().any(|turn| turn.id == id && begun(turn))
    }

    /// How this turn ended, as far as that is remembered.
    pub fn ended(&self, id: TurnId) -> Option<&Ended> {
        self.ended.iter().find(|ended| ended.id == id)
    }

    /// Whether a turn has begun that nobody has waited for to its end: it may be over already.
    pub fn has_begun(&self) -> bool {
        let closed = self.last.as_ref().is_some_and(|last| last.begun && !last.claimed);
        closed || self.open.iter().any(|turn| matches!(turn.stage, Stage::Begun { .. }))
    }

    /// How the turn ended that ended last, unless that was reported.
    pub fn unclaimed(&self) -> Option<TurnEnd> {
        self.last.as_ref().filter(|last| !last.claimed).map(|last| last.end)
    }

    /// The end of the turn that ended last was reported.
    pub fn claim(&mut self) {
        if let Some(last) = &mut self.last {
            last.claimed = true;
        }
    }
}

impl Open {
    fn session(&self) -> Option<&SessionId> {
        match &self.stage {
            Stage::Begun { session, .. } => session.as_ref(),
            _ => None,
        }
    }

    fn begin(&mut self, session: Option<SessionId>, worked: bool, at: u64) {
        self.stage = Stage::Begun { at, session, worked, until: None };
    }

    /// Goes on with what the agent does now; how the turn ended, if it did.
    fn follow(&mut self, shown: Option<&SessionId>, doing: Doing<'_>, now: u64) -> Option<TurnEnd> {
        match &mut self.stage {
            Stage::AtStart | Stage::Given => {}
            Stage::Entered { at, how, until } => {
                let (activity, since) = doing(None);
                let fresh = since >= *at;
                let busy = *how == How::Busy;
                let limit = now.saturating_add(how.limit());
                match activity {
                    Activity::Working | Activity::Retrying if fresh => {
                        self.begin(shown.cloned(), true, now);
                    }
                    // It waited for a prompt, and asks about the one that it got.
                    Activity::Blocked if fresh && *how == How::Idle => {
                        self.begin(shown.cloned(), true, now);
                    }
                    // It may ask about the prompt that it was started with, or whether it is
                    // trusted here at all. When it is idle after the answer, it soon goes on or is
                    // done.
                    Activity::Blocked if fresh && *how == How::Started => {
                        (*how, *until) = (How::Busy, limit);
                    }
                    Activity::Error if fresh && !busy => return Some(TurnEnd::Done),
                    // It may have gone into the turn that has just ended.
                    Activity::Idle | Activity::Error if fresh && busy => {
                        *until = (*until).min(now.saturating_add(SETTLE));
                    }
                    // It cannot begin before its user has answered, or the turn before has ended.
                    Activity::Blocked | Activity::Working | Activity::Retrying => {
                        *until = limit;
                    }
                    // Reported for the first time since the program started.
                    Activity::Idle | Activity::Unknown => {
                        *until = (*until).min(limit);
                    }
                    _ => {}
                }
            }
            Stage::Begun { at, session, worked, until } => {
                let (activity, since) = doing(session.as_ref());
                match activity {
                    Activity::Working | Activity::Retrying | Activity::Blocked => {
                        *worked = true;
                        *until = None;
                    }
                    Activity::Idle if *worked => return Some(TurnEnd::Done),
                    Activity::Error if *worked || since >= *at => return Some(TurnEnd::Done),
                    Activity::Idle | Activity::Unknown => {
                        let limit = if *worked { SETTLE } else { TAKEN_LIMIT };
                        until.get_or_insert(now.saturating_add(limit));
                    }
                    _ => {}
                }
            }
        }
        None
    }

    fn due(&self) -> Option<u64> {
        match self.stage {
            Stage::AtStart | Stage::Given => None,
            Stage::Entered { until, .. } => Some(until),
            Stage::Begun { until, .. } => until,
        }
    }
}

fn is_busy(activity: Activity) -> bool {
    matches!(activity, Activity::Working | Activity::Retrying | Activity::Blocked)
}

#[cfg(test)]
mod tests;
