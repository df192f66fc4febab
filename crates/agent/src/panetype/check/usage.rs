//! `[usage]`: transcripts that say what conversations used, and what models cost.

use toml::Spanned;

use super::mapping::{checked, pointer};
use super::{regex, templates};
use crate::mapping::Pointer;
use crate::panetype::text::template::Placeholder;
use crate::panetype::types::{TranscriptRule, UsageRule};
use crate::usage::figures::{Condition, Figure, Figures};
use crate::usage::pricing::Model;
use crate::usage::quota::QuotaRule;
use crate::usage::tally::{Place, Rule};
use segno_base::text::diagnostic::Reports;
use segno_config::reader::{Limit, Section, Wanted};

/// `described`: whether `[[transcript]]` says what conversations used.
pub(super) fn usage(
    section: &mut Section<'_>,
    described: bool,
    reports: &mut Reports<'_>,
) -> UsageRule {
    let mut transcripts = Vec::new();
    for mut entry in section.sections(reports, "transcript") {
        transcripts.push(transcript(&mut entry, reports));
        entry.finish(reports);
    }
    let mut models = Vec::new();
    for mut entry in section.sections(reports, "model") {
        models.extend(model(&mut entry, reports));
        entry.finish(reports);
    }
    let mut quotas = Vec::new();
    for mut entry in section.sections(reports, "quota") {
        quotas.extend(quota(&mut entry, reports));
        entry.finish(reports);
    }
    if transcripts.is_empty() && !described {
        let message =
            "nothing is read without transcripts; add [[transcript]] with [[transcript.usage]]";
        reports.error(section.span(), message);
    }
    UsageRule { transcripts, models, quotas }
}

fn quota(entry: &mut Section<'_>, reports: &mut Reports<'_>) -> Option<QuotaRule> {
    let condition = conditions(entry, "where", reports);
    let name = entry.filled(reports, "name").map(Spanned::into_inner);
    let used = pointer(entry, "used", reports);
    entry.limit("used", Limit::Needed);
    if used.is_none() {
        reports.error(entry.span(), "`used` is missing; add used = \"/…\"");
    }
    let (minutes, resets) = (pointer(entry, "minutes", reports), pointer(entry, "resets", reports));
    if name.is_none() && minutes.is_none() {
        reports.error(entry.span(), "it has no name; give it name or minutes");
    }
    Some(QuotaRule { condition, name, used: used?, minutes, resets })
}

fn transcript(entry: &mut Section<'_>, reports: &mut Reports<'_>) -> TranscriptRule {
    let files = templates(entry, "files", Some(Placeholder::Pid), reports);
    if entry.lacks_items("files") {
        reports.error(entry.span(), "`files` is missing; add files = [\"…\"]");
    }
    let formats = [("json", false), ("lines", true)];
    let lines = entry.choice(reports, "format", &formats).unwrap_or(true);
    let each = pointer(entry, "each", reports);
    let rule = Rule {
        condition: conditions(entry, "where", reports),
        unless: conditions(entry, "unless", reports),
        once: pointer(entry, "once", reports),
        sum: sum(entry, reports),
        model: pointer(entry, "model", reports),
        context: places(entry, "context", reports),
        context_limit: pointer(entry, "context_limit", reports),
        title: titles(entry, reports),
    };
    let silent = rule.sum.is_empty()
        && rule.title.is_empty()
        && rule.model.is_none()
        && rule.context.is_empty()
        && rule.context_limit.is_none();
    if silent {
        let message = "it says nothing; give it sum, model, context, context_limit or title";
        reports.error(entry.span(), message);
    }
    TranscriptRule { files, lines, each, rule }
}

fn sum(entry: &mut Section<'_>, reports: &mut Reports<'_>) -> Vec<(Figure, Vec<Place>)> {
    let Some(mut table) = entry.section(reports, "sum") else { return Vec::new() };
    let mut sum = Vec::new();
    for (name, figure) in Figure::ALL {
        let places = places(&mut table, name, reports);
        if !places.is_empty() {
            sum.push((figure, places));
        }
    }
    table.finish(reports);
    sum
}

/// One text or a list of them.
fn texts(
    section: &mut Section<'_>,
    key: &'static str,
    reports: &mut Reports<'_>,
) -> Vec<Spanned<String>> {
    let one = section.value(key).is_some_and(|value| value.get_ref().as_str().is_some());
    let texts = match one {
        true => section.string(reports, key).into_iter().collect(),
        false => section.strings(reports, key).unwrap_or_default(),
    };
    section.record(key, Wanted::Texts);
    texts
}

fn titles(entry: &mut Section<'_>, reports: &mut Reports<'_>) -> Vec<Pointer> {
    let texts = texts(entry, "title", reports);
    entry.limit("title", Limit::Fits("^/"));
    texts.into_iter().map(|at| checked(at, reports)).collect()
}

/// Places whose numbers are added up; what stands after a minus is taken off.
fn places(section: &mut Section<'_>, key: &'static str, reports: &mut Reports<'_>) -> Vec<Place> {
    let texts = texts(section, key, reports);
    section.limit(key, Limit::Fits("^-?/"));
    let place = |text: Spanned<String>| {
        let (at, minus) = match text.get_ref().strip_prefix('-') {
            Some(at) => (Spanned::new(text.span(), at.to_string()), true),
            None => (text, false),
        };
        Place { at: checked(at, reports), minus }
    };
    texts.into_iter().map(place).collect()
}

fn conditions(
    entry: &mut Section<'_>,
    key: &'static str,
    reports: &mut Reports<'_>,
) -> Vec<Condition> {
    let mut conditions = Vec::new();
    let map = entry.string_map(reports, key);
    entry.limit(key, Limit::NamesFit("^/"));
    for (at, expression) in map {
        let is = regex(&expression, reports);
        let at = checked(at, reports);
        conditions.extend(is.map(|is| Condition { at, is }));
    }
    conditions
}

fn model(entry: &mut Section<'_>, reports: &mut Reports<'_>) -> Option<Model> {
    let name = entry.required(reports, "match").and_then(|text| regex(&text, reports));
    let condition = conditions(entry, "where", reports);
    let tier = entry.string(reports, "tier").and_then(|text| regex(&text, reports));
    let tokens = 0..=1_000_000_000_000;
    let mut count = |entry: &mut Section<'_>, key| {
        entry.integer(reports, key, tokens.clone()).and_then(|count| u64::try_from(count).ok())
    };
    let prompt_above = count(entry, "prompt_above");
    let context_limit = count(entry, "context_limit");
    let mut prices = Figures::default();
    for (key, figure) in Figure::ALL.into_iter().filter(|(_, figure)| *figure != Figure::Cost) {
        // What has no price of its own has that of the figure that it is a part of, or like.
        let otherwise = match figure {
            Figure::Reasoning => prices.get(Figure::Output),
            Figure::CacheWrite1h => prices.get(Figure::CacheWrite),
            _ => 0.0,
        };
        prices.set(figure, entry.number(reports, key).unwrap_or(otherwise));
    }
    Some(Model { name: name?, condition, tier, prompt_above, context_limit, prices })
}
