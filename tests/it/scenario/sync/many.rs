//! Many messages to a slow service, and a sender that is killed again and again: nothing is sent
//! twice, and it stays small.

use std::collections::{HashMap, HashSet};
use std::fmt::Write;
use std::fs;
use std::process::{Child, Stdio};
use std::time::{Duration, Instant};

use serde_json::Value;

use super::log_in;
use crate::support::segno::{Segno, program, wait_for};
use crate::support::stand_in::KEY;
use crate::support::stand_in::events::Events;
use crate::support::stand_in::server::{Server, Service};
use crate::support::stand_in::sessions::Sessions;

/// How much is said, and how often its sender is killed.
struct Load {
    /// Messages of each conversation.
    conversations: Vec<usize>,
    kills: usize,
    /// What a request takes.
    pace: Duration,
}

impl Load {
    fn messages(&self) -> usize {
        self.conversations.iter().sum()
    }
}

/// Two thousand messages, one of the conversations a long one.
fn small(pace: u64) -> Load {
    let conversations = [vec![1000], vec![100; 10]].concat();
    Load { conversations, kills: 5, pace: Duration::from_millis(pace) }
}

/// A hundred thousand.
fn large(pace: u64) -> Load {
    let conversations = [vec![20_000], vec![500; 160]].concat();
    Load { conversations, kills: 20, pace: Duration::from_millis(pace) }
}

/// What it took.
struct Figures {
    requests: usize,
    /// The most memory that a sender had at a time, in KiB.
    memory: u64,
    took: Duration,
}

/// Writes the conversations as an agent stores them.
fn say(segno: &Segno, load: &Load) {
    let directory = segno.user_home().join(".claude/projects/-w-app");
    fs::create_dir_all(&directory).expect("a directory");
    let filling = "It goes on for a while, as answers do, with a path or two. ".repeat(5);
    let mut minute = 0;
    for (n, messages) in load.conversations.iter().enumerate() {
        let id = format!("{n:08}-1111-4111-8111-111111111111");
        let mut text = String::new();
        for m in 0..*messages {
            minute += 1;
            let (hour, day) = (minute / 60, minute / 1440);
            let time = format!(
                "2026-{:02}-{:02}T{:02}:{:02}:00.000Z",
                1 + day / 28 % 8,
                1 + day % 28,
                hour % 24,
                minute % 60
            );
            let common = format!(
                r#""uuid":"{n:06}-{m:06}","sessionId":"{id}","cwd":"/w/app","timestamp":"{time}""#
            );
            let _ = match m % 2 {
                0 => writeln!(
                    text,
                    r#"{{"type":"user",{common},"message":{{"role":"user","content":"prompt {n} {m}. {filling}"}}}}"#
                ),
                _ => writeln!(
                    text,
                    r#"{{"type":"assistant",{common},"message":{{"id":"msg_{n}_{m}","role":"assistant","model":"m1","content":[{{"type":"text","text":"answer {n} {m}. {filling}"}}],"usage":{{"input_tokens":10,"output_tokens":5}}}}}}"#
                ),
            };
        }
        fs::write(directory.join(format!("{id}.jsonl")), text).expect("a conversation");
    }
    segno.ok(&["history", "update"]);
}

/// Sends everything, and is killed at moments that nobody chooses.
fn send<S: Service>(segno: &Segno, server: &Server<S>, load: &Load, requests: usize) -> Figures {
    let begun = Instant::now();
    let before = server.count();
    let mut moments: Vec<usize> = (0..load.kills).map(|_| chance() as usize % requests).collect();
    moments.sort_unstable();
    let mut memory = 0;
    for moment in moments {
        let mut sender = start(segno);
        let mut ended = false;
        while !ended && server.count() - before < moment {
            memory = memory.max(peak(&sender));
            ended = sender.try_wait().expect("a sender").is_some();
            std::thread::sleep(Duration::from_millis(2));
        }
        assert!(!ended, "it sends {requests} requests and more: {} seen", server.count() - before);
        // Somewhere within a request.
        std::thread::sleep(Duration::from_micros(chance() % 20_000));
        memory = memory.max(peak(&sender));
        sender.kill().expect("it runs");
        sender.wait().expect("it ends");
    }
    let mut sender = start(segno);
    wait_for("the rest", Duration::from_secs(3600), || {
        memory = memory.max(peak(&sender));
        sender.try_wait().expect("a sender")
    });
    let output = sender.wait_with_output().expect("its report");
    let report: Value = serde_json::from_slice(&output.stdout).expect("JSON");
    assert!(report["targets"][0]["problem"].is_null(), "{report}");
    assert_eq!(report["targets"][0]["set_aside"], 0, "{report}");
    Figures { requests: server.count() - before, memory, took: begun.elapsed() }
}

fn start(segno: &Segno) -> Child {
    let mut command = segno.command(program());
    command.args(super::ALL).stdout(Stdio::piped()).spawn().expect("segno")
}

/// The most memory that a process had, in KiB; 0 where the system does not say.
fn peak(child: &Child) -> u64 {
    let status = fs::read_to_string(format!("/proc/{}/status", child.id())).unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    let number = line.and_then(|rest| rest.split_whitespace().next());
    number.and_then(|text| text.parse().ok()).unwrap_or(0)
}

fn chance() -> u64 {
    let mut bytes = [0; 8];
    let mut file = fs::File::open("/dev/urandom").expect("chance");
    std::io::Read::read_exact(&mut file, &mut bytes).expect("chance");
    u64::from_le_bytes(bytes)
}

/// Each message is a request, and each goes to its place by its id.
fn by_id(load: &Load) -> Figures {
    let segno = Segno::with_limit(Duration::from_secs(7200));
    say(&segno, load);
    let server = Server::start(Sessions::default());
    let (done, why) = log_in(&segno, &["opensync", "--url", &server.url], KEY);
    assert!(done, "{why}");
    server.pace(load.pace);
    let figures = send(&segno, &server, load, load.messages());
    let mut times: HashMap<String, usize> = HashMap::new();
    for request in server.seen().iter().filter(|request| request.path == "/sync/message") {
        let id = request.json()["externalId"].as_str().expect("an id").to_owned();
        *times.entry(id).or_default() += 1;
    }
    assert_eq!(times.len(), load.messages());
    // The one that was on its way is asked for by nobody: it is sent again, and is the same.
    let again = times.values().filter(|n| **n > 1).count();
    assert!(again <= load.kills && times.values().all(|n| *n <= load.kills + 1), "{again}");
    server.with(|there| {
        assert_eq!(there.messages.len(), load.messages());
        assert_eq!(there.order.len(), load.messages());
        assert!(there.dropped.is_empty(), "{:?}", there.dropped);
        assert_eq!(there.sessions.len(), load.conversations.len());
    });
    assert_eq!(segno.json(&super::ALL)["targets"][0]["sent"], 0);
    figures
}

/// A hundred go in a request, to a service that would store twice what is sent twice.
fn without_ids(load: &Load, workspaces: bool) -> Figures {
    let segno = Segno::with_limit(Duration::from_secs(7200));
    say(&segno, load);
    let server = Server::start(Events::new(workspaces));
    let (done, why) = log_in(&segno, &["stash", "--url", &server.url], KEY);
    assert!(done, "{why}");
    server.pace(load.pace);
    let requests = load.conversations.iter().map(|messages| messages.div_ceil(100));
    let figures = send(&segno, &server, load, requests.sum());
    server.with(|there| {
        let ends = there.contents().iter().filter(|text| text.starts_with("session_end")).count();
        assert_eq!(ends, load.conversations.len());
        assert_eq!(there.events.len(), load.messages() + ends);
        let own = |event: &Value| event["metadata"]["segno_id"].as_str().expect("an id").to_owned();
        let end = |event: &Value| event["session_id"].to_string();
        let ids: HashSet<String> = there
            .events
            .iter()
            .map(|event| match event["event_type"] == "session_end" {
                true => end(event) + &own(event),
                false => own(event),
            })
            .collect();
        assert_eq!(ids.len(), there.events.len(), "nothing is there twice");
        // In order within each conversation.
        let mut last: HashMap<&str, &str> = HashMap::new();
        for event in there.events.iter().filter(|event| event["event_type"] != "session_end") {
            let session = event["session_id"].as_str().expect("a session");
            let time = event["created_at"].as_str().expect("a time");
            let before = last.insert(session, time).unwrap_or_default();
            assert!(before <= time, "{session}: {before} before {time}");
        }
    });
    assert_eq!(segno.json(&super::ALL)["targets"][0]["sent"], 0);
    figures
}

#[test]
fn nothing_is_sent_twice_to_a_service_that_knows_ids() {
    let load = small(0);
    let figures = by_id(&load);
    assert!(figures.requests < load.messages() + 100, "{}", figures.requests);
}

#[test]
fn nothing_is_sent_twice_to_a_service_that_knows_none() {
    let load = small(20);
    let figures = without_ids(&load, true);
    assert!(figures.requests < 100, "{}", figures.requests);
}

/// `cargo test --test it a_hundred_thousand -- --ignored --nocapture`; the figures are in
/// `docs/sync.md`.
#[test]
#[ignore = "takes ten minutes"]
fn a_hundred_thousand_messages_in_batches_and_twenty_kills() {
    stays_small("batches of 100, 50 ms a request", &without_ids(&large(50), true));
}

#[test]
#[ignore = "takes a quarter of an hour"]
fn a_hundred_thousand_messages_one_by_one_and_twenty_kills() {
    stays_small("one message a request, 1 ms each", &by_id(&large(1)));
}

fn stays_small(name: &str, figures: &Figures) {
    let Figures { requests, memory, took } = figures;
    println!("{name}: {requests} requests, {memory} KiB, {} s", took.as_secs());
    assert!(*memory <= 64 << 10, "{name}: {memory} KiB");
}
