//! What a client's terminal is sent around the frames: preparing it, leaving it as it was, and
//! the one-shot sequences (bell, clipboard).
//!
//! Everything `setup` turns on, `teardown` turns off, whatever happened between.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use super::capabilities::{Capabilities, WIDTH_ROW, WIDTH_SAMPLE};
use super::clusters::Clusters;
use crate::state::modes::MouseMode;
use segno_base::screen::geometry::Size;
use segno_base::text::plain_text::is_plain;

/// What the user's settings ask of the terminal.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SetupOptions {
    /// Mouse events to ask for; `Off` leaves the mouse to the terminal.
    pub mouse: MouseMode,
    /// Ask what the terminal is and can do.
    pub queries: bool,
}

impl Default for SetupOptions {
    fn default() -> SetupOptions {
        SetupOptions { mouse: MouseMode::Drag, queries: true }
    }
}

/// Whether the terminal supports kitty's pictures. Where it does not, what it may print of this
/// is cleared.
const PICTURE: &str = "\x1b_Gi=31,s=1,v=1,a=q,t=d,f=24;AAAA\x1b\\";

/// What prepares a terminal: alternate screen, modes, and the questions whose answers refine its
/// capabilities. Keyboard flags come later, with the pane that asks for them.
pub fn setup(caps: &Capabilities, options: &SetupOptions) -> Vec<u8> {
    let mut out = Vec::new();
    // The title stack (xterm, XTWINOPS 22), then the alternate screen with the cursor saved.
    out.extend_from_slice(b"\x1b[22;0t\x1b[?1049h");
    // No wrapping at the margin: a frame that is one resize too wide must not scroll the screen.
    // No insert mode, normal origin, whole-screen region, plain character set and pen.
    out.extend_from_slice(b"\x1b[?7l\x1b[4l\x1b[?6l\x1b[r\x0f\x1b(B\x1b[m\x1b[H\x1b[2J");
    // Normal cursor and keypad keys: the decoder knows both, the encoder makes the pane's own.
    out.extend_from_slice(b"\x1b[?1l\x1b>\x1b[?2004h\x1b[?1004h");
    mouse(options.mouse, &mut out);
    if options.queries && caps.queries {
        // How wide it draws clusters, and what is narrow or wide by custom; what this leaves is
        // cleared.
        Clusters::measure(&mut out);
        out.extend_from_slice(
            format!("\x1b[{WIDTH_ROW};1H{WIDTH_SAMPLE}\x1b[6n{PICTURE}\x1b[H\x1b[2J").as_bytes(),
        );
        // Light or dark: report now and on every change.
        out.extend_from_slice(b"\x1b[?2031h\x1b[?996n");
        // Kitty keyboard, synchronized output, focus events, joined characters, XTVERSION, colours.
        // Every terminal answers the last, device attributes: then no other answer is to be waited
        // for, here or by a client that leaves.
        out.extend_from_slice(b"\x1b[?u\x1b[?2026$p\x1b[?1004$p\x1b[?2027$p\x1b[>0q");
        out.extend_from_slice(b"\x1b]10;?\x1b\\\x1b]11;?\x1b\\\x1b[c");
    }
    out
}

/// Asks for mouse events in SGR encoding, replacing what was asked for before.
pub(super) fn mouse(mode: MouseMode, out: &mut Vec<u8>) {
    out.extend_from_slice(b"\x1b[?1003l\x1b[?1002l\x1b[?1000l");
    let number = match mode {
        MouseMode::Off => return out.extend_from_slice(b"\x1b[?1006l"),
        MouseMode::Click => "1000",
        MouseMode::Drag => "1002",
        MouseMode::Motion => "1003",
    };
    out.extend_from_slice(format!("\x1b[?{number}h\x1b[?1006h").as_bytes());
}

/// What undoes [`setup`] and everything that a renderer may have turned on. Needs to know
/// nothing, so that a client can send it when its daemon has died.
pub fn teardown() -> Vec<u8> {
    let mut out = Vec::new();
    // An update that was cut off, a hyperlink or a string left open.
    out.extend_from_slice(b"\x1b\\\x1b[?2026l\x1b]8;;\x1b\\\x1b[m\x1b[r");
    mouse(MouseMode::Off, &mut out);
    out.extend_from_slice(b"\x1b[?2031l\x1b[?1004l\x1b[?2004l");
    // The keyboard flags of the alternate screen, before it is left; then modifyOtherKeys and the
    // keypad.
    out.extend_from_slice(b"\x1b[=0;1u\x1b[>4m\x1b>");
    out.extend_from_slice(b"\x1b[0 q\x1b[?7h\x1b[?25h\x1b[?1049l\x1b[23;0t");
    out
}

/// Asks the terminal to take a size (XTWINOPS 8).
pub fn resize(size: Size, out: &mut Vec<u8>) {
    out.extend_from_slice(format!("\x1b[8;{};{}t", size.rows, size.cols).as_bytes());
}

/// Rings the bell.
pub fn bell(out: &mut Vec<u8>) {
    out.push(0x07);
}

/// Puts a text on the clipboard (OSC 52).
pub fn clipboard(text: &str, out: &mut Vec<u8>) {
    out.extend_from_slice(b"\x1b]52;c;");
    out.extend_from_slice(STANDARD.encode(text).as_bytes());
    out.extend_from_slice(b"\x1b\\");
}

/// Sets the window's title (OSC 2); control characters are left out, and it is cut where no
/// title bar would show it.
pub(super) fn title(text: &str, out: &mut Vec<u8>) {
    let clean: String = text.chars().filter(|c| is_plain(*c)).take(256).collect();
    out.extend_from_slice(format!("\x1b]2;{clean}\x1b\\").as_bytes());
}
