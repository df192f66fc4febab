//! Answers to what programs ask about the terminal.
//!
//! Every answer is made here, while the query is parsed, so that answers are in stream order and
//! in the state of that moment. No answer contains text that the program chose, except hex digits.

use crate::ops::sgr;
use crate::parse::csi::Csi;
use crate::state::cell::PROTECTED;
use crate::state::event::TermEvent;
use crate::state::modes::CellPixels;
use crate::state::screen::Screen;
use segno_base::screen::frame::CursorShape;

/// How many capabilities one request may ask for.
const MAX_CAPABILITIES: usize = 32;

impl Screen {
    /// Adds to the answers; neighbours are joined.
    pub fn reply(&mut self, text: impl AsRef<[u8]>) {
        let bytes = text.as_ref();
        if let Some(TermEvent::Reply(last)) = self.events.last_mut() {
            last.extend_from_slice(bytes);
        } else {
            self.events.push(TermEvent::Reply(bytes.to_vec()));
        }
    }

    /// Answers a control sequence, when it is a query.
    pub fn query(&mut self, csi: &Csi) {
        let first = csi.get(0);
        match (csi.prefix, csi.intermediate, csi.last) {
            (prefix @ (0 | b'>' | b'='), 0, b'c') if first == 0 => self.report_attributes(prefix),
            (prefix @ (0 | b'?'), 0, b'n') => self.report_status(first, prefix == b'?', csi.get(1)),
            (prefix @ (0 | b'?'), b'$', b'p') => self.report_mode(first, prefix == b'?'),
            (b'>', 0, b'q') if first == 0 => {
                self.reply(concat!("\x1bP>|segno ", env!("CARGO_PKG_VERSION"), "\x1b\\"));
            }
            (b'?', 0, b'u') => {
                let flags = self.modes.kitty;
                self.reply(format!("\x1b[?{flags}u"));
            }
            (b'?', 0, b'm') if first == 4 => {
                let level = self.modes.modify_other_keys;
                self.reply(format!("\x1b[>4;{level}m"));
            }
            (0, 0, b't') => self.report_window(first),
            _ => {}
        }
    }

    /// DA1, DA2, DA3.
    pub fn report_attributes(&mut self, prefix: u8) {
        match prefix {
            // A VT220 with colours and a clipboard, and pictures where they can be drawn.
            0 if self.graphics.sixel => self.reply("\x1b[?62;4;22;52c"),
            0 => self.reply("\x1b[?62;22;52c"),
            // A version below xterm's 95 makes editors take the modern mouse encoding.
            b'>' => self.reply("\x1b[>1;10;0c"),
            // "SEGN" in hex.
            _ => self.reply("\x1bP!|5345474E\x1b\\"),
        }
    }

    fn report_status(&mut self, what: u16, private: bool, argument: u16) {
        match (what, private) {
            (5, false) => self.reply("\x1b[0n"),
            (_, true) if self.report_device(what, argument) => {}
            (6, _) => {
                let at = &self.grid.cursor;
                let top = if self.inner.origin { self.region.start } else { 0 };
                let mark = if private { "?" } else { "" };
                let (line, col) = (at.line.saturating_sub(top) + 1, at.col + 1);
                self.reply(format!("\x1b[{mark}{line};{col}R"));
            }
            (996, true) => self.report_scheme(),
            _ => {}
        }
    }

    /// What there is of devices: none of them. False for another question.
    fn report_device(&mut self, what: u16, argument: u16) -> bool {
        let answer = match what {
            // Printer, user-defined keys, keyboard, locator, its kind.
            15 => "\x1b[?13n".to_owned(),
            25 => "\x1b[?21n".to_owned(),
            26 => "\x1b[?27;1;0;0n".to_owned(),
            53 | 55 => "\x1b[?53n".to_owned(),
            56 => "\x1b[?57;0n".to_owned(),
            // Room for macros, their checksum, data integrity, sessions.
            62 => "\x1b[0*{".to_owned(),
            63 => format!("\x1bP{argument}!~0000\x1b\\"),
            75 => "\x1b[?70n".to_owned(),
            85 => "\x1b[?83n".to_owned(),
            _ => return false,
        };
        self.reply(answer);
        true
    }

    /// Dark or light.
    pub fn report_scheme(&mut self) {
        let scheme = if self.palette.is_dark() { 1 } else { 2 };
        self.reply(format!("\x1b[?997;{scheme}n"));
    }

    fn report_window(&mut self, what: u16) {
        let (rows, cols) = (self.rows(), self.cols());
        let CellPixels { width, height } = self.modes.cell;
        match what {
            11 => self.reply("\x1b[1t"),
            14 => {
                let (h, w) = (rows * height as usize, cols * width as usize);
                self.reply(format!("\x1b[4;{h};{w}t"));
            }
            16 => self.reply(format!("\x1b[6;{height};{width}t")),
            18 => self.reply(format!("\x1b[8;{rows};{cols}t")),
            19 => self.reply(format!("\x1b[9;{rows};{cols}t")),
            _ => {}
        }
    }

    /// A device control string: DECRQSS and XTGETTCAP.
    pub fn request(&mut self, text: &[u8]) {
        if let Some(setting) = text.strip_prefix(b"$q") {
            self.report_setting(setting);
        } else if let Some(names) = text.strip_prefix(b"+q") {
            for name in names.split(|&b| b == b';').take(MAX_CAPABILITIES) {
                self.report_capability(name);
            }
        }
    }

    fn report_setting(&mut self, setting: &[u8]) {
        let value = match setting {
            b"m" => {
                let pen = &self.grid.cursor.pen;
                format!("{}m", sgr::parameters(pen.style, pen.extra.as_deref()))
            }
            b"r" => format!("{};{}r", self.region.start + 1, self.region.end),
            b" q" => {
                let steady = !self.cursor_blinks as u8;
                let style = match self.cursor_shape {
                    CursorShape::Default => 0,
                    CursorShape::Block => 1 + steady,
                    CursorShape::Underline => 3 + steady,
                    CursorShape::Bar => 5 + steady,
                };
                format!("{style} q")
            }
            b"\"q" => {
                let protects = self.grid.cursor.pen.style.attrs.contains(PROTECTED);
                format!("{}\"q", u8::from(protects))
            }
            // Lines of the page and of the screen; no status line, and rectangles as such.
            b"t" => format!("{}t", self.rows()),
            b"*|" => format!("{}*|", self.rows()),
            b"$}" => "0$}".to_owned(),
            b"$~" => "0$~".to_owned(),
            b"*x" => "2*x".to_owned(),
            b"\"p" => "62;1\"p".to_owned(),
            _ => return self.reply("\x1bP0$r\x1b\\"),
        };
        self.reply(format!("\x1bP1$r{value}\x1b\\"));
    }

    fn report_capability(&mut self, hex: &[u8]) {
        // It goes back to the program: nothing but hex digits may.
        if hex.is_empty() || !hex.iter().all(u8::is_ascii_hexdigit) || hex.len() > 64 {
            return self.reply("\x1bP0+r\x1b\\");
        }
        let shown = String::from_utf8_lossy(hex);
        let digit = |b: u8| (b as char).to_digit(16).unwrap_or(0) as u8;
        let name: Vec<u8> =
            hex.chunks_exact(2).map(|pair| digit(pair[0]) << 4 | digit(pair[1])).collect();
        let value = match name.as_slice() {
            b"TN" | b"name" => "xterm-256color",
            b"Co" | b"colors" => "256",
            b"RGB" => "8",
            _ => return self.reply(format!("\x1bP0+r{shown}\x1b\\")),
        };
        let value: String = value.bytes().map(|b| format!("{b:02X}")).collect();
        self.reply(format!("\x1bP1+r{shown}={value}\x1b\\"));
    }
}
