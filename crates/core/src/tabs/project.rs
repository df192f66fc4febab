//! Projects: tabs that belong together because they are below one root directory.
//!
//! A tab belongs to the project that it was opened for, else to the one that its first pane is in.
//! The server finds roots, since only it can look at directories; see [`Effect::FindProject`].

use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::model::pane::Pane;
use crate::model::tab::Tab;
use crate::model::workspace::Model;
use crate::update::context::Context;
use crate::update::effect::Effect;
use segno_base::ids::{ClientId, PaneId, TabId};
use segno_worktree::glance::Glance;

/// Tabs with one root, in the order of the tab bar.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Project {
    /// `None`: they are in no project.
    pub root: Option<PathBuf>,
    /// Never empty.
    pub tabs: Vec<TabId>,
}

impl Project {
    /// What to call it: its directory's name.
    pub fn name(&self) -> String {
        let name = |root: &PathBuf| match root.file_name() {
            Some(name) => name.to_string_lossy().into_owned(),
            None => root.to_string_lossy().into_owned(),
        };
        self.root.as_ref().map_or_else(|| "no project".to_string(), name)
    }
}

impl Model {
    /// The root of the project that a tab belongs to.
    pub fn project_of<'a>(&'a self, tab: &'a Tab) -> Option<&'a Path> {
        let of_pane = |pane| self.panes.get(&pane)?.project.as_deref();
        tab.project.as_deref().or_else(|| tab.layout.panes().into_iter().find_map(of_pane))
    }

    /// The projects in the order of their first tabs; what is in none comes last.
    pub fn projects(&self) -> Vec<Project> {
        let mut projects: Vec<Project> = Vec::new();
        for tab in &self.tabs {
            let root = self.project_of(tab);
            match projects.iter_mut().find(|p| p.root.as_deref() == root) {
                Some(project) => project.tabs.push(tab.id),
                None => {
                    projects.push(Project { root: root.map(Path::to_path_buf), tabs: vec![tab.id] })
                }
            }
        }
        projects.sort_by_key(|project| project.root.is_none());
        projects
    }

    /// The panes of a project, tab by tab.
    pub fn project_panes(&self, project: &Project) -> Vec<PaneId> {
        project.tabs.iter().filter_map(|id| self.tab(*id)).flat_map(Tab::panes).collect()
    }

    /// The tab at which a client comes into a project: where it was last, else the first.
    pub fn project_tab(&self, client: ClientId, project: &Project) -> Option<TabId> {
        let state = self.clients.get(&client);
        let visited = state.into_iter().flat_map(|c| c.tab.iter().chain(&c.recent));
        visited.copied().find(|tab| project.tabs.contains(tab)).or(project.tabs.first().copied())
    }

    /// Goes to the project that the client was in before this one, else to the next one.
    pub(crate) fn previous_project(&mut self, client: ClientId, cx: &mut Context) {
        let Some(state) = self.clients.get(&client) else { return };
        let projects = self.projects();
        let of = |tab: TabId| projects.iter().position(|p| p.tabs.contains(&tab));
        let here = state.tab.and_then(of);
        let before = state.recent.iter().copied().find(|tab| of(*tab) != here);
        let next = || {
            let next = projects.get((here? + 1) % projects.len())?;
            next.tabs.first().copied().filter(|tab| of(*tab) != here)
        };
        match before.or_else(next) {
            // The tab was just found.
            Some(tab) => drop(self.show_tab(Some(client), tab, cx)),
            None => self.say(client, "there is no other project".into(), cx),
        }
    }

    /// Asks which project a pane is in; `opened`: it was opened just now, and by its user.
    pub(crate) fn find_project(&self, id: PaneId, opened: bool, cx: &mut Context) {
        if let Some(pane) = self.panes.get(&id) {
            cx.out.push(Effect::FindProject { pane: id, cwd: pane.spec.cwd.clone(), opened });
        }
    }

    /// Notes where a pane's project is, unless the pane went elsewhere meanwhile.
    pub(crate) fn project_found(
        &mut self,
        pane: PaneId,
        cwd: &Path,
        root: Option<PathBuf>,
        cx: &mut Context,
    ) {
        if let Some(pane) = self.panes.get_mut(&pane)
            && pane.spec.cwd == cwd
            && pane.project != root
        {
            pane.project = root;
            cx.out.push(Effect::Redraw);
            self.settle_budgets(cx);
        }
    }

    /// Notes what git says of a directory, of all panes in it.
    pub(crate) fn glanced(&mut self, cwd: &Path, glance: Option<&Arc<Glance>>, cx: &mut Context) {
        let here = |pane: &&mut Pane| pane.spec.cwd == cwd && pane.glance.as_ref() != glance;
        for pane in self.panes.values_mut().filter(here) {
            pane.glance = glance.cloned();
            cx.out.push(Effect::Redraw);
        }
    }

    /// Makes a pane's tab belong to a project, wherever its panes go.
    pub fn set_project(&mut self, pane: PaneId, root: PathBuf, cx: &mut Context) {
        let Some(id) = self.tab_of(pane).map(|tab| tab.id) else { return };
        if let Some(tab) = self.tab_mut(id) {
            tab.project = Some(root);
            cx.out.extend([Effect::Save, Effect::Redraw]);
        }
    }

    /// Shows the sidebar to a client, or hides it; who attaches next begins with the same.
    pub(crate) fn toggle_sidebar(&mut self, id: ClientId, cx: &mut Context) {
        let Some(client) = self.clients.get_mut(&id) else { return };
        client.sidebar = !client.sidebar;
        let (shown, size) = (client.sidebar, client.size);
        if !client.read_only {
            self.sidebar = Some(shown);
            cx.out.push(Effect::Save);
        }
        self.fit(cx);
        cx.out.push(Effect::Redraw);
        if shown && crate::layout::geometry::sidebar_cols(size, &self.looks, true) == 0 {
            self.say(id, "this terminal is too narrow for the sidebar".into(), cx);
        }
    }
}
