//! What must hold for any bytes at all, of everything that reads what others write.
//!
//! Each target takes bytes and panics when something does not hold. `fuzz/` runs them with
//! coverage for as long as wanted; `tests/short.rs` runs each over its corpus and some thousand
//! mutations on every change, with a stable compiler.

mod files;
mod terminal;
mod texts;
mod transcripts;
mod wire;

pub use files::{journal_segment, spool, workspace};
pub use terminal::{dump, emulator, input};
pub use texts::{config, pane_type};
pub use transcripts::transcript;
pub use wire::frames;

/// A target: its name, which is that of its corpus in `fuzz/corpus/`, and what it does.
pub type Target = (&'static str, fn(&[u8]));

/// All of them.
pub const TARGETS: &[Target] = &[
    ("config", config),
    ("dump", dump),
    ("emulator", emulator),
    ("frames", frames),
    ("input", input),
    ("journal_segment", journal_segment),
    ("pane_type", pane_type),
    ("spool", spool),
    ("transcript", transcript),
    ("workspace", workspace),
];
