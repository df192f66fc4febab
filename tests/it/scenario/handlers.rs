//! What a program prints that its user should hear of: the handlers of a pane type.

use serde_json::Value;

use crate::support::segno::Segno;

/// Prints each line it reads in capitals.
const TYPE: &str = r#"schema = 1
name = "server"
kind = "tool"

[command]
program = "sh"
args = ["-c", "stty -echo; echo PORT 1 IS IN USE; while read -r line; do echo \"$line\" | tr a-z A-Z; done; echo GONE WRONG; exit 3", "sh"]

[tracker]
session_id = '^s-[0-9]+$'

[[handler]]
match = '^PORT ([^ ]+) IS IN USE'
kind = "error"
text = "Port {1} is in use"
help = "fuser {1}/tcp tells by whom"
cooldown_s = 0

[[handler]]
match = '^BUILT .*'
kind = "notify"
text = "{0}"

[[handler]]
match = '^READY$'
kind = "idle"

[[handler]]
match = '^GONE (.*)'
kind = "error"
severity = "warning"
text = "It ended {1}"
help = "start it again"
"#;

fn texts(segno: &Segno) -> Vec<(String, String)> {
    let list = segno.json(&["notifications"])["notifications"].as_array().unwrap().clone();
    let text = |notice: &Value, key: &str| notice[key].as_str().unwrap().to_string();
    list.iter().rev().map(|notice| (text(notice, "kind"), text(notice, "text"))).collect()
}

fn wait_told(segno: &Segno, kind: &str, text: &str) {
    let wanted = (kind.to_string(), text.to_string());
    segno.wait_for(text, || texts(segno).contains(&wanted).then_some(()));
}

#[test]
fn what_a_type_looks_for_is_told_once_with_help() {
    let segno = Segno::new();
    segno.write("panes/server.toml", TYPE);
    segno.daemon_start();
    segno.ok(&["new", "--tab"]);
    let pane = segno.ok(&["new", "--type", "server", "--tab", "--background"]);
    wait_told(&segno, "error", "Port 1 is in use");
    segno.ok(&["send", "--enter", &pane, "port \u{202e}2 is in use"]);
    wait_told(&segno, "error", "Port 2 is in use");
    let status = segno.status(&pane);
    let notes = status["notes"].to_string();
    assert!(notes.contains("Port 2 is in use: fuser 2/tcp tells by whom"), "{notes}");
    // The first is still there, and is not told again; nor is it by another daemon.
    segno.wait_for("the list to be stored", || {
        segno.file("workspace.json")?.contains("Port 2 is in use").then_some(())
    });
    segno.kill_daemon();
    segno.ok(&["send", "--enter", &pane, "built 7"]);
    wait_told(&segno, "info", "BUILT 7");
    let told = texts(&segno).into_iter().filter(|(_, text)| text == "Port 1 is in use");
    assert_eq!(told.count(), 1);
    segno.ok(&["send", "--enter", &pane, "ready"]);
    segno.wait_state(&pane, "idle");
    // Who looks at it sees what happened, and can read what to do.
    let terminal = segno.terminal();
    segno.ok(&["focus", &pane]);
    terminal.wait_text("READY");
    terminal.type_text("port 3 is in use\r");
    terminal.wait_text("Port 3 is in use");
    terminal.keys("ctrl+b m");
    terminal.wait_text("fuser 3/tcp tells by whom");
    terminal.keys("escape");
    terminal.wait_gone("fuser 3/tcp");
    assert!(!texts(&segno).iter().any(|(_, text)| text.contains("Port 3")));
    // What it says at its very end counts too.
    terminal.keys("ctrl+d");
    terminal.wait_text("says why");
    let notes = segno.status(&pane)["notes"].to_string();
    assert!(notes.contains("It ended WRONG: start it again"), "{notes}");
}
