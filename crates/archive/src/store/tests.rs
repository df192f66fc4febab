//! The database's file: whose it is, what a crash, a newer Segno and a broken disk do to it.

use std::fs;
use std::os::unix::fs::PermissionsExt;

use super::*;
use crate::testing::{Scripted, archive, message, read_all, said};
use segno_transcript::record::Role;

fn script(text: &str) -> Vec<Scripted> {
    vec![Scripted::new("agent", text, vec![vec![message("c", text, Role::User, text)]])]
}

#[test]
fn nobody_else_reads_it() {
    let (_home, mut archive) = archive();
    read_all(&mut archive, script("hello"));
    let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode(archive.directory()), 0o700);
    for entry in fs::read_dir(archive.directory()).unwrap() {
        let path = entry.unwrap().path();
        assert_eq!(mode(&path), 0o600, "{}", path.display());
    }
}

#[test]
fn one_writes_while_others_read() {
    let (_home, mut archive) = archive();
    let directory = archive.directory().to_owned();
    assert!(matches!(Archive::write(&directory), Err(Error::Busy)));
    read_all(&mut archive, script("hello"));
    let reader = Archive::read(&directory).unwrap().unwrap();
    assert_eq!(said(&reader, "hello"), ["hello"]);
    read_all(&mut archive, script("goodbye"));
    assert_eq!(said(&reader, "goodbye"), ["goodbye"]);
    drop(archive);
    Archive::write(&directory).unwrap();
}

#[test]
fn without_an_archive_there_is_nothing_to_read() {
    let home = tempfile::tempdir().unwrap();
    assert!(Archive::read(&home.path().join("archive")).unwrap().is_none());
    assert!(!home.path().join("archive").exists());
}

#[test]
fn one_of_a_newer_segno_is_refused_and_not_touched() {
    let (_home, archive) = archive();
    let directory = archive.directory().to_owned();
    archive.db.pragma_update(None, "user_version", VERSION + 1).unwrap();
    drop(archive);
    let file = directory.join("archive.db");
    let before = fs::read(&file).unwrap();
    let newer = |error: Error| matches!(error, Error::Newer { found, known } if found == known + 1);
    assert!(newer(Archive::write(&directory).unwrap_err()));
    assert!(newer(Archive::read(&directory).unwrap_err()));
    assert_eq!(fs::read(&file).unwrap(), before);
}

#[test]
fn all_of_one_of_the_first_format_counts_as_changed() {
    let home = tempfile::tempdir().unwrap();
    let db = Connection::open(home.path().join("archive.db")).unwrap();
    db.execute_batch(include_str!("schema.sql")).unwrap();
    db.execute_batch(
        "INSERT INTO conversation (agent, native) VALUES ('agent', 'a'), ('agent', 'b');
         PRAGMA application_id = 0x53676E6F; PRAGMA user_version = 1;",
    )
    .unwrap();
    drop(db);
    let mut archive = Archive::write(home.path()).unwrap().archive;
    let changed = |archive: &Archive, since| {
        let changed = crate::read::changed_since(archive, since).unwrap();
        changed.into_iter().map(|c| (c.conversation.id, c.stamp)).unzip::<_, _, Vec<_>, Vec<_>>()
    };
    let (ids, stamps) = changed(&archive, 0);
    assert_eq!(ids, ["a", "b"]);
    read_all(&mut archive, script("hello"));
    assert_eq!(changed(&archive, stamps[1]).0, ["c"]);
}

#[test]
fn a_broken_one_is_set_aside_and_built_again() {
    for junk in [
        &b"not a database at all, but long enough to be looked at as one"[..],
        b"SQLite format 3\0junk",
    ] {
        let (_home, mut archive) = archive();
        read_all(&mut archive, script("hello"));
        let directory = archive.directory().to_owned();
        drop(archive);
        fs::write(directory.join("archive.db"), junk.repeat(100)).unwrap();
        let opened = Archive::write(&directory).unwrap();
        let aside = opened.anew.unwrap().previous;
        assert!(fs::read(aside).unwrap().starts_with(junk));
        let mut archive = opened.archive;
        assert_eq!(said(&archive, "hello"), [""; 0]);
        read_all(&mut archive, script("hello"));
        assert_eq!(said(&archive, "hello"), ["hello"]);
    }
}

#[test]
fn where_a_conversation_was_held_outlives_a_broken_database() {
    let (_home, archive) = archive();
    let context =
        crate::context::Context { time: 5, pane: Some("p1".into()), ..Default::default() };
    crate::context::note(&archive, "agent", "c", &context).unwrap();
    let mut archive = archive.replace().unwrap().archive;
    read_all(&mut archive, script("hello"));
    let shown = crate::read::show(&archive, "c", Default::default()).unwrap();
    assert_eq!(shown.held, [context]);
}

/// What was not committed is gone, and read again from where the last commit was.
#[test]
fn a_transaction_that_was_cut_off_leaves_nothing_half() {
    let (_home, mut archive) = archive();
    read_all(&mut archive, script("first"));
    let directory = archive.directory().to_owned();
    // A copy of the files at a moment in the middle of a transaction is what a kill leaves.
    let copy = tempfile::tempdir().unwrap();
    let transaction = archive.db.transaction().unwrap();
    transaction.execute("UPDATE entry SET kind = 9", []).unwrap();
    transaction.execute("DELETE FROM source", []).unwrap();
    for name in ["archive.db", "archive.db-wal"] {
        fs::copy(directory.join(name), copy.path().join(name)).unwrap();
    }
    drop(transaction);
    let mut after = Archive::write(copy.path()).unwrap().archive;
    assert_eq!(said(&after, "first"), ["first"]);
    assert_eq!(read_all(&mut after, script("first")).progress.records, 0);
    assert_eq!(crate::read::check(&after).unwrap().problems, Vec::<String>::new());
}

#[test]
fn what_is_forgotten_is_in_no_file_and_never_comes_back() {
    let (_home, mut archive) = archive();
    let word = "xylophonic";
    let batch = vec![
        message("c", "1", Role::User, &format!("a {word} secret")),
        message("d", "1", Role::User, "something else"),
    ];
    let again = || vec![Scripted::new("agent", "again", vec![batch.clone()])];
    read_all(&mut archive, vec![Scripted::new("agent", "file", vec![batch.clone()])]);
    let forgotten = crate::forget::forget(&mut archive, crate::forget::What::Conversation("c"));
    assert_eq!(forgotten.unwrap(), [("agent".to_owned(), "c".to_owned())]);
    for entry in fs::read_dir(archive.directory()).unwrap() {
        let path = entry.unwrap().path();
        let bytes = fs::read(&path).unwrap();
        let is_there = bytes.windows(word.len()).any(|window| window == word.as_bytes());
        assert!(!is_there, "{}", path.display());
    }
    read_all(&mut archive, again());
    assert_eq!(said(&archive, word), [""; 0]);
    // Also when the database is broken.
    let mut archive = archive.replace().unwrap().archive;
    read_all(&mut archive, again());
    assert_eq!(said(&archive, word), [""; 0]);
    assert_eq!(said(&archive, "else"), ["something else"]);
}

#[test]
fn a_full_disk_is_an_error_that_leaves_all_as_it_was() {
    let (_home, mut archive) = archive();
    read_all(&mut archive, script("first"));
    let pages: i64 = archive.db.pragma_query_value(None, "page_count", |row| row.get(0)).unwrap();
    archive.db.pragma_update(None, "max_page_count", pages + 2).unwrap();
    let words: String = (0..20_000).map(|n| format!("word{n} ")).collect();
    let mut large = script(&words);
    let sources = large.iter_mut().map(|source| source as &mut dyn crate::ingest::Source);
    let go_on = |_: &crate::ingest::Progress| std::ops::ControlFlow::Continue(());
    let full = crate::ingest::ingest(&mut archive, sources, 0, go_on);
    assert!(matches!(full, Err(Error::Full)), "{full:?}");
    archive.db.pragma_update(None, "max_page_count", 1_000_000).unwrap();
    read_all(&mut archive, script("second"));
    assert_eq!((said(&archive, "first").len(), said(&archive, "second").len()), (1, 1));
    assert_eq!(said(&archive, "word19"), [""; 0]);
}

#[test]
fn tidied_texts_are_the_same_in_fewer_blocks() {
    let (_home, mut archive) = archive();
    let batch = |n: usize| vec![message("c", &n.to_string(), Role::User, &format!("message {n}"))];
    let batches: Vec<_> = (0..30).map(batch).collect();
    for n in 1..=batches.len() {
        read_all(&mut archive, vec![Scripted::new("agent", "file", batches[..n].to_vec())]);
    }
    let blocks = |archive: &Archive| -> i64 {
        archive.db.query_row("SELECT count(*) FROM block", [], |row| row.get(0)).unwrap()
    };
    let show = |archive: &Archive| crate::read::show(archive, "c", Default::default()).unwrap();
    let before = show(&archive);
    assert_eq!(blocks(&archive), 30);
    archive.tidy(|| true).unwrap();
    assert_eq!((blocks(&archive), show(&archive)), (1, before));
    assert_eq!(said(&archive, "message").len(), 3);
    let free: i64 =
        archive.db.pragma_query_value(None, "freelist_count", |row| row.get(0)).unwrap();
    assert_eq!(free, 0);
    assert_eq!(crate::read::check(&archive).unwrap().problems, Vec::<String>::new());
}

/// Says one message whenever it is read.
struct Slow;

const MESSAGES: usize = 60;

impl crate::ingest::Source for Slow {
    fn agent(&self) -> &str {
        "agent"
    }

    fn name(&self) -> &str {
        "slow"
    }

    fn read(
        &mut self,
        cursor: Option<&[u8]>,
    ) -> Result<crate::ingest::Batch, crate::ingest::SourceError> {
        let n: usize =
            cursor.map_or(Ok(0), |cursor| std::str::from_utf8(cursor).unwrap().parse())?;
        let records = match n < MESSAGES {
            true => vec![message("c", &n.to_string(), Role::User, &format!("message {n}"))],
            false => Vec::new(),
        };
        let cursor = (n + records.len()).to_string().into();
        Ok(crate::ingest::Batch { records, cursor, ..Default::default() })
    }
}

/// Reads once, and commits.
fn step(archive: &mut Archive) -> u64 {
    let go_on = |_: &crate::ingest::Progress| std::ops::ControlFlow::Continue(());
    let report =
        crate::ingest::ingest(archive, [&mut Slow as &mut dyn crate::ingest::Source], 0, go_on);
    report.unwrap().progress.records
}

const HOME: &str = "SEGNO_ARCHIVE_TEST_HOME";

#[test]
#[ignore = "run by the test that kills it"]
fn ingests_until_it_is_killed() {
    let Some(home) = std::env::var_os(HOME) else { return };
    let mut archive = Archive::write(Path::new(&home)).unwrap().archive;
    while step(&mut archive) > 0 {
        println!("committed");
    }
}

#[test]
fn killed_at_any_moment_nothing_is_doubled_or_lost() {
    use std::io::BufRead;
    let home = tempfile::tempdir().unwrap();
    for after in [1, 7, 19] {
        let mut child = std::process::Command::new(std::env::current_exe().unwrap())
            .args([
                "--ignored",
                "--nocapture",
                "--exact",
                "store::tests::ingests_until_it_is_killed",
            ])
            .env(HOME, home.path())
            .stdout(std::process::Stdio::piped())
            .spawn()
            .unwrap();
        let lines = std::io::BufReader::new(child.stdout.take().unwrap()).lines();
        let committed = lines.map_while(Result::ok).filter(|line| line.ends_with("committed"));
        assert_eq!(committed.take(after).count(), after);
        child.kill().unwrap();
        child.wait().unwrap();
    }
    let mut archive = Archive::write(home.path()).unwrap().archive;
    while step(&mut archive) > 0 {}
    let shown = crate::read::show(&archive, "c", Default::default()).unwrap();
    let texts: Vec<_> = shown.entries.into_iter().filter_map(|entry| entry.text).collect();
    let expected: Vec<_> = (0..MESSAGES).map(|n| format!("message {n}")).collect();
    assert_eq!(texts, expected);
    assert_eq!(crate::read::check(&archive).unwrap().problems, Vec::<String>::new());
}

proptest::proptest! {
    #![proptest_config(proptest::prelude::ProptestConfig::with_cases(8))]
    /// Bytes that a disk has changed are an error or wrong text, and no panic.
    #[test]
    fn no_changed_byte_is_a_panic(places in proptest::collection::vec((0.0..1.0_f64, 0_u8..), 1..20)) {
        let (_home, mut archive) = archive();
        for n in 0..8 {
            read_all(&mut archive, script(&format!("text {n} {}", "some words ".repeat(n))));
        }
        let directory = archive.directory().to_owned();
        archive.db.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(())).unwrap();
        drop(archive);
        let file = directory.join("archive.db");
        let mut bytes = fs::read(&file).unwrap();
        for (place, byte) in places {
            let at = (bytes.len() as f64 * place) as usize;
            bytes[at] = byte;
        }
        fs::write(&file, &bytes).unwrap();
        let Ok(opened) = Archive::write(&directory) else { return Ok(()) };
        let mut archive = opened.archive;
        let query = crate::query::parse("some words", &crate::testing::now());
        let _ = crate::query::search(&archive, &query, &crate::testing::options());
        let _ = crate::read::check(&archive);
        let _ = crate::read::stats(&archive, &Default::default());
        let mut more = script("more text");
        let sources = more.iter_mut().map(|source| source as &mut dyn crate::ingest::Source);
        let go_on = |_: &crate::ingest::Progress| std::ops::ControlFlow::Continue(());
        if crate::ingest::ingest(&mut archive, sources, 0, go_on).is_err() {
            let mut archive = archive.replace().unwrap().archive;
            read_all(&mut archive, script("more text"));
        }
    }
}
