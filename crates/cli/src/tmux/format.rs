//! tmux's formats: `#{pane_id}` within a text. What is not known is empty, as in tmux.

use segno_base::ids::{PaneId, TabId};
use segno_wire::control::panes::pane_info::PaneInfo;

/// The name of the only session.
pub(super) const SESSION: &str = "segno";

/// The id that tmux would give a pane.
pub(super) fn pane_id(id: PaneId) -> String {
    format!("%{}", id.number())
}

/// The id that tmux would give a tab.
pub(super) fn window_id(id: TabId) -> String {
    format!("@{}", id.number())
}

/// Fills in a format for a pane; `place` is its place within its tab, from 0.
pub(super) fn fill(format: &str, pane: &PaneInfo, place: usize) -> String {
    let mut filled = String::new();
    let mut rest = format;
    while let Some(at) = rest.find('#') {
        filled.push_str(&rest[..at]);
        let after = &rest[at + 1..];
        rest = match after.strip_prefix('{').and_then(|inner| inner.split_once('}')) {
            Some((name, rest)) => {
                filled.push_str(&value(name, pane, place));
                rest
            }
            None => {
                filled.push('#');
                after
            }
        };
    }
    filled + rest
}

fn value(name: &str, pane: &PaneInfo, place: usize) -> String {
    match name {
        "pane_id" => pane_id(pane.id),
        "pane_index" => place.to_string(),
        "pane_title" => pane.name.clone().unwrap_or_else(|| pane.title.clone()),
        "pane_current_path" => pane.cwd.display().to_string(),
        "pane_pid" => pane.pid.map(|pid| pid.to_string()).unwrap_or_default(),
        "pane_dead" => i32::from(pane.pid.is_none()).to_string(),
        "pane_active" => i32::from(pane.focused).to_string(),
        "window_id" => window_id(pane.tab.id),
        "window_index" => pane.tab.index.to_string(),
        "window_name" => pane.tab.name.clone(),
        "session_id" => "$0".to_string(),
        "session_name" => SESSION.to_string(),
        _ => String::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn what_is_known_is_filled_in() {
        let pane = json!({"id": "p7", "tab": {"id": "t2", "name": "x", "index": 1}});
        let pane: PaneInfo = serde_json::from_value(pane).unwrap();
        let filled = |format| fill(format, &pane, 1);
        assert_eq!(filled("#{session_name}:#{window_id}.#{pane_id}"), "segno:@2.%7");
        assert_eq!(filled("# #{no_such} #{pane_index}#{"), "#  1#{");
    }
}
