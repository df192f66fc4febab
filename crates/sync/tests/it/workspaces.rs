//! A service of events that knows no ids of others, in both generations of its API.

use crate::support::events::Events;
use crate::support::server::{Fault, Reply, Server};
use crate::support::{World, message, talk, tool};
use segno_archive::forget::{self, What};
use segno_sync::target::Deletions;
use segno_transcript::record::{Record, Removal, Role};

fn world(workspaces: bool) -> (World, Server<Events>) {
    let server = Server::start(Events::new(workspaces));
    let mut world = World::new("stash", &server.url);
    world.log_in().unwrap();
    (world, server)
}

#[test]
fn both_generations_get_the_same_events() {
    for workspaces in [true, false] {
        let (mut world, server) = world(workspaces);
        let name = if workspaces { "workspaces" } else { "users" };
        assert_eq!(world.target.generation.as_deref(), Some(name));
        assert_eq!(world.target.chosen.contains_key("workspace"), workspaces);
        world.say("claude", talk("c1"));
        assert_eq!(world.send().problem, None);
        server.with(|there| {
            let wanted = [
                "user_message: make it fast",
                "assistant_message: I look",
                "tool_use: Ran: ls -l",
                "assistant_message: It is fast.",
                "session_end: Session ended. 1 tool uses. 0 files changed.",
            ];
            assert_eq!(there.contents(), wanted);
            let tool = &there.events[2];
            assert_eq!(tool["metadata"]["response_preview"], "a b c");
            assert_eq!(tool["metadata"]["client"], "claude_code");
            assert_eq!(tool["created_at"], "2026-11-29T11:59:40Z");
            assert_eq!(there.sessions.len(), usize::from(!workspaces));
        });
        // An event is sent once, whatever becomes of it here.
        world.say("claude", vec![message("c1", "msg_c1_000000003", Role::Assistant, "Corrected.")]);
        world.send();
        server.with(|there| assert_eq!(there.events.len(), 5));
    }
}

#[test]
fn a_conversation_ends_when_it_is_at_rest_and_again_after_it_went_on() {
    let (mut world, server) = world(false);
    world.now.set(crate::support::NOON);
    world.say("demo", talk("c1"));
    world.later(7000);
    let report = world.send();
    assert_eq!(report.sent, 5);
    let ends = |there: &mut Events| {
        there.contents().iter().filter(|content| content.starts_with("session_end")).count()
    };
    assert_eq!(server.with(ends), 0);
    // Ten minutes after the last word.
    world.now.set(report.next.unwrap());
    assert_eq!(world.send().sent, 1);
    assert_eq!(server.with(ends), 1);
    world.send();
    assert_eq!(server.with(ends), 1);
    let more = Record::Removal(Removal::Conversation { conversation: "c1".into() });
    world.say("demo", vec![message("c1", "more", Role::User, "more"), more]);
    world.send();
    assert_eq!(server.with(ends), 2);
}

#[test]
fn the_end_of_a_long_conversation_that_has_arrived_is_not_sent_again() {
    for workspaces in [true, false] {
        let (mut world, server) = world(workspaces);
        let mut all = vec![crate::support::conversation("c1", "Long", "/work/app")];
        all.extend((0..300).map(|n| {
            let Record::Message(said) = message("c1", &format!("m{n:03}"), Role::User, "more")
            else {
                unreachable!()
            };
            let time = Some(crate::support::NOON - 3_600_000 + n * 10_000);
            Record::Message(segno_transcript::record::Message { time, ..said })
        }));
        world.say("demo", all);
        // Three hundred events, and in a request of its own the end, of which no answer comes.
        let requests = 3 + usize::from(!workspaces);
        let faults = std::iter::repeat_n(None, requests).chain([Some(Fault::CutAfter)]);
        server.faults(faults);
        assert!(world.send().problem.is_some());
        assert_eq!(server.with(|there| there.events.len()), 301);
        world.later(3_600_000);
        assert_eq!(world.send().problem, None);
        assert_eq!(server.with(|there| there.events.len()), 301);
    }
}

#[test]
fn texts_are_as_long_as_the_service_takes_them() {
    let (mut world, server) = world(false);
    let long = "ä".repeat(10_000);
    let all = vec![
        message("c1", "1", Role::User, &long),
        message("c1", "2", Role::Assistant, &long),
        tool("c1", "3", "2", Some(&long)),
    ];
    world.say("demo", all);
    assert_eq!((world.send().set_aside, server.with(|there| there.events.len())), (0, 4));
    let chars = |event: &serde_json::Value| event.as_str().unwrap().chars().count();
    server.with(|there| {
        assert_eq!(chars(&there.events[0]["content"]), 2000);
        assert_eq!(chars(&there.events[1]["content"]), 4000);
        assert_eq!(chars(&there.events[2]["metadata"]["response_preview"]), 500);
    });
}

#[test]
fn a_project_says_where_its_events_go_and_whether() {
    let (mut world, server) = world(false);
    let project = tempfile::tempdir().unwrap();
    let at = |id: &str| {
        let directory = project.path().to_str().unwrap();
        let mut all = talk(id);
        all[0] = crate::support::conversation(id, "T", directory);
        all
    };
    std::fs::write(project.path().join(".stash"), r#"{"workspace_id":"w7"}"#).unwrap();
    world.say("demo", at("c1"));
    world.send();
    let scopes: Vec<_> =
        server.seen().iter().filter_map(|s| s.header("x-stash-scope").map(str::to_owned)).collect();
    assert_eq!(scopes, ["w7", "w7"]);
    // There it is deleted, too, though nobody knows the project any more.
    forget::forget(world.archive(), What::Conversation("c1")).unwrap();
    assert_eq!(world.send().deleted, 1);
    assert_eq!(server.seen().last().unwrap().header("x-stash-scope"), Some("w7"));
    let off = r#"{"workspace_id":"w7","streaming_default":false}"#;
    std::fs::write(project.path().join(".stash"), off).unwrap();
    world.say("demo", at("c2"));
    assert_eq!(world.send().sent, 0);
}

#[test]
fn what_is_forgotten_is_deleted_there_and_what_its_agent_deletes_if_so_wanted() {
    let (mut world, server) = world(false);
    world.say("demo", talk("c1"));
    world.say("demo", talk("c2"));
    world.send();
    forget::forget(world.archive(), What::Conversation("c1")).unwrap();
    assert_eq!(world.send().deleted, 1);
    server.with(|there| assert_eq!(there.deleted, ["row1"]));
    let gone = Record::Removal(Removal::Conversation { conversation: "c2".into() });
    world.say("demo", vec![gone]);
    assert_eq!(world.send().deleted, 0);
    world.target.deletions = Deletions::All;
    assert_eq!(world.send().deleted, 1);
    server.with(|there| assert_eq!(there.deleted, ["row1", "row2"]));
}

#[test]
fn a_filter_before_the_service_refuses_a_text_and_the_service_a_key() {
    let (mut world, server) = world(false);
    world.say("demo", vec![message("c1", "1", Role::User, "rm -rf /")]);
    let page = Reply { status: 403, body: "<html>blocked</html>".into(), headers: Vec::new() };
    // The session, both events at once, then each alone.
    server.faults([None, Some(Fault::Answer(page.clone())), Some(Fault::Answer(page))]);
    let report = world.send();
    assert_eq!((report.set_aside, report.stopped), (1, false));
    server.with(|there| there.read_only = true);
    world.say("demo", vec![message("c1", "2", Role::User, "more")]);
    let report = world.send();
    assert!(report.stopped && report.problem.unwrap().contains("read-only"));
}
