//! `segno mcp` with a client that is not Segno's: that of the protocol's official inspector.

use serde_json::{Value, json};

use crate::e2e::with_agent;
use crate::support::agents;
use crate::support::scripted;
use crate::support::segno::{Segno, program};
use crate::support::web::Web;

const PACKAGE: &str = "@modelcontextprotocol/inspector-cli";
const VERSION: &str = "1.0.3";

/// What the inspector prints of a method; it starts the server, asks, and ends it.
#[track_caller]
fn inspected(segno: &Segno, options: &[&str], method: &[&str]) -> Value {
    let server = program().to_str().expect("a path in UTF-8");
    let method = [&["--method"], method, &["--"], options].concat();
    answered(segno, &[&[server, "mcp"], &method[..]].concat())
}

/// What it prints with these arguments.
#[track_caller]
fn answered(segno: &Segno, method: &[&str]) -> Value {
    let installed = agents::install(PACKAGE, VERSION).join("node_modules").join(PACKAGE);
    let mut command = segno.command(agents::node());
    // It finds its own description from here alone.
    let build = installed.join("build");
    command.current_dir(&build).arg(build.join("index.js")).args(method);
    let output = command.output().expect("the inspector runs");
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(output.status.success(), "{method:?}: {said}");
    serde_json::from_slice(&output.stdout).unwrap_or_else(|e| panic!("{e}: {said}"))
}

#[test]
fn the_official_inspector_lists_and_calls() {
    with_agent(|| {
        let segno = Segno::new();
        scripted::install(&segno);
        let pane = segno.ok(&["new", "--type", "scripted", "--name", "worker"]);
        segno.wait_state(&pane, "idle");
        let names = |list: &Value, of: &str| -> Vec<String> {
            let entries = list[of].as_array().expect("a list").iter();
            entries.filter_map(|entry| Some(entry["name"].as_str()?.to_string())).collect()
        };
        let tools = names(&inspected(&segno, &[], &["tools/list"]), "tools");
        for tool in ["pane_list", "pane_prompt", "history_search", "usage"] {
            assert!(tools.iter().any(|name| name == tool), "{tools:?}");
        }
        let reads = names(&inspected(&segno, &["--read-only"], &["tools/list"]), "tools");
        assert!(reads.iter().any(|name| name == "pane_read"), "{reads:?}");
        assert!(!reads.iter().any(|name| name == "pane_prompt"), "{reads:?}");

        // The client checks what comes against the tool's own schema.
        let list = inspected(&segno, &[], &["tools/call", "--tool-name", "pane_list"]);
        assert_eq!(list["structuredContent"]["panes"][0]["name"], "worker", "{list:#}");
        let at = format!("pane={pane}");
        let prompt = ["tools/call", "--tool-name", "pane_prompt", "--tool-arg", &at];
        let prompt = [&prompt[..], &["text=say well done", "wait_s=30"]].concat();
        let turn = inspected(&segno, &[], &prompt);
        assert_eq!(turn["structuredContent"]["state"], json!("idle"), "{turn:#}");
        assert!(segno.ok(&["read", &pane]).contains("<well done>"));
        let refused = ["tools/call", "--tool-name", "pane_status", "--tool-arg", "pane=p99"];
        let refused = inspected(&segno, &[], &refused);
        assert_eq!(refused["isError"], true, "{refused:#}");

        let uri = format!("segno://pane/{pane}");
        let screen = inspected(&segno, &[], &["resources/read", "--uri", &uri]);
        assert!(screen["contents"][0]["text"].to_string().contains("<well done>"), "{screen:#}");
        assert_eq!(names(&inspected(&segno, &[], &["prompts/list"]), "prompts"), ["hand_over"]);

        // The same over HTTP, with a key that says what may be done.
        let web = Web::start(&segno, 0);
        let url = format!("http://{}/mcp", web.address);
        let key = |may: &str| {
            let made = segno.json(&["web", "tokens", "new", "--key", "--may", may, "--for", "1h"]);
            format!("Authorization: Bearer {}", made["token"]["key"].as_str().expect("a key"))
        };
        let asked = |key: &str, method: &[&str]| {
            let first = [url.as_str(), "--header", key, "--method"];
            answered(&segno, &[&first[..], method].concat())
        };
        let full = key("full");
        let call = ["tools/call", "--tool-name", "pane_prompt", "--tool-arg", &at];
        let turn = asked(&full, &[&call[..], &["text=say and again", "wait_s=30"]].concat());
        assert_eq!(turn["structuredContent"]["state"], json!("idle"), "{turn:#}");
        assert!(segno.ok(&["read", &pane]).contains("<and again>"));
        let reads = names(&asked(&key("watch"), &["tools/list"]), "tools");
        assert!(reads.iter().any(|name| name == "pane_read"), "{reads:?}");
        assert!(!reads.iter().any(|name| name == "pane_prompt"), "{reads:?}");
    });
}
