//! What those who send leave for the daemon.

use serde::{Deserialize, Serialize};

/// When there is something to send again, and what is in the way: `$SEGNO_HOME/sync/status.json`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Word {
    /// Milliseconds since the Unix epoch; nothing before something new was said without it.
    pub next: Option<u64>,
    /// A line each, for the user.
    pub problems: Vec<String>,
}
