//! What the subsystems share: the workspace and its panes, the settings, the pane types, and the
//! way to work beside the owner.
//!
//! A subsystem sees this and its own state. It answers what it is asked, and what else is to be
//! done it leaves here, for the dispatcher to carry out as soon as the subsystem is done: effects
//! of the model, work beside the owner, and calls to other subsystems.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::path::PathBuf;
use std::sync::Arc;

use parking_lot::Mutex;
use tokio::sync::mpsc;

use crate::server::agent::generation::Generations;
use crate::server::aside::{Begin, Lane, Lanes, Work};
use crate::server::client::Clients;
use crate::server::client::copy_mode::{Copies, Reader};
use crate::server::lifecycle::diagnostics::{Diagnostics, Topic};
use crate::server::lifecycle::fs_watcher::Watch;
use crate::server::lifecycle::pane_types::{Types, look_for_programs};
use crate::server::lifecycle::shutdown::Ending;
use crate::server::message::Message;
use crate::server::pane::runtime::Panes;
use crate::server::project::glance::PathWatch;
use crate::server::{Options, Server, clock};
use segno_agent::panetype::{PaneType, Registry};
use segno_base::ids::{ClientId, PaneId};
use segno_config::Config;
use segno_core::copy::Tools;
use segno_core::model::pane::Pane;
use segno_core::model::workspace::Model;
use segno_core::update::context::Context;
use segno_core::update::effect::{Effect, PaneInput};
use segno_core::update::event::Event;
use segno_custom::theme::Themes;
use segno_custom::types::{self, Programs};
use segno_keeper::client::Keeper;
use segno_term::{CellPixels, Graphics, Palette};

pub(super) struct Shared {
    pub options: Options,
    /// What panes inherit, without the shims.
    pub env: Arc<BTreeMap<OsString, OsString>>,
    pub config: Config,
    pub themes: Themes,
    pub registry: Arc<Registry>,
    pub programs: Programs,
    pub model: Model,
    pub panes: Panes,
    pub copies: Copies,
    pub keeper: Arc<Keeper>,
    pub generations: Arc<Generations>,
    /// What is done beside the owner.
    pub lanes: Lanes,
    pub queue: mpsc::UnboundedSender<Message>,
    /// What programs know of the terminals that they are seen in.
    pub outer: OuterTerminal,
    /// The end of the daemon, once it is decided on.
    pub ending: Option<Ending>,
    /// What wakes the daemon when files change.
    pub watch: Arc<Mutex<Watch>>,
    /// What wakes it when directories of panes change.
    pub paths: PathWatch,
    /// What subsystems have left for the dispatcher.
    pub deferred: Vec<Deferred>,
}

/// What programs know of the terminals of clients.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct OuterTerminal {
    pub palette: Palette,
    /// What a cell measures.
    pub cell: CellPixels,
    /// Which pictures it can draw.
    pub graphics: Graphics,
}

/// What needs no state of its own, and works beside the owner.
pub(super) struct Stateless;

/// What a subsystem has left for the dispatcher to do.
pub(super) enum Deferred {
    /// What the model wants done, as one event caused it.
    Effects(Vec<Effect>),
    /// Work lines up in a lane in which nothing is under way.
    Begin(Lane),
    Call(Call),
}

/// What goes on when it is its turn.
pub(super) type Call = Box<dyn FnOnce(&mut Server) + Send>;

/// A part of the daemon with state of its own.
pub(super) trait Subsystem: Sized + 'static {
    /// What the dispatcher lends it for a call.
    fn lend(server: &mut Server) -> (&mut Self, &mut Shared);
}

impl Shared {
    /// What was left, for the dispatcher.
    pub fn take_deferred(&mut self) -> Vec<Deferred> {
        std::mem::take(&mut self.deferred)
    }

    /// Gives an event to the model; what follows is carried out by the dispatcher.
    pub fn handle(&mut self, event: Event) {
        self.with_model(|model, cx| model.handle(event, cx));
    }

    /// Changes the model directly; what follows is carried out by the dispatcher.
    pub fn with_model<R>(&mut self, change: impl FnOnce(&mut Model, &mut Context) -> R) -> R {
        let (registry, env, programs) = (&self.registry, &self.env, &self.programs);
        let types = Types::new(types::Types { registry, env, programs });
        let general = &self.config.general;
        let mut context = Context {
            keys: &self.config.keys,
            types: &types,
            default_type: &general.default_type,
            confirm_close: general.confirm_close,
            parallel_starts: general.parallel_starts,
            notifications: &self.config.notifications,
            copy: Tools {
                texts: &Reader { panes: &self.panes, copies: &self.copies },
                settings: &self.config.copy,
            },
            now: clock::now_ms(),
            out: Vec::new(),
        };
        let result = change(&mut self.model, &mut context);
        let effects = context.out;
        if types.chosen.get() {
            self.to(|_: &mut Stateless, shared: &mut Shared| look_for_programs(shared));
        }
        if !effects.is_empty() {
            self.deferred.push(Deferred::Effects(effects));
        }
        result
    }

    /// Encodes input for the modes of a pane's program and gives it to it.
    pub fn pane_input(&mut self, pane: PaneId, input: PaneInput) {
        self.to(move |clients: &mut Clients, shared: &mut Shared| {
            clients.pane_input(shared, pane, input);
        });
    }

    /// Goes on with this when what was left before is done.
    pub fn call(&mut self, call: Call) {
        self.deferred.push(Deferred::Call(call));
    }

    /// What clients see changed.
    pub fn redraw_all(&mut self) {
        self.effect(Effect::Redraw);
    }

    /// What a pane shows changed.
    pub fn pane_changed(&mut self, pane: PaneId) {
        self.to(move |clients: &mut Clients, shared: &mut Shared| {
            clients.pane_changed(shared, pane);
        });
    }

    /// Shows a client a line.
    pub fn say(&mut self, client: ClientId, text: String) {
        self.with_model(|model, cx| model.say(client, text, cx));
    }

    /// Has something done that the model could want.
    pub fn effect(&mut self, effect: Effect) {
        self.deferred.push(Deferred::Effects(vec![effect]));
    }

    /// Has something done by another subsystem.
    pub fn to<S: Subsystem>(&mut self, call: impl FnOnce(&mut S, &mut Shared) + Send + 'static) {
        self.call(of(call));
    }

    /// Notes what the user should know about something now, in place of what was said before.
    pub fn set_diagnostics(&mut self, topic: Topic, problems: Vec<String>) {
        self.to(move |all: &mut Diagnostics, shared: &mut Shared| all.set(shared, topic, problems));
    }

    /// Does something beside the owner that depends on nothing else.
    pub fn aside<S: Subsystem, T: Send + 'static>(
        &self,
        work: impl FnOnce() -> T + Send + 'static,
        then: impl FnOnce(&mut S, &mut Shared, T) + Send + 'static,
    ) {
        Work::of(work, then).begin(None, self.queue.clone());
    }

    /// Begins a piece of work when those before it in its lane are done.
    pub fn in_lane<S: Subsystem>(
        &mut self,
        lane: Lane,
        begin: impl FnOnce(&mut S, &mut Shared) -> Option<Work> + Send + 'static,
    ) {
        self.line_up(lane, of(begin), false);
    }

    /// As [`Shared::in_lane`], in place of such a one that waits there: only the newest is wanted.
    /// In a lane these are all of one kind.
    pub fn in_lane_once<S: Subsystem>(
        &mut self,
        lane: Lane,
        begin: impl FnOnce(&mut S, &mut Shared) -> Option<Work> + Send + 'static,
    ) {
        self.line_up(lane, of(begin), true);
    }

    fn line_up(&mut self, lane: Lane, begin: Begin, replaceable: bool) {
        if self.lanes.line_up(lane, begin, replaceable) {
            self.deferred.push(Deferred::Begin(lane));
        }
    }
}

/// A call of a subsystem.
pub(super) fn of<S: Subsystem, R>(
    call: impl FnOnce(&mut S, &mut Shared) -> R + Send + 'static,
) -> Box<dyn FnOnce(&mut Server) -> R + Send> {
    Box::new(move |server| {
        let (subsystem, shared) = S::lend(server);
        call(subsystem, shared)
    })
}

/// What is known by looking at the workspace.
impl Shared {
    pub fn types(&self) -> Types<'_> {
        let (registry, env, programs) = (&self.registry, &self.env, &self.programs);
        Types::new(types::Types { registry, env, programs })
    }

    /// The type that what a pane shows is of: that of an agent in its shell, else its own.
    pub fn pane_type(&self, pane: PaneId) -> Option<&Arc<PaneType>> {
        self.registry.get(self.model.panes.get(&pane)?.agent_type())
    }

    /// The type of a pane whose program runs.
    pub fn running_type(&self, pane: PaneId) -> Option<Arc<PaneType>> {
        self.panes.get(pane)?.process.pid()?;
        self.pane_type(pane).cloned()
    }

    /// What the files of a pane's tracker are named by.
    pub fn files_id(&self, pane: PaneId) -> PaneId {
        self.model.panes.get(&pane).map_or(pane, Pane::files_id)
    }

    /// Where a pane starts.
    pub fn directory_for(&self, asked: Option<PathBuf>) -> PathBuf {
        asked
            .filter(|cwd| cwd.is_absolute())
            .or_else(|| self.model.current_directory(None))
            .unwrap_or_else(|| self.options.cwd.clone())
    }
}
