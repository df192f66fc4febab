//! Methods on attached clients: `client.*`.

use serde::{Deserialize, Serialize};

use super::pane::TabInfo;
use crate::base::ids::PaneId;

/// The result of `client.list`.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct ClientList {
    /// In the order in which they came.
    pub clients: Vec<ClientInfo>,
}

/// One attached client.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct ClientInfo {
    /// Its name as long as it is attached to this daemon, such as `c1`.
    pub id: String,
    /// Its size in cells.
    pub cols: u16,
    pub rows: u16,
    /// When it came, in milliseconds since the Unix epoch.
    pub since: u64,
    /// The tab it looks at.
    pub tab: Option<TabInfo>,
    /// The pane that has its focus.
    pub pane: Option<PaneId>,
    /// Whether it only looks.
    pub read_only: bool,
    /// Whether it came over SSH.
    pub remote: bool,
    /// Its terminal.
    pub terminal: TerminalInfo,
}

/// What is known of a client's terminal: from its environment, then from its answers.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct TerminalInfo {
    /// `$TERM`.
    pub term: String,
    /// What it calls itself, if it does.
    pub program: Option<String>,
    /// Whether it answers questions; what it did not answer it does not have.
    pub answers: bool,
    /// `16`, `256` or `true`.
    pub colors: String,
    /// It tells all keys apart (the kitty keyboard protocol).
    pub kitty_keyboard: bool,
    /// It shows whole frames (mode 2026).
    pub synchronized_output: bool,
    /// OSC 8.
    pub hyperlinks: bool,
    /// Curly, dotted and coloured underlines.
    pub underline_styles: bool,
    /// It tells when its window gets and loses the focus (mode 1004); unknown until it answers.
    pub focus_events: Option<bool>,
    /// It can join emoji sequences (mode 2027); unknown until it answers.
    pub grapheme_clusters: Option<bool>,
    /// Whether its user's language settings are UTF-8; unknown where they are not set.
    pub utf8: Option<bool>,
}

/// `client.detach`.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct DetachClient {
    /// Which one; left out: the only one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub client: Option<String>,
    /// All of them.
    pub all: bool,
}

/// The result of `client.detach`.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Detached {
    /// Those that were detached.
    pub clients: Vec<String>,
}
