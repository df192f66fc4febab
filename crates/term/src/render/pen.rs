//! The terminal's pen: the attributes that the next character is drawn with, and the shortest
//! way from one set of them to another.
//!
//! Sequences as in xterm's ctlseqs (SGR); underline styles and colours as kitty defined them,
//! hyperlinks as in the OSC 8 specification. Draws no characters and moves no cursor.

use std::sync::Arc;

use super::capabilities::Capabilities;
use segno_base::screen::cell::{Attrs, Cell, Color, ColorKind, Extra, Link, Style};
use segno_base::text::plain_text::is_safe_link;

/// The attributes of an erased or plain blank cell that would still be seen on it.
const SEEN_ON_BLANK: Attrs =
    Attrs(Attrs::REVERSE.0 | Attrs::STRIKE.0 | Attrs::ANY_UNDERLINE.0 | Attrs::BLINK.0);
/// Longer targets are refused by some terminals, and are no links that anyone clicks.
const MAX_URI: usize = 2048;

/// On and off codes, without underlines.
const CODES: [(Attrs, u16, u16); 7] = [
    (Attrs::BOLD, 1, 22),
    (Attrs::DIM, 2, 22),
    (Attrs::ITALIC, 3, 23),
    (Attrs::BLINK, 5, 25),
    (Attrs::REVERSE, 7, 27),
    (Attrs::HIDDEN, 8, 28),
    (Attrs::STRIKE, 9, 29),
];

/// A style as one terminal can show it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
struct Look {
    style: Style,
    /// The underline's colour; always none without an underline.
    underline: Option<Color>,
}

/// The pen as the terminal has it.
#[derive(Debug, Default)]
pub(super) struct Pen {
    look: Look,
    /// The style last asked for, before the terminal's limits: most cells have their
    /// neighbour's.
    asked: Style,
    /// The open hyperlink, in its cell's extra.
    link: Option<Arc<Extra>>,
    delta: Vec<u8>,
    fresh: Vec<u8>,
}

impl Pen {
    /// The terminal's pen was set to the default by someone else, hyperlinks closed.
    pub(super) fn forget(&mut self) {
        self.look = Look::default();
        self.asked = Style::default();
        self.link = None;
    }

    /// Sets the pen for a cell.
    pub(super) fn cell(&mut self, cell: &Cell, caps: &Capabilities, out: &mut Vec<u8>) {
        if cell.style == self.asked
            && cell.extra.is_none()
            && self.link.is_none()
            && self.look.underline.is_none()
        {
            return;
        }
        let mut look = Look { style: limited(cell.style, caps), underline: None };
        if let Some(extra) = &cell.extra
            && look.style.attrs.intersects(Attrs::ANY_UNDERLINE)
            && caps.underline_styles
        {
            look.underline = extra.underline.map(|c| caps.color(c));
        }
        self.asked = cell.style;
        self.sgr(look, out);
        let link = if caps.hyperlinks { cell.extra.as_ref() } else { None };
        self.hyperlink(link.filter(|extra| usable(extra).is_some()), out);
    }

    /// Sets the pen for blanks on a background, whether drawn or erased, changing nothing that
    /// is not seen on them.
    pub(super) fn blank(&mut self, bg: Color, caps: &Capabilities, out: &mut Vec<u8>) {
        if self.asked.bg == bg
            && !self.asked.attrs.intersects(SEEN_ON_BLANK)
            && self.link.is_none()
            && self.look.underline.is_none()
        {
            return;
        }
        let mut style = self.asked;
        style.bg = bg;
        style.attrs = style.attrs.without(SEEN_ON_BLANK);
        if bg == Color::Default {
            // As short as it gets.
            style = Style::default();
        }
        self.asked = style;
        self.sgr(Look { style: limited(style, caps), underline: None }, out);
        self.hyperlink(None, out);
    }

    /// Sets the default pen.
    pub(super) fn plain(&mut self, out: &mut Vec<u8>) {
        self.asked = Style::default();
        self.sgr(Look::default(), out);
        self.hyperlink(None, out);
    }

    /// The style that cells without extras are drawn with as the pen is.
    pub(super) fn draws(&self, style: Style) -> bool {
        self.asked == style && self.link.is_none() && self.look.underline.is_none()
    }

    fn sgr(&mut self, to: Look, out: &mut Vec<u8>) {
        let from = self.look;
        if from == to {
            return;
        }
        self.look = to;
        if to == Look::default() {
            out.extend_from_slice(b"\x1b[m");
            return;
        }
        self.delta.clear();
        self.fresh.clear();
        change(from, to, &mut self.delta);
        self.fresh.extend_from_slice(b"0;");
        change(Look::default(), to, &mut self.fresh);
        let shorter = if self.delta.len() <= self.fresh.len() { &self.delta } else { &self.fresh };
        out.extend_from_slice(b"\x1b[");
        // Every parameter was written with a separator after it.
        out.extend_from_slice(&shorter[..shorter.len().saturating_sub(1)]);
        out.push(b'm');
    }

    fn hyperlink(&mut self, to: Option<&Arc<Extra>>, out: &mut Vec<u8>) {
        let now = self.link.as_ref().and_then(usable);
        let then = to.and_then(usable);
        if now == then {
            return;
        }
        out.extend_from_slice(b"\x1b]8;");
        if let Some(link) = then {
            if plain_id(&link.id) {
                out.extend_from_slice(b"id=");
                out.extend_from_slice(link.id.as_bytes());
            }
            out.push(b';');
            out.extend_from_slice(link.uri.as_bytes());
        } else {
            out.push(b';');
        }
        out.extend_from_slice(b"\x1b\\");
        self.link = to.cloned();
    }
}

/// Whether a cell looks the same as an erased one with its background.
pub(super) fn is_blank(cell: &Cell) -> bool {
    use segno_base::screen::cell::Width;
    cell.ch == ' '
        && cell.width == Width::One
        && !cell.style.attrs.intersects(SEEN_ON_BLANK)
        && cell.extra.as_ref().is_none_or(|e| e.combining.is_empty() && e.link.is_none())
}

/// A hyperlink that can be written: OSC 8 allows printable ASCII only.
fn usable(extra: &Arc<Extra>) -> Option<&Link> {
    extra.link.as_ref().filter(|link| {
        !link.uri.is_empty()
            && link.uri.len() <= MAX_URI
            && link.uri.bytes().all(|b| (0x20..0x7f).contains(&b))
            && is_safe_link(&link.uri)
    })
}

/// Colons and semicolons would end the parameter.
fn plain_id(id: &str) -> bool {
    !id.is_empty()
        && id.len() <= 250
        && id.bytes().all(|b| (0x21..0x7f).contains(&b) && b != b':' && b != b';')
}

/// A style within the terminal's limits: nearest colours, one underline of a style it knows.
fn limited(style: Style, caps: &Capabilities) -> Style {
    let mut attrs = style.attrs;
    let lines = attrs.0 & Attrs::ANY_UNDERLINE.0;
    if lines != 0 {
        let lowest = Attrs(lines & lines.wrapping_neg());
        let line = if caps.underline_styles { lowest } else { Attrs::UNDERLINE };
        attrs = attrs.without(Attrs::ANY_UNDERLINE).with(line);
    }
    Style { fg: caps.color(style.fg), bg: caps.color(style.bg), attrs }
}

/// Appends the parameters that change one look into another, each with a `;` after it.
fn change(from: Look, to: Look, out: &mut Vec<u8>) {
    let removed = from.style.attrs.without(to.style.attrs);
    let mut kept = from.style.attrs;
    let mut off = 0;
    for (attr, _, code) in CODES {
        // Bold and dim share their off code, and go together.
        if removed.contains(attr) && off != code {
            param(code, out);
            off = code;
        }
    }
    if off != 0 && removed.intersects(Attrs::BOLD.with(Attrs::DIM)) {
        kept = kept.without(Attrs::BOLD.with(Attrs::DIM));
    }
    for (attr, code, _) in CODES {
        if to.style.attrs.contains(attr) && !kept.contains(attr) {
            param(code, out);
        }
    }
    let (before, after) =
        (from.style.attrs.0 & Attrs::ANY_UNDERLINE.0, to.style.attrs.0 & Attrs::ANY_UNDERLINE.0);
    if before != after {
        // One underline replaces another.
        out.extend_from_slice(match Attrs(after) {
            Attrs::NONE => b"24;".as_slice(),
            Attrs::UNDERLINE => b"4;",
            Attrs::DOUBLE_UNDERLINE => b"4:2;",
            Attrs::CURLY_UNDERLINE => b"4:3;",
            Attrs::DOTTED_UNDERLINE => b"4:4;",
            _ => b"4:5;",
        });
    }
    if from.style.fg != to.style.fg {
        color(to.style.fg, 30, out);
    }
    if from.style.bg != to.style.bg {
        color(to.style.bg, 40, out);
    }
    if from.underline != to.underline {
        match to.underline.map(Color::kind) {
            None | Some(ColorKind::Default) => out.extend_from_slice(b"59;"),
            Some(ColorKind::Indexed(n)) => {
                out.extend_from_slice(b"58:5:");
                param(n.into(), out);
            }
            Some(ColorKind::Rgb(r, g, b)) => {
                out.extend_from_slice(b"58:2::");
                for part in [r, g, b] {
                    number(part.into(), out);
                    out.push(b':');
                }
                out.pop();
                out.push(b';');
            }
        }
    }
}

/// A colour's parameters; `base` is 30 for the text and 40 for the background.
fn color(color: Color, base: u16, out: &mut Vec<u8>) {
    match color.kind() {
        ColorKind::Default => param(base + 9, out),
        ColorKind::Indexed(n @ 0..=7) => param(base + u16::from(n), out),
        ColorKind::Indexed(n @ 8..=15) => param(base + 52 + u16::from(n), out),
        ColorKind::Indexed(n) => {
            param(base + 8, out);
            param(5, out);
            param(n.into(), out);
        }
        ColorKind::Rgb(r, g, b) => {
            // With semicolons: older terminals know no colons, and all know these.
            param(base + 8, out);
            param(2, out);
            param(r.into(), out);
            param(g.into(), out);
            param(b.into(), out);
        }
    }
}

fn param(n: u16, out: &mut Vec<u8>) {
    number(n, out);
    out.push(b';');
}

/// Appends a decimal number.
pub(super) fn number(n: u16, out: &mut Vec<u8>) {
    if n >= 10 {
        let mut digits = [0u8; 5];
        let mut at = digits.len();
        let mut n = n;
        while n > 0 {
            at -= 1;
            digits[at] = b'0' + (n % 10) as u8;
            n /= 10;
        }
        out.extend_from_slice(&digits[at..]);
    } else {
        out.push(b'0' + n as u8);
    }
}
