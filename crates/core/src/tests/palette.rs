//! The palette finds commands, tabs, panes, conversations and text, and leads there.

use super::*;
use crate::dialog::Dialog;
use crate::dialog::palette::{Entry, PaletteDialog, TextMatch};

impl World {
    pub(super) fn palette(&self, client: ClientId) -> Option<&PaletteDialog> {
        match self.model.clients.get(&client)?.dialog.as_ref()? {
            Dialog::Palette(dialog) => Some(dialog),
            _ => None,
        }
    }

    /// An answer to what the palette looks for, or to something else.
    pub(super) fn found(&mut self, client: ClientId, count: u8) {
        let typed = self.palette(client).map(|d| d.field.text().trim().to_string());
        let pane = self.model.panes.keys().next().copied().unwrap_or(PaneId::new(999).unwrap());
        let line = |n| TextMatch { pane, back: usize::from(n), text: format!("line {n}") };
        let text = typed.filter(|_| count > 0).unwrap_or_else(|| "other".into());
        self.event(Event::TextFound { client, text, found: (0..count).map(line).collect() });
    }

    pub(super) fn type_text(&mut self, text: &str) {
        for key in text.chars().map(|c| if c == ' ' { "space".into() } else { c.to_string() }) {
            self.event(Event::Key { client: CLIENT, event: press(&key) });
        }
    }

    /// What the palette lists first.
    pub(super) fn first(&self) -> Entry {
        let dialog = self.palette(CLIENT).expect("a palette");
        self.model.palette(dialog).first().expect("an entry").entry
    }
}

fn world(read_only: bool) -> World {
    let mut world = World::new();
    world.event(Event::ClientAttached {
        client: CLIENT,
        size: Size::new(120, 40),
        mode: AttachMode { read_only, ..AttachMode::default() },
    });
    let spec = |name: &str| StartRequest {
        type_name: "shell".into(),
        name: Some(name.into()),
        cwd: "/work".into(),
        ..StartRequest::default()
    };
    for name in ["server", "build"] {
        world.open(spec(name));
    }
    open(&mut world);
    world
}

fn open(world: &mut World) {
    for key in ["ctrl+b", ":"] {
        world.event(Event::Key { client: CLIENT, event: press(key) });
    }
}

/// Presses enter and answers what comes out.
fn enter(world: &mut World) -> Vec<Effect> {
    world.with(|model, cx| {
        model.handle(Event::Key { client: CLIENT, event: press("enter") }, cx);
        cx.out.clone()
    })
}

#[test]
fn a_command_is_found_by_its_words_and_run() {
    let mut world = world(false);
    world.type_text("split right");
    assert_eq!(world.first(), Entry::Command(Command::SplitRight));
    enter(&mut world);
    assert_eq!(world.model.panes.len(), 3);
    assert!(world.palette(CLIENT).is_none());
}

#[test]
fn a_pane_is_found_by_its_name_and_gets_the_focus() {
    let mut world = world(false);
    world.type_text("build");
    assert!(matches!(world.first(), Entry::Tab(_) | Entry::Pane(_)));
    enter(&mut world);
    assert_eq!(world.model.focused(CLIENT), PaneId::new(2));
}

#[test]
fn text_is_looked_for_once_at_a_time_and_shown() {
    let mut world = world(false);
    world.type_text("zq");
    world.type_text("jx");
    let found = |text: &str| Event::TextFound {
        client: CLIENT,
        text: text.into(),
        found: vec![TextMatch {
            pane: PaneId::new(2).unwrap(),
            back: 9,
            text: format!("a {text} here"),
        }],
    };
    // The answer to what was typed first only leads to the next question.
    let asked = world.with(|model, cx| {
        model.handle(found("zq"), cx);
        cx.out.clone()
    });
    assert!(asked.contains(&Effect::FindText { client: CLIENT, text: "zqjx".into() }));
    assert_eq!(world.palette(CLIENT).unwrap().found, []);
    world.event(found("nothing that was asked"));
    world.event(found("zqjx"));
    assert_eq!(world.first(), Entry::Text(0));
    let out = enter(&mut world);
    assert!(out.iter().any(|e| matches!(e, Effect::ShowText(m) if m.back == 9)));
    assert_eq!(world.model.focused(CLIENT), PaneId::new(2));
}

#[test]
fn a_conversation_is_resumed_or_gone_to() {
    let mut world = world(false);
    world.conversations(CLIENT, ConversationQuery::default(), 2);
    world.type_text("conversation 1");
    assert_eq!(world.first(), Entry::Conversation(1));
    enter(&mut world);
    let pane = world.model.focused(CLIENT).unwrap();
    assert_eq!(world.model.panes[&pane].session(), Some(session(4)));
    world.with(|model, cx| model.focus(Some(CLIENT), PaneId::new(1).unwrap(), cx)).unwrap();
    open(&mut world);
    world.conversations(CLIENT, ConversationQuery::default(), 2);
    world.type_text("conversation 1");
    enter(&mut world);
    assert_eq!(world.model.focused(CLIENT), Some(pane), "never in two panes");
    assert_eq!(world.model.panes.len(), 3);
}

#[test]
fn who_only_looks_changes_nothing() {
    let mut world = world(true);
    world.conversations(CLIENT, ConversationQuery::default(), 2);
    world.type_text("conversation 1");
    enter(&mut world);
    open(&mut world);
    world.type_text("split right");
    enter(&mut world);
    assert_eq!(world.model.panes.len(), 2);
    assert!(world.model.clients[&CLIENT].message.is_some());
}
