//! A pane's program, in the only states that it can be in.

use segno_agent::start::Beginning;
use segno_core::model::pane::ExitStatus;

/// Why Segno ends a program.
#[derive(Debug, PartialEq, Eq)]
pub(in crate::server) enum Stop {
    /// Another start waits.
    Restart(Beginning),
    /// It goes on although it does not know its conversation.
    Missing,
}

/// Where a pane's program is between its start and its end.
#[derive(Debug, Default, PartialEq, Eq)]
pub(in crate::server) enum ProcessState {
    /// None was started, or its end was reported.
    #[default]
    Absent,
    /// It is being started, and may end before its start is known.
    Launching {
        early: Option<(i32, ExitStatus)>,
        next: Option<Beginning>,
    },
    Running {
        pid: i32,
    },
    /// It runs and is being ended.
    Stopping {
        pid: i32,
        why: Stop,
    },
    /// It has ended; what it printed is still being read.
    Draining {
        pid: i32,
        status: ExitStatus,
        why: Option<Stop>,
    },
}

impl ProcessState {
    /// A program that runs or, with a status, has ended and was not read to its end.
    pub fn adopted(pid: i32, status: Option<ExitStatus>, next: Option<Beginning>) -> ProcessState {
        let why = next.map(Stop::Restart);
        match (status, why) {
            (Some(status), why) => ProcessState::Draining { pid, status, why },
            (None, Some(why)) => ProcessState::Stopping { pid, why },
            (None, None) => ProcessState::Running { pid },
        }
    }

    /// The program's process, until everything that it printed was read.
    pub fn pid(&self) -> Option<i32> {
        match self {
            ProcessState::Absent | ProcessState::Launching { .. } => None,
            ProcessState::Running { pid }
            | ProcessState::Stopping { pid, .. }
            | ProcessState::Draining { pid, .. } => Some(*pid),
        }
    }

    pub fn is_launching(&self) -> bool {
        matches!(self, ProcessState::Launching { .. })
    }

    /// Whether there is a program that has not ended, or soon will be.
    pub fn is_alive(&self) -> bool {
        !matches!(self, ProcessState::Absent | ProcessState::Draining { .. })
    }

    /// The program's process, while it can be asked about.
    pub fn live_pid(&self) -> Option<i32> {
        self.pid().filter(|_| self.is_alive())
    }

    /// The start that waits for this program's end.
    pub fn next(&self) -> Option<&Beginning> {
        match self {
            ProcessState::Launching { next, .. } => next.as_ref(),
            ProcessState::Stopping { why: Stop::Restart(next), .. }
            | ProcessState::Draining { why: Some(Stop::Restart(next)), .. } => Some(next),
            _ => None,
        }
    }

    /// Begins a start; gives it back when it has to wait for the program that there is.
    pub fn launch(&mut self, next: Beginning) -> Option<Beginning> {
        match self {
            ProcessState::Absent => {
                *self = ProcessState::Launching { early: None, next: None };
                return Some(next);
            }
            ProcessState::Launching { next: waiting, .. } => *waiting = Some(next),
            ProcessState::Running { pid } => {
                *self = ProcessState::Stopping { pid: *pid, why: Stop::Restart(next) };
            }
            ProcessState::Stopping { why, .. } => *why = Stop::Restart(next),
            ProcessState::Draining { why, .. } => *why = Some(Stop::Restart(next)),
        }
        None
    }

    /// The start was done.
    pub fn launched(&mut self, pid: i32) {
        if let ProcessState::Launching { early, next } = self {
            let status = early.filter(|(ended, _)| *ended == pid).map(|(_, status)| status);
            *self = ProcessState::adopted(pid, status, next.take());
        }
    }

    /// There is no program: a start failed, or its terminal did. Answers which start waited.
    pub fn gave_up(&mut self) -> Option<Beginning> {
        match std::mem::take(self) {
            ProcessState::Launching { next, .. } => next,
            ProcessState::Stopping { why: Stop::Restart(next), .. }
            | ProcessState::Draining { why: Some(Stop::Restart(next)), .. } => Some(next),
            _ => None,
        }
    }

    /// The program does not know its conversation, and is to be ended for it.
    pub fn is_missing_its_conversation(&mut self) {
        if let ProcessState::Running { pid } = self {
            *self = ProcessState::Stopping { pid: *pid, why: Stop::Missing };
        }
    }

    /// A process has ended; whether it is this program's, of whose start is known.
    pub fn exited(&mut self, ended: i32, status: ExitStatus) -> bool {
        match self {
            ProcessState::Launching { early, .. } => {
                *early = Some((ended, status));
                return false;
            }
            _ if self.pid() != Some(ended) => return false,
            ProcessState::Draining { status: known, .. } => *known = status,
            _ => self.drain(status),
        }
        true
    }

    /// The program has ended unseen.
    pub fn vanished(&mut self) {
        if self.live_pid().is_some() {
            self.drain(ExitStatus::Unknown);
        }
    }

    fn drain(&mut self, status: ExitStatus) {
        *self = match std::mem::take(self) {
            ProcessState::Running { pid } => ProcessState::Draining { pid, status, why: None },
            ProcessState::Stopping { pid, why } => {
                ProcessState::Draining { pid, status, why: Some(why) }
            }
            other => other,
        };
    }

    /// Everything that the program printed was read: how it ended, and why Segno had ended it.
    pub fn drained(&mut self) -> (ExitStatus, Option<Stop>) {
        match std::mem::take(self) {
            ProcessState::Draining { status, why, .. } => (status, why),
            // The end of its terminal came first.
            ProcessState::Running { .. } => (ExitStatus::Unknown, None),
            ProcessState::Stopping { why, .. } => (ExitStatus::Unknown, Some(why)),
            other => {
                *self = other;
                (ExitStatus::Unknown, None)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn next(prompt: &str) -> Beginning {
        Beginning {
            conversation: segno_agent::start::Conversation::New,
            prompt: Some(prompt.into()),
        }
    }

    #[test]
    fn an_end_that_is_quicker_than_the_start_is_kept() {
        let mut state = ProcessState::default();
        assert_eq!(state.launch(next("a")), Some(next("a")));
        assert!(!state.exited(7, ExitStatus::Code(3)));
        assert_eq!(state.launch(next("b")), None);
        state.launched(7);
        assert_eq!((state.pid(), state.is_alive()), (Some(7), false));
        assert_eq!(state.drained(), (ExitStatus::Code(3), Some(Stop::Restart(next("b")))));
        assert_eq!(state, ProcessState::Absent);
    }

    #[test]
    fn a_restart_counts_more_than_a_missing_conversation() {
        let mut state = ProcessState::adopted(7, None, None);
        state.is_missing_its_conversation();
        assert_eq!(state, ProcessState::Stopping { pid: 7, why: Stop::Missing });
        assert_eq!(state.launch(next("a")), None);
        state.is_missing_its_conversation();
        assert!(!state.exited(8, ExitStatus::Code(0)));
        assert!(state.exited(7, ExitStatus::Code(0)));
        assert_eq!(state.next(), Some(&next("a")));
    }

    proptest! {
        /// Whatever happens in whatever order, the last start that was asked for is never lost.
        #[test]
        fn the_last_start_is_not_lost(steps in prop::collection::vec(0u8..7, 0..40)) {
            let (mut state, mut wanted, mut n) = (ProcessState::default(), None, 0);
            for step in steps {
                let taken = match step {
                    0 | 1 => {
                        n += 1;
                        wanted = Some(next(&n.to_string()));
                        state.launch(next(&n.to_string()))
                    }
                    2 => {
                        state.launched(1);
                        None
                    }
                    3 => {
                        state.exited(1, ExitStatus::Code(0));
                        None
                    }
                    4 => {
                        state.is_missing_its_conversation();
                        None
                    }
                    5 => match state.drained().1 {
                        Some(Stop::Restart(next)) => Some(next),
                        _ => None,
                    },
                    _ => {
                        state.vanished();
                        None
                    }
                };
                if let Some(taken) = taken {
                    prop_assert_eq!(wanted.take(), Some(taken.clone()));
                    if state == ProcessState::Absent {
                        // As the server does with what had waited.
                        prop_assert!(state.launch(taken).is_some());
                    }
                }
                prop_assert_eq!(state.next(), wanted.as_ref());
            }
        }
    }
}
