//! `docs/settings.md` and `docs/keys.md` say what the defaults say.

use crate::keys::command::COMMANDS;
use crate::keys::keymap::KeyMap;
use crate::keys::keys_file::Preset;
use crate::sections::looks::Shows;
use crate::settings::DEFAULT_TEXT;

const SETTINGS: &str = include_str!("../../../docs/settings.md");
const NOTIFICATIONS: &str = include_str!("../../../docs/notifications.md");
const KEYS: &str = include_str!("../../../docs/keys.md");
const COPY_MODE: &str = include_str!("../../../docs/copy-mode.md");
const KEYS_FILE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/keys.md");
/// The generated part of `docs/keys.md` is between these.
const BEGIN: &str = "<!-- every command: written by `cargo test write_docs -- --ignored` -->\n";
const END: &str = "<!-- end -->\n";

/// Every setting of `config.toml`, with its default as TOML.
pub(super) fn settings() -> Vec<(String, String)> {
    fn collect(path: &str, table: &toml::Table, into: &mut Vec<(String, String)>) {
        for (name, value) in table {
            match value.as_table() {
                Some(below) => collect(&format!("{path}{name}."), below, into),
                None => into.push((format!("{path}{name}"), value.to_string())),
            }
        }
    }
    let mut settings = Vec::new();
    collect("", &DEFAULT_TEXT.parse().unwrap(), &mut settings);
    settings
}

#[test]
fn every_setting_is_documented_with_its_default() {
    for (name, default) in settings() {
        let default =
            if default.starts_with('[') { "a list".to_string() } else { format!("`{default}`") };
        let row = format!("| `{name}` | {default} | ");
        assert!(SETTINGS.contains(&row), "docs/settings.md lacks:\n{row}… |");
    }
}

#[test]
fn every_event_is_documented() {
    for info in crate::event_name::EVENTS {
        let row = format!("| `{}` | {} |\n", info.name, info.description);
        assert!(NOTIFICATIONS.contains(&row), "docs/notifications.md lacks:\n{row}");
    }
}

#[test]
fn every_part_of_the_status_line_is_documented() {
    for (name, _) in Shows::ALL {
        let row = format!("| `{name}` | ");
        assert!(SETTINGS.contains(&row), "docs/settings.md lacks:\n{row}… |");
    }
}

/// The tables of commands, a heading and a table for each group.
fn commands() -> String {
    let (segno, tmux) = (KeyMap::preset(Preset::Segno), KeyMap::preset(Preset::Tmux));
    let keys = |map: &KeyMap, command| {
        let keys: Vec<_> = map.keys_for(command).iter().map(|key| format!("`{key}`")).collect();
        keys.join(", ").replace('|', "\\|")
    };
    let mut text = String::new();
    let mut group = None;
    for info in COMMANDS {
        if group != Some(info.group) {
            group = Some(info.group);
            text.push_str(&format!("\n### {}\n\n", info.group));
            text.push_str("| command | `segno` | `tmux` | what it does |\n|---|---|---|---|\n");
        }
        let (segno, tmux) = (keys(&segno, info.command), keys(&tmux, info.command));
        text.push_str(&format!("| `{}` | {segno} | {tmux} | {} |\n", info.name, info.description));
    }
    text.push('\n');
    text
}

#[test]
fn every_command_is_documented_with_its_keys() {
    let (_, rest) = KEYS.split_once(BEGIN).expect("docs/keys.md has a generated part");
    let (written, _) = rest.split_once(END).expect("docs/keys.md has an end of it");
    assert!(
        written == commands(),
        "docs/keys.md is stale; run: cargo test --lib write_docs -- --ignored"
    );
}

#[test]
#[ignore = "writes docs/keys.md"]
fn write_docs() {
    let (before, rest) = KEYS.split_once(BEGIN).unwrap();
    let (_, after) = rest.split_once(END).unwrap();
    std::fs::write(KEYS_FILE, format!("{before}{BEGIN}{}{END}{after}", commands())).unwrap();
}

#[test]
fn the_examples_in_the_docs_are_flawless() {
    use super::{Config, InForce, Source};
    let examples = |text: &'static str| -> Vec<&'static str> {
        text.split("```toml\n").skip(1).filter_map(|e| e.split("```").next()).collect()
    };
    for text in examples(KEYS).into_iter().chain(examples(COPY_MODE)) {
        let source = Source { text, file: "docs/keys.md" };
        let (_, _, diagnostics) = Config::resolve(None, Some(source), &InForce::default());
        assert_eq!(diagnostics, [], "{text}");
    }
    for text in examples(SETTINGS).into_iter().chain(examples(NOTIFICATIONS)) {
        let (_, diagnostics) = Config::load(Some(text), "docs/settings.md");
        assert_eq!(diagnostics, [], "{text}");
    }
}
