//! Who sleeps when, and who wakes it.

use super::*;
use crate::dialog::Dialog;
use crate::panes::prompt_queue::{Mode, WAITING_MAX};
use segno_base::key::KeyCode;

const AGENT: u32 = 2;
const READER: ClientId = ClientId(2);

/// As [`super::world`]; who is idle for a second sleeps.
fn tiring() -> World {
    let mut world = world();
    world.model.rest.after = Some(1_000);
    world
}

impl World {
    /// The panes that are asked to sleep at a tick a minute later.
    fn tires(&mut self) -> Vec<PaneId> {
        self.now += 60_000;
        let asked = |effect: &Effect| match effect {
            Effect::Sleep { pane } => Some(*pane),
            _ => None,
        };
        let effects = self.effects(|model, cx| model.handle(Event::Tick, cx));
        effects.iter().filter_map(asked).collect()
    }

    /// Whether the agent's program is ended once all is known that it said.
    fn falls_asleep(&mut self) -> bool {
        let effects = self.effects(|model, cx| model.fall_asleep(p(AGENT), cx));
        effects.iter().any(|effect| matches!(effect, Effect::Kill { .. }))
    }

    fn sleeps(&mut self) {
        self.with(|model, cx| model.sleep(p(AGENT), cx)).unwrap();
    }

    fn exits(&mut self) -> bool {
        let exited = Event::Exited { pane: p(AGENT), status: ExitStatus::Code(0), stale: false };
        self.wakes(|model, cx| model.handle(exited, cx))
    }

    /// Whether a change has the agent waken.
    fn wakes(&mut self, change: impl FnOnce(&mut Model, &mut Context)) -> bool {
        let effects = self.effects(change);
        effects.iter().any(|effect| matches!(effect, Effect::Wake { pane } if *pane == p(AGENT)))
    }

    fn wakes_by(&mut self, client: ClientId, key: impl Into<KeyEvent>) -> bool {
        let event = key.into();
        self.wakes(|model, cx| model.handle(Event::Key { client, event }, cx))
    }
}

#[test]
fn who_is_idle_for_long_sleeps_once_all_is_known_that_it_said() {
    let mut world = tiring();
    assert_eq!(world.tires(), [p(AGENT)]);
    // It is asked once, and nothing is due until that is decided.
    assert_eq!(world.tires(), []);
    assert_eq!(world.model.sleep_due(), None);
    assert!(world.falls_asleep());
    assert!(world.model.panes[&p(AGENT)].asleep.is_some());
}

#[test]
fn who_works_after_all_does_not_sleep() {
    let mut world = tiring();
    assert_eq!(world.tires(), [p(AGENT)]);
    world.is_now(p(AGENT), Activity::Working);
    assert!(!world.falls_asleep());
    assert_eq!(world.tires(), []);
    world.is_now(p(AGENT), Activity::Idle);
    assert_eq!(world.tires(), [p(AGENT)]);
}

#[test]
fn a_prompt_that_comes_while_a_program_is_ended_wakes_it() {
    let mut world = world();
    world.sleeps();
    assert!(!world.exits());
    let mut world = super::world();
    world.sleeps();
    let pane = world.model.panes.get_mut(&p(AGENT)).unwrap();
    pane.prompts.add("0".repeat(32), "go on".into(), Mode::Queued, None);
    assert!(world.exits());
}

#[test]
fn only_who_may_write_wakes_an_agent_and_a_modifier_is_no_key() {
    let mut world = world();
    world.sleeps();
    world.exits();
    let size = Size::new(120, 40);
    world.event(Event::ClientAttached {
        client: READER,
        size,
        mode: AttachMode { read_only: true, ..AttachMode::default() },
    });
    assert!(!world.wakes(|model, cx| model.focus(Some(READER), p(AGENT), cx).unwrap()));
    assert!(!world.wakes_by(READER, press("x")));
    assert!(world.wakes(|model, cx| model.focus(Some(CLIENT), p(AGENT), cx).unwrap()));
    let shift = Key::plain(KeyCode::Other(57441));
    assert!(!world.wakes_by(CLIENT, shift));
    assert!(world.wakes_by(CLIENT, press("x")));
    assert!(world.wakes_by(CLIENT, press("enter")));
}

#[test]
fn a_prompt_that_finds_no_room_stays_in_its_line() {
    let mut world = world();
    world.with(|model, cx| model.focus(Some(CLIENT), p(AGENT), cx)).unwrap();
    let pane = world.model.panes.get_mut(&p(AGENT)).unwrap();
    for n in 0..WAITING_MAX {
        pane.prompts.add(format!("{n:032x}"), "go on".into(), Mode::Queued, None);
    }
    world.command(Command::PromptQueue);
    for key in ["a", "h", "i", "enter"] {
        world.event(Event::Key { client: CLIENT, event: press(key) });
    }
    let client = &world.model.clients[&CLIENT];
    let said = client.message.as_deref().unwrap_or_default();
    assert!(said.contains("1000 prompts wait for p2 already"), "{said}");
    let Some(Dialog::Queue(dialog)) = &client.dialog else { panic!("no queue") };
    assert_eq!(dialog.typing.as_ref().map(|typing| typing.field.text()), Some("hi"));
}
