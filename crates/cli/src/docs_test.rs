//! What the documentation shows is true: commands parse, keys are bound, links lead somewhere.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Component, Path, PathBuf};

use clap::Parser;

use super::args::Cli;
use segno_config::Config;
use segno_config::keys::command::{COMMANDS, Command};

/// A page: its path from the root of the project, and its text.
type Page = (String, String);

fn root() -> &'static Path {
    Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../.."))
}

/// Every page.
fn pages() -> Vec<Page> {
    let others = ["README.md", "CHANGELOG.md", "CONTRIBUTING.md", "SECURITY.md"];
    let mut names: Vec<_> = others.into_iter().map(str::to_owned).collect();
    names.push("defaults/skill.md".into());
    for entry in fs::read_dir(root().join("docs")).unwrap() {
        let name = entry.unwrap().file_name().into_string().unwrap();
        names.extend(name.ends_with(".md").then(|| format!("docs/{name}")));
    }
    names.sort();
    let page = |name: String| {
        let text = fs::read_to_string(root().join(&name)).unwrap();
        (name, text)
    };
    names.into_iter().map(page).collect()
}

fn page(name: &str) -> String {
    pages().into_iter().find(|(page, _)| page == name).expect("a page").1
}

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
    for (page, text) in &pages() {
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
    let readme = page("README.md");
    for key in readme.split("`ctrl+b ").skip(1).filter_map(|rest| rest.split('`').next()) {
        assert!(bound(key).is_some(), "ctrl+b {key}");
    }
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

/// A text without its blocks of code.
fn prose(text: &str) -> String {
    text.split("\n```").step_by(2).collect::<Vec<_>>().join("\n")
}

/// The anchors of a page's headings, as code hosts and the site make them.
fn anchors(text: &str) -> BTreeSet<String> {
    let heading = |line: &&str| line.starts_with('#');
    let anchor = |line: &str| -> String {
        let text = line.trim_start_matches('#').trim().to_lowercase().replace(' ', "-");
        text.chars().filter(|c| c.is_alphanumeric() || "-_".contains(*c)).collect()
    };
    prose(text).lines().filter(heading).map(anchor).collect()
}

/// A path from the root without `..`.
fn plain(path: &Path) -> PathBuf {
    let mut plain = PathBuf::new();
    for part in path.components() {
        match part {
            Component::ParentDir => drop(plain.pop()),
            part => plain.push(part),
        }
    }
    plain
}

#[test]
fn every_link_leads_somewhere() {
    let pages = pages();
    let mut wrong = Vec::new();
    for (page, text) in &pages {
        let text = prose(text);
        for link in text.split("](").skip(1).filter_map(|rest| rest.split(')').next()) {
            if link.contains("://") {
                continue;
            }
            let (path, anchor) = link.split_once('#').unwrap_or((link, ""));
            let target = match path {
                "" => PathBuf::from(page),
                path => plain(&Path::new(page).parent().unwrap().join(path)),
            };
            let linked = pages.iter().find(|(name, _)| Path::new(name) == target);
            let has_anchor = linked.is_none_or(|(_, text)| anchors(text).contains(anchor));
            if !root().join(&target).exists() || !anchor.is_empty() && !has_anchor {
                wrong.push(format!("{page}: {link}"));
            }
        }
    }
    assert!(wrong.is_empty(), "links that lead nowhere:\n{}", wrong.join("\n"));
}

/// In the list of pages, and on the site.
#[test]
fn every_page_is_in_the_index() {
    let summary = fs::read_to_string(root().join("docs/book/SUMMARY.md")).unwrap();
    for (place, index) in [("docs/README.md", page("docs/README.md")), ("SUMMARY.md", summary)] {
        for (name, _) in pages() {
            let Some(name) = name.strip_prefix("docs/") else { continue };
            let listed = name == "README.md" || index.contains(&format!("({name})"));
            assert!(listed, "{place} lacks {name}");
        }
    }
}

/// Where the crate is published, pictures are found beside the page by their own path.
#[test]
fn the_pictures_of_the_readme_are_here_and_small() {
    let readme = page("README.md");
    let pictures: Vec<_> =
        readme.split("![").skip(1).filter_map(|rest| rest.split(['(', ')']).nth(1)).collect();
    assert!(pictures.contains(&"docs/images/recording.svg"), "{pictures:?}");
    for picture in pictures {
        let size = fs::metadata(root().join(picture)).expect(picture).len();
        assert!(size < 2 << 20, "{picture}: {size} bytes");
    }
}

#[test]
fn this_version_has_a_section_of_changes() {
    let heading = format!("\n## {}", env!("CARGO_PKG_VERSION"));
    assert!(page("CHANGELOG.md").contains(&heading), "CHANGELOG.md lacks {heading}");
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
