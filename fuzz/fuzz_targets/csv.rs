#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| crimes_producer::fuzzing::csv(bytes));
