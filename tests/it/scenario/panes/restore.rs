//! The workspace comes back: after a restart, after a reboot, and from damaged files.

use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::support::segno::{Segno, alive};

/// Everything about the workspace that is to come back.
fn shape(segno: &Segno) -> (String, Value) {
    let mut panes = segno.panes();
    for pane in &mut panes {
        let pane = pane.as_object_mut().unwrap();
        for passing in ["pid", "since", "state", "exit", "driven"] {
            pane.remove(passing);
        }
    }
    (segno.ok(&["layout", "export"]), json!(panes))
}

/// Waits until a pane stands in the stored workspace.
fn wait_stored(segno: &Segno, id: &str) {
    wait_stored_in(segno, "workspace.json", id);
}

fn wait_stored_in(segno: &Segno, file: &str, id: &str) {
    segno.wait_for(&format!("{id} in {file}"), || {
        let text = segno.file(file)?;
        serde_json::from_str::<Value>(&text).ok()?["panes"].get(id).is_some().then_some(())
    });
}

/// Two tabs, splits with ratios of their own, names, a zoomed pane, labels, arguments, directories.
fn build(segno: &Segno) {
    let work = segno.directory("wo rk");
    let terminal = segno.terminal_of(120, 40, &[]);
    terminal.wait_text("$");
    terminal.keys("ctrl+b ,");
    terminal.wait_text("Rename tab");
    terminal.type_text("first");
    terminal.keys("enter");
    segno.ok(&["new", "--focus", "--split", "right", "--name", "editor", "--label", "a=b"]);
    segno.ok(&["new", "--focus", "--split", "down", "--cwd", work.to_str().unwrap()]);
    segno.ok(&[
        "new",
        "--focus",
        "--split",
        "down",
        "--of",
        "p1",
        "--",
        "-c",
        "echo args; exec cat",
    ]);
    segno.wait_state("p4", "running");
    terminal.keys("ctrl+b ctrl+right ctrl+b ctrl+up ctrl+b ctrl+up");
    segno.ok(&["new"]);
    segno.wait_state("p5", "running");
    segno.ok(&["send", "p5", &format!("cd '{}'", work.display()), "--enter"]);
    segno.wait_status("p5", "its directory", |s| s["cwd"] == work.to_str().unwrap());
    segno.ok(&["zoom", "editor"]);
    terminal.wait_text("ZOOM");
    terminal.keys("ctrl+b d");
}

#[test]
fn everything_stands_where_it_stood() {
    let segno = Segno::new();
    build(&segno);
    let before = shape(&segno);
    segno.daemon_stop();
    segno.daemon_start();
    assert_eq!(shape(&segno), before);
    segno.kill_daemon();
    segno.daemon_start();
    assert_eq!(shape(&segno), before);
    segno.reboot();
    segno.daemon_start();
    for pane in ["p1", "p2", "p3", "p4", "p5"] {
        segno.wait_state(pane, "running");
    }
    assert_eq!(shape(&segno), before);
    let terminal = segno.terminal_of(120, 40, &[]);
    terminal.wait_text("ZOOM");
    // A client of another size changes sizes, not ratios.
    let small = segno.terminal_of(50, 12, &[]);
    small.wait_text("ZOOM");
    drop(small);
    segno.daemon_stop();
    segno.daemon_start();
    assert_eq!(shape(&segno), before);
}

/// How a pane was asked for is kept with it: toggles, fields and arguments.
#[test]
fn a_pane_starts_again_as_it_was_asked_for() {
    let segno = Segno::new();
    segno.write(
        "panes/tool.toml",
        r#"
        schema = 1
        name = "tool"
        title = "Tool"
        kind = "tool"
        [command]
        program = "/bin/sh"
        args = ["-c", 'echo "[$*]"; exec cat', "tool"]
        [[command.toggle]]
        name = "loud"
        label = "Be loud"
        args = ["--loud"]
        [[command.field]]
        name = "port"
        label = "Port"
        args = ["--port", "{value}"]
        "#,
    );
    segno.ok(&[
        "new", "--focus", "--type", "tool", "--on", "loud", "--set", "port=7", "--", "mi ne",
    ]);
    let line = segno.ok(&["wait", "p1", "--for", "output=^\\[.*\\]$"]);
    for part in ["--loud", "--port 7", "mi ne"] {
        assert!(line.contains(part), "{line}");
    }
    wait_stored(&segno, "p1");
    segno.reboot();
    segno.daemon_start();
    segno.wait_state("p1", "running");
    segno.wait_for("the same arguments", || {
        (segno.ok(&["read", "p1", "--all"]).matches(&line).count() == 2).then_some(())
    });
    segno.ok(&["restart", "p1"]);
    segno.wait_for("the same arguments", || {
        (segno.ok(&["read", "p1", "--all"]).matches(&line).count() == 3).then_some(())
    });
}

#[test]
fn a_change_is_stored_at_once_and_the_one_before_is_kept() {
    let segno = Segno::new();
    segno.ok(&["new", "--focus"]);
    wait_stored(&segno, "p1");
    // A busy machine may miss it now and then, not always.
    let quick = (2..8).any(|n| {
        let id = segno.ok(&["new"]);
        assert_eq!(id, format!("p{n}"));
        let begun = Instant::now();
        wait_stored(&segno, &id);
        begun.elapsed() < Duration::from_millis(100)
    });
    assert!(quick);
    let backup: Value = serde_json::from_str(&segno.file("workspace.json.bak").unwrap()).unwrap();
    assert!(backup["panes"].get("p1").is_some());
}

#[test]
fn a_damaged_file_falls_back_and_is_kept_aside() {
    let segno = Segno::new();
    segno.ok(&["new", "--focus", "--name", "kept"]);
    segno.ok(&["new", "--focus", "--name", "two"]);
    segno.wait_state("two", "running");
    wait_stored(&segno, "p2");
    segno.ok(&["rename", "two", "second"]);
    wait_stored_in(&segno, "workspace.json.bak", "p2");
    segno.reboot();
    std::fs::remove_file(segno.home().join("workspace.json")).unwrap();
    segno.write("workspace.json", "{ \"version\": 1, \"tabs\": [");
    segno.daemon_start();
    assert_eq!(segno.panes()[0]["name"], "kept");
    assert_eq!(segno.panes().len(), 2);
    let aside: Vec<_> = std::fs::read_dir(segno.home())
        .unwrap()
        .flatten()
        .filter(|e| e.file_name().to_string_lossy().starts_with("workspace.json.corrupt"))
        .collect();
    assert_eq!(aside.len(), 1);
    let warnings = segno.json(&["daemon", "status"])["daemon"]["warnings"].to_string();
    assert!(warnings.contains("is kept as"), "{warnings}");
    let terminal = segno.terminal();
    terminal.wait_text("⚠");
    terminal.keys("ctrl+b m");
    terminal.wait_text("restored from");
}

#[test]
fn what_a_newer_version_wrote_is_refused_and_left_alone() {
    let segno = Segno::new();
    let newer = "{\"version\": 99, \"tabs\": [], \"future\": true}";
    segno.write("workspace.json", newer);
    let (code, why) = segno.fails(&["daemon", "start"]);
    assert_eq!(code, 1);
    assert!(why.contains("newer") && why.lines().count() == 1, "{why}");
    assert_eq!(segno.file("workspace.json").unwrap(), newer);
    assert_eq!(segno.daemon_pid(), None);
}

#[test]
fn nonsense_in_the_workspace_costs_what_is_nonsense() {
    let segno = Segno::new();
    segno.ok(&["new", "--focus", "--name", "good"]);
    segno.ok(&["new", "--focus", "--name", "bad"]);
    segno.wait_state("bad", "running");
    wait_stored(&segno, "p2");
    segno.reboot();
    let mut value: Value = serde_json::from_str(&segno.file("workspace.json").unwrap()).unwrap();
    value["tabs"][1]["focus"] = json!("p77");
    value["tabs"][1]["layout"] = value["tabs"][0]["layout"].clone();
    value["active"] = json!("t55");
    value["last_pane"] = json!(0);
    value["panes"]["p2"]["type"] = json!("gone-type");
    segno.write("workspace.json", &value.to_string());
    segno.daemon_start();
    assert_eq!(segno.panes().len(), 2);
    segno.wait_state("good", "running");
    let (_, why) = segno.fails(&["restart", "bad", "--session", "x"]);
    assert!(!why.is_empty());
    assert_eq!(segno.ok(&["new", "--focus"]), "p3");
    let warnings = segno.json(&["daemon", "status"])["daemon"]["warnings"].to_string();
    assert!(warnings.contains("gone-type"), "{warnings}");
}

#[test]
fn a_directory_that_is_gone_is_reported() {
    let segno = Segno::new();
    let gone = segno.directory("gone");
    segno.ok(&["new", "--focus", "--cwd", gone.to_str().unwrap()]);
    segno.wait_state("p1", "running");
    wait_stored(&segno, "p1");
    segno.reboot();
    std::fs::remove_dir(&gone).unwrap();
    segno.daemon_start();
    let status = segno.wait_state("p1", "failed");
    let notes = status["notes"].to_string();
    assert!(notes.contains("is gone; it starts when that is back"), "{notes}");
    let terminal = segno.terminal();
    terminal.wait_text("is gone");
    // With all that leads to it, too.
    std::fs::create_dir_all(&gone).unwrap();
    segno.wait_state("p1", "running");
}

#[test]
fn a_program_that_has_ended_is_not_started_again_by_another_daemon() {
    let segno = Segno::new();
    let runs = segno.root().join("runs");
    let script = |status: u8| {
        format!("echo run >> {}; echo \"ended with $SEGNO_PANE\"; exit {status}", runs.display())
    };
    let count = || std::fs::read_to_string(&runs).unwrap_or_default().lines().count();
    let panes = [0, 3].map(|status| {
        let pane =
            segno.ok(&["new", "--focus", "--tab", "--type", "command", "--", &script(status)]);
        segno.wait_state(&pane, "exited");
        wait_stored(&segno, &pane);
        pane
    });
    let notifications =
        || segno.json(&["notifications"])["notifications"].as_array().unwrap().len();
    let (ended, before) = (panes.each_ref().map(|pane| segno.status(pane)), notifications());
    for kill in [true, false, true] {
        segno.wait_for("the end to be stored", || {
            (segno.file("workspace.json")?.matches("\"ended\":").count() == 2).then_some(())
        });
        if kill {
            segno.kill_daemon()
        } else {
            segno.daemon_stop()
        }
        segno.daemon_start();
        for (pane, ended) in panes.iter().zip(&ended) {
            let status = segno.wait_state(pane, "exited");
            assert_eq!((&status["exit"], &status["since"]), (&ended["exit"], &ended["since"]));
            assert!(segno.ok(&["read", pane]).contains(&format!("ended with {pane}")));
        }
        assert_eq!((count(), notifications()), (2, before));
    }
    // On demand it is, and after a reboot.
    segno.ok(&["restart", &panes[0]]);
    segno.wait_for("a third run", || (count() == 3).then_some(()));
    segno.wait_state(&panes[0], "exited");
    segno.reboot();
    segno.daemon_start();
    segno.wait_for("both runs", || (count() == 5).then_some(()));
    // It is closed for good.
    segno.wait_state(&panes[0], "exited");
    segno.ok(&["close", &panes[0]]);
    segno.kill_daemon();
    segno.daemon_start();
    assert!(!is_listed(&segno, &panes[0]));
}

#[test]
fn a_restart_that_waits_for_the_program_to_end_outlives_the_daemon() {
    let segno = Segno::new();
    segno.ok(&["new", "--focus", "--name", "worker"]);
    let before = segno.pane_pid("worker");
    segno.ok(&["restart", "worker"]);
    segno.ok(&["daemon", "restart"]);
    segno.wait_status("worker", "a new program", |s| {
        s["state"] == "running" && s["pid"].as_i64().is_some_and(|pid| pid != i64::from(before))
    });
}

#[test]
fn what_was_ended_on_purpose_comes_back_at_once() {
    let segno = Segno::new();
    segno.ok(&[
        "new",
        "--focus",
        "--",
        "-c",
        "trap 'sleep 0.3; exit 0' HUP; while :; do sleep 0.1; done",
    ]);
    let before = segno.pane_pid("p1");
    segno.ok(&["kill", "--all"]);
    segno.daemon_start();
    segno.wait_status("p1", "the program again", |s| {
        s["state"] == "running" && s["pid"].as_i64().is_some_and(|pid| pid != i64::from(before))
    });
}

/// A program that takes its time to end, in a pane that is closed; the pane and its process.
fn close_a_slow_one(segno: &Segno) -> (String, i32) {
    segno.ok(&["new", "--focus", "--type", "shell"]);
    let trap = "trap '' HUP TERM; echo begun; while :; do read x || sleep 1; done";
    let slow = segno.ok(&["new", "--focus", "--type", "shell", "--", "-c", trap]);
    segno.wait_for("begun", || segno.ok(&["read", &slow]).contains("begun").then_some(()));
    let pid = segno.pane_pid(&slow);
    wait_stored(segno, &slow);
    segno.ok(&["close", &slow]);
    (slow, pid)
}

fn is_listed(segno: &Segno, pane: &str) -> bool {
    segno.panes().iter().any(|listed| listed["id"] == pane)
}

#[test]
fn a_pane_closed_just_before_everything_ends_leaves_nothing() {
    let segno = Segno::new();
    let (slow, pid) = close_a_slow_one(&segno);
    segno.ok(&["kill", "--all"]);
    assert!(!alive(pid));
    assert!(!segno.home().join("journal").join(&slow).exists());
    segno.daemon_start();
    assert!(!is_listed(&segno, &slow));
}

#[test]
fn a_pane_closed_just_before_the_daemon_is_killed_stays_closed() {
    let segno = Segno::new();
    let (slow, pid) = close_a_slow_one(&segno);
    segno.kill_daemon();
    segno.daemon_start();
    assert!(!is_listed(&segno, &slow), "{:?}", segno.panes());
    segno.wait_for("its end", || (!alive(pid)).then_some(()));
    let journal = segno.home().join("journal").join(&slow);
    segno.wait_for("its journal to go", || (!journal.exists()).then_some(()));
}
