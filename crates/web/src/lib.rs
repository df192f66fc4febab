//! The browser's view of this machine: panes live, what waits for an answer, past conversations.
//!
//! A process of its own (`segno web`): the daemon opens no port. It asks the daemon by calls and
//! attaches to panes as a terminal does, through [`Machine`], which whoever starts it gives it.
//! Everything that it hands out was written by programs and models: it goes out as data, and the
//! pages put it in as text.
//!
//! The modules, from the ground up: [`access`] says who may do what, [`origin`] which requests are
//! answered at all, [`front`] has the pages, [`push`] what is said while none is open; [`server`]
//! alone is asynchronous.

pub mod access;
mod clock;
pub mod front;
pub mod machine;
pub mod origin;
pub mod push;
pub mod qr;
pub mod server;

/// Of answers that others make.
pub use axum::body::Body;
pub use clock::now_ms;
pub use machine::{Failure, HistoryAsked, Machine, Text};
pub use origin::Place;
pub use server::{Certificate, Options, Push, ServeError, Served, Tools, serve};
