//! Lists, files, figures.

use super::*;
use crate::Archive;
use crate::error::Error;
use crate::query::Filters;
use crate::testing::{NOON, Scripted, archive, message, read_all, tool};
use segno_transcript::record::{Conversation as Said, Record, Role, Usage as Used};

fn filled() -> (tempfile::TempDir, Archive) {
    let (home, mut archive) = archive();
    let mut batch = Vec::new();
    for (n, id) in ["abc-1", "abc-2", "xyz"].into_iter().enumerate() {
        batch.push(Record::Conversation(Said {
            id: id.into(),
            directory: Some(format!("/work/{id}")),
            model: Some("m1".into()),
            updated: Some(NOON + n as i64),
            ..Said::default()
        }));
        batch.push(message(id, "1", Role::User, &format!("\n  first line of {id}\nsecond")));
        let mut call = tool(id, "call", "Edit", "{}", Some("done"));
        call.files = vec![format!("/work/{id}/src/main.rs")];
        batch.push(Record::Tool(call));
        batch.push(message(id, "2", Role::Assistant, "edited"));
        batch.push(message(id, "3", Role::User, "thanks"));
        batch.push(Record::Usage(Used {
            conversation: id.into(),
            key: "u".into(),
            model: Some("m1".into()),
            input: 100,
            output: 10,
            time: Some(NOON),
            ..Used::default()
        }));
    }
    read_all(&mut archive, vec![Scripted::new("agent", "file", vec![batch])]);
    (home, archive)
}

#[test]
fn a_conversation_is_found_by_the_beginning_of_its_id() {
    let (_home, archive) = filled();
    let id = |id: &str| show(&archive, id, Show::default()).map(|shown| shown.conversation.id);
    assert_eq!(id("x").unwrap(), "xyz");
    assert_eq!(id("agent:abc-2").unwrap(), "abc-2");
    assert!(matches!(id("abc"), Err(Error::Ambiguous(_))));
    assert!(matches!(id("nothing"), Err(Error::Unknown(_))));
    assert!(matches!(id(""), Err(Error::Unknown(_))));
}

#[test]
fn forks_are_named_where_they_come_from() {
    let (_home, mut archive) = filled();
    let fork = |id: &str, of: &str, at| {
        let (forked_from, updated) = (Some(of.to_string()), Some(NOON + at));
        Record::Conversation(Said { id: id.into(), forked_from, updated, ..Said::default() })
    };
    let batch = vec![fork("f2", "xyz", 9), fork("f1", "xyz", 8), fork("f3", "f1", 10)];
    read_all(&mut archive, vec![Scripted::new("agent", "forks", vec![batch])]);
    // Another agent's ids are others.
    let other = vec![fork("f4", "xyz", 1)];
    read_all(&mut archive, vec![Scripted::new("other", "forks", vec![other])]);
    let shown = |id: &str| show(&archive, id, Show::default()).unwrap();
    assert_eq!(shown("xyz").forks, ["f1", "f2"]);
    assert_eq!(shown("f1").conversation.forked_from.as_deref(), Some("xyz"));
    assert_eq!(shown("f3").forks, [""; 0]);
    let list = list(&archive, &ListOptions { limit: 9, ..ListOptions::default() }).unwrap();
    let forks = |id: &str| {
        let listed = list.conversations.iter().find(|l| l.conversation.id == id);
        listed.expect("it is listed").forks.clone()
    };
    assert_eq!((forks("xyz"), forks("f1")), (vec!["f1".into(), "f2".into()], vec!["f3".into()]));
}

#[test]
fn lists_and_figures_are_of_what_was_said_then_and_by_whom() {
    let (_home, archive) = filled();
    let of = |query: &str| {
        let filters = crate::query::parse(query, &crate::testing::now()).filters;
        let options = ListOptions { filters: filters.clone(), limit: 9 };
        let list = list(&archive, &options).unwrap().conversations;
        let total = stats(&archive, &filters).unwrap().total;
        (list.len(), total.conversations, total.messages, total.tools, total.input)
    };
    assert_eq!(of(""), (3, 3, 9, 3, 300));
    assert_eq!(of("role:user"), (3, 3, 6, 0, 300));
    assert_eq!(of("file:xyz/src"), (1, 1, 0, 1, 100));
    assert_eq!(of("tool:edit agent:agent"), (3, 3, 0, 3, 300));
    assert_eq!(of("tool:nothing"), (0, 0, 0, 0, 0));
    assert_eq!(of("before:2w"), (0, 0, 0, 0, 0));
    assert_eq!(of("after:1h"), (3, 3, 9, 3, 300));
}

#[test]
fn there_is_to_choose_from_what_is_in_it() {
    let (_home, archive) = filled();
    let Names { agents, directories, branches, tools, models } = names(&archive).unwrap();
    assert_eq!(
        (agents, tools, models),
        (vec!["agent".into()], vec!["Edit".into()], vec!["m1".into()])
    );
    assert_eq!(branches, [""; 0]);
    assert_eq!(directories, ["/work/xyz", "/work/abc-2", "/work/abc-1"]);
}

#[test]
fn lists_are_newest_first_with_the_first_prompt() {
    let (_home, archive) = filled();
    let list = list(&archive, &ListOptions { limit: 2, ..ListOptions::default() }).unwrap();
    let found: Vec<_> = list.conversations.iter().map(|l| l.conversation.id.as_str()).collect();
    assert_eq!(found, ["xyz", "abc-2"]);
    assert_eq!(list.conversations[0].prompt.as_deref(), Some("first line of xyz"));
    assert_eq!(list.conversations[0].messages, 3);
}

#[test]
fn around_a_message_is_what_stands_beside_it() {
    let (_home, archive) = filled();
    let around = |around, context| {
        let options = Show { around: Some(around), context, ..Show::default() };
        let shown = show(&archive, "xyz", options).unwrap();
        shown.entries.into_iter().map(|entry| entry.id).collect::<Vec<_>>()
    };
    assert_eq!(around("2", 1), ["call", "2", "3"]);
    assert_eq!(around("call", 0), ["call"]);
    assert_eq!(around("1", usize::MAX), ["1", "call", "2", "3"]);
}

#[test]
fn a_file_is_known_by_its_end_its_directory_and_in_full() {
    let (_home, archive) = filled();
    let touched = |path: &str| files(&archive, path, 10).unwrap().touches;
    for (path, n) in [
        ("main.rs", 3),
        ("./src/main.rs", 3),
        ("/work/xyz/src/main.rs", 1),
        ("/work/xyz", 1),
        ("src", 3),
        ("ain.rs", 0),
    ] {
        assert_eq!(touched(path).len(), n, "{path}");
    }
    let touch = touched("/work/xyz").remove(0);
    assert_eq!(touch.prompt.as_deref(), Some("first line of xyz"));
    assert_eq!((touch.tool.as_deref(), &*touch.conversation.id), (Some("Edit"), "xyz"));
}

#[test]
fn figures_are_by_agent_model_directory_and_day() {
    let (_home, archive) = filled();
    let all = stats(&archive, &Filters::default()).unwrap();
    let total = &all.total;
    assert_eq!((total.conversations, total.messages, total.tools), (3, 9, 3));
    assert_eq!((total.input, total.output), (300, 30));
    let names =
        |tallies: &[Tally]| tallies.iter().filter_map(|t| t.name.clone()).collect::<Vec<_>>();
    assert_eq!(names(&all.agents), ["agent"]);
    assert_eq!(names(&all.models), ["m1"]);
    assert_eq!(names(&all.days), ["2026-11-29"]);
    assert_eq!(names(&all.directories), ["/work/abc-1", "/work/abc-2", "/work/xyz"]);
    let one = Filters { cwd: Some("/work/xyz/".into()), ..Filters::default() };
    assert_eq!(stats(&archive, &one).unwrap().total.conversations, 1);
}

#[test]
fn a_check_finds_what_is_broken() {
    let (_home, archive) = filled();
    let fine = check(&archive).unwrap();
    assert_eq!((fine.conversations, fine.entries, fine.problems.len()), (3, 12, 0));
    archive.db.execute("UPDATE block SET data = x'00' WHERE id = 1", []).unwrap();
    archive.db.execute("DELETE FROM words WHERE rowid = 1", []).unwrap();
    assert!(check(&archive).unwrap().problems.len() >= 2);
    assert!(matches!(show(&archive, "abc-1", Show::default()), Err(Error::Damaged(_))));
}
