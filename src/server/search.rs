//! Text that the palette looks for in the panes.

use std::sync::Arc;
use std::time::{Duration, Instant};

use crate::base::ids::{ClientId, PaneId};
use crate::core::dialog::palette::TextMatch;
use crate::core::event::Event;
use crate::term::Found;

use super::Server;
use super::message::Message;
use super::pane::Terminal;

/// Lines found in one pane, and in all of them.
const PANE_MAX: usize = 20;
const ALL_MAX: usize = 100;
/// Panes that a search has not come to after this time are left out.
const PATIENCE: Duration = Duration::from_millis(500);

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
        super::lifecycle::aside(move || {
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
            let _ = queue.send(Message::Event(Event::TextFound { client, text, found }));
        });
    }

    pub(super) fn show_text(&mut self, found: TextMatch) {
        let Some(terminal) = self.terminals.get(&found.pane) else { return };
        terminal.emulator().show(&Found { back: found.back, text: found.text });
        self.pane_changed(found.pane);
    }
}
