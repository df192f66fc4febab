//! `cargo +nightly fuzz run pane_type`

#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| segno_fuzzing::pane_type(data));
