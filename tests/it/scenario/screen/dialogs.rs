//! What is asked and shown above the panes: help, messages, the new-pane dialog.

use crate::support::segno::Segno;
use crate::support::terminal::Terminal;
use segno_base::key::{MouseAction, MouseButton};

const TOOL: &str = r#"
schema = 1
name = "tool"
title = "Tool"
kind = "tool"
homepage = "https://tool.example"

[command]
program = "/bin/sh"
args = ["-c", 'echo "args: $*"; pwd; exec cat', "tool"]
cwd = "ask"

[[command.toggle]]
name = "loud"
label = "Be loud"
args = ["--loud"]
"#;

#[test]
fn help_is_searched_scrolled_and_closed() {
    let segno = Segno::new();
    let terminal = segno.terminal_of(80, 14, &[]);
    terminal.wait_text("$");
    terminal.keys("ctrl+b ?");
    terminal.wait_text("Split right");
    // Far beyond the end, and one back: seen at once.
    terminal.keys(&"pagedown ".repeat(30));
    terminal.wait_text("Send the prefix key");
    let end = terminal.screen();
    terminal.keys("up");
    terminal.wait(|s| s != end, "one row back");
    terminal.mouse(MouseAction::Press(MouseButton::WheelUp), 40, 6);
    terminal.keys(&"pageup ".repeat(30));
    terminal.wait_text("Start here");
    terminal.type_text("zoom txy");
    terminal.keys("backspace");
    terminal.keys("backspace");
    terminal.wait_text("Zoom the pane");
    terminal.keys("esc");
    terminal.wait_gone("find:");
}

const REMOTE: &str = r#"
schema = 1
name = "remote"
title = "Remote"
kind = "tool"

[command]
program = "/bin/sh"
args = ["-c", 'for arg; do echo "<$arg>"; done; exec cat', "remote"]

[[command.field]]
name = "host"
label = "Host"
required = true
args = ["{value}"]

[[command.field]]
name = "options"
label = "Options"
words = true
args = ["{value}"]
"#;

/// Chooses a type that the dialog for a new pane lists.
fn choose_type(terminal: &Terminal, title: &str) {
    let (x, y) = terminal.find(&format!("  {title}")).unwrap();
    terminal.click(x + 3, y);
    terminal.keys("enter");
}

/// What cannot be used is reported in the form, at the field, before anything starts.
#[test]
fn a_field_that_cannot_be_used_is_asked_for_again() {
    let segno = Segno::new();
    segno.write("panes/remote.toml", REMOTE);
    let terminal = segno.terminal();
    terminal.wait_text("$");
    terminal.keys("ctrl+b a");
    terminal.wait_text("Remote");
    choose_type(&terminal, "Remote");
    terminal.wait_text("Host");
    terminal.keys("down");
    terminal.type_text("-J 'a b");
    terminal.keys("enter");
    terminal.wait_text("Host: it must not be empty");
    // The cursor is in it.
    terminal.type_text("moon");
    terminal.wait(|s| s.contains("moon") && !s.contains("must not"), "the host");
    terminal.keys("enter");
    terminal.wait_text("Options: a quote is not closed");
    terminal.type_text("' -A");
    terminal.keys("enter");
    terminal.wait(|s| ["<moon>", "<-J>", "<a b>", "<-A>"].iter().all(|w| s.contains(w)), "it runs");
    assert_eq!(segno.panes().len(), 2);
}

#[test]
fn a_new_pane_is_asked_for_with_directory_and_toggle() {
    let segno = Segno::new();
    segno.write("panes/tool.toml", TOOL);
    let wanted = segno.directory("some where");
    std::fs::create_dir_all(wanted.join("inner")).unwrap();
    let terminal = segno.terminal();
    terminal.wait_text("$");
    terminal.keys("ctrl+b a");
    terminal.wait_text("Tool");
    choose_type(&terminal, "Tool");
    terminal.wait_text("Be loud");
    terminal.keys("ctrl+u");
    terminal.type_text(&format!("{}/no such", segno.root().display()));
    terminal.keys("enter");
    terminal.wait_text("there is no directory");
    terminal.keys("ctrl+u");
    terminal.type_text(&format!("{}/some", segno.root().display()));
    terminal.wait_text("some where");
    terminal.keys("tab");
    terminal.wait(|s| s.matches("some where").count() >= 1 && s.contains("inner"), "what is in it");
    terminal.keys("down space");
    terminal.wait_text("[x]");
    terminal.keys("enter");
    terminal.wait_text("args: --loud");
    let panes = segno.panes();
    assert_eq!(panes[1]["type"], "tool");
    assert_eq!(panes[1]["cwd"].as_str().unwrap(), wanted.to_str().unwrap());
}

/// What is installed comes first; the rest is one line, which unfolds, and cannot be started.
#[test]
fn types_that_are_not_installed_are_folded_into_one_line() {
    let segno = Segno::new();
    segno.write("panes/tool.toml", &TOOL.replace("/bin/sh", "no-such-program-anywhere"));
    let agent = TOOL.replace("\"tool\"\n", "\"zebra\"\n").replace("Tool", "Zebra");
    segno.write("panes/zebra.toml", &agent.replace("kind = \"zebra\"", "kind = \"agent\""));
    let terminal = segno.terminal_of(100, 60, &[]);
    terminal.wait_text("$");
    terminal.keys("ctrl+b a");
    let screen = terminal.wait_text("more are not installed · → shows them");
    let place = |text: &str| screen.find(text).unwrap_or_else(|| panic!("{text}:\n{screen}"));
    assert!(place("  Zebra") < place("  Shell") && place("  Shell") < place("not installed"));
    assert!(!screen.contains("https://tool.example"), "{screen}");
    terminal.keys("right");
    terminal.wait_text("https://tool.example");
    choose_type(&terminal, "Tool");
    terminal.wait_text("Tool is not installed");
    // What is hidden is not chosen.
    terminal.keys("left");
    terminal.wait_gone("https://tool.example");
    let (x, y) = terminal.find("→ shows them").unwrap();
    terminal.click(x, y);
    terminal.wait_text("https://tool.example");
    choose_type(&terminal, "Zebra");
    terminal.wait_text("Be loud");
    terminal.keys("esc");
    terminal.wait_text("Agents");
    terminal.keys("esc");
    terminal.wait_gone("Agents");
    assert_eq!(segno.panes().len(), 1);

    let types = segno.ok(&["types"]);
    let line = types.lines().find(|line| line.starts_with("not installed: "));
    // One of the user's own is worth its line.
    assert!(types.contains("no-such-program-anywhere is missing"), "{types}");
    let folded =
        line.and_then(|line| line.split([' ', ',']).nth(2)).expect("types that are folded");
    let all = segno.ok(&["types", "ls", "--all"]);
    assert!(all.lines().any(|line| line.starts_with(&format!("{folded} "))), "{folded}:\n{all}");
}

#[test]
fn a_broken_type_is_reported_and_a_changed_one_is_noticed() {
    let segno = Segno::new();
    segno.write("panes/tool.toml", "schema = 1\nname = \"tool\"\nkind = [\n");
    let terminal = segno.terminal();
    terminal.wait_text("⚠");
    terminal.keys("ctrl+b m");
    terminal.wait_text("tool.toml:");
    terminal.keys("esc");
    terminal.wait_gone("Messages");
    let (code, _) = segno.fails(&["doctor"]);
    assert_eq!(code, 1);
    assert!(String::from_utf8_lossy(&segno.cli(&["doctor"]).stdout).contains("tool.toml:"));
    // Nothing else suffers, and a repaired file is there at once.
    segno.ok(&["new", "--type", "shell"]);
    segno.write("panes/tool.toml", TOOL);
    segno.wait_for("the repaired type", || {
        let types = segno.json(&["types", "ls"]);
        types["types"].as_array()?.iter().any(|t| t["name"] == "tool").then_some(())
    });
    terminal.wait_gone("⚠");
    segno.ok(&["new", "--type", "tool"]);
    segno.write("panes/tool.toml", &TOOL.replace("\"Tool\"", "\"Hammer\""));
    segno.wait_for("the new title", || segno.ok(&["types"]).contains("Hammer").then_some(()));
}

#[test]
fn settings_are_read_again_when_they_change() {
    let segno = Segno::new();
    segno.write("keys.toml", "prefix = \"ctrl+a\"\n");
    let terminal = segno.terminal();
    terminal.wait_text("ctrl+a ?");
    segno.write("keys.toml", "prefix = \"ctrl+x\"\n");
    terminal.wait_text("ctrl+x ?");
    terminal.keys("ctrl+x ?");
    terminal.wait_text("find:");
    terminal.keys("esc");
    segno.write("keys.toml", "prefix = 7\n");
    terminal.wait_text("keys.toml:1:10: error:");
    terminal.keys("esc");
    terminal.wait_text("⚠");
    // And what was in force stays.
    terminal.wait_text("ctrl+x ?");
    assert_eq!(segno.fails(&["config", "check"]).0, 1);
    std::fs::remove_file(segno.home().join("keys.toml")).unwrap();
    terminal.wait_text("ctrl+b ?");
    terminal.wait_gone("⚠");
}
