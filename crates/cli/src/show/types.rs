//! `types`.

use serde_json::json;

use super::plain;
use super::table::{Paint, Table, Tone};
use segno_wire::control::types::{TypeList, TypeProblem};

/// For people: the types whose programs are installed, then the rest, then what is wrong. Unless
/// all are wanted, those that are built in and not installed are folded into one line.
pub fn list(types: &TypeList, all: bool, paint: Paint) -> String {
    let mut table = Table::new(&["TYPE", "KIND", "TITLE", "PROGRAM", "FROM"]);
    let (installed, rest): (Vec<_>, Vec<_>) = types.types.iter().partition(|t| t.found.is_some());
    let (folded, rest): (Vec<_>, Vec<_>) = rest.into_iter().partition(|t| !all && t.file.is_none());
    for t in installed.into_iter().chain(rest) {
        let (tone, program) = match (&t.found, &t.homepage) {
            (Some(path), _) => (Tone::Plain, path.display().to_string()),
            (None, Some(home)) => (Tone::Warn, format!("{} is missing: {home}", t.program)),
            (None, None) => (Tone::Warn, format!("{} is missing", t.program)),
        };
        let from = t.file.as_ref().map_or_else(|| "built in".into(), |f| f.display().to_string());
        table.row(vec![
            (Tone::Strong, t.name.clone()),
            (Tone::Plain, t.kind.clone()),
            (Tone::Plain, t.title.clone()),
            (tone, program),
            (Tone::Faint, from),
        ]);
    }
    let mut out = table.render(paint);
    if !folded.is_empty() {
        let names: Vec<_> = folded.iter().map(|t| t.name.as_str()).collect();
        let line =
            format!("not installed: {} (more with `segno types ls --all`)", names.join(", "));
        out.push_str(&paint.paint(Tone::Faint, &plain(&line)));
        out.push('\n');
    }
    for diagnostic in &types.problems {
        let tone = if diagnostic.error { Tone::Bad } else { Tone::Warn };
        out.push_str(&paint.paint(tone, &problem(diagnostic)));
        out.push('\n');
    }
    out
}

/// For programs.
pub fn list_json(types: &TypeList) -> String {
    super::json_parts([("types", json!(types.types)), ("problems", json!(types.problems))])
}

/// As compilers print it.
pub fn problem(problem: &TypeProblem) -> String {
    let place = match (problem.line, problem.column) {
        (Some(line), Some(column)) => format!(":{line}:{column}"),
        (Some(line), None) => format!(":{line}"),
        _ => String::new(),
    };
    let severity = if problem.error { "error" } else { "warning" };
    let file = if problem.file.is_empty() { "built in" } else { &problem.file };
    plain(&format!("{file}{place}: {severity}: {}", problem.message))
}
