//! Options of the commands on worktrees and on what was done in them.

use std::path::PathBuf;

use clap::{ArgGroup, Args, Subcommand};

use super::Json;

/// `worktree …`
#[derive(Debug, Subcommand)]
pub enum Worktree {
    /// Make a worktree for a task, and print where it is
    Add(Add),
    /// List the worktrees
    List(List),
    /// Merge a worktree and put it into the trash
    ///
    /// Refuses rather than forces: what is neither committed nor elsewhere is named first. A
    /// conflict, or a hook that fails, leaves everything as it was.
    Finish(Finish),
    /// Put worktrees that are merged, clean and unused into the trash
    ///
    /// Also forgets those whose directories are gone, and empties the trash of what has been in it
    /// for 30 days.
    Prune(Prune),
    /// Bring a worktree back from the trash; without a name, list what is there
    Restore(Restore),
    /// Print what is shown of a directory, as JSON: for the daemon
    #[command(hide = true)]
    Look {
        /// The directory
        directory: PathBuf,
        /// Ask for the branch's pull request too
        #[arg(long)]
        ask: bool,
    },
}

/// `worktree add`
#[derive(Debug, Args)]
pub struct Add {
    /// The task; its branch and directory are called so. A branch or worktree of that name is
    /// taken as it is, `#123` is a pull request
    #[arg(required_unless_present = "from")]
    pub name: Option<String>,
    /// What it begins with: a branch, a commit, or `#123` for a pull request [default: the
    /// remote's main branch]
    #[arg(long, value_name = "REF")]
    pub from: Option<String>,
    /// The repository [default: that of the current directory]
    #[arg(long, value_name = "DIR")]
    pub cwd: Option<PathBuf>,
    /// Another repository to make a worktree of; can be repeated
    #[arg(long, value_name = "DIR")]
    pub also: Vec<PathBuf>,
    /// Copy a directory without git however large it is
    #[arg(long)]
    pub copy_all: bool,
    /// Print JSON (versioned) instead of the directory
    #[arg(long)]
    pub json: bool,
}

/// `worktree list`
#[derive(Debug, Args)]
pub struct List {
    /// Those of all repositories that Segno made one for
    #[arg(long)]
    pub all: bool,
    /// Also say what each takes on the disk
    #[arg(long)]
    pub size: bool,
    /// Print JSON (versioned) instead of text
    #[arg(long)]
    pub json: bool,
}

/// `worktree finish`
#[derive(Debug, Args)]
#[command(group(ArgGroup::new("way").args(["merge", "rebase", "squash", "leave", "pr"])))]
pub struct Finish {
    /// The worktree: a pane in it, its name, its branch, or its directory [default: the one that
    /// this is]
    pub worktree: Option<String>,
    /// Merge its branch (the default)
    #[arg(long)]
    pub merge: bool,
    /// Put its commits behind the target's, one by one
    #[arg(long)]
    pub rebase: bool,
    /// Merge it as one commit
    #[arg(long)]
    pub squash: bool,
    /// Push its branch and make a pull request; the worktree stays until that is merged
    #[arg(long, conflicts_with_all = ["trash", "close"])]
    pub pr: bool,
    /// Merge nothing
    #[arg(long)]
    pub leave: bool,
    /// The branch that gets it [default: the one that it branched off]
    #[arg(long, value_name = "BRANCH")]
    pub into: Option<String>,
    /// The message of the commit
    #[arg(short, long, value_name = "TEXT")]
    pub message: Option<String>,
    /// Merge it and leave the worktree where it is
    #[arg(long)]
    pub keep: bool,
    /// Close the panes that are in it; without this, running programs are a reason to refuse
    #[arg(long, conflicts_with = "keep")]
    pub close: bool,
    /// Where it conflicts, ask the agent in the worktree to solve that
    #[arg(long)]
    pub ask_agent: bool,
    /// Put what is not committed or merged into the trash, too
    #[arg(long, conflicts_with = "keep")]
    pub trash: bool,
    /// Print JSON (versioned) instead of text
    #[arg(long)]
    pub json: bool,
}

/// `worktree prune`
#[derive(Debug, Args)]
pub struct Prune {
    /// Only say what would be done
    #[arg(short = 'n', long)]
    pub dry_run: bool,
    /// In all repositories that Segno made worktrees for
    #[arg(long)]
    pub all: bool,
}

/// `worktree restore`
#[derive(Debug, Args)]
pub struct Restore {
    /// Its name, branch or id
    pub worktree: Option<String>,
    #[command(flatten)]
    pub json: Json,
}

/// `diff`
#[derive(Debug, Args)]
pub struct Diff {
    /// The pane, or a directory [default: the current directory]
    pub pane: Option<String>,
    /// Against which branch or commit [default: what its worktree branched off, else HEAD]
    #[arg(long, value_name = "REF")]
    pub base: Option<String>,
    /// Look at it page by page, mark lines and comment on them; the pane's agent gets the comments
    #[arg(long, conflicts_with_all = ["stat", "json"])]
    pub review: bool,
    /// Only name the files and count their lines
    #[arg(long)]
    pub stat: bool,
    /// Print JSON (versioned) instead of text
    #[arg(long, conflicts_with = "stat")]
    pub json: bool,
}
