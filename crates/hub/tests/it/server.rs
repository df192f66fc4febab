//! The server: what strangers try, and what services' clients are answered.

use std::net::SocketAddr;
use std::sync::mpsc::channel;

use serde_json::{Value, json};

use segno_hub::store::{May, Person, Role};
use segno_hub::{Options, Store, serve};
use segno_web::access::audit::Audit;

use crate::{NOON, person, plain, postgres, said};

/// A hub that listens, and its people.
struct Hub {
    address: SocketAddr,
    ann: Person,
    bob: Person,
    /// Of Ann's machine: one that only sends, and one that reads.
    write: String,
    read: String,
    code: String,
    _home: tempfile::TempDir,
}

fn hub(database: Option<String>) -> Hub {
    let home = tempfile::tempdir().expect("a directory");
    let store = Store::open(database.as_deref(), home.path()).expect("a store");
    let ann = store.add_person("ann", Role::Admin, NOON).expect("a person");
    let bob = person(&store, "bob");
    let now = i64::try_from(segno_web::now_ms()).expect("a time");
    let write = store.add_device(&ann, "laptop", May::Write, now).expect("a token");
    let read = store.add_device(&ann, "cli", May::Read, now).expect("a token");
    let code = store.invite(&ann, now).expect("a code");
    let items = [said("theirs", "m1", "only Bob sees this")];
    store.ingest(bob.id, &items, NOON).expect("it is stored");
    let log = Audit::open(&home.path().join("hub.log")).expect("a log");
    let listen = "127.0.0.1:0".parse().expect("an address");
    let options = Options { listen, public_url: None, certificate: None, store, log, openid: None };
    let (sender, receiver) = channel();
    std::thread::spawn(move || {
        let served = serve(options, |place, _| {
            let _ = sender.send(place.url());
            Ok(())
        });
        panic!("it ended: {served:?}");
    });
    let url = receiver.recv().expect("it listens");
    let address = url.strip_prefix("http://").expect("no TLS").parse().expect("an address");
    Hub { address, ann, bob, write, read, code, _home: home }
}

impl Hub {
    /// A request with these lines of a head; the status and the whole answer.
    fn asked(&self, method: &str, path: &str, head: &str, body: &str) -> (u16, String) {
        let length = body.len();
        let request = format!(
            "{method} {path} HTTP/1.1\r\n{head}Content-Type: application/json\r\n\
             Content-Length: {length}\r\nConnection: close\r\n\r\n{body}"
        );
        plain::request(self.address, &request)
    }

    /// As the hub's own page does.
    fn page(&self, method: &str, path: &str, cookie: &str, body: &Value) -> (u16, String) {
        let head = format!("{}Cookie: {cookie}\r\n", plain::head(self.address));
        self.asked(method, path, &head, &body.to_string())
    }

    /// As a machine does.
    fn machine(&self, method: &str, path: &str, token: &str, body: &Value) -> (u16, Value) {
        let head = format!("Host: {}\r\nAuthorization: Bearer {token}\r\n", self.address);
        let body = if body.is_null() { String::new() } else { body.to_string() };
        let (status, text) = self.asked(method, path, &head, &body);
        let body = text.split_once("\r\n\r\n").expect("a body").1;
        (status, serde_json::from_str(body).unwrap_or(Value::Null))
    }

    fn sign_in(&self) -> String {
        let (status, text) = self.page("POST", "/api/login", "", &json!({ "code": self.code }));
        assert_eq!(status, 200, "{text}");
        let line = text.lines().find_map(|line| line.strip_prefix("set-cookie: "));
        let line = line.expect("a cookie");
        assert!(line.contains("HttpOnly") && line.contains("SameSite=Strict"), "{line}");
        line.split(';').next().expect("a pair").to_owned()
    }
}

#[test]
fn strangers_get_nothing() {
    let hub = hub(None);
    let host = format!("Host: {}\r\n", hub.address);
    let cookie = hub.sign_in();
    let show = "/api/history/show?id=theirs";
    // Another's conversation is not there, by whatever name.
    for id in ["theirs", "agent:theirs", "agent%3Atheirs", "1", "%27%20OR%201%3D1%20--"] {
        let path = format!("/api/history/show?id={id}");
        assert_eq!(hub.page("GET", &path, &cookie, &Value::Null).0, 404, "{id}");
        let delete = hub.page("POST", "/api/history/delete", &cookie, &json!({ "id": id }));
        assert_eq!(delete.0, 404, "{id}");
        let share = hub.page("POST", "/api/shares/preview", &cookie, &json!({ "id": id }));
        assert_eq!(share.0, 404, "{id}");
        let found =
            hub.machine("GET", &format!("/api/sessions/get?id={id}"), &hub.read, &Value::Null);
        assert_eq!(found.0, 404, "{id}: {found:?}");
    }
    for query in ["only", "%27%3B%20DROP%20TABLE%20entry%3B%20--", "%22", "only%27)%20OR%201%3D1"] {
        let path = format!("/api/history/search?q={query}");
        let (status, text) = hub.page("GET", &path, &cookie, &Value::Null);
        assert!(status == 200 && !text.contains("Bob sees"), "{query}: {text}");
    }
    // Names that were made to lead here, pages of others, and browsers without a cookie.
    for other in ["evil.example", "127.0.0.1", "localhost"] {
        let head = format!("Host: {other}\r\nCookie: {cookie}\r\n");
        assert_eq!(hub.asked("GET", "/health", &head, "").0, 403, "{other}");
    }
    let localhost = format!("Host: localhost:{}\r\n", hub.address.port());
    assert_eq!(hub.asked("GET", "/health", &localhost, "").0, 200);
    for origin in ["http://evil.example", "null"] {
        let head = format!("{host}Origin: {origin}\r\nCookie: {cookie}\r\n");
        assert_eq!(hub.asked("POST", "/api/shares", &head, "{}").0, 403, "{origin}");
        assert_eq!(hub.asked("GET", "/api/history/stats", &head, "").0, 403, "{origin}");
        assert_eq!(
            hub.asked("POST", "/v1/login", &format!("{host}Origin: {origin}\r\n"), "{}").0,
            403
        );
    }
    let no_origin = format!("{host}Cookie: {cookie}\r\n");
    assert_eq!(hub.asked("POST", "/api/history/delete", &no_origin, r#"{"id":"x"}"#).0, 403);
    for cookie in ["", "segno_hub=1", &format!("{cookie}0")] {
        assert_eq!(hub.page("GET", show, cookie, &Value::Null).0, 401, "{cookie}");
        assert_eq!(hub.page("GET", "/api/me", cookie, &Value::Null).0, 401, "{cookie}");
    }
    // A machine that sends does not read, and one that is not known does neither.
    for path in ["/api/history/search?q=x", "/api/sessions", "/api/stats", "/api/v1/me/sessions"] {
        assert_eq!(hub.machine("GET", path, &hub.write, &Value::Null).0, 403, "{path}");
        assert_eq!(hub.machine("GET", path, "sgd_0", &Value::Null).0, 401, "{path}");
    }
    let (status, text) = hub.asked("GET", "/", &host, "");
    assert!(status == 200 && text.contains("script-src 'self'"), "{text}");
    assert!(hub.asked("GET", "/metrics", &host, "").1.contains("segno_hub_requests_total"));
    let forwarded = format!("{host}X-Forwarded-For: 192.0.2.1\r\n");
    assert_eq!(hub.asked("GET", "/metrics", &forwarded, "").0, 401);
    assert_eq!(hub.asked("GET", "/ui/../Cargo.toml", &host, "").0, 404);
    assert_eq!(hub.asked("OPTIONS", "/api/sessions", &host, "").0, 405);
    assert_ne!(hub.ann.id, hub.bob.id);
    // Guessing: after a few, nobody there may try.
    let mut last = 0;
    for n in 0..6 {
        last = hub.page("POST", "/api/login", "", &json!({ "code": format!("0000-000{n}") })).0;
    }
    assert_eq!(last, 429);
}

#[test]
fn a_page_that_is_open_learns_that_something_is_new() {
    let hub = hub(None);
    let cookie = hub.sign_in();
    // The code was good once.
    assert_eq!(hub.page("POST", "/api/login", "", &json!({ "code": hub.code })).0, 401);
    let path = "/ws/changes";
    let own = plain::head(hub.address);
    let host = format!("Host: {}\r\n", hub.address);
    for (head, status) in [
        (own.clone(), 401),
        (format!("{host}Cookie: {cookie}\r\n"), 403),
        (format!("{host}Origin: http://evil.example\r\nCookie: {cookie}\r\n"), 403),
        (format!("Host: evil.example\r\nOrigin: http://evil.example\r\nCookie: {cookie}\r\n"), 403),
    ] {
        assert_eq!(plain::upgrade(hub.address, path, &head).0, status, "{head}");
    }
    let (status, _, mut channel) =
        plain::upgrade(hub.address, path, &format!("{own}Cookie: {cookie}\r\n"));
    assert_eq!(status, 101);
    let event =
        json!({ "kind": "user", "agent": "a", "conversation": "c", "id": "m", "text": "hi" });
    let batch = json!({ "version": 1, "events": [event] });
    assert_eq!(hub.machine("POST", "/v1/events", &hub.write, &batch).0, 200);
    let text = loop {
        if let (1, text) = channel.next().expect("a message") {
            break text;
        }
    };
    assert_eq!(text, br#"{"changed":true}"#);
    // A page has nothing to say that is so long.
    channel.send(1, &[b'x'; 4096]);
    while channel.next().is_some() {}
    let (status, ..) = plain::upgrade(hub.address, path, &format!("{own}Cookie: {cookie}\r\n"));
    assert_eq!(status, 101, "the hub goes on");
}

#[test]
fn what_is_torn_too_large_or_read_by_nobody_holds_up_nobody() {
    let hub = hub(None);
    let cookie = hub.sign_in();
    let head = format!("{}Cookie: {cookie}\r\n", plain::head(hub.address));
    let page = || {
        let (status, text, channel) = plain::upgrade(hub.address, "/ws/changes", &head);
        assert_eq!(status, 101, "{text}");
        channel
    };
    let (mut half, mut gone, _reads_nothing, mut reads) = (page(), page(), page(), page());
    half.raw(&[0x81]);
    gone.raw(&[0x81, 0x85, 0]);
    drop(gone);
    let said = |text: &str| {
        let event =
            json!({ "kind": "user", "agent": "a", "conversation": "c", "id": text, "text": text });
        json!({ "version": 1, "events": [event] })
    };
    let large = said(&"x".repeat(17 << 20));
    let own = format!("Host: {}\r\nAuthorization: Bearer {}\r\n", hub.address, hub.write);
    let (status, _) = hub.asked("POST", "/v1/events", &own, &large.to_string());
    // Its connection may end before the answer is read.
    assert!(matches!(status, 0 | 413), "{status}");
    for n in 0..20 {
        let one = said(&n.to_string());
        assert_eq!(hub.machine("POST", "/v1/events", &hub.write, &one).0, 200);
    }
    while reads.next().expect("a message").0 != 1 {}
    half.raw(&[0x80, 0, 0, 0, 0]);
    while half.next().expect("it is whole now").0 != 1 {}
}

#[test]
fn a_shared_page_is_text_whatever_was_said() {
    let hub = hub(None);
    let evil = "<script>alert(1)</script><img src=x onerror=alert(2)>";
    let event =
        json!({ "kind": "session", "agent": "a", "conversation": { "id": "c", "title": evil } });
    let said =
        json!({ "kind": "user", "agent": "a", "conversation": "c", "id": "m", "text": evil });
    let batch = json!({ "version": 1, "events": [event, said] });
    let (status, answer) = hub.machine("POST", "/v1/events", &hub.write, &batch);
    assert!(status == 200 && answer["accepted"]["positions"]["a:c"] == 2, "{answer}");
    let cookie = hub.sign_in();
    let new = json!({ "id": "c", "passphrase": "sesame" });
    let (status, text) = hub.page("POST", "/api/shares", &cookie, &new);
    assert_eq!(status, 200, "{text}");
    let body: Value =
        serde_json::from_str(text.split_once("\r\n\r\n").expect("a body").1).expect("JSON");
    let url = body["url"].as_str().expect("an address");
    let path = url.strip_prefix(&format!("http://{}", hub.address)).expect("this hub's").to_owned();
    let host = format!("Host: {}\r\n", hub.address);
    let (status, text) = hub.asked("GET", &path, &host, "");
    assert!(status == 401 && text.contains("type=password"), "{text}");
    let unlock = |typed: &str, format: &str| {
        let body = format!("passphrase={typed}&format={format}");
        let head = plain::head(hub.address);
        let request = format!(
            "POST {path} HTTP/1.1\r\n{head}Content-Type: application/x-www-form-urlencoded\r\n\
             Content-Length: {}\r\nConnection: close\r\n\r\n{body}",
            body.len()
        );
        plain::request(hub.address, &request)
    };
    assert_eq!(unlock("wrong", "").0, 401);
    let (status, text) = unlock("sesame", "");
    assert!(status == 200 && text.contains("&lt;script&gt;"), "{text}");
    assert!(!text.contains("<script") && !text.contains("<img"), "{text}");
    assert!(text.contains("default-src 'none'") && !text.contains("script-src"), "{text}");
    for format in ["md", "jsonl"] {
        let (status, text) = unlock("sesame", format);
        assert!(status == 200 && text.contains("attachment"), "{text}");
    }
    assert_eq!(unlock("sesame", "exe").0, 400);
    let (_, text) = hub.page("GET", "/api/shares", &cookie, &Value::Null);
    assert!(text.contains("\"views\":4"), "{text}");
    assert_eq!(
        hub.page("POST", "/api/shares/revoke", &cookie, &json!({ "id": body["id"] })).0,
        200
    );
    assert_eq!(unlock("sesame", "").0, 404);
}

#[test]
fn services_clients_are_answered_as_they_are_used_to() {
    for database in [None, postgres::database()] {
        let hub = hub(database);
        let (write, read) = (hub.write.replacen("sgd_", "osk_", 1), hub.read.as_str());
        // Sessions and messages, alone and in batches.
        let session = json!({
            "externalId": "s1", "title": "Of a plugin", "source": "somebody", "promptTokens": 10,
            "completionTokens": 5, "cost": 0.5, "createdAt": NOON, "other": true,
        });
        let (status, answer) = hub.machine("POST", "/sync/session", &write, &session);
        assert!(status == 200 && answer["ok"] == true, "{answer}");
        let id = answer["sessionId"].as_str().expect("an id").to_owned();
        let message = json!({
            "sessionExternalId": "s1", "externalId": "m1", "role": "assistant",
            "textContent": "Done, see below", "createdAt": NOON,
            "parts": [
                { "type": "text", "content": "Done, see below" },
                { "type": "tool-call", "content": { "toolName": "bash", "args": { "cmd": "ls" } } },
                { "type": "tool-result", "content": "zebra.txt" },
            ],
        });
        for _ in 0..2 {
            let (status, answer) = hub.machine("POST", "/sync/message", &write, &message);
            assert!(status == 200 && answer["messageId"] == "m1", "{answer}");
        }
        let other = json!({ "sessionExternalId": "s2", "externalId": "m1", "role": "user", "textContent": "hi" });
        let batch = json!({ "sessions": [{ "externalId": "s2" }], "messages": [other] });
        let (_, answer) = hub.machine("POST", "/sync/batch", &write, &batch);
        assert_eq!(answer, json!({ "ok": true, "sessions": 1, "messages": 1, "errors": [] }));
        let (_, answer) = hub.machine("GET", "/sync/sessions/list", &write, &Value::Null);
        assert_eq!(answer, json!({ "sessionIds": ["s2", "s1"] }));
        let (status, answer) = hub.machine("POST", "/sync/session", &write, &json!({}));
        assert_eq!((status, &answer["error"]), (400, &json!("Missing externalId or sessionId")));
        let (status, answer) = hub.machine("POST", "/sync/session", "osk_0", &session);
        assert_eq!((status, &answer["error"]), (401, &json!("Invalid API key")));

        let (_, answer) =
            hub.machine("GET", &format!("/api/sessions/get?id={id}"), read, &Value::Null);
        assert_eq!(answer["session"]["externalId"], "s1");
        let parts = answer["messages"][0]["parts"].as_array().expect("parts");
        let kinds: Vec<_> = parts.iter().map(|part| part["type"].as_str().unwrap()).collect();
        assert_eq!(kinds, ["text", "tool-call", "tool-result"], "{answer}");
        let (_, answer) = hub.machine("GET", "/api/search?q=zebra", read, &Value::Null);
        assert_eq!(answer["results"][0]["externalId"], "s1", "{answer}");
        let (_, answer) =
            hub.machine("GET", "/api/context?q=below&format=text", read, &Value::Null);
        assert!(answer["text"].as_str().unwrap().contains("Done"), "{answer}");
        let (_, answer) = hub.machine("GET", "/api/stats", read, &Value::Null);
        assert_eq!((&answer["sessionCount"], &answer["totalTokens"]), (&json!(2), &json!(15)));
        let (status, _) =
            hub.machine("GET", &format!("/api/export?id={id}&format=json"), read, &Value::Null);
        assert_eq!(status, 200);
        assert_eq!(hub.machine("GET", "/api/sessions/get?id=99", read, &Value::Null).0, 404);

        // Events, in both generations.
        let (_, me) = hub.machine("GET", "/api/v1/users/me", &write, &Value::Null);
        assert_eq!(me["name"], "ann");
        let (_, answer) = hub.machine("GET", "/api/v1/workspaces/mine", &write, &Value::Null);
        let workspace = answer["workspaces"][0]["id"].as_str().expect("one").to_owned();
        let event = |kind: &str, text: &str, id: &str| {
            json!({
                "agent_name": "ann", "event_type": kind, "content": text, "session_id": "e1",
                "metadata": { "client": "somebody", "segno_id": id },
            })
        };
        let events = [
            event("user_message", "Where is the giraffe?", "x1"),
            event("tool_use", "Ran: ls", "x2"),
        ];
        let old = format!("/api/v1/workspaces/{workspace}/memory/events");
        let (status, answer) =
            hub.machine("POST", &format!("{old}/batch"), &write, &json!({ "events": events }));
        assert!(status == 201 && answer.as_array().is_some_and(|all| all.len() == 2), "{answer}");
        let new = "/api/v1/me/sessions/events";
        let (status, answer) =
            hub.machine("POST", new, &write, &event("session_end", "End.", "x3"));
        assert!(status == 201 && answer["event_type"] == "session_end", "{answer}");
        // The same once more is the same.
        hub.machine("POST", new, &write, &event("session_end", "End.", "x3"));
        let kinds = |answer: &Value| {
            let events = answer["events"].as_array().expect("events").iter();
            events.map(|event| event["event_type"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
        };
        let (_, answer) = hub.machine("GET", &format!("{old}?session_id=e1"), read, &Value::Null);
        assert_eq!(kinds(&answer), ["user_message", "tool_use", "session_end"], "{answer}");
        let (_, answer) =
            hub.machine("GET", &format!("{new}?session_id=e1&limit=2"), read, &Value::Null);
        assert!(kinds(&answer).len() == 2 && answer["has_more"] == true, "{answer}");
        let (_, answer) =
            hub.machine("GET", &format!("{old}/search?q=giraffe"), read, &Value::Null);
        assert_eq!(kinds(&answer), ["user_message"], "{answer}");
        let (_, answer) =
            hub.machine("GET", "/api/v1/me/sources/search?q=giraffe", read, &Value::Null);
        assert_eq!(answer["results"][0]["ref"], "e1", "{answer}");
        let (status, answer) = hub.machine("GET", &format!("{old}x"), read, &Value::Null);
        assert_eq!(status, 404, "{answer}");
        let strange = old.replace(&workspace, "00000000-0000-4000-8000-0000000000ff");
        let (status, answer) = hub.machine("POST", &strange, &write, &event("a", "b", "c"));
        assert_eq!((status, &answer["detail"]), (403, &json!("Not a workspace member")));
        let (status, answer) = hub.machine("POST", new, &write, &event("a", "", "c"));
        assert!(status == 422 && answer["detail"].is_string(), "{answer}");
        // What the agent itself has stored, as it was sent; also in place of an earlier one.
        let upload = |place: &str, file: &str| {
            let field = |name: &str, rest: &str, text: &str| {
                format!(
                    "--b\r\nContent-Disposition: form-data; name=\"{name}\"{rest}\r\n\r\n{text}\r\n"
                )
            };
            let body = field("session_id", "", "e1")
                + &field("agent_name", "", "ann")
                + &field("file", "; filename=\"e1.jsonl\"", file)
                + "--b--\r\n";
            let request = format!(
                "POST {place} HTTP/1.1\r\nHost: {}\r\nAuthorization: Bearer {write}\r\n\
                 Content-Type: multipart/form-data; boundary=b\r\nContent-Length: {}\r\n\
                 Connection: close\r\n\r\n{body}",
                hub.address,
                body.len()
            );
            plain::request(hub.address, &request)
        };
        let place = format!("/api/v1/workspaces/{workspace}/transcripts");
        assert_eq!(upload(&place, "first").0, 201);
        let (status, text) = upload("/api/v1/me/transcripts", "{\"an okapi\":1}\n");
        assert!(status == 201 && text.contains("\"imported\":1"), "{text}");
        assert_eq!(hub.machine("GET", &format!("{place}/e1"), &write, &Value::Null).0, 403);
        let (status, answer) = hub.machine("GET", &format!("{place}/e1"), read, &Value::Null);
        assert_eq!(status, 200, "{answer}");
        let url = answer["download_url"].as_str().expect("an address");
        let lent = url.strip_prefix(&format!("http://{}", hub.address)).expect("this hub's");
        let host = format!("Host: {}\r\n", hub.address);
        let (status, text) = hub.asked("GET", lent, &host, "");
        assert!(status == 200 && text.ends_with("{\"an okapi\":1}\n"), "{text}");
        assert_eq!(hub.asked("GET", &lent[..lent.len() - 1], &host, "").0, 404);
        let head = format!("{host}Authorization: Bearer {read}\r\n");
        let (status, text) = hub.asked("GET", "/api/history/transcript?id=e1", &head, "");
        assert!(
            status == 200 && text.contains("an okapi") && text.contains("attachment"),
            "{text}"
        );
        for (id, is_there) in [("e1", true), ("s1", false)] {
            let (_, shown) =
                hub.machine("GET", &format!("/api/history/show?id={id}"), read, &Value::Null);
            assert_eq!(shown["transcript"], is_there, "{shown}");
        }
        for other in ["theirs", "s1", "none"] {
            let path = format!("{place}/{other}");
            assert_eq!(hub.machine("GET", &path, read, &Value::Null).0, 404, "{other}");
        }
        let (status, _) = hub.machine("POST", &place, &write, &json!({ "file": 1 }));
        assert_eq!(status, 422);
        let start = json!({ "session_id": "e1", "agent_name": "ann", "cwd": "/src" });
        let (status, answer) = hub.machine("POST", "/api/v1/me/sessions", &write, &start);
        assert!(status == 201 && answer["cwd"] == "/src", "{answer}");
        let path = format!("/api/v1/me/sessions/{}", answer["id"].as_str().expect("an id"));
        assert_eq!(hub.machine("DELETE", &path, &write, &Value::Null).0, 204);
        let (_, answer) = hub.machine("GET", &format!("{old}?session_id=e1"), read, &Value::Null);
        assert!(kinds(&answer).is_empty(), "{answer}");
        assert_eq!(hub.asked("GET", lent, &host, "").0, 404);
        // What was deleted does not come back.
        let (_, text) = upload(&place, "again");
        assert!(text.contains("\"imported\":0"), "{text}");
        assert_eq!(hub.machine("POST", "/api/v1/me/sessions", &write, &start).0, 410);
    }
}
