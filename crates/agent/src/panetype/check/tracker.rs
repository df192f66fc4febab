//! The `[tracker]` part of a pane type.

use toml::Spanned;
use toml::de::DeValue;

use super::evidence;
use super::mapping::mapping;
use super::{
    FILE, PATH_PATTERN, VARIABLE, checked_name, checked_path, regex, required_name, shown,
    template, templates, templates_with, unique, variables,
};
use crate::panetype::text::template::Placeholder;
use crate::panetype::types::{
    Condition, JsonEnv, JsonFile, JsonTemplate, Seed, SessionRule, Tracker,
};
use segno_base::text::diagnostic::Reports;
use segno_config::reader::{Limit, Section, Wanted, in_order, integer};

/// Names with where they stand.
pub(super) type Names = Vec<(String, std::ops::Range<usize>)>;

/// Which generations and toggles a type's entries are made for.
#[derive(Debug, Default)]
pub(super) struct Uses {
    pub(super) generations: Names,
    pub(super) toggles: Names,
}

/// Notes in `made_for` which generations and toggles something is made for.
pub(super) fn tracker(
    section: &mut Section<'_>,
    made_for: &mut Uses,
    reports: &mut Reports<'_>,
) -> Tracker {
    let assets = section.strings(reports, "assets").unwrap_or_default();
    section.limit("assets", Limit::Fits(PATH_PATTERN));
    section.limit("assets", Limit::Unique);
    let asset_names: Vec<_> = assets.iter().map(|a| (a.get_ref().clone(), a.span())).collect();
    unique(&asset_names, "asset", reports);
    let assets = assets.into_iter().map(|name| checked_path(name, reports)).collect();
    let session_id = section.filled(reports, "session_id");
    section.limit("session_id", Limit::Fits(r"^\^.*\$$"));
    let session_id = session_id.and_then(|text| session_rule(text, reports));
    let args = templates(section, "args", None, reports);
    let hook = section.section(reports, "hook").map(|mut section| {
        let hook = mapping(&mut section, false, reports);
        section.finish(reports);
        hook
    });
    let watch = evidence::watch(section, reports);
    let title = evidence::patterns(section, "title", reports);
    let title_session = section.section(reports, "title_session").and_then(|mut section| {
        let title_session = evidence::title_session(&mut section, reports);
        section.finish(reports);
        title_session
    });
    let screen = evidence::patterns(section, "screen", reports);
    let env = variables(section, "env", reports);
    let mut names = Names::new();
    let json_env = json_env(section, made_for, &mut names, reports);
    let json_file = json_file(section, made_for, &mut names, reports);
    for (name, span) in &names {
        if env.iter().any(|(other, _)| other == name) {
            let message = format!("{name:?} stands in [tracker.env] too; remove one of them");
            reports.error(span.clone(), message);
        }
    }
    unique(&names, "variable", reports);
    Tracker {
        assets,
        session_id,
        args,
        hook,
        watch,
        title,
        title_session,
        screen,
        env,
        json_env,
        json_file,
    }
}

/// Notes in `names` the variables that are merged into.
fn json_env(
    section: &mut Section<'_>,
    made_for: &mut Uses,
    names: &mut Names,
    reports: &mut Reports<'_>,
) -> Vec<JsonEnv> {
    let mut json_env = Vec::new();
    for mut entry in section.sections(reports, "json_env") {
        let merge = merge(&mut entry, reports);
        let condition = condition(&mut entry, made_for, reports);
        let seed = seeds(&mut entry, reports);
        if let Some(name) = required_name(&mut entry, "name", &VARIABLE, reports) {
            // What a toggle adds may go into a variable that another entry is about.
            if condition.toggle.is_none() {
                names.push((name.get_ref().clone(), name.span()));
            }
            let name = name.into_inner();
            json_env.extend(merge.map(|merge| JsonEnv { name, merge, seed, condition }));
        }
        entry.finish(reports);
    }
    json_env
}

/// Notes in `names` the variables that name a file.
fn json_file(
    section: &mut Section<'_>,
    made_for: &mut Uses,
    names: &mut Names,
    reports: &mut Reports<'_>,
) -> Vec<JsonFile> {
    let (mut files, mut json_file) = (Names::new(), Vec::new());
    for mut entry in section.sections(reports, "json_file") {
        let merge = merge(&mut entry, reports);
        let condition = condition(&mut entry, made_for, reports);
        let absolute = entry.strings(reports, "absolute").unwrap_or_default();
        let name = entry.filled(reports, "name");
        entry.limit("name", Limit::Fits(VARIABLE.pattern));
        let file = required_name(&mut entry, "file", &FILE, reports);
        let from = templates(&mut entry, "from", None, reports);
        let args = templates_with(&mut entry, "args", Placeholder::File, reports);
        if name.is_none() && args.is_empty() {
            let message = "nothing names the file to the program; add name = \"VARIABLE\" or \
                           args = [\"…\", \"{file}\"]";
            reports.error(entry.span(), message);
        }
        if let (Some(file), Some(merge)) = (file, merge) {
            names.extend(name.iter().map(|name| (name.get_ref().clone(), name.span())));
            files.push((file.get_ref().clone(), file.span()));
            json_file.push(JsonFile {
                name: name.map(|name| checked_name(name, &VARIABLE, reports)),
                from,
                args,
                file: file.into_inner(),
                merge,
                absolute: absolute.into_iter().map(Spanned::into_inner).collect(),
                condition,
            });
        }
        entry.finish(reports);
    }
    unique(&files, "file", reports);
    json_file
}

fn session_rule(text: Spanned<String>, reports: &mut Reports<'_>) -> Option<SessionRule> {
    regex(&text, reports)?;
    if !text.get_ref().starts_with('^') || !text.get_ref().ends_with('$') {
        let message = "`tracker.session_id` must describe a whole id; begin it with ^ and end it \
                       with $";
        reports.error(text.span(), message);
    }
    // `^a$|b` begins and ends right, and would still accept an id that only contains something.
    let whole = Spanned::new(text.span(), format!(r"\A(?:{})\z", text.get_ref()));
    let whole = regex(&whole, reports)?;
    Some(SessionRule { whole, text: text.into_inner() })
}

/// What is merged: a table, whose strings may hold placeholders.
fn merge(entry: &mut Section<'_>, reports: &mut Reports<'_>) -> Option<JsonTemplate> {
    entry.record("merge", Wanted::Object);
    entry.limit("merge", Limit::Needed);
    let Some(value) = entry.value("merge") else {
        reports.error(entry.span(), "`merge` is missing; add merge = { … }");
        return None;
    };
    if value.get_ref().as_table().is_none() {
        reports.error(value.span(), "`merge` is no table; write merge = { key = … }");
        return None;
    }
    json(value, reports)
}

/// JSON whose strings may hold placeholders.
pub(super) fn json(
    value: &Spanned<DeValue<'_>>,
    reports: &mut Reports<'_>,
) -> Option<JsonTemplate> {
    let span = value.span();
    match value.get_ref() {
        DeValue::String(text) => {
            template(Spanned::new(span, text.to_string()), None, reports).map(JsonTemplate::Text)
        }
        DeValue::Boolean(value) => Some(JsonTemplate::Bool(*value)),
        number @ DeValue::Integer(_) => {
            let read = integer(number);
            if read.is_none() {
                reports.error(span, "a number too large for 64 bits; write it as a string");
            }
            read.map(JsonTemplate::Integer)
        }
        DeValue::Float(number) => {
            let read = number.as_str().parse().ok().filter(|number: &f64| number.is_finite());
            if read.is_none() {
                reports.error(span, "JSON has no such number; write a finite one");
            }
            read.map(JsonTemplate::Float)
        }
        DeValue::Datetime(_) => {
            reports.error(span, "JSON has no dates; write it as a string in quotes");
            None
        }
        DeValue::Array(items) => {
            let items = items.iter().map(|item| json(item, reports));
            // Every item is looked at, so that everything wrong is reported at once.
            let items: Vec<_> = items.collect();
            items.into_iter().collect::<Option<_>>().map(JsonTemplate::List)
        }
        DeValue::Table(table) => {
            let entries = in_order(table).into_iter();
            let entries: Vec<_> = entries
                .map(|(key, value)| Some((key.get_ref().to_string(), json(value, reports)?)))
                .collect();
            entries.into_iter().collect::<Option<_>>().map(JsonTemplate::Object)
        }
    }
}

/// The lists that a variable replaces.
fn seeds(entry: &mut Section<'_>, reports: &mut Reports<'_>) -> Vec<Seed> {
    let mut seeds = Vec::new();
    for mut seed in entry.sections(reports, "seed") {
        let file = seed.required(reports, "file").and_then(|file| template(file, None, reports));
        let from = seed.required(reports, "from").map(Spanned::into_inner);
        let to = seed.required(reports, "to").map(Spanned::into_inner);
        let given = seed.value("pair").map(|value| value.span());
        let pair = seed.strings(reports, "pair").map(|names| {
            <[String; 2]>::try_from(names.into_iter().map(Spanned::into_inner).collect::<Vec<_>>())
        });
        seed.limit("pair", Limit::Items(2));
        if let (Some(Err(_)), Some(span)) = (&pair, given) {
            reports.error(span, "`pair` takes two keys; write pair = [\"…\", \"…\"]");
        }
        if let (Some(file), Some(from), Some(to)) = (file, from, to) {
            seeds.push(Seed { file, from, to, pair: pair.and_then(Result::ok) });
        }
        seed.finish(reports);
    }
    seeds
}

fn condition(entry: &mut Section<'_>, made_for: &mut Uses, reports: &mut Reports<'_>) -> Condition {
    let generation = entry.filled(reports, "generation");
    made_for
        .generations
        .extend(generation.iter().map(|name| (name.get_ref().clone(), name.span())));
    let toggle = entry.filled(reports, "toggle");
    made_for.toggles.extend(toggle.iter().map(|name| (name.get_ref().clone(), name.span())));
    let exist = templates(entry, "only_if_exists", None, reports);
    let above = templates(entry, "only_if_above", None, reports);
    let note = shown(entry, "else_note", reports);
    if let Some(note) = &note
        && exist.is_empty()
        && above.is_empty()
    {
        let message = "`else_note` has no effect without `only_if_exists`; remove it";
        reports.warning(note.span(), message);
    }
    let generation = generation.map(Spanned::into_inner);
    let toggle = toggle.map(Spanned::into_inner);
    Condition { generation, toggle, exist, above, else_note: note.map(Spanned::into_inner) }
}
