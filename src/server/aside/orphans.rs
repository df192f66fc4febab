//! What is stored of panes that do not exist.

use std::collections::BTreeSet;
use std::path::PathBuf;

use crate::server::agent::spool_reader::pane_of;
use segno_base::ids::PaneId;
use segno_store::home::Home;

/// Journals, notes, spools and session files of panes that do not exist.
pub(in super::super) fn orphans(home: &Home, panes: &BTreeSet<PaneId>) -> Vec<PathBuf> {
    let known = |id: &str| id.parse::<PaneId>().is_ok_and(|pane| panes.contains(&pane));
    let list = |dir: PathBuf| std::fs::read_dir(dir).into_iter().flatten().flatten();
    let mut orphans = Vec::new();
    for entry in list(home.journals_dir()) {
        if !known(&entry.file_name().to_string_lossy()) {
            orphans.push(entry.path());
        }
    }
    for entry in list(home.notes_dir()) {
        // Beside them are the notes of projects.
        let of = entry.path().file_stem().and_then(|id| id.to_str()?.parse::<PaneId>().ok());
        if of.is_some_and(|pane| !panes.contains(&pane)) {
            orphans.push(entry.path());
        }
    }
    for entry in list(home.events_dir()).chain(list(home.sessions_dir())) {
        if pane_of(&entry.path()).is_some_and(|pane| !panes.contains(&pane)) {
            orphans.push(entry.path());
        }
    }
    orphans
}
