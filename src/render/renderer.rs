//! One client's terminal: what it shows, and the bytes that bring it to show the next frame.

use super::capabilities::Capabilities;
use super::session;
use crate::base::frame::Frame;
use crate::base::geometry::Size;
use crate::input::TerminalReply;
use crate::term::modes::MouseMode;

/// Renders frames for one client.
#[derive(Debug)]
pub struct Renderer {
    caps: Capabilities,
    shown: Frame,
    title: Option<String>,
    mouse: Option<MouseMode>,
    keyboard: u8,
}

impl Renderer {
    /// For a terminal whose screen is unknown: the first frame paints all of it.
    pub fn new(caps: Capabilities) -> Renderer {
        Renderer { caps, shown: Frame::new(Size::new(0, 0)), title: None, mouse: None, keyboard: 0 }
    }

    /// What is known of the terminal.
    pub fn capabilities(&self) -> &Capabilities {
        &self.caps
    }

    /// Learns from a reply of the terminal, repainting when that changes how things look.
    pub fn apply_reply(&mut self, reply: &TerminalReply) {
        if self.caps.apply_reply(reply) {
            self.invalidate();
        }
    }

    /// Forgets what the terminal shows: the next frame paints everything.
    pub fn invalidate(&mut self) {
        self.shown = Frame::new(Size::new(0, 0));
    }

    /// The terminal was resized, after which its contents are unknown.
    pub fn resize(&mut self, _size: Size) {
        self.invalidate();
    }

    /// Appends what makes the terminal show a frame; nothing when it does already.
    pub fn render(&mut self, frame: &Frame, out: &mut Vec<u8>) {
        let _ = (frame, out);
    }

    /// Asks the terminal for the keyboard protocol that the focused pane's program asked for
    /// (kitty flags), so that it gets what it would get without Segno; appends nothing when that
    /// is in force already.
    pub fn keyboard(&mut self, flags: u8, out: &mut Vec<u8>) {
        let flags = flags & 0b11111;
        if flags == self.keyboard {
            return;
        }
        if self.caps.kitty_keyboard {
            // Set exactly these, on the alternate screen, which has its own stack of flags.
            out.extend_from_slice(format!("\x1b[={flags};1u").as_bytes());
            self.keyboard = flags;
        } else if self.caps.modify_other_keys {
            let level: &[u8] = if flags == 0 { b"\x1b[>4m" } else { b"\x1b[>4;2m" };
            if (flags == 0) != (self.keyboard == 0) {
                out.extend_from_slice(level);
            }
            self.keyboard = flags;
        }
    }

    /// Asks for the mouse events that the focused pane and Segno itself need.
    pub fn mouse(&mut self, mode: MouseMode, out: &mut Vec<u8>) {
        if self.mouse != Some(mode) {
            self.mouse = Some(mode);
            session::mouse(mode, out);
        }
    }

    /// Sets the window's title, if it differs from the last one set.
    pub fn set_title(&mut self, title: &str, out: &mut Vec<u8>) {
        if self.title.as_deref() != Some(title) {
            self.title = Some(title.to_owned());
            session::title(title, out);
        }
    }
}
