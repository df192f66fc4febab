//! The terminal inside a pane: emulation, and the encoding of keys and mouse events for it.
//!
//! No clock and no I/O: the caller passes the time, and gets events.
//!
//! Bytes go `parser` → `control` (what a sequence means) → `screen`, `edit`, `print` and `join`
//! (what that does to the grid); `draw`, `text` and `dump` read the result. A `grid` is `row`s of `cell`s with a
//! cursor; what scrolls off its top is packed into `history` (as `runs`), and laid out again
//! (`layout`, `resize`) only when it is looked at.

mod read;
mod scrollback;
mod ops;
pub mod state;
mod parse;
mod emulator;
pub mod encode;
pub mod input;
#[cfg(feature = "testing")]
pub mod library;
mod picture;
pub mod render;
#[cfg(test)]
mod tests;

pub use crate::read::search::Found;
pub use crate::read::text::{Lines, TextFormat};
pub use crate::read::transcript::Transcript;
pub use crate::scrollback::anchor::Anchor;
pub use crate::scrollback::frozen::Frozen;
pub use crate::state::event::{ClipboardKind, TermEvent};
pub use crate::state::modes::{CellPixels, Modes, MouseEncoding, MouseMode};
pub use crate::state::notice::{NoticeLimit, Notification};
pub use crate::state::palette::{Palette, Rgb};
pub use emulator::{Emulator, Options, clipboard_reply};
pub use picture::Graphics;

/// A dump that cannot be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the terminal's stored state cannot be read: {0}")]
pub struct DumpError(pub(crate) &'static str);
