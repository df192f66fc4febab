//! Replies that come as strings: OSC (colours, clipboard) and DCS (the terminal's version).

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use super::event::{DynamicColor, TerminalReply};

/// The longest name that a terminal is taken to have.
const MAX_VERSION: usize = 128;

/// The text of an OSC sequence → the reply it is, if one that is known.
pub(super) fn osc(text: &[u8]) -> Option<TerminalReply> {
    let text = std::str::from_utf8(text).ok()?;
    let (number, rest) = text.split_once(';')?;
    let which = match number {
        "10" => DynamicColor::Foreground,
        "11" => DynamicColor::Background,
        "12" => DynamicColor::Cursor,
        "52" => {
            let (_selection, encoded) = rest.split_once(';')?;
            let bytes = STANDARD.decode(encoded).ok()?;
            return Some(TerminalReply::Clipboard(String::from_utf8_lossy(&bytes).into_owned()));
        }
        _ => return None,
    };
    Some(TerminalReply::Color { which, rgb: color(rest)? })
}

/// The text of a DCS sequence → the reply it is: `> | name` (XTVERSION).
pub(super) fn dcs(text: &[u8]) -> Option<TerminalReply> {
    let name = text.strip_prefix(b">|")?;
    let name = String::from_utf8_lossy(name);
    Some(TerminalReply::Version(
        name.chars().filter(|c| !c.is_control()).take(MAX_VERSION).collect(),
    ))
}

/// The text of an APC sequence → the reply it is: `G … ; message` (kitty's graphics).
pub(super) fn apc(text: &[u8]) -> Option<TerminalReply> {
    let at = text.iter().position(|b| *b == b';')?;
    Some(TerminalReply::Graphics { ok: &text[at + 1..] == b"OK" })
}

/// `rgb:RRRR/GGGG/BBBB` with one to four digits each, `rgba:` with an alpha, or `#RRGGBB`
/// (XParseColor).
fn color(text: &str) -> Option<(u8, u8, u8)> {
    if let Some(digits) = text.strip_prefix('#') {
        if !digits.is_ascii() || digits.len() % 3 != 0 {
            return None;
        }
        let each = digits.len() / 3;
        let part = |n: usize| channel(digits.get(n * each..(n + 1) * each)?);
        return Some((part(0)?, part(1)?, part(2)?));
    }
    let rest = text.strip_prefix("rgb:").or_else(|| text.strip_prefix("rgba:"))?;
    let mut parts = rest.split('/');
    Some((channel(parts.next()?)?, channel(parts.next()?)?, channel(parts.next()?)?))
}

/// One to four hexadecimal digits, scaled to eight bits.
fn channel(digits: &str) -> Option<u8> {
    if digits.is_empty() || digits.len() > 4 || !digits.bytes().all(|b| b.is_ascii_hexdigit()) {
        return None;
    }
    let value = u32::from_str_radix(digits, 16).ok()?;
    let max = (1u32 << (4 * digits.len())) - 1;
    u8::try_from((value * 255 + max / 2) / max).ok()
}
