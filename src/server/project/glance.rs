//! Looking at working trees, by a process of its own, and being woken when git changes something of
//! them, or when a directory comes back.

use std::collections::{BTreeMap, BTreeSet};
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use notify::{EventKind, RecommendedWatcher, RecursiveMode, Watcher};
use parking_lot::Mutex;
use tokio::sync::mpsc;

use crate::server::desktop::notify::output;
use crate::server::message::Message;
use segno_store::home::Home;
use segno_worktree::glance::Seen;

/// The largest number of files that are watched for one directory.
const FILES_MAX: usize = 32;

/// What a process that looks is given.
pub(in crate::server) struct Look {
    /// Our own program.
    pub program: PathBuf,
    pub env: Arc<BTreeMap<OsString, OsString>>,
    pub home: Home,
    pub directory: PathBuf,
    /// Whether it asks for the branch's pull request.
    pub asks: bool,
}

impl Look {
    /// What is seen, nothing where git has no working tree. An error: it failed or took too long.
    pub fn carry_out(&self) -> Result<Option<Seen>, String> {
        let directory = self.directory.to_str().ok_or("its name is not UTF-8")?;
        let mut args: Vec<String> = ["worktree", "look"].map(String::from).into();
        args.extend(self.asks.then(|| "--ask".to_string()));
        args.extend(["--".to_string(), directory.to_string()]);
        let mut env = (*self.env).clone();
        env.insert("SEGNO_HOME".into(), self.home.path().into());
        let printed = output(&self.program, &args, &env, Path::new("/"));
        let printed = printed.map_err(|_| "it failed or took too long")?;
        serde_json::from_slice(&printed).map_err(|error| error.to_string())
    }
}

/// Wakes the owner when git replaces one of its files, or a directory that was gone is back.
#[derive(Clone, Default)]
pub(in crate::server) struct PathWatch(Arc<Mutex<Watching>>);

#[derive(Default)]
struct Watching {
    /// Made when there is something to watch.
    watcher: Option<RecommendedWatcher>,
    /// The files that count, by the directories of panes for which they do.
    files: BTreeMap<PathBuf, BTreeSet<PathBuf>>,
    /// The same for whoever is woken.
    counts: Arc<Mutex<BTreeMap<PathBuf, Vec<PathBuf>>>>,
    watched: BTreeSet<PathBuf>,
}

impl PathWatch {
    /// Watches these files for a directory, in place of those of the last call. May wait for a
    /// disk.
    pub fn follow(
        &self,
        directory: &Path,
        files: Vec<PathBuf>,
        queue: &mpsc::UnboundedSender<Message>,
    ) {
        let mut watching = self.0.lock();
        let files = files.into_iter().filter(|file| file.is_absolute()).take(FILES_MAX).collect();
        if watching.files.insert(directory.to_path_buf(), files).is_none() {
            watching.begin(queue);
        }
        watching.settle();
    }

    /// Watches nothing any more for directories other than these.
    pub fn retain(&self, directories: &BTreeSet<PathBuf>) {
        let mut watching = self.0.lock();
        watching.files.retain(|directory, _| directories.contains(directory));
        watching.settle();
    }
}

impl Watching {
    fn begin(&mut self, queue: &mpsc::UnboundedSender<Message>) {
        if self.watcher.is_some() {
            return;
        }
        let (queue, counts) = (queue.clone(), self.counts.clone());
        // The library panics where it can start no thread; then this panics with it, beside the
        // owner, and changes are seen when a turn ends.
        let watcher = notify::recommended_watcher(move |event: notify::Result<notify::Event>| {
            let Ok(event) = event else { return };
            if matches!(event.kind, EventKind::Access(_)) {
                return;
            }
            let counts = counts.lock();
            let of = |path: &PathBuf| counts.get(path).cloned().unwrap_or_default();
            let directories: Vec<_> = event.paths.iter().flat_map(of).collect();
            drop(counts);
            if !directories.is_empty() {
                let _ = queue.send(Message::PathsChanged(directories));
            }
        });
        match watcher {
            Ok(watcher) => self.watcher = Some(watcher),
            Err(error) => tracing::warn!(%error, "git's files cannot be watched"),
        }
    }

    fn settle(&mut self) {
        let mut counts = BTreeMap::<PathBuf, Vec<PathBuf>>::new();
        for (directory, files) in &self.files {
            for file in files {
                counts.entry(file.clone()).or_default().push(directory.clone());
            }
        }
        let parents = counts.keys().filter_map(|file| file.parent());
        let wanted: BTreeSet<PathBuf> = parents.map(Path::to_path_buf).collect();
        *self.counts.lock() = counts;
        let Some(watcher) = &mut self.watcher else { return };
        for directory in self.watched.difference(&wanted) {
            let _ = watcher.unwatch(directory);
        }
        let mut watched: BTreeSet<_> = self.watched.intersection(&wanted).cloned().collect();
        for directory in wanted.difference(&self.watched) {
            // Most of what is not there is not wanted: a branch of a remote that is a local one.
            if watcher.watch(directory, RecursiveMode::NonRecursive).is_ok() {
                watched.insert(directory.clone());
            }
        }
        self.watched = watched;
    }
}
