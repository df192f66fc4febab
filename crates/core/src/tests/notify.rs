//! Who is called when: never for what somebody looks at, and each event is emitted once.

use super::*;
use crate::attention::notices::NoticeKind;
use segno_agent::event::{Event as AgentEvent, Source, What};
use segno_agent::panetype::handler::{Alert, Severity};
use segno_agent::status::Activity;
use segno_config::event_name::EventName;
use segno_term::Notification;

/// A client at a shell, p1, and a running agent, p2, in another tab.
fn world() -> World {
    let mut world = World::attached();
    for (number, type_name) in [(1, "shell"), (2, "agent")] {
        let spec = StartRequest { type_name: type_name.into(), ..StartRequest::default() };
        world.open(spec);
        world.started(p(number));
    }
    world.turns(Activity::Idle);
    world
}

impl World {
    fn report(&mut self, what: What) -> Vec<Effect> {
        let event = AgentEvent { at: self.now, n: 1, from: Source::Screen, by: None, what };
        let event = Event::Agent { pane: p(2), event };
        self.with(|model, cx| {
            model.handle(event, cx);
            cx.out.clone()
        })
    }

    fn turns(&mut self, activity: Activity) -> Vec<Effect> {
        self.report(What::State { session: None, activity, detail: Some("why".into()) })
    }

    fn does(&mut self, event: Event) -> Vec<Effect> {
        self.with(|model, cx| {
            model.handle(event, cx);
            cx.out.clone()
        })
    }
}

/// The notifications that call outside.
fn calls(effects: &[Effect]) -> Vec<(NoticeKind, &str)> {
    let mut calls = Vec::new();
    for effect in effects {
        if let Effect::Notify(notice) = effect {
            calls.push((notice.kind, notice.text.as_str()));
        }
    }
    calls
}

fn events(effects: &[Effect]) -> Vec<EventName> {
    let emitted = |effect: &Effect| match effect {
        Effect::Emit(emitted) => Some(emitted.event),
        _ => None,
    };
    effects.iter().filter_map(emitted).collect()
}

#[test]
fn an_agent_elsewhere_calls_and_one_that_is_looked_at_does_not() {
    let mut world = world();
    world.turns(Activity::Working);
    let effects = world.turns(Activity::Blocked);
    assert_eq!(calls(&effects), [(NoticeKind::Blocked, "waits for you: why")]);
    assert_eq!(events(&effects), [EventName::StateBlocked, EventName::NotificationPosted]);
    assert_eq!(world.model.notices.unseen(), 1);
    world.with(|model, cx| model.focus(Some(CLIENT), p(2), cx)).unwrap();
    assert_eq!(world.model.notices.unseen(), 0);
    world.turns(Activity::Working);
    world.now += 60_000;
    assert_eq!(calls(&world.turns(Activity::Error)), []);
    // The window loses the focus: nobody looks any more.
    world.event(Event::Focus { client: CLIENT, gained: false });
    world.turns(Activity::Working);
    let effects = world.turns(Activity::Error);
    assert_eq!(calls(&effects), [(NoticeKind::Error, "failed: why")]);
    world.event(Event::Focus { client: CLIENT, gained: true });
    assert_eq!(world.model.notices.unseen(), 0);
    // Some terminals forget to report that it is back: who types is there.
    world.event(Event::Focus { client: CLIENT, gained: false });
    world.event(Event::Key { client: CLIENT, event: press("a") });
    assert!(world.model.is_looked_at(p(2)));
    assert_eq!(world.model.notices.iter().len(), 2);
}

#[test]
fn only_a_long_turn_is_worth_its_end_and_waiting_belongs_to_it() {
    let mut world = world();
    world.turns(Activity::Working);
    world.now += 5_000;
    assert_eq!(calls(&world.turns(Activity::Idle)), []);
    world.turns(Activity::Working);
    world.now += 15_000;
    world.turns(Activity::Retrying);
    world.now += 15_000;
    let effects = world.turns(Activity::Idle);
    assert_eq!(calls(&effects), [(NoticeKind::Finished, "finished")]);
}

#[test]
fn a_muted_pane_notifies_nobody_and_a_noisy_one_rarely() {
    let mut world = world();
    let post = |body: &str| {
        let notification = Notification { title: None, body: body.into() };
        Event::Notified { pane: p(2), notification }
    };
    assert_eq!(calls(&world.does(post("one"))).len(), 1);
    assert_eq!(calls(&world.does(post("two"))).len(), 0);
    assert_eq!(world.model.notices.iter().len(), 2);
    world.now += 10_000;
    assert_eq!(calls(&world.does(post("two"))), [(NoticeKind::Program, "two")]);
    assert_eq!(world.model.notices.iter().next().map(|n| n.count), Some(2));
    if let Some(pane) = world.model.panes.get_mut(&p(2)) {
        pane.extras.muted = true;
    }
    world.now += 10_000;
    assert_eq!(world.does(post("three")), []);
    // What is gone notifies nobody either.
    world.with(|model, cx| model.close(p(2), cx)).unwrap();
    assert_eq!(world.model.notices.iter().len(), 0);
}

#[test]
fn a_deleted_conversation_is_reported_once() {
    let mut world = world();
    let session = SessionId::try_from("s1".to_string()).unwrap();
    world.report(What::Title { session: session.clone(), title: "Old".into() });
    let effects = world.report(What::Deleted { session: session.clone() });
    let emitted = effects.iter().find_map(|e| match e {
        Effect::Emit(emitted) => Some(emitted),
        _ => None,
    });
    let emitted = emitted.unwrap();
    assert_eq!(
        (emitted.event, emitted.title.as_deref()),
        (EventName::ConversationDeleted, Some("Old"))
    );
    assert_eq!(emitted.session.as_ref(), Some(&session));
    assert_eq!(events(&world.report(What::Deleted { session })), []);
}

#[test]
fn the_list_outlives_the_daemon() {
    let mut world = world();
    world.turns(Activity::Blocked);
    let saved = serde_json::to_string(&world.model.saved()).unwrap();
    let model = Model::restored(serde_json::from_str(&saved).unwrap(), &Types);
    let list = |model: &Model| model.notices.iter().cloned().collect::<Vec<_>>();
    assert_eq!(list(&model), list(&world.model));
    assert_eq!(list(&model).len(), 1);
}

#[test]
fn what_a_handler_found_is_kept_with_its_help() {
    let mut world = world();
    let found = |text: &str, help: Option<&str>| Event::Found {
        pane: p(2),
        alert: Alert {
            severity: if help.is_some() { Severity::Error } else { Severity::Info },
            text: text.into(),
            help: help.map(str::to_string),
        },
    };
    let effects = world.does(found("Port 7 is in use", Some("use another")));
    assert_eq!(calls(&effects), [(NoticeKind::Error, "Port 7 is in use")]);
    world.does(found("built", None));
    let kinds: Vec<_> = world.model.notices.iter().map(|notice| notice.kind).collect();
    assert_eq!(kinds, [NoticeKind::Info, NoticeKind::Error]);
    let notes = |world: &World| world.model.panes[&p(2)].notes.clone();
    assert_eq!(notes(&world), ["Port 7 is in use: use another"]);
    // Read, and then again: it is unread again. There are never too many.
    world.model.panes.get_mut(&p(2)).unwrap().notes_read = 1;
    world.does(found("Port 7 is in use", Some("use another")));
    let pane = &world.model.panes[&p(2)];
    assert_eq!((pane.notes.len(), pane.notes_read), (1, 0));
    for port in 0..50 {
        world.does(found(&format!("Port {port} is in use"), Some("use another")));
    }
    let notes = notes(&world);
    assert_eq!((notes.len(), notes[19].as_str()), (20, "Port 49 is in use: use another"));
    // Who looks at the pane reads it in the status line, and not called.
    world.with(|model, cx| model.focus(Some(CLIENT), p(2), cx)).unwrap();
    let effects = world.does(found("Port 8 is in use", Some("use another")));
    assert!(calls(&effects).is_empty());
    let message = world.model.clients[&CLIENT].message.clone();
    assert_eq!(message.unwrap(), "Port 8 is in use · ctrl+b m shows more");
}
