//! Bytes from a client's terminal, decoded into keys, mouse events, pastes and replies.
//!
//! The bytes come from outside: any bytes in any chunking decode without a panic, to the same
//! events, in bounded memory. Knows no keymap and no pane.

mod binding;
mod csi;
mod decoder;
mod event;
mod kitty;
mod mouse;
mod params;
mod reply;
#[cfg(test)]
mod tests;

pub use binding::{binding, by_base_layout};
pub use decoder::Decoder;
pub use event::{ColorScheme, DynamicColor, InputEvent, TerminalReply};
