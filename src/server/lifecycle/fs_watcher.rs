//! What wakes the server from outside: changed files and signals.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use notify::{EventKind, RecommendedWatcher, RecursiveMode, Watcher};
use parking_lot::Mutex;
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::mpsc;

use crate::server::agent::spool_reader::pane_of;
use crate::server::aside::{Lane, Work};
use crate::server::message::Message;
use crate::server::shared::{Shared, Stateless};
use segno_base::ids::PaneId;
use segno_base::system::unix_socket::identity;
use segno_store::home::Home;

/// More links than this in a row lead in a circle.
const LINKS_MAX: usize = 16;

/// What counts outside of the home.
#[derive(Default)]
struct Outside {
    /// Where files of the home really are: what they lead to by links, by the place of each.
    targets: BTreeMap<PathBuf, PathBuf>,
    /// Directories in which every file counts: those that agents keep.
    followed: BTreeSet<PathBuf>,
}

/// Watches what trackers and the user write. Without a watcher the daemon works on, but learns of
/// changes only when a pane's program ends.
pub(in crate::server) struct Watch {
    watcher: Option<RecommendedWatcher>,
    home: Home,
    outside: Arc<Mutex<Outside>>,
    /// Directories outside of the home that are watched for what is in them.
    elsewhere: BTreeSet<PathBuf>,
    /// Which directories of the home are watched: one that was made anew is another one.
    own: BTreeMap<PathBuf, (u64, u64)>,
}

impl Watch {
    pub fn start(home: &Home, queue: mpsc::UnboundedSender<Message>) -> Watch {
        let outside = Arc::<Mutex<Outside>>::default();
        // The library panics where it can start no thread.
        let thread = std::thread::Builder::new().spawn(|| ()).map(|thread| drop(thread.join()));
        let watcher = thread.map_err(notify::Error::io);
        let watcher = match watcher.and_then(|()| watcher_of(home, outside.clone(), queue)) {
            Ok(watcher) => Some(watcher),
            Err(error) => {
                tracing::warn!(%error, "files cannot be watched");
                None
            }
        };
        let elsewhere = BTreeSet::new();
        let own = identities(home);
        let mut watch = Watch { watcher, home: home.clone(), outside, elsewhere, own };
        watch.follow_links();
        watch
    }

    /// Watches those directories of the home that were removed and made anew meanwhile.
    pub fn renew(&mut self) {
        let Some(watcher) = &mut self.watcher else { return };
        let now = identities(&self.home);
        for (directory, _) in now.iter().filter(|(path, id)| self.own.get(*path) != Some(id)) {
            // It has gone with the directory, most likely.
            let _ = watcher.unwatch(directory);
            if let Err(error) = watcher.watch(directory, RecursiveMode::NonRecursive) {
                tracing::warn!(%error, directory = %directory.display(), "cannot be watched");
            }
        }
        self.own = now;
    }

    /// Watches what the user's files lead to as they are links now: people keep their settings in
    /// a directory of their own and link them here.
    pub fn follow_links(&mut self) {
        let home = &self.home;
        let mut targets = BTreeMap::new();
        let files = [home.config_file(), home.keys_file()].into_iter().chain(home.theme_files());
        for file in files.chain(home.pane_files()) {
            for place in places(&file) {
                targets.insert(place, file.clone());
            }
        }
        self.outside.lock().targets = targets;
        self.watch_elsewhere();
    }

    /// Watches these directories, and no longer those of the last call: agents keep files in them.
    /// Answers which are new.
    pub fn follow(&mut self, directories: BTreeSet<PathBuf>) -> BTreeSet<PathBuf> {
        let before = std::mem::replace(&mut self.outside.lock().followed, directories.clone());
        self.watch_elsewhere();
        directories.difference(&before).cloned().collect()
    }

    fn watch_elsewhere(&mut self) {
        let Some(watcher) = &mut self.watcher else { return };
        let own = directories(&self.home);
        let wanted: BTreeSet<PathBuf> = {
            let outside = self.outside.lock();
            let places = outside.targets.keys().filter_map(|place| place.parent());
            let all = places.chain(outside.followed.iter().map(PathBuf::as_path));
            all.filter(|dir| !own.iter().any(|own| own == dir)).map(Path::to_path_buf).collect()
        };
        for dir in self.elsewhere.difference(&wanted) {
            // It may be gone by now.
            let _ = watcher.unwatch(dir);
        }
        let new = wanted.difference(&self.elsewhere);
        let failed: Vec<PathBuf> = new
            .filter(|dir| watcher.watch(dir, RecursiveMode::NonRecursive).is_err())
            .cloned()
            .collect();
        self.elsewhere = wanted;
        for dir in failed {
            // One that is not there yet is tried again with the next change.
            tracing::debug!(dir = %dir.display(), "cannot be watched: changes there are not seen");
            self.elsewhere.remove(&dir);
        }
    }
}

/// Watches what the user's files lead to as they are links now.
pub(in crate::server) fn follow_links(shared: &mut Shared) {
    shared.in_lane_once(Lane::Links, |_: &mut Stateless, shared: &mut Shared| {
        let watch = shared.watch.clone();
        Some(Work::only(move || watch.lock().follow_links()))
    });
}

/// What changed files are.
#[derive(Debug, Default)]
pub(in crate::server) struct Changed {
    /// Of the settings, keys and themes.
    pub settings: bool,
    pub types: bool,
    /// Those that agents keep of themselves.
    pub followed: Vec<PathBuf>,
    /// Those of trackers, by what they are named by.
    pub reports: BTreeSet<(PaneId, Report)>,
}

/// What a tracker writes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(in crate::server) enum Report {
    Events,
    Session,
}

impl Changed {
    pub fn of(home: &Home, paths: Vec<PathBuf>) -> Changed {
        let mut changed = Changed::default();
        for path in paths {
            let is_settings = path == home.config_file()
                || path == home.keys_file()
                || path.starts_with(home.themes_dir());
            let is_followed = !path.starts_with(home.path())
                || path.extension().is_some_and(|ending| ending == "watched");
            if is_settings {
                changed.settings = true;
            } else if path.starts_with(home.panes_dir()) {
                changed.types = true;
            } else if is_followed {
                changed.followed.push(path);
            } else if let Some(files) = pane_of(&path) {
                let session = path.starts_with(home.sessions_dir());
                let report = if session { Report::Session } else { Report::Events };
                changed.reports.insert((files, report));
            }
        }
        changed
    }
}

/// The directories of the home in which something is watched for.
fn directories(home: &Home) -> [PathBuf; 5] {
    [
        home.path().to_path_buf(),
        home.events_dir(),
        home.sessions_dir(),
        home.panes_dir(),
        home.themes_dir(),
    ]
}

/// What distinguishes the directories that are there now from others at their paths.
fn identities(home: &Home) -> BTreeMap<PathBuf, (u64, u64)> {
    let found = directories(home).into_iter();
    found.filter_map(|dir| identity(&dir).map(|id| (dir, id))).collect()
}

/// Every place that a file's links lead over, the file's own left out. A change of any of them
/// changes the file.
fn places(file: &Path) -> Vec<PathBuf> {
    let mut places = Vec::new();
    let mut at = file.to_path_buf();
    while places.len() < LINKS_MAX
        && let Ok(target) = std::fs::read_link(&at)
        && let Some(directory) = at.parent()
    {
        let target = directory.join(target);
        // As the watcher will name it, whatever links lead to its directory.
        let place = target
            .parent()
            .zip(target.file_name())
            .and_then(|(directory, name)| Some(directory.canonicalize().ok()?.join(name)));
        let Some(place) = place else { break };
        places.push(place.clone());
        at = place;
    }
    places
}

fn watcher_of(
    home: &Home,
    outside: Arc<Mutex<Outside>>,
    queue: mpsc::UnboundedSender<Message>,
) -> notify::Result<RecommendedWatcher> {
    let own = directories(home);
    let settings = [home.config_file(), home.keys_file()];
    let watched = own.clone();
    let mut watcher = notify::recommended_watcher(move |event: notify::Result<notify::Event>| {
        let Ok(event) = event else { return };
        if matches!(event.kind, EventKind::Access(_)) {
            return;
        }
        let outside = outside.lock();
        let wanted = |path: PathBuf| match outside.targets.get(&path) {
            Some(file) => Some(file.clone()),
            // The home itself is watched for the settings alone.
            None if path.parent() == Some(own[0].as_path()) => {
                settings.contains(&path).then_some(path)
            }
            None => {
                let counts =
                    |dir: &Path| own.iter().any(|d| d == dir) || outside.followed.contains(dir);
                path.parent().is_some_and(counts).then_some(path)
            }
        };
        let paths: Vec<_> = event.paths.into_iter().filter_map(wanted).collect();
        drop(outside);
        if !paths.is_empty() {
            let _ = queue.send(Message::Files(paths));
        }
    })?;
    for dir in &watched {
        watcher.watch(dir, RecursiveMode::NonRecursive)?;
    }
    Ok(watcher)
}

/// SIGTERM and SIGINT end the daemon in order; SIGHUP means nothing to it.
pub(in crate::server) async fn signals(queue: mpsc::UnboundedSender<Message>) {
    let listen = |kind| signal(kind).ok();
    let (mut term, mut int, mut hup) = (
        listen(SignalKind::terminate()),
        listen(SignalKind::interrupt()),
        listen(SignalKind::hangup()),
    );
    loop {
        let next = async |signal: &mut Option<tokio::signal::unix::Signal>| match signal {
            Some(signal) => signal.recv().await,
            None => std::future::pending().await,
        };
        tokio::select! {
            _ = next(&mut term) => break,
            _ = next(&mut int) => break,
            _ = next(&mut hup) => {}
        }
    }
    let _ = queue.send(Message::Stop);
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::symlink;

    #[test]
    fn every_link_on_the_way_is_a_place() {
        let root = tempfile::tempdir().unwrap();
        let root = root.path().canonicalize().unwrap();
        std::fs::create_dir(root.join("files")).unwrap();
        symlink("files", root.join("dotfiles")).unwrap();
        symlink("dotfiles/b", root.join("a")).unwrap();
        symlink("../c", root.join("files/b")).unwrap();
        assert_eq!(places(&root.join("a")), [root.join("files/b"), root.join("c")]);
        assert!(places(&root.join("c")).is_empty());
        symlink("round", root.join("round")).unwrap();
        assert_eq!(places(&root.join("round")).len(), LINKS_MAX);
    }
}
