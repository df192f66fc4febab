//! A pane's terminal rebuilt from its journal.

use std::time::Instant;

use crate::base::geometry::Size;
use crate::base::ids::PaneId;
use crate::store::home::Home;
use crate::store::journal::{Damage, Journal, Record};
use crate::term::{Emulator, Options};

/// How a terminal is set up, and what is said where the restored part ends.
#[derive(Debug, Clone)]
pub(super) struct Restored {
    pub options: Options,
    /// The journal's limit in bytes; 0 keeps no journal.
    pub limit: u64,
    /// What the marker line says; `None` when the program runs on.
    pub marker: Option<String>,
}

/// What puts a terminal back into the state in which a new program expects it, whatever the one
/// before left behind: main screen, no mouse, no paste brackets, default keys and cursor, no
/// margins, default colours. DECSTR alone leaves the private modes (xterm ctlseqs).
const CLEAN: &str = "\x1b[?1049l\x1b[?1047l\x1b[!p\x1b[?1000;1002;1003;1004;1005;1006;2004l\x1b[<9u\
                     \x1b[r\x1b[0m\x1b[?25h\x1b[0 q\x1b]8;;\x1b\\\x1b]2;\x1b\\";

/// Rebuilds the terminal and opens the journal to go on. Never fails: what cannot be read costs
/// the history, with a note.
pub(super) fn rebuild(
    home: &Home,
    pane: PaneId,
    size: Size,
    restored: &Restored,
    notes: &mut Vec<String>,
) -> (Emulator, Journal) {
    let (mut journal, mut replay) = Journal::open(&home.journal_dir(pane), restored.limit);
    let mut terminal: Option<Emulator> = None;
    let mut dump: Option<(Size, Vec<u8>)> = None;
    let mut ignored = Vec::new();
    for record in &mut replay {
        if let Record::Dump { size, bytes } = record {
            dump.get_or_insert_with(|| (size, Vec::new())).1.extend(bytes);
            continue;
        }
        let emulator = restore_dump(&mut dump, &mut terminal, restored, size, notes);
        match record {
            Record::Output(bytes) => emulator.advance(&bytes, Instant::now(), &mut ignored),
            Record::Resize(size) => emulator.resize(size),
            Record::Dump { .. } | Record::Marker { .. } => {}
        }
        // The replies went out when the bytes were read the first time.
        ignored.clear();
    }
    let had_history = dump.is_some() || terminal.is_some();
    restore_dump(&mut dump, &mut terminal, restored, size, notes);
    match replay.damage() {
        None => {}
        Some(Damage::Tail { bytes }) => {
            tracing::warn!(%pane, bytes, "the end of the journal was damaged and cut");
        }
        Some(Damage::Segment) => {
            notes.push("its scrollback was damaged; what was readable is back".to_string());
        }
    }
    // The line above made sure that there is one.
    let emulator = terminal.unwrap_or_else(|| Emulator::new(size, restored.options.clone()));
    if restored.marker.is_some() && had_history {
        let (mut emulator, journal) = renew((emulator, journal), restored, notes);
        emulator.resize(size);
        return (emulator, journal);
    }
    if journal.wants_rotation() {
        rotate(&emulator, &mut journal, notes);
    }
    (emulator, journal)
}

/// Prepares a terminal for the next program: what the one before left is ended with the marker
/// line, and the journal begins a new segment that holds all of it.
pub(super) fn renew(
    (mut emulator, mut journal): (Emulator, Journal),
    restored: &Restored,
    notes: &mut Vec<String>,
) -> (Emulator, Journal) {
    let bytes = marker_bytes(&emulator, restored.marker.as_deref().unwrap_or_default());
    emulator.advance(&bytes, Instant::now(), &mut Vec::new());
    rotate(&emulator, &mut journal, notes);
    (emulator, journal)
}

fn rotate(emulator: &Emulator, journal: &mut Journal, notes: &mut Vec<String>) {
    let now = super::clock::now_ms();
    if let Err(error) = journal.rotate(emulator.size(), &emulator.dump(), now) {
        notes.push(format!("the scrollback is not kept: {error}"));
    }
}

/// Turns the dump read so far into the terminal, or begins an empty one.
fn restore_dump<'a>(
    dump: &mut Option<(Size, Vec<u8>)>,
    terminal: &'a mut Option<Emulator>,
    restored: &Restored,
    size: Size,
    notes: &mut Vec<String>,
) -> &'a mut Emulator {
    if let Some((size, bytes)) = dump.take() {
        let opened = Emulator::restore(size, restored.options.clone(), &bytes);
        *terminal = Some(opened.unwrap_or_else(|error| {
            notes.push(error.to_string());
            Emulator::new(size, restored.options.clone())
        }));
    }
    terminal.get_or_insert_with(|| Emulator::new(size, restored.options.clone()))
}

/// Ends what was on the screen with a quiet line, below which the next program begins.
fn marker_bytes(emulator: &Emulator, marker: &str) -> Vec<u8> {
    let cols = usize::from(emulator.size().cols);
    let mut bytes = CLEAN.as_bytes().to_vec();
    let line: String = format!("── {marker} ").chars().take(cols).collect();
    let rest = cols.saturating_sub(line.chars().count());
    let line = format!("\r\n\x1b[2m{line}{}\x1b[0m\r\n", "─".repeat(rest.min(200)));
    bytes.extend(line.into_bytes());
    bytes
}
