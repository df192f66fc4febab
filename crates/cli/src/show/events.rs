//! `events`, for people.

use serde_json::Value;

use super::plain;
use segno_base::system::os;
use segno_wire::control::events::Event;

/// An event as a line.
pub fn line(event: &Event) -> String {
    let known = |key: &str| event.rest.get(key).and_then(Value::as_str).map(plain);
    let at = os::local_time(event.at / 1000);
    let mut line = format!("{} {at}  {}", event.seq, plain(&event.event));
    for key in ["pane", "type", "name", "session", "title", "detail"] {
        if let Some(value) = known(key).filter(|value| !value.is_empty()) {
            line.push_str("  ");
            line.push_str(&value);
        }
    }
    line
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_event_says_when_it_was() {
        let at = 1_796_021_976_338;
        let rest = serde_json::Map::from_iter([("pane".to_string(), "p1".into())]);
        let line = line(&Event { seq: 7, event: "pane.opened".into(), at, rest });
        assert!(line.starts_with("7 2026-11-30 "), "{line}");
        assert!(line.ends_with("  pane.opened  p1"), "{line}");
    }
}
