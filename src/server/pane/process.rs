//! Starting the panes' programs, and ending them with all that is stored of a closed pane.
//!
//! What takes time in a start is in [`launch`](crate::server::pane::launch), in a thread beside the owner.

use std::sync::Arc;
use std::time::{Duration, Instant};

use crate::core::update::event::Event;
use crate::server::aside::removal::remove_files;
use crate::server::aside::{Lane, Order, Work};
use crate::server::dispatch::save_delay;
use crate::server::lifecycle::{NoRoom, Room};
use crate::server::pane::launch::{Launch, launch};
use crate::server::pane::rebuild::Restored;
use crate::server::pane::terminal::Terminal;
use crate::server::{Server, clock};
use segno_agent::panetype::PaneType;
use segno_agent::start::{Beginning, Conversation};
use segno_base::ids::PaneId;

/// How long a program may take to end after each signal.
pub(in crate::server) const GRACE: Duration = Duration::from_secs(3);

impl Server {
    pub(in crate::server) fn start_pane(&mut self, pane: PaneId, beginning: Beginning) {
        let Some(state) = self.model.panes.get(&pane) else { return };
        let type_name = state.spec.type_name.clone();
        let room = match self.panes.terminal(pane).is_some() {
            // One that is started again gives back what it had.
            true => Ok(()),
            false => self.room_for_pane(),
        };
        let Some(beginning) = self.panes.entry(pane).process.launch(beginning) else {
            tracing::info!(%pane, "waits for the previous program to end");
            return;
        };
        let Some(ty) = self.registry.get(&type_name).cloned() else {
            let why = format!("there is no pane type {type_name:?}; see `segno types`");
            return self.start_failed(pane, why);
        };
        if let Err(why) = room {
            return self.start_failed(pane, why.to_string());
        }
        // What was reported until now was reported of the previous program.
        self.after_spool(pane, move |server| server.start_now(pane, ty, beginning));
    }

    fn start_now(&mut self, pane: PaneId, ty: Arc<PaneType>, beginning: Beginning) {
        let Some(state) = self.model.panes.get(&pane) else {
            // Closed meanwhile, before there was anything to end.
            return self.closed(pane);
        };
        let (spec, size, log) = (state.spec.clone(), state.size, state.extras.log.clone());
        let never_prompted = match (&beginning.conversation, &state.tracking) {
            (Conversation::Resume(id), Some(tracking)) => tracking.never_prompted(id),
            _ => false,
        };
        let limit = match ty.keep_scrollback {
            true => self.config.general.journal_mb * 1024 * 1024,
            false => 0,
        };
        let runtime = self.panes.entry(pane);
        runtime.run += 1;
        runtime.tells_cwd = false;
        let run = runtime.run;
        let returns = std::mem::take(&mut runtime.returns);
        let before = runtime.terminal.take().map(|t| t.take_over());
        let verb = if before.is_some() { "restarted" } else { "restored" };
        let marker = format!("{verb} {}", clock::local_time(clock::now_ms()));
        let request = Launch {
            pane,
            spec,
            beginning,
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
        // Behind what the keeper was asked for before: that is about the previous program.
        self.in_lane(Lane::Program(pane), move |_| {
            Some(Work::new(
                || launch(request),
                move |server: &mut Server, result| server.launched(pane, run, result),
            ))
        });
    }

    /// Whether the daemon can have another pane's files open.
    pub(in crate::server) fn room_for_pane(&self) -> Result<(), NoRoom> {
        let launching = self.panes.iter().filter(|(_, pane)| pane.process.is_launching()).count();
        Room::now(launching).take()
    }

    pub(in crate::server) fn launched(
        &mut self,
        pane: PaneId,
        run: u64,
        result: Result<crate::server::pane::launch::Launched, String>,
    ) {
        let Some(runtime) = self.panes.get_mut(pane).filter(|pane| pane.run == run) else {
            // Closed meanwhile; its program must not live on unseen, nor its files stay.
            return self.order(pane, Order::CloseLate);
        };
        match result {
            Ok(launched) => {
                tracing::info!(%pane, run, pid = launched.pid, "started");
                runtime.process.launched(launched.pid);
                runtime.facts = launched.facts;
                let started = Terminal::start(
                    pane,
                    run,
                    launched.emulator,
                    launched.journal,
                    launched.channel,
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
                        let runtime = self.panes.entry(pane);
                        if !runtime.process.is_alive() {
                            terminal.finish();
                        }
                        runtime.terminal = Some(terminal);
                        self.begin_handlers(pane);
                        self.log_on(pane, launched.log);
                        if self.panes.entry(pane).process.next().is_some() {
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
                        // A program may be quicker than the report of its start.
                        self.read_spool(pane);
                        self.follow_files(pane);
                        self.type_ahead(pane);
                        self.return_soon(pane);
                    }
                    Err(error) => {
                        self.order(pane, Order::Kill);
                        self.start_failed(pane, format!("cannot use its terminal: {error}"));
                    }
                }
            }
            Err(why) => self.start_failed(pane, why),
        }
    }

    /// There is no program; another start may have waited for this one.
    fn start_failed(&mut self, pane: PaneId, why: String) {
        match self.panes.get_mut(pane).and_then(|runtime| runtime.process.gave_up()) {
            Some(next) => self.start_next(pane, Some(next)),
            None => self.handle(Event::StartFailed { pane, why }),
        }
    }

    /// Starts what has waited for the end of the previous program.
    pub(in crate::server) fn start_next(&mut self, pane: PaneId, next: Option<Beginning>) {
        if let Some(beginning) = next {
            self.start_pane(pane, beginning);
        }
    }

    pub(in crate::server) fn kill(&mut self, pane: PaneId) {
        if self.panes.get(pane).is_some_and(|runtime| runtime.process.pid().is_some()) {
            self.order(pane, Order::Kill);
        }
    }

    /// The pane was closed: its program ends, then what is stored of it goes.
    pub(in crate::server) fn forget(&mut self, pane: PaneId) {
        self.journal_is_well(pane);
        let runtime = self.panes.remove(pane);
        if let Some(terminal) = runtime.as_ref().and_then(|runtime| runtime.terminal.as_ref()) {
            // Its task would otherwise wait for output for ever.
            terminal.finish();
        }
        self.transcripts.forget(pane);
        self.watch_directories();
        self.panes.closing.insert(pane);
        let runs = runtime.is_some_and(|runtime| runtime.process.is_alive());
        self.order(pane, Order::Close);
        if !runs {
            self.closed(pane);
        }
    }

    /// A closed pane's program has ended.
    pub(in crate::server) fn closed(&mut self, pane: PaneId) {
        self.panes.closing.remove(&pane);
        // Until then the keeper's note is all that a next daemon knows of it.
        self.saver.then_forget(pane);
        self.saver.soon(Instant::now(), save_delay(true));
        self.remove_left_scrollback();
        if !self.is_leaving(pane) {
            let home = self.options.home.clone();
            crate::server::aside::pool::spawn(move || remove_files(&home, pane));
        }
    }

    pub(in crate::server) fn terminal_options(&self) -> segno_term::Options {
        segno_term::Options {
            scrollback_lines: self.config.general.scrollback_lines,
            palette: self.palette,
            cell_pixels: self.cell,
            graphics: self.graphics,
            clusters: self.config.general.grapheme_clusters,
        }
    }

    pub(in crate::server) fn shell(&self) -> std::path::PathBuf {
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
    pub(in crate::server) fn pane_type(
        &self,
        pane: PaneId,
    ) -> Option<&Arc<segno_agent::panetype::PaneType>> {
        self.registry.get(self.model.panes.get(&pane)?.agent_type())
    }
}
