//! What is looked at from outside: `[[tracker.watch]]`, `[[tracker.title]]`,
//! `[tracker.title_session]` and `[[tracker.screen]]`.

use toml::Spanned;

use super::mapping::{mapping, pointer};
use super::resume::each_with;
use super::{regex, shown, templates};
use crate::mapping::Mapping;
use crate::panetype::text::template::Placeholder;
use crate::panetype::types::{Format, StatePattern, TitleSession, Watch};
use crate::status::Activity;
use segno_base::text::diagnostic::Reports;
use segno_config::reader::{Limit, Section};

pub(super) fn watch(tracker: &mut Section<'_>, reports: &mut Reports<'_>) -> Vec<Watch> {
    let mut watch = Vec::new();
    for mut entry in tracker.sections(reports, "watch") {
        let files = templates(&mut entry, "files", Some(Placeholder::Pid), reports);
        if entry.lacks_items("files") {
            reports.error(entry.span(), "`files` is missing; add files = [\"…\"]");
        }
        let formats =
            [("json", Format::Json), ("lines", Format::Lines), ("blocks", Format::Blocks)];
        let format = entry.choice(reports, "format", &formats).unwrap_or_default();
        let watched = Watch { files, format, mapping: Mapping::default() };
        let mapping = mapping(&mut entry, watched.of_a_conversation(), reports);
        watch.push(Watch { mapping, ..watched });
        entry.finish(reports);
    }
    watch
}

/// How a title names the conversation.
pub(super) fn title_session(
    section: &mut Section<'_>,
    reports: &mut Reports<'_>,
) -> Option<TitleSession> {
    let text = section.required(reports, "match");
    let files = each_with(section, "files", Placeholder::Session, reports);
    let session = pointer(section, "session", reports);
    if session.is_some() == files.is_empty() {
        let message = "`files` and `session` need each other: where the whole id is, and the place \
                       in it";
        reports.error(section.span(), message);
    }
    let text = text?;
    let regex = regex(&text, reports)?;
    if !regex.groups().contains(&Some("session")) {
        let message = "`match` has no group of the id; write (?P<session>…) around it";
        reports.error(text.span(), message);
    }
    Some(TitleSession { regex, files, session })
}

/// Patterns that mean a state.
pub(super) fn patterns(
    tracker: &mut Section<'_>,
    key: &'static str,
    reports: &mut Reports<'_>,
) -> Vec<StatePattern> {
    let states = [
        ("working", Activity::Working),
        ("idle", Activity::Idle),
        ("blocked", Activity::Blocked),
        ("error", Activity::Error),
        ("retrying", Activity::Retrying),
    ];
    let mut patterns = Vec::new();
    for mut entry in tracker.sections(reports, key) {
        let text = entry.required(reports, "match");
        let state = entry.choice(reports, "state", &states);
        entry.limit("state", Limit::Needed);
        if entry.value("state").is_none() {
            reports.error(entry.span(), "`state` is missing; say what the agent does then");
        }
        let detail = shown(&mut entry, "detail", reports).map(Spanned::into_inner);
        let regex = text.and_then(|text| {
            let regex = regex(&text, reports)?;
            if regex.fits_empty() {
                reports.error(text.span(), "matches everything; write what is there only then");
            }
            Some(regex)
        });
        if let (Some(regex), Some(state)) = (regex, state) {
            patterns.push(StatePattern { regex, state, detail });
        }
        entry.finish(reports);
    }
    patterns
}
