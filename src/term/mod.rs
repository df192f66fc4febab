//! The terminal inside a pane: emulation, and the encoding of keys and mouse events for it.
//!
//! Nothing outside this module names the emulator behind it.

mod emulator;
pub mod encode;
mod event;
pub mod modes;
mod palette;

pub use emulator::{DumpError, Emulator, Lines, Options, TextFormat, clipboard_reply};
pub use event::{ClipboardKind, PromptMark, TermEvent};
pub use modes::{Modes, MouseEncoding, MouseMode};
pub use palette::{Palette, Rgb};
