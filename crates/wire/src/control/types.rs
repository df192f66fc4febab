//! Methods on pane types: `types.*`.

use std::path::PathBuf;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Something that is wrong or odd in a pane type's file.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct TypeProblem {
    /// The file, or empty for an embedded one.
    pub file: String,
    /// From 1; left out when the whole file is meant.
    pub line: Option<u32>,
    /// From 1.
    pub column: Option<u32>,
    /// Whether the type cannot be used because of it.
    pub error: bool,
    /// What is wrong and what to do.
    pub message: String,
}

/// One pane type.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct TypeInfo {
    /// What `--type` takes.
    pub name: String,
    /// What people read.
    pub title: String,
    /// `agent`, `shell` or `tool`.
    pub kind: String,
    /// The user's file; left out for an embedded one.
    #[serde(serialize_with = "crate::control::lossy::option")]
    pub file: Option<PathBuf>,
    /// The program it starts.
    pub program: String,
    /// Where that program was found; left out when it is missing.
    #[serde(serialize_with = "crate::control::lossy::option")]
    pub found: Option<PathBuf>,
    /// Where to get the program.
    pub homepage: Option<String>,
}

/// The result of `types.list` and `types.reload`.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct TypeList {
    /// In the order of the new-pane dialog.
    pub types: Vec<TypeInfo>,
    /// Of all files, those that were skipped included.
    pub problems: Vec<TypeProblem>,
}

/// `types.show`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ShowType {
    /// The pane type.
    pub name: String,
}

/// The result of `types.show`.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct TypeSource {
    /// The type.
    pub info: TypeInfo,
    /// The TOML text that is in force.
    pub toml: String,
}
