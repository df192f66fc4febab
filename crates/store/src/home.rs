//! The home directory and the place of everything in it; the one definition of the layout on
//! disk.
//!
//! Must not read the environment: the command line hands over what it found there.

use std::ffi::OsStr;
use std::fs::{self, DirBuilder, Permissions};
use std::io;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::{DirBuilderExt, MetadataExt, PermissionsExt};
use std::path::{Path, PathBuf};

use nix::unistd::Uid;

use crate::file::atomic;
use segno_agent::identity::SessionId;
use segno_base::ids::PaneId;

/// An absolute, usable path of a home directory. Pane types' names that are made part of a path
/// must have passed the registry, which allows no `/` and no leading dot.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Home(PathBuf);

/// Why a directory cannot be Segno's home.
#[derive(Debug, thiserror::Error)]
pub enum HomeError {
    #[error("the path {0:?} contains a {1}, which no program can be given safely")]
    Character(PathBuf, &'static str),
    #[error("neither SEGNO_HOME nor a home directory of the user is known")]
    Unknown,
    #[error("the path {0:?} is relative, and so is the working directory")]
    Relative(PathBuf),
    #[error("{0:?} is {1}: give Segno a directory of its own")]
    NotOwn(PathBuf, &'static str),
    #[error("{path:?} belongs to another user (id {owner}, you are {me})")]
    Owner { path: PathBuf, owner: u32, me: u32 },
    #[error("{0:?} is not a directory")]
    NotADirectory(PathBuf),
    #[error("{0:?} is a symbolic link, and must be a directory; link the whole home instead")]
    Symlink(PathBuf),
    #[error(
        "{0:?} can be entered by others and holds more than Segno's ({1:?}): give Segno a directory \
         of its own, or close this one with `chmod 700`"
    )]
    Shared(PathBuf, PathBuf),
    #[error("cannot {action} {path:?}: {source}")]
    Io { action: &'static str, path: PathBuf, source: io::Error },
}

impl Home {
    /// Finds the home: `segno_home` (the variable's value; empty counts as unset), else `.segno`
    /// in the user's home directory. A relative path is taken from `cwd`.
    pub fn resolve(
        segno_home: Option<&OsStr>,
        user_home: Option<&Path>,
        cwd: &Path,
    ) -> Result<Home, HomeError> {
        let wanted = match segno_home.filter(|value| !value.is_empty()) {
            Some(value) => PathBuf::from(value),
            None => user_home
                .filter(|home| !home.as_os_str().is_empty())
                .ok_or(HomeError::Unknown)?
                .join(".segno"),
        };
        // Through the components, so that `a//b/./c/` and `a/b/c` are one home. `..` stays: only
        // the file system knows what it means after a symbolic link.
        let path: PathBuf = cwd.join(wanted).components().collect();
        for (byte, name) in [(0, "NUL"), (b'\n', "newline")] {
            if path.as_os_str().as_bytes().contains(&byte) {
                return Err(HomeError::Character(path, name));
            }
        }
        if !path.is_absolute() {
            return Err(HomeError::Relative(path));
        }
        // Its permissions will be tightened, so it must be nobody else's.
        if path.parent().is_none() {
            return Err(HomeError::NotOwn(path, "the root directory"));
        }
        if user_home.is_some_and(|home| home == path) {
            return Err(HomeError::NotOwn(path, "your home directory"));
        }
        Ok(Home(path))
    }

    /// The directory itself.
    pub fn path(&self) -> &Path {
        &self.0
    }

    pub fn config_file(&self) -> PathBuf {
        self.0.join("config.toml")
    }

    pub fn keys_file(&self) -> PathBuf {
        self.0.join("keys.toml")
    }

    /// The user's themes.
    pub fn themes_dir(&self) -> PathBuf {
        self.0.join("themes")
    }

    /// The files of the user's themes, in order.
    pub fn theme_files(&self) -> Vec<PathBuf> {
        toml_files(&self.themes_dir())
    }

    /// The user's pane types.
    pub fn panes_dir(&self) -> PathBuf {
        self.0.join("panes")
    }

    /// The files of the user's pane types, in order.
    pub fn pane_files(&self) -> Vec<PathBuf> {
        toml_files(&self.panes_dir())
    }

    /// A pane type's assets.
    pub fn assets_dir(&self, type_name: &str) -> PathBuf {
        self.0.join("assets").join(type_name)
    }

    /// What shell panes find first in PATH.
    pub fn shims_dir(&self) -> PathBuf {
        self.0.join("shims")
    }

    pub fn workspace_file(&self) -> PathBuf {
        self.0.join("workspace.json")
    }

    /// The archive of conversations; made by whoever fills it.
    pub fn archive_dir(&self) -> PathBuf {
        self.0.join("archive")
    }

    /// The newest events, for programs that follow them over a daemon's restart.
    pub fn event_log_file(&self) -> PathBuf {
        self.run_dir().join("events.jsonl")
    }

    /// What conversations have used.
    pub fn usage_file(&self) -> PathBuf {
        self.0.join("usage.jsonl")
    }

    /// The environments of those who attached and started.
    pub fn environment_file(&self) -> PathBuf {
        self.0.join("environment.json")
    }

    /// Leads to the SSH agent of the client that attached last.
    pub fn agent_link(&self) -> PathBuf {
        self.0.join("ssh-agent.sock")
    }

    /// Which project files the user trusts.
    pub fn trust_file(&self) -> PathBuf {
        self.0.join("trust.json")
    }

    pub fn sessions_dir(&self) -> PathBuf {
        self.0.join("sessions")
    }

    /// Where a pane's tracker keeps the id of the conversation on screen.
    pub fn session_file(&self, type_name: &str, pane: PaneId) -> PathBuf {
        self.sessions_dir().join(format!("{type_name}-{pane}.id"))
    }

    /// The conversations that were seen, for the new-pane dialog.
    pub fn history_file(&self) -> PathBuf {
        self.sessions_dir().join("history.json")
    }

    /// Copies of an agent's own files of a conversation.
    pub fn protected_dir(&self, type_name: &str, session: &SessionId) -> PathBuf {
        self.0.join("protected").join(type_name).join(session.as_str())
    }

    /// What is known of the worktrees that were made, and those that live here.
    pub fn worktrees_dir(&self) -> PathBuf {
        self.0.join("worktrees")
    }

    /// Worktrees that were removed and can be brought back.
    pub fn worktrees_trash_dir(&self) -> PathBuf {
        self.0.join("trash").join("worktrees")
    }

    /// How the tour ended; until then it is offered.
    pub fn tour_file(&self) -> PathBuf {
        self.0.join("tour")
    }

    /// The user's templates of prompts.
    pub fn prompts_dir(&self) -> PathBuf {
        self.0.join("prompts")
    }

    pub fn notes_dir(&self) -> PathBuf {
        self.0.join("notes")
    }

    /// What the user noted about a pane.
    pub fn note_file(&self, pane: PaneId) -> PathBuf {
        self.notes_dir().join(format!("{pane}.md"))
    }

    pub fn events_dir(&self) -> PathBuf {
        self.0.join("events")
    }

    /// Where a pane's tracker reports what it saw.
    pub fn events_file(&self, pane: PaneId) -> PathBuf {
        self.events_dir().join(format!("{pane}.jsonl"))
    }

    /// The directory with every pane's journal.
    pub fn journals_dir(&self) -> PathBuf {
        self.0.join("journal")
    }

    pub fn journal_dir(&self, pane: PaneId) -> PathBuf {
        self.journals_dir().join(pane.to_string())
    }

    /// What is only of use while something runs.
    pub fn run_dir(&self) -> PathBuf {
        self.0.join("run")
    }

    /// Marks of which pane has which conversation.
    pub fn claims_dir(&self) -> PathBuf {
        self.run_dir().join("claims")
    }

    /// Files generated for the program of a pane, for example a merged configuration.
    pub fn generated_dir(&self, pane: PaneId) -> PathBuf {
        self.run_dir().join("panes").join(pane.to_string())
    }

    /// What programs answered when they were asked for their version.
    pub fn generations_file(&self) -> PathBuf {
        self.run_dir().join("generations.json")
    }

    pub fn daemon_socket(&self) -> PathBuf {
        self.run_dir().join("daemon.sock")
    }

    pub fn keeper_socket(&self) -> PathBuf {
        self.run_dir().join("keeper.sock")
    }

    /// Who holds it is the daemon. It lies where nobody tidies up.
    pub fn daemon_lock(&self) -> PathBuf {
        self.0.join(".daemon.lock")
    }

    /// The daemon's lock of version 0.1. It is held too, so that neither version starts beside the
    /// other.
    pub fn daemon_lock_before(&self) -> PathBuf {
        self.run_dir().join("daemon.lock")
    }

    pub fn log_dir(&self) -> PathBuf {
        self.0.join("log")
    }

    pub fn daemon_log(&self) -> PathBuf {
        self.log_dir().join("daemon.log")
    }

    pub fn tracker_log(&self) -> PathBuf {
        self.log_dir().join("tracker.log")
    }

    /// Makes sure that the home and its directories exist, are ours, and are ours alone.
    ///
    /// The home itself may be a symbolic link to a directory of ours. What is in it may not: its
    /// permissions are tightened and files are written into it, and a link leads to where that
    /// was never meant.
    pub fn create(&self) -> Result<(), HomeError> {
        let found = directory(&self.0)?;
        self.refuse_shared(found)?;
        tighten(&self.0, found)?;
        self.directories().iter().try_for_each(|path| own_directory(path))
    }

    /// Why [`Home::create`] would refuse the home that is there. Changes nothing.
    pub fn check(&self) -> Result<(), HomeError> {
        if let Ok(found) = fs::metadata(&self.0) {
            self.refuse_shared(found.mode())?;
        }
        self.directories().iter().try_for_each(|path| no_link(path))
    }

    fn refuse_shared(&self, mode: u32) -> Result<(), HomeError> {
        match self.something_else().filter(|_| is_loose(mode)) {
            Some(name) => Err(HomeError::Shared(self.0.clone(), name)),
            None => Ok(()),
        }
    }

    fn directories(&self) -> [PathBuf; 13] {
        [
            self.panes_dir(),
            self.themes_dir(),
            self.shims_dir(),
            self.0.join("assets"),
            self.0.join("protected"),
            self.journals_dir(),
            self.log_dir(),
            self.sessions_dir(),
            self.events_dir(),
            self.notes_dir(),
            self.run_dir(),
            self.claims_dir(),
            self.run_dir().join("panes"),
        ]
    }

    /// Something in the directory by which it is not Segno's: permissions that others may count on
    /// are not taken away.
    fn something_else(&self) -> Option<PathBuf> {
        if self.sessions_dir().is_dir() && self.events_dir().is_dir() {
            return None;
        }
        let is_ours = |path: &PathBuf| {
            let name = path.file_name().and_then(OsStr::to_str).unwrap_or_default();
            name.starts_with("workspace.json")
                || NAMES.contains(&name)
                || atomic::is_temporary(name)
        };
        let entries = fs::read_dir(&self.0).into_iter().flatten().flatten();
        entries.map(|entry| entry.path()).find(|path| !is_ours(path))
    }
}

/// What may stand in a home beside the workspace.
const NAMES: &[&str] = &[
    ".daemon.lock",
    ".keeper.lock",
    "config.toml",
    "keys.toml",
    "panes",
    "themes",
    "assets",
    "shims",
    "usage.jsonl",
    "archive",
    "environment.json",
    "ssh-agent.sock",
    "trust.json",
    "sessions",
    "protected",
    "worktrees",
    "trash",
    "tour",
    "notes",
    "events",
    "journal",
    "run",
    "log",
];

/// The TOML files in a directory, in order.
pub fn toml_files(dir: &Path) -> Vec<PathBuf> {
    let mut files: Vec<_> = fs::read_dir(dir)
        .into_iter()
        .flatten()
        .flatten()
        .map(|entry| entry.path())
        .filter(|path| path.extension().is_some_and(|e| e == "toml"))
        .collect();
    files.sort();
    files
}

/// Makes a directory that is ours alone and no symbolic link, or checks and tightens the one that is
/// there. To be used for every directory below the home.
pub fn own_directory(path: &Path) -> Result<(), HomeError> {
    // Before anything is made: a link that leads nowhere must not be made to lead somewhere.
    no_link(path)?;
    let found = directory(path)?;
    tighten(path, found)
}

fn no_link(path: &Path) -> Result<(), HomeError> {
    match fs::symlink_metadata(path) {
        Ok(found) if found.is_symlink() => Err(HomeError::Symlink(path.to_path_buf())),
        _ => Ok(()),
    }
}

/// Makes one directory with mode 0700, or checks the one that is there; its mode.
fn directory(path: &Path) -> Result<u32, HomeError> {
    let failed = |action, source| HomeError::Io { action, path: path.to_path_buf(), source };
    let mut builder = DirBuilder::new();
    builder.recursive(true).mode(0o700);
    match builder.create(path) {
        Ok(()) => {}
        Err(e) if e.kind() == io::ErrorKind::AlreadyExists => {
            return Err(HomeError::NotADirectory(path.to_path_buf()));
        }
        Err(e) => return Err(failed("create", e)),
    }
    let found = fs::metadata(path).map_err(|e| failed("look at", e))?;
    if !found.is_dir() {
        return Err(HomeError::NotADirectory(path.to_path_buf()));
    }
    let me = Uid::effective().as_raw();
    if found.uid() != me {
        return Err(HomeError::Owner { path: path.to_path_buf(), owner: found.uid(), me });
    }
    // Root owns /tmp; closing it would break the machine.
    if found.mode() & 0o1000 != 0 {
        return Err(HomeError::NotOwn(path.to_path_buf(), "shared with other users"));
    }
    Ok(found.mode())
}

fn is_loose(mode: u32) -> bool {
    mode & 0o077 != 0
}

fn tighten(path: &Path, mode: u32) -> Result<(), HomeError> {
    if is_loose(mode) || mode & 0o700 != 0o700 {
        fs::set_permissions(path, Permissions::from_mode(0o700)).map_err(|source| {
            HomeError::Io { action: "tighten the permissions of", path: path.to_path_buf(), source }
        })?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::ffi::OsString;
    use std::os::unix::ffi::OsStringExt;
    use std::os::unix::fs::symlink;

    fn resolve(value: &str) -> Result<Home, HomeError> {
        Home::resolve(Some(OsStr::new(value)), Some(Path::new("/h/u")), Path::new("/w/d"))
    }

    fn mode(path: &Path) -> u32 {
        fs::metadata(path).unwrap().mode() & 0o7777
    }

    #[test]
    fn the_default_is_in_the_users_home() {
        let home = |value: Option<&str>| {
            Home::resolve(value.map(OsStr::new), Some(Path::new("/h/u")), Path::new("/w")).unwrap()
        };
        assert_eq!(home(None).path(), Path::new("/h/u/.segno"));
        assert_eq!(home(Some("")).path(), Path::new("/h/u/.segno"));
        assert!(matches!(Home::resolve(None, None, Path::new("/w")), Err(HomeError::Unknown)));
    }

    #[test]
    fn relative_paths_become_absolute_and_tidy() {
        assert_eq!(resolve("a//b/./c/").unwrap().path(), Path::new("/w/d/a/b/c"));
        assert_eq!(resolve("/x/").unwrap().path(), Path::new("/x"));
        assert!(matches!(
            Home::resolve(Some(OsStr::new("a")), None, Path::new("b")),
            Err(HomeError::Relative(_))
        ));
    }

    #[test]
    fn only_nul_and_newline_are_refused() {
        for text in ["a b", "it's \"x\"", "$HOME", "{a}", "{env:X}", "ü𝄋", "a\rb", "a?b\\c#%20"]
        {
            let home = resolve(text).unwrap();
            assert_eq!(home.path(), Path::new("/w/d").join(text), "{text:?}");
        }
        let bytes = OsString::from_vec(vec![b'/', 0xff, 0xfe]);
        assert!(Home::resolve(Some(&bytes), None, Path::new("/")).is_ok());
        for (text, reason) in [("/a\nb", "newline"), ("/a\0b", "NUL")] {
            let message = resolve(text).unwrap_err().to_string();
            assert!(message.contains(reason), "{message}");
        }
        // The directory it is relative to counts too.
        assert!(Home::resolve(Some(OsStr::new("a")), None, Path::new("/w\n")).is_err());
    }

    #[test]
    fn directories_that_are_not_segnos_own_are_refused() {
        for text in ["/", "/h/u", "/h/u/"] {
            assert!(matches!(resolve(text), Err(HomeError::NotOwn(..))), "{text}");
        }
        let temp = tempfile::tempdir().unwrap();
        let shared = temp.path().join("shared");
        fs::create_dir(&shared).unwrap();
        fs::set_permissions(&shared, Permissions::from_mode(0o1777)).unwrap();
        assert!(matches!(Home(shared.clone()).create(), Err(HomeError::NotOwn(..))));
        assert_eq!(mode(&shared), 0o1777);
    }

    #[test]
    fn everything_is_private_and_below_the_home() {
        let temp = tempfile::tempdir().unwrap();
        let home = Home(temp.path().join("deep/er/home"));
        home.create().unwrap();
        home.create().unwrap();
        for path in [
            home.path().to_path_buf(),
            home.panes_dir(),
            home.sessions_dir(),
            home.events_dir(),
            home.journals_dir(),
            home.run_dir(),
            home.claims_dir(),
            home.log_dir(),
        ] {
            assert_eq!(mode(&path), 0o700, "{path:?}");
            assert!(path.starts_with(home.path()));
        }
        let pane = PaneId::new(7).unwrap();
        assert!(home.session_file("kind", pane).ends_with("sessions/kind-p7.id"));
        assert!(home.events_file(pane).ends_with("events/p7.jsonl"));
        assert!(home.generated_dir(pane).ends_with("run/panes/p7"));
    }

    #[test]
    fn loose_permissions_are_tightened() {
        let temp = tempfile::tempdir().unwrap();
        let home = Home(temp.path().join("home"));
        home.create().unwrap();
        for path in [home.path().to_path_buf(), home.sessions_dir()] {
            fs::set_permissions(&path, Permissions::from_mode(0o755)).unwrap();
        }
        home.create().unwrap();
        assert_eq!((mode(home.path()), mode(&home.sessions_dir())), (0o700, 0o700));
    }

    #[test]
    fn a_directory_with_other_things_in_it_is_not_tightened() {
        let temp = tempfile::tempdir().unwrap();
        let home = Home(temp.path().join("project"));
        fs::create_dir(home.path()).unwrap();
        fs::set_permissions(home.path(), Permissions::from_mode(0o755)).unwrap();
        fs::write(home.path().join("README"), "x").unwrap();
        assert!(matches!(home.create(), Err(HomeError::Shared(..))));
        assert_eq!(mode(home.path()), 0o755);
        assert_eq!(fs::read_dir(home.path()).unwrap().count(), 1);
        // Closed already, there is nothing to change; and settings may be there first.
        fs::set_permissions(home.path(), Permissions::from_mode(0o700)).unwrap();
        home.create().unwrap();
        let home = Home(temp.path().join("home"));
        fs::create_dir(home.path()).unwrap();
        fs::write(home.config_file(), "").unwrap();
        // A process was killed while it wrote it.
        fs::write(home.path().join(".segno-a1b2c3.tmp"), "").unwrap();
        fs::set_permissions(home.path(), Permissions::from_mode(0o755)).unwrap();
        home.create().unwrap();
        assert_eq!(mode(home.path()), 0o700);
    }

    #[test]
    fn what_is_in_the_way_is_named() {
        let temp = tempfile::tempdir().unwrap();
        let file = temp.path().join("file");
        fs::write(&file, "x").unwrap();
        assert!(matches!(Home(file.clone()).create(), Err(HomeError::NotADirectory(_))));
        assert!(Home(file.join("below")).create().is_err());

        let home = Home(temp.path().join("home"));
        home.create().unwrap();
        let theirs = temp.path().join("theirs");
        fs::create_dir(&theirs).unwrap();
        fs::set_permissions(&theirs, Permissions::from_mode(0o755)).unwrap();
        for name in [
            "panes",
            "themes",
            "assets",
            "protected",
            "journal",
            "log",
            "sessions",
            "events",
            "notes",
            "run/claims",
            "run/panes",
            "run",
        ] {
            let path = home.path().join(name);
            fs::remove_dir_all(&path).unwrap();
            for target in [&theirs, &temp.path().join("nowhere")] {
                symlink(target, &path).unwrap();
                assert!(matches!(home.create(), Err(HomeError::Symlink(_))), "{name}");
                fs::remove_file(&path).unwrap();
            }
            home.create().unwrap();
        }
        assert_eq!(mode(&theirs), 0o755);
        assert_eq!(fs::read_dir(&theirs).unwrap().count(), 0);
        assert!(!temp.path().join("nowhere").exists());
    }

    #[test]
    fn the_home_may_be_a_link_to_a_directory_of_ours() {
        let temp = tempfile::tempdir().unwrap();
        fs::create_dir(temp.path().join("real")).unwrap();
        symlink("real", temp.path().join("link")).unwrap();
        let home = Home(temp.path().join("link"));
        home.create().unwrap();
        assert!(temp.path().join("real/sessions").is_dir());
        symlink("nowhere", temp.path().join("dangling")).unwrap();
        assert!(Home(temp.path().join("dangling")).create().is_err());
    }

    #[test]
    fn somebody_elses_home_is_refused() {
        if !Uid::effective().is_root() {
            assert!(matches!(Home("/usr".into()).create(), Err(HomeError::Owner { .. })));
            return;
        }
        let temp = tempfile::tempdir().unwrap();
        let path = temp.path().join("theirs");
        fs::create_dir(&path).unwrap();
        std::os::unix::fs::chown(&path, Some(65534), None).unwrap();
        assert!(matches!(Home(path).create(), Err(HomeError::Owner { .. })));
    }
}
