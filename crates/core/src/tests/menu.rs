//! The mouse's menu runs the commands of the keys, on what was clicked on.

use super::*;
use crate::dialog::Dialog;
use crate::dialog::menu::Subject;

/// A client at a tab with p1 and p2; p3 in a second tab.
fn world(read_only: bool) -> World {
    let mut world = World::attached();
    for command in [Command::NewTab, Command::SplitRight, Command::NewTab] {
        world.command(command);
    }
    world.with(|model, cx| model.focus(Some(CLIENT), p(2), cx)).unwrap();
    world.model.clients.get_mut(&CLIENT).unwrap().read_only = read_only;
    world
}

fn click(world: &mut World, button: MouseButton, target: Target) {
    let event =
        MouseEvent { action: MouseAction::Press(button), x: 7, y: 9, mods: Modifiers::NONE };
    world.event(Event::Mouse { client: CLIENT, target, event });
}

fn menu(world: &World) -> Option<(Subject, Option<Point>)> {
    match &world.model.clients[&CLIENT].dialog {
        Some(Dialog::Menu(menu)) => Some((menu.subject, menu.at)),
        _ => None,
    }
}

#[test]
fn a_right_click_opens_it_and_a_line_is_done_to_what_was_clicked() {
    let mut world = world(false);
    click(&mut world, MouseButton::Right, Target::PaneMenu(p(1)));
    assert_eq!(menu(&world), Some((Subject::Pane(p(1)), Some(Point::new(7, 9)))));
    let Some(Dialog::Menu(open)) = world.model.clients[&CLIENT].dialog.clone() else { panic!() };
    let zoom = open.commands().iter().position(|c| *c == Command::Zoom).unwrap();
    click(&mut world, MouseButton::Left, Target::DialogRow(zoom));
    assert_eq!(menu(&world), None);
    let tab = world.model.client_tab(CLIENT).unwrap();
    assert_eq!((tab.zoomed, tab.focus), (true, p(1)));
    // A tab's menu, by its keys.
    let second = world.model.tabs[1].id;
    click(&mut world, MouseButton::Right, Target::Tab(second));
    assert_eq!(menu(&world).map(|m| m.0), Some(Subject::Tab(second)));
    for key in ["down", "enter"] {
        world.event(Event::Key { client: CLIENT, event: press(key) });
    }
    let dialog = &world.model.clients[&CLIENT].dialog;
    assert!(matches!(dialog, Some(Dialog::RenameTab { tab, .. }) if *tab == second));
}

#[test]
fn a_click_beside_it_ends_it_and_nothing_else() {
    let mut world = world(false);
    click(&mut world, MouseButton::Right, Target::PaneEntry(p(3)));
    assert_eq!(menu(&world).map(|m| m.0), Some(Subject::Pane(p(3))));
    click(&mut world, MouseButton::Left, Target::Nothing);
    assert_eq!(menu(&world), None);
    assert_eq!(world.model.focused(CLIENT), Some(p(2)));
    // With its pane it goes too.
    click(&mut world, MouseButton::Right, Target::PaneEntry(p(3)));
    world.with(|model, cx| model.close(p(3), cx)).unwrap();
    assert_eq!(menu(&world), None);
}

#[test]
fn who_only_looks_has_no_menu() {
    let mut world = world(true);
    click(&mut world, MouseButton::Right, Target::PaneMenu(p(1)));
    assert_eq!(menu(&world), None);
}

#[test]
fn every_line_is_a_command_that_the_help_lists() {
    use crate::dialog::menu::MenuDialog;
    for subject in [Subject::Pane(p(1)), Subject::Tab(TabId::new(1).unwrap())] {
        for command in MenuDialog::new(subject, None).commands() {
            assert!(command.info().is_some(), "{command}");
        }
    }
}
