//! What every operation needs to know of its surroundings.

use std::path::{Path, PathBuf};
use std::time::Duration;

use segno_store::home::Home;

/// Where Segno keeps things, and how programs are started.
#[derive(Debug, Clone)]
pub struct Context {
    /// Segno's home, which exists.
    pub home: Home,
    /// The program `git`: a name that is looked for in `$PATH`, or a path.
    pub git: PathBuf,
    /// How long git may take to answer.
    pub look_limit: Duration,
    /// How long git may take to change something: check out, fetch, run hooks.
    pub work_limit: Duration,
}

impl Context {
    /// With the usual limits.
    pub fn new(home: Home) -> Context {
        Context {
            home,
            git: PathBuf::from("git"),
            look_limit: Duration::from_secs(30),
            work_limit: Duration::from_secs(30 * 60),
        }
    }

    /// Where records are.
    pub(crate) fn records(&self) -> PathBuf {
        self.home.worktrees_dir()
    }

    /// Where worktrees of a repository live that live at Segno's home.
    pub(crate) fn trees(&self, repository: &Path) -> PathBuf {
        let name = repository.file_name().map(|name| name.to_string_lossy().into_owned());
        let name = crate::name::for_path(&name.unwrap_or_default()).unwrap_or_default();
        self.records().join("trees").join(format!("{name}-{:08x}", digest(repository)))
    }
}

/// A short number that is always the same for a path; distinguishes repositories of one name.
fn digest(path: &Path) -> u32 {
    use std::os::unix::ffi::OsStrExt;
    let fold = |hash: u32, byte: &u8| (hash ^ u32::from(*byte)).wrapping_mul(0x0100_0193);
    path.as_os_str().as_bytes().iter().fold(0x811c_9dc5, fold)
}
