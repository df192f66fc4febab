//! The popup floats above its tab: it has the focus while it is shown, and nothing else changes.

use super::*;
use crate::panes::lifecycle::Refusal;

impl World {
    /// Opens or moves a pane as a popup: nothing that runs is touched.
    pub(super) fn float(&mut self, moved: Option<Index>, of: Index) {
        let of = pane(&self.model, of);
        let place = Place::Popup { of };
        let result = match moved {
            None => {
                let spec = StartRequest { type_name: "shell".into(), ..StartRequest::default() };
                self.with(|model, cx| model.open(spec, place, Start::Fresh, None, cx))
            }
            Some(moved) => {
                let moved = pane(&self.model, moved);
                self.with(|model, cx| model.move_pane(moved, place, None, cx).map(|()| moved))
            }
        };
        if let Ok(pane) = result {
            assert!(self.model.tab_of(pane).is_some_and(|tab| tab.floats(pane)));
        }
    }
}

/// A client at a tab with p1 and p2; p3 is its popup, and shown.
fn world() -> World {
    let mut world = World::attached();
    for command in [Command::NewTab, Command::SplitRight, Command::Popup] {
        world.command(command);
    }
    for number in 1..=3 {
        world.started(p(number));
    }
    world
}

#[test]
fn one_key_opens_hides_and_shows_it() {
    let mut world = world();
    assert_eq!(world.focused(), p(3));
    let tab = world.model.client_tab(CLIENT).unwrap();
    assert_eq!(tab.panes(), [p(1), p(2), p(3)]);
    assert_eq!(tab.layout.panes(), [p(1), p(2)]);
    // Four fifths of the tab, less the border.
    assert_eq!(world.model.panes[&p(3)].size, Size::new(94, 28));
    world.command(Command::Popup);
    assert_eq!(world.focused(), p(2));
    assert!(!world.model.is_visible(p(3)));
    assert!(world.model.panes[&p(3)].is_live(), "its program goes on");
    world.command(Command::Popup);
    assert_eq!(world.focused(), p(3));
    assert_eq!(world.model.panes.len(), 3);
    // Going elsewhere hides it.
    world.command(Command::Focus(Direction::Left));
    assert_eq!(world.focused(), p(2));
    assert!(!world.model.is_visible(p(3)));
    world.command(Command::Popup);
    world.command(Command::LastPane);
    assert_eq!(world.focused(), p(2));
}

#[test]
fn what_is_opened_from_it_stands_beside_what_is_below() {
    let mut world = world();
    world.command(Command::SplitDown);
    let tab = world.model.client_tab(CLIENT).unwrap();
    assert_eq!(tab.layout.panes(), [p(1), p(2), p(4)]);
    assert_eq!(world.focused(), p(4));
    let place = Place::Popup { of: p(1) };
    let result = world.with(|model, cx| model.move_pane(p(1), place, None, cx));
    assert_eq!(result, Err(Refusal::HasPopup(p(3))));
}

#[test]
fn it_closes_when_its_program_ends() {
    for (status, closes) in [
        (ExitStatus::Code(0), true),
        (ExitStatus::Code(1), true),
        (ExitStatus::Code(127), false),
        (ExitStatus::Code(137), false),
        (ExitStatus::Signal(15), false),
    ] {
        let mut world = world();
        world.model.panes.get_mut(&p(3)).unwrap().traits.close = ClosePolicy::Success;
        world.event(Event::Exited { pane: p(3), status, stale: false });
        assert_eq!(world.model.panes.contains_key(&p(3)), !closes, "{status:?}");
        assert_eq!(world.focused(), if closes { p(2) } else { p(3) });
    }
}

#[test]
fn it_is_the_tabs_pane_when_nothing_is_below_it() {
    let mut world = world();
    for pane in [p(1), p(2)] {
        world.with(|model, cx| model.close(pane, cx)).unwrap();
    }
    let tab = world.model.client_tab(CLIENT).unwrap();
    assert_eq!((tab.layout.panes(), tab.popup), (vec![p(3)], None));
    world.command(Command::FloatPane);
    let said = world.model.clients[&CLIENT].message.clone().unwrap();
    assert!(said.starts_with("p3 is alone in its tab"), "{said}");
}

#[test]
fn a_pane_floats_and_is_put_back() {
    let mut world = world();
    world.with(|model, cx| model.close(p(3), cx)).unwrap();
    world.command(Command::FloatPane);
    let tab = world.model.client_tab(CLIENT).unwrap();
    assert_eq!((tab.layout.panes(), tab.focused()), (vec![p(1)], p(2)));
    world.command(Command::Zoom);
    assert!(world.model.client_tab(CLIENT).unwrap().popup.unwrap().zoomed);
    world.command(Command::FloatPane);
    let tab = world.model.client_tab(CLIENT).unwrap();
    assert_eq!((tab.layout.panes(), tab.popup, tab.focused()), (vec![p(1), p(2)], None, p(2)));
}

#[test]
fn keys_and_mouse_change_its_place() {
    let mut world = world();
    world.command(Command::Resize(Direction::Left));
    assert_eq!(world.model.panes[&p(3)].size, Size::new(92, 28));
    let tab = world.model.client_tab(CLIENT).unwrap();
    let area = Rect::new(0, 0, tab.size.cols, tab.size.rows);
    let (id, rect) = (tab.id, tab.popup.unwrap().rect(area));
    let drag = |world: &mut World, from: Point, at: Point| {
        let target = Target::Popup { tab: id, grip: Grip::at(rect, from), at };
        let action = MouseAction::Drag(MouseButton::Left);
        let event = MouseEvent { action, x: at.x, y: at.y, mods: Modifiers::NONE };
        world.event(Event::Mouse { client: CLIENT, target, event });
        world.model.client_tab(CLIENT).unwrap().popup.unwrap().rect(area)
    };
    let moved = drag(&mut world, Point::new(rect.x + 3, rect.y), Point::new(5, 1));
    assert_eq!(moved, Rect::new(2, 1, rect.cols, rect.rows));
    let before = world.model.client_tab(CLIENT).unwrap().popup;
    world.command(Command::NextLayout);
    assert_ne!(world.model.client_tab(CLIENT).unwrap().popup, before);
}
