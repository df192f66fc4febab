//! What wakes the server from outside: changed files and signals.

use std::path::PathBuf;

use notify::{EventKind, RecursiveMode, Watcher};
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::mpsc;

use crate::store::home::Home;

use super::message::Message;

/// Watches what trackers and the user write. Without a watcher the daemon works on, but learns of
/// changes only when a pane's program ends.
pub(super) fn watch(
    home: &Home,
    queue: mpsc::UnboundedSender<Message>,
) -> Option<notify::RecommendedWatcher> {
    let settings = [home.config_file(), home.keys_file()];
    let root = home.path().to_path_buf();
    let result = notify::recommended_watcher(move |event: notify::Result<notify::Event>| {
        let Ok(event) = event else { return };
        if matches!(event.kind, EventKind::Access(_)) {
            return;
        }
        // The home itself is watched for the settings alone.
        let wanted = |p: &PathBuf| p.parent() != Some(root.as_path()) || settings.contains(p);
        let paths: Vec<_> = event.paths.into_iter().filter(wanted).collect();
        if !paths.is_empty() {
            let _ = queue.send(Message::Files(paths));
        }
    });
    let watched = result.and_then(|mut watcher| {
        for dir in [home.events_dir(), home.sessions_dir(), home.panes_dir(), home.themes_dir()] {
            watcher.watch(&dir, RecursiveMode::NonRecursive)?;
        }
        watcher.watch(home.path(), RecursiveMode::NonRecursive)?;
        Ok(watcher)
    });
    match watched {
        Ok(watcher) => Some(watcher),
        Err(error) => {
            tracing::warn!(%error, "files cannot be watched");
            None
        }
    }
}

/// SIGTERM and SIGINT end the daemon in order; SIGHUP means nothing to it.
pub(super) async fn signals(queue: mpsc::UnboundedSender<Message>) {
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
