//! Every agent's format: message by message, and tokens once.

use std::collections::BTreeMap;
use std::fs;

use segno_transcript::record::Record;

use crate::support::{data, database, everything, home, read_all, sources};

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
