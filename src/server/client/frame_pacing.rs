//! What a client was not shown yet, and when it may be: at once what answers a key, the rest at a
//! pace that its terminal keeps up with. Pure.

use std::collections::BTreeSet;
use std::time::{Duration, Instant};

use segno_base::ids::PaneId;

/// The time between two frames of one client when much happens: 120 per second.
const PACE: Duration = Duration::from_micros(8_333);
/// How much earlier than that frames may come: a few at once after a pause, so that what a program
/// prints in pieces is not held back.
const AHEAD: Duration = Duration::from_micros(3 * 8_333);
/// What goes to a terminal in that time: one that has more to show gets fewer frames, so that what
/// it has not read yet, in front of the next answer, is little.
const PACE_BYTES: u32 = 16 * 1024;
/// But no fewer than that, however much there is.
const PACES_MAX: u32 = 2;
/// What a pane shows so soon after a key is taken for its answer.
const ANSWER: Duration = Duration::from_millis(100);
/// For so long an answer finds the way to the terminal free.
const FREE: Duration = Duration::from_millis(3);

/// What is not shown.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::server) enum Damage {
    /// These panes' screens.
    Panes(BTreeSet<PaneId>),
    /// Anything.
    All,
}

impl Damage {
    const NONE: Damage = Damage::Panes(BTreeSet::new());
}

/// A client's damage.
#[derive(Debug)]
pub(in crate::server) struct Pending {
    damage: Damage,
    /// When the next frame would be due at an even pace; a few may come earlier.
    next: Option<Instant>,
    /// The pane that was given a key, and when.
    key: Option<(PaneId, Instant)>,
    /// The same, answered or not.
    last_key: Option<(PaneId, Instant)>,
    /// The pane that has answered one, which is among the damage.
    answered: Option<PaneId>,
}

impl Default for Pending {
    /// Of a client that was shown nothing.
    fn default() -> Pending {
        Pending { damage: Damage::All, next: None, key: None, last_key: None, answered: None }
    }
}

impl Pending {
    pub fn all(&mut self) {
        self.damage = Damage::All;
    }

    /// A pane that is seen has printed something.
    pub fn pane(&mut self, pane: PaneId, now: Instant) {
        if let Damage::Panes(panes) = &mut self.damage {
            panes.insert(pane);
        }
        if self.key.is_some_and(|(of, at)| of == pane && now <= at + ANSWER) {
            self.key = None;
            self.answered = Some(pane);
        }
    }

    /// A pane was given what was typed.
    pub fn typed(&mut self, pane: PaneId, now: Instant) {
        self.key = Some((pane, now));
        self.last_key = self.key;
    }

    /// A pane that prints much has paused: after a key, what it printed last answers that.
    pub fn paused(&mut self, pane: PaneId, now: Instant) {
        if self.last_key.is_none_or(|(of, at)| of != pane || now > at + ANSWER) {
            return;
        }
        // The pause may have come before it: a shell's prompt after ctrl+c comes when the program
        // has ended, and that takes longer than its output's end.
        self.key = self.last_key;
        let waits = match &self.damage {
            Damage::Panes(panes) => panes.contains(&pane),
            Damage::All => true,
        };
        if waits {
            self.answered = Some(pane);
        }
    }

    /// A frame took so many bytes.
    pub fn sent(&mut self, bytes: usize) {
        let paces = u32::try_from(bytes).unwrap_or(u32::MAX) / PACE_BYTES;
        self.next = self.next.map(|at| at + PACE * paces.min(PACES_MAX));
    }

    /// When there is something to paint; `None`: not as it is. `free`: all that was sent is shown.
    pub fn due(&self, free: bool, now: Instant) -> Option<Instant> {
        // The first frame does not wait for what sets the terminal up.
        let possible = self.damage != Damage::NONE && (free || self.next.is_none());
        possible.then(|| if self.answered.is_some() { now } else { self.paced(now) })
    }

    /// What is to be painted now.
    pub fn take(&mut self, free: bool, now: Instant) -> Option<Damage> {
        self.due(free, now).filter(|at| *at <= now)?;
        // What answers a key comes alone, since the rest may be much.
        if let (Some(pane), Damage::Panes(panes)) = (self.answered.take(), &mut self.damage)
            && panes.len() > 1
            && panes.remove(&pane)
        {
            return Some(Damage::Panes(BTreeSet::from([pane])));
        }
        if self.paced(now) <= now {
            self.next = Some(self.next.map_or(now, |at| at.max(now)) + PACE);
        }
        Some(std::mem::replace(&mut self.damage, Damage::NONE))
    }

    /// When everything may be painted.
    fn paced(&self, now: Instant) -> Instant {
        let Some(next) = self.next else { return now };
        let paced = next.checked_sub(AHEAD).unwrap_or(next);
        match (&self.damage, self.key) {
            // However much is typed, nothing waits for ever.
            (Damage::Panes(panes), Some((pane, at))) if !panes.contains(&pane) => {
                (at + FREE).clamp(paced, paced + FREE)
            }
            _ => paced,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn panes<const N: usize>(numbers: [u32; N]) -> Damage {
        Damage::Panes(numbers.into_iter().filter_map(PaneId::new).collect())
    }

    fn p(number: u32) -> PaneId {
        PaneId::new(number).unwrap()
    }

    /// A client that was shown everything, beside a flood in pane 1, at the flood's pace.
    fn flooded(now: Instant) -> Pending {
        let mut pending = Pending::default();
        assert_eq!(pending.take(true, now), Some(Damage::All));
        let mut frames = 0;
        while {
            pending.pane(p(1), now);
            pending.take(true, now).is_some()
        } {
            frames += 1;
        }
        assert!((2..5).contains(&frames), "{frames}");
        pending
    }

    #[test]
    fn a_flood_is_paced() {
        let now = Instant::now();
        let mut pending = flooded(now);
        let at = pending.due(true, now).unwrap();
        assert!(at > now && at <= now + PACE);
        assert_eq!(pending.take(true, at), Some(panes([1])));
        assert_eq!(pending.due(true, at), None);
    }

    #[test]
    fn a_terminal_with_much_to_show_gets_fewer_frames() {
        let now = Instant::now();
        let wait = |bytes| {
            let mut pending = flooded(now);
            pending.sent(bytes);
            pending.pane(p(1), now);
            pending.due(true, now).unwrap() - now
        };
        assert!(wait(1000) == wait(0) && wait(0) <= PACE);
        assert_eq!(wait(20 * 1024), wait(0) + PACE);
        assert_eq!(wait(usize::MAX), wait(0) + 2 * PACE);
    }

    #[test]
    fn the_answer_to_a_key_waits_for_no_flood_and_comes_alone() {
        let now = Instant::now();
        let mut pending = flooded(now);
        pending.typed(p(2), now);
        pending.pane(p(2), now);
        assert_eq!(pending.due(true, now), Some(now));
        assert_eq!(pending.take(true, now), Some(panes([2])));
        // Once: what more the pane prints is paced.
        pending.pane(p(2), now);
        assert_eq!(pending.take(true, now), None);
        let at = pending.due(true, now).unwrap();
        assert_eq!(pending.take(true, at), Some(panes([1, 2])));
    }

    #[test]
    fn where_a_flood_has_paused_after_a_key_is_shown_at_once() {
        let now = Instant::now();
        let mut pending = flooded(now);
        pending.typed(p(1), now);
        // What is still printed by then is taken for the answer.
        pending.pane(p(1), now);
        assert_eq!(pending.take(true, now), Some(panes([1])));
        pending.pane(p(1), now);
        assert_eq!(pending.take(true, now), None);
        pending.paused(p(1), now);
        assert_eq!(pending.take(true, now), Some(panes([1])));
        // What comes after the pause is the answer, once.
        pending.pane(p(1), now);
        assert_eq!(pending.take(true, now), Some(panes([1])));
        pending.pane(p(1), now);
        assert_eq!(pending.take(true, now), None);
        // Another pane, long after: paced as ever.
        pending.paused(p(2), now);
        pending.paused(p(1), now + ANSWER * 2);
        assert_eq!(pending.take(true, now), None);
    }

    #[test]
    fn the_way_is_kept_free_for_an_answer_but_not_for_long() {
        let now = Instant::now();
        let mut pending = flooded(now);
        let at = pending.due(true, now).unwrap();
        pending.typed(p(2), at);
        assert_eq!(pending.take(true, at), None);
        assert_eq!(pending.due(true, at), Some(at + FREE));
        pending.typed(p(2), at + FREE / 2);
        assert_eq!(pending.due(true, at), Some(at + FREE));
        assert_eq!(pending.take(true, at + FREE), Some(panes([1])));
        // A pane that prints anyway is not held back for its own answer.
        pending.pane(p(1), at);
        pending.typed(p(1), at + PACE);
        assert_eq!(pending.take(true, at + PACE), Some(panes([1])));
    }

    #[test]
    fn nothing_goes_before_the_last_frame_is_shown() {
        let now = Instant::now();
        let mut pending = flooded(now);
        pending.typed(p(1), now);
        pending.pane(p(1), now);
        assert_eq!((pending.due(false, now), pending.take(false, now)), (None, None));
        pending.all();
        assert_eq!(pending.take(false, now + PACE), None);
        assert_eq!(pending.take(true, now), Some(Damage::All));
    }
}
