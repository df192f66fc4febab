//! Many panes, short lives and stubborn programs: nothing is left of them.

use std::fs;
use std::path::Path;
use std::time::Duration;

use super::footprint::{Footprint, memory};
use super::{everything, pane_running};
use crate::support::segno::{Segno, alive, processes_of};

fn entries(directory: &Path) -> usize {
    fs::read_dir(directory).map_or(0, Iterator::count)
}

fn rounds(wanted: usize) -> usize {
    std::env::var("SEGNO_ROUNDS").ok().and_then(|n| n.parse().ok()).unwrap_or(wanted)
}

#[test]
fn spawns_and_closes_leave_nothing_behind() {
    if cfg!(not(target_os = "linux")) {
        return;
    }
    let rounds = rounds(100);
    let segno = Segno::with_limit(Duration::from_secs(120 + rounds as u64));
    let stays = pane_running(&segno, "exec cat");
    let once = |number: usize| {
        // Some end by themselves at once, some are closed.
        let by_itself = number.is_multiple_of(2);
        let pane = pane_running(&segno, if by_itself { "true" } else { "exec cat" });
        if by_itself {
            // Whether it closes by itself depends on how long it ran.
            let ended = |panes: &[serde_json::Value]| {
                panes.iter().find(|p| p["id"] == pane.as_str()).is_none_or(|p| p["pid"].is_null())
            };
            segno.wait_for("its end", || ended(&segno.panes()).then_some(()));
        }
        segno.cli(&["close", &pane]);
    };
    let quiet = || {
        segno.wait_for("one pane", || (segno.panes().len() == 1).then_some(()));
        segno.wait_for("three processes", || (processes_of(segno.home()).len() == 3).then_some(()));
    };
    (0..10).for_each(once);
    quiet();
    let before = Footprint::of(&segno);
    (0..rounds).for_each(once);
    quiet();
    // A heap that was used by so many does not shrink to where it was, but it does not grow with
    // them either.
    Footprint::wait_back(before, &segno, 4 * 1024);
    for directory in ["journal", "run/panes"] {
        let left: Vec<_> =
            fs::read_dir(segno.home().join(directory)).into_iter().flatten().flatten().collect();
        segno.wait_for(&format!("one directory of {left:?}"), || {
            (entries(&segno.home().join(directory)) <= 1).then_some(())
        });
    }
    assert_eq!(segno.panes()[0]["id"], stays);
}

#[test]
fn programs_that_will_not_go_are_ended_and_those_that_went_away_hold_nothing_up() {
    let segno = Segno::new();
    let stubborn =
        pane_running(&segno, "trap '' HUP TERM; echo begun; while :; do read x || sleep 1; done");
    segno.wait_for("begun", || everything(&segno, &stubborn).contains("begun").then_some(()));
    let pid = segno.pane_pid(&stubborn);
    // Keeps the terminal open from the background after its parent has ended.
    let file = segno.root().join("background");
    let background = pane_running(
        &segno,
        &format!(
            "setsid sh -c 'trap \"\" HUP; echo $$ > {}; exec sleep 600' & until [ -s {} ]; do sleep 0.01; done; exit 0",
            file.display(),
            file.display()
        ),
    );
    let other = pane_running(&segno, "exec cat");
    segno.wait_for("the end of its leader", || {
        let panes = segno.panes();
        panes
            .iter()
            .find(|p| p["id"] == background.as_str())
            .is_none_or(|p| p["pid"].is_null())
            .then_some(())
    });
    segno.ok(&["close", &stubborn]);
    // Nobody waits meanwhile.
    segno.ok(&["send", &other, "prompt", "--enter"]);
    segno.wait_for("an echo", || everything(&segno, &other).contains("prompt").then_some(()));
    segno.wait_for("its end by SIGKILL", || (!alive(pid)).then_some(()));
}

#[test]
fn two_hundred_panes_outlive_the_daemon() {
    let segno = Segno::with_limit(Duration::from_secs(200));
    segno.write("config.toml", "[general]\nscrollback_lines = 200\n");
    let panes: Vec<String> = (0..200).map(|_| pane_running(&segno, "exec cat")).collect();
    segno.wait_for("all to run", || segno.panes().iter().all(|p| p["pid"].is_i64()).then_some(()));
    let pids = |segno: &Segno| -> Vec<i64> {
        segno.panes().iter().filter_map(|p| p["pid"].as_i64()).collect()
    };
    let before = pids(&segno);
    assert_eq!(before.len(), panes.len());
    if cfg!(target_os = "linux") {
        let keeper = segno.keeper_pid().expect("a keeper");
        let of = |line| memory(keeper, line);
        let (pss, private) = (of("Pss:"), of("Private_Clean:") + of("Private_Dirty:"));
        eprintln!(
            "keeper with 200 panes: RSS {} kB, PSS {pss} kB, private {private} kB",
            of("Rss:")
        );
        // What only the keeper holds. Its proportional share counts pages of the program's file
        // too, which depends on how many others run it. Most of it are addresses in the program's
        // data that its start relocates: they grow with the program.
        assert!(private < 6 * 1024, "private {private} kB");
    }
    let killed = std::time::Instant::now();
    segno.kill_daemon();
    segno.daemon_start();
    eprintln!("200 panes are back after {:?}", killed.elapsed());
    assert_eq!(pids(&segno), before);
    segno.ok(&["send", &panes[199], "the last", "--enter"]);
    segno
        .wait_for("an echo", || everything(&segno, &panes[199]).contains("the last").then_some(()));
}
