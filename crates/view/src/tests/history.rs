//! The search over the archive, and a conversation that is read.

use insta::assert_snapshot;

use super::models::*;
use segno_core::archive::{ArchiveFound, ArchivedId, FoundConversation, FoundEntry, Passage, Said};
use segno_core::dialog::Dialog;
use segno_core::dialog::history::HistoryDialog;
use segno_core::dialog::history::filters::{Filter, FilterKind, Narrowing};
use segno_core::dialog::reader::ReaderDialog;
use segno_core::dialog::text_field::TextField;

fn id(id: &str) -> ArchivedId {
    ArchivedId { type_name: "agent".into(), id: id.into() }
}

fn hit(entry: &str, who: &str, text: &str, word: &str) -> FoundEntry {
    let begin = text.find(word).unwrap();
    let marks = vec![(begin, begin + word.len())];
    FoundEntry { entry: entry.into(), who: who.into(), text: text.into(), marks }
}

fn said(entry: &str, who: &str, text: &str, detail: &str) -> Said {
    let (text, detail) = (text.to_string(), detail.to_string());
    let tool = !["user", "assistant"].contains(&who);
    Said { entry: entry.into(), who: who.into(), tool, time: Some(NOW), text, detail }
}

fn talk() -> Vec<Said> {
    vec![
        said("1", "user", "Why does the queue wait for the mutex?", ""),
        said("2", "read", "src/queue.rs", "fn lock() {\n    mutex.lock();\n}"),
        said(
            "3",
            "assistant",
            "It takes the lock twice:\n\n    mutex.lock();\n    \u{1b}[2Jmutex.lock();\n\n漢字 too. So the second waits for the first, which never lets go of it, and nothing moves.",
            "hm",
        ),
        said("4", "user", "Mend it.", ""),
    ]
}

fn search(selected: usize, hit_at: usize) -> HistoryDialog {
    let conversation = |name: &str, title: Option<&str>, gone, hits| FoundConversation {
        of: id(name),
        opens: id(name),
        forked_from: None,
        title: title.map(str::to_string),
        directory: Some("/home/ada/src/website".into()),
        time: Some(NOW - 3 * 86_400_000),
        gone,
        hits,
    };
    let hits = vec![
        hit("3", "assistant", "It takes the lock twice: mutex.lock();", "mutex"),
        hit("1", "user", "Why does the queue wait for the mutex?", "mutex"),
    ];
    let old = vec![hit("9", "bash", "grep -rn mutex src", "mutex")];
    let conversations = vec![
        conversation("ses_1", Some("A queue that never moves"), false, hits),
        conversation("ses_2", None, true, old),
    ];
    let found = Some(Ok(ArchiveFound { conversations, complete: true }));
    let mut dialog = HistoryDialog {
        field: TextField::new("mutex"),
        found,
        selected,
        hit: hit_at,
        ..HistoryDialog::default()
    };
    let (found, hit) = dialog.current().unwrap();
    let around = hit.map(|hit| hit.entry.clone());
    dialog.passage = Some((Passage { of: found.of.clone(), around }, Ok(talk())));
    dialog
}

#[test]
fn the_search() {
    let with = |dialog: HistoryDialog| with_dialog(Dialog::History(Box::new(dialog)));
    assert_snapshot!("history_120x30", shown(&with(search(0, 0)), 120, 30));
    assert_snapshot!("history_80x24", shown(&with(search(0, 1)), 80, 24));
    assert_snapshot!("history_gone", shown(&with(search(1, 0)), 80, 16));
    assert_snapshot!("history_30x8", shown(&with(search(0, 0)), 30, 8));
    let mut none = search(0, 0);
    none.found = Some(Ok(ArchiveFound { conversations: Vec::new(), complete: true }));
    assert_snapshot!("history_none", shown(&with(none.clone()), 80, 12));
    none.found = Some(Err("the archive is damaged".into()));
    assert_snapshot!("history_error", shown(&with(none), 80, 12));
}

#[test]
fn filters_are_chips() {
    let with = |dialog: HistoryDialog| with_dialog(Dialog::History(Box::new(dialog)));
    let filter = |text| Filter::parse(text).unwrap();
    let mut dialog = search(0, 0);
    dialog.filters = ["agent:clever", "role:user", "after:7d"].map(filter).into();
    assert_snapshot!("history_chips_80x24", shown(&with(dialog.clone()), 80, 24));
    assert_snapshot!("history_chips_30x12", shown(&with(dialog.clone()), 30, 12));
    dialog.names.agents = vec!["clever".into(), "coder".into(), "unicorns".into()];
    dialog.narrowing = Some(Narrowing::default());
    assert_snapshot!("history_kinds_80x24", shown(&with(dialog.clone()), 80, 24));
    let field = TextField::new("co");
    let kind = Some(FilterKind::Agent);
    dialog.narrowing = Some(Narrowing { kind, field, selected: 1 });
    assert_snapshot!("history_values_80x12", shown(&with(dialog), 80, 12));
}

#[test]
fn the_resume_picker_shows_what_was_said() {
    let mut dialog = resume_dialog(1, None);
    dialog.filter = TextField::new("mutex");
    let mut found = search(0, 0).conversations().to_vec();
    found[0].opens = ArchivedId { type_name: "coder".into(), id: "ses_3".into() };
    found[1].directory = Some(dialog.directory.clone());
    dialog.found = found;
    let model = with_dialog(Dialog::Resume(Box::new(dialog)));
    assert_snapshot!("resume_said_80x16", shown(&model, 80, 16));
}

#[test]
fn a_conversation() {
    let mut reader = ReaderDialog::new(id("ses_1"));
    let with = |dialog: &ReaderDialog| with_dialog(Dialog::Reader(Box::new(dialog.clone())));
    assert_snapshot!("reader_waits", shown(&with(&reader), 80, 8));
    reader.read(Ok(talk()));
    assert_snapshot!("reader_80x24", shown(&with(&reader), 80, 24));
    reader.toggle();
    assert_snapshot!("reader_unfolded", shown(&with(&reader), 80, 30));
    reader.scroll = usize::MAX;
    assert_snapshot!("reader_40x10", shown(&with(&reader), 40, 10));
}
