//! Methods on panes: `pane.*`, but for what they answer and wait for.

use std::path::PathBuf;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

pub use super::pane_ref::PaneRef;
use segno_agent::identity::SessionId;
pub use segno_agent::start::{Start, StartRequest};
use segno_base::ids::PaneId;
use segno_base::key::Key;

/// Where a new pane goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
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
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct NewPane {
    /// What to start. Its directory is absolute; left out: that of the conversation to resume,
    /// where it is known.
    #[serde(flatten)]
    pub start: StartRequest,
    /// Where it goes.
    pub placement: Placement,
    /// The pane to split; left out: the focused one.
    pub of: Option<PaneRef>,
    /// Absolute: where it starts when nothing else says; left out: what the type says.
    pub default_cwd: Option<PathBuf>,
    /// What to ask the agent at once.
    pub prompt: Option<String>,
    /// The conversation to resume.
    pub session: Option<SessionId>,
    /// Not to resume it: to begin another one with what was said in it.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub fork: bool,
    /// Whether the caller's client goes there: the one that looks at the pane `from`, or the only
    /// one. Nobody else is moved.
    pub focus: bool,
    /// The pane that the caller is in.
    pub from: Option<PaneRef>,
    /// With the same one again, within a day, nothing is made, and the first result is answered.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub key: Option<String>,
}

/// The result of `pane.new`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Created {
    /// The new pane.
    pub pane: PaneId,
}

/// Parameters of the calls that need a pane and nothing else: `pane.focus`, `pane.drop_input`,
/// `pane.zoom`, `pane.sessions`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct OnPane {
    /// Which pane.
    pub pane: PaneRef,
}

/// `pane.status`.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct StatusOf {
    /// Left out: the focused pane.
    pub pane: Option<PaneRef>,
}

/// `pane.send`: text typed into a pane, as a paste where the program asked for pastes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Send {
    /// Which pane.
    pub pane: PaneRef,
    /// Any text.
    pub text: String,
    /// Whether the enter key follows.
    #[serde(default)]
    pub enter: bool,
}

/// The result of `pane.drop_input`.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct InputDropped {
    /// How many bytes.
    pub bytes: usize,
}

/// `pane.keys`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Keys {
    /// Which pane.
    pub pane: PaneRef,
    /// Pressed one after the other.
    pub keys: Vec<Key>,
}

/// How `pane.read` writes what is on a screen.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum ReadFormat {
    /// Characters only, trailing blanks cut.
    #[default]
    Text,
    /// With colours and attributes as escape sequences.
    Ansi,
    /// A line for each row of the screen. Its first character is `+` where the row goes on in the
    /// next one, else a space.
    Rows,
}

/// `pane.read`: the screen; with `lines` the last lines of scrollback and screen; with `all`
/// everything.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
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
    /// Goes on with a text that was too long for one answer, which named this.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub more: Option<String>,
}

/// The result of `pane.read`.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
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
    /// How many rows of the text come before the screen's first.
    pub above: usize,
    /// There is more text: ask again with this.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub more: Option<String>,
}

/// `pane.restart`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Restart {
    /// Which pane.
    pub pane: PaneRef,
    /// With which conversation.
    #[serde(default)]
    pub with: Start,
    /// Its arguments from now on, in place of those it was asked for with.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub args: Option<Vec<String>>,
    /// Its directory from now on, absolute.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cwd: Option<PathBuf>,
}

/// `pane.close`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Close {
    /// Which pane.
    pub pane: PaneRef,
    /// Also a pinned one.
    #[serde(default)]
    pub force: bool,
}

/// `pane.set`; what is left out stays as it is.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct SetPane {
    /// Which pane.
    pub pane: PaneRef,
    /// Stands first in lists and is not closed by accident.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub pinned: Option<bool>,
    /// Posts no notifications.
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
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct PaneNote {
    /// Which pane.
    pub pane: PaneRef,
    /// The whole new note; empty: none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub text: Option<String>,
}

/// The result of `pane.note`.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct NoteText {
    /// Markdown, as a rule.
    pub text: String,
}

/// `pane.log`.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
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
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
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
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Rename {
    /// Which pane.
    pub pane: PaneRef,
    /// The new name.
    pub name: String,
}

/// `pane.move`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
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
