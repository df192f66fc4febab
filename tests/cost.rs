//! What the hot paths ask of the allocator, counted: the same on every machine, busy or not. A
//! bound that no longer holds means that something now costs more per byte or per frame; where that
//! is meant, the bound is to be changed with the reason in the commit. `docs/performance.md` has
//! the times that these stand for.

#![allow(clippy::unwrap_used, reason = "a test that panics has failed")]

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;
use std::time::Instant;

use segno_base::screen::frame::Frame;
use segno_base::screen::geometry::Size;
use segno_store::pane::journal::Journal;
use segno_term::input::Decoder;
use segno_term::render::{Capabilities, Renderer};
use segno_term::{Emulator, Options};

#[cfg(target_os = "linux")]
#[path = "support/key_calls.rs"]
mod key_calls;
#[path = "../benches/support/streams.rs"]
mod streams;

const SIZE: Size = Size { cols: 200, rows: 50 };

thread_local! {
    static CALLS: Cell<u64> = const { Cell::new(0) };
    static LIVE: Cell<i64> = const { Cell::new(0) };
}

/// Counts what each thread asks for.
struct Counting;

fn note(calls: u64, bytes: i64) {
    CALLS.set(CALLS.get() + calls);
    LIVE.set(LIVE.get() + bytes);
}

#[expect(unsafe_code, reason = "an allocator; it hands everything to the system's")]
// SAFETY: as the system's allocator, to which everything goes unchanged. The counters are plain
// cells, which neither allocate nor need dropping.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        note(1, layout.size() as i64);
        // SAFETY: the caller's promise.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, at: *mut u8, layout: Layout) {
        note(0, -(layout.size() as i64));
        // SAFETY: the caller's promise.
        unsafe { System.dealloc(at, layout) }
    }

    unsafe fn realloc(&self, at: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        note(1, size as i64 - layout.size() as i64);
        // SAFETY: the caller's promise.
        unsafe { System.realloc(at, layout, size) }
    }
}

#[global_allocator]
static COUNTING: Counting = Counting;

/// How often the allocator was called, and how many bytes more are kept than before.
fn cost<T>(run: impl FnOnce() -> T) -> (u64, i64, T) {
    let (calls, live) = (CALLS.get(), LIVE.get());
    let result = run();
    (CALLS.get() - calls, LIVE.get() - live, result)
}

#[track_caller]
fn at_most(what: &str, count: i64, bound: i64) {
    println!("{what}: {count} (at most {bound})");
    assert!(count <= bound, "{what}: {count}, and at most {bound} is right");
}

fn feed(emulator: &mut Emulator, bytes: &[u8]) {
    let mut events = Vec::new();
    for chunk in bytes.chunks(12 * 1024) {
        emulator.advance(chunk, Instant::now(), &mut events);
    }
}

fn drawn(emulator: &Emulator) -> Frame {
    let mut frame = Frame::new(SIZE);
    let area = frame.area();
    emulator.draw(&mut frame, area);
    frame
}

#[test]
fn parsing_a_megabyte() {
    for (kind, bound) in streams::KINDS.into_iter().zip([30, 600, 60, 10]) {
        let bytes = streams::stream(kind, 1_000_000, "\r\n");
        let mut emulator = Emulator::new(SIZE, Options::default());
        // Full, so that what is new takes the place of what is old.
        for _ in 0..3 {
            feed(&mut emulator, &bytes);
        }
        let (calls, _, ()) = cost(|| feed(&mut emulator, &bytes));
        at_most(&format!("allocations for a megabyte of {kind}"), calls as i64, bound);
    }
}

#[test]
fn keeping_ten_thousand_lines() {
    let mut emulator = Emulator::new(SIZE, Options::default());
    let empty = cost(|| Emulator::new(SIZE, Options::default())).1;
    let lines: String = (0..10_050).map(|n| format!("{n:0100}\r\n")).collect();
    let (_, kept, ()) = cost(|| feed(&mut emulator, lines.as_bytes()));
    at_most("bytes for an empty pane's terminal", empty, 6_000);
    at_most("bytes for 10,000 lines of 100 columns", kept, 1_400_000);
    let (calls, _, dump) = cost(|| emulator.dump());
    at_most("allocations for its dump", calls as i64, 40);
    at_most("bytes of its dump", dump.len() as i64, 1_200_000);
}

#[test]
fn a_frame() {
    let mut emulator = Emulator::new(SIZE, Options::default());
    feed(&mut emulator, &streams::stream("ascii", 100_000, "\r\n"));
    let (calls, _, frame) = cost(|| drawn(&emulator));
    at_most("allocations for drawing a frame", calls as i64, 1);

    let mut renderer = Renderer::new(Capabilities::full());
    let mut out = Vec::new();
    renderer.render(&frame, &mut out);
    at_most("bytes of a first frame", out.len() as i64, 6_000);
    out.clear();
    let (calls, _, ()) = cost(|| renderer.render(&frame, &mut out));
    at_most("allocations for the same frame", calls as i64, 0);
    at_most("bytes of the same frame", out.len() as i64, 0);

    for (what, printed, allocations, bytes) in [
        ("a key's echo", &b"x"[..], 0, 30),
        ("a spinner", b"\x1b[s\x1b[20;10H\x1b[36m/\x1b[0m\x1b[u", 4, 50),
        ("a new line", b"\r\nanother line", 60, 60),
    ] {
        feed(&mut emulator, printed);
        let frame = drawn(&emulator);
        out.clear();
        let (calls, _, ()) = cost(|| renderer.render(&frame, &mut out));
        at_most(&format!("allocations for {what}"), calls as i64, allocations);
        at_most(&format!("bytes for {what}"), out.len() as i64, bytes);
    }
}

#[test]
fn a_thousand_keys() {
    let mut decoder = Decoder::new();
    let mut events = Vec::with_capacity(4096);
    let typed = b"hello, \x1b[A\x1b[1;5Cw\xc3\xb6rld\r".repeat(60);
    let (calls, _, ()) = cost(|| decoder.feed(&typed, &mut events));
    assert!(events.len() >= 900, "{}", events.len());
    at_most("allocations for a thousand keys", calls as i64, 100);
}

#[test]
fn a_thousand_pieces_of_output() {
    let directory = tempfile::tempdir().unwrap();
    let (mut journal, _) = Journal::open(directory.path(), 64 << 20);
    journal.rotate(SIZE, b"", 0).unwrap();
    let (calls, kept, ()) = cost(|| {
        for _ in 0..1000 {
            journal.append(b"some output\r\n").unwrap();
        }
    });
    at_most("allocations for a thousand pieces in the journal", calls as i64, 0);
    at_most("bytes kept for them", kept, 0);
}

#[test]
#[cfg(target_os = "linux")]
fn a_key_through_the_daemon() {
    let calls = key_calls::calls_per_key();
    at_most("the daemon's system calls for ten keys", (calls * 10.0) as i64, 220);
}
