//! Past conversations of a directory: listed, found, resumed; one that is open elsewhere is
//! refused.

use serde_json::{Value, json};

use crate::support::quiet::{self, report};
use crate::support::segno::Segno;

#[test]
fn past_conversations_are_listed_resumed_and_refused_where_they_are_open() {
    let segno = Segno::new();
    quiet::install(&segno);
    let work = segno.directory("work");
    let work = work.to_str().unwrap();
    let talk = |session: &str, title: Option<&str>, prompts: &[&str]| {
        let pane = quiet::open(&segno, &["--cwd", work]);
        report(&segno, &pane, "current", json!({"session": session, "reason": "created"}));
        for prompt in prompts {
            report(&segno, &pane, "prompt", json!({"session": session, "text": prompt}));
        }
        if let Some(title) = title {
            report(&segno, &pane, "title", json!({"session": session, "title": title}));
        }
        segno.wait_status(&pane, "the conversation", |s| s["session"] == session);
        pane
    };
    let first = talk("q-1", Some("To the moon"), &["fly me", "and back"]);
    let second = talk("q-2", None, &["play among the stars"]);
    talk("q-3", Some("Elsewhere"), &["other"]);
    segno.ok(&["close", &first, "--force"]);

    let list = || {
        let list = segno.json(&["sessions", "--dir", work])["conversations"].clone();
        list.as_array().unwrap().clone()
    };
    let of = |session: &str| -> Option<Value> {
        list().into_iter().find(|known| known["session"] == session)
    };
    let known = segno.wait_for("the first to be closed", || {
        of("q-1").filter(|known| known["open_in"].is_null() && known["last_prompt"] == "and back")
    });
    assert_eq!((&known["title"], &known["type"]), (&json!("To the moon"), &json!("quiet")));
    assert_eq!(known["first_prompt"], "fly me");
    assert_eq!(of("q-2").unwrap()["open_in"], json!(second));
    let none = segno.json(&["sessions", "--dir", "/", "--type", "quiet"]);
    assert_eq!(none["conversations"], json!([]));
    assert!(segno.fails(&["sessions", "--dir", work, "--type", "nope"]).1.contains("nope"));

    let terminal = segno.terminal_of(110, 30, &["attach"]);
    segno.ok(&["new", "--focus", "--tab", "--cwd", work]);
    terminal.wait_text("$");
    terminal.keys("ctrl+b A");
    let screen = terminal.wait_text("To the moon");
    assert!(screen.contains("Elsewhere") && screen.contains("play among"), "{screen}");
    // Open elsewhere: marked, and gone to.
    terminal.type_text("stars");
    terminal.wait(|s| !s.contains("To the moon") && s.contains("play among"), "the second alone");
    assert!(terminal.screen().contains(&format!("open in {second}")));
    terminal.wait_text("enter go there");
    terminal.keys("enter");
    segno.wait_for("the focus", || (segno.status(&second)["focused"] == true).then_some(()));
    terminal.wait_gone("find:");
    // A closed one comes back in a pane of its own.
    terminal.keys("ctrl+b A");
    terminal.wait_text("To the moon");
    terminal.type_text("back");
    terminal.wait_gone("play among");
    terminal.wait_text("last: and back");
    terminal.keys("enter");
    let pane = segno.wait_for("the pane", || {
        let open = of("q-1")?["open_in"].as_str()?.to_owned();
        Some(open)
    });
    assert_ne!(pane, first);
    let status = segno.wait_state(&pane, "starting");
    assert_eq!((&status["session"], &status["cwd"]), (&json!("q-1"), &json!(work)));
}

#[test]
fn an_agent_lists_its_own_and_a_bad_list_costs_nothing() {
    let segno = Segno::new();
    segno.write(
        "panes/lister.toml",
        "schema = 1\nname = \"lister\"\nkind = \"agent\"\n[command]\nprogram = \"sh\"\n\
         args = [\"-c\", \"exec cat\", \"sh\"]\n[tracker]\nsession_id = '^q-[0-9]+$'\n\
         [resume]\nwith_id = [\"--session\", \"{session}\"]\n\
         [conversations]\nargs = [\"-c\", \"cat listed.json\"]\nlist = \"/all\"\n\
         session = \"/id\"\ntitle = \"/title\"\ndirectory = \"/in\"\nat = \"/at\"\n",
    );
    let work = segno.directory("work");
    let listed = |text: &str| std::fs::write(work.join("listed.json"), text).unwrap();
    let list =
        || segno.json(&["sessions", "--dir", work.to_str().unwrap()])["conversations"].clone();
    segno.daemon_start();
    listed("no JSON");
    assert_eq!(list(), json!([]));
    listed(
        &json!({"all": [
            {"id": "q-1", "title": "Outside", "in": work, "at": 1_700_000_000},
            {"id": "q-2", "title": "Newer\u{1b}[2J", "in": work, "at": 1_800_000_000_000u64},
            {"id": "q-3", "title": "Not here", "in": "/"},
            {"id": "--evil", "title": "No id", "in": work},
        ]})
        .to_string(),
    );
    let found = list();
    let titles: Vec<_> =
        found.as_array().unwrap().iter().map(|known| known["title"].as_str().unwrap()).collect();
    assert_eq!(titles, ["Newer[2J", "Outside"]);
    assert_eq!(found[1]["last_seen"], 1_700_000_000_000u64);
    let terminal = segno.terminal_of(110, 30, &["attach"]);
    segno.ok(&["new", "--focus", "--tab", "--cwd", work.to_str().unwrap()]);
    terminal.wait_text("$");
    terminal.keys("ctrl+b A");
    terminal.wait_text("Outside");
    terminal.keys("down enter");
    segno.wait_for("its pane", || {
        let panes = segno.panes();
        panes.iter().any(|pane| pane["session"] == "q-1").then_some(())
    });
    assert_eq!(list()[1]["open_in"].as_str().map(|pane| pane.starts_with('p')), Some(true));
}
