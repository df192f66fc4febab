//! The Model Context Protocol server: panes and conversations as tools, resources and prompts for
//! agents.
//!
//! It speaks JSON-RPC on standard input and output, and ends with its client; or it answers single
//! requests over HTTP, for whoever serves those. What it does, it does
//! by calls to the daemon, which whoever starts it makes for it ([`Daemon`]), and by reading the
//! archive. Everything it answers was written by others: it is cleaned of control characters and
//! secrets, and cut into pages.
//!
//! The modules, from the ground up: [`failure`] and [`clean`] are what an answer is made of,
//! [`page`] bounds it; [`caller`] waits for it; [`scope`] says what may be touched; [`tool`] has
//! the tools; [`resource`] and [`prompt`] the rest; `server` and `http` alone know the protocol's
//! library and are asynchronous.

pub mod caller;
pub mod clean;
pub mod failure;
mod http;
pub mod page;
pub mod prompt;
pub mod resource;
pub mod scope;
mod server;
pub mod tool;

pub use caller::Caller;
pub use failure::Failure;
pub use http::answer;
pub use scope::{Context, Daemon, Settings};
pub use server::{ServeError, serve};
