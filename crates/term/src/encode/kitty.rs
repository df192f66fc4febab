//! Keys in the kitty keyboard protocol, by the enhancement flags that the program set
//! (<https://sw.kovidgoyal.net/kitty/keyboard-protocol/>, "Progressive enhancement").
//!
//! Works from whatever is known of the key: a client without the protocol reports less, and the
//! program gets what can be reported.

use std::fmt::Write;

use super::{codes, key};
use crate::state::modes::Modes;
use segno_base::key::{KeyCode, KeyEvent, KeyPhase, Modifiers};

const DISAMBIGUATE: u8 = 1;
const EVENT_TYPES: u8 = 2;
const ALTERNATES: u8 = 4;
const ALL_KEYS: u8 = 8;
const TEXT: u8 = 16;

const LOCKS: Modifiers = Modifiers(Modifiers::CAPS_LOCK.0 | Modifiers::NUM_LOCK.0);

/// A key taken apart the way the protocol sees it: the unshifted key and the modifiers.
struct Parts {
    code: KeyCode,
    mods: Modifiers,
    shifted: Option<char>,
}

/// Appends a key for a program with at least one flag set.
pub(super) fn encode(event: &KeyEvent, modes: &Modes, out: &mut Vec<u8>) {
    let flags = modes.kitty;
    let all = flags & ALL_KEYS != 0;
    let released = event.phase == KeyPhase::Release;
    if released && flags & EVENT_TYPES == 0 {
        return;
    }
    let code = event.key.code;
    if let KeyCode::Other(n) = code
        && (codes::MODIFIER_KEYS.contains(&n) || codes::LOCK_KEYS.contains(&n))
        && !all
    {
        return;
    }
    let mods = event.key.mods.without(LOCKS);
    if !all {
        // These keep their bytes, so that a shell stays usable after a program that died
        // without popping its flags; for the same reason they have no release.
        if matches!(code, KeyCode::Enter | KeyCode::Tab | KeyCode::Backspace) {
            if released {
                return;
            }
            if mods.is_empty() {
                return key::legacy(event, modes, out);
            }
        }
        if !released && types_text(code, mods, flags) {
            return key::legacy(event, &Modes { app_keypad: false, ..*modes }, out);
        }
        // Without disambiguation only what has no legacy form is reported differently.
        if flags & DISAMBIGUATE == 0
            && has_legacy_form(code, mods)
            && (event.phase == KeyPhase::Press || flags & EVENT_TYPES == 0)
        {
            return key::legacy(event, modes, out);
        }
    }
    escape(event, flags, out);
}

/// A plain key that types its character even when keys are disambiguated.
fn types_text(code: KeyCode, mods: Modifiers, flags: u8) -> bool {
    let text = match code {
        KeyCode::Char(_) => true,
        // The keypad's digits type text; its arrows do not.
        KeyCode::Other(_) => {
            matches!(codes::keypad_plain(code), Some(KeyCode::Char(_))) && flags & ALL_KEYS == 0
        }
        _ => false,
    };
    text && mods.without(Modifiers::SHIFT).is_empty()
}

fn has_legacy_form(code: KeyCode, mods: Modifiers) -> bool {
    let known = Modifiers::SHIFT.with(Modifiers::ALT).with(Modifiers::CTRL);
    !matches!(code, KeyCode::Other(_)) && mods.without(known).is_empty()
}

/// `CSI number:shifted:base ; modifiers:event ; text u`, or the legacy shape of the same with a
/// letter or `~` at its end.
fn escape(event: &KeyEvent, flags: u8, out: &mut Vec<u8>) {
    let parts = take_apart(event);
    let mut mods = parts.mods;
    // The locks would make every typed key an unfamiliar one to programs without flag 8.
    if flags & ALL_KEYS == 0 && matches!(parts.code, KeyCode::Char(_)) {
        mods = mods.without(LOCKS);
    }
    let phase = match event.phase {
        KeyPhase::Repeat if flags & EVENT_TYPES != 0 => 2,
        KeyPhase::Release => 3,
        _ => 1,
    };
    let (number, last) = if let Some(number) = codes::kitty_number(parts.code) {
        (number, 'u')
    } else if parts.code == KeyCode::F(3) {
        // `CSI R` would be a cursor position report.
        (13, '~')
    } else if let Some(last) = codes::letter(parts.code) {
        (1, char::from(last))
    } else if let Some(number) = codes::tilde_number(parts.code) {
        (number, '~')
    } else {
        return;
    };
    let mut text = String::from("\x1b[");
    let shifted = parts.shifted.filter(|_| flags & ALTERNATES != 0);
    let base = event.base_layout.filter(|_| flags & ALTERNATES != 0);
    let typed = if flags & TEXT != 0 && flags & ALL_KEYS != 0 && phase != 3 {
        associated_text(event)
    } else {
        String::new()
    };
    let with_mods = !mods.is_empty() || phase != 1;
    let plain = !with_mods && typed.is_empty() && shifted.is_none() && base.is_none();
    // Writing into a String cannot fail.
    if !(plain && number == 1 && last != 'u') {
        let _ = write!(text, "{number}");
    }
    if shifted.is_some() || base.is_some() {
        text.push(':');
        if let Some(c) = shifted {
            let _ = write!(text, "{}", u32::from(c));
        }
        if let Some(c) = base {
            let _ = write!(text, ":{}", u32::from(c));
        }
    }
    if with_mods {
        let _ = write!(text, ";{}", u16::from(mods.0) + 1);
        if phase != 1 {
            let _ = write!(text, ":{phase}");
        }
    } else if !typed.is_empty() {
        text.push(';');
    }
    for (i, c) in typed.chars().enumerate() {
        let _ = write!(text, "{}{}", if i == 0 { ';' } else { ':' }, u32::from(c));
    }
    text.push(last);
    out.extend_from_slice(text.as_bytes());
}

/// The protocol names keys by their unshifted character; a client without the protocol reports
/// the character typed, from which the key is guessed where letter case shows it.
fn take_apart(event: &KeyEvent) -> Parts {
    let mods = event.key.mods;
    let KeyCode::Char(c) = event.key.code else {
        return Parts { code: event.key.code, mods, shifted: None };
    };
    let lower = key::single(c.to_lowercase()).unwrap_or(c);
    let upper = key::single(lower.to_uppercase());
    if lower != c && upper == Some(c) && !mods.contains(Modifiers::CAPS_LOCK) {
        let mods = mods.with(Modifiers::SHIFT);
        return Parts { code: KeyCode::Char(lower), mods, shifted: Some(c) };
    }
    let shifted = if mods.contains(Modifiers::SHIFT) {
        event.shifted.or(upper.filter(|u| *u != c && event.text.is_none()))
    } else {
        None
    };
    Parts { code: event.key.code, mods, shifted }
}

/// The text that a key types: as reported, else what a plain key must type.
fn associated_text(event: &KeyEvent) -> String {
    if let Some(text) = &event.text {
        return text.chars().filter(|c| !c.is_control()).collect();
    }
    let mods = event.key.mods.without(LOCKS);
    match event.key.code {
        KeyCode::Char(c) if mods.without(Modifiers::SHIFT).is_empty() => {
            key::typed_char(c, event, mods).to_string()
        }
        _ => String::new(),
    }
}
