//! `segno wait`: answers that are given when something becomes true.

use std::time::Instant;

use regex::Regex;
use tokio::sync::oneshot;

use crate::base::ids::PaneId;
use crate::term::{Lines, TextFormat};
use crate::wire::control::pane_info::PaneState;
use crate::wire::control::wait::{WaitEnd, WaitFor, Waited};

use super::Server;
use super::calls::result;
use super::describe::state_of;
use super::message::Answer;

/// Lines above the screen's end in which a wait for output looks.
const LINES: usize = 500;

/// What somebody waits for.
pub(super) struct Waiting {
    pub pane: PaneId,
    pub wanted: Wanted,
    pub deadline: Option<Instant>,
    pub answer: oneshot::Sender<Answer>,
}

pub(super) enum Wanted {
    State(PaneState),
    Output(Regex),
}

impl Wanted {
    pub fn new(wanted: &WaitFor) -> Result<Wanted, String> {
        Ok(match wanted {
            WaitFor::Idle => Wanted::State(PaneState::Idle),
            WaitFor::Working => Wanted::State(PaneState::Working),
            WaitFor::Blocked => Wanted::State(PaneState::Blocked),
            WaitFor::Exited => Wanted::State(PaneState::Exited),
            WaitFor::Output(pattern) => {
                let built = regex::RegexBuilder::new(pattern).size_limit(1 << 20).build();
                Wanted::Output(built.map_err(|e| format!("not a regular expression: {e}"))?)
            }
        })
    }
}

impl Server {
    /// Answers at once when it is so already, otherwise when it becomes so.
    pub(super) fn wait(&mut self, waiting: Waiting) {
        let pane = waiting.pane;
        self.waits.push(waiting);
        // What was printed counts even when the program has ended since.
        self.output_waits(pane);
        self.check_waits();
    }

    /// Looks at the waits for states.
    pub(super) fn check_waits(&mut self) {
        if self.waits.is_empty() {
            return;
        }
        let ends: Vec<_> = self.waits.iter().map(|w| self.state_end(w)).collect();
        self.answer_waits(ends);
    }

    /// Looks at the waits for a pane's output.
    pub(super) fn output_waits(&mut self, pane: PaneId) {
        if !self.waits.iter().any(|w| w.pane == pane && matches!(w.wanted, Wanted::Output(_))) {
            return;
        }
        let Some(terminal) = self.terminals.get(&pane) else { return };
        terminal.seen();
        let text = terminal.emulator().text(Lines::Last(LINES), TextFormat::Plain);
        let found = |w: &Waiting| match &w.wanted {
            Wanted::Output(pattern) if w.pane == pane => {
                let line = text.lines().rev().find(|line| pattern.is_match(line));
                let line = line
                    .map(str::to_string)
                    .or_else(|| pattern.find(&text).map(|m| m.as_str().to_string()));
                line.map(|line| (WaitEnd::Met, Some(line)))
            }
            _ => None,
        };
        let ends: Vec<_> = self.waits.iter().map(found).collect();
        self.answer_waits(ends);
    }

    pub(super) fn expire_waits(&mut self, now: Instant) {
        let late = |w: &Waiting| {
            w.deadline.is_some_and(|at| at <= now).then_some((WaitEnd::Timeout, None))
        };
        let ends: Vec<_> = self.waits.iter().map(late).collect();
        self.answer_waits(ends);
    }

    fn state_end(&self, waiting: &Waiting) -> Option<(WaitEnd, Option<String>)> {
        if waiting.answer.is_closed() {
            return Some((WaitEnd::Unknown, None));
        }
        let Some(pane) = self.model.panes.get(&waiting.pane) else {
            // A pane that closes with its program is what a wait for its end waits for.
            return Some(match waiting.wanted {
                Wanted::State(PaneState::Exited) => (WaitEnd::Met, None),
                _ => (WaitEnd::Closed, None),
            });
        };
        let (state, _) = state_of(pane);
        match waiting.wanted {
            Wanted::State(wanted) if wanted == state => Some((WaitEnd::Met, None)),
            _ if matches!(state, PaneState::Exited | PaneState::Failed) => {
                Some((WaitEnd::Exited, None))
            }
            _ => None,
        }
    }

    fn answer_waits(&mut self, ends: Vec<Option<(WaitEnd, Option<String>)>>) {
        if ends.iter().all(Option::is_none) {
            return;
        }
        let waits = std::mem::take(&mut self.waits);
        for (waiting, end) in waits.into_iter().zip(ends) {
            let Some((end, line)) = end else {
                self.waits.push(waiting);
                continue;
            };
            let pane = self.model.panes.get(&waiting.pane);
            let state = pane.map_or(PaneState::Exited, |p| state_of(p).0);
            let waited = Waited { met: end == WaitEnd::Met, end, state, line };
            let _ = waiting.answer.send(result(&waited));
        }
    }
}
