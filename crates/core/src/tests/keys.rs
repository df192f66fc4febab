//! Chords, the hint after a pause, raw keys, and settings that take effect at once.

use crate::model::catalogue::Catalogue;
use crate::model::client::AttachMode;
use crate::model::workspace::Model;
use crate::panes::lifecycle::Place;
use crate::tests::{Types, press};
use crate::update::context::Context;
use crate::update::effect::{Effect, PaneInput};
use crate::update::event::{Event, Target};
use segno_agent::start::{Start, StartRequest};
use segno_base::ids::{ClientId, PaneId};
use segno_base::key::{KeyEvent, Modifiers, MouseAction, MouseEvent};
use segno_base::screen::geometry::{Direction, Size};
use segno_config::sections::looks::{Bar, Looks, PaneTitles};
use segno_config::sections::mouse::Mouse;
use segno_config::{Config, InForce, Source};

const CLIENT: ClientId = ClientId(1);

/// A workspace with two panes side by side, one client, and keys of one's own.
struct World {
    config: Config,
    model: Model,
    now: u64,
}

impl World {
    fn new(keys: &str) -> World {
        let source = Source { text: keys, file: "f" };
        let (config, _, found) = Config::resolve(None, Some(source), &InForce::default());
        assert_eq!(found, []);
        let mut world = World { config, model: Model::default(), now: 1_000 };
        world.handle(Event::ClientAttached {
            client: CLIENT,
            size: Size::new(100, 30),
            mode: AttachMode::default(),
        });
        let first = world.open(Place::Tab);
        world.open(Place::Split { of: first, side: Direction::Right });
        world
    }

    fn with<R>(&mut self, run: impl FnOnce(&mut Model, &mut Context) -> R) -> R {
        let mut context = Context {
            keys: &self.config.keys,
            types: &Types,
            copy: crate::copy::Tools {
                texts: &crate::copy::tests::Pages,
                settings: &self.config.copy,
            },
            default_type: "shell",
            confirm_close: true,
            parallel_starts: 2,
            notifications: &self.config.notifications,
            now: self.now,
            out: Vec::new(),
        };
        run(&mut self.model, &mut context)
    }

    fn handle(&mut self, event: Event) -> Vec<Effect> {
        self.with(|model, cx| {
            model.handle(event, cx);
            std::mem::take(&mut cx.out)
        })
    }

    fn open(&mut self, place: Place) -> PaneId {
        assert!(Types.traits("shell").is_some());
        let spec =
            StartRequest { type_name: "shell".into(), cwd: "/".into(), ..StartRequest::default() };
        let pane = self.with(|model, cx| {
            let pane = model.open(spec, place, Start::Fresh, None, cx).unwrap();
            model.focus(Some(CLIENT), pane, cx).unwrap();
            pane
        });
        self.handle(Event::Started { pane, pid: 7, assigned: None, notes: Vec::new() });
        pane
    }

    /// Presses keys; how many of them went to a pane.
    fn keys(&mut self, keys: &[&str]) -> usize {
        let mut sent = 0;
        for key in keys {
            let effects = self.handle(Event::Key { client: CLIENT, event: press(key) });
            let is_key = |e: &&Effect| matches!(e, Effect::Input { input: PaneInput::Key(_), .. });
            sent += effects.iter().filter(is_key).count();
        }
        sent
    }

    fn message(&self) -> Option<&str> {
        self.model.clients[&CLIENT].message.as_deref()
    }
}

#[test]
fn chords_run_their_command() {
    let mut world =
        World::new("[after_prefix]\n\"g t\" = \"new-tab\"\n[global]\n\"ctrl+k n\" = \"new-tab\"\n");
    assert_eq!(world.keys(&["ctrl+b", "g", "t"]), 0);
    assert_eq!(world.model.tabs.len(), 2);
    assert_eq!(world.keys(&["ctrl+k", "n"]), 0);
    assert_eq!(world.model.tabs.len(), 3);
    assert_eq!(world.keys(&["ctrl+b", "g", "x"]), 0);
    assert_eq!(world.message(), Some("ctrl+b g x does nothing"));
    assert_eq!(world.keys(&["ctrl+b", "g", "escape", "ctrl+b", "escape"]), 0);
    assert_eq!(world.message(), None);
    assert_eq!(world.keys(&["x", "t"]), 2, "nothing is pending any more");
}

#[test]
fn the_hint_comes_after_a_pause_and_goes_with_the_next_key() {
    let mut world = World::new("hint_ms = 400\n[after_prefix]\n\"g t\" = \"new-tab\"\n");
    assert_eq!(world.model.deadline(), None, "no timer without the prefix");
    world.keys(&["ctrl+b"]);
    assert_eq!(world.model.deadline(), Some(1_400));
    world.now = 1_399;
    world.handle(Event::Tick);
    assert!(!world.model.clients[&CLIENT].pending.hint);
    world.now = 1_400;
    world.handle(Event::Tick);
    assert!(world.model.clients[&CLIENT].pending.hint);
    assert_eq!(world.model.deadline(), None);
    world.keys(&["g"]);
    assert!(world.model.clients[&CLIENT].pending.hint, "it goes on with the chord");
    world.keys(&["t"]);
    assert!(!world.model.clients[&CLIENT].pending.hint);
    let mut world = World::new("hint_ms = 0\n");
    world.keys(&["ctrl+b"]);
    assert_eq!(world.model.deadline(), None);
}

/// A key of another layout, with what its place types on a US keyboard.
fn placed(key: &str, base: char) -> Event {
    let event = KeyEvent { base_layout: Some(base), ..press(key) };
    Event::Key { client: CLIENT, event }
}

#[test]
fn keys_of_other_layouts_are_known_by_their_place() {
    let begun = |world: &World| world.model.clients[&CLIENT].prefix;
    let mut world = World::new("[global]\n\"ctrl+k\" = \"new-tab\"\n\"ctrl+ш\" = \"next-tab\"\n");
    world.handle(placed("ctrl+и", 'b'));
    assert!(begun(&world));
    world.handle(placed("с", 'c'));
    assert_eq!((begun(&world), world.model.tabs.len()), (false, 2), "ctrl+b c");
    world.handle(placed("ctrl+л", 'k'));
    assert_eq!(world.model.tabs.len(), 3);
    // What is bound as it is comes first.
    world.handle(placed("ctrl+ш", 'k'));
    assert_eq!(world.model.tabs.len(), 3);
    // Latin layouts have the settings' keys where they have them.
    world.handle(placed("ctrl+x", 'b'));
    assert!(!begun(&world));
    // A text is a text.
    let effects = world.handle(placed("и", 'b'));
    let typed = |e: &Effect| matches!(e, Effect::Input { input: PaneInput::Key(_), .. });
    assert!(effects.iter().any(typed));
}

#[test]
fn raw_keys_go_to_the_program_but_never_the_prefix() {
    let mut world = World::new(
        "[global]\n\"ctrl+t\" = \"new-tab\"\n\"ctrl+n\" = \"new-tab\"\n\"ctrl+o\" = \"new-tab\"\n\
         [raw]\nshell = [\"ctrl+n\", \"ctrl+b\"]\n",
    );
    // One by the type, one by the settings, and one not at all.
    assert_eq!(world.keys(&["ctrl+t", "ctrl+n"]), 2);
    assert_eq!(world.model.tabs.len(), 1);
    assert_eq!(world.keys(&["ctrl+o"]), 0);
    assert_eq!(world.model.tabs.len(), 2);
    assert_eq!(world.keys(&["ctrl+b"]), 0);
    assert!(world.model.clients[&CLIENT].prefix);
}

#[test]
fn arrows_repeat_for_a_moment_until_another_key() {
    let mut world = World::new("repeat_ms = 500\n");
    assert_eq!(world.keys(&["ctrl+b", "left", "right"]), 0);
    world.now += 500;
    assert_eq!(world.keys(&["left"]), 0);
    world.now += 501;
    assert_eq!(world.keys(&["left"]), 1, "the time is over");
    assert_eq!(world.keys(&["ctrl+b", "left", "x", "left"]), 2);
    let mut world = World::new("repeat_ms = 0\n");
    assert_eq!(world.keys(&["ctrl+b", "left", "left"]), 1);
}

#[test]
fn settings_take_effect_at_once() {
    let mut world = World::new("");
    let rows = |world: &World| world.model.tabs[0].size.rows;
    let settings = |world: &mut World, looks, mouse| {
        let out = world.model.settings(looks, mouse);
        out.iter().filter(|e| matches!(e, Effect::Resize { .. })).count()
    };
    assert_eq!((rows(&world), world.model.tabs[0].titled), (27, true));
    let bare = Looks { tab_bar: Bar::Off, pane_titles: PaneTitles::Off, ..Looks::default() };
    assert_eq!(settings(&mut world, bare, Mouse::default()), 2);
    assert_eq!((rows(&world), world.model.tabs[0].titled), (29, false));
    // Unseen tabs keep what they have, however often this happens.
    world.handle(Event::ClientGone { client: CLIENT });
    for _ in 0..3 {
        settings(&mut world, Looks::default(), Mouse::default());
    }
    assert_eq!((rows(&world), world.model.tabs[0].titled), (28, true));
}

#[test]
fn the_focus_follows_the_mouse_where_that_is_wanted() {
    let mut world = World::new("");
    let first = world.model.tabs[0].layout.panes()[0];
    let over = |world: &mut World| {
        let event = MouseEvent { action: MouseAction::Move, x: 1, y: 1, mods: Modifiers::NONE };
        world.handle(Event::Mouse { client: CLIENT, target: Target::Pane(first), event });
        world.model.tabs[0].focus == first
    };
    assert!(!over(&mut world));
    world.model.mouse.focus_follows = true;
    assert!(over(&mut world));
}
