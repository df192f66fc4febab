//! What is wrong and the user should know: with the settings, the pane types, the disk and others.

use std::collections::BTreeMap;

use crate::server::shared::Shared;

/// What a problem is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(in crate::server) enum Topic {
    Workspace,
    Settings,
    Types,
    Assets,
    Keeper,
    Saving,
    Journal,
    /// Session files that are behind.
    Records,
    /// What shell panes find first in PATH.
    Shims,
    /// What cannot be sent where the user has logged in.
    Sending,
    /// What keeps conversations from being curated.
    Curation,
    /// The socket, the locks and the directories.
    Place,
}

/// What is wrong now, by what it is about, so that it goes when it is put right.
#[derive(Default)]
pub(in crate::server) struct Diagnostics {
    problems: BTreeMap<Topic, Vec<String>>,
}

impl Diagnostics {
    /// Notes what the user should know about something now, in place of what was said before.
    pub(in crate::server) fn set(
        &mut self,
        shared: &mut Shared,
        topic: Topic,
        problems: Vec<String>,
    ) {
        let before = self.problems.insert(topic, problems.clone()).unwrap_or_default();
        if before == problems {
            return;
        }
        for problem in problems.iter().filter(|p| !before.contains(p)) {
            tracing::warn!("{problem}");
        }
        shared.model.warnings = self.problems.values().flatten().cloned().collect();
        shared.redraw_all();
    }
}

/// Notes what is wrong with pane types.
pub(in crate::server) fn report_types(shared: &mut Shared) {
    let broken = shared.registry.diagnostics().iter().filter(|d| d.is_error());
    let missing = shared
        .model
        .panes
        .values()
        .filter(|pane| shared.registry.get(&pane.spec.type_name).is_none());
    let missing = missing.map(|pane| {
        format!(
            "pane {} has the type {:?}, which does not exist any more; `segno types` lists \
             what there is",
            pane.id, pane.spec.type_name
        )
    });
    let problems = broken.map(ToString::to_string).chain(missing).collect();
    shared.set_diagnostics(Topic::Types, problems);
}
