//! Where the user has logged in, and what is to go there.

mod found;
mod keep;
mod scope;
mod setting;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

pub use found::{Credentials, LocalRules, find};
pub use keep::Targets;
pub use scope::About;
pub use setting::SETTINGS;

/// A service that the user has logged in to.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Target {
    /// The user's name for it; the name of its file.
    #[serde(skip)]
    pub name: String,
    pub service: String,
    /// Its address, or the directory.
    pub url: String,
    /// Which of the service's generations answered.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub generation: Option<String>,
    /// A command that prints the key, instead of a stored one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub key_command: Option<String>,
    /// The format of its files.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub format: Option<String>,
    /// Conversations in which nothing was said since then stay here. Milliseconds since the Unix
    /// epoch.
    pub since: i64,
    #[serde(default)]
    pub contents: Contents,
    /// Also what models thought.
    #[serde(default)]
    pub reasoning: bool,
    /// What tools took and printed.
    #[serde(default = "yes")]
    pub tools: bool,
    #[serde(default)]
    pub deletions: Deletions,
    #[serde(default)]
    pub scope: Scope,
    /// Nothing is sent.
    #[serde(default)]
    pub paused: bool,
    /// Nothing of these directories is sent, and of what is below them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub paused_directories: Vec<String>,
    /// What was chosen at the login, by name.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub chosen: BTreeMap<String, String>,
}

fn yes() -> bool {
    true
}

/// How much of a conversation is sent.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Contents {
    #[default]
    All,
    /// What people said; with title and figures.
    Prompts,
    /// Title and figures.
    Titles,
}

/// Which deletions reach the target.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Deletions {
    /// What the user has had forgotten here.
    #[default]
    Forgotten,
    /// Also what its agent has deleted.
    All,
}

/// Which conversations are sent: an empty list lets all through.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Scope {
    pub agents: Vec<String>,
    pub exclude_agents: Vec<String>,
    pub projects: Vec<String>,
    pub exclude_projects: Vec<String>,
    pub directories: Vec<String>,
    pub exclude_directories: Vec<String>,
}

impl Target {
    /// With nothing chosen yet.
    pub fn new(name: &str, service: &str, url: &str, since: i64) -> Self {
        Self {
            name: name.into(),
            service: service.into(),
            url: url.into(),
            generation: None,
            key_command: None,
            format: None,
            since,
            contents: Contents::All,
            reasoning: false,
            tools: true,
            deletions: Deletions::Forgotten,
            scope: Scope::default(),
            paused: false,
            paused_directories: Vec::new(),
            chosen: BTreeMap::new(),
        }
    }
}
