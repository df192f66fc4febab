//! Identifiers of panes, tabs and clients, and the one rule for what a pane id looks like.
//!
//! Must not generate ids: the workspace model counts them.

use std::borrow::Cow;
use std::fmt;
use std::str::FromStr;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Serialize};

/// The regular expression every pane id matches, in a form that Rust and JavaScript read alike.
/// Trackers receive it by environment, so this is its only definition.
pub const PANE_ID_RULE: &str = "^p[1-9][0-9]{0,8}$";

/// A pane's id, `p1`, `p2`, …; never reused within a workspace.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct PaneId(u32);

/// A tab's id, `t1`, `t2`, …; never reused within a workspace.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct TabId(u32);

/// An attached client, numbered by the running daemon; not stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct ClientId(pub u32);

/// A text that is not an id of the wanted kind.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is not a valid id")]
pub struct InvalidId(pub String);

macro_rules! numbered {
    ($name:ident, $letter:literal, $description:literal) => {
        impl $name {
            /// The id with this number, which must be between 1 and 999,999,999.
            pub fn new(number: u32) -> Option<Self> {
                (1..=999_999_999).contains(&number).then_some(Self(number))
            }

            /// The number behind the letter.
            pub fn number(self) -> u32 {
                self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, concat!($letter, "{}"), self.0)
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                fmt::Display::fmt(self, f)
            }
        }

        impl FromStr for $name {
            type Err = InvalidId;

            fn from_str(text: &str) -> Result<Self, InvalidId> {
                let refused = || InvalidId(text.chars().take(64).collect());
                let digits = text.strip_prefix($letter).ok_or_else(refused)?;
                let plain = (1..=9).contains(&digits.len())
                    && digits.bytes().all(|b| b.is_ascii_digit())
                    && !digits.starts_with('0');
                if !plain {
                    return Err(refused());
                }
                digits.parse().map(Self).map_err(|_| refused())
            }
        }

        impl TryFrom<String> for $name {
            type Error = InvalidId;

            fn try_from(text: String) -> Result<Self, InvalidId> {
                text.parse()
            }
        }

        impl From<$name> for String {
            fn from(id: $name) -> String {
                id.to_string()
            }
        }

        impl JsonSchema for $name {
            fn schema_name() -> Cow<'static, str> {
                stringify!($name).into()
            }

            fn json_schema(_: &mut SchemaGenerator) -> Schema {
                json_schema!({
                    "description": $description,
                    "type": "string",
                    "pattern": concat!("^", $letter, "[1-9][0-9]{0,8}$"),
                })
            }
        }
    };
}

numbered!(PaneId, "p", "A pane's id, which no other pane ever gets.");
numbered!(TabId, "t", "A tab's id, which no other tab ever gets.");

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn hostile_texts_are_refused() {
        for text in [
            "",
            "p",
            "p0",
            "p01",
            "p1 ",
            " p1",
            "p-1",
            "P1",
            "t1",
            "p1\n",
            "p9999999999",
            "p1/../x",
            "--p1",
        ] {
            assert!(text.parse::<PaneId>().is_err(), "{text:?}");
        }
    }

    proptest! {
        #[test]
        fn the_rule_and_the_parser_agree(text in "p?[0-9]{0,11}[a-z\n]?") {
            let rule = regex::Regex::new(PANE_ID_RULE).unwrap();
            prop_assert_eq!(rule.is_match(&text), text.parse::<PaneId>().is_ok());
        }

        #[test]
        fn an_id_survives_its_text(number in 1u32..=999_999_999) {
            let id = PaneId::new(number).unwrap();
            prop_assert_eq!(id.to_string().parse::<PaneId>().unwrap(), id);
        }
    }
}
