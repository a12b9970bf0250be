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

/// In a process of its own: a limit on address space is a process's.
#[test]
fn a_limit_on_address_space_is_named() {
    const ASKED: &str = "COMPONENT_HOST_TEST_ADDRESS_SPACE";
    if std::env::var_os(ASKED).is_some() {
        let error = describe_decoder(&source("decoder", &[]), strict()).unwrap_err();
        assert_eq!(error.code, Code::Memory, "{error}");
        assert!(error.message.contains("ulimit -v"), "{error}");
        return;
    }
    // built out here, where there is room for a compiler
    source("decoder", &[]);
    let this = std::env::current_exe().unwrap();
    let test = "limits::a_limit_on_address_space_is_named";
    let limited = std::process::Command::new("sh")
        .args(["-c", "ulimit -v 4000000 && exec \"$0\" --exact \"$1\""])
        .arg(this)
        .arg(test)
        .env(ASKED, "1")
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&limited.stdout);
    assert!(limited.status.success() && said.contains("1 passed"), "{said}");
}
