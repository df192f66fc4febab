//! `cargo +nightly fuzz run journal_segment`

#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| segno_fuzzing::journal_segment(data));
