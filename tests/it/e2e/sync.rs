//! What real agents said arrives whole at a strict stand-in: as one of them exports it itself, and
//! more of it than another's own plugin sends.

use std::collections::BTreeSet;
use std::path::Path;

use serde_json::{Value, json};

use crate::e2e::agents::claude;
use crate::e2e::with_agent;
use crate::support::agent::PATIENCE;
use crate::support::agents::{OPENCODE_NEWEST, install, node};
use crate::support::opencode;
use crate::support::segno::{Segno, wait_for};
use crate::support::stand_in::KEY;
use crate::support::stand_in::server::Server;
use crate::support::stand_in::sessions::Sessions;

/// Logs in at the stand-in.
fn log_in(segno: &Segno, server: &Server<Sessions>) {
    let key = format!("key_command=echo {KEY}");
    segno.ok(&["sync", "login", "opensync", "--url", &server.url, "--set", &key]);
}

/// The messages of a conversation that have arrived, in order.
fn arrived(server: &Server<Sessions>, session: &str) -> Vec<Value> {
    server.with(|there| {
        let all = there.order.iter().map(|id| Value::Object(there.messages[id].value.clone()));
        all.filter(|message| message["sessionExternalId"] == session).collect()
    })
}

fn parts<'v>(message: &'v Value, kind: &'v str) -> impl Iterator<Item = &'v Value> {
    let parts = message["parts"].as_array().into_iter().flatten();
    parts.filter(move |part| part["type"] == kind).map(|part| &part["content"])
}

/// The texts that were said, without blanks around them.
fn texts(messages: &[Value]) -> BTreeSet<String> {
    let text = |message: &Value| message["textContent"].as_str().map(|text| text.trim().to_owned());
    messages.iter().filter_map(text).filter(|text| !text.is_empty()).collect()
}

fn count(messages: &[Value], kind: &str) -> usize {
    messages.iter().map(|message| parts(message, kind).count()).sum()
}

/// Waits until this text has arrived, and the figures of the whole conversation with it.
fn wait_text(server: &Server<Sessions>, session: &str, text: &str) -> Vec<Value> {
    wait_for("what was said last, at the stand-in", PATIENCE, || {
        let messages = arrived(server, session);
        texts(&messages).contains(text).then_some(messages)
    })
}

#[test]
fn opencode_arrives_as_it_exports_itself() {
    with_agent(|| {
        let bed = opencode::Bed::new(OPENCODE_NEWEST);
        let server = Server::start(Sessions::default());
        log_in(&bed.segno, &server);
        let pane = bed.open_ready(&[]);
        pane.say("cherries are dark");
        let first = pane.wait_id(&[]);
        pane.prompt("BASH echo dates; echo are sweet", "Ran it.");
        pane.prompt("TASK SAY hidden words", "The task is done.");
        pane.enter("/fork");
        pane.terminal.wait_text("Full session");
        pane.terminal.keys("enter");
        pane.terminal.wait_text("(fork");
        let fork = pane.wait_id(&[&first]);
        pane.wait_idle();
        pane.enter("ERR401");
        pane.terminal.wait_text("fake failure 401");
        pane.wait_state("error");
        pane.say("elderberries are small");

        wait_text(&server, &fork, "elderberries are small");
        for session in [&first, &fork] {
            is_whole(&bed, &server, session);
        }
        let at = |id: &str, name: &str| server.with(|there| there.sessions[id].value[name].clone());
        assert_eq!(at(&first, "source"), "opencode");
        assert_eq!(at(&first, "projectPath"), bed.work.to_str().expect("a path in UTF-8"));
        assert!(at(&fork, "title").as_str().is_some_and(|title| title.contains("fork")));
        assert!(server.with(|there| there.dropped.is_empty()));
    });
}

/// A conversation, and those of its subagents, as they are exported.
fn is_whole(bed: &opencode::Bed, server: &Server<Sessions>, session: &str) {
    let mut command = bed.segno.command("opencode");
    let output = command.args(["export", session]).current_dir(&bed.work).output();
    let text = String::from_utf8(output.expect("it runs").stdout).expect("text");
    let json = &text[text.find('{').expect("an object")..];
    let export: Value = serde_json::from_str(json).expect("an export");
    let (mut prompt, mut output) = (0, 0);
    for message in export["messages"].as_array().expect("messages") {
        let info = &message["info"];
        let of = |kind: &'static str| {
            let parts = message["parts"].as_array().into_iter().flatten();
            parts.filter(move |part| part["type"] == kind && part["synthetic"] != true)
        };
        let text: Vec<_> = of("text").filter_map(|part| part["text"].as_str()).collect();
        let text = text.join("\n\n");
        let tokens = |name: &str| info.pointer(name).and_then(Value::as_u64).unwrap_or(0);
        let read = tokens("/tokens/cache/read") + tokens("/tokens/cache/write");
        // What a fork has copied was paid for before.
        let copied = info["time"]["created"].as_u64() < export["info"]["time"]["created"].as_u64();
        if !copied {
            prompt += tokens("/tokens/input") + read;
            output += tokens("/tokens/output");
        }
        let failed = info["error"].is_object();
        if text.is_empty() && of("tool").next().is_none() && !failed {
            continue;
        }
        let id = info["id"].as_str().expect("an id");
        let there = wait_for(&format!("the message {id} of {session}"), PATIENCE, || {
            arrived(server, session).into_iter().find(|m| {
                let own = m["externalId"].as_str().unwrap_or_default();
                own == id || own == format!("{session}:{id}")
            })
        });
        assert_eq!(there["role"], info["role"], "{there:#}");
        let said = there["textContent"].as_str().unwrap_or_default();
        if failed {
            assert!(said.contains("fake failure 401"), "{info:#} {there:#}");
        } else {
            assert_eq!(said.trim(), text.trim(), "{there:#}");
        }
        assert_eq!(there["createdAt"], info["time"]["created"], "{there:#}");
        if info["role"] == "assistant" {
            assert_eq!(there["model"].as_str().map(|m| m.ends_with("m1")), Some(true), "{there:#}");
            let used = if copied { 0 } else { tokens("/tokens/output") };
            assert_eq!(there["completionTokens"].as_u64().unwrap_or(0), used, "{there:#}");
        }
        let calls: Vec<_> = parts(&there, "tool-call").collect();
        let results: Vec<_> = parts(&there, "tool-result").collect();
        let tools: Vec<_> = of("tool").collect();
        assert_eq!((calls.len(), results.len()), (tools.len(), tools.len()), "{there:#}");
        for (n, tool) in tools.iter().enumerate() {
            assert_eq!(calls[n]["toolName"], tool["tool"]);
            assert_eq!(calls[n]["args"], tool["state"]["input"]);
            let printed = tool["state"]["output"].as_str().expect("what it printed");
            assert_eq!(results[n].as_str().map(str::trim), Some(printed.trim()));
            if let Some(of) = tool["state"]["metadata"]["sessionId"].as_str() {
                is_whole(bed, server, of);
            }
        }
    }
    let figures = || {
        server.with(|there| {
            let session = &there.sessions[session].value;
            let number = |name: &str| session.get(name).and_then(Value::as_u64).unwrap_or(0);
            (number("promptTokens"), number("completionTokens"))
        })
    };
    wait_for(&format!("{prompt} and {output} tokens of {session}"), PATIENCE, || {
        (figures() == (prompt, output)).then_some(())
    });
}

/// Its hooks run the plugin, which sends to one stand-in; Segno sends the same to another.
#[test]
fn more_of_claude_arrives_than_by_its_plugin() {
    with_agent(|| {
        let package = install("claude-code-sync", "0.1.15").join("node_modules/claude-code-sync");
        let program = format!("'{}' '{}'", node().display(), package.join("dist/cli.js").display());
        let hook = |event: &str| {
            let command = json!({"type": "command", "command": format!("{program} hook {event}")});
            json!([{"matcher": "*", "hooks": [command]}])
        };
        let events = ["SessionStart", "UserPromptSubmit", "PostToolUse", "Stop", "SessionEnd"];
        let hooks: serde_json::Map<_, _> =
            events.iter().map(|event| ((*event).to_owned(), hook(event))).collect();
        let mut bed = claude::bed_with(&json!({ "hooks": hooks }));
        let (by_plugin, by_segno) =
            (Server::start(Sessions::default()), Server::start(Sessions::default()));
        bed.segno
            .env("CLAUDE_SYNC_CONVEX_URL", &by_plugin.url)
            .env("CLAUDE_SYNC_API_KEY", KEY)
            .env("NO_PROXY", "127.0.0.1");
        log_in(&bed.segno, &by_segno);
        let pane = bed.open(&claude::ASKS, claude::READY);
        pane.wait_state("idle");
        let id = pane.wait_id(&[]);
        pane.say("apples are red");
        pane.enter("BASH touch grapes");
        pane.wait_state("blocked");
        pane.terminal.wait_text("Do you want to proceed?");
        wait_for("the command", PATIENCE, || {
            pane.terminal.keys("enter");
            bed.work.join("grapes").exists().then_some(())
        });
        pane.terminal.wait_text("Ran it.");
        pane.wait_state("idle");
        pane.say("pears are green");
        pane.command("/exit");
        pane.wait_state("exited");

        let own = wait_text(&by_segno, &id, "pears are green");
        // Its last hook may still run.
        wait_for("the plugin's words", PATIENCE, || {
            (arrived(&by_plugin, &id).len() > 3).then_some(())
        });
        let plugin = arrived(&by_plugin, &id);
        // All that it sends, and what it leaves out: what tools printed.
        assert!(texts(&plugin).is_subset(&texts(&own)), "{plugin:#?}\n{own:#?}");
        let calls = |messages: &[Value]| -> Vec<Value> {
            messages.iter().flat_map(|m| parts(m, "tool-call")).cloned().collect()
        };
        let own_calls = calls(&own);
        assert!(
            calls(&plugin).iter().all(|call| own_calls.contains(call)),
            "{plugin:#?}\n{own:#?}"
        );
        assert_eq!(count(&own, "tool-call"), 1);
        assert_eq!(count(&own, "tool-result"), 1);
        assert!(count(&plugin, "tool-result") <= 1);
        let timed =
            |messages: &[Value]| messages.iter().filter(|m| m["createdAt"].is_u64()).count();
        assert!(timed(&own) == own.len() && timed(&plugin) < own.len());
        let answers = |messages: &[Value], figure: &str| -> u64 {
            let answers = messages.iter().filter(|m| m["role"] == "assistant");
            answers.filter_map(|m| m[figure].as_u64()).sum()
        };
        let (input, output) = used(bed.segno.user_home(), &id);
        wait_for("the figures that the agent notes", PATIENCE, || {
            by_segno.with(|there| {
                let session = &there.sessions[&id].value;
                (session["promptTokens"] == input && session["completionTokens"] == output)
                    .then_some(())
            })
        });
        // Each answer has its share, of which the plugin says nothing.
        let own = arrived(&by_segno, &id);
        assert_eq!(answers(&own, "promptTokens"), input, "{own:#?}");
        assert_eq!(answers(&own, "completionTokens"), output, "{own:#?}");
        assert_eq!(answers(&plugin, "completionTokens"), 0);
        assert!(by_segno.with(|there| there.sessions[&id].value.contains_key("title")));
    });
}

/// Tokens of prompts and answers in the agent's own file, each answer counted once.
fn used(home: &Path, id: &str) -> (u64, u64) {
    let projects = std::fs::read_dir(home.join(".claude/projects")).expect("projects").flatten();
    let files = projects.map(|project| project.path().join(format!("{id}.jsonl")));
    let text = files.into_iter().find_map(|file| std::fs::read_to_string(file).ok());
    let (mut seen, mut prompt, mut output) = (BTreeSet::new(), 0, 0);
    for line in text.expect("its file").lines().rev() {
        let line: Value = serde_json::from_str(line).expect("JSON");
        let message = &line["message"];
        if line["type"] == "assistant" && seen.insert(message["id"].to_string()) {
            let number = |name: &str| message["usage"][name].as_u64().unwrap_or(0);
            prompt += number("input_tokens")
                + number("cache_creation_input_tokens")
                + number("cache_read_input_tokens");
            output += number("output_tokens");
        }
    }
    (prompt, output)
}
