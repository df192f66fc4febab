//! Attached clients: what they send, what they are shown.

pub(in crate::server) mod attach;
pub(in crate::server) mod connection;
pub(in crate::server) mod copy_mode;
pub(in crate::server) mod frame_pacing;
pub(in crate::server) mod input;
pub(in crate::server) mod input_checkpoint;
pub(in crate::server) mod input_cursor;
pub(in crate::server) mod list;
pub(in crate::server) mod paint;
pub(in crate::server) mod tour;
