//! `segno wait`: answers that are given when something becomes true.
//!
//! A state in which an agent does nothing more by itself counts only when the turns that Segno
//! opened until then have ended, and when what the pane prints has come to rest: agents say that
//! they are done before the answer is on the screen.

use std::time::{Duration, Instant};

use regex::Regex;
use tokio::sync::oneshot;

use crate::server::clock;
use crate::server::control::calls::result;
use crate::server::control::status::{asks_of, exit_info, exit_of, state_of};
use crate::server::control::target::pane_that_was;
use crate::server::message::Answer;
use crate::server::pane::runtime::Panes;
use crate::server::shared::Shared;
use segno_agent::turn::{TurnEnd, TurnId};
use segno_base::ids::PaneId;
use segno_core::model::pane::{Life, Pane};
use segno_core::model::workspace::Model;
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

/// Who waits, and for what.
#[derive(Default)]
pub(in crate::server) struct Waits(Vec<Waiting>);

/// What somebody waits for.
struct Waiting {
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
                    let e = e.to_string();
                    let why = e.lines().last().unwrap_or_default().trim();
                    RpcError::invalid_params(format!("not a regular expression: {why}"))
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
    fn due(&self) -> Option<Instant> {
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

impl Waits {
    /// When somebody is to be answered or looked at though nothing happens.
    pub fn due(&self) -> Option<Instant> {
        self.0.iter().filter_map(Waiting::due).min()
    }

    /// At the daemon's end: nothing comes any more.
    pub fn end(&mut self) {
        self.0.clear();
    }

    /// `pane.wait`: answers at once when it is so already, otherwise when it becomes so.
    pub fn wait(&mut self, shared: &mut Shared, wait: &Wait, answer: oneshot::Sender<Answer>) {
        let (panes, wanted) = match asked(&shared.model, wait) {
            Ok(asked) => asked,
            Err(error) => return drop(answer.send(Err(error))),
        };
        let turn = |pane| shared.model.turns(pane).map(|turns| turns.opened()).unwrap_or_default();
        let target = |pane| Target { pane, turn: turn(pane), rests: None, ended: None };
        let deadline = wait.timeout_ms.map(|ms| Instant::now() + Duration::from_millis(ms));
        let targets = panes.iter().copied().map(target).collect();
        self.0.push(Waiting { targets, wanted, any: wait.any, deadline, answer });
        // What was printed counts even when the program has ended since.
        panes.into_iter().for_each(|pane| self.output(shared, pane));
        self.check(shared);
    }

    /// Looks at the waits for states.
    pub fn check(&mut self, shared: &mut Shared) {
        if self.0.is_empty() {
            return;
        }
        let now = Instant::now();
        for waiting in &mut self.0 {
            let looks: Vec<_> = waiting
                .targets
                .iter()
                .map(|target| match target.ended {
                    None => look(shared, waiting, target, now),
                    Some(_) => Look::NotYet,
                })
                .collect();
            for (target, look) in waiting.targets.iter_mut().zip(looks) {
                target.rests = match look {
                    Look::NotYet => None,
                    Look::Rests(since, until) => Some((since, until)),
                    Look::Ended(end, detail) => {
                        let waited = waited(&shared.model, target.pane, end, detail, None);
                        target.ended = Some(waited);
                        None
                    }
                };
            }
        }
        self.answer_known(&mut shared.model);
    }

    /// Looks at the waits for a pane's output.
    pub fn output(&mut self, shared: &mut Shared, pane: PaneId) {
        let concerned = |waiting: &Waiting| {
            waiting.targets.iter().any(|target| target.pane == pane && target.ended.is_none())
                && waiting.wanted.iter().any(|wanted| matches!(wanted, Condition::Output(_)))
        };
        if !self.0.iter().any(concerned) {
            return;
        }
        let Some(terminal) = shared.panes.terminal(pane) else { return };
        terminal.seen();
        let text = terminal.emulator().text(Lines::Last(LINES), TextFormat::Plain);
        for waiting in self.0.iter_mut().filter(|waiting| concerned(waiting)) {
            let found = waiting.wanted.iter().find_map(|wanted| match wanted {
                Condition::Output(pattern) => matching_line(pattern, &text),
                _ => None,
            });
            let target = waiting.targets.iter_mut().find(|target| target.pane == pane);
            if let (Some(line), Some(target)) = (found, target) {
                let waited = waited(&shared.model, pane, WaitEnd::Met, None, Some(line));
                target.ended = Some(waited);
            }
        }
        self.answer_known(&mut shared.model);
    }

    /// The time of some waits has come.
    pub fn expire(&mut self, shared: &mut Shared, now: Instant) {
        if self.due().is_none_or(|at| at > now) {
            return;
        }
        self.check(shared);
        for waiting in self.0.iter_mut().filter(|w| w.deadline.is_some_and(|at| at <= now)) {
            for target in waiting.targets.iter_mut().filter(|target| target.ended.is_none()) {
                let waited = waited(&shared.model, target.pane, WaitEnd::Timeout, None, None);
                target.ended = Some(waited);
            }
        }
        self.answer_known(&mut shared.model);
    }

    fn answer_known(&mut self, model: &mut Model) {
        let known =
            |waiting: &mut Waiting| waiting.answer.is_closed() || waiting.answer().is_some();
        for waiting in self.0.extract_if(.., known) {
            let Some(waited) = waiting.answer().filter(|_| !waiting.answer.is_closed()) else {
                continue;
            };
            // Who knows of a turn's end waits for the next one from now on.
            for pane in waiting.targets.iter().filter_map(|t| t.ended.as_ref()?.pane) {
                model.claim_turn(pane);
            }
            let _ = waiting.answer.send(result(&waited));
        }
    }
}

impl Waiting {
    /// Whether a turn that never began is an answer.
    fn about_turns(&self) -> bool {
        self.wants(PaneState::Idle) || self.wants(PaneState::Working)
    }
}

/// The panes and what is wanted of them; refuses to wait for what will never be known.
fn asked(model: &Model, wait: &Wait) -> Result<(Vec<PaneId>, Vec<Condition>), RpcError> {
    let wanted = wait.wait_for.iter().map(Condition::new).collect::<Result<Vec<_>, _>>()?;
    if wanted.is_empty() {
        return Err(RpcError::invalid_params("nothing to wait for; name a state"));
    }
    let first = Some(&wait.pane).filter(|pane| !pane.is_none());
    let mut panes = Vec::new();
    for name in first.into_iter().chain(&wait.panes) {
        let pane = pane_that_was(model, name)?;
        if !panes.contains(&pane) {
            panes.push(pane);
        }
    }
    if panes.is_empty() {
        return Err(RpcError::invalid_params("no pane to wait for; name one"));
    }
    let knows =
        |pane: &Pane| pane.tracking.is_some() || wanted.iter().any(Condition::needs_no_tracker);
    match panes.iter().filter_map(|pane| model.panes.get(pane)).find(|p| !knows(p)) {
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

fn look(shared: &Shared, waiting: &Waiting, target: &Target, now: Instant) -> Look {
    let Some(pane) = shared.model.panes.get(&target.pane) else {
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
        PaneState::Blocked if waiting.wants(state) => rest(&shared.panes, pane, target, now),
        PaneState::Idle | PaneState::Error if !open && unseen && waiting.about_turns() => {
            Look::Ended(WaitEnd::Unseen, Some(UNSEEN.into()))
        }
        PaneState::Idle | PaneState::Error if !open && waiting.wants(state) => {
            rest(&shared.panes, pane, target, now)
        }
        // The agent has not said a word since its start.
        _ if !open && unseen && waiting.about_turns() => {
            Look::Ended(WaitEnd::Unseen, Some(UNSEEN.into()))
        }
        _ => Look::NotYet,
    }
}

/// Whether a pane that is as wanted has come to rest.
fn rest(panes: &Panes, pane: &Pane, target: &Target, now: Instant) -> Look {
    let since = target.rests.map_or_else(
        || {
            let lasted = clock::now_ms().saturating_sub(state_of(pane).1);
            now.checked_sub(Duration::from_millis(lasted)).unwrap_or(now)
        },
        |(since, _)| since,
    );
    let printed = panes.terminal(pane.id).and_then(|terminal| terminal.printed_at());
    let quiet = printed.map_or(since, |at| at.max(since)) + REST;
    let until = quiet.min(since + REST_LIMIT);
    match until <= now {
        true => Look::Ended(WaitEnd::Met, None),
        false => Look::Rests(since, until),
    }
}

/// How a pane is now, as an answer.
fn waited(
    model: &Model,
    id: PaneId,
    end: WaitEnd,
    detail: Option<String>,
    line: Option<String>,
) -> Waited {
    let pane = model.panes.get(&id);
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
        exit: pane.map_or_else(|| model.ending(id).map(exit_info), exit_of),
        detail: detail.or_else(|| asks.as_ref().map(|asks| asks.question.clone())).or(why),
        asks,
        panes: Vec::new(),
    }
}

fn matching_line(pattern: &Regex, text: &str) -> Option<String> {
    let line = text.lines().rev().find(|line| pattern.is_match(line)).map(str::to_string);
    line.or_else(|| pattern.find(text).map(|found| found.as_str().to_string()))
}
