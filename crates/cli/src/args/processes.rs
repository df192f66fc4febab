//! Options of `ps` and `top`.

use std::time::Duration;

use clap::Args;

use super::value::seconds;
use segno_wire::control::panes::pane::PaneRef;

/// `ps`
#[derive(Debug, Args)]
pub struct Ps {
    /// Only this pane's [default: all]
    pub pane: Option<PaneRef>,
    /// Print JSON (versioned) instead of text
    #[arg(long)]
    pub json: bool,
}

/// `top`
#[derive(Debug, Args)]
pub struct Top {
    /// Draw every so many seconds
    #[arg(short, long, value_name = "SECONDS", value_parser = seconds, default_value = "2")]
    pub every: Duration,
    /// Draw once
    #[arg(long)]
    pub once: bool,
}
