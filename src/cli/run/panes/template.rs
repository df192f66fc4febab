//! Templates of prompts: the user's files, and those of the project that the command runs in.

use std::collections::BTreeMap;
use std::path::PathBuf;

use serde_json::json;

use crate::cli::environment::Environment;
use crate::cli::error::{CliError, NOT_FOUND};
use crate::cli::print;
use crate::cli::show::table::{Paint, Table, Tone};
use crate::cli::{run, show};
use crate::server::prompt_templates;
use segno_base::text::template::{fields, fill};
use segno_store::file::user_file;

const WHAT: &str = "cannot use the template";
/// The largest template, in bytes.
const SIZE_MAX: u64 = 1 << 20;

struct Template {
    name: String,
    /// Where it stands; none: in the project.
    file: Option<PathBuf>,
    text: String,
}

/// The project's, then those of the user that have other names.
fn all(env: &Environment) -> Vec<Template> {
    let project = prompt_templates::trusted(&env.home, &env.cwd).unwrap_or_else(|why| {
        eprintln!("segno: {}", show::plain(&why));
        BTreeMap::new()
    });
    let mut all: Vec<Template> =
        project.into_iter().map(|(name, text)| Template { name, file: None, text }).collect();
    for file in env.home.prompt_files() {
        let name = file.file_stem().and_then(|name| name.to_str()).unwrap_or_default().to_string();
        let taken = all.iter().any(|template| template.name == name);
        if name.starts_with('.') || taken {
            continue;
        }
        match user_file::read(&file, SIZE_MAX) {
            Ok(Some(text)) => all.push(Template { name, file: Some(file), text }),
            Ok(None) => {}
            Err(error) => eprintln!("segno: {}: {error}", file.display()),
        }
    }
    all
}

/// The text of a template with its fields filled in.
pub fn filled(
    env: &Environment,
    name: &str,
    values: &[(String, String)],
) -> Result<String, CliError> {
    let all = all(env);
    let found = all.iter().find(|template| template.name == name).ok_or_else(|| {
        CliError::new(WHAT, format!("there is no template {name:?}"))
            .coded(NOT_FOUND)
            .todo("`segno prompt --list-templates` lists them")
    })?;
    let values: BTreeMap<_, _> = values.iter().cloned().collect();
    fill(found.text.trim_end(), &values).map_err(|error| {
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
            json!({
                "name": template.name, "fields": fields(&template.text), "text": template.text,
                "file": template.file,
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
        let from = if template.file.is_some() { "you" } else { "project" };
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
