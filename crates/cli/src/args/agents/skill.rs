//! Options of `skill`.

use clap::{Args, Subcommand};

/// What to do with the text for agents.
#[derive(Debug, Subcommand)]
pub enum Skill {
    /// Write it where an agent looks, after asking
    Install(Install),
}

/// `skill install`
#[derive(Debug, Args)]
pub struct Install {
    /// For this pane type, in your home
    #[arg(value_name = "AGENT", required_unless_present = "project", conflicts_with = "project")]
    pub agent: Option<String>,
    /// For every agent in this directory: .agents/skills/segno/SKILL.md
    #[arg(long)]
    pub project: bool,
    /// Do it without asking, also over a file that is there
    #[arg(long)]
    pub yes: bool,
}
