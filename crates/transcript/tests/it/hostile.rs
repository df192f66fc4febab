//! Whatever stands there: nothing panics, and what was said does not depend on how it was read.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use proptest::prelude::*;
use segno_transcript::map::Start;
use segno_transcript::read::{Cursor, Place, Source};
use segno_transcript::record::Record;
use serde_json::{Value, json};

use crate::support::{data, describe, read_all, read_from};

/// Every line of every fixture.
fn lines() -> Vec<String> {
    fn collect(directory: &Path, into: &mut Vec<String>) {
        for entry in fs::read_dir(directory).unwrap().map(Result::unwrap) {
            match entry.path() {
                path if path.is_dir() => collect(&path, into),
                path => into.extend(fs::read_to_string(path).unwrap().lines().map(String::from)),
            }
        }
    }
    let mut lines = Vec::new();
    collect(&data(), &mut lines);
    lines.sort();
    lines
}

fn any_json() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        "(\\{|\\[|text|user|[a-z<\"\\\\]{0,8}|\u{0}|../..|é)".prop_map(Value::from),
    ];
    leaf.prop_recursive(4, 24, 4, |inner| {
        let key = prop_oneof![
            "(type|uuid|id|parentUuid|message|content|text|payload|role|usage|sessionId|data|parts|event|below|each)",
            Just(String::from("$rewindTo")),
            Just(String::from("input_tokens")),
        ];
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            prop::collection::vec((key, inner), 0..5)
                .prop_map(|pairs| Value::Object(pairs.into_iter().collect())),
        ]
    })
}

/// A line: of a fixture, as it is or torn; hostile JSON; any text.
fn any_line() -> impl Strategy<Value = Vec<u8>> {
    let lines = lines();
    prop_oneof![
        4 => prop::sample::select(lines.clone()).prop_map(String::into_bytes),
        1 => (prop::sample::select(lines), any::<prop::sample::Index>()).prop_map(|(line, at)| {
            let bytes = line.into_bytes();
            let end = at.index(bytes.len() + 1);
            bytes[..end].to_vec()
        }),
        2 => any_json().prop_map(|value| value.to_string().into_bytes()),
        1 => prop::collection::vec(any::<u8>(), 0..40),
    ]
}

fn any_agent() -> impl Strategy<Value = &'static str> {
    prop::sample::select(vec![
        "claude", "codex", "gemini", "qwen", "copilot", "pi", "grok", "cline", "kimi", "aider",
        "opencode",
    ])
}

/// What each message, call and answer was at last.
fn at_last(records: &[Record]) -> BTreeMap<String, String> {
    let mut last = BTreeMap::new();
    for record in records {
        let key = match record {
            Record::Conversation(c) => format!("c {}", c.id),
            Record::Message(m) => format!("m {} {}", m.conversation, m.id),
            Record::Usage(u) => format!("u {} {}", u.conversation, u.key),
            Record::Tool(_) | Record::Removal(_) => continue,
        };
        last.insert(key, format!("{record:?}"));
    }
    last
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, ..ProptestConfig::default() })]

    #[test]
    fn torn_doubled_reordered_and_hostile_lines_are_read_alike_in_any_steps(
        agent in any_agent(),
        lines in prop::collection::vec(any_line(), 0..30),
        cuts in prop::collection::vec(any::<prop::sample::Index>(), 0..4),
        budget in 1..400u64,
    ) {
        let temp = tempfile::tempdir().unwrap();
        let path = temp.path().join("x");
        let mut text = lines.join(&b'\n');
        text.push(b'\n');
        let mut cuts: Vec<_> = cuts.iter().map(|cut| cut.index(text.len())).collect();
        cuts.push(text.len());
        cuts.sort();
        for transcript in describe(agent).transcripts {
            if transcript.database.is_some() {
                continue;
            }
            let lines = transcript.tree.is_empty();
            let start = Start { id: Some("own".into()), ..Start::default() };
            let source = Source { agent: agent.into(), transcript, place: Place::File(path.clone()), start };
            let _ = fs::remove_file(&path);
            fs::write(&path, &text).unwrap();
            let (whole, _) = read_all(&source);
            // It grows, and is read with breaks.
            let (mut cursor, mut said) = (Cursor::default(), Vec::new());
            let _ = fs::remove_file(&path);
            fs::write(&path, "").unwrap();
            for cut in &cuts {
                let mut file = fs::OpenOptions::new().append(true).open(&path).unwrap();
                let from = fs::metadata(&path).unwrap().len() as usize;
                std::io::Write::write_all(&mut file, &text[from..*cut]).unwrap();
                loop {
                    let (records, outcome) = read_from(&source, &cursor, budget);
                    if outcome.again {
                        said.clear();
                    }
                    said.extend(records);
                    let text = serde_json::to_string(&outcome.cursor).unwrap();
                    prop_assert!(text.len() < 2 << 20);
                    cursor = serde_json::from_str(&text).unwrap();
                    if !outcome.more {
                        break;
                    }
                }
            }
            if lines && source.transcript.form == segno_transcript::description::Form::Lines {
                prop_assert_eq!(at_last(&said), at_last(&whole));
            }
        }
    }
}

proptest! {
    // Each makes a database.
    #![proptest_config(ProptestConfig { cases: 12, ..ProptestConfig::default() })]

    #[test]
    fn hostile_rows_are_read(rows in prop::collection::vec((any_json(), any_json(), "[a-z]{0,9}"), 0..8)) {
        let temp = tempfile::tempdir().unwrap();
        let path = temp.path().join(".local/share/opencode/opencode.db");
        let sql = fs::read_to_string(data().join("opencode/opencode.sql")).unwrap();
        let database = crate::support::database(&path, &sql);
        for (n, (data, part, kind)) in rows.iter().enumerate() {
            let data = json!({"role": "user", "content": data, "text": part, "time": data});
            let id = format!("x{n}");
            database.execute("INSERT INTO message VALUES (?1, 'ses_one', 1, 1, ?2)", (&id, data.to_string())).unwrap();
            database.execute("INSERT INTO part VALUES (?1, ?1, 'ses_one', 1, 1, ?2)", (&id, part.to_string())).unwrap();
            database.execute("INSERT INTO session_message VALUES (?1, 'ses_both', ?2, ?3, 1, 1, ?4)",
                (&id, kind, 10 + n, data.to_string())).unwrap();
        }
        drop(database);
        for source in crate::support::sources("opencode", temp.path()) {
            let (records, outcome) = read_all(&source);
            prop_assert_eq!(outcome.problems, []);
            prop_assert!(!records.is_empty());
        }
    }
}
