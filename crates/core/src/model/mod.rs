//! The model's plain data, and how it is stored.

pub mod catalogue;
pub mod keyed;
pub mod persist;
pub mod restore;
pub mod workspace;
