//! Which pane a call means, and whether its program can be given anything.

use crate::core::model::workspace::Model;
use crate::server::pane::runtime::Panes;
use segno_base::ids::PaneId;
use segno_base::screen::geometry::Direction;
use segno_base::text::amount::amount;
use segno_wire::rpc::{RpcError, code};

/// The pane with this id or name, or the focused one.
pub(in crate::server) fn pane_named(model: &Model, name: &str) -> Result<PaneId, RpcError> {
    if name == "@focused" {
        let focused = model.focused_pane();
        return focused.ok_or_else(|| RpcError::not_found("there are no panes"));
    }
    if name == "@waiting" {
        let waiting = model.waiting().first().copied();
        return waiting.ok_or_else(|| RpcError::not_found("no agent waits"));
    }
    if let Some(direction) = name.strip_prefix('@').and_then(direction) {
        let beside = model.focused_pane().and_then(|p| model.beside(p, direction));
        return beside.ok_or_else(|| RpcError::not_found("there is no pane on that side"));
    }
    if let Some(pane) = name.parse().ok().filter(|p| model.panes.contains_key(p)) {
        return Ok(pane);
    }
    let named: Vec<_> = model
        .panes
        .values()
        .filter(|p| p.spec.name.as_deref() == Some(name))
        .map(|p| p.id)
        .collect();
    match named[..] {
        [pane] => Ok(pane),
        [] => Err(RpcError::not_found(format!("there is no pane {name:?}; `segno ls` lists them"))),
        _ => {
            let ids: Vec<_> = named.iter().map(ToString::to_string).collect();
            Err(RpcError::new(
                code::AMBIGUOUS,
                format!("{} panes are called {name:?}; use an id: {}", ids.len(), ids.join(", ")),
            ))
        }
    }
}

/// Refuses for a pane whose program does not run.
pub(in crate::server) fn must_run(model: &Model, pane: PaneId) -> Result<(), RpcError> {
    // A program that is still being started gets it when it runs.
    match model.panes.get(&pane) {
        Some(state) if state.is_live() => Ok(()),
        Some(state) if state.is_asleep() => Err(RpcError::new(
            code::REFUSED,
            format!("{pane} is asleep; `segno wake {pane}` starts it in its conversation"),
        )),
        _ => Err(RpcError::new(
            code::REFUSED,
            format!("the program of {pane} does not run; `segno restart {pane}` starts it"),
        )),
    }
}

/// Refuses for a pane whose queue of input is full.
pub(in crate::server) fn must_take_input(panes: &Panes, pane: PaneId) -> Result<(), RpcError> {
    match panes.terminal(pane).and_then(|terminal| terminal.overfull()) {
        None => Ok(()),
        Some(waiting) => Err(RpcError::new(
            code::REFUSED,
            format!(
                "{pane} takes no input: {} wait; `segno send {pane} --drop` drops them",
                amount(waiting)
            ),
        )),
    }
}

fn direction(name: &str) -> Option<Direction> {
    Some(match name {
        "left" => Direction::Left,
        "right" => Direction::Right,
        "up" => Direction::Up,
        "down" => Direction::Down,
        _ => return None,
    })
}
