//! The workspace at the daemon's start: panes that the keeper holds are adopted, the others are
//! started again with what is recorded of them.

use std::collections::BTreeMap;
use std::os::fd::AsFd;

use parking_lot::Mutex;
use tokio::sync::mpsc;

use crate::server::agent::evidence::Evidence;
use crate::server::agent::guest::ends::remove_guests;
use crate::server::agent::observer::follow_files;
use crate::server::agent::prompt::journal;
use crate::server::agent::record::compare_record_soon;
use crate::server::aside::{Order, give_order};
use crate::server::lifecycle::Room;
use crate::server::lifecycle::keeper_link::{CLOSED, exit_status};
use crate::server::lifecycle::recover;
use crate::server::lifecycle::saver::{Pending, Stored};
use crate::server::message::Message;
use crate::server::pane::process::{GRACE, closed};
use crate::server::pane::process_state::ProcessState;
use crate::server::pane::pty_channel::PtyChannel;
use crate::server::pane::rebuild::{Restored, Resumed, resume};
use crate::server::pane::runtime::Panes;
use crate::server::pane::terminal::Terminal;
use crate::server::shared::{Shared, Stateless};
use crate::server::{Options, clock};
use segno_agent::panetype::Registry;
use segno_agent::start::StartRequest;
use segno_base::ids::PaneId;
use segno_base::screen::geometry::Size;
use segno_config::Config;
use segno_core::model::catalogue::Catalogue;
use segno_core::model::persist::Saved;
use segno_core::model::restore::Held;
use segno_core::model::workspace::Model;
use segno_keeper::client::Keeper;
use segno_keeper::protocol::{HeldPane, HeldState};
use segno_store::pane::spool::Cursor;
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

/// What the workspace is restored by.
pub(in crate::server) struct Means<'a> {
    pub options: &'a Options,
    pub config: &'a Config,
    pub keeper: &'a Keeper,
    pub registry: &'a Registry,
    pub queue: &'a mpsc::UnboundedSender<Message>,
}

/// Takes over what the keeper holds, and rebuilds the rest from what is stored.
pub(in crate::server) fn restore(
    by: &Means<'_>,
    stored: Loaded<Stored>,
    types: &dyn Catalogue,
) -> Start {
    let home = &by.options.home;
    // A file that is missing, or older than it should be, may lack panes whose output is there.
    let lost = stored.value.is_none() || !stored.warnings.is_empty();
    let mut problems = stored.warnings;
    let mut stored = stored.value.unwrap_or_default();
    let (closing, held) = held_by(by.keeper, &mut problems);
    for pane in &closing {
        stored.workspace.panes.remove(&pane.pane);
        stored.workspace.last_pane = stored.workspace.last_pane.max(pane.pane.number());
    }
    add_running(by, &mut stored.workspace, &held, &mut problems);
    recover::number_on(home, &mut stored.workspace);
    if lost {
        let defaults = recover::Defaults {
            type_name: &by.config.general.default_type,
            cwd: by.options.user_home.as_ref().unwrap_or(&by.options.cwd),
            known: &|name| types.traits(name).is_some(),
        };
        problems.extend(recover::recover(home, &mut stored.workspace, &defaults));
    }
    let mut model = Model::restored(stored.workspace, types);
    journal::restore(home, &mut model);
    let mut start =
        Start { model, panes: Panes::default(), adopted: Vec::new(), closing, problems };
    start.resume_spools(stored.spools);
    let held = start.with_room(held);
    // Replaying takes the longest.
    let taken = in_parallel(held, &|held| take_over(by, &start.model, held));
    for result in taken {
        match result {
            Some(Ok(taken)) => {
                let waiting = stored.pending.remove(&taken.held.pane);
                start.adopt(by, taken, waiting);
            }
            Some(Err(why)) => start.problems.push(format!("a pane could not be taken over: {why}")),
            None => start.problems.push("a pane's screen could not be rebuilt".into()),
        }
    }
    start
}

/// What the keeper holds: closed panes whose programs are ending, and the others.
fn held_by(keeper: &Keeper, problems: &mut Vec<String>) -> (Vec<HeldPane>, Vec<HeldPane>) {
    let held = keeper.list().unwrap_or_else(|error| {
        problems.push(format!("cannot learn what the keeper holds: {error}"));
        Vec::new()
    });
    held.into_iter().partition(|pane| pane.note == CLOSED)
}

/// What runs is never dropped, whatever became of the stored workspace.
fn add_running(
    by: &Means<'_>,
    workspace: &mut Saved,
    held: &[HeldPane],
    problems: &mut Vec<String>,
) {
    for pane in held {
        workspace.panes.entry(pane.pane).or_insert_with(|| {
            problems.push(format!("pane {} runs but was not stored; it got a tab", pane.pane));
            recover::saved(serde_json::from_str(&pane.note).unwrap_or_else(|_| StartRequest {
                type_name: by.config.general.default_type.clone(),
                name: Some(format!("recovered {}", pane.pane)),
                cwd: by.options.cwd.clone(),
                ..StartRequest::default()
            }))
        });
    }
}

/// A pane that the keeper held, with its screen.
struct Taken {
    held: HeldPane,
    channel: PtyChannel,
    resumed: Resumed,
    notes: Vec<String>,
}

/// Takes a pane from the keeper and rebuilds its screen from the journal.
fn take_over(by: &Means<'_>, model: &Model, held: HeldPane) -> Result<Taken, String> {
    let pane = model.panes.get(&held.pane);
    let size = pane.map_or(Size::new(80, 24), |pane| pane.size);
    let ty = pane.and_then(|pane| by.registry.get(&pane.spec.type_name));
    let keeps_scrollback = ty.is_none_or(|ty| ty.keep_scrollback);
    let mut notes = Vec::new();
    let taken = by.keeper.take(held.pane).map_err(|e| e.to_string())?;
    let general = &by.config.general;
    let restored = Restored {
        options: segno_term::Options {
            scrollback_lines: general.scrollback_lines,
            clusters: general.grapheme_clusters,
            ..Default::default()
        },
        limit: if keeps_scrollback { general.journal_mb * 1024 * 1024 } else { 0 },
        marker: None,
        returns: true,
    };
    let entrusted = !taken.stash.is_empty();
    let mut channel = PtyChannel::adopt(taken.master, taken.stash);
    if !entrusted {
        channel.entrust(by.keeper, held.pane);
    }
    let fetched = channel.intake.held();
    let home = &by.options.home;
    let resumed = resume(home, held.pane, size, &restored, fetched.as_ref(), &mut notes);
    let cell = resumed.emulator.modes().cell.each();
    let set_size = |size| {
        let _ = segno_base::system::os::set_window_size(channel.master.as_fd(), size, cell);
    };
    if restored.limit == 0 {
        // Nothing is known of its screen; a program that sees another size draws it again.
        set_size(Size::new(size.cols, size.rows + 1));
    }
    // The previous daemon may have been killed between the two.
    set_size(resumed.emulator.size());
    Ok(Taken { held, channel, resumed, notes })
}

impl Start {
    /// Goes on with trackers' spools where they were read to.
    fn resume_spools(&mut self, spools: BTreeMap<PaneId, Cursor>) {
        for (files, cursor) in spools {
            let pane = Some(files).filter(|pane| self.model.panes.contains_key(pane));
            if let Some(pane) = pane.or_else(|| self.model.host_of(files)) {
                self.panes.entry(pane).spool.cursors.insert(files, cursor);
            }
        }
    }

    /// Those that there is room for.
    fn with_room(&mut self, held: Vec<HeldPane>) -> Vec<HeldPane> {
        let mut room = Room::now(0);
        let (held, left): (Vec<_>, Vec<_>) = held.into_iter().partition(|_| room.take().is_ok());
        for pane in &left {
            let why = room.take().map_or_else(|why| why.to_string(), |()| String::new());
            self.problems.push(format!("{} runs but was not taken over: {why}", pane.pane));
        }
        held
    }

    /// Goes on with a pane that was taken over, and with a start that waits for its program's end.
    fn adopt(&mut self, by: &Means<'_>, taken: Taken, waiting: Option<Pending>) {
        let Taken { held, channel, resumed, notes } = taken;
        let pane = held.pane;
        let run = 1;
        let Resumed { emulator, journal, replies, begun } = resumed;
        let queue = by.queue.clone();
        match Terminal::start(pane, run, emulator, journal, channel, &replies, queue) {
            Ok(terminal) => {
                terminal.report(begun);
                let status = match held.state {
                    HeldState::Exited { status } => Some(exit_status(status)),
                    HeldState::Running => None,
                };
                if status.is_some() {
                    terminal.finish();
                }
                let next = waiting.filter(|next| next.after == held.pid);
                let next = next.map(|next| next.beginning);
                let state = match &next {
                    Some(next) => {
                        // The order may not have reached the keeper before the daemon ended.
                        let _ = by.keeper.kill(pane, GRACE);
                        Held::Ending { next: next.conversation.clone() }
                    }
                    None if status.is_none() => Held::Running { pid: held.pid },
                    None => Held::Ended { pid: held.pid },
                };
                self.model.adopt(pane, state, clock::now_ms());
                if self.model.adopt_prompts(pane, &|id| Some(terminal.handled(id)?.seq))
                    && let Some(state) = self.model.panes.get(&pane)
                {
                    journal::write(&by.options.home, pane, &state.prompts);
                }
                let runtime = self.panes.entry(pane);
                runtime.run = run;
                runtime.process = ProcessState::adopted(held.pid, status, next);
                runtime.terminal = Some(terminal);
                self.adopted.push(pane);
            }
            Err(error) => self.problems.push(format!("{pane} could not be taken over: {error}")),
        }
        self.problems.extend(notes.into_iter().map(|note| format!("{pane}: {note}")));
    }
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

/// Goes on ending what the previous daemon was ending.
pub(in crate::server) fn close_on(shared: &mut Shared, closing: &[HeldPane]) {
    for held in closing {
        shared.panes.closing.insert(held.pane);
        match held.state {
            HeldState::Exited { .. } => closed(shared, held.pane),
            HeldState::Running => give_order(shared, held.pane, Order::Close),
        }
    }
}

/// Follows the trackers to their present word, then starts what was not adopted.
pub(in crate::server) fn revive(shared: &mut Shared, adopted: Vec<PaneId>) {
    let now = clock::now_ms();
    let panes: Vec<_> = shared.model.panes.keys().copied().collect();
    for pane in panes {
        shared.to(move |evidence: &mut Evidence, shared: &mut Shared| {
            let recorded = evidence.catch_up(shared, pane);
            // Behind what was reported.
            shared.to(move |_: &mut Stateless, shared: &mut Shared| {
                shared.model.restore_recorded(pane, recorded, now);
                compare_record_soon(shared, pane);
            });
        });
    }
    for pane in adopted.clone() {
        shared.to(move |evidence: &mut Evidence, shared: &mut Shared| {
            follow_files(shared, pane);
            evidence.adopt_title(shared, pane);
        });
    }
    shared.to(move |_: &mut Stateless, shared: &mut Shared| start_others(shared, &adopted));
}

/// Starts the panes again that were not adopted.
fn start_others(shared: &mut Shared, adopted: &[PaneId]) {
    if shared.model.panes.is_empty() {
        return;
    }
    for pane in shared.model.panes.keys().filter(|pane| !adopted.contains(pane)) {
        shared.panes.entry(*pane).returns = true;
    }
    let ended = shared.model.panes.values().filter(|pane| !adopted.contains(&pane.id));
    let ended: Vec<_> = ended.flat_map(|pane| pane.guests.ids()).collect();
    shared.with_model(|model, cx| model.revive(adopted, cx));
    remove_guests(shared, ended);
}
