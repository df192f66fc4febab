//! What Segno knows of agents, with scripts in the place of their programs.

mod evidence;
mod handlers;
mod one_pane;
pub(in crate::scenario) mod own_type;
mod past_databases;
mod second_generation;
mod shells;
mod tools;
mod trackers;
mod turns;
mod usage;
