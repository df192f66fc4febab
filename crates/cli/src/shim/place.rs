//! Where a shim stands in PATH, and what stands behind it. Only what is behind the last shim of
//! this name counts, so that shims of several Segnos never start each other in a circle.

use std::fs::Metadata;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use crate::environment::Invocation;
use segno_agent::panetype::launch::Probe;
use segno_agent::panetype::program::probe::SystemProbe;

/// The directory's name, by which a link to this program is known as a shim.
const DIRECTORY: &str = "shims";

/// The places of a name in PATH.
pub(super) struct Places {
    name: PathBuf,
    /// Behind the last shim.
    behind: Vec<PathBuf>,
}

impl Places {
    /// `None` where this process was not started as a shim.
    pub fn of(invoked: &Invocation) -> Option<Places> {
        let name = PathBuf::from(invoked.name()?);
        let own = same(&invoked.program.metadata().ok()?);
        let is_shim = |place: &Path| {
            let link = place.symlink_metadata().is_ok_and(|metadata| metadata.is_symlink());
            let named = place.parent().and_then(Path::file_name).is_some_and(|n| n == DIRECTORY);
            link && named && place.metadata().is_ok_and(|metadata| same(&metadata) == own)
        };
        let path: Vec<PathBuf> = std::env::split_paths(&invoked.path).collect();
        let last = path.iter().rposition(|dir| is_shim(&dir.join(&name)));
        let called = invoked.by_path() && is_shim(Path::new(&invoked.arg0));
        if last.is_none() && !called {
            return None;
        }
        let behind = path.into_iter().skip(last.map_or(0, |last| last + 1)).collect();
        Some(Places { name, behind })
    }

    /// The program that would be started without the shim.
    pub fn behind(&self) -> Option<PathBuf> {
        // What stands for the working directory is followed, as shells do.
        let here =
            |dir: &PathBuf| if dir.as_os_str().is_empty() { ".".into() } else { dir.clone() };
        let places = self.behind.iter().map(|dir| here(dir).join(&self.name));
        let program = places.into_iter().find(|place| SystemProbe.is_executable(place))?;
        std::path::absolute(program).ok()
    }
}

fn same(file: &Metadata) -> (u64, u64) {
    (file.dev(), file.ino())
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::ffi::OsString;
    use std::fs;
    use std::os::unix::fs::{PermissionsExt, symlink};

    #[test]
    fn what_is_behind_the_last_shim_is_found() {
        let temp = tempfile::tempdir().unwrap();
        let at = |name: &str| temp.path().join(name);
        let program = |path: &Path| {
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, "#!/bin/sh\n").unwrap();
            fs::set_permissions(path, fs::Permissions::from_mode(0o755)).unwrap();
        };
        program(&at("own/segno"));
        program(&at("early/agent"));
        program(&at("real/agent"));
        for home in ["a", "b"] {
            fs::create_dir_all(at(home).join("shims")).unwrap();
            symlink(at("own/segno"), at(home).join("shims/agent")).unwrap();
        }
        let invoked = |arg0: &str, dirs: &[&str]| Invocation {
            arg0: OsString::from(arg0),
            args: Vec::new(),
            program: at("own/segno"),
            path: std::env::join_paths(dirs.iter().map(|dir| at(dir))).unwrap(),
            interactive: true,
        };
        let behind = |invoked: Invocation| Places::of(&invoked).map(|places| places.behind());
        let dirs = ["early", "a/shims", "b/shims", "real"];
        assert_eq!(behind(invoked("agent", &dirs)), Some(Some(at("real/agent"))));
        assert_eq!(behind(invoked("agent", &["a/shims", "real", "b/shims"])), Some(None));
        assert_eq!(behind(invoked("agent", &["real"])), None);
        let by_path = at("a/shims/agent").to_string_lossy().into_owned();
        assert_eq!(behind(invoked(&by_path, &["real"])), Some(Some(at("real/agent"))));
        assert_eq!(behind(invoked("other", &dirs)), None);
    }
}
