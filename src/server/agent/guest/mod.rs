//! Agents that are typed in shell panes: started by a shim with what their type injects, followed
//! while they run, and gone back to when the shell comes back.
//!
//! A shim proves nothing by what it says: the kernel says which process asks, and which pane's
//! session that is in.

pub(in crate::server) mod back;
pub(in crate::server) mod ends;
pub(in crate::server) mod foreground;
mod plan;
pub(in crate::server) mod shims;
pub(in crate::server) mod start;

pub(in crate::server) use back::AtPrompt;
pub(in crate::server) use ends::GuestEnded;
