//! Options of the commands on a pane and its program: making it, typing, reading, waiting, moving.

use std::path::PathBuf;
use std::time::Duration;

use clap::{Args, ValueEnum};

use super::value::{Conditions, pair, seconds, session, wait_for};
use segno_agent::identity::SessionId;
use segno_base::key::Key;
use segno_wire::control::panes::pane::PaneRef;
use segno_wire::control::panes::pane::{Placement, ReadFormat};

/// `new`
#[derive(Debug, Default, Args)]
pub struct New {
    /// The pane type; see `segno types`
    #[arg(short, long = "type", value_name = "TYPE")]
    pub type_name: Option<String>,
    /// In a tab of its own (the default)
    #[arg(long, conflicts_with = "split")]
    pub tab: bool,
    /// Beside another pane
    #[arg(long, value_name = "SIDE")]
    pub split: Option<Side>,
    /// The pane to split [default: this one, or the focused one]
    #[arg(long, value_name = "PANE", requires = "split")]
    pub of: Option<PaneRef>,
    /// Where its program starts [default: the directory of the conversation to resume, or the
    /// current one]
    #[arg(long, value_name = "DIR")]
    pub cwd: Option<PathBuf>,
    /// In a worktree of this name, made if it is missing; `#123` for a pull request
    #[arg(long, value_name = "NAME")]
    pub worktree: Option<String>,
    /// What the worktree begins with: a branch, a commit, or `#123` [default: the remote's main
    /// branch]
    #[arg(long, value_name = "REF", requires = "worktree")]
    pub from: Option<String>,
    /// Another repository to make a worktree of; can be repeated
    #[arg(long, value_name = "DIR", requires = "worktree")]
    pub also: Vec<PathBuf>,
    /// Copy a directory without git however large it is
    #[arg(long, requires = "worktree")]
    pub copy_all: bool,
    /// A name to call it by
    #[arg(short, long)]
    pub name: Option<String>,
    /// Switch a toggle of the pane type on; can be repeated
    #[arg(long, value_name = "TOGGLE")]
    pub on: Vec<String>,
    /// Fill in a form field of the pane type; can be repeated
    #[arg(long, value_name = "FIELD=VALUE", value_parser = pair)]
    pub set: Vec<(String, String)>,
    /// A label of your own, shown by `ls --json`; can be repeated
    #[arg(long, value_name = "K=V", value_parser = pair)]
    pub label: Vec<(String, String)>,
    /// What to ask the agent at once
    #[arg(short, long, value_name = "TEXT")]
    pub prompt: Option<String>,
    /// The model to use, as the agent calls it
    #[arg(short, long)]
    pub model: Option<String>,
    /// The conversation to resume, as `segno sessions` shows it
    #[arg(short, long, value_name = "ID", value_parser = session)]
    pub session: Option<SessionId>,
    /// Go there: the client that looks at this pane, or in which was typed last
    #[arg(short, long)]
    pub focus: bool,
    /// What it does without `--focus`
    #[arg(short, long, hide = true, conflicts_with = "focus")]
    pub background: bool,
    /// Made again with the same key, within a day: no pane, and the id of the first
    #[arg(long)]
    pub key: Option<String>,
    /// A program to run, with its arguments; with --type, arguments added to its program's
    #[arg(last = true)]
    pub args: Vec<String>,
}

/// Where a pane goes that `--split` was given for or not.
pub fn placement(split: Option<Side>) -> Placement {
    match split {
        None => Placement::Tab,
        Some(Side::Right) => Placement::Right,
        Some(Side::Down) => Placement::Down,
    }
}

/// On which side of a pane a new one goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Side {
    /// Right of it
    Right,
    /// Below it
    Down,
}

/// `status`
#[derive(Debug, Args)]
pub struct Status {
    /// The pane [default: this one, or the focused one]
    pub pane: Option<PaneRef>,
    /// Print JSON (versioned) instead of text
    #[arg(long)]
    pub json: bool,
    /// Also say where this is known from, what was injected and what was left out
    #[arg(long)]
    pub explain: bool,
}

/// `send`
#[derive(Debug, Args)]
pub struct Send {
    /// The pane
    pub pane: PaneRef,
    /// The text; `-` reads it from standard input
    #[arg(allow_hyphen_values = true, required_unless_present = "drop")]
    pub text: Option<String>,
    /// Press enter after it
    #[arg(short, long)]
    pub enter: bool,
    /// Drop the input that the program has not taken yet, before the text if there is one
    #[arg(long)]
    pub drop: bool,
}

/// `keys`
#[derive(Debug, Args)]
pub struct Keys {
    /// The pane
    pub pane: PaneRef,
    /// Keys such as ctrl+c, enter, up, f5, alt+x, a
    #[arg(required = true, value_name = "KEY", allow_hyphen_values = true)]
    pub keys: Vec<Key>,
}

/// `read`
#[derive(Debug, Args)]
pub struct Read {
    /// The pane [default: this one, or the focused one]
    pub pane: Option<PaneRef>,
    /// The last lines, scrollback included, instead of the screen
    #[arg(short = 'n', long, value_name = "N", conflicts_with = "all")]
    pub lines: Option<usize>,
    /// Everything kept
    #[arg(long)]
    pub all: bool,
    /// How to print it
    #[arg(long, value_enum, default_value_t = Format::Text)]
    pub format: Format,
    /// As `--format json`
    #[arg(long, conflicts_with = "format")]
    pub json: bool,
}

/// How `read` prints.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Format {
    /// Characters only
    Text,
    /// With colours, as escape sequences
    Ansi,
    /// Rows, lines, size and cursor as JSON (versioned)
    Json,
}

impl Format {
    /// What the daemon is asked for.
    pub fn wire(self) -> ReadFormat {
        match self {
            Format::Ansi => ReadFormat::Ansi,
            Format::Text => ReadFormat::Text,
            Format::Json => ReadFormat::Rows,
        }
    }
}

/// `wait`
#[derive(Debug, Args)]
#[command(after_help = EXIT_CODES)]
pub struct Wait {
    /// The pane; several are waited for together
    #[arg(required = true, value_name = "PANE")]
    pub panes: Vec<PaneRef>,
    /// idle, working, blocked, error, exited; done is any of these but working; several with commas
    /// between them; or output=REGEX. Can be repeated
    #[arg(long = "for", value_name = "WHAT", value_parser = wait_for, required = true)]
    pub wait_for: Vec<Conditions>,
    /// One of several panes is enough
    #[arg(long)]
    pub any: bool,
    /// Give up after so many seconds, with exit code 124
    #[arg(short, long, value_name = "SECONDS", value_parser = seconds)]
    pub timeout: Option<Duration>,
    /// Print JSON (versioned) instead of text
    #[arg(long)]
    pub json: bool,
}

/// What `wait --help` says of its exit codes.
const EXIT_CODES: &str = "\
Exit codes:
  0    what was waited for; of several states: idle, or the output
  1    failed        2  wrong usage    3  no such pane    4  refused
  10   blocked, or the pane asks       11  error          12  exited, or could not be started
  13   closed       14  prompted, and not seen to begin   15  working (one of several states)
  124  the time is up";

/// `ls`
#[derive(Debug, Args)]
pub struct Ls {
    /// Each below the pane it was opened from
    #[arg(long)]
    pub tree: bool,
    /// Print JSON (versioned) instead of text
    #[arg(long)]
    pub json: bool,
}

/// `restart`
#[derive(Debug, Args)]
pub struct Restart {
    /// The pane
    pub pane: PaneRef,
    /// Into this conversation
    #[arg(long, value_name = "ID", value_parser = session, group = "with")]
    pub session: Option<SessionId>,
    /// Into a new conversation
    #[arg(long, group = "with")]
    pub fresh: bool,
    /// Into the agent's last conversation in the directory
    #[arg(long = "continue", group = "with")]
    pub continue_last: bool,
    /// In this directory from now on
    #[arg(long, value_name = "DIR")]
    pub cwd: Option<PathBuf>,
    /// After `--`: arguments in place of the pane's own
    #[arg(last = true, value_name = "ARGS")]
    pub args: Vec<String>,
}

/// Commands on a pane that need nothing else.
#[derive(Debug, Args)]
pub struct OnPane {
    /// The pane
    pub pane: PaneRef,
}

/// `rename`
#[derive(Debug, Args)]
pub struct Rename {
    /// The pane
    pub pane: PaneRef,
    /// The new name
    pub name: String,
}

/// `move`
#[derive(Debug, Args)]
pub struct Move {
    /// The pane
    pub pane: PaneRef,
    /// To a tab of its own (the default)
    #[arg(long, conflicts_with = "split")]
    pub tab: bool,
    /// Beside another pane
    #[arg(long, value_name = "SIDE")]
    pub split: Option<Side>,
    /// The pane to split [default: the focused one]
    #[arg(long, value_name = "PANE", requires = "split")]
    pub of: Option<PaneRef>,
    /// Let it float above its tab
    #[arg(long, conflicts_with_all = ["tab", "split"])]
    pub popup: bool,
}

/// `popup`
#[derive(Debug, Args)]
pub struct Popup {
    /// Open one of this pane type; see `segno types`
    #[arg(short, long = "type", value_name = "TYPE", conflicts_with = "command")]
    pub type_name: Option<String>,
    /// A pane of the tab [default: this one, or the focused one]
    #[arg(long, value_name = "PANE")]
    pub of: Option<PaneRef>,
    /// Where its program starts [default: the current directory]
    #[arg(long, value_name = "DIR")]
    pub cwd: Option<PathBuf>,
    /// A name to call it by
    #[arg(short, long)]
    pub name: Option<String>,
    /// Open one with this program and its arguments
    #[arg(last = true)]
    pub command: Vec<String>,
}
