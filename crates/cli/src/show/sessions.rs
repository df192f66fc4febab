//! `sessions`.

use super::ago;
use super::table::{Paint, Table, Tone};
use segno_agent::identity::TimelineEntry;
use segno_wire::control::conversation::{ConversationList, SessionList};

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

/// Past conversations, for people.
pub fn conversations(list: &ConversationList, now: u64, paint: Paint) -> String {
    if list.conversations.is_empty() {
        return "No conversations in this directory\n".into();
    }
    let mut table = Table::new(&["SESSION", "TYPE", "LAST", "OPEN IN", "TITLE", "LAST PROMPT"]);
    for known in &list.conversations {
        let title = known.summary.label().map(str::to_owned);
        table.row(vec![
            (Tone::Strong, known.session.to_string()),
            (Tone::Plain, known.type_name.clone()),
            (Tone::Faint, ago(known.last_seen, now)),
            (Tone::Warn, known.open_in.map_or(String::new(), |pane| pane.to_string())),
            (Tone::Plain, title.unwrap_or_default()),
            (Tone::Faint, known.summary.last_prompt.clone().unwrap_or_default()),
        ]);
    }
    table.render(paint)
}

/// Past conversations, for programs.
pub fn conversations_json(list: &ConversationList) -> String {
    let conversations = serde_json::to_value(&list.conversations).unwrap_or_default();
    let left_out = serde_json::to_value(&list.left_out).unwrap_or_default();
    super::json_parts([("conversations", conversations), ("left_out", left_out)])
}

/// The reason as JSON names it.
fn reason(entry: &TimelineEntry) -> String {
    match serde_json::to_value(entry.reason) {
        Ok(serde_json::Value::String(name)) => name,
        _ => String::new(),
    }
}
