//! The `[generation]` part of a pane type, and whether what is made for one names one that exists.

use std::ops::Range;

use toml::Spanned;

use super::{regex, unique};
use crate::panetype::program::generation::GenerationRule;
use segno_base::text::diagnostic::Reports;
use segno_config::reader::Section;

pub(super) fn generation(
    section: &mut Section<'_>,
    reports: &mut Reports<'_>,
) -> Option<GenerationRule> {
    let args = section.strings(reports, "args").unwrap_or_default();
    if section.lacks_items("args") {
        let message = "`generation.args` is missing; add the arguments that make the program print \
                       its version";
        reports.error(section.span(), message);
    }
    let default = section.required(reports, "default");
    let mut names: Vec<(String, Range<usize>)> = Vec::new();
    names.extend(default.iter().map(|name| (name.get_ref().clone(), name.span())));
    let mut known = Vec::new();
    for mut entry in section.sections(reports, "known") {
        let name = entry.required(reports, "name");
        let expression = entry.required(reports, "match").and_then(|text| regex(&text, reports));
        if let (Some(name), Some(expression)) = (name, expression) {
            names.push((name.get_ref().clone(), name.span()));
            known.push((name.into_inner(), expression));
        }
        entry.finish(reports);
    }
    unique(&names, "generation", reports);
    let args = args.into_iter().map(Spanned::into_inner).collect();
    Some(GenerationRule { args, default: default?.into_inner(), known })
}

/// Reports a generation that something is made for and that does not exist.
pub(super) fn check_uses(
    used: &[(String, Range<usize>)],
    rule: Option<&GenerationRule>,
    reports: &mut Reports<'_>,
) {
    for (name, span) in used {
        if rule.is_none_or(|rule| !rule.has(name)) {
            let name: String = name.chars().take(40).collect();
            let message = format!("there is no generation {name:?}; add it to [generation]");
            reports.error(span.clone(), message);
        }
    }
}
