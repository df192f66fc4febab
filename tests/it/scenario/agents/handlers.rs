//! What a program prints that its user should know: the handlers of a pane type.

use std::fs;
use std::os::unix::fs::PermissionsExt;

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
help = "fuser {1}/tcp shows by whom"
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

fn wait_notice(segno: &Segno, kind: &str, text: &str) {
    let wanted = (kind.to_string(), text.to_string());
    segno.wait_for(text, || texts(segno).contains(&wanted).then_some(()));
}

#[test]
fn what_a_type_looks_for_is_reported_once_with_help() {
    let segno = Segno::new();
    segno.write("panes/server.toml", TYPE);
    segno.daemon_start();
    segno.ok(&["new", "--focus", "--tab"]);
    let pane = segno.ok(&["new", "--type", "server", "--tab"]);
    wait_notice(&segno, "error", "Port 1 is in use");
    segno.ok(&["send", "--enter", &pane, "port \u{202e}2 is in use"]);
    wait_notice(&segno, "error", "Port 2 is in use");
    let status = segno.status(&pane);
    let notes = status["notes"].to_string();
    assert!(notes.contains("Port 2 is in use: fuser 2/tcp shows by whom"), "{notes}");
    // The first is still there, and is not reported again; nor is it by another daemon.
    segno.wait_for("the list to be stored", || {
        segno.file("workspace.json")?.contains("Port 2 is in use").then_some(())
    });
    segno.kill_daemon();
    segno.ok(&["send", "--enter", &pane, "built 7"]);
    wait_notice(&segno, "info", "BUILT 7");
    let listed = texts(&segno).into_iter().filter(|(_, text)| text == "Port 1 is in use");
    assert_eq!(listed.count(), 1);
    segno.ok(&["send", "--enter", &pane, "ready"]);
    segno.wait_state(&pane, "idle");
    // Who looks at it sees what happened, and can read what to do.
    let terminal = segno.terminal();
    segno.ok(&["focus", &pane]);
    terminal.wait_text("READY");
    terminal.type_text("port 3 is in use\r");
    terminal.wait_text("Port 3 is in use");
    terminal.keys("ctrl+b m");
    terminal.wait_text("fuser 3/tcp shows by whom");
    terminal.keys("escape");
    terminal.wait_gone("fuser 3/tcp");
    assert!(!texts(&segno).iter().any(|(_, text)| text.contains("Port 3")));
    // What it says at its very end counts too.
    terminal.keys("ctrl+d");
    terminal.wait_text("shows more");
    let notes = segno.status(&pane)["notes"].to_string();
    assert!(notes.contains("It ended WRONG: start it again"), "{notes}");
}

/// What ssh prints, and what its user is notified of.
const REFUSED: [(&str, &str); 18] = [
    (
        "@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@\n\
         @    WARNING: REMOTE HOST IDENTIFICATION HAS CHANGED!     @\n\
         @@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@",
        "The machine has another host key than before",
    ),
    ("Host key verification failed.", "The machine's host key is not trusted"),
    ("jo@moon: Permission denied (publickey,password).", "jo@moon does not let you in"),
    (
        "ssh: Could not resolve hostname moon: Name or service not known",
        "No machine is known as moon",
    ),
    ("ssh: connect to host ::1 port 7: Connection refused", "::1 refuses connections on port 7"),
    ("ssh: connect to host moon port 22: Operation timed out", "moon does not answer on port 22"),
    ("ssh: connect to host moon port 22: No route to host", "There is no way to moon"),
    ("Connection to moon port 22 timed out", "moon does not answer on port 22"),
    (
        "kex_exchange_identification: read: Connection reset by peer\n\
         Connection reset by 10.0.0.1 port 22",
        "The machine ended the connection before a login",
    ),
    ("Connection closed by 10.0.0.1 port 22", "The machine ended the connection before a login"),
    (
        "Received disconnect from 10.0.0.1 port 22:2: Too many authentication failures",
        "Too many keys were tried",
    ),
    (
        "@         WARNING: UNPROTECTED PRIVATE KEY FILE!          @",
        "A key is not used because others can read it",
    ),
    (
        "Unable to negotiate with 10.0.0.1 port 22: no matching host key type found. Their offer: ssh-rsa,ssh-dss",
        "10.0.0.1 offers no host key type that is still trusted",
    ),
    (
        "bind [127.0.0.1]:8080: Address already in use\n\
         channel_setup_fwd_listener_tcpip: cannot listen to port: 8080",
        "Port 8080 is not forwarded, because it is in use",
    ),
    ("Timeout, server moon not responding.", "The connection broke"),
    (
        "Connection to moon closed by remote host.\nConnection to moon closed.",
        "The connection broke",
    ),
    // Behind the session's prompt.
    ("jo@moon:~ $ Connection to moon closed by remote host.", "The connection broke"),
    ("client_loop: send disconnect: Broken pipe", "The connection broke"),
];

#[test]
fn a_refused_connection_is_explained() {
    let mut segno = Segno::new();
    let bin = segno.directory("bin");
    let program = bin.join("ssh");
    let mut script = String::from("#!/bin/sh\nfor host; do :; done\ncase $host in\n");
    for (n, (printed, _)) in REFUSED.iter().enumerate() {
        script += &format!("h{n}) printf '%s\\n' \"{printed}\" ;;\n");
    }
    fs::write(&program, script + "esac\nexit 255\n").expect("the program");
    fs::set_permissions(&program, fs::Permissions::from_mode(0o755)).expect("its rights");
    segno.path_first(&bin);
    segno.daemon_start();
    segno.ok(&["new", "--focus", "--tab"]);
    for (n, (_, text)) in REFUSED.iter().enumerate() {
        let host = format!("host=h{n}");
        let pane = segno.ok(&["new", "--type", "ssh", "--tab", "--set", &host]);
        let noted = |status: &Value| status["notes"].to_string().contains(text);
        segno.wait_status(&pane, text, noted);
        segno.wait_for("it in the list", || {
            let list = segno.json(&["notifications"])["notifications"].take();
            let listed =
                |notice: &Value| notice["pane"] == pane.as_str() && notice["text"] == *text;
            list.as_array()?.iter().any(listed).then_some(())
        });
    }
}

#[test]
fn what_a_connection_asks_calls_its_user() {
    let mut segno = Segno::new();
    let bin = segno.directory("bin");
    let program = bin.join("ssh");
    let script = "for host; do :; done\ncase $host in\nkey) printf \"Enter passphrase for key '/k': \" ;;\n\
                  new) printf 'Are you sure you want to continue connecting (yes/no/[fingerprint])? ' ;;\n\
                  *) printf \"jo@moon's password: \" ;;\nesac\nexec cat\n";
    fs::write(&program, format!("#!/bin/sh\n{script}")).expect("the program");
    fs::set_permissions(&program, fs::Permissions::from_mode(0o755)).expect("its rights");
    segno.path_first(&bin);
    segno.daemon_start();
    segno.ok(&["new", "--focus", "--tab"]);
    for (host, text) in [
        ("moon", "asks for the password of jo@moon"),
        ("key", "asks for the passphrase of '/k'"),
        ("new", "asks whether the machine's key is right"),
    ] {
        let host = format!("host={host}");
        segno.ok(&["new", "--type", "ssh", "--tab", "--set", &host]);
        wait_notice(&segno, "info", text);
    }
}
