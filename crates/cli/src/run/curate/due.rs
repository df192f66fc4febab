//! Which conversation is to be curated when. Pure: what is known of conversations and earlier runs
//! goes in, and the time.

use serde::{Deserialize, Serialize};

/// What the first line of each prompt begins with, so that a conversation of a curation is known
/// whatever becomes of the rest.
pub const MARK: &str = "Segno curation of ";
/// Runs that are remembered; the oldest go first.
const RUNS_MAX: usize = 2000;
/// How long after a run its agent may still write, and how much clocks may differ, in milliseconds.
const SLACK: i64 = 60_000;

/// A conversation: whose, and which. Times are milliseconds since the Unix epoch.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Seen {
    pub agent: String,
    pub id: String,
    pub created: Option<i64>,
    pub updated: i64,
    /// When it was noticed that its agent has deleted it.
    pub gone: Option<i64>,
    pub directory: Option<String>,
}

/// A run, written down before its agent is started.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Run {
    pub agent: String,
    pub id: String,
    /// How new the conversation was.
    pub updated: i64,
    /// Where the agent runs.
    pub directory: String,
    pub begun: i64,
    /// When it has to have ended.
    pub until: i64,
    /// `None`: it runs, or was killed.
    #[serde(default)]
    pub ended: Option<i64>,
}

/// What is remembered.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct State {
    pub version: u32,
    /// What was last said before is none of ours.
    pub since: i64,
    /// In order.
    pub runs: Vec<Run>,
}

/// How long things take, in milliseconds.
#[derive(Debug, Clone, Copy)]
pub struct Times {
    pub after: i64,
    pub cooldown: i64,
    pub limit: i64,
}

/// What is to be done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Next {
    /// This one, now.
    Now(usize),
    /// Look again then.
    At(i64),
    Nothing,
}

impl State {
    pub const VERSION: u32 = 1;

    /// What is at rest already is left out: it may be years. What was said in this `second` is not.
    pub fn new(second: i64, times: Times) -> State {
        State { version: Self::VERSION, since: second - times.after - 1, runs: Vec::new() }
    }

    /// Claims the time for a run. The cooldown counts from here, whatever becomes of it.
    pub fn claim(&mut self, seen: &Seen, directory: String, now: i64, times: Times) {
        self.runs.push(Run {
            agent: seen.agent.clone(),
            id: seen.id.clone(),
            updated: seen.updated,
            directory,
            begun: now,
            until: now + times.limit,
            ended: None,
        });
        while self.runs.len() > RUNS_MAX {
            // Nobody knows any more which of what is older was curated.
            let oldest = self.runs.remove(0);
            self.since = self.since.max(oldest.begun);
        }
    }

    /// The last run has ended.
    pub fn ended(&mut self, now: i64) {
        if let Some(run) = self.runs.last_mut() {
            run.ended = Some(now);
        }
    }

    /// Whether a conversation is one of a curation's own: it began where and while one ran.
    pub fn is_own(&self, seen: &Seen) -> bool {
        self.runs.iter().any(|run| run.has(seen))
    }

    fn is_done(&self, seen: &Seen) -> bool {
        let of = |run: &&Run| run.agent == seen.agent && run.id == seen.id;
        self.runs.iter().filter(of).any(|run| run.updated >= seen.updated)
    }

    /// What is next of these conversations.
    pub fn next(&self, seen: &[Seen], times: Times, now: i64) -> Next {
        let is_ours = |one: &Seen| one.updated > self.since && !self.is_done(one);
        let ours = seen.iter().enumerate().filter(|(_, one)| is_ours(one) && !self.is_own(one));
        let rests = |one: &Seen| one.gone.unwrap_or(one.updated.saturating_add(times.after));
        let Some((n, due)) = ours.map(|(n, one)| (n, rests(one))).min_by_key(|(_, due)| *due)
        else {
            return Next::Nothing;
        };
        let cool = self.runs.last().map_or(due, |run| run.begun.saturating_add(times.cooldown));
        // A clock that was put back must not hold it up for longer than that.
        let cool = cool.min(now.saturating_add(times.cooldown));
        match due.max(cool) {
            at if at <= now => Next::Now(n),
            at => Next::At(at),
        }
    }
}

impl Run {
    /// Whether a conversation began in this run.
    pub fn has(&self, seen: &Seen) -> bool {
        let end = self.ended.unwrap_or(self.until) + SLACK;
        let began = seen.created.unwrap_or(seen.updated);
        seen.directory.as_deref() == Some(self.directory.as_str())
            && (self.begun - SLACK..=end).contains(&began)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const TIMES: Times = Times { after: 100, cooldown: 1000, limit: 50 };

    fn seen(id: &str, updated: i64) -> Seen {
        Seen {
            agent: "a".into(),
            id: id.into(),
            created: Some(updated - 10),
            updated,
            gone: None,
            directory: Some("/p".into()),
        }
    }

    #[test]
    fn what_rests_or_is_deleted_is_due_and_once_only() {
        let mut state = State::new(5000, TIMES);
        let mut all = vec![seen("old", 3900), seen("new", 5010)];
        assert_eq!(state.next(&all, TIMES, 5050), Next::At(5110));
        assert_eq!(state.next(&all, TIMES, 5110), Next::Now(1));
        all[1].gone = Some(5060);
        assert_eq!(state.next(&all, TIMES, 5060), Next::Now(1));
        state.claim(&all[1], "/notes".into(), 5060, TIMES);
        assert_eq!(state.next(&all, TIMES, 9000), Next::Nothing, "also after a kill");
        // It goes on.
        all[1] = seen("new", 5200);
        assert_eq!(state.next(&all, TIMES, 5400), Next::At(6060));
        assert_eq!(state.next(&all, TIMES, 6060), Next::Now(1));
    }

    #[test]
    fn a_curation_is_not_curated() {
        let mut state = State::new(0, TIMES);
        state.claim(&seen("x", 200), "/notes".into(), 10_000, TIMES);
        let own = Seen { directory: Some("/notes".into()), ..seen("own", 10_020) };
        assert!(state.is_own(&own));
        assert_eq!(state.next(std::slice::from_ref(&own), TIMES, 99_999), Next::Nothing);
        // The user's own, there but later, and at the time but elsewhere.
        assert!(!state.is_own(&Seen { created: Some(200_000), ..own.clone() }));
        assert!(!state.is_own(&Seen { directory: None, ..own }));
    }

    #[test]
    fn a_clock_that_was_put_back_holds_nothing_up_for_ever() {
        let mut state = State::new(0, TIMES);
        state.claim(&seen("x", 200), "/notes".into(), 1_000_000, TIMES);
        assert_eq!(state.next(&[seen("y", 300)], TIMES, 500), Next::At(1500));
    }

    proptest! {
        /// Whatever happens in whatever order, with kills between claim and end.
        #[test]
        fn never_twice_and_never_too_often(steps in prop::collection::vec(
            (0..4usize, 1..900i64, any::<bool>(), any::<bool>()), 1..200))
        {
            let mut state = State::new(1000, TIMES);
            let mut all: Vec<Seen> = (0..4).map(|n| seen(&n.to_string(), 0)).collect();
            let mut now = 1000;
            let mut begun: Vec<(i64, String, i64)> = Vec::new();
            for (which, pause, said, killed) in steps {
                now += pause;
                if said {
                    all[which].updated = now;
                } else {
                    all[which].gone = Some(now);
                }
                match state.next(&all, TIMES, now) {
                    Next::Now(n) => {
                        let one = &all[n];
                        if let Some((last, _, _)) = begun.last() {
                            prop_assert!(now - last >= TIMES.cooldown);
                        }
                        let again = |(_, id, updated): &(i64, String, i64)| {
                            *id == one.id && *updated == one.updated
                        };
                        prop_assert!(!begun.iter().any(again));
                        begun.push((now, one.id.clone(), one.updated));
                        state.claim(one, "/notes".into(), now, TIMES);
                        if !killed {
                            state.ended(now + 1);
                        }
                    }
                    Next::At(at) => prop_assert!(at > now),
                    Next::Nothing => {}
                }
                let text = serde_json::to_string(&state).unwrap();
                prop_assert_eq!(&serde_json::from_str::<State>(&text).unwrap(), &state);
            }
        }
    }
}
