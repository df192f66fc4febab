//! OpenCode 2, of which no release can be installed here: a stand-in loads the tracker as its
//! terminal UI does, so that the whole way is run, from the variable that the pane gets to its
//! status.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use serde_json::{Value, json};

use crate::support::agents::agents_enabled;
use crate::support::segno::{Segno, arguments};

/// A Segno whose `opencode` is the stand-in, and a directory to work in.
fn with_stand_in() -> (Segno, PathBuf) {
    let mut segno = Segno::new();
    let programs = segno.directory("bin");
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/js/stand-in.js");
    let program = programs.join("opencode");
    fs::write(&program, format!("#!/bin/sh\nexec node '{}' \"$@\"\n", script.display())).unwrap();
    fs::set_permissions(&program, fs::Permissions::from_mode(0o755)).unwrap();
    segno.path_first(&programs);
    let config = segno.user_home().join(".config/opencode");
    fs::create_dir_all(&config).unwrap();
    // With these, 1.x gets the server plugin.
    fs::create_dir_all(config.join("node_modules/@opencode-ai/plugin")).unwrap();
    fs::write(config.join("package-lock.json"), "{}").unwrap();
    let work = segno.directory("work");
    (segno, work)
}

fn open(segno: &Segno, work: &Path, options: &[&str]) -> String {
    let work = work.to_str().unwrap();
    let pane = segno.ok(&[&["new", "--type", "opencode", "--cwd", work], options].concat());
    segno.pane_pid(&pane);
    pane
}

fn enter(segno: &Segno, pane: &str, line: &str) {
    segno.ok(&["send", pane, line, "--enter"]);
}

fn shows(segno: &Segno, pane: &str, text: &str) {
    segno.wait_for(text, || segno.ok(&["read", pane]).contains(text).then_some(()));
}

fn recorded(segno: &Segno, pane: &str) -> Option<String> {
    Some(segno.file(&format!("sessions/opencode-{pane}.id"))?.trim_end().to_owned())
}

/// A variable that the pane's program was started with (Linux only).
fn variable(segno: &Segno, pane: &str, name: &str) -> Option<String> {
    let bytes = fs::read(format!("/proc/{}/environ", segno.pane_pid(pane))).ok()?;
    let text = String::from_utf8_lossy(&bytes).into_owned();
    text.split('\0').find_map(|each| each.strip_prefix(&format!("{name}="))).map(str::to_owned)
}

#[test]
fn a_conversation_is_followed_from_the_variable_to_the_status_and_comes_back() {
    if !agents_enabled() {
        return;
    }
    let (segno, work) = with_stand_in();
    // The user's own plugin, by a path beside their file.
    let config = segno.user_home().join(".config/opencode");
    let mark = segno.user_home().join("mine.runs");
    fs::create_dir(config.join("mine")).unwrap();
    let plugin = format!(
        "import fs from \"node:fs\"\nexport default {{ id: \"mine\", setup: ({{ options }}) => fs.writeFileSync({}, options.say) }}\n",
        json!(mark)
    );
    fs::write(config.join("mine/tui.js"), plugin).unwrap();
    let settings =
        "{ // mine\n \"plugins\": [{\"package\": \"./mine\", \"options\": {\"say\": \"hi\"}}] }";
    fs::write(config.join("cli.json"), settings.replace("// mine\n", "")).unwrap();
    let before = fs::read(config.join("cli.json")).unwrap();

    let pane = open(&segno, &work, &[]);
    shows(&segno, &pane, "SCREEN home");
    segno.wait_for("the new conversation", || {
        (recorded(&segno, &pane).as_deref() == Some("@new")).then_some(())
    });
    enter(&segno, &pane, "say hello");
    let status = segno.wait_status(&pane, "an answered prompt", |s| {
        s["state"] == "idle" && s["session_title"] == "About hello" && s["usage"]["cost"] == 0.25
    });
    let id = status["session"].as_str().unwrap().to_owned();
    segno.wait_for("its record", || {
        (recorded(&segno, &pane).as_deref() == Some(id.as_str())).then_some(())
    });
    assert_eq!(status["notes"], json!([]), "{status:#}");
    assert_eq!(fs::read_to_string(&mark).unwrap(), "hi", "the user's plugin");
    assert_eq!(fs::read(config.join("cli.json")).unwrap(), before);
    let explain = segno.ok(&["status", &pane, "--explain"]);
    assert!(
        explain.contains("taken for generation 2: `--version` says \"opencode v2.0.17\""),
        "{explain}"
    );
    if cfg!(target_os = "linux") {
        assert_eq!(variable(&segno, &pane, "OPENCODE_CONFIG_CONTENT"), None);
        assert!(variable(&segno, &pane, "OPENCODE_TUI_CONFIG").is_some());
    }

    enter(&segno, &pane, "work more");
    segno.wait_state(&pane, "working");
    enter(&segno, &pane, "ask");
    let status = segno.wait_state(&pane, "blocked");
    assert_eq!(status["detail"], "permission: shell ls");
    enter(&segno, &pane, "allow");
    segno.wait_state(&pane, "working");
    enter(&segno, &pane, "stop");
    segno.wait_state(&pane, "idle");

    segno.reboot();
    segno.daemon_start();
    segno.wait_for("the pane in its conversation", || {
        let pid = segno.status(&pane)["pid"].as_i64()?;
        let words = arguments(pid as i32);
        words.windows(2).any(|pair| pair == ["--session", id.as_str()]).then_some(())
    });
    shows(&segno, &pane, &format!("SCREEN {id}"));
    segno.wait_state(&pane, "idle");
    enter(&segno, &pane, "new");
    segno.wait_for("the new conversation", || {
        (recorded(&segno, &pane).as_deref() == Some("@new")).then_some(())
    });
    enter(&segno, &pane, &format!("pick {id}"));
    segno.wait_status(&pane, "the picked one", |s| s["session"] == json!(id));
    enter(&segno, &pane, "delete");
    segno.wait_status(&pane, "none", |s| s["session"].is_null());
    let reasons = |list: Value| -> Vec<String> {
        let list = list["sessions"].as_array().unwrap().clone();
        list.iter().map(|entry| entry["reason"].as_str().unwrap().to_owned()).collect()
    };
    let reasons = reasons(segno.json(&["sessions", &pane]));
    assert_eq!(reasons, ["start", "created", "resumed", "new", "selected", "deleted"]);
}

#[test]
fn a_conversation_that_is_gone_makes_the_pane_ask_and_its_id_is_kept() {
    if !agents_enabled() {
        return;
    }
    let (segno, work) = with_stand_in();
    let pane = open(&segno, &work, &["--session", "ses_lost"]);
    let terminal = segno.terminal_of(110, 30, &["attach"]);
    segno.ok(&["focus", &pane]);
    terminal.wait_text("choose another");
    assert_eq!(recorded(&segno, &pane).as_deref(), Some("ses_lost"));
    terminal.keys("1");
    terminal.wait_text("SCREEN home");
    segno.wait_for("a new conversation", || {
        (recorded(&segno, &pane).as_deref() == Some("@new")).then_some(())
    });
}

#[test]
fn a_server_of_its_own_is_for_the_second_generation_only() {
    if !agents_enabled() {
        return;
    }
    let (segno, work) = with_stand_in();
    let pane = open(&segno, &work, &["--on", "standalone"]);
    segno.wait_for("the argument", || {
        arguments(segno.pane_pid(&pane)).iter().any(|word| word == "--standalone").then_some(())
    });
    let program = segno.directory("bin").join("opencode");
    let script = "#!/bin/sh\n[ \"$1\" = --version ] && echo 1.18.33 || exec cat\n";
    fs::write(program.with_extension("new"), script).unwrap();
    fs::set_permissions(program.with_extension("new"), fs::Permissions::from_mode(0o755)).unwrap();
    fs::rename(program.with_extension("new"), &program).unwrap();
    let pane = open(&segno, &work, &["--on", "standalone"]);
    let explain = segno.ok(&["status", &pane, "--explain"]);
    assert!(explain.contains("taken for generation 1"), "{explain}");
    assert!(explain.contains("standalone is left out"), "{explain}");
    if cfg!(target_os = "linux") {
        segno.wait_for("the variable", || variable(&segno, &pane, "OPENCODE_CONFIG_CONTENT"));
    }
}
