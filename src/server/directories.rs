//! Directories: where the panes' programs are, where a new one starts, and what a begun path may
//! be completed to.

use std::path::PathBuf;
use std::time::Duration;

use crate::base::ids::{ClientId, PaneId};
use crate::core::event::Event;
use crate::core::model::{Life, Pane};

use super::Server;
use super::aside::look::{is_directory, listed};
use super::aside::{Lane, Work};

/// Working directories are looked up at most this often while panes print.
pub(super) const PAUSE: Duration = Duration::from_secs(1);

impl Server {
    /// Follows the working directories of programs that do not tell theirs.
    pub(super) fn refresh_directories(&mut self) {
        self.directories_at = None;
        let panes: Vec<_> = self.slots.keys().copied().collect();
        for pane in panes {
            self.refresh_directory(Some(pane));
            self.look_at_foreground(pane);
        }
    }

    /// The same for a pane that somebody is about to use: the kernel tells at once, no disk does.
    pub(super) fn refresh_directory(&mut self, pane: Option<PaneId>) {
        let Some(pane) = pane else { return };
        let follows = |p: &Pane| !p.traits.is_agent && matches!(p.life, Life::Running { .. });
        let slot = self.slots.get(&pane).filter(|s| !s.tells_cwd && s.exit.is_none());
        let slot = slot.filter(|_| self.model.panes.get(&pane).is_some_and(follows));
        let pid = slot.and_then(|slot| slot.pid);
        if let Some(cwd) = pid.and_then(crate::base::os::process_directory) {
            self.handle(Event::Cwd { pane, cwd });
        }
    }

    /// A program says where it is, and may say anything: a directory on a disk that hangs costs its
    /// own pane the news of it.
    pub(super) fn told_directory(&mut self, pane: PaneId, cwd: PathBuf) {
        let Some(run) = self.slots.get(&pane).map(|slot| slot.run) else { return };
        self.in_lane_once(Lane::Directory(pane), move |_| {
            Some(Work::new(
                move || is_directory(&cwd).then_some(cwd),
                move |server: &mut Server, cwd| {
                    let slot = server.slots.get_mut(&pane).filter(|slot| slot.run == run);
                    if let (Some(slot), Some(cwd)) = (slot, cwd) {
                        slot.tells_cwd = true;
                        server.handle(Event::Cwd { pane, cwd });
                    }
                },
            ))
        });
    }

    pub(super) fn list_directory(&self, client: ClientId, text: String) {
        let user_home = self.options.user_home.clone();
        self.aside(
            move || (listed(&text, user_home.as_deref()), text),
            move |server, ((directory, completions), text)| {
                server.handle(Event::DirectoryListed { client, text, directory, completions });
            },
        );
    }

    pub(super) fn directory_for(&self, asked: Option<PathBuf>) -> PathBuf {
        asked
            .filter(|cwd| cwd.is_absolute())
            .or_else(|| self.model.current_directory(None))
            .unwrap_or_else(|| self.options.cwd.clone())
    }
}
