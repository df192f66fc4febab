//! A program's output: parsed, journaled and parsed as the daemon does it, and the terminal's state
//! written down and read again.

use std::hint::black_box;
use std::time::Instant;

use segno_base::geometry::Size;
use segno_store::journal::Journal;
use segno_term::{Emulator, Options};

use super::measure::Measure;
use super::streams::{KINDS, stream};

pub const SIZE: Size = Size { cols: 200, rows: 50 };
/// What the daemon fetches at once from a flood.
const CHUNK: usize = 12 * 1024;

pub fn feed(emulator: &mut Emulator, bytes: &[u8]) {
    let mut events = Vec::new();
    for chunk in bytes.chunks(CHUNK) {
        emulator.advance(chunk, Instant::now(), &mut events);
    }
}

pub fn run(measure: &Measure) {
    for kind in KINDS {
        let names = ["parse", "journal", "dump", "restore"].map(|part| format!("{part}-{kind}"));
        let [parse, journal, dump, restore] = &names;
        if !names.iter().any(|name| measure.wants(name)) {
            continue;
        }
        let bytes = stream(kind, measure.bytes(), "\r\n");
        let mut emulator = Emulator::new(SIZE, Options::default());
        measure.rate(parse, bytes.len(), 5, || feed(&mut emulator, &bytes));
        measure.rate(journal, bytes.len(), 5, || journaled(&bytes));
        // The same state, whichever of these are asked for.
        let mut emulator = Emulator::new(SIZE, Options::default());
        feed(&mut emulator, &bytes);
        measure.time(dump, 5, || drop(black_box(emulator.dump())));
        let dumped = emulator.dump();
        measure.time(restore, 5, || {
            drop(black_box(Emulator::restore(SIZE, Options::default(), &dumped)));
        });
    }
}

/// Appended to a journal, then parsed.
fn journaled(bytes: &[u8]) {
    let directory = tempfile::tempdir().expect("a directory");
    let (mut journal, _) = Journal::open(directory.path(), 64 << 20);
    journal.rotate(SIZE, &[], 0).expect("a new segment");
    let mut emulator = Emulator::new(SIZE, Options::default());
    let mut events = Vec::new();
    for chunk in bytes.chunks(CHUNK) {
        journal.append(chunk).expect("room on the disk");
        emulator.advance(chunk, Instant::now(), &mut events);
    }
}
