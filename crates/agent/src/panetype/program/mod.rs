//! Finding a program the way a shell would, in the environment that the pane will have.

pub mod generation;
pub mod inherited;
pub mod probe;

use std::collections::BTreeMap;
use std::ffi::{OsStr, OsString};
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};

use crate::panetype::launch::Probe;

/// Where programs are looked for when the environment does not say.
const DEFAULT_PATH: &[u8] = b"/usr/local/bin:/usr/bin:/bin";

/// The program's absolute path. A name without a slash is looked for in `PATH`; relative entries
/// of `PATH` are not followed, since what they mean depends on the directory.
pub(in crate::panetype) fn find(
    program: &OsStr,
    env: &BTreeMap<OsString, OsString>,
    cwd: Option<&Path>,
    probe: &dyn Probe,
) -> Option<PathBuf> {
    if program.is_empty() {
        return None;
    }
    let path = Path::new(program);
    if program.as_encoded_bytes().contains(&b'/') {
        let absolute = if path.is_absolute() { path.to_path_buf() } else { cwd?.join(path) };
        return probe.is_executable(&absolute).then_some(absolute);
    }
    let path_var = env.get(OsStr::new("PATH")).map_or(DEFAULT_PATH, |dirs| dirs.as_bytes());
    path_var
        .split(|byte| *byte == b':')
        .map(|dir| Path::new(OsStr::from_bytes(dir)))
        .filter(|dir| dir.is_absolute())
        .map(|dir| dir.join(path))
        .find(|candidate| probe.is_executable(candidate))
}
