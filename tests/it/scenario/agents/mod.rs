//! What Segno knows of certain agents, with stand-ins for their programs.

mod past_databases;
mod second_generation;
mod trackers;
