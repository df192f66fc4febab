//! Methods on panes: `pane.*` and `layout.*`.

use std::collections::BTreeMap;
use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use crate::agent::identity::{SessionId, TimelineEntry};
use crate::agent::status::Usage;
use crate::base::ids::{PaneId, TabId};
use crate::base::key::Key;
use crate::base::preset::Preset;

/// How a pane is named in a call: an id, a name, or `@focused`. The daemon resolves it.
pub type PaneRef = String;

/// Where a new pane goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Placement {
    /// A tab of its own.
    #[default]
    Tab,
    /// Right of the pane `of`.
    Right,
    /// Below the pane `of`.
    Down,
    /// Floating above the tab of the pane `of`.
    Popup,
}

/// `pane.new`.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct NewPane {
    /// The pane type; left out: the configured default.
    #[serde(rename = "type")]
    pub type_name: Option<String>,
    /// Where it goes.
    pub placement: Placement,
    /// The pane to split; left out: the focused one.
    pub of: Option<PaneRef>,
    /// Absolute; left out: what the type says.
    pub cwd: Option<PathBuf>,
    /// The pane's name.
    pub name: Option<String>,
    /// Toggles that are on. Replaces the type's defaults when given.
    pub toggles: Option<Vec<String>>,
    /// Form fields.
    pub fields: BTreeMap<String, String>,
    /// Labels, free for the user.
    pub labels: BTreeMap<String, String>,
    /// What to ask the agent at once.
    pub prompt: Option<String>,
    /// The model to use.
    pub model: Option<String>,
    /// The conversation to resume.
    pub session: Option<SessionId>,
    /// Arguments added to the program's.
    pub args: Vec<String>,
    /// Whether the focus stays where it is; otherwise the new pane gets it.
    pub background: bool,
}

/// The result of `pane.new`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Created {
    /// The new pane.
    pub pane: PaneId,
}

/// Parameters of the calls that need a pane and nothing else: `pane.focus`,
/// `pane.zoom`, `pane.sessions`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OnPane {
    /// Which pane.
    pub pane: PaneRef,
}

/// `pane.status`.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct StatusOf {
    /// Left out: the focused pane.
    pub pane: Option<PaneRef>,
}

/// What a pane is doing: the agent's activity, or its program's life where there is no agent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PaneState {
    /// Waits for its turn to start.
    Queued,
    /// The agent's program runs, nothing was heard of it yet.
    Starting,
    /// The agent works.
    Working,
    /// The agent waits for a permission or an answer.
    Blocked,
    /// The agent is done and waits for a prompt.
    Idle,
    /// The agent's last turn ended in an error.
    Error,
    /// The agent tries again by itself.
    Retrying,
    /// A program without a tracker runs.
    Running,
    /// The program ended.
    Exited,
    /// The program could not be started.
    Failed,
    /// A state of a later version.
    #[default]
    #[serde(other)]
    Unknown,
}

impl PaneState {
    /// The state's name, as in JSON.
    pub fn name(self) -> &'static str {
        match self {
            PaneState::Queued => "queued",
            PaneState::Starting => "starting",
            PaneState::Working => "working",
            PaneState::Blocked => "blocked",
            PaneState::Idle => "idle",
            PaneState::Error => "error",
            PaneState::Retrying => "retrying",
            PaneState::Running => "running",
            PaneState::Exited => "exited",
            PaneState::Failed => "failed",
            PaneState::Unknown => "unknown",
        }
    }
}

/// The tab a pane is on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TabInfo {
    /// The tab's id.
    pub id: TabId,
    /// As shown in the tab bar.
    #[serde(default)]
    pub name: String,
    /// Its place in the tab bar, from 1.
    #[serde(default)]
    pub index: usize,
}

/// How a program ended: a code or a signal; neither when nobody could take its status.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct ExitInfo {
    /// The exit code.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub code: Option<i32>,
    /// The signal that ended it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub signal: Option<i32>,
}

/// One pane in the result of `pane.list`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PaneInfo {
    /// The pane's id.
    pub id: PaneId,
    /// The pane type.
    #[serde(rename = "type", default)]
    pub type_name: String,
    /// The name its user gave it.
    #[serde(default)]
    pub name: Option<String>,
    /// The tab it is on.
    pub tab: TabInfo,
    /// Its working directory.
    #[serde(default, serialize_with = "super::lossy::path")]
    pub cwd: PathBuf,
    /// Its program's process id while that runs.
    #[serde(default)]
    pub pid: Option<i32>,
    /// What it is doing.
    #[serde(default)]
    pub state: PaneState,
    /// Since when, in milliseconds since the Unix epoch.
    #[serde(default)]
    pub since: u64,
    /// The conversation it shows.
    #[serde(default)]
    pub session: Option<SessionId>,
    /// How its program ended, if it did.
    #[serde(default)]
    pub exit: Option<ExitInfo>,
    /// Whether it is the focused pane of the active tab.
    #[serde(default)]
    pub focused: bool,
    /// Whether it floats above its tab.
    #[serde(default)]
    pub popup: bool,
    /// Its title, as its program set it.
    #[serde(default)]
    pub title: String,
    /// Its labels.
    #[serde(default)]
    pub labels: BTreeMap<String, String>,
    /// Whether it stands first in lists and is not closed by accident.
    #[serde(default)]
    pub pinned: bool,
    /// Whether nothing it does calls for attention.
    #[serde(default)]
    pub muted: bool,
    /// Whether it gets what is typed in the other panes that have this.
    #[serde(default)]
    pub broadcast: bool,
    /// The file that it is logged to.
    #[serde(default, serialize_with = "super::lossy::option")]
    pub log: Option<PathBuf>,
    /// The colour of its label and lines, by name.
    #[serde(default)]
    pub color: Option<String>,
}

/// The result of `pane.list`.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct PaneList {
    /// In the order of tabs, then of ids.
    pub panes: Vec<PaneInfo>,
}

/// The result of `pane.status`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct PaneStatus {
    /// What `pane.list` says.
    #[serde(flatten)]
    pub pane: PaneInfo,
    /// The conversation's title.
    #[serde(default)]
    pub session_title: Option<String>,
    /// What the agent waits for, or what the error said.
    #[serde(default)]
    pub detail: Option<String>,
    /// What the conversation has used; left out without a tracker.
    #[serde(default)]
    pub usage: Option<Usage>,
    /// What the user noted about it.
    #[serde(default)]
    pub note: String,
    /// What the user should know.
    #[serde(default)]
    pub notes: Vec<String>,
    /// How it came to this: where the state and the id come from, what was injected, what was
    /// left out and why. One fact per line.
    #[serde(default)]
    pub explain: Vec<String>,
}

/// `pane.send`: text typed into a pane, as a paste where the program asked for pastes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Send {
    /// Which pane.
    pub pane: PaneRef,
    /// Any text.
    pub text: String,
    /// Whether the enter key follows.
    #[serde(default)]
    pub enter: bool,
}

/// `pane.keys`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Keys {
    /// Which pane.
    pub pane: PaneRef,
    /// Pressed one after the other.
    pub keys: Vec<Key>,
}

/// How `pane.read` writes what is on a screen.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ReadFormat {
    /// Characters only, trailing blanks cut.
    #[default]
    Text,
    /// With colours and attributes as escape sequences.
    Ansi,
}

/// `pane.read`: the screen; with `lines` the last lines of scrollback and screen; with `all`
/// everything.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Read {
    /// Which pane.
    pub pane: PaneRef,
    /// How many lines from the end; left out: the screen.
    pub lines: Option<usize>,
    /// Scrollback and screen.
    pub all: bool,
    /// How to write it.
    pub format: ReadFormat,
}

/// The result of `pane.read`.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct ReadResult {
    /// Lines joined by newlines; soft-wrapped lines are joined.
    pub text: String,
    /// The screen's columns.
    pub cols: u16,
    /// The screen's rows.
    pub rows: u16,
    /// The cursor's column, from 0.
    pub cursor_x: u16,
    /// The cursor's row on the screen, from 0.
    pub cursor_y: u16,
    /// Whether the alternate screen is shown.
    pub alternate: bool,
}

/// What `pane.wait` waits for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum WaitFor {
    /// The agent is done.
    Idle,
    /// The agent works.
    Working,
    /// The agent waits for its user.
    Blocked,
    /// The program ended.
    Exited,
    /// A line on the screen, or printed from now on, matches this regular expression.
    Output(String),
}

/// `pane.wait`. The answer comes when it is known; other calls on the connection go on meanwhile.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Wait {
    /// Which pane.
    pub pane: PaneRef,
    /// What for.
    #[serde(rename = "for")]
    pub wait_for: WaitFor,
    /// Left out: for ever.
    #[serde(default)]
    pub timeout_ms: Option<u64>,
}

/// How a wait ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
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
    /// A reason of a later version.
    #[default]
    #[serde(other)]
    Unknown,
}

/// The result of `pane.wait`.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Waited {
    /// Whether it happened.
    pub met: bool,
    /// Why the wait ended.
    pub end: WaitEnd,
    /// The pane's state now.
    pub state: PaneState,
    /// The line that matched.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub line: Option<String>,
}

/// The result of `pane.sessions`.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct SessionList {
    /// Oldest first.
    pub sessions: Vec<TimelineEntry>,
}

/// With which conversation a pane restarts.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RestartWith {
    /// The recorded one, by the same rules as after a reboot.
    #[default]
    Recorded,
    /// A new one.
    Fresh,
    /// The agent's last one in the directory.
    Continue,
    /// This one.
    Session(SessionId),
}

/// `pane.restart`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Restart {
    /// Which pane.
    pub pane: PaneRef,
    /// With which conversation.
    #[serde(default)]
    pub with: RestartWith,
}

/// `pane.close`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Close {
    /// Which pane.
    pub pane: PaneRef,
    /// Also a pinned one.
    #[serde(default)]
    pub force: bool,
}

/// `pane.set`; what is left out stays as it is.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct SetPane {
    /// Which pane.
    pub pane: PaneRef,
    /// Stands first in lists and is not closed by accident.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub pinned: Option<bool>,
    /// Calls for nobody.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub muted: Option<bool>,
    /// Gets what is typed in the other panes that have this.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub broadcast: Option<bool>,
    /// A colour's name, or `none`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub color: Option<String>,
}

/// `pane.note`: reads the note, after replacing it by `text` where that is given.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct PaneNote {
    /// Which pane.
    pub pane: PaneRef,
    /// The whole new note; empty: none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub text: Option<String>,
}

/// The result of `pane.note`.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct NoteText {
    /// Markdown, as a rule.
    pub text: String,
}

/// `pane.log`.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct LogPane {
    /// Which pane.
    pub pane: PaneRef,
    /// Absolute; left out: no log any more.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub path: Option<PathBuf>,
    /// The very bytes, instead of lines of text.
    pub raw: bool,
}

/// `pane.save`.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct SavePane {
    /// Which pane.
    pub pane: PaneRef,
    /// Absolute.
    pub path: PathBuf,
    /// How to write it.
    pub format: ReadFormat,
    /// Also over a file that is there.
    pub force: bool,
}

/// `pane.rename`; an empty name takes the name away.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rename {
    /// Which pane.
    pub pane: PaneRef,
    /// The new name.
    pub name: String,
}

/// `pane.move`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct MovePane {
    /// Which pane.
    pub pane: PaneRef,
    /// Where it goes.
    #[serde(default)]
    pub placement: Placement,
    /// The pane to split; left out: the focused one.
    #[serde(default)]
    pub of: Option<PaneRef>,
}

/// `layout.arrange`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Arrange {
    /// A pane of the tab.
    pub pane: PaneRef,
    /// The ready-made arrangement.
    pub preset: Preset,
}

/// The result of `layout.export` and the parameter of `layout.apply`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LayoutText {
    /// TOML.
    pub toml: String,
}

/// The result of `layout.apply`.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct LayoutApplied {
    /// The panes that were made.
    pub panes: Vec<PaneId>,
}

/// Which past conversations are wanted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ConversationsOf {
    /// Absolute.
    pub directory: PathBuf,
    /// Nothing: of every type.
    #[serde(rename = "type", default, skip_serializing_if = "Option::is_none")]
    pub type_name: Option<String>,
}

/// Past conversations, seen last first.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ConversationList {
    pub conversations: Vec<ConversationInfo>,
}

/// A past conversation.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ConversationInfo {
    #[serde(rename = "type")]
    pub type_name: String,
    pub session: SessionId,
    pub cwd: PathBuf,
    pub title: Option<String>,
    /// The first and the last thing that the user was seen to say in it.
    pub first_prompt: Option<String>,
    pub last_prompt: Option<String>,
    /// Milliseconds since the Unix epoch.
    pub last_seen: u64,
    /// The pane that is in it now; it cannot be resumed in another.
    pub open_in: Option<PaneId>,
}
