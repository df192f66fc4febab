//! Directories: where the panes' programs are, where a new one starts, and what a begun path may
//! be completed to.

use std::path::PathBuf;
use std::time::{Duration, Instant};

use crate::server::agent::evidence::Evidence;
use crate::server::agent::guest::start::is_shell;
use crate::server::aside::look::{is_directory, listed};
use crate::server::aside::{Lane, Work};
use crate::server::shared::Shared;
use crate::server::shared::Stateless;
use segno_base::ids::{ClientId, PaneId};
use segno_core::model::pane::{Life, Pane};
use segno_core::update::event::Event;

/// Working directories are looked up at most this often while panes print.
const PAUSE: Duration = Duration::from_secs(1);

/// A pane's program printed something: it may have gone elsewhere, or have started an agent.
pub(in crate::server) fn printed(shared: &mut Shared, pane: PaneId) {
    let shell = is_shell(shared, pane);
    if shared.panes.get(pane).is_some_and(|runtime| !runtime.reports_cwd || shell) {
        shared.panes.directories_at.get_or_insert_with(|| Instant::now() + PAUSE);
    }
}

/// Follows the working directories of programs that do not report theirs.
pub(in crate::server) fn refresh_directories(shared: &mut Shared) {
    shared.panes.directories_at = None;
    let panes: Vec<_> = shared.panes.iter().map(|(pane, _)| pane).collect();
    for pane in panes {
        refresh_directory(shared, Some(pane));
        shared.to(move |evidence: &mut Evidence, shared: &mut Shared| {
            evidence.look_at_foreground(shared, pane);
        });
    }
}

/// The same for a pane that somebody is about to use: the kernel answers at once, no disk does.
pub(in crate::server) fn refresh_directory(shared: &mut Shared, pane: Option<PaneId>) {
    let Some(pane) = pane else { return };
    let follows = |p: &Pane| !p.traits.is_agent && matches!(p.life, Life::Running { .. });
    let runtime = shared.panes.get(pane).filter(|runtime| !runtime.reports_cwd);
    let runtime = runtime.filter(|_| shared.model.panes.get(&pane).is_some_and(follows));
    let pid = runtime.and_then(|runtime| runtime.process.live_pid());
    if let Some(cwd) = pid.and_then(segno_base::system::os::process_directory) {
        shared.handle(Event::Cwd { pane, cwd });
    }
}

/// A program says where it is, and may say anything: a directory on a disk that hangs costs its
/// own pane that report.
pub(in crate::server) fn directory_reported(shared: &mut Shared, pane: PaneId, cwd: PathBuf) {
    let Some(run) = shared.panes.run(pane) else { return };
    shared.in_lane_once(Lane::Directory(pane), move |_: &mut Stateless, _: &mut Shared| {
        Some(Work::of(
            move || is_directory(&cwd).then_some(cwd),
            move |_: &mut Stateless, shared: &mut Shared, cwd| {
                let runtime = shared.panes.get_mut(pane).filter(|pane| pane.run == run);
                if let (Some(runtime), Some(cwd)) = (runtime, cwd) {
                    runtime.reports_cwd = true;
                    shared.handle(Event::Cwd { pane, cwd });
                }
            },
        ))
    });
}

pub(in crate::server) fn list_directory(shared: &Shared, client: ClientId, text: String) {
    let user_home = shared.options.user_home.clone();
    shared.aside(
        move || (listed(&text, user_home.as_deref()), text),
        move |_: &mut Stateless, shared: &mut Shared, ((directory, completions), text)| {
            shared.handle(Event::DirectoryListed { client, text, directory, completions });
        },
    );
}
