//! The daemon and the keeper killed, in any order, at any instant: programs run on, and not a byte
//! of their output is lost or doubled.

use std::time::Duration;

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;

use super::footprint::Footprint;
use super::{Seed, everything, log, pane_running};
use crate::support::segno::{Segno, alive, kill_and_wait};

fn signal(pid: i32, signal: Signal) {
    kill(Pid::from_raw(pid), signal).expect("the process exists");
}

/// The numbers in a pane's scrollback; panics when one is missing or doubled.
#[track_caller]
fn numbers(segno: &Segno, pane: &str, round: usize) -> Vec<u64> {
    let text = everything(segno, pane);
    let lines: Vec<&str> = text.lines().filter(|line| !line.is_empty()).collect();
    // The first line may be cut by the scrollback's limit, the last one be printed by half.
    let whole = lines.get(1..lines.len().saturating_sub(1)).unwrap_or_default();
    let numbers: Vec<u64> = whole
        .iter()
        .map(|line| {
            line.trim()
                .parse()
                .unwrap_or_else(|_| panic!("{pane}, round {round}: {line:?}\n{}", log(segno)))
        })
        .collect();
    for pair in numbers.windows(2) {
        assert_eq!(
            pair[1],
            pair[0] + 1,
            "{pane}, round {round}: a number is missing or doubled\n{}",
            log(segno)
        );
    }
    numbers
}

/// Four panes that print numbered lines as fast as they can.
pub struct Load {
    panes: Vec<String>,
    pids: Vec<i32>,
    reached: Vec<u64>,
}

impl Load {
    pub fn start(segno: &Segno) -> Load {
        segno.write("config.toml", "[general]\nscrollback_lines = 12000\njournal_mb = 1\n");
        let panes: Vec<String> =
            (0..4).map(|_| pane_running(segno, "exec seq 1 999999999")).collect();
        let pids: Vec<i32> = panes.iter().map(|pane| segno.pane_pid(pane)).collect();
        let reached = vec![0; panes.len()];
        Load { panes, pids, reached }
    }

    /// Kills the daemon so many times, at instants drawn from a seed; after each, every program
    /// is the one it was, and no number is missing or doubled.
    pub fn kill_the_daemon(&mut self, segno: &Segno, rounds: usize) {
        let mut seed = Seed::new();
        let mut before = None;
        for round in 0..rounds {
            seed.pause(Duration::from_millis(30));
            segno.kill_daemon();
            // The programs wait, so that what was printed around the kill stays within reach.
            self.pids.iter().for_each(|pid| signal(*pid, Signal::SIGSTOP));
            segno.daemon_start();
            for (index, pane) in self.panes.iter().enumerate() {
                assert!(alive(self.pids[index]), "round {round}");
                assert_eq!(segno.pane_pid(pane), self.pids[index], "round {round}");
                let seen = numbers(segno, pane, round);
                let last = seen.last().copied().unwrap_or_default();
                let before = std::mem::replace(&mut self.reached[index], last);
                assert!(last >= before, "{pane}, round {round}: {last} after {before}");
            }
            // Each daemon holds what the first one did. How much history there is differs by a
            // chunk of output in each of four panes, and by what `read --all` left in the heap.
            match round {
                0 => before = Footprint::of(segno),
                _ if round + 1 == rounds => Footprint::wait_back(before, segno, 16 * 1024),
                _ => {}
            }
            self.pids.iter().for_each(|pid| signal(*pid, Signal::SIGCONT));
        }
        // Everything flows on.
        for (index, pane) in self.panes.iter().enumerate() {
            segno.wait_for("more numbers", || {
                let numbers = numbers(segno, pane, rounds);
                numbers.last().filter(|last| **last > self.reached[index]).copied()
            });
        }
    }
}

#[test]
fn fifty_kills_of_the_daemon_under_load_lose_and_double_nothing() {
    let segno = Segno::with_limit(Duration::from_secs(240));
    Load::start(&segno).kill_the_daemon(&segno, 50);
}

#[test]
fn keeper_and_daemon_die_in_both_orders() {
    let segno = Segno::new();
    let pane = pane_running(&segno, "echo begun; exec cat");
    let pid = segno.pane_pid(&pane);
    let said = |what: &str| {
        segno.ok(&["send", &pane, what, "--enter"]);
        segno.wait_for(what, || everything(&segno, &pane).contains(what).then_some(()));
    };
    said("before");
    // The keeper first: the daemon starts another one and hands it the terminals.
    let keeper = segno.keeper_pid().expect("a keeper");
    kill_and_wait(keeper);
    let next = segno.wait_for(&format!("another keeper than {keeper}"), || {
        segno.keeper_pid().filter(|pid| *pid != keeper && alive(*pid))
    });
    assert!(alive(pid));
    said("keeperless");
    // Then the daemon: the new keeper holds what it was handed.
    segno.kill_daemon();
    segno.daemon_start();
    assert_eq!(segno.keeper_pid(), Some(next));
    assert_eq!(segno.pane_pid(&pane), pid);
    said("adopted");
    // The daemon first, then the keeper: as after a reboot.
    segno.kill_daemon();
    kill_and_wait(next);
    segno.wait_for("the program's end by SIGHUP", || (!alive(pid)).then_some(()));
    segno.daemon_start();
    assert_ne!(segno.pane_pid(&pane), pid);
    let text = everything(&segno, &pane);
    for what in ["before", "keeperless", "adopted", "restored "] {
        assert!(text.contains(what), "{what}: {text}");
    }
}

#[test]
fn a_program_that_ended_without_a_daemon_or_its_parent_is_noticed() {
    let segno = Segno::new();
    // A child of the first keeper, so that the next one cannot learn its exit status.
    let pane = pane_running(&segno, "read line; exit 3");
    let pid = segno.pane_pid(&pane);
    let keeper = segno.keeper_pid().expect("a keeper");
    kill_and_wait(keeper);
    segno.wait_for("another keeper", || segno.keeper_pid().filter(|pid| *pid != keeper));
    segno.ok(&["send", &pane, "on", "--enter"]);
    segno.wait_for("its end", || (!alive(pid)).then_some(()));
    segno.wait_for("its end being known", || {
        let panes = segno.panes();
        (panes.is_empty() || panes[0]["pid"].is_null()).then_some(())
    });
}

#[test]
fn signals_end_the_daemon_in_order_or_not_at_all() {
    let segno = Segno::new();
    let pane = pane_running(&segno, "exec cat");
    let pid = segno.pane_pid(&pane);
    let daemon = segno.daemon_pid().expect("a daemon");
    let keeper = segno.keeper_pid().expect("a keeper");
    for process in [daemon, keeper] {
        signal(process, Signal::SIGHUP);
    }
    segno.ok(&["send", &pane, "still here", "--enter"]);
    segno.wait_for("an echo", || everything(&segno, &pane).contains("still here").then_some(()));
    assert_eq!(segno.daemon_pid(), Some(daemon));
    signal(keeper, Signal::SIGTERM);
    signal(daemon, Signal::SIGTERM);
    segno.wait_for("the daemon's end", || (!alive(daemon)).then_some(()));
    assert!(alive(keeper), "a keeper with programs stays");
    assert!(alive(pid));
    segno.daemon_start();
    assert_eq!(segno.pane_pid(&pane), pid);
    assert!(everything(&segno, &pane).contains("still here"));
}

#[test]
fn the_end_of_the_starting_terminal_ends_nothing_else() {
    let segno = Segno::new();
    let terminal = segno.terminal_of(80, 24, &[]);
    terminal.wait_text("$");
    let pane = segno.panes()[0]["id"].as_str().expect("an id").to_owned();
    let (pid, daemon) = (segno.pane_pid(&pane), segno.daemon_pid());
    // Its master closes: what a logout or a closed window does.
    drop(terminal);
    segno.wait_for("no client", || {
        let status = segno.json(&["daemon", "status"]);
        (status["daemon"]["clients"] == 0).then_some(())
    });
    assert_eq!(segno.daemon_pid(), daemon);
    assert!(alive(pid));
}

#[test]
fn many_starts_at_once_end_with_one_daemon_and_one_keeper() {
    let segno = Segno::new();
    for _ in 0..3 {
        let starts: Vec<_> = (0..8)
            .map(|_| {
                let mut command = segno.command(crate::support::segno::program());
                command.args(["daemon", "start"]).spawn().expect("segno can be run")
            })
            .collect();
        for start in starts {
            assert!(start.wait_with_output().expect("it ends").status.success());
        }
        if cfg!(target_os = "linux") {
            let running = crate::support::segno::processes_of(segno.home());
            assert_eq!(running.len(), 2, "{running:?}");
        }
        // What is left behind never blocks the next start.
        segno.reboot();
        segno.write("run/daemon.sock.pid", "1");
    }
}

#[test]
fn a_type_that_keeps_nothing_on_disk_lives_on_without_a_journal() {
    let segno = Segno::new();
    segno.write(
        "panes/secret.toml",
        "schema = 1\nname = \"secret\"\ntitle = \"Secret\"\nkind = \"shell\"\n\n[command]\nprogram = \"sh\"\n\n[scrollback]\nkeep = false\n",
    );
    let script =
        "trap 'echo drawn again' WINCH; echo hush''ed; while :; do read line; echo got $line; done";
    let pane = segno.ok(&["new", "--focus", "--type", "secret", "--", "-c", script]);
    segno.wait_for("its output", || everything(&segno, &pane).contains("hushed").then_some(()));
    let pid = segno.pane_pid(&pane);
    segno.kill_daemon();
    segno.daemon_start();
    assert_eq!(segno.pane_pid(&pane), pid);
    segno.ok(&["send", &pane, "word", "--enter"]);
    segno.wait_for("its answer", || everything(&segno, &pane).contains("got word").then_some(()));
    assert!(!segno.home().join("journal").join(&pane).exists());
}
