//! Options of `budget`.

use clap::{Args, Subcommand};

/// `budget`
#[derive(Debug, Args)]
pub struct Budget {
    /// What to do; nothing: say what was spent
    #[command(subcommand)]
    pub command: Option<BudgetCommand>,
    /// Print JSON (versioned) instead of text
    #[arg(long, global = true)]
    pub json: bool,
}

/// What to do with budgets.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Subcommand)]
pub enum BudgetCommand {
    /// Let what is used up go on: for today, or of a conversation for good
    Allow,
}
