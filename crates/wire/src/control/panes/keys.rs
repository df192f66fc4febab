//! Methods on keys: `keys.*`.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The result of `keys.list`: every command, with the keys that are in force.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct KeyList {
    /// The prefix key.
    pub prefix: String,
    /// In the order of the help.
    pub keys: Vec<KeyInfo>,
}

/// A command and its keys.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct KeyInfo {
    /// The command's name.
    pub command: String,
    /// What it does.
    pub description: String,
    /// As they are pressed, such as `ctrl+b %`; none when no key runs it.
    pub keys: Vec<String>,
}
