//! Options of `history`.

use std::path::PathBuf;

use clap::{Args, Subcommand, ValueEnum};

/// What to do with the archive of conversations.
#[derive(Debug, Subcommand)]
pub enum History {
    /// Find what was said, in every conversation of every agent
    ///
    /// Words must all occur; "words in quotes" stand together, -word must not occur, `a OR b`,
    /// begin* of a word. role:user, tool:bash, file:src/x, agent:TYPE, project:NAME, branch:NAME,
    /// before:DAY, after:DAY and cost>1 narrow it down. Whatever means nothing is searched as text.
    Search(Search),
    /// What happened, newest first: prompts, answers and tools
    Query(Query),
    /// List conversations, newest first
    List(List),
    /// Print a conversation
    Show(Show),
    /// Write conversations to a file, or print them
    Export(Export),
    /// Go to a conversation's pane, or resume it in a new one
    Open(Open),
    /// Show who touched a file: when, in which conversation, after which prompt
    Files(Files),
    /// Which conversation made a commit
    Commit(Commit),
    /// How much is archived, and what it cost
    Stats(Stats),
    /// Where secrets stand: keys, tokens, passwords in addresses
    Secrets(Secrets),
    /// Remove conversations from the archive for good
    Forget(Forget),
    /// Give a deleted conversation back to its agent
    Restore(Restore),
    /// Read on what agents have stored since the last time
    Update(Update),
    /// Read the transcripts below a directory, as of another machine
    Import(Import),
    /// Check whether everything in the archive can be read
    Check(super::Json),
    /// Build the archive again from what agents store and from kept originals
    Rebuild(Update),
}

/// What is looked at.
#[derive(Debug, Args, Clone, Default)]
pub struct Filters {
    /// Only conversations of this pane type
    #[arg(long, value_name = "TYPE")]
    pub agent: Vec<String>,
    /// Only those of this project
    #[arg(long, value_name = "NAME")]
    pub project: Vec<String>,
    /// Only those that were on this branch
    #[arg(long, value_name = "NAME")]
    pub branch: Vec<String>,
    /// Only those of this directory and what is below it
    #[arg(long, value_name = "DIR")]
    pub cwd: Option<PathBuf>,
    /// Only what these said: user, assistant, system or tool
    #[arg(long, value_name = "ROLE", value_parser = role)]
    pub role: Vec<segno_archive::query::Role>,
    /// Only calls of this tool
    #[arg(long, value_name = "NAME")]
    pub tool: Vec<String>,
    /// Only where this file was touched
    #[arg(long, value_name = "PATH")]
    pub file: Vec<String>,
    /// From then on: a day (2026-11-21), yesterday, or so long ago (12h, 7d)
    #[arg(long, value_name = "WHEN")]
    pub since: Option<String>,
    /// Until then
    #[arg(long, value_name = "WHEN")]
    pub until: Option<String>,
    /// Only where the model's name has this in it
    #[arg(long, value_name = "NAME")]
    pub model: Option<String>,
    /// At most so many
    #[arg(long, value_name = "N", default_value_t = 20)]
    pub limit: usize,
    /// Also what an agent has taken back
    #[arg(long)]
    pub all: bool,
}

/// `history search`
#[derive(Debug, Args)]
pub struct Search {
    /// What to look for
    #[arg(required = true)]
    pub query: Vec<String>,
    #[command(flatten)]
    pub filters: Filters,
    /// Show so many messages before and after each hit
    #[arg(long, value_name = "N", default_value_t = 0)]
    pub context: usize,
    /// The query is a regular expression
    #[arg(long)]
    pub regex: bool,
    /// The query is a part of a text, whole words or not
    #[arg(long, conflicts_with = "regex")]
    pub substring: bool,
    /// Show secrets
    #[arg(long)]
    pub reveal: bool,
    /// Print JSON (versioned) instead of text
    #[arg(long)]
    pub json: bool,
}

/// What happened.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum EventType {
    /// What users asked.
    Prompt,
    /// What agents answered.
    Answer,
    /// What tools did.
    Tool,
    All,
}

/// `history query`
#[derive(Debug, Args)]
pub struct Query {
    /// Only where these words occur
    pub query: Vec<String>,
    /// What to list
    #[arg(long = "type", value_name = "WHAT", value_enum, default_value_t = EventType::All, conflicts_with = "role")]
    pub kind: EventType,
    #[command(flatten)]
    pub filters: Filters,
    /// Show secrets
    #[arg(long)]
    pub reveal: bool,
    /// Print JSON (versioned) instead of text
    #[arg(long)]
    pub json: bool,
}

/// `history list`
#[derive(Debug, Args)]
pub struct List {
    #[command(flatten)]
    pub filters: Filters,
    /// Print JSON (versioned) instead of text
    #[arg(long)]
    pub json: bool,
}

/// How a conversation is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Format {
    Text,
    Md,
    Json,
    Jsonl,
    /// One page that needs no other file.
    Html,
}

/// `history show`
#[derive(Debug, Args)]
pub struct Show {
    /// The conversation: its id, TYPE:ID, or the beginning of either
    pub id: String,
    /// Only what stands around this message
    #[arg(long, value_name = "MESSAGE")]
    pub around: Option<String>,
    /// How it is written
    #[arg(long, value_name = "HOW", value_enum, default_value_t = Format::Text)]
    pub format: Format,
    /// Show secrets
    #[arg(long)]
    pub reveal: bool,
    /// Print JSON (versioned): the same as --format json
    #[arg(long)]
    pub json: bool,
}

/// `history export`
#[derive(Debug, Args)]
pub struct Export {
    /// The conversations
    #[arg(required = true, value_name = "ID")]
    pub ids: Vec<String>,
    /// How they are written
    #[arg(long, value_name = "HOW", value_enum, default_value_t = Format::Md)]
    pub format: Format,
    /// Where to [default: standard output]
    #[arg(short, long, value_name = "PATH")]
    pub output: Option<PathBuf>,
    /// Show secrets
    #[arg(long)]
    pub reveal: bool,
    /// Write JSON (versioned): the same as --format json
    #[arg(long)]
    pub json: bool,
}

/// `history open`
#[derive(Debug, Args)]
pub struct Open {
    /// The conversation
    pub id: String,
    /// Leave it as it is, and begin another one with what was said in it
    #[arg(long)]
    pub fork: bool,
    /// Print JSON (versioned) instead of text
    #[arg(long)]
    pub json: bool,
}

/// `history files`
#[derive(Debug, Args)]
pub struct Files {
    /// The file, or a directory
    pub path: String,
    /// At most so many
    #[arg(long, value_name = "N", default_value_t = 20)]
    pub limit: usize,
    /// Print JSON (versioned) instead of text
    #[arg(long)]
    pub json: bool,
}

/// `history commit`
#[derive(Debug, Args)]
pub struct Commit {
    /// The commit, as git names it
    pub commit: String,
    /// At most so many conversations
    #[arg(long, value_name = "N", default_value_t = 5)]
    pub limit: usize,
    /// Print JSON (versioned) instead of text
    #[arg(long)]
    pub json: bool,
}

/// `history stats`
#[derive(Debug, Args)]
pub struct Stats {
    #[command(flatten)]
    pub filters: Filters,
    /// Print JSON (versioned) instead of text
    #[arg(long)]
    pub json: bool,
}

/// `history secrets`
#[derive(Debug, Args)]
pub struct Secrets {
    /// At most so many
    #[arg(long, value_name = "N", default_value_t = 100)]
    pub limit: usize,
    /// Print JSON (versioned) instead of text
    #[arg(long)]
    pub json: bool,
}

/// `history forget`
#[derive(Debug, Args)]
pub struct Forget {
    /// This conversation
    #[arg(required_unless_present_any = ["directory", "before"], conflicts_with_all = ["directory", "before"])]
    pub id: Option<String>,
    /// All of this directory and what is below it
    #[arg(long, alias = "cwd", value_name = "DIR", conflicts_with = "before")]
    pub directory: Option<PathBuf>,
    /// All that ended before then
    #[arg(long, value_name = "WHEN")]
    pub before: Option<String>,
    /// Do it without asking
    #[arg(long)]
    pub yes: bool,
    /// Print JSON (versioned) instead of text
    #[arg(long)]
    pub json: bool,
}

/// `history restore`
#[derive(Debug, Args)]
pub struct Restore {
    /// The conversation
    pub id: String,
    /// Print JSON (versioned) instead of text
    #[arg(long)]
    pub json: bool,
}

/// `history update`
#[derive(Debug, Args)]
pub struct Update {
    /// Print nothing, and give way to everything else on this machine
    #[arg(long, hide = true)]
    pub background: bool,
    /// Only note where turns began, as standard input says
    #[arg(long, hide = true, requires = "background")]
    pub turns_only: bool,
    /// Print JSON (versioned) instead of text
    #[arg(long)]
    pub json: bool,
}

/// `history import`
#[derive(Debug, Args)]
pub struct Import {
    /// A home directory, as it was copied from another machine, or one with conversations that
    /// `segno sync` or `segno history export --format jsonl` wrote
    pub directory: PathBuf,
    /// Print JSON (versioned) instead of text
    #[arg(long)]
    pub json: bool,
}

fn role(text: &str) -> Result<segno_archive::query::Role, String> {
    segno_archive::query::Role::named(text)
        .ok_or_else(|| format!("{text:?} is no role; user, assistant, system and tool are"))
}
