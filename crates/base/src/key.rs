//! Keys, mouse events and what a terminal client can send, decoded; and how a key is written
//! in settings and on the command line (`ctrl+b`, `alt+x`, `f5`, `enter`).
//!
//! Plain data: bytes are decoded in `input/` and encoded for a pane in `term/`.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// A key without its modifiers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum KeyCode {
    /// A character key, as the character it types (`A` for shift+a).
    Char(char),
    Enter,
    Tab,
    Backspace,
    Escape,
    Left,
    Right,
    Up,
    Down,
    Home,
    End,
    PageUp,
    PageDown,
    Insert,
    Delete,
    /// F1 to F35.
    F(u8),
    /// A key that only the kitty protocol knows, by its functional code (57358 and up).
    Other(u32),
}

/// Held modifiers, in the bit order of the xterm and kitty protocols (their number minus one).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, PartialOrd, Ord)]
pub struct Modifiers(pub u8);

impl Modifiers {
    pub const NONE: Modifiers = Modifiers(0);
    pub const SHIFT: Modifiers = Modifiers(1);
    pub const ALT: Modifiers = Modifiers(2);
    pub const CTRL: Modifiers = Modifiers(4);
    pub const SUPER: Modifiers = Modifiers(8);
    pub const HYPER: Modifiers = Modifiers(16);
    pub const META: Modifiers = Modifiers(32);
    pub const CAPS_LOCK: Modifiers = Modifiers(64);
    pub const NUM_LOCK: Modifiers = Modifiers(128);

    pub fn contains(self, other: Modifiers) -> bool {
        self.0 & other.0 == other.0
    }

    pub fn with(self, other: Modifiers) -> Modifiers {
        Modifiers(self.0 | other.0)
    }

    pub fn without(self, other: Modifiers) -> Modifiers {
        Modifiers(self.0 & !other.0)
    }

    pub fn is_empty(self) -> bool {
        self.0 == 0
    }
}

/// Whether a key went down, repeats or went up; only the kitty protocol tells them apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum KeyPhase {
    #[default]
    Press,
    Repeat,
    Release,
}

/// A key with its modifiers: what key bindings are made of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Key {
    pub code: KeyCode,
    pub mods: Modifiers,
}

impl Key {
    pub const fn plain(code: KeyCode) -> Key {
        Key { code, mods: Modifiers::NONE }
    }

    pub const fn ctrl(c: char) -> Key {
        Key { code: KeyCode::Char(c), mods: Modifiers::CTRL }
    }
}

/// A key as it came from a client, with what only the kitty protocol reports.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeyEvent {
    pub key: Key,
    pub phase: KeyPhase,
    /// The text that the key types, when it was reported (kitty flag 16).
    pub text: Option<String>,
    /// Shifted and base-layout alternatives, when they were reported (kitty flag 4).
    pub shifted: Option<char>,
    pub base_layout: Option<char>,
}

impl From<Key> for KeyEvent {
    fn from(key: Key) -> KeyEvent {
        KeyEvent { key, phase: KeyPhase::Press, text: None, shifted: None, base_layout: None }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum MouseButton {
    Left,
    Middle,
    Right,
    WheelUp,
    WheelDown,
    WheelLeft,
    WheelRight,
    /// Buttons 8 to 11 of the xterm protocol.
    Extra(u8),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum MouseAction {
    Press(MouseButton),
    Release(MouseButton),
    Drag(MouseButton),
    /// Moved with no button held.
    Move,
}

/// A mouse event; `x` and `y` are cells from 0, relative to whoever it is given to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct MouseEvent {
    pub action: MouseAction,
    pub x: u16,
    pub y: u16,
    pub mods: Modifiers,
}

/// A text that names no key.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is not a key; write for example ctrl+b, alt+x, shift+tab, f5, enter, up")]
pub struct InvalidKey(pub String);

const NAMED: &[(&str, KeyCode)] = &[
    ("enter", KeyCode::Enter),
    ("tab", KeyCode::Tab),
    ("backspace", KeyCode::Backspace),
    ("escape", KeyCode::Escape),
    ("left", KeyCode::Left),
    ("right", KeyCode::Right),
    ("up", KeyCode::Up),
    ("down", KeyCode::Down),
    ("home", KeyCode::Home),
    ("end", KeyCode::End),
    ("pageup", KeyCode::PageUp),
    ("pagedown", KeyCode::PageDown),
    ("insert", KeyCode::Insert),
    ("delete", KeyCode::Delete),
    ("space", KeyCode::Char(' ')),
    ("plus", KeyCode::Char('+')),
    // Other spellings; the first of a code is the one that is printed.
    ("esc", KeyCode::Escape),
    ("return", KeyCode::Enter),
    ("bspace", KeyCode::Backspace),
    ("pgup", KeyCode::PageUp),
    ("pgdn", KeyCode::PageDown),
    ("del", KeyCode::Delete),
    ("ins", KeyCode::Insert),
];

const MODIFIERS: &[(&str, Modifiers)] = &[
    ("ctrl", Modifiers::CTRL),
    ("alt", Modifiers::ALT),
    ("shift", Modifiers::SHIFT),
    ("super", Modifiers::SUPER),
    ("hyper", Modifiers::HYPER),
    ("meta", Modifiers::META),
];

impl FromStr for Key {
    type Err = InvalidKey;

    fn from_str(text: &str) -> Result<Key, InvalidKey> {
        let refused = || InvalidKey(text.chars().take(40).collect());
        let mut rest = text;
        let mut mods = Modifiers::NONE;
        while let Some((head, tail)) =
            rest.split_once('+').filter(|(h, t)| !h.is_empty() && !t.is_empty())
        {
            let known = MODIFIERS.iter().find(|(name, _)| head.eq_ignore_ascii_case(name));
            mods = mods.with(known.ok_or_else(refused)?.1);
            rest = tail;
        }
        let mut chars = rest.chars();
        let code = match (chars.next(), chars.next()) {
            (Some(c), None) if !c.is_control() => KeyCode::Char(c),
            _ => {
                let lower = rest.to_ascii_lowercase();
                let named = NAMED.iter().find(|(name, _)| *name == lower).map(|(_, code)| *code);
                let function = lower
                    .strip_prefix('f')
                    .and_then(|n| n.parse().ok())
                    .filter(|n| (1..=35).contains(n))
                    .map(KeyCode::F);
                named.or(function).ok_or_else(refused)?
            }
        };
        Ok(Key { code, mods })
    }
}

impl fmt::Display for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (name, bit) in MODIFIERS {
            if self.mods.contains(*bit) {
                write!(f, "{name}+")?;
            }
        }
        if let Some((name, _)) = NAMED.iter().find(|(_, code)| *code == self.code) {
            return f.write_str(name);
        }
        match self.code {
            KeyCode::Char(c) => write!(f, "{c}"),
            KeyCode::F(n) => write!(f, "f{n}"),
            KeyCode::Other(code) => write!(f, "key{code}"),
            // Every other code stands in NAMED.
            other => write!(f, "{other:?}"),
        }
    }
}

impl<'de> Deserialize<'de> for Key {
    fn deserialize<D: serde::Deserializer<'de>>(d: D) -> Result<Key, D::Error> {
        String::deserialize(d)?.parse().map_err(serde::de::Error::custom)
    }
}

impl schemars::JsonSchema for Key {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Key".into()
    }

    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({
            "description": "A key, such as `ctrl+c`, `enter`, `up`, `f5`, `alt+x` or `a`.",
            "type": "string",
        })
    }
}

impl Serialize for Key {
    fn serialize<S: serde::Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
        s.collect_str(self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_survives_its_text() {
        for text in [
            "ctrl+b",
            "alt+x",
            "ctrl+alt+shift+f12",
            "enter",
            "space",
            "plus",
            "ctrl+plus",
            "%",
            "\"",
            "é",
            "A",
        ] {
            assert_eq!(text.parse::<Key>().unwrap().to_string(), text);
        }
        assert_eq!("Ctrl+Return".parse::<Key>().unwrap().to_string(), "ctrl+enter");
    }

    #[test]
    fn what_names_no_key_is_refused() {
        for text in ["", "ctrl+", "foo", "x+y", "f36", "f0", "ctrl+enterr", "\u{7}"] {
            assert!(text.parse::<Key>().is_err(), "{text:?}");
        }
    }
}
