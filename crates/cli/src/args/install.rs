//! `service` and `update`: Segno as it is installed on this machine.

use std::path::PathBuf;

use clap::{Args, Subcommand};

use super::Json;

/// `service …`
#[derive(Debug, Subcommand)]
pub enum Service {
    /// Start Segno with the system: write a unit of systemd or an agent of launchd
    Install(ServiceInstall),
    /// Remove what `install` wrote; nothing that runs ends
    Uninstall,
    /// Show whether it is installed and when it starts
    Status(Json),
}

/// `service install`
#[derive(Debug, Clone, Copy, Args)]
pub struct ServiceInstall {
    /// Start at boot, before you log in (systemd: `loginctl enable-linger`)
    #[arg(long)]
    pub at_boot: bool,
}

/// `update`
#[derive(Debug, Clone, Args)]
pub struct Update {
    /// A package or a program in a file, with FILE.sha256 and FILE.minisig beside it
    #[arg(long, value_name = "FILE")]
    pub from: Option<PathBuf>,
    /// Only show whether there is a newer version
    #[arg(long, conflicts_with_all = ["from", "rollback"])]
    pub check: bool,
    /// Go back to the program before the last update
    #[arg(long, conflicts_with_all = ["from", "url", "key", "unsigned"])]
    pub rollback: bool,
    /// Where releases are published [default: this build's]
    #[arg(long, conflicts_with = "from")]
    pub url: Option<String>,
    /// The minisign public key that releases are signed by [default: this build's]
    #[arg(long, value_name = "KEY")]
    pub key: Option<String>,
    /// Accept a file by its checksum alone, such as one of your own making
    #[arg(long, requires = "from", conflicts_with = "key")]
    pub unsigned: bool,
}
