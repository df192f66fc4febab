//! A hundred machines that send to one hub on PostgreSQL, and somebody who searches meanwhile. For
//! figures, not for judgement: `--ignored --nocapture a_hundred_machines`, of a release build for
//! docs/performance.md. `LOAD_MB` says how much they send.

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Instant;

use serde_json::json;

use segno_hub::Store;
use segno_hub::store::May;
use segno_web::now_ms;

use crate::processes::{Hub, sent};
use crate::{person, plain, postgres};

const MACHINES: usize = 100;
const PEOPLE: usize = 10;
/// Connections at the same time.
const SENDERS: usize = 16;
/// Events of a batch, and bytes of each.
const EVENTS: usize = 50;
const BYTES: usize = 2000;
const WORDS: [&str; 16] = [
    "parser", "error", "the", "file", "request", "token", "screen", "buffer", "value", "thread",
    "index", "query", "merge", "branch", "commit", "window",
];

/// A text of plain words, each with its own rare one.
fn text(seed: usize) -> String {
    let (mut text, mut n) = (format!("rare{seed} "), seed);
    while text.len() < BYTES {
        n = n.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        text += WORDS[(n >> 33) % WORDS.len()];
        text.push(' ');
    }
    text
}

#[test]
#[ignore = "a measurement"]
fn a_hundred_machines_send_while_somebody_searches() {
    let Some(server) = postgres::Server::start("") else { return };
    let megabytes: usize =
        std::env::var("LOAD_MB").ok().and_then(|text| text.parse().ok()).unwrap_or(50);
    let (url, home) = (server.database(), tempfile::tempdir().expect("a directory"));
    let store = Store::open(Some(&url), home.path()).expect("a store");
    let now = i64::try_from(now_ms()).expect("a time");
    let people: Vec<_> = (0..PEOPLE).map(|n| person(&store, &format!("p{n}"))).collect();
    let token = |n: usize| {
        store.add_device(&people[n % PEOPLE], "machine", May::Write, now).expect("a token")
    };
    let tokens: Vec<String> = (0..MACHINES).map(token).collect();
    let reader = store.add_device(&people[0], "reader", May::Read, now).expect("a token");
    let hub = Hub::start(&url, home.path());

    let batches = megabytes * 1_000_000 / (EVENTS * BYTES);
    let (next, over) = (AtomicUsize::new(0), AtomicBool::new(false));
    let begun = Instant::now();
    let mut searches = Vec::new();
    let took = std::thread::scope(|scope| {
        let senders: Vec<_> = (0..SENDERS)
            .map(|_| {
                scope.spawn(|| {
                    loop {
                        let batch = next.fetch_add(1, Ordering::Relaxed);
                        if batch >= batches {
                            return;
                        }
                        let machine = batch % MACHINES;
                        let event = |n: usize| {
                            let id = batch * EVENTS + n;
                            json!({
                                "kind": if n.is_multiple_of(2) { "user" } else { "assistant" }, "agent": "a",
                                "conversation": format!("m{machine}-{}", batch / MACHINES / 4),
                                "id": id.to_string(), "text": text(id), "time": now,
                            })
                        };
                        let events: Vec<_> = (0..EVENTS).map(event).collect();
                        let body = json!({ "version": 1, "events": events }).to_string();
                        while sent(hub.1, &tokens[machine], &body) != Some(200) {}
                    }
                })
            })
            .collect();
        let searcher = scope.spawn(|| {
            let mut all = Vec::new();
            while !over.load(Ordering::Relaxed) {
                let n = all.len();
                let words = match n % 3 {
                    0 => format!("rare{}", n * EVENTS),
                    1 => "parser%20error".to_owned(),
                    _ => "%22the%20file%22".to_owned(),
                };
                let request = format!(
                    "GET /api/history/search?q={words} HTTP/1.1\r\nHost: {}\r\n\
                     Authorization: Bearer {reader}\r\nConnection: close\r\n\r\n",
                    hub.1
                );
                let asked = Instant::now();
                let (status, text) = plain::request(hub.1, &request);
                assert_eq!(status, 200, "{text}");
                all.push(asked.elapsed());
                std::thread::sleep(std::time::Duration::from_millis(50));
            }
            all
        });
        for sender in senders {
            sender.join().expect("it sends");
        }
        let took = begun.elapsed();
        over.store(true, Ordering::Relaxed);
        searches = searcher.join().expect("it searches");
        took
    });
    searches.sort();
    let at = |share: usize| searches[(searches.len() - 1) * share / 100].as_millis();
    let status = std::fs::read_to_string(format!("/proc/{}/status", hub.0.id()));
    let status = status.unwrap_or_default();
    let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap_or("unknown");
    let events = batches * EVENTS;
    println!(
        "{events} events, {megabytes} MB in {:.1} s: {:.0} events/s, {:.1} MB/s; {} searches: p50 {} ms, \
         p99 {} ms; memory at most {}",
        took.as_secs_f64(),
        events as f64 / took.as_secs_f64(),
        megabytes as f64 / took.as_secs_f64(),
        searches.len(),
        at(50),
        at(99),
        peak.trim()
    );
    let stored: i64 = people
        .iter()
        .flat_map(|of| store.natives(of.id).expect("a list"))
        .map(|(_, _, changes)| changes)
        .sum();
    assert_eq!(stored, events as i64);
}
