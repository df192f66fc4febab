//! What is known about the agent in a pane: which conversation it shows, what it is doing, what
//! it has used; and how a tracker's events change that. Pure; knows no agent by name.

pub mod conversation;
pub mod event;
pub mod identity;
pub mod mapping;
pub mod panetype;
pub mod past;
pub mod refusal;
pub mod source;
pub mod start;
pub mod status;
pub mod timeline;
pub mod tracking;
pub mod turn;
pub mod usage;
