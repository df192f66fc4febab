//! A program's output: journaled and parsed as the daemon does it.

use std::time::Instant;

use super::measure::Measure;
use super::streams::{KINDS, stream};
use segno_base::screen::geometry::Size;
use segno_store::pane::journal::Journal;
use segno_term::{Emulator, Options};

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
        let name = format!("journal-{kind}");
        if measure.wants(&name) {
            let bytes = stream(kind, measure.bytes(), "\r\n");
            measure.rate(&name, bytes.len(), 5, || journaled(&bytes));
        }
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
