//! Calls that are answered later than at once.

pub(in crate::server) mod budget;
pub(in crate::server) mod calls;
pub(in crate::server) mod events;
pub(in crate::server) mod layout_shape;
pub(in crate::server) mod layout_text;
pub(in crate::server) mod listen;
pub(in crate::server) mod pane_calls;
pub(in crate::server) mod pane_files;
pub(super) mod read;
pub(in crate::server) mod sleep;
pub(in crate::server) mod status;
pub(super) mod wait;
pub(in crate::server) mod workspace_watch;
