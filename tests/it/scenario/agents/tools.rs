//! The tools that are built in, each with a scripted program in its place: what it is started with,
//! and that it is there again.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use crate::support::segno::{PATIENCE, Segno, wait_for};

/// Shows how it was called, and repeats its input until it is asked to end.
const SCRIPT: &str = "#!/bin/sh\nprintf '[%s' \"${0##*/}\"\nfor arg; do printf ' <%s>' \"$arg\"; done\necho ']'\n\
    while read -r line; do\n  case $line in\n    end*) exit ${line#end } ;;\n    *) echo \"said $line\" ;;\n  esac\ndone\n";

/// A type, how a pane of it is asked for, and what then runs.
const TOOLS: [(&str, &[&str], &str); 12] = [
    (
        "ssh",
        &["--set", "host=moon"],
        "[ssh <-o> <ServerAliveInterval=20> <-o> <ServerAliveCountMax=3> <moon>]",
    ),
    (
        "ssh",
        &[
            "--set",
            "host=moon",
            "--set",
            "user=jo",
            "--set",
            "port=2222",
            "--set",
            "options=-J 'a b' -A",
            "--set",
            "command=uptime -p; ls",
        ],
        "[ssh <-o> <ServerAliveInterval=20> <-o> <ServerAliveCountMax=3> <moon> <-l> <jo> <-p> <2222> <-J> <a b> <-A> <-t> <uptime -p; ls>]",
    ),
    ("lazygit", &[], "[lazygit]"),
    (
        "k9s",
        &["--set", "context=prod", "--set", "namespace=kube system", "--on", "readonly"],
        "[k9s <--readonly> <--context> <prod> <--namespace> <kube system>]",
    ),
    ("btop", &[], "[btop]"),
    ("htop", &["--on", "tree"], "[htop <--tree>]"),
    ("tail", &["--set", "file=/var/log/a b"], "[tail <-n> <200> <-F> </var/log/a b>]"),
    (
        "stripe",
        &[
            "--set",
            "forward_to=localhost:3000/hook",
            "--set",
            "events=charge.failed",
            "--on",
            "live",
        ],
        "[stripe <listen> <--live> <--forward-to> <localhost:3000/hook> <--events> <charge.failed>]",
    ),
    ("command", &["--", "make", "watch", "a b"], "[make <watch> <a b>]"),
    ("command", &["--", "make \"$((1 + 1))\" | cat"], "[make <2>]"),
    ("command", &["--set", "line=make 'a b'; exit 3"], "[make <a b>]"),
    ("command", &["--set", "line=make $1", "--", "zero", "one"], "[make <one>]"),
];

fn segno() -> Segno {
    let mut segno = Segno::new();
    let bin = segno.directory("bin");
    for program in ["ssh", "lazygit", "k9s", "btop", "htop", "tail", "stripe", "make"] {
        install(&bin, program, SCRIPT);
    }
    segno.path_first(&bin);
    segno.daemon_start();
    segno
}

fn install(bin: &Path, program: &str, script: &str) {
    let program = bin.join(program);
    fs::write(&program, script).expect("the program");
    fs::set_permissions(&program, fs::Permissions::from_mode(0o755)).expect("its rights");
}

/// All that the pane shows and has shown, lines joined that its width broke.
fn text(segno: &Segno, pane: &str) -> String {
    segno.ok(&["read", pane, "--all"])
}

fn wait_shown(segno: &Segno, pane: &str, what: &str, times: usize) {
    let shown = || text(segno, pane).matches(what).count();
    wait_for(&format!("{times} × {what:?} in {pane}"), PATIENCE, || {
        (shown() == times).then_some(())
    });
}

#[test]
fn each_is_started_as_asked_and_is_there_again() {
    let segno = segno();
    let types = segno.json(&["types", "ls"])["types"].as_array().expect("a list").clone();
    for ty in types.iter().filter(|ty| ty["kind"] == "tool") {
        assert!(TOOLS.iter().any(|(name, ..)| ty["name"] == *name), "{ty} has no test");
    }
    // Narrow ones would break the lines.
    let _terminal = segno.terminal_of(180, 30, &["attach"]);
    let panes: Vec<_> = TOOLS
        .iter()
        .map(|(ty, options, line)| {
            let new = ["new", "--type", ty, "--tab"];
            let pane = segno.ok(&[&new[..], options].concat());
            wait_shown(&segno, &pane, line, 1);
            segno.ok(&["send", "--enter", &pane, "something"]);
            wait_shown(&segno, &pane, "said something", 1);
            (pane, *ty, *line)
        })
        .collect();
    let pids: Vec<_> = panes.iter().map(|(pane, ..)| segno.pane_pid(pane)).collect();
    segno.kill_daemon();
    segno.daemon_start();
    for ((pane, ty, line), pid) in panes.iter().zip(pids) {
        assert_eq!(segno.pane_pid(pane), pid, "{ty}");
        assert_eq!(segno.status(pane)["type"], *ty);
        segno.ok(&["send", "--enter", pane, "more"]);
        wait_shown(&segno, pane, "said more", 1);
        wait_shown(&segno, pane, line, 1);
    }
    segno.reboot();
    segno.daemon_start();
    for (pane, _, line) in &panes {
        wait_shown(&segno, pane, line, 2);
        let text = text(&segno, pane);
        assert!(text.find("said more") < text.rfind(line), "{text}");
        segno.ok(&["send", "--enter", pane, "again"]);
        wait_shown(&segno, pane, "said again", 1);
    }
}

/// What is asked for wrongly is refused at once, and where nothing is to be run the pane says so.
#[test]
fn what_is_missing_is_reported() {
    let segno = segno();
    let (_, why) = segno.fails(&["new", "--type", "ssh"]);
    assert!(why.contains("--set host=VALUE"), "{why}");
    let (_, why) = segno.fails(&["new", "--type", "tail"]);
    assert!(why.contains("--set file=VALUE"), "{why}");
    let (_, why) = segno.fails(&["new", "--type", "ssh", "--set", "host=a", "--set", "options='a"]);
    assert!(why.contains("a quote is not closed"), "{why}");
    let (_, why) = segno.fails(&["new", "--type", "k9s", "--on", "writable"]);
    assert!(why.contains("readonly"), "{why}");
    let pane = segno.ok(&["new", "--focus", "--type", "command"]);
    segno.wait_state(&pane, "exited");
    wait_shown(&segno, &pane, "no command line was given", 1);
    fs::remove_file(segno.root().join("bin/lazygit")).unwrap();
    // One that the machine has beside the scripted one.
    if !segno.command("sh").args(["-c", "command -v lazygit"]).output().unwrap().status.success() {
        let pane = segno.ok(&["new", "--focus", "--type", "lazygit"]);
        let status = segno.wait_state(&pane, "failed");
        assert!(status.to_string().contains("github.com/jesseduffield/lazygit"), "{status:#}");
    }
}

/// A connection that broke stays to be read, is explained, and is made anew by one key; one that
/// was ended closes its pane.
#[test]
fn a_broken_connection_is_made_anew_by_a_key() {
    let segno = segno();
    segno.ok(&["new", "--focus", "--tab"]);
    let pane = segno.ok(&[
        "new",
        "--focus",
        "--type",
        "ssh",
        "--tab",
        "--set",
        "host=moon",
        "--set",
        "port=7",
    ]);
    let terminal = segno.terminal();
    let line = "<moon> <-p> <7>]";
    terminal.wait_text(line);
    terminal.type_text("work in progress");
    terminal.keys("enter");
    terminal.wait_text("said work in progress");
    install(
        &segno.root().join("bin"),
        "ssh",
        "#!/bin/sh\necho 'client_loop: send disconnect: Broken pipe' >&2; exit 255\n",
    );
    // Broken, and still without a network.
    terminal.type_text("end 255");
    terminal.keys("enter");
    terminal.wait_text("exited with status 255");
    terminal.keys("enter");
    segno.wait_status(&pane, "what is wrong", |status| {
        status["state"] == "exited" && status["notes"].to_string().contains("The connection broke")
    });
    terminal.wait_text("exited with status 255");
    install(&segno.root().join("bin"), "ssh", SCRIPT);
    terminal.keys("enter");
    wait_shown(&segno, &pane, line, 2);
    assert!(text(&segno, &pane).contains("said work in progress"));
    terminal.type_text("end 0");
    terminal.keys("enter");
    segno.wait_for("the pane to close", || {
        (!segno.panes().iter().any(|open| open["id"] == pane.as_str())).then_some(())
    });
}
