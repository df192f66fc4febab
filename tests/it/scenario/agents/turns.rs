//! Whoever prompts an agent and waits, waits for that turn; and the exit code says how it ended.

use std::process::Stdio;

use serde_json::{Value, json};

use crate::support::scripted;
use crate::support::segno::{Segno, program};

fn segno() -> Segno {
    let segno = Segno::new();
    scripted::install(&segno);
    segno
}

#[track_caller]
fn wait(segno: &Segno, args: &[&str]) -> (i32, Value) {
    let args = [&["wait", "--json", "--timeout", "20"], args].concat();
    let output = segno.cli(&args);
    let said = serde_json::from_slice::<Value>(&output.stdout).unwrap_or_default();
    (output.status.code().expect("not killed"), said["wait"].clone())
}

#[test]
fn the_readmes_example_waits_for_each_turn() {
    let segno = segno();
    let pane = segno.ok(&["new", "--type", "scripted"]);
    for round in 0..15 {
        segno.ok(&["send", &pane, &format!("say answer {round}"), "--enter"]);
        segno.ok(&["wait", &pane, "--for", "idle", "--timeout", "20"]);
        // The agent says that it is done before it draws its answer.
        let screen = segno.ok(&["read", &pane, "--lines", "40"]);
        assert!(screen.contains(&format!("<answer {round}>")), "{screen}");
    }
}

#[test]
fn a_text_that_comes_right_after_new_arrives_whole() {
    let segno = segno();
    for _ in 0..2 {
        let pane = segno.ok(&["new", "--type", "sluggish"]);
        segno.ok(&["send", &pane, "say here I am", "--enter"]);
        segno.ok(&["wait", &pane, "--for", "done", "--timeout", "20"]);
        let screen = segno.ok(&["read", &pane]);
        assert!(screen.contains("<here I am>"), "{screen}");
        // It was not typed before there was a prompt.
        assert_eq!(screen.matches("say here I am").count(), 1, "{screen}");
        assert!(screen.starts_with("> "), "{screen}");
    }
}

#[test]
fn a_short_turn_is_not_missed_by_who_waits_for_its_beginning() {
    let segno = segno();
    let pane = segno.ok(&["new", "--type", "scripted"]);
    for round in 0..5 {
        segno.ok(&["send", &pane, &format!("say {round}"), "--enter"]);
        segno.wait_for("the end of the turn", || {
            segno.ok(&["read", &pane]).contains(&format!("<{round}>")).then_some(())
        });
        segno.ok(&["wait", &pane, "--for", "working", "--timeout", "20"]);
        segno.ok(&["wait", &pane, "--for", "idle", "--timeout", "20"]);
    }
    // It was waited for; the next one has not begun.
    let output = segno.cli(&["wait", &pane, "--for", "working", "--timeout", "0.2"]);
    assert_eq!(output.status.code(), Some(124));
}

#[test]
fn the_exit_code_says_how_it_ended() {
    let segno = segno();
    let pane = segno.ok(&["new", "--type", "scripted"]);
    segno.ok(&["send", &pane, "say x", "--enter"]);
    assert_eq!(wait(&segno, &[&pane, "--for", "done"]).0, 0);
    segno.ok(&["send", &pane, "ask", "--enter"]);
    let (code, said) = wait(&segno, &[&pane, "--for", "idle,blocked"]);
    assert_eq!((code, &said["state"]), (10, &json!("blocked")), "{said:#}");
    assert_eq!(said["detail"], "question: which one");
    assert_eq!(said["exit"], json!(null));
    assert_eq!(wait(&segno, &[&pane, "--for", "blocked"]).0, 0);
    // Who answers a question types into it.
    segno.ok(&["send", &pane, "fail", "--enter"]);
    let (code, said) = wait(&segno, &[&pane, "--for", "idle", "--for", "error"]);
    assert_eq!((code, &said["detail"]), (11, &json!("no more tokens")), "{said:#}");
    segno.ok(&["send", &pane, "end", "--enter"]);
    let (code, said) = wait(&segno, &[&pane, "--for", "done"]);
    assert_eq!((code, &said["exit"]["code"]), (12, &json!(7)), "{said:#}");
    assert_eq!(wait(&segno, &[&pane, "--for", "exited"]).0, 0);
    assert_eq!(wait(&segno, &[&pane, "--for", "idle"]).0, 12);
    assert_eq!(wait(&segno, &["p9", "--for", "idle"]).0, 3);
    assert_eq!(segno.fails(&["wait", &pane, "--for", "happy"]).0, 2);
}

#[test]
fn several_panes_are_waited_for_together_or_for_one_of_them() {
    let segno = segno();
    let quick = segno.ok(&["new", "--type", "scripted"]);
    let slow = segno.ok(&["new", "--type", "scripted"]);
    segno.ok(&["send", &slow, "wait 1 later", "--enter"]);
    segno.ok(&["send", &quick, "say now", "--enter"]);
    let (code, said) = wait(&segno, &[&slow, &quick, "--any", "--for", "idle"]);
    assert_eq!((code, &said["pane"]), (0, &json!(quick)), "{said:#}");
    let (code, said) = wait(&segno, &[&slow, &quick, "--for", "idle"]);
    assert_eq!((code, said["panes"].as_array().map(Vec::len)), (0, Some(2)), "{said:#}");
    assert!(segno.ok(&["read", &slow]).contains("<later>"));
    segno.ok(&["send", &slow, "ask", "--enter"]);
    assert_eq!(wait(&segno, &[&quick, &slow, "--for", "done"]).0, 10);
    // A pane that is closed is what a wait for its end waits for.
    let waiting = segno
        .command(program())
        .args(["wait", &quick, "--for", "working"])
        .stderr(Stdio::null())
        .spawn()
        .expect("segno runs");
    segno.ok(&["close", &quick]);
    let output = waiting.wait_with_output().expect("it ends");
    assert!(matches!(output.status.code(), Some(13 | 3)), "{output:?}");
}

/// What was typed is known to the next daemon.
#[test]
fn a_turn_outlives_the_daemon() {
    let segno = segno();
    let pane = segno.ok(&["new", "--type", "scripted"]);
    segno.ok(&["send", &pane, "wait 1.5 survived", "--enter"]);
    segno.wait_state(&pane, "working");
    let waiting = segno
        .command(program())
        .args(["wait", &pane, "--for", "idle", "--timeout", "20"])
        .spawn()
        .expect("segno runs");
    segno.kill_daemon();
    let output = waiting.wait_with_output().expect("it ends");
    assert_eq!(output.status.code(), Some(0), "the wait goes on with the next daemon");
    assert!(segno.ok(&["read", &pane]).contains("<survived>"));
}

#[test]
fn a_pane_that_asks_says_so_and_what_can_be_answered() {
    let segno = segno();
    segno.write(
        "panes/forgetful.toml",
        "schema = 1\nname = \"forgetful\"\ntitle = \"Forgetful\"\nkind = \"agent\"\n\
         [command]\nprogram = \"sh\"\nargs = [\"-c\", \"echo No such conversation; exit 1\", \"sh\"]\n\
         [exit]\nclose = \"never\"\n[tracker]\nsession_id = '^t-[0-9]+$'\n\
         [resume]\nwith_id = [\"{session}\"]\nnot_found = 'No such conversation'\n",
    );
    let pane = segno.ok(&["new", "--type", "forgetful", "--session", "t-9"]);
    let (code, said) = wait(&segno, &[&pane, "--for", "done"]);
    assert_eq!(code, 10, "{said:#}");
    assert!(said["detail"].as_str().is_some_and(|d| d.contains("t-9")), "{said:#}");
    let choices = said["asks"]["choices"].as_array().expect("choices");
    assert_eq!(choices[0]["command"], format!("segno restart {pane} --fresh"));
    assert_eq!(wait(&segno, &[&pane, "--for", "blocked"]).0, 0);
    assert!(segno.ok(&["ls"]).contains("asks"));
    assert_eq!(segno.status(&pane)["asks"], said["asks"]);
    assert!(segno.ok(&["status", &pane]).contains("--fresh"));
}

/// `segno new` moves nobody; with `--focus` it moves whoever asked.
#[test]
fn a_new_pane_moves_nobody_but_who_asks_for_it() {
    let segno = segno();
    let here = segno.ok(&["new", "--name", "here"]);
    let one = segno.terminal();
    one.wait_text("$");
    let focused = || segno.json(&["clients"])["clients"][0]["pane"].clone();
    segno.ok(&["new", "--name", "aside"]);
    segno.ok(&["new", "--split", "right"]);
    assert_eq!(focused(), json!(here));
    let there = segno.ok(&["new", "--focus", "--name", "there"]);
    assert_eq!(focused(), json!(there), "the only client");

    // Of two, only the one that looks at the pane in which it was asked for. A key moves who
    // pressed it.
    let two = segno.terminal();
    two.wait_text("there");
    two.keys("ctrl+b");
    two.keys("c");
    let panes = || {
        let clients = segno.json(&["clients"])["clients"].take();
        clients.as_array().expect("clients").iter().map(|c| c["pane"].clone()).collect::<Vec<_>>()
    };
    let far = segno.wait_for("a pane of its own", || {
        let far = panes().get(1)?.clone();
        (far != json!(there)).then_some(far)
    });
    let asked = segno
        .command(program())
        .env("SEGNO_PANE", &there)
        .args(["new", "--focus"])
        .output()
        .expect("segno runs");
    let new = String::from_utf8_lossy(&asked.stdout).trim().to_owned();
    assert_eq!(panes(), [json!(new), far]);
}

#[test]
fn rows_and_the_cursor_agree_and_a_long_text_comes_whole() {
    let segno = Segno::new();
    segno.write("config.toml", "[general]\nscrollback_lines = 200000\n");
    let script = "printf '%0100d\\n' 7; printf abc; exec cat";
    let pane = segno.ok(&["new", "--", "-c", script]);
    segno.ok(&["wait", &pane, "--for", "output=abc", "--timeout", "20"]);
    let screen: Value =
        serde_json::from_str(&segno.ok(&["read", &pane, "--format", "json"])).expect("JSON");
    let screen = &screen["screen"];
    assert_eq!(screen["lines"].as_array().map(Vec::len), Some(2), "{screen:#}");
    let row = screen["cursor"]["row"].as_u64().expect("a row") as usize;
    assert_eq!(screen["screen_rows"][row]["text"], "abc", "{screen:#}");
    assert_eq!(screen["screen_rows"][0]["wrapped"], true);

    let long = "yes \"$(printf 'z%.0s' $(seq 79))\" | head -c 9600000; echo; echo done; exec cat";
    let pane = segno.ok(&["new", "--", "-c", long]);
    segno.ok(&["wait", &pane, "--for", "output=^done$", "--timeout", "30"]);
    let text = segno.ok(&["read", &pane, "--all"]);
    assert!(text.len() > 9_000_000 && text.ends_with("done"), "{}", text.len());
}

/// After a reboot a pane is read when its screen is there.
#[test]
fn what_is_not_restored_yet_is_waited_for() {
    let segno = Segno::new();
    let panes: Vec<_> = (0..3)
        .map(|n| segno.ok(&["new", "--", "-c", &format!("echo kept-{n}; exec cat")]))
        .collect();
    for (n, pane) in panes.iter().enumerate() {
        segno.ok(&["wait", pane, "--for", &format!("output=kept-{n}"), "--timeout", "20"]);
    }
    segno.reboot();
    segno.daemon_start();
    for (n, pane) in panes.iter().enumerate() {
        let text = segno.ok(&["read", pane, "--all"]);
        assert!(text.contains(&format!("kept-{n}")), "{pane}: {text:?}");
    }
}
