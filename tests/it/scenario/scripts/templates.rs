//! Templates of prompts: the user's, and a project's under its trust.

use std::fs;

use crate::support::scripted;
use crate::support::segno::{Segno, program};

#[test]
fn a_template_is_filled_in_and_given() {
    let segno = Segno::new();
    scripted::install_quick(&segno);
    segno.write("prompts/review.md", "say {{what}} to {{who}}\n");
    segno.write("prompts/notes.txt", "no template");
    let pane = segno.ok(&["new", "--type", "quick"]);
    let review = ["prompt", &pane, "--template", "review", "--wait", "--timeout", "30"];
    segno.ok(&[&review[..], &["--field", "what={{who}}", "--field", "who=me"]].concat());
    let received = || segno.file(&format!("received-{pane}")).unwrap_or_default();
    assert_eq!(received(), "say {{who}} to me\n");
    let (code, why) = segno.fails(&[&review[..], &["--field", "what=x"]].concat());
    assert!(code == 2 && why.contains("lacks \"who\"") && why.contains("what, who"), "{why}");
    let twice = ["--field", "what=x", "--field", "what=y", "--field", "who=z"];
    let (code, why) = segno.fails(&[&review[..], &twice].concat());
    assert!(code == 2 && why.contains("\"what\" is given twice"), "{why}");
    assert_eq!(segno.fails(&["prompt", &pane, "say it", "--field", "what=x"]).0, 2);
    assert_eq!(segno.fails(&["prompt", &pane, "--template", "nothing"]).0, 3);
    assert_eq!(segno.fails(&["prompt", &pane, "--template", "../config"]).0, 3);
    let list = segno.json(&["prompt", "--list-templates"]);
    assert_eq!(list["templates"][0]["name"], "review", "{list:#}");
    assert_eq!(list["templates"][0]["fields"], serde_json::json!(["what", "who"]));
    assert_eq!(list["templates"].as_array().map(Vec::len), Some(1));
}

#[test]
fn a_project_brings_its_own_once_it_is_trusted() {
    let segno = Segno::new();
    scripted::install_quick(&segno);
    segno.write("prompts/review.md", "say mine");
    let work = segno.directory("work");
    let file = "schema = 1\n[prompts]\nreview = \"say {{what}} of the project\"\n";
    fs::write(work.join(".segno.toml"), file).unwrap();
    fs::create_dir(work.join("deep")).unwrap();
    let pane = segno.ok(&["new", "--type", "quick"]);
    let given = |field: &[&str]| {
        let mut command = segno.command(program());
        command.args(["prompt", &pane, "--template", "review", "--wait", "-t", "30"]).args(field);
        command.current_dir(work.join("deep")).output().expect("segno runs")
    };
    let before = given(&[]);
    let said = String::from_utf8_lossy(&before.stderr).into_owned();
    assert!(before.status.success() && said.contains("segno project trust"), "{said}");
    // However its directory is named.
    segno.ok(&["project", "trust", work.join("deep/..").to_str().unwrap()]);
    assert!(given(&["--field", "what=this"]).status.success());
    let received = segno.file(&format!("received-{pane}")).unwrap();
    assert_eq!(received, "say mine\nsay this of the project\n");
}

#[test]
fn a_template_is_filled_in_in_the_terminal() {
    let segno = Segno::new();
    scripted::install(&segno);
    segno.write("prompts/hello.md", "say hello {{who}} from {{where}}\n");
    segno.write("prompts/short.md", "say short\n");
    let pane = segno.ok(&["new", "--type", "scripted"]);
    segno.wait_state(&pane, "idle");
    let said = |pane: &str, text: &str| {
        segno.wait_for(text, || segno.ok(&["read", pane, "--all"]).contains(text).then_some(()));
    };
    let terminal = segno.terminal();
    segno.ok(&["focus", &pane]);
    // From the palette.
    terminal.keys("ctrl+b :");
    terminal.type_text("prompt: hello");
    terminal.wait_text("Prompt: hello");
    terminal.keys("enter");
    terminal.wait_text("tab next field");
    terminal.type_text("you");
    terminal.keys("tab");
    // What is not filled in is not given.
    terminal.keys("enter");
    terminal.type_text("{{who}}");
    terminal.keys("enter");
    said(&pane, "<hello you from {{who}}>");
    // From the queue; one without fields at once.
    terminal.keys("ctrl+b Q");
    terminal.wait_text("t template");
    terminal.type_text("t");
    terminal.wait_text("say short");
    terminal.type_text("j");
    terminal.keys("enter");
    said(&pane, "<short>");
    // For a pane that is made for it.
    terminal.keys("ctrl+b a");
    terminal.wait_text("enter next");
    let (x, y) = terminal.find("  Scripted").unwrap();
    terminal.click(x + 3, y);
    terminal.keys("enter");
    terminal.wait_text("enter start");
    terminal.keys("ctrl+t");
    terminal.wait_text("Prompt for p2 from a template");
    terminal.wait_text("say short");
    terminal.type_text("j");
    terminal.keys("enter");
    said("p2", "<short>");
}
