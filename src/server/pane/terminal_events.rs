//! What panes' terminals and programs report: output, titles, bells, the end.

use std::sync::Arc;
use std::time::Instant;

use crate::core::model::workspace::ExitStatus;
use crate::core::update::effect::Effect;
use crate::core::update::event::Event;
use crate::server::aside::Order;
use crate::server::pane::cwd::PAUSE;
use crate::server::pane::process_state::Stop;
use crate::server::pane::terminal::TerminalEvent;
use crate::server::{Server, Topic};
use segno_base::ids::PaneId;
use segno_config::Clipboard;
use segno_term::TermEvent;

/// Nothing is lost: what the terminal has is written again.
const REMOVED: &str = "its journal was removed by somebody else; it is written anew";

impl Server {
    pub(in crate::server) fn terminal_event(&mut self, pane: PaneId, event: TerminalEvent) {
        match event {
            TerminalEvent::Changed => {
                self.pane_changed(pane);
                self.printed(pane);
                self.output_waits(pane);
                let shell = self.is_shell(pane);
                if self.panes.get(pane).is_some_and(|runtime| !runtime.tells_cwd || shell) {
                    self.directories_at.get_or_insert_with(|| Instant::now() + PAUSE);
                }
            }
            TerminalEvent::Term(event) => self.term_event(pane, event),
            TerminalEvent::Uncongested => {
                if let Some(runtime) = self.panes.get_mut(pane) {
                    runtime.held.clear();
                }
            }
            TerminalEvent::InputWaits(waits) => self.handle(Event::InputWaits { pane, waits }),
            TerminalEvent::Drained { last_words } => {
                self.handle(Event::InputWaits { pane, waits: None });
                // Its last words may be what went wrong.
                self.run_handlers(pane);
                // What the tracker wrote at the very end belongs to this run.
                let run = self.panes.run(pane);
                self.after_spool(pane, move |server| {
                    if server.panes.run(pane) == run {
                        server.ended(pane, &last_words);
                    }
                });
            }
            TerminalEvent::LogEnded(why) => self.log_ended(pane, &why),
            TerminalEvent::JournalRemoved => self.with_model(|model, cx| {
                if let Some(state) = model.panes.get_mut(&pane) {
                    state.notes.push(REMOVED.to_string());
                    cx.out.push(Effect::Redraw);
                }
            }),
            TerminalEvent::Journal(result) => match result {
                Ok(()) => self.journal_is_well(pane),
                Err(why) => {
                    if let Some(runtime) = self.panes.get_mut(pane) {
                        runtime.journal_fails = true;
                    }
                    let home = self.options.home.path().display();
                    let problem = format!(
                        "{why}: scrollback is not kept until there is room again in {home}"
                    );
                    self.set_diagnostics(Topic::Journal, vec![problem]);
                }
            },
        }
    }

    /// A pane's program has ended, and all that it printed and its tracker reported was read.
    fn ended(&mut self, pane: PaneId, last_words: &str) {
        let Some(runtime) = self.panes.get_mut(pane) else { return };
        runtime.held.clear();
        runtime.watching = Default::default();
        let (status, why) = runtime.process.drained();
        tracing::info!(%pane, ?status, "ended");
        self.transcripts.forget(pane);
        self.watch_directories();
        self.output_waits(pane);
        let failed = status != ExitStatus::Code(0);
        let stale = why == Some(Stop::Missing)
            || failed && self.pane_type(pane).is_some_and(|ty| ty.not_found(last_words));
        let next = match why {
            // What ends to be started again has not ended for the model.
            Some(Stop::Restart(next)) => Some(next),
            _ => {
                self.program_ended(pane, status, stale);
                None
            }
        };
        // The keeper still knows of it: for the next daemon it has ended too, and is not
        // started again. Only a pane that asks is, since it has to ask again.
        if self.model.panes.get(&pane).is_some_and(|pane| pane.choice.is_some()) {
            self.order(pane, Order::Forget);
        }
        self.start_next(pane, next);
    }

    /// The pane's journal can be written again, or is wanted no more.
    pub(in crate::server) fn journal_is_well(&mut self, pane: PaneId) {
        let failed = self.panes.get_mut(pane).map(|runtime| &mut runtime.journal_fails);
        let failed = failed.is_some_and(std::mem::take);
        if failed && self.panes.iter().all(|(_, runtime)| !runtime.journal_fails) {
            self.set_diagnostics(Topic::Journal, Vec::new());
        }
    }

    fn term_event(&mut self, pane: PaneId, event: TermEvent) {
        match event {
            TermEvent::Title(title) => {
                let title = title.unwrap_or_default();
                let title = self.look_at_title(pane, &title);
                self.handle(Event::Title { pane, title });
            }
            TermEvent::Bell => self.handle(Event::Bell { pane }),
            TermEvent::Notification(notification) => {
                self.handle(Event::Notified { pane, notification });
            }
            TermEvent::Cwd(cwd) => {
                self.directory_reported(pane, cwd);
            }
            TermEvent::ClipboardStore { text, .. } => {
                if self.config.general.clipboard != Clipboard::Off {
                    for (id, client) in &mut self.clients {
                        // Who only looks keeps what is on their clipboard.
                        if self.model.clients.get(id).is_some_and(|c| !c.read_only) {
                            client.clipboard = Some(text.clone());
                            client.pending.all();
                        }
                    }
                    self.remember_copied(Arc::new(text));
                }
            }
            TermEvent::ClipboardOverflow => self.clipboard_overflow(pane),
            TermEvent::ClipboardLoad(kind) => {
                if self.config.general.clipboard == Clipboard::ReadWrite
                    && let Some(terminal) = self.panes.terminal(pane)
                {
                    terminal.write(&segno_term::clipboard_reply(kind, &self.clipboard));
                }
            }
            TermEvent::Reply(_) => {}
        }
    }

    /// Says to whoever would have had it that a text was too long for the clipboard.
    fn clipboard_overflow(&mut self, pane: PaneId) {
        if self.config.general.clipboard == Clipboard::Off {
            return;
        }
        self.with_model(|model, cx| {
            let text = format!("{pane}: not copied: longer than 8 MiB");
            let writing = model.clients.values().filter(|client| !client.read_only);
            let clients: Vec<_> = writing.map(|client| client.id).collect();
            clients.into_iter().for_each(|client| model.say(client, text.clone(), cx));
        });
    }

    /// Rings with the next frame, once however often a program rings until then.
    pub(in crate::server) fn bell(&mut self) {
        for client in self.clients.values_mut() {
            client.bell = true;
            client.pending.all();
        }
    }
}
