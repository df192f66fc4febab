//! The search over the archive, a conversation that is read, and what the archive gives back.

use super::*;
use crate::core::archive::*;
use crate::core::dialog::Dialog;
use crate::core::dialog::history::{HistoryDialog, Restored};
use crate::core::dialog::reader::ReaderDialog;
use crate::core::model::workspace::StaleAnswer;

impl World {
    fn search(&self) -> Option<&HistoryDialog> {
        match self.model.clients.get(&CLIENT)?.dialog.as_ref()? {
            Dialog::History(dialog) => Some(dialog),
            _ => None,
        }
    }

    fn reader(&self) -> Option<&ReaderDialog> {
        match self.model.clients.get(&CLIENT)?.dialog.as_ref()? {
            Dialog::Reader(dialog) => Some(dialog),
            _ => None,
        }
    }

    /// What comes out of an event.
    fn out(&mut self, event: Event) -> Vec<Effect> {
        self.with(|model, cx| {
            model.handle(event, cx);
            cx.out.clone()
        })
    }

    fn key(&mut self, key: &str) -> Vec<Effect> {
        self.out(Event::Key { client: CLIENT, event: press(key) })
    }

    /// What was found for a query.
    fn answer(&mut self, query: &str, found: Vec<FoundConversation>) -> Vec<Effect> {
        let found = Ok(ArchiveFound { conversations: found, complete: true });
        self.out(Event::ArchiveSearched { client: CLIENT, query: query.into(), found })
    }
}

fn world(read_only: bool) -> World {
    let mut world = World::new();
    world.event(Event::ClientAttached { client: CLIENT, size: Size::new(120, 40), read_only });
    world.open(StartRequest {
        type_name: "shell".into(),
        cwd: "/work".into(),
        ..StartRequest::default()
    });
    world.key("ctrl+b");
    world.key("H");
    assert!(world.search().is_some());
    world
}

fn id(n: u8) -> ArchivedId {
    ArchivedId { type_name: "agent".into(), id: session(n).to_string() }
}

fn conversation(n: u8, hits: &[&str]) -> FoundConversation {
    let hit = |entry: &&str| FoundEntry {
        entry: entry.to_string(),
        who: "user".into(),
        text: "words".into(),
        marks: vec![(0, 5)],
    };
    FoundConversation {
        of: id(n),
        opens: id(n),
        title: None,
        directory: Some("/elsewhere".into()),
        time: None,
        gone: false,
        hits: hits.iter().map(hit).collect(),
    }
}

fn passage(n: u8, entry: &str) -> Passage {
    Passage { of: id(n), around: Some(entry.into()) }
}

#[test]
fn only_the_newest_query_counts() {
    let mut world = world(false);
    let out = world.key("a");
    assert!(out.contains(&Effect::SearchArchive { client: CLIENT, query: "a".into() }));
    world.key("b");
    world.answer("a", vec![conversation(1, &["1"])]);
    assert_eq!(world.search().unwrap().found, None);
    let out = world.answer("ab", vec![conversation(2, &["7"])]);
    let read = |n, entry| Effect::ReadArchive { client: CLIENT, passage: passage(n, entry) };
    assert!(out.contains(&read(2, "7")), "{out:?}");
    assert_eq!(world.search().unwrap().conversations()[0].of, id(2));
    // What was read for another place is not shown.
    let said = |n, entry| Event::ArchiveRead {
        client: CLIENT,
        passage: passage(n, entry),
        said: Ok(Vec::new()),
    };
    world.event(said(1, "1"));
    assert!(world.search().unwrap().said().is_none());
    world.event(said(2, "7"));
    assert!(world.search().unwrap().said().is_some());
}

#[test]
fn tab_goes_from_hit_to_hit_and_arrows_from_conversation_to_conversation() {
    let mut world = world(false);
    world.answer(
        "",
        vec![conversation(1, &["1", "2"]), conversation(2, &[]), conversation(3, &["5"])],
    );
    let mut at = |key: &str| {
        world.key(key);
        let dialog = world.search().unwrap();
        (dialog.selected, dialog.hit)
    };
    assert_eq!(["tab", "tab", "tab", "tab"].map(&mut at), [(0, 1), (1, 0), (2, 0), (2, 0)]);
    assert_eq!(["shift+tab", "shift+tab", "up"].map(&mut at), [(1, 0), (0, 1), (0, 1)]);
    assert_eq!(["down", "down", "ctrl+p"].map(&mut at), [(1, 0), (2, 0), (1, 0)]);
    // The archive was brought up to date: what is selected stays so.
    let out = world.out(Event::ArchiveUpdated);
    assert!(out.contains(&Effect::SearchArchive { client: CLIENT, query: String::new() }));
    world.answer("", vec![conversation(9, &["1"]), conversation(1, &["1"]), conversation(2, &[])]);
    assert_eq!(world.search().unwrap().selected, 2);
}

#[test]
fn enter_goes_to_the_live_pane_or_resumes_or_restores() {
    let mut world = world(false);
    world.answer("", vec![conversation(1, &["1"])]);
    world.key("enter");
    let pane = world.model.focused(CLIENT).expect("a pane");
    assert_eq!(world.model.panes[&pane].spec.type_name, "agent");
    assert_eq!(world.model.panes[&pane].spec.cwd, std::path::PathBuf::from("/elsewhere"));
    // What its agent has deleted is put back first.
    for key in ["ctrl+b", "H"] {
        world.key(key);
    }
    let gone = FoundConversation { gone: true, ..conversation(2, &["1"]) };
    world.answer("", vec![gone.clone()]);
    let out = world.key("enter");
    let (directory, for_whom) = (gone.directory.clone(), RestoredFor::NewPane);
    assert!(out.contains(&Effect::RestoreArchived {
        client: CLIENT,
        of: id(2),
        directory: directory.clone(),
        for_whom
    }));
    let restored = |result| Event::ConversationRestored {
        client: CLIENT,
        restored: Restored { of: id(2), for_whom, directory: directory.clone(), result },
    };
    let panes = world.model.panes.len();
    world.event(restored(Err("no room".into())));
    assert_eq!(world.model.panes.len(), panes);
    world.event(restored(Ok(())));
    assert_eq!(world.model.panes.len(), panes + 1);
}

#[test]
fn who_only_looks_opens_nothing_and_exports_nothing() {
    let mut world = world(true);
    world.answer("", vec![conversation(1, &["1"])]);
    let out = world.key("ctrl+e");
    assert!(!out.iter().any(|effect| matches!(effect, Effect::ExportArchived { .. })), "{out:?}");
    let panes = world.model.panes.len();
    world.key("enter");
    assert_eq!(world.model.panes.len(), panes);
}

#[test]
fn the_id_is_copied_and_the_conversation_exported_and_read() {
    let mut world = world(false);
    world.answer("", vec![conversation(1, &["1"])]);
    let out = world.key("ctrl+y");
    assert!(out.contains(&Effect::Copy { client: CLIENT, text: id(1).id }));
    let out = world.key("ctrl+e");
    let export = Effect::ExportArchived { client: CLIENT, of: id(1), directory: "/work".into() };
    assert!(out.contains(&export), "{out:?}");
    let out = world.key("ctrl+r");
    let whole = Passage { of: id(1), around: None };
    assert!(out.contains(&Effect::ReadArchive { client: CLIENT, passage: whole.clone() }));
    let entry = |who: &str, tool, text: &str, detail: &str| Said {
        entry: text.into(),
        who: who.into(),
        tool,
        time: None,
        text: text.into(),
        detail: detail.into(),
    };
    let said = Ok(vec![
        entry("user", false, "one", ""),
        entry("bash", true, "ls\nls", "a\nb"),
        entry("assistant", false, "two", ""),
        entry("user", false, "three", ""),
    ]);
    world.event(Event::ArchiveRead { client: CLIENT, passage: whole, said });
    let lines = |world: &World| -> Vec<String> {
        world.reader().unwrap().lines.iter().map(|line| line.text.clone()).collect()
    };
    assert!(lines(&world).contains(&"▸ bash ls · 2 lines".into()), "{:?}", lines(&world));
    let scroll = |world: &World| world.reader().unwrap().scroll;
    assert_eq!(scroll(&world), usize::MAX, "at the newest");
    world.key("[");
    assert_eq!(lines(&world)[scroll(&world)], "user");
    for key in ["/", "T", "W", "o", "enter"] {
        world.key(key);
    }
    assert_eq!(lines(&world)[scroll(&world)], "two");
    world.key("tab");
    assert!(lines(&world).contains(&"b".into()));
    assert_eq!(lines(&world)[scroll(&world)], "assistant", "one stays at the same message");
    world.key("/");
    world.key("escape");
    assert!(world.reader().is_some());
    world.key("q");
    assert!(world.reader().is_none());
}

#[test]
fn a_pane_that_asks_offers_what_the_archive_keeps() {
    let mut world = World::attached();
    let spec =
        StartRequest { type_name: "agent".into(), cwd: "/work".into(), ..StartRequest::default() };
    let pane = world.open(spec);
    world.with(|model, cx| model.restart(pane, Start::Session(session(1)), cx)).expect("restarted");
    world.event(Event::Tick);
    world.started(pane);
    let status = ExitStatus::Code(1);
    let out = world.out(Event::Exited { pane, status, stale: true });
    assert!(out.contains(&Effect::FindKept { pane, of: id(1) }), "{out:?}");
    let answers = |world: &World| world.model.panes[&pane].choice.as_ref().unwrap().answers();
    assert!(!answers(&world).contains(&StaleAnswer::Restore));
    world.event(Event::ArchiveKeeps { pane, session: session(2) });
    assert!(!answers(&world).contains(&StaleAnswer::Restore), "it is another's");
    world.event(Event::ArchiveKeeps { pane, session: session(1) });
    let out = world.key(&answers(&world).len().to_string());
    let for_whom = RestoredFor::Pane(pane);
    let restore = Effect::RestoreArchived { client: CLIENT, of: id(1), directory: None, for_whom };
    assert!(out.contains(&restore), "{out:?}");
    let restored = Restored { of: id(1), for_whom, directory: None, result: Ok(()) };
    world.event(Event::ConversationRestored { client: CLIENT, restored });
    assert!(world.model.panes[&pane].choice.is_none());
}
