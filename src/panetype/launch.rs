//! From a pane type and a request to everything that a spawn needs: program, arguments,
//! environment and the files that must be there first.
//!
//! Pure but for the probe: nothing is written or started here.

use std::collections::{BTreeMap, BTreeSet};
use std::ffi::{OsStr, OsString};
use std::io;
use std::path::{Path, PathBuf};

use crate::agent::identity::SessionId;
use crate::base::ids::{PANE_ID_RULE, PaneId};

use super::json;
use super::program;
use super::template::{FillError, Placeholder, Template, Values, file_url};
use super::types::{JsonEnv, JsonFile, JsonTemplate, PaneType};

/// What a plan has to know about the file system.
pub trait Probe {
    fn exists(&self, path: &Path) -> bool;
    fn is_executable(&self, path: &Path) -> bool;
    /// The content of a regular file. Must not wait for a pipe, and may refuse what is huge.
    fn read(&self, path: &Path) -> io::Result<Vec<u8>>;
}

/// Where a pane's tracker finds its files; all absolute.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TrackerPaths {
    pub home: PathBuf,
    /// The directory with the type's assets.
    pub assets: PathBuf,
    pub session_file: PathBuf,
    pub events_file: PathBuf,
    pub log_file: PathBuf,
    pub claim_file: PathBuf,
    /// Where generated files of this pane go.
    pub generated_dir: PathBuf,
}

/// In which conversation the program starts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Conversation {
    New,
    Resume(SessionId),
    /// The newest one, as the program sees it.
    ContinueLast,
}

/// What is asked for.
#[derive(Debug, Clone)]
pub struct LaunchRequest<'a> {
    pub pane: PaneId,
    pub paths: TrackerPaths,
    /// Absolute.
    pub cwd: PathBuf,
    pub toggles: &'a BTreeSet<String>,
    pub fields: &'a BTreeMap<String, String>,
    /// The user's own arguments.
    pub args: &'a [String],
    pub model: Option<&'a str>,
    pub prompt: Option<&'a str>,
    pub conversation: Conversation,
    /// The daemon's environment.
    pub env: &'a BTreeMap<OsString, OsString>,
    /// Names and patterns that no pane inherits (`environment.unset`).
    pub unset: &'a [String],
    /// The user's shell, absolute.
    pub shell: &'a Path,
}

/// What to do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LaunchPlan {
    /// Absolute.
    pub program: PathBuf,
    /// Without the program itself.
    pub args: Vec<OsString>,
    /// Complete: nothing is inherited besides.
    pub env: BTreeMap<OsString, OsString>,
    /// To be written, readable by the user only, before the program starts.
    pub files: Vec<(PathBuf, Vec<u8>)>,
    /// What the user should know, for example that the tracker had to be left out.
    pub notes: Vec<String>,
}

/// Why a pane cannot be started as asked.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum LaunchError {
    #[error("{program}: not found; {}", advice(homepage))]
    NotFound { program: String, homepage: Option<String> },
    #[error("{0:?} is no session id of a {1} pane; `segno sessions` lists those that are known")]
    BadSession(String, String),
    #[error("a {0} pane cannot return to a conversation; start it without one")]
    CannotResume(String),
    #[error("a {0} pane takes no {1}; start it without one")]
    Unsupported(String, &'static str),
    #[error("a {ty} pane has no {what} {name:?}; it has {known}")]
    Unknown { ty: String, what: &'static str, name: String, known: String },
    #[error("{0} ({1}) is required; give it with --set {0}=VALUE")]
    MissingField(String, String),
    #[error("the {0} holds a NUL character, which no program can be given; remove it")]
    Nul(&'static str),
    #[error("the {0} cannot be built: {1}")]
    Fill(&'static str, FillError),
}

fn advice(homepage: &Option<String>) -> String {
    match homepage {
        Some(url) => format!("install it ({url}) or add its directory to PATH"),
        None => "install it or add its directory to PATH".to_string(),
    }
}

/// The plan for one start.
pub fn plan(
    ty: &PaneType,
    req: &LaunchRequest<'_>,
    probe: &dyn Probe,
) -> Result<LaunchPlan, LaunchError> {
    let _ = (ty, req, probe);
    Err(LaunchError::CannotResume(String::new()))
}

/// Whether the type's program is installed.
pub fn available(ty: &PaneType, env: &BTreeMap<OsString, OsString>, probe: &dyn Probe) -> bool {
    let _ = (ty, env, probe);
    false
}

/// Strict check of a new pane's request: what a restart overlooks with a note is refused here.
pub fn check_request(ty: &PaneType, req: &LaunchRequest<'_>) -> Result<(), LaunchError> {
    let _ = (ty, req);
    Ok(())
}
