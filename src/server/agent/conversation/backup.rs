//! The files that a type asks to be protected, while the pane is in their conversation: what is
//! deleted there is put back at once, since the agent may go on writing.

use std::path::{Path, PathBuf};

use crate::server::Server;
use crate::server::aside::evidence::put_back;
use crate::server::aside::{Lane, Work};
use segno_base::ids::PaneId;

impl Server {
    /// Something happened to a file that may be guarded.
    pub(in crate::server) fn guarded_changed(&mut self, path: &Path) {
        let guards = self.shared.panes.iter().filter_map(|(pane, runtime)| {
            Some((pane, runtime.watching.guards(path)?.to_path_buf()))
        });
        let guarded: Vec<(PaneId, PathBuf)> = guards.collect();
        for (pane, dir) in guarded {
            self.in_lane_once(Lane::Guard(pane), move |_| {
                Some(Work::new(
                    move || put_back(&dir),
                    move |_: &mut Server, count| {
                        if count > 0 {
                            tracing::info!(%pane, count, "files of its conversation were put back");
                        }
                    },
                ))
            });
        }
    }
}
