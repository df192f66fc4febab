//! Options of the commands that drive agents: `prompt`, `ask` and `queue`.

use std::path::PathBuf;
use std::time::Duration;

use clap::{Args, Subcommand};

use crate::args::value::{pair, seconds};
use segno_wire::control::panes::pane::PaneRef;

/// `prompt`
#[derive(Debug, Args)]
#[command(after_help = EXIT_CODES)]
pub struct Prompt {
    /// The pane
    #[arg(required_unless_present = "list_templates")]
    pub pane: Option<PaneRef>,
    /// The text; `-` reads it from standard input
    #[arg(allow_hyphen_values = true)]
    #[arg(required_unless_present_any = ["file", "template", "list_templates"])]
    #[arg(conflicts_with_all = ["file", "template"])]
    pub text: Option<String>,
    /// Read the text from a file
    #[arg(long, value_name = "FILE", conflicts_with = "template")]
    pub file: Option<PathBuf>,
    /// The text is a template: prompts/NAME.md in Segno's home, or the project's
    #[arg(long, value_name = "NAME")]
    pub template: Option<String>,
    /// Fill in a field of the template; can be repeated
    #[arg(long, value_name = "NAME=TEXT", value_parser = pair, requires = "template")]
    pub field: Vec<(String, String)>,
    /// List the templates and their fields, and do nothing
    #[arg(long, conflicts_with_all = ["pane", "template", "file"])]
    pub list_templates: bool,
    /// Wait for the end of the turn, and print the answer
    #[arg(short, long)]
    pub wait: bool,
    /// Give up waiting after so many seconds, with exit code 124
    #[arg(short, long, value_name = "SECONDS", value_parser = seconds)]
    pub timeout: Option<Duration>,
    /// When the agent is busy: wait in the pane's queue
    #[arg(long, conflicts_with = "force")]
    pub queue: bool,
    /// When the agent is busy: type it all the same
    #[arg(long)]
    pub force: bool,
    /// An id of your own, 32 hexadecimal digits: asked again with it, nothing is sent twice
    #[arg(long, value_name = "ID")]
    pub id: Option<String>,
    /// As `--id`, any text
    #[arg(long, conflicts_with = "id")]
    pub key: Option<String>,
    /// Print JSON (versioned) instead of text
    #[arg(long)]
    pub json: bool,
}

/// `ask`
#[derive(Debug, Args)]
#[command(after_help = EXIT_CODES)]
pub struct Ask {
    /// The pane type; see `segno types`
    #[arg(value_name = "TYPE")]
    pub type_name: String,
    /// The text; `-` reads it from standard input
    #[arg(allow_hyphen_values = true)]
    pub text: String,
    /// Where the agent works [default: the current directory]
    #[arg(long, value_name = "DIR")]
    pub cwd: Option<PathBuf>,
    /// In a worktree of this name, which is made unless it is there, and stays
    #[arg(long, value_name = "NAME")]
    pub worktree: Option<String>,
    /// The model to use, as the agent calls it
    #[arg(short, long)]
    pub model: Option<String>,
    /// Give up after so many seconds, with exit code 124
    #[arg(short, long, value_name = "SECONDS", value_parser = seconds)]
    pub timeout: Option<Duration>,
    /// Print JSON (versioned) instead of text
    #[arg(long)]
    pub json: bool,
}

/// What `--help` says of exit codes.
const EXIT_CODES: &str = "\
Exit codes:
  0    given; with --wait: the turn has ended
  1    failed        2  wrong usage    3  no such pane    4  refused
  10   blocked       11  error         12  the program ended
  13   closed        14  not seen to begin                124  the time is up
  Not given:         20  busy          21  it waits for you
  22   not followed  23  budget        24  the program has ended
  25   dropped from the queue";

/// `queue`
#[derive(Debug, Args)]
pub struct Queue {
    /// The pane
    pub pane: PaneRef,
    /// What to do; nothing: list them
    #[command(subcommand)]
    pub command: Option<QueueCommand>,
    /// Print JSON (versioned) instead of text
    #[arg(long, global = true)]
    pub json: bool,
}

/// What to do with a queue.
#[derive(Debug, Subcommand)]
pub enum QueueCommand {
    /// Add a prompt at the end
    Add {
        /// The text; `-` reads it from standard input
        #[arg(allow_hyphen_values = true)]
        text: String,
    },
    /// List the prompts that wait
    List,
    /// Replace the text of a prompt
    Edit {
        /// The number that the list shows
        number: u64,
        /// The text; `-` reads it from standard input
        #[arg(allow_hyphen_values = true)]
        text: String,
    },
    /// Take a prompt away
    Drop {
        /// The number that the list shows
        number: u64,
    },
    /// Send nothing until `resume`
    Pause,
    /// Go on, also after an error and in another conversation
    Resume,
    /// Take all prompts away
    Clear,
}
