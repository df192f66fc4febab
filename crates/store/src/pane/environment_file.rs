//! The environments of those who attached and started, and the link to the SSH agent of the client
//! that attached last. They hold secrets: the file is for its owner alone, as all of the home.

use std::io;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};

use crate::file::atomic;
use crate::file::foreign;
use crate::home::Home;
use segno_agent::panetype::program::inherited::{Env, Kept};

/// Far more than a system gives a program.
const LIMIT: u64 = 8 << 20;
/// A socket's address has room for no longer path.
const ADDRESS_MAX: usize = 100;

/// What is kept; what cannot be read is as if there were nothing, since the daemon's own serves.
pub fn load(home: &Home) -> Kept {
    let bytes = foreign::read_file(&home.environment_file(), LIMIT).ok().flatten();
    bytes.and_then(|bytes| serde_json::from_slice(&bytes).ok()).unwrap_or_default()
}

/// Notes that a client attaches. Without it, panes have what the daemon has.
pub fn attached(home: &Home, env: Env, umask: u32) {
    let mut kept = load(home);
    kept.attached(env, umask);
    let _ = save(home, &kept);
    if let Some(socket) = kept.agent()
        && let Err(error) = lead(&home.agent_link(), socket)
    {
        tracing::debug!(%error, "the link to the SSH agent is not made");
    }
}

/// What the panes of a daemon begin with that was started in this environment.
pub fn of_daemon(home: &Home, env: Env) -> Env {
    let before = load(home);
    let mut kept = before.clone();
    kept.started(&env);
    if kept != before
        && let Err(error) = save(home, &kept)
    {
        tracing::warn!(%error, "the environment is not kept");
    }
    kept.base().clone()
}

/// The link to the SSH agent, where there is one that programs can use.
pub fn agent_link(home: &Home) -> Option<PathBuf> {
    let link = home.agent_link();
    (link.as_os_str().len() <= ADDRESS_MAX && link.is_symlink()).then_some(link)
}

fn save(home: &Home, kept: &Kept) -> io::Result<()> {
    atomic::write_if_different(&home.environment_file(), &serde_json::to_vec(kept)?).map(drop)
}

/// Makes the link lead there, at once for whoever follows it.
fn lead(link: &Path, socket: &Path) -> io::Result<()> {
    // It is the link already, for a client that was started from a pane.
    if socket == link || std::fs::read_link(link).is_ok_and(|now| now == socket) {
        return Ok(());
    }
    let fresh = link.with_extension(format!("{}.new", std::process::id()));
    let _ = std::fs::remove_file(&fresh);
    symlink(socket, &fresh)?;
    std::fs::rename(&fresh, link)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::MetadataExt;

    #[test]
    fn the_file_is_private_and_the_link_follows() {
        let temp = tempfile::tempdir().unwrap();
        let home = Home::resolve(Some(temp.path().as_os_str()), None, temp.path()).unwrap();
        let env = |socket: &str| Env::from([("SSH_AUTH_SOCK".into(), socket.into())]);
        for socket in ["/a", "/b"] {
            attached(&home, env(socket), 0o22);
            assert_eq!(std::fs::read_link(home.agent_link()).unwrap(), Path::new(socket));
        }
        let link = home.agent_link();
        attached(&home, env(link.to_str().unwrap()), 0o22);
        attached(&home, Env::new(), 0o22);
        assert_eq!(std::fs::read_link(&link).unwrap(), Path::new("/b"));
        let file = std::fs::metadata(home.environment_file()).unwrap();
        assert_eq!(file.mode() & 0o777, 0o600);
        std::fs::write(home.environment_file(), "{").unwrap();
        assert_eq!(load(&home), Kept::default());
    }
}
