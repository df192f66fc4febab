//! Whose pane it is: an agent that runs inside the pane's agent inherits its environment and must
//! not speak for it. So the first one that reports leaves its process's number, and others that
//! find that process alive stay silent.

use std::fs;
use std::io::Write;
use std::path::Path;

use nix::unistd::getppid;

use segno_base::system::os::process::exists;
use segno_store::file::foreign;

/// What may stand between an agent and its hook.
const SHELLS: [&str; 6] = ["sh", "bash", "dash", "zsh", "ash", "ksh"];

/// Whether this hook's agent is the pane's. Where that is unknown, it is.
pub(super) fn is_ours(path: &Path) -> bool {
    let agent = agent();
    match holder(path) {
        Some(holder) if holder == agent => true,
        Some(holder) if exists(holder) => false,
        before => {
            if before.is_some() {
                let _ = fs::remove_file(path);
            }
            if claim(path, agent).is_err() {
                // Another hook may have been a moment faster.
                return holder(path).is_none_or(|holder| holder == agent);
            }
            true
        }
    }
}

fn holder(path: &Path) -> Option<i32> {
    let bytes = foreign::read(path, 64).ok()??;
    let text = String::from_utf8(bytes).ok()?;
    text.trim().parse().ok().filter(|pid| *pid > 0)
}

/// Makes the claim with its content, or fails when there is one.
fn claim(path: &Path, agent: i32) -> std::io::Result<()> {
    let dir = path.parent().unwrap_or(Path::new("/"));
    let mut file = tempfile::NamedTempFile::new_in(dir)?;
    file.write_all(agent.to_string().as_bytes())?;
    fs::hard_link(file.path(), path)
}

/// The process that ran this hook: the nearest one above that is no shell.
fn agent() -> i32 {
    let mut pid = getppid().as_raw();
    for _ in 0..8 {
        match process(pid) {
            Some((name, parent)) if SHELLS.contains(&name.as_str()) && parent > 1 => pid = parent,
            _ => break,
        }
    }
    pid
}

/// A process's name and parent, where the system has them in files.
fn process(pid: i32) -> Option<(String, i32)> {
    let stat = fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    let (before, after) = stat.rsplit_once(") ")?;
    let (_, name) = before.split_once(" (")?;
    let parent = after.split(' ').nth(1)?.parse().ok()?;
    Some((name.to_string(), parent))
}
