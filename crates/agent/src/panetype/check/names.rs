//! Names: of types, toggles and fields, of variables, of files.

use std::ops::Range;

use toml::Spanned;

use segno_base::text::diagnostic::Reports;
use segno_config::reader::{Limit, Section};

/// How a kind of name is written.
pub(super) struct NameRule {
    pub(super) first: fn(char) -> bool,
    pub(super) rest: fn(char) -> bool,
    pub(super) max: usize,
    /// The same as an expression, for the schema.
    pub(super) pattern: &'static str,
    /// For the message.
    pub(super) allowed: &'static str,
}

pub(super) const TYPE_NAME: NameRule = NameRule {
    first: |c| c.is_ascii_lowercase(),
    rest: |c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_' || c == '-',
    max: 32,
    pattern: "^[a-z][a-z0-9_-]{0,31}$",
    allowed: "1 to 32 of a-z, 0-9, _ and -, a letter first",
};

pub(super) const VARIABLE: NameRule = NameRule {
    first: |c| c.is_ascii_alphabetic() || c == '_',
    rest: |c| c.is_ascii_alphanumeric() || c == '_',
    max: 128,
    pattern: "^[A-Za-z_][A-Za-z0-9_]{0,127}$",
    allowed: "the name of a variable: letters, digits and _, no digit first",
};

pub(super) const FILE: NameRule = NameRule {
    first: |c| c.is_ascii_alphanumeric() || c == '_',
    rest: |c| c.is_ascii_alphanumeric() || c == '_' || c == '-' || c == '.',
    max: 64,
    pattern: "^[A-Za-z0-9_][A-Za-z0-9_.-]{0,63}$",
    allowed: "a plain file name: letters, digits, _, - and ., no directory",
};

/// What [`checked_path`] wants, as an expression.
pub(super) const PATH_PATTERN: &str =
    r"^(\.?[A-Za-z0-9_][A-Za-z0-9_.-]*/)*\.?[A-Za-z0-9_][A-Za-z0-9_.-]*$";

/// A file of a tracker, which may be in a directory of its own.
pub(super) fn checked_path(path: Spanned<String>, reports: &mut Reports<'_>) -> String {
    let good = |part: &str| {
        let plain = part.strip_prefix('.').unwrap_or(part);
        plain.chars().next().is_some_and(FILE.first) && plain.chars().all(FILE.rest)
    };
    let text = path.get_ref();
    if text.len() > 128 || !text.split('/').all(good) {
        let short: String = text.chars().take(40).collect();
        let message = format!(
            "{short:?} is no file of a tracker; use a name of letters, digits, _, - and ., or \
             directories and such a name"
        );
        reports.error(path.span(), message);
    }
    path.into_inner()
}

/// A name that must be there.
pub(super) fn required_name(
    section: &mut Section<'_>,
    key: &'static str,
    rule: &NameRule,
    reports: &mut Reports<'_>,
) -> Option<Spanned<String>> {
    let name = section.required(reports, key);
    section.limit(key, Limit::Fits(rule.pattern));
    let name = name?;
    let span = name.span();
    Some(Spanned::new(span, checked_name(name, rule, reports)))
}

pub(super) fn checked_name(
    name: Spanned<String>,
    rule: &NameRule,
    reports: &mut Reports<'_>,
) -> String {
    let text = name.get_ref();
    let first = text.chars().next().is_some_and(rule.first);
    if !first || !text.chars().all(rule.rest) || text.len() > rule.max {
        let short: String = text.chars().take(40).collect();
        reports.error(name.span(), format!("{short:?} is no name; use {}", rule.allowed));
    }
    name.into_inner()
}

/// Reports names that stand twice.
pub(super) fn unique(names: &[(String, Range<usize>)], what: &str, reports: &mut Reports<'_>) {
    for (i, (name, span)) in names.iter().enumerate() {
        if names[..i].iter().any(|(other, _)| other == name) {
            let message = format!("a second {what} {name:?}; rename or remove one of them");
            reports.error(span.clone(), message);
        }
    }
}
