//! What the daemon lives on: threads beside the owner's, and descriptors, neither of which the
//! system gives without end; and what happens to its panes when the system starts and ends.

mod aside;
pub(super) mod leaving;
mod room;

pub(super) use aside::{Running, aside, finish, is_short, start};
pub(super) use room::{NoRoom, Room, connections_max};
