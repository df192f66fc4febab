//! The program as a user runs it, with shells for panes: no agent and no network needed.

mod agents;
mod curate;
pub mod history;
mod hub;
mod install;
mod panes;
mod screen;
mod scripts;
mod sync;
mod web;
mod worktrees;
