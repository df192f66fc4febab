//! Which key does what: after the prefix, and without it.
//!
//! Pure data made from settings; decoding keys and running commands happen elsewhere.

use std::collections::BTreeMap;

use crate::base::key::{Key, KeyCode, Modifiers};

use super::command::Command;

/// The resolved key bindings.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeyMap {
    pub prefix: Key,
    /// What a key does after the prefix. Holds the prefix itself.
    pub after_prefix: BTreeMap<Key, Command>,
    /// What a key does at once; the pane never sees it.
    pub global: BTreeMap<Key, Command>,
}

impl KeyMap {
    /// The keys that run a command, as the help shows them: `ctrl+b %`, or `f5` without prefix.
    pub fn keys_for(&self, command: Command) -> Vec<String> {
        let with_prefix = self.after_prefix.iter().filter(|(_, bound)| **bound == command);
        let global = self.global.iter().filter(|(_, bound)| **bound == command);
        let with_prefix = with_prefix.map(|(key, _)| format!("{} {key}", self.prefix));
        with_prefix.chain(global.map(|(key, _)| key.to_string())).collect()
    }

    /// What a key does after the prefix, however the terminal reported it.
    pub fn command_after_prefix(&self, key: Key) -> Option<Command> {
        self.after_prefix.get(&normal(key)).copied()
    }

    /// What a key does without the prefix, however the terminal reported it.
    pub fn global_command(&self, key: Key) -> Option<Command> {
        self.global.get(&normal(key)).copied()
    }

    /// Whether this key is the prefix, however the terminal reported it.
    pub fn is_prefix(&self, key: Key) -> bool {
        normal(key) == self.prefix
    }
}

/// The one form of a key: locks do not count, and shift is part of the character that it types.
pub fn normal(key: Key) -> Key {
    let mods = key.mods.without(Modifiers::CAPS_LOCK).without(Modifiers::NUM_LOCK);
    match key.code {
        KeyCode::Char(c) if mods == Modifiers::SHIFT && c != ' ' => {
            Key::plain(KeyCode::Char(if c.is_ascii() { c.to_ascii_uppercase() } else { c }))
        }
        code => Key { code, mods },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_found_however_it_was_reported() {
        let key = |text: &str| text.parse::<Key>().unwrap();
        assert_eq!(normal(key("shift+g")), key("G"));
        assert_eq!(normal(key("shift+%")), key("%"));
        assert_eq!(normal(key("shift+tab")), key("shift+tab"));
        let locked =
            Key { code: KeyCode::Char('b'), mods: Modifiers::CTRL.with(Modifiers::NUM_LOCK) };
        assert_eq!(normal(locked), key("ctrl+b"));
    }

    #[test]
    fn the_help_names_every_key_of_a_command() {
        let map = KeyMap {
            prefix: Key::ctrl('b'),
            after_prefix: [("z", Command::Zoom), ("%", Command::SplitRight)]
                .map(|(key, command)| (key.parse().unwrap(), command))
                .into(),
            global: [("f11".parse().unwrap(), Command::Zoom)].into(),
        };
        assert_eq!(map.keys_for(Command::Zoom), ["ctrl+b z", "f11"]);
        assert_eq!(map.keys_for(Command::Help), [""; 0]);
    }
}
