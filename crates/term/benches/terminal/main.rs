//! What a terminal costs: parsing, dumping, restoring, drawing, the difference of two frames, and
//! decoding what is typed. `cargo bench -p segno-term [-- NAME]` runs those whose name begins so;
//! `QUICK=1` each once. Under `valgrind --tool=callgrind` counts are exact where times are not.

#[path = "../../../../benches/support/measure.rs"]
mod measure;
#[path = "../../../../benches/support/streams.rs"]
mod streams;

use std::hint::black_box;
use std::time::Instant;

use measure::Measure;
use segno_base::screen::frame::Frame;
use segno_base::screen::geometry::Size;
use segno_term::input::Decoder;
use segno_term::render::{Capabilities, Renderer};
use segno_term::{Emulator, Options};
use streams::{KINDS, stream};

const SIZE: Size = Size { cols: 200, rows: 50 };
/// What the daemon fetches at once from a flood.
const CHUNK: usize = 12 * 1024;

fn main() {
    let measure = Measure::from_arguments();
    for kind in KINDS {
        output(&measure, kind);
        frames(&measure, kind);
    }
    typed(&measure);
}

fn feed(emulator: &mut Emulator, bytes: &[u8]) {
    let mut events = Vec::new();
    for chunk in bytes.chunks(CHUNK) {
        emulator.advance(chunk, Instant::now(), &mut events);
    }
}

fn output(measure: &Measure, kind: &str) {
    let names = ["parse", "dump", "restore"].map(|part| format!("{part}-{kind}"));
    let [parse, dump, restore] = &names;
    if !names.iter().any(|name| measure.wants(name)) {
        return;
    }
    let bytes = stream(kind, measure.bytes(), "\r\n");
    let mut emulator = Emulator::new(SIZE, Options::default());
    measure.rate(parse, bytes.len(), 5, || feed(&mut emulator, &bytes));
    // The same state, whichever of these are asked for.
    let mut emulator = Emulator::new(SIZE, Options::default());
    feed(&mut emulator, &bytes);
    measure.time(dump, 5, || drop(black_box(emulator.dump())));
    let dumped = emulator.dump();
    measure.time(restore, 5, || {
        drop(black_box(Emulator::restore(SIZE, Options::default(), &dumped)));
    });
}

fn drawn(emulator: &Emulator) -> Frame {
    let mut frame = Frame::new(SIZE);
    let area = frame.area();
    emulator.draw(&mut frame, area);
    frame
}

fn frames(measure: &Measure, kind: &str) {
    let mut emulator = Emulator::new(SIZE, Options::default());
    feed(&mut emulator, &stream(kind, 100_000, "\r\n"));
    measure.time(&format!("draw-{kind}"), 50, || drop(black_box(drawn(&emulator))));
    let frame = drawn(&emulator);
    let mut renderer = Renderer::new(Capabilities::full());
    let mut out = Vec::new();
    renderer.render(&frame, &mut out);
    measure.time(&format!("same-{kind}"), 50, || renderer.render(black_box(&frame), &mut out));
    feed(&mut emulator, b"\r\nanother line");
    let next = drawn(&emulator);
    measure.time(&format!("scroll-and-back-{kind}"), 20, || {
        renderer.render(&next, &mut out);
        renderer.render(&frame, &mut out);
    });
}

fn typed(measure: &Measure) {
    let typed = b"hello, \x1b[A\x1b[1;5Cw\xc3\xb6rld\r\x1b[<0;10;20M\x1b[<0;10;20m".repeat(20_000);
    measure.rate("decode-keys", typed.len(), 10, || {
        let (mut decoder, mut events) = (Decoder::new(), Vec::new());
        for chunk in typed.chunks(4096) {
            events.clear();
            decoder.feed(chunk, &mut events);
            black_box(&events);
        }
    });
}
