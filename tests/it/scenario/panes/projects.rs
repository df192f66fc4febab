//! Projects: tabs of one directory together, in the sidebar and from outside, and the file that
//! opens their panes.

use std::fs;
use std::path::{Path, PathBuf};

use serde_json::Value;

use crate::support::segno::Segno;
use segno_base::key::{MouseAction, MouseButton};

/// A repository in the test's directory.
fn repository(segno: &Segno, name: &str) -> PathBuf {
    let root = segno.directory(name);
    fs::create_dir_all(root.join(".git")).unwrap();
    fs::create_dir_all(root.join("src")).unwrap();
    root
}

fn text(path: &Path) -> &str {
    path.to_str().unwrap()
}

/// Waits until the projects are these, each with the names of its tabs.
fn wait_projects(segno: &Segno, wanted: &[(&str, &[&str])]) {
    let names = |project: &Value| {
        let tabs = project["tabs"].as_array().unwrap();
        let tabs = tabs.iter().map(|tab| tab["name"].as_str().unwrap().to_string());
        (project["name"].as_str().unwrap().to_string(), tabs.collect::<Vec<_>>())
    };
    let strings = |tabs: &[&str]| tabs.iter().map(|tab| tab.to_string()).collect::<Vec<_>>();
    let wanted: Vec<_> = wanted.iter().map(|(n, tabs)| (n.to_string(), strings(tabs))).collect();
    segno.wait_for(&format!("{wanted:?}"), || {
        let projects = segno.json(&["projects"])["projects"].as_array().unwrap().clone();
        (projects.iter().map(names).collect::<Vec<_>>() == wanted).then_some(())
    });
}

fn wait_focus(segno: &Segno, name: &str) {
    segno.wait_for(&format!("the focus on {name}"), || {
        (segno.status(name)["focused"] == true).then_some(())
    });
}

#[test]
fn tabs_are_grouped_in_the_sidebar_and_clicked_there() {
    let segno = Segno::new();
    let (one, two) = (repository(&segno, "one"), repository(&segno, "two"));
    let terminal = segno.terminal();
    terminal.wait_text("$");
    segno.ok(&["rename", "p1", "home"]);
    segno.ok(&["new", "--focus", "--name", "first", "--cwd", text(&one)]);
    segno.ok(&["new", "--focus", "--name", "second", "--cwd", text(&two.join("src"))]);
    segno.ok(&["new", "--focus", "--name", "third", "--cwd", text(&one.join("src"))]);
    wait_projects(
        &segno,
        &[("one", &["first", "third"]), ("two", &["second"]), ("no project", &["home"])],
    );
    terminal.keys("ctrl+b W");
    terminal.wait(|s| s.contains("no project") && s.contains("two"), "the sidebar");
    let (x, y) = terminal.find("3 second").unwrap();
    // The one in the tab bar is above.
    let line = (y + 1..30).find(|line| {
        terminal.screen().lines().nth(usize::from(*line)).is_some_and(|l| l.contains("3 second"))
    });
    terminal.click(x.min(4), line.unwrap());
    wait_focus(&segno, "second");
    // The project before, and the one that is picked.
    terminal.keys("ctrl+b (");
    wait_focus(&segno, "third");
    terminal.keys("ctrl+b O");
    terminal.wait_text("Projects");
    terminal.type_text("two");
    terminal.keys("enter");
    wait_focus(&segno, "second");
    // A shell that goes elsewhere takes its tab along.
    segno.ok(&["send", "second", &format!("cd {}", text(&one)), "--enter"]);
    wait_projects(&segno, &[("one", &["first", "second", "third"]), ("no project", &["home"])]);
    // Too narrow, it hides; the next terminal begins with it.
    let narrow = segno.terminal_of(60, 20, &["attach"]);
    narrow.wait_text("$");
    assert!(!narrow.screen().contains("no project"));
    let wide = segno.terminal();
    wide.wait_text("no project");
    segno.kill_daemon();
    segno.daemon_start();
    wait_projects(&segno, &[("one", &["first", "second", "third"]), ("no project", &["home"])]);
    wide.wait_text("no project");
}

const FILE: &str = r#"schema = 1
[[tab]]
name = "servers"
[tab.root]
split = "row"
children = [
    { type = "command", name = "watch", args = ["sh", "-c", "touch started; exec cat"] },
    { type = "shell", name = "side", cwd = "src" },
]
"#;

#[test]
fn a_projects_file_is_asked_about_once_and_before_anything_runs() {
    let segno = Segno::new();
    let root = repository(&segno, "project");
    fs::write(root.join(".segno.toml"), FILE).unwrap();
    let terminal = segno.terminal();
    terminal.wait_text("$");
    segno.ok(&["new", "--focus", "--name", "mine", "--cwd", text(&root.join("src"))]);
    terminal
        .wait(|s| s.contains("Trust this project?") && s.contains("touch started"), "the question");
    // What is typed meanwhile answers nothing.
    terminal.type_text("yes\nt\n");
    assert_eq!(segno.panes().len(), 2);
    assert!(!root.join("started").exists());
    terminal.keys("T");
    let watch = segno.wait_state("watch", "running");
    assert_eq!(watch["cwd"], text(&root));
    assert_eq!(segno.status("side")["cwd"], text(&root.join("src")));
    segno.wait_for("its program", || root.join("started").exists().then_some(()));
    wait_projects(&segno, &[("project", &["mine", "servers"]), ("no project", &["home"])]);
    let mode = std::os::unix::fs::MetadataExt::mode(
        &fs::metadata(segno.home().join("trust.json")).unwrap(),
    );
    assert_eq!(mode & 0o777, 0o600);
    // Opened again it is gone to; closed, it opens without a question, also after a restart.
    assert_eq!(segno.ok(&["project", "open", text(&root)]), "");
    for pane in ["watch", "side", "mine"] {
        segno.ok(&["close", pane]);
    }
    segno.kill_daemon();
    segno.daemon_start();
    terminal.wait_text("$");
    segno.wait_for("the client", || {
        (segno.json(&["daemon", "status"])["daemon"]["clients"] == 1).then_some(())
    });
    segno.ok(&["new", "--focus", "--name", "mine", "--cwd", text(&root)]);
    segno.wait_state("watch", "running");
    // Changed, it is asked about again; never is never.
    for pane in ["watch", "side", "mine"] {
        segno.ok(&["close", pane]);
    }
    fs::write(root.join(".segno.toml"), format!("{FILE}# more\n")).unwrap();
    segno.ok(&["new", "--focus", "--name", "mine", "--cwd", text(&root)]);
    terminal.wait_text("Trust this project?");
    terminal.keys("N");
    terminal.wait_gone("Trust this project?");
    let (_, why) = segno.fails(&["project", "open", text(&root)]);
    assert!(
        why.contains("is not trusted as it is now") && why.contains("segno project trust"),
        "{why}"
    );
    assert_eq!(segno.panes().len(), 2);
}

#[test]
fn projects_are_opened_and_trusted_from_outside() {
    let segno = Segno::new();
    let root = repository(&segno, "project");
    let open = |segno: &Segno| segno.cli(&["project", "open", text(&root)]);
    // Without a file, it is a tab there.
    let pane = String::from_utf8(open(&segno).stdout).unwrap();
    segno.wait_state(pane.trim(), "running");
    assert_eq!(segno.status(pane.trim())["cwd"], text(&root));
    fs::write(root.join(".segno.toml"), FILE).unwrap();
    assert!(segno.fails(&["project", "open", text(&root)]).1.contains("is not trusted"));
    assert!(segno.ok(&["project", "trust", text(&root.join("src"))]).contains("trusted (SHA-256 "));
    assert_eq!(segno.ok(&["project", "open", text(&root)]).lines().count(), 2);
    assert!(segno.ok(&["project", "forget", text(&root)]).contains("no decision stored"));
    // What leads elsewhere is refused, whoever says that it is trusted.
    fs::write(root.join(".segno.toml"), FILE.replace("\"src\"", "\"/etc\"")).unwrap();
    let why = segno.fails(&["project", "trust", text(&root)]).1;
    assert!(why.contains("is outside of the project"), "{why}");
    fs::remove_file(root.join(".segno.toml")).unwrap();
    std::os::unix::fs::symlink("/etc/passwd", root.join(".segno.toml")).unwrap();
    assert!(segno.fails(&["project", "open", text(&root)]).1.contains("symbolic link"));
    assert!(segno.fails(&["project", "open", "/"]).1.contains("is in no project"));
}

#[test]
fn a_right_click_opens_the_menu_unless_the_program_has_the_mouse() {
    let segno = Segno::new();
    let terminal = segno.terminal();
    terminal.wait_text("$");
    terminal.mouse(MouseAction::Press(MouseButton::Right), 20, 5);
    terminal.wait(|s| s.contains("split right") && s.contains("close pane"), "the menu");
    let (x, y) = terminal.find("split right").unwrap();
    terminal.click(x, y);
    segno.wait_for("a split", || (segno.panes().len() == 2).then_some(()));
    terminal.wait_gone("close pane");
    terminal.mouse(MouseAction::Press(MouseButton::Right), 2, 0);
    terminal.wait_text("close tab");
    terminal.keys("esc");
    terminal.wait_gone("close tab");
    terminal.keys("ctrl+b >");
    terminal.wait_text("close pane");
    terminal.keys("esc");
    let script = "printf '\\033[?1002h\\033[?1006h'; stty raw -echo; exec cat -v";
    segno.ok(&["new", "--focus", "--", "-c", script]);
    segno.wait_for("mouse mode", || {
        terminal.mouse(MouseAction::Press(MouseButton::Left), 60, 5);
        segno.ok(&["read", "p3"]).contains("[<0;").then_some(())
    });
    terminal.mouse(MouseAction::Press(MouseButton::Right), 60, 6);
    segno.ok(&["wait", "p3", "--for", "output=<2;"]);
    assert!(!terminal.screen().contains("close pane"));
}
