//! Nobody's speed is another's cost: slow readers, slow terminals and floods.

use std::fs;
use std::os::unix::fs::MetadataExt;
use std::path::Path;
use std::time::Duration;

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;

use crate::support::segno::{self, Segno};

const MEGABYTE: u64 = 1 << 20;

/// The most memory that the process ever had, since [`forget_peak`]; parts of the program that it
/// used for the first time count too.
fn peak(pid: i32) -> u64 {
    let status = fs::read_to_string(format!("/proc/{pid}/status")).unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap_or_default();
    line.split_whitespace().next().and_then(|kb| kb.parse::<u64>().ok()).unwrap_or(0) * 1024
}

fn forget_peak(pid: i32) {
    fs::write(format!("/proc/{pid}/clear_refs"), "5").unwrap();
}

/// What the input that waits for programs takes.
fn waiting_input(pid: i32) -> u64 {
    let entries = fs::read_dir(format!("/proc/{pid}/fd")).unwrap().flatten();
    let files = entries.filter(|entry| {
        fs::read_link(entry.path()).is_ok_and(|to| to.to_string_lossy().contains("segno-input"))
    });
    files.filter_map(|file| fs::metadata(file.path()).ok()).map(|m| m.blocks() * 512).sum()
}

fn length(path: &Path) -> u64 {
    fs::metadata(path).map_or(0, |metadata| metadata.len())
}

#[test]
fn a_large_paste_arrives_whole_at_a_slow_reader_and_takes_no_memory() {
    let segno = Segno::with_limit(Duration::from_secs(180));
    let terminal = segno.terminal_of(80, 24, &[]).with_patience(Duration::from_secs(120));
    terminal.wait_text("$");
    let (typed, go) = (segno.root().join("typed"), segno.root().join("go"));
    // It reads nothing until it is asked to, and then a little at a time.
    terminal.type_text(&format!(
        "stty raw -echo; echo rea''dy; while [ ! -e {} ]; do sleep 0.05; done; \
         exec dd bs=1024 of={} 2>/dev/null",
        go.display(),
        typed.display()
    ));
    terminal.keys("enter");
    terminal.wait_text("ready");
    let daemon = segno.daemon_pid().unwrap();
    forget_peak(daemon);
    let before = peak(daemon);

    let text: Vec<u8> = (0..1_000_000).flat_map(|n| format!("{n:09},").into_bytes()).collect();
    let pasted = [b"\x1b[200~", &text[..], b"\x1b[201~"].concat();
    let writing = terminal.bytes_aside(pasted);
    segno.wait_for("input that waits", || (waiting_input(daemon) >= 256 * 1024).then_some(()));
    fs::write(&go, "").unwrap();
    let mut largest = 0;
    let arrived = segno::for_a_while(Duration::from_secs(120), || {
        largest = largest.max(waiting_input(daemon));
        length(&typed) >= text.len() as u64
    });
    assert!(arrived, "{} of {} bytes came", length(&typed), text.len());
    writing.join().unwrap();
    assert_eq!(length(&typed), text.len() as u64);
    assert!(fs::read(&typed).unwrap() == text, "what arrived is something else");
    // As much as may wait for a pane, whoever is slower.
    assert!(largest < 9 * MEGABYTE, "{largest} bytes waited");
    let grown = peak(daemon).saturating_sub(before);
    assert!(grown < 8 * MEGABYTE, "the daemon grew by {grown} bytes");
}

#[test]
fn a_client_that_stops_reading_costs_nothing_and_catches_up_at_once() {
    let segno = Segno::with_limit(Duration::from_secs(180));
    let terminal = segno.terminal_of(100, 30, &[]);
    terminal.wait_text("$");
    let daemon = segno.daemon_pid().unwrap();
    let client = Pid::from_raw(terminal.pid().unwrap());
    kill(client, Signal::SIGSTOP).unwrap();
    // So that what it keeps of the text itself does not count.
    segno.ok(&["send", "p1", "--enter", "seq 20000; echo fi''rst"]);
    segno.ok(&["wait", "p1", "--for", "output=first"]);
    forget_peak(daemon);
    let (before, shown) = (peak(daemon), terminal.raw().len());
    segno.ok(&["send", "p1", "--enter", "seq 1500000; echo las''t"]);
    segno.ok(&["wait", "p1", "--for", "output=last", "--timeout", "120"]);
    let grown = peak(daemon).saturating_sub(before);
    assert!(grown < 8 * MEGABYTE, "the daemon grew by {grown} bytes");
    kill(client, Signal::SIGCONT).unwrap();
    terminal.wait_text("last");
    // What was under way when it stopped, and then the screen as it is: not what was between.
    let bytes = terminal.raw().len() - shown;
    assert!(bytes < 512 * 1024, "{bytes} bytes");
}

#[test]
fn ctrl_c_ends_a_flood() {
    let segno = Segno::new();
    let terminal = segno.terminal_of(100, 30, &[]);
    terminal.wait_text("$");
    terminal.type_text("yes");
    terminal.keys("enter");
    terminal.wait_gone("$");
    terminal.keys("ctrl+c");
    terminal.wait_text("$");
    terminal.type_text("echo sti''ll");
    terminal.keys("enter");
    terminal.wait_text("still");
}
