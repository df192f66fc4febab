//! What is wrong and the user should know: with the settings, the pane types, the disk and others.

use crate::server::Server;

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
    /// The socket, the locks and the directories.
    Place,
}

impl Server {
    /// Notes what the user should know about something now, in place of what was told before.
    pub(in crate::server) fn set_diagnostics(&mut self, topic: Topic, problems: Vec<String>) {
        let before = self.problems.insert(topic, problems.clone()).unwrap_or_default();
        if before == problems {
            return;
        }
        for problem in problems.iter().filter(|p| !before.contains(p)) {
            tracing::warn!("{problem}");
        }
        self.shared.model.warnings = self.problems.values().flatten().cloned().collect();
        self.redraw_all();
    }

    /// Tells what is wrong with pane types.
    pub(in crate::server) fn report_types(&mut self) {
        let broken = self.shared.registry.diagnostics().iter().filter(|d| d.is_error());
        let missing = self
            .shared
            .model
            .panes
            .values()
            .filter(|pane| self.shared.registry.get(&pane.spec.type_name).is_none());
        let missing = missing.map(|pane| {
            format!(
                "pane {} has the type {:?}, which does not exist any more; `segno types` lists \
                 what there is",
                pane.id, pane.spec.type_name
            )
        });
        let problems = broken.map(ToString::to_string).chain(missing).collect();
        self.set_diagnostics(Topic::Types, problems);
    }
}
