//! One event after another: what each does to the model.

pub mod command;
pub mod context;
pub mod effect;
pub mod event;
pub mod handle;
pub mod keys;
mod mouse;
