//! Whoever waits longest is gone to first, and a workspace of an earlier Segno is read.

use super::*;
use segno_agent::event::{Event as AgentEvent, Source, What};
use segno_agent::identity::{ChangeReason, SessionId};
use segno_agent::status::Activity;

/// A client at a shell, p1, and running agents p2 to p5, a tab each.
fn world() -> World {
    let mut world = World::attached();
    for number in 1..=5 {
        let type_name = if number == 1 { "shell" } else { "agent" };
        let spec = StartRequest { type_name: type_name.into(), ..StartRequest::default() };
        let cwd = format!("/work/{number}").into();
        let spec = StartRequest { cwd, ..spec };
        world.open(spec);
        world.started(p(number));
        world.becomes(number, Activity::Working);
    }
    world
}

impl World {
    fn becomes(&mut self, number: u32, activity: Activity) {
        let what = What::State { session: None, activity, detail: None };
        let event = AgentEvent { at: self.now, n: self.now, from: Source::Screen, by: None, what };
        self.event(Event::Agent { pane: p(number), event });
    }

    fn jump(&mut self) -> Option<PaneId> {
        self.command(Command::NextWaiting);
        self.model.focused(CLIENT)
    }
}

#[test]
fn who_waits_longest_comes_first_and_the_blocked_before_the_finished() {
    let mut world = world();
    assert_eq!(world.jump(), Some(p(1)));
    assert_eq!(world.model.clients[&CLIENT].message.as_deref(), Some("no agent waits"));
    world.becomes(2, Activity::Idle);
    world.becomes(5, Activity::Blocked);
    world.becomes(3, Activity::Blocked);
    world.becomes(4, Activity::Error);
    assert_eq!(world.model.waiting(), [p(5), p(3), p(4), p(2)]);
    assert_eq!(world.jump(), Some(p(5)));
    assert_eq!(world.jump(), Some(p(3)));
    assert_eq!(world.jump(), Some(p(4)));
    assert_eq!(world.jump(), Some(p(2)));
    // Seen, it waits no longer.
    assert_eq!(world.model.waiting(), [p(5), p(3), p(4)]);
    assert_eq!(world.jump(), Some(p(5)));
    world.becomes(3, Activity::Working);
    world.becomes(4, Activity::Working);
    assert_eq!(world.jump(), Some(p(5)));
    assert_eq!(world.model.clients[&CLIENT].message.as_deref(), Some("no other agent waits"));
}

#[test]
fn a_workspace_of_the_first_version_is_read_whole() {
    let saved: Saved = serde_json::from_str(include_str!("../testdata/workspace-1.json")).unwrap();
    let model = Model::restored(saved, &Types);
    assert_eq!(model.verify(), Ok(()));
    assert_eq!(model.tabs.len(), 2);
    assert_eq!(model.tabs[0].layout.panes(), [p(1), p(2)]);
    assert_eq!((model.tabs[0].focus, model.tabs[0].zoomed), (p(2), true));
    assert_eq!(model.tabs[1].name.as_deref(), Some("deploy"));
    assert_eq!(model.panes[&p(3)].spec.labels["team"], "core");
    assert_eq!(model.active, Some(model.tabs[1].id));
}

#[test]
fn two_panes_that_came_into_one_conversation_are_noted() {
    let mut world = world();
    let show = |world: &mut World, number: u32, session: &str| {
        let session = Some(SessionId::try_from(session.to_string()).unwrap());
        let what = What::Current { session, reason: ChangeReason::Selected };
        let event = AgentEvent { at: 1, n: 1, from: Source::Screen, by: None, what };
        world.event(Event::Agent { pane: p(number), event });
    };
    show(&mut world, 2, "ses_a");
    show(&mut world, 3, "ses_b");
    assert!(world.model.panes[&p(3)].notes.is_empty());
    for _ in 0..2 {
        show(&mut world, 3, "ses_a");
    }
    assert!(world.model.panes[&p(2)].notes.is_empty());
    let notes = &world.model.panes[&p(3)].notes;
    assert_eq!(notes.len(), 1, "{notes:?}");
    assert!(notes[0].contains("open in p2 too"), "{notes:?}");
}
