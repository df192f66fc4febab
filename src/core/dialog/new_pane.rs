//! The dialog that asks for a new pane: type, directory, toggles, fields, conversation.

use std::collections::{BTreeMap, BTreeSet};

use crate::agent::identity::SessionId;
use crate::base::geometry::Direction;

use super::text_field::TextField;

/// Where the new pane goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Placement {
    Tab,
    Split(Direction),
}

/// A pane type as the dialog offers it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TypeChoice {
    pub name: String,
    pub title: String,
    /// `agent`, `shell` or `tool`: the list's groups, in this order.
    pub kind: String,
    /// Shown when the program is missing.
    pub homepage: Option<String>,
    pub available: bool,
    /// Whether the dialog asks for a directory.
    pub asks_cwd: bool,
    /// Name and label.
    pub toggles: Vec<(String, String)>,
    /// Name, label and default.
    pub fields: Vec<(String, String, String)>,
    /// Whether it has conversations to choose from.
    pub conversations: bool,
}

/// A conversation recorded for the directory.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConversationChoice {
    pub session: SessionId,
    pub title: Option<String>,
    /// Milliseconds since the Unix epoch.
    pub last_seen: u64,
    /// Open in another pane, so it cannot be chosen.
    pub open_in: Option<crate::base::ids::PaneId>,
}

/// What the cursor is on, top to bottom.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Row {
    Placement,
    Directory,
    Toggle(usize),
    Field(usize),
    /// 0 is "a new conversation", n the n-th recorded one.
    Conversation(usize),
    Start,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewPaneDialog {
    pub placement: Placement,
    /// Sorted by kind; never empty (there is always a shell).
    pub types: Vec<TypeChoice>,
    pub selected: usize,
    /// `None` while the type is being chosen, then the row of the form below it.
    pub row: Option<Row>,
    pub directory: TextField,
    /// What the directory may be completed to.
    pub completions: Vec<String>,
    pub toggles: BTreeSet<String>,
    pub fields: BTreeMap<String, TextField>,
    pub conversations: Vec<ConversationChoice>,
    /// 0: a new conversation; n: the n-th recorded one.
    pub conversation: usize,
    pub error: Option<String>,
}
