//! Templates of prompts: the user's files, and those of the project that the command runs in.

use std::collections::BTreeMap;

use serde_json::json;

use crate::environment::Environment;
use crate::error::{CliError, NOT_FOUND};
use crate::print;
use crate::show::table::{Paint, Table, Tone};
use crate::{run, show};
use segno_base::text::template::{Template, fields, fill};
use segno_custom::prompt_templates;

const WHAT: &str = "cannot use the template";

/// The templates here; why others are missing is said.
fn all(env: &Environment) -> Vec<Template> {
    let (all, notes) = prompt_templates::all(&env.home, &env.cwd);
    notes.iter().for_each(|note| say(note));
    all
}

fn say(note: &str) {
    eprintln!("segno: {}", show::plain(note));
}

/// The text of a template with its fields filled in.
pub fn filled(
    env: &Environment,
    name: &str,
    values: &[(String, String)],
) -> Result<String, CliError> {
    let (all, notes) = prompt_templates::all(&env.home, &env.cwd);
    let found = all.iter().find(|template| template.name == name);
    // The project's could be meant; what is wrong with others is for the list.
    if found.is_none_or(|template| !template.of_project) {
        let own = env.home.prompts_dir();
        let own = own.to_string_lossy();
        let of_others = |note: &str| found.is_some() && note.contains(own.as_ref());
        notes.iter().filter(|note| !of_others(note)).for_each(|note| say(note));
    }
    let found = found.ok_or_else(|| {
        CliError::new(WHAT, format!("there is no template {name:?}"))
            .coded(NOT_FOUND)
            .todo("`segno prompt --list-templates` lists them")
    })?;
    let mut given = BTreeMap::new();
    for (field, value) in values {
        if given.insert(field.clone(), value.clone()).is_some() {
            let why = format!("{name}: the field {field:?} is given twice");
            return Err(CliError::usage(WHAT, why));
        }
    }
    fill(found.text.trim_end(), &given).map_err(|error| {
        let names = fields(&found.text).join(", ");
        let todo = match names.is_empty() {
            true => "it has no fields".to_string(),
            false => format!("give each with --field NAME=TEXT: {names}"),
        };
        CliError::usage(WHAT, format!("{name}: {error}")).todo(todo)
    })
}

/// `prompt --list-templates`
pub fn list(env: &Environment, as_json: bool) -> Result<(), CliError> {
    let all = all(env);
    if as_json {
        let templates = all.iter().map(|template| {
            let file = env.home.prompts_dir().join(format!("{}.md", template.name));
            json!({
                "name": template.name, "fields": fields(&template.text), "text": template.text,
                "file": (!template.of_project).then_some(file),
            })
        });
        return print::line(&show::json("templates", &templates.collect::<Vec<_>>()));
    }
    if all.is_empty() {
        let directory = env.home.prompts_dir();
        return print::line(&format!("no templates; put one into {}/NAME.md", directory.display()));
    }
    let mut table = Table::new(&["NAME", "FIELDS", "FROM", "TEXT"]);
    for template in &all {
        let from = if template.of_project { "project" } else { "you" };
        let text = template.text.trim_start().lines().next().unwrap_or_default();
        table.row(vec![
            (Tone::Strong, template.name.clone()),
            (Tone::Plain, fields(&template.text).join(", ")),
            (Tone::Faint, from.to_string()),
            (Tone::Plain, text.chars().take(60).collect()),
        ]);
    }
    let paint: Paint = run::paint(env);
    print::line(&table.render(paint))
}
