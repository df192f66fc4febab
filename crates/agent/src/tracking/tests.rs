//! Rules of tracking, one by one, and as properties of random histories.

use proptest::prelude::*;

use super::*;
use crate::conversation::CONVERSATIONS_MAX;
use crate::status::Usage;
use crate::timeline::TIMELINE_MAX;
use crate::usage::counts::Counts;

fn id(text: &str) -> SessionId {
    SessionId::try_from(text.to_string()).unwrap()
}

fn shown(text: &str) -> Recorded {
    Recorded::Id(id(text))
}

/// A pane whose clock goes on by ten with everything that happens.
struct Pane {
    tracking: Tracking,
    now: u64,
}

impl Pane {
    fn started(how: Started) -> Pane {
        let mut pane = Pane { tracking: Tracking::new(), now: 1000 };
        pane.start(how);
        pane
    }

    fn start(&mut self, how: Started) {
        self.now += 10;
        self.tracking.started(self.now, how);
    }

    fn on(&mut self, from: Source, what: What) -> Changes {
        self.now += 10;
        let event = Event { at: self.now, n: 0, from, by: None, what };
        self.tracking.apply(&event, self.now)
    }

    fn screen(&mut self, what: What) -> Changes {
        self.on(Source::Screen, what)
    }

    fn activity(&self) -> Activity {
        self.tracking.status().activity
    }

    /// The conversations over time, `-` for a new one, with the reason of each.
    fn history(&self) -> Vec<(&str, ChangeReason)> {
        self.tracking
            .timeline()
            .iter()
            .map(|e| (e.session.as_ref().map_or("-", SessionId::as_str), e.reason))
            .collect()
    }
}

fn current(session: Option<&str>, reason: ChangeReason) -> What {
    What::Current { session: session.map(id), reason }
}

fn state(session: &str, activity: Activity) -> What {
    What::State { session: Some(id(session)), activity, detail: None }
}

fn hello() -> What {
    What::Hello { pid: None, agent: None, version: None }
}

fn prompt(session: &str, text: &str) -> What {
    What::Prompt { session: id(session), text: text.into() }
}

#[test]
fn a_first_prompt() {
    let mut pane = Pane::started(Started::New);
    assert_eq!(pane.tracking.recorded(), &Recorded::New);
    assert_eq!(pane.activity(), Activity::Starting);
    pane.screen(hello());
    assert_eq!(pane.activity(), Activity::Starting);
    let changes = pane.screen(current(None, ChangeReason::Start));
    assert_eq!(changes, Changes { status: true, conversation: false, became: None });
    assert_eq!(pane.activity(), Activity::Idle);
    let changes = pane.screen(current(Some("s1"), ChangeReason::Created));
    assert!(changes.conversation);
    pane.screen(prompt("s1", "hello"));
    let changes = pane.screen(state("s1", Activity::Working));
    assert_eq!(changes.became, Some(Activity::Working));
    let since = pane.now;
    pane.screen(state("s1", Activity::Working));
    assert_eq!(pane.tracking.status().since, since);
    pane.screen(What::Title { session: id("s1"), title: "Greeting".into() });
    let changes = pane.screen(state("s1", Activity::Idle));
    assert_eq!(changes.became, Some(Activity::Idle));
    assert_eq!(pane.screen(state("s1", Activity::Idle)), Changes::default());
    assert_eq!(pane.tracking.recorded(), &shown("s1"));
    let status = pane.tracking.status();
    assert_eq!(status.title.as_deref(), Some("Greeting"));
    assert_eq!(
        pane.tracking.conversation().unwrap().summary.first_prompt.as_deref(),
        Some("hello")
    );
    assert_eq!(pane.history(), [("-", ChangeReason::Start), ("s1", ChangeReason::Created)]);
    let last = pane.tracking.timeline().last().unwrap();
    assert_eq!((last.title.as_deref(), last.to), (Some("Greeting"), None));
}

#[test]
fn what_others_do_never_shows() {
    let mut pane = Pane::started(Started::Resumed(id("s1")));
    pane.screen(current(Some("s1"), ChangeReason::Start));
    pane.screen(state("s1", Activity::Working));
    pane.screen(current(None, ChangeReason::New));
    assert_eq!(pane.activity(), Activity::Idle);
    let before = pane.tracking.status();
    for what in [
        state("s1", Activity::Blocked),
        prompt("s1", "more"),
        state("s1", Activity::Error),
        state("s2", Activity::Working),
        What::Title { session: id("s1"), title: "Old".into() },
        What::Usage {
            session: id("s1"),
            usage: Usage { counts: Counts { input: 5, ..Counts::default() }, ..Usage::default() },
        },
        What::Compacted { session: id("s1") },
        What::Deleted { session: id("s2") },
    ] {
        assert_eq!(pane.screen(what), Changes::default());
    }
    assert_eq!(pane.tracking.status(), before);
    // Back to it, what it did meanwhile is there; and it is nothing to be notified of.
    let changes = pane.screen(current(Some("s1"), ChangeReason::Selected));
    assert_eq!(changes, Changes { status: true, conversation: true, became: None });
    let status = pane.tracking.status();
    assert_eq!((status.activity, status.usage.counts.input), (Activity::Error, 5));
    assert_eq!(status.title.as_deref(), Some("Old"));
}

#[test]
fn the_screen_decides_what_is_on_screen() {
    let mut pane = Pane::started(Started::New);
    pane.on(Source::Server, current(Some("s1"), ChangeReason::Created));
    assert_eq!(pane.tracking.recorded(), &shown("s1"), "no screen reported yet");
    pane.screen(hello());
    pane.on(Source::Server, current(Some("s2"), ChangeReason::Created));
    pane.on(Source::Hook, current(Some("s3"), ChangeReason::Created));
    pane.on(Source::Server, What::Deleted { session: id("s1") });
    assert_eq!(pane.tracking.recorded(), &shown("s1"));
    pane.screen(current(Some("s4"), ChangeReason::Selected));
    assert_eq!(pane.tracking.recorded(), &shown("s4"));
    // After a restart the screen has to speak again.
    pane.start(Started::Resumed(id("s4")));
    pane.on(Source::Server, current(Some("s5"), ChangeReason::Created));
    assert_eq!(pane.tracking.recorded(), &shown("s5"));
}

#[test]
fn two_sources_do_not_make_the_state_flicker() {
    let mut pane = Pane::started(Started::Resumed(id("s1")));
    pane.on(Source::Server, state("s1", Activity::Working));
    assert_eq!(pane.activity(), Activity::Working, "where the screen says nothing");
    pane.screen(state("s1", Activity::Idle));
    let changes = pane.on(Source::Server, state("s1", Activity::Working));
    assert_eq!(changes, Changes::default());
    pane.screen(state("s1", Activity::Error));
    pane.on(Source::Server, prompt("s1", "late"));
    assert_eq!(pane.activity(), Activity::Error);
}

#[test]
fn an_error_stays_until_the_next_turn() {
    let mut pane = Pane::started(Started::Resumed(id("s1")));
    pane.screen(state("s1", Activity::Working));
    let detail = Some("overloaded".to_string());
    let error =
        What::State { session: Some(id("s1")), activity: Activity::Error, detail: detail.clone() };
    assert_eq!(pane.screen(error).became, Some(Activity::Error));
    let since = pane.now;
    pane.screen(state("s1", Activity::Idle));
    pane.screen(state("s1", Activity::Idle));
    let status = pane.tracking.status();
    assert_eq!((status.activity, status.since, status.detail), (Activity::Error, since, detail));
    let changes = pane.screen(prompt("s1", "again"));
    assert_eq!(changes.became, Some(Activity::Working));
    assert_eq!(pane.tracking.status().detail, None);
    pane.screen(state("s1", Activity::Idle));
    assert_eq!(pane.activity(), Activity::Idle);
}

#[test]
fn the_evidence_of_an_error_stays_with_it() {
    let mut pane = Pane::started(Started::Resumed(id("s1")));
    pane.on(Source::Hook, state("s1", Activity::Working));
    pane.on(Source::File, state("s1", Activity::Error));
    let known_by = |pane: &Pane| pane.tracking.explain()[1].clone();
    let error = known_by(&pane);
    pane.on(Source::Title, state("s1", Activity::Idle));
    assert_eq!(known_by(&pane), error);
    pane.on(Source::Title, state("s1", Activity::Working));
    assert_ne!(known_by(&pane), error);
}

#[test]
fn a_state_without_a_session_is_that_of_the_screen() {
    let mut pane = Pane::started(Started::Continued);
    let unnamed =
        |activity| What::State { session: None, activity, detail: Some("question".into()) };
    let changes = pane.on(Source::Hook, unnamed(Activity::Blocked));
    assert_eq!(changes.became, Some(Activity::Blocked));
    assert_eq!(pane.tracking.status().detail.as_deref(), Some("question"));
    pane.on(Source::Hook, current(Some("s1"), ChangeReason::Start));
    assert_eq!(pane.activity(), Activity::Idle);
    pane.on(Source::Hook, unnamed(Activity::Working));
    assert_eq!(pane.activity(), Activity::Working);
    let conversation = pane.tracking.conversation().unwrap();
    assert_eq!(conversation.turn.activity, Some(Activity::Working));
}

#[test]
fn a_restart_begins_a_new_stretch() {
    let mut pane = Pane::started(Started::New);
    pane.screen(current(Some("s1"), ChangeReason::Created));
    pane.screen(state("s1", Activity::Blocked));
    // The machine went down: nobody called `exited`.
    pane.start(Started::Resumed(id("s1")));
    let status = pane.tracking.status();
    assert_eq!(
        (status.activity, status.since, status.detail),
        (Activity::Starting, pane.now, None)
    );
    let changes = pane.screen(current(Some("s1"), ChangeReason::Start));
    assert_eq!(changes, Changes { status: true, conversation: false, became: None });
    assert_eq!(pane.activity(), Activity::Idle);
    assert_eq!(
        pane.history(),
        [("-", ChangeReason::Start), ("s1", ChangeReason::Created), ("s1", ChangeReason::Resumed)]
    );
    pane.start(Started::Continued);
    assert_eq!(pane.tracking.recorded(), &Recorded::Nothing);
    assert_eq!(pane.history().len(), 3);
    pane.start(Started::Assigned(id("s9")));
    assert_eq!(pane.history().last(), Some(&("s9", ChangeReason::Start)));
}

#[test]
fn deleting_the_conversation_on_screen_leaves_a_new_one() {
    let mut pane = Pane::started(Started::Resumed(id("s1")));
    pane.screen(What::Deleted { session: id("s1") });
    assert_eq!(pane.tracking.recorded(), &Recorded::New);
    assert!(pane.tracking.conversations().get(&id("s1")).is_none());
    pane.screen(current(None, ChangeReason::Deleted));
    assert_eq!(pane.history(), [("s1", ChangeReason::Resumed), ("-", ChangeReason::Deleted)]);
}

#[test]
fn a_stale_id_stays_in_the_timeline() {
    let mut pane = Pane::started(Started::Resumed(id("s1")));
    pane.tracking.exited(pane.now + 5);
    pane.tracking.stale(&id("s1"), pane.now + 5);
    assert_eq!(pane.history(), [("s1", ChangeReason::Stale)]);
    assert_eq!(pane.tracking.recorded(), &shown("s1"));
    assert_eq!(pane.activity(), Activity::Exited);
    pane.start(Started::New);
    pane.tracking.stale(&id("s2"), pane.now);
    let expected =
        [("s1", ChangeReason::Stale), ("-", ChangeReason::Start), ("s2", ChangeReason::Stale)];
    assert_eq!(pane.history(), expected);
    check(&pane.tracking, pane.now);
}

#[test]
fn what_comes_after_the_end_revives_nothing() {
    let mut pane = Pane::started(Started::New);
    pane.tracking.exited(1500);
    pane.now = 1500;
    pane.screen(state("s1", Activity::Working));
    let changes = pane.screen(current(Some("s1"), ChangeReason::Created));
    assert!(changes.conversation, "it was so before the end, and is to be resumed");
    assert_eq!(changes.became, None);
    let status = pane.tracking.status();
    assert_eq!((status.activity, status.since), (Activity::Exited, 1500));
    assert!(pane.tracking.timeline().iter().all(|entry| entry.to.is_some()));
    pane.tracking.exited(9999);
    assert_eq!(pane.tracking.status().since, 1500);
}

#[test]
fn times_are_believed_within_reason() {
    let mut tracking = Tracking::new();
    tracking.started(1000, Started::New);
    let mut on = |at, what| {
        let event = Event { at, n: 0, from: Source::Screen, by: None, what };
        tracking.apply(&event, 2000);
        tracking.clone()
    };
    on(1500, current(Some("s1"), ChangeReason::Created));
    let since = |tracking: Tracking| tracking.status().since;
    // Read late: it happened when the tracker says.
    assert_eq!(since(on(1600, state("s1", Activity::Working))), 1600);
    assert_eq!(since(on(99_999, state("s1", Activity::Idle))), 2000, "the future");
    assert_eq!(since(on(5, state("s1", Activity::Working))), 1000, "before the start");
    assert_eq!(since(on(0, state("s1", Activity::Idle))), 2000, "it does not say");
    let tracking = on(1400, current(Some("s2"), ChangeReason::Selected));
    check(&tracking, 2000);
    // The daemon's own clock is set back.
    let mut tracking = tracking;
    tracking.started(500, Started::New);
    check(&tracking, 500);
}

#[test]
fn the_session_file_fills_in_what_the_spool_lost() {
    let mut pane = Pane::started(Started::New);
    let file = |shown: Recorded| Record { shown, at: 2000 };
    assert_eq!(pane.tracking.reconcile(&file(Recorded::Nothing), 2000), Changes::default());
    assert_eq!(pane.tracking.reconcile(&file(Recorded::New), 2000), Changes::default());
    assert!(pane.tracking.reconcile(&file(shown("s1")), 2000).conversation);
    assert_eq!(pane.tracking.recorded(), &shown("s1"));
    assert_eq!(pane.history().last(), Some(&("s1", ChangeReason::Unknown)));
}

#[test]
fn a_session_file_that_is_behind_does_not_win() {
    let mut pane = Pane::started(Started::New);
    for (session, at) in [("s1", 10_000), ("s2", 20_000)] {
        let event = Event {
            at,
            n: 0,
            from: Source::Screen,
            by: None,
            what: current(Some(session), ChangeReason::Selected),
        };
        pane.tracking.apply(&event, at);
    }
    let file = |session: &str, at| Record { shown: shown(session), at };
    for stale in [file("s1", 10_000), file("s1", 19_999), file("s3", 15_000)] {
        assert!(pane.tracking.is_behind(&stale));
        assert_eq!(pane.tracking.reconcile(&stale, 30_000), Changes::default());
        assert_eq!(pane.tracking.recorded(), &shown("s2"));
    }
    assert!(!pane.tracking.is_behind(&file("s2", 0)), "they do not differ");
    // Back in the first one, and the event of that was lost.
    assert!(pane.tracking.reconcile(&file("s1", 20_001), 30_000).conversation);
    assert_eq!(pane.tracking.recorded(), &shown("s1"));
}

#[test]
fn usage_replaces_and_remembers_the_model() {
    let mut pane = Pane::started(Started::Resumed(id("s1")));
    let usage = |model: Option<&str>, input| Usage {
        model: model.map(String::from),
        counts: Counts { input, ..Counts::default() },
        context: Some(input),
        ..Usage::default()
    };
    pane.screen(What::Usage { session: id("s1"), usage: usage(Some("m"), 10) });
    pane.screen(What::Usage { session: id("s1"), usage: usage(None, 20) });
    let usage = pane.tracking.status().usage;
    assert_eq!(
        (usage.model.as_deref(), usage.counts.input, usage.context),
        (Some("m"), 20, Some(20))
    );
    assert!(pane.screen(What::Compacted { session: id("s1") }).status);
    assert_eq!(pane.tracking.status().usage.context, None);
}

#[test]
fn the_conversation_on_screen_is_never_forgotten() {
    let mut pane = Pane::started(Started::Resumed(id("s1")));
    pane.screen(What::Title { session: id("s1"), title: "Kept".into() });
    for n in 0..CONVERSATIONS_MAX * 2 {
        pane.screen(What::Title { session: id(&format!("s-{n}")), title: "x".into() });
    }
    assert_eq!(pane.tracking.conversations().len(), CONVERSATIONS_MAX);
    assert_eq!(pane.tracking.status().title.as_deref(), Some("Kept"));
}

#[test]
fn a_record_of_another_version_is_read() {
    let tracking: Tracking = serde_json::from_str("{}").unwrap();
    assert_eq!(tracking, Tracking::new());
    assert_eq!(tracking.status().activity, Activity::Exited);
    let text = r#"{"running":true,"later":1,"timeline":[
        {"session":"s1","from":9,"to":null,"reason":"teleported"},
        {"session":null,"from":5,"to":null,"reason":"new"}]}"#;
    let mut tracking: Tracking = serde_json::from_str(text).unwrap();
    assert_eq!(tracking.timeline()[0].reason, ChangeReason::Unknown);
    tracking.started(100, Started::New);
    check(&tracking, 100);
}

/// What holds of every tracking at any time.
fn check(tracking: &Tracking, now: u64) {
    let timeline = tracking.timeline();
    assert!(timeline.len() <= TIMELINE_MAX);
    assert!(tracking.conversations().len() <= CONVERSATIONS_MAX);
    for (i, entry) in timeline.iter().enumerate() {
        assert!(entry.from <= now);
        match entry.to {
            Some(to) => assert!(entry.from <= to && to <= now),
            None => assert!(i + 1 == timeline.len(), "an open entry that is not the last"),
        }
        if let Some(next) = timeline.get(i + 1) {
            assert!(entry.to.unwrap_or(entry.from) <= next.from);
        }
    }
    let status = tracking.status();
    assert_eq!(!tracking.running, status.activity == Activity::Exited);
    let open = timeline.last().filter(|entry| entry.to.is_none());
    if tracking.running {
        match tracking.recorded() {
            // A stale id may have closed the entry.
            Recorded::Id(shown) => {
                assert!(open.is_none_or(|entry| entry.session.as_ref() == Some(shown)));
                let known = tracking.conversations().get(shown).unwrap();
                assert_eq!(status.title, known.summary.title);
                assert_eq!(status.usage, known.usage);
                if let Some(activity) = known.turn.activity {
                    assert_eq!(status.activity, activity);
                }
            }
            Recorded::New => assert!(open.is_none_or(|entry| entry.session.is_none())),
            Recorded::Nothing => assert!(open.is_none()),
        }
    } else {
        assert!(open.is_none());
    }
}

#[derive(Debug, Clone)]
enum Step {
    On(Event),
    Start(Started),
    Exit,
    Stale(SessionId),
    Reconcile(Record),
    Clock(u64),
}

fn session() -> impl Strategy<Value = SessionId> {
    (0..80u8).prop_map(|n| id(&format!("s{}", if n < 60 { n % 4 } else { n })))
}

fn activity() -> impl Strategy<Value = Activity> {
    prop_oneof![
        Just(Activity::Working),
        Just(Activity::Idle),
        Just(Activity::Blocked),
        Just(Activity::Error),
        Just(Activity::Retrying),
    ]
}

fn what() -> impl Strategy<Value = What> {
    let reason = prop_oneof![Just(ChangeReason::Created), Just(ChangeReason::Selected)];
    let maybe = || proptest::option::of(session());
    let number = 0..1000u32;
    prop_oneof![
           1 => Just(hello()),
           3 => (maybe(), reason).prop_map(|(session, reason)| What::Current { session, reason }),
           5 => (maybe(), activity(), proptest::option::of("[a-z]{1,3}"))
               .prop_map(|(session, activity, detail)| What::State { session, activity, detail }),
           1 => (session(), "[a-z]{1,3}").prop_map(|(session, title)| What::Title { session, title }),
           1 => (session(), number).prop_map(|(session, n)| What::Usage {
               session,
               usage: Usage {
    counts: Counts { input: n.into(), cost: f64::from(n) / 8.0, ..Counts::default() },
    ..Usage::default()
    },
           }),
           1 => (session(), "[a-z]{1,3}").prop_map(|(session, text)| What::Prompt { session, text }),
           1 => session().prop_map(|session| What::Compacted { session }),
           1 => session().prop_map(|session| What::Deleted { session }),
       ]
}

fn step() -> impl Strategy<Value = Step> {
    let from = prop_oneof![Just(Source::Hook), Just(Source::Server), Just(Source::Screen)];
    let event = (0..3000u64, from, what())
        .prop_map(|(at, from, what)| Step::On(Event { at, n: 0, from, by: None, what }));
    let how = prop_oneof![
        Just(Started::New),
        Just(Started::Continued),
        session().prop_map(Started::Assigned),
        session().prop_map(Started::Resumed),
    ];
    prop_oneof![
        20 => event,
        2 => how.prop_map(Step::Start),
        1 => Just(Step::Exit),
        1 => session().prop_map(Step::Stale),
        1 => (session(), 0..3000u64).prop_map(|(session, at)| {
            Step::Reconcile(Record { shown: Recorded::Id(session), at })
        }),
        1 => (0..3000u64).prop_map(Step::Clock),
    ]
}

fn take(tracking: &mut Tracking, step: &Step, now: &mut u64) {
    match step {
        Step::On(event) => {
            let before = (tracking.status(), tracking.recorded().clone());
            let changes = tracking.apply(event, *now);
            assert_eq!(changes.status, tracking.status() != before.0);
            assert_eq!(changes.conversation, *tracking.recorded() != before.1);
            assert!(changes.became.is_none_or(|a| a == tracking.status().activity));
            assert!(tracking.running || changes.became.is_none());
        }
        Step::Start(how) => tracking.started(*now, how.clone()),
        Step::Exit => tracking.exited(*now),
        Step::Stale(session) => tracking.stale(session, *now),
        Step::Reconcile(file) => drop(tracking.reconcile(file, *now)),
        Step::Clock(time) => *now = *time,
    }
}

proptest! {
    #[test]
    fn invariants_hold_whatever_happens(steps in proptest::collection::vec(step(), 0..400)) {
        let (mut tracking, mut now) = (Tracking::new(), 1000);
        let mut latest = now;
        for step in &steps {
            take(&mut tracking, step, &mut now);
            latest = latest.max(now);
            // A clock that was set back leaves later times until the next change.
            check(&tracking, latest);
        }
    }

    #[test]
    fn stored_and_loaded_at_any_point_it_goes_on(
        steps in proptest::collection::vec(step(), 0..60),
        cut in 0..60usize,
    ) {
        let (mut whole, mut now) = (Tracking::new(), 1000);
        let (mut parts, mut parts_now) = (Tracking::new(), 1000);
        for (i, step) in steps.iter().enumerate() {
            if i == cut {
                let stored = serde_json::to_string(&parts).unwrap();
                parts = serde_json::from_str(&stored).unwrap();
            }
            take(&mut whole, step, &mut now);
            take(&mut parts, step, &mut parts_now);
        }
        prop_assert_eq!(whole, parts);
    }

    /// A spool that is read again after a crash ends where it ended.
    #[test]
    fn the_last_event_twice_is_harmless(events in proptest::collection::vec(what(), 1..40)) {
        let mut pane = Pane::started(Started::New);
        for what in events {
            pane.screen(what.clone());
            let before = (pane.tracking.status(), pane.tracking.timeline().to_vec());
            // A repeated error or prompt cannot change anything either.
            let changes = pane.screen(what);
            prop_assert_eq!(changes, Changes::default());
            prop_assert_eq!((pane.tracking.status(), pane.tracking.timeline().to_vec()), before);
        }
    }
}
