//! `segno events`: what happens can be followed, once and over daemons, and nothing is said twice.

use std::io::{BufRead, BufReader, Write};
use std::net::Shutdown;
use std::os::unix::net::UnixStream;
use std::process::{Child, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::time::Duration;

use serde_json::{Value, json};

use crate::support::scripted;
use crate::support::segno::{Segno, program};

const CHANGED: &str = "workspace.changed";

/// `segno events --follow --json`, line by line.
struct Follower {
    child: Child,
    lines: Receiver<Value>,
}

impl Follower {
    fn new(segno: &Segno, more: &[&str]) -> Follower {
        let mut command = segno.command(program());
        command.args(["events", "--follow", "--json"]).args(more).stdout(Stdio::piped());
        let mut child = command.spawn().expect("a follower");
        let out = BufReader::new(child.stdout.take().expect("its output"));
        let (sender, lines) = channel();
        std::thread::spawn(move || {
            for line in out.lines().map_while(Result::ok) {
                let event = serde_json::from_str(&line).expect("a line of JSON");
                if sender.send(event).is_err() {
                    return;
                }
            }
        });
        Follower { child, lines }
    }

    /// The next event of this name; others are passed over.
    #[track_caller]
    fn next(&self, name: &str) -> Value {
        loop {
            let event = self.lines.recv_timeout(Duration::from_secs(30));
            let event = event.unwrap_or_else(|_| panic!("waited 30 s for {name}"));
            if event["event"] == name {
                return event;
            }
        }
    }
}

impl Drop for Follower {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn seqs(text: &str) -> Vec<u64> {
    let events = text.lines().map(|line| serde_json::from_str::<Value>(line).expect("JSON"));
    events.map(|event| event["seq"].as_u64().expect("a number")).collect()
}

#[test]
fn an_agents_turn_is_followed_and_reported_once() {
    let segno = Segno::new();
    scripted::install(&segno);
    segno.daemon_start();
    let all = Follower::new(&segno, &["--since", "0"]);
    let states = Follower::new(&segno, &["--since", "0", "--type", "state.*"]);
    let pane = segno.ok(&["new", "--type", "scripted"]).trim().to_string();
    let opened = all.next("pane.opened");
    assert_eq!((&opened["pane"], &opened["type"]), (&pane.as_str().into(), &"scripted".into()));
    all.next("workspace.changed");
    segno.ok(&["wait", &pane, "--for", "idle"]);
    segno.ok(&["send", &pane, "say hello", "--enter"]);
    assert_eq!(all.next("conversation.prompted")["pane"], pane.as_str());
    let working = states.next("state.working");
    let idle = states.next("state.idle");
    assert!(working["seq"].as_u64() < idle["seq"].as_u64());
    // Once more, without following: the same, in order.
    let printed = segno.ok(&["events", "--json", "--pane", &pane]);
    let numbers = seqs(&printed);
    assert!(numbers.is_sorted() && numbers.contains(&idle["seq"].as_u64().unwrap()), "{printed}");
    let after = segno.ok(&["events", "--json", "--since", &idle["seq"].to_string()]);
    assert!(seqs(&after).iter().all(|seq| *seq > idle["seq"].as_u64().unwrap()), "{after}");
    let people = segno.ok(&["events", "--type", "pane.opened"]);
    assert!(people.contains("pane.opened") && people.contains(&pane), "{people}");
    // A follower ends with its reader, also while nothing happens.
    let mut reader = segno.command("sh");
    let follow = "\"$0\" events --follow --since 0 --json | head -n 1";
    let read = reader.args(["-c", follow]).arg(program()).output().expect("sh runs");
    assert_eq!(seqs(&String::from_utf8_lossy(&read.stdout)), [1]);
    let wrong = segno.cli(&["events", "--type", "state.idel"]);
    assert!(String::from_utf8_lossy(&wrong.stderr).contains("state.idle"), "{wrong:?}");
}

#[test]
fn a_follower_goes_on_over_daemons_and_learns_of_a_gap() {
    let segno = Segno::new();
    segno.daemon_start();
    let follower = Follower::new(&segno, &["--since", "0"]);
    let first = follower.next("daemon.started")["seq"].as_u64().unwrap();
    segno.ok(&["daemon", "restart"]);
    let stopped = follower.next("daemon.stopped")["seq"].as_u64().unwrap();
    let started = follower.next("daemon.started")["seq"].as_u64().unwrap();
    assert!(first < stopped && started == stopped + 1, "{first} {stopped} {started}");
    segno.ok(&["new", "--type", "shell"]);
    follower.next("pane.opened");
    segno.kill_daemon();
    segno.daemon_start();
    // What the killed one did not store may be missing, and that is said.
    follower.next("gap");
    follower.next("daemon.started");
    segno.ok(&["new", "--type", "shell"]);
    follower.next("pane.opened");
}

#[test]
fn a_subscription_says_what_happens_on_its_connection() {
    let segno = Segno::new();
    segno.daemon_start();
    let stream = UnixStream::connect(segno.home().join("run/daemon.sock")).expect("the daemon");
    stream.set_read_timeout(Some(Duration::from_secs(30))).expect("a timeout");
    let mut lines = BufReader::new(stream.try_clone().expect("a copy")).lines();
    let say = |value: Value| writeln!(&stream, "{value}").expect("it is read");
    let mut hear = || -> Value {
        let line = lines.next().expect("a line").expect("it can be read");
        serde_json::from_str(&line).expect("JSON")
    };
    say(json!({ "segno": "0", "protocol": 1, "role": "control" }));
    assert!(hear()["pid"].is_i64());
    let ask = |id: u64, params: Value| {
        say(json!({ "jsonrpc": "2.0", "id": id, "method": "events.subscribe", "params": params }));
    };
    ask(1, json!({ "pane": "p9" }));
    assert_eq!(hear()["error"]["code"], 2);
    ask(2, json!({ "types": ["workspace.changed"] }));
    let since = hear()["result"]["since"].as_u64().expect("a number");
    segno.ok(&["new", "--type", "command", "--", "cat"]);
    let event = hear();
    assert_eq!((&event["method"], &event["params"]["event"]), (&json!("event"), &json!(CHANGED)));
    assert!(event["params"]["seq"].as_u64() > Some(since) && event.get("id").is_none(), "{event}");
    // Other calls go on beside it, and what somebody missed is said first.
    say(json!({ "jsonrpc": "2.0", "id": 3, "method": "pane.list" }));
    while hear()["id"] != 3 {}
    ask(4, json!({ "since": 1_u64 << 40, "types": ["workspace.changed"] }));
    loop {
        let said = hear();
        if said["method"] == "gap" {
            break assert_eq!(said["params"]["since"], 1_u64 << 40);
        }
    }
    // Who says nothing more may go on reading.
    stream.shutdown(Shutdown::Write).expect("it is open");
    segno.ok(&["new", "--type", "command", "--", "cat"]);
    while hear()["method"] != "event" {}
}
