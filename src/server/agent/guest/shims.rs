//! Which programs have shims, and which type is meant by a name that was typed.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::super::super::aside::look::install_shims;
use super::super::super::aside::{Lane, Work};
use super::super::super::{Server, Topic};
use crate::core::model::workspace::Pane;
use segno_agent::panetype::launch::program_name;
use segno_agent::panetype::{Kind, PaneType};

impl Server {
    /// The types whose programs are followed in shells, with the names that they are typed by.
    pub(super) fn typed_types(&self) -> impl Iterator<Item = (&Arc<PaneType>, String)> {
        // Of others nothing could be followed.
        let followed = |ty: &&Arc<PaneType>| ty.kind == Kind::Agent && ty.tracker.is_some();
        let agents = self.shared.registry.iter().filter(followed);
        let named = agents.map(|ty| (ty, program_name(ty, &self.shared.env)));
        named.filter(|(_, name)| !name.is_empty() && !name.contains('/') && !name.starts_with('.'))
    }

    /// The type that is meant by a name: where several are, that of the same name.
    pub(super) fn typed_type(&self, name: &str) -> Option<Arc<PaneType>> {
        let types = || self.typed_types().filter(|(_, program)| program == name);
        let same = types().find(|(ty, _)| ty.name == name);
        same.or_else(|| types().next()).map(|(ty, _)| ty.clone())
    }

    pub(super) fn typed_name(&self, ty: &PaneType) -> String {
        program_name(ty, &self.shared.env)
    }

    /// Has the shims there that the settings and the types want.
    pub(in crate::server) fn renew_shims(&mut self) {
        self.in_lane_once(Lane::Types, |server| {
            let (dir, program) =
                (server.shared.options.home.shims_dir(), server.shared.options.exe.clone());
            let follows = |ty: &PaneType| server.shared.config.shells.follows(&ty.name);
            let names = server.typed_types().filter(|(ty, _)| follows(ty)).map(|(_, name)| name);
            let names: BTreeSet<String> = names.collect();
            Some(Work::new(
                move || install_shims(&dir, &program, names),
                |server: &mut Server, failure: Option<String>| {
                    server.set_diagnostics(Topic::Shims, failure.into_iter().collect());
                },
            ))
        });
    }

    /// What is to be said of a pane's guests, a fact per line.
    pub(in crate::server) fn explain_guests(&self, pane: &Pane) -> Vec<String> {
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
            facts.push(format!(
                "{title} runs, and no shim started it: its conversation is not kept"
            ));
        }
        facts
    }
}
