//! A pane's terminal rebuilt from its journal.

use std::time::Instant;

use crate::server::pane::output_pipe::Held;
use segno_base::ids::PaneId;
use segno_base::screen::cell::Cell;
use segno_base::screen::frame::Frame;
use segno_base::screen::geometry::Size;
use segno_store::home::Home;
use segno_store::pane::journal::{Damage, Journal, JournalError, Record};
use segno_term::{Emulator, Options, TermEvent};

/// How a terminal is set up, and what is said where the restored part ends.
#[derive(Debug, Clone)]
pub(in crate::server) struct Restored {
    pub options: Options,
    /// The journal's limit in bytes; 0 keeps no journal.
    pub limit: u64,
    /// What the marker line says; `None` when the program runs on.
    pub marker: Option<String>,
    /// Whether the pane has had a program, so that there should be a journal.
    pub returns: bool,
}

/// What puts a terminal back into the state in which a new program expects it, whatever the one
/// before left behind: no held back screen, no margins, no mouse, no paste brackets, default keys,
/// cursor and colours. DECSTR alone leaves the private modes (xterm ctlseqs). Nothing of it may
/// move the cursor.
const CLEAN: &[u8] = b"\x18\x1b[?2026l\x1b[!p\x1b[?9;1000;1002;1003;1004;1005;1006;1007;1015;1016;2004;2031l\
                       \x1b[?7h\x1b[4;20l\x1b[?1;5;45l\x1b>\x1b[<99u\x1b[>4m\x0f\x1b(B\x1b[0m\x1b[?25h\x1b[0 q\
                       \x1b]8;;\x1b\\\x1b]2;\x1b\\\x1b]104\x1b\\\x1b]110\x1b\\\x1b]111\x1b\\\x1b]112\x1b\\";

/// Back to the main screen. Sent there, it would put the cursor over what stands on it.
const LEAVE_ALTERNATE: &[u8] = b"\x1b[?1049l";

/// Rebuilds the terminal and opens the journal to go on. Never fails: what cannot be read costs
/// the history, with a note.
pub(in crate::server) fn rebuild(
    home: &Home,
    pane: PaneId,
    size: Size,
    restored: &Restored,
    notes: &mut Vec<String>,
) -> (Emulator, Journal) {
    let (mut emulator, mut journal, had_history) =
        replay(home, pane, size, restored, None, &mut Vec::new(), notes);
    if restored.marker.is_some() && had_history {
        (emulator, journal) = renew((emulator, journal), restored, notes);
        if emulator.size() != size {
            emulator.resize(size);
            // Should that fail, the next segment has it.
            let _ = journal.resize(size);
        }
    } else if journal.wants_rotation() {
        rotate(&emulator, &mut journal, notes);
    }
    (emulator, journal)
}

/// The terminal of a program that runs on.
pub(in crate::server) struct Resumed {
    pub emulator: Emulator,
    pub journal: Journal,
    /// What the program still waits for.
    pub replies: Vec<u8>,
    /// Whether the journal could be begun anew where that was wanted; it is tried again.
    pub begun: Result<(), JournalError>,
}

/// Rebuilds the terminal of a program that runs on. `held` is what an earlier daemon had fetched:
/// what the journal lacks of it is journaled, and what the program asked in it is answered, since
/// the answers may not have been given.
pub(in crate::server) fn resume(
    home: &Home,
    pane: PaneId,
    size: Size,
    restored: &Restored,
    held: Option<&Held>,
    notes: &mut Vec<String>,
) -> Resumed {
    let mut events = Vec::new();
    let mut begun = Ok(());
    let from = held.map(|held| held.offset);
    let (mut emulator, mut journal, _) =
        replay(home, pane, size, restored, from, &mut events, notes);
    if let Some(held) = held {
        let known = journal.offset().saturating_sub(held.offset);
        let known = usize::try_from(known).unwrap_or(usize::MAX).min(held.bytes.len());
        if journal.offset() < held.offset {
            journal.skip_to(held.offset);
        }
        let missing = &held.bytes[known..];
        if !missing.is_empty() {
            // Should that fail, the new segment below has it.
            let _ = journal.append(missing);
            emulator.advance(missing, Instant::now(), &mut events);
        }
    }
    if journal.wants_rotation() {
        // Nobody waits for the disk before the screen is back.
        begun = journal.begin(emulator.size(), &emulator.dump(), crate::server::clock::now_ms());
    }
    let replies = events.into_iter().filter_map(|event| match event {
        TermEvent::Reply(bytes) => Some(bytes),
        _ => None,
    });
    let replies = replies.flatten().collect();
    Resumed { emulator, journal, replies, begun }
}

/// Replays the journal; whether there was one. The events of what was printed from the number
/// `from` on are kept.
fn replay(
    home: &Home,
    pane: PaneId,
    size: Size,
    restored: &Restored,
    from: Option<u64>,
    events: &mut Vec<TermEvent>,
    notes: &mut Vec<String>,
) -> (Emulator, Journal, bool) {
    let (journal, mut replay) = Journal::open(&home.journal_dir(pane), restored.limit);
    let mut terminal: Option<Emulator> = None;
    let mut dump: Option<(Size, Vec<u8>)> = None;
    let mut ignored = Vec::new();
    let mut offset = replay.offset();
    for record in &mut replay {
        if let Record::Dump { size, bytes } = record {
            dump.get_or_insert_with(|| (size, Vec::new())).1.extend(bytes);
            continue;
        }
        let emulator = restore_dump(&mut dump, &mut terminal, restored, size, notes);
        match record {
            Record::Output(bytes) => {
                // The replies to what came before went out when it was read the first time.
                let kept = from.is_some_and(|from| offset >= from);
                let events = if kept { &mut *events } else { &mut ignored };
                emulator.advance(&bytes, Instant::now(), events);
                offset += bytes.len() as u64;
            }
            Record::Resize(size) => emulator.resize(size),
            Record::Dump { .. } | Record::Marker { .. } => {}
        }
        ignored.clear();
    }
    let had_history = dump.is_some() || terminal.is_some();
    if !had_history && restored.returns && restored.limit > 0 && replay.damage().is_none() {
        notes.push("its journal is gone, and with it what it had printed".to_string());
    }
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
    (emulator, journal, had_history)
}

/// Prepares a terminal for the next program: what the one before left is ended with the marker
/// line, and the journal begins a new segment that holds all of it.
pub(in crate::server) fn renew(
    (mut emulator, mut journal): (Emulator, Journal),
    restored: &Restored,
    notes: &mut Vec<String>,
) -> (Emulator, Journal) {
    mark(&mut emulator, restored.marker.as_deref().unwrap_or_default());
    rotate(&emulator, &mut journal, notes);
    (emulator, journal)
}

fn rotate(emulator: &Emulator, journal: &mut Journal, notes: &mut Vec<String>) {
    let now = crate::server::clock::now_ms();
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
fn mark(emulator: &mut Emulator, marker: &str) {
    let mut ignored = Vec::new();
    if emulator.modes().alt_screen {
        emulator.advance(LEAVE_ALTERNATE, Instant::now(), &mut ignored);
    }
    emulator.advance(CLEAN, Instant::now(), &mut ignored);
    let cols = usize::from(emulator.size().cols);
    // Short, so that it fits a narrower pane too.
    let line: String = format!("── {marker} ──").chars().take(cols).collect();
    // The cursor may stand above something that was drawn below it.
    let below = last_row(emulator).map_or(String::new(), |row| format!("\x1b[{}H", row + 1));
    let line = format!("{below}\r\n\x1b[2m{line}\x1b[0m\r\n");
    emulator.advance(line.as_bytes(), Instant::now(), &mut ignored);
}

/// The last row with something on it.
fn last_row(emulator: &Emulator) -> Option<u16> {
    let mut frame = Frame::new(emulator.size());
    let area = frame.area();
    emulator.draw(&mut frame, area);
    (0..area.rows).rev().find(|y| frame.row(*y).iter().any(|cell| *cell != Cell::BLANK))
}

#[cfg(test)]
mod tests {
    use super::*;
    use segno_term::{Lines, TextFormat};

    fn marked(printed: &str) -> String {
        let mut emulator = Emulator::new(Size::new(14, 6), Options::default());
        emulator.advance(printed.as_bytes(), Instant::now(), &mut Vec::new());
        mark(&mut emulator, "restored");
        emulator.advance(b"new", Instant::now(), &mut Vec::new());
        emulator.text(Lines::All, TextFormat::Plain)
    }

    #[test]
    fn the_marker_stands_below_what_was_there() {
        for (printed, kept) in [
            ("one\r\ntwo", "one\ntwo\n"),
            ("one\r\ntwo\x1b[H", "one\ntwo\n"),
            ("\x1b7one\r\ntwo\x1b[1;1r\x1b[?6h", "one\ntwo\n"),
            ("one\r\ntwo\x1b[?1049h\x1b[5;5Hediting", "one\ntwo\n"),
            ("one\x1b[?2026h\r\ntwo", "one\ntwo\n"),
            ("", "\n"),
            ("1\r\n2\r\n3\r\n4\r\n5\r\n6", "1\n2\n3\n4\n5\n6\n"),
        ] {
            assert_eq!(marked(printed), format!("{kept}── restored ──\nnew\n"), "{printed:?}");
        }
    }
}
