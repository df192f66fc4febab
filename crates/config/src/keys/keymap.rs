//! Which keys do what: after the prefix, and without it.
//!
//! Pure data made from settings; decoding keys and running commands happen elsewhere.

use std::collections::{BTreeMap, BTreeSet};

use crate::keys::chord::{Chord, normal};
use crate::keys::command::Command;
use segno_base::key::Key;

/// The resolved key bindings.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeyMap {
    pub prefix: Key,
    /// How long a pause after the prefix, or within a chord, brings up what can follow; 0: never.
    pub hint_ms: u64,
    /// For how long after a command that [repeats](Command::repeats) its key, or another's, works
    /// without the prefix, in milliseconds; 0: not at all.
    pub repeat_ms: u64,
    /// What keys do after the prefix. Holds the prefix itself.
    pub after_prefix: BTreeMap<Chord, Command>,
    /// What keys do at once; the pane never sees them.
    pub global: BTreeMap<Chord, Command>,
    /// By pane type: keys that go to its program whatever `global` says.
    pub raw: BTreeMap<String, BTreeSet<Key>>,
    /// By the name of a program: keys that go to it while it is in the foreground of its pane.
    pub raw_programs: BTreeMap<String, BTreeSet<Key>>,
}

/// Where a chord is looked up.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Table {
    AfterPrefix,
    Global,
}

/// What the keys typed so far mean.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    Run(Command),
    /// The beginning of a chord.
    More,
    Nothing,
}

impl KeyMap {
    fn table(&self, table: Table) -> &BTreeMap<Chord, Command> {
        match table {
            Table::AfterPrefix => &self.after_prefix,
            Table::Global => &self.global,
        }
    }

    /// What keys mean, given in their one form (see [`normal`]).
    pub fn step(&self, table: Table, typed: &[Key]) -> Step {
        let mut found =
            self.table(table).iter().filter(|(chord, _)| chord.keys().starts_with(typed));
        match found.next() {
            Some((chord, command)) if chord.keys().len() == typed.len() => Step::Run(*command),
            Some(_) if !typed.is_empty() => Step::More,
            _ => Step::Nothing,
        }
    }

    /// What can follow the keys typed so far: the next key, and the command or the number of
    /// chords that it leads to.
    pub fn next(&self, table: Table, typed: &[Key]) -> Vec<(Key, Result<Command, usize>)> {
        let mut next: Vec<(Key, Result<Command, usize>)> = Vec::new();
        for (chord, command) in self.table(table) {
            let Some((key, rest)) =
                chord.keys().strip_prefix(typed).and_then(|rest| rest.split_first())
            else {
                continue;
            };
            match next.last_mut() {
                Some((last, Err(count))) if last == key => *count += 1,
                _ if rest.is_empty() => next.push((*key, Ok(*command))),
                _ => next.push((*key, Err(1))),
            }
        }
        next
    }

    /// The keys that run a command, as the help shows them: `ctrl+b %`, or `f5` without prefix.
    pub fn keys_for(&self, command: Command) -> Vec<String> {
        let with_prefix = self.after_prefix.iter().filter(|(_, bound)| **bound == command);
        let global = self.global.iter().filter(|(_, bound)| **bound == command);
        let with_prefix = with_prefix.map(|(chord, _)| format!("{} {chord}", self.prefix));
        with_prefix.chain(global.map(|(chord, _)| chord.to_string())).collect()
    }

    /// What a key alone does after the prefix, however the terminal reported it.
    pub fn command_after_prefix(&self, key: Key) -> Option<Command> {
        self.after_prefix.get(&Chord::from(key)).copied()
    }

    /// What a key alone does without the prefix, however the terminal reported it.
    #[cfg(test)]
    pub fn global_command(&self, key: Key) -> Option<Command> {
        self.global.get(&Chord::from(key)).copied()
    }

    /// Whether this key is the prefix, however the terminal reported it.
    pub fn is_prefix(&self, key: Key) -> bool {
        normal(key) == self.prefix
    }

    /// Whether settings give this key to some program, whatever its pane's type.
    pub fn may_be_raw(&self, key: Key) -> bool {
        let key = normal(key);
        self.raw_programs.values().any(|keys| keys.contains(&key))
    }

    /// Whether settings give this key to the program of this name.
    pub fn is_raw_for(&self, program: &str, key: Key) -> bool {
        self.raw_programs.get(program).is_some_and(|keys| keys.contains(&normal(key)))
    }

    /// Whether settings give this key to the programs of a pane type.
    pub fn is_raw(&self, type_name: &str, key: Key) -> bool {
        self.raw.get(type_name).is_some_and(|keys| keys.contains(&normal(key)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use segno_base::key::{KeyCode, Modifiers};

    fn key(text: &str) -> Key {
        text.parse().unwrap()
    }

    fn map() -> KeyMap {
        let chord = |(keys, command): (&str, Command)| (keys.parse().unwrap(), command);
        KeyMap {
            prefix: Key::ctrl('b'),
            hint_ms: 0,
            repeat_ms: 0,
            after_prefix: [
                ("z", Command::Zoom),
                ("%", Command::SplitRight),
                ("g t", Command::NextTab),
                ("g T", Command::PreviousTab),
            ]
            .map(chord)
            .into(),
            global: [("f11", Command::Zoom)].map(chord).into(),
            raw: BTreeMap::new(),
            raw_programs: BTreeMap::new(),
        }
    }

    #[test]
    fn a_key_is_found_however_it_was_reported() {
        assert_eq!(normal(key("shift+g")), key("G"));
        assert_eq!(normal(key("shift+%")), key("%"));
        assert_eq!(normal(key("shift+tab")), key("shift+tab"));
        let locked =
            Key { code: KeyCode::Char('b'), mods: Modifiers::CTRL.with(Modifiers::NUM_LOCK) };
        assert_eq!(normal(locked), key("ctrl+b"));
    }

    #[test]
    fn the_help_names_every_key_of_a_command() {
        let map = map();
        assert_eq!(map.keys_for(Command::Zoom), ["ctrl+b z", "f11"]);
        assert_eq!(map.keys_for(Command::NextTab), ["ctrl+b g t"]);
        assert_eq!(map.keys_for(Command::Help), [""; 0]);
    }

    #[test]
    fn chords_are_followed_key_by_key() {
        let map = map();
        let step = |keys: &[&str]| {
            let keys: Vec<Key> = keys.iter().map(|k| key(k)).collect();
            map.step(Table::AfterPrefix, &keys)
        };
        assert_eq!(step(&["z"]), Step::Run(Command::Zoom));
        assert_eq!(step(&["g"]), Step::More);
        assert_eq!(step(&["g", "t"]), Step::Run(Command::NextTab));
        assert_eq!(step(&["g", "x"]), Step::Nothing);
        assert_eq!(step(&["z", "z"]), Step::Nothing);
        assert_eq!(step(&[]), Step::Nothing);
        assert_eq!(map.step(Table::Global, &[key("z")]), Step::Nothing);
    }

    #[test]
    fn what_can_follow_is_known() {
        let map = map();
        let next = map.next(Table::AfterPrefix, &[]);
        assert_eq!(next.len(), 3);
        assert!(next.contains(&(key("g"), Err(2))));
        assert!(next.contains(&(key("z"), Ok(Command::Zoom))));
        let next = map.next(Table::AfterPrefix, &[key("g")]);
        assert_eq!(next, [(key("T"), Ok(Command::PreviousTab)), (key("t"), Ok(Command::NextTab))]);
    }
}
