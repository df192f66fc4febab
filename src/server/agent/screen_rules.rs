//! Runs the handlers of pane types: looks at a screen for what is new, and says so.
//!
//! Must not decide what is new (`panetype/handler.rs`) or whom to call (`core/`).

use crate::core::update::event::Event;
use crate::server::{Server, clock};
use segno_agent::panetype::handler::{Finding, Found};
use segno_agent::source::Source;
use segno_agent::status::Activity;
use segno_base::ids::PaneId;
use segno_term::{Lines, TextFormat};

impl Server {
    /// A program starts or is taken over: what its pane shows already is nothing new.
    pub(in crate::server) fn begin_handlers(&mut self, pane: PaneId) {
        if let Some(runtime) = self.shared.panes.get_mut(pane) {
            runtime.rule_hits = Found::default();
        }
        let Some(ty) = self.pane_type(pane).filter(|ty| !ty.handlers.is_empty()) else { return };
        let Some(terminal) = self.shared.panes.terminal(pane) else { return };
        let screen = terminal.emulator().text(Lines::Screen, TextFormat::Plain);
        let found = Found::before(&ty.handlers, &screen);
        if let Some(runtime) = self.shared.panes.get_mut(pane) {
            runtime.rule_hits = found;
        }
    }

    /// Looks for what is new on the pane's screen.
    pub(in crate::server) fn run_handlers(&mut self, pane: PaneId) {
        let ty = self.running_type(pane).filter(|ty| !ty.handlers.is_empty());
        let (Some(ty), Some(terminal)) = (ty, self.shared.panes.terminal(pane)) else { return };
        let screen = terminal.emulator().text(Lines::Screen, TextFormat::Plain);
        let Some(runtime) = self.shared.panes.get_mut(pane) else { return };
        for (n, finding) in runtime.rule_hits.look(&ty.handlers, &screen, clock::now_ms()) {
            match finding {
                Finding::Idle => {
                    let by = format!("[[handler]] {}", n + 1);
                    self.seen(pane, &ty, Source::Text, by, Activity::Idle, None);
                }
                Finding::Tell(told) => self.handle(Event::Found { pane, told }),
            }
        }
    }
}
