//! `cargo +nightly fuzz run spool`

#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| segno_fuzzing::spool(data));
