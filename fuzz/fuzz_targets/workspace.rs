//! `cargo +nightly fuzz run workspace`

#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| segno_fuzzing::workspace(data));
