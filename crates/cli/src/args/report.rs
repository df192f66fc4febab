//! Options of the commands that report: conversations, usage, notifications.

use std::path::PathBuf;

use clap::Args;

use super::value::{Since, by, since};
use segno_wire::control::panes::pane::PaneRef;
use segno_wire::control::usage::By;

/// `sessions`
#[derive(Debug, Args)]
pub struct Sessions {
    /// The pane [default: this one, or the focused one]
    #[arg(conflicts_with = "dir")]
    pub pane: Option<PaneRef>,
    /// Instead: the past conversations of a directory, of every agent
    #[arg(long, alias = "cwd", value_name = "DIR")]
    pub dir: Option<PathBuf>,
    /// Only those of this pane type
    #[arg(long = "type", value_name = "TYPE", requires = "dir")]
    pub type_name: Option<String>,
    /// Print JSON (versioned) instead of text
    #[arg(long)]
    pub json: bool,
}

/// `usage`
#[derive(Debug, Args)]
pub struct Usage {
    /// What to sum up: conversation, pane, project, day or model
    #[arg(long, value_name = "WHAT", value_parser = by, default_value = "day")]
    pub by: By,
    /// From this day on (2026-11-21, yesterday), or the last so many days (7d)
    #[arg(long, value_name = "WHEN", value_parser = since)]
    pub since: Option<Since>,
    /// Print JSON (versioned) instead of text
    #[arg(long)]
    pub json: bool,
}

/// `notifications`
#[derive(Debug, Args)]
pub struct Notifications {
    /// Remove all of them
    #[arg(long)]
    pub clear: bool,
    /// Print JSON (versioned) instead of text
    #[arg(long, conflicts_with = "clear")]
    pub json: bool,
}
