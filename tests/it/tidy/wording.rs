//! The words that docs/style.md replaces by plainer ones stand nowhere.

use std::fs;

use super::{files, none, root};

/// Words and phrases that docs/style.md replaces by plainer ones.
const AVOIDED: &[&str] = &[
    "told",
    "tell",
    "tells",
    "telling",
    "hear",
    "hears",
    "heard",
    "news",
    "talkative",
    "in vain",
    "calls for",
    "called for attention",
    "as you like",
    "the daemon before",
    "behavior",
    // What an early version said.
    "nothing fits",
    "no key does that",
    "nobody has called",
    "nothing was used yet",
    "find and do",
    "enter goes on",
    "enter does it",
    "enter writes it",
    "or stop that",
    "or end that",
    "what is in the file stays",
    "press enter behind it",
    "who calls when",
    "that is the most of it",
    "come out at",
];

/// A line's words, in lower case and with a space around each; names are taken apart.
fn words(line: &str) -> String {
    let mut words = String::from(" ");
    let mut before = ' ';
    for c in line.chars() {
        if before.is_lowercase() && c.is_uppercase() || !c.is_alphanumeric() {
            words.push(' ');
        }
        if c.is_alphanumeric() {
            words.extend(c.to_lowercase());
        }
        before = c;
    }
    words.push(' ');
    words.split_whitespace().fold(String::from(" "), |all, word| all + word + " ")
}

#[test]
fn texts_and_names_use_plain_words() {
    let mut paths = Vec::new();
    for directory in ["src", "crates", "docs", "defaults", "assets"] {
        for ending in [".rs", ".md", ".toml", ".js", ".ts", ".json"] {
            files(&root().join(directory), ending, &mut paths);
        }
    }
    paths.extend(["README.md", "CHANGELOG.md", "CONTRIBUTING.md"].map(|name| root().join(name)));
    let mut wrong = Vec::new();
    for path in paths {
        let name = path.strip_prefix(root()).unwrap().display().to_string();
        // The page has the list itself.
        if name == "docs/style.md" {
            continue;
        }
        for (line, text) in fs::read_to_string(&path).unwrap().lines().enumerate() {
            let text = words(text);
            let avoided = AVOIDED.iter().find(|phrase| text.contains(&format!(" {phrase} ")));
            wrong.extend(avoided.map(|phrase| format!("{name}:{}: {phrase:?}", line + 1)));
        }
    }
    none("words that docs/style.md replaces", &wrong);
}
