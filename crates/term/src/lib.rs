//! The terminal inside a pane: emulation, and the encoding of keys and mouse events for it.
//!
//! No clock and no I/O: the caller passes the time, and gets events.
//!
//! Bytes go `parser` → `control` (what a sequence means) → `screen`, `edit`, `print` and `join`
//! (what that does to the grid); `draw`, `text` and `dump` read the result. A `grid` is `row`s of `cell`s with a
//! cursor; what scrolls off its top is packed into `history` (as `runs`), and laid out again
//! (`layout`, `resize`) only when it is looked at.

mod anchor;
mod cell;
mod codec;
mod control;
mod csi;
mod draw;
mod dump;
mod edit;
mod emulator;
pub mod encode;
mod event;
mod frozen;
mod grid;
mod history;
pub mod input;
mod join;
mod layout;
#[cfg(feature = "testing")]
pub mod library;
mod mode_set;
pub mod modes;
mod notice;
mod osc;
mod palette;
mod parser;
mod picture;
mod print;
mod query;
pub mod render;
mod rect;
mod resize;
mod row;
mod runs;
mod screen;
mod search;
mod sgr;
#[cfg(test)]
mod tests;
mod text;
mod transcript;
mod utf8;

pub use anchor::Anchor;
pub use emulator::{Emulator, Options, clipboard_reply};
pub use event::{ClipboardKind, PromptMark, TermEvent};
pub use frozen::Frozen;
pub use modes::{CellPixels, Modes, MouseEncoding, MouseMode};
pub use notice::{NoticeLimit, Notification};
pub use palette::{Palette, Rgb};
pub use picture::Graphics;
pub use search::Found;
pub use text::{Lines, TextFormat};
pub use transcript::Transcript;

/// A dump that cannot be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the terminal's stored state cannot be read: {0}")]
pub struct DumpError(pub(crate) &'static str);
