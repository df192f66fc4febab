//! Files below Segno's directory: damaged by a power loss, or written by a tracker.

use std::fs;
use std::time::Instant;

use tempfile::TempDir;

use crate::terminal::look;
use segno_agent::tracking::Tracking;
use segno_base::screen::geometry::Size;
use segno_core::dialog::new_pane::TypeChoice;
use segno_core::model::catalogue::{Catalogue, TypeTraits};
use segno_core::model::persist::Saved;
use segno_core::model::workspace::Model;
use segno_store::pane::journal::{Journal, Record};
use segno_store::pane::spool::{Cursor, read_new};
use segno_store::workspace_file;
use segno_term::{Emulator, Options};

/// More rounds than any file of a fuzzer's needs.
const ROUNDS_MAX: usize = 1000;

fn directory() -> TempDir {
    tempfile::tempdir().expect("a directory for the files")
}

/// A segment of a journal, whose checksums are set right if the first byte is odd. It is replayed
/// as far as it is whole, into a terminal; what is appended then is there the next time.
pub fn journal_segment(data: &[u8]) {
    let [sealed, segment @ ..] = data else { return };
    let mut segment = segment.to_vec();
    if sealed % 2 == 1 {
        seal(&mut segment);
    }
    let home = directory();
    fs::write(home.path().join("00000001.vt"), &segment).expect("room for a segment");
    let (mut journal, replay) = Journal::open(home.path(), 1 << 20);
    let usable = !replay.is_empty();
    assert_eq!(usable, replay.size().is_some());
    let records: Vec<Record> = replay.collect();
    replayed(&records);
    if usable && journal.append(b"more").is_ok() {
        drop(journal);
        let (_, replay) = Journal::open(home.path(), 1 << 20);
        let again: Vec<Record> = replay.collect();
        assert_eq!(again.len(), records.len() + 1);
        assert_eq!(again.last(), Some(&Record::Output(b"more".to_vec())));
    }
}

/// As the daemon does it after a crash.
fn replayed(records: &[Record]) {
    let options = || Options { scrollback_lines: 100, ..Options::default() };
    let (mut dump, mut size, mut events) = (Vec::new(), Size::MIN, Vec::new());
    for record in records {
        if let Record::Dump { size: at, bytes } = record {
            size = small(*at);
            dump.extend_from_slice(bytes);
        }
    }
    let restored = Emulator::restore(size, options(), &dump);
    let mut emulator = restored.unwrap_or_else(|_| Emulator::new(size, options()));
    for record in records {
        match record {
            Record::Output(bytes) => emulator.advance(bytes, Instant::now(), &mut events),
            Record::Resize(size) => emulator.resize(small(*size)),
            Record::Dump { .. } | Record::Marker { .. } => {}
        }
    }
    look(&emulator);
}

/// What can be looked at a thousand times.
fn small(size: Size) -> Size {
    Size::new(size.cols.min(120), size.rows.min(50))
}

/// Sets the checksums of a segment's header and records; `docs/journal.md` has the format.
fn seal(segment: &mut [u8]) {
    const HEADER: usize = 44;
    const RECORD: usize = 9;
    let Some((header, mut rest)) = segment.split_at_mut_checked(HEADER) else { return };
    let crc = crc32fast::hash(&header[..HEADER - 4]);
    header[HEADER - 4..].copy_from_slice(&crc.to_le_bytes());
    while let Some((record, after)) = rest.split_at_mut_checked(RECORD) {
        let length = u32::from_le_bytes([record[1], record[2], record[3], record[4]]) as usize;
        let Some((payload, after)) = after.split_at_mut_checked(length) else { return };
        let mut hasher = crc32fast::Hasher::new();
        hasher.update(&record[..1]);
        hasher.update(payload);
        record[5..].copy_from_slice(&hasher.finalize().to_le_bytes());
        rest = after;
    }
}

/// What a tracker appended, the first byte's part of it before the file was renamed. It is read to
/// its end in bounded pieces, and each event can happen to a pane.
pub fn spool(data: &[u8]) {
    let [part, lines @ ..] = data else { return };
    let (old, new) = lines.split_at(lines.len() * usize::from(*part) / 255);
    let home = directory();
    let path = home.path().join("1.jsonl");
    if !old.is_empty() {
        fs::write(home.path().join("1.jsonl.1"), old).expect("room for a spool");
    }
    fs::write(&path, new).expect("room for a spool");
    let (mut cursor, mut tracking) = (Cursor::default(), Tracking::new());
    let mut rounds = 0;
    loop {
        let batch = read_new(&path, &mut cursor, 1).expect("a file of our own");
        for event in &batch.events {
            tracking.apply(event, 1_000);
        }
        rounds += 1;
        assert!(rounds < ROUNDS_MAX, "it never comes to the end");
        if !batch.more {
            break;
        }
    }
    assert!(cursor.offset <= new.len() as u64);
    let nothing = read_new(&path, &mut cursor, 1).expect("a file of our own");
    assert!(nothing.events.is_empty(), "an event is read twice");
    tracking.explain();
}

/// No type is installed.
struct NoTypes;

impl Catalogue for NoTypes {
    fn traits(&self, _: &str) -> Option<TypeTraits> {
        None
    }

    fn choices(&self) -> Vec<TypeChoice> {
        Vec::new()
    }
}

/// A stored workspace: set aside, or made into one whose tabs and panes fit together, and which is
/// stored as it is.
pub fn workspace(data: &[u8]) {
    let home = directory();
    let path = home.path().join("workspace.json");
    fs::write(&path, data).expect("room for a workspace");
    let Ok(loaded) = workspace_file::load::<Saved>(&path) else { return };
    let Some(saved) = loaded.value else { return };
    let stored = Model::restored(saved, &NoTypes).saved();
    workspace_file::save(&path, &stored).expect("room for a workspace");
    let loaded = workspace_file::load::<Saved>(&path).expect("it was just written");
    assert!(loaded.warnings.is_empty(), "{:?}", loaded.warnings);
    let again = Model::restored(loaded.value.expect("a workspace"), &NoTypes).saved();
    assert_eq!(stored, again);
}
