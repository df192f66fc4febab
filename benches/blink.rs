//! What a user sees of a killed daemon: the time from `kill -9` to the screen's being painted again
//! at an attached client, with 20 panes that each have a history. The bar is 300 ms on a quiet
//! machine with four cores. `cargo bench --bench blink [PANES] [ROUNDS]`.

#![allow(clippy::unwrap_used, reason = "shares code with the tests")]

use std::io::Read;
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::time::{Duration, Instant};

use portable_pty::{CommandBuilder, PtySize, native_pty_system};

#[path = "../tests/it/support/mod.rs"]
mod support;

use support::segno::{Segno, program};

const BAR: Duration = Duration::from_millis(300);
const PATIENCE: Duration = Duration::from_secs(20);
/// What stands on the visible pane's screen.
const MARK: &str = "here-again";

/// An attached client: what it writes to its terminal, and when.
fn attach(segno: &Segno) -> (Box<dyn portable_pty::Child + Send + Sync>, Receiver<Chunk>) {
    let size = PtySize { rows: 50, cols: 180, pixel_width: 0, pixel_height: 0 };
    let pair = native_pty_system().openpty(size).expect("a PTY");
    let mut command = CommandBuilder::new(program());
    command.arg("attach");
    command.env_clear();
    for (name, value) in segno.environment() {
        command.env(name, value);
    }
    let child = pair.slave.spawn_command(command).expect("segno can be run");
    let mut reader = pair.master.try_clone_reader().expect("a reader");
    let (sender, receiver) = channel();
    std::thread::spawn(move || {
        let _open = pair.master;
        let mut buffer = [0; 64 * 1024];
        while let Ok(count @ 1..) = reader.read(&mut buffer) {
            if sender.send((Instant::now(), buffer[..count].to_vec())).is_err() {
                break;
            }
        }
    });
    (child, receiver)
}

type Chunk = (Instant, Vec<u8>);

/// When the mark was painted.
fn painted(output: &Receiver<Chunk>) -> Instant {
    let mut seen = Vec::new();
    loop {
        let (at, bytes) = output.recv_timeout(PATIENCE).expect("the screen is painted");
        seen.extend(bytes);
        if String::from_utf8_lossy(&seen).contains(MARK) {
            return at;
        }
    }
}

/// Takes all output until there is a pause.
fn drain(output: &Receiver<Chunk>) {
    while !matches!(
        output.recv_timeout(Duration::from_millis(300)),
        Err(RecvTimeoutError::Timeout | RecvTimeoutError::Disconnected)
    ) {}
}

fn main() {
    let numbers: Vec<usize> = std::env::args().filter_map(|arg| arg.parse().ok()).collect();
    let panes = numbers.first().copied().unwrap_or(20);
    let rounds = numbers.get(1).copied().unwrap_or(30);
    let segno = Segno::with_limit(Duration::from_secs(600));
    let script = format!("seq 1 5000; echo {MARK}; exec cat");
    for _ in 0..panes {
        segno.ok(&["new", "--type", "shell", "--", "-c", &script]);
    }
    for pane in segno.panes() {
        let id = pane["id"].as_str().expect("an id").to_owned();
        segno.wait_for("its output", || segno.ok(&["read", &id]).contains(MARK).then_some(()));
    }
    let mut times: Vec<Duration> = (0..rounds)
        .map(|_| {
            let (mut client, output) = attach(&segno);
            painted(&output);
            drain(&output);
            let daemon = segno.daemon_pid().expect("a daemon");
            let killed = Instant::now();
            let pid = nix::unistd::Pid::from_raw(daemon);
            nix::sys::signal::kill(pid, nix::sys::signal::Signal::SIGKILL).expect("it runs");
            let back = painted(&output) - killed;
            // A client that sees one daemon after the other die takes its time.
            client.kill().expect("killed");
            client.wait().expect("waited for");
            back
        })
        .collect();
    times.sort_unstable();
    let at = |share: f64| times[((times.len() - 1) as f64 * share).round() as usize];
    println!(
        "blink with {panes} panes, {rounds} rounds: p50 {:.1} ms, p95 {:.1} ms, max {:.1} ms; bar {} ms",
        at(0.5).as_secs_f64() * 1e3,
        at(0.95).as_secs_f64() * 1e3,
        at(1.0).as_secs_f64() * 1e3,
        BAR.as_millis(),
    );
    assert!(at(0.5) <= BAR, "slower than the bar");
}
