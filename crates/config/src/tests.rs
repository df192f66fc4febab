//! The defaults are complete and documented, and a bad line costs its own setting only.

use proptest::prelude::*;

use crate::docs_test::settings;
use crate::in_force::InForce;
use crate::keys::chord::Chord;
use crate::keys::command::{COMMANDS, Command};
use crate::keys::keymap::{KeyMap, Step, Table};
use crate::keys::keys_file::{DEFAULT_KEYS, DIRECT_KEYS, Preset, TMUX_KEYS};
use crate::sections::looks::Looks;
use crate::sections::mouse::Mouse;
use crate::settings::{Clipboard, Config, Source};
use segno_base::key::Key;
use segno_base::screen::geometry::Direction;

fn defaults() -> Config {
    let (config, diagnostics) = Config::load(None, "");
    assert_eq!(diagnostics, [], "the defaults are flawless");
    config
}

fn load(text: &str) -> (Config, Vec<String>) {
    let (config, diagnostics) = Config::load(Some(text), "f");
    (config, diagnostics.iter().map(ToString::to_string).collect())
}

fn load_keys(text: &str) -> (Config, Vec<String>) {
    let source = Source { text, file: "f" };
    let (config, _, diagnostics) = Config::resolve(None, Some(source), &InForce::default());
    (config, diagnostics.iter().map(ToString::to_string).collect())
}

fn key(text: &str) -> Key {
    text.parse().unwrap()
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
    assert!(config.general.confirm_close);
    assert_eq!(config.general.shell, None);
    assert_eq!(config.looks, Looks::default());
    assert_eq!(config.mouse, Mouse::default());
    assert_eq!(config.keys.hint_ms, 700);
    assert_eq!(config.keys.prefix, key("ctrl+b"));
    assert!(config.keys.global.is_empty());
}

#[test]
fn the_defaults_set_every_setting() {
    // Each setting that is read is one that the defaults name: without it, it would be blank.
    for (name, _) in settings() {
        let (section, name) = name.rsplit_once('.').unwrap();
        let (_, diagnostics) = load(&format!("[{section}]\n{name} = {{}}\n"));
        assert_eq!(diagnostics.len(), 1, "{section}.{name} is read: {diagnostics:?}");
        assert!(diagnostics[0].contains("error"), "{section}.{name} is read: {diagnostics:?}");
    }
    // And nothing else is read, as the suggestion for an unknown key shows.
    for section in ["general", "environment", "shells", "mouse", "looks", "looks.status", "copy"] {
        let (_, diagnostics) = load(&format!("[{section}]\nzzzzzzzzz = 1\n"));
        let known = diagnostics[0].split_once("known here: ").unwrap().1;
        for name in known.split(", ").filter(|name| !["status", "keys", "bindings"].contains(name))
        {
            let full = format!("{section}.{name}");
            assert!(settings().iter().any(|(setting, _)| *setting == full), "{full}");
        }
    }
    let (_, diagnostics) = load_keys("zzzzzzzzz = 1\n");
    let known = diagnostics[0].split_once("known here: ").unwrap().1;
    assert_eq!(
        known,
        "preset, hint_ms, repeat_ms, prefix, after_prefix, global, raw, raw_programs, copy_preset, copy"
    );
    let keys: toml::Table = DEFAULT_KEYS.parse().unwrap();
    assert!(known.split(", ").all(|name| keys.contains_key(name)), "{keys:?}");
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
    let (config, diagnostics) = load(
        "[mouse]\nenabled = \"no\"\n[general]\nparallel_starts = 0\nescape_time_ms = 50\nshell = \"zsh\"\n\
         clipboard = \"read-write\"\nscrollbak_lines = 5\ndefault_type = \"\"\n\
         [environment]\nunset = [\"A\", \"*\", \"B_*\", 1]\n[looks]\nborders = \"neon\"\n",
    );
    assert!(config.mouse.enabled);
    assert_eq!(config.general.parallel_starts, 2);
    assert_eq!(config.general.escape_time_ms, 50);
    assert_eq!(config.general.shell, None);
    assert_eq!(config.general.clipboard, Clipboard::ReadWrite);
    assert_eq!(config.general.default_type, "shell");
    assert_eq!(config.environment.unset, ["A", "B_*"]);
    assert_eq!(
        diagnostics,
        [
            "f:2:11: error: `mouse.enabled` is the string \"no\"; write true or false",
            "f:4:19: error: `general.parallel_starts` is the number 0; write a whole number from 1 to 64",
            "f:6:9: error: `general.shell` is no absolute path; write one as in \"/usr/bin/zsh\", or \"\" for your login shell",
            "f:9:16: error: `general.default_type` is empty; give it a value",
            "f:11:15: error: not the name of a variable; write NAME, or PREFIX_* for all that begin so",
            "f:11:27: error: `environment.unset` is the number 1; write a string in quotes as item",
            "f:13:11: error: `looks.borders` is the string \"neon\"; write one of \"off\", \"single\", \"rounded\", \"heavy\"",
            "f:8:1: warning: unknown key `general.scrollbak_lines`; did you mean `scrollback_lines`?",
        ]
    );
}

#[test]
fn a_list_grows_by_what_is_added() {
    let (config, diagnostics) = load(
        "[environment]\nunset += [\"MINE\", \"!TMUX\"]\nupdate = [\"A\"]\nupdate += [\"B\"]\n\
         [mouse]\nenabled += [\"x\"]\n",
    );
    let unset = &config.environment.unset;
    assert!(unset.len() > 50 && unset.ends_with(&["MINE".into(), "!TMUX".into()]), "{unset:?}");
    assert_eq!(config.environment.update, ["A", "B"]);
    let warning = "f:6:1: warning: nothing is added to `mouse.enabled`; write `enabled =`";
    assert_eq!(diagnostics, [warning]);
}

#[test]
fn a_line_that_is_not_toml_costs_itself_only() {
    let (config, diagnostics) = load("[general]\nconfirm_close = \nescape_time_ms = 50\n");
    assert!(config.general.confirm_close);
    assert_eq!(config.general.escape_time_ms, 50);
    assert!(diagnostics[0].starts_with("f:2:"), "{diagnostics:?}");
}

#[test]
fn keys_are_laid_over_the_defaults() {
    let (config, diagnostics) = load_keys(
        "prefix = \"ctrl+a\"\n[after_prefix]\n\"a\" = \"\"\n\"shift+g\" = \"tree\"\n\
         \"%\" = \"zoom\"\n[global]\n\"alt+left\" = \"focus-left\"\n",
    );
    assert_eq!(diagnostics, [""; 0]);
    let keys = config.keys;
    assert!(keys.is_prefix(key("ctrl+a")) && !keys.is_prefix(key("ctrl+b")));
    assert_eq!(keys.command_after_prefix(key("a")), None);
    assert_eq!(keys.command_after_prefix(key("G")), Some(Command::Tree));
    assert_eq!(keys.command_after_prefix(key("%")), Some(Command::Zoom));
    assert_eq!(keys.command_after_prefix(key("z")), Some(Command::Zoom));
    assert_eq!(keys.command_after_prefix(key("ctrl+a")), Some(Command::SendPrefix));
    assert_eq!(keys.command_after_prefix(key("ctrl+b")), None);
    assert_eq!(keys.global_command(key("alt+left")), Some(Command::Focus(Direction::Left)));
    assert_eq!(keys.keys_for(Command::SplitRight), ["ctrl+a |"]);
}

#[test]
fn a_prefix_that_had_a_meaning_can_still_be_sent() {
    let keys = load_keys("prefix = \"a\"\n").0.keys;
    assert_eq!(keys.command_after_prefix(key("a")), Some(Command::SendPrefix));
    let keys = load_keys("prefix = \"a\"\nafter_prefix = { a = \"zoom\" }\n").0.keys;
    assert_eq!(keys.command_after_prefix(key("a")), Some(Command::Zoom));
}

#[test]
fn conflicts_and_slips_in_keys_are_reported() {
    let (config, diagnostics) = load_keys(
        "prefix = \"control+b\"\n[after_prefix]\n\"pgup\" = \"zoom\"\n\
         \"pageup\" = \"tree\"\n\"q\" = \"splitright\"\n\"nokey\" = \"zoom\"\n\
         [global]\n\"ctrl+b\" = \"zoom\"\n",
    );
    assert_eq!(config.keys.prefix, key("ctrl+b"));
    assert_eq!(config.keys.command_after_prefix(key("pageup")), Some(Command::Zoom));
    assert_eq!(config.keys.global_command(key("ctrl+b")), None);
    assert_eq!(diagnostics.len(), 5, "{diagnostics:#?}");
    assert!(diagnostics[0].starts_with("f:1:10: error: \"control+b\" is not a key"));
    assert!(
        diagnostics[1].starts_with("f:4:1: error: \"pageup\" is the same as \"pgup\" in line 3;")
    );
    assert!(diagnostics[2].contains("did you mean \"split-right\"?"));
    assert!(diagnostics[3].starts_with("f:6:1: error: \"nokey\" is not a key"));
    assert!(diagnostics[4].starts_with("f:8:1: error: this is the prefix"));
}

#[test]
fn a_chord_and_its_beginning_cannot_both_be() {
    let (config, diagnostics) = load_keys(
        "[after_prefix]\n\"g t\" = \"next-tab\"\n\"g\" = \"tree\"\n\"g T\" = \"previous-tab\"\n\
         \"z z\" = \"zoom\"\n",
    );
    assert_eq!(diagnostics.len(), 1, "{diagnostics:#?}");
    assert!(
        diagnostics[0].starts_with("f:3:1: error: \"g\" cannot stand beside \"g t\" in line 2;")
    );
    let step = |keys: &[&str]| {
        let keys: Vec<_> = keys.iter().map(|k| key(k)).collect();
        config.keys.step(Table::AfterPrefix, &keys)
    };
    assert_eq!(step(&["g", "t"]), Step::Run(Command::NextTab));
    assert_eq!(step(&["g", "T"]), Step::Run(Command::PreviousTab));
    // What the preset had for the first key gives way.
    assert_eq!(step(&["z"]), Step::More);
    assert_eq!(step(&["z", "z"]), Step::Run(Command::Zoom));
}

#[test]
fn the_prefix_in_conflict_is_reported_with_its_line() {
    let (_, diagnostics) = load_keys("prefix = \"f1\"\n[global]\n\"f1 x\" = \"zoom\"\n");
    assert!(
        diagnostics[0].starts_with("f:3:1: error: this is the prefix (line 1)"),
        "{diagnostics:?}"
    );
}

#[test]
fn presets_are_flawless_and_differ() {
    let (config, diagnostics) = load_keys("preset = \"tmux\"\n[after_prefix]\n\"-\" = \"zoom\"\n");
    assert_eq!(diagnostics, [""; 0]);
    let (keys, segno) = (config.keys, defaults().keys);
    assert_eq!(keys.command_after_prefix(key("r")), None);
    assert_eq!(segno.command_after_prefix(key("r")), Some(Command::RestartPane));
    assert_eq!(keys.command_after_prefix(key("-")), Some(Command::Zoom));
    assert_eq!(keys.command_after_prefix(key("|")), None);
    for text in [DEFAULT_KEYS, TMUX_KEYS, DIRECT_KEYS] {
        assert_eq!(load_keys(text).1, [""; 0]);
    }
    for info in COMMANDS {
        let tmux = KeyMap::preset(Preset::Tmux);
        assert!(!tmux.keys_for(info.command).is_empty(), "{}", info.name);
    }
}

/// What the page says of the direct keys is what the preset has.
#[test]
fn direct_keys_need_no_prefix_and_are_documented() {
    let (config, diagnostics) = load_keys("preset = \"direct\"\n");
    assert_eq!(diagnostics, [""; 0]);
    assert_eq!(config.keys.global_command(key("alt+b")), Some(Command::NextWaiting));
    assert_eq!(config.keys.command_after_prefix(key("%")), Some(Command::SplitRight));
    let page = include_str!("../../../docs/keys.md");
    let shown = |keys: &str| page.contains(&format!("`{keys}`"));
    for (chord, command) in &config.keys.global {
        if matches!(command, Command::SelectTab(_) | Command::Focus(_) | Command::Resize(_)) {
            continue;
        }
        assert!(shown(&chord.to_string()), "docs/keys.md lacks {chord}");
    }
    assert!(shown("alt+1 … 0") && shown("alt+arrows") && shown("alt+shift+arrows"));
}

#[test]
fn raw_keys_belong_to_a_type() {
    let (config, diagnostics) = load_keys("[raw]\nshell = [\"alt+left\", \"nokey\"]\n");
    assert_eq!(diagnostics.len(), 1);
    assert!(config.keys.is_raw("shell", key("alt+left")));
    assert!(!config.keys.is_raw("tool", key("alt+left")));
}

#[test]
fn keys_in_the_settings_are_sent_to_their_file() {
    let (_, diagnostics) = load("[keys]\nprefix = \"ctrl+a\"\n");
    assert!(diagnostics[0].contains("keys are in keys.toml"), "{diagnostics:?}");
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
        let mut text = DEFAULT_KEYS.to_string();
        let at = at.min(text.len());
        text.insert_str(at, &damage);
        let keys = load_keys(&text).0.keys;
        prop_assert!(keys.command_after_prefix(keys.prefix).is_some());
    }
}

#[test]
fn the_keys_of_copy_mode_are_with_the_others() {
    use crate::keys::copy_command::{CopyCommand, CopyKeys, KeyStyle, Lookup};
    // What the defaults name is what applies without a keys file.
    assert_eq!(defaults().copy.keys, CopyKeys::new(KeyStyle::Vi));
    let (config, diagnostics) = load_keys("");
    assert_eq!((config.copy.keys, diagnostics.len()), (CopyKeys::new(KeyStyle::Vi), 0));

    let find = |config: &Config, chord: &str| {
        config.copy.keys.find(chord.parse::<Chord>().unwrap().keys(), true)
    };
    let (config, diagnostics) = load_keys(
        "copy_preset = \"emacs\"\n[copy]\n\"g\" = \"bottom\"\n\"g g\" = \"top\"\n\
         \"q\" = \"\"\n\"g\u{20}\u{20}g\" = \"copy\"\n\"shift+g\" = \"cpy\"\n",
    );
    assert_eq!(find(&config, "g"), Lookup::Command(CopyCommand::Bottom));
    assert_eq!(find(&config, "g g"), Lookup::Command(CopyCommand::Top));
    assert_eq!(find(&config, "q"), Lookup::Nothing);
    assert_eq!(find(&config, "ctrl+n"), Lookup::Command(CopyCommand::Down));
    assert_eq!(diagnostics.len(), 2, "{diagnostics:?}");
    assert!(
        diagnostics[0].starts_with("f:6:1:") && diagnostics[0].contains("in line 4"),
        "{diagnostics:?}"
    );
    assert!(diagnostics[1].starts_with("f:7:"), "{diagnostics:?}");

    // The old place still works, below the new one.
    let old = Source {
        text: "[copy]\nkeys = \"emacs\"\n[copy.bindings]\n\"z\" = \"copy\"\n\"x\" = \"top\"\n",
        file: "c",
    };
    let new = Source { text: "[copy]\n\"x\" = \"bottom\"\n", file: "k" };
    let (config, _, diagnostics) = Config::resolve(Some(old), Some(new), &InForce::default());
    assert_eq!(find(&config, "z"), Lookup::Command(CopyCommand::Copy));
    assert_eq!(find(&config, "x"), Lookup::Command(CopyCommand::Bottom));
    assert_eq!(config.copy.keys.style, KeyStyle::Emacs);
    assert!(
        diagnostics.len() == 2 && diagnostics.iter().all(|diagnostic| !diagnostic.is_error()),
        "{diagnostics:?}"
    );
}
