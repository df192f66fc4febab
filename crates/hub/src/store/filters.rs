//! A query's filters as SQL over what the hub stores, by the rules of the local archive.

use crate::database::{Dialect, Value};
use segno_archive::query::Filters;

/// What everything is.
pub const ALL: &str = "1 = 1";

/// Values of numbered parameters.
#[derive(Debug, Default)]
pub struct Values(pub Vec<Value>);

impl Values {
    /// Adds a value; its parameter.
    pub fn bind(&mut self, value: impl Into<Value>) -> String {
        self.0.push(value.into());
        format!("${}", self.0.len())
    }
}

/// What of conversations `c` a person sees: their own, and what was shared with a team of theirs.
pub fn visible(person: &str) -> String {
    format!(
        "(c.person = {person} OR EXISTS (SELECT 1 FROM shared s JOIN member m ON m.team = s.team
         WHERE s.conversation = c.id AND m.person = {person}))"
    )
}

/// What a conversation `c` must be.
pub fn conversation(filters: &Filters, dialect: Dialect, values: &mut Values) -> String {
    let mut clauses = Vec::new();
    let mut one_of = |all: &[String], values: &mut Values, clause: &dyn Fn(&str) -> String| {
        if !all.is_empty() {
            let any: Vec<String> = all.iter().map(|it| clause(&values.bind(it.as_str()))).collect();
            clauses.push(format!("({})", any.join(" OR ")));
        }
    };
    let text = |it: &str| format!("CAST({it} AS TEXT)");
    let lower = |it: &str| dialect.lower(&text(it));
    one_of(&filters.agent, values, &|it| format!("{} = {}", dialect.lower("c.agent"), lower(it)));
    one_of(&filters.project, values, &|it| {
        let directory = dialect.lower("c.directory");
        // The last part of the directory.
        let end = format!("'/' || {}", lower(it));
        format!(
            "(substr({directory}, length({directory}) - length({0})) = {end} OR {1} = {2})",
            text(it),
            dialect.lower("c.project"),
            lower(it)
        )
    });
    one_of(&filters.branch, values, &|it| format!("c.branch = {it}"));
    if let Some(cwd) = &filters.cwd {
        let it = text(&values.bind(cwd.trim_end_matches('/')));
        clauses.push(format!(
            "(c.directory = {it} OR substr(c.directory, 1, length({it}) + 1) = {it} || '/')"
        ));
    }
    if let Some(model) = &filters.model {
        let it = lower(&values.bind(model.as_str()));
        let of = dialect.contains(&dialect.lower("c.model"), &it);
        let said = dialect.contains(&dialect.lower("a.name"), &it);
        clauses.push(format!(
            "({of} OR EXISTS (SELECT 1 FROM entry a WHERE a.conversation = c.id AND a.kind < 3
             AND {said}))"
        ));
    }
    if let Some(dollars) = filters.cost_above {
        clauses.push(format!("coalesce(c.cost, 0) > {}", values.bind(dollars)));
    }
    for none in &filters.none {
        clauses.extend(not(conversation(none, dialect, values)));
    }
    all(clauses)
}

/// What an entry `e` must be, whatever its conversation is.
pub fn entry(filters: &Filters, dialect: Dialect, values: &mut Values) -> String {
    let mut clauses = Vec::new();
    if !filters.role.is_empty() {
        let roles: Vec<String> = filters.role.iter().map(|r| r.number().to_string()).collect();
        clauses.push(format!("e.kind IN ({})", roles.join(", ")));
    }
    if !filters.tool.is_empty() {
        let lower = |it: String| dialect.lower(&format!("CAST({it} AS TEXT)"));
        let tools: Vec<String> =
            filters.tool.iter().map(|tool| lower(values.bind(tool.as_str()))).collect();
        clauses.push(format!(
            "e.kind = 3 AND {} IN ({})",
            dialect.lower("e.name"),
            tools.join(", ")
        ));
    }
    for file in &filters.file {
        let it = values.bind(file.trim_start_matches("./"));
        clauses.push(dialect.contains("e.files", &format!("CAST({it} AS TEXT)")));
    }
    if let Some(since) = filters.since {
        clauses.push(format!("e.time >= {}", values.bind(since)));
    }
    if let Some(until) = filters.until {
        clauses.push(format!("e.time < {}", values.bind(until)));
    }
    for none in &filters.none {
        clauses.extend(not(entry(none, dialect, values)));
    }
    all(clauses)
}

/// What is unknown is not that; what asks for nothing excludes nothing.
fn not(clause: String) -> Option<String> {
    (clause != ALL).then(|| format!("NOT coalesce(({clause}), FALSE)"))
}

fn all(clauses: Vec<String>) -> String {
    if clauses.is_empty() { ALL.into() } else { clauses.join(" AND ") }
}
