//! Operating system commands: titles, colours, links, the clipboard, the shell's marks. All of
//! their texts are hostile.

use std::ffi::OsString;
use std::os::unix::ffi::OsStringExt as _;
use std::path::PathBuf;

use base64::Engine as _;

use crate::state::cell::{INPUT, OUTPUT, PROMPT};
use crate::state::event::{self, ClipboardKind, TermEvent};
use crate::state::palette::Rgb;
use crate::state::screen::{BG, COLORS, CURSOR, FG, Screen};
use segno_base::screen::cell::Link;
use segno_base::screen::frame::CursorShape;
use segno_base::text::plain_text::is_safe_link;

/// The longest link.
const MAX_LINK: usize = 4096;
/// The longest id of a link.
const MAX_LINK_ID: usize = 256;
/// The longest path of a working directory.
const MAX_PATH: usize = 4096;

/// Splits at the first `;`.
pub(crate) fn split(text: &[u8]) -> (&[u8], Option<&[u8]>) {
    match text.iter().position(|&b| b == b';') {
        Some(at) => (&text[..at], Some(&text[at + 1..])),
        None => (text, None),
    }
}

fn number(text: &[u8]) -> Option<usize> {
    std::str::from_utf8(text).ok()?.parse().ok()
}

impl Screen {
    /// Does an operating system command.
    pub fn command(&mut self, text: &[u8], bell: bool) {
        let (code, rest) = split(text);
        let body = rest.unwrap_or_default();
        match (code, rest.is_some()) {
            (b"0" | b"2", true) => {
                let title = event::one_line(body, event::MAX_TITLE);
                self.set_title(Some(title));
            }
            (b"4", true) => self.palette_command(body, bell),
            (b"7", true) => self.working_directory(body),
            (b"8", true) => self.link(body),
            (b"9", true) => self.notify_9(body),
            (b"10" | b"11" | b"12", true) => self.dynamic_colors(code[1] - b'0', body, bell),
            (b"50", true) => {
                self.cursor_shape = match body.strip_prefix(b"CursorShape=") {
                    Some([b'0', ..]) => CursorShape::Block,
                    Some([b'1', ..]) => CursorShape::Bar,
                    Some([b'2', ..]) => CursorShape::Underline,
                    _ => return,
                };
                self.dirty = true;
            }
            (b"52", true) => self.clipboard(body),
            (b"99", true) => self.notify_99(body),
            (b"104", _) if body.is_empty() => (0..256).for_each(|i| self.set_color(i, None)),
            (b"104", _) => {
                for index in body.split(|&b| b == b';').filter_map(number).filter(|&i| i < 256) {
                    self.set_color(index, None);
                }
            }
            (b"110", _) => self.set_color(FG, None),
            (b"111", _) => self.set_color(BG, None),
            (b"112", _) => self.set_color(CURSOR, None),
            (b"133", true) => self.prompt_mark(body),
            (b"777", true) => self.notify_777(body),
            _ => {}
        }
    }

    fn set_color(&mut self, index: usize, color: Option<Rgb>) {
        if self.overrides.is_empty() {
            if color.is_none() {
                return;
            }
            self.overrides = vec![None; COLORS];
        }
        self.overrides[index] = color;
        self.dirty = true;
    }

    /// OSC 4: pairs of an index and a colour or `?`.
    fn palette_command(&mut self, body: &[u8], bell: bool) {
        let mut parts = body.split(|&b| b == b';');
        while let (Some(index), Some(value)) = (parts.next(), parts.next()) {
            let Some(index) = number(index).filter(|&i| i < 256) else { continue };
            if value == b"?" {
                let color = self.overrides.get(index).copied().flatten();
                let color = color.unwrap_or_else(|| self.palette.indexed(index as u8));
                self.report_color(&format!("4;{index}"), color, bell);
            } else if let Some(color) = parse_color(value) {
                self.set_color(index, Some(color));
            }
        }
    }

    /// OSC 10, 11, 12: further values are for the next colours.
    fn dynamic_colors(&mut self, first: u8, body: &[u8], bell: bool) {
        for (value, which) in body.split(|&b| b == b';').zip(first..3) {
            let index = FG + which as usize;
            if value == b"?" {
                let own = [self.palette.fg, self.palette.bg, self.palette.cursor];
                let color = self.overrides.get(index).copied().flatten();
                let color = color.unwrap_or(own[which as usize]);
                self.report_color(&(10 + which).to_string(), color, bell);
            } else if let Some(color) = parse_color(value) {
                self.set_color(index, Some(color));
            }
        }
    }

    fn report_color(&mut self, what: &str, (r, g, b): Rgb, bell: bool) {
        let end = if bell { "\x07" } else { "\x1b\\" };
        self.reply(format!("\x1b]{what};rgb:{r:02x}{r:02x}/{g:02x}{g:02x}/{b:02x}{b:02x}{end}"));
    }

    /// OSC 7: a `file:` URL. The host is not looked at: over ssh the path is another machine's,
    /// and whoever uses it finds out that it does not exist here.
    fn working_directory(&mut self, url: &[u8]) {
        let Some(rest) = url.strip_prefix(b"file://") else { return };
        let Some(slash) = rest.iter().position(|&b| b == b'/') else { return };
        let path: Vec<u8> = percent_encoding::percent_decode(&rest[slash..]).collect();
        self.changed_directory(path);
    }

    fn changed_directory(&mut self, path: Vec<u8>) {
        let plain = !path.iter().any(u8::is_ascii_control);
        if plain && path.first() == Some(&b'/') && path.len() <= MAX_PATH {
            let path = PathBuf::from(OsString::from_vec(path));
            if let Some(TermEvent::Cwd(last)) = self.events.last_mut() {
                *last = path;
            } else {
                self.events.push(TermEvent::Cwd(path));
            }
        }
    }

    /// OSC 8: `params ; uri`.
    fn link(&mut self, body: &[u8]) {
        let (params, Some(uri)) = split(body) else { return };
        let id = params.split(|&b| b == b':').find_map(|pair| pair.strip_prefix(b"id="));
        let id = id.unwrap_or_default();
        let text = |bytes: &[u8], max: usize| {
            let text = std::str::from_utf8(bytes).ok()?;
            (text.len() <= max && !text.chars().any(char::is_control)).then(|| text.to_owned())
        };
        let link = match (text(id, MAX_LINK_ID), text(uri, MAX_LINK)) {
            (Some(id), Some(uri)) if !uri.is_empty() && is_safe_link(&uri) => {
                Some(Link { id, uri })
            }
            _ => None,
        };
        let pen = &mut self.grid.cursor.pen;
        if link.is_some() || pen.extra.is_some() {
            pen.edit_extra(|extra| extra.link = link);
        }
    }

    /// OSC 9 is a notification, or one of another terminal's numbered commands.
    fn notify_9(&mut self, body: &[u8]) {
        let (first, rest) = split(body);
        let numbered = !first.is_empty() && first.iter().all(u8::is_ascii_digit);
        match (numbered, first, rest) {
            (true, b"9", Some(path)) => self.changed_directory(path.trim_ascii().to_vec()),
            // Progress and the like.
            (true, _, Some(_)) => {}
            _ => self.notify(None, body),
        }
    }

    /// OSC 52: `clipboard ; base64` or `?`.
    fn clipboard(&mut self, body: &[u8]) {
        let (which, Some(data)) = split(body) else { return };
        let kind = match which.first() {
            None | Some(b'c') => ClipboardKind::Clipboard,
            Some(b'p' | b's') => ClipboardKind::Selection,
            _ => return,
        };
        if data == b"?" {
            self.events.push(TermEvent::ClipboardLoad(kind));
        } else if let Ok(bytes) = LENIENT.decode(data)
            && let Some(text) = event::clipboard_text(bytes)
        {
            self.events.push(TermEvent::ClipboardStore { kind, text });
        }
    }

    fn prompt_mark(&mut self, body: &[u8]) {
        // A mark that nothing was printed after is useless: the next one replaces it.
        self.mark = match split(body).0 {
            b"A" => PROMPT,
            b"B" => INPUT,
            b"C" => OUTPUT,
            b"D" => 0,
            _ => return,
        };
    }
}

/// Base64 with or without its padding.
pub(crate) static LENIENT: base64::engine::GeneralPurpose = base64::engine::GeneralPurpose::new(
    &base64::alphabet::STANDARD,
    base64::engine::GeneralPurposeConfig::new()
        .with_decode_padding_mode(base64::engine::DecodePaddingMode::Indifferent),
);

/// A colour as X11 writes it: `rgb:r/g/b` with one to four digits each, `rgbi:` with shares of one,
/// or `#rgb`, `#rrggbb`, ….
fn parse_color(text: &[u8]) -> Option<Rgb> {
    let text = std::str::from_utf8(text).ok()?;
    let hex = |digits: &str| {
        let plain =
            (1..=4).contains(&digits.len()) && digits.bytes().all(|b| b.is_ascii_hexdigit());
        u32::from_str_radix(digits, 16).ok().filter(|_| plain)
    };
    if let Some(rest) = text.strip_prefix("rgb:") {
        let mut parts = rest.split('/').map(|digits| {
            let max = 16u32.pow(digits.len().min(4) as u32) - 1;
            Some((hex(digits)? * 255 / max) as u8)
        });
        let color = (parts.next()??, parts.next()??, parts.next()??);
        return parts.next().is_none().then_some(color);
    }
    if let Some(rest) = text.strip_prefix("rgbi:") {
        let mut parts = rest.split('/').map(|part| {
            let share: f32 = part.parse().ok()?;
            (0.0..=1.0).contains(&share).then_some((share * 255.0).round() as u8)
        });
        let color = (parts.next()??, parts.next()??, parts.next()??);
        return parts.next().is_none().then_some(color);
    }
    let digits = text.strip_prefix('#')?;
    if !digits.is_ascii() || !digits.len().is_multiple_of(3) {
        return None;
    }
    let width = digits.len() / 3;
    // The first digits are the upper ones, whatever their number.
    let part = |i: usize| {
        Some((hex(digits.get(i * width..(i + 1) * width)?)? << 16 >> (4 * width) >> 8) as u8)
    };
    Some((part(0)?, part(1)?, part(2)?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn colours_are_read() {
        assert_eq!(parse_color(b"rgb:ff/80/00"), Some((255, 128, 0)));
        assert_eq!(parse_color(b"rgb:ffff/8080/0000"), Some((255, 128, 0)));
        assert_eq!(parse_color(b"rgb:f/0/f"), Some((255, 0, 255)));
        assert_eq!(parse_color(b"rgbi:1.0/0.5/0"), Some((255, 128, 0)));
        assert_eq!(parse_color(b"#ff8000"), Some((255, 128, 0)));
        assert_eq!(parse_color(b"#f80"), Some((240, 128, 0)));
        assert_eq!(parse_color(b"#ffff80800000"), Some((255, 128, 0)));
        for bad in [
            &b"rgb:"[..],
            b"rgb:1/2",
            b"rgb:1/2/3/4",
            b"rgb:+1/2/3",
            b"#",
            b"#12345",
            b"red",
            b"rgb:12345/1/1",
        ] {
            assert_eq!(parse_color(bad), None, "{bad:?}");
        }
    }
}
