//! Notifications on the user's desktop, and the user's commands on events.

pub(in crate::server) mod event_hooks;
pub(in crate::server) mod notification;
pub(in crate::server) mod notify;
