//! `cargo +nightly fuzz run frames`

#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| segno_fuzzing::frames(data));
