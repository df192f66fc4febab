//! How a pane is named in a call: read once, where the call is.

use std::fmt;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Serialize};

use segno_base::ids::PaneId;
use segno_base::screen::geometry::Direction;

/// How a pane is named in a call: by its id, which no other pane ever gets; by its name, or by
/// `@focused`, `@waiting`, `@left`, `@right`, `@up` or `@down`, which mean another pane a moment
/// later.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "String", into = "String")]
pub enum PaneRef {
    /// `@focused`: the one that was looked at last.
    Focused,
    /// `@waiting`: the one whose agent has been waiting for its user first.
    Waiting,
    /// `@left`, `@right`, `@up`, `@down`: on that side of the focused one.
    Beside(Direction),
    /// Its id; where there is no such pane, one may be called so.
    Id(PaneId),
    /// Its name.
    Name(String),
}

const SIDES: [(&str, Direction); 4] = [
    ("@left", Direction::Left),
    ("@right", Direction::Right),
    ("@up", Direction::Up),
    ("@down", Direction::Down),
];

impl JsonSchema for PaneRef {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> std::borrow::Cow<'static, str> {
        "PaneRef".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": "string" })
    }
}

impl Default for PaneRef {
    /// No pane.
    fn default() -> PaneRef {
        PaneRef::Name(String::new())
    }
}

impl PaneRef {
    /// Whether it is no pane.
    pub fn is_none(&self) -> bool {
        matches!(self, PaneRef::Name(name) if name.is_empty())
    }
}

impl From<String> for PaneRef {
    fn from(text: String) -> PaneRef {
        match text.as_str() {
            "@focused" => return PaneRef::Focused,
            "@waiting" => return PaneRef::Waiting,
            _ => {}
        }
        if let Some((_, side)) = SIDES.iter().find(|(name, _)| *name == text) {
            return PaneRef::Beside(*side);
        }
        match text.parse() {
            Ok(id) => PaneRef::Id(id),
            Err(_) => PaneRef::Name(text),
        }
    }
}

impl From<&str> for PaneRef {
    fn from(text: &str) -> PaneRef {
        text.to_string().into()
    }
}

impl From<PaneId> for PaneRef {
    fn from(id: PaneId) -> PaneRef {
        PaneRef::Id(id)
    }
}

impl From<PaneRef> for String {
    fn from(pane: PaneRef) -> String {
        pane.to_string()
    }
}

impl fmt::Display for PaneRef {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            PaneRef::Focused => f.write_str("@focused"),
            PaneRef::Waiting => f.write_str("@waiting"),
            PaneRef::Beside(side) => {
                let named = SIDES.iter().find(|(_, other)| other == side);
                f.write_str(named.map_or("", |(name, _)| name))
            }
            PaneRef::Id(id) => id.fmt(f),
            PaneRef::Name(name) => f.write_str(name),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_written_is_what_is_sent() {
        for text in [
            "@focused", "@waiting", "@left", "@right", "@up", "@down", "p3", "p03", "@me", "",
            "a b",
        ] {
            let json = serde_json::to_value(PaneRef::from(text)).unwrap();
            assert_eq!(json, text);
            assert_eq!(serde_json::from_value::<PaneRef>(json).unwrap(), PaneRef::from(text));
        }
        assert_eq!(PaneRef::from("@up"), PaneRef::Beside(Direction::Up));
        assert_eq!(PaneRef::from("@upwards"), PaneRef::Name("@upwards".into()));
        assert!(matches!(PaneRef::from("p3"), PaneRef::Id(id) if id.number() == 3));
    }
}
