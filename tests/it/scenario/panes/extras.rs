//! What a user sets on a pane: pinned, muted, coloured; and what that changes.

use crate::support::segno::Segno;
use segno_base::screen::geometry::Point;

#[test]
fn a_pinned_pane_stands_first_and_is_not_closed_by_accident() {
    let segno = Segno::new();
    segno.write("config.toml", "[general]\nconfirm_close = false\n");
    let terminal = segno.terminal();
    terminal.wait_text("$");
    segno.ok(&["new", "--focus", "--split", "right"]);
    segno.ok(&["new", "--focus", "--split", "down"]);
    segno.wait_state("p3", "running");
    terminal.keys("ctrl+b P");
    segno.wait_status("p3", "its pin", |s| s["pinned"] == true);
    terminal.wait_text("◆ home");
    assert!(segno.ok(&["ls"]).lines().nth(1).unwrap().starts_with("◆p3"));

    // Asked before it is closed, whatever the settings say; from outside it takes --force.
    terminal.keys("ctrl+b x");
    terminal.wait_text("is pinned and still runs");
    terminal.keys("n");
    terminal.wait_gone("is pinned and");
    let (code, error) = segno.fails(&["close", "p3"]);
    assert_eq!(code, 4);
    assert!(error.contains("p3 is pinned; close it with --force"), "{error}");

    // The end of its program does not take it away, and a new daemon knows it.
    terminal.keys("ctrl+d");
    terminal.wait_text("exited");
    segno.kill_daemon();
    assert_eq!(segno.status("p3")["pinned"], true);

    terminal.keys("ctrl+b left ctrl+b X");
    segno.wait_for("the others to close", || (segno.panes().len() == 2).then_some(()));
    segno.ok(&["pin", "p3", "--off"]);
    segno.ok(&["close", "p3"]);
    assert_eq!(segno.panes().len(), 1);
}

#[test]
fn a_muted_pane_calls_for_nobody() {
    let segno = Segno::new();
    let terminal = segno.terminal();
    terminal.wait_text("$");
    for pane in ["p2", "p3"] {
        segno.ok(&["new", "--name", pane]);
        segno.wait_state(pane, "running");
    }
    segno.ok(&["mute", "p2"]);
    assert_eq!(segno.status("p2")["muted"], true);
    for pane in ["p2", "p3"] {
        segno.ok(&["send", "--enter", pane, "printf '\\a'; echo ru''ng"]);
        segno.ok(&["wait", pane, "--for", "output=^rung"]);
    }
    terminal.wait_text("3 p3 •");
    assert!(!terminal.screen().contains("2 p2 •"));
}

#[test]
fn a_pane_has_a_colour_of_the_theme() {
    let segno = Segno::new();
    let terminal = segno.terminal();
    terminal.wait_text("$");
    segno.ok(&["new", "--focus", "--split", "down", "--name", "hued"]);
    terminal.wait_text("─ hued ");
    let colour = || {
        let (x, y) = terminal.find("─ hued ")?;
        Some(terminal.frame().get(Point::new(x + 2, y))?.style.fg)
    };
    let before = colour();
    segno.ok(&["color", "hued", "violet"]);
    segno.wait_for("another colour", || (colour() != before).then_some(()));
    assert_eq!(segno.status("hued")["color"], "violet");
    segno.ok(&["color", "hued", "none"]);
    segno.wait_for("the old colour", || (colour() == before).then_some(()));
    let (code, error) = segno.fails(&["color", "hued", "beige"]);
    assert_eq!(code, 2);
    assert!(error.contains("red, yellow, green"), "{error}");
}

#[test]
fn what_is_typed_in_one_of_the_chosen_panes_goes_to_all_of_them() {
    let segno = Segno::new();
    let terminal = segno.terminal();
    terminal.wait_text("$");
    for side in ["right", "down"] {
        segno.ok(&["new", "--focus", "--split", side]);
    }
    // Each program gets the encoding that it asked for, p3 that of application cursor keys.
    for (pane, modes) in [("p1", ""), ("p2", ""), ("p3", "\\033[?1h\\033[?2004h")] {
        segno.wait_state(pane, "running");
        let listen = format!("printf '{modes}'; echo list''ening; cat -v");
        segno.ok(&["send", "--enter", pane, &listen]);
        segno.ok(&["wait", pane, "--for", "output=^listening"]);
    }
    segno.wait_for("the focus", || (segno.status("@focused")["id"] == "p3").then_some(()));
    segno.ok(&["broadcast", "p2", "p3"]);
    terminal.wait_text("TYPING INTO 2 PANES");
    terminal.wait(|s| s.contains("⇉ cat") || s.contains("⇉ home"), "its label");
    terminal.type_text("both");
    terminal.keys("up enter");
    terminal.paste("pasted");
    terminal.keys("enter");
    segno.ok(&["wait", "p2", "--for", "output=^pasted$"]);
    segno.ok(&["wait", "p3", "--for", r"output=^\^\[\[200~pasted\^\[\[201~$"]);
    assert!(segno.ok(&["read", "p2"]).contains("both^[[A"));
    assert!(segno.ok(&["read", "p3"]).contains("both^[OA"));
    assert!(!segno.ok(&["read", "p1"]).contains("both"));

    // From a pane that is not chosen nothing goes to the others.
    terminal.keys("ctrl+b left");
    terminal.wait_gone("TYPING INTO");
    terminal.type_text("alone");
    terminal.keys("enter");
    segno.ok(&["wait", "p1", "--for", "output=^alone"]);
    assert!(!segno.ok(&["read", "p2"]).contains("alone"));
    segno.ok(&["broadcast", "--off"]);
    terminal.keys("ctrl+b alt+b");
    terminal.wait_text("TYPING INTO 3 PANES");
    terminal.keys("ctrl+b alt+b");
    terminal.wait_gone("TYPING INTO 3 PANES");
    assert_eq!(segno.status("p1")["broadcast"], false);
}
