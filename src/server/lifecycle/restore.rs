//! The workspace at the daemon's start: panes that the keeper holds are adopted, the others are
//! started again with what is recorded of them.

use std::os::fd::AsFd;

use parking_lot::Mutex;
use tokio::sync::mpsc;

use crate::core::model::catalogue::Catalogue;
use crate::core::model::persist::SavedPane;
use crate::core::model::restore::Held;
use crate::core::model::workspace::Model;
use crate::core::panes::attributes::Extras;
use crate::server::agent::prompt::journal;
use crate::server::aside::Order;
use crate::server::lifecycle::Room;
use crate::server::lifecycle::keeper_link::{CLOSED, exit_status};
use crate::server::lifecycle::recover;
use crate::server::lifecycle::saver::Stored;
use crate::server::message::Message;
use crate::server::pane::process_state::ProcessState;
use crate::server::pane::pty_channel::PtyChannel;
use crate::server::pane::rebuild::{Restored, Resumed, resume};
use crate::server::pane::runtime::Panes;
use crate::server::pane::terminal::Terminal;
use crate::server::{Options, Server, clock};
use segno_agent::start::StartRequest;
use segno_base::ids::PaneId;
use segno_config::Config;
use segno_keeper::client::Keeper;
use segno_keeper::protocol::{HeldPane, HeldState};
use segno_store::workspace_file::Loaded;

/// What the daemon begins with.
pub(in crate::server) struct Start {
    pub model: Model,
    pub panes: Panes,
    pub adopted: Vec<PaneId>,
    /// Closed panes whose programs the previous daemon did not see end.
    pub closing: Vec<HeldPane>,
    pub problems: Vec<String>,
}

pub(in crate::server) fn restore(
    options: &Options,
    config: &Config,
    keeper: &Keeper,
    stored: Loaded<Stored>,
    types: &dyn Catalogue,
    keeps_scrollback: &(dyn Fn(&str) -> bool + Sync),
    queue: &mpsc::UnboundedSender<Message>,
) -> Start {
    // A file that is missing, or older than it should be, may lack panes whose output is there.
    let lost = stored.value.is_none() || !stored.warnings.is_empty();
    let mut problems = stored.warnings;
    let mut stored = stored.value.unwrap_or_default();
    let (closing, held): (Vec<_>, Vec<_>) = keeper
        .list()
        .unwrap_or_else(|error| {
            problems.push(format!("cannot learn what the keeper holds: {error}"));
            Vec::new()
        })
        .into_iter()
        .partition(|pane| pane.note == CLOSED);
    for pane in &closing {
        stored.workspace.panes.remove(&pane.pane);
        stored.workspace.last_pane = stored.workspace.last_pane.max(pane.pane.number());
    }
    for pane in &held {
        // What runs is never dropped, whatever became of the stored workspace.
        stored.workspace.panes.entry(pane.pane).or_insert_with(|| {
            problems.push(format!("pane {} runs but was not stored; it got a tab", pane.pane));
            SavedPane {
                spec: serde_json::from_str(&pane.note).unwrap_or_else(|_| StartRequest {
                    type_name: config.general.default_type.clone(),
                    name: Some(format!("recovered {}", pane.pane)),
                    cwd: options.cwd.clone(),
                    ..StartRequest::default()
                }),
                extras: Extras::default(),
                title: String::new(),
                asleep: None,
                ended: None,
                guests: Default::default(),
                tracking: None,
                stand_in: None,
                prompts: Default::default(),
            }
        });
    }
    recover::number_on(&options.home, &mut stored.workspace);
    if lost {
        let defaults = recover::Defaults {
            type_name: &config.general.default_type,
            cwd: options.user_home.as_ref().unwrap_or(&options.cwd),
            known: &|name| types.traits(name).is_some(),
        };
        problems.extend(recover::recover(&options.home, &mut stored.workspace, &defaults));
    }
    let mut pending = std::mem::take(&mut stored.pending);
    let mut model = Model::restored(stored.workspace, types);
    model.rest = config.rest;
    model.budget = config.budget.clone();
    model.budgets_settled();
    journal::restore(&options.home, &mut model);
    let mut start = Start {
        panes: Panes::default(),
        adopted: Vec::new(),
        closing,
        problems,
        model: Model::default(),
    };
    for (files, cursor) in stored.spools {
        let pane = Some(files).filter(|pane| model.panes.contains_key(pane));
        if let Some(pane) = pane.or_else(|| model.host_of(files)) {
            start.panes.entry(pane).spool.cursors.insert(files, cursor);
        }
    }
    let mut room = Room::now(0);
    let (held, left): (Vec<_>, Vec<_>) = held.into_iter().partition(|_| room.take().is_ok());
    for pane in &left {
        let why = room.take().map_or_else(|why| why.to_string(), |()| String::new());
        start.problems.push(format!("{} runs but was not taken over: {why}", pane.pane));
    }
    let adopt = |held: HeldPane| {
        let pane = model.panes.get(&held.pane);
        let size = pane.map(|p| p.size);
        let keep = pane.is_none_or(|p| keeps_scrollback(&p.spec.type_name));
        let mut notes = Vec::new();
        let taken = keeper.take(held.pane).map_err(|e| e.to_string())?;
        let restored = Restored {
            options: segno_term::Options {
                scrollback_lines: config.general.scrollback_lines,
                clusters: config.general.grapheme_clusters,
                ..Default::default()
            },
            limit: if keep { config.general.journal_mb * 1024 * 1024 } else { 0 },
            marker: None,
            returns: true,
        };
        let size = size.unwrap_or(segno_base::screen::geometry::Size::new(80, 24));
        let entrusted = !taken.stash.is_empty();
        let mut channel = PtyChannel::adopt(taken.master, taken.stash);
        if !entrusted {
            channel.entrust(keeper, held.pane);
        }
        let fetched = channel.intake.held();
        let resumed =
            resume(&options.home, held.pane, size, &restored, fetched.as_ref(), &mut notes);
        let cell = resumed.emulator.modes().cell.each();
        if restored.limit == 0 {
            // Nothing is known of its screen; a program that is told of another size
            // draws it again.
            let other = segno_base::screen::geometry::Size::new(size.cols, size.rows + 1);
            let _ = segno_base::system::os::set_window_size(channel.master.as_fd(), other, cell);
        }
        // The previous daemon may have been killed between the two.
        let size = resumed.emulator.size();
        let _ = segno_base::system::os::set_window_size(channel.master.as_fd(), size, cell);
        Ok::<_, String>((held, channel, resumed, notes))
    };
    // Replaying takes the longest.
    let taken = in_parallel(held, &adopt);
    for result in taken {
        let (held, channel, resumed, notes) = match result {
            Some(Ok(taken)) => taken,
            Some(Err(why)) => {
                start.problems.push(format!("a pane could not be taken over: {why}"));
                continue;
            }
            None => {
                start.problems.push("a pane's screen could not be rebuilt".into());
                continue;
            }
        };
        let pane = held.pane;
        let run = 1;
        let Resumed { emulator, journal, replies, begun } = resumed;
        match Terminal::start(pane, run, emulator, journal, channel, &replies, queue.clone()) {
            Ok(terminal) => {
                terminal.report(begun);
                let status = match held.state {
                    HeldState::Exited { status } => Some(exit_status(status)),
                    HeldState::Running => None,
                };
                if status.is_some() {
                    terminal.finish();
                }
                let next = pending.remove(&pane).filter(|next| next.after == held.pid);
                let next = next.map(|next| next.beginning);
                let state = match &next {
                    Some(next) => {
                        // The keeper may not have heard of it before the daemon ended.
                        let _ = keeper.kill(pane, crate::server::pane::process::GRACE);
                        Held::Ending { next: next.conversation.clone() }
                    }
                    None if status.is_none() => Held::Running { pid: held.pid },
                    None => Held::Ended { pid: held.pid },
                };
                model.adopt(pane, state, clock::now_ms());
                if model.adopt_prompts(pane, &|id| Some(terminal.handled(id)?.seq))
                    && let Some(state) = model.panes.get(&pane)
                {
                    journal::write(&options.home, pane, &state.prompts);
                }
                let runtime = start.panes.entry(pane);
                runtime.run = run;
                runtime.process = ProcessState::adopted(held.pid, status, next);
                runtime.terminal = Some(terminal);
                start.adopted.push(pane);
            }
            Err(error) => start.problems.push(format!("{pane} could not be taken over: {error}")),
        }
        start.problems.extend(notes.into_iter().map(|note| format!("{pane}: {note}")));
    }
    start.model = model;
    start
}

/// Does something with each on as many threads as can be had and are of use, of which this is one;
/// the results in their order, `None` where it panicked.
fn in_parallel<T: Send, R: Send>(all: Vec<T>, job: &(dyn Fn(T) -> R + Sync)) -> Vec<Option<R>> {
    use std::panic::{AssertUnwindSafe, catch_unwind};
    // Disks are waited for as well, so more than there are cores.
    let threads = std::thread::available_parallelism().map_or(2, |n| n.get() * 4).min(all.len());
    let mut results: Vec<Option<R>> = all.iter().map(|_| None).collect();
    let work = Mutex::new(all.into_iter().zip(&mut results));
    let serve = || {
        loop {
            let next = work.lock().next();
            let Some((one, result)) = next else { return };
            *result = catch_unwind(AssertUnwindSafe(|| job(one))).ok();
        }
    };
    std::thread::scope(|scope| {
        for _ in 1..threads {
            if std::thread::Builder::new().spawn_scoped(scope, serve).is_err() {
                break;
            }
        }
        serve();
    });
    drop(work);
    results
}

impl Server {
    /// Goes on ending what the previous daemon was ending.
    pub(in crate::server) fn close_on(&mut self, closing: &[HeldPane]) {
        for held in closing {
            self.panes.closing.insert(held.pane);
            match held.state {
                HeldState::Exited { .. } => self.closed(held.pane),
                HeldState::Running => self.order(held.pane, Order::Close),
            }
        }
    }

    /// Follows the trackers to their present word, then starts what was not adopted.
    pub(in crate::server) fn revive(&mut self, adopted: &[PaneId]) {
        let panes: Vec<_> = self.model.panes.keys().copied().collect();
        self.saver.had_panes = !panes.is_empty();
        let now = clock::now_ms();
        for pane in panes {
            let recorded = self.catch_up(pane);
            self.model.restore_recorded(pane, recorded, now);
            self.compare_record_soon(pane);
        }
        if self.model.panes.is_empty() {
            return;
        }
        for pane in adopted {
            self.follow_files(*pane);
            self.adopt_title(*pane);
        }
        let adopted = adopted.to_vec();
        for pane in self.model.panes.keys().filter(|pane| !adopted.contains(pane)) {
            self.panes.entry(*pane).returns = true;
        }
        let ended = self.model.panes.values().filter(|pane| !adopted.contains(&pane.id));
        let ended: Vec<_> = ended.flat_map(|pane| pane.guests.ids()).collect();
        self.with_model(|model, cx| model.revive(&adopted, cx));
        self.remove_guests(ended);
    }
}
