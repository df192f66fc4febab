//! Methods on attached clients: `client.*`.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::attach::AttachParams;
use crate::control::panes::pane_info::TabInfo;
use segno_base::ids::PaneId;
use segno_base::text::plain_text::is_plain;
use segno_term::render::{Capabilities, ColorDepth};

/// The result of `client.list`.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct ClientList {
    /// In the order in which they came.
    pub clients: Vec<ClientInfo>,
}

/// One attached client.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
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
    /// Whether it reads that pane in copy mode.
    pub copying: bool,
    /// Whether it only looks.
    pub read_only: bool,
    /// Whether its size does not count where another client's does.
    pub ignore_size: bool,
    /// Whether it came over SSH.
    pub remote: bool,
    /// Its terminal.
    pub terminal: TerminalInfo,
}

/// What is known of a client's terminal: from its environment, then from its answers.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
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
    /// It distinguishes all keys (the kitty keyboard protocol).
    pub kitty_keyboard: bool,
    /// It shows whole frames (mode 2026).
    pub synchronized_output: bool,
    /// OSC 8.
    pub hyperlinks: bool,
    /// Curly, dotted and coloured underlines.
    pub underline_styles: bool,
    /// It reports when its window gets and loses the focus (mode 1004); unknown until it answers.
    pub focus_events: Option<bool>,
    /// It draws emoji sequences as one character of two columns; unknown until it answers.
    pub grapheme_clusters: Option<bool>,
    /// It draws characters that are narrow or wide by custom two columns wide; unknown until it
    /// answers.
    pub wide_ambiguous: Option<bool>,
    /// Whether its user's language settings are UTF-8; unknown where they are not set.
    pub utf8: Option<bool>,
}

impl TerminalInfo {
    /// What a client's environment and its terminal's answers say.
    pub fn new(params: &AttachParams, caps: &Capabilities) -> TerminalInfo {
        let variable = |name: &str| params.env.get(name).filter(|value| !value.is_empty());
        let language = ["LC_ALL", "LC_CTYPE", "LANG"].into_iter().find_map(variable);
        let version = variable("TERM_PROGRAM_VERSION").map(|v| format!(" {v}"));
        let named = variable("TERM_PROGRAM")
            .map(|name| format!("{name}{}", version.unwrap_or_default()))
            .or_else(|| variable("VTE_VERSION").map(|v| format!("VTE {v}")));
        TerminalInfo {
            term: shown(&params.term),
            program: caps.version.clone().or(named).as_deref().map(shown),
            answers: caps.answers,
            colors: match caps.color {
                ColorDepth::Ansi => "16",
                ColorDepth::Palette => "256",
                ColorDepth::True => "true",
            }
            .to_string(),
            kitty_keyboard: caps.kitty_keyboard,
            synchronized_output: caps.synchronized_output,
            hyperlinks: caps.hyperlinks,
            underline_styles: caps.underline_styles,
            focus_events: caps.focus_events,
            grapheme_clusters: caps.clusters.joins_emoji().or(caps.grapheme_clusters),
            wide_ambiguous: caps.wide_ambiguous,
            utf8: language.map(|language| {
                let language = language.to_ascii_lowercase();
                language.contains("utf-8") || language.contains("utf8")
            }),
        }
    }
}

/// A text of a client's environment: one line of bounded length.
fn shown(text: &str) -> String {
    text.chars().filter(|c| is_plain(*c)).take(100).collect()
}

/// `client.detach`.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct DetachClient {
    /// Which one; left out: the only one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub client: Option<String>,
    /// All of them.
    pub all: bool,
}

/// The result of `client.detach`.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct Detached {
    /// Those that were detached.
    pub clients: Vec<String>,
}
