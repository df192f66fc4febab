//! The user's settings and key bindings: `defaults/config.toml` with `config.toml` over it, and the
//! preset of `defaults/keys/` with `keys.toml` over it.
//!
//! Must not read files or the environment: texts come in, settings and findings go out.

pub mod added;
pub mod archive;
pub mod chord;
pub mod command;
pub mod command_line;
pub mod copy;
pub mod copy_command;
pub mod event_name;
pub mod in_force;
pub mod keymap;
pub mod keys_file;
pub mod looks;
pub mod mouse;
pub mod notifications;
pub mod on;
pub mod reader;
pub mod settings;
pub mod shells;

pub use in_force::InForce;
pub use settings::{Clipboard, Config, DEFAULT_TEXT, Source};
pub use shells::{ComeBack, Shells};

#[cfg(test)]
mod docs_test;
#[cfg(test)]
mod schema_test;
#[cfg(test)]
mod tests;
