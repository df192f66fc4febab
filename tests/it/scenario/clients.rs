//! Several clients at once: each with its own tab and size, and one that only looks.

use crate::support::segno::Segno;

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
    one.wait_text("····");
    drop(two);
    one.wait_gone("····");
}

#[test]
fn a_client_that_only_looks_changes_nothing() {
    let segno = Segno::new();
    let one = segno.terminal_of(100, 30, &[]);
    one.wait_text("$");
    segno.ok(&["new", "--split", "right"]);
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
    segno.ok(&["new", "--background"]);
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
