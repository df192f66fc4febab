//! The workspace model: tabs, panes, clients and their dialogs, and how events change them.
//!
//! `Model::handle(event, now)` answers with effects for the server to carry out. No tokio, no
//! file system, no environment, no clock in here: everything comes in as an event.

pub mod dialog;
pub mod model;
