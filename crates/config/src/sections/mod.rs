//! The sections of `config.toml`, one module each.

pub mod archive;
pub mod budget;
pub mod command_line;
pub mod copy;
pub mod curate;
pub mod looks;
pub mod mouse;
pub mod notifications;
pub mod on;
pub mod rest;
pub mod shells;
pub mod web;
pub mod worktree;
