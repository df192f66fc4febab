//! Keys, tokens and passwords in what was said.
//!
//! The patterns are data. Few texts come near one, so the beginnings of all are looked for at once,
//! and an expression is tried only where its own was seen.

use std::borrow::Cow;
use std::ops::Range;
use std::sync::LazyLock;

use regex::{Regex, RegexBuilder};
use serde::Deserialize;

/// Stands where a secret was.
pub const HIDDEN: &str = "[hidden]";

/// A secret, in bytes of the text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Secret {
    pub at: Range<usize>,
    pub kind: &'static str,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Pattern {
    kind: String,
    near: Vec<String>,
    regex: String,
    #[serde(default)]
    entropy: f64,
    /// Letters and digits both.
    #[serde(default)]
    mixed: bool,
}

#[derive(Deserialize)]
struct Patterns {
    pattern: Vec<Pattern>,
}

struct Compiled {
    near: aho_corasick::AhoCorasick,
    /// For each text to be near, its pattern.
    of: Vec<usize>,
    patterns: Vec<(Pattern, Regex)>,
}

static COMPILED: LazyLock<Compiled> = LazyLock::new(|| compile().expect("tested"));

fn compile() -> Result<Compiled, Box<dyn std::error::Error>> {
    let data: Patterns = toml::from_str(include_str!("patterns.toml"))?;
    let (mut texts, mut of, mut patterns) = (Vec::new(), Vec::new(), Vec::new());
    for (n, pattern) in data.pattern.into_iter().enumerate() {
        of.extend(pattern.near.iter().map(|_| n));
        texts.extend(pattern.near.iter().cloned());
        let regex = RegexBuilder::new(&format!(r"\A(?:{})", pattern.regex)).build()?;
        patterns.push((pattern, regex));
    }
    let near = aho_corasick::AhoCorasick::builder()
        .ascii_case_insensitive(true)
        .kind(Some(aho_corasick::AhoCorasickKind::DFA))
        .build(&texts)?;
    Ok(Compiled { near, of, patterns })
}

/// All secrets of a text, in order, none within another.
pub fn find(text: &str) -> Vec<Secret> {
    let all = &*COMPILED;
    let mut found: Vec<Secret> = Vec::new();
    // Most texts come near none, which is seen sooner without asking where.
    if !all.near.is_match(text) {
        return found;
    }
    for near in all.near.find_overlapping_iter(text) {
        let (pattern, regex) = &all.patterns[all.of[near.pattern().as_usize()]];
        // In the middle of a word it is something else; an assignment's name may begin before.
        let before = text[..near.start()].bytes().next_back();
        if !pattern.mixed && near_is_word(text, near.start()) && before.is_some_and(is_word) {
            continue;
        }
        let Some(captures) = regex.captures(&text[near.start()..]) else { continue };
        let Some(group) = captures.get(1).or_else(|| captures.get(0)) else { continue };
        let at = near.start() + group.start()..near.start() + group.end();
        let secret = group.as_str();
        if entropy(secret) < pattern.entropy || pattern.mixed && !is_mixed(secret) {
            continue;
        }
        found.push(Secret { at, kind: &pattern.kind });
    }
    found.sort_by_key(|secret| (secret.at.start, usize::MAX - secret.at.end));
    found.dedup_by(|later, first| later.at.start < first.at.end);
    found
}

fn near_is_word(text: &str, at: usize) -> bool {
    text.as_bytes().get(at).copied().is_some_and(is_word)
}

fn is_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_'
}

/// A key has several digits among its letters; what has none is a name, and a path or a call is
/// code.
fn is_mixed(text: &str) -> bool {
    text.bytes().filter(u8::is_ascii_digit).count() >= 2
        && text.bytes().any(|byte| byte.is_ascii_alphabetic())
        && !text.contains("::")
        && !text.starts_with(['/', '.', '$', '*', '&', '%'])
        && text.matches(['.', '/']).count() <= 2
}

/// Bits per character.
fn entropy(text: &str) -> f64 {
    let mut counts = [0_u32; 256];
    text.bytes().for_each(|byte| counts[usize::from(byte)] += 1);
    let length = text.len().max(1) as f64;
    let share = counts.iter().filter(|n| **n > 0).map(|n| f64::from(*n) / length);
    share.map(|p| -p * p.log2()).sum()
}

/// The text without its secrets.
pub fn hidden(text: &str) -> String {
    let places: Vec<_> = find(text).into_iter().map(|secret| secret.at).collect();
    hide(text, &places)
}

/// The text with nothing where its secrets stand.
pub fn left_out<'t>(text: &'t str, secrets: &[Secret]) -> Cow<'t, str> {
    if secrets.is_empty() {
        return Cow::Borrowed(text);
    }
    let places: Vec<_> = secrets.iter().map(|secret| secret.at.clone()).collect();
    Cow::Owned(replace(text, &places, " "))
}

/// The text with these places hidden. `at` are bytes; what does not fit the text is ignored.
pub fn hide(text: &str, secrets: &[Range<usize>]) -> String {
    replace(text, secrets, HIDDEN)
}

fn replace(text: &str, secrets: &[Range<usize>], with: &str) -> String {
    let mut hidden = String::with_capacity(text.len());
    let mut from = 0;
    for at in secrets {
        if let Some(plain) = text.get(from..at.start)
            && text.is_char_boundary(at.end.min(text.len()))
        {
            hidden.push_str(plain);
            hidden.push_str(with);
            from = at.end.min(text.len());
        }
    }
    hidden.push_str(&text[from..]);
    hidden
}

#[cfg(test)]
mod tests;
