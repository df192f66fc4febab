//! `cargo +nightly fuzz run dump`

#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| segno_fuzzing::dump(data));
