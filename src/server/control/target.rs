//! Which pane a call means, and whether its program can be given anything.

use crate::server::pane::runtime::Panes;
use segno_base::ids::PaneId;
use segno_base::text::amount::amount;
use segno_base::text::similar::hint;
use segno_core::model::workspace::Model;
use segno_wire::control::panes::pane::PaneRef;
use segno_wire::rpc::{RpcError, code};

/// The pane that is meant.
pub(in crate::server) fn pane_named(model: &Model, pane: &PaneRef) -> Result<PaneId, RpcError> {
    let (found, otherwise) = match pane {
        PaneRef::Focused => (model.focused_pane(), "there are no panes; `segno new` makes one"),
        PaneRef::Waiting => {
            (model.waiting().first().copied(), "no agent waits; `segno ls` shows what each does")
        }
        PaneRef::Beside(side) => {
            let focused = model.focused_pane();
            let beside = focused.and_then(|focused| model.beside(focused, *side));
            (beside, "there is no pane on that side")
        }
        PaneRef::Id(id) if model.panes.contains_key(id) => return Ok(*id),
        PaneRef::Id(id) => return pane_called(model, &id.to_string()),
        PaneRef::Name(name) => return pane_called(model, name),
    };
    found.ok_or_else(|| RpcError::not_found(otherwise))
}

/// The same for who asks about what was: a pane that is closed by now has kept its id.
pub(in crate::server) fn pane_that_was(model: &Model, pane: &PaneRef) -> Result<PaneId, RpcError> {
    pane_named(model, pane).or_else(|error| match pane {
        PaneRef::Id(id) if model.had(*id) => Ok(*id),
        _ => Err(error),
    })
}

fn pane_called(model: &Model, name: &str) -> Result<PaneId, RpcError> {
    let panes = model.panes.values();
    let named = panes.filter(|pane| pane.spec.name.as_deref() == Some(name));
    let named: Vec<_> = named.map(|pane| pane.id).collect();
    match named[..] {
        [pane] => Ok(pane),
        [] => {
            let names = model.panes.values().filter_map(|pane| pane.spec.name.as_deref());
            let hint = hint(name, names, "`segno ls` lists them");
            Err(RpcError::not_found(format!("there is no pane {name:?}; {hint}")))
        }
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
