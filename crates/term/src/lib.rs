//! The terminal inside a pane: emulation, and the encoding of keys and mouse events for it; the
//! decoding of what a client's terminal sends ([`input`]), and frames as escape sequences for it
//! ([`render`]).
//!
//! No clock and no I/O: the caller passes the time, and gets events. `README.md` has an example.
//!
//! Bytes go `parse/` → `ops/` (what a sequence does) → `state/` (a grid of rows of cells, with a
//! cursor). What scrolls off the top is packed (`scrollback/`), and laid out again only when
//! somebody looks at it. `read/` makes frames, texts, matches and dumps of both.

#![warn(missing_docs)]

mod emulator;
pub mod encode;
pub mod input;
#[cfg(feature = "testing")]
pub mod library;
mod ops;
mod parse;
mod picture;
mod read;
pub mod render;
mod scrollback;
pub mod state;
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

/// The example of the README, run as a test.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
pub struct Readme;
