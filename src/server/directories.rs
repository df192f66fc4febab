//! Directories: where the panes' programs are, where a new one starts, and what a begun path may
//! be completed to.

use std::path::PathBuf;
use std::time::Duration;

use crate::base::ids::ClientId;
use crate::core::event::Event;
use crate::core::model::Life;

use super::Server;
use super::message::Message;

/// Working directories are looked up at most this often while panes print.
pub(super) const PAUSE: Duration = Duration::from_secs(1);

impl Server {
    /// Follows the working directories of programs that do not tell theirs.
    pub(super) fn refresh_directories(&mut self) {
        self.directories_at = None;
        let moved: Vec<_> = self
            .slots
            .iter()
            .filter(|(_, s)| !s.tells_cwd && s.exit.is_none())
            .filter_map(|(pane, s)| Some((*pane, crate::base::os::process_directory(s.pid?)?)))
            .filter(|(pane, _)| {
                let pane = self.model.panes.get(pane);
                pane.is_some_and(|p| !p.traits.is_agent && matches!(p.life, Life::Running { .. }))
            })
            .collect();
        for (pane, cwd) in moved {
            self.handle(Event::Cwd { pane, cwd });
        }
    }

    pub(super) fn list_directory(&self, client: ClientId, text: String) {
        let (queue, user_home) = (self.queue.clone(), self.options.user_home.clone());
        super::lifecycle::aside(move || {
            let completions = complete(&text, user_home.as_deref());
            let directory = PathBuf::from(expanded(&text, user_home.as_deref()));
            // Without doubled and trailing slashes, so that it is the one that agents know.
            let directory = directory.components().collect::<PathBuf>();
            let directory = (directory.is_absolute() && directory.is_dir()).then_some(directory);
            let listed = Event::DirectoryListed { client, text, directory, completions };
            let _ = queue.send(Message::Event(listed));
        });
    }

    pub(super) fn directory_for(&self, asked: Option<PathBuf>) -> PathBuf {
        asked
            .filter(|cwd| cwd.is_absolute())
            .or_else(|| self.model.current_directory(None))
            .unwrap_or_else(|| self.options.cwd.clone())
    }
}

/// The text with the user's home in place of `~`.
pub(super) fn expanded(text: &str, user_home: Option<&std::path::Path>) -> String {
    match (text.strip_prefix('~'), user_home) {
        (Some(rest), Some(home)) if rest.is_empty() || rest.starts_with('/') => {
            format!("{}{rest}", home.display())
        }
        _ => text.to_string(),
    }
}

/// The directories that a text may be completed to, in order; at most twenty.
fn complete(text: &str, user_home: Option<&std::path::Path>) -> Vec<String> {
    let expanded = expanded(text, user_home);
    let Some((parent, begun)) = expanded.rsplit_once('/') else { return Vec::new() };
    let (shown, _) = text.rsplit_once('/').unwrap_or(("", ""));
    let parent = if parent.is_empty() { "/" } else { parent };
    let mut names: Vec<String> = std::fs::read_dir(parent)
        .into_iter()
        .flatten()
        .flatten()
        .filter(|e| e.path().is_dir())
        .filter_map(|e| e.file_name().into_string().ok())
        .filter(|n| n.starts_with(begun) && (begun.starts_with('.') || !n.starts_with('.')))
        .collect();
    names.sort();
    names.truncate(20);
    names.into_iter().map(|n| format!("{shown}/{n}/")).collect()
}
