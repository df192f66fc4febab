//! What the command line reads from its environment; the only place in `cli/` that reads it.

use std::collections::BTreeMap;
use std::ffi::{OsStr, OsString};
use std::io::IsTerminal;
use std::os::fd::AsFd;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use super::args::When;
use super::error::CliError;
use segno_agent::panetype::launch::GUEST;
use segno_base::system::os;
use segno_store::home::Home;
use segno_wire::attach::{AttachParams, CLIENT_ENV};
use segno_wire::control::panes::pane::PaneRef;

/// Set inside a pane: its id.
pub const PANE: &str = "SEGNO_PANE";
const HOME: &str = "SEGNO_HOME";
/// Set for an agent that curates, and all that it starts: the conversation.
pub const CURATION: &str = "SEGNO_CURATION";

/// What `--color` says.
static COLOR: OnceLock<When> = OnceLock::new();

/// Decides when output is coloured, before anything is read.
pub fn color(when: When) {
    let _ = COLOR.set(when);
}

/// The pane that this process runs in.
pub fn pane() -> Option<String> {
    text(PANE).filter(|pane| !pane.is_empty())
}

/// The surroundings of one invocation.
#[derive(Debug, Clone)]
pub struct Environment {
    /// Where Segno keeps everything.
    pub home: Home,
    /// The working directory.
    pub cwd: PathBuf,
    /// The pane that this process runs in.
    pub pane: Option<String>,
    /// Under which id the tracker of an agent that was typed in a shell keeps its files.
    pub guest: Option<String>,
    /// Which permissions its new files lack.
    pub umask: u32,
    /// Whether standard output may be coloured.
    pub color: bool,
    /// How wide standard output is, when it is a terminal.
    pub columns: Option<u16>,
}

impl Environment {
    /// Looks around.
    pub fn read() -> Result<Environment, CliError> {
        let cwd = directory();
        let user_home = std::env::home_dir();
        let home = Home::resolve(std::env::var_os(HOME).as_deref(), user_home.as_deref(), &cwd)
            .map_err(|e| CliError::new("cannot use SEGNO_HOME", e))?;
        let pane = pane();
        let plain = std::env::var_os("NO_COLOR").is_some_and(|v| !v.is_empty());
        let color = match COLOR.get() {
            Some(When::Always) => true,
            Some(When::Never) => false,
            _ => !plain && std::io::stdout().is_terminal() && term() != "dumb",
        };
        let columns = os::window_size(std::io::stdout().as_fd()).ok().map(|size| size.cols);
        let columns = columns.filter(|columns| *columns > 0);
        let guest = text(GUEST).filter(|guest| !guest.is_empty());
        Ok(Environment { home, cwd, pane, guest, umask: os::umask(), color, columns })
    }

    /// The pane that is meant when none is named.
    pub fn this_pane(&self) -> PaneRef {
        self.own_pane().unwrap_or(PaneRef::Focused)
    }

    /// The pane that this runs in.
    pub fn own_pane(&self) -> Option<PaneRef> {
        self.pane.as_deref().map(PaneRef::from)
    }
}

/// Whether this runs in a curation.
pub fn is_curating() -> bool {
    text(CURATION).is_some_and(|conversation| !conversation.is_empty())
}

/// All variables: what panes inherit from the daemon.
pub fn variables() -> BTreeMap<OsString, OsString> {
    std::env::vars_os().collect()
}

/// The user's home directory.
pub fn user_home() -> Option<PathBuf> {
    std::env::home_dir().filter(|home| home.is_absolute())
}

/// The working directory.
pub fn directory() -> PathBuf {
    std::env::current_dir().unwrap_or_else(|_| PathBuf::from("/"))
}

/// How this process was started.
#[derive(Debug, Clone)]
pub struct Invocation {
    /// The name by which it was called.
    pub arg0: OsString,
    pub args: Vec<OsString>,
    /// This program's file.
    pub program: PathBuf,
    pub path: OsString,
    /// Whether somebody sits before it.
    pub interactive: bool,
}

impl Invocation {
    /// The last part of its name.
    pub fn name(&self) -> Option<&OsStr> {
        Path::new(&self.arg0).file_name()
    }

    /// Whether it was called by a path, and not looked for.
    pub fn by_path(&self) -> bool {
        self.arg0.as_encoded_bytes().contains(&b'/')
    }
}

/// How this process was started.
pub fn invocation() -> Invocation {
    let mut args = std::env::args_os();
    Invocation {
        arg0: args.next().unwrap_or_default(),
        args: args.collect(),
        program: program().unwrap_or_default(),
        path: path(),
        interactive: std::io::stdin().is_terminal() && std::io::stdout().is_terminal(),
    }
}

/// This program's arguments as text; those that are none are left to the parser to refuse.
pub fn arguments() -> Vec<String> {
    std::env::args_os().skip(1).map(|arg| arg.to_string_lossy().into_owned()).collect()
}

/// `$TERM`.
pub fn term() -> String {
    text("TERM").unwrap_or_default()
}

/// What a client says of its terminal.
pub fn attach_params() -> AttachParams {
    let env: BTreeMap<_, _> =
        CLIENT_ENV.iter().filter_map(|name| Some((name.to_string(), text(name)?))).collect();
    AttachParams {
        term: term(),
        colorterm: text("COLORTERM").unwrap_or_default(),
        cwd: Some(directory()).filter(|cwd| cwd.to_str().is_some()),
        env,
        ..AttachParams::default()
    }
}

/// The user's shell.
pub fn shell() -> PathBuf {
    let named = std::env::var_os("SHELL").map(PathBuf::from);
    named.filter(|shell| shell.is_absolute()).unwrap_or_else(|| "/bin/sh".into())
}

/// The user's editor, as a command line.
pub fn editor() -> String {
    let named = |name| text(name).filter(|line| !line.trim().is_empty());
    named("VISUAL").or_else(|| named("EDITOR")).unwrap_or_else(|| "vi".into())
}

/// Where programs are looked for.
pub fn path() -> OsString {
    std::env::var_os("PATH").unwrap_or_default()
}

/// Whether a program of this name can be started.
pub fn has_program(name: &str) -> bool {
    use std::os::unix::fs::PermissionsExt;
    std::env::split_paths(&path()).any(|dir| {
        let metadata = std::fs::metadata(dir.join(name));
        metadata
            .is_ok_and(|metadata| metadata.is_file() && metadata.permissions().mode() & 0o111 != 0)
    })
}

/// This program's file. After an update Linux calls the old one deleted; its successor is meant.
pub fn program() -> std::io::Result<PathBuf> {
    let path = std::env::current_exe()?;
    let name = path.to_string_lossy();
    match name.strip_suffix(" (deleted)") {
        Some(successor) if !path.exists() => Ok(PathBuf::from(successor)),
        _ => Ok(path),
    }
}

/// The socket of the tmux server that this runs in, or thinks it does.
pub fn tmux_server() -> Option<PathBuf> {
    let named = text("TMUX")?;
    let socket = named.rsplitn(3, ',').nth(2)?;
    Some(PathBuf::from(socket)).filter(|socket| socket.is_absolute())
}

/// Whether the keeper is to start a daemon again that died: not where `SEGNO_REVIVE` is `0`, for
/// whoever has another supervisor for it.
pub fn revive() -> bool {
    text("SEGNO_REVIVE").is_none_or(|value| value != "0")
}

/// A variable, where it is text.
pub fn text(name: &str) -> Option<String> {
    std::env::var_os(name)?.into_string().ok()
}
