//! The rules by which an agent's own messages become events: `[tracker.hook]` and
//! `[[tracker.watch]]`.

use std::collections::BTreeMap;

use toml::Spanned;

use super::regex;
use crate::mapping::{Mapping, Pointer, Rule};
use segno_base::text::diagnostic::Reports;
use segno_base::text::expression::Expression;
use segno_config::reader::{Limit, Section};

/// Why a conversation came on screen, as trackers say it.
const REASONS: [&str; 7] = ["start", "created", "selected", "forked", "new", "deleted", "unknown"];
const STATES: [&str; 5] = ["working", "idle", "blocked", "error", "retrying"];
const KINDS: [&str; 2] = ["permission", "question"];
const USAGE: [&str; 8] =
    ["model", "input", "output", "reasoning", "cache_read", "cache_write", "cost", "context"];

/// Reads where names and ids are, and the rules. `about_one`: the messages are those of one known
/// conversation.
pub(super) fn mapping(
    section: &mut Section<'_>,
    about_one: bool,
    reports: &mut Reports<'_>,
) -> Mapping {
    let event = pointer(section, "event", reports);
    let session = pointer(section, "session", reports);
    let mut on = Vec::new();
    for mut entry in section.sections(reports, "on") {
        on.push(rule(&mut entry, session.is_some() || about_one, reports));
        entry.finish(reports);
    }
    if section.lacks_items("on") {
        let message = "it says nothing without rules; add [[…on]] with what messages mean";
        reports.error(section.span(), message);
    }
    Mapping { event, session, on }
}

fn rule(entry: &mut Section<'_>, has_session: bool, reports: &mut Reports<'_>) -> Rule {
    let name = entry.strings(reports, "name").unwrap_or_default();
    let detail = entry.strings(reports, "detail").unwrap_or_default();
    entry.limit("detail", Limit::Fits("^/"));
    let rule = Rule {
        name: name.into_iter().map(Spanned::into_inner).collect(),
        condition: expressions(entry, "where", reports),
        unless: expressions(entry, "unless", reports),
        session: pointer(entry, "session", reports),
        current: word(entry, "current", &REASONS, reports),
        state: word(entry, "state", &STATES, reports),
        kind: word(entry, "kind", &KINDS, reports),
        detail: detail.into_iter().map(|at| checked(at, reports)).collect(),
        prompt: pointer(entry, "prompt", reports),
        title: pointer(entry, "title", reports),
        usage: usage(entry, reports),
        compacted: entry.boolean(reports, "compacted").unwrap_or(false),
        deleted: entry.boolean(reports, "deleted").unwrap_or(false),
    };
    let named = rule.current.is_some()
        || rule.prompt.is_some()
        || rule.title.is_some()
        || !rule.usage.is_empty()
        || rule.compacted
        || rule.deleted;
    if !named && rule.state.is_none() {
        let message = "this rule says nothing; give it current, state, prompt, title, usage, \
                       compacted or deleted";
        reports.error(entry.span(), message);
    }
    if named && !has_session && rule.session.is_none() {
        let message = "this rule needs to know the conversation; add session = \"/…\", the place \
                       of its id";
        reports.error(entry.span(), message);
    }
    if rule.state.is_none() && (rule.kind.is_some() || !rule.detail.is_empty()) {
        reports.warning(entry.span(), "`kind` and `detail` have no effect without `state`");
    }
    rule
}

fn word(
    entry: &mut Section<'_>,
    key: &'static str,
    words: &[&'static str],
    reports: &mut Reports<'_>,
) -> Option<String> {
    let choices: Vec<_> = words.iter().map(|word| (*word, *word)).collect();
    entry.choice(reports, key, &choices).map(str::to_string)
}

pub(super) fn pointer(
    section: &mut Section<'_>,
    key: &'static str,
    reports: &mut Reports<'_>,
) -> Option<Pointer> {
    let text = section.filled(reports, key);
    section.limit(key, Limit::Fits("^/"));
    text.map(|text| checked(text, reports))
}

/// A place in JSON.
pub(super) fn checked(text: Spanned<String>, reports: &mut Reports<'_>) -> Pointer {
    if !text.get_ref().starts_with('/') {
        let message = format!(
            "{:?} is no place in JSON; write it with slashes, as in \"/message/text\"",
            text.get_ref().chars().take(40).collect::<String>()
        );
        reports.error(text.span(), message);
    }
    text.into_inner()
}

pub(super) fn expressions(
    entry: &mut Section<'_>,
    key: &'static str,
    reports: &mut Reports<'_>,
) -> BTreeMap<Pointer, Expression> {
    let mut expressions = BTreeMap::new();
    let map = entry.string_map(reports, key);
    entry.limit(key, Limit::NamesFit("^/"));
    for (at, text) in map {
        if let Some(expression) = regex(&text, reports) {
            expressions.insert(checked(at, reports), expression);
        }
    }
    expressions
}

fn usage(entry: &mut Section<'_>, reports: &mut Reports<'_>) -> BTreeMap<String, Pointer> {
    let mut usage = BTreeMap::new();
    let map = entry.string_map(reports, "usage");
    entry.limit("usage", Limit::Names(USAGE.to_vec()));
    for (name, at) in map {
        if !USAGE.contains(&name.get_ref().as_str()) {
            let message = format!("nothing is counted as that; use {}", USAGE.join(", "));
            reports.error(name.span(), message);
        }
        usage.insert(name.into_inner(), checked(at, reports));
    }
    usage
}
