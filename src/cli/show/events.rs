//! `events`, for people.

use serde_json::Value;

use super::plain;
use segno_base::system::os;
use segno_wire::control::events::Event;

/// An event as a line.
pub fn line(event: &Event) -> String {
    let known = |key: &str| event.rest.get(key).and_then(Value::as_str).map(plain);
    let mut line = format!("{} {}  {}", event.seq, os::local_time(event.at), plain(&event.event));
    for key in ["pane", "type", "name", "session", "title", "detail"] {
        if let Some(value) = known(key).filter(|value| !value.is_empty()) {
            line.push_str("  ");
            line.push_str(&value);
        }
    }
    line
}
