//! Options of the commands on what a pane has beside its program, and of `close`, which heeds it.

use std::path::PathBuf;

use clap::{Args, ValueEnum};

use super::value::dash;
use segno_base::tint::Tint;
use segno_wire::control::panes::pane::PaneRef;

/// `close`
#[derive(Debug, Args)]
pub struct Close {
    /// The pane [default: inside a pane, this one]
    pub pane: Option<PaneRef>,
    /// Even if it is pinned
    #[arg(long)]
    pub force: bool,
    /// Also the panes opened from it, and from those
    #[arg(long)]
    pub children: bool,
    /// End also what it has started and what outlives it; works for a closed pane, too
    #[arg(long)]
    pub all: bool,
}

/// `pin` and `mute`
#[derive(Debug, Args)]
pub struct Switch {
    /// The pane
    pub pane: PaneRef,
    /// Not any more
    #[arg(long)]
    pub off: bool,
}

/// `color`
#[derive(Debug, Args)]
pub struct Color {
    /// The pane
    pub pane: PaneRef,
    /// red, yellow, green, cyan, blue, violet, or none
    #[arg(value_parser = color)]
    pub color: String,
}

/// `broadcast`
#[derive(Debug, Args)]
pub struct Broadcast {
    /// The panes to add to the chosen ones
    #[arg(required_unless_present = "off", value_name = "PANE")]
    pub panes: Vec<PaneRef>,
    /// Take these out; without panes: all of them
    #[arg(long)]
    pub off: bool,
}

/// `note`
#[derive(Debug, Args)]
pub struct Note {
    /// The pane [default: this one, or the focused one]
    pub pane: Option<PaneRef>,
    /// `-` replaces the note by standard input
    #[arg(value_name = "-", value_parser = dash, group = "new")]
    pub stdin: Option<String>,
    /// Open it in $VISUAL, $EDITOR or vi
    #[arg(long, group = "new")]
    pub edit: bool,
    /// Replace it; an empty text takes it away
    #[arg(long, value_name = "TEXT", group = "new", allow_hyphen_values = true)]
    pub set: Option<String>,
}

/// `log`
#[derive(Debug, Args)]
pub struct Log {
    /// The pane
    pub pane: PaneRef,
    /// The file; what is in it stays
    #[arg(required_unless_present = "stop", conflicts_with = "stop")]
    pub file: Option<PathBuf>,
    /// The very bytes, escape sequences and all, instead of lines of text
    #[arg(long, conflicts_with = "stop")]
    pub raw: bool,
    /// Log no more
    #[arg(long)]
    pub stop: bool,
}

/// `save`
#[derive(Debug, Args)]
pub struct Save {
    /// The pane
    pub pane: PaneRef,
    /// The file
    pub file: PathBuf,
    /// How to write it
    #[arg(long, value_enum, default_value_t = SaveFormat::Text)]
    pub format: SaveFormat,
    /// Replace an existing file
    #[arg(long)]
    pub force: bool,
}

/// How `save` writes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum SaveFormat {
    /// Characters only
    Text,
    /// With colours, as escape sequences
    Ansi,
}

fn color(text: &str) -> Result<String, String> {
    match text {
        "none" => Ok(text.into()),
        _ => text.parse::<Tint>().map(|tint| tint.to_string()).map_err(|e| e.to_string()),
    }
}
