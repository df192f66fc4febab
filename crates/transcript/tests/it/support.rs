//! Homes with what agents store, and records as text.

use std::fmt::Write;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use segno_transcript::description::{self, Transcript};
use segno_transcript::read::{Cursor, Described, Environment, Outcome, Source, discover, read};
use segno_transcript::record::{Record, Removal};

/// Enough for everything at once.
pub const ALL: u64 = u64::MAX;

pub fn data() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data")
}

/// The pane types that are built in.
pub fn panes() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../defaults/panes")
}

pub fn describe(agent: &str) -> Described {
    let text = fs::read_to_string(panes().join(format!("{agent}.toml"))).unwrap();
    let transcripts =
        description::parse(&text).unwrap_or_else(|faults| panic!("{agent}: {faults:#?}"));
    Described { agent: agent.into(), transcripts: transcripts.into_iter().map(Arc::new).collect() }
}

pub fn transcript(toml: &str) -> Arc<Transcript> {
    Arc::new(description::parse(toml).unwrap().remove(0))
}

pub fn environment(home: &Path) -> Environment {
    Environment {
        variables: [("HOME".into(), home.into())].into(),
        directories: vec![home.join("project")],
    }
}

/// A home to write in, with a copy of an agent's.
pub fn home(agent: &str) -> tempfile::TempDir {
    let temp = tempfile::tempdir().unwrap();
    copy(&data().join(agent), temp.path());
    temp
}

fn copy(from: &Path, to: &Path) {
    for entry in fs::read_dir(from).unwrap().map(Result::unwrap) {
        let to = to.join(entry.file_name());
        if entry.path().is_dir() {
            fs::create_dir_all(&to).unwrap();
            copy(&entry.path(), &to);
        } else {
            fs::copy(entry.path(), to).unwrap();
        }
    }
}

/// A database that this SQL makes.
pub fn database(path: &Path, sql: &str) -> rusqlite::Connection {
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    let database = rusqlite::Connection::open(path).unwrap();
    // It need not outlive a power cut.
    database.execute_batch(&format!("PRAGMA synchronous = off; {sql}")).unwrap();
    database
}

pub fn sources(agent: &str, home: &Path) -> Vec<Source> {
    let found = discover(&[describe(agent)], &environment(home));
    assert_eq!(found.problems, []);
    found.sources
}

pub fn read_all(source: &Source) -> (Vec<Record>, Outcome) {
    read_from(source, &Cursor::default(), ALL)
}

pub fn read_from(source: &Source, cursor: &Cursor, budget: u64) -> (Vec<Record>, Outcome) {
    let mut records = Vec::new();
    let outcome = read(source, cursor, budget, &mut |record| records.push(record));
    (records, outcome)
}

/// Everything of an agent, as text.
pub fn everything(agent: &str, home: &Path) -> String {
    let mut text = String::new();
    for source in sources(agent, home) {
        let (records, outcome) = read_all(&source);
        writeln!(text, "== {}", source.name()).unwrap();
        records.iter().for_each(|record| line(record, &mut text));
        for problem in outcome.problems {
            writeln!(text, "PROBLEM {}", problem.why).unwrap();
        }
        if !source.start.fallback.is_empty() {
            text = text.replace(&source.start.fallback, "<hash>");
        }
    }
    text.replace(home.to_str().unwrap(), "~")
}

fn line(record: &Record, into: &mut String) {
    let mut said = |name: &str, value: String| {
        if !value.is_empty() {
            write!(into, " {name}={value}").unwrap();
        }
    };
    let text = |text: &Option<String>| text.clone().map_or(String::new(), |t| format!("{t:?}"));
    let time = |time: &Option<i64>| time.map_or(String::new(), |t| t.to_string());
    match record {
        Record::Conversation(c) => {
            said("CONVERSATION", c.id.clone());
            said("parent", text(&c.parent));
            said("fork", text(&c.forked_from));
            said("directory", text(&c.directory));
            said("title", text(&c.title));
            said("model", text(&c.model));
            said("branch", text(&c.branch));
            said("created", time(&c.created));
            said("updated", time(&c.updated));
        }
        Record::Message(m) => {
            said("MESSAGE", m.id.clone());
            said("role", format!("{:?}", m.role));
            said("parent", text(&m.parent));
            said("text", format!("{:?}", m.text));
            said("reasoning", text(&m.reasoning));
            said("model", text(&m.model));
            said("time", time(&m.time));
        }
        Record::Tool(t) => {
            said("TOOL", t.id.clone());
            said("message", text(&t.message));
            said("name", text(&t.name));
            said("input", text(&t.input));
            said("output", text(&t.output));
            said("status", t.status.map_or(String::new(), |s| format!("{s:?}")));
            said(
                "files",
                if t.files.is_empty() { String::new() } else { format!("{:?}", t.files) },
            );
        }
        Record::Usage(u) => {
            said("USAGE", u.key.clone());
            said("model", text(&u.model));
            said("in", u.input.to_string());
            said("out", u.output.to_string());
            said("reasoning", u.reasoning.to_string());
            said("read", u.cache_read.to_string());
            said("write", u.cache_write.to_string());
            said("cost", u.cost.map_or(String::new(), |c| c.to_string()));
        }
        Record::Removal(Removal::From { message, .. }) => said("REMOVED FROM", message.clone()),
        Record::Removal(Removal::Message { message, .. }) => said("REMOVED", message.clone()),
        Record::Removal(Removal::Conversation { conversation }) => {
            said("REMOVED ALL OF", conversation.clone());
        }
    }
    into.push('\n');
}
