//! The user's settings and key bindings: `defaults/config.toml`, with `config.toml` over it.
//!
//! Must not read files or the environment: texts come in, settings and findings go out.

pub mod command;
pub mod copy;
pub mod copy_command;
pub mod keymap;
pub mod reader;
pub mod settings;

pub use settings::{Clipboard, Config, DEFAULT_TEXT};

#[cfg(test)]
mod tests;
