//! Whose prompts are held by a budget, and until when.

use super::*;
use crate::attention::budget::{Costs, Scope};
use segno_base::text::day::Day;
use segno_config::sections::budget::{AtLimit, Budget};

/// As [`super::world`]; a budget for each scope holds prompts.
fn thrifty() -> World {
    let mut world = world();
    world.model.budget = Budget {
        day: Some(10.0),
        project: Some(5.0),
        conversation: Some(2.0),
        at_limit: AtLimit::Hold,
        ..Budget::default()
    };
    world
}

fn day(number: u64) -> Day {
    Day::of(number * 86_400, 0)
}

impl World {
    fn spends(&mut self, day: Day, costs: &[(Scope, f64)]) {
        let costs = costs.iter().cloned().collect();
        let known = Costs { pane: None, day: Some(day), costs };
        self.with(|model, cx| model.costs_known(known, cx));
    }

    fn holds(&self, pane: PaneId) -> bool {
        self.model.panes[&pane].over_budget.is_some()
    }
}

#[test]
fn the_next_day_lets_go_what_a_day_has_held() {
    let mut world = thrifty();
    world.spends(day(1), &[(Scope::Day, 11.0)]);
    assert!(world.holds(p(2)) && !world.holds(p(1)));
    // Nobody has spent anything since.
    world.spends(day(2), &[(Scope::Day, 0.0)]);
    assert!(!world.holds(p(2)));
    assert_eq!(world.model.used_today, Some((day(2), 0.0)));
}

#[test]
fn a_project_within_another_is_not_held_by_its_budget() {
    let mut world = thrifty();
    let inner = world.opens("agent", "/work/inner");
    for (pane, cwd) in [(p(2), "/work"), (inner, "/work/inner")] {
        world.event(Event::ProjectFound { pane, cwd: cwd.into(), root: Some(cwd.into()) });
    }
    world.spends(day(1), &[(Scope::Project("/work".into()), 6.0)]);
    assert!(world.holds(p(2)) && !world.holds(inner));
    // It is known later where a pane is.
    let late = world.opens("agent", "/work/src");
    let root = Some("/work".into());
    world.event(Event::ProjectFound { pane: late, cwd: "/work/src".into(), root });
    assert!(world.holds(late));
}

#[test]
fn a_pane_is_held_from_the_start_and_by_the_conversation_that_it_shows() {
    let mut world = thrifty();
    world.spends(day(1), &[(Scope::Conversation(session(3)), 2.5)]);
    assert!(!world.holds(p(2)));
    world.comes_into(p(2), session(3));
    assert!(world.holds(p(2)));
    world.comes_into(p(2), session(4));
    assert!(!world.holds(p(2)));
    world.spends(day(1), &[(Scope::Day, 10.0)]);
    let opened = world.opens("agent", "/elsewhere");
    assert!(world.holds(opened));
}
