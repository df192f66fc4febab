//! `projects`.

use super::plain;
use super::table::{Paint, Table, Tone};
use segno_wire::control::project::{ProjectInfo, ProjectList};

/// `projects` for people.
pub fn list(projects: &ProjectList, paint: Paint) -> String {
    if projects.projects.is_empty() {
        return "no projects; `segno project open` opens one\n".into();
    }
    let mut table = Table::new(&["PROJECT", "TABS", "PANES", "STATE", "ROOT"]);
    for project in &projects.projects {
        let focus = if project.focused { "*" } else { "" };
        let root = project.root.as_ref().map(|root| root.display().to_string());
        let tone = match project {
            ProjectInfo { blocked: 1.., .. } => Tone::Warn,
            ProjectInfo { failed: 1.., .. } => Tone::Bad,
            _ => Tone::Plain,
        };
        table.row(vec![
            (Tone::Strong, format!("{}{focus}", plain(&project.name))),
            (Tone::Plain, project.tabs.len().to_string()),
            (Tone::Plain, project.panes.len().to_string()),
            (tone, state(project)),
            (Tone::Faint, root.unwrap_or_default()),
        ]);
    }
    table.render(paint)
}

/// `projects --json`.
pub fn list_json(projects: &ProjectList) -> String {
    super::json("projects", &projects.projects)
}

/// What its panes are doing, in words.
fn state(project: &ProjectInfo) -> String {
    let parts = [
        (project.blocked, "blocked"),
        (project.failed, "failed"),
        (project.finished, "finished"),
        (project.working, "working"),
        (project.pinned, "pinned"),
    ];
    let counts: Vec<_> =
        parts.iter().filter(|(n, _)| *n > 0).map(|(n, what)| format!("{n} {what}")).collect();
    counts.join(", ")
}
