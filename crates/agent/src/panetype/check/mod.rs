//! Reads one pane type's text and says everything that is wrong with it, with lines.
//!
//! The only way to a [`PaneType`]: whatever has one knows that it passed.

mod answer;
mod computed;
mod conversations;
mod evidence;
mod generation;
mod handler;
mod mapping;
mod names;
mod resume;
mod tracker;
mod transcript;
mod typed;
mod usage;

pub use transcript::advice;

use std::collections::BTreeSet;

use toml::Spanned;

use crate::panetype::text::template::{Placeholder, Template};
use crate::panetype::types::{
    ClosePolicy, CommandRule, CwdRule, Field, Kind, PaneType, Source, Toggle,
};
use names::{
    FILE, PATH_PATTERN, TYPE_NAME, VARIABLE, checked_name, checked_path, required_name, unique,
};
use segno_base::key::Key;
use segno_base::text::diagnostic::{Diagnostic, Reports};
use segno_base::text::expression::Expression;
use segno_config::keys::chord::normal;
use segno_config::reader::{self, Limit, Section, Wanted};

/// The version of the format that this program reads.
const SCHEMA: i64 = 1;

/// What a check found.
#[derive(Debug, Clone)]
pub struct Checked {
    /// `None` where there is an error.
    pub pane_type: Option<PaneType>,
    pub diagnostics: Vec<Diagnostic>,
}

/// Checks a pane type's text; `file` is what the findings call it.
pub fn check(text: &str, file: &str) -> Checked {
    let mut reports = Reports::new(file, text);
    let table = reader::parse(text, &mut reports);
    // After a syntax error what is left of the text says little about what was meant.
    let root = Section::root(&table);
    let read =
        if reports.has_errors() { None } else { pane_type(text, &table, root, &mut reports) };
    let pane_type = read.filter(|_| !reports.has_errors());
    Checked { pane_type, diagnostics: reports.finish() }
}

/// What the check asks for in a flawless text.
#[cfg(test)]
pub(super) fn asked(text: &str) -> std::collections::BTreeMap<String, reader::Key> {
    let (mut reports, asked) = (Reports::new("", text), reader::Asked::default());
    let table = reader::parse(text, &mut reports);
    pane_type(text, &table, Section::recorded(&table, &asked), &mut reports);
    assert!(!reports.has_errors());
    asked.into_inner()
}

fn pane_type(
    text: &str,
    table: &Spanned<toml::de::DeTable<'_>>,
    mut root: Section<'_>,
    reports: &mut Reports<'_>,
) -> Option<PaneType> {
    if !schema(&mut root, reports) {
        // Another version's keys would only be misunderstood.
        return None;
    }
    let name = required_name(&mut root, "name", &TYPE_NAME, reports);
    let name = name.map(Spanned::into_inner);
    let title = shown(&mut root, "title", reports).map(Spanned::into_inner);
    let kinds = [Kind::Agent, Kind::Shell, Kind::Tool].map(|kind| (kind.as_str(), kind));
    let kind = root.choice(reports, "kind", &kinds);
    root.limit("kind", Limit::Needed);
    if root.value("kind").is_none() {
        reports
            .error(root.span(), "`kind` is missing; add kind = \"agent\", \"shell\" or \"tool\"");
    }
    let homepage = shown(&mut root, "homepage", reports).map(Spanned::into_inner);
    let homepage = homepage.filter(|homepage| !homepage.is_empty());
    let deletes = shown(&mut root, "deletes", reports).map(Spanned::into_inner);
    let deletes = deletes.filter(|deletes| !deletes.is_empty());
    let hidden = root.boolean(reports, "hidden");
    let mut made_for = tracker::Uses::default();
    let command = within(&mut root, "command", reports, |section, reports| {
        command(section, &mut made_for, reports)
    });
    root.limit("command", Limit::Needed);
    if root.value("command").is_none() {
        reports.error(root.span(), "`[command]` is missing; add it with program = \"…\"");
    }
    let command = command.flatten();
    let (close, again) = within(&mut root, "exit", reports, |section, reports| {
        (close_policy(section, reports), section.boolean(reports, "again"))
    })
    .unwrap_or_default();
    let raw_keys = within(&mut root, "keys", reports, raw_keys);
    let answer = within(&mut root, "answer", reports, answer::answer).flatten();
    let keep = within(&mut root, "scrollback", reports, |section, reports| {
        section.boolean(reports, "keep")
    });
    let generation = within(&mut root, "generation", reports, generation::generation).flatten();
    let tracker = within(&mut root, "tracker", reports, |section, reports| {
        tracker::tracker(section, &mut made_for, reports)
    });
    generation::check_uses(&made_for.generations, generation.as_ref(), reports);
    if let Some(command) = &command {
        check_toggles(&made_for.toggles, &command.toggles, reports);
    }
    let described = root.value("transcript").is_some();
    let usage = within(&mut root, "usage", reports, |section, reports| {
        usage::usage(section, described, reports)
    });
    let resume = within(&mut root, "resume", reports, resume::resume);
    let typed = within(&mut root, "shell", reports, typed::typed);
    let conversations = within(&mut root, "conversations", reports, conversations::conversations);
    let skill = within(&mut root, "skill", reports, skill);
    let transcripts = transcript::transcripts(&mut root, text, reports);
    let computed = computed::computed(&mut root, reports);
    computed::check_uses(table, &computed, reports);
    let handlers = handler::handlers(&mut root, tracker.is_some(), reports);
    root.finish(reports);
    let name = name?;
    Some(PaneType {
        title: title.filter(|title| !title.is_empty()).unwrap_or_else(|| name.clone()),
        name,
        kind: kind?,
        homepage,
        deletes,
        hidden: hidden.unwrap_or(false),
        command: command?,
        generation,
        close: close.unwrap_or_default(),
        again: again.unwrap_or(true),
        raw_keys: raw_keys.unwrap_or_default(),
        answer,
        keep_scrollback: keep.flatten().unwrap_or(true),
        computed,
        tracker,
        usage,
        resume,
        typed: typed.unwrap_or_default(),
        conversations: conversations.unwrap_or_default(),
        transcripts,
        handlers,
        skill: skill.unwrap_or_default(),
        source: Source::Embedded,
    })
}

/// Reads a table of the type, and reports what in it nobody asked for.
fn within<T>(
    root: &mut Section<'_>,
    key: &'static str,
    reports: &mut Reports<'_>,
    read: impl FnOnce(&mut Section<'_>, &mut Reports<'_>) -> T,
) -> Option<T> {
    let mut section = root.section(reports, key)?;
    let read = read(&mut section, reports);
    section.finish(reports);
    Some(read)
}

fn close_policy(section: &mut Section<'_>, reports: &mut Reports<'_>) -> Option<ClosePolicy> {
    let choices = [
        ("always", ClosePolicy::Always),
        ("success", ClosePolicy::Success),
        ("never", ClosePolicy::Never),
    ];
    section.choice(reports, "close", &choices)
}

fn skill(section: &mut Section<'_>, reports: &mut Reports<'_>) -> Vec<Template> {
    let files = templates(section, "files", None, reports);
    if section.lacks_items("files") {
        reports.error(section.span(), "`files` is missing; add files = [\"…\"]");
    }
    files
}

fn raw_keys(section: &mut Section<'_>, reports: &mut Reports<'_>) -> BTreeSet<Key> {
    let mut keys = BTreeSet::new();
    for text in section.strings(reports, "raw").unwrap_or_default() {
        match text.get_ref().parse::<Key>() {
            Ok(key) => drop(keys.insert(normal(key))),
            Err(error) => reports.error(text.span(), error.to_string()),
        }
    }
    keys
}

fn schema(root: &mut Section<'_>, reports: &mut Reports<'_>) -> bool {
    root.record("schema", Wanted::Integer(SCHEMA..=SCHEMA));
    root.limit("schema", Limit::Needed);
    let Some(value) = root.value("schema") else {
        reports.error(root.span(), format!("`schema` is missing; add schema = {SCHEMA}"));
        return false;
    };
    match reader::integer(value.get_ref()) {
        Some(SCHEMA) => return true,
        Some(newer) if newer > SCHEMA => {
            let message =
                format!("schema {newer} is newer than this Segno reads ({SCHEMA}); update Segno");
            reports.error(value.span(), message);
        }
        _ => reports.error(value.span(), format!("no schema; write schema = {SCHEMA}")),
    }
    false
}

/// A text for people. It reaches a terminal, so it must not hold what a terminal would obey.
fn shown(
    section: &mut Section<'_>,
    key: &'static str,
    reports: &mut Reports<'_>,
) -> Option<Spanned<String>> {
    let text = section.string(reports, key);
    section.limit(key, Limit::Fits(r"^[^\x00-\x1f\x7f]*$"));
    let text = text?;
    if text.get_ref().chars().any(char::is_control) {
        let message = format!("`{key}` holds a line break or another control character; remove it");
        reports.error(text.span(), message);
    }
    Some(text)
}

fn template(
    text: Spanned<String>,
    context: Option<Placeholder>,
    reports: &mut Reports<'_>,
) -> Option<Template> {
    match Template::parse(text.get_ref(), context) {
        Ok(template) => Some(template),
        Err(error) => {
            reports.error(text.span(), error.to_string());
            None
        }
    }
}

fn templates(
    section: &mut Section<'_>,
    key: &'static str,
    context: Option<Placeholder>,
    reports: &mut Reports<'_>,
) -> Vec<Template> {
    let texts = section.strings(reports, key).unwrap_or_default();
    texts.into_iter().filter_map(|text| template(text, context, reports)).collect()
}

/// Arguments that make no sense without the placeholder that they exist for.
fn templates_with(
    section: &mut Section<'_>,
    key: &'static str,
    needed: Placeholder,
    reports: &mut Reports<'_>,
) -> Vec<Template> {
    let templates = templates(section, key, Some(needed), reports);
    let used = templates.iter().any(|template| template.contains(needed));
    if let Some(value) = section.value(key)
        && !used
        && !templates.is_empty()
    {
        let (name, what) = (needed.name(), needed.description());
        let message = format!("`{key}` does not use `{{{name}}}` ({what}); add it");
        reports.error(value.span(), message);
    }
    templates
}

fn variables(
    section: &mut Section<'_>,
    key: &'static str,
    reports: &mut Reports<'_>,
) -> Vec<(String, Template)> {
    let pairs = section.string_map(reports, key);
    section.limit(key, Limit::NamesFit(VARIABLE.pattern));
    let mut variables = Vec::new();
    for (name, value) in pairs {
        let name = checked_name(name, &VARIABLE, reports);
        variables.extend(template(value, None, reports).map(|value| (name, value)));
    }
    variables
}

fn regex(text: &Spanned<String>, reports: &mut Reports<'_>) -> Option<Expression> {
    let read = Expression::new(text.get_ref());
    read.map_err(|why| reports.error(text.span(), format!("no regular expression: {why}"))).ok()
}

fn command(
    section: &mut Section<'_>,
    made_for: &mut tracker::Uses,
    reports: &mut Reports<'_>,
) -> Option<CommandRule> {
    let program = section.required(reports, "program");
    let program = program.and_then(|text| template(text, None, reports));
    let args = templates(section, "args", None, reports);
    let rules = [("ask", CwdRule::Ask), ("inherit", CwdRule::Inherit)];
    let cwd = section.choice(reports, "cwd", &rules).unwrap_or_default();
    let prompt_args = templates_with(section, "prompt_args", Placeholder::Prompt, reports);
    let model_args = templates_with(section, "model_args", Placeholder::Model, reports);
    let run_args = templates_with(section, "run_args", Placeholder::Prompt, reports);
    let mut unset_env = Vec::new();
    for name in section.strings(reports, "unset_env").unwrap_or_default() {
        let stem = name.get_ref().strip_suffix('*').unwrap_or(name.get_ref()).to_string();
        let starred = stem.len() < name.get_ref().len();
        checked_name(Spanned::new(name.span(), stem), &VARIABLE, reports);
        let star = if starred { "*" } else { "" };
        unset_env.push(format!("{}{star}", name.get_ref().trim_end_matches('*')));
    }
    let env = variables(section, "env", reports);
    let toggles = toggles(section, made_for, reports);
    let fields = fields(section, reports);
    Some(CommandRule {
        program: program?,
        args,
        cwd,
        prompt_args,
        model_args,
        run_args,
        unset_env,
        env,
        toggles,
        fields,
    })
}

/// Entries for a toggle that the type does not have would never be made.
fn check_toggles(
    used: &[(String, std::ops::Range<usize>)],
    toggles: &[Toggle],
    reports: &mut Reports<'_>,
) {
    for (name, span) in used {
        if toggles.iter().all(|toggle| toggle.name != *name) {
            let name: String = name.chars().take(40).collect();
            let message = format!("there is no toggle {name:?}; add a [[command.toggle]] for it");
            reports.error(span.clone(), message);
        }
    }
}

/// What the form calls something; without a label its name.
fn label(section: &mut Section<'_>, name: &str, reports: &mut Reports<'_>) -> String {
    let label = shown(section, "label", reports).map(Spanned::into_inner);
    label.filter(|label| !label.is_empty()).unwrap_or_else(|| name.to_string())
}

fn toggles(
    command: &mut Section<'_>,
    made_for: &mut tracker::Uses,
    reports: &mut Reports<'_>,
) -> Vec<Toggle> {
    let mut names = Vec::new();
    let mut toggles = Vec::new();
    for mut section in command.sections(reports, "toggle") {
        if let Some(name) = required_name(&mut section, "name", &TYPE_NAME, reports) {
            names.push((name.get_ref().clone(), name.span()));
            let name = name.into_inner();
            let generation = section.filled(reports, "generation");
            made_for
                .generations
                .extend(generation.iter().map(|name| (name.get_ref().clone(), name.span())));
            toggles.push(Toggle {
                generation: generation.map(Spanned::into_inner),
                label: label(&mut section, &name, reports),
                name,
                args: templates(&mut section, "args", None, reports),
                env: variables(&mut section, "env", reports),
                tmux: section.boolean(reports, "tmux").unwrap_or(false),
                default: section.boolean(reports, "default").unwrap_or(false),
            });
            section.finish(reports);
        }
    }
    unique(&names, "toggle", reports);
    toggles
}

fn fields(command: &mut Section<'_>, reports: &mut Reports<'_>) -> Vec<Field> {
    let mut names = Vec::new();
    let mut fields = Vec::new();
    for mut section in command.sections(reports, "field") {
        if let Some(name) = required_name(&mut section, "name", &TYPE_NAME, reports) {
            names.push((name.get_ref().clone(), name.span()));
            let name = name.into_inner();
            let default = shown(&mut section, "default", reports).map(Spanned::into_inner);
            fields.push(Field {
                label: label(&mut section, &name, reports),
                name,
                default: default.unwrap_or_default(),
                required: section.boolean(reports, "required").unwrap_or(false),
                words: section.boolean(reports, "words").unwrap_or(false),
                args: templates_with(&mut section, "args", Placeholder::Value, reports),
            });
            section.finish(reports);
        }
    }
    unique(&names, "field", reports);
    fields
}

#[cfg(test)]
mod tests;
