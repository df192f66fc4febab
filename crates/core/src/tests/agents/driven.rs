//! Who drives a pane is shown, for a while.

use super::*;

#[test]
fn a_pane_says_who_drives_it_for_ten_seconds_after_the_last_time() {
    let mut world = world();
    let by = |world: &World| world.model.panes[&p(2)].driven.map(|driven| driven.by);
    world.with(|model, cx| model.drive(p(2), Some(p(2)), cx));
    assert_eq!(by(&world), None, "its own pane");
    world.with(|model, cx| model.drive(p(2), None, cx));
    assert_eq!(by(&world), Some(None));
    world.now += 9_000;
    world.with(|model, cx| model.drive(p(2), Some(p(1)), cx));
    assert_eq!(world.model.driven_due(), Some(world.now + 10_000));
    // An event takes a tenth of a second.
    world.now += 9_800;
    world.event(Event::Tick);
    assert_eq!(by(&world), Some(Some(p(1))));
    world.now += 1;
    world.event(Event::Tick);
    assert_eq!((by(&world), world.model.driven_due()), (None, None));
}
