//! What agents store of their conversations.

use std::fs;
use std::path::Path;
use std::sync::{Arc, OnceLock};

use segno_transcript::description::{self, Form, Transcript};
use segno_transcript::map::Start;
use segno_transcript::read::{Cursor, Place, Source, read};
use segno_transcript::record::Record;

/// What is read at once; a file of a fuzzer's has several of it.
const BUDGET: u64 = 512;

/// The descriptions of files in the types that are built in, in order of their names.
fn descriptions() -> &'static [Arc<Transcript>] {
    static ALL: OnceLock<Vec<Arc<Transcript>>> = OnceLock::new();
    ALL.get_or_init(|| {
        let panes = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../defaults/panes");
        let entries = fs::read_dir(panes).expect("the types that are built in");
        let mut paths: Vec<_> = entries.map(|entry| entry.expect("an entry").path()).collect();
        paths.sort();
        let texts = paths.iter().map(|path| fs::read_to_string(path).expect("a type"));
        let parsed = texts.flat_map(|text| description::parse(&text).expect("a sound type"));
        parsed.filter(|one| one.database.is_none()).map(Arc::new).collect()
    })
}

/// A transcript of the type that the first byte chooses, which breaks off where the second one says
/// and then goes on. Nothing is said twice of lines that are as they were.
pub fn transcript(data: &[u8]) {
    let [which, cut, stored @ ..] = data else { return };
    let all = descriptions();
    let home = tempfile::tempdir().expect("a directory for the file");
    let path = home.path().join("11111111-1111-4111-8111-111111111111.jsonl");
    let source = Source {
        agent: "agent".into(),
        transcript: all[usize::from(*which) % all.len()].clone(),
        place: Place::File(path.clone()),
        start: Start::default(),
    };
    let begun = usize::from(*cut) * stored.len() / 256;
    let mut cursor = Cursor::default();
    for written in [&stored[..begun], stored] {
        fs::write(&path, written).expect("room for a transcript");
        cursor = to_the_end(&source, cursor, written.len());
    }
    if source.transcript.form == Form::Lines {
        let mut again = Vec::new();
        read(&source, &cursor, BUDGET, &mut |record: Record| again.push(record));
        assert!(again.is_empty(), "{again:?}");
    }
}

fn to_the_end(source: &Source, mut cursor: Cursor, size: usize) -> Cursor {
    // Each reading but the last one takes something.
    for _ in 0..size + 2 {
        let outcome = read(source, &cursor, BUDGET, &mut |_: Record| {});
        assert!(outcome.cursor.offset <= size as u64, "{:?}", outcome.cursor);
        cursor = outcome.cursor;
        if !outcome.more {
            return cursor;
        }
    }
    panic!("it is read for ever");
}
