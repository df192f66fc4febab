//! What git says of the directory that a pane is in.

use std::path::PathBuf;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The working tree that a pane is in.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct WorktreeInfo {
    /// Its root.
    #[serde(serialize_with = "crate::control::lossy::path")]
    pub path: PathBuf,
    /// Whether it is a worktree beside the repository's own.
    pub linked: bool,
    /// The branch; none when another commit is checked out.
    pub branch: Option<String>,
    /// What `ahead` and `behind` are relative to.
    pub base: Option<String>,
    /// Commits that the base does not have.
    pub ahead: u32,
    /// Commits that only the base has.
    pub behind: u32,
    /// Files that are not committed.
    pub changed: usize,
    /// Files that two sides have changed.
    pub conflicts: usize,
    /// What is under way, in words: a merge, a rebase.
    pub operations: Vec<String>,
    /// The branch's pull request.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub pull_request: Option<PullRequestInfo>,
    /// All of it in a few signs, for people.
    pub short: String,
    /// All but the branch in words, for people.
    pub words: String,
}

/// A pull request.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct PullRequestInfo {
    /// Its number.
    pub number: u64,
    /// In the forge's words: `open`, `merged`, `closed`.
    pub state: String,
    /// Its address.
    pub url: String,
}
