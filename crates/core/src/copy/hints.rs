//! Labels over links, paths and hashes: typing a label copies what it stands for, in capitals
//! opens it.

use std::sync::LazyLock;

use regex::Regex;

use super::search::{Line, Match};
use super::text::{Doc, Pos};

/// In the order in which fingers find them.
const LETTERS: &[u8] = b"asdfghjklqwertyuiopzxcvbnm";

/// What is labelled. Earlier ones win where they overlap.
static PATTERNS: LazyLock<Vec<Regex>> = LazyLock::new(|| {
    [
        // Addresses.
        r#"\b(?:https?|ftp|file|ssh|git)://[^\s<>"'`│║┃|]+|\bmailto:[^\s<>"'`]+"#,
        // Paths, with the line and column that compilers print.
        r#"(?:~|\.{1,2})?/?(?:[\w.@+-]+/)+[\w.@+-]*(?::\d+(?::\d+)?)?|(?:~|/)[\w.@+-]+(?::\d+)*"#,
        // Files of the current directory.
        r"\b[\w@+-][\w.@+-]*\.[A-Za-z]\w{0,7}:\d+(?::\d+)?",
        // Hashes and addresses of the network.
        r"\b[0-9a-f]{7,40}\b",
        r"\b\d{1,3}(?:\.\d{1,3}){3}(?::\d+)?\b",
    ]
    .iter()
    .filter_map(|pattern| Regex::new(pattern).ok())
    .collect()
});

/// One labelled text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hint {
    pub label: String,
    pub place: Match,
    pub text: String,
}

/// The labels that are shown, and what was typed of one.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Hints {
    pub items: Vec<Hint>,
    pub typed: String,
}

/// What typing a letter comes to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Typed {
    /// A label is whole: this is its text, and whether it is to be opened.
    Chosen(String, bool),
    More,
    /// No label begins so.
    Nothing,
}

impl Hints {
    /// Labels what a view shows: the nearest to its end get the shortest way.
    pub(super) fn find(doc: &Doc, top: usize) -> Hints {
        let mut found: Vec<(Match, String)> = Vec::new();
        let bottom = (top + doc.height() - 1).min(doc.last_line());
        let mut line = doc.line_start(top);
        while line <= bottom {
            let whole = Line::read(doc, line);
            let visible = |m: &Match| m.start.line >= top && m.start.line <= bottom;
            found.extend(in_line(doc, line, &whole).into_iter().filter(|(m, _)| visible(m)));
            line = whole.end;
        }
        found.sort_by_key(|(place, _)| place.start);
        let labels = labels(found.len());
        let items = found.into_iter().rev().zip(labels);
        let items = items.map(|((place, text), label)| Hint { label, place, text }).collect();
        Hints { items, typed: String::new() }
    }

    /// A letter of a label was typed; a capital one means to open.
    pub(super) fn letter(&mut self, letter: char) -> Typed {
        let open = letter.is_uppercase();
        self.typed.extend(letter.to_lowercase());
        if let Some(hint) = self.items.iter().find(|hint| hint.label == self.typed) {
            return Typed::Chosen(hint.text.clone(), open);
        }
        if self.items.iter().any(|hint| hint.label.starts_with(&self.typed)) {
            return Typed::More;
        }
        Typed::Nothing
    }
}

/// The link or path at a place, if there is one.
pub(super) fn at(doc: &Doc, pos: Pos) -> Option<String> {
    let line = doc.line_start(pos.line);
    let whole = Line::read(doc, line);
    let found = in_line(doc, line, &whole);
    let covers = |m: &Match| m.start <= pos && pos <= m.end;
    found.into_iter().find(|(place, _)| covers(place)).map(|(_, text)| text)
}

fn in_line(doc: &Doc, first: usize, whole: &Line) -> Vec<(Match, String)> {
    let mut found: Vec<(Match, String)> = Vec::new();
    let add = |found: &mut Vec<(Match, String)>, place: Match, text: String| {
        let free = found.iter().all(|(m, _)| place.end < m.start || m.end < place.start);
        if free {
            found.push((place, text));
        }
    };
    for line in first..whole.end {
        for link in &doc.row(line).links {
            let end = Pos::new(line, link.end.saturating_sub(1));
            add(&mut found, Match { start: Pos::new(line, link.start), end }, link.uri.clone());
        }
    }
    for (index, pattern) in PATTERNS.iter().enumerate() {
        for text in pattern.find_iter(&whole.text) {
            let kept = trimmed(text.as_str());
            let hash = index == 3 && !kept.bytes().any(|b| b.is_ascii_digit());
            if kept.len() < 2 || hash || kept.chars().all(|c| "./~".contains(c)) {
                continue;
            }
            let place = whole.span(text.start(), text.start() + kept.len());
            add(&mut found, place, kept.to_string());
        }
    }
    found
}

/// Without what ends the sentence around it.
fn trimmed(text: &str) -> &str {
    let mut kept = text;
    loop {
        let cut = kept.trim_end_matches(['.', ',', ';', ':', '!', '?', '\'', '"', '*']);
        let count = |c: char| cut.chars().filter(|x| *x == c).count();
        let lone = [('(', ')'), ('[', ']'), ('{', '}')]
            .iter()
            .any(|(open, close)| cut.ends_with(*close) && count(*close) > count(*open));
        let cut = if lone { &cut[..cut.len() - 1] } else { cut };
        if cut.len() == kept.len() {
            return kept;
        }
        kept = cut;
    }
}

/// So many labels, none of which begins another: as few letters as possible.
fn labels(count: usize) -> Vec<String> {
    let letters = || LETTERS.iter().map(|b| char::from(*b).to_string());
    let mut labels: Vec<String> = letters().collect();
    let mut split = labels.len();
    // The last short one makes room for as many longer ones as there are letters.
    while labels.len() < count && split > 0 {
        split -= 1;
        let stem = labels.remove(split);
        labels.extend(letters().map(|letter| format!("{stem}{letter}")));
    }
    labels.truncate(count);
    labels
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_label_begins_another() {
        for count in [0, 1, 26, 27, 60, 300, 676] {
            let labels = labels(count);
            assert_eq!(labels.len(), count);
            for (i, a) in labels.iter().enumerate() {
                for (j, b) in labels.iter().enumerate() {
                    assert!(i == j || !b.starts_with(a), "{a} {b}");
                }
            }
        }
    }

    #[test]
    fn what_ends_the_sentence_is_left_out() {
        assert_eq!(trimmed("http://a.b/c)."), "http://a.b/c");
        assert_eq!(trimmed("http://a.b/c_(d)"), "http://a.b/c_(d)");
        assert_eq!(trimmed("src/a.rs:3:"), "src/a.rs:3");
    }
}
