//! The search over the archive, a conversation that is read, and what the archive gives back.

use super::*;
use crate::archive::*;
use crate::dialog::Dialog;
use crate::dialog::history::filters::Choice;
use crate::dialog::history::{HistoryDialog, Restored};
use crate::dialog::reader::ReaderDialog;
use crate::model::pane::StaleAnswer;
use segno_agent::past::Summary;

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
    world.event(Event::ClientAttached {
        client: CLIENT,
        size: Size::new(120, 40),
        mode: AttachMode { read_only, ..AttachMode::default() },
    });
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
        forked_from: None,
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
fn a_conversation_is_forked_where_its_type_can() {
    let mut world = world(false);
    world.answer("", vec![conversation(1, &["1"])]);
    world.key("ctrl+f");
    let pane = world.model.focused(CLIENT).expect("a pane");
    let queued = match &world.model.panes[&pane].life {
        Life::Queued(Beginning { conversation, .. }) | Life::Starting { conversation } => {
            conversation.clone()
        }
        other => panic!("{other:?}"),
    };
    assert_eq!(queued, Conversation::Fork(session(1)));
    assert_eq!(world.model.panes[&pane].session(), None, "it is not in that one");
    // Although one is open, and one that is deleted is put back first.
    for key in ["ctrl+b", "H"] {
        world.key(key);
    }
    let gone = FoundConversation { gone: true, ..conversation(1, &["1"]) };
    world.answer("", vec![gone.clone()]);
    let out = world.key("ctrl+f");
    let (directory, for_whom) = (gone.directory, RestoredFor::Fork);
    let restore = Effect::RestoreArchived { client: CLIENT, of: id(1), directory, for_whom };
    assert!(out.contains(&restore), "{out:?}");
    let panes = world.model.panes.len();
    let restored = Restored { of: id(1), for_whom, directory: None, result: Ok(()) };
    world.event(Event::ConversationRestored { client: CLIENT, restored });
    assert_eq!(world.model.panes.len(), panes + 1);
    // A type that cannot says so, and the search stays.
    for key in ["ctrl+b", "H"] {
        world.key(key);
    }
    let shell = ArchivedId { type_name: "shell".into(), ..id(2) };
    world.answer("", vec![FoundConversation { opens: shell, ..conversation(2, &["1"]) }]);
    world.key("ctrl+f");
    assert!(world.search().is_some());
    let said = world.model.clients[&CLIENT].message.clone().expect("a message");
    assert!(said.contains("cannot fork"), "{said}");
}

#[test]
fn filters_are_typed_chosen_and_removed() {
    let mut world = world(false);
    let type_text = |world: &mut World, text: &str| -> Vec<Effect> {
        let key = |c: char| if c == ' ' { "space".to_string() } else { c.to_string() };
        text.chars().flat_map(|c| world.key(&key(c))).collect()
    };
    let filters = |world: &World| -> Vec<String> {
        world.search().unwrap().filters.iter().map(|filter| filter.text()).collect()
    };
    type_text(&mut world, "role:user race");
    assert_eq!(filters(&world), ["role:user"]);
    assert_eq!(world.search().unwrap().field.text(), "race");
    assert_eq!(world.search().unwrap().query(), "role:user race");
    // From the list, with completion.
    let names = ArchiveNames {
        agents: vec!["clever".into(), "coder".into()],
        projects: vec!["my app".into()],
        ..ArchiveNames::default()
    };
    world.event(Event::ArchiveListed { client: CLIENT, names });
    world.key("ctrl+o");
    type_text(&mut world, "age");
    world.key("enter");
    type_text(&mut world, "cod");
    let out = world.key("tab");
    assert_eq!(filters(&world), ["role:user", "agent:coder"]);
    let query = "role:user agent:coder race".to_string();
    assert!(out.contains(&Effect::SearchArchive { client: CLIENT, query }), "{out:?}");
    // A value at once; and one that is in no list.
    world.key("ctrl+o");
    type_text(&mut world, "app");
    world.key("enter");
    world.key("ctrl+o");
    type_text(&mut world, "after:2w");
    world.key("enter");
    let all = ["role:user", "agent:coder", "project:\"my app\"", "after:2w"];
    assert_eq!(filters(&world), all);
    // Escape leaves the list, and then the search.
    world.key("ctrl+o");
    world.key("escape");
    assert!(world.search().unwrap().narrowing.is_none());
    // The last one goes by backspace where the text begins, any of them by the list.
    world.key("home");
    world.key("backspace");
    assert_eq!(filters(&world), all[..3]);
    world.key("ctrl+o");
    type_text(&mut world, "coder");
    let removed = world.search().unwrap().choices();
    let at = removed.iter().position(|choice| *choice == Choice::Remove(1)).expect("it is offered");
    for _ in 0..at {
        world.key("down");
    }
    world.key("enter");
    assert_eq!(filters(&world), ["role:user", "project:\"my app\""]);
    assert_eq!(world.search().unwrap().field.text(), "race");
}

#[test]
fn the_resume_picker_finds_what_was_said() {
    let mut world = World::new();
    let size = Size::new(120, 40);
    world.event(Event::ClientAttached { client: CLIENT, size, mode: AttachMode::default() });
    world.open(StartRequest {
        type_name: "shell".into(),
        cwd: "/elsewhere".into(),
        ..StartRequest::default()
    });
    world.key("ctrl+b");
    world.key("A");
    let past = |n, title: &str| PastConversation {
        type_name: "agent".into(),
        session: session(n),
        cwd: "/elsewhere".into(),
        summary: Summary { title: Some(title.into()), ..Summary::default() },
        last_seen: 0,
        open_in: None,
    };
    let wanted = ConversationQuery { type_name: None, directory: Some("/elsewhere".into()) };
    let conversations = vec![past(1, "one"), past(2, "mutex"), past(3, "three")];
    world.event(Event::ConversationsFound { client: CLIENT, wanted, conversations });
    let mut out = Vec::new();
    for key in ["m", "u", "t", "e", "x"] {
        out = world.key(key);
    }
    let query = "cwd:\"/elsewhere\" mutex".to_string();
    assert!(out.contains(&Effect::SearchArchive { client: CLIENT, query: query.clone() }));
    let fitting = |world: &World| match &world.model.clients[&CLIENT].dialog {
        Some(Dialog::Resume(dialog)) => dialog.fitting(),
        other => panic!("{other:?}"),
    };
    let sessions = |world: &World| -> Vec<SessionId> {
        fitting(world).into_iter().map(|one| one.past.session).collect()
    };
    assert_eq!(sessions(&world), [session(2)]);
    // One that is listed, one that its agent has deleted, and one of a directory below.
    let gone = FoundConversation { gone: true, ..conversation(9, &["1"]) };
    let below =
        FoundConversation { directory: Some("/elsewhere/below".into()), ..conversation(8, &["1"]) };
    world.answer(&query, vec![conversation(3, &["1"]), gone, below]);
    assert_eq!(sessions(&world), [session(2), session(3), session(9)]);
    assert!(fitting(&world)[1].found.is_some());
    world.key("down");
    world.key("down");
    let out = world.key("enter");
    let restores =
        |effect: &Effect| matches!(effect, Effect::RestoreArchived { of, .. } if *of == id(9));
    assert!(out.iter().any(restores), "{out:?}");
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
