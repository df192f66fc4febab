//! The first run: the tour is offered, goes on by doing, and is over when it was finished or
//! skipped.

use crate::support::segno::Segno;

#[test]
fn the_tour_goes_on_by_what_is_done_and_shows_the_keys_that_are_bound() {
    let segno = Segno::new();
    segno.write("keys.toml", "prefix = \"ctrl+a\"\n[after_prefix]\n\"%\" = \"\"\n");
    let mut terminal = segno.terminal_of(160, 40, &[]);
    terminal.wait_text("new here? ctrl+a T tour  ctrl+a ? help");
    terminal.keys("ctrl+a T");
    terminal.wait_text("→ Split the screen");
    terminal.wait_text("Press ctrl+a |:");
    terminal.keys("ctrl+a -");
    terminal.wait_text("→ Move between panes");
    terminal.keys("ctrl+a o");
    terminal.wait_text("→ Open an agent");
    terminal.keys("ctrl+a a");
    terminal.wait_text("New pane");
    terminal.keys("esc");
    terminal.wait_gone("New pane");
    // A dialog that was left opened nothing, and from outside counts as well.
    segno.ok(&["new"]);
    terminal.wait_text("→ Detach, and come back");
    terminal.keys("ctrl+a d");
    assert_eq!(terminal.wait_end(), 0);
    let terminal = segno.terminal_of(160, 40, &[]);
    terminal.wait_text("→ Read, search and copy");
    terminal.keys("ctrl+a [");
    terminal.wait_text("That's the essentials.");
    let tour = segno.panes().iter().find(|p| p["type"] == "tour").unwrap()["id"].clone();
    segno.ok(&["send", tour.as_str().unwrap(), "q"]);
    segno.wait_for("the tour to close", || {
        segno.panes().iter().all(|p| p["type"] != "tour").then_some(())
    });
    assert_eq!(segno.file("tour").as_deref(), Some("finished\n"));
}

#[test]
fn a_skipped_tour_is_not_offered_again() {
    let segno = Segno::new();
    let terminal = segno.terminal();
    terminal.wait_text("new here?");
    terminal.keys("ctrl+b T");
    terminal.wait_text("A tour of Segno");
    terminal.wait_gone("new here?");
    terminal.keys("n");
    terminal.wait_text("→ Move between panes");
    terminal.keys("q");
    terminal.wait_gone("A tour of Segno");
    assert_eq!(segno.file("tour").as_deref(), Some("skipped\n"));
    segno.ok(&["kill", "--all"]);
    std::fs::remove_file(segno.home().join("workspace.json")).unwrap();
    let _ = std::fs::remove_file(segno.home().join("workspace.json.bak"));
    let terminal = segno.terminal();
    terminal.wait_text("$");
    terminal.wait_text("help");
    assert!(!terminal.screen().contains("new here?"));
    drop(terminal);

    // From a shell outside, at any time.
    let again = segno.terminal_of(120, 30, &["tour"]);
    again.wait_text("A tour of Segno");
    let (_, error) = segno.fails(&["tour"]);
    assert!(error.contains("run it in one, or in a pane"), "{error}");
}

#[test]
fn the_tour_outlives_daemons_and_follows_its_panes_size() {
    let segno = Segno::new();
    let terminal = segno.terminal_of(120, 30, &["tour"]);
    terminal.wait_text("→ Split the screen");
    segno.kill_daemon();
    segno.wait_for("another daemon", || segno.daemon_pid());
    terminal.keys("ctrl+b %");
    terminal.wait_text("goes to the pane with the coloured line");
    terminal.resize(50, 24);
    // Cut off it would be, were it not drawn anew.
    terminal.wait_text("the pane with the  ");
}
