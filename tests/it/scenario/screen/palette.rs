//! The palette: everything to do and everywhere to go, by typing some of it.

use crate::support::segno::Segno;

#[test]
fn text_in_another_tab_is_found_and_shown() {
    let segno = Segno::new();
    let terminal = segno.terminal();
    terminal.wait_text("$");
    terminal.type_text("echo nee$((40+2))dle; seq 1000 1400\n");
    terminal.wait_text("1400");
    terminal.keys("ctrl+b c");
    segno.wait_for("a second pane", || (segno.panes().len() == 2).then_some(()));
    terminal.wait_gone("1400");
    terminal.keys("ctrl+b :");
    terminal.wait_text("Command palette");
    terminal.type_text("nee42d");
    let screen = terminal.wait_text("nee42dle");
    assert!(screen.contains("p1 home"), "{screen}");
    terminal.keys("enter");
    terminal.wait(|s| s.contains("nee42dle") && s.contains("1005"), "the line in its pane");
    assert!(!terminal.screen().contains("1390"), "scrolled back");
    terminal.wait_gone("Command palette");
    // A key goes back to the live screen.
    terminal.keys("esc");
    terminal.wait_text("1400");
}

#[test]
fn commands_and_panes_are_found_by_a_few_letters() {
    let segno = Segno::new();
    let terminal = segno.terminal();
    terminal.wait_text("$");
    segno.ok(&["new", "--name", "server"]);
    terminal.keys("ctrl+b :");
    terminal.wait_text("Command palette");
    terminal.type_text("spl ri");
    terminal.wait_text("ctrl+b %");
    terminal.keys("enter");
    segno.wait_for("a split", || (segno.panes().len() == 3).then_some(()));
    terminal.keys("ctrl+b :");
    terminal.paste("server");
    terminal.wait_text("pane");
    terminal.keys("enter");
    segno.wait_for("the focus", || (segno.status("server")["focused"] == true).then_some(()));
    terminal.keys("ctrl+b :");
    terminal.type_text("nothing like this");
    terminal.wait_text("No matches");
    terminal.keys("esc");
    terminal.wait_gone("Command palette");
}
