//! Waiting: `pane.wait` and `workspace.wait`.

use schemars::JsonSchema;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::control::panes::pane::PaneRef;
use crate::control::panes::pane_info::{Asks, ExitInfo, PaneState};
use segno_base::ids::PaneId;

/// What `pane.wait` waits for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum WaitFor {
    /// The agent has ended its turn, and waits for a prompt.
    Idle,
    /// The agent works, or has worked since it was prompted.
    Working,
    /// The agent waits for its user.
    Blocked,
    /// The agent's last turn ended in an error.
    Error,
    /// The program ended.
    Exited,
    /// Idle, blocked, error or exited: the agent will do nothing more by itself.
    Done,
    /// A line on the screen, or printed from now on, matches this regular expression.
    Output(String),
}

/// `pane.wait`. The answer comes when it is known; other calls on the connection go on meanwhile.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Wait {
    /// Which pane.
    #[serde(default)]
    pub pane: PaneRef,
    /// More panes.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub panes: Vec<PaneRef>,
    /// What for: one of these. One may stand alone, without a list.
    #[serde(rename = "for", deserialize_with = "one_or_more", serialize_with = "one_alone")]
    #[schemars(with = "OneOrMore")]
    pub wait_for: Vec<WaitFor>,
    /// Whether one of several panes is enough.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub any: bool,
    /// Left out: for ever.
    #[serde(default)]
    pub timeout_ms: Option<u64>,
}

/// One condition, or a list of them.
#[derive(Deserialize, JsonSchema)]
#[serde(untagged)]
enum OneOrMore {
    One(WaitFor),
    More(Vec<WaitFor>),
}

fn one_or_more<'de, D: Deserializer<'de>>(from: D) -> Result<Vec<WaitFor>, D::Error> {
    Ok(match OneOrMore::deserialize(from)? {
        OneOrMore::One(one) => vec![one],
        OneOrMore::More(more) => more,
    })
}

fn one_alone<S: Serializer>(wanted: &[WaitFor], to: S) -> Result<S::Ok, S::Error> {
    match wanted {
        [one] => one.serialize(to),
        more => more.serialize(to),
    }
}

/// How a wait ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum WaitEnd {
    /// What was waited for happened.
    Met,
    /// Time is up.
    Timeout,
    /// The program ended, so that it cannot happen any more.
    Exited,
    /// The pane was closed.
    Closed,
    /// The agent was prompted, and was not seen to begin.
    Unseen,
    /// A reason of a later version.
    #[default]
    #[serde(other)]
    Unknown,
}

/// The result of `pane.wait`; of several panes, that of the one that decided, with all of them.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct Waited {
    /// The pane.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub pane: Option<PaneId>,
    /// Whether it happened.
    pub met: bool,
    /// Why the wait ended.
    pub end: WaitEnd,
    /// The pane's state now.
    pub state: PaneState,
    /// The line that matched.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub line: Option<String>,
    /// How the program ended, if it did.
    pub exit: Option<ExitInfo>,
    /// What the agent waits for, or what the error said.
    pub detail: Option<String>,
    /// The question that the pane asks instead of showing its program.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub asks: Option<Asks>,
    /// Each pane, where several were waited for.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub panes: Vec<Waited>,
}

/// `workspace.wait`: the answer comes when the workspace is another than when `mark` was given out:
/// its tabs and panes, who is attached, and where they look.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct WaitChange {
    /// Left out: the answer comes at once.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub mark: Option<String>,
}

/// The result of `workspace.wait`.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct Changed {
    /// Stands for the workspace as it is now; any text.
    pub mark: String,
}
