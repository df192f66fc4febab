//! Agents that were typed in a shell: which one the pane is about, and which ones it goes back to.

use super::*;
use crate::guest::{Guest, Standing};
use segno_agent::event::{Event as AgentEvent, What};
use segno_agent::identity::ChangeReason;
use segno_agent::source::Source;
use segno_agent::tracking::Started;

const SHELL: u32 = 1;

fn guest(id: u32) -> Guest {
    Guest {
        id: p(id),
        type_name: "agent".into(),
        title: "AGENT".into(),
        pid: id as i32,
        born: Some(1),
        args: vec!["--loud".into()],
        cwd: "/work".into(),
        facts: Vec::new(),
    }
}

fn world() -> World {
    let mut world = World::attached();
    world.open(StartRequest {
        type_name: "shell".into(),
        cwd: "/".into(),
        ..StartRequest::default()
    });
    world.started(p(SHELL));
    world
}

impl World {
    /// An agent is typed, and comes into this conversation.
    fn typed(&mut self, n: u8) -> PaneId {
        let id = self.model.guest_id().unwrap();
        self.with(|model, cx| {
            model.guest_started(p(SHELL), guest(id.number()), Started::New, cx);
        });
        let what = What::Current { session: Some(session(n)), reason: ChangeReason::Created };
        let event = AgentEvent { at: self.now, n: self.now, from: Source::Screen, by: None, what };
        self.event(Event::Agent { pane: p(SHELL), event });
        id
    }

    fn ends(&mut self, guest: PaneId) {
        self.with(|model, cx| model.guest_ended(p(SHELL), guest, cx));
    }

    fn shows(&self) -> Option<SessionId> {
        self.model.panes[&p(SHELL)].session()
    }

    /// As after a power cut: stored and read again, with these panes still running.
    fn comes_back(&mut self, adopted: &[PaneId]) {
        let text = serde_json::to_string(&self.model.saved()).unwrap();
        let saved: Saved = serde_json::from_str(&text).unwrap();
        self.model = Model::restored(saved, &Types);
        for pane in adopted {
            self.model.adopt(*pane, Held::Running { pid: 1 }, self.now);
        }
        let adopted = adopted.to_vec();
        self.with(|model, cx| model.revive(&adopted, cx));
    }

    fn standing(&self) -> Vec<(SessionId, Standing)> {
        let returns = &self.model.panes[&p(SHELL)].guests.returns;
        returns.iter().map(|back| (back.session.clone(), back.standing)).collect()
    }
}

#[test]
fn the_pane_is_about_the_agent_in_the_foreground() {
    let mut world = world();
    assert_eq!(world.model.panes[&p(SHELL)].label(), "SHELL");
    let first = world.typed(1);
    assert_eq!(world.model.panes[&p(SHELL)].label(), "AGENT");
    let second = world.typed(2);
    assert_eq!(world.shows(), Some(session(2)));
    assert_eq!(world.model.host_of(first), Some(p(SHELL)));
    world.with(|model, cx| model.guest_shown(p(SHELL), first, cx));
    assert_eq!(world.shows(), Some(session(1)));
    world.ends(second);
    assert_eq!(world.shows(), Some(session(1)));
    world.ends(first);
    assert_eq!((world.shows(), world.model.host_of(first)), (None, None));
    assert!(world.model.panes[&p(SHELL)].tracking.is_none());
    assert_ne!(world.model.guest_id(), Some(second), "no id is given twice");
}

#[test]
fn what_runs_when_the_shell_is_lost_comes_back() {
    let mut world = world();
    world.typed(1);
    world.typed(2);
    world.comes_back(&[]);
    assert_eq!(world.standing(), [(session(1), Standing::Due), (session(2), Standing::Due)]);
    let back = world.model.next_return(p(SHELL)).unwrap();
    assert_eq!((back.session, back.args), (session(2), vec!["--loud".to_string()]));
    // One comes by itself, the other is gone back to by hand.
    world.started(p(SHELL));
    let id = world.model.guest_id().unwrap();
    world.with(|model, cx| {
        let how = Started::Resumed(session(2));
        model.guest_started(p(SHELL), guest(id.number()), how, cx);
    });
    assert_eq!(world.standing(), [(session(1), Standing::ByHand)]);
    // With the daemon alone, the agent just goes on.
    world.comes_back(&[p(SHELL)]);
    assert_eq!(world.shows(), Some(session(2)));
}

#[test]
fn an_end_long_before_the_shells_was_meant() {
    let mut world = world();
    let first = world.typed(1);
    world.ends(first);
    assert_eq!(world.standing(), [(session(1), Standing::Ended)]);
    let mut shutdown = World { model: world.model.clone(), ..World::new() };
    shutdown.comes_back(&[]);
    assert_eq!(shutdown.standing(), [(session(1), Standing::Due)]);
    shutdown.with(|model, cx| model.decline_return(p(SHELL), cx));
    assert_eq!(shutdown.standing(), [(session(1), Standing::ByHand)]);
    world.with(|model, cx| model.guests_left(p(SHELL), cx));
    world.comes_back(&[]);
    assert_eq!(world.standing(), [(session(1), Standing::ByHand)]);
    assert!(world.model.next_return(p(SHELL)).is_some(), "by hand");
}

#[test]
fn a_workspace_of_before_has_no_guests_and_one_of_now_is_read_by_others() {
    let mut world = world();
    world.typed(1);
    let mut saved = serde_json::to_value(world.model.saved()).unwrap();
    let shell = &mut saved["panes"]["p1"];
    // What an older Segno would take for the shell's own.
    assert!(shell["tracking"].is_null());
    assert!(shell.as_object_mut().unwrap().remove("guests").is_some());
    let model = Model::restored(serde_json::from_value(saved).unwrap(), &Types);
    assert_eq!(model.panes[&p(SHELL)].guests, Default::default());
}
