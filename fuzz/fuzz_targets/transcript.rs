//! `cargo +nightly fuzz run transcript`

#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| segno_fuzzing::transcript(data));
