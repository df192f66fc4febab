//! What is found by typing and then changed or opened: settings, types, themes; and what panes are
//! called.

use super::*;
use crate::dialog::Dialog;
use crate::dialog::new_pane::NewPaneDialog;
use crate::dialog::palette::Entry;
use crate::dialog::settings::SettingsDialog;
use crate::model::catalogue::Calls;
use segno_config::editable;

impl World {
    fn press(&mut self, keys: &str) -> Vec<Effect> {
        let mut out = Vec::new();
        for key in keys.split(' ') {
            out = self.with(|model, cx| {
                model.handle(Event::Key { client: CLIENT, event: press(key) }, cx);
                cx.out.clone()
            });
        }
        out
    }

    fn new_pane(&self) -> &NewPaneDialog {
        match &self.model.clients[&CLIENT].dialog {
            Some(Dialog::NewPane(dialog)) => dialog,
            other => panic!("{other:?}"),
        }
    }

    fn changes(out: &[Effect]) -> Vec<(&str, Option<&str>)> {
        let changes = out.iter().filter_map(|effect| match effect {
            Effect::Settings { change, .. } => change.as_ref(),
            _ => None,
        });
        changes.map(|(key, value)| (key.as_str(), value.as_deref())).collect()
    }
}

fn shell(name: Option<&str>) -> StartRequest {
    StartRequest {
        type_name: "shell".into(),
        name: name.map(str::to_string),
        cwd: "/src/site".into(),
        ..StartRequest::default()
    }
}

#[test]
fn a_few_letters_find_a_type() {
    let mut world = World::attached();
    world.open(shell(None));
    world.press("ctrl+b a");
    assert_eq!(world.new_pane().listed().len(), 2, "the tool is not installed");
    world.type_text("sh");
    assert_eq!(world.new_pane().chosen().unwrap().name, "shell");
    world.press("ctrl+u");
    world.type_text("too");
    assert_eq!(world.new_pane().chosen().unwrap().name, "tool", "found though it is folded");
    world.press("ctrl+u");
    world.type_text("zzz");
    world.press("enter");
    assert!(world.new_pane().row.is_none(), "nothing to go on with");
    world.press("ctrl+u");
    world.type_text("ag");
    world.press("enter");
    assert!(world.new_pane().row.is_some());
}

#[test]
fn what_was_opened_last_is_on_top() {
    let mut world = World::attached();
    world.open(StartRequest { type_name: "agent".into(), ..shell(None) });
    world.open(shell(None));
    world.press("ctrl+b a");
    let first = &world.new_pane().types[0];
    assert_eq!((first.name.as_str(), first.recent.is_some()), ("agent", true));
}

#[test]
fn the_palette_opens_types_and_shows_themes() {
    let mut world = World::attached();
    world.open(shell(None));
    world.model.themes = vec!["night".into(), "paper".into()];
    world.press("ctrl+b :");
    world.type_text("agent new");
    assert!(matches!(world.first(), Entry::Type(_)), "words in any order");
    world.press("enter");
    assert_eq!(world.new_pane().chosen().unwrap().name, "agent");
    world.press("esc esc ctrl+b :");
    world.type_text("theme pap");
    assert_eq!(world.model.clients[&CLIENT].preview.as_deref(), Some("paper"));
    world.press("esc");
    assert_eq!(world.model.clients[&CLIENT].preview, None);
    world.press("ctrl+b :");
    world.type_text("theme pap");
    let out = world.press("enter");
    assert_eq!(World::changes(&out), [("looks.theme", Some("paper"))]);
    assert_eq!(world.model.clients[&CLIENT].preview.as_deref(), Some("paper"), "until it is read");
}

#[test]
fn who_waits_and_what_was_run_last_comes_first() {
    let mut world = World::attached();
    world.open(shell(None));
    world.press("ctrl+b :");
    world.type_text("zoom");
    world.press("enter");
    world.press("ctrl+b :");
    assert_eq!(world.first(), Entry::Command(Command::Zoom));
}

#[test]
fn a_setting_is_found_and_changed() {
    let mut world = World::attached();
    world.open(shell(None));
    let out = world.press("ctrl+b E");
    assert!(out.contains(&Effect::Settings { client: CLIENT, change: None }));
    let read = |text: &str, error: Option<&str>| Event::SettingsRead {
        client: CLIENT,
        settings: editable::settings(text),
        error: error.map(str::to_string),
    };
    world.event(read("", None));
    world.type_text("looks.sidebar");
    let out = world.press("enter");
    assert_eq!(World::changes(&out), [("looks.sidebar", Some("true"))]);
    world.event(read("[looks]\nsidebar = true\n", None));
    let out = world.press("ctrl+d");
    assert_eq!(World::changes(&out), [("looks.sidebar", None)]);
    // A value is typed.
    world.press("ctrl+u");
    world.type_text("sidebar_width");
    world.press("enter ctrl+u 4 0");
    let out = world.press("enter");
    assert_eq!(World::changes(&out), [("looks.sidebar_width", Some("40"))]);
    world.event(read("", Some("it is too wide")));
    let dialog = world.model.clients[&CLIENT].dialog.clone();
    // What was typed stays, to be mended.
    let typed = |d: &SettingsDialog| d.typing.as_ref().map(|field| field.text().to_string());
    let kept = matches!(&dialog, Some(Dialog::Settings(d)) if typed(d).as_deref() == Some("40"));
    assert!(kept && matches!(dialog, Some(Dialog::Settings(d)) if d.error.is_some()));
    world.press("esc");
    world.press("esc");
    assert!(world.model.clients[&CLIENT].dialog.is_none());
}

#[test]
fn a_pane_is_called_by_what_runs_in_it() {
    let mut world = World::attached();
    let pane = world.open(shell(None));
    let called = |world: &World| world.model.panes[&pane].label().into_owned();
    world.model.panes.get_mut(&pane).unwrap().traits.calls_itself = Calls::Shell;
    assert_eq!(called(&world), "site");
    world.with(|model, cx| model.in_foreground(pane, Some("vim".into()), cx));
    assert_eq!(called(&world), "vim");
    world.with(|model, cx| model.in_foreground(pane, None, cx));
    let state = world.model.panes.get_mut(&pane).unwrap();
    state.traits.calls_itself = Calls::CommandLine;
    state.spec.args = vec!["make".into(), "test\n".into()];
    assert_eq!(called(&world), "make test");
    world.model.panes.get_mut(&pane).unwrap().spec.name = Some("build".into());
    assert_eq!(called(&world), "build");
}
