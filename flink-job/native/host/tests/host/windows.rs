//! Merging and finishing: there is no record to blame, so a failure is the caller's to handle, and the next call works.

use crate::support::{always, lines, patient, source, strict, windows};
use component_host::{Aggregate, ByteLists, Code, Ingest, StateKind, Value};

const DAY: i64 = 86_400_000;

/// Two accumulators of district 1's first day.
fn accumulators() -> ByteLists {
    let decoder = source("hostile-decoder", &[]);
    let mut ingest = Ingest::new(&decoder, &[source("totals", &[])], false, strict()).unwrap();
    let mut lists = ByteLists::default();
    for batch in [lines(6, &[]), lines(11, &[])] {
        let got = ingest.ingest(&batch, i64::MIN).unwrap();
        let c = &got.contributions[0];
        let district_1 = (0..c.weight.len()).find(|&i| c.keys.get(i) == [1, 0]).unwrap();
        lists.push(c.partials.get(district_1)).unwrap();
        assert!(!windows([&got], 0).is_empty());
    }
    lists
}

#[test]
fn a_failure_is_an_error_with_its_code_and_the_next_call_works() {
    for (function, deed, code, said) in [
        (
            "merge",
            "trap",
            Code::Trap,
            "failed in merge: as planned (tests/guests/misdeeds/src/lib.rs:",
        ),
        ("merge", "refuse", Code::Refused, "component hostile-aggregate, merge: this is not mine"),
        ("merge", "loop", Code::Deadline, "failed in merge: took longer than 50 ms"),
        ("merge", "bomb", Code::Memory, "failed in merge: wanted more than 16777216 bytes"),
        ("merge", "overflow", Code::Trap, "failed in merge: wasm trap: call stack exhausted"),
        ("finish", "trap", Code::Trap, "failed in finish: as planned (tests/guests/"),
        (
            "finish",
            "refuse",
            Code::Refused,
            "component hostile-aggregate, finish: this is not mine",
        ),
        ("finish", "row-time", Code::Output, "which is not in the years 0 to 10000"),
        ("finish", "huge-history", Code::Output, "the history has 2097152 bytes, at most 1048576"),
        ("finish", "loop", Code::Deadline, "failed in finish: took longer than 50 ms"),
        ("finish", "row-short", Code::Output, "row has 1 entries, expected 6"),
        ("finish", "row-long", Code::Output, "row has 7 entries, expected 6"),
        ("finish", "row-type", Code::Output, "column total_crimes is integer, found text"),
        (
            "finish",
            "row-null-key",
            Code::Output,
            "column district is integer and part of the key, found null",
        ),
        ("finish", "row-huge", Code::Memory, "wanted more than 16777216 bytes"),
    ] {
        let limits = if deed == "loop" { strict() } else { patient() };
        let mut aggregate =
            Aggregate::new(&always("hostile-aggregate", function, deed), limits).unwrap();
        let error = match function {
            "merge" => aggregate.merge(accumulators()).unwrap_err(),
            _ => aggregate.finish(&[1, 0], (0, DAY), accumulators(), &[]).unwrap_err(),
        };
        assert_eq!(error.code, code, "{function} {deed}: {error}");
        assert!(error.message.starts_with("component hostile-aggregate"), "{error}");
        assert!(error.message.contains(said), "{error} should say {said}");
        // an answer is no failure, even where it is an error
        assert_eq!(aggregate.spent().1, u64::from(code != Code::Refused));
        // the other function of the same component works: it has a new instance
        match function {
            "merge" => {
                let row = aggregate.finish(&[1, 0], (0, DAY), accumulators(), &[]).unwrap().row;
                assert_eq!(row.unwrap()[0], Value::Integer(3));
            }
            _ => assert!(!aggregate.merge(accumulators()).unwrap().is_empty()),
        }
    }
}

#[test]
fn bytes_that_the_aggregate_did_not_write_are_an_error() {
    let mut totals = Aggregate::new(&source("totals", &[]), strict()).unwrap();
    let mut foreign = ByteLists::default();
    foreign.push(&[0x80, 0x80]).unwrap();
    let corrupt = "component totals, merge: accumulator is corrupt at byte";
    let said = |error: component_host::Error| {
        assert_eq!(error.code, Code::Refused);
        error.message
    };
    assert!(said(totals.merge(foreign.clone()).unwrap_err()).starts_with(corrupt));
    let corrupt = "component totals, finish: accumulator is corrupt at byte";
    assert!(said(totals.finish(&[1, 0], (0, DAY), foreign, &[]).unwrap_err()).starts_with(corrupt));
    let key = "component totals, finish: ";
    assert!(said(totals.finish(&[1], (0, DAY), accumulators(), &[]).unwrap_err()).starts_with(key));
    assert_eq!(totals.spent().1, 0, "the instance lives on");
    assert!(totals.merge(accumulators()).is_ok());
}

/// There may be many windows behind one watermark, and each costs its deadline: not all of them the whole one.
#[test]
fn windows_that_take_too_long_one_after_the_other_get_less_time() {
    let hostile = always("hostile-aggregate", "finish", "loop");
    let mut aggregate = Aggregate::new(&hostile, strict()).unwrap();
    let mut finish =
        || aggregate.finish(&[1, 0], (0, DAY), accumulators(), &[]).unwrap_err().message;
    for n in 0..12 {
        let allowed = if n < 10 { "took longer than 50 ms" } else { "took longer than 5 ms" };
        assert!(finish().contains(allowed), "window {n}");
    }
    assert!(!aggregate.merge(accumulators()).unwrap().is_empty());
    let error = aggregate.finish(&[1, 0], (0, DAY), accumulators(), &[]).unwrap_err();
    assert!(error.message.contains("took longer than 50 ms"), "after a success: {error}");
}

#[test]
fn lists_whose_ends_are_wrong_do_not_harm_the_host() {
    let mut totals = Aggregate::new(&source("totals", &[]), strict()).unwrap();
    for ends in [vec![9], vec![2, 1], vec![u32::MAX]] {
        let lists = ByteLists { bytes: vec![1, 0, 0], ends };
        // an error or an accumulator; what it means is the guest's
        let _ = totals.merge(lists);
    }
    assert!(totals.merge(accumulators()).is_ok());
}

#[test]
fn state_of_a_version_that_it_does_not_know_is_refused_in_a_sentence() {
    let mut totals = Aggregate::new(&source("totals", &[]), strict()).unwrap();
    let error = totals.upgrade(StateKind::Accumulator, 7, &[1, 2, 3]).unwrap_err();
    assert_eq!(error.code, Code::Contract);
    assert_eq!(
        error.message,
        "component totals cannot take over older state: totals has state version 1 and cannot read Accumulator of version 7"
    );
}
