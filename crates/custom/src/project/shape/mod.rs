//! The shape of a workspace as people keep it: the types of the TOML, and what is refused in it.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use segno_base::screen::geometry::Axis;

#[derive(Debug, Clone, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Shape {
    /// The version of this format: 1.
    #[cfg_attr(test, schemars(range(min = 1, max = 1)))]
    pub schema: u32,
    /// The tabs, in their order.
    #[serde(default, rename = "tab")]
    pub tabs: Vec<TabShape>,
    /// What a project wants to run in its worktrees.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub worktree: Option<WorktreeShape>,
    /// A project's templates of prompts, by name; `{{field}}` is filled in.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub prompts: BTreeMap<String, String>,
    /// Which of its conversations stay on this machine.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sync: Option<SyncShape>,
}

/// Conversations that are not sent where the user has logged in.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct SyncShape {
    /// All of them, or those to these targets.
    pub exclude: Exclude,
}

/// Of what the conversations stay here.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(untagged)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub enum Exclude {
    All(bool),
    Targets(Vec<String>),
}

/// Command lines for `/bin/sh`.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct WorktreeShape {
    /// When one was made.
    pub setup: Option<String>,
    /// Before one is merged; if it fails, nothing is merged.
    pub pre_merge: Option<String>,
    /// Before one goes.
    pub teardown: Option<String>,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct TabShape {
    /// What it is called; without one, after its panes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// A pane, or a split.
    pub root: Node,
    /// The pane of its popup.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub popup: Option<PaneShape>,
}

/// A pane, or a split of two or more.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(untagged)]
pub enum Node {
    Split {
        /// How the children lie: beside each other, or one below the other.
        #[cfg_attr(test, schemars(schema_with = "schema_tests::axis"))]
        split: Axis,
        /// Two or more.
        children: Vec<Child>,
    },
    Pane(PaneShape),
}

#[derive(Debug, Clone, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Child {
    /// Its part of the room beside the others' weights.
    #[serde(default = "one")]
    pub weight: u32,
    #[serde(flatten)]
    pub node: Node,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct PaneShape {
    /// The name of a pane type.
    #[serde(rename = "type")]
    pub type_name: String,
    /// What it is called.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// Where its program starts; in a project relative to its root, and inside of it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cwd: Option<PathBuf>,
    /// The switches of its type that are on.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub toggles: BTreeSet<String>,
    /// The texts of its type's fields.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub fields: BTreeMap<String, String>,
    /// Arguments besides those of the type.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub args: Vec<String>,
    /// Labels for scripts.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub labels: BTreeMap<String, String>,
    /// The model that an agent starts with.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub model: Option<String>,
}

fn one() -> u32 {
    1
}

impl Shape {
    pub fn parse(text: &str) -> Result<Shape, String> {
        let shape: Shape = toml::from_str(text).map_err(|e| e.to_string())?;
        match shape.schema {
            1 => Ok(shape),
            other => Err(format!("schema {other} is not known, 1 is")),
        }
    }

    /// Every pane in it.
    pub fn panes_mut(&mut self) -> Vec<&mut PaneShape> {
        fn collect<'a>(node: &'a mut Node, into: &mut Vec<&'a mut PaneShape>) {
            match node {
                Node::Pane(pane) => into.push(pane),
                Node::Split { children, .. } => {
                    children.iter_mut().for_each(|child| collect(&mut child.node, into));
                }
            }
        }
        let mut panes = Vec::new();
        for tab in &mut self.tabs {
            collect(&mut tab.root, &mut panes);
            panes.extend(&mut tab.popup);
        }
        panes
    }
}

#[cfg(test)]
mod schema_tests;
