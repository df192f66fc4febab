//! The emulator, its dumps, and the decoder of what a client's terminal sends.

use std::time::Instant;

use segno_base::screen::frame::Frame;
use segno_base::screen::geometry::Size;
use segno_term::input::{Decoder, InputEvent};
use segno_term::{Emulator, Lines, Options, TextFormat};

const SCROLLBACK: usize = 100;

fn options() -> Options {
    Options { scrollback_lines: SCROLLBACK, ..Options::default() }
}

/// A small size out of two bytes.
fn size(cols: u8, rows: u8) -> Size {
    Size::new(u16::from(cols % 100), u16::from(rows % 40)).clamped()
}

/// Reads the whole state in every way there is.
pub(crate) fn look(emulator: &Emulator) {
    let mut frame = Frame::new(emulator.size());
    let area = frame.area();
    emulator.draw(&mut frame, area);
    if let Some(cursor) = emulator.cursor() {
        assert!(area.contains(cursor.at), "the cursor is outside: {cursor:?}");
    }
    assert!(emulator.scroll_offset() <= emulator.history_len());
    emulator.text(Lines::All, TextFormat::Ansi);
}

/// A program's output: two bytes of size, two of another, one that says where it is cut, the
/// stream. A dump in the middle of it goes on exactly as the terminal does, through a resize too.
pub fn emulator(data: &[u8]) {
    let [cols, rows, new_cols, new_rows, cut, stream @ ..] = data else { return };
    let (size, new_size) = (size(*cols, *rows), size(*new_cols, *new_rows));
    let (before, after) = stream.split_at(stream.len() * usize::from(*cut) / 255);
    let (now, mut events) = (Instant::now(), Vec::new());
    let mut whole = Emulator::new(size, options());
    whole.advance(before, now, &mut events);
    let dump = whole.dump();
    let mut restored = match Emulator::restore(size, options(), &dump) {
        Ok(restored) => restored,
        Err(error) => panic!("its own dump: {error}"),
    };
    assert!(restored.dump() == dump, "a dump that was read is written differently");
    for terminal in [&mut whole, &mut restored] {
        terminal.resize(new_size);
        // In two pieces of odd lengths, as a pipe gives it.
        let (first, second) = after.split_at(after.len() / 3);
        terminal.advance(first, now, &mut events);
        terminal.advance(second, now, &mut events);
        assert_eq!(terminal.size(), new_size);
        assert!(terminal.history_len() <= SCROLLBACK, "{}", terminal.history_len());
        look(terminal);
    }
    assert!(whole.dump() == restored.dump(), "what follows a dump leads elsewhere");
}

/// A stored state that anybody may have damaged: two bytes of size, the dump. It is refused, or
/// makes a terminal that works.
pub fn dump(data: &[u8]) {
    let [cols, rows, dump @ ..] = data else { return };
    let Ok(mut emulator) = Emulator::restore(size(*cols, *rows), options(), dump) else { return };
    look(&emulator);
    let mut events = Vec::new();
    emulator.advance(
        b"\x1b[?1049h\x1b[2J\x1b[?1049lx\r\n\x1bM\x1b[3;3Hy",
        Instant::now(),
        &mut events,
    );
    emulator.resize(size(*rows, *cols));
    look(&emulator);
    let again = emulator.dump();
    let size = emulator.size();
    assert!(Emulator::restore(size, options(), &again).is_ok(), "it writes what it cannot read");
}

/// What a client's terminal sends: the same events in any pieces, and nothing is left over for
/// ever.
pub fn input(data: &[u8]) {
    let (mut whole, mut pieces) = (Vec::new(), Vec::new());
    let mut decoder = Decoder::new();
    decoder.feed(data, &mut whole);
    let mut single = Decoder::new();
    for byte in data {
        single.feed(std::slice::from_ref(byte), &mut pieces);
    }
    assert_eq!(decoder.pending(), single.pending());
    assert!(decoder.unread() <= data.len());
    for (decoder, events) in [(&mut decoder, &mut whole), (&mut single, &mut pieces)] {
        // Once for what may go on, once more for what may be a report.
        decoder.flush(events);
        decoder.flush(events);
        assert!(!decoder.pending(), "it waits for ever");
    }
    assert_eq!(joined(whole), joined(pieces));
}

/// Pasted text comes in pieces, which are cut anywhere.
fn joined(events: Vec<InputEvent>) -> Vec<InputEvent> {
    let mut joined: Vec<InputEvent> = Vec::new();
    for event in events {
        match (joined.last_mut(), event) {
            (Some(InputEvent::PasteData(text)), InputEvent::PasteData(more)) => text.extend(more),
            (_, event) => joined.push(event),
        }
    }
    joined
}
