//! What the daemon lives on: its locks and its place, so that there is one daemon and it can be
//! reached; another that follows it when it dies; threads and descriptors, neither of which the
//! system gives without end; and what happens to its panes when the system starts and ends.

pub(in crate::server) mod config_reload;
mod descriptors;
pub(in crate::server) mod diagnostics;
pub(in crate::server) mod fs_watcher;
pub(in crate::server) mod keeper_link;
pub(super) mod leaving;
mod locks;
pub(in crate::server) mod pane_types;
mod place;
pub(super) mod recover;
pub(in crate::server) mod restore;
pub(in crate::server) mod saver;
pub(in crate::server) mod shutdown;
mod successor;
pub(in crate::server) mod write_ahead;

pub(super) use descriptors::{NoRoom, Room, connections_max};
pub(super) use locks::Locks;
pub(super) use place::Place;
