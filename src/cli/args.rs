//! The command line: every command and its options, with the words that `--help` shows.
//!
//! Must not carry anything out or read the environment.

use std::path::PathBuf;
use std::time::Duration;

use clap::{Args, Parser, Subcommand, ValueEnum};
use clap_complete::Shell;

use crate::agent::identity::SessionId;
use crate::base::key::Key;
use crate::base::preset::Preset;
use crate::core::extras::Tint;
use crate::wire::control::pane::{Placement, ReadFormat, WaitFor};

const EXAMPLES: &str = "\
Examples:
  segno                                    everything back where you left it
  segno types                              what can run in a pane
  segno new -t TYPE -n review -p \"Review\"  an agent in a new tab, named review
  segno wait review --for idle             until it is done
  segno read review --lines 40             what it printed last
  segno send review \"And the tests?\" -e   answer, and press enter

A PANE is an id (p3), a name, @focused, or @waiting (the agent that has waited longest). Inside a
pane, `status` and `sessions` without one mean that pane. Segno keeps everything in $SEGNO_HOME, by default ~/.segno; docs/ has the whole story.";

/// A terminal multiplexer for AI coding agents. You never lose a conversation.
///
/// Without a command it attaches this terminal; whatever is needed for that is started, and
/// every pane comes back in its place and in its conversation.
#[derive(Debug, Parser)]
#[command(name = "segno", version, after_help = EXAMPLES, disable_help_subcommand = true)]
pub struct Cli {
    /// What to do; nothing: attach.
    #[command(subcommand)]
    pub command: Option<Command>,
}

/// A command.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Attach this terminal (the same as `segno` alone)
    Attach(Attach),
    /// Who is attached: terminal, size, since when, and where they look
    Clients(Json),
    /// Detach a terminal from outside
    Detach(Detach),
    /// Make a pane and print its id
    New(Box<New>),
    /// List the panes
    Ls(Json),
    /// What a pane is doing, in which conversation, and what that has used
    Status(Status),
    /// Type a text into a pane
    Send(Send),
    /// Press keys in a pane
    Keys(Keys),
    /// Print what is on a pane's screen
    Read(Read),
    /// Wait until a pane is idle, working, blocked or exited, or printed something
    Wait(Wait),
    /// The conversations a pane has been in, and why each ended
    Sessions(Sessions),
    /// End a pane's program and start it again, in its conversation
    Restart(Restart),
    /// Close a pane and end its program
    Close(Close),
    /// Bring a pane to the front
    Focus(OnPane),
    /// Give a pane a name, or take it away with an empty one
    Rename(Rename),
    /// Pin a pane: first in lists, not closed by accident
    Pin(Switch),
    /// Mute a pane: nothing it does calls for attention
    Mute(Switch),
    /// Give a pane's label and lines a colour
    Color(Color),
    /// Type into several panes at once: what is typed in one of them goes to all
    Broadcast(Broadcast),
    /// Print, edit or replace a pane's note
    Note(Note),
    /// Log what a pane prints to a file, or stop that
    Log(Log),
    /// Save a pane's scrollback in a file
    Save(Save),
    /// Let a pane fill its tab, or end that
    Zoom(OnPane),
    /// Move a pane to a tab of its own or beside another; its program goes on
    Move(Move),
    /// Save and recreate the arrangement of tabs and panes
    #[command(subcommand)]
    Layout(Layout),
    /// Pane types: what can run in a pane
    Types {
        /// What to do; nothing: list them.
        #[command(subcommand)]
        command: Option<Types>,
    },
    /// A short tour through Segno
    Tour,
    /// The settings file
    #[command(subcommand)]
    Config(Config),
    /// The background process that serves the panes
    #[command(subcommand)]
    Daemon(Daemon),
    /// End every program, the daemon and the keeper
    Kill(Kill),
    /// Check the installation and say what to do
    Doctor(Json),
    /// Print a shell's completion script
    Completions {
        /// The shell.
        shell: Shell,
    },
    /// End everything
    #[command(hide = true)]
    KillServer,
    /// Print a manual page: for `man -l -`, or to install
    #[command(hide = true)]
    Man {
        /// The command; nothing: Segno itself
        command: Option<String>,
    },
    /// Report what an agent says of itself: run by agents inside panes, as a hook
    ///
    /// Reads JSON from standard input or from an argument, and makes events of it by the
    /// [tracker.hook] of the pane's type; docs/pane-types.md has the rules. Prints nothing and
    /// always succeeds. Outside of a pane it does nothing.
    #[command(hide = true)]
    Hook {
        /// The event's name, where the JSON does not hold it
        event: Option<String>,
        /// What the agent says, instead of on standard input
        json: Option<String>,
    },
    /// Hold the panes' programs
    #[command(hide = true)]
    Keeper(Keeper),
}

/// The hidden `keeper` command's options.
#[derive(Debug, Args)]
pub struct Keeper {
    /// A descriptor to report readiness on
    #[arg(long)]
    pub ready_fd: Option<i32>,
}

/// A command's `--json`.
#[derive(Debug, Args)]
pub struct Json {
    /// Print JSON (versioned) instead of text
    #[arg(long)]
    pub json: bool,
}

/// `attach`
#[derive(Debug, Args, Default)]
pub struct Attach {
    /// Only look: keys are not passed on, except to detach
    #[arg(long)]
    pub read_only: bool,
}

/// `detach`
#[derive(Debug, Args)]
pub struct Detach {
    /// Which one, as `segno clients` calls it [default: the only one]
    pub client: Option<String>,
    /// All of them
    #[arg(long, conflicts_with = "client")]
    pub all: bool,
}

/// `new`
#[derive(Debug, Args)]
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
    pub of: Option<String>,
    /// Where its program starts [default: the current directory]
    #[arg(long, value_name = "DIR")]
    pub cwd: Option<PathBuf>,
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
    /// Leave the focus where it is
    #[arg(short, long)]
    pub background: bool,
    /// Arguments added to the program's
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
    pub pane: Option<String>,
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
    pub pane: String,
    /// The text; `-` reads it from standard input
    #[arg(allow_hyphen_values = true)]
    pub text: String,
    /// Press enter behind it
    #[arg(short, long)]
    pub enter: bool,
}

/// `keys`
#[derive(Debug, Args)]
pub struct Keys {
    /// The pane
    pub pane: String,
    /// Keys such as ctrl+c, enter, up, f5, alt+x, a
    #[arg(required = true, value_name = "KEY", allow_hyphen_values = true)]
    pub keys: Vec<Key>,
}

/// `read`
#[derive(Debug, Args)]
pub struct Read {
    /// The pane
    pub pane: String,
    /// The last lines, scrollback included, instead of the screen
    #[arg(short = 'n', long, value_name = "N", conflicts_with = "all")]
    pub lines: Option<usize>,
    /// Everything that is kept
    #[arg(long)]
    pub all: bool,
    /// How to print it
    #[arg(long, value_enum, default_value_t = Format::Text)]
    pub format: Format,
}

/// How `read` prints.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Format {
    /// Characters only
    Text,
    /// With colours, as escape sequences
    Ansi,
    /// Lines, size and cursor as JSON (versioned)
    Json,
}

impl Format {
    /// What the daemon is asked for.
    pub fn wire(self) -> ReadFormat {
        match self {
            Format::Ansi => ReadFormat::Ansi,
            Format::Text | Format::Json => ReadFormat::Text,
        }
    }
}

/// `wait`
#[derive(Debug, Args)]
pub struct Wait {
    /// The pane
    pub pane: String,
    /// idle, working, blocked, exited, or output=REGEX
    #[arg(long = "for", value_name = "WHAT", value_parser = wait_for)]
    pub wait_for: WaitFor,
    /// Give up after so many seconds, with exit code 124
    #[arg(short, long, value_name = "SECONDS", value_parser = seconds)]
    pub timeout: Option<Duration>,
    /// Print JSON (versioned) instead of text
    #[arg(long)]
    pub json: bool,
}

/// `sessions`
#[derive(Debug, Args)]
pub struct Sessions {
    /// The pane [default: this one, or the focused one]
    pub pane: Option<String>,
    /// Print JSON (versioned) instead of text
    #[arg(long)]
    pub json: bool,
}

/// `restart`
#[derive(Debug, Args)]
pub struct Restart {
    /// The pane
    pub pane: String,
    /// Into this conversation
    #[arg(long, value_name = "ID", value_parser = session, group = "with")]
    pub session: Option<SessionId>,
    /// Into a new conversation
    #[arg(long, group = "with")]
    pub fresh: bool,
    /// Into the agent's last conversation in the directory
    #[arg(long = "continue", group = "with")]
    pub continue_last: bool,
}

/// Commands on a pane that need nothing else.
#[derive(Debug, Args)]
pub struct OnPane {
    /// The pane
    pub pane: String,
}

/// `close`
#[derive(Debug, Args)]
pub struct Close {
    /// The pane
    pub pane: String,
    /// Even if it is pinned
    #[arg(long)]
    pub force: bool,
}

/// `pin` and `mute`
#[derive(Debug, Args)]
pub struct Switch {
    /// The pane
    pub pane: String,
    /// Not any more
    #[arg(long)]
    pub off: bool,
}

/// `color`
#[derive(Debug, Args)]
pub struct Color {
    /// The pane
    pub pane: String,
    /// red, yellow, green, cyan, blue, violet, or none
    #[arg(value_parser = color)]
    pub color: String,
}

/// `broadcast`
#[derive(Debug, Args)]
pub struct Broadcast {
    /// The panes to add to those that were chosen before
    #[arg(required_unless_present = "off", value_name = "PANE")]
    pub panes: Vec<String>,
    /// Take these out; without panes: all of them
    #[arg(long)]
    pub off: bool,
}

/// `note`
#[derive(Debug, Args)]
pub struct Note {
    /// The pane [default: this one, or the focused one]
    pub pane: Option<String>,
    /// `-` replaces the note by standard input
    #[arg(value_name = "-", value_parser = ["-"], group = "new")]
    pub stdin: Option<String>,
    /// Open it in $VISUAL, $EDITOR or vi
    #[arg(long, group = "new")]
    pub edit: bool,
    /// Replace it; an empty text takes it away
    #[arg(long, value_name = "TEXT", group = "new", allow_hyphen_values = true)]
    pub set: Option<String>,
}

/// `log`
#[derive(Debug, Args)]
pub struct Log {
    /// The pane
    pub pane: String,
    /// The file; what is in it stays
    #[arg(required_unless_present = "stop", conflicts_with = "stop")]
    pub file: Option<PathBuf>,
    /// The very bytes, escape sequences and all, instead of lines of text
    #[arg(long, conflicts_with = "stop")]
    pub raw: bool,
    /// Log no more
    #[arg(long)]
    pub stop: bool,
}

/// `save`
#[derive(Debug, Args)]
pub struct Save {
    /// The pane
    pub pane: String,
    /// The file
    pub file: PathBuf,
    /// How to write it
    #[arg(long, value_enum, default_value_t = SaveFormat::Text)]
    pub format: SaveFormat,
    /// Write over a file that is there
    #[arg(long)]
    pub force: bool,
}

/// How `save` writes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum SaveFormat {
    /// Characters only
    Text,
    /// With colours, as escape sequences
    Ansi,
}

/// `rename`
#[derive(Debug, Args)]
pub struct Rename {
    /// The pane
    pub pane: String,
    /// The new name
    pub name: String,
}

/// `move`
#[derive(Debug, Args)]
pub struct Move {
    /// The pane
    pub pane: String,
    /// To a tab of its own (the default)
    #[arg(long, conflicts_with = "split")]
    pub tab: bool,
    /// Beside another pane
    #[arg(long, value_name = "SIDE")]
    pub split: Option<Side>,
    /// The pane to split [default: the focused one]
    #[arg(long, value_name = "PANE", requires = "split")]
    pub of: Option<String>,
}

/// `layout …`
#[derive(Debug, Subcommand)]
pub enum Layout {
    /// Print the arrangement as TOML
    Export,
    /// Arrange the panes of a tab in a ready-made way
    Use {
        /// even-horizontal, even-vertical, main-horizontal, main-vertical or tiled
        #[arg(value_parser = preset)]
        preset: Preset,
        /// A pane of the tab [default: this one, or the focused one]
        #[arg(long, value_name = "PANE")]
        of: Option<String>,
    },
    /// Make the tabs and panes of an exported arrangement
    Apply {
        /// The file; `-` reads standard input
        file: PathBuf,
    },
}

/// `types …`
#[derive(Debug, Subcommand)]
pub enum Types {
    /// List the pane types, and what is wrong with any
    Ls(Json),
    /// Print a pane type's TOML
    Show {
        /// The pane type
        name: String,
    },
    /// Write a pane type to begin with, and print where it is
    New {
        /// The pane type's name
        name: String,
        /// The program that it runs [default: the name]
        #[arg(short, long)]
        program: Option<String>,
    },
    /// Check a pane type's file and print what is wrong, with lines
    Check {
        /// The file
        file: PathBuf,
    },
    /// Read the files again (the daemon also notices by itself)
    Reload(Json),
}

/// `config …`
#[derive(Debug, Subcommand)]
pub enum Config {
    /// Check settings, keys and themes, and print what is wrong, with lines
    Check {
        /// The file: keys when it is called keys.toml, a theme in a directory themes, else
        /// settings [default: all those in use]
        file: Option<PathBuf>,
    },
    /// Print a complete, commented default file
    Default {
        #[arg(value_enum, default_value_t)]
        which: ConfigFile,
    },
    /// Print where a file is
    Path {
        #[arg(value_enum, default_value_t)]
        which: ConfigFile,
    },
}

/// What `config` is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, clap::ValueEnum)]
pub enum ConfigFile {
    #[default]
    Settings,
    Keys,
    /// A theme to begin a theme of one's own with; the directory of themes
    Theme,
}

/// `daemon …`
#[derive(Debug, Subcommand)]
pub enum Daemon {
    /// Start it and restore the workspace, without attaching
    Start,
    /// Stop it; the panes' programs go on running
    Stop,
    /// Stop it and start it again, for example after an update; no pane is lost
    Restart,
    /// Whether it runs, which version, since when
    Status(Json),
    /// Be the daemon, in the foreground
    #[command(hide = true)]
    Run(DaemonRun),
}

/// `daemon run`
#[derive(Debug, Args)]
pub struct DaemonRun {
    /// A descriptor to report readiness on
    #[arg(long)]
    pub ready_fd: Option<i32>,
}

/// `kill`
#[derive(Debug, Args)]
pub struct Kill {
    /// Yes, all of it. The workspace is kept: `segno` brings the panes back
    #[arg(long, required = true)]
    pub all: bool,
}

fn pair(text: &str) -> Result<(String, String), String> {
    match text.split_once('=') {
        Some((key, value)) if !key.is_empty() => Ok((key.into(), value.into())),
        _ => Err("must look like KEY=VALUE".into()),
    }
}

fn color(text: &str) -> Result<String, String> {
    match text {
        "none" => Ok(text.into()),
        _ => text.parse::<Tint>().map(|tint| tint.to_string()).map_err(|e| e.to_string()),
    }
}

fn preset(text: &str) -> Result<Preset, String> {
    Preset::ALL
        .into_iter()
        .find(|preset| preset.name() == text)
        .ok_or_else(|| format!("must be one of {}", Preset::ALL.map(Preset::name).join(", ")))
}

fn session(text: &str) -> Result<SessionId, String> {
    SessionId::try_from(text.to_string())
        .map_err(|_| "must be letters, digits, `_`, `-`, `.` or `:`; see `segno sessions`".into())
}

fn wait_for(text: &str) -> Result<WaitFor, String> {
    match text {
        "idle" => Ok(WaitFor::Idle),
        "working" => Ok(WaitFor::Working),
        "blocked" => Ok(WaitFor::Blocked),
        "exited" => Ok(WaitFor::Exited),
        _ => {
            let pattern = text
                .strip_prefix("output=")
                .ok_or("must be idle, working, blocked, exited or output=REGEX")?;
            regex::Regex::new(pattern)
                .map_err(|e| format!("no valid regular expression: {}", last_line(&e)))?;
            Ok(WaitFor::Output(pattern.into()))
        }
    }
}

fn last_line(error: &regex::Error) -> String {
    error.to_string().lines().last().unwrap_or_default().trim().to_string()
}

fn seconds(text: &str) -> Result<Duration, String> {
    let wrong = || "must be a number of seconds, such as 30 or 0.5".to_string();
    let seconds: f64 = text.parse().map_err(|_| wrong())?;
    Duration::try_from_secs_f64(seconds).map_err(|_| wrong())
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory;

    #[test]
    fn the_definition_is_sound() {
        Cli::command().debug_assert();
    }

    #[test]
    fn every_command_of_the_contract_parses() {
        for line in [
            "segno",
            "segno attach --read-only",
            "segno new --type shell --tab --cwd /tmp --name n --on a --on b --set f=v --label k=v",
            "segno new --split right --of p1 --prompt hi --model m --session ses_1 -- --flag x",
            "segno clients --json",
            "segno detach",
            "segno detach c2",
            "segno detach --all",
            "segno ls --json",
            "segno status",
            "segno status p1 --json --explain",
            "segno send p1 -x --enter",
            "segno keys p1 ctrl+c enter up f5 alt+x -",
            "segno read p1 --lines 5 --format ansi",
            "segno read p1 --all --format json",
            "segno wait p1 --for idle --timeout 1.5",
            "segno wait p1 --for output=^a.*b$",
            "segno sessions p1 --json",
            "segno restart p1 --session ses_1",
            "segno restart p1 --fresh",
            "segno restart p1 --continue",
            "segno close p1",
            "segno focus @focused",
            "segno focus @waiting",
            "segno rename p1 x",
            "segno close p1 --force",
            "segno pin p1",
            "segno mute p1 --off",
            "segno color p1 none",
            "segno broadcast p1 p2",
            "segno broadcast --off",
            "segno broadcast p1 --off",
            "segno note",
            "segno note p1 -",
            "segno note p1 --edit",
            "segno note p1 --set x",
            "segno log p1 f --raw",
            "segno log p1 --stop",
            "segno save p1 f --format ansi --force",
            "segno zoom p1",
            "segno move p1",
            "segno move p1 --tab",
            "segno move p1 --split down --of p2",
            "segno layout use main-vertical --of p1",
            "segno layout export",
            "segno layout apply -",
            "segno types",
            "segno types ls --json",
            "segno types show shell",
            "segno types check a.toml",
            "segno types new parrot --program /opt/parrot",
            "segno types reload",
            "segno tour",
            "segno config check",
            "segno config default",
            "segno config path",
            "segno daemon start",
            "segno daemon stop",
            "segno daemon restart",
            "segno daemon status --json",
            "segno daemon run --ready-fd 3",
            "segno keeper",
            "segno kill --all",
            "segno kill-server",
            "segno doctor",
            "segno completions bash",
            "segno man",
            "segno man new",
            "segno hook",
            "segno hook stop {}",
        ] {
            let parsed = Cli::try_parse_from(line.split(' '));
            assert!(parsed.is_ok(), "{line}: {}", parsed.err().unwrap());
        }
    }

    #[test]
    fn what_makes_no_sense_is_refused() {
        for line in [
            "segno kill",
            "segno detach c1 --all",
            "segno new --tab --split right",
            "segno new --of p1",
            "segno move p1 --of p2",
            "segno layout use sideways",
            "segno new --set x",
            "segno new --session --help-me",
            "segno keys p1",
            "segno keys p1 ctrl+foo",
            "segno wait p1",
            "segno wait p1 --for lunch",
            "segno wait p1 --for output=(",
            "segno wait p1 --for idle --timeout -1",
            "segno wait p1 --for idle --timeout inf",
            "segno color p1 beige",
            "segno note p1 x",
            "segno note p1 - --edit",
            "segno log p1",
            "segno log p1 f --stop",
            "segno broadcast",
            "segno restart p1 --fresh --continue",
            "segno read p1 --lines 3 --all",
        ] {
            assert!(Cli::try_parse_from(line.split(' ')).is_err(), "{line}");
        }
    }
}
