//! The commands that have commands of their own (arrangements, projects, pane types, settings, the
//! daemon), and the options of the processes that stay in the background.

use std::path::PathBuf;

use clap::{Args, Subcommand};

use super::Json;
use super::value::preset;
use segno_base::preset::Preset;
use segno_wire::control::panes::pane::PaneRef;

/// The hidden `keeper` command's options.
#[derive(Debug, Args)]
pub struct Keeper {
    /// A descriptor to report readiness on
    #[arg(long)]
    pub ready_fd: Option<i32>,
}

/// `project …`
#[derive(Debug, Subcommand)]
pub enum Project {
    /// Open the panes of its .segno.toml, or go to them if they are open
    Open {
        /// A directory in it [default: the current one]
        dir: Option<PathBuf>,
    },
    /// Trust its .segno.toml as it is now: it may name any program
    Trust {
        /// A directory in it [default: the current one]
        dir: Option<PathBuf>,
    },
    /// Forget what was decided about its .segno.toml
    Forget {
        /// A directory in it [default: the current one]
        dir: Option<PathBuf>,
    },
}

/// `layout …`
#[derive(Debug, Subcommand)]
pub enum Layout {
    /// Print the arrangement as TOML
    Export,
    /// Arrange the panes of a tab in a ready-made way
    Use {
        /// even-horizontal, even-vertical, main-horizontal, main-vertical or tiled
        #[arg(value_parser = preset)]
        preset: Preset,
        /// A pane of the tab [default: this one, or the focused one]
        #[arg(long, value_name = "PANE")]
        of: Option<PaneRef>,
    },
    /// Make the tabs and panes of an exported arrangement
    Apply {
        /// The file; `-` reads standard input
        file: PathBuf,
        /// Applied again with the same key, within a day: nothing, and the ids of the first time
        #[arg(long)]
        key: Option<String>,
    },
}

/// `types` and `types ls`
#[derive(Debug, Clone, Copy, Args)]
pub struct TypesList {
    /// Also built-in types that are not installed
    #[arg(long)]
    pub all: bool,
    /// Print JSON (versioned) instead of text
    #[arg(long)]
    pub json: bool,
}

/// `types …`
#[derive(Debug, Subcommand)]
pub enum Types {
    /// List the pane types, and what is wrong with any
    Ls(TypesList),
    /// Print a pane type's TOML
    Show {
        /// The pane type
        name: String,
    },
    /// Write a pane type to begin with, and print where it is
    New {
        /// The pane type's name
        name: String,
        /// Its program [default: the name]
        #[arg(short, long)]
        program: Option<String>,
    },
    /// Check a pane type's file and print what is wrong, with lines
    Check {
        /// The file
        file: PathBuf,
    },
    /// Read the files again (the daemon also notices by itself)
    Reload(Json),
}

/// `config …`
#[derive(Debug, Subcommand)]
pub enum Config {
    /// Check settings, keys and themes, and print what is wrong, with lines
    Check {
        /// The file: keys when it is called keys.toml, a theme in a directory themes, else
        /// settings [default: all those in use]
        file: Option<PathBuf>,
    },
    /// Print a complete, commented default file
    Default {
        #[arg(value_enum, default_value_t)]
        which: ConfigFile,
    },
    /// Print where a file is
    Path {
        #[arg(value_enum, default_value_t)]
        which: ConfigFile,
    },
}

/// What `config` is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, clap::ValueEnum)]
pub enum ConfigFile {
    /// What config.toml holds
    #[default]
    Settings,
    /// What keys.toml holds
    Keys,
    /// A theme to begin a theme of one's own with; the directory of themes
    Theme,
}

/// `daemon …`
#[derive(Debug, Subcommand)]
pub enum Daemon {
    /// Start it and restore the workspace, without attaching
    Start,
    /// Stop it; the panes' programs go on running
    Stop,
    /// Stop it and start it again, for example after an update; no pane is lost
    Restart,
    /// Whether it runs, which version, since when
    Status(Json),
    /// Be the daemon, in the foreground
    #[command(hide = true)]
    Run(DaemonRun),
}

/// `daemon run`
#[derive(Debug, Args)]
pub struct DaemonRun {
    /// A descriptor to report readiness on
    #[arg(long)]
    pub ready_fd: Option<i32>,
}

/// `kill`
#[derive(Debug, Args)]
pub struct Kill {
    /// Yes, all of it. The workspace is kept: `segno` brings the panes back
    #[arg(long, required = true)]
    pub all: bool,
}
