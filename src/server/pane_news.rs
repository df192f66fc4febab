//! What panes' terminals and programs report: output, titles, bells, the end.

use std::sync::Arc;
use std::time::Instant;

use crate::base::ids::PaneId;
use crate::config::Clipboard;
use crate::core::effect::Effect;
use crate::core::event::Event;
use crate::core::model::ExitStatus;
use crate::term::TermEvent;

use super::aside::Order;
use super::directories::PAUSE;
use super::pane::PaneNews;
use super::{Server, Topic};

/// Nothing is lost: what the terminal has is written again.
const REMOVED: &str = "its journal was removed by somebody else; it is written anew";

impl Server {
    pub(super) fn pane_news(&mut self, pane: PaneId, news: PaneNews) {
        match news {
            PaneNews::Changed => {
                self.pane_changed(pane);
                self.printed(pane);
                self.output_waits(pane);
                let looked_at = |s: &super::Slot| !s.tells_cwd || self.is_shell(pane);
                if self.slots.get(&pane).is_some_and(looked_at) {
                    self.directories_at.get_or_insert_with(|| Instant::now() + PAUSE);
                }
            }
            PaneNews::Term(event) => self.term_event(pane, event),
            PaneNews::Uncongested => {
                if let Some(slot) = self.slots.get_mut(&pane) {
                    slot.held.clear();
                }
            }
            PaneNews::InputWaits(waits) => self.handle(Event::InputWaits { pane, waits }),
            PaneNews::Drained { last_words } => {
                self.handle(Event::InputWaits { pane, waits: None });
                // Its last words may be what went wrong.
                self.run_handlers(pane);
                // What the tracker wrote at the very end belongs to this run.
                let run = self.slots.get(&pane).map(|slot| slot.run);
                self.after_spool(pane, move |server| {
                    if server.slots.get(&pane).map(|slot| slot.run) == run {
                        server.ended(pane, &last_words);
                    }
                });
            }
            PaneNews::LogEnded(why) => self.log_ended(pane, &why),
            PaneNews::JournalRemoved => self.with_model(|model, _, out| {
                if let Some(state) = model.panes.get_mut(&pane) {
                    state.notes.push(REMOVED.to_string());
                    out.push(Effect::Redraw);
                }
            }),
            PaneNews::Journal(result) => match result {
                Ok(()) => self.journal_is_well(pane),
                Err(why) => {
                    self.unwritten.insert(pane);
                    let home = self.options.home.path().display();
                    let problem = format!(
                        "{why}: scrollback is not kept until there is room again in {home}"
                    );
                    self.tell(Topic::Journal, vec![problem]);
                }
            },
        }
    }

    /// A pane's program has ended, and all that it printed and its tracker reported was read.
    fn ended(&mut self, pane: PaneId, last_words: &str) {
        let Some(slot) = self.slots.get_mut(&pane) else { return };
        slot.pid = None;
        slot.held.clear();
        let status = slot.exit.take().unwrap_or(ExitStatus::Unknown);
        tracing::info!(%pane, ?status, "ended");
        self.evidence.forget(pane);
        self.transcripts.forget(pane);
        self.watch_directories();
        self.output_waits(pane);
        let failed = status != ExitStatus::Code(0);
        let missing = self.slots.get(&pane).is_some_and(|slot| slot.missing);
        let stale =
            missing || failed && self.pane_type(pane).is_some_and(|ty| ty.not_found(last_words));
        // What ends to be started again has not ended for the model.
        if self.slots.get(&pane).is_some_and(|s| s.pending.is_none()) {
            self.program_ended(pane, status, stale);
        }
        // The keeper still knows of it: for the next daemon it has ended too, and is not
        // started again. Only a pane that asks is, since it has to ask again.
        if self.model.panes.get(&pane).is_some_and(|pane| pane.choice.is_some()) {
            self.order(pane, Order::Forget);
        }
        self.start_pending(pane);
    }

    /// The pane's journal can be written again, or is wanted no more.
    pub(super) fn journal_is_well(&mut self, pane: PaneId) {
        if self.unwritten.remove(&pane) && self.unwritten.is_empty() {
            self.tell(Topic::Journal, Vec::new());
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
                self.told_directory(pane, cwd);
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
                    && let Some(terminal) = self.terminals.get(&pane)
                {
                    terminal.write(&crate::term::clipboard_reply(kind, &self.clipboard));
                }
            }
            TermEvent::Reply(_) | TermEvent::Prompt(_) => {}
        }
    }

    /// Says to whoever would have had it that a text was too long for the clipboard.
    fn clipboard_overflow(&mut self, pane: PaneId) {
        if self.config.general.clipboard == Clipboard::Off {
            return;
        }
        self.with_model(|model, _, out| {
            let text = format!("{pane}: not copied: longer than 8 MiB");
            let writing = model.clients.values().filter(|client| !client.read_only);
            let clients: Vec<_> = writing.map(|client| client.id).collect();
            clients.into_iter().for_each(|client| model.say(client, text.clone(), out));
        });
    }

    /// Rings with the next frame, once however often a program rings until then.
    pub(super) fn bell(&mut self) {
        for client in self.clients.values_mut() {
            client.bell = true;
            client.pending.all();
        }
    }
}
