//! Methods on the daemon itself: `daemon.*`.

use std::path::PathBuf;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The result of `daemon.status`. Frozen as far as it goes: fields are only added.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct DaemonStatus {
    /// The daemon's process id.
    pub pid: i32,
    /// Its version.
    pub version: String,
    /// Its protocol number.
    pub protocol: u32,
    /// Its `$SEGNO_HOME`.
    #[serde(serialize_with = "crate::control::lossy::path")]
    pub home: PathBuf,
    /// How long it runs, in milliseconds.
    pub uptime_ms: u64,
    /// Attached clients.
    pub clients: usize,
    /// Panes.
    pub panes: usize,
    /// The keeper's process id.
    pub keeper_pid: Option<i32>,
    /// The keeper's version.
    pub keeper_version: Option<String>,
    /// What the user should know, one line each: what is wrong and what to do.
    pub warnings: Vec<String>,
    /// Files that belong to no pane.
    #[serde(serialize_with = "crate::control::lossy::list")]
    pub orphans: Vec<PathBuf>,
}

/// `daemon.stop`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct Stop {
    /// Whether another daemon follows at once, so that clients reconnect instead of ending.
    pub restart: bool,
}

/// The result of `daemon.stop` and `daemon.kill_all`, sent before the daemon goes; the
/// connection's end says that it has gone.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct Stopping {
    /// The daemon's process id.
    pub pid: i32,
    /// Programs that go on running (stop) or were ended (kill_all).
    pub panes: usize,
}
