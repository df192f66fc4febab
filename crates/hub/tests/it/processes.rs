//! Several hubs on one database: one is killed, the database starts anew, and nothing is lost or
//! there twice.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use serde_json::json;

use segno_hub::store::{May, Whose};
use segno_hub::{Options, Store, serve};
use segno_web::access::audit::Audit;
use segno_web::now_ms;

use crate::{person, plain, postgres, said};

/// How long anything may take.
const PATIENCE: Duration = Duration::from_secs(60);
const SENDERS: usize = 3;
/// Of each sender, and events in each.
const BATCHES: usize = 20;
const EVENTS: usize = 4;
/// People whose conversations are too old.
const OLD: usize = 12;

/// What the test's program is when it is started as a hub.
#[test]
#[ignore = "a part of another test"]
fn a_hub_in_a_process_of_its_own() {
    let (Ok(url), Ok(home)) = (std::env::var("HUB_DATABASE"), std::env::var("HUB_HOME")) else {
        return;
    };
    let home = std::path::Path::new(&home);
    let store = Store::open(Some(&url), home).expect("a store");
    let log = Audit::open(&home.join("hub.log")).expect("a log");
    let listen = "127.0.0.1:0".parse().expect("an address");
    let options = Options { listen, public_url: None, certificate: None, store, log, openid: None };
    let served = serve(options, |place, _| {
        println!("\nat {}", place.url());
        Ok(())
    });
    panic!("it ended: {served:?}");
}

/// A hub; killed when dropped.
pub struct Hub(pub Child, pub SocketAddr);

impl Drop for Hub {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

impl Hub {
    pub fn start(url: &str, home: &std::path::Path) -> Hub {
        let mut command = Command::new(std::env::current_exe().expect("this program"));
        let name = "processes::a_hub_in_a_process_of_its_own";
        command.args(["--exact", name, "--ignored", "--nocapture", "--test-threads=1"]);
        command.env("HUB_DATABASE", url).env("HUB_HOME", home).stdout(Stdio::piped());
        let mut child = command.spawn().expect("a hub");
        let mut lines = BufReader::new(child.stdout.take().expect("a pipe")).lines();
        let address = lines.by_ref().map_while(Result::ok).find_map(|line| {
            line.strip_prefix("at http://").map(|address| address.parse().expect("an address"))
        });
        Hub(child, address.expect("it says where it is"))
    }
}

/// The status; none where nobody answers.
pub fn sent(address: SocketAddr, token: &str, body: &str) -> Option<u16> {
    let mut stream = TcpStream::connect(address).ok()?;
    stream.set_read_timeout(Some(PATIENCE)).ok()?;
    let length = body.len();
    let request = format!(
        "POST /v1/events HTTP/1.1\r\nHost: {address}\r\nAuthorization: Bearer {token}\r\n\
         Content-Type: application/json\r\nContent-Length: {length}\r\nConnection: close\r\n\r\n{body}"
    );
    stream.write_all(request.as_bytes()).ok()?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer).ok()?;
    answer.split(' ').nth(1)?.parse().ok()
}

fn until(what: &str, mut is_so: impl FnMut() -> bool) {
    let end = Instant::now() + PATIENCE;
    while !is_so() {
        assert!(Instant::now() < end, "{what}");
        std::thread::sleep(Duration::from_millis(20));
    }
}

#[test]
fn nothing_is_lost_or_doubled_when_a_hub_and_the_database_go_down() {
    let Some(server) = postgres::Server::start("") else { return };
    let (url, home) = (server.database(), tempfile::tempdir().expect("a directory"));
    let store = Store::open(Some(&url), home.path()).expect("a store");
    let now = i64::try_from(now_ms()).expect("a time");
    let ann = person(&store, "ann");
    let token = store.add_device(&ann, "laptop", May::Write, now).expect("a token");
    let code = store.invite(&ann, now).expect("a code");
    let old: Vec<_> = (0..OLD).map(|n| person(&store, &format!("old-{n}"))).collect();
    for of in &old {
        store.ingest(of.id, &[said("c", "m", "long ago")], 1000).expect("it is stored");
        let about = segno_hub::store::About { updated: Some(1000), ..Default::default() };
        let about = segno_hub::store::Item::Conversation(crate::key("agent", "c"), Box::new(about));
        store.ingest(of.id, &[about], 1000).expect("it is stored");
    }
    let mut hubs: Vec<Hub> = (0..3).map(|_| Hub::start(&url, home.path())).collect();
    let addresses: Vec<SocketAddr> = hubs.iter().map(|hub| hub.1).collect();

    // A page of the first sees what the last is sent.
    let (_, cookie) = store.exchange(&code, "b", now).expect("it").expect("a cookie");
    let head = format!(
        "{}Cookie: segno_hub_{}={cookie}\r\n",
        plain::head(addresses[0]),
        addresses[0].port()
    );
    let (status, text, mut page) = plain::upgrade(addresses[0], "/ws/changes", &head);
    assert_eq!(status, 101, "{text}");

    let done = AtomicUsize::new(0);
    std::thread::scope(|scope| {
        for sender in 0..SENDERS {
            let (done, addresses, token) = (&done, &addresses, &token);
            scope.spawn(move || {
                for batch in 0..BATCHES {
                    let event = |n: usize| {
                        let id = format!("{batch}-{n}");
                        json!({
                            "kind": "user", "agent": "a", "conversation": format!("c{sender}"),
                            "id": id, "text": format!("word {id}"), "time": now,
                        })
                    };
                    let events: Vec<_> = (0..EVENTS).map(event).collect();
                    let body = json!({ "version": 1, "events": events }).to_string();
                    // Another hub each time, until one has acknowledged it.
                    let mut hub = sender + batch;
                    until("a batch is acknowledged", || {
                        hub += 1;
                        sent(addresses[hub % addresses.len()], token, &body) == Some(200)
                    });
                    done.fetch_add(1, Ordering::Relaxed);
                }
            });
        }
        let share = |of: usize| SENDERS * BATCHES * of / 4;
        until("a part is sent", || done.load(Ordering::Relaxed) >= share(1));
        drop(hubs.remove(1));
        // Those that are left share what there is to do.
        store.keep(Whose::Hub, Some(3650), now).expect("a setting");
        until("a half is sent", || done.load(Ordering::Relaxed) >= share(2));
        server.restart();
    });
    for sender in 0..SENDERS {
        let shown = store.show(ann.id, &format!("c{sender}")).expect("it is there");
        assert_eq!(shown.entries.len(), BATCHES * EVENTS);
    }
    // Every change has been counted once.
    let positions = store.natives(ann.id).expect("a list");
    assert_eq!(positions.len(), SENDERS);
    assert!(positions.iter().all(|of| of.2 == (BATCHES * EVENTS) as i64), "{positions:?}");
    until("what is too old is gone", || {
        old.iter().all(|of| store.natives(of.id).is_ok_and(|all| all.is_empty()))
    });
    // The page has learned of it, and still does after the database was away.
    let next = |page: &mut plain::Channel| loop {
        let (opcode, _) = page.next().expect("a message");
        if opcode == 1 {
            break;
        }
    };
    next(&mut page);
    let body = |n: usize| {
        let event = json!({
            "kind": "user", "agent": "a", "conversation": "last", "id": n.to_string(),
            "text": "the last word", "time": now,
        });
        json!({ "version": 1, "events": [event] }).to_string()
    };
    for n in 0..2 {
        let last = *addresses.last().expect("one");
        until("it is sent", || sent(last, &token, &body(n)) == Some(200));
        next(&mut page);
    }
}
