//! Options of `events`.

use clap::Args;

use segno_wire::control::panes::pane::PaneRef;

/// `events`
#[derive(Debug, Args)]
pub struct Events {
    /// Go on with what happens from now on, until interrupted
    #[arg(short, long)]
    pub follow: bool,
    /// Events after this number; 0: all that are kept [default with --follow: from now on]
    #[arg(long, value_name = "NUMBER")]
    pub since: Option<u64>,
    /// Only events of this pane
    #[arg(long)]
    pub pane: Option<PaneRef>,
    /// Only these: names such as state.idle, or groups such as state.*
    #[arg(long = "type", value_name = "NAME")]
    pub types: Vec<String>,
    /// Print each as a line of JSON
    #[arg(long)]
    pub json: bool,
}
