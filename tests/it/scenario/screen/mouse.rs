//! The mouse, and what programs ask of their terminal: they reach who they are meant for.

use serde_json::Value;

use crate::support::segno::Segno;
use segno_base::key::{MouseAction, MouseButton};
use segno_term::TermEvent;

fn cols(segno: &Segno, pane: &str) -> u64 {
    let text = segno.ok(&["read", pane, "--format", "json"]);
    serde_json::from_str::<Value>(&text).unwrap()["screen"]["cols"].as_u64().unwrap()
}

fn wait_focus(segno: &Segno, pane: &str) {
    segno.wait_for(&format!("the focus on {pane}"), || {
        segno.panes().iter().any(|p| p["id"] == pane && p["focused"] == true).then_some(())
    });
}

#[test]
fn a_click_focuses_a_drag_resizes_and_tabs_are_clicked() {
    let segno = Segno::new();
    let terminal = segno.terminal();
    terminal.wait_text("$");
    segno.ok(&["new", "--focus", "--split", "right"]);
    terminal.wait_text("│");
    wait_focus(&segno, "p2");
    assert!(terminal.click(10, 10));
    wait_focus(&segno, "p1");
    let before = cols(&segno, "p1");
    let (x, _) = terminal.find("│").unwrap();
    terminal.mouse(MouseAction::Press(MouseButton::Left), x, 10);
    terminal.mouse(MouseAction::Drag(MouseButton::Left), x - 10, 11);
    terminal.mouse(MouseAction::Release(MouseButton::Left), x - 10, 11);
    segno.wait_for("the border to move", || (cols(&segno, "p1") == before - 10).then_some(()));
    // The plus in the tab bar makes a tab, a click on the first one goes back.
    let (x, y) = terminal.find("+").unwrap();
    terminal.click(x, y);
    wait_focus(&segno, "p3");
    let (x, y) = terminal.find("1 home").unwrap();
    terminal.click(x, y);
    wait_focus(&segno, "p1");
}

#[test]
fn the_wheel_scrolls_history_and_keys_come_back() {
    let segno = Segno::new();
    let terminal = segno.terminal();
    terminal.wait_text("$");
    terminal.type_text("seq 1000 1200");
    terminal.keys("enter");
    terminal.wait_text("1199");
    for _ in 0..30 {
        terminal.mouse(MouseAction::Press(MouseButton::WheelUp), 5, 5);
    }
    terminal.wait_text("SCROLL");
    terminal.wait_text("1100");
    terminal.keys("home");
    terminal.wait_text("1000");
    terminal.keys("end");
    terminal.wait_gone("SCROLL");
    terminal.keys("ctrl+b shift+pageup");
    terminal.wait_text("SCROLL");
    terminal.keys("pageup pagedown");
    terminal.type_text("x");
    terminal.wait_gone("SCROLL");
}

#[test]
fn a_program_that_wants_the_mouse_gets_it_relative_to_its_pane() {
    let segno = Segno::new();
    let terminal = segno.terminal();
    terminal.wait_text("$");
    let script = "printf '\\033[?1002h\\033[?1006h'; stty raw -echo; exec cat -v";
    segno.ok(&["new", "--focus", "--split", "right", "--", "-c", script]);
    segno.wait_for("mouse mode", || {
        terminal.mouse(MouseAction::Press(MouseButton::Left), 60, 5);
        segno.ok(&["read", "p2"]).contains("[<0;").then_some(())
    });
    let left = terminal.find("│").unwrap().0 + 1;
    terminal.mouse(MouseAction::Release(MouseButton::Left), 60, 5);
    terminal.mouse(MouseAction::Press(MouseButton::Left), left, 2);
    segno.ok(&["wait", "p2", "--for", "output=<0;1;1M"]);
    // Held, it stays the program's, whatever is below it.
    terminal.mouse(MouseAction::Drag(MouseButton::Left), 2, 7);
    segno.ok(&["wait", "p2", "--for", "output=<32;1;6M"]);
    terminal.mouse(MouseAction::Release(MouseButton::Left), 2, 7);
    segno.ok(&["wait", "p2", "--for", "output=<0;1;6m"]);
    wait_focus(&segno, "p2");
}

#[test]
fn without_the_mouse_setting_only_programs_get_it() {
    let segno = Segno::new();
    segno.write("config.toml", "[mouse]\nenabled = false\n");
    let terminal = segno.terminal();
    terminal.wait_text("$");
    assert!(!terminal.click(10, 10), "the terminal's own selection stays");
    let script = "printf '\\033[?1002h\\033[?1006h'; stty raw -echo; exec cat -v";
    segno.ok(&["new", "--focus", "--split", "right", "--", "-c", script]);
    segno.wait_for("mouse mode", || {
        terminal.mouse(MouseAction::Press(MouseButton::Left), 60, 6).then_some(())
    });
    segno.ok(&["wait", "p2", "--for", r"output=\[<0;"]);
    terminal.click(5, 5);
    terminal.mouse(MouseAction::Press(MouseButton::Left), 61, 7);
    segno.ok(&["wait", "p2", "--for", r"output=;6M.*;6M|;5M.*;6M"]);
    assert_eq!(segno.status("p2")["focused"], true);
}

#[test]
fn titles_clipboard_bell_and_cursor_pass_through() {
    let segno = Segno::new();
    let terminal = segno.terminal();
    terminal.wait_text("$");
    let script = "printf '\\033]2;a title\\a\\033]52;c;aGVsbG8=\\a\\a\\033[6 q\\033[38;2;1;2;3mcolour\\033[4:3mcurl\\n'; exec cat";
    segno.ok(&["new", "--focus", "--", "-c", script]);
    terminal.wait_text("colour");
    segno.wait_for("the window's title", || {
        terminal.title().is_some_and(|t| t.contains("a title")).then_some(())
    });
    segno.wait_for("clipboard and bell", || {
        let events = terminal.events();
        let copied = events
            .iter()
            .any(|e| matches!(e, TermEvent::ClipboardStore { text, .. } if text == "hello"));
        let rang = events.iter().any(|e| matches!(e, TermEvent::Bell));
        (copied && rang).then_some(())
    });
    let raw = String::from_utf8_lossy(&terminal.raw()).into_owned();
    assert!(raw.contains("\x1b[6 q"), "the cursor's shape");
    assert!(raw.contains("38;2;1;2;3") || raw.contains("38:2::1:2:3"), "true colour");
    assert_eq!(segno.status("p2")["title"], "a title");
}

#[test]
fn a_terminal_without_true_colour_gets_what_it_knows() {
    let mut segno = Segno::new();
    segno.env_remove("COLORTERM").env("TERM", "xterm");
    let terminal = segno.terminal();
    terminal.wait_text("$");
    segno.ok(&["new", "--focus", "--", "-c", "printf '\\033[38;2;250;0;0mcolour\\n'; exec cat"]);
    terminal.wait_text("colour");
    let raw = String::from_utf8_lossy(&terminal.raw()).into_owned();
    assert!(!raw.contains("38;2;"), "{raw}");
}

#[test]
fn the_kitty_keyboard_is_passed_on_and_taken_back() {
    let segno = Segno::new();
    let terminal = segno.terminal();
    terminal.wait_text("$");
    let script = "printf '\\033[>1u'; stty raw -echo; exec cat -v";
    segno.ok(&["new", "--focus", "--", "-c", script]);
    segno.wait_for("the protocol", || (terminal.modes().kitty & 1 == 1).then_some(()));
    terminal.keys("ctrl+i");
    segno.ok(&["wait", "p2", "--for", r"output=\[105;5u"]);
    // The prefix is known in every spelling.
    terminal.keys("ctrl+b %");
    segno.wait_for("the split", || (segno.panes().len() == 3).then_some(()));
}

#[test]
fn programs_that_ask_their_terminal_start_without_delay() {
    let segno = Segno::new();
    let terminal = segno.terminal();
    terminal.wait_text("$");
    // Primary attributes, cursor position, a mode, the background: each is answered.
    let script = r#"stty raw -echo min 0 time 50; printf '\033[c\033[6n\033[?2026$p\033]11;?\007';
        head -c 40 | cat -v; exec cat"#;
    segno.ok(&["new", "--focus", "--", "-c", script]);
    terminal.wait(|s| s.contains("^[[?") && s.contains("$y") && s.contains("rgb:"), "the answers");
}
