//! Calls that are answered later than at once.

pub(in crate::server) mod calls;
pub(in crate::server) mod layout_shape;
pub(in crate::server) mod layout_text;
pub(in crate::server) mod listen;
pub(in crate::server) mod pane_calls;
pub(in crate::server) mod pane_files;
pub(in crate::server) mod status;
pub(in crate::server) mod workspace_watch;
pub(super) mod events;
pub(super) mod read;
pub(super) mod wait;
