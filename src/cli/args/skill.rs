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
#[group(required = true, multiple = false, args = ["agent", "project"])]
pub struct Install {
    /// For this pane type, in your home
    #[arg(value_name = "AGENT")]
    pub agent: Option<String>,
    /// For every agent in this directory: .agents/skills/segno/SKILL.md
    #[arg(long)]
    pub project: bool,
    /// Do it without asking, also over a file that is there
    #[arg(long)]
    pub yes: bool,
}
