//! Runs the handlers of pane types: looks at a screen for what is new, and says so.
//!
//! Must not decide what is new (`panetype/handler.rs`) or whom to call (`core/`).

use crate::server::agent::evidence::Evidence;
use crate::server::agent::observer::Seen;
use crate::server::clock;
use crate::server::shared::Shared;
use segno_agent::panetype::handler::{Finding, RuleHits};
use segno_agent::source::Source;
use segno_agent::status::Activity;
use segno_base::ids::PaneId;
use segno_core::update::event::Event;
use segno_term::{Lines, TextFormat};

impl Evidence {
    /// Looks for what is new on the pane's screen.
    pub(in crate::server) fn run_handlers(&mut self, shared: &mut Shared, pane: PaneId) {
        let ty = shared.running_type(pane).filter(|ty| !ty.handlers.is_empty());
        let (Some(ty), Some(terminal)) = (ty, shared.panes.terminal(pane)) else { return };
        let screen = terminal.emulator().text(Lines::Screen, TextFormat::Plain);
        let Some(runtime) = shared.panes.get_mut(pane) else { return };
        for (n, finding) in runtime.rule_hits.look(&ty.handlers, &screen, clock::now_ms()) {
            match finding {
                Finding::Idle => {
                    let by = format!("[[handler]] {}", n + 1);
                    let (from, activity) = (Source::Text, Activity::Idle);
                    self.seen(shared, pane, &ty, Seen { from, by, activity, detail: None });
                }
                Finding::Alert(alert) => shared.handle(Event::Found { pane, alert }),
            }
        }
    }
}

/// A program starts or is taken over: what its pane shows already is nothing new.
pub(in crate::server) fn begin_handlers(shared: &mut Shared, pane: PaneId) {
    if let Some(runtime) = shared.panes.get_mut(pane) {
        runtime.rule_hits = RuleHits::default();
    }
    let Some(ty) = shared.pane_type(pane).filter(|ty| !ty.handlers.is_empty()) else { return };
    let Some(terminal) = shared.panes.terminal(pane) else { return };
    let screen = terminal.emulator().text(Lines::Screen, TextFormat::Plain);
    let found = RuleHits::before(&ty.handlers, &screen);
    if let Some(runtime) = shared.panes.get_mut(pane) {
        runtime.rule_hits = found;
    }
}
