//! A million lines of scrollback: taken as they are, searched, and copied.

use std::hint::black_box;
use std::time::Instant;

use super::measure::Measure;
use segno_base::screen::geometry::Size;
use segno_base::screen::text_chunk::TextChunk;
use segno_base::screen::text_row::TextRow;
use segno_core::copy::{Doc, Kind, Pos, ScreenText, Seek, Selected};
use segno_term::{Emulator, Frozen, Lines, Options, TextFormat};

const LINES: usize = 1_000_000;

/// A frozen text, as copy mode reads it.
struct Text(Frozen);

impl ScreenText for Text {
    fn size(&self) -> Size {
        self.0.size()
    }

    fn lines(&self) -> usize {
        self.0.lines()
    }

    fn cursor(&self) -> (usize, u16) {
        self.0.cursor()
    }

    fn top(&self) -> usize {
        self.0.top()
    }

    fn row(&self, line: usize) -> TextRow {
        self.0.row(line)
    }

    fn chunks(&self) -> usize {
        self.0.chunks()
    }

    fn chunk_of(&self, line: usize) -> usize {
        self.0.chunk_of(line)
    }

    fn marked(&self, from: usize, backward: bool) -> Option<usize> {
        self.0.marked(from, backward)
    }

    fn chunk(&self, index: usize, chunk: &mut TextChunk) {
        self.0.chunk(index, chunk);
    }
}

/// A terminal that has printed so many lines, some in colours.
fn printed(lines: usize) -> Emulator {
    let options = Options { scrollback_lines: lines, ..Options::default() };
    let mut emulator = Emulator::new(Size::new(80, 24), options);
    let mut events = Vec::new();
    for n in 1..=lines {
        let line = match n % 10 {
            0 => format!("\x1b[32m   Compiling\x1b[0m part-{n} v0.1.0 (/src/part-{n})\r\n"),
            _ => format!("{n}\r\n"),
        };
        emulator.advance(line.as_bytes(), Instant::now(), &mut events);
    }
    emulator
}

pub fn run(measure: &Measure) {
    if !measure.wants("scrollback") {
        return;
    }
    let emulator = printed(LINES);
    measure.time("scrollback-1m-frozen", 20, || drop(black_box(emulator.freeze())));
    let text = Text(emulator.freeze());
    let parts = std::thread::available_parallelism().map_or(1, usize::from).min(4);
    let last = text.lines() - 1;
    for (name, pattern) in [
        ("scrollback-1m-search-number", "^5$"),
        ("scrollback-1m-search-word", "compiling part-500 "),
        ("scrollback-1m-search-nothing", "not there at all"),
        ("scrollback-1m-search-everything", "."),
    ] {
        let seek = Seek { pattern: pattern.to_owned(), near: last };
        measure.time(name, 5, || drop(black_box(seek.find(&text, parts, &|| true))));
    }
    let (start, end) = (Pos::new(0, 0), Pos::new(last, u16::MAX));
    let all = Selected { kind: Kind::Char, start, end };
    measure.time("scrollback-1m-copied", 5, || drop(black_box(all.text(&Doc::new(&text)))));
    measure.time("scrollback-1m-found", 5, || drop(black_box(text.0.find("part-500 ", 20))));
    measure.time("scrollback-1m-text", 5, || {
        drop(black_box(text.0.text(Lines::All, TextFormat::Plain)));
    });
    measure.time("scrollback-1m-text-colours", 2, || {
        drop(black_box(text.0.text(Lines::All, TextFormat::Ansi)));
    });
}
