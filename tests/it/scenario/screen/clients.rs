//! Several clients at once: each with its own tab and size, and one that only looks.

use std::time::Duration;

use crate::support::segno::Segno;
use crate::support::terminal::Line;

#[test]
fn two_clients_see_the_same_and_have_their_own_tab() {
    let segno = Segno::new();
    let one = segno.terminal_of(100, 30, &[]);
    one.wait_text("$");
    let two = segno.terminal_of(80, 20, &["attach"]);
    two.wait_text("$");
    two.type_text("echo sha''red");
    two.keys("enter");
    two.wait_text("shared");
    one.wait_text("shared");
    // What the smaller one cannot see is marked for the larger one.
    one.wait_text("····");
    one.keys("ctrl+b c");
    one.wait_gone("shared");
    one.wait_gone("····");
    assert!(two.screen().contains("shared"));
    one.type_text("stty size");
    one.keys("enter");
    one.wait_text("28 100");
    assert!(!two.screen().contains("28 100"));
    one.keys("ctrl+b p");
    one.wait_text("shared");
    // The tab has the size of the one in which somebody typed last.
    one.wait_gone("····");
    two.type_text("echo la''st");
    two.keys("enter");
    one.wait_text("limited by c2 (80x20)");
    drop(two);
    one.wait_gone("····");
}

#[test]
fn a_small_terminal_can_leave_the_size_to_the_others() {
    let segno = Segno::new();
    let one = segno.terminal_of(100, 30, &[]);
    one.wait_text("$");
    let two = segno.terminal_of(60, 15, &["attach", "--ignore-size"]);
    two.wait_text("$");
    two.type_text("stty size");
    two.keys("enter");
    two.wait_text("28 100");
    assert!(!one.screen().contains("····"));
    assert!(segno.ok(&["clients"]).contains("size ignored"));
    drop(one);
    two.type_text("clear; stty size");
    two.keys("enter");
    two.wait_text("13 60");
}

#[test]
fn a_client_that_only_looks_changes_nothing() {
    let segno = Segno::new();
    let one = segno.terminal_of(100, 30, &[]);
    one.wait_text("$");
    segno.ok(&["new", "--focus", "--split", "right"]);
    let mut looker = segno.terminal_of(60, 15, &["attach", "--read-only"]);
    looker.wait_text("READ ONLY");
    // Its size counts for nobody.
    assert!(!one.screen().contains("····"));
    looker.type_text("echo no");
    looker.keys("enter ctrl+b x");
    looker.wait_text("this client is attached read-only");
    looker.click(5, 5);
    looker.paste("echo no");
    looker.keys("ctrl+b c");
    one.type_text("echo y''es");
    one.keys("enter");
    looker.wait_text("yes");
    assert!(!one.screen().contains("echo no"));
    assert_eq!(segno.panes().len(), 2);
    assert_eq!(segno.status("p2")["focused"], true);
    segno.ok(&["new"]);
    looker.keys("ctrl+b n");
    looker.wait(|s| !s.contains("yes"), "the other tab");
    assert_eq!(segno.status("@focused")["id"], "p2");
    looker.keys("ctrl+b d");
    assert_eq!(looker.wait_end(), 0);
}

#[test]
fn clients_come_back_after_a_restart_of_the_daemon() {
    let segno = Segno::new();
    let terminal = segno.terminal();
    terminal.wait_text("$");
    terminal.type_text("echo be''fore");
    terminal.keys("enter");
    terminal.wait_text("before");
    segno.ok(&["daemon", "restart"]);
    terminal.type_text("echo af''ter");
    terminal.keys("enter");
    terminal.wait_text("after");
    segno.kill_daemon();
    terminal.type_text("echo ag''ain");
    terminal.keys("enter");
    terminal.wait_text("again");
}

/// However the daemon ends, and wherever somebody typed last: keys go on into the pane that each
/// terminal shows.
#[test]
fn each_client_comes_back_to_its_own_tab() {
    let segno = Segno::new();
    let one = segno.terminal_of(100, 30, &[]);
    one.wait_text("$");
    let two = segno.terminal_of(80, 20, &["attach"]);
    two.wait_text("$");
    two.keys("ctrl+b c");
    segno.wait_for("the second in p2", || (pane_of(&segno, 1) == "p2").then_some(()));
    for (round, end) in ["killed", "restarted"].into_iter().enumerate() {
        one.type_text(&format!("echo fi''rst-{round}"));
        one.keys("enter");
        one.wait_text(&format!("first-{round}"));
        match end {
            "killed" => segno.kill_daemon(),
            _ => drop(segno.ok(&["daemon", "restart"])),
        }
        two.type_text(&format!("echo sec''ond-{round}"));
        two.keys("enter");
        two.wait_text(&format!("second-{round}"));
        assert!(segno.ok(&["read", "p2"]).contains(&format!("second-{round}")), "{end}");
        assert!(!segno.ok(&["read", "p1"]).contains("ond-"), "{end}");
        assert_eq!([pane_of(&segno, 0), pane_of(&segno, 1)], ["p1", "p2"], "{end}");
    }
}

#[test]
fn each_client_has_its_own_focus_in_the_same_tab() {
    let segno = Segno::new();
    let one = segno.terminal_of(100, 30, &[]);
    one.wait_text("$");
    segno.ok(&["new", "--focus", "--split", "right"]);
    segno.wait_state("p2", "running");
    let two = segno.terminal_of(100, 30, &["attach"]);
    two.wait_text("$");
    // The first goes to the left; the second stays on the right.
    one.keys("ctrl+b left");
    segno.wait_for("the first in p1", || (pane_of(&segno, 0) == "p1").then_some(()));
    assert_eq!(pane_of(&segno, 1), "p2");
    one.type_text("echo le''ft");
    one.keys("enter");
    two.type_text("echo ri''ght");
    two.keys("enter");
    segno.ok(&["wait", "p1", "--for", "output=^left"]);
    segno.ok(&["wait", "p2", "--for", "output=^right"]);
    assert!(!segno.ok(&["read", "p1"]).contains("ght"));
    // What is asked for from outside is for all; so is a zoomed pane.
    segno.ok(&["focus", "p2"]);
    segno.wait_for("both in p2", || (pane_of(&segno, 0) == "p2").then_some(()));
    two.keys("ctrl+b left ctrl+b z");
    one.wait_text("ZOOM");
    assert_eq!([pane_of(&segno, 0), pane_of(&segno, 1)], ["p1", "p1"]);
    two.keys("ctrl+b z");
    one.wait_gone("ZOOM");
    assert_eq!([pane_of(&segno, 0), pane_of(&segno, 1)], ["p2", "p1"]);
    // A pane that goes takes nobody with it.
    segno.ok(&["close", "p2"]);
    segno.wait_for("the first in p1", || (pane_of(&segno, 0) == "p1").then_some(()));
}

#[test]
fn who_only_looks_has_a_focus_of_their_own_and_no_say() {
    let segno = Segno::new();
    let one = segno.terminal_of(100, 30, &[]);
    one.wait_text("$");
    segno.ok(&["new", "--focus", "--split", "right"]);
    segno.wait_state("p2", "running");
    let looker = segno.terminal_of(100, 30, &["attach", "--read-only"]);
    looker.wait_text("READ ONLY");
    looker.keys("ctrl+b left");
    segno.wait_for("the looker in p1", || (pane_of(&segno, 1) == "p1").then_some(()));
    assert_eq!(segno.status("@focused")["id"], "p2");
    // Neither keys, nor the mouse, nor what its terminal answers, nor a paste.
    segno.ok(&["send", "--enter", "p1", "echo list''ening; cat -v"]);
    segno.ok(&["wait", "p1", "--for", "output=^listening"]);
    looker.type_text("typed");
    looker.paste("pasted");
    looker.click(3, 5);
    looker.bytes(b"\x1b]52;c;c2VjcmV0\x07\x1b[I\x1b[O\x1b[200~more\x1b[201~");
    looker.keys("enter ctrl+b X ctrl+b P ctrl+b alt+b");
    looker.wait_text("this client is attached read-only");
    segno.ok(&["send", "--enter", "p1", "end"]);
    segno.ok(&["wait", "p1", "--for", "output=^end"]);
    let text = segno.ok(&["read", "p1"]);
    assert!(!text.contains("typed") && !text.contains("paste") && !text.contains("more"), "{text}");
    assert!(!text.contains("^["), "{text}");
    assert_eq!(segno.status("p1")["pinned"], false);
    assert_eq!(segno.panes().len(), 2);
}

#[test]
fn who_is_attached_is_listed_and_can_be_detached() {
    let segno = Segno::new();
    segno.daemon_start();
    assert!(segno.ok(&["clients"]).contains("no client is attached"));
    let (_, error) = segno.fails(&["detach"]);
    assert!(error.contains("no client is attached"), "{error}");
    let mut one = segno.terminal_of(100, 30, &[]);
    one.wait_text("$");
    let mut two = segno.terminal_of(80, 20, &["attach", "--read-only"]);
    two.wait_text("READ ONLY");
    let clients = segno.json(&["clients"])["clients"].clone();
    assert_eq!(clients[0]["cols"], 100);
    assert_eq!(clients[0]["terminal"]["term"], "xterm-256color");
    assert_eq!(clients[0]["tab"]["index"], 1);
    assert_eq!(clients[1]["read_only"], true);
    assert!(segno.ok(&["clients"]).contains("80x20"));
    one.keys("ctrl+b ?");
    one.wait_text("find:");
    one.type_text("attached");
    one.wait_text("80x20, tab 1, read only");
    one.wait_text("100x30, tab 1, this one");
    one.keys("esc");
    let (_, error) = segno.fails(&["detach"]);
    assert!(error.contains("2 clients are attached; name one of"), "{error}");
    segno.ok(&["detach", clients[1]["id"].as_str().unwrap()]);
    assert_eq!(two.wait_end(), 0);
    assert!(one.runs());
    segno.ok(&["detach"]);
    assert_eq!(one.wait_end(), 0);
    assert_eq!(segno.panes().len(), 1);
}

/// The pane that the n-th client is in.
fn pane_of(segno: &Segno, client: usize) -> String {
    let clients = segno.json(&["clients"]);
    clients["clients"][client]["pane"].as_str().unwrap_or_default().to_string()
}

#[test]
fn doctor_explains_what_an_attached_terminal_lacks() {
    let mut segno = Segno::new();
    segno.env_remove("COLORTERM");
    let terminal = segno.terminal();
    terminal.wait_text("$");
    segno.wait_for("the terminal's answers", || {
        let clients = segno.json(&["clients"]);
        (clients["clients"][0]["terminal"]["answers"] == true).then_some(())
    });
    let checks = segno.json(&["doctor"])["checks"].clone();
    let checks = checks.as_array().unwrap();
    let about = |text: &str| {
        checks.iter().find(|c| c["found"].as_str().is_some_and(|found| found.contains(text)))
    };
    let colour = about("true colour not announced (256 colours are)").expect("reported");
    assert_eq!(colour["what"], "terminal c1");
    assert!(colour["todo"].as_str().unwrap().contains("COLORTERM=truecolor"));
    // What its answers show is not complained about.
    assert!(about("no kitty keyboard").is_none() && about("UTF-8").is_none());
}

#[test]
fn answers_that_come_late_do_not_reach_the_shell() {
    let segno = Segno::new();
    segno.daemon_start();
    segno.ok(&["new"]);
    let line = Line { lag: Duration::from_millis(300), ..Line::default() };
    let script = format!(
        "'{}' attach; stty -icanon -echo; echo the shell again; exec cat -v",
        crate::support::segno::program().display()
    );
    let shell = segno.terminal_over(line, "/bin/sh", &["-c", &script]);
    // Typed before anything is seen, as on a line that is slow.
    shell.bytes(b"\x02d");
    shell.wait_text("the shell again");
    shell.type_text("typed");
    shell.keys("enter");
    let screen = shell.wait_text("typed");
    let after = screen.split("the shell again").nth(1).unwrap_or_default();
    assert_eq!(after.trim(), "typed", "{screen}");
}

/// What a process has open below `/dev/pts`.
#[cfg(target_os = "linux")]
fn open_terminals(pid: i32) -> Vec<std::path::PathBuf> {
    let open = std::fs::read_dir(format!("/proc/{pid}/fd")).into_iter().flatten().flatten();
    let to = open.filter_map(|entry| std::fs::read_link(entry.path()).ok());
    to.filter(|path| path.starts_with("/dev/pts") && !path.ends_with("ptmx")).collect()
}

/// The daemon can write to the terminal itself, and lets go of that when the client does.
#[test]
#[cfg(target_os = "linux")]
fn the_terminal_is_lent_to_the_daemon() {
    let segno = Segno::new();
    let mut terminal = segno.terminal();
    terminal.wait_text("$");
    let daemon = segno.daemon_pid().unwrap();
    let what = "the terminal in the daemon's hands";
    segno.wait_for(what, || (open_terminals(daemon).len() == 1).then_some(()));
    terminal.type_text("cat");
    terminal.keys("enter");
    terminal.wait(|screen| screen.trim_end().contains("cat\n"), "cat's line");
    terminal.type_text("answered");
    terminal.wait_text("answered");
    terminal.keys("ctrl+c ctrl+b d");
    assert_eq!(terminal.wait_end(), 0);
    segno.wait_for("no terminal", || open_terminals(daemon).is_empty().then_some(()));
}

/// Whoever ends a client in the middle of what it is shown gets the terminal back as it was.
#[test]
#[cfg(target_os = "linux")]
fn nothing_is_written_to_a_terminal_after_its_client_has_left() {
    use crate::support::segno::program;
    let segno = Segno::new();
    segno.daemon_start();
    for round in 0..5 {
        let script = format!("'{}' attach; echo \"the she\"ll again", program().display());
        let shell = segno.terminal_over(Line::default(), "/bin/sh", &["-c", &script]);
        shell.wait_text("$");
        let clients = segno.running(&["attach"]);
        shell.type_text("echo an''swer; ");
        shell.type_text(&"x".repeat(round * 3));
        let client = nix::unistd::Pid::from_raw(clients[0]);
        nix::sys::signal::kill(client, nix::sys::signal::Signal::SIGTERM).unwrap();
        shell.wait_text("the shell again");
        let raw = String::from_utf8_lossy(&shell.raw()).into_owned();
        let after = raw.rsplit_once("\x1b[?1049l").expect("the first screen").1;
        assert_eq!(after, "\x1b[23;2t\x1b[?25hthe shell again\r\n", "round {round}");
    }
}
