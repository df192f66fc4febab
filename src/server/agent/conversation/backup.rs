//! The files that a type asks to be protected, while the pane is in their conversation: what is
//! deleted there is put back at once, since the agent may go on writing.

use std::path::{Path, PathBuf};

use crate::server::aside::evidence::put_back;
use crate::server::aside::{Lane, Work};
use crate::server::shared::Shared;
use crate::server::shared::Stateless;
use segno_base::ids::PaneId;

/// Something happened to a file that may be guarded.
pub(in crate::server) fn guarded_changed(shared: &mut Shared, path: &Path) {
    let guards = shared
        .panes
        .iter()
        .filter_map(|(pane, runtime)| Some((pane, runtime.watching.guards(path)?.to_path_buf())));
    let guarded: Vec<(PaneId, PathBuf)> = guards.collect();
    for (pane, dir) in guarded {
        shared.in_lane_once(Lane::Guard(pane), move |_: &mut Stateless, _: &mut Shared| {
            Some(Work::of(
                move || put_back(&dir),
                move |_: &mut Stateless, _: &mut Shared, count| {
                    if count > 0 {
                        tracing::info!(%pane, count, "files of its conversation were put back");
                    }
                },
            ))
        });
    }
}
