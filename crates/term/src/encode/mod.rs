//! What a terminal sends to a program in given modes: keys, mouse, paste, focus.
//!
//! The program in a pane must see exactly what it would see in a terminal of its own,
//! whatever the client's terminal can report. Pure functions from an event and [`Modes`] to
//! bytes; nothing here reads an emulator or decodes input.

pub mod codes;
mod key;
mod kitty;
mod mouse;
mod paste;
#[cfg(test)]
mod tests;

pub use key::encode_key;
pub use mouse::{encode_mouse, encode_wheel_as_keys};
pub use paste::PasteEncoder;

use crate::state::modes::Modes;

/// Appends the report that the pane got or lost the focus, when the program asked for it
/// (xterm ctlseqs, "FocusIn/FocusOut", DECSET 1004).
pub fn encode_focus(focused: bool, modes: &Modes, out: &mut Vec<u8>) {
    if modes.focus_events {
        out.extend_from_slice(if focused { b"\x1b[I" } else { b"\x1b[O" });
    }
}
