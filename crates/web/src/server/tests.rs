//! Attacks, with a machine that is made up: each by a plain connection, without a browser.

use std::io::{Read, Write};
use std::net::SocketAddr;
use std::os::unix::net::UnixStream;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, mpsc};
use std::time::Duration;

use serde_json::{Value, json};

use super::*;
use crate::access::{May, Over, Scope};
use crate::clock::now_ms;
use crate::machine::{HistoryAsked, Text};
use crate::push::seal::tests::browser;
use crate::push::{Book, Courier, Letter};
use plain::Channel;
use segno_base::ids::PaneId;
use segno_wire::control::Call;
use segno_wire::frame::{FrameDecoder, FromClient, FromDaemon};

#[path = "../../tests/support/plain.rs"]
#[expect(dead_code, reason = "the integration tests need more of it")]
mod plain;

/// What programs call themselves: markup that must stay text.
const EVIL: &str = "<script>alert(1)</script><img src=x onerror=alert(1)>";
const HOUR: u64 = 3_600_000;

/// A machine with two panes, of which p1 asks something.
#[derive(Default)]
struct MadeUp {
    /// Keys that were pressed, texts that were sent.
    done: Mutex<Vec<Value>>,
    /// The daemon's side of each pane that was attached to, after its hello.
    daemons: Mutex<Vec<UnixStream>>,
    /// How often p1 has asked something else.
    asked: AtomicU64,
}

impl MadeUp {
    fn pane(&self, id: &str, cwd: &str) -> Value {
        let asks = id == "p1";
        let since = 5 + if asks { self.asked.load(Ordering::Relaxed) } else { 0 };
        json!({
            "id": id, "type": "demo", "name": EVIL, "tab": { "id": "t1" }, "cwd": cwd,
            "state": if asks { "blocked" } else { "idle" }, "since": since, "title": EVIL,
        })
    }
}

impl Machine for MadeUp {
    fn calls(&self, calls: &[Call]) -> Result<Vec<Result<Value, Failure>>, Failure> {
        let answer = |call: &Call| match call {
            Call::PaneList => Ok(json!({ "panes": [
                self.pane("p1", "/work/app"), self.pane("p2", "/work/other"),
            ]})),
            Call::ProjectList => Ok(json!({ "projects": [] })),
            Call::EventsRead(asked) => {
                if asked.wait {
                    std::thread::sleep(Duration::from_millis(300));
                }
                Ok(json!({ "events": [], "next": 1, "gap": false }))
            }
            Call::PaneStatus(_) => {
                let id = call.params()["pane"].as_str().unwrap_or_default().to_string();
                let mut status =
                    self.pane(&id, if id == "p1" { "/work/app" } else { "/work/other" });
                if id == "p1" {
                    status["answers"] = json!([
                        { "name": "allow", "label": "Allow", "keys": ["enter"] },
                    ]);
                }
                Ok(status)
            }
            // A text in two pieces.
            Call::PaneRead(asked) => Ok(match &asked.more {
                None => json!({ "text": "above, ", "cols": 80, "more": "1" }),
                Some(_) => json!({ "text": EVIL, "cols": 80 }),
            }),
            other => {
                let done = json!({ "method": other.method(), "params": other.params() });
                self.done.lock().unwrap().push(done);
                Ok(Value::Null)
            }
        };
        Ok(calls.iter().map(answer).collect())
    }

    fn connect(&self) -> Result<UnixStream, Failure> {
        let (ours, theirs) = UnixStream::pair().unwrap();
        let mut daemon = theirs.try_clone().unwrap();
        std::thread::spawn(move || {
            let mut line = Vec::new();
            let mut one = [0];
            while daemon.read(&mut one).is_ok_and(|n| n == 1) && one[0] != b'\n' {
                line.push(one[0]);
            }
            let hello = json!({ "segno": "0", "protocol": segno_wire::PROTOCOL, "pid": 1,
                "attach": { "acked": 0 } });
            let _ = writeln!(daemon, "{hello}");
        });
        self.daemons.lock().unwrap().push(theirs);
        Ok(ours)
    }

    fn history(&self, asked: &HistoryAsked) -> Result<Text, Failure> {
        Ok(match asked {
            HistoryAsked::Export { .. } => Text::File {
                text: EVIL.into(),
                mime: "text/html; charset=utf-8",
                name: "a\"; filename=x.html\r\nX-Evil: 1".into(),
            },
            other => Text::Json(json!({ "asked": format!("{other:?}") })),
        })
    }
}

/// Services of browsers: those of `gone` know them no more.
#[derive(Default)]
struct Services(Mutex<Vec<Letter>>);

impl Courier for Services {
    fn deliver(&self, letter: &Letter) -> Result<u16, String> {
        self.0.lock().unwrap().push(letter.clone());
        Ok(if letter.url.ends_with("gone") { 410 } else { 201 })
    }
}

struct Bed {
    address: SocketAddr,
    machine: Arc<MadeUp>,
    services: Arc<Services>,
    /// The command line's view of the same tokens.
    tokens: Tokens,
    home: tempfile::TempDir,
}

impl Bed {
    fn new() -> Bed {
        let home = tempfile::tempdir().unwrap();
        let directory = home.path().join("web");
        let tokens = Tokens::open(&directory).unwrap();
        let services = Arc::<Services>::default();
        let book = Book::open(&directory).unwrap();
        let options = Options {
            listen: "127.0.0.1:0".parse().unwrap(),
            public_url: None,
            certificate: None,
            tokens,
            push: Push { book, courier: services.clone() },
            audit: Audit::open(&home.path().join("web.log")).unwrap(),
            tools: Some(Arc::new(|scope: Scope, _| {
                let status = if scope.allows(May::Full) { 200 } else { 202 };
                Box::pin(async move { refusal(status, "done") })
            })),
        };
        let machine = Arc::new(MadeUp::default());
        let (sender, receiver) = mpsc::channel();
        let served = Arc::clone(&machine);
        // It ends with the tests.
        std::thread::spawn(move || {
            serve(options, served, |served, _| {
                sender.send(served.address).unwrap();
                Ok(())
            })
        });
        let address = receiver.recv_timeout(Duration::from_secs(10)).unwrap();
        Bed { address, machine, services, tokens: Tokens::open(&directory).unwrap(), home }
    }

    fn code(&self, may: May, over: Over) -> String {
        self.tokens.make("t", Scope { may, over }, HOUR, now_ms()).unwrap().1
    }

    fn raw(&self, request: &str) -> (u16, String) {
        plain::request(self.address, request)
    }

    fn head(&self) -> String {
        plain::head(self.address)
    }

    fn get(&self, path: &str, cookie: &str) -> (u16, String) {
        let head = self.head();
        self.raw(&format!(
            "GET {path} HTTP/1.1\r\n{head}Cookie: {cookie}\r\nConnection: close\r\n\r\n"
        ))
    }

    fn post(&self, path: &str, cookie: &str, body: &Value) -> (u16, String) {
        let (head, body) = (self.head(), body.to_string());
        let length = body.len();
        self.raw(&format!(
            "POST {path} HTTP/1.1\r\n{head}Cookie: {cookie}\r\nContent-Type: application/json\r\n\
             Content-Length: {length}\r\nConnection: close\r\n\r\n{body}"
        ))
    }

    /// Signs in and answers the cookie.
    fn sign_in(&self, may: May, over: Over) -> String {
        let code = self.code(may, over);
        let (status, said) = self.post("/api/login", "", &json!({ "code": code }));
        assert_eq!(status, 200, "{said}");
        let line = said.lines().find(|l| l.to_lowercase().starts_with("set-cookie:")).unwrap();
        for part in ["HttpOnly", "SameSite=Strict", "Path=/"] {
            assert!(line.contains(part), "{line}");
        }
        line.split_once(": ").unwrap().1.split(';').next().unwrap().to_string()
    }

    fn upgrade(&self, path: &str, head: &str) -> (u16, String, Channel) {
        plain::upgrade(self.address, path, head)
    }

    /// A channel that is open.
    fn channel(&self, path: &str, cookie: &str) -> Channel {
        let head = self.head() + &format!("Cookie: {cookie}\r\n");
        let (status, text, channel) = self.upgrade(path, &head);
        assert_eq!(status, 101, "{text}");
        channel
    }

    fn log(&self) -> String {
        std::fs::read_to_string(self.home.path().join("web.log")).unwrap_or_default()
    }
}

/// Says hello to a pane.
fn begin(channel: &mut Channel) {
    let token = "0".repeat(32);
    let hello = json!({ "cols": 80, "rows": 24, "token": token, "acked": 0 }).to_string();
    channel.send(1, hello.as_bytes());
    let (opcode, said) = channel.next().unwrap();
    assert_eq!(opcode, 1, "{:?}", String::from_utf8_lossy(&said));
}

fn encoded(frame: &FromClient) -> Vec<u8> {
    let mut bytes = Vec::new();
    frame.encode(&mut bytes);
    bytes
}

fn p(id: &str) -> PaneId {
    id.parse().unwrap()
}

#[test]
fn programs_show_a_key_and_pages_do_not_count() {
    let bed = Bed::new();
    let scope = Scope { may: May::Watch, over: Over::All };
    let (_, key) = bed.tokens.make_key("script", scope, HOUR, now_ms()).unwrap();
    let host = bed.address;
    let ask = |head: &str| {
        bed.raw(&format!(
            "POST /mcp HTTP/1.1\r\nHost: {host}\r\n{head}\r\nContent-Length: 2\r\n\
             Connection: close\r\n\r\n{{}}"
        ))
    };
    let bearer = format!("Authorization: Bearer {key}");
    assert_eq!(ask(&bearer).0, 202, "as who only looks");
    for wrong in ["Authorization: Bearer x", "X-Key: x", &format!("Authorization: {key}")] {
        assert_eq!(ask(wrong).0, 401, "{wrong}");
    }
    // Neither a cookie nor another site's page gets in.
    let cookie = bed.sign_in(May::Full, Over::All);
    assert_eq!(ask(&format!("Cookie: {cookie}")).0, 401);
    assert_eq!(ask(&format!("{bearer}\r\nOrigin: http://evil.example")).0, 403);
    bed.tokens.revoke(Some("script"), now_ms()).unwrap();
    assert_eq!(ask(&bearer).0, 401);
    let one = Scope { may: May::Full, over: Over::Pane("p1".parse().unwrap()) };
    let (_, key) = bed.tokens.make_key("one", one, HOUR, now_ms()).unwrap();
    assert_eq!(ask(&format!("Authorization: Bearer {key}")).0, 403);
}

#[test]
fn other_pages_and_other_names_get_nothing() {
    let bed = Bed::new();
    let cookie = bed.sign_in(May::Full, Over::All);
    let host = bed.address;
    let port = host.port();
    for (host, origin) in [
        (format!("127.0.0.1:{port}"), "http://evil.example".to_string()),
        (format!("127.0.0.1:{port}"), "null".to_string()),
        (format!("127.0.0.1:{port}"), format!("http://127.0.0.1:{}", port - 1)),
        // A name that was made to lead here, with the page that it was made for.
        (format!("evil.example:{port}"), format!("http://evil.example:{port}")),
        ("evil.example".into(), "http://evil.example".into()),
    ] {
        let head = format!("Host: {host}\r\nOrigin: {origin}\r\nCookie: {cookie}\r\n");
        for path in ["/ws/overview", "/ws/panes/p1"] {
            let (status, text, _) = bed.upgrade(path, &head);
            assert_eq!(status, 403, "{path} {host} {origin}: {text}");
        }
        let text = bed.raw(&format!("GET /api/me HTTP/1.1\r\n{head}Connection: close\r\n\r\n"));
        assert_eq!(text.0, 403, "{text:?}");
        assert!(!text.1.to_lowercase().contains("access-control"), "{text:?}");
    }
    // Without an origin nothing is changed, and no channel opened.
    let head = format!("Host: {host}\r\nCookie: {cookie}\r\n");
    assert_eq!(bed.upgrade("/ws/overview", &head).0, 403);
    let post = format!(
        "POST /api/logout HTTP/1.1\r\n{head}Content-Length: 0\r\nConnection: close\r\n\r\n"
    );
    assert_eq!(bed.raw(&post).0, 403);
    // What is said twice counts for nothing.
    let twice = format!(
        "GET / HTTP/1.1\r\nHost: {host}\r\nHost: evil.example\r\nConnection: close\r\n\r\n"
    );
    assert!(matches!(bed.raw(&twice).0, 400 | 403));
    let proxied =
        format!("GET http://evil.example/ HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n");
    assert!(matches!(bed.raw(&proxied).0, 400 | 403));
    let (status, text) = bed.get("/api/me", &cookie);
    assert_eq!(status, 200, "{text}");
    assert!(bed.log().contains("refused"), "{}", bed.log());
}

#[test]
fn every_answer_says_what_browsers_must_not_do() {
    let bed = Bed::new();
    for (path, wanted) in [("/", 200), ("/ui/js/main.js", 200), ("/nothing", 404), ("/api/me", 401)]
    {
        let (status, text) = bed.get(path, "");
        assert_eq!(status, wanted, "{path}: {text}");
        let text = text.to_lowercase();
        for header in [
            "content-security-policy: default-src 'none'; script-src 'self';",
            "frame-ancestors 'none'",
            "x-content-type-options: nosniff",
            "referrer-policy: no-referrer",
            "cross-origin-opener-policy: same-origin",
        ] {
            assert!(text.contains(header), "{path} lacks {header}: {text}");
        }
        assert!(!text.contains("access-control-allow"), "{text}");
    }
}

#[test]
fn without_its_own_cookie_nobody_sees_anything() {
    let bed = Bed::new();
    let other = Bed::new().sign_in(May::Full, Over::All);
    let own = bed.sign_in(May::Full, Over::All);
    let (name, value) = own.split_once('=').unwrap();
    let foreign = format!("{name}={}", other.split_once('=').unwrap().1);
    let changed = format!("{name}={}x", &value[..value.len() - 1]);
    for cookie in ["", "x=y", &foreign, &changed, &format!("{name}="), &format!("x{own}")] {
        for path in [
            "/api/me",
            "/api/panes/p1/text",
            "/api/history/search?q=x",
            "/api/history/export?id=x&format=md",
        ] {
            assert_eq!(bed.get(path, cookie).0, 401, "{path} {cookie}");
        }
        let head = bed.head() + &format!("Cookie: {cookie}\r\n");
        for path in ["/ws/overview", "/ws/panes/p1"] {
            assert_eq!(bed.upgrade(path, &head).0, 401, "{path} {cookie}");
        }
        let sent = bed.post("/api/panes/p1/send", cookie, &json!({ "text": "x" }));
        assert_eq!(sent.0, 401);
    }
    assert_eq!(bed.get("/api/me", &format!("a=b; {own}; c=d")).0, 200);
    assert!(bed.machine.done.lock().unwrap().is_empty());
}

#[test]
fn a_code_works_once_and_who_guesses_is_locked_out() {
    let bed = Bed::new();
    let code = bed.code(May::Full, Over::All);
    let typed = json!({ "code": code.to_lowercase() });
    assert_eq!(bed.post("/api/login", "", &typed).0, 200);
    assert_eq!(bed.post("/api/login", "", &typed).0, 401);
    let good = bed.code(May::Full, Over::All);
    let mut last = 0;
    for n in 0..6 {
        last = bed.post("/api/login", "", &json!({ "code": format!("AAAA-AAA{n}") })).0;
    }
    assert_eq!(last, 429);
    // Not even the right one, for a while.
    let (status, text) = bed.post("/api/login", "", &json!({ "code": good }));
    assert_eq!(status, 429, "{text}");
    let log = bed.log();
    assert!(log.contains("wrong code") && log.contains("locked"), "{log}");
    assert!(!log.contains(&good) && !log.contains("AAAA"), "{log}");
}

#[test]
fn who_watches_neither_types_nor_answers() {
    let bed = Bed::new();
    let watch = bed.sign_in(May::Watch, Over::All);
    let answer = json!({ "answer": "allow", "since": 5 });
    assert_eq!(bed.post("/api/panes/p1/answer", &watch, &answer).0, 403);
    assert_eq!(bed.post("/api/panes/p1/send", &watch, &json!({ "text": "rm" })).0, 403);
    assert_eq!(bed.get("/api/panes/p1/text", &watch).0, 403);
    let mut channel = bed.channel("/ws/panes/p1", &watch);
    begin(&mut channel);
    channel.send(2, &encoded(&FromClient::Shown(1)));
    channel.send(2, &encoded(&FromClient::Input { seq: 1, bytes: b"rm -rf\r".to_vec() }));
    assert_eq!(channel.closed(), Some(pane::FORBIDDEN));
    let mut daemon = bed.machine.daemons.lock().unwrap().pop().unwrap();
    let mut all = Vec::new();
    daemon.read_to_end(&mut all).unwrap();
    assert!(!String::from_utf8_lossy(&all).contains("rm"), "{all:?}");

    // Who may answer does that, and does not type either.
    let answers = bed.sign_in(May::Answer, Over::All);
    assert_eq!(bed.post("/api/panes/p1/send", &answers, &json!({ "text": "rm" })).0, 403);
    let unknown = json!({ "answer": "format", "since": 5 });
    assert_eq!(bed.post("/api/panes/p1/answer", &answers, &unknown).0, 404);
    // Another question than the one that was seen.
    let late = json!({ "answer": "allow", "since": 4 });
    assert_eq!(bed.post("/api/panes/p1/answer", &answers, &late).0, 409);
    assert_eq!(bed.post("/api/panes/p1/answer", &answers, &answer).0, 200);
    let done = bed.machine.done.lock().unwrap().clone();
    assert_eq!(done.len(), 1, "{done:?}");
    assert_eq!(done[0]["method"], "pane.keys");
    assert_eq!(done[0]["params"]["keys"], json!(["enter"]));
}

#[test]
fn a_token_for_one_pane_or_project_is_for_nothing_else() {
    let bed = Bed::new();
    for over in [Over::Pane(p("p1")), Over::Project("/work/app".into())] {
        let cookie = bed.sign_in(May::Full, over);
        let text = json!({ "text": "hi", "enter": true });
        assert_eq!(bed.post("/api/panes/p2/send", &cookie, &text).0, 404);
        assert_eq!(bed.post("/api/panes/p1/send", &cookie, &text).0, 200);
        assert_eq!(bed.get("/api/panes/p2/text", &cookie).0, 404);
        let (status, printed) = bed.get("/api/panes/p1/text", &cookie);
        assert!(status == 200 && printed.contains("\"above, <script>"), "{printed}");
        assert_eq!(bed.get("/api/history/search?q=x", &cookie).0, 403);
        assert_eq!(bed.get("/api/history/show?id=x", &cookie).0, 403);
        let mut channel = bed.channel("/ws/panes/p2", &cookie);
        let hello = json!({ "cols": 80, "rows": 24, "token": "", "acked": 0 }).to_string();
        channel.send(1, hello.as_bytes());
        assert_eq!(channel.closed(), Some(pane::UNKNOWN));
        let mut overview = bed.channel("/ws/overview", &cookie);
        let (_, said) = overview.next().unwrap();
        let said: Value = serde_json::from_slice(&said).unwrap();
        let ids: Vec<_> = said["panes"].as_array().unwrap().iter().map(|p| &p["id"]).collect();
        assert_eq!(ids, ["p1"]);
    }
}

#[test]
fn a_browser_that_wants_to_know_reads_what_asks_and_nobody_else_does() {
    let bed = Bed::new();
    let all = bed.sign_in(May::Watch, Over::All);
    let other = bed.sign_in(May::Full, Over::Pane(p("p2")));
    let (status, said) = bed.get("/api/push", &all);
    assert!(status == 200 && said.contains("\"key\":\"B"), "{said}");
    assert_eq!(bed.get("/api/push", "").0, 401);
    let (keys, open) = browser();
    let wants = |cookie: &str, name: &str| {
        let endpoint = format!("https://push.example.org/{name}");
        bed.post("/api/push", cookie, &json!({ "endpoint": endpoint, "keys": keys })).0
    };
    for (cookie, name) in [(&all, "good"), (&all, "gone"), (&all, "left"), (&other, "other")] {
        assert_eq!(wants(cookie, name), 200);
    }
    assert_eq!(wants("", "x"), 401);
    let inside = json!({ "endpoint": "https://10.0.0.1/", "keys": keys });
    assert_eq!(bed.post("/api/push", &all, &inside).0, 400);
    let left = json!({ "endpoint": "https://push.example.org/left" });
    assert_eq!(bed.post("/api/push/end", &all, &left).0, 200);

    // What asked before is not said: only what it asks next.
    let letters = loop {
        assert!(bed.machine.asked.fetch_add(1, Ordering::Relaxed) < 300, "nothing is pushed");
        std::thread::sleep(Duration::from_millis(100));
        let letters = bed.services.0.lock().unwrap().clone();
        if letters.iter().filter(|letter| letter.url.ends_with("good")).count() > 1 {
            break letters;
        }
    };
    let to = |name: &str| letters.iter().filter(|letter| letter.url.ends_with(name)).count();
    assert_eq!((to("gone"), to("left"), to("other")), (1, 0, 0));
    let first = letters.iter().find(|letter| letter.url.ends_with("good")).unwrap();
    let text: Value = serde_json::from_slice(&open(&first.body)).unwrap();
    assert_eq!(text, json!({ "pane": "p1", "title": EVIL, "body": EVIL }));
    assert!(first.headers.contains(&("topic", "p1".into())), "{:?}", first.headers);
    let book = Book::open(&bed.home.path().join("web")).unwrap();
    assert_eq!(book.readers().len(), 2, "good and other");
}

#[test]
fn what_is_revoked_is_shut_out_at_once() {
    let bed = Bed::new();
    let cookie = bed.sign_in(May::Full, Over::All);
    let mut overview = bed.channel("/ws/overview", &cookie);
    assert_eq!(overview.next().unwrap().0, 1);
    let mut channel = bed.channel("/ws/panes/p1", &cookie);
    begin(&mut channel);
    bed.tokens.revoke(None, now_ms()).unwrap();
    assert_eq!(bed.get("/api/me", &cookie).0, 401);
    assert_eq!(channel.closed(), Some(pane::REVOKED));
    assert_eq!(overview.closed(), Some(pane::REVOKED));
}

#[test]
fn paths_lead_nowhere_else() {
    let bed = Bed::new();
    for path in [
        "/ui/../Cargo.toml",
        "/ui/..%2fCargo.toml",
        "/ui/%2e%2e/%2e%2e/src/lib.rs",
        "/ui//etc/passwd",
        "/ui/%2fetc%2fpasswd",
        "/ui/js/..%5c..%5cCargo.toml",
        "/ui/vendor/CHECKSUMS",
        "/ui/js/main.js%00.html",
        "/../../etc/passwd",
        "/ui/",
    ] {
        let (status, text) = bed.get(path, "");
        assert!(matches!(status, 400 | 404), "{path}: {status} {text}");
        assert!(!text.contains("[package]") && !text.contains("root:"), "{path}: {text}");
    }
    let cookie = bed.sign_in(May::Full, Over::All);
    for pane in ["@focused", "..", "p1%2f..", "%3Cscript%3E", "-1"] {
        let sent = bed.post(&format!("/api/panes/{pane}/send"), &cookie, &json!({ "text": "x" }));
        assert!(matches!(sent.0, 400 | 404 | 405), "{pane}: {sent:?}");
    }
    assert!(bed.machine.done.lock().unwrap().is_empty());
    // A file's name is a name, and what others wrote is saved, not shown.
    let (status, text) = bed.get("/api/history/export?id=x&format=html", &cookie);
    assert_eq!(status, 200);
    assert!(text.contains("attachment; filename=\"afilenamex.htmlX-Evil1\""), "{text}");
    assert!(!text.contains("\r\nX-Evil"), "{text}");
}

#[test]
fn what_is_too_large_or_torn_ends_its_own_connection_alone() {
    let bed = Bed::new();
    let cookie = bed.sign_in(May::Full, Over::All);
    let long = "x".repeat(300 * 1024);
    assert_eq!(bed.post("/api/panes/p1/send", &cookie, &json!({ "text": long })).0, 413);
    let head = "y".repeat(100 * 1024);
    let (status, _) =
        bed.raw(&format!("GET / HTTP/1.1\r\nHost: {}\r\nX: {head}\r\n\r\n", bed.address));
    assert!(matches!(status, 0 | 400 | 431), "{status}");

    let mut channel = bed.channel("/ws/panes/p1", &cookie);
    begin(&mut channel);
    channel.send(2, &vec![0; 2 * 1024 * 1024]);
    while channel.next().is_some() {}
    // A frame within that says it is longer than any may be.
    let mut channel = bed.channel("/ws/panes/p1", &cookie);
    begin(&mut channel);
    channel.send(2, &[1, 0xff, 0xff, 0xff, 0x7f, 0, 0]);
    assert_eq!(channel.closed(), Some(pane::NONSENSE));
    let mut channel = bed.channel("/ws/panes/p1", &cookie);
    channel.send(1, b"{\"cols\":");
    assert_eq!(channel.closed(), Some(pane::NONSENSE));
    // Half a frame, and gone.
    let mut channel = bed.channel("/ws/panes/p1", &cookie);
    begin(&mut channel);
    channel.send(2, &[1, 20, 0, 0, 0, 0]);
    channel.raw(&[0x82]);
    drop(channel);
    // What comes in order goes on as it is, and what the daemon says comes back.
    let mut channel = bed.channel("/ws/panes/p1", &cookie);
    begin(&mut channel);
    let input = FromClient::Input { seq: 1, bytes: b"ls\r".to_vec() };
    let bytes = encoded(&input);
    channel.send(2, &bytes[..4]);
    channel.send(2, &bytes[4..]);
    let mut daemon = bed.machine.daemons.lock().unwrap().pop().unwrap();
    let mut decoder = FrameDecoder::new(Vec::new());
    let mut piece = [0; 256];
    let got = loop {
        let count = daemon.read(&mut piece).unwrap();
        decoder.push(&piece[..count]);
        if let Some(frame) = decoder.next_from_client().unwrap() {
            break frame;
        }
    };
    assert_eq!(got, input);
    let mut output = Vec::new();
    FromDaemon::Output(b"\x1b[1mhi".to_vec()).encode(&mut output);
    daemon.write_all(&output).unwrap();
    assert_eq!(channel.next().unwrap(), (2, output));
}

#[test]
fn a_browser_that_reads_nothing_holds_up_nobody() {
    let bed = Bed::new();
    let cookie = bed.sign_in(May::Full, Over::All);
    let mut slow = bed.channel("/ws/panes/p1", &cookie);
    begin(&mut slow);
    let daemon = bed.machine.daemons.lock().unwrap().pop().unwrap();
    daemon.set_nonblocking(true).unwrap();
    // As much as there is room for on the way: it ends, since nobody piles it up.
    let (mut daemon, mut total, mut full) = (daemon, 0, 0);
    while full < 50 {
        match daemon.write(&[b'x'; 64 * 1024]) {
            Ok(count) => (total, full) = (total + count, 0),
            Err(_) => {
                full += 1;
                std::thread::sleep(Duration::from_millis(2));
            }
        }
        assert!(total < 64 << 20, "it is piled up");
    }
    assert_eq!(bed.get("/api/me", &cookie).0, 200);
    let mut other = bed.channel("/ws/panes/p2", &cookie);
    begin(&mut other);
}

#[test]
fn markup_stays_text_in_what_is_sent() {
    let bed = Bed::new();
    let cookie = bed.sign_in(May::Watch, Over::All);
    let mut overview = bed.channel("/ws/overview", &cookie);
    let (opcode, said) = overview.next().unwrap();
    let said: Value = serde_json::from_slice(&said).unwrap();
    assert_eq!((opcode, &said["panes"][0]["title"]), (1, &json!(EVIL)));
    let (_, text) = bed.get("/api/history/search?q=%3Cscript%3E", &cookie);
    assert!(text.to_lowercase().contains("content-type: application/json"), "{text}");
}

#[test]
fn only_loopback_goes_without_tls() {
    let home = tempfile::tempdir().unwrap();
    let refused = |listen: &str| {
        let options = Options {
            listen: listen.parse().unwrap(),
            public_url: None,
            certificate: None,
            tokens: Tokens::open(home.path()).unwrap(),
            audit: Audit::open(&home.path().join("web.log")).unwrap(),
            tools: None,
            push: Push {
                book: Book::open(home.path()).unwrap(),
                courier: Arc::<Services>::default(),
            },
        };
        serve(options, Arc::new(MadeUp::default()), |_, _| panic!("it listens"))
    };
    assert!(matches!(refused("0.0.0.0:0"), Err(ServeError::Open(_))));
    assert!(matches!(refused("192.0.2.7:0"), Err(ServeError::Open(_))));
    assert!(matches!(refused("[::]:0"), Err(ServeError::Open(_))));
}
