//! When the user is notified, in the list and in the terminal; and the user's own commands on
//! events.

use std::fs;

use serde_json::{Value, json};

use crate::support::quiet::{self, report};
use crate::support::segno::Segno;
use segno_term::TermEvent;

/// A Segno with a quiet agent in a tab that nobody looks at.
fn with_quiet(config: &str) -> (Segno, String) {
    let segno = Segno::new();
    quiet::install(&segno);
    segno.write("config.toml", config);
    segno.daemon_start();
    segno.ok(&["new", "--focus", "--tab"]);
    let pane = quiet::open(&segno, &[]);
    (segno, pane)
}

fn notifications(segno: &Segno) -> Vec<Value> {
    segno.json(&["notifications"])["notifications"].as_array().unwrap().clone()
}

#[test]
fn a_blocked_agent_is_listed_shown_by_the_terminal_and_gone_to() {
    let (mut segno, pane) = with_quiet("");
    segno.env("TERM", "xterm-kitty");
    let terminal = segno.terminal();
    terminal.wait_text("$");
    report(&segno, &pane, "current", json!({"session": "q-1", "reason": "created"}));
    report(&segno, &pane, "state", json!({"session": "q-1", "state": "working"}));
    report(
        &segno,
        &pane,
        "state",
        json!({"session": "q-1", "state": "blocked", "detail": "Delete the moon?"}),
    );
    segno.wait_for("the notification", || (notifications(&segno).len() == 1).then_some(()));
    let list = notifications(&segno);
    assert_eq!(list[0]["kind"], "blocked");
    assert_eq!(list[0]["text"], "waits for you: Delete the moon?");
    assert_eq!((&list[0]["seen"], &list[0]["pane"]), (&json!(false), &json!(pane)));
    // The terminal shows it on its desktop, once.
    segno.wait_for("the terminal's notification", || {
        terminal.raw().windows(5).any(|w| w == b"\x1b]99;").then_some(())
    });
    terminal.wait_text("✉ 1");
    terminal.keys("ctrl+b i");
    let screen = terminal.wait_text("Delete the moon?");
    assert!(screen.contains("1 unseen"), "{screen}");
    terminal.keys("enter");
    segno.wait_for("the focus", || (segno.status(&pane)["focused"] == true).then_some(()));
    terminal.wait_gone("✉ 1");
    assert_eq!(notifications(&segno)[0]["seen"], true);
    // Looked at, it does not call again.
    report(&segno, &pane, "state", json!({"session": "q-1", "state": "error", "detail": "no"}));
    segno.wait_state(&pane, "error");
    assert_eq!(notifications(&segno).len(), 1);
    // The list outlives the daemon. What was not stored yet would be read again, and call.
    segno.wait_for("the state to be stored", || {
        segno.file("workspace.json")?.contains("\"activity\": \"error\"").then_some(())
    });
    segno.kill_daemon();
    segno.wait_for("the list again", || (notifications(&segno).len() == 1).then_some(()));
    segno.ok(&["notifications", "--clear"]);
    assert_eq!(segno.ok(&["notifications"]), "no notifications");
}

#[test]
fn what_a_program_posts_goes_to_a_program_where_no_terminal_shows_it() {
    let segno = Segno::new();
    let shown = segno.root().join("shown");
    segno.write(
        "config.toml",
        &format!(
            "[notifications]\ninterval_s = 0\ncommands = [\"no-such-program\", \
             \"sh -c 'printf \\\"%s|%s\\\\n\\\" \\\"$1\\\" \\\"$2\\\" >> {}' sh\"]\n",
            shown.display()
        ),
    );
    segno.daemon_start();
    segno.ok(&["new", "--focus", "--tab"]);
    let args = ["new", "--tab", "--name", "build", "--", "-c"];
    let script = "printf '\\033]777;notify;make;all $(done)\\007'; exec cat";
    let pane = segno.ok(&[&args[..], &[script]].concat());
    let text = segno.wait_for("the program", || {
        fs::read_to_string(&shown).ok().filter(|text| text.ends_with('\n'))
    });
    assert_eq!(text, format!("{pane} build|make: all $(done)\n"));
    segno.ok(&["mute", &pane]);
    segno.ok(&["keys", &pane, "ctrl+d"]);
}

#[test]
fn a_command_runs_when_a_conversation_is_deleted() {
    let (segno, pane) = with_quiet("");
    let out = segno.root().join("curated");
    let script = segno.root().join("curate.sh");
    fs::write(&script, format!("cat >> '{}'\necho curated; echo twice >&2\n", out.display()))
        .unwrap();
    segno.write(
        "config.toml",
        &format!(
            "[[on]]\nevent = [\"conversation.deleted\"]\ntype = \"quiet\"\nrun = [\"sh\", {:?}]\n\
             [[on]]\nevent = [\"conversation.*\"]\ntype = \"other\"\nrun = [\"false\"]\n\
             [[on]]\nevent = [\"conversation.deleted\"]\nrun = [\"sh\", \"-c\", \"sleep 1000 & wait\"]\n\
             timeout_s = 1\n",
            script.display().to_string()
        ),
    );
    report(&segno, &pane, "current", json!({"session": "q-7", "reason": "created"}));
    report(&segno, &pane, "title", json!({"session": "q-7", "title": "Moon"}));
    segno.wait_status(&pane, "the conversation", |s| s["session"] == "q-7");
    segno.daemon_stop();
    // Deleted while no daemon runs: the next one learns of it.
    report(&segno, &pane, "deleted", json!({"session": "q-7"}));
    report(&segno, &pane, "current", json!({"session": null, "reason": "deleted"}));
    segno.daemon_start();
    let text = segno.wait_for("the command", || {
        fs::read_to_string(&out).ok().filter(|text| text.ends_with('\n'))
    });
    let event: Value = serde_json::from_str(&text).expect("one line of JSON, once");
    assert_eq!(event["event"], "conversation.deleted");
    assert_eq!((&event["session"], &event["title"]), (&json!("q-7"), &json!("Moon")));
    assert_eq!((&event["pane"], &event["type"]), (&json!(pane), &json!("quiet")));
    assert_eq!(event["version"], 1);
    let logged = |text: &str| {
        segno.wait_for(text, || segno.file("log/daemon.log")?.contains(text).then_some(()))
    };
    logged("curated");
    logged("twice");
    logged("it took too long and was ended");
}

/// Attached terminals, by what they say they are, and how each is notified on its desktop.
#[test]
fn each_terminal_shows_it_in_its_own_way() {
    let mut segno = Segno::new();
    let bin = segno.directory("bin");
    let shown = segno.root().join("shown");
    install(&bin, "notify-send", &format!("printf '%s\\n' \"$@\" > '{}'", shown.display()));
    segno.path_first(&bin).env("DISPLAY", ":7");
    segno.write("config.toml", "[notifications]\nsound = true\ninterval_s = 0\n");
    segno.daemon_start();
    segno.ok(&["new", "--focus", "--tab"]);
    let pane = segno.ok(&["new", "--tab", "--name", "build"]);
    let post = |text: &str| {
        let line = format!("printf '\\033]777;notify;make;{text}\\007'");
        segno.ok(&["send", "--enter", &pane, &line]);
    };
    // No terminal at all: the program does, with its options before what comes from panes.
    post("one");
    let text = segno.wait_for("the program", || {
        fs::read_to_string(&shown).ok().filter(|text| text.contains("one\n"))
    });
    assert_eq!(text, format!("--app-name=Segno\n--\n{pane} build\nmake: one\n"));
    let terminals: Vec<_> = [
        ("TERM", "foot", Some("\x1b]99;i=segno-")),
        ("TERM", "xterm-ghostty", Some("\x1b]777;notify;")),
        ("TERM_PROGRAM", "WezTerm", Some("\x1b]777;notify;")),
        ("TERM_PROGRAM", "iTerm.app", Some("\x1b]9;Segno: ")),
        ("TERM_PROGRAM", "Apple_Terminal", None),
    ]
    .into_iter()
    .map(|(variable, value, begin)| {
        segno.env("TERM", "xterm-256color").env_remove("TERM_PROGRAM").env(variable, value);
        let terminal = segno.terminal();
        terminal.wait_text("$");
        (terminal, begin)
    })
    .collect();
    let post = |text: &str| {
        let line = format!("printf '\\033]777;notify;make;{text}\\007'");
        segno.ok(&["send", "--enter", &pane, &line]);
    };
    post("two");
    let begins = ["\x1b]99;", "\x1b]777;notify;", "\x1b]9;Segno"];
    for (terminal, begin) in &terminals {
        segno.wait_for("the bell", || {
            terminal.events().iter().any(|e| matches!(e, TermEvent::Bell)).then_some(())
        });
        if let Some(begin) = begin {
            segno.wait_for(begin, || has(&terminal.raw(), begin).then_some(()));
        }
        for other in begins {
            let own = begin.is_some_and(|begin| begin.starts_with(other));
            assert_eq!(has(&terminal.raw(), other), own, "{begin:?} {other:?}");
        }
    }
    // Where terminals show it, no program does.
    let text = fs::read_to_string(&shown).unwrap();
    assert!(text.ends_with("one\n"), "{text}");
}

fn has(bytes: &[u8], text: &str) -> bool {
    bytes.windows(text.len()).any(|window| window == text.as_bytes())
}

fn install(bin: &std::path::Path, name: &str, script: &str) {
    use std::os::unix::fs::PermissionsExt;
    let program = bin.join(name);
    fs::write(&program, format!("#!/bin/sh\n{script}\n")).unwrap();
    fs::set_permissions(&program, fs::Permissions::from_mode(0o755)).unwrap();
}

/// A pane that posts `one` and then prints `posted one`.
fn posts(segno: &Segno, pane: &str, text: &str) {
    let line = format!("printf '\\033]9;{text}\\007'; echo posted {text}");
    segno.ok(&["send", "--enter", pane, &line]);
    let lines = || segno.ok(&["read", pane, "--all"]);
    let printed = format!("posted {text}");
    segno.wait_for(&printed, || lines().lines().any(|line| line == printed).then_some(()));
}

#[test]
fn nobody_is_called_for_what_one_of_two_looks_at_nor_for_a_muted_pane() {
    let segno = Segno::new();
    segno.daemon_start();
    let near = segno.ok(&["new", "--focus", "--tab"]);
    let far = segno.ok(&["new", "--focus", "--tab"]);
    let one = segno.terminal();
    one.wait_text("$");
    let other = segno.terminal();
    other.wait_text("$");
    // Each has its own tab.
    one.keys("ctrl+b 1");
    other.keys("ctrl+b 2");
    segno.wait_for("one at each", || {
        let clients = segno.json(&["clients"])["clients"].take();
        let looks = |pane: &str| clients.as_array()?.iter().find(|client| client["pane"] == pane);
        (looks(&near).is_some() && looks(&far).is_some()).then_some(())
    });
    let texts = || -> Vec<String> {
        let list = notifications(&segno);
        list.iter().map(|notice| notice["text"].as_str().unwrap().to_owned()).collect()
    };
    posts(&segno, &near, "one");
    posts(&segno, &far, "two");
    // The first one's window is in the background now.
    assert!(one.modes().focus_events);
    one.bytes(b"\x1b[O");
    segno.wait_for("the focus to be lost", || {
        posts(&segno, &near, "three");
        texts().contains(&"three".to_owned()).then_some(())
    });
    posts(&segno, &far, "four");
    segno.ok(&["mute", &near]);
    posts(&segno, &near, "five");
    segno.ok(&["mute", &near, "--off"]);
    posts(&segno, &near, "six");
    segno.wait_for("the last one", || texts().contains(&"six".to_owned()).then_some(()));
    assert_eq!(texts(), ["six", "three"]);
    // The mark of what nobody has seen, until somebody is back.
    other.wait_text("✉");
    one.bytes(b"\x1b[I");
    other.wait_gone("✉");
}
