//! `segno wait`: answers that are given when something becomes true.
//!
//! A state in which an agent does nothing more by itself counts only when the turns that Segno
//! opened until then have ended, and when what the pane prints has come to rest: agents say that
//! they are done before the answer is on the screen.

use std::time::{Duration, Instant};

use regex::Regex;
use tokio::sync::oneshot;

use crate::core::model::workspace::{Life, Pane};
use crate::server::control::calls::result;
use crate::server::control::status::{asks_of, exit_of, state_of};
use crate::server::message::Answer;
use crate::server::{Server, clock};
use segno_agent::turn::{TurnEnd, TurnId};
use segno_base::ids::PaneId;
use segno_term::{Lines, TextFormat};
use segno_wire::control::panes::pane_info::PaneState;
use segno_wire::control::panes::wait::{Wait, WaitEnd, WaitFor, Waited};
use segno_wire::rpc::{RpcError, code};

/// Lines above the screen's end in which a wait for output looks.
const LINES: usize = 500;
/// A pane that has printed nothing for this long has come to rest.
const REST: Duration = Duration::from_millis(300);
/// One that goes on printing in a state is waited for no longer than this.
const REST_LIMIT: Duration = Duration::from_secs(3);

/// What is said of a prompt that nothing came of.
const UNSEEN: &str = "prompted, and not seen to begin in time";

/// What somebody waits for.
pub(in crate::server) struct Waiting {
    targets: Vec<Target>,
    wanted: Vec<Condition>,
    any: bool,
    deadline: Option<Instant>,
    answer: oneshot::Sender<Answer>,
}

/// One of the panes.
struct Target {
    pane: PaneId,
    /// The last turn that was open when the wait began.
    turn: TurnId,
    /// Since when its state is as wanted, and when it is looked at again.
    rests: Option<(Instant, Instant)>,
    ended: Option<Waited>,
}

enum Condition {
    State(PaneState),
    Done,
    Output(Regex),
}

/// How a pane is, for somebody who waits.
enum Look {
    NotYet,
    /// It is as wanted, since when, and has to come to rest until this moment.
    Rests(Instant, Instant),
    Ended(WaitEnd, Option<String>),
}

impl Condition {
    fn new(wanted: &WaitFor) -> Result<Condition, RpcError> {
        Ok(match wanted {
            WaitFor::Idle => Condition::State(PaneState::Idle),
            WaitFor::Working => Condition::State(PaneState::Working),
            WaitFor::Blocked => Condition::State(PaneState::Blocked),
            WaitFor::Error => Condition::State(PaneState::Error),
            WaitFor::Exited => Condition::State(PaneState::Exited),
            WaitFor::Done => Condition::Done,
            WaitFor::Output(pattern) => {
                let built = regex::RegexBuilder::new(pattern).size_limit(1 << 20).build();
                Condition::Output(built.map_err(|e| {
                    RpcError::invalid_params(format!("not a regular expression: {e}"))
                })?)
            }
        })
    }

    fn is(&self, state: PaneState) -> bool {
        match self {
            Condition::State(wanted) => *wanted == state,
            Condition::Done => matches!(
                state,
                PaneState::Idle | PaneState::Blocked | PaneState::Error | PaneState::Exited
            ),
            Condition::Output(_) => false,
        }
    }

    /// Whether it is known of a program without a tracker.
    fn needs_no_tracker(&self) -> bool {
        matches!(self, Condition::Output(_) | Condition::Done | Condition::State(PaneState::Exited))
    }
}

impl Waiting {
    fn wants(&self, state: PaneState) -> bool {
        self.wanted.iter().any(|wanted| wanted.is(state))
    }

    /// When it is to be looked at though nothing happens.
    pub fn due(&self) -> Option<Instant> {
        let rests = self.targets.iter().filter(|target| target.ended.is_none());
        rests.filter_map(|target| Some(target.rests?.1)).chain(self.deadline).min()
    }

    /// The answer, when it is known.
    fn answer(&self) -> Option<Waited> {
        let ended = || self.targets.iter().filter_map(|target| target.ended.as_ref());
        let decides = match self.any {
            // One that cannot be met any more leaves the others.
            true => ended()
                .find(|waited| waited.met)
                .or_else(|| ended().next().filter(|_| ended().count() == self.targets.len())),
            false => ended()
                .find(|waited| !waited.met)
                .or_else(|| ended().next_back().filter(|_| ended().count() == self.targets.len())),
        }?;
        let panes = match self.targets.len() {
            1 => Vec::new(),
            _ => ended().cloned().collect(),
        };
        Some(Waited { panes, ..decides.clone() })
    }
}

impl Server {
    /// Answers at once when it is so already, otherwise when it becomes so.
    pub(in crate::server) fn wait(&mut self, wait: &Wait, answer: oneshot::Sender<Answer>) {
        let asked = self.asked(wait);
        let (panes, wanted) = match asked {
            Ok(asked) => asked,
            Err(error) => return drop(answer.send(Err(error))),
        };
        let turn = |pane| self.model.turns(pane).map(|turns| turns.opened()).unwrap_or_default();
        let target = |pane| Target { pane, turn: turn(pane), rests: None, ended: None };
        let deadline = wait.timeout_ms.map(|ms| Instant::now() + Duration::from_millis(ms));
        let targets = panes.iter().copied().map(target).collect();
        self.waits.push(Waiting { targets, wanted, any: wait.any, deadline, answer });
        // What was printed counts even when the program has ended since.
        panes.into_iter().for_each(|pane| self.output_waits(pane));
        self.check_waits();
    }

    /// The panes and what is wanted of them; refuses to wait for what will never be known.
    fn asked(&self, wait: &Wait) -> Result<(Vec<PaneId>, Vec<Condition>), RpcError> {
        let wanted = wait.wait_for.iter().map(Condition::new).collect::<Result<Vec<_>, _>>()?;
        if wanted.is_empty() {
            return Err(RpcError::invalid_params("nothing to wait for; name a state"));
        }
        let first = Some(&wait.pane).filter(|pane| !pane.is_none());
        let mut panes = Vec::new();
        for name in first.into_iter().chain(&wait.panes) {
            let pane = self.pane_by_name(name)?;
            if !panes.contains(&pane) {
                panes.push(pane);
            }
        }
        if panes.is_empty() {
            return Err(RpcError::invalid_params("no pane to wait for; name one"));
        }
        let knows =
            |pane: &Pane| pane.tracking.is_some() || wanted.iter().any(Condition::needs_no_tracker);
        match panes.iter().filter_map(|pane| self.model.panes.get(pane)).find(|p| !knows(p)) {
            Some(pane) => Err(RpcError::new(
                code::REFUSED,
                format!(
                    "what a {} pane is doing is not known; wait for `exited` or `output=REGEX`",
                    pane.agent_type()
                ),
            )),
            None => Ok((panes, wanted)),
        }
    }

    /// Looks at the waits for states.
    pub(in crate::server) fn check_waits(&mut self) {
        if self.waits.is_empty() {
            return;
        }
        let now = Instant::now();
        let mut waits = std::mem::take(&mut self.waits);
        for waiting in &mut waits {
            let looks: Vec<_> = waiting
                .targets
                .iter()
                .map(|target| match target.ended {
                    None => self.look(waiting, target, now),
                    Some(_) => Look::NotYet,
                })
                .collect();
            for (target, look) in waiting.targets.iter_mut().zip(looks) {
                target.rests = match look {
                    Look::NotYet => None,
                    Look::Rests(since, until) => Some((since, until)),
                    Look::Ended(end, detail) => {
                        target.ended = Some(self.waited(target.pane, end, detail, None));
                        None
                    }
                };
            }
        }
        self.waits = waits;
        self.answer_waits();
    }

    /// Looks at the waits for a pane's output.
    pub(in crate::server) fn output_waits(&mut self, pane: PaneId) {
        let concerned = |waiting: &Waiting| {
            waiting.targets.iter().any(|target| target.pane == pane && target.ended.is_none())
                && waiting.wanted.iter().any(|wanted| matches!(wanted, Condition::Output(_)))
        };
        if !self.waits.iter().any(concerned) {
            return;
        }
        let Some(terminal) = self.panes.terminal(pane) else { return };
        terminal.seen();
        let text = terminal.emulator().text(Lines::Last(LINES), TextFormat::Plain);
        let mut waits = std::mem::take(&mut self.waits);
        for waiting in waits.iter_mut().filter(|waiting| concerned(waiting)) {
            let found = waiting.wanted.iter().find_map(|wanted| match wanted {
                Condition::Output(pattern) => matching_line(pattern, &text),
                _ => None,
            });
            let target = waiting.targets.iter_mut().find(|target| target.pane == pane);
            if let (Some(line), Some(target)) = (found, target) {
                target.ended = Some(self.waited(pane, WaitEnd::Met, None, Some(line)));
            }
        }
        self.waits = waits;
        self.answer_waits();
    }

    /// The time of some waits has come.
    pub(in crate::server) fn expire_waits(&mut self, now: Instant) {
        if !self.waits.iter().any(|waiting| waiting.due().is_some_and(|at| at <= now)) {
            return;
        }
        self.check_waits();
        let mut waits = std::mem::take(&mut self.waits);
        for waiting in waits.iter_mut().filter(|w| w.deadline.is_some_and(|at| at <= now)) {
            for target in waiting.targets.iter_mut().filter(|target| target.ended.is_none()) {
                target.ended = Some(self.waited(target.pane, WaitEnd::Timeout, None, None));
            }
        }
        self.waits = waits;
        self.answer_waits();
    }

    fn look(&self, waiting: &Waiting, target: &Target, now: Instant) -> Look {
        let Some(pane) = self.model.panes.get(&target.pane) else {
            // A pane that closes with its program is what a wait for its end waits for.
            let end = match waiting.wants(PaneState::Exited) {
                true => WaitEnd::Met,
                false => WaitEnd::Closed,
            };
            return Look::Ended(end, None);
        };
        let state = match state_of(pane).0 {
            PaneState::Failed => PaneState::Exited,
            PaneState::Asleep => PaneState::Idle,
            // Its program has ended, and it waits for its user.
            PaneState::Exited if pane.choice.is_some() && waiting.wants(PaneState::Blocked) => {
                PaneState::Blocked
            }
            state => state,
        };
        let turns = pane.tracking.as_ref().map(|tracking| tracking.turns());
        let open = turns.is_some_and(|turns| turns.is_open(target.turn));
        let unseen = turns.is_some_and(|turns| turns.unclaimed() == Some(TurnEnd::Unseen));
        let begun = turns.is_some_and(|turns| turns.has_begun());
        match state {
            PaneState::Exited if waiting.wants(state) => Look::Ended(WaitEnd::Met, None),
            PaneState::Exited => Look::Ended(WaitEnd::Exited, None),
            _ if waiting.wants(PaneState::Working) && (state == PaneState::Working || begun) => {
                Look::Ended(WaitEnd::Met, None)
            }
            PaneState::Blocked if waiting.wants(state) => self.rest(pane, target, now),
            PaneState::Idle | PaneState::Error if !open && unseen && waiting.about_turns() => {
                Look::Ended(WaitEnd::Unseen, Some(UNSEEN.into()))
            }
            PaneState::Idle | PaneState::Error if !open && waiting.wants(state) => {
                self.rest(pane, target, now)
            }
            // The agent has not said a word since its start.
            _ if !open && unseen && waiting.about_turns() => {
                Look::Ended(WaitEnd::Unseen, Some(UNSEEN.into()))
            }
            _ => Look::NotYet,
        }
    }

    /// Whether a pane that is as wanted has come to rest.
    fn rest(&self, pane: &Pane, target: &Target, now: Instant) -> Look {
        let since = target.rests.map_or_else(
            || {
                let lasted = clock::now_ms().saturating_sub(state_of(pane).1);
                now.checked_sub(Duration::from_millis(lasted)).unwrap_or(now)
            },
            |(since, _)| since,
        );
        let printed = self.panes.terminal(pane.id).and_then(|terminal| terminal.printed_at());
        let quiet = printed.map_or(since, |at| at.max(since)) + REST;
        let until = quiet.min(since + REST_LIMIT);
        match until <= now {
            true => Look::Ended(WaitEnd::Met, None),
            false => Look::Rests(since, until),
        }
    }

    /// How a pane is now, as an answer.
    fn waited(
        &self,
        id: PaneId,
        end: WaitEnd,
        detail: Option<String>,
        line: Option<String>,
    ) -> Waited {
        let pane = self.model.panes.get(&id);
        let why = pane.and_then(|pane| match &pane.life {
            Life::Failed { why } => Some(why.clone()),
            _ => pane.agent()?.detail,
        });
        let asks = pane.and_then(asks_of);
        Waited {
            pane: Some(id),
            met: end == WaitEnd::Met,
            end,
            state: pane.map_or(PaneState::Exited, |pane| state_of(pane).0),
            line,
            exit: pane.and_then(exit_of),
            detail: detail.or_else(|| asks.as_ref().map(|asks| asks.question.clone())).or(why),
            asks,
            panes: Vec::new(),
        }
    }

    fn answer_waits(&mut self) {
        let known = |waiting: &Waiting| waiting.answer.is_closed() || waiting.answer().is_some();
        if !self.waits.iter().any(known) {
            return;
        }
        for waiting in std::mem::take(&mut self.waits) {
            match waiting.answer() {
                _ if waiting.answer.is_closed() => {}
                None => self.waits.push(waiting),
                Some(waited) => {
                    // Who was told of a turn's end waits for the next one from now on.
                    for pane in waiting.targets.iter().filter_map(|t| t.ended.as_ref()?.pane) {
                        self.model.claim_turn(pane);
                    }
                    let _ = waiting.answer.send(result(&waited));
                }
            }
        }
    }
}

impl Waiting {
    /// Whether a turn that never began is an answer.
    fn about_turns(&self) -> bool {
        self.wants(PaneState::Idle) || self.wants(PaneState::Working)
    }
}

fn matching_line(pattern: &Regex, text: &str) -> Option<String> {
    let line = text.lines().rev().find(|line| pattern.is_match(line)).map(str::to_string);
    line.or_else(|| pattern.find(text).map(|found| found.as_str().to_string()))
}
