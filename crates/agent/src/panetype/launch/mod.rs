//! From a pane type and a request to everything that a spawn needs: program, arguments,
//! environment and the files that must be there first.
//!
//! [`plan`] is a straight line: environment, values, injections, conversation, arguments. Each is a
//! module that gets what came before and answers with what it adds. Pure but for the probe: nothing
//! is written or started here.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::io;
use std::path::{Path, PathBuf};

use crate::identity::SessionId;
use crate::panetype::program;
use crate::panetype::types::PaneType;
use crate::start::{Beginning, StartRequest};
use segno_base::ids::PaneId;

mod arguments;
mod computed;
mod conversation;
mod environment;
mod error;
mod headless;
mod inject;
mod installed;
mod stored;
mod typed;
mod values;

pub use arguments::check_request;
pub use environment::{environment_outside, matches};
pub use error::LaunchError;
pub use headless::{Headless, HeadlessRequest, headless};
pub use installed::{available, program_name, program_path};
pub use stored::{Pattern, absolute_files, named, watched};
pub use typed::{GUEST, SHIMS, meaning_rules, own_args, typed_environment, without_shims};
pub(super) use values::session_rule;

/// What a plan has to know about the file system.
pub trait Probe {
    fn exists(&self, path: &Path) -> bool;
    fn is_executable(&self, path: &Path) -> bool;
    /// The content of a regular file. Must not wait for a pipe, and may refuse what is huge.
    fn read(&self, path: &Path) -> io::Result<Vec<u8>>;
    /// At most so much of the beginning of a regular file.
    fn head(&self, path: &Path, most: u64) -> io::Result<Head>;
    /// The regular files that a pattern stands for, in which `*` is any part of a name.
    fn matching(&self, pattern: &Path) -> Vec<PathBuf>;
    /// Whether this process runs.
    fn is_alive(&self, pid: i32) -> bool;
    fn random(&self) -> io::Result<[u8; 16]>;
    /// A port of the loopback interface that nothing listens on.
    fn free_port(&self) -> io::Result<u16>;
}

/// The beginning of a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Head {
    pub bytes: Vec<u8>,
    /// There is nothing more.
    pub whole: bool,
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

/// What is asked for, and where.
#[derive(Debug, Clone)]
pub struct LaunchRequest<'a> {
    pub pane: PaneId,
    pub paths: TrackerPaths,
    pub start: &'a StartRequest,
    pub beginning: &'a Beginning,
    /// Where the program starts: absolute, and there.
    pub cwd: PathBuf,
    /// Whether nothing was ever said in the conversation that is to be resumed, as far as known.
    pub never_prompted: bool,
    /// The daemon's environment.
    pub env: &'a BTreeMap<OsString, OsString>,
    /// Names and patterns that no pane inherits (`environment.unset`).
    pub unset: &'a [String],
    /// What the program is taken for, where the type distinguishes generations.
    pub generation: Option<&'a str>,
    /// The user's shell, absolute.
    pub shell: &'a Path,
    /// This program, absolute.
    pub segno: &'a Path,
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
    /// Whether it finds a `tmux` that answers with Segno's panes.
    pub tmux: bool,
    /// To be written, readable by the user only, before the program starts.
    pub files: Vec<(PathBuf, Vec<u8>)>,
    /// What the user should know, for example that their own variable cannot be merged with.
    pub notes: Vec<String>,
    /// What the type leaves out here, and why: of interest to those who ask.
    pub left_out: Vec<String>,
    /// The conversation that the program begins, where Segno chose its id.
    pub assigned: Option<SessionId>,
    /// Files of the conversation that are to be copied before the program starts.
    pub protect: Vec<PathBuf>,
}

/// What is said of a plan on the way.
#[derive(Debug, Default)]
struct Remarks {
    notes: Vec<String>,
    left_out: Vec<String>,
}

impl Remarks {
    /// For the user.
    fn note(&mut self, note: String) {
        self.notes.push(note);
    }

    /// For those who ask.
    fn leave_out(&mut self, what: String) {
        self.left_out.push(what);
    }
}

/// The plan for one start.
///
/// What a pane was once given and its type no longer knows (a toggle, a field, a model) is left
/// out with a note, so that a changed type never keeps a conversation from coming back.
pub fn plan(
    ty: &PaneType,
    req: &LaunchRequest<'_>,
    probe: &dyn Probe,
) -> Result<LaunchPlan, LaunchError> {
    let mut remarks = Remarks::default();
    let mut env = environment::inherited(ty, req);
    let values = values::values(ty, req, &env, probe)?;
    environment::fill(&ty.command.env, &values, &mut env)?;
    let toggles = arguments::in_force(ty, req);
    for toggle in &toggles {
        environment::fill(&toggle.env, &values, &mut env)?;
    }
    let injected = inject::inject(ty, req, &values, &mut env, probe, &mut remarks)?;
    let way = conversation::way(ty, req, &values, probe, &mut remarks)?;
    let args = arguments::arguments(ty, req, &values, injected.args, way.args, &mut remarks)?;
    let wanted = values::fill(&ty.command.program, &values, "program")?;
    let program = program::find(&wanted, &env, Some(&req.cwd), probe).ok_or_else(|| {
        let program = wanted.to_string_lossy().into_owned();
        LaunchError::NotFound { program, homepage: ty.homepage.clone() }
    })?;
    let Remarks { notes, left_out } = remarks;
    let (files, assigned, protect) = (injected.files, way.assigned, way.protect);
    let tmux = toggles.iter().any(|toggle| toggle.tmux);
    Ok(LaunchPlan { program, args, env, tmux, files, notes, left_out, assigned, protect })
}

#[cfg(test)]
mod tests;
