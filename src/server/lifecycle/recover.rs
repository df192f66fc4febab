//! Panes that only their files remember: when the stored workspace was lost, and their programs
//! with it, each gets its output back as history, and its conversation where one is recorded.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use crate::server::agent::spool_reader::pane_of;
use segno_agent::start::StartRequest;
use segno_base::ids::PaneId;
use segno_core::model::persist::{Saved, SavedPane};
use segno_core::panes::attributes::Extras;
use segno_store::home::Home;
use segno_store::pane::history::History;
use segno_store::pane::session_file;

/// What new panes and those without a record begin with.
pub(in super::super) struct Defaults<'a> {
    pub type_name: &'a str,
    pub cwd: &'a Path,
    /// Whether there is such a type.
    pub known: &'a dyn Fn(&str) -> bool,
}

/// Goes on numbering after what is on disk, whatever became of the stored number: a new pane must
/// not get another one's output.
pub(in super::super) fn number_on(home: &Home, workspace: &mut Saved) {
    let last = [home.journals_dir(), home.notes_dir(), home.events_dir(), home.sessions_dir()]
        .iter()
        .flat_map(|directory| panes_in(directory))
        .map(PaneId::number)
        .max();
    workspace.last_pane = workspace.last_pane.max(last.unwrap_or(0));
}

/// Gives every pane that has a journal and is not in the workspace a place there; what to say.
pub(in super::super) fn recover(
    home: &Home,
    workspace: &mut Saved,
    defaults: &Defaults<'_>,
) -> Vec<String> {
    let sessions = files(&home.sessions_dir());
    let history = History::open(&home.history_file()).0;
    let lost = panes_in(&home.journals_dir());
    let mut said = Vec::new();
    for pane in lost {
        if workspace.panes.contains_key(&pane) {
            continue;
        }
        let recorded = sessions
            .iter()
            .filter(|path| pane_of(path) == Some(pane))
            .filter_map(|path| Some((path, type_of(path)?)))
            .find(|(_, type_name)| (defaults.known)(type_name));
        let seen = recorded.as_ref().and_then(|(path, type_name)| {
            let recorded = session_file::read(path, &|_| true).ok()?;
            history.iter().find(|seen| {
                seen.type_name == *type_name
                    && recorded == segno_agent::identity::Recorded::Id(seen.session.clone())
            })
        });
        let spec = StartRequest {
            type_name: recorded.map_or(defaults.type_name.to_string(), |(_, name)| name),
            name: Some(format!("recovered {pane}")),
            cwd: seen.map_or(defaults.cwd.to_path_buf(), |seen| seen.cwd.clone()),
            ..StartRequest::default()
        };
        said.push(format!("{pane} was in no stored workspace; it got a tab with its output"));
        workspace.panes.insert(pane, saved(spec));
    }
    said
}

/// A pane of which nothing else is known.
pub(in super::super) fn saved(spec: StartRequest) -> SavedPane {
    SavedPane {
        spec,
        parent: None,
        extras: Extras::default(),
        title: String::new(),
        asleep: None,
        run: None,
        ended: None,
        guests: Default::default(),
        tracking: None,
        prompts: Default::default(),
    }
}

/// The type in `TYPE-p1.id`.
fn type_of(path: &Path) -> Option<String> {
    let name = path.file_name()?.to_str()?.strip_suffix(".id")?;
    Some(name.rsplit_once('-')?.0.to_string())
}

/// The panes that a directory has an entry of.
fn panes_in(directory: &Path) -> BTreeSet<PaneId> {
    let stem = |path: &PathBuf| path.file_stem()?.to_str()?.parse().ok();
    files(directory).iter().filter_map(|path| stem(path).or_else(|| pane_of(path))).collect()
}

fn files(directory: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(directory).into_iter().flatten().flatten();
    let mut paths: Vec<_> = entries.map(|entry| entry.path()).collect();
    paths.sort();
    paths
}
