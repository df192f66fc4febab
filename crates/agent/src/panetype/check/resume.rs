//! The `[resume]` part of a pane type.

use toml::Spanned;

use super::mapping::pointer;
use super::{regex, templates, templates_with};
use crate::panetype::text::template::Placeholder;
use crate::panetype::types::{InUse, Resume};
use segno_base::text::diagnostic::Reports;
use segno_base::text::expression::Expression;
use segno_config::reader::{Limit, Section, Wanted};

pub(super) fn resume(section: &mut Section<'_>, reports: &mut Reports<'_>) -> Resume {
    let session = Placeholder::Session;
    let resume = Resume {
        with_id: templates_with(section, "with_id", session, reports),
        without_id: templates(section, "without_id", None, reports),
        assign: templates_with(section, "assign", session, reports),
        fork: templates_with(section, "fork", session, reports),
        fork_assign: templates_with(section, "fork_assign", session, reports),
        exists: each_with(section, "exists", session, reports),
        said: section.string(reports, "said").and_then(|text| regex(&text, reports)),
        in_use: section.section(reports, "in_use").and_then(|mut section| {
            let in_use = in_use(&mut section, reports);
            section.finish(reports);
            in_use
        }),
        protect: each_with(section, "protect", session, reports),
        not_found: not_found(section, reports),
    };
    if !resume.fork_assign.is_empty() && resume.fork.is_empty() {
        let message = "`fork_assign` has no effect without `fork`, whose arguments it follows";
        reports.warning(section.span(), message);
    }
    if resume.said.is_some() && resume.exists.is_empty() {
        let message = "`said` has no effect without `exists`: it is looked for in those files";
        reports.warning(section.span(), message);
    }
    resume
}

fn in_use(section: &mut Section<'_>, reports: &mut Reports<'_>) -> Option<InUse> {
    let files = templates(section, "files", None, reports);
    let session = pointer(section, "session", reports);
    let pid = pointer(section, "pid", reports);
    ["files", "session", "pid"].iter().for_each(|key| section.limit(key, Limit::Needed));
    section.limit("files", Limit::Items(1));
    if files.is_empty() || session.is_none() || pid.is_none() {
        let message = "it needs files = [\"…\"], and the places of session and pid in them";
        reports.error(section.span(), message);
    }
    Some(InUse { files, session: session?, pid: pid? })
}

/// Paths that each make no sense without the placeholder.
pub(super) fn each_with(
    section: &mut Section<'_>,
    key: &'static str,
    needed: Placeholder,
    reports: &mut Reports<'_>,
) -> Vec<crate::panetype::text::template::Template> {
    let templates = templates(section, key, Some(needed), reports);
    if let Some(value) = section.value(key)
        && templates.iter().any(|template| !template.contains(needed))
    {
        let message = format!("a path of `{key}` does not use `{{{}}}`; add it", needed.name());
        reports.error(value.span(), message);
    }
    templates
}

/// One expression, or several.
fn not_found(section: &mut Section<'_>, reports: &mut Reports<'_>) -> Vec<Expression> {
    let several =
        section.value("not_found").is_some_and(|value| value.get_ref().as_array().is_some());
    let texts = match several {
        true => section.strings(reports, "not_found").unwrap_or_default(),
        false => section.string(reports, "not_found").into_iter().collect(),
    };
    section.record("not_found", Wanted::Texts);
    texts.iter().filter_map(|text| specific(text, reports)).collect()
}

fn specific(text: &Spanned<String>, reports: &mut Reports<'_>) -> Option<Expression> {
    let regex = regex(text, reports)?;
    if regex.fits_empty() {
        let message = "matches everything, so that every start would count as failed; \
                       write what the program prints for an id that it does not know";
        reports.error(text.span(), message);
    }
    Some(regex)
}
