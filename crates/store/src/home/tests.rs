//! Which directories can be a home, and what is made of them.

use std::ffi::OsString;
use std::fs::Permissions;
use std::os::unix::ffi::OsStringExt;
use std::os::unix::fs::{PermissionsExt, symlink};

use nix::unistd::Uid;

use super::*;
use segno_base::ids::PaneId;

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
    for text in ["a b", "it's \"x\"", "$HOME", "{a}", "{env:X}", "ü𝄋", "a\rb", "a?b\\c#%20"] {
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
    for made_by_hand in [home.prompts_dir(), home.path().join("sinks"), home.sync_dir()] {
        fs::create_dir(made_by_hand).unwrap();
    }
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
