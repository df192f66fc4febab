//! Budgets: who is notified, whose prompts wait, and what lets them continue.

use serde_json::{Value, json};

use crate::support::quiet;
use crate::support::segno::Segno;

fn segno(settings: &str) -> Segno {
    let segno = Segno::new();
    segno.write("config.toml", settings);
    quiet::install(&segno);
    segno
}

fn spends(segno: &Segno, pane: &str, session: &str, cost: f64) {
    quiet::report(segno, pane, "current", json!({"session": session, "reason": "created"}));
    let usage =
        json!({"session": session, "model": "a/m", "input": 5000000, "output": 1, "cost": cost});
    quiet::report(segno, pane, "usage", usage);
}

/// The texts of the notifications, oldest first.
fn told(segno: &Segno) -> Vec<String> {
    let list = segno.json(&["notifications"])["notifications"].take();
    let text = |notice: &Value| notice["text"].as_str().unwrap_or_default().to_string();
    list.as_array().unwrap().iter().rev().map(text).collect()
}

#[test]
fn who_spends_is_told_at_four_fifths_and_at_the_limit() {
    let segno = segno("[budget]\nconversation = 10.0\n");
    let pane = quiet::open(&segno, &[]);
    for cost in [2.0, 8.5, 9.0, 10.5, 11.0] {
        spends(&segno, &pane, "q-1", cost);
    }
    segno.wait_for("both", || (told(&segno).len() == 2).then_some(()));
    let said = told(&segno);
    assert!(said[0].starts_with("$8.50 of $10.00 spent in conversation q-1"), "{said:?}");
    assert!(said[1].starts_with("$10.50 of $10.00"), "{said:?}");
    let text = segno.ok(&["budget"]);
    assert!(
        text.contains("$10.00 a conversation, then notify") && text.contains("used up"),
        "{text}"
    );
    // They are not told again by the next daemon.
    let stored = || segno.file("workspace.json").filter(|text| text.contains("reached"));
    segno.wait_for("it to be stored", stored);
    segno.kill_daemon();
    segno.daemon_start();
    spends(&segno, &pane, "q-1", 11.5);
    segno.wait_for("the figure", || segno.ok(&["budget"]).contains("$11.50").then_some(()));
    assert_eq!(told(&segno).len(), 2);
}

#[test]
fn prompts_wait_until_somebody_allows_more() {
    let segno = segno("[budget]\nday = 3.0\nat_limit = \"hold\"\n");
    let pane = quiet::open(&segno, &[]);
    spends(&segno, &pane, "q-1", 3.5);
    let held = || segno.json(&["queue", &pane])["queue"]["held"].clone();
    segno.wait_for("the limit", || segno.ok(&["budget"]).contains("used up").then_some(()));
    let (code, why) = segno.fails(&["prompt", &pane, "go on"]);
    assert!(code == 23 && why.contains("segno budget allow"), "{why}");
    segno.ok(&["queue", &pane, "add", "go on"]);
    assert!(held().to_string().contains("$3.50 of $3.00 spent today"), "{}", held());
    // The next daemon knows.
    segno.kill_daemon();
    segno.daemon_start();
    assert!(held().to_string().contains("of $3.00"), "{}", held());
    // A budget that comes later counts what was spent before.
    segno.write("config.toml", "[budget]\nconversation = 2.0\nat_limit = \"hold\"\n");
    segno.wait_for("the other limit", || held().to_string().contains("$2.00").then_some(()));
    segno.write("config.toml", "[budget]\nday = 3.0\nat_limit = \"hold\"\n");
    segno.wait_for("the first one", || held().to_string().contains("$3.00").then_some(()));
    assert_eq!(segno.ok(&["budget", "allow"]), "1 budget may go on");
    assert!(!held().to_string().contains("$3.00"), "{}", held());
    assert_eq!(segno.ok(&["budget", "allow"]), "no budget is used up");
    // Nothing was ended.
    assert_eq!(segno.status(&pane)["exit"], Value::Null);
}
