//! Memory is limited for an instance as a whole, inside and for what it gives back.

use crate::support::{
    aggregate, decoder, lines, on_marked, patient, rejects, source, strict, windows,
};
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

/// What each part of a batch gives back is within the limits of a call; what all of them give is within the batch's.
#[test]
fn what_is_given_back_for_a_batch_is_limited_as_a_whole() {
    let hostile =
        source("hostile-aggregate", &[("in", "ingest"), ("deed", "megabytes"), ("on", "always")]);
    let limits = Limits { memory_bytes: 64 << 20, ..patient() };
    let mut ingest = crate::support::ingest(&decoder(), &hostile, limits);
    // 16 records in 16 contributions of 3 MiB each; a third of 64 MiB is for this component
    let got = ingest.ingest(&lines(16, &[]), i64::MIN).unwrap();
    let kept = got.contributions[1].partials.bytes.len();
    assert!(kept > 0 && kept <= limits.memory_bytes / 3, "{kept} bytes");
    let refused: Vec<_> = got.rejects.iter().collect();
    assert_eq!(got.contributions[1].weight.iter().sum::<u32>() as usize + refused.len(), 16);
    for reject in refused {
        assert_eq!(reject.component.as_deref(), Some("hostile-aggregate"));
        assert!(
            reject.detail.contains("of 22369621 are left for what this component gives back"),
            "{}",
            reject.detail
        );
    }
    // the others have their own part, and the next batch has all of it again
    assert_eq!(windows([&got], 0).values().map(|(_, c)| c.len()).sum::<usize>(), 16);
    let next = ingest.ingest(&lines(4, &[]), i64::MIN).unwrap();
    assert_eq!(rejects(&next), []);
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
