//! The command line: every command and its options, with the words that `--help` shows.
//!
//! Must not carry anything out or read the environment.

mod events;
mod extras;
mod history;
mod mcp;
mod pane;
mod program;
mod prompt;
mod report;
mod skill;
mod sync;
#[cfg(test)]
mod tests;
mod value;
mod worktree;

use clap::{Args, Parser, Subcommand};
use clap_complete::Shell;

pub use events::Events;
pub use extras::{Broadcast, Close, Color, Log, Note, Save, SaveFormat, Switch};
pub use history::{
    EventType, Export, Files, Filters, Forget, Format as HistoryFormat, History, Import, List,
    Open as HistoryOpen, Query, Restore, Search, Secrets, Show, Stats, Update,
};
pub use mcp::Mcp;
pub use pane::{
    Format, Keys, Move, New, OnPane, Popup, Read, Rename, Restart, Send, Side, Status, Wait,
    placement,
};
pub use program::{Config, ConfigFile, Daemon, DaemonRun, Keeper, Kill, Layout, Project, Types};
pub use prompt::{Ask, Prompt, Queue, QueueCommand};
pub use report::{Notifications, Sessions, Usage};
pub use skill::{Install, Skill};
pub use sync::{
    Config as SyncConfig, Log as SyncLog, Login, MayBeNamed as SyncMayBeNamed, Named as SyncNamed,
    Pause as SyncPause, Run as SyncRun, Sync,
};
pub use value::Since;
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
@right, @up, @down (beside the focused one). Inside a pane, `status` and `sessions` without one mean
that pane. Segno keeps everything in $SEGNO_HOME, by default ~/.segno; `segno man` is the manual
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
    /// Give an agent a prompt when it takes input; with `--wait`, print its answer
    Prompt(Prompt),
    /// Ask an agent in a pane of its own, print the answer, and close it
    Ask(Ask),
    /// The prompts that wait for a pane's agent
    Queue(Queue),
    /// Press keys in a pane
    Keys(Keys),
    /// Print what is on a pane's screen
    Read(Read),
    /// Wait until a pane is idle, working, blocked or exited, or printed something
    Wait(Wait),
    /// What happens in the workspace: agents' states, prompts, panes, notifications
    Events(Events),
    /// The conversations a pane has been in, and why each ended; or those of a directory
    Sessions(Sessions),
    /// What conversations have used: tokens and cost
    Usage(Usage),
    /// Every conversation of every agent: search, read, export, open again
    #[command(subcommand)]
    History(Box<History>),
    /// Send conversations where you log in: to a directory, a webhook, a service
    #[command(subcommand)]
    Sync(Box<Sync>),
    /// Serve panes and past conversations to an agent: Model Context Protocol on standard input
    ///
    /// Agents are given it as a server that they run; docs/for-agents.md has the line for each. What
    /// screens and conversations say goes out without secrets, in pages.
    Mcp(Mcp),
    /// Print what an agent needs to know to use Segno, or write it where it looks
    Skill {
        /// What to do; nothing: print it.
        #[command(subcommand)]
        command: Option<Skill>,
    },
    /// What panes have called for
    Notifications(Notifications),
    /// End a pane's program and start it again, in its conversation
    Restart(Restart),
    /// In a shell pane: go back to the agent that ran there, in its conversation
    Return,
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
    /// Show or hide a tab's popup, or open one: a pane that floats above the others
    Popup(Popup),
    /// Move a pane to a tab of its own or beside another; its program goes on
    Move(Move),
    /// Save and recreate the arrangement of tabs and panes
    #[command(subcommand)]
    Layout(Layout),
    /// List the projects: tabs with one root directory, and what all their panes do
    Projects(Json),
    /// Open a project's panes, and say whether its .segno.toml is trusted
    #[command(subcommand)]
    Project(Project),
    /// Worktrees: a directory and a branch for each task, merged and put away when it is done
    #[command(subcommand)]
    Worktree(Worktree),
    /// Print what was done in a pane's directory, committed or not
    Diff(Diff),
    /// Pane types: what can run in a pane
    Types {
        /// What to do; nothing: list them.
        #[command(subcommand)]
        command: Option<Types>,
    },
    /// A short tour through Segno
    Tour,
    /// The files of settings, keys and themes
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
        json: Option<String>,
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
