//! `notifications`.

use super::ago;
use super::table::{Paint, Table, Tone};
use segno_wire::control::notices::NoticeList;

/// For people; newest first.
pub fn list(list: &NoticeList, now: u64, paint: Paint) -> String {
    if list.notifications.is_empty() {
        return "no notifications\n".into();
    }
    let mut table = Table::new(&["NEW", "PANE", "WHEN", "KIND", "TEXT"]);
    for notice in &list.notifications {
        let tone = match notice.kind.as_str() {
            "blocked" | "warning" => Tone::Warn,
            "error" => Tone::Bad,
            "finished" => Tone::Good,
            _ => Tone::Plain,
        };
        let times = if notice.count > 1 { format!(" ×{}", notice.count) } else { String::new() };
        table.row(vec![
            (Tone::Warn, if notice.seen { "" } else { "•" }.into()),
            (Tone::Strong, format!("{} {}", notice.pane, notice.label)),
            (Tone::Faint, ago(notice.at, now)),
            (tone, notice.kind.clone()),
            (Tone::Plain, format!("{}{times}", notice.text)),
        ]);
    }
    table.render(paint)
}

/// For programs.
pub fn list_json(list: &NoticeList) -> String {
    super::json("notifications", &list.notifications)
}
