//! Starting the panes' programs, and ending them with all that is stored of a closed pane.
//!
//! What takes time in a start is in [`launch`](super::launch), in a thread beside the owner.

use std::sync::Arc;
use std::time::{Duration, Instant};

use crate::base::ids::PaneId;
use crate::core::event::Event;
use crate::core::model::Conversation;
use crate::panetype::PaneType;

use super::aside::removal::remove_files;
use super::aside::{Lane, Order, Work};
use super::effects::save_delay;
use super::launch::{Launch, launch};
use super::lifecycle::{NoRoom, Room};
use super::pane::Terminal;
use super::replay::Restored;
use super::{Server, clock};

/// How long a program may take to end after each signal.
pub(super) const GRACE: Duration = Duration::from_secs(3);

impl Server {
    pub(super) fn start_pane(
        &mut self,
        pane: PaneId,
        conversation: Conversation,
        prompt: Option<String>,
    ) {
        let Some(state) = self.model.panes.get(&pane) else { return };
        let type_name = state.spec.type_name.clone();
        let room = match self.terminals.contains_key(&pane) {
            // One that is started again gives back what it had.
            true => Ok(()),
            false => self.room_for_pane(),
        };
        let slot = self.slots.entry(pane).or_default();
        if slot.pid.is_some() || slot.launching {
            // The program before has to end first.
            tracing::info!(%pane, "waits for the program before to end");
            slot.pending = Some((conversation, prompt));
            return;
        }
        let Some(ty) = self.registry.get(&type_name).cloned() else {
            let why = format!("there is no pane type {type_name:?}; see `segno types`");
            return self.handle(Event::StartFailed { pane, why });
        };
        if let Err(why) = room {
            return self.handle(Event::StartFailed { pane, why: why.to_string() });
        }
        // What was said until now was said of the program before.
        slot.launching = true;
        self.after_spool(pane, move |server| server.start_now(pane, ty, conversation, prompt));
    }

    fn start_now(
        &mut self,
        pane: PaneId,
        ty: Arc<PaneType>,
        conversation: Conversation,
        prompt: Option<String>,
    ) {
        let Some(state) = self.model.panes.get(&pane) else {
            // Closed meanwhile, before there was anything to end.
            return self.closed(pane);
        };
        let (spec, size, log) = (state.spec.clone(), state.size, state.extras.log.clone());
        let never_prompted = match (&conversation, &state.tracking) {
            (Conversation::Resume(id), Some(tracking)) => tracking.never_prompted(id),
            _ => false,
        };
        let limit = match ty.keep_scrollback {
            true => self.config.general.journal_mb * 1024 * 1024,
            false => 0,
        };
        let slot = self.slots.entry(pane).or_default();
        slot.run += 1;
        slot.launching = true;
        slot.tells_cwd = false;
        slot.exit = None;
        slot.missing = false;
        let run = slot.run;
        let returns = std::mem::take(&mut slot.returns);
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
            shims: self.config.shells.follow.then(|| self.options.home.shims_dir()),
            unset: self.config.environment.unset.clone(),
            update: self.config.environment.update.clone(),
            umask: Some(self.options.umask),
            shell: self.shell(),
            user_home: self.options.user_home.clone(),
            segno: self.options.exe.clone(),
            keeper: self.keeper.clone(),
            generations: self.generations.clone(),
            before,
            log,
            restored: Restored {
                options: self.terminal_options(),
                limit,
                marker: Some(marker),
                returns,
            },
            nonce: clock::now_ms(),
        };
        // Behind what the keeper was asked for before: that is about the program before.
        self.in_lane(Lane::Program(pane), move |_| {
            Some(Work::new(
                || launch(request),
                move |server: &mut Server, result| server.launched(pane, run, result),
            ))
        });
    }

    /// Whether the daemon can have another pane's files open.
    pub(super) fn room_for_pane(&self) -> Result<(), NoRoom> {
        let launching = self.slots.values().filter(|slot| slot.launching).count();
        Room::now(launching).take()
    }

    pub(super) fn launched(
        &mut self,
        pane: PaneId,
        run: u64,
        result: Result<super::launch::Launched, String>,
    ) {
        let Some(slot) = self.slots.get_mut(&pane).filter(|s| s.run == run) else {
            // Closed meanwhile; its program must not live on unseen, nor its files stay.
            return self.order(pane, Order::CloseLate);
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
                        // What clients told while the program was being started.
                        terminal.set_cell_pixels(self.cell);
                        terminal.emulator().set_graphics(self.graphics);
                        if let Some(slot) = self.slots.get_mut(&pane)
                            && let Some((pid, status)) = slot.early.take()
                            && pid == launched.pid
                        {
                            slot.exit = Some(status);
                            terminal.finish();
                        }
                        self.terminals.insert(pane, terminal);
                        self.begin_handlers(pane);
                        self.log_on(pane, launched.log);
                        if self.is_pending(pane) {
                            // Asked to start again meanwhile: this run is over before it began.
                            return self.kill(pane);
                        }
                        self.reflowed(pane);
                        if let Some(state) = self.model.panes.get_mut(&pane) {
                            state.stand_in = launched.stand_in;
                        }
                        self.handle(Event::Started {
                            pane,
                            pid: launched.pid,
                            assigned: launched.assigned,
                            notes: launched.notes,
                        });
                        // A program may be quicker than the news of its start.
                        self.read_spool(pane);
                        self.follow_files(pane);
                        self.type_ahead(pane);
                        self.return_soon(pane);
                    }
                    Err(error) => {
                        self.order(pane, Order::Kill);
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

    pub(super) fn start_pending(&mut self, pane: PaneId) {
        let pending = self.slots.get_mut(&pane).and_then(|s| s.pending.take());
        if let Some((conversation, prompt)) = pending {
            self.start_pane(pane, conversation, prompt);
        }
    }

    pub(super) fn kill(&mut self, pane: PaneId) {
        if self.slots.get(&pane).is_some_and(|s| s.pid.is_some()) {
            self.order(pane, Order::Kill);
        }
    }

    /// The pane was closed: its program ends, then what is stored of it goes.
    pub(super) fn forget(&mut self, pane: PaneId) {
        let slot = self.slots.remove(&pane);
        if let Some(terminal) = self.terminals.remove(&pane) {
            // Its task would otherwise wait for output for ever.
            terminal.finish();
        }
        self.pastes.remove(&pane);
        self.journal_is_well(pane);
        self.tracker.forget(pane);
        self.records.forget(pane);
        self.evidence.forget(pane);
        self.transcripts.forget(pane);
        self.found.remove(&pane);
        self.watch_directories();
        self.closing.insert(pane);
        let runs = slot.is_some_and(|s| (s.pid.is_some() && s.exit.is_none()) || s.launching);
        self.order(pane, Order::Close);
        if !runs {
            self.closed(pane);
        }
    }

    /// A closed pane's program has ended.
    pub(super) fn closed(&mut self, pane: PaneId) {
        self.closing.remove(&pane);
        // Until then the keeper's note is all that a next daemon knows of it.
        self.saver.then_forget(pane);
        self.saver.soon(Instant::now(), save_delay(true));
        self.remove_left_scrollback();
        if !self.is_leaving(pane) {
            let home = self.options.home.clone();
            crate::server::lifecycle::aside(move || remove_files(&home, pane));
        }
    }

    pub(super) fn terminal_options(&self) -> crate::term::Options {
        crate::term::Options {
            scrollback_lines: self.config.general.scrollback_lines,
            palette: self.palette,
            cell_pixels: self.cell,
            graphics: self.graphics,
            clusters: self.config.general.grapheme_clusters,
        }
    }

    pub(super) fn shell(&self) -> std::path::PathBuf {
        let from_env = || self.env.get(std::ffi::OsStr::new("SHELL")).map(std::path::PathBuf::from);
        self.config
            .general
            .shell
            .clone()
            .or_else(from_env)
            .filter(|shell| shell.is_absolute())
            .unwrap_or_else(|| "/bin/sh".into())
    }

    /// The type that what a pane shows is of: that of an agent in its shell, else its own.
    pub(super) fn pane_type(&self, pane: PaneId) -> Option<&Arc<crate::panetype::PaneType>> {
        self.registry.get(self.model.panes.get(&pane)?.agent_type())
    }
}
