//! What is noted, read again.

use super::*;

fn sent(key: i64) -> Sent {
    Sent { key, version: 10 + key, hash: 20 + key }
}

#[test]
fn an_item_goes_from_on_its_way_to_acknowledged() {
    let mut state = State::in_memory().unwrap();
    let c = state.conversation("t", "demo", "c1").unwrap();
    state.begin(c.id, &[sent(1), sent(2)]).unwrap();
    assert_eq!(state.items(c.id).unwrap()[&1].state, ItemState::OnItsWay);
    let remote: Map<_, _> = [("id".to_owned(), Value::from("r1"))].into_iter().collect();
    state.acknowledge("t", c.id, &[sent(1)], Some(&remote), 5).unwrap();
    state.not_sent(c.id, &[1, 2]).unwrap();
    let items = state.items(c.id).unwrap();
    assert_eq!(items.len(), 1);
    assert_eq!(items[&1], Stored { version: 11, hash: 21, state: ItemState::Acknowledged });
    assert_eq!(state.conversation("t", "demo", "c1").unwrap().remote, remote);
    assert_eq!(state.counts("t").unwrap(), (1, 1));
    let standing = state.standing("t").unwrap();
    assert_eq!((standing.sent, standing.requests, standing.last_sent), (1, 1, Some(5)));
}

#[test]
fn what_is_set_aside_is_listed_and_tried_again_when_asked_for() {
    let mut state = State::in_memory().unwrap();
    let c = state.conversation("t", "demo", "c1").unwrap();
    assert_eq!(state.attempt(c.id, sent(1)).unwrap(), 1);
    assert_eq!(state.attempt(c.id, sent(1)).unwrap(), 2);
    state.set_aside(c.id, sent(1), 7, "message m1", "too long").unwrap();
    let aside = state.aside("t").unwrap();
    assert_eq!((aside.len(), &*aside[0].reason, aside[0].time), (1, "too long", 7));
    assert_eq!(state.retry("t").unwrap(), 1);
    assert!(state.aside("t").unwrap().is_empty() && state.items(c.id).unwrap().is_empty());
    assert_eq!(state.due("t", 0).unwrap().len(), 1);
}

#[test]
fn what_was_deleted_at_the_target_is_no_longer_counted() {
    let mut state = State::in_memory().unwrap();
    for id in ["c1", "c2"] {
        let c = state.conversation("t", "demo", id).unwrap();
        state.begin(c.id, &[sent(1), sent(2)]).unwrap();
        state.acknowledge("t", c.id, &[sent(1), sent(2)], None, 5).unwrap();
    }
    assert_eq!(state.counts("t").unwrap(), (4, 2));
    let c = state.conversation("t", "demo", "c1").unwrap();
    state.set_deleted(c.id).unwrap();
    assert_eq!(state.counts("t").unwrap(), (2, 1));
}

#[test]
fn the_standing_is_kept_and_forgotten_with_its_target() {
    let mut state = State::in_memory().unwrap();
    let standing = Standing {
        stamp: 9,
        failures: 2,
        not_before: 11,
        waiting_since: Some(8),
        problem: Some("refused".into()),
        stopped: true,
        ..Standing::default()
    };
    state.stand("t", &standing).unwrap();
    assert_eq!(state.standing("t").unwrap(), standing);
    let c = state.conversation("t", "demo", "c1").unwrap();
    state.set_due(c.id, Some(3)).unwrap();
    assert_eq!(state.next_due("t").unwrap(), Some(3));
    for n in 0..LOG_MAX + 5 {
        state.log("t", n, &n.to_string()).unwrap();
    }
    let lines = state.lines("t", 10_000).unwrap();
    assert_eq!((lines.len() as i64, lines[0].time), (LOG_MAX, 5));
    state.forget("t").unwrap();
    assert_eq!(state.standing("t").unwrap(), Standing::default());
    assert!(
        state.conversations("t").unwrap().is_empty() && state.lines("t", 9).unwrap().is_empty()
    );
}
