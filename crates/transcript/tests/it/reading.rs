//! Only what is new is read, in bounded memory, and what was written anew is noticed.

use std::fs::{self, File, OpenOptions};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::support::{
    ALL, data, database, describe, environment, home, read_all, read_from, sources, transcript,
};
use segno_transcript::description::Transcript;
use segno_transcript::map::Start;
use segno_transcript::read::{Cursor, Place, Source, discover};
use segno_transcript::record::{Message, Record};

const LINES: &str = "[[transcript]]
files = ['{user_home}/{session}.jsonl']
[[transcript.message]]
role = 'user'
text = '/t'
join = '/j'
";

fn source(transcript: Arc<Transcript>, path: PathBuf) -> Source {
    let start = Start { id: Some("s".into()), ..Start::default() };
    Source { agent: "a".into(), transcript, place: Place::File(path), start }
}

fn texts(records: &[Record]) -> Vec<&str> {
    let messages = records.iter().filter_map(|record| match record {
        Record::Message(Message { text, .. }) => Some(text.as_str()),
        _ => None,
    });
    messages.collect()
}

fn append(path: &Path, text: &str) {
    let mut file = OpenOptions::new().append(true).create(true).open(path).unwrap();
    file.write_all(text.as_bytes()).unwrap();
}

/// A cursor that was kept and loaded.
fn kept(cursor: &Cursor) -> Cursor {
    serde_json::from_str(&serde_json::to_string(cursor).unwrap()).unwrap()
}

#[test]
fn only_new_lines_are_read_and_only_complete_ones_are_taken() {
    let temp = tempfile::tempdir().unwrap();
    let path = temp.path().join("s.jsonl");
    let source = source(transcript(LINES), path.clone());
    let (one, two, torn) = ("{\"t\":\"one\"}\n", "{\"t\":\"two\"}\n", "{\"t\":\"thr");
    append(&path, &format!("{one}{two}{torn}"));
    let (records, outcome) = read_all(&source);
    assert_eq!(texts(&records), ["one", "two"]);
    assert_eq!((outcome.again, outcome.more, outcome.problems.len()), (false, false, 0));
    assert_eq!(outcome.cursor.offset as usize, one.len() + two.len());

    // Nothing has happened: nothing is read.
    let (records, outcome) = read_from(&source, &kept(&outcome.cursor), ALL);
    assert_eq!((records.len(), outcome.bytes), (0, 0));

    let rest = "ee\"}\n{\"t\":\"four\"}\n";
    append(&path, rest);
    let (records, outcome) = read_from(&source, &kept(&outcome.cursor), ALL);
    assert_eq!(texts(&records), ["three", "four"]);
    assert_eq!(outcome.bytes as usize, torn.len() + rest.len());
}

#[test]
fn a_budget_ends_a_reading_which_goes_on_where_it_ended() {
    let temp = tempfile::tempdir().unwrap();
    let path = temp.path().join("s.jsonl");
    (0..100).for_each(|n| append(&path, &format!("{{\"t\":\"{n}\",\"j\":\"{}\"}}\n", n / 10)));
    let source = source(transcript(LINES), path);
    let (at_once, whole) = read_all(&source);
    let (mut cursor, mut said, mut steps) = (Cursor::default(), Vec::new(), 0);
    loop {
        let (records, outcome) = read_from(&source, &kept(&cursor), 50);
        assert!(!outcome.again);
        said.extend(records);
        cursor = outcome.cursor;
        steps += 1;
        if !outcome.more {
            break;
        }
    }
    assert!(steps > 10);
    assert_eq!(said, at_once);
    assert_eq!(Cursor { more: false, ..cursor }, whole.cursor);
}

#[test]
fn a_file_that_was_written_anew_is_read_anew() {
    let temp = tempfile::tempdir().unwrap();
    let path = temp.path().join("s.jsonl");
    let source = source(transcript(LINES), path.clone());
    append(&path, "{\"t\":\"one\"}\n{\"t\":\"two\"}\n");
    let (_, before) = read_all(&source);
    let changes: [&dyn Fn(); 3] = [
        // Shorter; as long, but another text; another file.
        &|| fs::write(&path, "{\"t\":\"one\"}\n").unwrap(),
        &|| fs::write(&path, "{\"t\":\"ein\"}\n{\"t\":\"zwo\"}\n{\"t\":\"drei\"}\n").unwrap(),
        &|| {
            fs::write(
                temp.path().join("new"),
                "{\"t\":\"one\"}\n{\"t\":\"two\"}\n{\"t\":\"drei\"}\n",
            )
            .unwrap();
            fs::rename(temp.path().join("new"), &path).unwrap();
        },
    ];
    for change in changes {
        change();
        let (records, outcome) = read_from(&source, &before.cursor, ALL);
        assert!(outcome.again);
        assert_eq!(outcome.bytes, fs::metadata(&path).unwrap().len());
        assert_eq!(texts(&records).len(), fs::read_to_string(&path).unwrap().lines().count());
    }
}

#[test]
fn a_line_that_is_too_long_is_skipped_and_reported() {
    let temp = tempfile::tempdir().unwrap();
    let path = temp.path().join("s.jsonl");
    let source = source(transcript(LINES), path.clone());
    let long = "x".repeat(17 << 20);
    append(&path, &format!("{{\"t\":\"one\"}}\n{{\"t\":\"{long}"));
    let (records, first) = read_all(&source);
    assert_eq!(texts(&records), ["one"]);
    append(&path, "\"}\n{\"t\":\"two\"}\n");
    let (records, outcome) = read_from(&source, &kept(&first.cursor), ALL);
    assert_eq!(texts(&records), ["two"]);
    assert_eq!(outcome.problems[0].why, "1 lines are longer than 16 MiB");
    assert!(outcome.bytes < 100, "what was skipped is not read again: {}", outcome.bytes);
}

#[test]
fn links_and_pipes_are_not_opened() {
    let temp = tempfile::tempdir().unwrap();
    let real = temp.path().join("real");
    append(&real, "{\"t\":\"one\"}\n");
    let link = temp.path().join("link");
    std::os::unix::fs::symlink(&real, &link).unwrap();
    let pipe = temp.path().join("pipe");
    nix::unistd::mkfifo(&pipe, nix::sys::stat::Mode::S_IRWXU).unwrap();
    for (path, why) in [
        (link, "it is a link"),
        (pipe, "it is no regular file"),
        (temp.path().into(), "it is no regular file"),
    ] {
        let (records, outcome) = read_all(&source(transcript(LINES), path));
        assert_eq!((records.len(), outcome.problems[0].why.as_str()), (0, why));
    }
    let (records, outcome) = read_all(&source(transcript(LINES), temp.path().join("none")));
    assert_eq!((records.len(), outcome.problems.len()), (0, 1));
}

#[test]
fn what_has_changed_below_a_document_is_read_again_alone() {
    let home = home("opencode");
    let storage = home.path().join(".local/share/opencode/storage");
    let then = std::time::SystemTime::now() - std::time::Duration::from_secs(60);
    for old in ["message/ses_old/msg_1.json", "part/msg_1/prt_1.json", "part/msg_1/prt_2.json"] {
        let file = fs::File::options().append(true).open(storage.join(old)).unwrap();
        file.set_modified(then).unwrap();
    }
    let all = sources("opencode", home.path());
    let old = all.iter().find(|source| source.conversation() == Some("ses_old")).unwrap();
    let (records, outcome) = read_all(old);
    assert_eq!(texts(&records), ["an old prompt", "an old answer"]);
    let (records, outcome) = read_from(old, &kept(&outcome.cursor), ALL);
    assert_eq!((records.len(), outcome.again), (0, false));
    let part = storage.join("part/msg_2/prt_3.json");
    fs::write(&part, "{\"id\":\"prt_3\",\"type\":\"text\",\"text\":\"a newer answer\"}").unwrap();
    let (records, outcome) = read_from(old, &kept(&outcome.cursor), ALL);
    assert_eq!(texts(&records), ["a newer answer"]);
    assert!(!outcome.again);
    // Some of it is gone.
    fs::remove_file(part).unwrap();
    let (records, outcome) = read_from(old, &kept(&outcome.cursor), ALL);
    assert!(texts(&records).contains(&"an old prompt") && outcome.again);
}

#[test]
fn only_changed_conversations_of_a_database_are_read() {
    let home = tempfile::tempdir().unwrap();
    let path = home.path().join(".local/share/opencode/opencode.db");
    let sql = fs::read_to_string(data().join("opencode/opencode.sql")).unwrap();
    let writer = database(&path, &format!("PRAGMA journal_mode = wal;{sql}"));
    let find = || sources("opencode", home.path());
    let read = find().into_iter().map(|source| (source.name(), read_all(&source).1.cursor));
    let read: std::collections::HashMap<_, _> = read.collect();
    let changes = || {
        let mut all = Vec::new();
        for source in find() {
            let (records, outcome) = read_from(&source, &kept(&read[&source.name()]), ALL);
            assert!(outcome.bytes > 0 || records.is_empty());
            if outcome.bytes > 0 {
                let texts = texts(&records).into_iter().map(String::from).collect::<Vec<_>>();
                all.push((source.conversation().unwrap().to_string(), texts, outcome.again));
            }
        }
        all
    };
    assert_eq!(read.len(), 3);
    assert_eq!(changes(), []);
    // An answer that is written in place, and a message that is added.
    let sql = "UPDATE session_message SET time_updated = 1700000009000, data = json_set(data, '$.content[1].text', 'answers more') WHERE id = 'msg_b2';
        INSERT INTO session_message VALUES ('msg_b4','ses_both','user',4,1700000009000,1700000009000,'{\"text\":\"next\"}')";
    writer.execute_batch(sql).unwrap();
    let expected = vec!["answers more".to_string(), "next".to_string()];
    assert_eq!(changes(), [("ses_both".to_string(), expected, false)]);
    // Rows that are gone are noticed.
    writer.execute_batch("DELETE FROM session_message WHERE id IN ('msg_b2', 'msg_b4')").unwrap();
    let left = vec!["second generation says".to_string()];
    assert_eq!(changes(), [("ses_both".to_string(), left, true)]);
}

#[test]
fn a_database_that_cannot_be_read_costs_a_problem() {
    let home = tempfile::tempdir().unwrap();
    let path = home.path().join(".local/share/opencode/opencode.db");
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    let problems = || {
        let found = discover(&[describe("opencode")], &environment(home.path()));
        assert_eq!(found.sources.len(), 0);
        found.problems.len()
    };
    fs::write(&path, "no database at all, but long enough to have a header").unwrap();
    assert_eq!(problems(), 2);
    fs::write(&path, "").unwrap();
    assert_eq!(problems(), 0);
    fs::remove_file(&path).unwrap();
    let writer = database(&path, "CREATE TABLE session_v2 (x); CREATE TABLE session_message (y)");
    assert_eq!(problems(), 1, "tables of another shape");
    drop(writer);
    let names: Vec<_> =
        fs::read_dir(path.parent().unwrap()).unwrap().map(|e| e.unwrap().file_name()).collect();
    assert_eq!(names, ["opencode.db"], "nothing is left beside it");
}

#[test]
fn a_database_that_is_locked_costs_a_problem() {
    let home = tempfile::tempdir().unwrap();
    let path = home.path().join("project/.crush/crush.db");
    let sql = fs::read_to_string(data().join("crush/crush.sql")).unwrap();
    let writer = database(&path, &sql);
    File::create(path.with_file_name("crush.db-journal")).unwrap();
    writer.execute_batch("BEGIN EXCLUSIVE").unwrap();
    let found = discover(&[describe("crush")], &environment(home.path()));
    assert_eq!((found.sources.len(), found.problems.len()), (0, 1));
}

#[test]
fn markdown_goes_on_in_its_last_section() {
    let home = home("aider");
    let path = home.path().join("project/.aider.chat.history.md");
    let source = sources("aider", home.path()).remove(0);
    let (records, outcome) = read_all(&source);
    assert_eq!(texts(&records).last(), Some(&"make it longer"));
    append(&path, "#### and wider\n\nIt is.\n");
    let (records, outcome) = read_from(&source, &kept(&outcome.cursor), ALL);
    assert_eq!(texts(&records), ["make it longer\nand wider", "It is."]);
    assert!(outcome.bytes < 100 && !outcome.again);
}

#[test]
fn what_a_program_prints_is_read() {
    let description = "[[transcript]]
command = ['printf', '{\"id\":\"a\",\"t\":\"one\"}\\n{\"id\":\"b\",\"t\":\"two\"}\\n']
[[transcript.conversation]]
id = '/id'
[[transcript.message]]
role = 'assistant'
text = '/t'
";
    let mut source = source(transcript(description), PathBuf::new());
    source.start = Start { fallback: "x".into(), ..Start::default() };
    source.place = Place::Command(source.transcript.command.clone());
    let (records, outcome) = read_all(&source);
    let said: Vec<_> = records
        .iter()
        .filter_map(|record| match record {
            Record::Message(m) => Some((m.conversation.as_str(), m.text.as_str())),
            _ => None,
        })
        .collect();
    assert_eq!(said, [("a", "one"), ("b", "two")]);
    assert_eq!(read_from(&source, &outcome.cursor, ALL).0, []);
}

#[test]
fn places_follow_the_environment() {
    let home = home("claude");
    let mut environment = environment(home.path());
    let other = tempfile::tempdir().unwrap();
    let project = other.path().join("projects/-x");
    fs::create_dir_all(&project).unwrap();
    append(&project.join("other.jsonl"), "");
    let find = |environment: &_| {
        let found = discover(&[describe("claude")], environment).sources;
        let ids = found.iter().map(|source| source.conversation().unwrap().to_string());
        ids.collect::<Vec<_>>()
    };
    assert_eq!(find(&environment).len(), 3);
    environment.variables.insert("CLAUDE_CONFIG_DIR".into(), other.path().into());
    assert_eq!(find(&environment).len(), 4);
    // The same place twice is one.
    environment.variables.insert("CLAUDE_CONFIG_DIR".into(), home.path().join(".claude").into());
    assert_eq!(find(&environment).len(), 3);
    for bad in ["", "relative", "/nowhere\u{1}"] {
        environment.variables.insert("CLAUDE_CONFIG_DIR".into(), bad.into());
        assert_eq!(find(&environment).len(), 3);
    }
    environment.variables.clear();
    assert_eq!(find(&environment).len(), 0);
}

#[test]
fn a_document_whose_list_is_read_item_by_item_says_the_same() {
    let (form, files) = ("form = 'json'", "files = ['{user_home}/{session}.json']");
    let rules = "[[transcript.conversation]]
        title = '/title'
        [[transcript.message]]
        role = { at = '/role', user = 'u', assistant = 'a' }
        text = ['/text', '/more/*']
        [[transcript.tool]]
        each = '/tools/*'
        name = '/name'
        message = '$/tools/0/of'";
    let apart = transcript(&format!("[[transcript]]\n{form}\n{files}\neach = '/list/*'\n{rules}"));
    let lists = "each = ['/list/*', '/other/*']";
    let whole = transcript(&format!("[[transcript]]\n{form}\n{files}\n{lists}\n{rules}"));
    assert_eq!((apart.list_apart(), whole.list_apart()), (Some("list"), None));
    let looked_into = rules.replace("'/title'", "'/list/0/title'");
    let looked_into = format!("[[transcript]]\n{form}\n{files}\neach = '/list/*'\n{looked_into}");
    assert_eq!(transcript(&looked_into).list_apart(), None);

    let temp = tempfile::tempdir().unwrap();
    let path = temp.path().join("s.json");
    for document in [
        r#"{"title":"T","list":[{"role":"u","text":"one"},{"role":"a","more":["t","wo"],
            "tools":[{"name":"bash"},{"name":"read"}]},7,"x",null]}"#,
        r#" {"list":{"x":{"role":"u","text":"one"}},"title":"last","role":"u","text":"itself"}"#,
        r#"{"list":"none","title":"T"}"#,
        r#"{"list":"[{\"role\":\"u\",\"text\":\"in a text\"}]"}"#,
        r#"{"list":null,"title":1}"#,
        r#"{"list":-1.5}"#,
        r#"{"list":[{"role":"u","text":"\ud83d one"}]}"#,
        r#"[{"role":"u","text":"no object"}]"#,
        r#"{"list":[{"role":"u","text":"torn"}"#,
    ] {
        fs::write(&path, document).unwrap();
        let said = |transcript| read_all(&source(Arc::clone(transcript), path.clone()));
        assert_eq!(said(&apart), said(&whole), "{document}");
    }
}
