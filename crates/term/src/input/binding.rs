//! A key event as the key that settings name: one spelling for what terminals report in several.
//!
//! The event itself stays as it was reported, because a pane's program is to see exactly that.

use crate::encode::codes;
use segno_base::key::{Key, KeyCode, KeyEvent, Modifiers};

/// The key to look up in a key table. Locks are no modifiers; `shift` with a character is the
/// character that it types (`A`, `!`), unless other modifiers are held (`ctrl+shift+a`); the
/// keypad's keys are the keys that they double.
pub fn binding(event: &KeyEvent) -> Key {
    let mut mods = event.key.mods.without(Modifiers::CAPS_LOCK).without(Modifiers::NUM_LOCK);
    let code = codes::keypad_plain(event.key.code).unwrap_or(event.key.code);
    let KeyCode::Char(c) = code else { return Key { code, mods } };
    let lower = only(c.to_lowercase()).unwrap_or(c);
    if mods.without(Modifiers::SHIFT).is_empty() {
        if mods.contains(Modifiers::SHIFT) {
            let reported = event.shifted.or_else(|| only(event.text.as_deref()?.chars()));
            let typed = reported.or_else(|| only(c.to_uppercase())).unwrap_or(c);
            return Key::plain(KeyCode::Char(typed));
        }
        return Key { code, mods };
    }
    // With ctrl and others, a capital letter is its key with shift. Alt is different: what
    // alt+A sends without the kitty protocol is the capital letter, also spelled `alt+A`.
    if mods.without(Modifiers::ALT).without(Modifiers::SHIFT).is_empty() {
        if mods.contains(Modifiers::SHIFT) {
            mods = mods.without(Modifiers::SHIFT);
            let typed = event.shifted.or_else(|| only(c.to_uppercase())).unwrap_or(c);
            return Key { code: KeyCode::Char(typed), mods };
        }
        return Key { code, mods };
    }
    if lower != c {
        mods = mods.with(Modifiers::SHIFT);
    }
    Key { code: KeyCode::Char(lower), mods }
}

/// The key of the same place on a US keyboard, where the terminal reported it and the key types no
/// ASCII: with it, settings match on every layout (`ctrl+b` where `и` stands). Latin layouts have
/// each key of the settings elsewhere, and nothing else is to match there.
pub fn by_base_layout(event: &KeyEvent) -> Option<Key> {
    let KeyCode::Char(c) = event.key.code else { return None };
    let base = event.base_layout.filter(|base| !c.is_ascii() && base.is_ascii())?;
    let key = Key { code: KeyCode::Char(base), ..event.key };
    Some(binding(&KeyEvent::from(key)))
}

/// The one character, when there is exactly one.
fn only(mut chars: impl Iterator<Item = char>) -> Option<char> {
    let first = chars.next()?;
    chars.next().is_none().then_some(first)
}
