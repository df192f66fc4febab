//! The defaults are complete and documented, and a bad line costs its own setting only.

use proptest::prelude::*;

use super::command::{COMMANDS, Command};
use super::settings::{Clipboard, Config, DEFAULT_TEXT};
use crate::base::geometry::Direction;
use crate::base::key::Key;

const DOCS: &str = include_str!("../../docs/settings.md");

fn defaults() -> Config {
    let (config, found) = Config::load(None, "");
    assert_eq!(found, [], "the defaults are flawless");
    config
}

fn load(text: &str) -> (Config, Vec<String>) {
    let (config, found) = Config::load(Some(text), "f");
    (config, found.iter().map(ToString::to_string).collect())
}

fn key(text: &str) -> Key {
    text.parse().unwrap()
}

/// Every setting outside of the key tables, with its default as TOML.
fn settings() -> Vec<(String, String)> {
    let table: toml::Table = DEFAULT_TEXT.parse().unwrap();
    let mut settings = Vec::new();
    for (section, entries) in &table {
        for (name, value) in entries.as_table().unwrap() {
            if !value.is_table() {
                settings.push((format!("{section}.{name}"), value.to_string()));
            }
        }
    }
    settings
}

#[test]
fn the_defaults_are_what_they_say() {
    let config = defaults();
    assert_eq!(config.general.default_type, "shell");
    assert_eq!(config.general.scrollback_lines, 10_000);
    assert_eq!(config.general.parallel_starts, 2);
    assert_eq!(config.general.escape_time_ms, 25);
    assert_eq!(config.general.journal_mb, 16);
    assert_eq!(config.general.clipboard, Clipboard::Write);
    assert!(config.general.confirm_close && config.general.mouse);
    assert_eq!(config.general.shell, None);
    assert_eq!(config.theme.name, "default");
    assert_eq!(config.keys.prefix, key("ctrl+b"));
    assert!(config.keys.global.is_empty());
}

#[test]
fn the_defaults_set_every_setting() {
    // Each setting that is read is one that the defaults name: without it, it would be blank.
    for (name, _) in settings() {
        let (section, name) = name.split_once('.').unwrap();
        let (_, found) = load(&format!("[{section}]\n{name} = {{}}\n"));
        assert_eq!(found.len(), 1, "{section}.{name} is read: {found:?}");
        assert!(found[0].contains("error"), "{section}.{name} is read: {found:?}");
    }
    // And nothing else is read, as the suggestion for an unknown key shows.
    for section in ["general", "environment", "theme", "keys", "copy"] {
        let (_, found) = load(&format!("[{section}]\nzzzzzzzzz = 1\n"));
        let known = found[0].split_once("known here: ").unwrap().1;
        for name in
            known.split(", ").filter(|name| !["after_prefix", "global", "bindings"].contains(name))
        {
            let full = format!("{section}.{name}");
            assert!(settings().iter().any(|(setting, _)| *setting == full), "{full}");
        }
    }
}

#[test]
fn every_setting_is_documented_with_its_default() {
    for (name, default) in settings() {
        let default =
            if default.len() > 40 { "a list".to_string() } else { format!("`{default}`") };
        let row = format!("| `{name}` | {default} | ");
        assert!(DOCS.contains(&row), "docs/settings.md lacks:\n{row}… |");
    }
}

#[test]
fn every_command_is_documented_with_its_keys() {
    let keys = defaults().keys;
    let rows = COMMANDS.iter().map(|info| {
        let keys: Vec<_> =
            keys.keys_for(info.command).iter().map(|key| format!("`{key}`")).collect();
        format!("| `{}` | {} | {} |\n", info.name, keys.join(", "), info.description)
    });
    for row in rows {
        assert!(DOCS.contains(&row), "docs/settings.md lacks:\n{row}");
    }
}

#[test]
fn every_command_can_be_reached_by_default() {
    let keys = defaults().keys;
    for info in COMMANDS {
        assert!(!keys.keys_for(info.command).is_empty(), "{}", info.name);
    }
    assert_eq!(keys.command_after_prefix(key("%")), Some(Command::SplitRight));
    assert_eq!(keys.command_after_prefix(key("\"")), Some(Command::SplitDown));
    assert_eq!(keys.command_after_prefix(key("left")), Some(Command::Focus(Direction::Left)));
    assert_eq!(keys.command_after_prefix(key("0")), Some(Command::SelectTab(10)));
    assert_eq!(keys.command_after_prefix(key("ctrl+b")), Some(Command::SendPrefix));
}

#[test]
fn a_bad_line_costs_its_own_setting_only() {
    let (config, found) = load(
        "[general]\nmouse = \"no\"\nparallel_starts = 0\nescape_time_ms = 50\nshell = \"zsh\"\n\
         clipboard = \"read-write\"\nscrollbak_lines = 5\ndefault_type = \"\"\n\
         [environment]\nunset = [\"A\", \"*\", \"B_*\", 1]\n[theme]\nname = \"neon\"\n",
    );
    assert!(config.general.mouse);
    assert_eq!(config.general.parallel_starts, 2);
    assert_eq!(config.general.escape_time_ms, 50);
    assert_eq!(config.general.shell, None);
    assert_eq!(config.general.clipboard, Clipboard::ReadWrite);
    assert_eq!(config.general.default_type, "shell");
    assert_eq!(config.environment.unset, ["A", "B_*"]);
    assert_eq!(
        found,
        [
            "f:2:9: error: `general.mouse` is the string \"no\"; write true or false",
            "f:3:19: error: `general.parallel_starts` is the number 0; write a whole number from 1 to 64",
            "f:5:9: error: `general.shell` is no absolute path; write one as in \"/usr/bin/zsh\", or \"\" for your login shell",
            "f:7:1: warning: unknown key `general.scrollbak_lines`; did you mean `scrollback_lines`?",
            "f:8:16: error: `general.default_type` is empty; give it a value",
            "f:10:15: error: not the name of a variable; write NAME, or PREFIX_* for all that begin so",
            "f:10:27: error: `environment.unset` is the number 1; write a string in quotes as item",
            "f:12:8: error: `theme.name` is the string \"neon\"; write one of \"default\"",
        ]
    );
}

#[test]
fn a_line_that_is_not_toml_costs_itself_only() {
    let (config, found) = load("[general]\nmouse = \nescape_time_ms = 50\n");
    assert!(config.general.mouse);
    assert_eq!(config.general.escape_time_ms, 50);
    assert!(found[0].starts_with("f:2:"), "{found:?}");
}

#[test]
fn keys_are_laid_over_the_defaults() {
    let (config, found) = load(
        "[keys]\nprefix = \"ctrl+a\"\n[keys.after_prefix]\n\"a\" = \"\"\n\"shift+g\" = \"tree\"\n\
         \"%\" = \"zoom\"\n[keys.global]\n\"alt+left\" = \"focus-left\"\n",
    );
    assert_eq!(found, [""; 0]);
    let keys = config.keys;
    assert!(keys.is_prefix(key("ctrl+a")) && !keys.is_prefix(key("ctrl+b")));
    assert_eq!(keys.command_after_prefix(key("a")), None);
    assert_eq!(keys.command_after_prefix(key("G")), Some(Command::Tree));
    assert_eq!(keys.command_after_prefix(key("%")), Some(Command::Zoom));
    assert_eq!(keys.command_after_prefix(key("z")), Some(Command::Zoom));
    assert_eq!(keys.command_after_prefix(key("ctrl+a")), Some(Command::SendPrefix));
    assert_eq!(keys.command_after_prefix(key("ctrl+b")), None);
    assert_eq!(keys.global_command(key("alt+left")), Some(Command::Focus(Direction::Left)));
    assert_eq!(keys.keys_for(Command::SplitRight), [""; 0]);
}

#[test]
fn a_prefix_that_had_a_meaning_can_still_be_sent() {
    let keys = load("[keys]\nprefix = \"a\"\n").0.keys;
    assert_eq!(keys.command_after_prefix(key("a")), Some(Command::SendPrefix));
    let keys = load("[keys]\nprefix = \"a\"\nafter_prefix = { a = \"zoom\" }\n").0.keys;
    assert_eq!(keys.command_after_prefix(key("a")), Some(Command::Zoom));
}

#[test]
fn conflicts_and_slips_in_keys_are_told() {
    let (config, found) = load(
        "[keys]\nprefix = \"control+b\"\n[keys.after_prefix]\n\"pgup\" = \"zoom\"\n\
         \"pageup\" = \"tree\"\n\"q\" = \"splitright\"\n\"nokey\" = \"zoom\"\n\
         [keys.global]\n\"ctrl+b\" = \"zoom\"\n",
    );
    assert_eq!(config.keys.prefix, key("ctrl+b"));
    assert_eq!(config.keys.command_after_prefix(key("pageup")), Some(Command::Zoom));
    assert_eq!(config.keys.global_command(key("ctrl+b")), None);
    assert_eq!(found.len(), 5, "{found:#?}");
    assert!(found[0].starts_with("f:2:10: error: \"control+b\" is not a key"));
    assert!(found[1].starts_with("f:5:1: error: \"pageup\" and \"pgup\" are the same key"));
    assert!(found[2].contains("did you mean \"split-right\"?"));
    assert!(found[3].starts_with("f:7:1: error: \"nokey\" is not a key"));
    assert!(found[4].starts_with("f:9:1: error: this is the prefix"));
}

proptest! {
    #[test]
    fn no_text_makes_it_panic(text in ".{0,200}") {
        Config::load(Some(&text), "f");
    }

    #[test]
    fn no_damage_makes_it_panic_or_lose_the_prefix(
        at in 0usize..8000, damage in "[\\[\\]{}\"'=.#\\\\\n\0é]{1,3}"
    ) {
        let mut text = DEFAULT_TEXT.to_string();
        let at = at.min(text.len());
        text.insert_str(at, &damage);
        let (config, _) = Config::load(Some(&text), "f");
        let keys = config.keys;
        prop_assert!(keys.command_after_prefix(keys.prefix).is_some());
    }
}
