//! Panes and tabs by keys: splits, focus, zoom, resizing, names, closing.

use serde_json::Value;

use crate::support::segno::{Segno, processes_of};
use crate::support::terminal::Terminal;

/// An attached client whose shell is ready.
fn start(segno: &Segno) -> Terminal {
    let terminal = segno.terminal();
    terminal.wait_text("$");
    terminal
}

fn wait_panes(segno: &Segno, count: usize) -> Vec<Value> {
    segno.wait_for(&format!("{count} panes"), || {
        let panes = segno.panes();
        (panes.len() == count).then_some(panes)
    })
}

fn focused(segno: &Segno) -> String {
    let panes = segno.panes();
    let focused: Vec<_> = panes.iter().filter(|p| p["focused"] == true).collect();
    assert_eq!(focused.len(), 1);
    focused[0]["id"].as_str().unwrap().to_owned()
}

fn wait_focus(segno: &Segno, pane: &str) {
    segno.wait_for(&format!("the focus on {pane}"), || (focused(segno) == pane).then_some(()));
}

/// The size that a pane's program sees.
fn size(segno: &Segno, pane: &str) -> (u64, u64) {
    let text = segno.ok(&["read", pane, "--format", "json"]);
    let screen: Value = serde_json::from_str(&text).unwrap();
    (screen["screen"]["cols"].as_u64().unwrap(), screen["screen"]["rows"].as_u64().unwrap())
}

#[test]
fn splits_focus_zoom_and_close_mean_what_they_mean_in_tmux() {
    let segno = Segno::new();
    let terminal = start(&segno);
    terminal.keys("ctrl+b %");
    wait_panes(&segno, 2);
    terminal.keys("ctrl+b \"");
    wait_panes(&segno, 3);
    wait_focus(&segno, "p3");
    terminal.wait_text("├");
    // Below the tab bar and the line with the panes' names, above the status line.
    assert_eq!(size(&segno, "p1").1, 27);
    assert_eq!(size(&segno, "p2").0 + size(&segno, "p1").0, 99);

    terminal.keys("ctrl+b up");
    wait_focus(&segno, "p2");
    terminal.keys("ctrl+b left");
    wait_focus(&segno, "p1");
    terminal.keys("ctrl+b ;");
    wait_focus(&segno, "p2");
    terminal.keys("ctrl+b o");
    wait_focus(&segno, "p3");

    terminal.keys("ctrl+b z");
    terminal.wait_text("ZOOM");
    segno.wait_for("the zoomed size", || (size(&segno, "p3") == (100, 28)).then_some(()));
    terminal.keys("ctrl+b z");
    terminal.wait_gone("ZOOM");

    let before = size(&segno, "p3");
    terminal.keys("ctrl+b ctrl+left");
    segno.wait_for("a wider pane", || (size(&segno, "p3").0 > before.0).then_some(()));

    terminal.keys("ctrl+b x");
    terminal.wait_text("Close");
    terminal.keys("n");
    terminal.wait_gone("Close");
    assert_eq!(segno.panes().len(), 3);
    terminal.keys("ctrl+b x y");
    wait_panes(&segno, 2);
    wait_focus(&segno, "p2");
}

#[test]
fn the_end_of_the_last_shell_ends_everything() {
    let segno = Segno::new();
    let mut terminal = start(&segno);
    terminal.keys("ctrl+b %");
    wait_panes(&segno, 2);
    segno.wait_state("p2", "running");
    terminal.keys("ctrl+d");
    wait_panes(&segno, 1);
    terminal.keys("ctrl+d");
    assert_eq!(terminal.wait_end(), 0);
    if cfg!(target_os = "linux") {
        segno.wait_for("the end of daemon and keeper", || {
            processes_of(segno.home()).is_empty().then_some(())
        });
    }
    // And the next start begins anew, where it is started.
    let terminal = segno.terminal();
    terminal.wait_text("$");
    assert_eq!(segno.panes().len(), 1);
}

#[test]
fn the_first_shell_is_where_the_client_is_and_later_ones_where_the_pane_is() {
    let segno = Segno::new();
    // A daemon that was started elsewhere.
    segno.daemon_start();
    let terminal = start(&segno);
    let home = segno.user_home().to_str().unwrap().to_owned();
    segno.wait_status("p1", "its directory", |s| s["cwd"] == home.as_str());
    let work = segno.directory("work");
    terminal.type_text(&format!("cd '{}' && echo th''ere", work.display()));
    terminal.keys("enter");
    terminal.wait_text("there");
    terminal.keys("ctrl+b %");
    wait_panes(&segno, 2);
    segno.wait_status("p2", "its directory", |s| s["cwd"] == work.to_str().unwrap());
    // Every frame is drawn at once.
    let raw = terminal.raw();
    let synchronized = b"\x1b[?2026h";
    assert!(raw.windows(synchronized.len()).any(|w| w == synchronized));
}

#[test]
fn detaching_and_closing_the_terminal_leave_everything_running() {
    let segno = Segno::new();
    let mut terminal = start(&segno);
    let shell = segno.pane_pid("p1");
    terminal.keys("ctrl+b d");
    assert_eq!(terminal.wait_end(), 0);
    let terminal = segno.terminal();
    terminal.wait_text("$");
    // The terminal window is closed.
    drop(terminal);
    segno.wait_for("no client", || {
        (segno.json(&["daemon", "status"])["daemon"]["clients"] == 0).then_some(())
    });
    assert_eq!(segno.pane_pid("p1"), shell);
}

#[test]
fn what_is_typed_before_detaching_reaches_the_program() {
    let segno = Segno::new();
    let mut terminal = start(&segno);
    let typed = segno.home().join("typed");
    // All of it is in one piece.
    terminal.bytes(format!("echo all > {}\r\x02d", typed.display()).as_bytes());
    assert_eq!(terminal.wait_end(), 0);
    segno.wait_for("what was typed", || segno.file("typed").filter(|text| text == "all\n"));
}

#[test]
fn what_is_typed_at_once_reaches_the_new_pane() {
    let segno = Segno::new();
    let terminal = start(&segno);
    terminal.keys("ctrl+b c");
    terminal.type_text("echo ah''ead");
    terminal.keys("enter");
    terminal.wait_text("ahead");
}

#[test]
fn a_pane_too_small_to_be_split_says_so() {
    let segno = Segno::new();
    let terminal = segno.terminal_of(100, 5, &[]);
    terminal.wait_text("$");
    terminal.keys("ctrl+b \"");
    wait_panes(&segno, 2);
    terminal.keys("ctrl+b \"");
    terminal.wait_text("too small to be split");
    assert_eq!(segno.panes().len(), 2);
    terminal.keys("enter");
    terminal.wait_gone("too small");
}

#[test]
fn tabs_are_made_gone_to_named_and_closed() {
    let segno = Segno::new();
    let terminal = start(&segno);
    terminal.type_text("echo fir''st");
    terminal.keys("enter");
    terminal.wait_text("first");
    terminal.keys("ctrl+b c");
    wait_panes(&segno, 2);
    terminal.wait_gone("first");
    terminal.keys("ctrl+b ,");
    terminal.wait_text("Rename tab");
    terminal.type_text("buildx");
    terminal.keys("ctrl+h enter");
    terminal.wait(|s| s.lines().next().is_some_and(|l| l.contains("2 build ")), "the tab's name");
    terminal.keys("ctrl+b n");
    terminal.wait_text("first");
    terminal.keys("ctrl+b l");
    terminal.wait_gone("first");
    terminal.keys("ctrl+b 1");
    terminal.wait_text("first");
    terminal.keys("ctrl+b 7");
    terminal.wait_text("there is no tab 7");
    terminal.keys("ctrl+b p");
    terminal.wait_gone("first");
    terminal.keys("ctrl+b &");
    terminal.wait_text("Close");
    terminal.keys("y");
    terminal.wait_text("first");
    assert_eq!(segno.panes().len(), 1);
}

#[test]
fn a_pane_is_renamed_and_the_tree_jumps_to_it() {
    let segno = Segno::new();
    let terminal = start(&segno);
    terminal.keys("ctrl+b $");
    terminal.wait_text("Rename p1");
    terminal.paste("left\nhand");
    terminal.keys("enter");
    segno.wait_status("p1", "its name", |s| s["name"] == "lefthand");
    terminal.keys("ctrl+b c");
    wait_panes(&segno, 2);
    terminal.keys("ctrl+b w");
    terminal.wait_text("lefthand");
    terminal.keys("up up up down enter");
    wait_focus(&segno, "p1");
}

#[test]
fn the_size_of_the_terminal_is_the_size_of_the_panes() {
    let segno = Segno::new();
    let terminal = start(&segno);
    assert_eq!(size(&segno, "p1"), (100, 28));
    terminal.resize(60, 12);
    segno.wait_for("the new size", || (size(&segno, "p1") == (60, 10)).then_some(()));
    terminal.type_text("stty size");
    terminal.keys("enter");
    terminal.wait_text("10 60");
    for (cols, rows) in [(1, 1), (3, 2), (100, 30)] {
        terminal.resize(cols, rows);
        segno.wait_for("a size", || (size(&segno, "p1").0 == u64::from(cols.max(2))).then_some(()));
    }
    terminal.wait_text("help");
}
