//! `.segno.toml`: what a project asks for. Nothing of it is carried out in here.

pub mod file;
pub mod shape;
pub mod worktree_commands;
