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

use std::collections::{BTreeMap, HashMap};
use std::ffi::OsString;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio::sync::mpsc;

use crate::core::model::workspace::Model;
use crate::core::update::context::Context;
use crate::core::update::event::Event;
pub use crate::server::aside::types::load_types;
use crate::server::client::connection::Attached;
use crate::server::lifecycle::diagnostics::Topic;
pub use crate::server::lifecycle::pane_types::StoredTypes;
use crate::server::lifecycle::pane_types::Types;
use crate::server::lifecycle::shutdown::Ending;
use crate::server::pane::runtime::Panes;
pub use crate::server::project::prompt_templates;
pub use crate::server::project::worktree_commands;
use message::Message;
use segno_agent::panetype::Registry;
use segno_agent::panetype::launch::without_shims;
use segno_base::ids::{ClientId, PaneId};
use segno_base::system::os::Footprint;
use segno_config::Config;
use segno_keeper::client::Keeper;
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

struct Server {
    options: Options,
    place: lifecycle::Place,
    env: Arc<BTreeMap<OsString, OsString>>,
    config: Config,
    settings: lifecycle::config_reload::Settings,
    registry: Arc<Registry>,
    programs: aside::types::Programs,
    model: Model,
    panes: Panes,
    clients: HashMap<ClientId, Attached>,
    /// The client whose input is being handled, and what that means for panes.
    typing: Option<client::input::Typing>,
    /// What the previous daemon had stored of a client's last command.
    committed: Option<lifecycle::write_ahead::Commit>,
    last_client: u32,
    keeper: Arc<Keeper>,
    tracker: agent::spool_reader::Spools,
    generations: Arc<agent::generation::Generations>,
    saver: lifecycle::saver::Saver,
    waits: Vec<control::wait::Waiting>,
    /// Texts on their way into agents.
    deliveries: agent::prompt::delivery::Deliveries,
    prompts: agent::prompt::runs::PromptRuns,
    reads: control::read::Reads,
    events: control::events::EventLog,
    watchers: Vec<control::workspace_watch::Watcher>,
    palette: Palette,
    /// What a cell of a client measures, for programs that ask.
    cell: segno_term::CellPixels,
    /// Which pictures a client's terminal can draw.
    graphics: segno_term::Graphics,
    copies: client::copy_mode::Copies,
    hooks: desktop::event_hooks::Hooks,
    archive: agent::conversation::archive::ArchiveUpdates,
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
    queue: mpsc::UnboundedSender<Message>,
    started: Instant,
    footprint: Footprint,
    watch: Arc<parking_lot::Mutex<lifecycle::fs_watcher::Watch>>,
    /// The calls that are under way.
    calls: control::listen::Calls,
    /// What is done beside the owner.
    lanes: aside::Lanes,
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
        let mut server = Server {
            place,
            env: env.clone(),
            tracker: agent::spool_reader::Spools::default(),
            saver: lifecycle::saver::Saver::new(options.home.workspace_file(), revision),
            generations: Arc::new(agent::generation::Generations::new(
                options.home.generations_file(),
            )),
            model: restored.model,
            panes: restored.panes,
            clients: HashMap::new(),
            typing: None,
            committed,
            last_client: 0,
            waits: Vec::new(),
            deliveries: Default::default(),
            prompts: Default::default(),
            reads: Default::default(),
            events: control::events::EventLog::open(options.home.event_log_file()),
            watchers: Vec::new(),
            palette: Palette::default(),
            cell: Default::default(),
            graphics: Default::default(),
            copies: client::copy_mode::Copies::default(),
            hooks: desktop::event_hooks::Hooks::default(),
            archive: Default::default(),
            lists: agent::conversation::list::Lists::default(),
            usage_ledger: agent::usage::usage_ledger::UsageLedger::open(
                options.home.usage_file(),
                options.user_home.clone(),
                queue.clone(),
            ),
            transcripts: agent::usage::transcript_usage::Transcripts::open(queue.clone()),
            projects,
            clipboard: Arc::default(),
            problems: BTreeMap::new(),
            directories_at: None,
            started: Instant::now(),
            footprint: Footprint::of_start(Instant::now()),
            calls: control::listen::Calls::new(),
            watch: Arc::new(parking_lot::Mutex::new(lifecycle::fs_watcher::Watch::start(
                &options.home,
                queue.clone(),
            ))),
            lanes: aside::Lanes::default(),
            undelivered: Vec::new(),
            ending: None,
            stopped_by_signal: false,
            leaving: None,
            config,
            settings,
            registry: Arc::new(registry),
            programs,
            keeper,
            queue: queue.clone(),
            options,
        };
        let found = server.settings.problems().to_vec();
        server.set_diagnostics(Topic::Settings, found);
        server.apply_settings();
        problems.extend(restored.problems);
        server.remove_left_scrollback();
        server.set_diagnostics(Topic::Workspace, problems);
        let assets = aside::types::install_assets(&server.registry, &server.options.home);
        server.set_diagnostics(Topic::Assets, assets);
        server.report_types();
        server.ask_generations();
        server.close_on(&restored.closing);
        if unsaved {
            server.saver.committed = Some(revision);
            server.saver.soon(Instant::now(), Duration::ZERO);
        } else {
            lifecycle::write_ahead::remove(&server.options.home);
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
        server.record_shape();
        server.place.serve(listener, &server.options.home, &queue, &server.calls);
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
            self.copies.prune(&self.model);
            self.report_changes();
            self.record_shape();
            self.paint();
        }
        self.end(messages).await;
    }

    /// When something is to be done though nothing happens.
    fn deadline(&self) -> Option<Instant> {
        let now = Instant::now();
        let model = self
            .model
            .deadline()
            .map(|at| now + Duration::from_millis(at.saturating_sub(clock::now_ms())));
        let escapes = self.clients.values().filter_map(|c| c.escape_at).min();
        let acks = self.clients.values().filter_map(Attached::ack_due).min();
        let waits = self.waits.iter().filter_map(|w| w.due()).min();
        [
            model,
            escapes,
            acks,
            waits,
            self.deliveries.due(),
            self.prompts.due(),
            self.reads.due(),
            self.paint_at(),
            self.saver.due(),
            self.archive.due(),
            self.events.due(),
            self.directories_at,
            self.panes.iter().filter_map(|(_, runtime)| runtime.watching.due()).min(),
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
        if self.model.deadline().is_some_and(|at| at <= clock::now_ms()) {
            self.handle(Event::Tick);
        }
        if self.directories_at.is_some_and(|at| at <= now) {
            self.refresh_directories();
        }
        if self.settings.read_at.is_some_and(|at| at <= now) {
            self.reload_config();
        }
        self.look_at_screens(now);
        self.update_archive(now);
        self.tend_events(now);
        self.deliver(now);
        self.tend_prompts(now);
        if self.reads.due().is_some_and(|at| at <= now) {
            self.check_reads();
        }
        self.expire_waits(now);
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
        self.with_model(|model, cx| model.handle(event, cx));
    }

    /// Changes the model directly, and carries out what follows.
    fn with_model<R>(&mut self, change: impl FnOnce(&mut Model, &mut Context) -> R) -> R {
        let chosen = Default::default();
        let types =
            Types { registry: &self.registry, env: &self.env, programs: &self.programs, chosen };
        let general = &self.config.general;
        let mut context = Context {
            keys: &self.config.keys,
            types: &types,
            default_type: &general.default_type,
            confirm_close: general.confirm_close,
            parallel_starts: general.parallel_starts,
            notifications: &self.config.notifications,
            copy: crate::core::copy::Tools {
                texts: &client::copy_mode::Reader { panes: &self.panes, copies: &self.copies },
                settings: &self.config.copy,
            },
            now: clock::now_ms(),
            out: Vec::new(),
        };
        let result = change(&mut self.model, &mut context);
        let effects = context.out;
        if types.chosen.get() {
            self.look_for_programs();
        }
        self.commit(&effects);
        for effect in effects {
            self.effect(effect);
        }
        result
    }
}
