//! The daemon: the only part that waits, and the only one that uses tokio.
//!
//! One task owns the model and everything that hangs on it; all that happens comes to it as a
//! [`Message`]. Panes read in tasks of their own and clients write in theirs, so that neither a
//! flood nor a slow terminal holds up anybody else.

mod agent;
mod aside;
mod client;
mod clock;
mod control;
mod desktop;
mod dispatch;
mod lifecycle;
mod message;
mod pane;
mod project;
mod shared;

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};

use parking_lot::Mutex;
use tokio::sync::mpsc;

use crate::server::agent::Agents;
use crate::server::agent::conversation::archive::Archive;
use crate::server::agent::conversation::curation::Curation;
use crate::server::agent::conversation::sending::Sending;
use crate::server::agent::evidence::Evidence;
use crate::server::agent::generation::{Generations, ask_generations};
use crate::server::agent::guest::ends::adopt_guests;
use crate::server::agent::guest::shims::renew_shims;
use crate::server::agent::prompt::delivery::Deliveries;
use crate::server::agent::prompt::runs::PromptRuns;
use crate::server::agent::screen_rules::begin_handlers;
use crate::server::aside::Orders;
use crate::server::client::Clients;
use crate::server::client::scrollback_files::ScrollbackFiles;
use crate::server::control::Control;
use crate::server::control::events::EventLog;
use crate::server::control::listen::Calls;
use crate::server::control::pane_files::resume_log_soon;
use crate::server::control::read::Reads;
use crate::server::control::wait::Waits;
use crate::server::desktop::event_hooks::Hooks;
use crate::server::lifecycle::config_reload::{Settings, apply_settings};
use crate::server::lifecycle::diagnostics::{Diagnostics, Topic, report_types};
use crate::server::lifecycle::fs_watcher::Watch;
use crate::server::lifecycle::pane_types::{Types, look_for_programs};
use crate::server::lifecycle::place::renew_hooks;
use crate::server::lifecycle::restore::{self, Means, close_on, revive};
use crate::server::lifecycle::saver::Saver;
use crate::server::lifecycle::shutdown::Ending;
use crate::server::lifecycle::successor::name_successor;
use crate::server::lifecycle::{Lifecycle, Place, write_ahead};
use crate::server::pane::cwd::refresh_directories;
use crate::server::project::glance::PathWatch;
use crate::server::project::membership::Projects;
use crate::server::project::worktrees::Worktrees;
use crate::server::shared::{Shared, Stateless, Subsystem};
use message::Message;
use segno_agent::panetype::launch::without_shims;
use segno_base::ids::PaneId;
use segno_core::update::event::Event;
use segno_custom::types;
use segno_store::home::Home;

/// What the daemon gets from the process it runs in.
#[derive(Debug, Clone)]
pub struct Options {
    pub home: Home,
    /// What panes inherit.
    pub env: BTreeMap<OsString, OsString>,
    /// Which permissions new files lack, where nobody says otherwise.
    pub umask: u32,
    pub user_home: Option<PathBuf>,
    /// Where the daemon was started: where the first pane begins.
    pub cwd: PathBuf,
    /// This program, to start the keeper from.
    pub exe: PathBuf,
    /// Whether the keeper is to start another daemon should this one die.
    pub revive: bool,
}

/// Why the daemon could not start.
#[derive(Debug, thiserror::Error)]
pub enum ServerError {
    /// Another daemon serves this home.
    #[error("another daemon is running")]
    Running,
    #[error("cannot lock {0}: {1}")]
    Lock(PathBuf, #[source] std::io::Error),
    #[error("cannot listen on {0}: {1}")]
    Listen(PathBuf, #[source] std::io::Error),
    #[error(transparent)]
    Home(#[from] segno_store::home::HomeError),
    #[error(transparent)]
    Workspace(#[from] segno_store::workspace_file::WorkspaceError),
    #[error(transparent)]
    Keeper(#[from] segno_keeper::client::KeeperError),
    #[error("cannot start the runtime: {0}")]
    Runtime(#[source] std::io::Error),
    #[error("cannot start a thread: {0}; this user runs too many processes, see `ulimit -u`")]
    Threads(#[source] std::io::Error),
}

/// Runs the daemon until its end. `ready` is called once it listens.
pub fn run(options: Options, ready: impl FnOnce()) -> Result<(), ServerError> {
    segno_base::system::os::raise_descriptor_limit();
    options.home.create()?;
    let locks = lifecycle::Locks::take(&options.home)?;
    aside::pool::start().map_err(ServerError::Threads)?;
    // One thread, so that a key's way to its program and back wakes no other. What takes long
    // (floods, disks, starts) has threads of its own.
    let runtime = tokio::runtime::Builder::new_current_thread()
        .thread_name("segno")
        .enable_all()
        .build()
        .map_err(ServerError::Runtime)?;
    let result = runtime.block_on(async {
        let (server, messages) = Server::start(options, locks)?;
        ready();
        // As a task, like the panes' and clients': the one that is blocked on is woken by way of
        // the kernel, even by its own thread.
        match tokio::spawn(server.serve(messages)).await {
            Err(failed) if failed.is_panic() => std::panic::resume_unwind(failed.into_panic()),
            _ => Ok(()),
        }
    });
    // What still runs only waits for something that will not come.
    runtime.shutdown_background();
    aside::pool::finish(Duration::from_millis(200));
    result
}

/// Which state each subsystem has.
macro_rules! subsystems {
    ($($subsystem:ty: $($field:ident).+;)*) => {$(
        impl Subsystem for $subsystem {
            fn lend(server: &mut Server) -> (&mut Self, &mut Shared) {
                (&mut server.$($field).+, &mut server.shared)
            }
        }
    )*};
}

subsystems! {
    Stateless: stateless;
    Clients: clients;
    ScrollbackFiles: clients.scrollback;
    Waits: control.waits;
    Reads: control.reads;
    EventLog: control.events;
    Evidence: agents.evidence;
    Archive: agents.archive;
    Sending: agents.sending;
    Curation: agents.curation;
    Deliveries: agents.deliveries;
    PromptRuns: agents.prompts;
    Projects: projects;
    Worktrees: worktrees;
    Place: lifecycle.place;
    Settings: lifecycle.settings;
    Saver: lifecycle.saver;
    Diagnostics: lifecycle.diagnostics;
    Orders: lifecycle.orders;
}

/// The dispatcher, with what is shared and the state of each subsystem.
struct Server {
    shared: Shared,
    stateless: Stateless,
    lifecycle: Lifecycle,
    clients: Clients,
    control: Control,
    agents: Agents,
    hooks: Hooks,
    projects: Projects,
    worktrees: Worktrees,
}

impl Server {
    /// Restores the workspace and begins to listen.
    fn start(
        options: Options,
        locks: lifecycle::Locks,
    ) -> Result<(Server, mpsc::UnboundedReceiver<Message>), ServerError> {
        let (queue, messages) = mpsc::unbounded_channel();
        let home = options.home.clone();
        let committed = write_ahead::load(&home);
        // What refuses the start comes before a keeper is started for it.
        let (stored, unsaved) = lifecycle::saver::load(&home, committed.as_ref())?;
        let calls = Calls::new();
        let (place, listener) = Place::new(locks, &home, calls.clone())?;
        // Clients that connect from here on wait in the socket's queue until all is restored.
        // A keeper that has to be started comes up while settings and pane types are read.
        let (keeper, (settings, config, themes), registry) = std::thread::scope(|scope| {
            let find = || aside::keeper::connect_or_start(&options, &queue);
            let finding = std::thread::Builder::new().name("keeper".into());
            let finding = finding.spawn_scoped(scope, find);
            let (settings, registry) = (Settings::start(&home), types::load_types(&home));
            let found = match finding.map(|thread| thread.join()) {
                Ok(Ok(found)) => found,
                Ok(Err(panic)) => std::panic::resume_unwind(panic),
                // Out of threads.
                Err(_) => find(),
            };
            (found, settings, registry)
        });
        let keeper = Arc::new(keeper?);
        client::input_checkpoint::sweep(&home, clock::now_ms());
        let revision = stored.value.as_ref().map_or(0, |stored| stored.revision);
        let (projects, untrusting) = Projects::load(&home);
        let env = Arc::new(without_shims(options.env.clone(), &home.first_in_path()));
        let programs = types::Programs::default();
        let listed = types::Types { registry: &registry, env: &env, programs: &programs };
        let types = Types::new(listed);
        let by = Means {
            options: &options,
            config: &config,
            keeper: &keeper,
            registry: &registry,
            queue: &queue,
        };
        let restored = restore::restore(&by, stored, &types);
        let shared = Shared {
            options,
            env,
            config,
            themes,
            registry: Arc::new(registry),
            programs,
            model: restored.model,
            panes: restored.panes,
            copies: Default::default(),
            outer: Default::default(),
            keeper,
            generations: Arc::new(Generations::new(home.generations_file())),
            lanes: Default::default(),
            watch: Arc::new(Mutex::new(Watch::start(&home, queue.clone()))),
            paths: PathWatch::default(),
            queue: queue.clone(),
            ending: None,
            deferred: Vec::new(),
        };
        let saver = Saver::new(home.workspace_file(), revision);
        let evidence = Evidence::open(&home, shared.options.user_home.clone(), &queue);
        let mut server = Server {
            shared,
            stateless: Stateless,
            lifecycle: Lifecycle::new(place, settings, saver),
            clients: Clients::new(committed),
            control: Control::new(calls, EventLog::open(home.event_log_file())),
            agents: Agents::new(evidence),
            hooks: Hooks::default(),
            projects,
            worktrees: Worktrees::default(),
        };
        let mut problems: Vec<String> = untrusting.into_iter().collect();
        problems.extend(restored.problems);
        server.begin(problems);
        server.with_shared(|shared| close_on(shared, &restored.closing));
        if unsaved {
            server.lifecycle.saver.committed = Some(revision);
            server.lifecycle.saver.soon(Instant::now(), Duration::ZERO);
        } else {
            write_ahead::remove(&home);
        }
        server.go_on(restored.adopted);
        server.control.events.record_shape(&server.shared.model);
        server.lifecycle.place.serve(listener, &home, &queue);
        tokio::spawn(lifecycle::fs_watcher::signals(queue));
        Ok((server, messages))
    }

    /// What is wrong is noted, and what types need is there.
    fn begin(&mut self, problems: Vec<String>) {
        let found = self.lifecycle.settings.problems().to_vec();
        let assets = types::install_assets(&self.shared.registry, &self.shared.options.home);
        self.with(ScrollbackFiles::remove_left);
        self.with_shared(|shared| {
            shared.set_diagnostics(Topic::Settings, found);
            shared.model.host = segno_base::system::os::host_name();
            apply_settings(shared);
            shared.set_diagnostics(Topic::Workspace, problems);
            shared.set_diagnostics(Topic::Assets, assets);
            report_types(shared);
            ask_generations(shared);
        });
    }

    /// Goes on with the panes that were adopted, and starts the others again.
    fn go_on(&mut self, adopted: Vec<PaneId>) {
        self.lifecycle.saver.had_panes = !self.shared.model.panes.is_empty();
        for pane in &adopted {
            self.with_shared(|shared| {
                resume_log_soon(shared, *pane);
                begin_handlers(shared, *pane);
            });
        }
        self.with_shared(renew_hooks);
        self.with_shared(|shared| revive(shared, adopted));
        self.with_shared(|shared| {
            adopt_guests(shared);
            renew_shims(shared);
            name_successor(shared);
            look_for_programs(shared);
        });
        let talks = self.shared.model.panes.values().any(|pane| pane.session().is_some());
        self.agents.archive.begin(&self.shared.config, talks);
    }

    async fn serve(mut self, mut messages: mpsc::UnboundedReceiver<Message>) {
        // Set anew only when it is to ring sooner: each time costs the runtime two system calls.
        let mut alarm = std::pin::pin!(tokio::time::sleep(Duration::ZERO));
        let mut armed = false;
        while self.shared.ending.is_none() {
            if let Some(deadline) = self.deadline().map(tokio::time::Instant::from_std)
                && (!armed || deadline < alarm.deadline())
            {
                alarm.as_mut().reset(deadline);
                armed = true;
            }
            tokio::select! {
                message = messages.recv() => match message {
                    Some(message) => {
                        self.message(message);
                        // Everything that has happened by now goes into one frame.
                        while let Ok(next) = messages.try_recv() {
                            self.message(next);
                        }
                    }
                    None => return,
                },
                () = &mut alarm, if armed => armed = false,
            }
            self.timers();
            self.shared.copies.prune(&self.shared.model);
            self.control.watchers.report(&self.shared.model);
            self.control.events.record_shape(&self.shared.model);
            self.with(Clients::paint);
        }
        self.end(messages).await;
    }

    /// When something is to be done though nothing happens.
    fn deadline(&self) -> Option<Instant> {
        let model = self.shared.model.deadline();
        let model = model
            .map(|at| Instant::now() + Duration::from_millis(at.saturating_sub(clock::now_ms())));
        let agents = self.agents.due(&self.shared.config);
        let trees = self.worktrees.due();
        let subsystems =
            [self.lifecycle.due(), self.clients.due(), self.control.due(), agents, trees];
        subsystems.into_iter().chain([model, self.shared.panes.due()]).flatten().min()
    }

    fn timers(&mut self) {
        let now = Instant::now();
        let is_due = |at: Option<Instant>| at.is_some_and(|at| at <= now);
        self.input_held_until(now);
        self.clients.flush_acks(now);
        if self.shared.model.deadline().is_some_and(|at| at <= clock::now_ms()) {
            self.handle(Event::Tick);
        }
        if is_due(self.shared.panes.directories_at) {
            self.with_shared(refresh_directories);
        }
        if is_due(self.worktrees.due()) {
            self.with(|trees: &mut Worktrees, shared| trees.look(shared, now));
        }
        if is_due(self.lifecycle.settings.read_at) {
            self.with(Settings::reload);
        }
        self.with(|evidence: &mut Evidence, shared| evidence.look_at_screens(shared, now));
        if let Some(run) = self.agents.archive.update(&self.shared, now) {
            self.hooks.run(&self.shared.queue, run, Message::ArchiveUpdated);
        }
        let run = self.agents.sending.send_again(&self.shared, now);
        self.send_conversations(run);
        if let Some(run) = self.agents.curation.begin(&self.shared, now) {
            self.curate(run);
        }
        self.with(|events: &mut EventLog, shared| events.tend(shared, now));
        self.with(|deliveries: &mut Deliveries, shared| deliveries.deliver(shared, now));
        self.with(|prompts: &mut PromptRuns, shared| prompts.tend(shared, now));
        if is_due(self.control.reads.due()) {
            self.with(Reads::check);
        }
        self.with(|waits: &mut Waits, shared| waits.expire(shared, now));
        if is_due(self.lifecycle.saver.due()) {
            self.with(Saver::save_now);
        }
        self.lifecycle.footprint.shrink(now);
        if is_due(self.lifecycle.saver.leaving_until()) {
            self.with(Saver::forget_left);
        }
    }

    /// Gives an event to the model and carries out what follows.
    fn handle(&mut self, event: Event) {
        self.with_shared(|shared| shared.handle(event));
    }
}
