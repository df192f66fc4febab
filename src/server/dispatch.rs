//! Which part of the server takes each message, and which carries out each effect of the model.

use std::time::{Duration, Instant};

use crate::core::update::effect::{DetachReason, Effect};
use crate::core::update::event::Event;
use crate::server::client::input_checkpoint;
use crate::server::message::Message;
use crate::server::project::membership::Purpose;
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
                        let congested = self
                            .model
                            .focused(client)
                            .filter(|p| self.panes.terminal(*p).is_some_and(|t| t.is_congested()));
                        if let (Some(pane), Some(credit)) = (congested, credit) {
                            self.panes.entry(pane).held.push(credit);
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
                if !self.model.clients.contains_key(&client) {
                    self.clients.remove(&client);
                }
            }
            Message::Call { call, peer, answer } => self.call(*call, peer, answer),
            Message::Pane { pane, run, event } => {
                if self.panes.run(pane) == Some(run) {
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
                self.with_model(|model, cx| model.say(client, text, cx));
            }
            Message::TranscriptsRead(read) => self.transcripts_read(*read),
            Message::Costs(costs) => {
                self.with_model(|model, cx| model.costs_known(*costs, cx));
            }
            Message::UsedToday { day, cost } => self.used_today(day, cost),
            Message::HookEnded => self.hook_ended(),
            Message::ArchiveUpdated => self.archive_updated(),
            Message::Saved(result) => self.saved(result),
            Message::Stop => {
                self.stopped_by_signal = true;
                self.ending = Some(Ending::Stop(ByeReason::Stopped));
            }
        }
        if self.saver.had_panes && self.model.tabs.is_empty() && self.panes.closing.is_empty() {
            self.ending.get_or_insert(Ending::Everything);
        }
    }

    pub(super) fn effect(&mut self, effect: Effect) {
        match effect {
            Effect::Start { pane, beginning } => self.start_pane(pane, beginning),
            Effect::Kill { pane } => self.kill(pane),
            Effect::Forget { pane } => self.forget(pane),
            Effect::Input { pane, input } => self.typed(pane, input),
            Effect::FindProject { pane, cwd, opened } => {
                self.look_into(cwd, Purpose::Pane { pane, opened });
            }
            Effect::OpenProject { client, directory } => {
                self.look_into(directory, Purpose::Show { client });
            }
            Effect::TrustAnswered { client, file, hash, trusted } => {
                self.trust_answered(client, &file, &hash, trusted);
            }
            Effect::Resize { pane, size } => {
                if let Some(terminal) = self.panes.terminal(pane) {
                    self.copies.keep_places(terminal, &self.model);
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
                self.events.shape_may_differ = true;
                self.saver.soon(Instant::now(), save_delay(false));
            }
            Effect::PromptsChanged { pane } => self.prompts_changed(pane),
            Effect::Wake { pane } => self.wake(pane, None),
            // That was done before.
            Effect::SaveFirst => {}
            Effect::SaveSoon => self.saver.soon(Instant::now(), save_delay(true)),
            Effect::Redraw => {
                self.redraw_all();
                self.check_waits();
                self.check_reads();
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
            Effect::SearchArchive { client, query } => self.search_archive(client, query),
            Effect::ReadArchive { client, passage } => self.read_archive(client, passage),
            Effect::UpdateArchive => self.archive_soon(),
            Effect::ExportArchived { client, of, directory } => {
                self.export_archived(client, of, directory);
            }
            Effect::FindKept { pane, of } => self.find_kept(pane, of),
            Effect::RestoreArchived { client, of, directory, for_whom } => {
                self.restore_archived(client, of, directory, for_whom);
            }
            Effect::ShowText(found) => self.show_text(found),
            Effect::Bell => self.bell(),
            Effect::Notify(notice) => self.call_out(&notice),
            Effect::Emit(event) => {
                self.record_event(&event);
                self.archive_after(&event);
                self.dispatch_hooks(&event);
            }
        }
    }

    /// Ends a client's connection.
    pub(super) fn goodbye(&mut self, client: ClientId, bye: Bye) {
        if let Some(state) = self.clients.get_mut(&client) {
            state.bye(&teardown(), bye);
            if let Some(token) = &state.token {
                input_checkpoint::remove(&self.options.home, token);
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
