//! Text that the palette looks for in the panes.

use std::sync::Arc;
use std::time::{Duration, Instant};

use crate::server::message::Message;
use crate::server::pane::terminal::Terminal;
use crate::server::shared::Shared;
use crate::server::shared::Stateless;
use segno_base::ids::{ClientId, PaneId};
use segno_core::dialog::palette::TextMatch;
use segno_core::update::event::Event;
use segno_term::Found;

/// Lines found in one pane, and in all of them.
const PANE_MAX: usize = 20;
const ALL_MAX: usize = 100;
/// Panes that a search has not come to after this time are left out.
const PATIENCE: Duration = Duration::from_millis(500);

/// Looks for a text in every pane, beside the owner.
pub(in crate::server) fn find_text(shared: &Shared, client: ClientId, text: String) {
    let mut terminals: Vec<(PaneId, Arc<Terminal>)> =
        shared.panes.terminals().map(|terminal| (terminal.pane, terminal.clone())).collect();
    terminals.sort_by_key(|(pane, _)| *pane);
    // What this client looks at comes first.
    let focused = shared.model.focused(client);
    terminals.sort_by_key(|(pane, _)| Some(*pane) != focused);
    let queue = shared.queue.clone();
    crate::server::aside::pool::spawn(move || {
        let end = Instant::now() + PATIENCE;
        let mut found = Vec::new();
        for (pane, terminal) in terminals {
            if found.len() >= ALL_MAX || Instant::now() >= end {
                break;
            }
            // The terminal goes on meanwhile.
            let frozen = terminal.emulator().freeze();
            let lines = frozen.find(&text, PANE_MAX.min(ALL_MAX - found.len()));
            found.extend(lines.into_iter().map(|line| TextMatch {
                pane,
                back: line.back,
                text: line.text,
            }));
        }
        let _ = queue.send(Message::Event(Event::TextFound { client, text, found }));
    });
}

/// Shows a line that was found, where it is by now.
pub(in crate::server) fn show_text(shared: &mut Shared, found: TextMatch) {
    let Some(terminal) = shared.panes.terminal(found.pane) else { return };
    let (frozen, run) = (terminal.emulator().freeze(), terminal.run);
    let wanted = Found { back: found.back, text: found.text };
    shared.aside(
        move || frozen.place(&wanted),
        move |_: &mut Stateless, shared: &mut Shared, row| {
            let terminal = shared.panes.terminal(found.pane).filter(|t| t.run == run);
            if let Some(terminal) = terminal {
                terminal.emulator().show_row(row);
                shared.pane_changed(found.pane);
            }
        },
    );
}
