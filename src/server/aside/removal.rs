//! What is stored of a closed pane goes.

use crate::server::agent::prompt::journal;
use crate::server::pane::launch::forget_claims;
use segno_base::ids::PaneId;
use segno_store::home::Home;
use segno_store::pane::journal::Journal;
use segno_store::pane::session_file;

/// Removes everything that is stored of a closed pane.
pub(in super::super) fn remove_files(home: &Home, pane: PaneId) {
    forget_claims(home, pane);
    let _ = Journal::remove(&home.journal_dir(pane));
    let _ = std::fs::remove_dir_all(home.generated_dir(pane));
    let _ = std::fs::remove_file(home.note_file(pane));
    journal::remove(home, pane);
    let spool = home.events_file(pane);
    let _ = std::fs::remove_file(&spool);
    for ending in ["jsonl.1", "jsonl.lock", "jsonl.watched"] {
        let _ = std::fs::remove_file(spool.with_extension(ending));
    }
    let suffix = format!("-{pane}.id");
    for entry in std::fs::read_dir(home.sessions_dir()).into_iter().flatten().flatten() {
        if entry.file_name().to_string_lossy().ends_with(&suffix) {
            let _ = session_file::remove(&entry.path());
        }
    }
}
