//! How a program takes its input: whether some waits, and whether any of it was taken lately. Pure;
//! the pane's task asks it when to look again.

use std::time::{Duration, Instant};

use segno_core::model::pane::InputWaits;

/// Input that waits for so long is worth a word; a program that took none for so long is stalled.
pub(super) const STALL: Duration = Duration::from_secs(1);
/// What is said changes at most so often.
const PAUSE: Duration = Duration::from_millis(500);

/// Follows one queue of input.
#[derive(Debug)]
pub(super) struct Uptake {
    /// Since when the queue has not been empty.
    since: Option<Instant>,
    /// When the program took something last, or had nothing to take.
    taken: Instant,
    /// What was said last, and when.
    said: Option<(InputWaits, Instant)>,
    /// Whether the queue has changed since.
    changed: bool,
    stalled: bool,
    /// Bytes that found no room.
    lost: usize,
}

/// What follows from looking at the queue.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Look {
    /// What is to be said now, if that is something else than before.
    pub say: Option<Option<InputWaits>>,
    /// The program has just turned out to take nothing.
    pub stalled: bool,
}

impl Uptake {
    pub fn new(now: Instant) -> Uptake {
        Uptake { since: None, taken: now, said: None, changed: false, stalled: false, lost: 0 }
    }

    /// The queue was added to or given to the program, which left `waiting` bytes of it.
    pub fn changed(&mut self, took: bool, waiting: usize, now: Instant) {
        self.changed = true;
        if waiting == 0 {
            (self.since, self.lost) = (None, 0);
        } else if self.since.is_none() {
            self.since = Some(now);
            self.taken = now;
            self.stalled = false;
        }
        if took || waiting == 0 {
            self.taken = now;
            self.stalled = false;
        }
    }

    /// Bytes were refused.
    pub fn lost(&mut self, bytes: usize) {
        self.lost += bytes;
        self.changed = true;
    }

    /// Whether the program has taken something of late, or had nothing to take.
    pub fn is_taking(&self, now: Instant) -> bool {
        self.since.is_none() || now < self.taken + STALL
    }

    /// When to look again; never, while nothing changes.
    pub fn due(&self) -> Option<Instant> {
        let Some(since) = self.since else {
            // What was said is no longer so.
            return self.said.map(|(_, at)| at);
        };
        let say = match self.said {
            None => Some(since + STALL),
            Some((_, at)) => self.changed.then_some(at + PAUSE),
        };
        let stalls = (!self.stalled).then_some(self.taken + STALL);
        say.into_iter().chain(stalls).min()
    }

    pub fn look(&mut self, waiting: usize, now: Instant) -> Look {
        let mut look = Look::default();
        let Some(since) = self.since else {
            if self.said.take().is_some() {
                look.say = Some(None);
            }
            return look;
        };
        if !self.is_taking(now) && !self.stalled {
            self.stalled = true;
            self.changed = true;
            look.stalled = true;
        }
        let ripe = match self.said {
            None => now >= since + STALL,
            Some((_, at)) => look.stalled || self.changed && now >= at + PAUSE,
        };
        if ripe {
            let waits = InputWaits { bytes: waiting, stalled: self.stalled, lost: self.lost };
            if self.said.is_none_or(|(said, _)| said != waits) {
                look.say = Some(Some(waits));
            }
            self.said = Some((waits, now));
            self.changed = false;
        }
        look
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ms(n: u64) -> Duration {
        Duration::from_millis(n)
    }

    #[test]
    fn what_is_taken_at_once_is_not_spoken_of() {
        let start = Instant::now();
        let mut uptake = Uptake::new(start);
        uptake.changed(false, 10, start);
        uptake.changed(true, 0, start + ms(900));
        assert_eq!(uptake.due(), None);
        assert_eq!(uptake.look(0, start + ms(5000)), Look::default());
    }

    #[test]
    fn a_program_that_takes_nothing_is_said_to_once_and_when_more_waits() {
        let start = Instant::now();
        let mut uptake = Uptake::new(start);
        uptake.changed(false, 10, start);
        assert_eq!(uptake.due(), Some(start + STALL));
        let waits = |bytes| Some(Some(InputWaits { bytes, stalled: true, lost: 0 }));
        let look = uptake.look(10, start + STALL);
        assert_eq!(look, Look { say: waits(10), stalled: true });
        assert_eq!(uptake.due(), None, "it sleeps");
        uptake.changed(false, 20, start + ms(1100));
        assert_eq!(uptake.due(), Some(start + STALL + PAUSE));
        assert_eq!(uptake.look(20, start + ms(1200)).say, None, "not yet");
        assert_eq!(uptake.look(20, start + ms(1500)).say, waits(20));
        uptake.changed(true, 0, start + ms(1600));
        assert!(uptake.due().is_some());
        assert_eq!(uptake.look(0, start + ms(1600)).say, Some(None));
        assert_eq!(uptake.due(), None);
    }

    #[test]
    fn a_slow_program_is_not_called_stalled_until_it_is() {
        let start = Instant::now();
        let mut uptake = Uptake::new(start);
        uptake.changed(false, 100, start);
        for step in 1..=30 {
            uptake.changed(true, 100 - step, start + ms(100) * step as u32);
        }
        let now = start + ms(3000);
        let look = uptake.look(70, now);
        assert_eq!(look.say, Some(Some(InputWaits { bytes: 70, stalled: false, lost: 0 })));
        assert_eq!(uptake.due(), Some(now + STALL));
        assert!(uptake.look(70, now + STALL).stalled);
    }
}
