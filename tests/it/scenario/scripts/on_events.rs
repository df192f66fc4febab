//! The user's commands on events: each event that the documentation lists is passed on, as JSON.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use serde_json::{Value, json};

use crate::support::quiet::{self, report};
use crate::support::segno::Segno;

const PAGE: &str = include_str!("../../../../docs/notifications.md");

/// The names in the page's table of events.
fn documented() -> Vec<&'static str> {
    let table = PAGE.split("| event | what happened |").nth(1).expect("the table");
    let rows = table.lines().skip(2).take_while(|line| line.starts_with("| `"));
    rows.filter_map(|row| row.split('`').nth(1)).collect()
}

/// The complete lines that the command has written, by event.
fn received(file: &Path) -> BTreeMap<String, Vec<Value>> {
    let text = fs::read_to_string(file).unwrap_or_default();
    let complete = text.rfind('\n').map_or("", |end| &text[..end]);
    let mut events = BTreeMap::<_, Vec<_>>::new();
    for line in complete.lines() {
        let event: Value = serde_json::from_str(line).unwrap_or_else(|why| panic!("{line}: {why}"));
        events.entry(event["event"].as_str().expect("a name").to_owned()).or_default().push(event);
    }
    events
}

#[test]
fn every_event_is_passed_on_with_what_is_known() {
    let segno = Segno::new();
    quiet::install(&segno);
    let (file, other) = (segno.root().join("received"), segno.root().join("other"));
    let run = |file: &Path| format!("run = [\"sh\", \"-c\", \"cat >> {}\"]\n", file.display());
    segno.write(
        "config.toml",
        &format!(
            "[[on]]\nevent = [\"pane.*\", \"state.*\", \"conversation.*\", \"notification.posted\"]\n\
             type = \"quiet\"\n{}[[on]]\nevent = [\"pane.started\"]\ntype = \"shell\"\n{}",
            run(&file),
            run(&other)
        ),
    );
    segno.daemon_start();
    segno.ok(&["new", "--focus", "--tab"]);
    let pane = quiet::open(&segno, &["--name", "worker"]);
    let known = || received(&file);
    let wait = |event: &str, count: usize| -> Value {
        segno.wait_for(event, || {
            let events = known().remove(event)?;
            (events.len() >= count).then(|| events.last().cloned()).flatten()
        })
    };
    wait("pane.opened", 1);
    let started = wait("pane.started", 1);
    assert_eq!((&started["pane"], &started["type"]), (&json!(pane), &json!("quiet")));
    assert_eq!((&started["name"], &started["session"]), (&json!("worker"), &Value::Null));

    let session = |more: Value| {
        let mut fields = json!({"session": "q-1"});
        fields.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        fields
    };
    let reports = |event: &str, more: Value| report(&segno, &pane, event, session(more));
    reports("current", json!({"reason": "created"}));
    assert_eq!(wait("conversation.entered", 1)["session"], "q-1");
    reports("title", json!({"title": "To the moon"}));
    assert_eq!(wait("conversation.titled", 1)["title"], "To the moon");
    reports("prompt", json!({"text": "fly \u{1b}[31mme\nthere"}));
    let prompted = wait("conversation.prompted", 1);
    let detail = prompted["detail"].as_str().expect("the words");
    assert!(detail.starts_with("fly") && !detail.contains(char::is_control), "{detail:?}");
    assert_eq!(prompted["title"], "To the moon");
    for (state, count) in [("working", 1), ("retrying", 1), ("working", 2)] {
        reports("state", json!({"state": state}));
        wait(&format!("state.{state}"), count);
    }
    reports("state", json!({"state": "blocked", "kind": "question", "detail": "How high?"}));
    assert!(wait("state.blocked", 1)["detail"].to_string().contains("How high?"));
    let posted = wait("notification.posted", 1);
    assert!(posted["detail"].to_string().contains("waits for you"), "{posted}");
    reports("state", json!({"state": "error", "detail": "no fuel"}));
    assert!(wait("state.error", 1)["detail"].to_string().contains("no fuel"));
    // What failed stays so until it works again.
    for (state, count) in [("working", 3), ("idle", 1)] {
        reports("state", json!({"state": state}));
        wait(&format!("state.{state}"), count);
    }
    reports("usage", json!({"model": "m", "input": 3, "output": 5, "cost": 0.25}));
    let used = &wait("conversation.used", 1)["usage"];
    assert_eq!(
        (&used["input"], &used["output"], &used["cost"]),
        (&json!(3), &json!(5), &json!(0.25))
    );
    reports("compacted", json!({}));
    wait("conversation.compacted", 1);
    reports("deleted", json!({}));
    let deleted = wait("conversation.deleted", 1);
    assert_eq!((&deleted["session"], &deleted["title"]), (&json!("q-1"), &json!("To the moon")));

    // The program repeats what it reads, a bell among it.
    segno.ok(&["send", "--enter", &pane, "\u{16}\u{7}"]);
    wait("pane.bell", 1);
    segno.ok(&["keys", &pane, "ctrl+c"]);
    let exited = wait("pane.exited", 1);
    assert!(exited["detail"].to_string().contains("signal 2"), "{exited}");
    segno.ok(&["close", "--force", &pane]);
    wait("pane.closed", 1);

    let events = known();
    let mut names = documented();
    assert_eq!(names.len(), 17);
    names.sort_unstable();
    assert_eq!(events.keys().map(String::as_str).collect::<Vec<_>>(), names);
    for event in events.values().flatten() {
        assert_eq!((&event["version"], &event["pane"]), (&json!(1), &json!(pane)), "{event}");
        assert!(event["at"].is_u64() && event["cwd"].is_string(), "{event}");
    }
    // What concerns another type went elsewhere.
    let shells = segno.wait_for("the shell's event", || started_in(&other));
    assert_eq!(shells["type"], "shell");
}

fn started_in(file: &Path) -> Option<Value> {
    received(file).remove("pane.started")?.pop()
}
