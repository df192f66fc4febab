//! What is wrong with a file that the user wrote, and where, in the form that compilers print.
//!
//! Plain data; whoever reads a file makes them, whoever talks to the user prints them.

use std::fmt;
use std::ops::Range;

use crate::text::plain_text;

/// How bad it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    /// The file is used; a part of it has no effect.
    Warning,
    /// The file, or the setting in question, is not used.
    Error,
}

/// One finding. Displayed as `file:line:column: error: message`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Diagnostic {
    pub file: String,
    /// From 1; 0 when the finding concerns the file as a whole.
    pub line: usize,
    /// In characters, from 1; 0 when the finding concerns the file as a whole.
    pub column: usize,
    pub severity: Severity,
    /// What is wrong and what to do about it, on one line.
    pub message: String,
}

impl Diagnostic {
    /// A finding about the file as a whole.
    pub fn of_file(file: &str, severity: Severity, message: impl Into<String>) -> Diagnostic {
        let message = plain_text::line(&message.into());
        Diagnostic { file: file.to_string(), line: 0, column: 0, severity, message }
    }

    pub fn is_error(&self) -> bool {
        self.severity == Severity::Error
    }
}

impl fmt::Display for Diagnostic {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.file)?;
        if self.line > 0 {
            write!(f, ":{}:{}", self.line, self.column)?;
        }
        let severity = match self.severity {
            Severity::Warning => "warning",
            Severity::Error => "error",
        };
        write!(f, ": {severity}: {}", self.message)
    }
}

/// Collects the diagnostics of one text.
#[derive(Debug)]
pub struct Reports<'t> {
    file: &'t str,
    text: &'t str,
    diagnostics: Vec<Diagnostic>,
    /// Where the errors are, in bytes.
    errors: Vec<usize>,
}

impl<'t> Reports<'t> {
    pub fn new(file: &'t str, text: &'t str) -> Reports<'t> {
        Reports { file, text, diagnostics: Vec::new(), errors: Vec::new() }
    }

    /// The bytes at `span` make the file, or the setting, unusable.
    pub fn error(&mut self, span: Range<usize>, message: impl Into<String>) {
        self.errors.push(span.start);
        self.add(span, Severity::Error, message.into());
    }

    /// The bytes at `span` have no effect.
    pub fn warning(&mut self, span: Range<usize>, message: impl Into<String>) {
        self.add(span, Severity::Warning, message.into());
    }

    pub fn has_errors(&self) -> bool {
        self.diagnostics.iter().any(Diagnostic::is_error)
    }

    /// Where the errors begin, in bytes.
    pub fn error_starts(&self) -> &[usize] {
        &self.errors
    }

    /// The line, from 1, that a byte stands in.
    pub fn line(&self, offset: usize) -> usize {
        position(self.text, offset).0
    }

    /// All diagnostics: errors, then warnings, each in the order of the text.
    pub fn finish(mut self) -> Vec<Diagnostic> {
        self.diagnostics.sort_by_key(|d| (std::cmp::Reverse(d.severity), d.line, d.column));
        self.diagnostics
    }

    fn add(&mut self, span: Range<usize>, severity: Severity, message: String) {
        let (line, column) = position(self.text, span.start);
        let file = self.file.to_string();
        // A message may quote a key, and a key may hold anything.
        let message = plain_text::line(&message);
        self.diagnostics.push(Diagnostic { file, line, column, severity, message });
    }
}

/// Line and column, both from 1, of a byte offset.
fn position(text: &str, offset: usize) -> (usize, usize) {
    let mut offset = offset.min(text.len());
    while !text.is_char_boundary(offset) {
        offset -= 1;
    }
    let before = &text[..offset];
    let line_start = before.rfind('\n').map_or(0, |newline| newline + 1);
    let line = before.bytes().filter(|b| *b == b'\n').count() + 1;
    (line, before[line_start..].chars().count() + 1)
}

/// The candidate that `word` was probably meant to be, for "did you mean".
pub fn closest<'c>(word: &str, candidates: impl IntoIterator<Item = &'c str>) -> Option<&'c str> {
    let word: Vec<char> = word.chars().take(64).flat_map(char::to_lowercase).collect();
    let near = |candidate: &str| distance(&word, &candidate.chars().collect::<Vec<_>>());
    let allowed = (word.len() / 3).max(1);
    candidates
        .into_iter()
        .map(|candidate| (near(candidate), candidate))
        .filter(|(steps, _)| *steps <= allowed)
        .min_by_key(|(steps, _)| *steps)
        .map(|(_, candidate)| candidate)
}

/// How many characters must be added, removed, replaced or swapped with their neighbour.
fn distance(a: &[char], b: &[char]) -> usize {
    let mut before: Vec<usize> = Vec::new();
    let mut last: Vec<usize> = (0..=b.len()).collect();
    for i in 1..=a.len() {
        let mut row = vec![i];
        for j in 1..=b.len() {
            let replaced = last[j - 1] + usize::from(a[i - 1] != b[j - 1]);
            let mut best = replaced.min(last[j] + 1).min(row[j - 1] + 1);
            if i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] {
                best = best.min(before[j - 2] + 1);
            }
            row.push(best);
        }
        before = std::mem::replace(&mut last, row);
    }
    last[b.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn positions_count_characters_from_one() {
        let text = "ab\nçé x\n";
        assert_eq!(position(text, 0), (1, 1));
        assert_eq!(position(text, 3), (2, 1));
        assert_eq!(position(text, text.find('x').unwrap()), (2, 4));
        assert_eq!(position(text, 4), (2, 1), "inside a character");
        assert_eq!(position(text, 999), (3, 1));
    }

    #[test]
    fn it_reads_like_a_compiler() {
        let mut reports = Reports::new("a.toml", "x\ny = 1\n");
        reports.error(2..3, "no");
        reports.warning(0..1, "hm");
        let texts: Vec<_> = reports.finish().iter().map(ToString::to_string).collect();
        assert_eq!(texts, ["a.toml:2:1: error: no", "a.toml:1:1: warning: hm"]);
        let whole = Diagnostic::of_file("a.toml", Severity::Error, "cannot be read");
        assert_eq!(whole.to_string(), "a.toml: error: cannot be read");
    }

    #[test]
    fn what_a_message_quotes_cannot_steer_the_terminal() {
        let mut reports = Reports::new("a.toml", "x\n");
        reports.error(0..1, "`a.\u{1b}[2J\nb\u{202e}` is wrong");
        assert_eq!(reports.finish()[0].to_string(), "a.toml:1:1: error: `a. [2J b` is wrong");
    }

    #[test]
    fn a_slip_finds_its_word() {
        let words = ["homepage", "title", "kind", "args"];
        assert_eq!(closest("homepgae", words), Some("homepage"));
        assert_eq!(closest("Titel", words), Some("title"));
        assert_eq!(closest("arg", words), Some("args"));
        assert_eq!(closest("colour", words), None);
        assert_eq!(closest("", words), None);
    }
}
