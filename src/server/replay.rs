//! A pane's terminal rebuilt from its journal.

use std::time::Instant;

use crate::base::geometry::Size;
use crate::base::ids::PaneId;
use crate::store::home::Home;
use crate::store::journal::{Journal, Record};
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
    let fresh = || Emulator::new(size, restored.options.clone());
    let (mut journal, replay) = match Journal::open(&home.journal_dir(pane), restored.limit) {
        Ok(opened) => opened,
        Err(error) => {
            notes.push(format!("the scrollback is not kept: {error}"));
            return (fresh(), Journal::disabled());
        }
    };
    let mut emulator: Option<Emulator> = None;
    let mut ignored = Vec::new();
    for record in replay {
        let now = Instant::now();
        match record {
            Ok(Record::Dump { size, bytes }) => {
                let opened = Emulator::restore(size, restored.options.clone(), &bytes);
                emulator = Some(opened.unwrap_or_else(|error| {
                    notes.push(error.to_string());
                    Emulator::new(size, restored.options.clone())
                }));
            }
            Ok(Record::Output(bytes)) => {
                emulator.get_or_insert_with(fresh).advance(&bytes, now, &mut ignored);
            }
            Ok(Record::Resize(size)) => emulator.get_or_insert_with(fresh).resize(size),
            Ok(_) => {}
            Err(damage) => notes.push(format!("a part of the scrollback was lost: {damage}")),
        }
        // The replies went out when the bytes were read the first time.
        ignored.clear();
    }
    let had_history = emulator.is_some();
    let mut emulator = emulator.unwrap_or_else(fresh);
    if let (Some(marker), true) = (&restored.marker, had_history) {
        let bytes = marker_bytes(&emulator, marker);
        emulator.advance(&bytes, Instant::now(), &mut ignored);
    }
    if emulator.size() != size {
        emulator.resize(size);
    }
    // A new segment: what the marker and the resize did is in its dump.
    if (!had_history || restored.marker.is_some() || journal.wants_rotation())
        && let Err(error) = journal.rotate(size, &emulator.dump())
    {
        notes.push(format!("the scrollback is not kept: {error}"));
    }
    (emulator, journal)
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
