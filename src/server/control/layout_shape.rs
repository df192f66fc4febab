//! The shape of a workspace as people keep it: the types of the TOML, and what is refused in it.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use segno_base::geometry::Axis;

#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::server) struct Shape {
    pub schema: u32,
    #[serde(default, rename = "tab")]
    pub tabs: Vec<TabShape>,
    /// What a project wants to run in its worktrees.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub worktree: Option<WorktreeShape>,
}

/// Command lines for `/bin/sh`.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::server) struct WorktreeShape {
    /// When one was made.
    pub setup: Option<String>,
    /// Before one goes.
    pub teardown: Option<String>,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::server) struct TabShape {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    pub root: Node,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub popup: Option<PaneShape>,
}

/// A pane, or a split of two or more.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(untagged)]
pub(in crate::server) enum Node {
    Split { split: Axis, children: Vec<Child> },
    Pane(PaneShape),
}

#[derive(Debug, Clone, Serialize, Deserialize)]
pub(in crate::server) struct Child {
    #[serde(default = "one")]
    pub weight: u32,
    #[serde(flatten)]
    pub node: Node,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
pub(in crate::server) struct PaneShape {
    #[serde(rename = "type")]
    pub type_name: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cwd: Option<PathBuf>,
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub toggles: BTreeSet<String>,
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub fields: BTreeMap<String, String>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub args: Vec<String>,
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub labels: BTreeMap<String, String>,
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
