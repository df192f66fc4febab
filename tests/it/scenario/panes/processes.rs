//! What runs in panes: its tree, what it uses, and what outlives its pane.

use serde_json::Value;

use crate::support::segno::Segno;

fn processes(segno: &Segno, list: &str) -> Vec<Value> {
    segno.json(&["ps"])[list].as_array().cloned().unwrap_or_default()
}

/// The process with this command line in a list of `ps`.
fn found(list: &[Value], command: &str) -> Option<Value> {
    list.iter().find(|process| process["command"] == command).cloned()
}

#[test]
fn ps_shows_the_tree_of_a_pane_and_what_it_uses() {
    let segno = Segno::new();
    let pane = segno.ok(&["new"]);
    segno.ok(&["send", &pane, "sleep 1234", "--enter"]);
    let sleep = segno.wait_for("the program", || {
        let panes = processes(&segno, "processes");
        found(panes[0]["processes"].as_array().expect("a list"), "sleep 1234")
    });
    assert_eq!(sleep["depth"], 1, "{sleep}");
    assert!(sleep["memory"].as_u64() > Some(0) && sleep["age_ms"].is_u64(), "{sleep}");
    let text = segno.ok(&["ps", &pane]);
    assert!(text.contains("  sleep 1234") && text.contains("MEMORY"), "{text}");
    assert!(segno.ok(&["top", "--once"]).contains("1 pane"));
    let mut terminal = segno.terminal_of(100, 30, &["top"]);
    terminal.wait_text("q quit");
    terminal.wait_text(&pane);
    terminal.type_text("q");
    terminal.wait_end();
}

/// The system shows by the environment which pane has started a process.
#[test]
#[cfg(target_os = "linux")]
fn close_says_what_goes_on_and_all_ends_it() {
    use crate::support::segno::alive;

    let segno = Segno::new();
    segno.ok(&["new"]);
    let pane = segno.ok(&["new", "--name", "builds"]);
    segno.ok(&["send", &pane, "(setsid sleep 4321 >/dev/null 2>&1 &)", "--enter"]);
    let pid = segno.wait_for("one that leaves", || {
        let orphan = found(&processes(&segno, "orphans"), "sleep 4321")?;
        assert_eq!(orphan["pane"], pane.as_str(), "{orphan}");
        orphan["pid"].as_i64()
    }) as i32;
    let closed = segno.cli(&["close", "builds"]);
    let said = String::from_utf8_lossy(&closed.stderr);
    assert!(closed.status.success() && said.contains("sleep 4321"), "{said}");
    assert!(said.contains(&format!("segno close {pane} --all")), "{said}");
    assert!(alive(pid));
    assert!(segno.ok(&["ps"]).contains("sleep 4321"));
    segno.ok(&["close", &pane, "--all"]);
    assert!(!alive(pid));
    assert_eq!(segno.fails(&["close", &pane, "--all"]).0, 3);
    assert_eq!(processes(&segno, "orphans"), Vec::<Value>::new());
}
