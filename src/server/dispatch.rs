//! Which part of the server takes each message, and which carries out each effect of the model.

use std::time::{Duration, Instant};

use crate::core::update::effect::{DetachReason, Effect};
use crate::core::update::event::Event;
use crate::server::agent::conversation::archived;
use crate::server::client::input_checkpoint;
use crate::server::control::read::Reads;
use crate::server::control::wait::Waits;
use crate::server::message::Message;
use crate::server::project::membership::{Projects, Purpose, look_into};
use crate::server::shared::{Pending, Shared, Subsystem};
use crate::server::{Ending, Server, clock};
use segno_base::ids::ClientId;
use segno_term::render::teardown;
use segno_wire::frame::{Bye, ByeReason, FromClient};

impl Server {
    pub(super) fn message(&mut self, message: Message) {
        match message {
            Message::Attach { stream, params, seat, accepted } => {
                self.attach(stream, params, seat, accepted);
            }
            Message::Client { client, frame, credit } => {
                match frame {
                    FromClient::Input { seq, bytes } => {
                        self.numbered_input(client, seq, &bytes);
                        // A program that goes on taking a long paste gets all of it in time.
                        let congested = self.shared.model.focused(client).filter(|p| {
                            self.shared.panes.terminal(*p).is_some_and(|t| t.is_congested())
                        });
                        if let (Some(pane), Some(credit)) = (congested, credit) {
                            self.shared.panes.entry(pane).held.push(credit);
                        }
                    }
                    FromClient::Resize { cols, rows, xpixel, ypixel } => {
                        self.client_resized(client, cols, rows, xpixel, ypixel);
                    }
                    FromClient::Detach => {
                        self.effect(Effect::Detach { client, reason: DetachReason::Asked });
                    }
                    FromClient::Shown(bytes) => {
                        if let Some(client) = self.clients.get_mut(&client) {
                            client.shown = client.shown.max(bytes);
                        }
                    }
                    FromClient::Unknown(_) => {}
                }
            }
            Message::ClientGone { client } => {
                if let Some(record) = self.clients.remove(&client).and_then(|mut c| c.record.take())
                {
                    record.gone(clock::now_ms());
                }
                self.handle(Event::ClientGone { client });
                self.refresh_graphics();
            }
            Message::ClientFlushed { client } => {
                // One that said goodbye is gone with its last byte.
                if !self.shared.model.clients.contains_key(&client) {
                    self.clients.remove(&client);
                }
            }
            Message::Call { call, peer, answer } => self.call(*call, peer, answer),
            Message::Pane { pane, run, event } => {
                if self.shared.panes.run(pane) == Some(run) {
                    self.terminal_event(pane, event);
                }
            }
            Message::Aside { lane, then } => self.aside_done(lane, then),
            Message::Keeper(event) => self.keeper_event(event),
            Message::GuestEnded(ended) => self.guest_ended(ended),
            Message::AtPrompt(at) => self.look_for_prompt(at),
            Message::CompareRecord(pane) => self.compare_record(pane),
            Message::Vanished => self.mend_place(),
            Message::Event(event) => self.handle(event),
            Message::Files(paths) => self.files_changed(paths),
            Message::Tell { client, text } => {
                self.with_model(|model, _, out| model.say(client, text, out));
            }
            Message::TranscriptsRead(read) => self.transcripts_read(*read),
            Message::UsedToday { day, cost } => self.used_today(day, cost),
            Message::HookEnded => self.hooks.ended(&self.shared.queue),
            Message::ArchiveUpdated => {
                self.agents.archive.updated();
                self.handle(Event::ArchiveUpdated);
            }
            Message::Saved(result) => self.saved(result),
            Message::Stop => {
                self.stopped_by_signal = true;
                self.ending = Some(Ending::Stop(ByeReason::Stopped));
            }
        }
        self.saver.had_panes |= !self.shared.model.tabs.is_empty();
        if self.saver.had_panes
            && self.shared.model.tabs.is_empty()
            && self.shared.panes.closing.is_empty()
        {
            self.ending.get_or_insert(Ending::Everything);
        }
    }

    /// Has a subsystem do something, and carries out what it leaves.
    pub(super) fn with<S: Subsystem, R>(
        &mut self,
        call: impl FnOnce(&mut S, &mut Shared) -> R,
    ) -> R {
        let (subsystem, shared) = S::lend(self);
        let result = call(subsystem, shared);
        self.settle();
        result
    }

    /// The same for what needs no state of its own.
    pub(super) fn with_shared<R>(&mut self, call: impl FnOnce(&mut Shared) -> R) -> R {
        let result = call(&mut self.shared);
        self.settle();
        result
    }

    /// Carries out what was left, each with all that follows from it before the next.
    pub(super) fn settle(&mut self) {
        for pending in std::mem::take(&mut self.shared.pending) {
            match pending {
                Pending::Effects(effects) => {
                    self.commit(&effects);
                    for effect in effects {
                        self.effect(effect);
                    }
                }
                Pending::Begin(lane) => self.next_in(lane),
                Pending::Call(call) => {
                    call(self);
                    self.settle();
                }
            }
        }
    }

    pub(super) fn effect(&mut self, effect: Effect) {
        match effect {
            Effect::Start { pane, conversation, prompt } => {
                self.start_pane(pane, conversation, prompt);
            }
            Effect::Kill { pane } => self.kill(pane),
            Effect::Forget { pane } => self.forget(pane),
            Effect::Input { pane, input } => self.typed(pane, input),
            Effect::FindProject { pane, cwd, opened } => {
                self.with_shared(|shared| {
                    look_into(shared, cwd, Purpose::Pane { pane, opened });
                });
            }
            Effect::OpenProject { client, directory } => {
                self.with_shared(|shared| {
                    look_into(shared, directory, Purpose::Show { client });
                });
            }
            Effect::TrustAnswered { client, file, hash, trusted } => {
                self.with(|projects: &mut Projects, shared| {
                    projects.trust_answered(shared, client, &file, &hash, trusted);
                });
            }
            Effect::Resize { pane, size } => {
                if let Some(terminal) = self.shared.panes.terminal(pane) {
                    self.shared.copies.keep_places(terminal, &self.shared.model);
                    terminal.resize(size);
                    self.reflowed(pane);
                }
            }
            Effect::Copy { client, text } => self.copy(client, text),
            Effect::CopyMany { client, pane, selected } => self.copy_many(client, pane, selected),
            Effect::Seek { client, pane, seek } => self.seek(client, pane, seek),
            Effect::PasteCopied { pane } => self.paste_copied(pane),
            Effect::DropInput { client, pane } => self.drop_input_for(client, pane),
            Effect::PasteText { pane, text } => self.paste_text(pane, std::sync::Arc::new(text)),
            Effect::Open { client, pane, target } => self.open_target(client, pane, target),
            Effect::EditScrollback { client, pane } => self.edit_scrollback(client, pane),
            Effect::Tour { client } => self.open_tour(client),
            Effect::EditNote { client, pane } => self.edit_note(client, pane),
            Effect::Log { client, pane, path } => self.log_for(client, pane, path),
            Effect::SaveScrollback { client, pane, path } => self.save_for(client, pane, &path),
            Effect::Scroll { pane, scroll } => self.scroll(pane, scroll),
            Effect::Save => {
                self.control.events.shape_may_differ = true;
                self.saver.soon(Instant::now(), save_delay(false));
            }
            Effect::SaveSoon => self.saver.soon(Instant::now(), save_delay(true)),
            Effect::Redraw => {
                self.redraw_all();
                self.with(Waits::check);
                self.with(Reads::check);
            }
            Effect::RedrawClient(client) => {
                if let Some(client) = self.clients.get_mut(&client) {
                    client.pending.all();
                }
            }
            Effect::Detach { client, reason } => {
                let (reason, text) = match reason {
                    DetachReason::Asked => (ByeReason::Detached, ""),
                    DetachReason::Empty => (ByeReason::Ended, "the last pane was closed"),
                };
                self.goodbye(client, Bye { reason, text: text.to_string() });
                self.handle(Event::ClientGone { client });
            }
            Effect::ListDirectory { client, text } => self.list_directory(client, text),
            Effect::FindConversations { client, wanted } => self.find_conversations(client, wanted),
            Effect::FindText { client, text } => self.find_text(client, text),
            Effect::SearchArchive { client, query } => {
                self.with_shared(|shared| archived::search(shared, client, query));
            }
            Effect::ReadArchive { client, passage } => {
                self.with_shared(|shared| archived::read(shared, client, passage));
            }
            Effect::UpdateArchive => self.agents.archive.soon(&self.shared.config),
            Effect::ExportArchived { client, of, directory } => {
                self.with_shared(|shared| archived::export(shared, client, of, directory));
            }
            Effect::FindKept { pane, of } => {
                self.with_shared(|shared| archived::find_kept(shared, pane, of));
            }
            Effect::RestoreArchived { client, of, directory, for_whom } => {
                self.with_shared(|shared| {
                    archived::restore(shared, client, of, directory, for_whom);
                });
            }
            Effect::ShowText(found) => self.show_text(found),
            Effect::Bell => self.bell(),
            Effect::Notify(notice) => self.call_out(&notice),
            Effect::Emit(event) => {
                self.control.events.record_event(&event);
                self.agents.archive.after(&self.shared.config, &event);
                self.hooks.dispatch(&self.shared, &event);
            }
        }
    }

    /// Ends a client's connection.
    pub(super) fn goodbye(&mut self, client: ClientId, bye: Bye) {
        if let Some(state) = self.clients.get_mut(&client) {
            state.bye(&teardown(), bye);
            if let Some(token) = &state.token {
                input_checkpoint::remove(&self.shared.options.home, token);
            }
            if state.is_flushed() {
                self.clients.remove(&client);
            }
        }
    }
}

pub(super) fn save_delay(relaxed: bool) -> Duration {
    if relaxed { Duration::from_secs(1) } else { Duration::ZERO }
}
