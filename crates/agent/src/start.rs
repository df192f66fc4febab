//! What a pane's program is started with: one value from whoever asks for a pane, through the
//! daemon's model and what is stored of it, to the plan of the start.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use schemars::JsonSchema;
use serde::{Deserialize, Deserializer, Serialize};

use crate::identity::SessionId;
use segno_base::text::path_text;

/// How a pane is asked for: what is needed to start its program, now and again.
///
/// As JSON it is part of `pane.new`, of `workspace.json` and of what the keeper notes of a pane, so
/// keys are only ever added.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct StartRequest {
    /// The pane type. Empty in a call: the one of the conversation, or the configured default.
    #[serde(rename = "type", deserialize_with = "text", skip_serializing_if = "String::is_empty")]
    #[schemars(with = "Option<String>")]
    pub type_name: String,
    /// What the pane is called.
    pub name: Option<String>,
    /// Where the program starts; later, where it is. Empty in a call: the daemon chooses.
    #[serde(
        serialize_with = "path_text::serialize",
        deserialize_with = "path",
        skip_serializing_if = "is_empty"
    )]
    #[schemars(with = "Option<PathBuf>")]
    pub cwd: PathBuf,
    /// Toggles that are on. `None`: those that the type has on by itself; an open pane has its own.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<Vec<String>>")]
    pub toggles: Option<BTreeSet<String>>,
    /// Form fields.
    pub fields: BTreeMap<String, String>,
    /// Arguments added to the program's.
    pub args: Vec<String>,
    /// Labels, free for the user.
    pub labels: BTreeMap<String, String>,
    /// The model to use.
    pub model: Option<String>,
    /// Which permissions new files of the program lack; `None`: as the client that attached last
    /// has it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub umask: Option<u32>,
}

/// Who leaves something out may also say so.
fn text<'de, D: Deserializer<'de>>(deserializer: D) -> Result<String, D::Error> {
    Ok(Option::deserialize(deserializer)?.unwrap_or_default())
}

fn path<'de, D: Deserializer<'de>>(deserializer: D) -> Result<PathBuf, D::Error> {
    Ok(path_text::optional::deserialize(deserializer)?.unwrap_or_default())
}

fn is_empty(path: &Path) -> bool {
    path.as_os_str().is_empty()
}

/// In which conversation a program starts.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Conversation {
    /// A new one.
    New,
    /// This one.
    Resume(SessionId),
    /// A new one, with what was said in this one.
    Fork(SessionId),
    /// The newest one, as the program sees it.
    ContinueLast,
}

/// How a program begins: decided anew at each start.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Beginning {
    /// In which conversation.
    pub conversation: Conversation,
    /// What the agent is asked at once.
    #[serde(default)]
    pub prompt: Option<String>,
}

impl From<Conversation> for Beginning {
    fn from(conversation: Conversation) -> Beginning {
        Beginning { conversation, prompt: None }
    }
}

/// Who says with which conversation a program starts.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[schemars(rename = "RestartWith")]
pub enum Start {
    /// What is recorded of the pane, by the same rules as after a reboot.
    #[default]
    Recorded,
    /// Nobody: a new one.
    Fresh,
    /// The agent: its last one in the directory.
    #[serde(rename = "continue")]
    ContinueLast,
    /// The user: this one.
    Session(SessionId),
    /// The user: a new one, with what was said in this one.
    Fork(SessionId),
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn what_is_left_out_is_not_said_and_null_says_nothing() {
        let request: StartRequest = serde_json::from_value(
            json!({"type": null, "cwd": null, "toggles": null, "name": null, "model": null}),
        )
        .unwrap();
        assert_eq!(request, StartRequest::default());
        let said = serde_json::to_value(&request).unwrap();
        for absent in ["type", "cwd", "toggles", "umask"] {
            assert_eq!(said.get(absent), None, "{absent}");
        }
    }

    #[test]
    fn what_is_stored_keeps_its_shape() {
        let stored = json!({
            "type": "a", "name": "n", "cwd": "/d", "toggles": ["t"], "fields": {"f": "1"},
            "args": ["x"], "labels": {"l": "2"}, "model": "m", "umask": 18,
        });
        let request: StartRequest = serde_json::from_value(stored.clone()).unwrap();
        assert_eq!(serde_json::to_value(&request).unwrap(), stored);
        // None on is something else than nothing said.
        let none: StartRequest = serde_json::from_value(json!({"toggles": []})).unwrap();
        assert_eq!(none.toggles, Some(BTreeSet::new()));
    }
}
