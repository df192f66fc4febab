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

use std::collections::{BTreeMap, HashMap};
use std::ffi::OsString;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio::sync::mpsc;

use crate::core::model::workspace::Model;
use crate::core::update::effect::Effect;
use crate::core::update::event::{Context, Event};
use crate::server::agent::conversation::archive::Archive;
use crate::server::agent::prompt::delivery::Deliveries;
use crate::server::agent::prompt::runs::PromptRuns;
pub use crate::server::aside::types::load_types;
use crate::server::client::connection::Attached;
use crate::server::control::events::EventLog;
use crate::server::control::read::Reads;
use crate::server::control::wait::Waits;
use crate::server::lifecycle::diagnostics::Topic;
pub use crate::server::lifecycle::pane_types::StoredTypes;
use crate::server::lifecycle::pane_types::Types;
use crate::server::lifecycle::shutdown::Ending;
use crate::server::project::membership::Projects;
pub use crate::server::project::worktree_commands;
use crate::server::shared::{Shared, Subsystem};
use message::Message;
use segno_agent::panetype::launch::without_shims;
use segno_base::ids::{ClientId, PaneId};
use segno_base::system::os::Footprint;
use segno_store::home::Home;
use segno_term::Palette;

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

/// Runs the daemon until it is told to stop. `ready` is called once it listens.
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
    Waits: control.waits;
    Reads: control.reads;
    EventLog: control.events;
    Archive: agents.archive;
    Deliveries: agents.deliveries;
    PromptRuns: agents.prompts;
    Projects: projects;
}

/// The dispatcher, with what is shared and the state of each subsystem.
struct Server {
    shared: Shared,
    control: control::Control,
    agents: agent::Agents,
    place: lifecycle::Place,
    settings: lifecycle::config_reload::Settings,
    clients: HashMap<ClientId, Attached>,
    /// The client whose input is being handled, and what that means for panes.
    typing: Option<client::input::Typing>,
    /// What the previous daemon had stored of a client's last command.
    committed: Option<lifecycle::write_ahead::Commit>,
    last_client: u32,
    tracker: agent::spool_reader::Spools,
    saver: lifecycle::saver::Saver,
    palette: Palette,
    /// What a cell of a client measures, for programs that ask.
    cell: segno_term::CellPixels,
    /// Which pictures a client's terminal can draw.
    graphics: segno_term::Graphics,
    hooks: desktop::event_hooks::Hooks,
    lists: agent::conversation::list::Lists,
    usage_ledger: agent::usage::usage_ledger::UsageLedger,
    transcripts: agent::usage::transcript_usage::Transcripts,
    projects: project::membership::Projects,
    /// The last text a program put on the clipboard.
    clipboard: Arc<String>,
    /// What the user should know, by what it is about, so that it goes when it is put right.
    problems: BTreeMap<Topic, Vec<String>>,
    /// When the panes' working directories are looked up next.
    directories_at: Option<Instant>,
    started: Instant,
    footprint: Footprint,
    watch: Arc<parking_lot::Mutex<lifecycle::fs_watcher::Watch>>,
    /// What a keeper that died was asked for.
    undelivered: Vec<(PaneId, aside::Order)>,
    ending: Option<Ending>,
    /// A signal said so.
    stopped_by_signal: bool,
    /// Panes that their program's end has closed a moment ago.
    leaving: Option<lifecycle::leaving::Leaving>,
}

impl Server {
    /// Restores the workspace and begins to listen.
    fn start(
        options: Options,
        locks: lifecycle::Locks,
    ) -> Result<(Server, mpsc::UnboundedReceiver<Message>), ServerError> {
        let (queue, messages) = mpsc::unbounded_channel();
        let committed = lifecycle::write_ahead::load(&options.home);
        // What refuses the start comes before a keeper is started for it.
        let (stored, unsaved) = lifecycle::saver::load(&options.home, committed.as_ref())?;
        let (place, listener) = lifecycle::Place::new(locks, &options.home)?;
        // Clients that connect from here on wait in the socket's queue until all is restored.
        let (settings, config) = lifecycle::config_reload::Settings::start(&options.home);
        let registry = aside::types::load_types(&options.home);
        let keeper = Arc::new(aside::keeper::connect_or_start(&options, &queue)?);
        client::input_checkpoint::sweep(&options.home, clock::now_ms());
        let revision = stored.value.as_ref().map_or(0, |stored| stored.revision);
        let (projects, untrusting) = project::membership::Projects::load(&options.home);
        let mut problems: Vec<String> = untrusting.into_iter().collect();
        let env = without_shims(options.env.clone(), &options.home.shims_dir());
        let env = Arc::new(env);
        let programs = aside::types::Programs::default();
        let chosen = Default::default();
        let types = Types { registry: &registry, env: &env, programs: &programs, chosen };
        let keeps = |name: &str| registry.get(name).is_none_or(|ty| ty.keep_scrollback);
        let restored =
            lifecycle::restore::restore(&options, &config, &keeper, stored, &types, &keeps, &queue);
        let home = options.home.clone();
        let generations = Arc::new(agent::generation::Generations::new(home.generations_file()));
        let shared = Shared {
            options,
            env,
            config,
            registry: Arc::new(registry),
            programs,
            model: restored.model,
            panes: restored.panes,
            copies: client::copy_mode::Copies::default(),
            keeper,
            generations,
            lanes: aside::Lanes::default(),
            queue: queue.clone(),
            pending: Vec::new(),
        };
        let mut server = Server {
            shared,
            place,
            tracker: agent::spool_reader::Spools::default(),
            saver: lifecycle::saver::Saver::new(home.workspace_file(), revision),
            clients: HashMap::new(),
            typing: None,
            committed,
            last_client: 0,
            control: control::Control::new(control::events::EventLog::open(home.event_log_file())),
            agents: agent::Agents::default(),
            palette: Palette::default(),
            cell: Default::default(),
            graphics: Default::default(),
            hooks: desktop::event_hooks::Hooks::default(),
            lists: agent::conversation::list::Lists::default(),
            usage_ledger: agent::usage::usage_ledger::UsageLedger::open(
                home.usage_file(),
                queue.clone(),
            ),
            transcripts: agent::usage::transcript_usage::Transcripts::open(queue.clone()),
            projects,
            clipboard: Arc::default(),
            problems: BTreeMap::new(),
            directories_at: None,
            started: Instant::now(),
            footprint: Footprint::of_start(Instant::now()),
            watch: Arc::new(parking_lot::Mutex::new(lifecycle::fs_watcher::Watch::start(
                &home,
                queue.clone(),
            ))),
            undelivered: Vec::new(),
            ending: None,
            stopped_by_signal: false,
            leaving: None,
            settings,
        };
        let found = server.settings.problems().to_vec();
        server.set_diagnostics(Topic::Settings, found);
        server.apply_settings();
        problems.extend(restored.problems);
        server.remove_left_scrollback();
        server.set_diagnostics(Topic::Workspace, problems);
        let assets =
            aside::types::install_assets(&server.shared.registry, &server.shared.options.home);
        server.set_diagnostics(Topic::Assets, assets);
        server.report_types();
        server.ask_generations();
        server.close_on(&restored.closing);
        if unsaved {
            server.saver.committed = Some(revision);
            server.saver.soon(Instant::now(), Duration::ZERO);
        } else {
            lifecycle::write_ahead::remove(&server.shared.options.home);
        }
        for pane in &restored.adopted {
            server.resume_log_soon(*pane);
            server.begin_handlers(*pane);
        }
        server.renew_hooks();
        server.revive(&restored.adopted);
        server.adopt_guests();
        server.renew_shims();
        server.name_successor();
        server.look_for_programs();
        server.control.events.record_shape(&server.shared.model);
        server.place.serve(listener, &server.shared.options.home, &queue, &server.control.calls);
        tokio::spawn(lifecycle::fs_watcher::signals(queue));
        Ok((server, messages))
    }

    async fn serve(mut self, mut messages: mpsc::UnboundedReceiver<Message>) {
        while self.ending.is_none() {
            let deadline = self.deadline().map(tokio::time::Instant::from_std);
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
                () = tokio::time::sleep_until(deadline.unwrap_or_else(tokio::time::Instant::now)), if deadline.is_some() => {}
            }
            self.timers();
            self.shared.copies.prune(&self.shared.model);
            self.control.watchers.report(&self.shared.model);
            self.control.events.record_shape(&self.shared.model);
            self.paint();
        }
        self.end(messages).await;
    }

    /// When something is to be done though nothing happens.
    fn deadline(&self) -> Option<Instant> {
        let now = Instant::now();
        let model = self
            .shared
            .model
            .deadline()
            .map(|at| now + Duration::from_millis(at.saturating_sub(clock::now_ms())));
        let escapes = self.clients.values().filter_map(|c| c.escape_at).min();
        let acks = self.clients.values().filter_map(Attached::ack_due).min();
        [
            model,
            escapes,
            acks,
            self.control.due(),
            self.agents.due(),
            self.paint_at(),
            self.saver.due(),
            self.directories_at,
            self.shared.panes.iter().filter_map(|(_, runtime)| runtime.watching.due()).min(),
            self.settings.read_at,
            self.footprint.due(),
            self.leaving_until(),
        ]
        .into_iter()
        .flatten()
        .min()
    }

    fn timers(&mut self) {
        let now = Instant::now();
        self.flush_escapes(now);
        self.clients.values_mut().for_each(|client| client.flush_ack(now));
        if self.shared.model.deadline().is_some_and(|at| at <= clock::now_ms()) {
            self.handle(Event::Tick);
        }
        if self.directories_at.is_some_and(|at| at <= now) {
            self.refresh_directories();
        }
        if self.settings.read_at.is_some_and(|at| at <= now) {
            self.reload_config();
        }
        self.look_at_screens(now);
        if let Some(run) = self.agents.archive.update(&self.shared, now) {
            self.hooks.run(&self.shared.queue, run, Message::ArchiveUpdated);
        }
        self.with(|events: &mut EventLog, shared| events.tend(shared, now));
        self.with(|deliveries: &mut Deliveries, shared| deliveries.deliver(shared, now));
        self.with(|prompts: &mut PromptRuns, shared| prompts.tend(shared, now));
        if self.control.reads.due().is_some_and(|at| at <= now) {
            self.with(Reads::check);
        }
        self.with(|waits: &mut Waits, shared| waits.expire(shared, now));
        if self.saver.due().is_some_and(|at| at <= now) {
            self.save_now();
        }
        self.footprint.shrink(now);
        if self.leaving_until().is_some_and(|at| at <= now) {
            self.forget_left();
        }
    }

    /// Gives an event to the model and carries out what follows.
    fn handle(&mut self, event: Event) {
        self.shared.handle(event);
        self.settle();
    }

    /// Changes the model directly, and carries out what follows.
    fn with_model<R>(
        &mut self,
        change: impl FnOnce(&mut Model, &Context, &mut Vec<Effect>) -> R,
    ) -> R {
        let result = self.shared.with_model(change);
        self.settle();
        result
    }
}
