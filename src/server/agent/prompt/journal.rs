//! A pane's prompts in a file of their own, written before each step that must not be done twice.
//!
//! The workspace has them too, a moment later. The file is not synced: it is for the next daemon,
//! not for a power loss; of the two the one with the higher revision counts.

use std::path::PathBuf;

use segno_base::ids::PaneId;
use segno_core::model::workspace::Model;
use segno_core::panes::prompt_queue::Prompts;
use segno_store::file::atomic;
use segno_store::file::foreign;
use segno_store::home::Home;

/// Far more than a queue.
const LIMIT: u64 = 64 << 20;

fn path(home: &Home, pane: PaneId) -> PathBuf {
    home.run_dir().join(format!("prompts-{pane}.json"))
}

/// Notes how far a pane's prompts have come.
pub(in crate::server) fn write(home: &Home, pane: PaneId, prompts: &Prompts) {
    let written = serde_json::to_vec(prompts)
        .map_err(std::io::Error::from)
        .and_then(|bytes| atomic::write_unsynced(&path(home, pane), &bytes));
    if let Err(error) = written {
        tracing::warn!(%error, "a prompt could not be noted before it was given");
    }
}

/// What a killed daemon noted later than the workspace was stored.
pub(in crate::server) fn restore(home: &Home, model: &mut Model) {
    for (id, pane) in &mut model.panes {
        let Ok(Some(bytes)) = foreign::read_file(&path(home, *id), LIMIT) else { continue };
        let noted: Option<Prompts> = serde_json::from_slice(&bytes).ok();
        if let Some(noted) = noted.filter(|noted| noted.revision > pane.prompts.revision) {
            pane.prompts = noted;
        }
    }
}

/// The pane is gone.
pub(in crate::server) fn remove(home: &Home, pane: PaneId) {
    let _ = std::fs::remove_file(path(home, pane));
}
