//! Which subsystem takes each message, and which carries out each effect of the model.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};

use crate::server::agent::conversation::archived;
use crate::server::agent::conversation::curation::Curation;
use crate::server::agent::conversation::sending::Sending;
use crate::server::agent::evidence::Evidence;
use crate::server::agent::guest::back::look_for_prompt;
use crate::server::agent::guest::ends::guest_ended;
use crate::server::agent::prompt::runs::changed;
use crate::server::agent::record::compare_record;
use crate::server::aside::{Lane, Then, sending};
use crate::server::client::Clients;
use crate::server::client::connection::InputCredit;
use crate::server::client::copy_mode::{self, copy_many, paste_text, resize};
use crate::server::client::input_cursor::Progress;
use crate::server::client::scrollback_files::ScrollbackFiles;
use crate::server::client::settings;
use crate::server::client::tools;
use crate::server::client::tour::open_tour;
use crate::server::control::pane_files;
use crate::server::control::read::Reads;
use crate::server::control::sleep::{sleep_soon, wake_now};
use crate::server::control::wait::Waits;
use crate::server::desktop::event_hooks::Run;
use crate::server::desktop::notification::notify;
use crate::server::lifecycle::Place;
use crate::server::lifecycle::fs_watcher::{Changed, follow_links};
use crate::server::lifecycle::keeper_link::keeper_event;
use crate::server::lifecycle::pane_types::reload_types;
use crate::server::lifecycle::saver::Saver;
use crate::server::lifecycle::write_ahead::is_lasting;
use crate::server::message::Message;
use crate::server::pane::cwd::{self, list_directory};
use crate::server::pane::process::{directories_changed, forget, kill, start_pane};
use crate::server::pane::search::{find_text, show_text};
use crate::server::pane::terminal::TerminalEvent;
use crate::server::pane::terminal_events::terminal_event;
use crate::server::project::membership::{Projects, Purpose, look_into};
use crate::server::project::prompt_templates::find_templates;
use crate::server::shared::{Deferred, Shared, Subsystem};
use crate::server::{Ending, Server};
use segno_base::ids::{ClientId, PaneId};
use segno_core::update::effect::{DetachReason, Effect};
use segno_core::update::event::Event;
use segno_store::curation;
use segno_term::input::InputEvent;
use segno_wire::frame::{Bye, ByeReason, FromClient};

/// How soon what is stored beside the structure is stored.
const RELAXED: Duration = Duration::from_secs(1);

impl Server {
    pub(super) fn message(&mut self, message: Message) {
        match message {
            Message::Attach { stream, params, seat, accepted } => {
                self.with(|clients: &mut Clients, shared| {
                    clients.attach(shared, stream, params, seat, accepted);
                });
            }
            Message::Client { client, frame, credit } => self.client_frame(client, frame, credit),
            Message::ClientTerminal { client, terminal } => {
                self.clients.terminal(client, &terminal);
            }
            Message::ClientGone { client } => {
                self.clients.gone(client);
                self.handle(Event::ClientGone { client });
                self.with(Clients::refresh_graphics);
            }
            Message::ClientFlushed { client } => self.clients.flushed(&self.shared, client),
            Message::Call { call, caller, answer } => self.call(*call, caller, answer),
            Message::Pane { pane, run, event } => {
                if self.shared.panes.run(pane) == Some(run) {
                    match event {
                        TerminalEvent::Changed => self.printed(pane),
                        TerminalEvent::Paused => self.clients.pane_paused(&self.shared, pane),
                        event => self.with_shared(|shared| terminal_event(shared, pane, event)),
                    }
                }
            }
            Message::Aside { lane, then } => self.aside_done(lane, then),
            Message::Keeper(event) => self.with_shared(|shared| keeper_event(shared, event)),
            Message::GuestEnded(ended) => self.with_shared(|shared| guest_ended(shared, ended)),
            Message::AtPrompt(at) => self.with_shared(|shared| look_for_prompt(shared, at)),
            Message::CompareRecord(pane) => self.with_shared(|shared| compare_record(shared, pane)),
            Message::Vanished => self.with(Place::renew),
            Message::Event(event) => self.handle(event),
            Message::Files(paths) => self.files_changed(paths),
            Message::PathsChanged(directories) => {
                self.worktrees.changed(&directories);
                self.with_shared(|shared| directories_changed(shared, &directories));
            }
            Message::Say { client, text } => self.with_shared(|shared| shared.say(client, text)),
            Message::TranscriptsRead(read) => self.with(|evidence: &mut Evidence, shared| {
                evidence.transcripts_read(shared, *read);
            }),
            Message::Costs(costs) => self.with_shared(|shared| {
                shared.with_model(|model, cx| model.costs_known(*costs, cx));
            }),
            Message::HookEnded => self.hooks.ended(&self.shared.queue),
            Message::ArchiveUpdated => {
                if self.agents.archive.updated() {
                    let run = self.agents.sending.send(&self.shared);
                    self.send_conversations(run);
                    self.agents.curation.archived(&self.shared.config);
                    self.handle(Event::ArchiveUpdated);
                }
            }
            Message::Sent(word) => {
                let run = self.with(|sending: &mut Sending, shared| sending.sent(shared, word));
                self.send_conversations(run);
            }
            Message::Curated(word) => self.with(|curation: &mut Curation, shared| {
                curation.ended(shared, *word);
            }),
            Message::Saved(result) => {
                // What a user does to the workspace is done now and then.
                self.lifecycle.footprint.used(Instant::now());
                self.with(|saver: &mut Saver, shared| saver.saved(shared, result));
            }
            Message::Stop => {
                self.lifecycle.stopped_by_signal = true;
                self.shared.ending = Some(Ending::Stop(ByeReason::Stopped));
            }
        }
        self.end_when_empty();
    }

    /// A pane's program printed something. That is so often that each is called directly.
    fn printed(&mut self, pane: PaneId) {
        self.clients.pane_changed(&self.shared, pane);
        self.with(|evidence: &mut Evidence, shared| evidence.printed(shared, pane));
        self.with(|waits: &mut Waits, shared| waits.output(shared, pane));
        cwd::printed(&mut self.shared, pane);
    }

    /// A workspace that has lost its last pane ends.
    fn end_when_empty(&mut self) {
        let is_empty = self.shared.model.tabs.is_empty();
        self.lifecycle.saver.had_panes |= !is_empty;
        if is_empty && self.lifecycle.saver.had_panes && self.shared.panes.closing.is_empty() {
            self.shared.ending.get_or_insert(Ending::Everything);
        }
    }

    fn client_frame(&mut self, client: ClientId, frame: FromClient, credit: Option<InputCredit>) {
        match frame {
            FromClient::Input { seq, bytes } => {
                self.input(client, seq, &bytes);
                // A program that goes on taking a long paste gets all of it in time.
                let terminal = |pane| self.shared.panes.terminal(pane);
                let focused = self.shared.model.focused(client);
                let congested =
                    focused.filter(|pane| terminal(*pane).is_some_and(|t| t.is_congested()));
                if let (Some(pane), Some(credit)) = (congested, credit) {
                    self.shared.panes.entry(pane).held.push(credit);
                }
            }
            FromClient::Resize { cols, rows, xpixel, ypixel } => {
                self.with(|clients: &mut Clients, shared| {
                    clients.resized(shared, client, cols, rows, xpixel, ypixel);
                });
            }
            FromClient::Detach => {
                self.effect(Effect::Detach { client, reason: DetachReason::Asked });
            }
            FromClient::Shown(bytes) => self.clients.shown(client, bytes),
            FromClient::Terminal | FromClient::Unknown(_) => {}
        }
    }

    /// Handles a client's input with this number, one event after the other, unless that was done
    /// already.
    fn input(&mut self, client: ClientId, seq: u64, bytes: &[u8]) {
        let Some(bytes) = self.clients.take_frame(client, seq, bytes) else { return };
        self.clients.begin_typing(&self.shared, client);
        let mut rest = &bytes[..];
        while !rest.is_empty() {
            let Some((count, events)) = self.clients.decode(client, rest) else { break };
            rest = &rest[count..];
            self.input_events(client, events);
        }
        let wait = Duration::from_millis(self.shared.config.general.escape_time_ms);
        self.clients.hold(client, wait);
        self.clients.end_typing(&self.shared);
    }

    /// The time for held bytes to become a sequence is over.
    pub(super) fn input_held_until(&mut self, now: Instant) {
        for client in self.clients.held_until(now) {
            self.clients.begin_typing(&self.shared, client);
            let events = self.clients.decode_held(client);
            self.input_events(client, events);
            self.clients.end_typing(&self.shared);
        }
    }

    fn input_events(&mut self, client: ClientId, events: Vec<InputEvent>) {
        self.clients.begin_events(&self.shared, client);
        for event in events {
            self.with(|clients: &mut Clients, shared| clients.event(shared, client, event));
        }
        self.clients.end_events(&self.shared, client);
    }

    /// Has conversations sent where the user has logged in.
    pub(super) fn send_conversations(&mut self, run: Option<Run>) {
        let Some(run) = run else { return };
        let (home, also) = (self.shared.options.home.clone(), self.shared.options.home.clone());
        let wanted = move || sending::is_logged_in(&home);
        let then = move || Message::Sent(sending::word(&also));
        self.hooks.run_if(&self.shared.queue, run, wanted, then);
    }

    /// Has what a conversation taught kept as notes.
    pub(super) fn curate(&mut self, run: Run) {
        let home = self.shared.options.home.clone();
        let then = move || Message::Curated(Box::new(curation::Word::take(&home)));
        self.hooks.run_if(&self.shared.queue, run, || true, then);
    }

    /// Files changed that the daemon reads.
    fn files_changed(&mut self, paths: Vec<PathBuf>) {
        let changed = Changed::of(&self.shared.options.home, paths);
        if changed.settings || changed.types {
            // What changed may be where a link leads.
            self.with_shared(follow_links);
        }
        if changed.settings {
            self.lifecycle.settings.file_changed();
        }
        if changed.types {
            self.with_shared(|shared| reload_types(shared, |_| {}));
        }
        self.with(|evidence: &mut Evidence, shared| evidence.files_changed(shared, changed));
    }

    /// Has a subsystem do something, and carries out what it defers.
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

    /// Carries out what was deferred, each with all that follows from it before the next.
    fn settle(&mut self) {
        for deferred in self.shared.take_deferred() {
            match deferred {
                Deferred::Effects(effects) => {
                    self.commit(&effects);
                    for effect in effects {
                        self.effect(effect);
                    }
                }
                Deferred::Begin(lane) => self.next_in(lane),
                Deferred::Call(call) => {
                    call(self);
                    self.settle();
                }
            }
        }
    }

    /// Stores what a client's command, or a call with a key, has changed in the model, before it is
    /// carried out.
    fn commit(&mut self, effects: &[Effect]) {
        let (clients, saver) = (&mut self.clients, &mut self.lifecycle.saver);
        let lasting = clients.is_typing() && effects.iter().any(is_lasting);
        match lasting {
            true => {
                if let Some((token, progress)) = clients.command(&self.shared) {
                    saver.commit(&self.shared, token, &progress);
                }
            }
            false if effects.contains(&Effect::SaveFirst) => {
                saver.commit(&self.shared, String::new(), &Progress::default());
            }
            false => {}
        }
    }

    /// Begins what waits in a lane in which nothing is under way.
    fn next_in(&mut self, lane: Lane) {
        // What it needs may line up in the same lane meanwhile.
        while let Some(begin) = self.shared.lanes.next(lane) {
            let work = begin(self);
            self.settle();
            if let Some(work) = work {
                return work.begin(Some(lane), self.shared.queue.clone());
            }
        }
    }

    /// Work beside the owner is done.
    pub(super) fn aside_done(&mut self, lane: Option<Lane>, then: Option<Then>) {
        if let Some(then) = then {
            then.go_on(self);
            self.settle();
        }
        if let Some(lane) = lane {
            self.next_in(lane);
        }
    }

    fn effect(&mut self, effect: Effect) {
        match effect {
            Effect::Start { pane, beginning } => {
                self.with_shared(|shared| start_pane(shared, pane, beginning));
            }
            Effect::Kill { pane } => self.with_shared(|shared| kill(shared, pane)),
            Effect::Forget { pane } => self.with_shared(|shared| forget(shared, pane)),
            Effect::Resize { pane, size } => self.with_shared(|shared| resize(shared, pane, size)),
            Effect::ShowText(found) => self.with_shared(|shared| show_text(shared, found)),
            Effect::FindProject { pane, cwd, opened } => {
                let purpose = Purpose::Pane { pane, opened };
                self.with_shared(|shared| look_into(shared, cwd, purpose));
            }
            Effect::OpenProject { client, directory } => {
                let purpose = Purpose::Show { client };
                self.with_shared(|shared| look_into(shared, directory, purpose));
            }
            Effect::TrustAnswered { client, file, hash, trusted } => {
                self.with(|projects: &mut Projects, shared| {
                    projects.trust_answered(shared, client, &file, &hash, trusted);
                });
            }
            Effect::EditScrollback { client, pane } => {
                self.with(|files: &mut ScrollbackFiles, shared| files.edit(shared, client, pane));
            }
            Effect::EditNote { client, pane } => {
                self.with_shared(|shared| pane_files::edit_note(shared, client, pane));
            }
            Effect::Log { client, pane, path } => {
                self.with_shared(|shared| pane_files::log_for(shared, client, pane, path));
            }
            Effect::SaveScrollback { client, pane, path } => {
                self.with_shared(|shared| pane_files::save_for(shared, client, pane, &path));
            }
            Effect::Save => {
                self.control.events.shape_may_differ = true;
                self.lifecycle.saver.soon(Instant::now(), Duration::ZERO);
            }
            Effect::PromptsChanged { pane } => self.with_shared(|shared| changed(shared, pane)),
            Effect::Sleep { pane } => self.with_shared(|shared| sleep_soon(shared, pane)),
            Effect::Wake { pane } => self.with_shared(|shared| wake_now(shared, pane)),
            // That was done before.
            Effect::SaveFirst => {}
            Effect::SaveSoon => self.lifecycle.saver.soon(Instant::now(), RELAXED),
            Effect::Redraw => {
                self.clients.redraw_all();
                self.with(Waits::check);
                self.with(Reads::check);
            }
            Effect::FindConversations { client, wanted } => {
                self.with(|evidence: &mut Evidence, shared| {
                    evidence.find_conversations(shared, client, wanted);
                });
            }
            Effect::SearchArchive { client, query } => {
                self.with_shared(|shared| archived::search(shared, client, query));
            }
            Effect::ListArchived { client } => {
                self.with_shared(|shared| archived::list(shared, client));
            }
            Effect::ReadArchive { client, passage } => {
                self.with_shared(|shared| archived::read(shared, client, passage));
            }
            Effect::Settings { client, change } => {
                self.with_shared(|shared| settings::settings(shared, client, change));
            }
            Effect::ReadUsage { client } => {
                self.with(|evidence: &mut Evidence, shared| evidence.show_usage(shared, client));
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
            Effect::Emit(event) => {
                if !self.control.events.record_event(&event) {
                    return;
                }
                self.agents.archive.after(&self.shared.config, &event);
                self.agents.curation.after(&event);
                self.worktrees.after(&event);
                self.hooks.dispatch(&self.shared, &event);
            }
            Effect::Input { .. }
            | Effect::Scroll { .. }
            | Effect::DropInput { .. }
            | Effect::Copy { .. }
            | Effect::CopyMany { .. }
            | Effect::Seek { .. }
            | Effect::PasteCopied { .. }
            | Effect::PasteText { .. }
            | Effect::Open { .. }
            | Effect::Tour { .. }
            | Effect::NewInWorktree { .. }
            | Effect::Review { .. }
            | Effect::FindTemplates { .. }
            | Effect::ListDirectory { .. }
            | Effect::FindText { .. }
            | Effect::RedrawClient(_)
            | Effect::Bell
            | Effect::Notify(_)
            | Effect::Detach { .. } => self.client_effect(effect),
        }
    }

    /// What the model wants of clients, and of those who type.
    fn client_effect(&mut self, effect: Effect) {
        let Server { clients, shared, .. } = self;
        match effect {
            Effect::Input { pane, input } => clients.typed(shared, pane, input),
            Effect::Scroll { pane, scroll } => clients.scroll(shared, pane, scroll),
            Effect::DropInput { client, pane } => clients.drop_input_for(shared, client, pane),
            Effect::Copy { client, text } => clients.copy(shared, client, text),
            Effect::CopyMany { client, pane, selected } => {
                copy_many(shared, client, pane, selected);
            }
            Effect::Seek { client, pane, seek } => copy_mode::seek(shared, client, pane, seek),
            Effect::PasteCopied { pane } => clients.paste_copied(shared, pane),
            Effect::PasteText { pane, text } => paste_text(shared, pane, Arc::new(text)),
            Effect::Open { client, pane, target } => {
                clients.open_target(shared, client, pane, target);
            }
            Effect::Tour { client } => open_tour(shared, client),
            Effect::NewInWorktree { client, start } => {
                tools::new_in_worktree(shared, client, *start);
            }
            Effect::Review { client, pane } => tools::review(shared, client, pane),
            Effect::FindTemplates { client, directory } => {
                find_templates(shared, client, directory);
            }
            Effect::ListDirectory { client, text } => list_directory(shared, client, text),
            Effect::FindText { client, text } => find_text(shared, client, text),
            Effect::RedrawClient(client) => clients.redraw(client),
            Effect::Bell => clients.bell(),
            Effect::Notify(notice) => notify(clients, shared, &notice),
            Effect::Detach { client, reason } => {
                let (reason, text) = match reason {
                    DetachReason::Asked => (ByeReason::Detached, ""),
                    DetachReason::Empty => (ByeReason::Ended, "the last pane was closed"),
                    DetachReason::Closed => (ByeReason::Ended, "the pane was closed"),
                };
                let bye = Bye { reason, text: text.to_string() };
                clients.goodbye(&shared.options.home, client, bye);
                shared.handle(Event::ClientGone { client });
            }
            other => tracing::error!(?other, "an effect that nobody carries out"),
        }
        self.settle();
    }
}
