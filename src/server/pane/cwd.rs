//! Directories: where the panes' programs are, where a new one starts, and what a begun path may
//! be completed to.

use std::path::PathBuf;
use std::time::Duration;

use crate::core::model::workspace::{Life, Pane};
use crate::core::update::event::Event;
use crate::server::Server;
use crate::server::aside::look::{is_directory, listed};
use crate::server::aside::{Lane, Work};
use segno_base::ids::{ClientId, PaneId};

/// Working directories are looked up at most this often while panes print.
pub(in crate::server) const PAUSE: Duration = Duration::from_secs(1);

impl Server {
    /// Follows the working directories of programs that do not tell theirs.
    pub(in crate::server) fn refresh_directories(&mut self) {
        self.directories_at = None;
        let panes: Vec<_> = self.shared.panes.iter().map(|(pane, _)| pane).collect();
        for pane in panes {
            self.refresh_directory(Some(pane));
            self.look_at_foreground(pane);
        }
    }

    /// The same for a pane that somebody is about to use: the kernel tells at once, no disk does.
    pub(in crate::server) fn refresh_directory(&mut self, pane: Option<PaneId>) {
        let Some(pane) = pane else { return };
        let follows = |p: &Pane| !p.traits.is_agent && matches!(p.life, Life::Running { .. });
        let runtime = self.shared.panes.get(pane).filter(|runtime| !runtime.tells_cwd);
        let runtime = runtime.filter(|_| self.shared.model.panes.get(&pane).is_some_and(follows));
        let pid = runtime.and_then(|runtime| runtime.process.live_pid());
        if let Some(cwd) = pid.and_then(segno_base::system::os::process_directory) {
            self.handle(Event::Cwd { pane, cwd });
        }
    }

    /// A program says where it is, and may say anything: a directory on a disk that hangs costs its
    /// own pane that report.
    pub(in crate::server) fn directory_reported(&mut self, pane: PaneId, cwd: PathBuf) {
        let Some(run) = self.shared.panes.run(pane) else { return };
        self.in_lane_once(Lane::Directory(pane), move |_| {
            Some(Work::new(
                move || is_directory(&cwd).then_some(cwd),
                move |server: &mut Server, cwd| {
                    let runtime = server.shared.panes.get_mut(pane).filter(|pane| pane.run == run);
                    if let (Some(runtime), Some(cwd)) = (runtime, cwd) {
                        runtime.tells_cwd = true;
                        server.handle(Event::Cwd { pane, cwd });
                    }
                },
            ))
        });
    }

    pub(in crate::server) fn list_directory(&self, client: ClientId, text: String) {
        let user_home = self.shared.options.user_home.clone();
        self.aside(
            move || (listed(&text, user_home.as_deref()), text),
            move |server, ((directory, completions), text)| {
                server.handle(Event::DirectoryListed { client, text, directory, completions });
            },
        );
    }

    pub(in crate::server) fn directory_for(&self, asked: Option<PathBuf>) -> PathBuf {
        asked
            .filter(|cwd| cwd.is_absolute())
            .or_else(|| self.shared.model.current_directory(None))
            .unwrap_or_else(|| self.shared.options.cwd.clone())
    }
}
