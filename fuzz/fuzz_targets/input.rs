//! `cargo +nightly fuzz run input`

#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| segno_fuzzing::input(data));
