//! One place for the conversations of many machines and people.
//!
//! A process of its own (`segno hub`), on SQLite or on PostgreSQL. Machines send what their owners
//! let them, by this crate's protocol or by those of the services that people come from; people
//! sign in by a code, search what is theirs or was shared with them, and share it further.
//!
//! The modules, from the ground up: [`database`] is the one interface to both databases, [`store`]
//! what is kept and who sees what of it, [`api`] the requests.

pub mod api;
pub mod database;
pub mod error;
mod names;
pub mod openid;
pub mod store;

pub use api::{Options, serve};
pub use error::{Error, Result};
pub use store::Store;
