//! The `[shell]` part of a pane type.

use toml::Spanned;

use crate::panetype::text::typed::Typed;
use segno_base::text::diagnostic::Reports;
use segno_config::reader::Section;

pub(super) fn typed(section: &mut Section<'_>, reports: &mut Reports<'_>) -> Typed {
    let plain = strings(section, "plain", reports);
    let decides = strings(section, "decides", reports);
    Typed {
        plain: plain.into_iter().map(Spanned::into_inner).collect(),
        decides: decides.into_iter().map(Spanned::into_inner).collect(),
        flags: options(section, "flags", reports),
        options: options(section, "options", reports),
    }
}

fn strings(
    section: &mut Section<'_>,
    key: &'static str,
    reports: &mut Reports<'_>,
) -> Vec<Spanned<String>> {
    let list = section.strings(reports, key).unwrap_or_default();
    for word in &list {
        if word.get_ref().is_empty() || word.get_ref().contains(['=', ' ']) {
            let message = "write one word or option, without a value";
            reports.error(word.span(), message);
        }
    }
    list
}

fn options(section: &mut Section<'_>, key: &'static str, reports: &mut Reports<'_>) -> Vec<String> {
    let list = strings(section, key, reports);
    for word in &list {
        if !word.get_ref().starts_with('-') {
            reports.error(word.span(), "an option begins with a dash");
        }
    }
    list.into_iter().map(Spanned::into_inner).collect()
}
