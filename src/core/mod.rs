//! The workspace model: tabs, panes, clients and their dialogs, and how events change them.
//!
//! `Model::handle(event, context)` answers with effects for the server to carry out. No tokio, no
//! file system, no environment, no clock in here: everything comes in as an event.

mod announce;
pub mod arrange;
pub mod broadcast;
mod caller;
pub mod catalogue;
pub mod command;
pub mod copy;
pub mod dialog;
pub mod effect;
pub mod event;
pub mod extras;
mod found;
pub mod fuzzy;
pub mod guest;
pub mod handle;
mod installed;
pub mod keys;
pub mod model;
pub mod news;
pub mod notices;
mod notify;
pub mod panes;
pub mod past;
pub mod popup;
pub mod project;
mod prompting;
pub mod restore;
pub mod saved;
pub mod shared;
mod starting;
pub mod tabs;
pub mod waiting;
#[cfg(test)]
mod keys_tests;
#[cfg(test)]
mod tests;
