//! Keys in the legacy protocol (xterm ctlseqs, "PC-Style Function Keys" and "modifyOtherKeys");
//! programs that turned on the kitty protocol are served by `kitty`.

use super::{codes, kitty};
use crate::state::modes::Modes;
use segno_base::key::{KeyCode, KeyEvent, KeyPhase, Modifiers};

/// What the legacy protocol can express.
const LEGACY_MODS: Modifiers =
    Modifiers(Modifiers::SHIFT.0 | Modifiers::ALT.0 | Modifiers::CTRL.0 | Modifiers::META.0);

/// Appends what a terminal in these modes sends for a key; nothing when it sends nothing (a
/// release without the kitty protocol, a modifier alone).
pub fn encode_key(event: &KeyEvent, modes: &Modes, out: &mut Vec<u8>) {
    if modes.kitty != 0 {
        return kitty::encode(event, modes, out);
    }
    if event.phase != KeyPhase::Release {
        legacy(event, modes, out);
    }
}

/// Appends a pressed key in the legacy protocol.
pub(super) fn legacy(event: &KeyEvent, modes: &Modes, out: &mut Vec<u8>) {
    let pressed = event.key.mods;
    let mut code = event.key.code;
    if let Some(plain) = codes::keypad_plain(code) {
        if modes.app_keypad
            && let Some(last) = codes::keypad_application(code)
        {
            out.extend_from_slice(&[0x1b, b'O', last]);
            return;
        }
        code = plain;
    }
    let mods = Modifiers(pressed.0 & LEGACY_MODS.0);
    match code {
        KeyCode::Char(c) => {
            // Super and hyper belong to desktop shortcuts; a legacy terminal types nothing.
            if pressed.contains(Modifiers::SUPER) || pressed.contains(Modifiers::HYPER) {
                return;
            }
            text_key(c, event, mods, modes, out);
        }
        KeyCode::Enter | KeyCode::Tab | KeyCode::Backspace | KeyCode::Escape => {
            named_control(code, mods, modes, out);
        }
        KeyCode::Other(n) if n != codes::KEYPAD_LAST => {}
        // xterm's terminfo: the 21st key and on are shift and control with the first twelve.
        KeyCode::F(n @ 21..=24) => {
            function(KeyCode::F(n - 12), mods.with(Modifiers::SHIFT), modes, out);
        }
        KeyCode::F(n @ 25..=35) => {
            function(KeyCode::F(n - 24), mods.with(Modifiers::CTRL), modes, out);
        }
        _ => function(code, mods, modes, out),
    }
}

/// Enter, Tab, Backspace, Escape: a C0 control, alt as an escape prefix.
fn named_control(code: KeyCode, mods: Modifiers, modes: &Modes, out: &mut Vec<u8>) {
    let plain = mods.without(Modifiers::ALT).without(Modifiers::META);
    let number = codes::kitty_number(code).unwrap_or(0);
    // Level 2 reports these with every modifier; level 1 with what has no form of its own.
    let reported = match modes.modify_other_keys {
        0 => false,
        1 => match code {
            KeyCode::Enter | KeyCode::Escape => !plain.is_empty(),
            KeyCode::Tab => plain.contains(Modifiers::CTRL),
            _ => plain.contains(Modifiers::CTRL.with(Modifiers::SHIFT)),
        },
        _ => !mods.is_empty(),
    };
    if reported {
        return modified(number, mods, out);
    }
    if mods.contains(Modifiers::ALT) || mods.contains(Modifiers::META) {
        out.push(0x1b);
    }
    match code {
        KeyCode::Enter if modes.newline => out.extend_from_slice(b"\r\n"),
        KeyCode::Enter => out.push(b'\r'),
        KeyCode::Tab if mods.contains(Modifiers::SHIFT) => out.extend_from_slice(b"\x1b[Z"),
        KeyCode::Tab => out.push(b'\t'),
        KeyCode::Backspace if mods.contains(Modifiers::CTRL) => out.push(0x08),
        KeyCode::Backspace => out.push(0x7f),
        _ => out.push(0x1b),
    }
}

/// A key that types a character.
fn text_key(c: char, event: &KeyEvent, mods: Modifiers, modes: &Modes, out: &mut Vec<u8>) {
    let typed = typed_char(c, event, mods);
    let ctrl = mods.contains(Modifiers::CTRL);
    let alt = mods.contains(Modifiers::ALT) || mods.contains(Modifiers::META);
    let control = if ctrl { control_byte(typed).or_else(|| control_byte(c)) } else { None };
    let reported = match modes.modify_other_keys {
        0 => false,
        // Level 1 leaves alone what already has a form.
        1 => ctrl && control.is_none(),
        _ => ctrl || alt,
    };
    if reported {
        // The shifted character is reported, as xterm does (`CSI 27;6;65~` for ctrl+shift+a).
        return modified(u32::from(typed), mods, out);
    }
    if alt {
        out.push(0x1b);
    }
    match (control, &event.text) {
        (Some(byte), _) => out.push(byte),
        // Input methods may type more than one character with a key.
        (None, Some(text)) if !ctrl && !alt && !text.chars().any(char::is_control) => {
            out.extend_from_slice(text.as_bytes());
        }
        _ => push_char(typed, out),
    }
}

/// The character that a key types with shift applied.
pub(super) fn typed_char(c: char, event: &KeyEvent, mods: Modifiers) -> char {
    if !mods.contains(Modifiers::SHIFT) {
        return c;
    }
    if let Some(shifted) = event.shifted {
        return shifted;
    }
    if let Some(text) = &event.text {
        let mut chars = text.chars();
        if let (Some(only), None) = (chars.next(), chars.next())
            && !only.is_control()
        {
            return only;
        }
    }
    single(c.to_uppercase()).unwrap_or(c)
}

/// The one character of a case mapping, none when it maps to several.
pub(super) fn single(mut chars: impl Iterator<Item = char>) -> Option<char> {
    let first = chars.next()?;
    chars.next().is_none().then_some(first)
}

/// The C0 control that ctrl makes of a character (xterm; kitty's "Legacy ctrl mapping of ASCII
/// keys").
fn control_byte(c: char) -> Option<u8> {
    Some(match c {
        'a'..='z' => c as u8 - b'a' + 1,
        'A'..='Z' => c as u8 - b'A' + 1,
        ' ' | '@' | '2' => 0,
        '[' | '3' => 0x1b,
        '\\' | '4' => 0x1c,
        ']' | '5' => 0x1d,
        '^' | '6' | '~' => 0x1e,
        '_' | '/' | '7' => 0x1f,
        '?' | '8' => 0x7f,
        _ => return None,
    })
}

/// Cursor, editing and function keys.
fn function(code: KeyCode, mods: Modifiers, modes: &Modes, out: &mut Vec<u8>) {
    if let Some(last) = codes::letter(code) {
        let own_form = matches!(code, KeyCode::F(_));
        if mods.is_empty() {
            let ss3 = own_form || modes.app_cursor;
            out.extend_from_slice(&[0x1b, if ss3 { b'O' } else { b'[' }, last]);
        } else {
            out.extend_from_slice(format!("\x1b[1;{}", mods.0 + 1).as_bytes());
            out.push(last);
        }
    } else if let Some(number) = codes::tilde_number(code) {
        let text = if mods.is_empty() {
            format!("\x1b[{number}~")
        } else {
            format!("\x1b[{number};{}~", mods.0 + 1)
        };
        out.extend_from_slice(text.as_bytes());
    }
}

/// xterm's form for modified keys without one of their own.
fn modified(number: u32, mods: Modifiers, out: &mut Vec<u8>) {
    out.extend_from_slice(format!("\x1b[27;{};{number}~", mods.0 + 1).as_bytes());
}

pub(super) fn push_char(c: char, out: &mut Vec<u8>) {
    out.extend_from_slice(c.encode_utf8(&mut [0; 4]).as_bytes());
}
