//! How results look: aligned tables for people, versioned JSON for programs. Pure functions from
//! typed results to texts; no clock, no terminal.

pub mod clients;
pub mod daemon;
pub mod doctor;
pub mod events;
pub mod history;
pub mod notices;
pub mod panes;
pub mod processes;
pub mod projects;
pub mod sessions;
pub mod table;
pub mod types;
pub mod usage;
pub mod worktree;

#[cfg(test)]
mod tests;

use serde::Serialize;
use serde_json::{Map, Value};

/// The version of all `--json` output. It grows only when a field changes its meaning or goes.
pub const JSON_VERSION: u32 = 1;

/// `1 item`, `2 items`.
pub fn counted(count: u64, what: &str) -> String {
    let end = if count == 1 { "" } else { "s" };
    format!("{count} {what}{end}")
}

/// `{"version":1,"<key>":…}`, with a newline.
pub fn json(key: &str, value: &impl Serialize) -> String {
    json_parts([(key, serde_json::to_value(value).unwrap_or_default())])
}

/// As [`json`], with several keys.
pub fn json_parts<K: Into<String>>(parts: impl IntoIterator<Item = (K, Value)>) -> String {
    let mut object = Map::new();
    object.insert("version".into(), JSON_VERSION.into());
    object.extend(parts.into_iter().map(|(key, value)| (key.into(), value)));
    format!("{:#}\n", Value::Object(object))
}

/// A text as it may be printed: one line, in which nothing steers the terminal.
pub use segno_base::text::plain_text::line as plain;

/// How long ago, in one unit: `now`, `42s`, `5m`, `3h`, `2d`.
pub fn ago(since: u64, now: u64) -> String {
    match now.saturating_sub(since) / 1000 {
        _ if since == 0 => "-".into(),
        0 => "now".into(),
        s @ 1..60 => format!("{s}s"),
        s @ 60..3600 => format!("{}m", s / 60),
        s @ 3600..86400 => format!("{}h", s / 3600),
        s => format!("{}d", s / 86400),
    }
}

/// A number of tokens: `950`, `12.3k`, `4.5M`.
pub fn tokens(n: u64) -> String {
    match n {
        0..1000 => n.to_string(),
        1000..1_000_000 => format!("{:.1}k", n as f64 / 1e3),
        _ => format!("{:.1}M", n as f64 / 1e6),
    }
}
