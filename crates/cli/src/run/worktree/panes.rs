//! Which panes are in a worktree. Without a daemon there are none.

use std::path::{Path, PathBuf};
use std::time::Duration;

use serde_json::Value;

use crate::environment::Environment;
use crate::error::CliError;
use crate::process::readable_within;
use crate::run::{Reach, call};
use segno_base::system::os;
use segno_wire::control::Call;
use segno_wire::control::panes::pane::{Close, PaneRef};
use segno_wire::control::panes::pane_info::{PaneInfo, PaneList, PaneState};

/// How long programs may take to end.
const PATIENCE: Duration = Duration::from_secs(10);

/// The panes that there are.
pub struct Panes(Vec<PaneInfo>);

/// Asks the daemon.
pub fn all(env: &Environment) -> Panes {
    let list: Option<PaneList> = call(env, Reach::Look, "", &Call::PaneList).ok();
    Panes(list.unwrap_or_default().panes)
}

impl Panes {
    fn within<'p>(&'p self, path: &'p Path) -> impl Iterator<Item = &'p PaneInfo> {
        self.0.iter().filter(move |pane| pane.cwd.starts_with(path))
    }

    /// Those in a directory, as people call them.
    pub fn names_in(&self, path: &Path) -> Vec<String> {
        self.within(path).map(name).collect()
    }

    /// Programs that run in a directory, except in the pane that asks.
    pub fn busy_in(&self, env: &Environment, path: &Path) -> Vec<String> {
        let others = self.within(path).filter(|pane| pane.pid.is_some());
        let others = others.filter(|pane| !is_own(env, pane));
        others.map(|pane| format!("{} in {}", pane.type_name, name(pane))).collect()
    }

    /// Closes the panes in a directory, except the one that asks, and waits until their programs
    /// have ended. A pinned pane is refused.
    pub fn close_in(&self, env: &Environment, what: &str, path: &Path) -> Result<(), CliError> {
        let others = || self.within(path).filter(|pane| !is_own(env, pane));
        for pane in others() {
            let close = Call::PaneClose(Close { pane: pane.id.into(), force: false });
            let _: Value = call(env, Reach::Look, what, &close)?;
        }
        for pid in others().filter_map(|pane| pane.pid) {
            let Some(ended) = os::watch_process(pid) else { continue };
            if !readable_within(&ended, PATIENCE) {
                let why = format!("the program with process id {pid} does not end");
                return Err(CliError::new(what, why).todo("end it, then try again"));
            }
        }
        Ok(())
    }

    /// The only agent in a directory.
    pub fn agent_in(&self, path: &Path) -> Option<PaneRef> {
        let is_agent = |state: PaneState| {
            use PaneState::{Asleep, Blocked, Error, Idle, Retrying, Working};
            matches!(state, Working | Blocked | Idle | Error | Retrying | Asleep)
        };
        let mut agents = self.within(path).filter(|pane| is_agent(pane.state));
        let first = agents.next()?;
        agents.next().is_none().then(|| first.id.into())
    }

    /// A pane of this name in which nothing runs any more.
    pub fn ended(&self, name: &str) -> Option<PaneRef> {
        let ended = |pane: &&PaneInfo| pane.name.as_deref() == Some(name) && pane.pid.is_none();
        self.0.iter().find(ended).map(|pane| pane.id.into())
    }

    /// Where a pane is, by its id or name.
    pub fn directory_of(&self, pane: &str) -> Option<PathBuf> {
        self.find(pane).map(|pane| pane.cwd.clone())
    }

    /// A pane by its id or name.
    pub fn find(&self, pane: &str) -> Option<&PaneInfo> {
        let is_it = |one: &&PaneInfo| {
            one.id.to_string() == pane
                || one.name.as_deref() == Some(pane)
                || (pane == "@focused" && one.focused)
        };
        self.0.iter().find(is_it)
    }
}

/// The pane that this process runs in.
fn is_own(env: &Environment, pane: &PaneInfo) -> bool {
    env.pane.as_deref() == Some(&pane.id.to_string())
}

fn name(pane: &PaneInfo) -> String {
    pane.name.clone().unwrap_or(pane.id.to_string())
}
