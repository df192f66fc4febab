//! Whoever waits longest is gone to first, and a workspace of an earlier Segno is read.

use super::*;
use crate::agent::event::{Event as AgentEvent, Source, What};
use crate::agent::status::Activity;
use crate::config::command::Command;

const CLIENT: ClientId = ClientId(1);

fn p(number: u32) -> PaneId {
    PaneId::new(number).unwrap()
}

/// A client at a shell, p1, and running agents p2 to p5, a tab each.
fn world() -> World {
    let mut world = World::new();
    let size = Size::new(120, 40);
    world.event(Event::ClientAttached { client: CLIENT, size, read_only: false });
    for number in 1..=5 {
        let type_name = if number == 1 { "shell" } else { "agent" };
        let spec = PaneSpec { type_name: type_name.into(), ..PaneSpec::default() };
        let cwd = format!("/work/{number}").into();
        let spec = PaneSpec { cwd, ..spec };
        world
            .with(|model, cx, out| model.open(spec, Place::Tab, Start::Fresh, None, cx, out))
            .unwrap();
        world.event(Event::Started { pane: p(number), pid: 7, assigned: None, notes: Vec::new() });
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
        self.with(|model, cx, out| model.run(Command::NextWaiting, At::client(CLIENT), cx, out));
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
