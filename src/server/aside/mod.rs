//! What may have to wait: for a disk, another process, or because there is a lot of it. It is done
//! beside the owner, on a thread of its own, and the owner continues with the result.
//!
//! What belongs together goes through a [`Lane`], one piece after the other: a directory that hangs
//! holds up its own pane's lane, and never takes more than one thread of it. A piece is prepared
//! by the owner only when its turn has come, so it always begins with what is known then.

pub(super) mod archive;
pub(super) mod evidence;
pub(super) mod keeper;
pub(super) mod listing;
pub(super) mod look;
mod orders;
pub(super) mod orphans;
pub(super) mod pool;
pub(super) mod removal;
pub(super) mod scrollback;
pub(super) mod sending;
pub(super) mod settings;
pub(super) mod user_texts;

pub(super) use orders::{Order, Orders, give_order};

use std::collections::{HashMap, VecDeque};

use tokio::sync::mpsc;

use super::Server;
use super::message::Message;
use super::shared::{Call, Shared, Stateless, Subsystem, of};
use segno_base::ids::{ClientId, PaneId};

/// What is done in order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Lane {
    /// Starts and ends of a pane's program, as the keeper is asked for them.
    Program(PaneId),
    /// Where a pane's program is, and in which project.
    Directory(PaneId),
    /// What a pane's tracker reports.
    Spool(PaneId),
    /// The files that an agent keeps of itself, and those of its that are guarded.
    Files(PaneId),
    /// One of them, by its place in the type.
    Followed(PaneId, usize),
    /// Files of a pane's conversation that are put back when they are deleted.
    Guard(PaneId),
    /// A pane's log.
    Log(PaneId),
    /// What a client searches and reads in the archive of conversations.
    ArchiveSearch(ClientId),
    ArchiveRead(ClientId),
    Notes,
    Trust,
    History,
    Events,
    Settings,
    /// What is changed in the settings' file by keys.
    EditSettings,
    Types,
    /// What shell panes find first in PATH.
    Shims,
    /// Directories that are watched for agents, those of the home, and where links lead.
    Watch,
    WatchHome,
    Links,
    /// Another keeper in place of one that died.
    Keeper,
    /// Files of scrollback for editors.
    Scrollback,
}

impl Lane {
    /// Whether something of the user's is stored there, which the daemon's end waits for.
    fn stores(self) -> bool {
        matches!(self, Lane::Notes | Lane::Trust | Lane::History | Lane::Program(_))
    }
}

/// What the owner does with what came of a piece.
pub(super) struct Then(Call);

impl Then {
    pub fn go_on(self, server: &mut Server) {
        (self.0)(server);
    }
}

impl std::fmt::Debug for Then {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Then")
    }
}

/// A piece, to be done on another thread.
pub(super) struct Work(Box<dyn FnOnce() -> Then + Send>);

impl Work {
    /// What may wait, and what a subsystem does with its result.
    pub fn of<S: Subsystem, T: Send + 'static>(
        work: impl FnOnce() -> T + Send + 'static,
        then: impl FnOnce(&mut S, &mut Shared, T) + Send + 'static,
    ) -> Work {
        Work(Box::new(move || {
            let result = work();
            Then(of(move |subsystem: &mut S, shared: &mut Shared| {
                then(subsystem, shared, result);
            }))
        }))
    }

    /// What may wait, and nothing follows from.
    pub fn only(work: impl FnOnce() + Send + 'static) -> Work {
        Work::of(work, |_: &mut Stateless, _: &mut Shared, ()| {})
    }

    /// Has it done; its end comes back by the queue.
    pub fn begin(self, lane: Option<Lane>, queue: mpsc::UnboundedSender<Message>) {
        let done = Done { lane, then: None, queue };
        let carry_out = move || {
            let mut done = done;
            done.then = Some((self.0)());
            drop(done);
        };
        drop(pool::spawn(carry_out));
    }
}

/// Prepares a piece; `None`: there is nothing to do any more.
pub(super) type Begin = Box<dyn FnOnce(&mut Server) -> Option<Work> + Send>;

struct Waiting {
    begin: Begin,
    /// The next such one takes its place.
    replaceable: bool,
}

/// The lanes in which something is under way, with what waits for it.
#[derive(Default)]
pub(super) struct Lanes(HashMap<Lane, VecDeque<Waiting>>);

impl Lanes {
    /// Whether something of the user's is still being stored.
    pub fn store(&self) -> bool {
        self.0.keys().any(|lane| lane.stores())
    }

    /// Has a piece wait for its turn; answers whether that is now. A replaceable one takes the
    /// place of such a one that waits.
    pub fn line_up(&mut self, lane: Lane, begin: Begin, replaceable: bool) -> bool {
        let is_free = !self.0.contains_key(&lane);
        let waiting = self.0.entry(lane).or_default();
        waiting.retain(|waiting| !(replaceable && waiting.replaceable));
        waiting.push_back(Waiting { begin, replaceable });
        is_free
    }

    /// What is next in a lane in which nothing is under way; without any, the lane is free.
    pub fn next(&mut self, lane: Lane) -> Option<Begin> {
        let next = self.0.get_mut(&lane)?.pop_front();
        if next.is_none() {
            self.0.remove(&lane);
        }
        next.map(|next| next.begin)
    }
}

/// Says that a piece is done, however it ended.
struct Done {
    lane: Option<Lane>,
    then: Option<Then>,
    queue: mpsc::UnboundedSender<Message>,
}

impl Drop for Done {
    fn drop(&mut self) {
        // The server is gone only when the process ends.
        let _ = self.queue.send(Message::Aside { lane: self.lane, then: self.then.take() });
    }
}
