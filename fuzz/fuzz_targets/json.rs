#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| crime_core::fuzzing::json(bytes));
