//! The command line: every command and its options, with the words that `--help` shows.
//!
//! Must not carry anything out or read the environment.

mod agents;
mod api;
mod curate;
mod events;
mod extras;
mod history;
mod hub;
mod install;
mod pane;
mod processes;
mod program;
mod report;
mod sync;
#[cfg(test)]
mod tests;
mod value;
mod web;
mod worktree;

use clap::{Args, Parser, Subcommand};
use clap_complete::Shell;

pub use agents::{Ask, Budget, BudgetCommand, Install, Mcp, Prompt, Queue, QueueCommand, Skill};
pub use api::Api;
pub use curate::Curate;
pub use events::Events;
pub use extras::{Broadcast, Close, Color, Log, Note, Save, SaveFormat, Switch};
pub use history::{
    Commit, EventType, Export, Files, Filters, Forget, Format as HistoryFormat, History, Import,
    List, Open as HistoryOpen, Query, Restore, Search, Secrets, Show, Stats, Update,
};
pub use hub::{
    Days, Devices, Hub, HubCommand, Invite, Linked, NewLink, Retention, Share, Teams, Users,
};
pub use install::{Service, ServiceInstall, Update as SelfUpdate};
pub use pane::{
    Format, Keys, Ls, Move, New, OnPane, Popup, Read, Rename, Restart, Send, Side, Status, Wait,
    placement,
};
pub use processes::{Ps, Top};
pub use program::{
    Config, ConfigFile, Daemon, DaemonRun, Keeper, Kill, Layout, Project, Types, TypesList,
};
pub use report::{Notifications, Sessions, Usage};
pub use sync::{
    Config as SyncConfig, Log as SyncLog, Login, MayBeNamed as SyncMayBeNamed, Named as SyncNamed,
    Pause as SyncPause, Run as SyncRun, Sync,
};
pub use value::Since;
pub use web::{Allowed, NewToken, TokensCommand, Web, WebCommand, WebTokens};
pub use worktree::{
    Add, Diff, Finish as WorktreeFinish, List as WorktreeList, Prune, Restore as WorktreeRestore,
    Worktree,
};

const EXAMPLES: &str = "\
Examples:
  segno                                    everything back where you left it
  segno types                              what can run in a pane
  segno new -t TYPE -n review -p \"Review\"  an agent in a new tab, named review
  segno wait review --for idle             until it is done
  segno read review --lines 40             what it printed last
  segno send review \"And the tests?\" -e    answer, and press enter

A PANE is an id (p3), a name, @focused, @waiting (the agent that has waited longest), or @left,
@right, @up, @down (beside the focused one). Inside a pane, commands without one mean that pane.
Every command reads --json, and --color auto, always or never.
Segno keeps everything in $SEGNO_HOME, by default ~/.segno; `segno man` is the manual
page.";

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
    /// Print JSON (versioned) instead of text
    #[arg(long, global = true, hide = true)]
    pub json: bool,
    /// When to print in colors
    #[arg(id = "when-to-color", long = "color", value_name = "WHEN", global = true, value_enum)]
    #[arg(default_value_t, hide = true)]
    pub color: When,
}

/// When output is coloured.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, clap::ValueEnum)]
pub enum When {
    /// On a terminal, unless `NO_COLOR` is set
    #[default]
    Auto,
    /// Also into files and pipes
    Always,
    Never,
}

/// A command.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Attach this terminal (the same as `segno` alone)
    Attach(Attach),
    /// List attached clients: terminal, size, since when, what they show
    Clients(Json),
    /// Detach a terminal
    Detach(Detach),
    /// Open a pane and print its id
    New(Box<New>),
    /// List the panes
    Ls(Ls),
    /// List the processes of panes and what they use
    Ps(Ps),
    /// Watch the panes and what they use
    Top(Top),
    /// Show a pane's state, conversation and usage
    Status(Status),
    /// Type text into a pane
    Send(Send),
    /// Give an agent a prompt when it takes input; with `--wait`, print its answer
    Prompt(Prompt),
    /// Ask an agent in a pane of its own, print the answer, and close it
    Ask(Ask),
    /// List or change the prompts queued for a pane's agent
    Queue(Queue),
    /// Press keys in a pane
    Keys(Keys),
    /// Print a pane's screen or scrollback
    Read(Read),
    /// Wait for a pane's state or output
    Wait(Wait),
    /// Follow events: agents' states, prompts, panes, notifications
    Events(Events),
    /// Describe and call the daemon's methods
    #[command(subcommand)]
    Api(Api),
    /// List the conversations of a pane or a directory
    Sessions(Sessions),
    /// Show tokens and cost
    Usage(Usage),
    /// Show budgets, or allow more
    Budget(Budget),
    /// Search, read, export and reopen past conversations
    #[command(subcommand)]
    History(Box<History>),
    /// Send conversations where you log in: to a directory, a webhook, a service
    #[command(subcommand)]
    Sync(Box<Sync>),
    /// Have an agent keep notes of what a conversation taught
    ///
    /// It runs without a terminal, in the directory of the project's notes, reads the conversation
    /// with `segno history show` and writes Markdown. `[curate]` in the settings does it when
    /// conversations are deleted or at rest; docs/history.md has the rest.
    Curate(Curate),
    /// Serve panes and past conversations to an agent: Model Context Protocol on standard input
    ///
    /// Agents are given it as a server that they run; docs/for-agents.md has the line for each.
    /// What screens and conversations say goes out without secrets, in pages.
    Mcp(Mcp),
    /// Serve panes and past conversations to a browser: on loopback, by a code that is shown
    ///
    /// It runs until ctrl+c. What a browser may do is a token's: `segno web tokens`. docs/web.md
    /// has the rest.
    Web(Box<Web>),
    /// Serve the conversations of many machines and people, on SQLite or PostgreSQL
    ///
    /// It runs until ctrl+c; machines send there by `segno sync login hub`. docs/hub.md has the
    /// rest.
    Hub(Box<Hub>),
    /// Print what an agent needs to know to use Segno, or write it where it looks
    Skill {
        /// What to do; nothing: print it.
        #[command(subcommand)]
        command: Option<Skill>,
    },
    /// List notifications
    Notifications(Notifications),
    /// Restart a pane's program in its conversation
    Restart(Restart),
    /// In a shell pane: resume the agent last run there, in its conversation
    Return,
    /// End the program of an idle agent to free its memory; any key in the pane brings it back
    Sleep(OnPane),
    /// Start a sleeping agent in its conversation
    Wake(OnPane),
    /// Close a pane and end its program
    Close(Close),
    /// Bring a pane to the front
    Focus(OnPane),
    /// Rename a pane; an empty name resets it
    Rename(Rename),
    /// Pin a pane: first in lists, confirms before closing
    Pin(Switch),
    /// Mute a pane's notifications
    Mute(Switch),
    /// Color a pane's label and border
    Color(Color),
    /// Type into several panes at once
    Broadcast(Broadcast),
    /// Print, edit or replace a pane's note
    Note(Note),
    /// Start or stop logging a pane's output to a file
    Log(Log),
    /// Save a pane's scrollback in a file
    Save(Save),
    /// Zoom a pane (toggle)
    Zoom(OnPane),
    /// Show, hide or open a tab's popup, a pane above the others
    Popup(Popup),
    /// Move a pane to its own tab or beside another
    Move(Move),
    /// Arrange the panes of a tab; export and apply whole layouts
    #[command(subcommand)]
    Layout(Layout),
    /// List projects: tabs grouped by root directory
    Projects(Json),
    /// Open a project's panes; trust its .segno.toml
    #[command(subcommand)]
    Project(Project),
    /// Worktrees: a directory and a branch for each task
    #[command(subcommand)]
    Worktree(Worktree),
    /// Print the changes in a pane's directory, committed or not
    Diff(Diff),
    /// List and check pane types
    #[command(args_conflicts_with_subcommands = true)]
    Types {
        /// What to do; nothing: list them.
        #[command(subcommand)]
        command: Option<Types>,
        #[command(flatten)]
        list: TypesList,
    },
    /// Take a short tour
    Tour,
    /// Show, edit and check the settings, keys and themes
    #[command(subcommand)]
    Config(Config),
    /// Start, stop and inspect the daemon
    #[command(subcommand)]
    Daemon(Daemon),
    /// End every program, the daemon and the keeper
    Kill(Kill),
    /// Check the installation
    Doctor(Json),
    /// Start Segno with the system, so that panes are back after a reboot
    #[command(subcommand)]
    Service(Service),
    /// Replace the program and the daemon by a newer version; nothing that runs ends
    ///
    /// A release is fetched only when you run this, and installed only when it is signed by this
    /// build's key. When the new daemon does not come up, the old one takes over again.
    Update(SelfUpdate),
    /// Print a shell's completion script
    Completions {
        /// The shell.
        shell: Shell,
    },
    /// Print a manual page: for `man -l -`, or to install
    Man {
        /// The command, such as `new` or `layout use`; nothing: Segno itself
        command: Vec<String>,
    },
    /// End everything
    #[command(hide = true)]
    KillServer,
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
        #[arg(id = "said", value_name = "JSON")]
        said: Option<String>,
    },
    /// Hold the panes' programs
    #[command(hide = true)]
    Keeper(Keeper),
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
    /// Never resize tabs for this terminal while another one looks at them
    #[arg(long)]
    pub ignore_size: bool,
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
