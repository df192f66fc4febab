//! Options of `curate`.

use clap::Args;

/// `curate`
#[derive(Debug, Args)]
pub struct Curate {
    /// The conversation's id, as `segno history list` shows it, or its beginning
    #[arg(required_unless_present = "background")]
    pub id: Option<String>,
    /// Print what would be run, and run nothing
    #[arg(long)]
    pub dry_run: bool,
    /// Print JSON (versioned) instead of text
    #[arg(long)]
    pub json: bool,
    /// Curate what is due, one conversation, and leave word for the daemon
    #[arg(long, hide = true, conflicts_with_all = ["id", "dry_run", "json"])]
    pub background: bool,
}
