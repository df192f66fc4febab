//! What the commands print, fixed as snapshots: JSON output is a contract.

use serde_json::json;

use super::doctor::{Check, Verdict};
use super::table::Paint;
use super::{ago, clients, daemon, doctor, notices, panes, sessions, tokens, types, usage};
use segno_wire::control::client::ClientList;
use segno_wire::control::conversation::{ConversationList, SessionList};
use segno_wire::control::daemon::DaemonStatus;
use segno_wire::control::notices::NoticeList;
use segno_wire::control::panes::pane::ReadResult;
use segno_wire::control::panes::pane_info::{PaneList, PaneStatus};
use segno_wire::control::types::TypeList;
use segno_wire::control::usage::UsageReport;

const NOW: u64 = 1_700_000_000_000;
const PLAIN: Paint = Paint { on: false, columns: None };

fn read<T: serde::de::DeserializeOwned>(value: serde_json::Value) -> T {
    serde_json::from_value(value).unwrap()
}

fn some_panes() -> PaneList {
    read(json!({ "panes": [
        {
            "id": "p1", "type": "shell", "name": null,
            "tab": { "id": "t1", "name": "work", "index": 1 },
            "cwd": "/home/ada", "pid": 4711, "state": "running", "since": NOW - 7_200_000,
            "title": "bash", "labels": {}
        },
        {
            "id": "p12", "type": "agent", "name": "漢字 review",
            "tab": { "id": "t2", "name": "api", "index": 2 },
            "cwd": "/src/api", "pid": 4712, "state": "blocked", "since": NOW - 42_000,
            "session": "ses_1a2b", "focused": true, "title": "api", "labels": { "issue": "12" }
        },
        {
            "id": "p13", "type": "agent",
            "tab": { "id": "t2", "name": "api", "index": 2 },
            "cwd": "/src/\u{1b}[2Jevil\nname", "state": "exited", "since": NOW - 90_000,
            "exit": { "signal": 9 }
        }
    ]}))
}

fn a_status() -> PaneStatus {
    let mut pane = serde_json::to_value(&some_panes().panes[1]).unwrap();
    let more = json!({
        "session_title": "Fix the \"login\" test",
        "detail": "may I run cargo test?",
        "usage": {
            "model": "some/model", "input": 12_345, "output": 950, "cache_read": 2_500_000,
            "cost": 0.1234, "context": 45_000
        },
        "notes": ["the tracker is left out: no network"],
        "explain": ["id: from the screen", "state: from events"]
    });
    pane.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    read(pane)
}

#[test]
fn ls() {
    insta::assert_snapshot!("ls", panes::list(&some_panes(), NOW, PLAIN));
    insta::assert_snapshot!("ls_json", panes::list_json(&some_panes()));
    insta::assert_snapshot!("ls_empty", panes::list(&PaneList::default(), NOW, PLAIN));
}

#[test]
fn colours_change_nothing_but_colours() {
    let coloured = panes::list(&some_panes(), NOW, Paint { on: true, columns: None });
    let stripped = regex::Regex::new("\x1b\\[[0-9;]*m").unwrap().replace_all(&coloured, "");
    assert_ne!(coloured, stripped);
    assert_eq!(stripped, panes::list(&some_panes(), NOW, PLAIN));
}

#[test]
fn status() {
    insta::assert_snapshot!("status", panes::status(&a_status(), NOW, false, PLAIN));
    insta::assert_snapshot!("status_explain", panes::status(&a_status(), NOW, true, PLAIN));
    insta::assert_snapshot!("status_json", panes::status_json(&a_status()));
}

#[test]
fn the_clients() {
    let list: ClientList = read(json!({ "clients": [
        {
            "id": "c1", "cols": 120, "rows": 40, "since": NOW - 60_000, "pane": "p1",
            "tab": { "id": "t1", "name": "work", "index": 1 },
            "terminal": { "term": "xterm-kitty", "program": "kitty(0.42.1)", "colors": "true" }
        },
        { "id": "c3", "cols": 80, "rows": 24, "read_only": true, "ignore_size": true, "remote": true }
    ]}));
    insta::assert_snapshot!("clients", clients::list(&list, NOW, PLAIN));
    insta::assert_snapshot!("clients_json", clients::list_json(&list));
    assert!(clients::list(&ClientList::default(), NOW, PLAIN).starts_with("no client"));
}

#[test]
fn screen() {
    let screen = ReadResult {
        text: " $ ls\n+a \n b".into(),
        cols: 80,
        rows: 24,
        cursor_x: 2,
        cursor_y: 3,
        ..ReadResult::default()
    };
    insta::assert_snapshot!("screen_json", panes::screen_json("p1", &screen));
}

#[test]
fn the_conversations() {
    let list: SessionList = read(json!({ "sessions": [
        { "session": null, "from": NOW - 100_000, "to": NOW - 90_000, "reason": "start" },
        { "session": "ses_1", "from": NOW - 90_000, "to": NOW - 5_000, "reason": "created", "title": "First" },
        { "session": "ses_2", "from": NOW - 5_000, "to": null, "reason": "selected" },
        { "session": "ses_3", "from": NOW, "to": null, "reason": "a reason of a later version" }
    ]}));
    insta::assert_snapshot!("sessions", sessions::list(&list, NOW, PLAIN));
    insta::assert_snapshot!("sessions_json", sessions::list_json(&list));
}

#[test]
fn the_pane_types() {
    let list: TypeList = read(json!({
        "types": [
            { "name": "shell", "title": "Shell", "kind": "shell", "program": "sh", "found": "/bin/sh" },
            { "name": "mine", "title": "Mine", "kind": "tool", "program": "mine", "file": "/h/panes/mine.toml", "homepage": "https://example.org" },
            { "name": "parrot", "title": "Parrot", "kind": "agent", "program": "parrot", "homepage": "https://parrot.example" },
            { "name": "magpie", "title": "Magpie", "kind": "agent", "program": "magpie" },
            { "name": "top", "title": "Top", "kind": "tool", "program": "top", "found": "/bin/top" }
        ],
        "problems": [
            { "file": "/h/panes/x.toml", "line": 3, "column": 7, "error": true, "message": "no such key" },
            { "file": "/h/panes/y.toml", "error": false, "message": "empty" }
        ]
    }));
    insta::assert_snapshot!("types", types::list(&list, false, PLAIN));
    insta::assert_snapshot!("types_all", types::list(&list, true, PLAIN));
    insta::assert_snapshot!("types_json", types::list_json(&list));
}

#[test]
fn the_daemon() {
    let home = std::path::Path::new("/home/ada/.segno");
    let status = DaemonStatus {
        pid: 99,
        version: "0.1.0".into(),
        protocol: 1,
        home: home.into(),
        uptime_ms: 3_725_000,
        clients: 1,
        panes: 3,
        keeper_pid: Some(98),
        keeper_version: Some("0.1.0".into()),
        warnings: vec!["the disk is full; free some space".into()],
        orphans: Vec::new(),
    };
    insta::assert_snapshot!("daemon", daemon::status(Some(&status), home, PLAIN));
    insta::assert_snapshot!("daemon_json", daemon::status_json(Some(&status), home));
    insta::assert_snapshot!("daemon_stopped", daemon::status(None, home, PLAIN));
    insta::assert_snapshot!("daemon_stopped_json", daemon::status_json(None, home));
}

#[test]
fn the_doctor() {
    let check = |what: &str, verdict, todo: Option<&str>| Check {
        what: what.into(),
        verdict,
        found: "found".into(),
        todo: todo.map(Into::into),
    };
    let checks = [
        check("home", Verdict::Good, None),
        check("terminal", Verdict::Warn, Some("set COLORTERM")),
        check("keeper", Verdict::Bad, Some("segno daemon restart")),
    ];
    insta::assert_snapshot!("doctor", doctor::report(&checks, PLAIN));
    insta::assert_snapshot!("doctor_json", doctor::report_json(&checks));
    assert!(doctor::report(&checks[..1], PLAIN).ends_with("All is well.\n"));
}

#[test]
fn short_forms() {
    let times = [(0, "-"), (NOW + 5, "now"), (NOW, "now"), (NOW - 59_999, "59s")];
    for (since, text) in times {
        assert_eq!(ago(since, NOW), text);
    }
    assert_eq!(ago(NOW - 3 * 86_400_000, NOW), "3d");
    assert_eq!([tokens(999), tokens(1000), tokens(2_500_000)], ["999", "1.0k", "2.5M"]);
}

#[test]
fn a_table_fits_the_terminal() {
    let narrow = Paint { on: false, columns: Some(64) };
    let shown = panes::list(&some_panes(), NOW, narrow);
    for line in shown.lines() {
        assert!(unicode_width::UnicodeWidthStr::width(line) <= 64, "{line:?}");
    }
    assert!(shown.contains('…'), "{shown}");
}

#[test]
fn what_was_used() {
    let row = |key: &str, more: serde_json::Value| {
        let mut row = json!({
            "key": key, "last": NOW - 60_000, "conversations": 2, "model": "some/model",
            "input": 12_345, "output": 950, "reasoning": 0, "cache_read": 2_500_000,
            "cache_write": 10, "cost": 1.234
        });
        row.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        row
    };
    let total = json!({ "input": 12_345, "output": 950, "cache_read": 2_500_000, "cost": 0.004 });
    let report = |by: &str, rows: Vec<serde_json::Value>| -> UsageReport {
        read(json!({ "by": by, "since": "2026-11-01", "usage": rows, "total": total }))
    };
    let days = report("day", vec![row("2026-11-21", json!({})), row("2026-11-20", json!({}))]);
    insta::assert_snapshot!("usage", usage::report(&days, NOW, PLAIN));
    let more = json!({
        "type": "agent", "title": "Fix the\u{1b} parser", "context": 45_000, "context_limit": 200_000
    });
    let conversations = report("conversation", vec![row("ses_1a2b", more)]);
    insta::assert_snapshot!("usage_conversations", usage::report(&conversations, NOW, PLAIN));
    insta::assert_snapshot!("usage_json", usage::report_json(&conversations));
    assert_eq!(
        usage::report(&report("day", Vec::new()), NOW, PLAIN),
        "No usage recorded since 2026-11-01\n"
    );
}

#[test]
fn notifications_and_past_conversations() {
    let list: NoticeList = read(json!({ "notifications": [
        { "pane": "p2", "label": "review", "kind": "blocked", "text": "waits for you: a\u{1b}b",
          "at": NOW - 5_000, "seen": false, "count": 3 },
        { "pane": "p1", "label": "Shell", "kind": "program", "text": "done", "at": NOW - 90_000,
          "seen": true, "count": 1 }
    ]}));
    insta::assert_snapshot!("notifications", notices::list(&list, NOW, PLAIN));
    insta::assert_snapshot!("notifications_json", notices::list_json(&list));
    let list: ConversationList = read(json!({ "conversations": [
        { "type": "agent", "session": "ses_1", "cwd": "/src", "title": "Fix the parser",
          "first_prompt": "please", "last_prompt": "thanks", "last_seen": NOW - 90_000,
          "open_in": "p2" },
        { "type": "other", "session": "x", "cwd": "/src", "last_seen": NOW - 90_000_000 }
    ]}));
    insta::assert_snapshot!("conversations", sessions::conversations(&list, NOW, PLAIN));
    insta::assert_snapshot!("conversations_json", sessions::conversations_json(&list));
}
