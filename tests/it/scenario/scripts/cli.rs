//! The command line's contract: what is printed, exit codes, one line per error; all without a
//! terminal.

use std::io::{BufRead, BufReader, Lines, Write};
use std::os::unix::net::UnixStream;

use serde_json::{Value, json};

use crate::support::segno::{Segno, alive, program};

/// What the program says when it fails: one line, `segno: what: why; what to do`.
#[track_caller]
fn refused(segno: &Segno, args: &[&str], code: i32, part: &str) {
    let (got, text) = segno.fails(args);
    assert_eq!((got, text.lines().count()), (code, 1), "{args:?}: {text}");
    assert!(text.starts_with("segno: ") && text.contains(part), "{args:?}: {text}");
}

/// A control connection, spoken by hand.
struct Connection {
    stream: UnixStream,
    lines: Lines<BufReader<UnixStream>>,
}

impl Connection {
    fn open(segno: &Segno) -> Connection {
        let stream = UnixStream::connect(segno.home().join("run/daemon.sock")).unwrap();
        let lines = BufReader::new(stream.try_clone().unwrap()).lines();
        let mut connection = Connection { stream, lines };
        connection.say(json!({"segno": "0", "protocol": 1, "role": "control"}));
        assert!(connection.receive()["pid"].is_i64());
        connection
    }

    fn say(&mut self, value: Value) {
        writeln!(self.stream, "{value}").unwrap();
    }

    fn receive(&mut self) -> Value {
        serde_json::from_str(&self.lines.next().unwrap().unwrap()).unwrap()
    }
}

#[test]
fn without_a_daemon_looking_starts_none_and_says_what_to_do() {
    let segno = Segno::new();
    for args in
        [&["ls"][..], &["status"], &["read", "p1"], &["sessions", "p1"], &["layout", "export"]]
    {
        refused(&segno, args, 1, "no daemon is running; `segno`");
    }
    assert_eq!(segno.json(&["daemon", "status"])["daemon"]["running"], false);
    segno.ok(&["daemon", "stop"]);
    assert!(!segno.home().join("run/daemon.sock").exists());
    assert!(segno.ok(&["completions", "bash"]).contains("_segno"));
    assert!(segno.ok(&["config", "default"]).contains("[general]"));
    assert_eq!(
        segno.ok(&["config", "path"]),
        segno.home().join("config.toml").display().to_string()
    );
    assert!(segno.ok(&["--version"]).starts_with("segno "));
    assert_eq!(segno.fails(&["no-such-command"]).0, 2);
    assert_eq!(segno.fails(&["wait", "p1"]).0, 2);
    refused(&segno, &["attach"], 1, "not a terminal");
    refused(&segno, &[], 1, "not a terminal");
}

#[test]
fn panes_are_made_named_listed_and_closed() {
    let segno = Segno::new();
    // Nothing to split yet: a tab.
    assert_eq!(segno.ok(&["new", "--focus", "--split", "right"]), "p1");
    assert_eq!(
        segno.ok(&[
            "new", "--focus", "--split", "down", "--of", "p1", "--name", "low", "--label", "a=b"
        ]),
        "p2"
    );
    assert_eq!(segno.ok(&["new", "--cwd", "/"]), "p3");
    let panes = segno.panes();
    assert_eq!(panes.len(), 3);
    assert_eq!(panes[1]["name"], "low");
    assert_eq!(panes[1]["labels"], json!({"a": "b"}));
    assert_eq!(panes[1]["focused"], true);
    assert_eq!(panes[2]["cwd"], "/");
    assert_eq!(panes[2]["tab"]["index"], 2);
    assert!(segno.ok(&["ls"]).contains("p2*"));
    segno.ok(&["focus", "p3"]);
    assert_eq!(segno.status("@focused")["id"], "p3");
    segno.ok(&["rename", "p3", "root"]);
    assert_eq!(segno.status("root")["id"], "p3");
    segno.ok(&["rename", "p1", "root"]);
    refused(&segno, &["status", "root"], 1, "use an id: p1, p3");
    segno.ok(&["rename", "p1", ""]);
    segno.ok(&["zoom", "p1"]);
    segno.ok(&["zoom", "p1"]);
    let shell = segno.pane_pid("p2");
    segno.ok(&["close", "low"]);
    segno.wait_for("the end of its shell", || (!alive(shell)).then_some(()));
    assert_eq!(segno.panes().len(), 2);
    assert_eq!(segno.ok(&["new", "--focus"]), "p4", "an id is never used again");

    refused(&segno, &["close", "p2"], 3, "there is no pane \"p2\"; `segno ls`");
    refused(&segno, &["new", "--type", "nope"], 3, "no pane type \"nope\"; see `segno types`");
    refused(&segno, &["new", "--cwd", "/no/such"], 1, "/no/such is no directory; make it");
    refused(&segno, &["new", "--on", "loud"], 1, "no toggle \"loud\"");
    refused(&segno, &["new", "--set", "a=b"], 1, "no field \"a\"");
    refused(&segno, &["new", "--prompt", "x"], 1, "takes no prompt");
    refused(&segno, &["new", "--session", "ses_1"], 4, "cannot");
    refused(&segno, &["new", "--split", "right", "--of", "nope"], 3, "no pane \"nope\"");
    refused(&segno, &["restart", "p1", "--session", "ses_1"], 4, "cannot");
    assert_eq!(segno.panes().len(), 3, "what was refused made nothing");
}

#[test]
fn a_slip_is_pointed_out_and_inside_a_pane_that_one_is_meant() {
    let segno = Segno::new();
    let pane = segno.ok(&["new", "--name", "builder"]);
    segno.ok(&["new"]);
    refused(
        &segno,
        &["new", "--type", "shel"],
        3,
        "no pane type \"shel\"; did you mean \"shell\"?",
    );
    refused(&segno, &["read", "biulder"], 3, "did you mean \"builder\"?");
    refused(&segno, &["close"], 2, "none is named");

    let inside = |args: &[&str]| {
        let mut command = segno.command(program());
        let output = command.env("SEGNO_PANE", &pane).args(args).output().expect("segno");
        assert!(output.status.success(), "{args:?}: {output:?}");
        String::from_utf8(output.stdout).expect("text")
    };
    let read: Value = serde_json::from_str(&inside(&["read", "--json"])).expect("JSON");
    assert_eq!(read["screen"]["pane"], pane.as_str(), "{read:#}");
    inside(&["close"]);
    assert!(!segno.ok(&["ls"]).contains("builder"));
    let types: Value = serde_json::from_str(&inside(&["types", "--json"])).expect("JSON");
    assert!(types["types"].as_array().is_some_and(|types| !types.is_empty()), "{types:#}");
}

#[test]
fn text_and_keys_go_in_and_the_screen_comes_out() {
    let segno = Segno::new();
    segno.ok(&["new", "--focus"]);
    segno.ok(&["wait", "p1", "--for", "output=\\$", "--timeout", "20"]);
    segno.ok(&["send", "p1", "echo $((40+2))", "--enter"]);
    assert_eq!(segno.ok(&["wait", "p1", "--for", "output=^42$", "--timeout", "20"]), "42");
    segno.ok(&["keys", "p1", "e", "c", "h", "o", "space", "x", "y", "backspace", "enter"]);
    segno.ok(&["wait", "p1", "--for", "output=^x$", "--timeout", "20"]);
    assert!(segno.ok(&["read", "p1"]).contains("42"));
    segno.ok(&["send", "p1", "seq 500", "--enter"]);
    segno.ok(&["wait", "p1", "--for", "output=^500$", "--timeout", "20"]);
    assert!(!segno.ok(&["read", "p1"]).contains("\n250\n"));
    assert!(segno.ok(&["read", "p1", "--all"]).contains("\n250\n"));
    assert!(segno.ok(&["read", "p1", "--lines", "10"]).contains("500"));
    segno.ok(&["send", "p1", "printf '\\033[31mred'", "--enter"]);
    segno.ok(&["wait", "p1", "--for", "output=^red", "--timeout", "20"]);
    assert!(segno.ok(&["read", "p1", "--format", "ansi"]).contains("\x1b["));
    let screen: Value =
        serde_json::from_str(&segno.ok(&["read", "p1", "--format", "json"])).unwrap();
    assert_eq!(screen["version"], 1);
    assert_eq!(screen["screen"]["cols"], 80);
    refused(&segno, &["keys", "p9", "a"], 3, "no pane");
    assert_eq!(segno.fails(&["keys", "p1", "ctrl+nope"]).0, 2);
}

#[test]
fn waiting_ends_with_what_happened() {
    let segno = Segno::new();
    segno.ok(&["new", "--focus"]);
    segno.write(
        "panes/tool.toml",
        "schema = 1\nname = \"tool\"\ntitle = \"T\"\nkind = \"tool\"\n[command]\nprogram = \"/bin/sh\"\n",
    );
    segno.ok(&["types", "reload"]);
    segno.ok(&["new", "--type", "tool", "--", "-c", "echo last; read x; exit 3"]);
    assert_eq!(
        segno.cli(&["wait", "p2", "--for", "exited", "--timeout", "0.05"]).status.code(),
        Some(124)
    );
    let timeout = segno.cli(&["wait", "p2", "--for", "output=no", "--timeout", "0.05", "--json"]);
    assert_eq!(timeout.status.code(), Some(124));
    let said: Value = serde_json::from_slice(&timeout.stdout).unwrap();
    assert_eq!(said["wait"]["end"], "timeout");
    refused(
        &segno,
        &["wait", "p1", "--for", "idle", "--timeout", "9"],
        4,
        "is not known; wait for",
    );
    assert_eq!(segno.fails(&["wait", "p1", "--for", "output=("]).0, 2);
    segno.ok(&["keys", "p2", "enter"]);
    segno.ok(&["wait", "p2", "--for", "exited", "--timeout", "20"]);
    let status = segno.status("p2");
    assert_eq!(status["exit"]["code"], 3);
    assert_eq!(status["state"], "exited");
    refused(&segno, &["send", "p2", "x"], 4, "does not run; `segno restart p2`");
    refused(&segno, &["wait", "p2", "--for", "output=never"], 12, "it exited first");
    assert_eq!(segno.ok(&["wait", "p2", "--for", "output=^last$"]), "last");
    segno.ok(&["restart", "p2"]);
    segno.wait_state("p2", "running");
    segno.ok(&["new", "--", "-c", "read x"]);
    segno.wait_state("p3", "running");
    segno.ok(&["keys", "p3", "enter"]);
    // A shell's pane closes with it; that is its end, too.
    segno.wait_for("the pane to close", || (segno.panes().len() == 2).then_some(()));
    let said = segno.json(&["wait", "p3", "--for", "exited"]);
    assert_eq!(said["wait"]["exit"]["code"], 0, "{said}");
    // What stands behind `--` is a program, as in other multiplexers; it stays with what it printed.
    let pane = segno.ok(&["new", "--", "sh", "-c", "echo built; exit 7"]);
    let said = segno.json(&["wait", &pane, "--for", "exited"]);
    assert_eq!(said["wait"]["exit"]["code"], 7, "{said}");
    assert!(segno.ok(&["read", &pane]).contains("built"));
    segno.ok(&["close", &pane]);
    segno.ok(&["sessions", "p2"]);
    assert_eq!(segno.json(&["sessions", "p2"])["sessions"], json!([]));
}

#[test]
fn a_layout_is_exported_and_made_again() {
    let segno = Segno::new();
    segno.ok(&["new", "--focus", "--name", "left"]);
    segno.ok(&["new", "--focus", "--split", "right", "--name", "right", "--label", "k=v"]);
    segno.ok(&["new", "--focus", "--split", "down", "--of", "right"]);
    let text = segno.ok(&["layout", "export"]);
    let file = segno.root().join("layout.toml");
    std::fs::write(&file, &text).unwrap();
    for id in ["p1", "p2", "p3"] {
        segno.wait_state(id, "running");
    }
    let made = segno.ok(&["layout", "apply", file.to_str().unwrap()]);
    assert_eq!(made.lines().count(), 3);
    for id in ["p1", "p2", "p3"] {
        segno.ok(&["close", id]);
    }
    // By a name one pane is meant, also where both are there.
    let numbered = |name: &str| (format!("name = \"{name}\""), format!("name = \"{name}-2\""));
    let again = ["left", "right"].iter().fold(text, |text, name| {
        let (name, numbered) = numbered(name);
        text.replace(&name, &numbered)
    });
    assert_eq!(segno.ok(&["layout", "export"]), again);
    std::fs::write(&file, "schema = 1\n[[tab]]\nroot = 3\n").unwrap();
    refused(&segno, &["layout", "apply", file.to_str().unwrap()], 1, "layout");
}

#[test]
fn types_are_listed_without_a_daemon() {
    let segno = Segno::new();
    segno.write(
        "panes/mine.toml",
        "schema = 1\nname = \"mine\"\nkind = \"tool\"\n[command]\nprogram = \"sh\"\n",
    );
    segno.write("panes/broken.toml", "schema = 1\nname = \"broken\"\n");
    let types = segno.json(&["types", "ls"]);
    for name in ["shell", "mine"] {
        assert!(types["types"].as_array().unwrap().iter().any(|t| t["name"] == name), "{types}");
    }
    assert!(types["problems"].to_string().contains("broken.toml"), "{types}");
    assert!(segno.ok(&["types", "show", "mine"]).contains("name = \"mine\""));
    refused(&segno, &["types", "show", "nope"], 3, "no pane type \"nope\"");
    let doctor = segno.cli(&["doctor"]);
    assert!(String::from_utf8_lossy(&doctor.stdout).contains("broken.toml"));
    assert_eq!(segno.daemon_pid(), None, "nothing was started");
}

#[test]
fn types_are_listed_shown_and_checked_with_lines() {
    let segno = Segno::new();
    segno.daemon_start();
    let types = segno.json(&["types", "ls"]);
    assert!(types["types"].as_array().unwrap().iter().any(|t| t["name"] == "shell"));
    assert!(segno.ok(&["types", "show", "shell"]).contains("schema = 1"));
    assert!(segno.json(&["types", "show", "shell"])["text"].is_string());
    // A new file is known at once.
    segno.write(
        "panes/now.toml",
        "schema = 1\nname = \"now\"\nkind = \"tool\"\n[command]\nprogram = \"cat\"\n",
    );
    segno.ok(&["new", "--type", "now"]);
    refused(&segno, &["types", "show", "nope"], 3, "no pane type");
    segno.json(&["types", "reload"]);
    let file = segno.root().join("mine.toml");
    std::fs::write(&file, "schema = 1\nname = \"mine\"\ntitle = \"M\"\nkind = \"tool\"\nfoo = 1\n\n[command]\nprogram = 3\n").unwrap();
    let output = segno.cli(&["types", "check", file.to_str().unwrap()]);
    assert_eq!(output.status.code(), Some(1));
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(said.contains("mine.toml:8:") && said.contains("mine.toml:5:"), "{said}");
    std::fs::write(&file, "schema = 1\nname = \"mine\"\ntitle = \"M\"\nkind = \"tool\"\n\n[command]\nprogram = \"cat\"\n").unwrap();
    assert!(segno.ok(&["types", "check", file.to_str().unwrap()]).contains("good"));
}

#[test]
fn the_daemon_is_started_stopped_restarted_and_ended() {
    let segno = Segno::new();
    segno.ok(&["new", "--focus"]);
    let shell = segno.pane_pid("p1");
    let first = segno.daemon_pid();
    let since = segno.status("p1")["since"].clone();
    segno.ok(&["daemon", "restart"]);
    assert_ne!(segno.daemon_pid(), first);
    assert_eq!(segno.pane_pid("p1"), shell);
    assert_eq!(segno.status("p1")["since"], since);
    segno.daemon_stop();
    segno.daemon_stop();
    segno.daemon_start();
    segno.daemon_start();
    assert_eq!(segno.pane_pid("p1"), shell);
    let checks = segno.json(&["doctor"]);
    assert!(
        checks["checks"].as_array().unwrap().iter().all(|c| c["verdict"] != "bad"),
        "{checks:#}"
    );
    segno.ok(&["kill", "--all"]);
    segno.wait_for("the end of the shell", || (!alive(shell)).then_some(()));
    assert_eq!(segno.daemon_pid(), None);
    segno.daemon_start();
    assert_eq!(segno.panes().len(), 1, "the workspace comes back");
    assert_ne!(segno.pane_pid("p1"), shell);
}

#[test]
fn closing_the_last_pane_ends_everything_and_a_pane_is_no_place_to_attach() {
    let mut segno = Segno::new();
    segno.ok(&["new", "--focus"]);
    segno.ok(&["new", "--focus"]);
    let shell = segno.pane_pid("p1");
    segno.ok(&["close", "p1"]);
    segno.ok(&["close", "p2"]);
    segno.wait_for("the daemon's end", || segno.daemon_pid().is_none().then_some(()));
    assert!(!alive(shell));
    refused(&segno, &["ls"], 1, "no daemon is running");
    segno.env("SEGNO_PANE", "p1");
    refused(&segno, &["attach"], 1, "already inside pane p1");
}

#[test]
fn calls_of_one_connection_run_side_by_side() {
    let segno = Segno::new();
    segno.ok(&["new", "--focus"]);
    let mut daemon = Connection::open(&segno);
    daemon.say(json!({"jsonrpc": "2.0", "id": "wait", "method": "pane.wait",
        "params": {"pane": "p1", "for": {"output": "^do ne$"}, "timeout_ms": 30_000}}));
    daemon.say(
        json!({"jsonrpc": "2.0", "method": "pane.rename", "params": {"pane": "p1", "name": "x"}}),
    );
    daemon
        .say(json!({"jsonrpc": "2.0", "id": 2, "method": "pane.status", "params": {"pane": "x"}}));
    let status = daemon.receive();
    assert_eq!((&status["id"], &status["result"]["name"]), (&json!(2), &json!("x")));
    daemon.say(json!({"jsonrpc": "2.0", "id": 3, "method": "no.such"}));
    assert_eq!(daemon.receive()["error"]["code"], -32601);
    segno.wait_state("p1", "running");
    daemon.say(json!({"jsonrpc": "2.0", "id": 4, "method": "pane.send",
        "params": {"pane": "p1", "text": "echo do\\ ne", "enter": true}}));
    let mut ids = [daemon.receive(), daemon.receive()].map(|answer| answer["id"].clone());
    ids.sort_by_key(ToString::to_string);
    assert_eq!(ids, [json!("wait"), json!(4)]);
}

#[test]
fn a_wait_for_the_workspace_ends_with_what_people_do_and_not_with_output() {
    let segno = Segno::new();
    segno.ok(&["new", "--focus"]);
    segno.wait_state("p1", "running");
    let mut daemon = Connection::open(&segno);
    daemon.say(json!({"jsonrpc": "2.0", "id": 1, "method": "workspace.wait"}));
    let first = daemon.receive()["result"]["mark"].clone();
    let wait = |id: u32, mark: &Value| {
        json!({"jsonrpc": "2.0", "id": id,
        "method": "workspace.wait", "params": {"mark": mark}})
    };
    daemon.say(wait(2, &first));
    segno.ok(&["send", "p1", "printf '\\033]2;ti''tle\\007'; echo do''ne", "--enter"]);
    segno.ok(&["wait", "p1", "--for", "output=^done", "--timeout", "20"]);
    // This is answered first: nothing of that ended the wait.
    daemon.say(json!({"jsonrpc": "2.0", "id": 3, "method": "pane.rename",
        "params": {"pane": "p1", "name": "x"}}));
    assert_eq!(daemon.receive()["id"], 3);
    segno.ok(&["new"]);
    let changed = daemon.receive();
    assert_eq!(changed["id"], 2);
    let second = &changed["result"]["mark"];
    assert_ne!(*second, first);
    daemon.say(wait(4, second));
    let terminal = segno.terminal();
    assert_eq!(daemon.receive()["id"], 4, "somebody came");
    drop(terminal);
}
