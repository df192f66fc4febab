//! The user's settings and key bindings: `defaults/config.toml` with `config.toml` over it, and the
//! preset of `defaults/keys/` with `keys.toml` over it.
//!
//! Must not read files or the environment: texts come in, settings and findings go out.

pub mod added;
pub mod editable;
pub mod event_name;
pub mod in_force;
pub mod keys;
pub mod reader;
pub mod sections;
pub mod settings;

pub use in_force::InForce;
pub use sections::shells::{ComeBack, Shells};
pub use settings::{Clipboard, Config, DEFAULT_TEXT, Source};

#[cfg(test)]
mod docs_test;
#[cfg(test)]
mod schema_test;
#[cfg(test)]
mod tests;
