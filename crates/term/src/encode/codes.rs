//! The numbers that stand for keys in escape sequences, in one table for both directions.
//!
//! From xterm's ctlseqs ("PC-Style Function Keys", "VT220-Style Function Keys") and the kitty
//! keyboard protocol ("Functional key definitions").

use segno_base::key::KeyCode;

/// The kitty code of the first key of the keypad, `KP_0`.
pub const KEYPAD_FIRST: u32 = 57399;
/// The kitty code of the last key of the keypad, `KP_BEGIN`.
pub const KEYPAD_LAST: u32 = 57427;
/// The kitty codes of the modifier keys themselves: left shift to ISO level 5 shift.
pub const MODIFIER_KEYS: std::ops::RangeInclusive<u32> = 57441..=57454;
/// Caps, scroll and num lock: like modifier keys they are reported with flag 8 only.
pub const LOCK_KEYS: std::ops::RangeInclusive<u32> = 57358..=57360;
const F13: u32 = 57376;
const PRIVATE_USE: std::ops::RangeInclusive<u32> = 57344..=63743;

/// The key with this number in `CSI number ~`.
pub fn tilde_key(number: u32) -> Option<KeyCode> {
    Some(match number {
        1 | 7 => KeyCode::Home,
        2 => KeyCode::Insert,
        3 => KeyCode::Delete,
        4 | 8 => KeyCode::End,
        5 => KeyCode::PageUp,
        6 => KeyCode::PageDown,
        11..=15 => KeyCode::F((number - 10) as u8),
        17..=21 => KeyCode::F((number - 11) as u8),
        23..=26 => KeyCode::F((number - 12) as u8),
        28 | 29 => KeyCode::F((number - 13) as u8),
        31..=34 => KeyCode::F((number - 14) as u8),
        57427 => KeyCode::Other(57427),
        _ => return None,
    })
}

/// The number of a key that is sent as `CSI number ~`, F5 to F20 included.
pub fn tilde_number(code: KeyCode) -> Option<u32> {
    Some(match code {
        KeyCode::Insert => 2,
        KeyCode::Delete => 3,
        KeyCode::PageUp => 5,
        KeyCode::PageDown => 6,
        KeyCode::F(5) => 15,
        KeyCode::F(n @ 6..=10) => u32::from(n) + 11,
        KeyCode::F(n @ 11..=14) => u32::from(n) + 12,
        KeyCode::F(n @ 15..=16) => u32::from(n) + 13,
        KeyCode::F(n @ 17..=20) => u32::from(n) + 14,
        _ => return None,
    })
}

/// The key with this final byte in `CSI 1 ; modifiers X` and in `SS3 X`.
pub fn letter_key(letter: u8) -> Option<KeyCode> {
    Some(match letter {
        b'A' => KeyCode::Up,
        b'B' => KeyCode::Down,
        b'C' => KeyCode::Right,
        b'D' => KeyCode::Left,
        b'E' => KeyCode::Other(57427),
        b'F' => KeyCode::End,
        b'H' => KeyCode::Home,
        b'P' => KeyCode::F(1),
        b'Q' => KeyCode::F(2),
        b'R' => KeyCode::F(3),
        b'S' => KeyCode::F(4),
        _ => return None,
    })
}

/// The final byte of a key that is sent as `CSI 1 ; modifiers X`; F1 to F4 included.
pub fn letter(code: KeyCode) -> Option<u8> {
    Some(match code {
        KeyCode::Up => b'A',
        KeyCode::Down => b'B',
        KeyCode::Right => b'C',
        KeyCode::Left => b'D',
        KeyCode::Other(57427) => b'E',
        KeyCode::End => b'F',
        KeyCode::Home => b'H',
        KeyCode::F(1) => b'P',
        KeyCode::F(2) => b'Q',
        KeyCode::F(3) => b'R',
        KeyCode::F(4) => b'S',
        _ => return None,
    })
}

/// The key with this number in kitty's `CSI number u`; none for what is no key.
pub fn kitty_key(number: u32) -> Option<KeyCode> {
    Some(match number {
        9 | 57346 => KeyCode::Tab,
        13 | 57345 => KeyCode::Enter,
        27 | 57344 => KeyCode::Escape,
        8 | 127 | 57347 => KeyCode::Backspace,
        57348 => KeyCode::Insert,
        57349 => KeyCode::Delete,
        57350 => KeyCode::Left,
        57351 => KeyCode::Right,
        57352 => KeyCode::Up,
        57353 => KeyCode::Down,
        57354 => KeyCode::PageUp,
        57355 => KeyCode::PageDown,
        57356 => KeyCode::Home,
        57357 => KeyCode::End,
        57364..=57398 => KeyCode::F((number - 57363) as u8),
        n if PRIVATE_USE.contains(&n) => KeyCode::Other(n),
        n => KeyCode::Char(char::from_u32(n).filter(|c| !c.is_control())?),
    })
}

/// The number of a key that kitty sends as `CSI number u`. None for the keys that keep their
/// legacy form with kitty too (`letter` and `tilde_number`, but not F13 and up).
pub fn kitty_number(code: KeyCode) -> Option<u32> {
    Some(match code {
        KeyCode::Tab => 9,
        KeyCode::Enter => 13,
        KeyCode::Escape => 27,
        KeyCode::Backspace => 127,
        KeyCode::F(n @ 13..=35) => F13 + u32::from(n) - 13,
        KeyCode::Other(57427) => return None,
        KeyCode::Other(n) => n,
        KeyCode::Char(c) => u32::from(c),
        _ => return None,
    })
}

/// What a key of the keypad is without a keypad of its own: the character it types or the key
/// it doubles. None for every other key.
pub fn keypad_plain(code: KeyCode) -> Option<KeyCode> {
    const KEYS: [KeyCode; (KEYPAD_LAST - KEYPAD_FIRST + 1) as usize] = [
        KeyCode::Char('0'),
        KeyCode::Char('1'),
        KeyCode::Char('2'),
        KeyCode::Char('3'),
        KeyCode::Char('4'),
        KeyCode::Char('5'),
        KeyCode::Char('6'),
        KeyCode::Char('7'),
        KeyCode::Char('8'),
        KeyCode::Char('9'),
        KeyCode::Char('.'),
        KeyCode::Char('/'),
        KeyCode::Char('*'),
        KeyCode::Char('-'),
        KeyCode::Char('+'),
        KeyCode::Enter,
        KeyCode::Char('='),
        KeyCode::Char(','),
        KeyCode::Left,
        KeyCode::Right,
        KeyCode::Up,
        KeyCode::Down,
        KeyCode::PageUp,
        KeyCode::PageDown,
        KeyCode::Home,
        KeyCode::End,
        KeyCode::Insert,
        KeyCode::Delete,
        KeyCode::Other(KEYPAD_LAST),
    ];
    match code {
        KeyCode::Other(n) => KEYS.get(n.checked_sub(KEYPAD_FIRST)? as usize).copied(),
        _ => None,
    }
}

/// The final byte of a keypad key's `SS3 X` in application keypad mode (DECKPAM; xterm ctlseqs,
/// "VT220-Style Function Keys").
pub fn keypad_application(code: KeyCode) -> Option<u8> {
    let KeyCode::Other(n) = code else { return None };
    Some(match n.checked_sub(KEYPAD_FIRST)? {
        digit @ 0..=9 => b'p' + digit as u8,
        10 => b'n',
        11 => b'o',
        12 => b'j',
        13 => b'm',
        14 => b'k',
        15 => b'M',
        16 => b'X',
        17 => b'l',
        _ => return None,
    })
}

/// The key that `SS3 X` stands for in application keypad mode, as [`keypad_application`].
pub fn keypad_key(letter: u8) -> Option<KeyCode> {
    let offset = match letter {
        b'p'..=b'y' => u32::from(letter - b'p'),
        b'n' => 10,
        b'o' => 11,
        b'j' => 12,
        b'm' => 13,
        b'k' => 14,
        b'M' => 15,
        b'X' => 16,
        b'l' => 17,
        _ => return None,
    };
    Some(KeyCode::Other(KEYPAD_FIRST + offset))
}
