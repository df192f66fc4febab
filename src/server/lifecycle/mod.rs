//! What the daemon lives on: its locks and its place, so that there is one daemon and it can be
//! reached; another that follows it when it dies; threads and descriptors, neither of which the
//! system gives without end; and what happens to its panes when the system starts and ends.

mod aside;
pub(super) mod leaving;
mod locks;
mod place;
pub(super) mod recover;
mod room;
mod successor;

pub(super) use aside::{Running, aside, finish, is_short, start};
pub(super) use locks::Locks;
pub(super) use place::Place;
pub(super) use room::{NoRoom, Room, connections_max};
