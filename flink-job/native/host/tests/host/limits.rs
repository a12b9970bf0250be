//! Memory is limited for an instance as a whole, inside and for what it gives back.

use crate::support::{aggregate, lines, on_marked, rejects, source, strict};
use component_host::{Code, Ingest, Limits, describe_decoder};

#[test]
fn less_memory_than_a_component_begins_with() {
    let limits = Limits { memory_bytes: 64 << 10, ..strict() };
    let error = describe_decoder(&source("decoder", &[]), limits).unwrap_err();
    assert_eq!(error.code, Code::Memory, "{error}");
    assert_eq!(
        error.message,
        "component decoder cannot be instantiated: wanted more than 65536 bytes"
    );
}

#[test]
fn what_is_given_back_is_limited_too() {
    let hostile = on_marked("hostile-decoder", "decode", "same-bytes-often");
    let limits = Limits::default();
    let mut ingest = Ingest::new(&hostile, &[aggregate()], true, limits).unwrap();
    let got = ingest.ingest(&lines(4, &[2]), i64::MIN).unwrap();
    assert_eq!(rejects(&got), [(2, "trap", Some("hostile-decoder"))]);
    let detail = &got.rejects[0].detail;
    assert!(detail.contains("too much data is being copied"), "{detail}");
}
