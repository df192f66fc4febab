//! `cargo +nightly fuzz run emulator`

#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| segno_fuzzing::emulator(data));
