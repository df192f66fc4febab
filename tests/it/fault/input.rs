//! What is typed while daemons die arrives once, and in order.

use std::io::{Read, Write};
use std::os::unix::net::UnixStream;
use std::time::Duration;

use super::{Seed, log};
use crate::support::segno::{Segno, kill_and_wait};

#[test]
fn keys_typed_while_the_daemon_is_killed_arrive_once_and_in_order() {
    let segno = Segno::with_limit(Duration::from_secs(120));
    let mut seed = Seed::new();
    let terminal = segno.terminal_of(80, 24, &[]);
    terminal.wait_text("$");
    let typed_file = segno.root().join("typed");
    terminal
        .type_text(&format!("stty raw -echo; echo rea''dy; exec cat > {}", typed_file.display()));
    terminal.keys("enter");
    terminal.wait_text("ready");
    let mut typed = String::new();
    let mut next = 0;
    let mut type_some = |count: u64, typed: &mut String| {
        for _ in 0..count {
            let text = format!("{next} ");
            terminal.type_text(&text);
            typed.push_str(&text);
            next += 1;
        }
    };
    for round in 0..20 {
        type_some(seed.below(20), &mut typed);
        let daemon = segno.wait_for("a daemon", || segno.daemon_pid());
        type_some(seed.below(40), &mut typed);
        seed.pause(Duration::from_millis(3));
        kill_and_wait(daemon);
        type_some(seed.below(20), &mut typed);
        // The client comes back by itself.
        let seen = || std::fs::read_to_string(&typed_file).unwrap_or_default();
        let what = format!(
            "what was typed by round {round}: {typed:?}, has {:?}\n{}",
            seen(),
            log(&segno)
        );
        segno.wait_for(&what, || (seen().len() >= typed.len()).then_some(()));
        assert_eq!(seen(), typed, "round {round}\n{}", log(&segno));
    }
}

/// A client that knows which bytes are in which frame.
struct Client {
    token: String,
    stream: UnixStream,
    /// What the daemon said that it needs no more.
    settled: u64,
}

impl Client {
    fn attach(segno: &Segno, token: &str) -> Client {
        let socket = segno.home().join("run/daemon.sock");
        let mut stream = UnixStream::connect(socket).expect("connected");
        let hello = serde_json::json!({
            "segno": "0", "protocol": 1, "role": "attach",
            "attach": {"cols": 80, "rows": 24, "term": "xterm", "token": token, "acked": 0},
        });
        stream.write_all(format!("{hello}\n").as_bytes()).expect("sent");
        let mut reply = Vec::new();
        while reply.last() != Some(&b'\n') {
            let mut byte = [0];
            assert_eq!(stream.read(&mut byte).expect("read"), 1, "an answer");
            reply.push(byte[0]);
        }
        let reply: serde_json::Value = serde_json::from_slice(&reply).expect("JSON");
        let settled = reply["attach"]["acked"].as_u64().expect("a number");
        Client { token: token.to_owned(), stream, settled }
    }

    /// Sends those of these frames, numbered from 1, that the daemon needs.
    fn send(&mut self, frames: &[&[u8]]) {
        for (seq, bytes) in (1_u64..).zip(frames).filter(|(seq, _)| *seq > self.settled) {
            let mut frame = vec![1];
            frame.extend(u32::try_from(8 + bytes.len()).expect("short").to_le_bytes());
            frame.extend(seq.to_le_bytes());
            frame.extend_from_slice(bytes);
            self.stream.write_all(&frame).expect("sent");
        }
    }

    /// The number of the last frame that was handled.
    fn handled(&self, segno: &Segno) -> u64 {
        let record = std::fs::read(segno.home().join(format!("run/input.{}", self.token)));
        let record = record.unwrap_or_default();
        record.first_chunk().map_or(0, |number| u64::from_le_bytes(*number))
    }

    fn wait_handled(&self, segno: &Segno, seq: usize) {
        let what = format!("frame {seq} to be handled");
        segno.wait_for(&what, || (self.handled(segno) >= seq as u64).then_some(()));
    }
}

#[test]
fn a_kill_within_a_sequence_a_paste_or_a_chord_changes_nothing() {
    let frames: [&[u8]; 16] = [
        b"ab\x1b[200~pas",
        b"te\x1b[2",
        b"01x\nan",
        b"d more\x1b",
        b"[20",
        b"1~x",
        b"\x1b[1;",
        b"5",
        b"Ay\xf0\x9f",
        b"\x98",
        b"\x80",
        b"\x02",
        b"\x02z\x1b",
        b"\x1b[",
        b"B",
        b".",
    ];
    // Ctrl+b twice is one of it.
    let expected =
        "ab\x1b[200~paste\x1b[201x\nand more\x1b[201~x\x1b[1;5Ay\u{1f600}\x02z\x1b[1;3B.";
    let segno = Segno::with_limit(Duration::from_secs(120));
    // On a busy machine half a sequence would otherwise be taken for keys in time.
    segno.write("config.toml", "[general]\nescape_time_ms = 1000\n");
    let file = segno.root().join("typed");
    let pane = super::pane_running(
        &segno,
        &format!(
            "stty raw -echo; printf '\\033[?2004h'; echo ready; exec cat > {}",
            file.display()
        ),
    );
    let ready = || super::everything(&segno, &pane).contains("ready").then_some(());
    segno.wait_for("the program", ready);
    let seen = || String::from_utf8_lossy(&std::fs::read(&file).unwrap_or_default()).into_owned();
    for kill_after in 0..=frames.len() {
        let token = format!("{kill_after:032x}");
        let before = seen().len();
        let daemon = segno.daemon_pid().expect("a daemon");
        let mut client = Client::attach(&segno, &token);
        client.send(&frames[..kill_after]);
        client.wait_handled(&segno, kill_after);
        kill_and_wait(daemon);
        segno.daemon_start();
        let mut client = Client::attach(&segno, &token);
        client.send(&frames);
        client.wait_handled(&segno, frames.len());
        let arrived = || (seen().len() >= before + expected.len()).then_some(());
        segno.wait_for(&format!("all input, killed after {kill_after}"), arrived);
        assert_eq!(&seen()[before..], expected, "killed after {kill_after}\n{}", log(&segno));
    }
}

#[test]
fn a_command_is_carried_out_once_whenever_the_daemon_is_killed() {
    let segno = Segno::with_limit(Duration::from_secs(120));
    super::pane_running(&segno, "exec cat");
    let mut seed = Seed::new();
    for round in 0..25 {
        let token = format!("{round:032x}");
        let panes = segno.panes().len();
        let frames: [&[u8]; 3] = [b"x\x02c", b"\x02", b"c"];
        let mut client = Client::attach(&segno, &token);
        client.send(&frames);
        seed.pause(Duration::from_millis(4));
        segno.kill_daemon();
        segno.daemon_start();
        let mut client = Client::attach(&segno, &token);
        client.send(&frames);
        client.wait_handled(&segno, frames.len());
        let now = segno.panes();
        assert_eq!(now.len(), panes + 2, "round {round}: {now:#?}\n{}", log(&segno));
        for pane in now.iter().skip(1) {
            segno.ok(&["close", pane["id"].as_str().expect("an id")]);
        }
    }
}

/// The file says since when its client is gone, behind what the daemon has handled.
#[test]
fn files_of_clients_that_went_long_ago_are_swept_at_a_start() {
    let segno = Segno::with_limit(Duration::from_secs(60));
    super::pane_running(&segno, "exec cat");
    let (old, new) = (format!("{:032x}", 1), format!("{:032x}", 2));
    let file = |token: &str| segno.home().join(format!("run/input.{token}"));
    for token in [&old, &new] {
        let mut client = Client::attach(&segno, token);
        client.send(&[b"x"]);
        client.wait_handled(&segno, 1);
    }
    segno.kill_daemon();
    // The first start notes that they are gone, or the previous daemon did.
    segno.daemon_start();
    segno.kill_daemon();
    let mut record = std::fs::read(file(&old)).expect("a record");
    // Since when it is gone stands after how far its input was handled.
    let gone = 24..32;
    record[gone].copy_from_slice(&1_u64.to_le_bytes());
    std::fs::write(file(&old), record).expect("written");
    segno.daemon_start();
    assert!(!file(&old).exists());
    assert_eq!(Client::attach(&segno, &new).settled, 1, "what was handled is still known");
}
