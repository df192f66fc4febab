//! What panes inherit, and homes with every odd name that a file system allows.

use std::os::unix::ffi::OsStrExt;

use crate::support::segno::{LIMIT, Segno};

/// The environment of a pane's program.
fn environment(segno: &Segno) -> Vec<String> {
    let file = segno.root().join("environment");
    let script = format!("env -0 > '{0}.new'; mv '{0}.new' '{0}'; exec cat", file.display());
    segno.ok(&["new", "--focus", "--", "-c", &script]);
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
        "CURSOR_TRACE_ID",
        "COPILOT_CLI",
        "AMP_CURRENT_THREAD_ID",
        "CMUX_SURFACE_ID",
        "INSIDE_EMACS",
        "NVIM",
        "VSCODE_IPC_HOOK_CLI",
        "COLORFGBG",
    ] {
        segno.env(outer, "outer");
    }
    segno.env("MINE", "kept").env("CURSOR_API_KEY", "kept");
    let env = environment(&segno);
    assert!(env.contains(&"CURSOR_API_KEY=kept".into()), "a setting is no marker");
    assert!(!env.iter().any(|v| v.ends_with("=outer")), "{env:#?}");
    assert!(env.contains(&"MINE=kept".into()));
    assert!(env.contains(&"SEGNO_PANE=p1".into()));
    assert!(env.contains(&format!("SEGNO_HOME={}", segno.home().display())));
    // So that a program in a pane can drive Segno.
    let program = crate::support::segno::program().display().to_string();
    segno.ok(&[
        "new",
        "--focus",
        "--",
        "-c",
        &format!("'{program}' rename \"$SEGNO_PANE\" driven; exec cat"),
    ]);
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
        terminal.wait_text("1 home");
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
        segno.ok(&["new", "--focus"]);
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

/// Runs `segno` as cron would, or worse.
fn from_nowhere(segno: &Segno, args: &[&str]) {
    let mut command = segno.command(crate::support::segno::program());
    let done = command.env_clear().env("SEGNO_HOME", segno.home()).args(args).output().unwrap();
    assert!(done.status.success(), "{done:?}");
}

/// Attaches once, as a user does, and leaves.
fn attach(segno: &Segno) {
    let mut terminal = segno.terminal();
    terminal.wait_text("1 home");
    terminal.keys("ctrl+b d");
    terminal.wait_end();
}

#[test]
fn a_start_without_an_environment_costs_the_panes_nothing() {
    let mut segno = Segno::new();
    segno.env("MINE", "kept");
    attach(&segno);
    segno.kill_daemon();
    from_nowhere(&segno, &["ls"]);
    let env = environment(&segno);
    assert!(env.contains(&"MINE=kept".into()), "{env:#?}");
    assert!(env.iter().any(|v| v.starts_with("PATH=")), "{env:#?}");
    use std::os::unix::fs::MetadataExt;
    let file = std::fs::metadata(segno.home().join("environment.json")).unwrap();
    assert_eq!(file.mode() & 0o777, 0o600);
}

#[test]
fn a_daemon_that_began_without_one_has_that_of_the_next_client() {
    let mut segno = Segno::new();
    from_nowhere(&segno, &["daemon", "start"]);
    segno.env("MINE", "kept");
    attach(&segno);
    assert!(environment(&segno).contains(&"MINE=kept".into()));
}

#[test]
fn some_variables_follow_the_client_that_attached_last() {
    let mut segno = Segno::new();
    segno.write("config.toml", "[environment]\nupdate += [\"EXTRA\"]\n");
    segno.env("SSH_AUTH_SOCK", "/tmp/one").env("DISPLAY", ":1").env("EXTRA", "1").env("OTHER", "1");
    attach(&segno);
    segno.env("SSH_AUTH_SOCK", "/tmp/two").env("EXTRA", "2").env("OTHER", "2");
    segno.env_remove("DISPLAY");
    attach(&segno);
    let env = environment(&segno);
    let link = segno.home().join("ssh-agent.sock");
    for wanted in ["EXTRA=2", "OTHER=1", &format!("SSH_AUTH_SOCK={}", link.display())] {
        assert!(env.iter().any(|v| v == wanted), "{wanted}: {env:#?}");
    }
    assert!(!env.iter().any(|v| v.starts_with("DISPLAY=")), "{env:#?}");
    assert_eq!(std::fs::read_link(link).unwrap(), std::path::Path::new("/tmp/two"));
}

#[test]
fn new_files_are_as_closed_as_those_of_whoever_asked() {
    let segno = Segno::new();
    segno.daemon_start();
    for mask in ["0027", "0077", "0002"] {
        let file = segno.root().join(mask);
        let program = crate::support::segno::program().display();
        let script = format!(
            "umask {mask}; '{program}' new -- -c 'umask > {0}.new; mv {0}.new {0}; exec cat'",
            file.display()
        );
        assert!(segno.command("sh").args(["-c", &script]).status().unwrap().success());
        let said = segno.wait_for("the pane's mask", || std::fs::read_to_string(&file).ok());
        assert_eq!(said.trim(), mask);
    }
}
