//! A full disk: panes run on, it is said once, and all is well again when there is room.

use std::time::Duration;

use super::{everything, log, pane_running};
use crate::support::segno::Segno;
use crate::support::small_disk::SmallDisk;

fn warnings(segno: &Segno) -> Vec<String> {
    let status = segno.json(&["daemon", "status"]);
    let list = status["daemon"]["warnings"].as_array().cloned().unwrap_or_default();
    list.iter().filter_map(|w| w.as_str().map(str::to_owned)).collect()
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
    let told = segno.wait_for("a warning", || Some(warnings(&segno)).filter(|w| !w.is_empty()));
    assert!(told.iter().all(|w| w.contains("No space left")), "{told:?}");
    say(2001);
    say(2002);
    assert_eq!(segno.pane_pid(&pane), pid);
    // Nothing was cut by half: the workspace is the one before, or the next one.
    let stored = segno.file("workspace.json").expect("a workspace");
    let stored: serde_json::Value = serde_json::from_str(&stored).expect("a whole one");
    assert!(stored["panes"][&pane].is_object(), "{stored}");
    let now = warnings(&segno);
    assert!(told.iter().all(|w| now.contains(w)) && now.len() <= 2, "{now:?}");

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
