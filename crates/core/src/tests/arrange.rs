//! Panes and tabs change places; nothing is started, ended or lost by it.

use super::*;
use crate::panes::lifecycle::Refusal;

impl World {
    /// Moves a pane: its program goes on, and no other is touched.
    pub(super) fn move_pane(
        &mut self,
        client: Option<ClientId>,
        index: Index,
        to: Option<(Index, Direction)>,
    ) {
        let moved = pane(&self.model, index);
        let place = match to {
            Some((of, side)) => Place::Split { of: pane(&self.model, of), side },
            None => Place::Tab,
        };
        let lives = |model: &Model| -> Vec<_> {
            model.panes.iter().map(|(id, p)| (*id, p.life.clone())).collect()
        };
        let before = lives(&self.model);
        let result = self.with(|model, cx| {
            let result = model.move_pane(moved, place, client, cx);
            let ends = |e: &Effect| {
                matches!(e, Effect::Start { .. } | Effect::Kill { .. } | Effect::Forget { .. })
            };
            assert!(!cx.out.iter().any(ends), "a move starts and ends nothing");
            result
        });
        assert_eq!(lives(&self.model), before);
        if let (Ok(()), Place::Split { of, .. }) = (result, place) {
            let tab = |p| self.model.tab_of(p).map(|t| t.id);
            assert_eq!(tab(moved), tab(of));
        }
    }
}

/// A client at a tab with p1, p2 and p3 side by side; p4 in a second tab.
fn world() -> World {
    let mut world = World::attached();
    for command in [Command::NewTab, Command::SplitRight, Command::SplitRight, Command::NewTab] {
        world.command(command);
    }
    world.with(|model, cx| model.focus(Some(CLIENT), p(2), cx)).unwrap();
    for number in 1..=4 {
        world.started(p(number));
    }
    world
}

fn tabs(world: &World) -> Vec<Vec<u32>> {
    let numbers =
        |t: &crate::model::tab::Tab| t.layout.panes().iter().map(|p| p.number()).collect();
    world.model.tabs.iter().map(numbers).collect()
}

fn keys(world: &mut World, keys: &[&str]) {
    for key in keys {
        world.event(Event::Key { client: CLIENT, event: press(key) });
    }
}

#[test]
fn a_pane_breaks_out_into_a_tab_and_is_picked_back() {
    let mut world = world();
    assert_eq!(tabs(&world), [vec![1, 2, 3], vec![4]]);
    keys(&mut world, &["ctrl+b", "!"]);
    assert_eq!(tabs(&world), [vec![1, 3], vec![4], vec![2]]);
    assert_eq!(world.model.focused(CLIENT), Some(p(2)));
    keys(&mut world, &["ctrl+b", "!"]);
    let said = world.model.clients[&CLIENT].message.clone().unwrap();
    assert_eq!(said, "p2 has a tab of its own already");
    // The picker lists the other tabs: the first, then that of p4.
    keys(&mut world, &["ctrl+b", "J", "down", "enter"]);
    assert_eq!(tabs(&world), [vec![1, 3], vec![4, 2]]);
    assert_eq!(world.model.focused(CLIENT), Some(p(2)));
    keys(&mut world, &["ctrl+b", "J", "enter"]);
    assert_eq!(tabs(&world), [vec![1, 3], vec![4], vec![2]], "first comes a new tab");
    assert!(world.model.panes.values().all(|p| matches!(p.life, Life::Running { .. })));
}

#[test]
fn a_pane_moves_beside_another_in_the_same_tab_too() {
    let mut world = world();
    let side = Direction::Down;
    let to = |of| Place::Split { of, side };
    world.with(|model, cx| model.move_pane(p(1), to(p(3)), None, cx)).unwrap();
    assert_eq!(tabs(&world)[0], [2, 3, 1]);
    assert_eq!(world.model.focused(CLIENT), Some(p(2)), "nobody asked to go along");
    for (pane, place, refusal) in [
        (p(1), to(p(1)), Refusal::Itself(p(1))),
        (p(1), to(p(9)), Refusal::NoPane(p(9))),
        (p(9), Place::Tab, Refusal::NoPane(p(9))),
        (p(4), Place::Tab, Refusal::Alone(p(4))),
    ] {
        let result = world.with(|model, cx| model.move_pane(pane, place, None, cx));
        assert_eq!(result, Err(refusal));
    }
}

#[test]
fn the_last_pane_of_a_tab_takes_the_tab_with_it() {
    let mut world = world();
    let to = Place::Split { of: p(1), side: Direction::Right };
    world.with(|model, cx| model.focus(Some(CLIENT), p(4), cx)).unwrap();
    world.with(|model, cx| model.move_pane(p(4), to, None, cx)).unwrap();
    assert_eq!(tabs(&world), [[1, 4, 2, 3]]);
    assert!(world.model.client_tab(CLIENT).is_some());
}

#[test]
fn tabs_and_panes_change_places() {
    let mut world = world();
    world.command(Command::Rotate);
    assert_eq!(tabs(&world)[0], [3, 1, 2]);
    assert_eq!(world.model.focused(CLIENT), Some(p(2)), "the focus stays with its pane");
    world.command(Command::MoveTabRight);
    assert_eq!(tabs(&world), [vec![4], vec![3, 1, 2]]);
    world.command(Command::MoveTabRight);
    assert_eq!(tabs(&world), [vec![3, 1, 2], vec![4]], "from one end to the other");
    world.command(Command::Zoom);
    world.command("main-horizontal".parse().unwrap());
    let tab = world.model.client_tab(CLIENT).unwrap();
    assert!(!tab.zoomed);
    let area = Rect::new(0, 0, tab.size.cols, tab.size.rows);
    assert_eq!(tab.layout.rect(p(3), area).unwrap().cols, area.cols);
    world.command(Command::NextLayout);
    assert_eq!(
        world.model.client_tab(CLIENT).unwrap().preset.map(|p| p.name()),
        Some("main-vertical")
    );
}

#[test]
fn a_dragged_divider_is_stored_when_it_is_let_go() {
    let mut world = world();
    let tab = world.model.tabs.first().unwrap().id;
    let mut stores = |action, x| {
        let state = world.model.tab(tab).unwrap();
        let area = Rect::new(0, 0, state.size.cols, state.size.rows);
        let path = state.layout.dividers(area).into_iter().next().unwrap().path;
        let at = Point::new(x, 5);
        let target = Target::Divider { tab, path, at };
        let event = MouseEvent { action, x, y: 5, mods: Modifiers::NONE };
        world.with(|model, cx| {
            model.handle(Event::Mouse { client: CLIENT, target, event }, cx);
            (cx.out.contains(&Effect::Save), cx.out.contains(&Effect::SaveSoon))
        })
    };
    // A workspace with much in it is not written for every motion.
    for x in 41..60 {
        assert_eq!(stores(MouseAction::Drag(MouseButton::Left), x), (false, true));
    }
    assert!(stores(MouseAction::Release(MouseButton::Left), 59).0);
}
