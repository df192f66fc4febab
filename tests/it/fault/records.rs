//! What a tracker could not write: a session file that is behind does not win, and no failure is
//! swallowed.

use std::fs;
use std::io::Write;
use std::path::Path;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use serde_json::json;

use crate::support::quiet::{self, report_at};
use crate::support::segno::Segno;
use crate::support::small_disk::SmallDisk;

fn now() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |t| t.as_millis() as u64)
}

/// Writes a file as a tracker does: nobody sees it with another text or date.
fn write_dated(path: &Path, text: &str, modified: SystemTime) {
    let mut file = tempfile::NamedTempFile::new_in(path.parent().unwrap()).expect("a file");
    file.write_all(text.as_bytes()).expect("written");
    file.as_file().set_modified(modified).expect("dated");
    file.persist(path).expect("in place");
}

#[test]
fn a_session_file_that_is_behind_does_not_win_and_is_put_right() {
    let segno = Segno::new();
    quiet::install(&segno);
    let pane = quiet::open(&segno, &[]);
    let file = segno.home().join(format!("sessions/quiet-{pane}.id"));
    let shows = |session: &str, at: u64| {
        report_at(&segno, &pane, at, "current", json!({"session": session, "reason": "selected"}));
        segno.wait_status(&pane, session, |s| s["session"] == session);
    };
    // The tracker recorded the first, and then only its event could be written.
    shows("q-1", now());
    write_dated(&file, "q-1\n", SystemTime::now() - Duration::from_secs(60));
    shows("q-2", now());
    segno.wait_for("the file", || {
        (segno.file(&format!("sessions/quiet-{pane}.id"))? == "q-2\n").then_some(())
    });
    // Behind again, and there is no time to put it right.
    write_dated(&file, "q-1\n", SystemTime::now() - Duration::from_secs(60));
    segno.wait_for("the workspace", || segno.file("workspace.json")?.contains("q-2").then_some(()));
    segno.reboot();
    segno.daemon_start();
    assert_eq!(segno.status(&pane)["session"], "q-2");
    // One that is newer than the last event counts as before.
    segno.reboot();
    fs::write(&file, "q-3\n").expect("written");
    segno.daemon_start();
    assert_eq!(segno.status(&pane)["session"], "q-3");
}

#[test]
fn while_the_file_cannot_be_put_right_the_user_knows() {
    let segno = Segno::with_limit(Duration::from_secs(90));
    let Some(small) = SmallDisk::mounted(&segno) else {
        eprintln!("skipped: mounting is not allowed here");
        return;
    };
    quiet::install(&segno);
    let pane = quiet::open(&segno, &[]);
    let name = format!("sessions/quiet-{pane}.id");
    report_at(&segno, &pane, now(), "current", json!({"session": "q-1", "reason": "created"}));
    segno.write(&name, "q-1\n");
    segno.wait_status(&pane, "q-1", |s| s["session"] == "q-1");
    small.fill();
    // The line fits into the block that its file has; the new file has none.
    report_at(&segno, &pane, now(), "current", json!({"session": "q-2", "reason": "selected"}));
    segno.wait_status(&pane, "the difference", |s| {
        s["session"] == "q-2" && s["notes"].to_string().contains("its session file says q-1")
    });
    let doctor = segno.cli(&["doctor"]).stdout;
    let doctor = String::from_utf8_lossy(&doctor);
    assert!(doctor.contains("its session file says q-1"), "{doctor}");
    small.free();
    segno.wait_for("the file", || (segno.file(&name)? == "q-2\n").then_some(()));
    segno.wait_status(&pane, "no difference", |s| !s["notes"].to_string().contains("says q-1"));
    segno.reboot();
    drop(small);
}

const HOOKED: &str = r#"schema = 1
name = "hooked"
title = "Hooked"
kind = "agent"
[command]
program = "sh"
[tracker]
session_id = '^h-[0-9]+$'
[tracker.hook]
event = "/event"
session = "/session"
[[tracker.hook.on]]
name = ["shown"]
current = "selected"
"#;

#[test]
fn what_a_hook_cannot_write_is_logged_and_reported_with_the_next() {
    let segno = Segno::new();
    segno.write("panes/hooked.toml", HOOKED);
    let pane = segno.ok(&["new", "--type", "hooked"]);
    segno.pane_pid(&pane);
    let say = |session: &str| say(&segno, &pane, session);
    say("h-1");
    segno.wait_status(&pane, "h-1", |s| s["session"] == "h-1");
    let spool = segno.home().join(format!("events/{pane}.jsonl"));
    fs::remove_file(&spool).expect("removed");
    fs::create_dir(&spool).expect("made");
    say("h-2");
    let logged = segno.file("log/tracker.log").unwrap_or_default();
    assert!(logged.contains("cannot write") && logged.contains(&pane), "{logged}");
    fs::remove_dir(&spool).expect("removed");
    say("h-3");
    let status = segno.wait_status(&pane, "h-3", |s| s["session"] == "h-3");
    let notes = status["notes"].to_string();
    assert!(notes.contains("could not write") && notes.contains("1 report was lost"), "{notes}");
    // Said once.
    say("h-4");
    let events = segno.file(&format!("events/{pane}.jsonl")).unwrap_or_default();
    assert_eq!(events.matches("write_failed").count(), 1, "{events}");
}

/// Has the shell in a pane run a hook that names the conversation on its screen.
fn say(segno: &Segno, pane: &str, session: &str) {
    let message = format!("'{{\"event\":\"shown\",\"session\":\"{session}\"}}'");
    let line = format!("\"$SEGNO_BIN\" hook {message}; echo done {session}");
    segno.ok(&["send", pane, &line, "--enter"]);
    segno.wait_for("the hook", || {
        super::everything(segno, pane).contains(&format!("\ndone {session}")).then_some(())
    });
}

#[test]
#[cfg(target_os = "linux")]
fn hooks_report_after_their_files_were_tidied_away() {
    let segno = Segno::new();
    segno.write("panes/hooked.toml", HOOKED);
    let pane = segno.ok(&["new", "--type", "hooked"]);
    segno.pane_pid(&pane);
    say(&segno, &pane, "h-1");
    segno.wait_status(&pane, "h-1", |s| s["session"] == "h-1");
    // What is made anew meanwhile may be in the way of the last step.
    let _ = fs::remove_dir_all(segno.home().join("run"));
    let mapping = segno.home().join(format!("run/panes/{pane}/hook.json"));
    segno.wait_for("what the hooks read", || mapping.exists().then_some(()));
    say(&segno, &pane, "h-2");
    segno.wait_status(&pane, "h-2", |s| s["session"] == "h-2");
    // The same where no daemon was there to notice.
    segno.daemon_stop();
    fs::remove_dir_all(segno.home().join("run/panes")).expect("removed");
    segno.daemon_start();
    segno.wait_for("what the hooks read", || mapping.exists().then_some(()));
    say(&segno, &pane, "h-3");
    segno.wait_status(&pane, "h-3", |s| s["session"] == "h-3");
}
