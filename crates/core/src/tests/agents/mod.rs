//! Agents that sleep, what they may spend, and who drives them.

use super::*;
use segno_agent::event::{Event as AgentEvent, Source, What};
use segno_agent::identity::ChangeReason;
use segno_agent::status::Activity;

mod budget;
mod driven;
mod sleep;

/// A client at a shell, p1, and an idle agent, p2, in another tab and in a conversation.
fn world() -> World {
    let mut world = World::attached();
    for type_name in ["shell", "agent"] {
        world.opens(type_name, "/work");
    }
    world.comes_into(p(2), session(1));
    world.event(Event::Key { client: CLIENT, event: press("ctrl+b") });
    world.event(Event::Key { client: CLIENT, event: press("1") });
    world
}

impl World {
    fn opens(&mut self, type_name: &str, cwd: &str) -> PaneId {
        let spec = StartRequest { type_name: type_name.into(), cwd: cwd.into(), ..<_>::default() };
        let pane = self.open(spec);
        self.started(pane);
        pane
    }

    fn says(&mut self, pane: PaneId, what: What) {
        let event = AgentEvent { at: self.now, n: self.now, from: Source::Screen, by: None, what };
        self.event(Event::Agent { pane, event });
    }

    fn is_now(&mut self, pane: PaneId, activity: Activity) {
        self.says(pane, What::State { session: None, activity, detail: None });
    }

    /// An agent comes into a conversation, and is idle.
    fn comes_into(&mut self, pane: PaneId, session: SessionId) {
        let reason = ChangeReason::Selected;
        let recorded = Record { shown: Recorded::Id(session.clone()), at: self.now };
        self.event(Event::Recorded { pane, recorded });
        self.says(pane, What::Current { session: Some(session), reason });
        self.is_now(pane, Activity::Idle);
    }

    /// What a change is answered with.
    fn effects(&mut self, change: impl FnOnce(&mut Model, &mut Context)) -> Vec<Effect> {
        self.with(|model, cx| {
            change(model, cx);
            cx.out.clone()
        })
    }
}
