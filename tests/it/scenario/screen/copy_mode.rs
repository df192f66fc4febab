//! Copy mode as a user meets it: keys, mouse, clipboards, links and the editor.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::time::Duration;

use crate::support::segno::Segno;
use crate::support::terminal::Terminal;
use segno_base::key::{MouseAction, MouseButton};
use segno_base::screen::cell::Attrs;
use segno_term::TermEvent;

/// A terminal whose shell has printed numbered lines.
fn with_lines(segno: &Segno, count: u32) -> Terminal {
    let terminal = segno.terminal_of(80, 20, &[]);
    terminal.wait_text("$");
    run(&terminal, &format!("for i in $(seq {count}); do echo line-$i-end; done; echo re''ady"));
    terminal.wait_text("ready");
    terminal
}

fn run(terminal: &Terminal, line: &str) {
    terminal.type_text(line);
    terminal.keys("enter");
}

/// Waits until this text was put on the outer terminal's clipboard.
#[track_caller]
fn wait_copied(segno: &Segno, terminal: &Terminal, wanted: &str) {
    let copied = || {
        let stored = terminal.events().into_iter().rev().find_map(|event| match event {
            TermEvent::ClipboardStore { text, .. } => Some(text),
            _ => None,
        });
        stored.filter(|text| text == wanted)
    };
    segno.wait_for(&format!("the copy of {wanted:?}"), copied);
}

/// A program in a directory that comes first in the path.
fn program(segno: &mut Segno, name: &str, script: &str) -> PathBuf {
    let directory = segno.directory("bin");
    let path = directory.join(name);
    fs::write(&path, format!("#!/bin/sh\n{script}\n")).expect("a script");
    fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).expect("a script's mode");
    segno.path_first(&directory);
    path
}

fn text(path: &Path) -> Option<String> {
    fs::read_to_string(path).ok().filter(|text| !text.is_empty())
}

#[test]
fn searching_selecting_and_copying_by_keys() {
    let mut segno = Segno::new();
    let clip = segno.root().join("clip");
    program(&mut segno, "wl-copy", &format!("cat > '{}'", clip.display()));
    segno.env("WAYLAND_DISPLAY", "wayland-test");
    let terminal = with_lines(&segno, 200);
    terminal.keys("ctrl+b [");
    terminal.wait_text("COPY");
    terminal.type_text("?line-4[0-9]-end");
    terminal.wait_text("10/10");
    terminal.keys("enter n n");
    terminal.wait_text("8/10");
    terminal.wait_text("line-47-end");
    terminal.type_text("vE");
    terminal.wait_text("COPY CHAR");
    // The program goes on, and nothing moves.
    let shown = terminal.find("line-47-end").expect("the match is in view");
    let pane = segno.panes()[0]["id"].as_str().expect("an id").to_owned();
    segno.ok(&["send", &pane, "echo la''ter", "--enter"]);
    segno.ok(&["wait", &pane, "--for", "output=later", "--timeout", "20"]);
    assert_eq!(terminal.find("line-47-end"), Some(shown));
    assert!(!terminal.screen().contains("later"));
    let cell =
        terminal.frame().get(segno_base::screen::geometry::Point::new(shown.0, shown.1)).cloned();
    assert!(cell.expect("a cell").style.attrs.contains(Attrs::REVERSE), "it is shown as selected");
    terminal.keys("y");
    wait_copied(&segno, &terminal, "line-47-end");
    terminal.wait_text("later");
    segno.wait_for("the clipboard program", || text(&clip).filter(|t| t == "line-47-end"));
    // What was copied can be pasted.
    terminal.type_text("echo pasted-");
    terminal.keys("ctrl+b ] enter");
    terminal.wait_text("pasted-line-47-end");
}

#[test]
fn a_copy_from_far_away_stays_off_this_desktop() {
    let mut segno = Segno::new();
    let clip = segno.root().join("clip");
    program(&mut segno, "wl-copy", &format!("cat > '{}'", clip.display()));
    segno.env("WAYLAND_DISPLAY", "wayland-test").env("SSH_CONNECTION", "1.2.3.4 5 6.7.8.9 22");
    let terminal = with_lines(&segno, 3);
    terminal.keys("ctrl+b [");
    terminal.wait_text("COPY");
    terminal.type_text("?line-2-end");
    terminal.wait_text("1/1");
    terminal.keys("enter");
    terminal.type_text("Y");
    wait_copied(&segno, &terminal, "line-2-end");
    assert_eq!(text(&clip), None);
}

#[test]
fn selecting_with_the_mouse() {
    let segno = Segno::new();
    let terminal = with_lines(&segno, 5);
    let (x, y) = terminal.find("line-3-end").expect("the line is in view");
    let left = MouseButton::Left;
    terminal.mouse(MouseAction::Press(left), x, y);
    terminal.mouse(MouseAction::Drag(left), x + 5, y);
    terminal.wait_text("COPY CHAR");
    terminal.mouse(MouseAction::Release(left), x + 5, y);
    wait_copied(&segno, &terminal, "line-3");
    terminal.wait_text("copied 6 characters");
    assert!(!terminal.screen().contains("COPY"));
    // Two clicks take the word, three the line.
    terminal.click(x, y + 1);
    terminal.click(x, y + 1);
    wait_copied(&segno, &terminal, "line");
    terminal.click(x, y + 1);
    wait_copied(&segno, &terminal, "line-4-end\n");
}

#[test]
fn prompts_that_the_shell_marks() {
    let mut segno = Segno::new();
    // With a bell at their ends: the shell takes backslashes out.
    segno.env("PS1", "\u{1b}]133;A\u{7}$ \u{1b}]133;B\u{7}");
    let terminal = segno.terminal_of(80, 20, &[]);
    terminal.wait_text("$");
    run(&terminal, "printf '\\033]133;C\\033\\\\one\\ntwo\\n'; echo re''ady");
    terminal.wait_text("ready");
    terminal.keys("ctrl+b y");
    wait_copied(&segno, &terminal, "one\ntwo\nready\n");
    terminal.keys("ctrl+b [");
    terminal.wait_text("COPY");
    terminal.keys("[ p");
    terminal.type_text("Y");
    segno.wait_for("the command's line", || {
        let stored = terminal.events().into_iter().rev().find_map(|event| match event {
            TermEvent::ClipboardStore { text, .. } => Some(text),
            _ => None,
        });
        stored.filter(|text| text.starts_with("$ printf"))
    });
}

#[test]
fn links_and_paths_by_label() {
    let mut segno = Segno::new();
    let opened = segno.root().join("opened");
    program(&mut segno, "xdg-open", &format!("printf %s \"$1\" > '{}'", opened.display()));
    segno.env("DISPLAY", ":7");
    let terminal = segno.terminal_of(80, 20, &[]);
    terminal.wait_text("$");
    run(&terminal, "clear; echo see http''s://example.org/a?b=c, ple''ase");
    terminal.wait_text("please\n");
    terminal.keys("ctrl+b u");
    terminal.wait_text("label copy");
    terminal.keys("a");
    wait_copied(&segno, &terminal, "https://example.org/a?b=c");
    terminal.keys("ctrl+b u");
    terminal.wait_text("label copy");
    terminal.keys("A");
    let wanted = "https://example.org/a?b=c";
    segno.wait_for("the opener", || text(&opened).filter(|text| text == wanted));
}

#[test]
fn the_scrollback_in_the_editor() {
    let mut segno = Segno::new();
    let editor = program(&mut segno, "my-editor", "stat -c %a \"$1\"; tail -n 4 \"$1\"; read line");
    segno.env("EDITOR", &editor);
    let terminal = with_lines(&segno, 60);
    terminal.keys("ctrl+b e");
    let shown = |screen: &str| screen.contains("600\n") && screen.contains("line-60-end");
    terminal.wait(shown, "the file, which only the user can read");
    let left = || {
        let entries = fs::read_dir(segno.home().join("run")).expect("the run directory");
        let names =
            entries.flatten().map(|entry| entry.file_name().into_string().unwrap_or_default());
        names.filter(|name| name.starts_with("scrollback.")).count()
    };
    assert_eq!(left(), 1);
    terminal.keys("enter");
    segno.wait_for("the end of the editor", || (left() == 0).then_some(()));
    segno.wait_for("one pane", || (segno.panes().len() == 1).then_some(()));
}

#[test]
fn another_size_and_another_client_disturb_nobody() {
    let segno = Segno::new();
    let terminal = with_lines(&segno, 100);
    let other = segno.terminal_of(80, 20, &["attach"]);
    other.wait_text("ready");
    terminal.keys("ctrl+b [");
    terminal.wait_text("COPY");
    terminal.keys("g");
    terminal.wait_text("line-1-end");
    assert!(!other.screen().contains("COPY"));
    assert!(other.screen().contains("ready"));
    terminal.resize(70, 15);
    terminal.wait_text("line-1-end");
    terminal.wait_text("COPY");
    terminal.keys("q");
    terminal.wait_text("ready");
}

/// As many lines as nobody looks at one by one.
#[test]
fn all_of_a_long_scrollback_is_searched_and_copied() {
    let mut segno = Segno::with_limit(Duration::from_secs(120));
    let clip = segno.root().join("clip");
    program(&mut segno, "wl-copy", &format!("cat > '{}'", clip.display()));
    segno.env("WAYLAND_DISPLAY", "wayland-test");
    segno.write("config.toml", "[general]\nscrollback_lines = 200000\n");
    let terminal = segno.terminal_of(80, 20, &[]).with_patience(Duration::from_secs(60));
    terminal.wait_text("$");
    run(&terminal, "seq 150000; echo re''ady");
    terminal.wait_text("ready");
    // What is typed ahead of the search waits for it.
    terminal.keys("ctrl+b [");
    terminal.wait_text("COPY");
    terminal.type_text("?^5$");
    terminal.keys("enter V y");
    segno.wait_for("the line far above", || text(&clip).filter(|text| text == "5\n"));
    terminal.keys("ctrl+b [");
    terminal.wait_text("COPY");
    terminal.keys("g V G y");
    // The last line is written last.
    let all = segno
        .wait_for("the copy of all", || text(&clip).filter(|text| text.contains("\n150000\n")));
    let numbers: String = (1..=150_000).map(|n| format!("{n}\n")).collect();
    assert!(all.contains(&numbers), "every line is copied");
    terminal.wait(|screen| screen.contains("copied 1500"), "how many lines were copied");
}

#[test]
fn a_selection_stays_with_its_text_when_the_window_changes() {
    let segno = Segno::new();
    let terminal = with_lines(&segno, 60);
    run(&terminal, "clear; echo start-$(printf 'word-%s-' $(seq 40))stop; echo do''ne");
    terminal.wait_text("done");
    terminal.keys("ctrl+b [");
    terminal.wait_text("COPY");
    terminal.type_text("?start-");
    terminal.keys("enter");
    terminal.wait_text("1/1");
    // From the line's start to its end, over several rows.
    terminal.keys("v");
    terminal.type_text("/stop");
    terminal.keys("enter");
    for (cols, rows) in [(37, 12), (120, 30), (50, 8)] {
        terminal.resize(cols, rows);
        segno.wait_for("the size", || {
            let selected =
                |cell: &segno_base::screen::cell::Cell| cell.style.attrs.contains(Attrs::REVERSE);
            let frame = terminal.frame();
            let fits = frame.size().cols == cols && terminal.screen().contains("COPY");
            let shown = (0..frame.size().rows).any(|y| frame.row(y).iter().any(selected));
            (fits && shown).then_some(())
        });
    }
    terminal.keys("y");
    let text: String = (1..=40).map(|n| format!("word-{n}-")).collect();
    wait_copied(&segno, &terminal, &format!("start-{text}s"));
}
