//! The settings, resolved: the embedded defaults with the user's over them, one key at a time, so
//! that a line that cannot be used costs that setting only.

use std::collections::BTreeMap;
use std::path::PathBuf;

use toml::Spanned;

use crate::base::diagnostic::{Diagnostic, Reports};
use crate::base::key::{Key, KeyCode};

use super::command::Command;
use super::copy::Copy;
use super::keymap::{KeyMap, normal};
use super::reader::{self, Section};

/// The commented default settings, as `segno config default` prints them.
pub const DEFAULT_TEXT: &str = include_str!("../../defaults/config.toml");

/// The settings that are in force.
#[derive(Debug, Clone, PartialEq)]
pub struct Config {
    pub general: General,
    pub environment: Environment,
    pub theme: Theme,
    pub keys: KeyMap,
    pub copy: Copy,
}

#[derive(Debug, Clone, PartialEq)]
pub struct General {
    /// The type of a pane when none is named.
    pub default_type: String,
    /// Lines that a pane keeps above its screen.
    pub scrollback_lines: usize,
    /// Agents that start at once when a workspace is restored.
    pub parallel_starts: usize,
    /// Whether closing a pane whose program runs asks first.
    pub confirm_close: bool,
    /// `None`: the user's own, from the environment.
    pub shell: Option<PathBuf>,
    pub mouse: bool,
    /// How long a lone escape byte waits for the rest of a sequence.
    pub escape_time_ms: u64,
    /// Output that is kept on disk for each pane.
    pub journal_mb: u64,
    pub clipboard: Clipboard,
}

/// What programs in panes may do with the clipboard (OSC 52).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Clipboard {
    Off,
    Write,
    ReadWrite,
}

#[derive(Debug, Clone, PartialEq)]
pub struct Environment {
    /// Variables that no pane gets from the daemon's environment; a trailing `*` matches a prefix.
    pub unset: Vec<String>,
}

#[derive(Debug, Clone, PartialEq)]
pub struct Theme {
    pub name: String,
}

impl Config {
    /// The defaults, with `user_text` over them. What is wrong in it is told, and has no effect.
    pub fn load(user_text: Option<&str>, file: &str) -> (Config, Vec<Diagnostic>) {
        let mut config = Config::blank();
        let mut found = config.apply(DEFAULT_TEXT, "defaults/config.toml");
        if let Some(text) = user_text {
            found.extend(config.apply(text, file));
        }
        (config, found)
    }

    /// What the defaults are laid over. A test proves that they set every value of it.
    fn blank() -> Config {
        Config {
            general: General {
                default_type: String::new(),
                scrollback_lines: 0,
                parallel_starts: 0,
                confirm_close: false,
                shell: None,
                mouse: false,
                escape_time_ms: 0,
                journal_mb: 0,
                clipboard: Clipboard::Off,
            },
            environment: Environment { unset: Vec::new() },
            theme: Theme { name: String::new() },
            keys: KeyMap {
                prefix: Key::plain(KeyCode::Other(0)),
                after_prefix: BTreeMap::new(),
                global: BTreeMap::new(),
            },
            copy: Copy::blank(),
        }
    }

    fn apply(&mut self, text: &str, file: &str) -> Vec<Diagnostic> {
        let mut reports = Reports::new(file, text);
        let table = reader::parse(text, &mut reports);
        let mut root = Section::root(&table);
        if let Some(mut section) = root.section(&mut reports, "general") {
            self.general.apply(&mut section, &mut reports);
            section.finish(&mut reports);
        }
        if let Some(mut section) = root.section(&mut reports, "environment") {
            if let Some(names) = section.strings(&mut reports, "unset") {
                self.environment.unset = patterns(names, &mut reports);
            }
            section.finish(&mut reports);
        }
        if let Some(mut section) = root.section(&mut reports, "theme") {
            if let Some(name) = section.choice(&mut reports, "name", &[("default", "default")]) {
                self.theme.name = name.to_string();
            }
            section.finish(&mut reports);
        }
        if let Some(mut section) = root.section(&mut reports, "keys") {
            self.keys.apply(&mut section, &mut reports);
            section.finish(&mut reports);
        }
        if let Some(mut section) = root.section(&mut reports, "copy") {
            self.copy.apply(&mut section, &mut reports);
            section.finish(&mut reports);
        }
        root.finish(&mut reports);
        reports.finish()
    }
}

/// Puts what could be read in its place, and leaves the place as it is otherwise.
fn set<T>(place: &mut T, read: Option<T>) {
    if let Some(value) = read {
        *place = value;
    }
}

impl General {
    fn apply(&mut self, section: &mut Section<'_>, reports: &mut Reports<'_>) {
        if let Some(name) = section.filled(reports, "default_type") {
            self.default_type = name.into_inner();
        }
        // Beyond these limits a slip of the finger would exhaust memory or the machine.
        let lines = section.integer(reports, "scrollback_lines", 0..=1_000_000);
        set(&mut self.scrollback_lines, lines.and_then(|n| n.try_into().ok()));
        let starts = section.integer(reports, "parallel_starts", 1..=64);
        set(&mut self.parallel_starts, starts.and_then(|n| n.try_into().ok()));
        set(&mut self.confirm_close, section.boolean(reports, "confirm_close"));
        if let Some(shell) = section.string(reports, "shell") {
            let path = shell.get_ref();
            if path.is_empty() {
                self.shell = None;
            } else if path.starts_with('/') && !path.contains('\0') {
                self.shell = Some(PathBuf::from(path));
            } else {
                let message = "`general.shell` is no absolute path; write one as in \
                               \"/usr/bin/zsh\", or \"\" for your login shell";
                reports.error(shell.span(), message);
            }
        }
        set(&mut self.mouse, section.boolean(reports, "mouse"));
        let escape = section.integer(reports, "escape_time_ms", 0..=1000);
        set(&mut self.escape_time_ms, escape.and_then(|n| n.try_into().ok()));
        let journal = section.integer(reports, "journal_mb", 0..=4096);
        set(&mut self.journal_mb, journal.and_then(|n| n.try_into().ok()));
        let policies = [
            ("off", Clipboard::Off),
            ("write", Clipboard::Write),
            ("read-write", Clipboard::ReadWrite),
        ];
        set(&mut self.clipboard, section.choice(reports, "clipboard", &policies));
    }
}

/// The patterns that can match something; `*` alone would leave panes without any environment.
fn patterns(names: Vec<Spanned<String>>, reports: &mut Reports<'_>) -> Vec<String> {
    let usable = |name: &Spanned<String>| {
        let text = name.get_ref();
        let stem = text.strip_suffix('*').unwrap_or(text);
        !stem.is_empty() && !stem.contains(['*', '=', '\0'])
    };
    let (good, bad): (Vec<_>, Vec<_>) = names.into_iter().partition(usable);
    for name in bad {
        let message = "not the name of a variable; write NAME, or PREFIX_* for all that begin so";
        reports.error(name.span(), message);
    }
    good.into_iter().map(Spanned::into_inner).collect()
}

impl KeyMap {
    fn apply(&mut self, section: &mut Section<'_>, reports: &mut Reports<'_>) {
        let prefix = section.string(reports, "prefix").and_then(|text| key(&text, reports));
        if let Some(prefix) = prefix {
            if self.after_prefix.get(&self.prefix) == Some(&Command::SendPrefix) {
                self.after_prefix.remove(&self.prefix);
            }
            // Whatever the key did before: without this no program could ever be given it.
            self.after_prefix.insert(prefix, Command::SendPrefix);
            self.prefix = prefix;
        }
        let bindings = section.string_map(reports, "after_prefix");
        bind(&mut self.after_prefix, bindings, reports);
        let bindings = section.string_map(reports, "global");
        for (text, _) in &bindings {
            if text.get_ref().parse::<Key>().is_ok_and(|key| normal(key) == self.prefix) {
                let message = "this is the prefix, so that nothing else would work any more; \
                               choose another key, or another `keys.prefix`";
                reports.error(text.span(), message);
            }
        }
        bind(&mut self.global, bindings, reports);
        self.global.remove(&self.prefix);
    }
}

fn key(text: &Spanned<String>, reports: &mut Reports<'_>) -> Option<Key> {
    match text.get_ref().parse::<Key>() {
        Ok(key) => Some(normal(key)),
        Err(error) => {
            reports.error(text.span(), error.to_string());
            None
        }
    }
}

/// Lays bindings over those that are there; an empty command frees the key.
fn bind(
    bound: &mut BTreeMap<Key, Command>,
    bindings: Vec<(Spanned<String>, Spanned<String>)>,
    reports: &mut Reports<'_>,
) {
    let mut here: BTreeMap<Key, String> = BTreeMap::new();
    for (text, name) in bindings {
        let Some(key) = key(&text, reports) else { continue };
        if let Some(other) = here.get(&key) {
            let message = format!(
                "{:?} and {other:?} are the same key; only the first counts, remove one",
                text.get_ref()
            );
            reports.error(text.span(), message);
            continue;
        }
        here.insert(key, text.get_ref().clone());
        if name.get_ref().is_empty() {
            bound.remove(&key);
            continue;
        }
        match name.get_ref().parse() {
            Ok(command) => {
                bound.insert(key, command);
            }
            Err(error) => reports.error(name.span(), format!("{error}")),
        }
    }
}
