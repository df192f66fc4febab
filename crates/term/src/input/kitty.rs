//! The fields of the kitty keyboard protocol's sequences
//! (<https://sw.kovidgoyal.net/kitty/keyboard-protocol/>):
//! `CSI code:shifted:base ; modifiers:event ; text u` and the same before a letter or `~`.

use super::params::{modifiers, number, numbers};
use crate::encode::codes;
use segno_base::key::{Key, KeyCode, KeyEvent, KeyPhase};

/// The text of one key: enough for any input method's syllable.
const MAX_TEXT: usize = 64;

/// A key from the parameters of `CSI … u`.
pub(super) fn decode(params: &[u8]) -> Option<KeyEvent> {
    let first = params.split(|b| *b == b';').next()?;
    let code = codes::kitty_key(number(first.split(|b| *b == b':').next()?)?)?;
    Some(with_fields(code, params))
}

/// A key that is already known, with the other fields of its parameters.
pub(super) fn with_fields(code: KeyCode, params: &[u8]) -> KeyEvent {
    let mut fields = params.split(|b| *b == b';');
    let mut alternates = numbers(fields.next().unwrap_or(&[]), b':').skip(1).map(character);
    let shifted = alternates.next().flatten();
    let base_layout = alternates.next().flatten();
    let mut state = numbers(fields.next().unwrap_or(&[]), b':');
    let mods = modifiers(state.next().flatten());
    let phase = match state.next().flatten() {
        Some(2) => KeyPhase::Repeat,
        Some(3) => KeyPhase::Release,
        _ => KeyPhase::Press,
    };
    let text: String = numbers(fields.next().unwrap_or(&[]), b':')
        .filter_map(character)
        .filter(|c| !c.is_control())
        .take(MAX_TEXT)
        .collect();
    let text = Some(text).filter(|text| !text.is_empty());
    KeyEvent { key: Key { code, mods }, phase, text, shifted, base_layout }
}

fn character(code: Option<u32>) -> Option<char> {
    char::from_u32(code?).filter(|c| !c.is_control())
}
