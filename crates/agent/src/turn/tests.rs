//! Turns: an agent that does whatever it likes, and every turn ends.

use proptest::prelude::*;

use super::*;

fn id(text: &str) -> SessionId {
    SessionId::try_from(text.to_string()).unwrap()
}

/// An agent that is always in one conversation.
#[derive(Default)]
struct Agent {
    turns: Turns,
    now: u64,
    doing: Option<(Activity, u64)>,
}

impl Agent {
    fn idle() -> Agent {
        Agent { now: 1_000, doing: Some((Activity::Idle, 500)), ..Agent::default() }
    }

    fn prompted(&mut self) -> TurnId {
        let turn = self.turns.give();
        let busy = self.doing.is_some_and(|(activity, _)| is_busy(activity));
        self.now += 1;
        self.turns.entered(turn, busy, self.now);
        turn
    }

    fn does(&mut self, activity: Activity) {
        self.now += 1;
        if self.doing.is_none_or(|(before, _)| before != activity) {
            self.doing = Some((activity, self.now));
        }
        self.saw(&Seen::Doing);
    }

    fn hears(&mut self) {
        self.now += 1;
        self.saw(&Seen::Prompt(&id("a")));
    }

    fn saw(&mut self, seen: &Seen<'_>) {
        let doing = self.doing.unwrap_or((Activity::Unknown, self.now));
        self.turns.saw(seen, Some(&id("a")), &|_| doing, self.now, self.now);
    }

    fn wait(&mut self) {
        if let Some(due) = self.turns.due() {
            self.now = self.now.max(due);
            self.turns.tick(self.now);
        }
    }
}

#[test]
fn a_turn_ends_when_the_agent_was_seen_to_begin_and_to_end_it() {
    let mut agent = Agent::idle();
    let turn = agent.prompted();
    assert!(agent.turns.is_open(turn));
    // Idle as before: that is not about this prompt.
    agent.does(Activity::Idle);
    assert!(agent.turns.is_open(turn) && !agent.turns.has_begun());
    agent.does(Activity::Working);
    agent.does(Activity::Blocked);
    assert!(agent.turns.is_open(turn) && agent.turns.has_begun());
    agent.does(Activity::Idle);
    assert!(!agent.turns.is_open(turn));
    assert_eq!(agent.turns.unclaimed(), Some(TurnEnd::Done));
    // A short turn is over before anybody waits for its beginning.
    assert!(agent.turns.has_begun());
    agent.turns.claim();
    assert!(!agent.turns.has_begun());
}

#[test]
fn what_is_told_of_a_new_conversation_is_no_end() {
    let mut agent = Agent { now: 1_000, ..Agent::default() };
    let turn = agent.prompted();
    // The conversation comes with its first prompt, idle at first.
    agent.does(Activity::Idle);
    agent.hears();
    agent.does(Activity::Idle);
    assert!(agent.turns.is_open(turn));
    agent.does(Activity::Working);
    agent.does(Activity::Idle);
    assert_eq!(agent.turns.unclaimed(), Some(TurnEnd::Done));
}

#[test]
fn an_agent_may_take_its_time_between_the_prompt_and_its_work() {
    let mut agent = Agent::idle();
    let turn = agent.prompted();
    agent.hears();
    agent.now += TAKEN_LIMIT / 2;
    agent.turns.tick(agent.now);
    assert!(agent.turns.is_open(turn));
    agent.does(Activity::Working);
    agent.does(Activity::Idle);
    assert_eq!(agent.turns.unclaimed(), Some(TurnEnd::Done));
    agent.prompted();
    agent.hears();
    agent.wait();
    assert_eq!(agent.turns.unclaimed(), Some(TurnEnd::Unseen));
}

#[test]
fn a_prompt_that_nothing_comes_of_is_said_to_be_unseen() {
    let mut agent = Agent::idle();
    agent.prompted();
    agent.does(Activity::Idle);
    agent.wait();
    assert_eq!(agent.turns.unclaimed(), Some(TurnEnd::Unseen));
    // While its user is asked something, it cannot begin.
    let turn = agent.prompted();
    agent.does(Activity::Blocked);
    agent.now += BEGIN_LIMIT - 1;
    agent.turns.tick(agent.now);
    assert!(agent.turns.is_open(turn));
}

#[test]
fn a_prompt_for_a_busy_agent_is_a_turn_of_its_own_or_goes_into_the_one_at_work() {
    let mut agent = Agent::idle();
    agent.does(Activity::Working);
    let turn = agent.prompted();
    agent.does(Activity::Idle);
    assert!(agent.turns.is_open(turn), "the turn before has ended");
    agent.does(Activity::Working);
    assert!(agent.turns.is_open(turn));
    agent.does(Activity::Idle);
    assert!(!agent.turns.is_open(turn));

    agent.does(Activity::Working);
    let turn = agent.prompted();
    agent.does(Activity::Idle);
    assert!(agent.turns.is_open(turn));
    agent.wait();
    assert_eq!(agent.turns.unclaimed(), Some(TurnEnd::Done));
}

#[test]
fn an_error_and_the_end_of_the_program_end_a_turn() {
    let mut agent = Agent::idle();
    agent.prompted();
    agent.does(Activity::Error);
    assert_eq!(agent.turns.unclaimed(), Some(TurnEnd::Done));
    // An error that was there before is not about this prompt.
    let turn = agent.prompted();
    agent.does(Activity::Error);
    assert!(agent.turns.is_open(turn));
    agent.turns.exited();
    assert_eq!(agent.turns.unclaimed(), Some(TurnEnd::Exited));
}

#[test]
fn a_prompt_at_the_start_is_pending_until_the_program_has_started_and_ended_its_turn() {
    let mut agent = Agent { now: 1_000, ..Agent::default() };
    let turn = agent.turns.give_at_start();
    assert_eq!(agent.turns.due(), None);
    agent.turns.started(agent.now);
    agent.saw(&Seen::Doing);
    assert!(agent.turns.is_open(turn));
    agent.does(Activity::Working);
    agent.does(Activity::Idle);
    assert!(!agent.turns.is_open(turn));
    let turn = agent.turns.give();
    agent.turns.withdraw(turn);
    assert!(!agent.turns.is_open(turn));
}

proptest! {
    /// Whatever an agent does: a turn is open until there was something to end it, it always ends
    /// in the end, nothing panics, and what is stored comes back.
    #[test]
    fn every_turn_ends(steps in prop::collection::vec(0u8..9, 0..60)) {
        let mut agent = Agent::idle();
        for step in steps {
            match step {
                0 | 1 => drop(agent.prompted()),
                2 => agent.does(Activity::Working),
                3 => agent.does(Activity::Idle),
                4 => agent.does(Activity::Blocked),
                5 => agent.does(Activity::Error),
                6 => agent.hears(),
                7 => agent.wait(),
                _ => agent.turns.exited(),
            }
            let last = agent.turns.opened();
            if matches!(step, 0 | 1) {
                prop_assert!(agent.turns.is_open(last));
            }
            let stored = serde_json::to_string(&agent.turns).unwrap();
            prop_assert_eq!(&serde_json::from_str::<Turns>(&stored).unwrap(), &agent.turns);
        }
        agent.does(Activity::Working);
        agent.does(Activity::Idle);
        for _ in 0..OPEN_MAX {
            agent.wait();
        }
        prop_assert!(!agent.turns.is_open(agent.turns.opened()));
    }
}
