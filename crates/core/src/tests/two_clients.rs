//! Two clients at a tab: each goes back to where it was itself, and its size is one of theirs.

use super::*;
use crate::panes::lifecycle::Refusal;

const OTHER: ClientId = ClientId(2);

/// Two clients at a tab with p1, p2 and p3 side by side; both are in p3, and were in p2.
fn world() -> World {
    let mut world = World::attached();
    for command in [Command::NewTab, Command::SplitRight, Command::SplitRight] {
        world.command(command);
    }
    let size = Size::new(120, 40);
    world.event(Event::ClientAttached { client: OTHER, size, mode: AttachMode::default() });
    world
}

fn go(world: &mut World, client: ClientId, pane: u32) {
    world.with(|model, cx| model.focus(Some(client), p(pane), cx)).unwrap();
}

/// Where it comes to.
fn back(world: &mut World, client: ClientId) -> PaneId {
    world.with(|model, cx| model.run(Command::LastPane, At::client(client), cx));
    world.model.focused(client).unwrap()
}

#[test]
fn back_is_where_the_client_was_itself() {
    let mut world = world();
    go(&mut world, CLIENT, 1);
    go(&mut world, OTHER, 2);
    go(&mut world, OTHER, 1);
    assert_eq!(back(&mut world, CLIENT), p(3));
    assert_eq!(back(&mut world, CLIENT), p(1));
    assert_eq!(back(&mut world, OTHER), p(2));
}

#[test]
fn who_has_not_moved_goes_back_to_where_all_were() {
    let mut world = world();
    go(&mut world, CLIENT, 1);
    assert_eq!(back(&mut world, OTHER), p(2));
}

#[test]
fn who_was_taken_along_goes_back_to_where_it_was() {
    let mut world = world();
    go(&mut world, CLIENT, 1);
    world.with(|model, cx| model.focus(None, p(2), cx)).unwrap();
    assert_eq!(back(&mut world, CLIENT), p(1));
    assert_eq!(back(&mut world, OTHER), p(3));
}

#[test]
fn a_pane_that_is_gone_is_nowhere_to_go_back_to() {
    let mut world = world();
    go(&mut world, CLIENT, 1);
    go(&mut world, OTHER, 2);
    world.with(|model, cx| model.close(p(3), cx)).unwrap();
    let there = back(&mut world, CLIENT);
    assert!([p(1), p(2)].contains(&there));
}

#[test]
fn a_size_that_is_ignored_counts_where_there_is_no_other() {
    let mut world = World::attached();
    world.command(Command::NewTab);
    let cols = |world: &World| world.model.panes[&p(1)].size.cols;
    let desk = cols(&world);
    let mode = AttachMode { ignore_size: true, ..AttachMode::default() };
    world.event(Event::ClientAttached { client: OTHER, size: Size::new(40, 20), mode });
    // Also after somebody typed there.
    world.event(Event::Key { client: OTHER, event: press("x") });
    assert_eq!(cols(&world), desk);
    assert!(world.model.limits(&world.model.tabs[0], CLIENT).is_none());
    world.event(Event::ClientGone { client: CLIENT });
    assert_eq!(cols(&world), 40);
}

#[test]
fn a_command_is_given_by_the_client_in_which_was_typed_last() {
    let mut world = world();
    for (last, pane) in [(CLIENT, Some(p(3))), (OTHER, Some(p(3))), (CLIENT, None), (OTHER, None)] {
        let now = world.model.clients.values().map(|client| client.typed).max().unwrap_or(0) + 1;
        world.model.clients.get_mut(&last).unwrap().typed = now;
        assert_eq!(world.model.client_of(pane), Some(last));
    }
    // One that has its focus in the pane comes before one that only sees it.
    go(&mut world, CLIENT, 1);
    assert_eq!(world.model.client_of(Some(p(1))), Some(CLIENT));
}

#[test]
fn a_name_that_means_another_pane_is_refused() {
    let mut world = world();
    let mut rename =
        |name: &str| world.with(|model, cx| model.rename_pane(p(2), name, cx).map_err(drop));
    assert_eq!(rename("p1"), Err(()));
    assert_eq!(rename("@waiting"), Err(()));
    // Its own id, and one that no pane has.
    assert_eq!(rename("p2"), Ok(()));
    assert_eq!(rename("p99"), Ok(()));
    let name = Some("p3".to_string());
    let spec = StartRequest { type_name: "shell".into(), name, ..StartRequest::default() };
    let open =
        |model: &mut Model, cx: &mut Context| model.open(spec, Place::Tab, Start::Fresh, None, cx);
    assert!(matches!(world.with(open), Err(Refusal::NameTaken(_))));
}
