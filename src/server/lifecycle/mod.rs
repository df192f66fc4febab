//! What the daemon lives on: threads beside the owner's, and descriptors, neither of which the
//! system gives without end.

mod aside;
mod room;

pub(super) use aside::{Running, aside, finish, is_short, start};
pub(super) use room::{NoRoom, Room, connections_max};
