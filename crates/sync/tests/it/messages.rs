//! A service of sessions and messages, which takes what comes twice by its id.

use serde_json::{Value, json};

use crate::support::server::{Server, reply};
use crate::support::sessions::Sessions;
use crate::support::{NOON, World, conversation, message, talk, tool, usage};
use segno_archive::forget::{self, What};
use segno_sync::deliver::{Http, Way};
use segno_sync::target::Contents;
use segno_transcript::record::{Record, Role};

fn world() -> (World, Server<Sessions>) {
    let server = Server::start(Sessions::default());
    let mut world = World::new("opensync", &server.url);
    assert!(world.log_in().unwrap().is_empty());
    (world, server)
}

#[test]
fn a_wrong_key_is_refused_with_the_services_reason() {
    let (world, _server) = world();
    let mut http = Http::default();
    let refused =
        segno_sync::deliver::check(&world.service, &world.target, Some("wrong"), &mut http);
    assert_eq!(refused.unwrap_err().to_string(), "it answers 401: Invalid API key");
}

#[test]
fn a_conversation_arrives_whole_and_once() {
    let (mut world, server) = world();
    world.say("claude", talk("c1"));
    let report = world.send();
    assert_eq!((report.sent, report.requests, report.problem), (4, 4, None));
    server.with(|there| {
        let session = Value::Object(there.sessions["c1"].value.clone());
        let wanted = json!({
            "externalId": "c1", "title": "Make it fast", "projectPath": "/work/app",
            "projectName": "app", "model": "anthropic/model-1", "provider": "anthropic",
            "source": "claude-code", "promptTokens": 230, "completionTokens": 12, "cost": 0.5,
            "durationMs": 59_000, "createdAt": NOON - 60_000,
        });
        assert_eq!(session, wanted);
        let answer = Value::Object(there.messages["msg_c1_000000002"].value.clone());
        let wanted = json!({
            "sessionExternalId": "c1", "externalId": "msg_c1_000000002", "role": "assistant",
            "textContent": "I look", "model": "model-1", "promptTokens": 110,
            "completionTokens": 5, "source": "claude-code", "createdAt": NOON - 30_000,
            "parts": [
                { "type": "text", "content": "I look" },
                { "type": "tool-call", "content": { "toolName": "bash", "args": { "command": "ls -l" } } },
                { "type": "tool-result", "content": "a b c" },
            ],
        });
        assert_eq!(answer, wanted);
        let order = ["msg_c1_000000001", "msg_c1_000000002", "msg_c1_000000003"];
        assert_eq!(there.order, order);
    });
    // Nothing is new; then something is.
    assert_eq!(world.send().requests, 0);
    let id = "msg_c1_000000004";
    world.say("claude", vec![message("c1", id, Role::User, "and now?"), usage("c1", "x", 1, 1)]);
    assert_eq!(world.send().sent, 2);
    server.with(|there| {
        assert_eq!(there.sessions["c1"].value["promptTokens"], 331);
        assert!(there.dropped.is_empty());
    });
}

/// Some agents write `provider/model`, others the model alone.
#[test]
fn whose_model_it_is_is_known_of_agents_that_do_not_say_so() {
    let (mut world, server) = world();
    let mut records = talk("c1");
    for record in &mut records {
        if let Record::Conversation(of) = record {
            of.model = Some("model-1".into());
        }
    }
    world.say("codex", records);
    world.send();
    server.with(|there| assert_eq!(there.sessions["c1"].value["provider"], "openai"));
}

#[test]
fn what_is_still_being_written_waits_until_it_is_complete() {
    let (mut world, server) = world();
    world.now.set(NOON);
    let half = vec![
        conversation("c1", "T", "/w"),
        message("c1", "msg_00000000000001", Role::User, "go"),
        message("c1", "msg_00000000000002", Role::Assistant, "I am go"),
    ];
    world.say("demo", half);
    let report = world.send();
    assert_eq!(report.sent, 2);
    // In a few seconds it would be complete, if nothing more came.
    assert_eq!(report.next, Some(NOON + 6000));
    // Where it is not wanted any more, nobody waits for it.
    world.target.scope.exclude_agents = vec!["demo".into()];
    world.later(7000);
    assert_eq!(world.send().next, None);
    world.target.scope.exclude_agents.clear();
    world.state().look_again("mine").unwrap();
    world.later(-7000);
    assert_eq!(world.send().next, Some(NOON + 6000));
    world.later(3000);
    let whole = vec![message("c1", "msg_00000000000002", Role::Assistant, "I am going.")];
    world.say_at(NOON + 3000, "demo", whole);
    assert_eq!(world.send().sent, 0);
    world.later(6000);
    assert_eq!(world.send().sent, 1);
    // A tool that runs holds up the message that asked for it.
    world.later(1000);
    let asks = vec![
        message("c1", "msg_00000000000003", Role::Assistant, "I run"),
        tool("c1", "call_1", "msg_00000000000003", None),
    ];
    world.say_at(NOON + 10_000, "demo", asks);
    world.later(20_000);
    assert_eq!(world.send().sent, 0);
    world.say_at(
        NOON + 30_000,
        "demo",
        vec![tool("c1", "call_1", "msg_00000000000003", Some("ok"))],
    );
    world.later(10_000);
    assert_eq!(world.send().sent, 1);
    server.with(|there| {
        assert!(there.dropped.is_empty());
        assert_eq!(there.messages["msg_00000000000002"].value["textContent"], "I am going.");
        assert_eq!(there.messages["msg_00000000000003"].value["parts"][2]["content"], "ok");
    });
}

#[test]
fn a_dry_run_shows_every_byte_and_notes_nothing() {
    let (mut world, server) = world();
    world.say("demo", talk("c1"));
    let shown = world.dry();
    assert_eq!(server.seen().len(), 1, "only the login");
    world.send();
    let sent = server.seen();
    assert_eq!(shown.len(), sent.len() - 1);
    for (shown, sent) in shown.iter().zip(&sent[1..]) {
        assert_eq!(shown.body.as_deref().unwrap_or_default(), sent.body);
        assert_eq!(shown.url, format!("{}{}", server.url, sent.path));
        for (name, value) in &shown.headers {
            assert_eq!(sent.header(name), Some(value.as_str()), "{name}");
        }
        // What the connection itself needs, and nothing else.
        let own = ["host", "content-length"];
        assert_eq!(sent.headers.len(), shown.headers.len() + own.len(), "{:?}", sent.headers);
    }
    assert!(world.dry().is_empty());
}

#[test]
fn a_dry_run_shows_once_what_is_due() {
    let (mut world, _server) = world();
    world.now.set(NOON);
    world.say("demo", talk("c1"));
    // The last answer is not complete yet, and is looked at again.
    assert!(world.send().next.is_some());
    world.later(3_600_000);
    assert_eq!(world.dry().len(), 1);
    assert_eq!(world.send().sent, 1);
}

#[test]
fn a_session_without_a_title_is_called_by_what_was_asked_first() {
    let (mut world, server) = world();
    world.say("demo", vec![message("c1", "1", Role::User, "\n make it fast\nplease")]);
    world.send();
    let title = |server: &Server<Sessions>| {
        server.with(|there| there.sessions["c1"].value["title"].as_str().unwrap().to_owned())
    };
    assert_eq!(title(&server), "make it fast");
    world.target.contents = Contents::Titles;
    world.state().look_again("mine").unwrap();
    world.send();
    assert_eq!(title(&server), "c1");
}

#[test]
fn secrets_stay_here() {
    let (mut world, server) = world();
    let secret = "ghp_0123456789abcdefghijABCDEFGHIJ012345";
    let title = format!("Use {secret}");
    world.say(
        "demo",
        vec![
            conversation("c1", &title, "/w"),
            message("c1", "msg_00000000000001", Role::User, &format!("my token is {secret}")),
            message("c1", "msg_00000000000002", Role::Assistant, "ok"),
            tool("c1", "call_1", "msg_00000000000002", Some(&format!("TOKEN={secret}"))),
        ],
    );
    world.send();
    let all: String = server.seen().into_iter().map(|seen| seen.body).collect();
    assert!(!all.contains(secret) && all.matches("[hidden]").count() >= 3, "{all}");
}

#[test]
fn only_what_is_wanted_is_sent() {
    let (mut world, server) = world();
    world.say("demo", talk("c1"));
    world.target.contents = Contents::Titles;
    assert_eq!(world.send().sent, 1);
    world.target.contents = Contents::Prompts;
    world.state().look_again("mine").unwrap();
    assert_eq!(world.send().sent, 1);
    server.with(|there| assert_eq!(there.order, ["msg_c1_000000001"]));
    world.target.contents = Contents::All;
    world.target.tools = false;
    world.state().look_again("mine").unwrap();
    assert_eq!(world.send().sent, 2);
    server.with(|there| {
        assert_eq!(there.messages["msg_c1_000000002"].value["parts"].as_array().unwrap().len(), 1);
    });
    world.target.scope.exclude_agents = vec!["demo".into()];
    world.say("demo", talk("c2"));
    assert_eq!(world.send().sent, 0);
    world.target.reasoning = true;
    world.target.scope.exclude_agents.clear();
    world.state().look_again("mine").unwrap();
    world.send();
    server.with(|there| {
        let parts = &there.messages["msg_c2_000000003"].value["parts"];
        assert_eq!(parts[0], json!({ "type": "thinking", "content": "thought" }));
    });
}

#[test]
fn what_a_project_keeps_here_stays_when_its_directory_is_gone() {
    let (mut world, _server) = world();
    let temp = tempfile::tempdir().unwrap();
    let project = temp.path().join("app");
    std::fs::create_dir(&project).unwrap();
    let file = project.join(".segno.toml");
    std::fs::write(&file, "[sync]\nexclude = true").unwrap();
    let mut all = talk("c1");
    all[0] = conversation("c1", "T", project.to_str().unwrap());
    world.say("demo", all);
    assert_eq!(world.send().sent, 0);
    std::fs::remove_dir_all(&project).unwrap();
    world.state().look_again("mine").unwrap();
    assert_eq!((world.dry().len(), world.send().sent), (0, 0));
    // Until it says otherwise.
    std::fs::create_dir(&project).unwrap();
    world.state().look_again("mine").unwrap();
    assert_eq!(world.send().sent, 4);
}

#[test]
fn a_fork_has_messages_of_its_own_and_short_ids_are_made_long() {
    let (mut world, server) = world();
    world.say("demo", talk("c1"));
    let mut fork = talk("c1");
    for record in &mut fork {
        use segno_transcript::record::Record;
        match record {
            Record::Conversation(of) => (of.id, of.forked_from) = ("f1".into(), Some("c1".into())),
            Record::Message(of) => of.conversation = "f1".into(),
            Record::Tool(of) => of.conversation = "f1".into(),
            Record::Usage(of) => of.conversation = "f1".into(),
            Record::Removal(_) => {}
        }
    }
    world.say("demo", fork);
    world.say(
        "demo",
        vec![message("c3", "1", Role::User, "a"), message("c4", "1", Role::User, "b")],
    );
    world.send();
    server.with(|there| {
        assert_eq!(there.sessions.len(), 4);
        assert_eq!(there.messages.len(), 8);
        assert!(there.messages.contains_key("f1:msg_c1_000000001"));
        assert_eq!(there.messages["c3:1"].value["textContent"], "a");
    });
}

#[test]
fn what_is_there_is_verified_and_what_cannot_be_deleted_there_is_logged() {
    let (mut world, server) = world();
    world.say("demo", talk("c1"));
    world.say("demo", talk("c2"));
    world.send();
    let verify = |world: &World| {
        let mut state = world.state();
        world.with(&mut state, &mut Http::default(), Way::Dry, |mut pass| pass.verify()).unwrap()
    };
    assert_eq!(verify(&world).there, 2);
    server.with(|there| drop(there.sessions.remove("c1")));
    assert_eq!(verify(&world).missing, ["demo:c1"]);
    forget::forget(world.archive(), What::Conversation("c2")).unwrap();
    assert_eq!(world.send().deleted, 0);
    assert_eq!(world.send().deleted, 0);
    let log = world.state().lines("mine", 10).unwrap();
    assert!(log.last().unwrap().text.contains("by hand"), "{log:?}");
    // It comes back nowhere.
    world.say("demo", talk("c2"));
    assert_eq!(world.send().sent, 0);
}

#[test]
fn what_looks_like_success_with_errors_is_none() {
    let (mut world, server) = world();
    world.say("demo", vec![message("c1", "1", Role::User, "a")]);
    let errors = reply(200, json!({ "ok": true, "errors": ["no room"] }));
    server.faults([None, Some(crate::support::server::Fault::Answer(errors))]);
    let report = world.send();
    assert_eq!((report.sent, report.set_aside), (1, 1));
    let aside = world.state().aside("mine").unwrap();
    assert!(aside[0].reason.contains("no room") && aside[0].item == "user 1", "{aside:?}");
    world.state().retry("mine").unwrap();
    assert_eq!(world.send().sent, 1);
}
