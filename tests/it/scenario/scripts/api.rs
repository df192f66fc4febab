//! The daemon for programs: its methods as a document, the clients in `clients/`, and keys that
//! make once what is asked for twice.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use serde_json::Value;

use crate::support::agents::{agents_enabled, install};
use crate::support::scripted;
use crate::support::segno::{Segno, program};

const TYPESCRIPT: &str = "5.9.3";
const NODE_TYPES: &str = "22.19.1";

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn storing() -> Segno {
    let mut segno = Segno::with_limit(Duration::from_secs(120));
    segno.env("SEGNO_BIN", program());
    scripted::install_storing(&segno);
    segno
}

#[track_caller]
fn is_fine(command: &mut Command) {
    let output = command.output().expect("it runs");
    let said = String::from_utf8_lossy(&output.stdout) + String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success() && said.contains("fine"), "{said}");
}

fn there(program: &str) -> bool {
    Command::new(program).arg("--version").output().is_ok_and(|output| output.status.success())
}

#[test]
fn the_methods_are_described_and_can_be_called() {
    let segno = Segno::new();
    let written = fs::read_to_string(root().join("docs/api.schema.json")).unwrap();
    assert_eq!(segno.ok(&["api", "schema"]), written.trim());
    let pane = segno.ok(&["new"]);
    let panes: Value = serde_json::from_str(&segno.ok(&["api", "call", "pane.list"])).unwrap();
    assert_eq!(panes["panes"][0]["id"], pane.as_str());
    let params = format!("{{\"pane\": \"{pane}\", \"name\": \"called\"}}");
    segno.ok(&["api", "call", "pane.rename", &params]);
    assert_eq!(segno.status("called")["id"], pane.as_str());
    assert_eq!(segno.fails(&["api", "call", "pane.close", "{\"pane\": \"p9\"}"]).0, 3);
    assert_eq!(segno.fails(&["api", "call", "pane.close"]).0, 2);
}

#[test]
fn what_is_asked_for_twice_with_a_key_is_made_once() {
    let segno = Segno::new();
    segno.write("two.toml", "schema = 1\n[[tab]]\nname = \"two\"\nroot = { split = \"row\", children = [{ type = \"shell\" }, { type = \"shell\" }] }\n");
    let layout = segno.home().join("two.toml");
    let layout = layout.to_str().unwrap();
    let first = segno.ok(&["new", "--key", "night-1"]);
    segno.kill_daemon();
    assert_eq!(segno.ok(&["new", "--key", "night-1"]), first);
    let tabs = segno.ok(&["layout", "apply", layout, "--key", "night-1"]);
    segno.kill_daemon();
    assert_eq!(segno.ok(&["layout", "apply", layout, "--key", "night-1"]), tabs);
    assert_eq!(segno.panes().len(), 3);
    // It is answered for one that was closed since, too.
    segno.ok(&["close", &first]);
    assert_eq!(segno.ok(&["new", "--key", "night-1"]), first);
    // Its id is still its own, for who asks what became of it.
    assert_eq!(segno.fails(&["wait", &first, "--for", "idle"]).0, 13);
    assert!(segno.ok(&["events", "--pane", &first]).contains("pane.closed"));
    assert_ne!(segno.ok(&["new", "--key", "night-2"]), first);
    assert_eq!(segno.panes().len(), 3);
}

#[test]
fn a_prompt_with_a_key_is_given_once() {
    let segno = Segno::new();
    scripted::install_quick(&segno);
    let pane = segno.ok(&["new", "--type", "quick"]);
    for _ in 0..2 {
        segno.ok(&["prompt", &pane, "say it", "--key", "night", "--wait", "-t", "30"]);
        segno.kill_daemon();
    }
    // A key is of one text: another one is not dropped in silence.
    let (code, why) = segno.fails(&["prompt", &pane, "say more", "--key", "night"]);
    assert!(code == 1 && why.contains("another text"), "{why}");
    assert_eq!(segno.file(&format!("received-{pane}")).unwrap(), "say it\n");
}

#[test]
fn the_python_client_does_what_it_says() {
    if !there("python3") {
        return;
    }
    let segno = storing();
    let mut check = segno.command("python3");
    check.env("PYTHONPATH", root().join("clients")).env("PYTHONDONTWRITEBYTECODE", "1");
    check.arg(root().join("tests/clients/check.py")).arg(root().join("docs/api.schema.json"));
    is_fine(&mut check);
}

#[test]
fn the_typescript_client_does_what_it_says() {
    if !agents_enabled() {
        return;
    }
    let segno = storing();
    let sources = segno.directory("sources");
    let written = |from: &Path, name: &str, change: &dyn Fn(String) -> String| -> PathBuf {
        let to = sources.join(name);
        fs::write(&to, change(fs::read_to_string(from).unwrap())).unwrap();
        to
    };
    let as_is = |text: String| text;
    written(&root().join("clients/segno.ts"), "segno.ts", &as_is);
    let check = written(&root().join("tests/clients/check.ts"), "check.ts", &as_is);
    fs::write(sources.join("package.json"), "{ \"type\": \"module\" }").unwrap();
    let compiler = install("typescript", TYPESCRIPT).join("node_modules/typescript/bin/tsc");
    let types = install("@types/node", NODE_TYPES).join("node_modules/@types");
    let mut compile = Command::new("node");
    compile.arg(compiler).args(["--strict", "--erasableSyntaxOnly", "--skipLibCheck"]);
    compile.args(["--target", "es2022", "--module", "nodenext", "--types", "node"]);
    compile.arg("--typeRoots").arg(types).arg("--outDir").arg(sources.join("out")).arg(check);
    let output = compile.output().expect("node runs");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stdout));
    is_fine(segno.command("node").arg(sources.join("out/check.js")));
}

/// Two builders and a reviewer that approves at the second time.
#[track_caller]
fn orchestrates(program: &str, script: &str) {
    let segno = storing();
    scripted::install_team(&segno);
    let mut run = segno.command(program);
    run.arg(root().join("examples").join(script)).args(["team", "Write it", "Test it"]);
    run.env("PYTHONDONTWRITEBYTECODE", "1");
    let output = run.output().expect("it runs");
    let said = String::from_utf8_lossy(&output.stdout);
    let errors = String::from_utf8_lossy(&output.stderr);
    assert_eq!(said, "tests are missing\nAPPROVED, well done\n", "{errors}");
    let heard = |pane: &str| segno.file(&format!("heard-{pane}")).unwrap_or_default();
    assert!(heard("p1").starts_with("Write it\nGo on; a reviewer says: tests are missing"));
    assert!(heard("p2").starts_with("Test it\nGo on"), "{}", heard("p2"));
    let review = heard("p3");
    assert!(review.contains("done with p1") && review.contains("done with p2"), "{review}");
    // All its panes are closed, and the daemon went with the last one.
    segno.wait_for("the end of it all", || segno.daemon_pid().is_none().then_some(()));
}

#[test]
fn a_shell_script_lets_three_agents_work_together() {
    orchestrates("sh", "orchestrate.sh");
}

#[test]
fn a_python_script_lets_three_agents_work_together() {
    if there("python3") {
        orchestrates("python3", "orchestrate.py");
    }
}

#[test]
fn three_agents_work_together_by_the_tools_of_mcp() {
    if there("python3") {
        orchestrates("python3", "orchestrate_mcp.py");
    }
}
