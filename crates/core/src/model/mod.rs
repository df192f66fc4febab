//! The model's plain data, and how it is stored.

pub mod catalogue;
pub mod client;
pub mod keyed;
pub mod pane;
pub mod persist;
pub mod restore;
pub mod tab;
pub mod workspace;
