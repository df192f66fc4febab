//! Asks a shell which PATH it has after its start-up files.

use std::ffi::OsString;
use std::io::Read;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use crate::environment;
use crate::process::readable_within;
use segno_agent::panetype::launch::SHIMS;
use segno_base::system::os;

/// How long its start-up files may take.
const PATIENCE: Duration = Duration::from_secs(5);

/// The PATH of an interactive shell that is started as in a pane, with this directory in front.
pub fn path_in_shell(shell: &Path, shims: &Path) -> Option<Vec<u8>> {
    let old = environment::path();
    let rest = std::env::split_paths(&old).filter(|dir| dir != shims);
    let path: OsString = std::env::join_paths(std::iter::once(shims.into()).chain(rest)).ok()?;
    let mut command = Command::new(shell);
    // A program reports it, so that the shell's own language does not matter.
    command.args(["-i", "-c", "env"]).env("PATH", path).env(SHIMS, shims);
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::null());
    os::detach(&mut command, None);
    let mut child = command.spawn().ok()?;
    let mut output = child.stdout.take()?;
    let end = Instant::now() + PATIENCE;
    let (mut bytes, mut piece) = (Vec::new(), [0; 4096]);
    while readable_within(&output, end.saturating_duration_since(Instant::now())) {
        match output.read(&mut piece) {
            Ok(n) if n > 0 => bytes.extend_from_slice(&piece[..n]),
            _ => break,
        }
    }
    let _ = child.kill();
    let _ = child.wait();
    let mut lines = bytes.split(|byte| *byte == b'\n');
    lines.rfind(|line| line.starts_with(b"PATH=")).map(|line| line[b"PATH=".len()..].to_vec())
}
