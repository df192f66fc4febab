//! What the documentation shows is true: commands parse, keys are bound, links lead somewhere.

use std::path::Path;

use clap::Parser;

use super::args::Cli;
use segno_config::Config;
use segno_config::keys::command::{COMMANDS, Command};

/// Every page, from the root of the project.
const PAGES: &[(&str, &str)] = &[
    ("README.md", include_str!("../../README.md")),
    ("CHANGELOG.md", include_str!("../../CHANGELOG.md")),
    ("defaults/skill.md", include_str!("../../defaults/skill.md")),
    ("docs/README.md", include_str!("../../docs/README.md")),
    ("docs/api.md", include_str!("../../docs/api.md")),
    ("docs/architecture.md", include_str!("../../docs/architecture.md")),
    ("docs/control.md", include_str!("../../docs/control.md")),
    ("docs/for-agents.md", include_str!("../../docs/for-agents.md")),
    ("docs/keys.md", include_str!("../../docs/keys.md")),
    ("docs/layouts.md", include_str!("../../docs/layouts.md")),
    ("docs/notifications.md", include_str!("../../docs/notifications.md")),
    ("docs/pane-types.md", include_str!("../../docs/pane-types.md")),
    ("docs/performance.md", include_str!("../../docs/performance.md")),
    ("docs/protocol.md", include_str!("../../docs/protocol.md")),
    ("docs/scripting.md", include_str!("../../docs/scripting.md")),
    ("docs/settings.md", include_str!("../../docs/settings.md")),
    ("docs/shells.md", include_str!("../../docs/shells.md")),
    ("docs/troubleshooting.md", include_str!("../../docs/troubleshooting.md")),
    ("docs/usage.md", include_str!("../../docs/usage.md")),
    ("docs/web.md", include_str!("../../docs/web.md")),
    ("docs/worktrees.md", include_str!("../../docs/worktrees.md")),
];

/// The words of a command as a shell would split them, up to a comment, a pipe or a redirection.
fn words(line: &str) -> Vec<String> {
    let (mut words, mut word, mut quote) = (Vec::new(), None::<String>, None);
    for ch in line.chars() {
        match (quote, ch) {
            (Some(open), _) if ch == open => quote = None,
            (Some(_), _) => word.get_or_insert_default().push(ch),
            (None, '"' | '\'') => {
                quote = Some(ch);
                word.get_or_insert_default();
            }
            (None, ' ') => words.extend(word.take()),
            (None, '#' | '|' | '>' | '<' | ')' | ';') if word.is_none() || ch == ')' => break,
            _ => word.get_or_insert_default().push(ch),
        }
    }
    words.extend(word);
    words
}

/// The commands of Segno in a page: lines of shell blocks, and code within text.
fn commands(page: &str) -> Vec<String> {
    let mut lines = Vec::new();
    for (number, block) in page.split("```").enumerate() {
        if number % 2 == 1 {
            lines.extend(block.strip_prefix("sh\n").unwrap_or_default().lines());
        } else {
            lines.extend(block.split('`').skip(1).step_by(2));
        }
    }
    let start = |text: &str| {
        let text = text.trim();
        let at = text.strip_prefix("segno").map(|_| 0);
        let at = at.or_else(|| Some(text.find("(segno ")? + 1));
        let at =
            at.or_else(|| text.starts_with("SEGNO_").then(|| text.find(" segno"))?.map(|i| i + 1));
        at.map(|at| text[at..].to_string())
    };
    let commands = lines.into_iter().filter_map(start);
    commands.filter(|c| c == "segno" || c.starts_with("segno ")).collect()
}

#[test]
fn every_command_shown_parses() {
    let mut count = 0;
    for (page, text) in PAGES {
        for command in commands(text) {
            let mut words = words(&command);
            // Numbers that the text leaves open.
            words.iter_mut().filter(|word| *word == "N").for_each(|word| *word = "1".into());
            if words.iter().any(|word| ["…", "|"].iter().any(|sign| word.contains(sign))) {
                continue;
            }
            count += 1;
            // A command named in a sentence may leave out what it needs.
            if words.len() == 2 {
                let listed = Cli::try_parse_from([&words[0], &words[1], "--help"]);
                let error = listed.expect_err("--help ends it");
                assert_eq!(error.exit_code(), 0, "{page}: {command}: {error}");
                continue;
            }
            if let Err(error) = Cli::try_parse_from(&words) {
                use clap::error::ErrorKind::{DisplayHelp, MissingRequiredArgument};
                let harmless = [DisplayHelp, MissingRequiredArgument].contains(&error.kind());
                assert!(harmless, "{page}: {command}: {error}");
            }
        }
    }
    assert!(count > 30, "only {count} commands were read");
}

#[test]
fn the_examples_of_help_parse() {
    let help = <Cli as clap::CommandFactory>::command().get_after_help().unwrap().to_string();
    let examples: Vec<_> = help.lines().filter_map(|line| line.strip_prefix("  segno")).collect();
    assert!(examples.len() >= 5);
    for example in examples {
        // What a command does stands behind it, after two spaces or more.
        let command = example.split("  ").next().unwrap();
        let words = words(&format!("segno{command}"));
        assert!(Cli::try_parse_from(&words).is_ok(), "{words:?}");
    }
}

#[test]
fn the_keys_of_the_readme_are_bound() {
    let keys = Config::load(None, "none").0.keys;
    let bound = |key: &str| keys.command_after_prefix(key.parse().unwrap());
    assert_eq!(keys.prefix.to_string(), "ctrl+b");
    for (key, name) in [
        ("a", "new-pane"),
        ("%", "split-right"),
        ("\"", "split-down"),
        ("left", "focus-left"),
        ("d", "detach"),
        ("?", "help"),
        ("[", "copy-mode"),
        ("$", "rename-pane"),
        ("m", "messages"),
    ] {
        assert_eq!(bound(key).map(Command::name), Some(name), "{key}");
    }
    let readme = PAGES[0].1;
    let listed = readme.split("## Coming from tmux").nth(1).unwrap();
    for listed in ["c n p l", ", & . '", "% \" x z o ; { } space q", "w", "t", "d", "D", "="] {
        for key in listed.split(' ') {
            assert!(bound(key).is_some(), "{key}");
        }
    }
    assert!(listed.contains("`c n p l 0…9 , & . '`"));
    assert!(listed.contains("`% \" x z o ; { } space q`"));
    assert!(COMMANDS.len() > 40);
}

#[test]
fn every_link_leads_somewhere() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    for (page, text) in PAGES {
        for link in text.split("](").skip(1).filter_map(|rest| rest.split(')').next()) {
            let (path, anchor) = link.split_once('#').unwrap_or((link, ""));
            if link.starts_with("http") {
                continue;
            }
            let target = root.join(page).parent().unwrap().join(path);
            assert!(path.is_empty() || target.exists(), "{page}: {link}");
            if path.is_empty() {
                let heading = |line: &&str| {
                    let name = line.trim_start_matches('#').trim().to_lowercase().replace(' ', "-");
                    let name = name.replace(['`', '[', ']'], "");
                    line.starts_with('#') && name == anchor
                };
                assert!(text.lines().any(|line| heading(&line)), "{page}: {link}");
            }
        }
    }
}

#[test]
fn every_page_is_in_the_index() {
    let index = PAGES.iter().find(|(page, _)| *page == "docs/README.md").unwrap().1;
    for name in PAGES.iter().filter_map(|(page, _)| page.strip_prefix("docs/")) {
        let listed = name == "README.md" || index.contains(&format!("({name})"));
        assert!(listed, "docs/README.md lacks {name}");
    }
}

#[test]
fn every_command_has_a_manual_page() {
    let page =
        |words: &[&str]| super::manual(&words.iter().map(ToString::to_string).collect::<Vec<_>>());
    assert!(page(&[]).unwrap().contains("conversation"));
    assert!(page(&["new"]).unwrap().contains("toggle"));
    assert!(page(&["layout", "use"]).unwrap().contains("tiled"));
    assert_eq!(page(&["layout", "nothing"]).unwrap_err().code, 2);
}
