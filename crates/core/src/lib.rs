//! The workspace model: tabs, panes, clients and their dialogs, and how events change them.
//!
//! `Model::handle(event, context)` answers with effects for the server to carry out. No tokio, no
//! file system, no environment, no clock in here: everything comes in as an event.

pub mod archive;
pub mod attention;
mod caller;
pub mod copy;
pub mod dialog;
pub mod fuzzy;
pub mod guest;
pub mod layout;
pub mod model;
pub mod panes;
pub mod tabs;
#[cfg(test)]
mod tests;
pub mod update;
