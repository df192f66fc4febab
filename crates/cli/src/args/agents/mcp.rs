//! Options of `mcp`.

use std::path::PathBuf;

use clap::Args;

/// `mcp`
#[derive(Debug, Args)]
pub struct Mcp {
    /// Offer only what changes nothing
    #[arg(long)]
    pub read_only: bool,
    /// Only panes and conversations of this directory and what is below it
    #[arg(long, value_name = "DIR")]
    pub project: Option<PathBuf>,
}
