//! Projects: where the directory of a pane belongs.
//!
//! Directories are looked at beside the server: one that hangs must not hold up anybody.

use std::path::{Path, PathBuf};

use crate::base::ids::{PaneId, TabId};
use crate::core::event::Event;
use crate::core::project::Project;
use crate::view::{Mark, mark};
use crate::wire::control::pane::TabInfo;
use crate::wire::control::project::{ProjectInfo, ProjectList};

use super::Server;
use super::calls::result;
use super::message::{Answer, Message};

/// What is only in the root of a project.
const MARKERS: [&str; 4] = [".segno.toml", ".git", ".jj", ".hg"];

/// What was found out about a pane's directory.
#[derive(Debug)]
pub(super) struct ProjectFound {
    pane: PaneId,
    cwd: PathBuf,
    root: Option<PathBuf>,
}

impl Server {
    pub(super) fn find_project(&self, pane: PaneId, cwd: PathBuf, _opened: bool) {
        let (queue, home) = (self.queue.clone(), self.options.user_home.clone());
        tokio::task::spawn_blocking(move || {
            let root = root_of(&cwd, home.as_deref());
            let _ = queue.send(Message::ProjectFound(ProjectFound { pane, cwd, root }));
        });
    }

    pub(super) fn project_found(&mut self, found: ProjectFound) {
        let ProjectFound { pane, cwd, root } = found;
        self.handle(Event::ProjectFound { pane, cwd, root });
    }
}

impl Server {
    pub(super) fn project_list(&self) -> Answer {
        let projects = self.model.projects();
        result(&ProjectList { projects: projects.iter().map(|p| self.project_info(p)).collect() })
    }

    fn project_info(&self, project: &Project) -> ProjectInfo {
        let panes = self.model.project_panes(project);
        let known = |pane: &PaneId| self.model.panes.get(pane);
        let marks: Vec<Mark> = panes.iter().filter_map(known).filter_map(mark).collect();
        let count = |wanted: &[Mark]| marks.iter().filter(|mark| wanted.contains(mark)).count();
        let tab = |id: &TabId| {
            let index = self.model.tabs.iter().position(|tab| tab.id == *id)?;
            let name = self.model.tab_label(self.model.tabs.get(index)?).to_string();
            Some(TabInfo { id: *id, name, index: index + 1 })
        };
        ProjectInfo {
            root: project.root.clone(),
            name: project.name(),
            tabs: project.tabs.iter().filter_map(tab).collect(),
            blocked: count(&[Mark::Blocked]),
            failed: count(&[Mark::Error]),
            working: count(&[Mark::Working, Mark::Retrying]),
            finished: count(&[Mark::Done]),
            pinned: panes.iter().filter(|pane| self.model.is_pinned(**pane)).count(),
            focused: self.model.active.is_some_and(|tab| project.tabs.contains(&tab)),
            panes,
        }
    }
}

/// The nearest directory with a marker, from this one up. The user's home is none, nor what is
/// above it: many keep it in a repository, and then everything would be one project.
fn root_of(cwd: &Path, home: Option<&Path>) -> Option<PathBuf> {
    let mut above = cwd.ancestors().filter(|dir| dir.parent().is_some());
    let found = above.find(|dir| {
        MARKERS.iter().any(|marker| std::fs::symlink_metadata(dir.join(marker)).is_ok())
    })?;
    match home {
        Some(home) if home.starts_with(found) => None,
        _ => Some(found.to_path_buf()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;

    #[test]
    fn the_nearest_marker_is_the_root_but_never_the_home() {
        let temp = tempfile::tempdir().unwrap();
        let home = temp.path().join("home");
        let deep = home.join("src/tool/src/deep");
        fs::create_dir_all(&deep).unwrap();
        let root = |dir: &Path| root_of(dir, Some(&home));
        assert_eq!(root(&deep), None);
        fs::create_dir(home.join(".git")).unwrap();
        assert_eq!(root(&deep), None, "a home in a repository");
        fs::write(home.join("src/tool/.git"), "gitdir: elsewhere").unwrap();
        assert_eq!(root(&deep), Some(home.join("src/tool")));
        fs::write(home.join("src/tool/src/.segno.toml"), "").unwrap();
        assert_eq!(root(&deep), Some(home.join("src/tool/src")));
        assert_eq!(root(Path::new("relative")), None);
        assert_eq!(root(Path::new("/")), None);
    }
}
