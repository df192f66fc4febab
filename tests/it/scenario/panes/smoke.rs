//! The whole way once: a terminal, a client, a daemon, a keeper and a shell.

use crate::support::segno::{Segno, alive, processes_of};

#[test]
fn a_fresh_home_gets_a_shell_that_survives_everything() {
    let segno = Segno::new();
    let terminal = segno.terminal_of(100, 30, &[]);
    terminal.wait_text("$");
    terminal.type_text("echo fo''und\n".trim_end());
    terminal.keys("enter");
    terminal.wait_text("found");
    let panes = segno.panes();
    assert_eq!(panes.len(), 1);
    let pane = panes[0]["id"].as_str().expect("an id").to_owned();
    let shell = segno.pane_pid(&pane);

    segno.daemon_stop();
    assert!(alive(shell));
    segno.daemon_start();
    assert_eq!(segno.pane_pid(&pane), shell);

    segno.kill_daemon();
    assert!(alive(shell));
    segno.daemon_start();
    assert_eq!(segno.pane_pid(&pane), shell);

    segno.reboot();
    segno.wait_for("the end of the shell", || (!alive(shell)).then_some(()));
    let terminal = segno.terminal();
    terminal.wait_text("found");
    assert_ne!(segno.pane_pid(&pane), shell);
}

#[test]
fn nothing_is_left_behind() {
    let segno = Segno::new();
    let terminal = segno.terminal();
    terminal.wait_text("$");
    let pane = segno.panes()[0]["id"].as_str().expect("an id").to_owned();
    assert!(alive(segno.pane_pid(&pane)));
    let home = segno.home().to_owned();
    if cfg!(target_os = "linux") {
        assert!(processes_of(&home).len() >= 3, "daemon, keeper and shell");
    }
    drop(segno);
    assert_eq!(processes_of(&home), Vec::<i32>::new());
    assert!(!home.exists());
}

#[test]
fn clients_find_their_way_back_to_a_killed_daemon() {
    let segno = Segno::new();
    let mut terminal = segno.terminal();
    terminal.wait_text("$");
    terminal.type_text("echo st''ays");
    terminal.keys("enter");
    terminal.wait_text("stays");
    let shell = segno.pane_pid("p1");
    for _ in 0..5 {
        // The client that is attached starts the next daemon, and so does the command.
        segno.kill_daemon();
        segno.daemon_start();
        let next = segno.terminal();
        next.wait_text("stays");
        terminal.wait_text("stays");
        terminal = next;
        assert_eq!(segno.pane_pid("p1"), shell);
        let daemon = segno.daemon_pid();
        assert!(daemon.is_some_and(alive));
        assert_eq!(segno.daemon_pid(), daemon);
    }
}
