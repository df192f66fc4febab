//! Programs that take no input, or end with some waiting: only that pane waits.

use std::time::Duration;

use super::{everything, log, pane_running};
use crate::support::segno::Segno;

/// A program in raw mode that reads nothing until a file is there, and then all into another.
fn late_reader(segno: &Segno) -> (String, std::path::PathBuf, std::path::PathBuf) {
    let (gate, typed) = (segno.root().join("gate"), segno.root().join("typed"));
    let pane = pane_running(
        segno,
        &format!(
            "stty raw -echo; printf '\\033[?2004h'; echo ready; \
             while ! [ -e {} ]; do sleep 0.05; done; exec cat > {}",
            gate.display(),
            typed.display()
        ),
    );
    segno.wait_for("the program", || everything(segno, &pane).contains("ready").then_some(()));
    (pane, gate, typed)
}

fn bytes_waiting(segno: &Segno, pane: &str) -> u64 {
    segno.status(pane)["input_waiting"].as_u64().expect("a number")
}

#[test]
fn a_program_that_ends_while_input_waits_holds_up_nobody() {
    let segno = Segno::with_limit(Duration::from_secs(60));
    let other = pane_running(&segno, "exec cat");
    let gate = segno.root().join("gate");
    let victim = pane_running(
        &segno,
        &format!(
            "stty raw -echo; echo ready; while ! [ -e {} ]; do sleep 0.05; done",
            gate.display()
        ),
    );
    segno.wait_for("the program", || everything(&segno, &victim).contains("ready").then_some(()));
    segno.ok(&["send", &victim, &"z".repeat(100_000)]);
    assert!(bytes_waiting(&segno, &victim) > 0, "the kernel takes less than that");
    std::fs::write(&gate, "").expect("written");
    let gone = || segno.panes().iter().all(|pane| pane["id"] != victim.as_str()).then_some(());
    segno.wait_for(&format!("the end of the pane\n{}", log(&segno)), gone);
    segno.ok(&["send", &other, "still here", "-e"]);
    let here = || everything(&segno, &other).contains("still here").then_some(());
    segno.wait_for("the other pane", here);
}

#[test]
fn a_paste_into_a_program_that_does_not_read_leaves_segnos_keys_alone() {
    let segno = Segno::with_limit(Duration::from_secs(60));
    let (pane, gate, typed) = late_reader(&segno);
    let terminal = segno.terminal();
    terminal.wait_text("ready");
    terminal.bytes_aside(format!("\x1b[200~{}\x1b[201~", "p".repeat(300_000)).into_bytes());
    terminal.wait_text(&format!("{pane} takes no input: "));
    terminal.wait_text("KB wait · ctrl+b K drops them");
    terminal.keys("ctrl+b c");
    segno.wait_for("the new tab", || (segno.panes().len() == 2).then_some(()));
    terminal.keys("ctrl+b p");
    terminal.wait_text("takes no input");
    terminal.keys("ctrl+b K");
    terminal.wait_text("KB of input dropped");
    terminal.wait_gone("takes no input");
    assert!(bytes_waiting(&segno, &pane) < 100);
    // The program that saw the paste begin sees it end, and what is typed then.
    terminal.type_text("typed later");
    std::fs::write(gate, "").expect("written");
    let seen = || {
        let text = std::fs::read_to_string(&typed).unwrap_or_default();
        text.ends_with("p\x1b[201~typed later").then_some(text)
    };
    let seen = segno.wait_for("what was typed", seen);
    assert!(seen.starts_with("\x1b[200~ppp") && seen.len() < 300_000, "{}", seen.len());
}

#[test]
fn a_paste_that_waits_survives_the_daemon_and_arrives_once() {
    let segno = Segno::with_limit(Duration::from_secs(90));
    let (pane, gate, typed) = late_reader(&segno);
    let terminal = segno.terminal();
    terminal.wait_text("ready");
    let text: String = (0..60_000).map(|n| format!("{n} ")).collect();
    let pasted = terminal.bytes_aside(format!("\x1b[200~{text}\x1b[201~").into_bytes());
    terminal.wait_text("takes no input");
    segno.kill_daemon();
    pasted.join().expect("pasted");
    segno.daemon_start();
    segno.wait_for("the rest", || (bytes_waiting(&segno, &pane) > 250_000).then_some(()));
    segno.kill_daemon();
    std::fs::write(gate, "").expect("written");
    segno.daemon_start();
    let wanted = format!("\x1b[200~{text}\x1b[201~");
    let seen = || std::fs::read_to_string(&typed).unwrap_or_default();
    segno.wait_for("the paste", || (seen().len() >= wanted.len()).then_some(()));
    assert!(seen() == wanted, "{}", log(&segno));
}

#[test]
fn what_waits_is_bounded_and_can_be_dropped_from_a_script() {
    let segno = Segno::with_limit(Duration::from_secs(60));
    let (pane, _, _) = late_reader(&segno);
    let text = segno.root().join("text");
    std::fs::write(&text, "x".repeat(3_000_000)).expect("written");
    let send = || {
        let mut send = segno.command(crate::support::segno::program());
        send.args(["send", &pane, "-"]).stdin(std::fs::File::open(&text).expect("opened"));
        send.output().expect("segno can be run")
    };
    for _ in 0..3 {
        assert!(send().status.success());
    }
    let refused = send();
    let why = String::from_utf8_lossy(&refused.stderr);
    assert!(!refused.status.success() && why.contains("takes no input: "), "{why}");
    assert!(why.contains(&format!("segno send {pane} --drop")), "{why}");
    assert!(segno.ok(&["send", &pane, "--drop"]).ends_with("MB dropped"));
    assert!(send().status.success());
}
