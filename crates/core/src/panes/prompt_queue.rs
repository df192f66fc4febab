//! Prompts that scripts and their user give a pane's agent: those that wait, how far each has
//! come, and what became of the last ones.
//!
//! Each has an id that its caller made, and becomes one text in the agent however often it is asked
//! for. Plain data; what gets a text into an agent is `server/agent/prompts.rs`.

use std::collections::VecDeque;

use serde::{Deserialize, Serialize};

use crate::model::pane::{Life, Pane};
use crate::model::workspace::Model;
use segno_agent::identity::SessionId;
use segno_agent::refusal::{PromptRefusal, Refused};
use segno_agent::status::Activity;
use segno_agent::turn::TurnId;
use segno_agent::usage::counts::Counts;
use segno_base::ids::PaneId;

/// Prompts that may wait in a pane.
pub const WAITING_MAX: usize = 1000;
/// Prompts that are remembered after they were given.
const FINISHED_MAX: usize = 256;

/// When a prompt may go in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Mode {
    /// When the agent takes input; refused when it is busy.
    Now,
    /// When it is idle, and the prompts before it have ended.
    Queued,
    /// When it takes input, busy or not.
    Forced,
}

/// Enough of a text to recognise it; 0: not known, of a daemon of before. How its last line ends
/// is no part of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(transparent)]
struct Fingerprint(u64);

impl Fingerprint {
    /// FNV-1a: the same in every version.
    fn of(text: &str) -> Fingerprint {
        let step =
            |hash: u64, byte: u8| (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3);
        Fingerprint(text.trim_end().bytes().fold(0xcbf2_9ce4_8422_2325, step).max(1))
    }
}

/// How far a prompt has come that waits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Stage {
    Waiting,
    /// The agent's composer has the text.
    Typed,
    /// Enter is about to be pressed, for this turn.
    Entering {
        turn: TurnId,
        at: u64,
        busy: bool,
    },
}

/// A prompt that waits.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Waiting {
    pub id: String,
    pub number: u64,
    pub text: String,
    /// What its caller gave, also after an edit.
    #[serde(default)]
    given: Fingerprint,
    pub mode: Mode,
    pub stage: Stage,
}

/// What became of a prompt.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Fate {
    /// The agent has it; `used` is what its conversation had used then.
    Sent {
        turn: TurnId,
        at: u64,
        busy: bool,
        used: Counts,
    },
    Refused(Refused),
}

/// A prompt that waits no more.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Finished {
    pub id: String,
    pub number: u64,
    #[serde(default)]
    given: Fingerprint,
    pub fate: Fate,
}

/// A pane's prompts.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Prompts {
    waiting: VecDeque<Waiting>,
    /// The newest last.
    finished: VecDeque<Finished>,
    paused: bool,
    /// The conversation that the queue is meant for.
    session: Option<SessionId>,
    /// Its user said to go on after the error.
    past_error: bool,
    numbered: u64,
    /// Grows with each change, so that the newest of two copies is known.
    pub revision: u64,
}

/// What is known of a prompt.
pub enum Known<'a> {
    Waiting(&'a Waiting),
    Finished(&'a Finished),
}

impl Known<'_> {
    /// Whether it was given with this text, as far as that is known.
    pub fn is_of(&self, text: &str) -> bool {
        let given = match self {
            Known::Waiting(prompt) => prompt.given,
            Known::Finished(prompt) => prompt.given,
        };
        given == Fingerprint::default() || given == Fingerprint::of(text)
    }
}

impl Prompts {
    pub fn waiting(&self) -> impl Iterator<Item = &Waiting> {
        self.waiting.iter()
    }

    /// How many wait.
    pub fn count(&self) -> usize {
        self.waiting.len()
    }

    pub fn is_empty(&self) -> bool {
        self.waiting.is_empty()
    }

    /// How long those that wait are together.
    pub fn bytes(&self) -> usize {
        self.waiting.iter().map(|prompt| prompt.text.len()).sum()
    }

    pub fn paused(&self) -> bool {
        self.paused
    }

    pub fn find(&self, id: &str) -> Option<Known<'_>> {
        let waiting = self.waiting.iter().find(|p| p.id == id).map(Known::Waiting);
        let finished = || self.finished.iter().rev().find(|p| p.id == id).map(Known::Finished);
        waiting.or_else(finished)
    }

    /// Adds a prompt; answers its number. `session` is the conversation on the pane's screen.
    pub fn add(&mut self, id: String, text: String, mode: Mode, session: Option<SessionId>) -> u64 {
        if self.waiting.is_empty() {
            self.session = session;
            self.past_error = false;
        }
        self.numbered += 1;
        let number = self.numbered;
        let given = Fingerprint::of(&text);
        self.waiting.push_back(Waiting { id, number, text, given, mode, stage: Stage::Waiting });
        self.revision += 1;
        number
    }

    /// Another text for one that was not typed yet; whether there is such a one.
    pub fn edit(&mut self, number: u64, text: String) -> bool {
        match self.untyped(number) {
            Some(at) => {
                self.waiting[at].text = text;
                self.revision += 1;
                true
            }
            None => false,
        }
    }

    /// Takes one away that was not typed yet; whether there was such a one.
    pub fn take_away(&mut self, number: u64) -> bool {
        match self.untyped(number) {
            Some(at) => {
                let id = self.waiting[at].id.clone();
                self.refuse(&id, PromptRefusal::Dropped.because("it was dropped from the queue"));
                true
            }
            None => false,
        }
    }

    /// Takes all away that were not typed yet.
    pub fn clear(&mut self) {
        let untyped = |p: &&Waiting| p.stage == Stage::Waiting;
        let numbers: Vec<u64> = self.waiting.iter().filter(untyped).map(|p| p.number).collect();
        for number in numbers {
            self.take_away(number);
        }
    }

    fn untyped(&self, number: u64) -> Option<usize> {
        let is = |p: &Waiting| p.number == number && p.stage == Stage::Waiting;
        self.waiting.iter().position(is)
    }

    pub fn pause(&mut self) {
        self.paused = true;
        self.revision += 1;
    }

    /// Goes on, also after an error, and in the conversation that is on the screen now.
    pub fn resume(&mut self, session: Option<SessionId>) {
        self.paused = false;
        self.past_error = true;
        self.session = session;
        self.revision += 1;
    }

    /// How far one has come now.
    pub fn reached(&mut self, id: &str, stage: Stage) {
        if let Some(prompt) = self.waiting.iter_mut().find(|p| p.id == id) {
            prompt.stage = stage;
            self.revision += 1;
        }
    }

    /// The agent has it.
    pub fn sent(&mut self, id: &str, fate: Fate, session: Option<SessionId>) {
        self.session = session;
        self.past_error = false;
        self.finish(id, fate);
    }

    pub fn refuse(&mut self, id: &str, refused: Refused) {
        self.finish(id, Fate::Refused(refused));
    }

    fn finish(&mut self, id: &str, fate: Fate) {
        let Some(at) = self.waiting.iter().position(|p| p.id == id) else { return };
        let Some(Waiting { id, number, given, .. }) = self.waiting.remove(at) else { return };
        if self.finished.len() >= FINISHED_MAX {
            self.finished.pop_front();
        }
        self.finished.push_back(Finished { id, number, given, fate });
        self.revision += 1;
    }

    /// The program runs on, and the previous daemon has gone: `handed` says of a prompt's id how
    /// much of it the program was given last, 1 the text, 2 enter too.
    fn adopted(&mut self, handed: &dyn Fn(&str) -> Option<u64>) {
        let Some(prompt) = self.waiting.iter().find(|p| match p.stage {
            Stage::Waiting => handed(&p.id).is_some(),
            _ => true,
        }) else {
            return;
        };
        let id = prompt.id.clone();
        match (prompt.stage, handed(&id)) {
            (Stage::Entering { turn, at, busy }, Some(2)) => {
                self.finish(&id, Fate::Sent { turn, at, busy, used: Counts::default() });
            }
            _ => self.reached(&id, Stage::Typed),
        }
    }

    /// The program was started anew: its composer is empty.
    fn restarted(&mut self) {
        let mut changed = false;
        for prompt in self.waiting.iter_mut().filter(|p| p.stage != Stage::Waiting) {
            prompt.stage = Stage::Waiting;
            changed = true;
        }
        self.revision += u64::from(changed);
    }

    /// The one that is being typed, else the first one of which `may` says that it may go in.
    pub fn next(&self, may: impl Fn(&Waiting) -> bool) -> Option<&Waiting> {
        let typed = self.waiting.iter().find(|p| p.stage != Stage::Waiting);
        typed.or_else(|| self.waiting.iter().find(|p| p.mode == Mode::Forced)).or_else(|| {
            let next = self.waiting.iter().find(|p| p.mode != Mode::Queued);
            next.or_else(|| self.waiting.front()).filter(|p| may(p))
        })
    }
}

impl Pane {
    /// Why nothing of the pane's queue is sent now though the agent might be idle; `None` while it
    /// is only busy.
    pub fn queue_held(&self) -> Option<String> {
        let prompts = &self.prompts;
        if prompts.is_empty() {
            return None;
        }
        if prompts.paused {
            return Some("paused".into());
        }
        if let Some(why) = &self.over_budget {
            return Some(format!("{why}; `segno budget allow` lets it go on"));
        }
        if !self.is_live() {
            return Some("its program does not run".into());
        }
        let agent = self.agent()?;
        let detail = |what: &str| match &agent.detail {
            Some(detail) => format!("{what}: {detail}"),
            None => what.to_string(),
        };
        match agent.activity {
            Activity::Blocked => return Some(detail("the agent waits for you")),
            Activity::Error if !prompts.past_error => {
                return Some(detail("the last turn ended in an error"));
            }
            _ => {}
        }
        match (&prompts.session, self.session()) {
            (Some(meant), Some(shown)) if *meant != shown => {
                Some(format!("the conversation has changed from {meant} to {shown}"))
            }
            _ => None,
        }
    }

    /// Whether the agent is at a turn, or about to be.
    pub fn is_at_turn(&self) -> bool {
        let open = self.tracking.as_ref().is_some_and(|tracking| tracking.turns().any_open());
        let busy = self
            .agent()
            .is_some_and(|agent| matches!(agent.activity, Activity::Working | Activity::Retrying));
        open || busy
    }

    /// Whether the next prompt of the queue may go in.
    pub fn queue_may_go(&self) -> bool {
        let runs = matches!(self.life, Life::Running { .. });
        runs && self.queue_held().is_none() && !self.is_at_turn()
    }
}

impl Model {
    /// Takes over what the previous daemon noted of prompts, of a program that runs on; whether
    /// one has come further than was noted.
    pub fn adopt_prompts(&mut self, pane: PaneId, handed: &dyn Fn(&str) -> Option<u64>) -> bool {
        let Some(pane) = self.panes.get_mut(&pane) else { return false };
        let before = pane.prompts.revision;
        pane.prompts.adopted(handed);
        let further = pane.prompts.revision != before;
        let Some(tracking) = &mut pane.tracking else { return further };
        for prompt in &pane.prompts.finished {
            if let Fate::Sent { turn, at, busy, .. } = prompt.fate {
                tracking.turns_mut().recall(turn, busy, at);
            }
        }
        further
    }

    /// The pane's program was started anew.
    pub(crate) fn prompts_restarted(&mut self, pane: PaneId) {
        if let Some(pane) = self.panes.get_mut(&pane) {
            pane.prompts.restarted();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn two() -> Prompts {
        let mut prompts = Prompts::default();
        prompts.add("a".into(), "one".into(), Mode::Queued, None);
        prompts.add("b".into(), "two".into(), Mode::Queued, None);
        prompts
    }

    fn sent(prompts: &Prompts, id: &str) -> bool {
        let fate = match prompts.find(id) {
            Some(Known::Finished(finished)) => Some(&finished.fate),
            _ => None,
        };
        matches!(fate, Some(Fate::Sent { .. }))
    }

    #[test]
    fn what_a_killed_daemon_had_given_is_not_given_again() {
        let entering = Stage::Entering { turn: TurnId(3), at: 7, busy: false };
        for (stage, handed, goes_on) in [
            (Stage::Waiting, None, Some(Stage::Waiting)),
            (Stage::Waiting, Some(1), Some(Stage::Typed)),
            (Stage::Typed, Some(1), Some(Stage::Typed)),
            // Somebody has typed since.
            (Stage::Typed, None, Some(Stage::Typed)),
            (entering, Some(1), Some(Stage::Typed)),
            (entering, Some(2), None),
        ] {
            let mut prompts = two();
            prompts.reached("a", stage);
            prompts.adopted(&|id| handed.filter(|_| id == "a"));
            match prompts.find("a") {
                Some(Known::Waiting(waiting)) => assert_eq!(Some(waiting.stage), goes_on),
                _ => assert!(goes_on.is_none() && sent(&prompts, "a"), "{stage:?} {handed:?}"),
            }
            assert!(matches!(prompts.find("b"), Some(Known::Waiting(_))));
        }
    }

    #[test]
    fn an_id_is_of_one_text_also_after_an_edit_and_its_end() {
        let mut prompts = two();
        prompts.edit(1, "other".into());
        let is_of = |prompts: &Prompts, text| prompts.find("a").is_some_and(|a| a.is_of(text));
        assert!(is_of(&prompts, "one\n") && !is_of(&prompts, "other"));
        prompts.clear();
        assert!(is_of(&prompts, "one") && !is_of(&prompts, "two"));
        let mut stored = serde_json::to_value(&prompts).unwrap();
        let first = stored["finished"][0].as_object_mut().unwrap();
        first.remove("given");
        let older: Prompts = serde_json::from_value(stored).unwrap();
        assert!(is_of(&older, "anything"));
    }

    #[test]
    fn one_that_is_typed_cannot_be_changed() {
        let mut prompts = two();
        prompts.reached("a", Stage::Typed);
        assert!(!prompts.edit(1, "x".into()) && !prompts.take_away(1));
        assert!(prompts.edit(2, "x".into()));
        prompts.clear();
        assert_eq!(prompts.count(), 1);
        prompts.restarted();
        assert!(prompts.take_away(1) && prompts.is_empty());
    }
}
