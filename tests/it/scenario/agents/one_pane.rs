//! Never two panes in one conversation, whoever asks, at whatever moment.

use std::fs;
use std::thread;

use serde_json::{Value, json};

use crate::support::quiet::{self, report};
use crate::support::segno::{Segno, arguments};

/// Quiet agents that keep the arguments that they were started with.
fn install(segno: &Segno) {
    segno.write("panes/quiet.toml", &quiet::TYPE.replace("exec cat", "cat; exit"));
}

/// The panes that are in this conversation, by what runs in them.
fn panes_in(segno: &Segno, session: &str) -> Vec<String> {
    let panes = segno.panes();
    let running = panes.iter().filter(|pane| {
        let pid = pane["pid"].as_i64().map_or(0, |pid| pid as i32);
        arguments(pid).windows(2).any(|two| two == ["--session", session])
    });
    running.map(|pane| pane["id"].as_str().unwrap().to_owned()).collect()
}

fn sessions(segno: &Segno) -> Vec<Value> {
    segno.panes().iter().map(|pane| pane["session"].clone()).collect()
}

#[test]
fn of_many_who_ask_at_once_one_gets_it() {
    let segno = Segno::new();
    install(&segno);
    segno.daemon_start();
    let asks = || segno.cli(&["new", "--focus", "--type", "quiet", "--tab", "--session", "q-7"]);
    let answers: Vec<_> = thread::scope(|scope| {
        let asked: Vec<_> = (0..12).map(|_| scope.spawn(asks)).collect();
        asked.into_iter().map(|asked| asked.join().unwrap()).collect()
    });
    let (got, refused): (Vec<_>, Vec<_>) =
        answers.into_iter().partition(|output| output.status.success());
    assert_eq!(got.len(), 1);
    let pane = String::from_utf8(got[0].stdout.clone()).unwrap().trim().to_owned();
    for output in refused {
        let why = String::from_utf8(output.stderr).unwrap();
        assert!(why.contains(&format!("open in {pane}")), "{why}");
    }
    segno.pane_pid(&pane);
    assert_eq!(panes_in(&segno, "q-7"), [pane.as_str()]);

    // Nor when others return to it while it is started again.
    let other = quiet::open(&segno, &[]);
    thread::scope(|scope| {
        for _ in 0..3 {
            scope.spawn(|| segno.cli(&["restart", &pane]));
            scope.spawn(|| segno.cli(&["restart", &other, "--session", "q-7"]));
            scope.spawn(asks);
        }
    });
    segno
        .wait_for("it to run again", || (panes_in(&segno, "q-7") == [pane.as_str()]).then_some(()));
    assert_eq!(segno.panes().len(), 2);
}

/// What is stored may say it of two: a file that was copied, one that was restored from a backup.
#[test]
fn of_two_with_the_same_record_one_begins_anew() {
    let segno = Segno::new();
    install(&segno);
    let panes = [quiet::open(&segno, &[]), quiet::open(&segno, &[]), quiet::open(&segno, &[])];
    for (pane, session) in panes.iter().zip(["q-1", "q-2", "q-3"]) {
        report(&segno, pane, "current", json!({"session": session, "reason": "created"}));
        segno.wait_status(pane, session, |status| status["session"] == session);
    }
    let record = |pane: &str| segno.home().join(format!("sessions/quiet-{pane}.id"));
    segno.daemon_stop();
    segno.reboot();
    // In the session files, and in the workspace itself.
    for pane in &panes {
        fs::write(record(pane), "q-1\n").unwrap();
    }
    let text = segno.file("workspace.json").expect("a workspace");
    segno
        .write("workspace.json", &text.replace("\"q-2\"", "\"q-1\"").replace("\"q-3\"", "\"q-1\""));
    segno.daemon_start();
    for pane in &panes {
        segno.pane_pid(pane);
    }
    let shown = panes_in(&segno, "q-1");
    assert_eq!(shown, [panes[0].as_str()]);
    for pane in &panes[1..] {
        let notes = segno.status(pane)["notes"].to_string();
        assert!(notes.contains(&format!("open in {}", panes[0])), "{notes}");
    }
    let open = sessions(&segno).into_iter().filter(|session| session == "q-1").count();
    assert_eq!(open, 1);
}

/// A pane that ended does not get back what another one has meanwhile.
#[test]
fn who_comes_back_late_begins_anew() {
    let segno = Segno::new();
    install(&segno);
    let first = quiet::open(&segno, &["--session", "q-1"]);
    segno.ok(&["keys", &first, "ctrl+c"]);
    segno.wait_state(&first, "exited");
    let second = quiet::open(&segno, &["--session", "q-1"]);
    assert_eq!(panes_in(&segno, "q-1"), [second.as_str()]);
    segno.ok(&["restart", &first]);
    segno.pane_pid(&first);
    assert_eq!(panes_in(&segno, "q-1"), [second.as_str()]);
    let notes = segno.status(&first)["notes"].to_string();
    assert!(notes.contains(&format!("open in {second}")), "{notes}");
    // After a power cut neither.
    segno.wait_for("both to be stored", || {
        let text = segno.file("workspace.json")?;
        let stored: Value = serde_json::from_str(&text).ok()?;
        stored["panes"].get(&first).and(stored["panes"].get(&second)).map(|_| ())
    });
    segno.reboot();
    segno.daemon_start();
    segno.pane_pid(&first);
    segno.pane_pid(&second);
    assert_eq!(panes_in(&segno, "q-1"), [second.as_str()]);
}

/// A chosen conversation is the pane's before its agent has said a word, and should it never.
#[test]
fn a_chosen_conversation_is_kept_whatever_happens_to_its_agent() {
    let segno = Segno::new();
    install(&segno);
    let pane = quiet::open(&segno, &["--session", "q-1"]);
    for session in ["q-1", "q-2"] {
        segno.wait_for(session, || (panes_in(&segno, session) == [pane.as_str()]).then_some(()));
        segno.reboot();
        segno.daemon_start();
        segno.wait_for(session, || (panes_in(&segno, session) == [pane.as_str()]).then_some(()));
        segno.ok(&["keys", &pane, "ctrl+c"]);
        segno.wait_state(&pane, "exited");
        segno.ok(&["restart", &pane]);
        segno.wait_for(session, || (panes_in(&segno, session) == [pane.as_str()]).then_some(()));
        segno.ok(&["restart", &pane, "--session", "q-2"]);
    }
}

/// Two clients have the list of past conversations open; both pick the same.
#[test]
fn of_two_lists_the_later_choice_is_refused() {
    let segno = Segno::new();
    install(&segno);
    let work = segno.directory("work");
    let work = work.to_str().unwrap();
    let pane = quiet::open(&segno, &["--cwd", work]);
    report(&segno, &pane, "current", json!({"session": "q-1", "reason": "created"}));
    report(&segno, &pane, "title", json!({"session": "q-1", "title": "To the moon"}));
    report(&segno, &pane, "prompt", json!({"session": "q-1", "text": "fly me"}));
    segno.wait_status(&pane, "the conversation", |status| status["session"] == "q-1");
    segno.ok(&["new", "--focus", "--tab", "--cwd", work]);
    segno.ok(&["close", &pane, "--force"]);
    let terminals = [segno.terminal(), segno.terminal()];
    for terminal in &terminals {
        terminal.wait_text("$");
        terminal.keys("ctrl+b A");
        terminal.wait_text("To the moon");
        assert!(!terminal.screen().contains("open in"));
    }
    for terminal in &terminals {
        terminal.keys("enter");
    }
    segno.wait_for("one of them to be reported", || {
        terminals.iter().any(|terminal| terminal.screen().contains("open in")).then_some(())
    });
    segno.wait_for("its pane", || (panes_in(&segno, "q-1").len() == 1).then_some(()));
    assert_eq!(segno.panes().len(), 2);
}
