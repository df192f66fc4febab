//! The popup: a pane that floats above a tab, there with one key and gone with the same.

use crate::support::segno::Segno;
use segno_base::key::{MouseAction, MouseButton};

fn focused(segno: &Segno) -> Option<String> {
    let panes = segno.panes();
    let focused = panes.iter().find(|p| p["focused"] == true)?;
    Some(focused["id"].as_str()?.to_string())
}

#[test]
fn a_popup_outlives_hiding_and_the_daemon_and_ends_with_its_program() {
    let segno = Segno::new();
    let terminal = segno.terminal();
    terminal.wait_text("$");
    terminal.keys("ctrl+b f");
    terminal.wait_text("hides it");
    terminal.type_text("echo po$((40+2))pup\n");
    terminal.wait_text("po42pup");
    let pid = segno.pane_pid("p2");
    terminal.keys("ctrl+b f");
    terminal.wait_gone("hides it");
    assert_eq!(focused(&segno).as_deref(), Some("p1"));
    terminal.keys("ctrl+b f");
    terminal.wait_text("po42pup");
    // Where it was moved to, it comes back, with its program.
    let (x, y) = terminal.find("╭").unwrap();
    terminal.mouse(MouseAction::Press(MouseButton::Left), x + 4, y);
    terminal.mouse(MouseAction::Drag(MouseButton::Left), 4, 1);
    terminal.mouse(MouseAction::Release(MouseButton::Left), 4, 1);
    segno.wait_for("the popup in the corner", || {
        terminal.find("╭").filter(|at| *at == (0, 1)).map(drop)
    });
    segno.wait_for("its place to be stored", || {
        segno.file("workspace.json")?.contains("\"x\": 0").then_some(())
    });
    segno.kill_daemon();
    segno.daemon_start();
    terminal.wait(|s| s.contains("po42pup") && s.contains("hides it"), "the popup");
    assert_eq!(segno.pane_pid("p2"), pid);
    assert_eq!(terminal.find("╭"), Some((0, 1)));
    terminal.type_text("exit\n");
    terminal.wait_gone("hides it");
    assert_eq!(segno.panes().len(), 1);
}

#[test]
fn a_popup_comes_back_after_a_reboot() {
    let segno = Segno::new();
    segno.ok(&["new", "--focus", "--name", "below"]);
    segno.ok(&["popup", "--type", "shell", "--name", "above"]);
    segno.wait_for("the popup to be stored", || {
        segno.file("workspace.json")?.contains("\"popup\"").then_some(())
    });
    segno.reboot();
    segno.daemon_start();
    let above = segno.wait_state("above", "running");
    assert_eq!((&above["popup"], &above["focused"]), (&true.into(), &true.into()));
    let layout = segno.ok(&["layout", "export"]);
    assert!(layout.contains("[tab.popup]"), "{layout}");
}

#[test]
fn a_command_runs_in_a_popup_from_outside() {
    let segno = Segno::new();
    let terminal = segno.terminal();
    terminal.wait_text("$");
    segno.ok(&["popup", "--", "sh", "-c", "echo \"$0 has $1\"; exec cat", "a b", "c"]);
    terminal.wait_text("a b has c");
    assert!(segno.fails(&["popup", "--", "true"]).1.contains("has a popup already, p2"));
    // Anything else that is gone to hides it; without arguments, it is shown again.
    segno.ok(&["focus", "p1"]);
    terminal.wait_gone("a b has c");
    assert_eq!(segno.ok(&["popup"]), "p2");
    terminal.wait_text("a b has c");
    terminal.keys("ctrl+d");
    segno.wait_for("the end", || (segno.panes().len() == 1).then_some(()));
    // What could not be run is there to be read.
    segno.ok(&["popup", "--", "no-such-program"]);
    terminal.wait(|s| s.contains("No such file") || s.contains("not found"), "the reason");
    terminal.wait_text("exited with status 127");
    terminal.keys("ctrl+b x");
    segno.wait_for("the end", || (segno.panes().len() == 1).then_some(()));
}
