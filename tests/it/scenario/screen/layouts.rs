//! Panes and tabs in other places: moved, arranged, restored there, with their programs.

use crate::support::segno::Segno;

/// The tab of a pane, by its place in the tab bar.
fn tab(segno: &Segno, pane: &str) -> u64 {
    segno.status(pane)["tab"]["index"].as_u64().unwrap()
}

fn wait_tab(segno: &Segno, pane: &str, index: u64) {
    let what = format!("tab {index} to have {pane}");
    segno.wait_for(&what, || (tab(segno, pane) == index).then_some(()));
}

#[test]
fn a_pane_moves_with_its_program_and_is_restored_there() {
    let segno = Segno::new();
    let terminal = segno.terminal();
    terminal.wait_text("$");
    terminal.keys("ctrl+b %");
    terminal.wait_text("│");
    let pid = segno.pane_pid("p2");
    terminal.type_text("echo to$((40+2))gether\n");
    terminal.wait_text("to42gether");
    terminal.keys("ctrl+b !");
    wait_tab(&segno, "p2", 2);
    terminal.wait(|s| s.contains("to42gether") && !s.contains('│'), "the pane alone");
    // Back by the picker, then out and in again from outside.
    terminal.keys("ctrl+b J");
    terminal.wait_text("Move p2 to");
    terminal.keys("enter");
    wait_tab(&segno, "p2", 1);
    segno.ok(&["move", "p2"]);
    assert_eq!(tab(&segno, "p2"), 2);
    assert!(segno.fails(&["move", "p2"]).1.contains("a tab of its own already"));
    segno.ok(&["move", "p1", "--split", "down", "--of", "p2"]);
    assert_eq!((tab(&segno, "p1"), tab(&segno, "p2")), (1, 1));
    assert_eq!(segno.pane_pid("p2"), pid);
    segno.ok(&["layout", "use", "even-horizontal", "--of", "p1"]);
    terminal.wait_text("│");
    // As it stands, it comes back.
    let layout = segno.ok(&["layout", "export"]);
    segno.kill_daemon();
    segno.daemon_start();
    assert_eq!(segno.ok(&["layout", "export"]), layout);
    assert_eq!(segno.pane_pid("p2"), pid);
}

#[test]
fn tabs_change_places_in_the_tab_bar() {
    let segno = Segno::new();
    let terminal = segno.terminal();
    terminal.wait_text("$");
    segno.ok(&["new", "--focus", "--name", "second"]);
    terminal.wait_text("2 second");
    terminal.keys("ctrl+b shift+left");
    terminal.wait_text("1 second");
    terminal.keys("ctrl+b shift+right");
    terminal.wait_text("2 second");
}
