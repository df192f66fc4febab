//! The terminal inside a pane: emulation, and the encoding of keys and mouse events for it.
//!
//! Nothing outside this module names the emulator behind it.

pub mod encode;
pub mod modes;

pub use modes::{Modes, MouseEncoding, MouseMode};
