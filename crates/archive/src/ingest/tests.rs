//! What goes in comes out.

use super::*;
use crate::read::{self, Show};
use crate::store::Archive;
use crate::testing::{Scripted, archive, message, read_all, said, tool};
use segno_transcript::record::{Conversation, Removal, Role, Usage};

fn texts(archive: &Archive, id: &str) -> Vec<String> {
    let shown = read::show(archive, id, Show::default()).unwrap();
    let text = |entry: read::Entry| entry.text.or(entry.input).unwrap_or_default();
    shown.entries.into_iter().map(text).collect()
}

#[test]
fn what_was_said_is_there_message_by_message() {
    let (_home, mut archive) = archive();
    let mut call = tool("c", "t1", "Bash", "cargo test", None);
    call.files = vec!["src/main.rs".into()];
    let records = vec![
        Record::Conversation(Conversation {
            id: "c".into(),
            title: Some("A title".into()),
            directory: Some("/work".into()),
            ..Conversation::default()
        }),
        message("c", "1", Role::User, "run the tests"),
        Record::Tool(call),
        Record::Tool(tool_output("c", "t1", "3 passed")),
        message("c", "2", Role::Assistant, "all three pass"),
    ];
    let report = read_all(&mut archive, vec![Scripted::new("agent", "file", vec![records])]);
    assert_eq!((report.progress.written, report.progress.commits), (3, 1));
    let shown = read::show(&archive, "agent:c", Show::default()).unwrap();
    assert_eq!(shown.conversation.title.as_deref(), Some("A title"));
    assert_eq!(texts(&archive, "c"), ["run the tests", "cargo test", "all three pass"]);
    let call = &shown.entries[1];
    assert_eq!(call.output.as_deref(), Some("3 passed"));
    assert_eq!(
        (call.tool.as_deref(), &call.files[..]),
        (Some("Bash"), &["src/main.rs".to_owned()][..])
    );
}

fn tool_output(conversation: &str, id: &str, output: &str) -> segno_transcript::record::ToolCall {
    segno_transcript::record::ToolCall {
        conversation: conversation.into(),
        id: id.into(),
        output: Some(output.into()),
        ..Default::default()
    }
}

#[test]
fn reading_again_changes_nothing_and_reading_on_reads_only_what_is_new() {
    let (_home, mut archive) = archive();
    let first =
        vec![message("c", "1", Role::User, "one"), message("c", "2", Role::Assistant, "two")];
    let second = vec![message("c", "3", Role::User, "three")];
    let batches = vec![first, second];
    let script = || Scripted::new("agent", "file", batches.clone());
    assert_eq!(read_all(&mut archive, vec![script()]).progress.written, 3);
    let again = read_all(&mut archive, vec![script()]);
    assert_eq!((again.progress.records, again.progress.written), (0, 0));
    // Without its cursor, all is read, and nothing is written.
    let rewritten = Scripted::new("agent", "other name", batches.clone());
    let again = read_all(&mut archive, vec![rewritten]);
    assert_eq!((again.progress.records, again.progress.written), (3, 0));
    assert_eq!(texts(&archive, "c"), ["one", "two", "three"]);
}

#[test]
fn a_later_record_replaces_an_earlier_one_also_in_the_index() {
    let (_home, mut archive) = archive();
    let batches = [
        vec![
            message("c", "1", Role::Assistant, "half an ansxer"),
            message("c", "2", Role::User, "x"),
        ],
        vec![message("c", "1", Role::Assistant, "the whole answer")],
    ];
    for n in 1..=2 {
        let script = Scripted::new("agent", "file", batches[..n].to_vec());
        read_all(&mut archive, vec![script]);
    }
    assert_eq!(texts(&archive, "c"), ["the whole answer", "x"]);
    assert_eq!(said(&archive, "ansxer"), [""; 0]);
    assert_eq!(said(&archive, "whole answer"), ["the whole answer"]);
    let left: i64 = archive.db.query_row("SELECT sum(live) FROM block", [], |r| r.get(0)).unwrap();
    assert_eq!(left, 2);
}

#[test]
fn what_is_taken_back_stays_and_is_marked() {
    let (_home, mut archive) = archive();
    let batch = vec![
        message("c", "1", Role::User, "keep this"),
        message("c", "2", Role::User, "rewound question"),
        message("c", "3", Role::Assistant, "rewound answer"),
        Record::Removal(Removal::From { conversation: "c".into(), message: "2".into() }),
        message("c", "4", Role::User, "another question"),
    ];
    read_all(&mut archive, vec![Scripted::new("agent", "file", vec![batch])]);
    let shown = read::show(&archive, "c", Show::default()).unwrap();
    let gone: Vec<bool> = shown.entries.iter().map(|entry| entry.gone.is_some()).collect();
    assert_eq!(gone, [false, true, true, false]);
    assert_eq!(said(&archive, "rewound"), [""; 0]);
    let missing = mark_missing(&mut archive, "agent", |_| false, 7).unwrap();
    assert_eq!(missing, 1);
    let shown = read::show(&archive, "c", Show::default()).unwrap();
    assert_eq!(shown.conversation.gone, Some(7));
    assert_eq!(said(&archive, "keep"), ["keep this"]);
    // It is there again, and nothing of it is new.
    assert_eq!(mark_missing(&mut archive, "agent", |_| true, 8).unwrap(), 0);
    assert_eq!(read::show(&archive, "c", Show::default()).unwrap().conversation.gone, None);
}

#[test]
fn an_answer_is_counted_once() {
    let (_home, mut archive) = archive();
    let usage = |key: &str, output| {
        let key = key.into();
        let conversation = "c".into();
        Record::Usage(Usage { conversation, key, output, cost: Some(0.5), ..Usage::default() })
    };
    let batch =
        vec![message("c", "1", Role::User, "x"), usage("a", 10), usage("a", 12), usage("b", 1)];
    read_all(&mut archive, vec![Scripted::new("agent", "file", vec![batch])]);
    let stats = read::stats(&archive, &Default::default()).unwrap();
    assert_eq!((stats.total.output, stats.total.cost), (13, 1.0));
}

#[test]
fn a_run_can_be_stopped_and_goes_on() {
    let (_home, mut archive) = archive();
    let batch = |n: usize| vec![message("c", &n.to_string(), Role::User, &format!("message {n}"))];
    let batches: Vec<_> = (0..6).map(batch).collect();
    let mut script = Scripted::new("agent", "file", batches.clone());
    let mut steps = 0;
    let report = ingest(&mut archive, [&mut script as &mut dyn Source], 0, |_| {
        steps += 1;
        if steps == 3 { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    });
    assert!(report.unwrap().interrupted);
    assert_eq!(texts(&archive, "c").len(), 3);
    let report = read_all(&mut archive, vec![Scripted::new("agent", "file", batches)]);
    assert_eq!((report.progress.written, report.progress.sources), (3, 1));
}

#[test]
fn a_source_that_cannot_be_read_holds_up_no_other() {
    let (_home, mut archive) = archive();
    let mut broken = Scripted::new("agent", "broken", vec![]);
    broken.fails = true;
    let fine = Scripted::new("agent", "fine", vec![vec![message("c", "1", Role::User, "hello")]]);
    let report = read_all(&mut archive, vec![broken, fine]);
    assert_eq!((report.failed.len(), report.progress.written), (1, 1));
}

proptest::proptest! {
    #![proptest_config(proptest::prelude::ProptestConfig::with_cases(16))]
    /// However records are torn into batches, doubled and repeated, the last of each id counts.
    #[test]
    fn any_order_of_records_leaves_the_last_of_each(
        said in proptest::collection::vec((0_u8..6, "[a-zé数]{0,12}"), 1..24),
        size in 1_usize..5,
    ) {
        let (_home, mut archive) = archive();
        let records: Vec<Record> = said
            .iter()
            .map(|(id, text)| message("c", &id.to_string(), Role::User, text))
            .collect();
        let batches: Vec<_> = records.chunks(size).map(<[Record]>::to_vec).collect();
        read_all(&mut archive, vec![Scripted::new("agent", "file", batches)]);
        let mut expected: Vec<(u8, &str)> = Vec::new();
        for (id, text) in &said {
            match expected.iter_mut().find(|(known, _)| known == id) {
                Some(known) => known.1 = text,
                None => expected.push((*id, text)),
            }
        }
        let expected: Vec<String> = expected.into_iter().map(|(_, text)| text.to_owned()).collect();
        proptest::prop_assert_eq!(texts(&archive, "c"), expected);
        proptest::prop_assert_eq!(read::check(&archive).unwrap().problems, Vec::<String>::new());
    }
}
