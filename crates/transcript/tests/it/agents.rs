//! Every agent's format: message by message, and tokens once.

use std::collections::BTreeMap;
use std::fs;
use std::io::Write;

use crate::support::{ALL, data, database, everything, home, read_all, sources};
use segno_transcript::read::{Cursor, Place, read};
use segno_transcript::record::Record;

macro_rules! files {
    ($($agent:ident)*) => {
        $(
            #[test]
            fn $agent() {
                let agent = stringify!($agent);
                insta::assert_snapshot!(agent, everything(agent, &data().join(agent)));
            }
        )*
    };
}

files! { claude codex gemini qwen copilot pi grok cline kimi }

fn sql(of: &str) -> String {
    fs::read_to_string(data().join(of)).unwrap()
}

#[test]
fn aider() {
    let home = home("aider");
    let text = everything("aider", home.path());
    insta::assert_snapshot!("aider", text);
}

/// Both generations of tables and the files before them: each conversation once.
#[test]
fn opencode() {
    let home = home("opencode");
    let at = home.path().join(".local/share/opencode/opencode.db");
    drop(database(&at, &sql("opencode/opencode.sql")));
    insta::assert_snapshot!("opencode", everything("opencode", home.path()));
}

#[test]
fn kilo() {
    let home = tempfile::tempdir().unwrap();
    let at = home.path().join(".local/share/kilo/kilo.db");
    drop(database(&at, &sql("opencode/opencode.sql")));
    insta::assert_snapshot!("kilo", everything("kilo", home.path()));
}

#[test]
fn goose() {
    let home = tempfile::tempdir().unwrap();
    let at = home.path().join(".local/share/goose/sessions/sessions.db");
    drop(database(&at, &sql("goose/sessions.sql")));
    insta::assert_snapshot!("goose", everything("goose", home.path()));
}

#[test]
fn crush() {
    let home = tempfile::tempdir().unwrap();
    drop(database(&home.path().join("project/.crush/crush.db"), &sql("crush/crush.sql")));
    insta::assert_snapshot!("crush", everything("crush", home.path()));
}

/// Two turns, forked by `--fork-session`; two turns more, forked by `--fork-session` and by
/// `/branch`.
#[test]
fn what_a_fork_has_copied_is_not_its_own() {
    let (first, second) =
        ("11111111-1111-4111-8111-111111111111", "33333333-3333-4333-8333-333333333333");
    let (third, branch) =
        ("44444444-4444-4444-8444-444444444444", "85c4d7cf-e626-46a5-a90e-8e64420e016b");
    let said = [
        (
            first,
            None,
            vec!["SAY apples are red", "apples are red", "SAY plums are blue", "plums are blue"],
        ),
        (
            second,
            Some(first),
            vec!["SAY kiwis are green", "kiwis are green", "SAY limes are sour", "limes are sour"],
        ),
        (third, Some(second), vec!["SAY ferns are wet", "ferns are wet"]),
        (branch, Some(second), vec!["SAY nuts are hard", "nuts are hard"]),
    ];
    for budget in [ALL, 1] {
        let mut found = BTreeMap::new();
        for source in sources("claude", &data().join("claude-forks")) {
            let (mut cursor, mut more) = (Cursor::default(), true);
            let (mut fork, mut texts, mut used) = (None, BTreeMap::new(), BTreeMap::new());
            while more {
                let outcome = read(&source, &cursor, budget, &mut |record| match record {
                    Record::Conversation(now) => fork = now.forked_from.or(fork.take()),
                    Record::Message(now) => {
                        assert!(now.parent.is_some() || texts.is_empty(), "{now:?}");
                        texts.insert((now.time, now.id), now.text);
                    }
                    Record::Usage(usage) => drop(used.insert(usage.key, usage.output)),
                    record => panic!("{record:?}"),
                });
                // As it is kept from one reading to the next.
                let kept = serde_json::to_string(&outcome.cursor).unwrap();
                (cursor, more) = (serde_json::from_str(&kept).unwrap(), outcome.more);
            }
            let texts: Vec<String> = texts.into_values().collect();
            assert_eq!(used.values().sum::<u64>() as usize, texts.len() / 2 * 5);
            found.insert(source.conversation().unwrap().to_owned(), (fork, texts));
        }
        for (id, fork, texts) in &said {
            let expected = (fork.map(str::to_owned), texts.iter().map(|t| t.to_string()).collect());
            assert_eq!(found[*id], expected, "{id} by {budget}");
        }
    }
}

/// A fork's file that is read after every line of it: what was taken for its own before the answer
/// that says otherwise is void.
#[test]
fn what_a_fork_copies_is_not_its_own_however_early_it_is_read() {
    for mut source in sources("claude", &data().join("claude-forks")) {
        let message = |texts: &mut BTreeMap<String, String>, record| {
            if let Record::Message(now) = record {
                texts.insert(now.id, now.text);
            }
        };
        let mut whole = BTreeMap::new();
        read(&source, &Cursor::default(), ALL, &mut |record| message(&mut whole, record));
        let written = fs::read(source.file().unwrap()).unwrap();
        let temp = tempfile::tempdir().unwrap();
        let path = temp.path().join("grows.jsonl");
        fs::write(&path, "").unwrap();
        source.place = Place::File(path.clone());
        let (mut cursor, mut texts) = (Cursor::default(), BTreeMap::new());
        for line in written.split_inclusive(|byte| *byte == b'\n') {
            let mut file = fs::OpenOptions::new().append(true).open(&path).unwrap();
            file.write_all(line).unwrap();
            loop {
                let mut new = BTreeMap::new();
                let outcome = read(&source, &cursor, ALL, &mut |record| message(&mut new, record));
                if outcome.again {
                    texts.clear();
                }
                texts.extend(new);
                cursor = outcome.cursor;
                if !outcome.more {
                    break;
                }
            }
        }
        assert_eq!(texts, whole, "{}", source.name());
    }
}

/// Tokens sent, answered and cached of all that an agent has: the last of what has one key.
fn used(agent: &str) -> (u64, u64, u64) {
    let mut last = BTreeMap::new();
    for source in sources(agent, &data().join(agent)) {
        for record in read_all(&source).0 {
            if let Record::Usage(usage) = record {
                last.insert((usage.conversation.clone(), usage.key.clone()), usage);
            }
        }
    }
    let sum = |of: fn(&segno_transcript::record::Usage) -> u64| last.values().map(of).sum();
    (sum(|u| u.input), sum(|u| u.output), sum(|u| u.cache_read))
}

/// An answer in several lines, one that stands twice, and what a fork has copied, cached or not.
#[test]
fn tokens_count_once() {
    assert_eq!(used("claude"), (10 + 3 + 4, 20 + 2 + 3, 100));
    assert_eq!(used("codex"), (40 + 40 + 30, 30 + 10 + 5, 60 + 20));
}
