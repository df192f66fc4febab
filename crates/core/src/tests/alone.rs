//! A client that shows one pane alone: its keys, its size, and that the others notice nothing.

use super::world::*;
use super::*;
use crate::update::effect::{DetachReason, PaneInput};

const PHONE: ClientId = ClientId(7);
const SMALL: Size = Size::new(40, 20);

fn did(world: &mut World, event: Event) -> Vec<Effect> {
    world.with(|model, cx| {
        model.handle(event, cx);
        std::mem::take(&mut cx.out)
    })
}

fn attach(world: &mut World, pane: u32, read_only: bool) -> Vec<Effect> {
    let only = Some(p(pane));
    did(
        world,
        Event::ClientAttached {
            client: PHONE,
            size: SMALL,
            mode: AttachMode { read_only, only, ..AttachMode::default() },
        },
    )
}

/// p1 and p2 side by side, p3 on a tab of its own that the desk's client looks at.
fn world() -> World {
    let mut world = World::attached();
    for command in [Command::NewTab, Command::SplitRight, Command::NewTab] {
        world.command(command);
    }
    (1..=3).for_each(|pane| world.started(p(pane)));
    world
}

#[test]
fn it_sizes_its_pane_while_nobody_else_sees_the_tab() {
    let mut world = world();
    let before = world.model.panes[&p(1)].size;
    attach(&mut world, 1, false);
    assert_eq!(world.model.panes[&p(1)].size, SMALL);
    assert_ne!(world.model.panes[&p(2)].size, SMALL);
    world.with(|model, cx| model.focus(Some(CLIENT), p(1), cx)).unwrap();
    assert_eq!(world.model.panes[&p(1)].size, before);
    world.with(|model, cx| model.focus(Some(CLIENT), p(3), cx)).unwrap();
    assert_eq!(world.model.panes[&p(1)].size, SMALL);
    world.event(Event::ClientGone { client: PHONE });
    assert_eq!(world.model.panes[&p(1)].size, before);
}

#[test]
fn who_only_looks_sizes_nothing() {
    let mut world = world();
    let before = world.model.panes[&p(1)].size;
    attach(&mut world, 1, true);
    assert_eq!(world.model.panes[&p(1)].size, before);
}

#[test]
fn every_key_is_its_panes_and_nobody_is_moved() {
    let mut world = world();
    attach(&mut world, 2, false);
    for key in ["ctrl+b", "x", "alt+left"] {
        let done = did(&mut world, Event::Key { client: PHONE, event: press(key) });
        let typed = |e: &Effect| matches!(e, Effect::Input { pane, input: PaneInput::Key(_) } if *pane == p(2));
        assert!(done.iter().any(typed), "{key}: {done:?}");
    }
    assert_eq!(world.focused(), p(3));
    // Wherever all go, it stays.
    world.with(|model, cx| model.focus(None, p(1), cx)).unwrap();
    assert_eq!(world.model.focused(PHONE), Some(p(2)));
    assert!(world.model.sees(PHONE, p(2)) && !world.model.sees(PHONE, p(1)));
}

#[test]
fn what_is_typed_in_it_goes_to_no_other_pane() {
    let mut world = world();
    for pane in [1, 2] {
        world.model.panes.get_mut(&p(pane)).unwrap().extras.broadcast = true;
    }
    attach(&mut world, 2, false);
    let done = did(&mut world, Event::Key { client: PHONE, event: press("x") });
    let into =
        |pane| move |e: &Effect| matches!(e, Effect::Input { pane: to, .. } if *to == p(pane));
    assert!(done.iter().any(into(2)) && !done.iter().any(into(1)), "{done:?}");
}

#[test]
fn it_goes_with_its_pane() {
    let mut world = world();
    attach(&mut world, 2, false);
    let done = world.with(|model, cx| {
        model.close(p(2), cx).unwrap();
        std::mem::take(&mut cx.out)
    });
    let leaves = Effect::Detach { client: PHONE, reason: DetachReason::Closed };
    assert!(done.contains(&leaves), "{done:?}");
    world.event(Event::ClientGone { client: PHONE });
    assert!(attach(&mut world, 2, false).contains(&leaves));
}
