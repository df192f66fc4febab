//! The colours that a pane may be given.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::text::diagnostic::closest;

/// A colour by name. Which colour that is the theme decides, so that it fits all others.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Tint {
    Red,
    Yellow,
    Green,
    Cyan,
    Blue,
    Violet,
}

impl Tint {
    pub const ALL: [Tint; 6] =
        [Tint::Red, Tint::Yellow, Tint::Green, Tint::Cyan, Tint::Blue, Tint::Violet];

    pub fn name(self) -> &'static str {
        match self {
            Tint::Red => "red",
            Tint::Yellow => "yellow",
            Tint::Green => "green",
            Tint::Cyan => "cyan",
            Tint::Blue => "blue",
            Tint::Violet => "violet",
        }
    }
}

impl fmt::Display for Tint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// A text that names no colour.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{name:?} is no colour for a pane; use {}", offer(.name))]
pub struct UnknownTint {
    name: String,
}

fn offer(name: &str) -> String {
    let names = Tint::ALL.map(Tint::name);
    match closest(name, names) {
        Some(meant) => meant.to_string(),
        None => format!("{} or none", names.join(", ")),
    }
}

impl FromStr for Tint {
    type Err = UnknownTint;

    fn from_str(text: &str) -> Result<Tint, UnknownTint> {
        Tint::ALL
            .into_iter()
            .find(|tint| tint.name() == text)
            .ok_or_else(|| UnknownTint { name: text.chars().take(40).collect() })
    }
}
