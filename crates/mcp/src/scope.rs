//! What a client of this server may see and touch.

use std::path::{Component, Path, PathBuf};
use std::sync::Arc;

use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::caller::Caller;
use crate::failure::Failure;
use segno_archive::Archive;
use segno_base::ids::PaneId;
use segno_store::home::Home;
use segno_wire::control::Call;
use segno_wire::control::panes::pane_info::{PaneInfo, PaneList};
use segno_wire::control::panes::prompt::PromptEnded;

/// Makes calls to the daemon. May block: for as long as a wait lasts.
pub trait Daemon: Send + Sync + 'static {
    /// Carries out a call and answers with its result; gives up when its caller has.
    fn call(&self, call: &Call, caller: Option<&Caller>) -> Result<Value, Failure>;

    /// What an agent has stored as its answer to a prompt, with the tools and files that it used;
    /// none where that is not known.
    fn answer(&self, prompt: &str, ended: &PromptEnded) -> Option<Value>;
}

/// How the server was started.
#[derive(Debug, Clone)]
pub struct Settings {
    /// Nothing that changes anything is offered.
    pub read_only: bool,
    /// Only panes and conversations of this directory and those below it; absolute.
    pub project: Option<PathBuf>,
    /// The pane that the server's client runs in.
    pub own: Option<PaneId>,
    /// Where new panes start when nothing else says; absolute.
    pub cwd: PathBuf,
    /// Segno's directory.
    pub home: Home,
}

/// What every tool works with.
#[derive(Clone)]
pub struct Context {
    pub daemon: Arc<dyn Daemon>,
    pub settings: Settings,
    /// Who waits; none: nobody gives up.
    pub caller: Option<Caller>,
}

impl Context {
    /// Makes a call and reads its result.
    pub fn ask<T: DeserializeOwned>(&self, call: &Call) -> Result<T, Failure> {
        let result = self.daemon.call(call, self.caller.as_ref())?;
        serde_json::from_value(result).map_err(|e| {
            Failure::new("version", format!("the daemon's answer cannot be read: {e}"))
                .todo("`segno daemon restart` begins the version that is installed")
        })
    }

    /// The panes of the project.
    pub fn panes(&self) -> Result<Vec<PaneInfo>, Failure> {
        let list: PaneList = self.ask(&Call::PaneList)?;
        Ok(list.panes.into_iter().filter(|pane| self.has(&pane.cwd)).collect())
    }

    /// The pane with this id; names and `@focused` mean another pane a moment later.
    pub fn pane(&self, id: &str) -> Result<PaneInfo, Failure> {
        let id: PaneId = id.parse().map_err(|_| {
            Failure::arguments(format!("{id:?} is no pane's id"))
                .todo("pane_list shows the ids, such as p3")
        })?;
        let list: PaneList = self.ask(&Call::PaneList)?;
        let pane = list.panes.into_iter().find(|pane| pane.id == id).ok_or_else(|| {
            Failure::new("not_found", format!("no pane {id}")).todo("pane_list shows the panes")
        })?;
        self.inside(&pane.cwd)?;
        Ok(pane)
    }

    /// The same for what a client must not do to the pane that it runs in itself.
    pub fn other_pane(&self, id: &str) -> Result<PaneInfo, Failure> {
        let pane = self.pane(id)?;
        if self.settings.own == Some(pane.id) {
            return Err(Failure::new(
                "own_pane",
                format!("{} is the pane that you run in", pane.id),
            )
            .todo("pane_list shows the others"));
        }
        Ok(pane)
    }

    /// Whether a directory is the project's.
    pub fn has(&self, directory: &Path) -> bool {
        let plain = !directory.components().any(|part| part == Component::ParentDir);
        self.settings.project.as_ref().is_none_or(|project| plain && directory.starts_with(project))
    }

    /// Refuses what lies outside of the project.
    pub fn inside(&self, directory: &Path) -> Result<(), Failure> {
        if self.has(directory) {
            return Ok(());
        }
        let project = self.settings.project.clone().unwrap_or_default();
        Err(Failure::new("out_of_project", format!("it is not in {}", project.display()))
            .todo("this server was started for that directory alone (--project)"))
    }

    /// The archive to look into.
    pub fn archive(&self) -> Result<Archive, Failure> {
        let archive =
            Archive::read(&self.settings.home.archive_dir()).map_err(|e| Failure::archive(&e))?;
        archive.ok_or_else(|| {
            Failure::new("no_archive", "no conversation is archived yet")
                .todo("`segno history update` begins it")
        })
    }
}
