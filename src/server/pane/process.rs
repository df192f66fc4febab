//! Starting the panes' programs, and ending them with all that is stored of a closed pane.
//!
//! What takes time in a start is in [`launch`](crate::server::pane::launch), in a thread beside the
//! owner.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use crate::server::agent::evidence::Evidence;
use crate::server::agent::guest::back::return_soon;
use crate::server::agent::observer::follow_files;
use crate::server::agent::screen_rules::begin_handlers;
use crate::server::agent::spool_reader::after_spool;
use crate::server::agent::spool_reader::read_spool;
use crate::server::aside::give_order;
use crate::server::aside::{Lane, Order, Work};
use crate::server::client::copy_mode::reflowed;
use crate::server::client::input::type_ahead;
use crate::server::client::scrollback_files::ScrollbackFiles;
use crate::server::clock;
use crate::server::control::pane_files::log_on;
use crate::server::lifecycle::saver::Saver;
use crate::server::lifecycle::{NoRoom, Room};
use crate::server::pane::launch::{Launch, Launched, NotStarted, launch};
use crate::server::pane::rebuild::Restored;
use crate::server::pane::runtime::{Awaited, PaneRuntime, Panes};
use crate::server::pane::terminal::Terminal;
use crate::server::pane::terminal_events::journal_is_well;
use crate::server::shared::Shared;
use crate::server::shared::Stateless;
use crate::server::shared::of;
use segno_agent::panetype::PaneType;
use segno_agent::start::{Beginning, Conversation};
use segno_base::ids::PaneId;
use segno_core::update::effect::Effect;
use segno_core::update::event::Event;

/// How long a program may take to end after each signal.
pub(in crate::server) const GRACE: Duration = Duration::from_secs(3);

pub(in crate::server) fn start_pane(shared: &mut Shared, pane: PaneId, beginning: Beginning) {
    let Some(state) = shared.model.panes.get(&pane) else { return };
    let type_name = state.spec.type_name.clone();
    let room = match shared.panes.terminal(pane).is_some() {
        // One that is started again gives back what it had.
        true => Ok(()),
        false => room_for_pane(&shared.panes),
    };
    let Some(beginning) = shared.panes.entry(pane).process.launch(beginning) else {
        tracing::info!(%pane, "waits for the previous program to end");
        return;
    };
    let ty = match shared.registry.find(&type_name) {
        Ok(ty) => ty.clone(),
        Err(unknown) => return start_failed(shared, pane, unknown.to_string()),
    };
    if let Err(why) = room {
        return start_failed(shared, pane, why.to_string());
    }
    // What was reported until now was reported of the previous program.
    let start =
        of(move |_: &mut Stateless, shared: &mut Shared| start_now(shared, pane, ty, beginning));
    after_spool(shared, pane, start);
}

fn start_now(shared: &mut Shared, pane: PaneId, ty: Arc<PaneType>, beginning: Beginning) {
    let Some(state) = shared.model.panes.get(&pane) else {
        // Closed meanwhile, before there was anything to end.
        return closed(shared, pane);
    };
    let (spec, size, log) = (state.spec.clone(), state.size, state.extras.log.clone());
    let never_prompted = match (&beginning.conversation, &state.tracking) {
        (Conversation::Resume(id), Some(tracking)) => tracking.never_prompted(id),
        _ => false,
    };
    let limit = match ty.keep_scrollback {
        true => shared.config.general.journal_mb * 1024 * 1024,
        false => 0,
    };
    let runtime = shared.panes.entry(pane);
    runtime.run += 1;
    runtime.awaits = None;
    runtime.reports_cwd = false;
    let run = runtime.run;
    let returns = std::mem::take(&mut runtime.returns);
    let before = runtime.terminal.take().map(|t| t.take_over());
    let verb = if before.is_some() { "restarted" } else { "restored" };
    let marker = format!("{verb} {}", clock::local_time(clock::now_ms()));
    let again = beginning.clone();
    let request = Launch {
        pane,
        spec,
        beginning,
        never_prompted,
        size,
        ty,
        home: shared.options.home.clone(),
        env: shared.env.clone(),
        shims: shared.config.shells.follow.then(|| shared.options.home.shims_dir()),
        unset: shared.config.environment.unset.clone(),
        update: shared.config.environment.update.clone(),
        umask: Some(shared.options.umask),
        shell: shell(shared),
        user_home: shared.options.user_home.clone(),
        segno: shared.options.exe.clone(),
        keeper: shared.keeper.clone(),
        paths: shared.paths.clone(),
        queue: shared.queue.clone(),
        generations: shared.generations.clone(),
        before,
        log,
        restored: Restored {
            options: terminal_options(shared),
            limit,
            marker: Some(marker),
            returns,
        },
        nonce: clock::now_ms(),
    };
    // Behind what the keeper was asked for before: that is about the previous program.
    shared.in_lane(Lane::Program(pane), move |_: &mut Stateless, _: &mut Shared| {
        Some(Work::of(
            || launch(request),
            move |_: &mut Stateless, shared: &mut Shared, result| {
                launched(shared, pane, run, again, result)
            },
        ))
    });
}

pub(in crate::server) fn launched(
    shared: &mut Shared,
    pane: PaneId,
    run: u64,
    beginning: Beginning,
    result: Result<Launched, NotStarted>,
) {
    let Some(runtime) = shared.panes.get_mut(pane).filter(|pane| pane.run == run) else {
        // Closed meanwhile; its program must not live on unseen, nor its files stay.
        return give_order(shared, pane, Order::CloseLate);
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
                shared.queue.clone(),
            );
            match started {
                Ok(terminal) => {
                    if let Some(size) = shared.model.panes.get(&pane).map(|p| p.size) {
                        terminal.resize(size);
                    }
                    // What clients reported while the program was being started.
                    terminal.set_cell_pixels(shared.outer.cell);
                    terminal.emulator().set_graphics(shared.outer.graphics);
                    let runtime = shared.panes.entry(pane);
                    if !runtime.process.is_alive() {
                        terminal.finish();
                    }
                    runtime.terminal = Some(terminal);
                    begin_handlers(shared, pane);
                    log_on(shared, pane, launched.log);
                    if shared.panes.entry(pane).process.next().is_some() {
                        // Asked to start again meanwhile: this run is over before it began.
                        return kill(shared, pane);
                    }
                    reflowed(shared, pane);
                    shared.handle(Event::Started {
                        pane,
                        pid: launched.pid,
                        assigned: launched.assigned,
                        notes: launched.notes,
                    });
                    // A program may be quicker than the report of its start.
                    read_spool(shared, pane);
                    follow_files(shared, pane);
                    type_ahead(shared, pane);
                    shared.to(move |_: &mut Stateless, shared: &mut Shared| {
                        return_soon(shared, pane);
                    });
                }
                Err(error) => {
                    give_order(shared, pane, Order::Kill);
                    start_failed(shared, pane, format!("cannot use its terminal: {error}"));
                }
            }
        }
        Err(NotStarted::Gone { directory, why }) => {
            runtime.awaits = Some(Awaited { directory, beginning });
            start_failed(shared, pane, why);
        }
        Err(NotStarted::Failed(why)) => start_failed(shared, pane, why),
    }
}

/// Something has changed above directories that were gone: panes that wait for one start.
pub(in crate::server) fn directories_changed(shared: &mut Shared, directories: &[PathBuf]) {
    let waits = |runtime: &PaneRuntime| {
        runtime.awaits.as_ref().is_some_and(|awaited| directories.contains(&awaited.directory))
    };
    let panes: Vec<_> = shared.panes.iter().filter(|(_, runtime)| waits(runtime)).collect();
    let panes: Vec<_> = panes.into_iter().map(|(pane, _)| pane).collect();
    for pane in panes {
        let Some(awaited) = shared.panes.entry(pane).awaits.take() else { continue };
        shared.with_model(|model, cx| model.start_again(pane, awaited.beginning, cx));
    }
}

/// There is no program; another start may have waited for this one.
fn start_failed(shared: &mut Shared, pane: PaneId, why: String) {
    match shared.panes.get_mut(pane).and_then(|runtime| runtime.process.gave_up()) {
        Some(next) => start_next(shared, pane, Some(next)),
        None => shared.handle(Event::StartFailed { pane, why }),
    }
}

/// Starts what has waited for the end of the previous program.
pub(in crate::server) fn start_next(shared: &mut Shared, pane: PaneId, next: Option<Beginning>) {
    if let Some(beginning) = next {
        start_pane(shared, pane, beginning);
    }
}

/// The pane was closed: its program ends, then what is stored of it goes.
pub(in crate::server) fn forget(shared: &mut Shared, pane: PaneId) {
    journal_is_well(shared, pane);
    let runtime = shared.panes.remove(pane);
    if let Some(terminal) = runtime.as_ref().and_then(|runtime| runtime.terminal.as_ref()) {
        // Its task would otherwise wait for output for ever.
        terminal.finish();
    }
    shared.to(move |evidence: &mut Evidence, shared: &mut Shared| evidence.forget(shared, pane));
    shared.panes.closing.insert(pane);
    let runs = runtime.is_some_and(|runtime| runtime.process.is_alive());
    give_order(shared, pane, Order::Close);
    if !runs {
        closed(shared, pane);
    }
}

/// A closed pane's program has ended.
pub(in crate::server) fn closed(shared: &mut Shared, pane: PaneId) {
    shared.panes.closing.remove(&pane);
    // Until then the keeper's note is all that a next daemon knows of it.
    shared.to(move |saver: &mut Saver, shared: &mut Shared| saver.pane_closed(shared, pane));
    shared.effect(Effect::SaveSoon);
    shared.to(ScrollbackFiles::remove_left);
}

pub(in crate::server) fn terminal_options(shared: &Shared) -> segno_term::Options {
    segno_term::Options {
        scrollback_lines: shared.config.general.scrollback_lines,
        palette: shared.outer.palette,
        cell_pixels: shared.outer.cell,
        graphics: shared.outer.graphics,
        clusters: shared.config.general.grapheme_clusters,
    }
}

/// Whether the daemon can have another pane's files open.
pub(in crate::server) fn room_for_pane(panes: &Panes) -> Result<(), NoRoom> {
    let launching = panes.iter().filter(|(_, pane)| pane.process.is_launching()).count();
    Room::now(launching).take()
}

pub(in crate::server) fn kill(shared: &mut Shared, pane: PaneId) {
    if shared.panes.get(pane).is_some_and(|runtime| runtime.process.pid().is_some()) {
        give_order(shared, pane, Order::Kill);
    }
}

pub(in crate::server) fn shell(shared: &Shared) -> std::path::PathBuf {
    let from_env = || shared.env.get(std::ffi::OsStr::new("SHELL")).map(std::path::PathBuf::from);
    shared
        .config
        .general
        .shell
        .clone()
        .or_else(from_env)
        .filter(|shell| shell.is_absolute())
        .unwrap_or_else(|| "/bin/sh".into())
}
