//! The files that a type asks to be protected, while the pane is in their conversation: what is
//! deleted there is put back at once, since the agent may go on writing.

use std::path::Path;

use crate::agent::identity::SessionId;
use crate::base::ids::PaneId;
use crate::panetype::PaneType;
use crate::store::protected;

use super::Server;
use super::followed::canonical;

impl Server {
    /// Guards the files of the conversation that a pane is in, and no others of that pane's.
    pub(super) fn guard(&mut self, pane: PaneId, ty: &PaneType, session: Option<&SessionId>) {
        if ty.resume.as_ref().is_none_or(|resume| resume.protect.is_empty()) {
            return;
        }
        let dir = session.map(|session| self.options.home.protected_dir(&ty.name, session));
        let kept = dir.as_deref().map(protected::kept).unwrap_or_default();
        // They may be gone since the last daemon looked.
        if let Some(dir) = dir.clone().filter(|_| !kept.iter().all(|file| file.exists())) {
            protected::put_back(&dir);
        }
        let watched = kept.iter().filter_map(|file| canonical(file)).collect();
        self.evidence.guard(pane, dir.map(|dir| (dir, watched)));
        self.watch_directories();
    }

    /// Something happened to a file that may be guarded.
    pub(super) fn guarded_changed(&self, path: &Path) {
        if path.exists() {
            return;
        }
        for dir in self.evidence.guarded(path).map(Path::to_path_buf) {
            tracing::info!("{} was deleted; put back", path.display());
            super::lifecycle::aside(move || protected::put_back(&dir));
        }
    }
}
