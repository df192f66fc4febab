//! Carrying out what the model wants done.

use std::sync::Arc;
use std::time::{Duration, Instant};

use crate::base::ids::{ClientId, PaneId};
use crate::core::effect::{DetachReason, Effect};
use crate::core::event::Event;
use crate::core::model::{Conversation, Life};
use crate::keeper::protocol::HeldState;
use crate::render::teardown;
use crate::store::journal::Journal;
use crate::store::session_file;
use crate::term::TermEvent;
use crate::wire::frame::{Bye, ByeReason, FromClient};

use super::keep::CLOSED;
use super::launch::{Launch, forget_claims, launch};
use super::message::Message;
use super::pane::{PaneNews, Terminal};
use super::project::Purpose;
use super::replay::Restored;
use super::{Ending, Server, Topic, clock};

/// How long a program may take to end after each signal.
pub(super) const GRACE: Duration = Duration::from_secs(3);
/// Working directories are looked up at most this often while panes print.
const DIRECTORIES: Duration = Duration::from_secs(1);

impl Server {
    pub(super) fn message(&mut self, message: Message) {
        match message {
            Message::Attach { stream, params, accepted } => self.attach(stream, params, accepted),
            Message::Client { client, frame, credit } => {
                match frame {
                    FromClient::Input { seq, bytes } => {
                        self.numbered_input(client, seq, &bytes);
                        // While a pane does not read, its client does not send.
                        let congested = self
                            .model
                            .focused(client)
                            .filter(|p| self.terminals.get(p).is_some_and(|t| t.is_congested()));
                        if let (Some(pane), Some(credit)) = (congested, credit) {
                            self.slots.entry(pane).or_default().held.push(credit);
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
                self.clients.remove(&client);
                self.handle(Event::ClientGone { client });
            }
            Message::ClientFlushed { client } => {
                // One that said goodbye is gone with its last byte.
                if !self.model.clients.contains_key(&client) {
                    self.clients.remove(&client);
                }
            }
            Message::Call { call, answer } => self.call(*call, answer),
            Message::Pane { pane, run, news } => {
                if self.slots.get(&pane).is_some_and(|s| s.run == run) {
                    self.pane_news(pane, news);
                }
            }
            Message::Launched { pane, run, result } => self.launched(pane, run, *result),
            Message::Keeper(event) => self.keeper_event(event),
            Message::Files(paths) => self.files_changed(paths),
            Message::DirectoryListed { client, text, directory, completions } => {
                self.handle(Event::DirectoryListed { client, text, directory, completions });
            }
            Message::ConversationsListed { asker, wanted, lists } => {
                self.conversations_listed(asker, &wanted, lists);
            }
            Message::ConversationsFound { client, type_name, conversations } => {
                self.handle(Event::ConversationsFound { client, type_name, conversations });
            }
            Message::TextFound { client, text, found } => {
                self.handle(Event::TextFound { client, text, found });
            }
            Message::RecentFound { client, recent } => {
                self.handle(Event::RecentFound { client, recent });
            }
            Message::Tell { client, text } => {
                self.with_model(|model, _, out| model.say(client, text, out));
            }
            Message::UsedToday { day, cost } => self.used_today(day, cost),
            Message::HookEnded => self.hook_ended(),
            Message::ProjectFound(found) => self.project_found(*found),
            Message::Saved(result) => self.saved(result),
            Message::Stop => self.ending = Some(Ending::Stop(ByeReason::Stopped)),
        }
        if self.saver.had_panes && self.model.tabs.is_empty() && self.closing.is_empty() {
            self.ending.get_or_insert(Ending::Everything);
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
                self.look_into(cwd, Purpose::Pane { pane, opened });
            }
            Effect::OpenProject { client, directory } => {
                self.look_into(directory, Purpose::Show { client });
            }
            Effect::TrustAnswered { client, file, hash, trusted } => {
                self.trust_answered(client, &file, &hash, trusted);
            }
            Effect::Resize { pane, size } => {
                if let Some(terminal) = self.terminals.get(&pane) {
                    terminal.resize(size);
                    self.reflowed(pane);
                }
            }
            Effect::Copy { client, text } => self.copy(client, text),
            Effect::PasteCopied { pane } => self.paste_copied(pane),
            Effect::Open { client, pane, target } => self.open_target(client, pane, target),
            Effect::EditScrollback { client, pane } => self.edit_scrollback(client, pane),
            Effect::Tour { client } => self.open_tour(client),
            Effect::EditNote { client, pane } => self.edit_note(client, pane),
            Effect::Log { client, pane, path } => self.log_for(client, pane, path),
            Effect::SaveScrollback { client, pane, path } => self.save_for(client, pane, &path),
            Effect::Scroll { pane, scroll } => self.scroll(pane, scroll),
            Effect::Save => self.saver.soon(Instant::now(), save_delay(false)),
            Effect::SaveSoon => self.saver.soon(Instant::now(), save_delay(true)),
            Effect::Redraw => {
                self.redraw_all();
                self.check_waits();
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
            Effect::FindConversations { client, type_name, cwd } => {
                self.find_conversations(client, type_name, &cwd);
            }
            Effect::FindText { client, text } => self.find_text(client, text),
            Effect::FindRecent { client } => self.find_recent(client),
            Effect::ShowText(found) => self.show_text(found),
            Effect::Bell => self.bell(),
            Effect::Notify(notice) => self.call_out(&notice),
            Effect::Tell(news) => self.hear(&news),
        }
    }

    /// Ends a client's connection.
    pub(super) fn goodbye(&mut self, client: ClientId, bye: Bye) {
        if let Some(state) = self.clients.get_mut(&client) {
            state.bye(&teardown(), bye);
            if let Some(token) = &state.token {
                let _ = std::fs::remove_file(
                    self.options.home.run_dir().join(format!("input.{token}")),
                );
            }
            if state.is_flushed() {
                self.clients.remove(&client);
            }
        }
    }

    fn start_pane(&mut self, pane: PaneId, conversation: Conversation, prompt: Option<String>) {
        let Some(state) = self.model.panes.get(&pane) else { return };
        let (spec, size) = (state.spec.clone(), state.size);
        let slot = self.slots.entry(pane).or_default();
        if slot.pid.is_some() || slot.launching {
            // The program before has to end first.
            tracing::info!(%pane, "waits for the program before to end");
            slot.pending = Some((conversation, prompt));
            return;
        }
        let Some(ty) = self.registry.get(&spec.type_name).cloned() else {
            let why = format!("there is no pane type {:?}; see `segno types`", spec.type_name);
            return self.handle(Event::StartFailed { pane, why });
        };
        let never_prompted = match (&conversation, &state.tracking) {
            (Conversation::Resume(id), Some(tracking)) => tracking.never_prompted(id),
            _ => false,
        };
        let limit = match ty.keep_scrollback {
            true => self.config.general.journal_mb * 1024 * 1024,
            false => 0,
        };
        slot.run += 1;
        slot.launching = true;
        slot.tells_cwd = false;
        slot.exit = None;
        let run = slot.run;
        let before = self.terminals.remove(&pane).map(|t| t.take_over());
        let verb = if before.is_some() { "restarted" } else { "restored" };
        let marker = format!("{verb} {}", clock::local_time(clock::now_ms()));
        let request = Launch {
            pane,
            spec,
            conversation,
            prompt,
            never_prompted,
            size,
            ty,
            home: self.options.home.clone(),
            env: self.env.clone(),
            unset: self.config.environment.unset.clone(),
            shell: self.shell(),
            user_home: self.options.user_home.clone(),
            segno: self.options.exe.clone(),
            keeper: self.keeper.clone(),
            before,
            restored: Restored { options: self.terminal_options(), limit, marker: Some(marker) },
            nonce: clock::now_ms(),
        };
        let queue = self.queue.clone();
        tokio::task::spawn_blocking(move || {
            let result = Box::new(launch(request));
            let _ = queue.send(Message::Launched { pane, run, result });
        });
    }

    fn launched(
        &mut self,
        pane: PaneId,
        run: u64,
        result: Result<super::launch::Launched, String>,
    ) {
        let Some(slot) = self.slots.get_mut(&pane).filter(|s| s.run == run) else {
            // Closed meanwhile; its program must not live on unseen, nor its files stay.
            let _ = self.keeper.kill(pane, GRACE);
            let held = self.keeper.list().unwrap_or_default();
            let runs = held.iter().any(|h| h.pane == pane && h.state == HeldState::Running);
            if !runs && !self.slots.contains_key(&pane) {
                self.closed(pane);
            }
            return;
        };
        slot.launching = false;
        match result {
            Ok(launched) => {
                tracing::info!(%pane, run, pid = launched.pid, "started");
                slot.pid = Some(launched.pid);
                slot.facts = launched.facts;
                let started = Terminal::start(
                    pane,
                    run,
                    launched.emulator,
                    launched.journal,
                    launched.line,
                    &[],
                    self.queue.clone(),
                );
                match started {
                    Ok(terminal) => {
                        if let Some(size) = self.model.panes.get(&pane).map(|p| p.size) {
                            terminal.resize(size);
                        }
                        if let Some(slot) = self.slots.get_mut(&pane)
                            && let Some((pid, status)) = slot.early.take()
                            && pid == launched.pid
                        {
                            slot.exit = Some(status);
                            terminal.finish();
                        }
                        self.terminals.insert(pane, terminal);
                        self.begin_handlers(pane);
                        self.resume_log(pane);
                        if self.is_pending(pane) {
                            // Asked to start again meanwhile: this run is over before it began.
                            return self.kill(pane);
                        }
                        self.reflowed(pane);
                        self.handle(Event::Started {
                            pane,
                            pid: launched.pid,
                            assigned: launched.assigned,
                            notes: launched.notes,
                        });
                        self.follow_files(pane);
                        self.type_ahead(pane);
                    }
                    Err(error) => {
                        let _ = self.keeper.kill(pane, GRACE);
                        let why = format!("cannot use its terminal: {error}");
                        self.handle(Event::StartFailed { pane, why });
                    }
                }
            }
            Err(_) if self.is_pending(pane) => self.start_pending(pane),
            Err(why) => self.handle(Event::StartFailed { pane, why }),
        }
    }

    /// Whether the pane's program is started again as soon as the one before has ended.
    fn is_pending(&self, pane: PaneId) -> bool {
        self.slots.get(&pane).is_some_and(|slot| slot.pending.is_some())
    }

    fn start_pending(&mut self, pane: PaneId) {
        let pending = self.slots.get_mut(&pane).and_then(|s| s.pending.take());
        if let Some((conversation, prompt)) = pending {
            self.start_pane(pane, conversation, prompt);
        }
    }

    fn kill(&mut self, pane: PaneId) {
        if self.slots.get(&pane).is_some_and(|s| s.pid.is_some())
            && let Err(error) = self.keeper.kill(pane, GRACE)
        {
            tracing::warn!(%pane, %error, "cannot end the program");
        }
    }

    /// The pane was closed: its program ends, then what is stored of it goes.
    fn forget(&mut self, pane: PaneId) {
        let slot = self.slots.remove(&pane);
        if let Some(terminal) = self.terminals.remove(&pane) {
            // Its task would otherwise wait for output for ever.
            terminal.finish();
        }
        self.pastes.remove(&pane);
        self.journal_is_well(pane);
        self.tracker.forget(pane);
        self.evidence.forget(pane);
        self.found.remove(&pane);
        self.watch_directories();
        self.closing.insert(pane);
        let runs = slot.is_some_and(|s| (s.pid.is_some() && s.exit.is_none()) || s.launching);
        if runs {
            self.end_closed(pane);
        } else {
            self.closed(pane);
        }
    }

    /// Ends a closed pane's program; should this daemon die meanwhile, the next one knows.
    pub(super) fn end_closed(&self, pane: PaneId) {
        if let Err(error) = self.keeper.kill_noting(pane, GRACE, CLOSED) {
            tracing::debug!(%pane, %error, "nothing to end");
        }
    }

    /// A closed pane's program has ended.
    pub(super) fn closed(&mut self, pane: PaneId) {
        self.closing.remove(&pane);
        let _ = self.keeper.ack(pane);
        self.remove_left_scrollback();
        let home = self.options.home.clone();
        tokio::task::spawn_blocking(move || remove_files(&home, pane));
    }

    fn pane_news(&mut self, pane: PaneId, news: PaneNews) {
        match news {
            PaneNews::Changed => {
                self.pane_changed(pane);
                self.printed(pane);
                self.output_waits(pane);
                if self.slots.get(&pane).is_some_and(|s| !s.tells_cwd) {
                    self.directories_at.get_or_insert_with(|| Instant::now() + DIRECTORIES);
                }
            }
            PaneNews::Term(event) => self.term_event(pane, event),
            PaneNews::Uncongested => {
                if let Some(slot) = self.slots.get_mut(&pane) {
                    slot.held.clear();
                }
            }
            PaneNews::Drained { last_words } => {
                // Its last words may be what went wrong.
                self.run_handlers(pane);
                let Some(slot) = self.slots.get_mut(&pane) else { return };
                slot.pid = None;
                slot.held.clear();
                let status = slot.exit.take().unwrap_or(crate::core::model::ExitStatus::Unknown);
                tracing::info!(%pane, ?status, "ended");
                let _ = self.keeper.ack(pane);
                // What the tracker wrote at the very end belongs to this run.
                self.read_spool(pane);
                self.evidence.forget(pane);
                self.watch_directories();
                self.output_waits(pane);
                let failed = status != crate::core::model::ExitStatus::Code(0);
                let stale =
                    failed && self.pane_type(pane).is_some_and(|t| t.not_found(&last_words));
                // What ends to be started again has not ended for the model.
                if self.slots.get(&pane).is_some_and(|s| s.pending.is_none()) {
                    self.handle(Event::Exited { pane, status, stale });
                }
                self.start_pending(pane);
            }
            PaneNews::LogEnded(why) => self.log_ended(pane, &why),
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

    /// The pane's journal can be written again, or is wanted no more.
    fn journal_is_well(&mut self, pane: PaneId) {
        if self.unwritten.remove(&pane) && self.unwritten.is_empty() {
            self.tell(Topic::Journal, Vec::new());
        }
    }

    fn term_event(&mut self, pane: PaneId, event: TermEvent) {
        match event {
            TermEvent::Title(title) => {
                let title = title.unwrap_or_default();
                self.look_at_title(pane, &title);
                self.handle(Event::Title { pane, title });
            }
            TermEvent::Bell => self.handle(Event::Bell { pane }),
            TermEvent::Notification(notification) => {
                self.handle(Event::Notified { pane, notification });
            }
            TermEvent::Cwd(cwd) => {
                if cwd.is_dir() {
                    if let Some(slot) = self.slots.get_mut(&pane) {
                        slot.tells_cwd = true;
                    }
                    self.handle(Event::Cwd { pane, cwd });
                }
            }
            TermEvent::ClipboardStore { text, .. } => {
                use crate::config::Clipboard;
                if self.config.general.clipboard != Clipboard::Off {
                    for (id, client) in &mut self.clients {
                        // Who only looks keeps what is on their clipboard.
                        if self.model.clients.get(id).is_some_and(|c| !c.read_only) {
                            client.clipboard = Some(text.clone());
                            client.pending.all();
                        }
                    }
                    self.clipboard = text;
                }
            }
            TermEvent::ClipboardLoad(kind) => {
                if self.config.general.clipboard == crate::config::Clipboard::ReadWrite
                    && let Some(terminal) = self.terminals.get(&pane)
                {
                    terminal.write(&crate::term::clipboard_reply(kind, &self.clipboard));
                }
            }
            TermEvent::Reply(_) | TermEvent::Prompt(_) => {}
        }
    }

    /// Rings with the next frame, once however often a program rings until then.
    fn bell(&mut self) {
        for client in self.clients.values_mut() {
            client.bell = true;
            client.pending.all();
        }
    }

    /// Follows the working directories of programs that do not tell theirs.
    pub(super) fn refresh_directories(&mut self) {
        self.directories_at = None;
        let moved: Vec<_> = self
            .slots
            .iter()
            .filter(|(_, s)| !s.tells_cwd && s.exit.is_none())
            .filter_map(|(pane, s)| Some((*pane, crate::base::os::process_directory(s.pid?)?)))
            .filter(|(pane, _)| {
                let pane = self.model.panes.get(pane);
                pane.is_some_and(|p| !p.traits.is_agent && matches!(p.life, Life::Running { .. }))
            })
            .collect();
        for (pane, cwd) in moved {
            self.handle(Event::Cwd { pane, cwd });
        }
    }

    fn list_directory(&self, client: ClientId, text: String) {
        let (queue, user_home) = (self.queue.clone(), self.options.user_home.clone());
        tokio::task::spawn_blocking(move || {
            let completions = complete(&text, user_home.as_deref());
            let directory = std::path::PathBuf::from(expanded(&text, user_home.as_deref()));
            // Without doubled and trailing slashes, so that it is the one that agents know.
            let directory = directory.components().collect::<std::path::PathBuf>();
            let directory = (directory.is_absolute() && directory.is_dir()).then_some(directory);
            let message = Message::DirectoryListed { client, text, directory, completions };
            let _ = queue.send(message);
        });
    }

    pub(super) fn terminal_options(&self) -> crate::term::Options {
        crate::term::Options {
            scrollback_lines: self.config.general.scrollback_lines,
            palette: self.palette,
            cell_pixels: self.cell,
        }
    }

    fn shell(&self) -> std::path::PathBuf {
        let from_env = || self.env.get(std::ffi::OsStr::new("SHELL")).map(std::path::PathBuf::from);
        self.config
            .general
            .shell
            .clone()
            .or_else(from_env)
            .filter(|shell| shell.is_absolute())
            .unwrap_or_else(|| "/bin/sh".into())
    }

    pub(super) fn pane_type(&self, pane: PaneId) -> Option<&Arc<crate::panetype::PaneType>> {
        self.registry.get(&self.model.panes.get(&pane)?.spec.type_name)
    }
}

fn save_delay(relaxed: bool) -> Duration {
    if relaxed { Duration::from_secs(1) } else { Duration::ZERO }
}

/// Removes everything that is stored of a closed pane.
pub(super) fn remove_files(home: &crate::store::home::Home, pane: PaneId) {
    forget_claims(home, pane);
    let _ = Journal::remove(&home.journal_dir(pane));
    let _ = std::fs::remove_dir_all(home.generated_dir(pane));
    let _ = std::fs::remove_file(home.note_file(pane));
    let spool = home.events_file(pane);
    let _ = std::fs::remove_file(&spool);
    for ending in ["jsonl.1", "jsonl.lock", "jsonl.watched"] {
        let _ = std::fs::remove_file(spool.with_extension(ending));
    }
    let suffix = format!("-{pane}.id");
    for entry in std::fs::read_dir(home.sessions_dir()).into_iter().flatten().flatten() {
        if entry.file_name().to_string_lossy().ends_with(&suffix) {
            let _ = session_file::remove(&entry.path());
        }
    }
}

/// The text with the user's home in place of `~`.
pub(super) fn expanded(text: &str, user_home: Option<&std::path::Path>) -> String {
    match (text.strip_prefix('~'), user_home) {
        (Some(rest), Some(home)) if rest.is_empty() || rest.starts_with('/') => {
            format!("{}{rest}", home.display())
        }
        _ => text.to_string(),
    }
}

/// The directories that a text may be completed to, in order; at most twenty.
fn complete(text: &str, user_home: Option<&std::path::Path>) -> Vec<String> {
    let expanded = expanded(text, user_home);
    let Some((parent, begun)) = expanded.rsplit_once('/') else { return Vec::new() };
    let (shown, _) = text.rsplit_once('/').unwrap_or(("", ""));
    let parent = if parent.is_empty() { "/" } else { parent };
    let mut names: Vec<String> = std::fs::read_dir(parent)
        .into_iter()
        .flatten()
        .flatten()
        .filter(|e| e.path().is_dir())
        .filter_map(|e| e.file_name().into_string().ok())
        .filter(|n| n.starts_with(begun) && (begun.starts_with('.') || !n.starts_with('.')))
        .collect();
    names.sort();
    names.truncate(20);
    names.into_iter().map(|n| format!("{shown}/{n}/")).collect()
}
