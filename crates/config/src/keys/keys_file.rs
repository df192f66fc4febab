//! Reads `keys.toml`: the preset it names, with its own lines over it.

use std::collections::{BTreeMap, BTreeSet};

use toml::{Spanned, Table as Toml};

use crate::in_force;
use crate::keys::chord::{Chord, normal};
use crate::keys::command::Command;
use crate::keys::copy_command::{CopyCommand, CopyKeys, KeyStyle, copy_command};
use crate::keys::keymap::KeyMap;
use crate::reader::{self, Section, set};
use crate::settings::Source;
use segno_base::key::{Key, KeyCode};
use segno_base::text::diagnostic::{Diagnostic, Reports};

/// The commented default keys, as `segno config default keys` prints them: the preset `segno`.
pub const DEFAULT_KEYS: &str = include_str!("../../../../defaults/keys/segno.toml");
pub(crate) const TMUX_KEYS: &str = include_str!("../../../../defaults/keys/tmux.toml");
pub(crate) const DIRECT_KEYS: &str = include_str!("../../../../defaults/keys/direct.toml");

/// The table that a keys file changes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Preset {
    Segno,
    Tmux,
    /// With keys that need no prefix.
    Direct,
}

const PRESETS: &[(&str, Preset)] =
    &[("segno", Preset::Segno), ("tmux", Preset::Tmux), ("direct", Preset::Direct)];

impl KeyMap {
    /// The keys of a preset.
    pub fn preset(preset: Preset) -> KeyMap {
        let mut keys = KeyMap::blank();
        // A test proves that copy mode's are what they are without this.
        let mut copy = CopyKeys::new(KeyStyle::Vi);
        keys.read(&mut copy, DEFAULT_KEYS, &mut Reports::new("", DEFAULT_KEYS));
        let over = match preset {
            Preset::Segno => return keys,
            Preset::Tmux => TMUX_KEYS,
            Preset::Direct => DIRECT_KEYS,
        };
        keys.read(&mut copy, over, &mut Reports::new("", over));
        keys
    }

    /// The preset's keys with a text over them; for what is wrong in it, what was in force before
    /// stays. The keys of copy mode are laid over those that are there.
    pub(crate) fn resolve(
        source: Option<Source<'_>>,
        before: &Toml,
        copy: &mut CopyKeys,
    ) -> (KeyMap, Toml, Vec<Diagnostic>) {
        let Some(source) = source else {
            return (KeyMap::preset(Preset::Segno), Toml::new(), Vec::new());
        };
        let mut reports = Reports::new(source.file, source.text);
        let mut tried_copy = copy.clone();
        let tried = KeyMap::read_over_preset(&mut tried_copy, source.text, &mut reports);
        let now = in_force::after(source.text, &reports, before);
        if !reports.has_errors() {
            *copy = tried_copy;
            return (tried, now, reports.finish());
        }
        let text = in_force::text(&now);
        let keys = KeyMap::read_over_preset(copy, &text, &mut Reports::new("", &text));
        (keys, now, reports.finish())
    }

    fn read_over_preset(copy: &mut CopyKeys, text: &str, reports: &mut Reports<'_>) -> KeyMap {
        // The preset decides what the rest is laid over, wherever it stands.
        let table = reader::parse(text, &mut Reports::new("", text));
        let named = table.get_ref().get("preset").and_then(|value| value.get_ref().as_str());
        let preset = PRESETS.iter().find(|(name, _)| named == Some(name));
        let preset = preset.map_or(Preset::Segno, |(_, preset)| *preset);
        let mut keys = KeyMap::preset(preset);
        keys.read(copy, text, reports);
        keys
    }

    /// What the defaults are laid over. A test proves that they set every value of it.
    pub(crate) fn blank() -> KeyMap {
        KeyMap {
            prefix: Key::plain(KeyCode::Other(0)),
            hint_ms: 0,
            repeat_ms: 0,
            after_prefix: BTreeMap::new(),
            global: BTreeMap::new(),
            raw: BTreeMap::new(),
            raw_programs: BTreeMap::new(),
        }
    }

    fn read(&mut self, copy: &mut CopyKeys, text: &str, reports: &mut Reports<'_>) {
        let table = reader::parse(text, reports);
        self.read_from(copy, Section::root(&table), reports);
    }

    /// What stands in a text, over what is there.
    pub(crate) fn read_from(
        &mut self,
        copy: &mut CopyKeys,
        mut root: Section<'_>,
        reports: &mut Reports<'_>,
    ) {
        let _ = root.choice(reports, "preset", PRESETS);
        let hint = root.integer(reports, "hint_ms", 0..=10_000);
        set(&mut self.hint_ms, hint.and_then(|n| n.try_into().ok()));
        let repeat = root.integer(reports, "repeat_ms", 0..=10_000);
        set(&mut self.repeat_ms, repeat.and_then(|n| n.try_into().ok()));
        let prefix_line = self.read_prefix(&mut root, reports);
        let bindings = root.string_map(reports, "after_prefix");
        bind(&mut self.after_prefix, bindings, &COMMANDS, |_| None, reports);
        let bindings = root.string_map(reports, "global");
        let prefix = self.prefix;
        let taken = |chord: &Chord| {
            let place = prefix_line.map_or(String::new(), |line| format!(" (line {line})"));
            (chord.first() == prefix).then(|| {
                format!(
                    "this is the prefix{place}, so that nothing else would work any more; choose \
                     another key, or another `prefix`"
                )
            })
        };
        bind(&mut self.global, bindings, &COMMANDS, taken, reports);
        self.global.retain(|chord, _| chord.first() != prefix);
        if let Some(mut raw) = root.section(reports, "raw") {
            read_raw(&mut self.raw, &mut raw, reports);
        }
        if let Some(mut raw) = root.section(reports, "raw_programs") {
            read_raw(&mut self.raw_programs, &mut raw, reports);
        }
        let styles = [("vi", KeyStyle::Vi), ("emacs", KeyStyle::Emacs)];
        if let Some(style) = root.choice(reports, "copy_preset", &styles) {
            *copy = CopyKeys::new(style);
        }
        copy.read(root.string_map(reports, "copy"), reports);
        root.finish(reports);
    }

    /// Applies the prefix, if one is set; returns its line.
    fn read_prefix(&mut self, root: &mut Section<'_>, reports: &mut Reports<'_>) -> Option<usize> {
        let text = root.string(reports, "prefix")?;
        let prefix = match text.get_ref().parse::<Key>() {
            Ok(key) => normal(key),
            Err(error) => {
                reports.error(text.span(), error.to_string());
                return None;
            }
        };
        let old = Chord::from(self.prefix);
        if self.after_prefix.get(&old) == Some(&Command::SendPrefix) {
            self.after_prefix.remove(&old);
        }
        // Whatever the key did before: without this no program could ever be given it.
        let chord = Chord::from(prefix);
        self.after_prefix.retain(|other, _| !other.clashes(&chord));
        self.after_prefix.insert(chord, Command::SendPrefix);
        self.prefix = prefix;
        Some(reports.line(text.span().start))
    }
}

/// Applies lists of keys by name.
fn read_raw(
    into: &mut BTreeMap<String, BTreeSet<Key>>,
    raw: &mut Section<'_>,
    reports: &mut Reports<'_>,
) {
    for (name, texts) in raw.string_lists(reports) {
        let mut keys = BTreeSet::new();
        for text in texts {
            match text.get_ref().parse::<Key>() {
                Ok(key) => drop(keys.insert(normal(key))),
                Err(error) => reports.error(text.span(), error.to_string()),
            }
        }
        into.insert(name, keys);
    }
}

impl CopyKeys {
    /// Lays a user's own keys over those that are there.
    pub(crate) fn read(
        &mut self,
        bindings: Vec<(Spanned<String>, Spanned<String>)>,
        reports: &mut Reports<'_>,
    ) {
        bind(&mut self.bound, bindings, &COPY_COMMANDS, |_| None, reports);
    }
}

/// What the keys of a table do, and how they go together.
struct Kind<C> {
    command: fn(&str) -> Result<C, String>,
    /// Whether two chords cannot stand beside each other.
    clash: fn(&Chord, &Chord) -> bool,
    /// Whether freeing a chord frees another one too.
    frees: fn(&Chord, &Chord) -> bool,
}

/// A chord's beginning runs at once, so the chord could never be typed; freeing `g` frees all that
/// begins with it.
const COMMANDS: Kind<Command> = Kind {
    command: |name| name.parse().map_err(|error| format!("{error}")),
    clash: Chord::clashes,
    frees: |freed, other| other.keys().starts_with(freed.keys()),
};

/// In copy mode a chord's beginning waits for the rest.
const COPY_COMMANDS: Kind<CopyCommand> =
    Kind { command: copy_command, clash: Chord::eq, frees: Chord::eq };

/// Lays bindings over those that are there; an empty command frees the keys.
fn bind<C>(
    bound: &mut BTreeMap<Chord, C>,
    bindings: Vec<(Spanned<String>, Spanned<String>)>,
    kind: &Kind<C>,
    refused: impl Fn(&Chord) -> Option<String>,
    reports: &mut Reports<'_>,
) {
    let mut here: Vec<(Chord, String, usize)> = Vec::new();
    for (text, name) in bindings {
        let chord: Chord = match text.get_ref().parse() {
            Ok(chord) => chord,
            Err(error) => {
                reports.error(text.span(), format!("{error}"));
                continue;
            }
        };
        if let Some(why) = refused(&chord) {
            reports.error(text.span(), why);
            continue;
        }
        let frees = name.get_ref().is_empty();
        let clash = here
            .iter()
            .find(|(other, ..)| *other == chord || (!frees && (kind.clash)(other, &chord)));
        if let Some((other, other_text, line)) = clash {
            let what = if *other == chord { "is the same as" } else { "cannot stand beside" };
            let message = format!(
                "{:?} {what} {other_text:?} in line {line}; only the first counts, remove one",
                text.get_ref()
            );
            reports.error(text.span(), message);
            continue;
        }
        if frees {
            bound.retain(|other, _| !(kind.frees)(&chord, other));
        } else {
            match (kind.command)(name.get_ref()) {
                Ok(command) => {
                    bound.retain(|other, _| !(kind.clash)(other, &chord));
                    bound.insert(chord.clone(), command);
                }
                Err(error) => {
                    reports.error(name.span(), error);
                    continue;
                }
            }
        }
        here.push((chord, text.get_ref().clone(), reports.line(text.span().start)));
    }
}
