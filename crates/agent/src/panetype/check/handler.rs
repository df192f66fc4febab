//! `[[handler]]`.

use super::{regex, shown};
use crate::panetype::handler::{Does, Handler, Severity, Text};
use segno_base::text::diagnostic::Reports;
use segno_config::reader::{Limit, Section};

/// How long one is silent after it spoke, where it does not say.
const COOLDOWN_S: i64 = 10;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Error,
    Idle,
    Notify,
}

/// `tracked`: whether panes of the type have a state.
pub(super) fn handlers(
    root: &mut Section<'_>,
    tracked: bool,
    reports: &mut Reports<'_>,
) -> Vec<Handler> {
    let mut handlers = Vec::new();
    for mut section in root.sections(reports, "handler") {
        handlers.extend(handler(&mut section, tracked, reports));
        section.finish(reports);
    }
    handlers
}

fn handler(section: &mut Section<'_>, tracked: bool, reports: &mut Reports<'_>) -> Option<Handler> {
    let pattern = section.required(reports, "match");
    let regex = pattern.and_then(|text| {
        let regex = regex(&text, reports)?;
        if regex.fits_empty() {
            reports.error(text.span(), "matches every line; write what is there only then");
        }
        Some(regex)
    });
    let kinds = [("error", Kind::Error), ("idle", Kind::Idle), ("notify", Kind::Notify)];
    let kind = section.choice(reports, "kind", &kinds);
    section.limit("kind", Limit::Needed);
    if section.value("kind").is_none() {
        reports.error(
            section.span(),
            "`kind` is missing; add kind = \"error\", \"idle\" or \"notify\"",
        );
    }
    let severities =
        [("info", Severity::Info), ("warning", Severity::Warning), ("error", Severity::Error)];
    let severity = section.choice(reports, "severity", &severities);
    let cooldown = section.integer(reports, "cooldown_s", 0..=86_400).unwrap_or(COOLDOWN_S);
    let text = shown(section, "text", reports);
    let help = shown(section, "help", reports);
    let (regex, kind) = (regex?, kind?);
    let mut read = |text: Option<toml::Spanned<String>>| {
        let text = text?;
        if text.get_ref().trim().is_empty() {
            reports.error(text.span(), "is empty; say it in a few words");
        }
        let read = Text::parse(text.get_ref(), &regex);
        read.map_err(|error| reports.error(text.span(), error.to_string())).ok()
    };
    let (text, help) = (read(text), read(help));
    let useless: &[&'static str] = match kind {
        Kind::Error => &[],
        Kind::Idle => &["severity", "text", "help"],
        Kind::Notify => &["help"],
    };
    for key in useless {
        if let Some(value) = section.value(key) {
            reports.warning(value.span(), format!("`{key}` is not for this kind; remove it"));
        }
    }
    if kind == Kind::Idle && !tracked {
        reports.error(section.span(), "only a type with a `[tracker]` can be idle; add it");
    }
    for key in ["text", "help"] {
        let wanted = kind == Kind::Error || (kind == Kind::Notify && key == "text");
        if wanted && section.value(key).is_none() {
            reports.error(section.span(), format!("`{key}` is missing; add {key} = \"…\""));
        }
    }
    let does = match kind {
        Kind::Idle => Does::Idle,
        Kind::Error => {
            Does::Notify { severity: severity.unwrap_or(Severity::Error), text: text?, help }
        }
        Kind::Notify => {
            let severity = severity.unwrap_or(Severity::Info);
            Does::Notify { severity, text: text?, help: None }
        }
    };
    let cooldown_ms = u64::try_from(cooldown).unwrap_or(0).saturating_mul(1000);
    Some(Handler { regex, cooldown_ms, does })
}
