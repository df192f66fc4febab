//! What the palette looks for outside of the model: text in the panes, conversations of the past.

use std::sync::Arc;
use std::time::{Duration, Instant};

use crate::base::ids::{ClientId, PaneId};
use crate::core::dialog::palette::{Recent, TextMatch};
use crate::term::Found;

use super::Server;
use super::message::Message;
use super::pane::Terminal;

/// Lines found in one pane, and in all of them.
const PANE_MAX: usize = 20;
const ALL_MAX: usize = 100;
/// Panes that a search has not come to after this time are left out.
const PATIENCE: Duration = Duration::from_millis(500);
const RECENT_MAX: usize = 200;

impl Server {
    /// Looks for a text in every pane, aside: one pane's terminal is held at a time.
    pub(super) fn find_text(&self, client: ClientId, text: String) {
        let mut terminals: Vec<(PaneId, Arc<Terminal>)> =
            self.terminals.iter().map(|(pane, terminal)| (*pane, terminal.clone())).collect();
        terminals.sort_by_key(|(pane, _)| *pane);
        // What this client looks at comes first.
        let focused = self.model.focused(client);
        terminals.sort_by_key(|(pane, _)| Some(*pane) != focused);
        let queue = self.queue.clone();
        tokio::task::spawn_blocking(move || {
            let end = Instant::now() + PATIENCE;
            let mut found = Vec::new();
            for (pane, terminal) in terminals {
                if found.len() >= ALL_MAX || Instant::now() >= end {
                    break;
                }
                let lines = terminal.emulator().find(&text, PANE_MAX.min(ALL_MAX - found.len()));
                found.extend(lines.into_iter().map(|line| TextMatch {
                    pane,
                    back: line.back,
                    text: line.text,
                }));
            }
            let _ = queue.send(Message::TextFound { client, text, found });
        });
    }

    pub(super) fn find_recent(&mut self, client: ClientId) {
        let home = self.options.home.clone();
        let recent = self
            .tracker
            .history(&home)
            .iter()
            .take(RECENT_MAX)
            .map(|seen| Recent {
                type_name: seen.type_name.clone(),
                session: seen.session.clone(),
                cwd: seen.cwd.clone(),
                title: seen.title.clone(),
            })
            .collect();
        // Through the queue, because the model is being changed right now.
        let _ = self.queue.send(Message::RecentFound { client, recent });
    }

    pub(super) fn show_text(&mut self, found: TextMatch) {
        let Some(terminal) = self.terminals.get(&found.pane) else { return };
        terminal.emulator().show(&Found { back: found.back, text: found.text });
        self.pane_changed(found.pane);
    }
}
