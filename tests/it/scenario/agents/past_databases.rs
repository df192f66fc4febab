//! Past conversations of both generations of OpenCode, from its database: found, united, and the
//! database left as it is.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use rusqlite::Connection;
use serde_json::{Value, json};

use crate::support::segno::Segno;

/// The tables of 1.x, as far as they matter.
const FIRST: &str = "
    CREATE TABLE session (id text PRIMARY KEY, project_id text NOT NULL, parent_id text, slug text NOT NULL,
        directory text NOT NULL, title text NOT NULL, version text NOT NULL, time_created integer NOT NULL,
        time_updated integer NOT NULL, time_archived integer);
    CREATE TABLE message (id text PRIMARY KEY, session_id text NOT NULL, time_created integer NOT NULL,
        time_updated integer NOT NULL, data text NOT NULL);
    CREATE INDEX message_session_time_created_id_idx ON message (session_id, time_created, id);
    CREATE TABLE part (id text PRIMARY KEY, message_id text NOT NULL, session_id text NOT NULL,
        time_created integer NOT NULL, time_updated integer NOT NULL, data text NOT NULL);
    CREATE INDEX part_message_id_id_idx ON part (message_id, id);";
/// Those of 2.x, with an `event` table that nobody may read: a view that fails.
const SECOND: &str = "
    CREATE TABLE session_v2 (id text PRIMARY KEY, project_id text NOT NULL, parent_id text, fork_session_id text,
        slug text NOT NULL, directory text NOT NULL, title text, version text NOT NULL, cost real NOT NULL DEFAULT 0,
        time_created integer NOT NULL, time_updated integer NOT NULL, time_archived integer);
    CREATE TABLE session_message (id text PRIMARY KEY, session_id text NOT NULL, type text NOT NULL,
        seq integer NOT NULL, time_created integer NOT NULL, time_updated integer NOT NULL, data text NOT NULL);
    CREATE UNIQUE INDEX session_message_session_seq_idx ON session_message (session_id, seq);
    CREATE VIEW event AS SELECT * FROM nowhere;";

/// A conversation of 1.x with these prompts.
fn first(db: &Connection, id: &str, directory: &Path, at: u64, prompts: &[&str]) {
    let sql = "INSERT INTO session VALUES (?1, 'p', NULL, 's', ?2, ?3, '1.18.33', ?4, ?4, NULL)";
    db.execute(sql, (id, directory.to_str(), format!("First {id}"), at)).unwrap();
    for (n, prompt) in prompts.iter().enumerate() {
        let message = format!("msg_{id}_{n}");
        let said = json!({"role": "user"}).to_string();
        let sql = "INSERT INTO message VALUES (?1, ?2, ?3, ?3, ?4)";
        db.execute(sql, (&message, id, at + n as u64, said)).unwrap();
        let parts = [
            json!({"type": "text", "synthetic": true, "text": "by the program"}),
            json!({"type": "text", "text": prompt}),
        ];
        for (m, part) in parts.iter().enumerate() {
            let sql = "INSERT INTO part VALUES (?1, ?2, ?3, ?4, ?4, ?5)";
            db.execute(sql, (format!("prt_{message}_{m}"), &message, id, at, part.to_string()))
                .unwrap();
        }
        let answer = json!({"role": "assistant"}).to_string();
        let sql = "INSERT INTO message VALUES (?1, ?2, ?3, ?3, ?4)";
        db.execute(sql, (format!("{message}_a"), id, at + n as u64, answer)).unwrap();
    }
}

/// One of 2.x.
fn second(db: &Connection, id: &str, directory: &Path, at: u64, prompts: &[&str]) {
    let sql = "INSERT INTO session_v2 (id, project_id, slug, directory, title, version, time_created, time_updated)
               VALUES (?1, 'p', 's', ?2, ?3, '2.0.17', ?4, ?4)";
    db.execute(sql, (id, directory.to_str(), format!("Second {id}"), at)).unwrap();
    let mut seq = 0;
    let mut add = |kind: &str, data: Value| {
        seq += 1;
        let sql = "INSERT INTO session_message VALUES (?1, ?2, ?3, ?4, ?5, ?5, ?6)";
        db.execute(sql, (format!("msg_{id}_{seq}"), id, kind, seq, at, data.to_string())).unwrap();
    };
    add("system", json!({"text": "instructions"}));
    for prompt in prompts {
        add("user", json!({"text": prompt, "files": []}));
        add("assistant", json!({"content": [{"type": "text", "text": "an answer"}]}));
        add("idle", json!({"outcome": "succeeded"}));
    }
}

struct Past {
    segno: Segno,
    work: std::path::PathBuf,
    database: std::path::PathBuf,
}

impl Past {
    fn new() -> Past {
        let mut segno = Segno::new();
        let programs = segno.directory("bin");
        let program = programs.join("opencode");
        fs::write(&program, "#!/bin/sh\necho 'opencode v2.0.17'\n").unwrap();
        fs::set_permissions(&program, fs::Permissions::from_mode(0o755)).unwrap();
        segno.path_first(&programs);
        let data = segno.user_home().join(".local/share/opencode");
        fs::create_dir_all(&data).unwrap();
        let work = segno.directory("work");
        Past { segno, work, database: data.join("opencode.db") }
    }

    /// Id, title, and what was said first and last.
    fn list(&self) -> Vec<[Value; 4]> {
        let args = ["sessions", "--type", "opencode", "--dir", self.work.to_str().unwrap()];
        let list = self.segno.json(&args)["conversations"].take();
        let fields = ["session", "title", "first_prompt", "last_prompt"];
        list.as_array()
            .unwrap()
            .iter()
            .map(|each| fields.map(|field| each[field].clone()))
            .collect()
    }
}

fn row(id: &str, title: &str, first: &str, last: &str) -> [Value; 4] {
    [json!(id), json!(title), json!(first), json!(last)]
}

#[test]
fn conversations_of_both_generations_are_united_and_the_newer_one_counts() {
    let past = Past::new();
    let db = Connection::open(&past.database).unwrap();
    db.execute_batch(FIRST).unwrap();
    db.execute_batch(SECOND).unwrap();
    first(&db, "ses_old", &past.work, 1_000_000_000_000, &["fly me", "to the moon"]);
    first(&db, "ses_both", &past.work, 1_100_000_000_000, &["frozen"]);
    first(&db, "ses_later", &past.work, 1_500_000_000_000, &["in 1.x again"]);
    first(&db, "ses_elsewhere", Path::new("/elsewhere"), 1_600_000_000_000, &["no"]);
    second(&db, "ses_both", &past.work, 1_400_000_000_000, &["frozen", "and gone on"]);
    second(&db, "ses_sub", &past.work, 1_700_000_000_000, &["no"]);
    second(&db, "ses_archived", &past.work, 1_700_000_000_000, &["no"]);
    second(&db, "--evil", &past.work, 1_700_000_000_000, &["no"]);
    second(&db, "ses_empty", &past.work, 900_000_000_000, &[]);
    db.execute("UPDATE session_v2 SET parent_id = 'ses_both' WHERE id = 'ses_sub'", ()).unwrap();
    db.execute("UPDATE session_v2 SET time_archived = 1 WHERE id = 'ses_archived'", ()).unwrap();
    db.execute(
        "UPDATE session_message SET data = '{' WHERE session_id = 'ses_both' AND seq = 99",
        (),
    )
    .unwrap();
    drop(db);
    let before = fs::read(&past.database).unwrap();
    past.segno.daemon_start();
    let expected = [
        row("ses_later", "First ses_later", "in 1.x again", "in 1.x again"),
        row("ses_both", "Second ses_both", "frozen", "and gone on"),
        row("ses_old", "First ses_old", "fly me", "to the moon"),
    ];
    let mut found = past.list();
    assert_eq!(found.pop().unwrap()[0], "ses_empty");
    assert_eq!(found, expected);
    assert_eq!(fs::read(&past.database).unwrap(), before);
    let beside = fs::read_dir(past.database.parent().unwrap()).unwrap().count();
    assert_eq!(beside, 1, "nothing was made beside it");
}

#[test]
fn each_generation_alone_is_read_also_while_it_is_open() {
    let past = Past::new();
    past.segno.daemon_start();
    assert!(past.list().is_empty(), "there is no database");
    let db = Connection::open(&past.database).unwrap();
    db.pragma_update(None, "journal_mode", "wal").unwrap();
    db.execute_batch(SECOND).unwrap();
    second(&db, "ses_new", &past.work, 1_400_000_000_000, &["only here"]);
    let newer = row("ses_new", "Second ses_new", "only here", "only here");
    assert_eq!(past.list(), std::slice::from_ref(&newer));

    let mut past = past;
    let other = past.work.join("other.db");
    let only_first = Connection::open(&other).unwrap();
    only_first.execute_batch(FIRST).unwrap();
    first(&only_first, "ses_old", &past.work, 1_000_000_000_000, &["long ago"]);
    drop(only_first);
    past.segno.env("OPENCODE_DB", &other);
    past.segno.ok(&["daemon", "stop"]);
    past.segno.daemon_start();
    assert_eq!(past.list(), [row("ses_old", "First ses_old", "long ago", "long ago")]);
    fs::write(&other, "no database").unwrap();
    past.segno.ok(&["daemon", "stop"]);
    past.segno.daemon_start();
    assert!(past.list().is_empty());
}
