//! The same queries find the same in the local archive and in both databases of a hub.

use std::ops::ControlFlow;
use std::time::Duration;

use segno_archive::Archive;
use segno_archive::ingest::{self, Batch, Source, SourceError};
use segno_archive::query::{self, How, Options, SearchReport, time::Now};
use segno_archive::read::Reveal;
use segno_hub::store::{About, Item, Kind, Said};
use segno_transcript::record::{Conversation, Message, Record, Role, ToolCall, Usage};

use crate::{NOON, key, on_each, person};

pub fn options() -> Options {
    let (how, budget) = (How::Words, Duration::from_secs(30));
    Options { limit: 20, context: 1, how, budget, reveal: Reveal::No, now: Now::system() }
}

/// What was said: conversation, id, who, text, and what a tool printed.
const SAID: &[(&str, &str, &str, &str, &str)] = &[
    ("c1", "u1", "user", "Why does parseHTTPBody fail with error 42 in the parser?", ""),
    ("c1", "a1", "assistant", "The parser's snake_case_name in src/parser/mod.rs is wrong.", ""),
    ("c1", "t1", "read", r#"{"path":"src/parser/mod.rs"}"#, "fn parse_body() {}\nanother line"),
    ("c2", "u2", "user", "数据库连接超时，怎么办？", ""),
    ("c2", "a2", "assistant", "检查数据库的连接设置。 Größe und Café prüfen", ""),
    ("c2", "t2", "bash", r#"{"command":"grep -rn 'O''Brien' ."}"#, "O'Brien; DROP TABLE entry"),
    ("c3", "u3", "user", "the error is in the other file, not in the parser", ""),
    ("c3", "s3", "system", "100% of a\\b:*&|!('<->') is punctuation", ""),
    ("c3", "a3", "assistant", "Error handling: the error the the error", ""),
];

/// Conversations: agent, directory, title, model, branch, minutes before noon.
const HELD: &[(&str, &str, &str, &str, &str, i64)] = &[
    ("c1", "/src/app", "Parser trouble", "prov/model-One", "main", 1),
    ("c2", "/src/other", "数据库", "model-two", "fix/db", 60),
    ("c3", "/src/app/deep", "Where errors are", "model-two", "main", 3000),
];

const QUERIES: &[&str] = &[
    "parser",
    "Parser",
    "pars*",
    "error 42",
    "\"the error\"",
    "\"error the\"",
    "error -parser",
    "parse body",
    "parseHTTPBody",
    "HTTP",
    "httpbody",
    "snake_case_name",
    "snake",
    "src/parser/mod.rs",
    "数据库",
    "连接",
    "超",
    "\"数据库的\"",
    "库数",
    "grosse",
    "Größe",
    "cafe",
    "café",
    "O'Brien",
    "O''Brien",
    "DROP TABLE",
    "'; DROP TABLE entry; --",
    "\\",
    "%",
    "_",
    "100%",
    "a\\b",
    ":*&|!",
    "('<->')",
    "\"",
    "-",
    "OR",
    "parser OR 数据库",
    "error OR nothing",
    "nothing",
    "agent:agent error",
    "agent:other error",
    "project:app error",
    "project:APP",
    "project:deep",
    "cwd:/src/app",
    "cwd:/src/ap",
    "branch:main",
    "branch:MAIN",
    "model:ONE",
    "model:two error",
    "role:user parser",
    "role:tool",
    "tool:bash",
    "tool:BASH brien",
    "file:parser/mod",
    "file:nope",
    "before:2026-11-29T11:30:00Z error",
    "since:2026-11-29T11:30:00Z",
    "cost>1",
    "cost>1 error",
    "cost>9",
    "-agent:agent error",
    "-project:app error",
    "-tool:bash -role:assistant error OR DROP",
    "-role:user parser",
    "-cost>1",
    "-cwd:\"/src/app\" error",
    "role:user OR role:system error",
    "-error",
    "role:assistant -error",
    "trouble",
    "where errors are",
    "\"where errors\"",
];

struct Spoken(Vec<Record>);

impl Source for Spoken {
    fn agent(&self) -> &str {
        "agent"
    }

    fn name(&self) -> &str {
        "/a/file"
    }

    fn read(&mut self, _: Option<&[u8]>) -> Result<Batch, SourceError> {
        let records = std::mem::take(&mut self.0);
        Ok(Batch { records, cursor: b"1".to_vec(), ..Batch::default() })
    }
}

fn time(n: usize) -> i64 {
    let (of, minutes) = (SAID[n].0, HELD.iter().map(|held| (held.0, held.5)));
    let minutes = minutes.clone().find(|(id, _)| *id == of).map_or(0, |(_, minutes)| minutes);
    NOON - minutes * 60_000 - 1000 + n as i64
}

fn archive() -> (tempfile::TempDir, Archive) {
    let home = tempfile::tempdir().expect("a directory");
    let mut archive = Archive::write(&home.path().join("archive")).expect("an archive").archive;
    let mut records = Vec::new();
    for (id, directory, title, model, branch, minutes) in HELD {
        records.push(Record::Conversation(Conversation {
            id: (*id).into(),
            directory: Some((*directory).into()),
            title: Some((*title).into()),
            model: Some((*model).into()),
            branch: Some((*branch).into()),
            updated: Some(NOON - minutes * 60_000),
            ..Conversation::default()
        }));
    }
    records.push(Record::Usage(Usage {
        conversation: "c1".into(),
        key: "k".into(),
        cost: Some(2.5),
        ..Usage::default()
    }));
    for (n, (of, id, who, text, output)) in SAID.iter().enumerate() {
        let role = match *who {
            "user" => Role::User,
            "assistant" => Role::Assistant,
            "system" => Role::System,
            _ => {
                records.push(Record::Tool(ToolCall {
                    conversation: (*of).into(),
                    id: (*id).into(),
                    name: Some((*who).into()),
                    input: Some((*text).into()),
                    output: Some((*output).into()),
                    files: if *who == "read" { vec!["src/parser/mod.rs".into()] } else { vec![] },
                    time: Some(time(n)),
                    ..ToolCall::default()
                }));
                continue;
            }
        };
        records.push(Record::Message(Message {
            conversation: (*of).into(),
            id: (*id).into(),
            parent: None,
            role,
            text: (*text).into(),
            reasoning: None,
            time: Some(time(n)),
            model: None,
        }));
    }
    let mut spoken = Spoken(records);
    ingest::ingest(&mut archive, [&mut spoken as &mut dyn Source], NOON, |_| {
        ControlFlow::Continue(())
    })
    .expect("it is read");
    (home, archive)
}

fn items() -> Vec<Item> {
    let mut items = Vec::new();
    for (id, directory, title, model, branch, minutes) in HELD {
        let about = About {
            directory: Some((*directory).into()),
            title: Some((*title).into()),
            model: Some((*model).into()),
            branch: Some((*branch).into()),
            updated: Some(NOON - minutes * 60_000),
            cost: (*id == "c1").then_some(2.5),
            ..About::default()
        };
        items.push(Item::Conversation(key("agent", id), Box::new(about)));
    }
    for (n, (of, id, who, text, output)) in SAID.iter().enumerate() {
        let role = query::Role::named(who).unwrap_or(query::Role::Tool);
        let is_tool = role == query::Role::Tool;
        let said = Said {
            kind: if is_tool { Kind::Tool } else { Kind::Message },
            native: (*id).into(),
            role,
            name: is_tool.then(|| (*who).into()),
            main: (*text).into(),
            side: (*output).into(),
            files: if *who == "read" { vec!["src/parser/mod.rs".into()] } else { vec![] },
            time: Some(time(n)),
            ..Said::default()
        };
        items.push(Item::Said(key("agent", of), Box::new(said)));
    }
    items
}

/// What people see of it.
fn seen(report: &SearchReport) -> String {
    let mut seen = format!("complete: {}\n", report.complete);
    for found in &report.results {
        seen += &format!("{} {} {:?}\n", found.conversation.id, found.count, found.title);
        for hit in &found.hits {
            let near = |all: &[segno_archive::read::Entry]| {
                all.iter().map(|entry| entry.id.clone()).collect::<Vec<_>>()
            };
            let (before, after) = (near(&hit.before), near(&hit.after));
            seen += &format!("  {} {:?} {before:?} {after:?}\n", hit.entry, hit.snippet);
        }
    }
    seen
}

#[test]
fn both_databases_find_what_the_archive_finds() {
    let (_home, archive) = archive();
    on_each(|on, store| {
        let (ann, bob) = (person(&store, "ann"), person(&store, "bob"));
        store.ingest(ann.id, &items(), NOON).expect("it is stored");
        // The same of another is nobody else's.
        store.ingest(bob.id, &items(), NOON).expect("it is stored");
        let mut found = 0;
        for how in [How::Words, How::Substring] {
            for text in QUERIES {
                let options = Options { how, ..options() };
                let query = query::parse(text, &options.now);
                let wanted = query::search(&archive, &query, &options).expect("the archive");
                let got = store.search(ann.id, &query, &options).expect("the hub");
                assert_eq!(seen(&got), seen(&wanted), "{on}, {how:?}: {text}");
                found += got.results.len();
            }
        }
        assert!(found > 80, "{on}: {found}");
    });
}
