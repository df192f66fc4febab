//! Sides of different versions: it works, or one line names the older side and what to do.

use std::fs;
use std::io::{BufRead, BufReader, Read, Write};
use std::os::unix::net::{UnixListener, UnixStream};
use std::thread;

use super::pane_running;
use crate::support::segno::Segno;

/// A daemon of another protocol: answers hellos with its own, and frozen calls.
fn fake_daemon(segno: &Segno, protocol: u32) {
    let run = segno.home().join("run");
    fs::create_dir_all(&run).expect("made");
    let listener = UnixListener::bind(run.join("daemon.sock")).expect("bound");
    thread::spawn(move || {
        for stream in listener.incoming().map_while(Result::ok) {
            thread::spawn(move || serve(stream, protocol));
        }
    });
}

fn serve(mut stream: UnixStream, protocol: u32) {
    let mut lines = BufReader::new(stream.try_clone().expect("a second handle"));
    let mut line = String::new();
    if lines.read_line(&mut line).is_err() {
        return;
    }
    let hello = format!("{{\"segno\":\"0.{protocol}.0\",\"protocol\":{protocol},\"pid\":1}}\n");
    let _ = stream.write_all(hello.as_bytes());
    line.clear();
    while lines.read_line(&mut line).is_ok_and(|n| n > 0) {
        let request: serde_json::Value = serde_json::from_str(&line).unwrap_or_default();
        let answer =
            serde_json::json!({"jsonrpc": "2.0", "id": request["id"], "result": {"panes": []}});
        let _ = stream.write_all(format!("{answer}\n").as_bytes());
        line.clear();
    }
}

#[track_caller]
fn one_line_with(error: &str, words: &[&str]) {
    assert_eq!(error.lines().count(), 1, "{error}");
    for word in words {
        assert!(error.contains(word), "{word}: {error}");
    }
}

#[test]
fn an_older_and_a_newer_daemon_are_named_and_looking_works() {
    for (protocol, words) in [
        (0, ["daemon (0.0.0) is older"; 1]),
        (99, ["is older than the running daemon (0.99.0)"; 1]),
    ] {
        let segno = Segno::new();
        fake_daemon(&segno, protocol);
        let (code, error) = segno.fails(&["new"]);
        assert_eq!(code, 1);
        one_line_with(&error, &words);
        one_line_with(&error, &["segno daemon restart"]);
        let mut terminal = segno.terminal();
        let text = terminal.wait(|text| text.contains("older"), "the older side");
        assert!(text.contains(words[0].split(' ').next().unwrap_or_default()), "{text}");
        assert_ne!(terminal.wait_end(), 0);
        assert_eq!(segno.panes().len(), 0, "looking works");
    }
}

#[test]
fn an_older_client_is_told_and_may_look_at_a_newer_daemon() {
    let segno = Segno::new();
    let pane = pane_running(&segno, "exec cat");
    let socket = segno.home().join("run/daemon.sock");
    let ask = |lines: &str| -> String {
        let mut stream = UnixStream::connect(&socket).expect("connected");
        stream.write_all(lines.as_bytes()).expect("sent");
        stream.shutdown(std::net::Shutdown::Write).expect("shut");
        let mut text = String::new();
        stream.read_to_string(&mut text).expect("answered");
        text
    };
    let refused = ask("{\"segno\":\"0.0.1\",\"protocol\":0,\"role\":\"attach\",\"attach\":{}}\n");
    assert!(
        refused.contains("this client (0.0.1) is older") && refused.lines().count() == 1,
        "{refused}"
    );
    let listed = ask(
        "{\"segno\":\"0.0.1\",\"protocol\":0,\"role\":\"control\"}\n{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"pane.list\",\"params\":{}}\n",
    );
    assert!(listed.contains(&format!("\"{pane}\"")), "{listed}");
}

#[test]
fn a_keeper_of_another_protocol_is_named() {
    for (protocol, older) in [
        (0_u32, "the running keeper is older"),
        (99, "the daemon is older than the running keeper"),
    ] {
        let segno = Segno::new();
        let run = segno.home().join("run");
        fs::create_dir_all(&run).expect("made");
        let listener = UnixListener::bind(run.join("keeper.sock")).expect("bound");
        thread::spawn(move || {
            for mut stream in listener.incoming().map_while(Result::ok) {
                let hello = format!(
                    "{{\"type\":\"hello\",\"protocol\":{protocol},\"release\":\"0.{protocol}\",\"role\":\"keeper\"}}"
                );
                let mut frame = u32::try_from(hello.len()).expect("short").to_le_bytes().to_vec();
                frame.extend(hello.into_bytes());
                let _ = stream.write_all(&frame);
                let _ = stream.read(&mut [0; 512]);
            }
        });
        let (code, error) = segno.fails(&["new"]);
        assert_eq!(code, 1);
        one_line_with(&error, &[older]);
    }
}

#[test]
fn a_restart_of_the_daemon_keeps_panes_and_clients() {
    let segno = Segno::new();
    let terminal = segno.terminal_of(80, 24, &[]);
    terminal.wait_text("$");
    let pane = segno.panes()[0]["id"].as_str().expect("an id").to_owned();
    let (pid, daemon) = (segno.pane_pid(&pane), segno.daemon_pid());
    segno.ok(&["daemon", "restart"]);
    assert_ne!(segno.daemon_pid(), daemon);
    assert_eq!(segno.pane_pid(&pane), pid);
    terminal.type_text("echo st''ill");
    terminal.keys("enter");
    terminal.wait_text("still");
}
