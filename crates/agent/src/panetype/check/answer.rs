//! `[answer]`: keys that answer a program's question.

use super::regex;
use crate::panetype::types::{AnswerKeys, AnswerRule};
use segno_base::key::Key;
use segno_base::text::diagnostic::Reports;
use segno_config::reader::Section;

/// The answers there are, from the safest to say yes to, to no.
const ANSWERS: [&str; 3] = ["allow", "always", "deny"];

pub(super) fn answer(section: &mut Section<'_>, reports: &mut Reports<'_>) -> Option<AnswerRule> {
    let screen = section.required(reports, "screen").and_then(|text| regex(&text, reports));
    let known = ANSWERS.map(|name| AnswerKeys { name, keys: keys(section, name, reports) });
    let answers: Vec<_> = known.into_iter().filter(|answer| !answer.keys.is_empty()).collect();
    if answers.is_empty() && !reports.has_errors() {
        reports.error(section.span(), "it has no answer; give it allow, always or deny");
    }
    Some(AnswerRule { screen: screen?, answers })
}

fn keys(section: &mut Section<'_>, name: &'static str, reports: &mut Reports<'_>) -> Vec<Key> {
    let mut keys = Vec::new();
    for text in section.strings(reports, name).unwrap_or_default() {
        match text.get_ref().parse::<Key>() {
            Ok(key) => keys.push(key),
            Err(error) => reports.error(text.span(), error.to_string()),
        }
    }
    keys
}
