//! Programs that people use, in a pane: they start at once and draw as in any terminal. A program
//! that is not installed is left out.

use std::time::{Duration, Instant};

use crate::support::segno::Segno;

/// Starts a program by hand in a shell and waits for what it shows.
fn shows(program: &str, line: &str, shown: &str, leave: &str) {
    let segno = Segno::new();
    if !segno
        .command("sh")
        .args(["-c", &format!("command -v {program}")])
        .output()
        .unwrap()
        .status
        .success()
    {
        eprintln!("{program} is not installed");
        return;
    }
    let terminal = segno.terminal_of(80, 24, &[]);
    terminal.wait_text("$");
    let begun = Instant::now();
    terminal.type_text(line);
    terminal.keys("enter");
    terminal.wait_text(shown);
    // Unanswered queries make programs wait for a second or more; a busy machine gets some leave.
    assert!(begun.elapsed() < Duration::from_secs(5), "{program} took {:?}", begun.elapsed());
    terminal.keys(leave);
    terminal.wait(|s| !s.contains(shown) && s.contains('$'), "the shell");
}

#[test]
fn vim_edits() {
    shows("vim", "vim -u NONE -c 'set ruler'", "0,0-1", ": q ! enter");
}

#[test]
fn less_pages() {
    shows("less", "seq 10000 10500 | less", "10020", "q");
}

#[test]
fn htop_draws() {
    shows("htop", "htop", "Load average", "q");
}

#[test]
fn wide_and_combined_characters_stand_in_their_cells() {
    let segno = Segno::new();
    let terminal = segno.terminal_of(80, 24, &[]);
    terminal.wait_text("$");
    segno.ok(&[
        "new",
        "--focus",
        "--split",
        "right",
        "--",
        "-c",
        "printf '漢字|e\\314\\201|🎵|end\\n'; exec cat",
    ]);
    terminal.wait_text("漢字|e\u{301}|🎵|end");
    let (pane, _) = terminal.find("漢").unwrap();
    assert_eq!(terminal.find("end").unwrap().0, pane + 10);
    terminal.resize(50, 10);
    terminal.wait_text("漢字|e\u{301}|🎵|end");
}
