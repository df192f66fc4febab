//! A pane's text in files: its note, its log, its saved scrollback.

use std::fs;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::Path;

use crate::support::segno::Segno;
use crate::support::small_disk::SmallDisk;
use crate::support::terminal::Terminal;

fn start(segno: &Segno) -> Terminal {
    let terminal = segno.terminal();
    terminal.wait_text("$");
    segno.wait_state("p1", "running");
    terminal
}

fn wait_file(segno: &Segno, path: &Path, wanted: &str) -> String {
    segno.wait_for(&format!("{wanted:?} in {}", path.display()), || {
        let text = String::from_utf8_lossy(&fs::read(path).ok()?).into_owned();
        text.contains(wanted).then_some(text)
    })
}

fn mode(path: &Path) -> u32 {
    fs::metadata(path).unwrap().permissions().mode() & 0o777
}

#[test]
fn a_note_stays_with_its_pane() {
    let mut segno = Segno::new();
    let editor = segno.root().join("editor");
    fs::write(&editor, "#!/bin/sh\necho edi''ting; read line; echo \"$line\" >> \"$1\"\n").unwrap();
    fs::set_permissions(&editor, fs::Permissions::from_mode(0o755)).unwrap();
    segno.env("EDITOR", &editor);
    let terminal = start(&segno);
    assert_eq!(segno.ok(&["note", "p1"]), "");
    segno.ok(&["note", "p1", "--set", "# Plan\n- tests"]);
    assert_eq!(segno.status("p1")["note"], "# Plan\n- tests");
    assert!(segno.ok(&["status", "p1"]).contains("- tests"));
    assert_eq!(mode(&segno.home().join("notes/p1.md")), 0o600);

    // By key, in the user's editor; from outside, in a terminal of one's own.
    terminal.keys("ctrl+b N");
    terminal.wait_text("editing");
    terminal.type_text("- docs");
    terminal.keys("enter");
    segno.wait_status("p1", "the edited note", |s| s["note"] == "# Plan\n- tests- docs\n");
    segno.wait_for("the editor to go", || (segno.panes().len() == 1).then_some(()));
    let outside = segno.terminal_of(80, 10, &["note", "p1", "--edit"]);
    outside.wait_text("editing");
    outside.type_text("- more");
    outside.keys("enter");
    segno.wait_status("p1", "the edited note", |s| s["note"] == "# Plan\n- tests- docs\n- more\n");

    segno.kill_daemon();
    assert!(segno.ok(&["note", "p1"]).ends_with("- more"));
    segno.ok(&["new"]);
    segno.ok(&["close", "p1"]);
    segno.wait_for("the note to go", || (!segno.home().join("notes/p1.md").exists()).then_some(()));
}

#[test]
fn a_log_has_what_is_printed_and_goes_on_after_the_daemon() {
    let segno = Segno::new();
    let terminal = start(&segno);
    segno.ok(&["new", "--name", "other"]);
    segno.wait_state("other", "running");
    let directory = segno.directory("logs");
    let (plain, raw) = (directory.join("plain.log"), directory.join("raw.log"));
    segno.ok(&["log", "p1", plain.to_str().unwrap()]);
    segno.ok(&["log", "other", raw.to_str().unwrap(), "--raw"]);
    assert_eq!(segno.status("p1")["log"], plain.to_str().unwrap());
    assert_eq!(mode(&plain), 0o600);
    let print = "printf '10%%\\r\\033[31m100%%\\033[0m\\n'";
    for pane in ["p1", "other"] {
        segno.ok(&["send", "--enter", pane, print]);
    }
    assert!(wait_file(&segno, &plain, "\n100%\n").starts_with("$ printf"));
    wait_file(&segno, &raw, "10%\r\x1b[31m100%");

    segno.kill_daemon();
    segno.ok(&["send", "--enter", "p1", "echo st''ill"]);
    let text = wait_file(&segno, &plain, "\nstill\n");
    assert!(text.contains("\n$ echo st''ill\nstill\n"), "{text}");
    assert_eq!(text.matches("100%").count(), 2, "{text}");

    // By key: the same command ends it, and asks for a file where there is none.
    terminal.keys("ctrl+b L");
    terminal.wait_text("p1 is not logged any more");
    segno.ok(&["send", "--enter", "p1", "echo un''recorded"]);
    segno.ok(&["wait", "p1", "--for", "output=^unrecorded"]);
    assert!(!fs::read_to_string(&plain).unwrap().contains("unrecorded"));
    terminal.keys("ctrl+b L");
    terminal.wait_text("Log p1 to");
    terminal.keys("ctrl+u");
    terminal.type_text("~/new.log");
    terminal.keys("enter");
    terminal.wait_text("p1 is logged to");
    assert!(segno.user_home().join("new.log").exists());
    segno.ok(&["log", "p1", "--stop"]);

    let link = directory.join("link");
    symlink(&plain, &link).unwrap();
    let (code, error) = segno.fails(&["log", "p1", link.to_str().unwrap()]);
    assert_eq!(code, 1);
    assert!(error.contains("is a symbolic link"), "{error}");
}

#[test]
fn a_full_disk_ends_a_log_with_one_warning() {
    // The log is on the small disk; the home is elsewhere.
    let holder = Segno::new();
    let Some(disk) = SmallDisk::mounted(&holder) else { return };
    let segno = Segno::new();
    let terminal = start(&segno);
    let log = holder.home().join("p1.log");
    segno.ok(&["log", "p1", log.to_str().unwrap()]);
    disk.fill();
    segno.ok(&["send", "--enter", "p1", "seq 3000; echo go''es on"]);
    terminal.wait_text("goes on");
    let status = segno.wait_status("p1", "the warning", |s| s["log"].is_null());
    let notes = status["notes"].as_array().unwrap();
    assert_eq!(notes.len(), 1, "{notes:?}");
    assert!(notes[0].as_str().unwrap().contains("has stopped"), "{notes:?}");
    terminal.wait_text("⚠ 1");
}

#[test]
fn scrollback_is_saved_in_a_file() {
    let segno = Segno::new();
    let terminal = start(&segno);
    segno.ok(&["send", "--enter", "p1", "seq 200; printf '\\033[31mr''ed\\033[0m\\n'"]);
    segno.ok(&["wait", "p1", "--for", "output=^red"]);
    let file = segno.root().join("saved");
    segno.ok(&["save", "p1", file.to_str().unwrap()]);
    let text = fs::read_to_string(&file).unwrap();
    assert!(text.contains("\n1\n2\n3\n") && text.contains("\n200\nred\n"), "{text}");
    assert_eq!(mode(&file), 0o600);
    let again = ["save", "p1", file.to_str().unwrap(), "--format", "ansi"];
    assert!(segno.fails(&again).1.contains("exists already"));
    segno.ok(&[&again[..], &["--force"]].concat());
    let text = fs::read_to_string(&file).unwrap();
    assert!(text.contains("\x1b[") && text.contains("red"), "{text}");

    terminal.keys("ctrl+b S");
    terminal.wait_text("Save the scrollback of p1 in");
    terminal.keys("enter");
    terminal.wait_text("saved to");
    assert!(segno.user_home().join("p1.txt").exists());
    terminal.keys("ctrl+b S enter");
    terminal.wait_text("exists already");
}
