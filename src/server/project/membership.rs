//! Projects: where the directory of a pane belongs, and what a project's file opens.
//!
//! Directories are looked at beside the server: one that hangs must not hold up anybody.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use tokio::sync::oneshot;

use crate::server::aside::{Lane, Work};
use crate::server::control::calls::result;
use crate::server::control::layout_text::apply_shape;
use crate::server::message::Answer;
use crate::server::project::worktrees::Worktrees;
use crate::server::shared::Shared;
use segno_agent::start::{Start, StartRequest};
use segno_base::ids::{ClientId, PaneId, TabId};
use segno_core::dialog::trust::TrustDialog;
use segno_core::model::client::Client;
use segno_core::model::tab::Tab;
use segno_core::model::workspace::Model;
use segno_core::panes::lifecycle::{Place, Refusal};
use segno_core::tabs::project::Project;
use segno_core::update::event::Event;
use segno_custom::project::file::{self as project_file, ProjectFile};
use segno_store::home::Home;
use segno_store::trust::Trust;
use segno_view::{Mark, mark};
use segno_wire::control::panes::pane_info::TabInfo;
use segno_wire::control::project::{ProjectInfo, ProjectList, ProjectOpened, ProjectTrusted};
use segno_wire::rpc::{RpcError, code};

/// What a directory is looked into for.
#[derive(Debug)]
pub(in crate::server) enum Purpose {
    /// A pane is in it; `opened`: since just now.
    Pane { pane: PaneId, opened: bool },
    /// A client wants to open its project.
    Show { client: ClientId },
    /// The same from outside.
    Open { answer: oneshot::Sender<Answer> },
    /// Its project's file is to be trusted, or what was decided is to be forgotten.
    Decide { trusted: bool, answer: oneshot::Sender<Answer> },
}

/// What was found there.
#[derive(Debug)]
pub(in crate::server) struct ProjectFound {
    directory: PathBuf,
    purpose: Purpose,
    root: Option<PathBuf>,
    file: Result<Option<ProjectFile>, String>,
}

/// What is known about the files of projects.
#[derive(Debug, Default)]
pub(in crate::server) struct Projects {
    trust: Trust,
    /// The files that somebody is being asked about, as they were shown.
    asked: BTreeMap<PathBuf, ProjectFile>,
}

impl Projects {
    pub fn load(home: &Home) -> (Projects, Option<String>) {
        let (trust, warning) = Trust::load(&home.trust_file());
        (Projects { trust, asked: BTreeMap::new() }, warning)
    }
}

/// Why a project was not opened.
enum Unopened {
    /// Somebody has to look at its file first.
    Untrusted(Box<ProjectFile>),
    Because(String),
}

impl Projects {
    pub(in crate::server) fn found(&mut self, shared: &mut Shared, found: ProjectFound) {
        let ProjectFound { directory, purpose, root, file } = found;
        match purpose {
            Purpose::Pane { pane, opened } => {
                let cwd = directory.clone();
                shared.handle(Event::ProjectFound { pane, cwd, root: root.clone() });
                if root.is_some() {
                    shared.to(|trees: &mut Worktrees, shared: &mut Shared| {
                        trees.entered(shared, directory);
                    });
                }
                if let Some(root) = root.filter(|_| opened) {
                    self.project_entered(shared, pane, &root, file);
                }
            }
            Purpose::Show { client } => match self.open_project(shared, &directory, root, file) {
                Ok(opened) if opened.panes.is_empty() => {
                    shared.say(client, "the project's panes are open already".into());
                }
                Ok(_) => {}
                Err(Unopened::Untrusted(file)) => self.ask_trust(shared, client, *file),
                Err(Unopened::Because(why)) => shared.say(client, why),
            },
            Purpose::Open { answer } => {
                let opened = self.open_project(shared, &directory, root, file);
                let _ = answer.send(match opened {
                    Ok(opened) => result(&opened),
                    Err(Unopened::Because(why)) => Err(RpcError::new(code::REFUSED, why)),
                    Err(Unopened::Untrusted(file)) => Err(RpcError::new(
                        code::REFUSED,
                        format!(
                            "{} is not trusted as it is now; look at it, then `segno project \
                             trust {}`",
                            file.path.display(),
                            file.root.display()
                        ),
                    )),
                });
            }
            Purpose::Decide { trusted, answer } => {
                self.decide(shared, &directory, root, file, trusted, answer);
            }
        }
    }

    /// A pane was opened in a project. If it is the first one there, and somebody looks at it,
    /// what the project's file names is opened too.
    fn project_entered(
        &mut self,
        shared: &mut Shared,
        pane: PaneId,
        root: &Path,
        file: Result<Option<ProjectFile>, String>,
    ) {
        let model = &shared.model;
        let Some(tab) = model.tab_of(pane) else { return };
        let other = |t: &&Tab| t.id != tab.id && model.project_of(t) == Some(root);
        let first = tab.project.is_none() && tab.panes() == [pane];
        if !first || model.tabs.iter().any(|t| other(&t)) {
            return;
        }
        let looks = |client: &&Client| !client.read_only && client.tab == Some(tab.id);
        let viewers: Vec<_> = model.clients.values().filter(looks).map(|c| c.id).collect();
        let file = match file {
            _ if viewers.is_empty() => return,
            Ok(None) => return,
            Ok(Some(file)) => file,
            Err(why) => return viewers.into_iter().for_each(|c| shared.say(c, why.clone())),
        };
        match self.trust.decision(&file.path, &file.hash) {
            Some(false) => {}
            None => {
                viewers.into_iter().for_each(|client| self.ask_trust(shared, client, file.clone()))
            }
            Some(true) => {
                if let Err(why) = open_trusted(shared, file) {
                    viewers.into_iter().for_each(|client| shared.say(client, why.clone()));
                }
            }
        }
    }

    /// Opens a project's panes; one that is open already is gone to.
    fn open_project(
        &mut self,
        shared: &mut Shared,
        directory: &Path,
        root: Option<PathBuf>,
        file: Result<Option<ProjectFile>, String>,
    ) -> Result<ProjectOpened, Unopened> {
        let because = |why: String| Unopened::Because(why);
        let root = root.ok_or_else(|| because(no_project(directory)))?;
        let file = file.map_err(Unopened::Because)?;
        let opened = |tab: &&Tab| match file {
            Some(_) => tab.project.as_deref() == Some(&root),
            None => shared.model.project_of(tab) == Some(&root),
        };
        if let Some(tab) = shared.model.tabs.iter().find(opened).map(|tab| tab.id) {
            let shown = shared.with_model(|model, cx| model.show_tab(None, tab, cx));
            shown.map_err(|refusal| because(refusal.to_string()))?;
            return Ok(ProjectOpened { root: Some(root), panes: Vec::new() });
        }
        let panes = match file {
            Some(file) => match self.trust.decision(&file.path, &file.hash) {
                Some(true) => open_trusted(shared, file).map_err(Unopened::Because)?,
                _ => return Err(Unopened::Untrusted(Box::new(file))),
            },
            None => vec![open_plain(shared, &root).map_err(|r| because(r.to_string()))?],
        };
        Ok(ProjectOpened { root: Some(root), panes })
    }

    fn ask_trust(&mut self, shared: &mut Shared, client: ClientId, file: ProjectFile) {
        let dialog = TrustDialog {
            file: file.path.clone(),
            hash: file.hash.clone(),
            lines: project_file::plainly(&file.text),
            scroll: 0,
        };
        if shared.with_model(|model, cx| model.ask_trust(client, dialog, cx)) {
            self.asked.insert(file.path.clone(), file);
        } else {
            let path = file.path.display();
            shared
                .say(client, format!("{path} names panes; the command open-project asks about it"));
        }
    }

    /// Somebody answered. The answer is about what was shown: that is opened, whatever the file
    /// says by now.
    pub(in crate::server) fn trust_answered(
        &mut self,
        shared: &mut Shared,
        client: ClientId,
        path: &Path,
        hash: &str,
        trusted: bool,
    ) {
        let asked = self.asked.remove(path).filter(|file| file.hash == hash);
        let Some(file) = asked else {
            return shared.say(client, format!("{} has changed; open it again", path.display()));
        };
        self.trust.decide(path, hash, trusted);
        store_trust(shared, move |_: &mut Projects, shared: &mut Shared, stored| {
            let opened = match trusted {
                true => open_trusted(shared, file).map(drop),
                false => Ok(()),
            };
            if let Err(why) = stored.and(opened) {
                shared.say(client, why);
            }
        });
    }

    fn decide(
        &mut self,
        shared: &mut Shared,
        directory: &Path,
        root: Option<PathBuf>,
        file: Result<Option<ProjectFile>, String>,
        trusted: bool,
        answer: oneshot::Sender<Answer>,
    ) {
        let decided = match decided(directory, root, file, trusted) {
            Ok(decided) => decided,
            Err(error) => return drop(answer.send(Err(error))),
        };
        let asked = decided.path.as_ref().and_then(|path| self.asked.remove(path));
        if let Some(path) = &decided.path {
            shared.with_model(|model, cx| model.trust_decided(path, cx));
        }
        let asked = asked.filter(|file| trusted && file.hash == decided.hash);
        match (&decided.path, trusted) {
            (Some(path), true) => self.trust.decide(path, &decided.hash, true),
            (Some(path), false) => self.trust.forget(path),
            (None, _) => {}
        }
        store_trust(
            shared,
            move |_: &mut Projects, shared: &mut Shared, stored: Result<(), String>| {
                let opened = asked.map_or(Ok(()), |file| open_trusted(shared, file).map(drop));
                let stored = stored.and(opened).map_err(RpcError::failed);
                let _ = answer.send(stored.and_then(|()| result(&decided)));
            },
        );
    }
}

/// Finds the project of a directory, and what its file says.
pub(in crate::server) fn look_into(shared: &mut Shared, directory: PathBuf, purpose: Purpose) {
    let home = shared.options.user_home.clone();
    let wanted = !matches!(purpose, Purpose::Pane { opened: false, .. });
    let of = match purpose {
        Purpose::Pane { pane, .. } => Some(pane),
        _ => None,
    };
    let look = move || {
        let (root, file) = project_file::look(&directory, home.as_deref(), wanted);
        ProjectFound { directory, purpose, root, file }
    };
    match of {
        // Whoever asks for one waits for nobody else's.
        None => shared.aside(look, Projects::found),
        Some(pane) => {
            shared.in_lane(Lane::Directory(pane), |_: &mut Projects, _: &mut Shared| {
                Some(Work::of(look, Projects::found))
            });
        }
    }
}

fn open_trusted(shared: &mut Shared, file: ProjectFile) -> Result<Vec<PaneId>, String> {
    let ProjectFile { root, path, shape, .. } = file;
    apply_shape(shared, shape, Some(&root), None)
        .map_err(|error| format!("{}: {}", path.display(), error.message))
}

/// A project without a file gets a tab with a pane of the default type.
fn open_plain(shared: &mut Shared, root: &Path) -> Result<PaneId, Refusal> {
    let spec = StartRequest {
        type_name: shared.config.general.default_type.clone(),
        cwd: root.to_path_buf(),
        ..StartRequest::default()
    };
    shared.with_model(|model, cx| {
        let pane = model.open(spec, Place::Tab, Start::Fresh, None, cx)?;
        model.focus(None, pane, cx)?;
        Ok(pane)
    })
}

/// Stores what is trusted.
fn store_trust(
    shared: &mut Shared,
    then: impl FnOnce(&mut Projects, &mut Shared, Result<(), String>) + Send + 'static,
) {
    shared.in_lane(Lane::Trust, move |projects: &mut Projects, shared: &mut Shared| {
        let path = shared.options.home.trust_file();
        let trust = projects.trust.clone();
        let store = move || {
            let stored = trust.save(&path);
            stored.map_err(|error| format!("cannot write {}: {error}", path.display()))
        };
        Some(Work::of(store, then))
    });
}

/// What is decided about a project's file.
fn decided(
    directory: &Path,
    root: Option<PathBuf>,
    file: Result<Option<ProjectFile>, String>,
    trusted: bool,
) -> Result<ProjectTrusted, RpcError> {
    let root = root.ok_or_else(|| RpcError::not_found(no_project(directory)))?;
    let path = root.join(project_file::NAME);
    let mut hash = String::new();
    if trusted {
        let file = file.map_err(|why| RpcError::new(code::REFUSED, why))?;
        let file = file.ok_or_else(|| {
            RpcError::not_found(format!(
                "there is no {}; `segno layout export` shows what stands in one",
                path.display()
            ))
        })?;
        hash = file.hash;
    }
    Ok(ProjectTrusted { path: Some(path), hash })
}

fn no_project(directory: &Path) -> String {
    format!(
        "{} is in no project: neither it nor a directory above it has a {} or a repository",
        directory.display(),
        project_file::NAME
    )
}

pub(in crate::server) fn project_list(model: &Model) -> Answer {
    let projects = model.projects();
    result(&ProjectList { projects: projects.iter().map(|p| project_info(model, p)).collect() })
}

fn project_info(model: &Model, project: &Project) -> ProjectInfo {
    let panes = model.project_panes(project);
    let known = |pane: &PaneId| model.panes.get(pane);
    let marks: Vec<Mark> = panes.iter().filter_map(known).filter_map(mark).collect();
    let count = |wanted: &[Mark]| marks.iter().filter(|mark| wanted.contains(mark)).count();
    let tab = |id: &TabId| {
        let index = model.tabs.iter().position(|tab| tab.id == *id)?;
        let name = model.tab_label(model.tabs.get(index)?).to_string();
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
        pinned: panes.iter().filter(|pane| model.is_pinned(**pane)).count(),
        focused: model.active.is_some_and(|tab| project.tabs.contains(&tab)),
        panes,
    }
}
