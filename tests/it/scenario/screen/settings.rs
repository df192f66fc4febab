//! What is found by typing: a setting, a theme, a type; what the shell completes; JSON everywhere.

use crate::support::segno::{Segno, program};

#[test]
fn a_setting_is_changed_and_the_comments_stay() {
    let segno = Segno::new();
    segno.write("config.toml", "# mine\n[looks] # so\nsidebar = false # off\n");
    let terminal = segno.terminal_of(100, 30, &[]);
    terminal.wait_text("$");
    terminal.keys("ctrl+b E");
    terminal.wait_text("Settings");
    terminal.type_text("looks.sidebar");
    terminal.wait_text("sidebar_width");
    terminal.keys("enter");
    segno.wait_for("the change", || {
        let text = segno.file("config.toml")?;
        (text == "# mine\n[looks] # so\nsidebar = true # off\n").then_some(())
    });
    // What cannot be used is refused, and the file stays as it is.
    terminal.keys("down enter ctrl+u");
    terminal.type_text("3");
    terminal.keys("enter");
    terminal.wait_text("14");
    assert!(!segno.file("config.toml").unwrap().contains("sidebar_width"));
    // What was typed is there to be mended.
    terminal.type_text("0");
    terminal.keys("enter");
    segno.wait_for("the width", || {
        segno.file("config.toml")?.contains("sidebar_width = 30").then_some(())
    });
    terminal.keys("esc");
    terminal.wait_gone("find:");
    // The palette has the themes.
    terminal.keys("ctrl+b :");
    terminal.type_text("theme pap");
    terminal.wait_text("Theme: paper");
    terminal.keys("enter");
    segno.wait_for("the theme", || {
        segno.file("config.toml")?.contains("theme = \"paper\"").then_some(())
    });
}

#[test]
fn a_type_is_found_by_a_few_letters() {
    let segno = Segno::new();
    let terminal = segno.terminal_of(80, 24, &[]);
    terminal.wait_text("$");
    terminal.keys("ctrl+b a");
    terminal.wait_text("Shells");
    terminal.type_text("follow");
    terminal.wait(|s| s.contains("Follow a file") && !s.contains("SSH"), "the one that fits");
    terminal.keys("ctrl+u");
    terminal.type_text("op");
    terminal.wait_text("OpenCode");
    terminal.keys("esc");
    terminal.wait_gone("find:");
}

#[test]
fn every_command_knows_json_and_the_shell_completes_what_there_is() {
    let segno = Segno::new();
    segno.ok(&["new", "--name", "builder"]);
    assert_eq!(segno.json(&["pin", "builder"])["done"], true);
    let path = segno.json(&["config", "path"]);
    assert!(path["text"].as_str().unwrap().ends_with("config.toml"), "{path}");
    assert_eq!(segno.json(&["status", "builder"])["pane"]["name"], "builder");
    assert!(segno.ok(&["--color", "always", "ls"]).contains('\u{1b}'));
    assert!(!segno.ok(&["ls"]).contains('\u{1b}'));
    let completed = |words: &[&str]| {
        let mut command = segno.command(program());
        let output = command.env("SEGNO_COMPLETE", "fish").arg("--").args(words).output().unwrap();
        String::from_utf8_lossy(&output.stdout).into_owned()
    };
    assert!(completed(&["segno", "close", "b"]).contains("builder"));
    assert!(completed(&["segno", "new", "--type", "s"]).contains("shell"));
    assert!(completed(&["segno", "clo"]).contains("close"));
}
