//! What every layer shares: ids, geometry, keys, cells (plain data), and the few things that must
//! be said to the operating system in one place only.

pub mod family;
pub mod ids;
pub mod key;
pub mod preset;
pub mod screen;
pub mod system;
pub mod text;
pub mod tint;
