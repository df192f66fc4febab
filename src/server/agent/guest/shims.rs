//! Which programs have shims, and which type is meant by a name that was typed.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::super::super::aside::look::install_shims;
use super::super::super::aside::{Lane, Work};
use crate::server::Topic;
use crate::server::shared::Shared;
use crate::server::shared::Stateless;
use segno_agent::panetype::launch::program_name;
use segno_agent::panetype::{Kind, PaneType};
use segno_core::model::pane::Pane;

/// The types whose programs are followed in shells, with the names that they are typed by.
pub(super) fn typed_types(shared: &Shared) -> impl Iterator<Item = (&Arc<PaneType>, String)> {
    // Of others nothing could be followed.
    let followed = |ty: &&Arc<PaneType>| ty.kind == Kind::Agent && ty.tracker.is_some();
    let agents = shared.registry.iter().filter(followed);
    let named = agents.map(|ty| (ty, program_name(ty, &shared.env)));
    named.filter(|(_, name)| !name.is_empty() && !name.contains('/') && !name.starts_with('.'))
}

/// The type that is meant by a name: where several are, that of the same name.
pub(super) fn typed_type(shared: &Shared, name: &str) -> Option<Arc<PaneType>> {
    let types = || typed_types(shared).filter(|(_, program)| program == name);
    let same = types().find(|(ty, _)| ty.name == name);
    same.or_else(|| types().next()).map(|(ty, _)| ty.clone())
}

pub(super) fn typed_name(shared: &Shared, ty: &PaneType) -> String {
    program_name(ty, &shared.env)
}

/// Has the shims there that the settings and the types want.
pub(in crate::server) fn renew_shims(shared: &mut Shared) {
    shared.in_lane_once(Lane::Shims, |_: &mut Stateless, shared: &mut Shared| {
        let (dir, program) = (shared.options.home.shims_dir(), shared.options.exe.clone());
        let follows = |ty: &PaneType| shared.config.shells.follows(&ty.name);
        let names = typed_types(shared).filter(|(ty, _)| follows(ty)).map(|(_, name)| name);
        let names: BTreeSet<String> = names.collect();
        Some(Work::of(
            move || install_shims(&dir, &program, names),
            |_: &mut Stateless, shared: &mut Shared, failure: Option<String>| {
                shared.set_diagnostics(Topic::Shims, failure.into_iter().collect());
            },
        ))
    });
}

/// What is to be said of a pane's guests, a fact per line.
pub(in crate::server) fn explain_guests(pane: &Pane) -> Vec<String> {
    let guests = &pane.guests;
    let mut facts: Vec<String> =
        guests.active.iter().flat_map(|guest| guest.facts.iter().cloned()).collect();
    for aside in &guests.aside {
        let guest = &aside.guest;
        facts.push(format!("{} (process {}) was stopped and waits", guest.title, guest.pid));
    }
    for back in &guests.returns {
        facts.push(format!("`segno return` goes back to {}'s {}", back.title, back.session));
    }
    if let Some(title) = &guests.unfollowed {
        facts.push(format!("{title} runs, and no shim started it: its conversation is not kept"));
    }
    facts
}
