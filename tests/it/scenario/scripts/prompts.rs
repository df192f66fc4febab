//! Scripts drive agents: a prompt arrives once, a wait is for that prompt, the queue waits.

use std::process::{Child, Stdio};
use std::time::Duration;

use serde_json::{Value, json};

use crate::support::scripted;
use crate::support::segno::{Segno, kill_and_wait, program};

fn segno() -> Segno {
    let segno = Segno::new();
    scripted::install(&segno);
    scripted::install_storing(&segno);
    segno
}

/// The queue of a pane, as texts.
#[track_caller]
fn queue(segno: &Segno, pane: &str, args: &[&str]) -> (Vec<String>, Value) {
    let queue = segno.json(&[&["queue", pane], args].concat())["queue"].take();
    let prompts = queue["prompts"].as_array().cloned().unwrap_or_default();
    let text = |p: &Value| p["text"].as_str().unwrap_or_default().to_string();
    (prompts.iter().map(text).collect(), queue["held"].clone())
}

#[test]
fn a_prompt_with_wait_prints_the_answer_as_the_agent_stored_it() {
    let segno = segno();
    let pane = segno.ok(&["new", "--type", "storing"]);
    for round in 0..2 {
        let said = segno.ok(&["prompt", &pane, &format!("say {round}"), "--wait", "-t", "30"]);
        assert_eq!(said, format!("I say {round}\n\nand that is all"));
    }
    // The end of its last line is no part of it.
    let file = segno.root().join("text");
    std::fs::write(&file, "say it\n").expect("written");
    let said = segno.ok(&["prompt", &pane, "--file", file.to_str().expect("UTF-8"), "--wait"]);
    assert_eq!(said, "I say it\n\nand that is all");
    let said = segno.json(&["prompt", &pane, "say x", "--wait", "--timeout", "30"]);
    let said = &said["prompt"];
    assert_eq!((&said["end"], &said["session"]), (&json!("done"), &json!("t-1")), "{said:#}");
    assert_eq!(said["tools"], json!(["look"]), "{said:#}");
    // In a pane of its own, which is gone afterwards.
    let panes = segno.panes().len();
    assert_eq!(segno.ok(&["ask", "storing", "say y", "-t", "30"]), "I say y\n\nand that is all");
    assert_eq!(segno.panes().len(), panes);
}

#[test]
fn the_exit_code_says_how_that_turn_ended() {
    let segno = segno();
    let pane = segno.ok(&["new", "--type", "scripted"]);
    let code = |text: &str| {
        let output = segno.cli(&["prompt", &pane, text, "--wait", "--timeout", "30"]);
        (
            output.status.code().expect("not killed"),
            String::from_utf8_lossy(&output.stderr).into_owned(),
        )
    };
    assert_eq!(code("say x").0, 0);
    let (failed, why) = code("fail");
    assert_eq!(failed, 11, "{why}");
    assert!(why.contains("no more tokens"), "{why}");
    let (blocked, why) = code("ask");
    assert_eq!(blocked, 10, "{why}");
    // It is never typed into a question.
    let (refused, why) = code("say y");
    assert_eq!(refused, 21, "{why}");
    assert!(why.contains("which one"), "{why}");
    assert!(!segno.ok(&["read", &pane]).contains("say y"));
    segno.ok(&["send", &pane, "say answered", "--enter"]);
    segno.ok(&["wait", &pane, "--for", "idle", "--timeout", "30"]);
    assert_eq!(code("end").0, 12);
    assert_eq!(code("say z").0, 24);
    assert_eq!(segno.fails(&["prompt", "p9", "x"]).0, 3);
    let shell = segno.ok(&["new"]);
    let (refused, why) = segno.fails(&["prompt", &shell, "x"]);
    assert!(refused == 22 && why.contains("segno send"), "{why}");
}

#[test]
fn a_wait_that_comes_to_nothing_has_an_exit_code_too() {
    let segno = segno();
    let started = |pane: &str, args: &[&str]| {
        let mut command = segno.command(program());
        command.args(["prompt", pane]).args(args).args(["--wait"]);
        command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("segno runs")
    };
    let ended = |child: Child| {
        let output = child.wait_with_output().expect("it ends");
        output.status.code().expect("not killed")
    };
    let pane = segno.ok(&["new", "--type", "scripted"]);
    let busy = started(&pane, &["until go done"]);
    segno.wait_state(&pane, "working");
    assert_eq!(segno.fails(&["prompt", &pane, "say x", "--wait"]).0, 20);
    assert_eq!(segno.fails(&["prompt", &pane, "say x", "--queue", "--wait", "-t", "0.3"]).0, 124);
    let dropped = started(&pane, &["say y", "--queue"]);
    segno.wait_for("both in the queue", || (queue(&segno, &pane, &[]).0.len() == 2).then_some(()));
    segno.ok(&["queue", &pane, "clear"]);
    assert_eq!(ended(dropped), 25);
    // It takes the text and does not say that it works on it.
    let deaf = segno.ok(&["new", "--type", "scripted"]);
    let waits = started(&pane, &["say z", "--queue"]);
    segno.wait_for("one in the queue", || (queue(&segno, &pane, &[]).0.len() == 1).then_some(()));
    segno.ok(&["close", &pane]);
    assert_eq!(ended(busy), 13);
    let waits = waits.wait_with_output().expect("it ends");
    let said = String::from_utf8_lossy(&waits.stderr);
    let unseen = said.contains("was not seen to get the prompt");
    assert!(waits.status.code() == Some(13) && unseen, "{said}");
    assert_eq!(segno.fails(&["prompt", &deaf, "hm", "--wait", "-t", "60"]).0, 14);
    assert_eq!(segno.fails(&["ask", "no-such-type", "hm"]).0, 3);
    let missing = "schema = 1\nname = \"missing\"\nkind = \"agent\"\n\
        [command]\nprogram = \"no-agent\"\n[tracker]\nsession_id = '^t-[0-9]+$'\n";
    segno.write("panes/missing.toml", missing);
    let (code, said) = segno.fails(&["ask", "missing", "hm"]);
    assert!(code == 24 && said.contains("cannot ask") && said.contains("no-agent"), "{said}");
    assert_eq!(segno.fails(&["ask", "scripted", "end", "-t", "30"]).0, 12);
    assert_eq!(segno.fails(&["ask", "scripted", "ask", "-t", "30"]).0, 10);
}

#[test]
fn a_busy_agent_is_left_alone_unless_it_is_said_what_to_do() {
    let segno = segno();
    let pane = segno.ok(&["new", "--type", "scripted"]);
    segno.ok(&["prompt", &pane, "until go slow"]);
    let (code, why) = segno.fails(&["prompt", &pane, "say now"]);
    assert_eq!(code, 20, "{why}");
    assert!(why.contains("--queue"), "{why}");
    segno.ok(&["prompt", &pane, "say first", "--queue"]);
    segno.ok(&["queue", &pane, "add", "say second"]);
    assert_eq!(queue(&segno, &pane, &[]).0, ["say first", "say second"]);
    assert_eq!(segno.status(&pane)["queue"]["count"], 2);
    segno.ok(&["queue", &pane, "edit", "3", "say other"]);
    // The same one again is not another one.
    let id = "0123456789abcdef0123456789abcdef";
    for _ in 0..2 {
        segno.ok(&["prompt", &pane, "say once", "--queue", "--id", id]);
    }
    assert_eq!(queue(&segno, &pane, &[]).0, ["say first", "say other", "say once"]);
    segno.write("go", "");
    segno.ok(&["prompt", &pane, "say once", "--queue", "--id", id, "--wait", "-t", "30"]);
    // It draws its answer after it has said that it is idle.
    segno.ok(&["wait", &pane, "--for", "output=^<once>", "--timeout", "30"]);
    let screen = segno.ok(&["read", &pane, "--all"]);
    for (text, times) in
        [("<slow>", 1), ("<first>", 1), ("<other>", 1), ("<second>", 0), ("<once>", 1)]
    {
        assert_eq!(screen.matches(text).count(), times, "{text}: {screen}");
    }
}

#[test]
fn the_queue_is_held_and_survives_a_reboot() {
    let segno = segno();
    let pane = segno.ok(&["new", "--type", "scripted"]);
    assert_eq!(segno.fails(&["prompt", &pane, "ask", "--wait", "-t", "30"]).0, 10);
    segno.ok(&["queue", &pane, "add", "say later"]);
    let (texts, held) = queue(&segno, &pane, &[]);
    assert_eq!(texts, ["say later"]);
    assert!(held.to_string().contains("which one"), "{held}");
    segno.ok(&["queue", &pane, "pause"]);
    segno.reboot();
    segno.daemon_start();
    segno.wait_state(&pane, "idle");
    let (texts, held) = queue(&segno, &pane, &[]);
    assert_eq!((texts, held), (vec!["say later".to_string()], json!("paused")));
    let terminal = segno.terminal();
    terminal.wait_text("+1");
    segno.ok(&["queue", &pane, "resume"]);
    segno.wait_for("the queue's end", || {
        segno.ok(&["read", &pane, "--all"]).contains("<later>").then_some(())
    });
    assert_eq!(queue(&segno, &pane, &[]).0, Vec::<String>::new());
    // After an error it waits until somebody has looked.
    assert_eq!(segno.fails(&["prompt", &pane, "fail", "--wait", "-t", "30"]).0, 11);
    segno.ok(&["queue", &pane, "add", "say on"]);
    assert!(queue(&segno, &pane, &[]).1.to_string().contains("no more tokens"));
    segno.ok(&["queue", &pane, "add", "say dropped"]);
    segno.ok(&["queue", &pane, "drop", "5"]);
    segno.ok(&["queue", &pane, "resume"]);
    segno.wait_for("the next one", || {
        segno.ok(&["read", &pane, "--all"]).contains("<on>").then_some(())
    });
}

#[test]
fn the_queue_is_a_dialog_too() {
    let segno = segno();
    let pane = segno.ok(&["new", "--type", "scripted"]);
    segno.ok(&["queue", &pane, "pause"]);
    segno.ok(&["queue", &pane, "add", "say first"]);
    let terminal = segno.terminal();
    segno.ok(&["focus", &pane]);
    terminal.keys("ctrl+b Q");
    terminal.wait_text("held: paused");
    terminal.wait_text("say first");
    terminal.type_text("a");
    terminal.wait_text("enter save");
    terminal.type_text("say second");
    terminal.keys("enter");
    terminal.wait_text("2  say second");
    // The one that was added is selected.
    terminal.type_text("e");
    terminal.type_text(" of two");
    terminal.keys("enter");
    terminal.wait_text("say second of two");
    let wanted = ["say first", "say second of two"];
    segno.wait_for("the queue", || (queue(&segno, &pane, &[]).0 == wanted).then_some(()));
    terminal.type_text("k");
    terminal.type_text("d");
    terminal.wait_gone("say first");
    terminal.type_text("p");
    segno.wait_for("the agent", || {
        segno.ok(&["read", &pane, "--all"]).contains("<second of two>").then_some(())
    });
    terminal.wait_text("No prompts queued");
    assert!(!segno.ok(&["read", &pane, "--all"]).contains("<first>"));
}

/// Prompts to several panes, the daemon killed again and again.
fn storm(panes: usize, prompts: usize, kills: usize, limit: Duration) {
    let mut segno = Segno::with_limit(limit);
    segno.revived();
    scripted::install(&segno);
    scripted::install_quick(&segno);
    let panes: Vec<_> = (0..panes).map(|_| segno.ok(&["new", "--type", "quick"])).collect();
    let ask = |n: usize| {
        let text = format!("say {n}.");
        let pane = &panes[n % panes.len()];
        let args = ["prompt", pane, &text, "--queue", "--wait", "--json"];
        let mut command = segno.command(program());
        command.args(args).stdout(Stdio::piped()).stderr(Stdio::piped());
        command.spawn().expect("segno runs")
    };
    let received = || -> usize {
        panes
            .iter()
            .map(|p| segno.file(&format!("received-{p}")).map_or(0, |t| t.lines().count()))
            .sum()
    };
    // In waves, so that each daemon is killed while some wait, however fast they are answered.
    let mut waits: Vec<Child> = Vec::new();
    for wave in 0..=kills {
        let before = received();
        waits.extend((wave * prompts / (kills + 1)..(wave + 1) * prompts / (kills + 1)).map(ask));
        if wave < kills {
            segno.wait_for("a prompt of it", || (received() > before).then_some(()));
            let daemon =
                segno.wait_for("a daemon", || segno.running(&["daemon", "run"]).first().copied());
            kill_and_wait(daemon);
        }
    }
    for (n, child) in waits.into_iter().enumerate() {
        let output = child.wait_with_output().expect("it ends");
        let said: Value = serde_json::from_slice(&output.stdout).unwrap_or_default();
        assert_eq!(said["prompt"]["end"], "done", "{n}: {output:?}");
    }
    for (at, pane) in panes.iter().enumerate() {
        let mut received: Vec<usize> = segno
            .file(&format!("received-{pane}"))
            .unwrap_or_default()
            .lines()
            .map(|line| {
                line.trim_start_matches("say ").trim_end_matches('.').parse().expect("whole")
            })
            .collect();
        received.sort_unstable();
        let wanted: Vec<usize> = (at..prompts).step_by(panes.len()).collect();
        assert_eq!(received, wanted, "{pane}");
    }
}

#[test]
fn every_prompt_arrives_once_though_the_daemon_is_killed() {
    storm(5, 100, 10, Duration::from_secs(240));
}

#[test]
#[ignore = "takes minutes"]
fn a_thousand_prompts_arrive_once_though_the_daemon_is_killed() {
    storm(20, 1000, 30, Duration::from_secs(1800));
}
