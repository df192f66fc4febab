//! Programs from Python's package index, each version in an environment of its own below
//! `target/agents/`; as [`super::agents`] has it for npm.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use nix::fcntl::{Flock, FlockArg};

use super::agents::{agents_enabled, target_directory};

/// The `bin` of an environment with this package; `None` where there is no Python that could have
/// it, or no pip, or no package index, or nothing is to be installed.
pub fn install(package: &str, version: &str) -> Option<PathBuf> {
    let fits = "import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 11))";
    if !agents_enabled() || !succeeds(Path::new("python3"), &["-c", fits]) {
        return None;
    }
    let agents = target_directory().join("agents");
    fs::create_dir_all(&agents).expect("target/agents can be made");
    let name = format!("python-{package}-{version}");
    let directory = agents.join(&name);
    let lock = File::create(agents.join(format!("{name}.lock"))).expect("a lock file");
    let _lock = Flock::lock(lock, FlockArg::LockExclusive).map_err(|(_, e)| e).expect("a lock");
    let complete = directory.join(".complete");
    if !complete.exists() {
        // What an interrupted run left is not to be trusted.
        let _ = fs::remove_dir_all(&directory);
        let place = directory.to_str().expect("a path in UTF-8");
        if !succeeds(Path::new("python3"), &["-m", "venv", place]) {
            return None;
        }
        let wanted = format!("{package}=={version}");
        let pip = ["install", "--quiet", "--disable-pip-version-check", wanted.as_str()];
        if !succeeds(&directory.join("bin/pip"), &pip) {
            eprintln!("pip cannot install {wanted}; what needs it is left out");
            return None;
        }
        fs::write(complete, "").expect("a file in target/agents");
    }
    Some(directory.join("bin"))
}

fn succeeds(program: &Path, args: &[&str]) -> bool {
    let mut command = Command::new(program);
    let status = command.args(args).stdin(Stdio::null()).stdout(Stdio::null()).status();
    status.is_ok_and(|status| status.success())
}
