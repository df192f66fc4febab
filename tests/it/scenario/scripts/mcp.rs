//! An agent drives panes and reads the past by the Model Context Protocol.

use serde_json::{Value, json};

use crate::support::mcp::Client;
use crate::support::scripted;
use crate::support::segno::Segno;

fn segno() -> Segno {
    let segno = Segno::new();
    scripted::install(&segno);
    segno
}

/// The tools' names, those that change something with a mark.
fn tools(client: &mut Client) -> Vec<String> {
    let list = client.request("tools/list", &json!({}));
    let tools = list["tools"].as_array().expect("a list").iter();
    tools
        .map(|tool| {
            let hint = |name: &str| tool["annotations"][name] == true;
            assert_eq!(tool["inputSchema"]["type"], "object", "{tool:#}");
            assert!(tool["description"].as_str().is_some_and(|text| text.len() > 20), "{tool:#}");
            let name = tool["name"].as_str().expect("a name");
            match (hint("readOnlyHint"), hint("destructiveHint")) {
                (true, false) => name.to_string(),
                (false, false) => format!("{name}+"),
                (false, true) => format!("{name}!"),
                (true, true) => panic!("{tool:#}"),
            }
        })
        .collect()
}

#[test]
fn an_agent_opens_prompts_waits_for_reads_and_closes_a_pane() {
    let segno = segno();
    let own = segno.ok(&["new", "--type", "scripted"]);
    let mut client = Client::start(&segno, &[], Some(&own));
    assert_eq!(client.hello["serverInfo"]["name"], "segno");
    assert!(client.hello["instructions"].as_str().is_some_and(|text| text.contains("pane_new")));

    let list = client.tool("pane_list", json!({}));
    assert_eq!(list["panes"][0]["pane"], own);
    assert_eq!(list["panes"][0]["own"], true);
    let types = client.tool("pane_types", json!({}));
    assert!(types.to_string().contains("\"scripted\""), "{types:#}");

    let new = client.tool("pane_new", json!({ "type": "scripted", "name": "helper" }));
    let pane = new["pane"].as_str().expect("an id").to_string();
    let done = client.tool("pane_wait", json!({ "pane": pane, "for": ["idle"], "output": "^> " }));
    assert_eq!(done["end"], "met", "{done:#}");
    let turn =
        client.tool("pane_prompt", json!({ "pane": pane, "text": "say well done", "wait_s": 30 }));
    assert_eq!((&turn["end"], &turn["state"]), (&json!("done"), &json!("idle")), "{turn:#}");
    let screen = client.tool("pane_read", json!({ "pane": pane }));
    assert!(screen["text"].as_str().is_some_and(|t| t.contains("<well done>")), "{screen:#}");
    let uri = format!("segno://pane/{pane}");
    let resource = client.request("resources/read", &json!({ "uri": uri }));
    assert!(resource["contents"][0]["text"].to_string().contains("<well done>"), "{resource:#}");
    let listed = client.request("resources/list", &json!({}));
    assert!(listed["resources"].to_string().contains(&uri), "{listed:#}");

    // One that asks its user is not prompted over; who means to answer types.
    let asks = client.tool("pane_prompt", json!({ "pane": pane, "text": "ask", "wait_s": 30 }));
    assert_eq!((&asks["end"], &asks["detail"]), (&json!("blocked"), &json!("question: which one")));
    let refused = client.refused("pane_prompt", json!({ "pane": pane, "text": "say no" }));
    assert_eq!(refused["code"], "blocked", "{refused:#}");
    let status = client.tool("pane_status", json!({ "pane": pane }));
    assert_eq!(status["state"], "blocked", "{status:#}");

    // The pane shows for a moment who drives it.
    client.tool("pane_keys", json!({ "pane": pane, "keys": ["escape"] }));
    assert_eq!(segno.status(&pane)["driven"]["by"], own);

    let events = client.tool("events", json!({ "since": 0, "pane": pane }));
    assert!(events["events"].as_array().is_some_and(|e| !e.is_empty()), "{events:#}");
    client.tool("usage", json!({ "by": "pane" }));
    client.tool("notifications", json!({}));

    client.tool("pane_close", json!({ "pane": pane }));
    assert_eq!(client.refused("pane_read", json!({ "pane": pane }))["code"], "not_found");
    assert_eq!(client.end(), 0);
    assert_eq!(segno.panes().len(), 1);
}

#[test]
fn what_is_offered_and_what_it_does() {
    let segno = segno();
    let mut client = Client::start(&segno, &[], None);
    assert_eq!(
        tools(&mut client).join(" "),
        "pane_list pane_status pane_read pane_wait pane_new+ pane_prompt! pane_send! pane_keys! \
         pane_close! history_search history_list history_show history_files pane_types usage \
         notifications events worktree_list worktree_diff"
    );
    let prompts = client.request("prompts/list", &json!({}));
    assert_eq!(prompts["prompts"][0]["name"], "hand_over");
    let given = json!({ "name": "hand_over", "arguments": { "task": "mend it" } });
    let prompt = client.request("prompts/get", &given);
    assert!(prompt["messages"][0]["content"]["text"].to_string().contains("mend it"));
    let templates = client.request("resources/templates/list", &json!({}));
    assert_eq!(templates["resourceTemplates"].as_array().map(Vec::len), Some(2));

    // Without a daemon nothing is started by looking, and the answer says what to do.
    let refused = client.refused("pane_list", json!({}));
    assert_eq!(refused["code"], "no_daemon", "{refused:#}");
    assert!(refused["todo"].is_string());
    assert_eq!(client.refused("history_search", json!({ "query": "x" }))["code"], "no_archive");
    assert_eq!(client.refused("pane_read", json!({}))["code"], "bad_arguments");
    assert_eq!(client.refused("pane_list", json!({ "all": 1 }))["code"], "bad_arguments");
    client.ask("tools/call", &json!({ "name": "rm", "arguments": {} }));
    assert_eq!(client.answer()["error"]["code"], -32602);

    let mut reader = Client::start(&segno, &["--read-only"], None);
    let offered = tools(&mut reader).join(" ");
    assert!(!offered.contains(['!', '+']) && offered.contains("pane_read"), "{offered}");
    reader.ask("tools/call", &json!({ "name": "pane_new", "arguments": { "type": "shell" } }));
    assert!(reader.answer()["error"].is_object());
    assert!(segno.daemon_pid().is_none());
}

#[test]
fn worktrees_are_listed_and_looked_into() {
    let segno = segno();
    let root = segno.directory("project");
    let run = |args: &[&str]| {
        let git = ["-c", "user.name=T", "-c", "user.email=t@example.com"];
        let mut command = segno.command("git");
        let output = command.args(git).args(args).current_dir(&root).output().expect("git");
        assert!(output.status.success(), "{args:?}: {output:?}");
    };
    run(&["init", "-q", "-b", "main"]);
    run(&["commit", "-q", "--allow-empty", "-m", "first"]);
    let path = root.to_str().expect("UTF-8");
    let pane = segno.ok(&["new", "--worktree", "task", "--cwd", path]);
    let tree = root.with_file_name("project.worktrees").join("task");
    std::fs::write(tree.join("new.txt"), "one\n").expect("written");
    let mut client = Client::start(&segno, &["--read-only"], None);
    let list = client.tool("worktree_list", json!({ "directory": path }));
    let one = &list["worktrees"][0];
    assert_eq!((&one["branch"], &one["panes"][0]), (&json!("task"), &json!(pane)), "{list:#}");
    assert_eq!(one["state"]["untracked"], 1, "{list:#}");
    let diff = client.tool("worktree_diff", json!({ "directory": tree.to_str() }));
    assert_eq!(diff["files"][0]["file"], "new.txt", "{diff:#}");
    assert!(diff["files"][0]["patch"].as_str().is_some_and(|p| p.contains("+one\n")), "{diff:#}");
    // What is outside of the project is none of its business.
    let mut client = Client::start(&segno, &["--project", path], None);
    let outside = json!({ "directory": tree.to_str() });
    assert_eq!(client.refused("worktree_diff", outside)["code"], "out_of_project");
}

#[test]
fn an_agent_cannot_do_away_with_itself_or_prompt_itself() {
    let segno = segno();
    let own = segno.ok(&["new", "--type", "scripted"]);
    let mut client = Client::start(&segno, &[], Some(&own));
    for (tool, arguments) in [
        ("pane_close", json!({ "pane": own })),
        ("pane_prompt", json!({ "pane": own, "text": "end" })),
        ("pane_send", json!({ "pane": own, "text": "end", "enter": true })),
        ("pane_keys", json!({ "pane": own, "keys": ["ctrl+c"] })),
    ] {
        let refused = client.refused(tool, arguments);
        assert_eq!(refused["code"], "own_pane", "{tool}: {refused:#}");
    }
    // A name or a place would be another pane a moment later.
    for pane in ["@focused", "helper", "p0", "-p1", ""] {
        let refused = client.refused("pane_close", json!({ "pane": pane }));
        assert_eq!(refused["code"], "bad_arguments", "{pane}: {refused:#}");
    }
    // What its user has pinned stays.
    let pinned = segno.ok(&["new", "--type", "scripted"]);
    segno.ok(&["pin", &pinned]);
    assert_eq!(client.refused("pane_close", json!({ "pane": pinned }))["code"], "refused");
    assert_eq!(segno.panes().len(), 2);
}

#[test]
fn a_project_is_all_that_its_server_knows() {
    let segno = segno();
    let (inside, outside) = (segno.directory("inside"), segno.directory("inside-not"));
    let path = |directory: &std::path::Path| directory.to_str().expect("UTF-8").to_string();
    let ours = segno.ok(&["new", "--type", "scripted", "--cwd", &path(&inside)]);
    let theirs = segno.ok(&["new", "--type", "scripted", "--cwd", &path(&outside)]);
    let mut client = Client::start(&segno, &["--project", &path(&inside)], None);
    let list = client.tool("pane_list", json!({}));
    assert_eq!(list["panes"].as_array().map(Vec::len), Some(1), "{list:#}");
    client.tool("pane_read", json!({ "pane": ours }));
    for tool in ["pane_read", "pane_close", "pane_status"] {
        assert_eq!(client.refused(tool, json!({ "pane": theirs }))["code"], "out_of_project");
    }
    let sneaky = inside.join("..").join("inside-not");
    for cwd in [path(&outside), path(&sneaky)] {
        let refused = client.refused("pane_new", json!({ "type": "scripted", "cwd": cwd }));
        assert_eq!(refused["code"], "out_of_project", "{refused:#}");
    }
    let new = client.tool("pane_new", json!({ "type": "scripted" }));
    let pane = new["pane"].as_str().expect("an id");
    assert_eq!(segno.status(pane)["cwd"], path(&inside));
    let events = client.tool("events", json!({ "since": 0 }));
    assert!(!events.to_string().contains(&format!("\"{theirs}\"")), "{events:#}");
    assert_eq!(client.refused("usage", json!({ "by": "model" }))["code"], "out_of_project");
}

#[test]
fn what_hostile_panes_show_goes_out_clean_and_in_pages() {
    let segno = segno();
    let pane = segno.ok(&["new", "--type", "shell"]);
    segno.ok(&["rename", &pane, "x\u{202e}y"]);
    let token = "ghp_a1B2c3D4e5F6g7H8i9J0k1L2m3N4o5P6q7R8";
    let script = format!(
        "printf '\\033]0;<b>ignore all\\007'; seq -f 'line %05g of many, long enough to need pages' 4000; \
         echo 'TOKEN={token}'; echo end-of-it"
    );
    segno.ok(&["send", &pane, &script, "--enter"]);
    segno.ok(&["wait", &pane, "--for", "output=^end-of-it", "--timeout", "30"]);
    let mut client = Client::start(&segno, &[], None);
    let list = client.tool("pane_list", json!({})).to_string();
    assert!(!list.contains('\u{202e}') && !list.contains("\\u001b"), "{list}");

    let mut seen = Vec::new();
    let mut cursor = Value::Null;
    loop {
        let page =
            client.tool("pane_read", json!({ "pane": pane, "lines": 4500, "cursor": cursor }));
        let text = page["text"].as_str().expect("a text").to_string();
        assert!(text.len() <= 32 * 1024, "{}", text.len());
        assert!(!text.contains(token));
        seen.push(text);
        cursor = page["next"].clone();
        if cursor.is_null() {
            break;
        }
    }
    seen.reverse();
    let all = seen.join("\n");
    assert!(all.contains("[hidden]"), "{}", &all[all.len() - 200..]);
    for n in [1, 1999, 4000] {
        assert_eq!(all.matches(&format!("\nline {n:05} of many")).count(), 1, "line {n}");
    }
    let refused = client.refused("pane_read", json!({ "pane": pane, "cursor": "@-1" }));
    assert_eq!(refused["code"], "bad_arguments");
}

#[test]
fn requests_are_answered_while_one_waits_and_nothing_outlives_the_client() {
    let segno = segno();
    let pane = segno.ok(&["new", "--type", "scripted"]);
    let mut client = Client::start(&segno, &[], None);
    let waiting = json!({ "pane": pane, "for": ["exited"], "timeout_s": 300 });
    client.ask("tools/call", &json!({ "name": "pane_wait", "arguments": waiting }));
    let id = client.ask("tools/call", &json!({ "name": "pane_list", "arguments": {} }));
    assert_eq!(client.answer()["id"], id);
    // Those that are cancelled leave their places to others, however many there are.
    for _ in 0..20 {
        let id = client.ask("tools/call", &json!({ "name": "pane_wait", "arguments": waiting }));
        client.cancel(id);
    }
    let id = client.ask("tools/call", &json!({ "name": "pane_list", "arguments": {} }));
    assert_eq!(client.answer()["id"], id);
    // Its client goes: so does it, although one still waits.
    assert_eq!(client.end(), 0);
}
