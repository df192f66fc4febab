//! What `segno hook` has to know of its pane: written when the pane's program starts, so that it
//! needs neither the daemon nor the pane's type, and so that a changed type does not change how a
//! running program is understood.

use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use crate::mapping::Mapping;
use crate::panetype::launch::{LaunchRequest, session_rule};
use crate::panetype::types::{PaneType, Tracker};

/// The variable that names this program to whatever runs in a pane.
pub const PROGRAM: &str = "SEGNO_BIN";
/// A line for `sh`. The program may be gone (an update moved it): then a hook must not fail, since
/// agents show that, or take it for a refusal.
pub const COMMAND: &str = r#"test -x "$SEGNO_BIN" || exit 0; exec "$SEGNO_BIN" hook"#;
/// The file's name in the directory of what is generated for a pane.
pub const FILE: &str = "hook.json";

/// The file beside it in which hooks count what they could not write, and its size in bytes: it is
/// there from the start, because a full disk makes no new ones.
pub const FAILURES: &str = "hook.failures";
pub const FAILURES_SIZE: usize = 96;

/// The version of the file that is written and read.
pub const VERSION: u32 = 1;

/// The file's content.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct HookFile {
    pub v: u32,
    #[serde(rename = "type")]
    pub type_name: String,
    /// The expression that every session id matches.
    pub session_rule: String,
    #[serde(with = "segno_base::text::path_text")]
    pub claim_file: PathBuf,
    pub hook: Mapping,
}

/// The files for a start, where the type has hooks.
pub(super) fn files(
    ty: &PaneType,
    tracker: &Tracker,
    req: &LaunchRequest<'_>,
) -> Option<[(PathBuf, Vec<u8>); 2]> {
    of(ty, tracker, req.paths.claim_file.clone(), &req.paths.generated_dir)
}

/// The files for a program that runs, in place of those that somebody removed.
pub fn renewed(
    ty: &PaneType,
    claim_file: PathBuf,
    directory: &Path,
) -> Option<[(PathBuf, Vec<u8>); 2]> {
    of(ty, ty.tracker.as_ref()?, claim_file, directory)
}

fn of(
    ty: &PaneType,
    tracker: &Tracker,
    claim_file: PathBuf,
    directory: &Path,
) -> Option<[(PathBuf, Vec<u8>); 2]> {
    let content = HookFile {
        v: VERSION,
        type_name: ty.name.clone(),
        session_rule: session_rule(ty).to_string(),
        claim_file,
        hook: tracker.hook.clone()?,
    };
    // Strings and lists of them always make JSON.
    let bytes = serde_json::to_vec(&content).ok()?;
    let failures = vec![b' '; FAILURES_SIZE];
    Some([(directory.join(FILE), bytes), (directory.join(FAILURES), failures)])
}
