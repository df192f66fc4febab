//! What panes inherit, and homes with every odd name that a file system allows.

use std::os::unix::ffi::OsStrExt;

use crate::support::segno::{LIMIT, Segno};

/// The environment of a pane's program.
fn environment(segno: &Segno) -> Vec<String> {
    let file = segno.root().join("environment");
    let script = format!("env -0 > '{0}.new'; mv '{0}.new' '{0}'; exec cat", file.display());
    segno.ok(&["new", "--", "-c", &script]);
    let bytes = segno.wait_for("the pane's environment", || std::fs::read(&file).ok());
    String::from_utf8(bytes).unwrap().split_terminator('\0').map(str::to_owned).collect()
}

#[test]
fn panes_know_where_they_are_and_not_what_is_around_them() {
    let mut segno = Segno::new();
    for outer in [
        "TMUX",
        "TMUX_PANE",
        "ZELLIJ",
        "ZELLIJ_SESSION_NAME",
        "STY",
        "HERDR_X",
        "SEGNO_ASSETS",
        "AGENT",
    ] {
        segno.env(outer, "outer");
    }
    segno.env("MINE", "kept");
    let env = environment(&segno);
    assert!(!env.iter().any(|v| v.ends_with("=outer")), "{env:#?}");
    assert!(env.contains(&"MINE=kept".into()));
    assert!(env.contains(&"SEGNO_PANE=p1".into()));
    assert!(env.contains(&format!("SEGNO_HOME={}", segno.home().display())));
    // So that a program in a pane can drive Segno.
    let program = crate::support::segno::program().display().to_string();
    segno.ok(&["new", "--", "-c", &format!("'{program}' rename \"$SEGNO_PANE\" driven; exec cat")]);
    segno.wait_status("p2", "its new name", |s| s["name"] == "driven");
}

#[test]
fn odd_homes_work() {
    for name in [
        "with space",
        "quo'te\"s",
        "dol$HOME",
        "br{ac}es",
        "{env:X}",
        "{pane}",
        "ünï-漢字-🎵",
        "-dash",
        "back\\slash",
        "per%cent",
        "semi;colon&",
        "tab\there",
        "star*?[x]",
        "~",
    ] {
        let segno = Segno::at(name, LIMIT);
        let env = environment(&segno);
        assert!(env.contains(&format!("SEGNO_HOME={}", segno.home().display())), "{name}: {env:?}");
        let terminal = segno.terminal();
        terminal.wait_text("1 Shell");
        segno.daemon_stop();
        segno.daemon_start();
        assert_eq!(segno.panes().len(), 1, "{name}");
        assert!(segno.ok(&["daemon", "status"]).contains("pid"), "{name}");
    }
}

#[test]
fn homes_of_every_length_work() {
    // A socket's path may be about 100 bytes long; the home is made to cross that line.
    for length in [70, 80, 85, 90, 100, 120, 240] {
        let segno = Segno::at("l".repeat(length), LIMIT);
        segno.ok(&["new"]);
        let shell = segno.pane_pid("p1");
        segno.kill_daemon();
        assert_eq!(segno.pane_pid("p1"), shell, "{length}");
    }
}

#[test]
fn a_relative_home_is_made_absolute() {
    let mut segno = Segno::at("home/my home", LIMIT);
    // Every command here is run in the user's home.
    segno.env("SEGNO_HOME", "my home");
    let env = environment(&segno);
    assert!(env.contains(&format!("SEGNO_HOME={}", segno.home().display())), "{env:?}");
    segno.env("SEGNO_HOME", "./my home/");
    assert_eq!(segno.panes().len(), 1);
}

#[test]
fn a_home_with_a_newline_is_refused_and_an_empty_one_is_none() {
    let mut segno = Segno::new();
    segno.env("SEGNO_HOME", "/tmp/a\nb");
    let (code, why) = segno.fails(&["ls"]);
    assert_eq!(code, 1);
    assert!(
        why.contains("newline") && why.contains("SEGNO_HOME") && why.lines().count() == 1,
        "{why}"
    );
    segno.env("SEGNO_HOME", "");
    let path = segno.ok(&["config", "path"]);
    assert_eq!(path, segno.user_home().join(".segno/config.toml").display().to_string());
    segno.env("SEGNO_HOME", std::ffi::OsStr::from_bytes(b"/tmp/\xff\xfe"));
    segno.cli(&["ls"]);
}
