//! Sides of different versions: it works, or one line names the older side and what to do.

use std::fs;
use std::io::{BufRead, BufReader, Read, Write};
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::Path;
use std::thread;

use super::pane_running;
use crate::support::segno::{Segno, alive};

/// A daemon of another protocol: answers hellos with its own, and frozen calls. A process stands
/// for it, which ends when it is asked to stop.
fn fake_daemon(segno: &Segno, protocol: u32) -> i32 {
    let run = segno.home().join("run");
    fs::create_dir_all(&run).expect("made");
    let socket = run.join("daemon.sock");
    let listener = UnixListener::bind(&socket).expect("bound");
    let mut process = segno.command("sleep").arg("600").spawn().expect("a process");
    let pid = i32::try_from(process.id()).expect("a process id");
    // It is reaped at once, as a daemon is by the system.
    thread::spawn(move || process.wait());
    thread::spawn(move || {
        for stream in listener.incoming().map_while(Result::ok) {
            let socket = socket.clone();
            thread::spawn(move || serve(stream, protocol, pid, &socket));
        }
    });
    pid
}

fn serve(mut stream: UnixStream, protocol: u32, pid: i32, socket: &Path) {
    let mut lines = BufReader::new(stream.try_clone().expect("a second handle"));
    let mut line = String::new();
    if lines.read_line(&mut line).is_err() {
        return;
    }
    let hello = format!("{{\"segno\":\"0.{protocol}.0\",\"protocol\":{protocol},\"pid\":{pid}}}\n");
    let _ = stream.write_all(hello.as_bytes());
    line.clear();
    while lines.read_line(&mut line).is_ok_and(|n| n > 0) {
        let request: serde_json::Value = serde_json::from_str(&line).unwrap_or_default();
        let stops = request["method"] == "daemon.stop";
        let result = if stops {
            serde_json::json!({"pid": pid, "panes": 0, "more": "than is known"})
        } else {
            serde_json::json!({"panes": [], "more": "than is known"})
        };
        let answer = serde_json::json!({"jsonrpc": "2.0", "id": request["id"], "result": result});
        let _ = stream.write_all(format!("{answer}\n").as_bytes());
        if stops {
            let _ = fs::remove_file(socket);
            let _ = nix::sys::signal::kill(
                nix::unistd::Pid::from_raw(pid),
                nix::sys::signal::Signal::SIGKILL,
            );
            return;
        }
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
        let daemon = fake_daemon(&segno, protocol);
        let (code, error) = segno.fails(&["new"]);
        assert_eq!(code, 1);
        one_line_with(&error, &words);
        one_line_with(&error, &["segno daemon restart"]);
        let mut terminal = segno.terminal();
        let text = terminal.wait(|text| text.contains("older"), "the older side");
        assert!(text.contains(words[0].split(' ').next().unwrap_or_default()), "{text}");
        assert_ne!(terminal.wait_end(), 0);
        assert_eq!(segno.panes().len(), 0, "looking works");
        assert!(segno.ok(&["daemon", "stop"]).contains("stopped"));
        assert!(!alive(daemon), "stopping works");
        assert_eq!(segno.daemon_pid(), None);
    }
}

#[test]
fn an_older_and_a_newer_client_are_refused_and_may_look_and_stop() {
    for (version, protocol, reason) in [
        ("0.0.1", 0, "this client (0.0.1) is older"),
        ("9.9.9", 99, "is older than this client (9.9.9)"),
    ] {
        may_look_and_stop(version, protocol, reason);
    }
}

fn may_look_and_stop(version: &str, protocol: u32, reason: &str) {
    let segno = Segno::new();
    let pane = pane_running(&segno, "exec cat");
    let pid = segno.pane_pid(&pane);
    let socket = segno.home().join("run/daemon.sock");
    let ask = |lines: &str| -> String {
        let mut stream = UnixStream::connect(&socket).expect("connected");
        stream.write_all(lines.as_bytes()).expect("sent");
        stream.shutdown(std::net::Shutdown::Write).expect("shut");
        let mut text = String::new();
        stream.read_to_string(&mut text).expect("answered");
        text
    };
    let hello = |role: &str| {
        format!(
            "{{\"segno\":\"{version}\",\"protocol\":{protocol},\"role\":\"{role}\",\"attach\":{{}}}}\n"
        )
    };
    let call = |method: &str| {
        let call =
            format!("{{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"{method}\",\"params\":{{}}}}\n");
        ask(&(hello("control") + &call))
    };
    let refused = ask(&hello("attach"));
    assert!(refused.contains(reason) && refused.lines().count() == 1, "{refused}");
    let listed = call("pane.list");
    assert!(listed.contains(&format!("\"{pane}\"")), "{listed}");
    let daemon = segno.daemon_pid().expect("a daemon");
    let stopped = call("daemon.stop");
    assert!(stopped.contains("\"result\""), "{stopped}");
    segno.wait_for("the daemon's end", || (!alive(daemon)).then_some(()));
    assert!(alive(pid), "its programs go on");
}

/// A frame as the two sides exchange them.
fn frame(kind: u8, payload: &[u8]) -> Vec<u8> {
    let length = u32::try_from(payload.len()).expect("short").to_le_bytes();
    [&[kind], &length[..], payload].concat()
}

#[test]
fn a_client_that_knows_more_can_still_detach() {
    let segno = Segno::new();
    pane_running(&segno, "exec cat");
    let mut stream = UnixStream::connect(segno.home().join("run/daemon.sock")).expect("connected");
    let hello = "{\"segno\":\"9\",\"protocol\":1,\"role\":\"attach\",\"more\":1,\"attach\":{\"cols\":80,\"rows\":24,\"term\":\"xterm\",\"more\":[]}}\n";
    stream.write_all(hello.as_bytes()).expect("sent");
    let mut lines = BufReader::new(stream.try_clone().expect("a second handle"));
    lines.read_line(&mut String::new()).expect("its hello");
    // Something that this daemon does not know, and then the frozen goodbye.
    stream.write_all(&frame(0x7f, b"whatever")).expect("sent");
    stream.write_all(&frame(3, b"")).expect("sent");
    let mut said = Vec::new();
    lines.read_to_end(&mut said).expect("the end of the connection");
    assert!(said.ends_with(&frame(0x83, &[0])), "{:?}", String::from_utf8_lossy(&said));
}

#[test]
fn a_daemon_that_knows_more_is_left_in_order() {
    let segno = Segno::new();
    let run = segno.home().join("run");
    fs::create_dir_all(&run).expect("made");
    let listener = UnixListener::bind(run.join("daemon.sock")).expect("bound");
    let served = thread::spawn(move || {
        let (mut stream, _) = listener.accept().expect("a client");
        let mut lines = BufReader::new(stream.try_clone().expect("a second handle"));
        lines.read_line(&mut String::new()).expect("a hello");
        let hello = "{\"segno\":\"9\",\"protocol\":1,\"pid\":1,\"more\":1,\"attach\":{\"acked\":0,\"more\":1}}\n";
        stream.write_all(hello.as_bytes()).expect("sent");
        stream.write_all(&frame(0xf0, b"whatever")).expect("sent");
        stream.write_all(&frame(0x81, b"\x1b[?1049hof tomorrow")).expect("sent");
        let mut said = Vec::new();
        lines.read_to_end(&mut said).expect("the end of the connection");
        said
    });
    let terminal = segno.terminal();
    terminal.wait_text("of tomorrow");
    // Its window is closed.
    drop(terminal);
    let said = served.join().expect("it was served");
    assert!(said.ends_with(&frame(3, b"")), "{said:?}");
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
