//! What is known about the agent in a pane: which conversation it shows, what it is doing, what
//! it has used; and how a tracker's events change that. Pure; knows no agent by name.

pub mod conversation;
pub mod counts;
pub mod event;
pub mod figures;
pub mod identity;
pub mod ledger;
pub mod mapping;
pub mod panetype;
pub mod pricing;
pub mod source;
pub mod status;
pub mod tally;
pub mod timeline;
pub mod tracking;
pub mod turn;
