//! What is around the agent: the user's own settings, programs inside the pane, a disk that takes
//! nothing, no network.

use std::fs;
use std::path::Path;

use serde_json::{Value, json};

use crate::support::agents::OpencodeHome;
use crate::support::opencode::{Bed, PATIENCE, READY};
use crate::support::segno::wait_for;
use crate::support::small_disk::SmallDisk;

both_versions!(
    the_users_own_settings,
    an_agent_inside_the_agent,
    no_plugin_package,
    a_project_without_its_package,
    no_screen,
);
// What these are about is Segno's, the same with every version.
newest_version!(nothing_can_be_written, the_disk_is_full);

/// A plugin for opencode's server that notes in a file that it runs.
fn server_plugin(directory: &Path, name: &str) -> std::path::PathBuf {
    let mark = directory.join(format!("{name}.runs"));
    let text = format!(
        "import fs from \"node:fs\"\nexport const Mine = async () => {{ fs.writeFileSync({}, \"\"); return {{}} }}\n",
        json!(mark)
    );
    fs::write(directory.join(format!("{name}.js")), text).expect("a plugin");
    mark
}

/// The same for opencode's terminal UI.
fn screen_plugin(directory: &Path, name: &str) -> std::path::PathBuf {
    let mark = directory.join(format!("{name}.runs"));
    let text = format!(
        "import fs from \"node:fs\"\nexport default {{ id: {}, tui: async () => {{ fs.writeFileSync({}, \"\") }} }}\n",
        json!(name),
        json!(mark)
    );
    fs::write(directory.join(format!("{name}.js")), text).expect("a plugin");
    mark
}

/// Plugins and settings of the user stay active, wherever they are given, and no file of theirs is
/// touched.
fn the_users_own_settings(version: &str) {
    let mut bed = Bed::new(version);
    let mine = bed.segno.directory("mine");
    let config = bed.home.config_directory();
    let marks = [
        server_plugin(&mine, "by-content"),
        server_plugin(&mine, "by-config"),
        screen_plugin(&mine, "by-variable"),
        screen_plugin(&config, "by-file"),
    ];
    let mut settings: Value =
        serde_json::from_slice(&fs::read(config.join("opencode.json")).unwrap()).unwrap();
    settings["plugin"] = json!([mine.join("by-config.js")]);
    fs::write(config.join("opencode.json"), settings.to_string()).unwrap();
    fs::write(config.join("tui.json"), json!({"plugin": ["./by-file.js"]}).to_string()).unwrap();
    // With a comment, a comma too many and a relative path, as people write.
    let tui = "{ // mine\n \"plugin\": [\"./by-variable.js\",], }";
    fs::write(mine.join("my-tui.json"), tui).unwrap();
    let content = format!("{{ /* mine */ \"plugin\": [{}], }}", json!(mine.join("by-content.js")));
    bed.segno.env("OPENCODE_CONFIG_CONTENT", content);
    bed.segno.env("OPENCODE_TUI_CONFIG", mine.join("my-tui.json"));
    let before = everything_in(&bed.home, &mine);

    let pane = bed.open_ready(&[]);
    for mark in &marks {
        wait_for(&format!("{}", mark.display()), PATIENCE, || mark.exists().then_some(()));
    }
    pane.say("hello");
    pane.wait_id(&[]);
    let status = pane.wait_idle();
    assert_eq!(status["notes"], json!([]), "{status:#}");
    if let Some(content) = pane.variable("OPENCODE_CONFIG_CONTENT") {
        assert!(
            content.contains("by-content.js") && content.contains("session-tracker.js"),
            "{content}"
        );
    }
    for (now, before) in everything_in(&bed.home, &mine).iter().zip(&before) {
        assert_eq!(now, before);
    }
}

/// The user's files with their contents.
fn everything_in(home: &OpencodeHome, mine: &Path) -> Vec<(String, Value)> {
    let mut files: Vec<_> = [home.config_directory(), mine.to_owned()]
        .iter()
        .flat_map(|directory| fs::read_dir(directory).expect("the user's directory"))
        .filter_map(|entry| {
            let entry = entry.ok()?;
            let name = entry.file_name().to_string_lossy().into_owned();
            // Not the marks, and not what opencode itself keeps there.
            let ours =
                [".json", ".js"].iter().any(|end| name.ends_with(end)) && !name.contains("package");
            let text = fs::read_to_string(entry.path()).unwrap_or_default();
            let mut content = serde_json::from_str(&text).unwrap_or(Value::String(text));
            // opencode adds its schema to the settings.
            content.as_object_mut().map(|settings| settings.remove("$schema"));
            ours.then_some((name, content))
        })
        .collect();
    files.sort_by(|one, other| one.0.cmp(&other.0));
    files
}

/// An opencode that the agent starts in its shell tool has the pane's variables, and must not speak
/// for the pane.
fn an_agent_inside_the_agent(version: &str) {
    let bed = Bed::with(version, 2, json!({}));
    let mut pane = bed.open_ready(&[]);
    pane.prompt("BASH opencode run 'SAY nested words'", "Ran it.");
    let id = pane.wait_id(&[]);
    assert!(
        bed.model.requests().iter().any(|request| request.prompt.contains("SAY nested words")
            && !request.prompt.contains("BASH"))
    );
    let events = bed.segno.file(&format!("events/{}.jsonl", pane.id)).expect("events");
    for line in events.lines() {
        let event: Value = serde_json::from_str(line).expect("a line of JSON");
        let session = event["session"].as_str();
        assert!(session.is_none_or(|session| session == id), "{line}");
    }
    pane.wait_recorded(&id);
    pane.reboots_into(&id, "Ran it.");
}

/// Where the tracker cannot write, opencode works as ever; and when it can again, it does.
fn nothing_can_be_written(version: &str) {
    let bed = Bed::new(version);
    bed.segno.daemon_start();
    let home = bed.segno.home();
    let blocked = ["sessions", "events", "log", "run/claims"].map(|name| home.join(name));
    for directory in &blocked {
        // The daemon makes a directory again that it misses, perhaps between the two steps.
        bed.segno.wait_for("a file in the directory's place", || {
            fs::remove_dir_all(directory).ok();
            fs::write(directory, "in the way").ok()
        });
    }
    let pane = bed.open_ready(&[]);
    pane.enter("SAY unharmed");
    pane.terminal.wait_text("Build · m1 ·");
    assert_eq!(pane.recorded(), None);

    for directory in &blocked {
        fs::remove_file(directory).expect("the file in the way");
        fs::create_dir_all(directory).expect("the directory again");
    }
    pane.enter("SAY written now");
    pane.terminal.wait_text("written now");
    let id = bed.segno.wait_for("the record", || pane.recorded());
    assert!(id.starts_with("ses_"), "{id}");
}

/// On a full disk opencode works as ever, and nothing that was recorded is damaged; with room
/// again, the record follows.
fn the_disk_is_full(version: &str) {
    let bed = Bed::new(version);
    let Some(disk) = SmallDisk::mounted(&bed.segno) else {
        eprintln!("skipped: mounting is not allowed here");
        return;
    };
    bed.segno.write("config.toml", "[general]\nscrollback_lines = 300\njournal_mb = 1\n");
    let pane = bed.open_ready(&[]);
    pane.wait_recorded_new();
    disk.fill();
    pane.enter("SAY unharmed");
    pane.terminal.wait_text("Build · m1 ·");
    assert_eq!(pane.recorded().as_deref(), Some("@new"));
    disk.free();
    pane.enter("SAY written now");
    pane.terminal.wait_text("written now");
    pane.wait_id(&[]);
    bed.segno.ok(&["close", &pane.id]);
}

/// Where opencode would fetch its plugin package first, the server plugin is left out, so that
/// nobody waits for the network; the screen is watched all the same.
fn no_plugin_package(version: &str) {
    let mut bed = Bed::without_package(version);
    // Nobody listens there.
    bed.segno.env("npm_config_registry", "http://127.0.0.1:9/");
    let mut pane = bed.open_ready(&[]);
    let explain = bed.segno.ok(&["status", &pane.id, "--explain"]);
    assert!(explain.contains("the server plugin is left out"), "{explain}");
    if cfg!(target_os = "linux") {
        assert_eq!(pane.variable("OPENCODE_CONFIG_CONTENT"), None);
    }
    pane.say("watched all the same");
    let id = pane.wait_id(&[]);
    pane.reboots_into(&id, "watched all the same");
    pane.new_conversation();
    pane.wait_recorded_new();
}

/// The same for a project's own settings, in the working directory or above it.
fn a_project_without_its_package(version: &str) {
    let mut bed = Bed::new(version);
    // Nobody listens there.
    bed.segno.env("npm_config_registry", "http://127.0.0.1:9/");
    let project = bed.segno.directory("project");
    let deep = project.join("deep/below");
    fs::create_dir_all(&deep).expect("a directory to work in");
    fs::create_dir(project.join(".opencode")).expect("the project's settings");
    let package = json!({"dependencies": {"@opencode-ai/plugin": "*"}});
    fs::write(project.join(".opencode/package.json"), package.to_string()).expect("a package");
    bed.work = deep;
    let pane = bed.open_ready(&[]);
    let explain = bed.segno.ok(&["status", &pane.id, "--explain"]);
    assert!(explain.contains("the server plugin is left out"), "{explain}");
    pane.say("watched all the same");
    pane.wait_id(&[]);
}

/// Without a screen, opencode's server reports.
fn no_screen(version: &str) {
    let bed = Bed::new(version);
    let pane = bed.open(&["--", "run", "HANG"]);
    pane.terminal.wait_gone(READY);
    let id = pane.wait_id(&[]);
    pane.wait_state("working");
    let explain = bed.segno.ok(&["status", &pane.id, "--explain"]);
    assert!(explain.contains("its server's events"), "{explain}");
    assert!(id.starts_with("ses_"));
}
