//! `sessions`.

use super::ago;
use super::table::{Paint, Table, Tone};
use crate::agent::identity::TimelineEntry;
use crate::wire::control::pane::SessionList;

/// For people; newest last.
pub fn list(sessions: &SessionList, now: u64, paint: Paint) -> String {
    if sessions.sessions.is_empty() {
        return "none recorded; `segno status PANE --explain` says why\n".into();
    }
    let mut table = Table::new(&["SESSION", "FROM", "TO", "WHY", "TITLE"]);
    let back = |at| match ago(at, now).as_str() {
        "now" => "just now".to_string(),
        time => format!("{time} ago"),
    };
    for entry in &sessions.sessions {
        let session = match &entry.session {
            Some(id) => (Tone::Strong, id.to_string()),
            None => (Tone::Faint, "(new)".into()),
        };
        let (tone, to) = match entry.to {
            Some(to) => (Tone::Faint, back(to)),
            None => (Tone::Good, "current".into()),
        };
        table.row(vec![
            session,
            (Tone::Faint, back(entry.from)),
            (tone, to),
            (Tone::Plain, reason(entry)),
            (Tone::Plain, entry.title.clone().unwrap_or_default()),
        ]);
    }
    table.render(paint)
}

/// For programs.
pub fn list_json(sessions: &SessionList) -> String {
    super::json("sessions", &sessions.sessions)
}

/// The reason as JSON names it.
fn reason(entry: &TimelineEntry) -> String {
    match serde_json::to_value(entry.reason) {
        Ok(serde_json::Value::String(name)) => name,
        _ => String::new(),
    }
}
