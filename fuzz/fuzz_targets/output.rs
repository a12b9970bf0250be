#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| component_host::fuzzing::output(bytes));
