//! The `[conversations]` part of a pane type.

use toml::Spanned;

use super::mapping::{expressions, mapping, pointer};
use super::templates;
use crate::panetype::conversations::{Database, Listing, Printed, Query, Stored};
use segno_base::text::diagnostic::Reports;
use segno_config::reader::{Limit, Section};

pub(super) fn conversations(section: &mut Section<'_>, reports: &mut Reports<'_>) -> Listing {
    let stored = section.section(reports, "stored").map(|mut section| {
        let stored = stored(&mut section, reports);
        section.finish(reports);
        stored
    });
    let database = section.section(reports, "database").map(|mut section| {
        let database = database(&mut section, reports);
        section.finish(reports);
        database
    });
    let optional = stored.is_some() || database.is_some();
    Listing { printed: printed(section, optional, reports), stored, database }
}

fn database(section: &mut Section<'_>, reports: &mut Reports<'_>) -> Database {
    let files = templates(section, "files", None, reports);
    if section.lacks_items("files") {
        reports.error(section.span(), "`files` is missing; add files = [\"…\"]");
    }
    let mut queries = Vec::new();
    for mut entry in section.sections(reports, "query") {
        let tables = entry.strings(reports, "tables").unwrap_or_default();
        let sql = entry.required(reports, "sql");
        queries.extend(sql.map(|sql| Query {
            tables: tables.into_iter().map(Spanned::into_inner).collect(),
            sql: sql.into_inner(),
        }));
        entry.finish(reports);
    }
    if section.lacks_items("query") {
        let message = "a query is missing; add [[conversations.database.query]] with sql = \"…\"";
        reports.error(section.span(), message);
    }
    Database { files, queries }
}

fn printed(
    section: &mut Section<'_>,
    optional: bool,
    reports: &mut Reports<'_>,
) -> Option<Printed> {
    let args = section.strings(reports, "args");
    let list = pointer(section, "list", reports);
    let title = pointer(section, "title", reports);
    let first_prompt = pointer(section, "first_prompt", reports);
    let last_prompt = pointer(section, "last_prompt", reports);
    let directory = pointer(section, "directory", reports);
    let at = pointer(section, "at", reports);
    let others = [&list, &title, &first_prompt, &last_prompt, &directory, &at]
        .iter()
        .any(|key| key.is_some());
    if optional && !others && section.value("args").is_none() && section.value("session").is_none()
    {
        return None;
    }
    if section.value("args").is_none() {
        let message = "`conversations.args` is missing; add the arguments that make the program \
                       list its conversations as JSON";
        reports.error(section.span(), message);
    }
    if section.value("session").is_none() {
        let message = "`conversations.session` is missing; add session = \"…\"";
        reports.error(section.span(), message);
    }
    let session = pointer(section, "session", reports);
    let args: Vec<_> = args?.into_iter().filter(|arg| plain(arg, reports)).collect();
    Some(Printed {
        args: args.into_iter().map(Spanned::into_inner).collect(),
        list: list.unwrap_or_default(),
        session: session?,
        title,
        first_prompt,
        last_prompt,
        directory,
        at,
    })
}

fn stored(section: &mut Section<'_>, reports: &mut Reports<'_>) -> Stored {
    let files = templates(section, "files", None, reports);
    if section.lacks_items("files") {
        reports.error(section.span(), "`files` is missing; add files = [\"…\"]");
    }
    let formats = [("json", false), ("lines", true)];
    let lines = section.choice(reports, "format", &formats).unwrap_or(false);
    section.required(reports, "session");
    section.limit("session", Limit::Fits("^/"));
    Stored {
        files,
        lines,
        list: pointer(section, "list", reports),
        directory: pointer(section, "directory", reports),
        directory_sha256: pointer(section, "directory_sha256", reports),
        unless: expressions(section, "unless", reports),
        mapping: mapping(section, false, reports),
    }
}

fn plain(arg: &Spanned<String>, reports: &mut Reports<'_>) -> bool {
    let fine = !arg.get_ref().contains('\0');
    if !fine {
        reports.error(arg.span(), "an argument holds a character that no program can be given");
    }
    fine
}
