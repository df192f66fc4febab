//! What hands that know tmux expect.

use std::time::Duration;

use crate::support::segno::Segno;
use crate::support::terminal::Terminal;

/// Three panes side by side; the last one has the focus. Keys repeat for long, for busy machines.
fn three_panes() -> (Segno, Terminal) {
    let segno = Segno::with_limit(Duration::from_secs(60));
    segno.write("keys.toml", "repeat_ms = 10000\n");
    let terminal = segno.terminal_of(120, 24, &[]);
    terminal.wait_text("$");
    for count in 2..=3 {
        terminal.keys("ctrl+b %");
        segno.wait_for("the pane", || (segno.panes().len() == count).then_some(()));
    }
    (segno, terminal)
}

fn wait_focus(segno: &Segno, pane: &str) {
    segno.wait_status(pane, "the focus", |status| status["focused"] == true);
}

#[test]
fn arrows_repeat_without_the_prefix_and_other_keys_end_that() {
    let (segno, terminal) = three_panes();
    wait_focus(&segno, "p3");
    terminal.keys("ctrl+b left left");
    wait_focus(&segno, "p1");
    terminal.type_text("x");
    terminal.keys("right");
    terminal.type_text("y");
    // The arrow was the shell's.
    let shell_has = |screen: &str| screen.contains("$ xy") || screen.contains("$ x^[[Cy");
    terminal.wait(shell_has, "what was typed");
    wait_focus(&segno, "p1");
}

#[test]
fn a_panes_number_goes_there() {
    let (segno, terminal) = three_panes();
    terminal.keys("ctrl+b q");
    terminal.wait_text("█");
    terminal.keys("1");
    terminal.wait_gone("█");
    wait_focus(&segno, "p1");
    segno.ok(&["focus", "@right"]);
    wait_focus(&segno, "p2");
}

#[test]
fn tabs_are_found_by_name_and_moved_to_a_place() {
    let segno = Segno::with_limit(Duration::from_secs(60));
    let one = segno.ok(&["new", "--name", "one"]);
    segno.ok(&["new", "--name", "two"]);
    let three = segno.ok(&["new", "--name", "three"]);
    let terminal = segno.terminal();
    terminal.wait_text("three");
    terminal.keys("ctrl+b '");
    terminal.wait_text("Go to the tab");
    terminal.type_text("on");
    terminal.keys("enter");
    wait_focus(&segno, &one);
    terminal.keys("ctrl+b .");
    terminal.wait_text("Move the tab");
    terminal.keys("backspace 3 enter");
    segno.wait_status(&one, "the last place", |status| status["tab"]["index"] == 3);
    assert_eq!(segno.status(&three)["tab"]["index"], 2);
}

#[test]
fn a_line_of_the_scrollback_is_gone_to_by_its_number() {
    let segno = Segno::with_limit(Duration::from_secs(60));
    let terminal = segno.terminal();
    terminal.wait_text("$");
    terminal.type_text("for i in $(seq 1 300); do echo \"number $i.\"; done");
    terminal.keys("enter");
    terminal.wait_text("number 300.");
    terminal.keys("ctrl+b [ :");
    terminal.wait_text(":▏");
    terminal.keys("1 enter");
    terminal.wait_text("number 1.");
}

#[test]
fn what_was_copied_is_pasted_by_the_middle_button_and_chosen_from() {
    let segno = Segno::with_limit(Duration::from_secs(60));
    let terminal = segno.terminal();
    terminal.wait_text("$");
    // "first" and "second".
    for text in ["Zmlyc3Q=", "c2Vjb25k"] {
        terminal.type_text(&format!("printf '\\033]52;c;{text}\\a'; echo do''ne {text}"));
        terminal.keys("enter");
        terminal.wait_text(&format!("done {text}"));
    }
    let (x, y) = terminal.find("done").expect("just seen");
    terminal.bytes(format!("\x1b[<1;{};{}M\x1b[<1;{0};{1}m", x + 1, y + 1).as_bytes());
    terminal.wait_text("$ second");
    terminal.keys("ctrl+c ctrl+b =");
    terminal.wait_text("Paste");
    terminal.keys("down enter");
    terminal.wait_text("$ first");
}

#[test]
fn ctrl_and_a_click_open_a_link() {
    let segno = Segno::with_limit(Duration::from_secs(60));
    let (opener, opened) = (segno.root().join("opener"), segno.root().join("opened"));
    std::fs::write(&opener, format!("#!/bin/sh\necho \"$1\" > {}\n", opened.display()))
        .expect("written");
    segno.write(
        "config.toml",
        &format!("[copy]\nopen_commands = [\"/bin/sh {}\"]\n", opener.display()),
    );
    let terminal = segno.terminal();
    terminal.wait_text("$");
    terminal.type_text("echo see 'https://'example.org/page now");
    terminal.keys("enter");
    terminal.wait_text("see https://example.org/page now");
    let (x, y) = terminal.find("https://example.org").expect("just seen");
    terminal.bytes(format!("\x1b[<16;{};{}M\x1b[<16;{0};{1}m", x + 1, y + 1).as_bytes());
    let link = segno.wait_for("the link", || {
        std::fs::read_to_string(&opened).ok().filter(|text| text.ends_with('\n'))
    });
    assert_eq!(link.trim(), "https://example.org/page");
}

#[test]
fn one_of_several_terminals_is_detached() {
    let segno = Segno::with_limit(Duration::from_secs(60));
    let mut first = segno.terminal();
    first.wait_text("$");
    let second = segno.terminal();
    second.wait_text("$");
    second.keys("ctrl+b alt+d");
    second.wait_text("Attached terminals");
    second.wait_text("(this one)");
    second.keys("up enter");
    first.wait_end();
    second.wait_gone("Attached terminals");
}

#[test]
fn hints_on_a_small_screen_have_what_is_needed_most() {
    let segno = Segno::with_limit(Duration::from_secs(60));
    segno.write("keys.toml", "hint_ms = 1\n");
    let terminal = segno.terminal_of(80, 24, &[]);
    terminal.wait_text("$");
    terminal.keys("ctrl+b");
    let screen = terminal.wait_text("more: ?");
    for what in ["detach", "new tab", "next tab", "copy mode", "help"] {
        assert!(screen.contains(what), "{what} is missing:\n{screen}");
    }
}

#[test]
fn the_program_in_the_foreground_decides_about_a_key() {
    let segno = Segno::with_limit(Duration::from_secs(60));
    segno.write(
        "keys.toml",
        "[global]\n\"ctrl+g\" = \"new-tab\"\n[raw_programs]\ncat = [\"ctrl+g\"]\n",
    );
    let terminal = segno.terminal();
    terminal.wait_text("$");
    terminal.type_text("cat -v; echo en''d");
    terminal.keys("enter");
    segno.wait_for("cat", || {
        let shell = segno.pane_pid("p1");
        let stat = std::fs::read_to_string(format!("/proc/{shell}/stat")).ok()?;
        let group = stat.rsplit(") ").next()?.split(' ').nth(5)?.to_owned();
        let name = std::fs::read_to_string(format!("/proc/{group}/comm")).ok()?;
        (name.trim() == "cat").then_some(())
    });
    terminal.keys("ctrl+g enter");
    terminal.wait_text("^G");
    terminal.keys("ctrl+d");
    terminal.wait_text("end");
    terminal.keys("ctrl+g");
    segno.wait_for("the tab", || (segno.panes().len() == 2).then_some(()));
}

#[test]
fn the_time_is_shown_until_a_key() {
    let segno = Segno::with_limit(Duration::from_secs(60));
    let terminal = segno.terminal();
    terminal.wait_text("$");
    terminal.keys("ctrl+b t");
    terminal.wait_text("█");
    terminal.keys("q");
    terminal.wait_gone("█");
    terminal.wait_text("$");
}
