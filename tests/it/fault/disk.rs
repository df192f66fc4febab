//! A full disk: panes run on, it is said once, and all is well again when there is room.

use std::time::Duration;

use super::{everything, log, pane_running};
use crate::support::segno::{PATIENCE, Segno, for_a_while};
use crate::support::small_disk::SmallDisk;

fn warnings(segno: &Segno) -> Vec<String> {
    let status = segno.json(&["daemon", "status"]);
    let list = status["daemon"]["warnings"].as_array().cloned().unwrap_or_default();
    list.iter().filter_map(|w| w.as_str().map(str::to_owned)).collect()
}

/// A conversation's id, reported by a program of a type with a tracker, as one in an agent does.
const AGENT: &str = r#"schema = 1
name = "teller"
kind = "agent"
[command]
program = "sh"
args = ["-c", '''
[ $0 = sh ] && echo '{{"v":1,"from":"screen","event":"current","session":null}}' >> $EVENTS
while read id; do
  echo $id > $SESSION.new && mv $SESSION.new $SESSION
  echo "{{\"v\":1,\"from\":\"screen\",\"event\":\"current\",\"session\":\"$id\"}}" >> $EVENTS
done''']
[tracker]
session_id = '^s[0-9]+$'
[tracker.env]
SESSION = "{session_file}"
EVENTS = "{events_file}"
[resume]
with_id = ["{session}"]
"#;

#[test]
fn a_full_disk_during_structural_changes_and_records_loses_neither() {
    let segno = Segno::with_limit(Duration::from_secs(90));
    let Some(small) = SmallDisk::mounted(&segno) else {
        eprintln!("skipped: mounting is not allowed here");
        return;
    };
    segno.write("config.toml", "[general]\nscrollback_lines = 300\njournal_mb = 1\n");
    segno.write("panes/teller.toml", AGENT);
    let agent = segno.ok(&["new", "--focus", "--type", "teller", "--name", "first"]);
    let pid = segno.pane_pid(&agent);
    let report = |id: &str| segno.ok(&["send", &agent, id, "--enter"]);
    report("s1");
    let session = |id: &str| {
        segno.wait_status(&agent, &format!("session {id}"), |status| status["session"] == id);
    };
    session("s1");
    let stored = |what: &str| {
        segno.wait_for(what, || segno.file("workspace.json").filter(|text| text.contains(what)));
    };
    stored("s1");
    let json = |name: &str| -> Option<serde_json::Value> {
        let text = segno.file(name)?;
        Some(serde_json::from_str(&text).unwrap_or_else(|e| panic!("{name}: {e}: {text}")))
    };
    let history = json("sessions/history.json");

    small.fill();
    // Tabs, names, a closed pane and another conversation, none of which can be stored.
    let closed = pane_running(&segno, "exec cat");
    let other = pane_running(&segno, "echo here; exec cat");
    segno.ok(&["rename", &agent, "second"]);
    segno.ok(&["close", &closed]);
    report("s2");
    segno.wait_for("a warning", || {
        warnings(&segno).iter().any(|w| w.contains("workspace")).then_some(())
    });
    for _ in 0..3 {
        segno.ok(&["rename", &other, "again"]);
    }
    let warned = warnings(&segno);
    let of_the_workspace = warned.iter().filter(|w| w.contains("workspace")).count();
    assert_eq!(of_the_workspace, 1, "said once: {warned:?}");
    segno.wait_for("its output", || everything(&segno, &other).contains("here").then_some(()));
    // What is stored is what was: whole, and nothing cut.
    assert!(json("workspace.json").is_some_and(|w| w["panes"][&agent].is_object()));
    assert!(json("workspace.json.bak").is_some());
    assert_eq!(json("sessions/history.json"), history);
    assert_eq!(segno.file(&format!("sessions/teller-{agent}.id")).as_deref(), Some("s1\n"));

    // Killed now, the next daemon finds the panes that run; with room again all is stored.
    let other_pid = segno.pane_pid(&other);
    segno.kill_daemon();
    segno.daemon_start();
    assert_eq!((segno.pane_pid(&agent), segno.pane_pid(&other)), (pid, other_pid));
    assert_eq!(segno.panes().len(), 2, "{:#?}\n{}", segno.panes(), log(&segno));
    segno.ok(&["rename", &agent, "third"]);
    small.free();
    stored("third");
    let mut left = Vec::new();
    let gone = for_a_while(PATIENCE, || {
        left = warnings(&segno);
        left.iter().all(|w| !w.contains("No space"))
    });
    assert!(gone, "{left:#?}");
    report("s3");
    session("s3");
    stored("s3");
    segno.reboot();
    segno.daemon_start();
    assert_eq!(segno.status(&agent)["name"], "third");
    session("s3");
    segno.reboot();
    drop(small);
}

#[test]
fn a_full_disk_costs_nothing_but_what_could_not_be_written() {
    let segno = Segno::with_limit(Duration::from_secs(90));
    // Dropped before the Segno, after everything that runs in it has ended.
    let Some(small) = SmallDisk::mounted(&segno) else {
        eprintln!("skipped: mounting is not allowed here");
        return;
    };
    segno.write("config.toml", "[general]\nscrollback_lines = 300\njournal_mb = 1\n");
    let pane =
        pane_running(&segno, "stty -echo; while read line; do seq 1 $line; echo said $line; done");
    let pid = segno.pane_pid(&pane);
    let say = |number: u32| {
        segno.ok(&["send", &pane, &number.to_string(), "--enter"]);
        let said = format!("said {number}");
        segno.wait_for(&said, || everything(&segno, &pane).contains(&said).then_some(()));
    };
    say(3);
    segno.wait_for("the workspace", || segno.file("workspace.json").filter(|t| t.contains(&pane)));

    small.fill();
    say(2000);
    segno.ok(&["rename", &pane, "renamed"]);
    let warned = segno.wait_for("a warning", || Some(warnings(&segno)).filter(|w| !w.is_empty()));
    assert!(warned.iter().all(|w| w.contains("No space left")), "{warned:?}");
    say(2001);
    say(2002);
    assert_eq!(segno.pane_pid(&pane), pid);
    // Nothing was cut by half: the workspace is the one before, or the next one.
    let stored = segno.file("workspace.json").expect("a workspace");
    let stored: serde_json::Value = serde_json::from_str(&stored).expect("a whole one");
    assert!(stored["panes"][&pane].is_object(), "{stored}");
    let now = warnings(&segno);
    assert!(warned.iter().all(|w| now.contains(w)) && now.len() <= 2, "{now:?}");

    small.free();
    segno.wait_for("no warning", || warnings(&segno).is_empty().then_some(()));
    segno.wait_for("the workspace", || {
        segno.file("workspace.json").filter(|t| t.contains("renamed"))
    });
    // What was printed meanwhile is in the journal now.
    segno.kill_daemon();
    segno.daemon_start();
    let text = everything(&segno, &pane);
    assert!(text.contains("said 2002"), "{text}\n{}", log(&segno));
    assert_eq!(segno.pane_pid(&pane), pid);
    segno.reboot();
    drop(small);
}
