//! A record on which a component fails is found and rejected, and everything else counts exactly once.

use crate::support::{
    aggregate, always, decoder, documents, ingest, lines, on_marked, patient, rejects, strict,
    windows,
};
use component_host::{Ingested, Limits, Source};
use std::time::Duration;

const DEEDS: [(&str, &str); 4] = [
    // what a component does, and what is said of it
    ("loop", "took longer than"),
    ("bomb", "wanted more than 16777216 bytes"),
    ("trap", "as planned (tests/guests/misdeeds/src/lib.rs:"),
    ("overflow", "call stack exhausted"),
];
const COUNT: usize = 1000;

/// What the same batch gives without the records at `poisoned`, with the indices that it has with them.
fn without(poisoned: &[usize]) -> Ingested {
    let mut rest = lines(0, &[]);
    let whole = lines(COUNT, &[]);
    (0..COUNT).filter(|i| !poisoned.contains(i)).for_each(|i| rest.push(whole.get(i)).unwrap());
    ingest(&decoder(), &aggregate(), patient()).ingest(&rest, i64::MIN).unwrap()
}

/// One batch with poison in it, which must give `rejected` rejects; the next batch must be as if nothing had happened.
fn batch(decoder: &Source, aggregate: &Source, poisoned: &[usize]) -> Ingested {
    let endless = [decoder, aggregate].iter().any(|s| s.settings.iter().any(|(_, v)| v == "loop"));
    // ten deadlines a batch must be enough to find the record, on a busy machine too
    let limits = if endless {
        Limits { deadline: Duration::from_millis(200), ..strict() }
    } else {
        patient()
    };
    let mut ingest = ingest(decoder, aggregate, limits);
    let ingested = ingest.ingest(&lines(COUNT, poisoned), i64::MIN).unwrap();
    let next = ingest.ingest(&lines(COUNT, &[]), i64::MIN).unwrap();
    let fresh = without(&[]);
    assert_eq!(rejects(&next), [], "the next batch");
    for slot in 0..2 {
        assert_eq!(windows([&next], slot), windows([&fresh], slot), "the next batch");
    }
    assert_eq!(documents(&next), documents(&fresh), "the next batch");
    ingested
}

fn trap(index: usize, component: &str) -> (u32, &'static str, Option<&str>) {
    (index as u32, "trap", Some(component))
}

#[test]
fn a_value_that_the_decoder_fails_on_is_the_only_one_missing() {
    for (deed, said) in DEEDS {
        let hostile = on_marked("hostile-decoder", "decode", deed);
        let got = batch(&hostile, &aggregate(), &[617]);
        let want = without(&[617]);
        assert_eq!(rejects(&got), [trap(617, "hostile-decoder")], "{deed}");
        let detail = &got.rejects[0].detail;
        assert!(detail.starts_with("component hostile-decoder failed in decode: "), "{detail}");
        assert!(detail.contains(said), "{detail}");
        assert_eq!((got.events, got.times), (want.events, want.times), "{deed}");
        for slot in 0..2 {
            assert_eq!(windows([&got], slot), windows([&want], slot), "{deed}");
        }
        assert_eq!(documents(&got), documents(&want), "{deed}");
        assert!(got.calls[0].traps > 0 && got.calls[1].traps == 0, "{:?}", got.calls);
    }
}

#[test]
fn a_record_that_one_aggregate_fails_on_counts_in_the_other() {
    for (deed, said) in DEEDS {
        let hostile = on_marked("hostile-aggregate", "ingest", deed);
        let got = batch(&decoder(), &hostile, &[0]);
        let (whole, want) = (without(&[]), without(&[0]));
        assert_eq!(rejects(&got), [trap(0, "hostile-aggregate")], "{deed}");
        assert!(got.rejects[0].detail.contains(said), "{}", got.rejects[0].detail);
        // totals got the batch once, whole; the halves were the other's alone
        assert_eq!(windows([&got], 0), windows([&whole], 0), "{deed}");
        assert_eq!(windows([&got], 1), windows([&want], 1), "{deed}");
        assert_eq!(documents(&got), documents(&whole), "{deed}");
        assert_eq!((got.calls[0].traps, got.calls[1].traps), (0, 0), "{deed}");
    }
}

#[test]
fn a_record_that_only_has_no_document_is_still_counted() {
    for (deed, said) in DEEDS {
        let hostile = on_marked("hostile-decoder", "documents", deed);
        let got = batch(&hostile, &aggregate(), &[999]);
        let (whole, want) = (without(&[]), without(&[999]));
        assert_eq!(rejects(&got), [trap(999, "hostile-decoder")], "{deed}");
        assert!(got.rejects[0].detail.contains(said), "{}", got.rejects[0].detail);
        for slot in 0..2 {
            assert_eq!(windows([&got], slot), windows([&whole], slot), "{deed}");
        }
        assert_eq!(documents(&got), documents(&want), "{deed}");
    }
}

#[test]
fn two_poisonous_records_are_both_found() {
    for poisoned in [[3, 998], [500, 501], [0, 999]] {
        let hostile = on_marked("hostile-decoder", "decode", "trap");
        let got = batch(&hostile, &aggregate(), &poisoned);
        assert_eq!(rejects(&got), poisoned.map(|i| trap(i, "hostile-decoder")));
        let want = without(&poisoned);
        assert_eq!(windows([&got], 1), windows([&want], 1));
        assert_eq!(documents(&got), documents(&want));
    }
}

#[test]
fn a_record_that_two_components_fail_on_is_named_for_both() {
    let documents_trap = on_marked("hostile-decoder", "documents", "trap");
    let ingest_trap = on_marked("hostile-aggregate", "ingest", "trap");
    let got = batch(&documents_trap, &ingest_trap, &[10]);
    assert_eq!(rejects(&got), [trap(10, "hostile-decoder"), trap(10, "hostile-aggregate")]);
}

#[test]
fn where_all_records_are_poisonous_all_are_rejected() {
    let hostile = always("hostile-decoder", "decode", "trap");
    let mut ingest = ingest(&hostile, &aggregate(), patient());
    let got = ingest.ingest(&lines(100, &[]), i64::MIN).unwrap();
    assert_eq!(rejects(&got), Vec::from_iter((0..100).map(|i| trap(i, "hostile-decoder"))));
    assert_eq!((got.events, got.times), (0, None));
    assert!(windows([&got], 0).is_empty() && got.documents.versions.is_empty());
}

#[test]
fn what_the_decoder_rejects_stays_rejected_beside_a_trap() {
    let mut values = lines(20, &[7]);
    values.push(b"no line").unwrap();
    let hostile = on_marked("hostile-decoder", "decode", "trap");
    let got = ingest(&hostile, &aggregate(), patient()).ingest(&values, i64::MIN).unwrap();
    assert_eq!(rejects(&got), [trap(7, "hostile-decoder"), (20, "malformed-json", None)]);
    assert_eq!(got.events, 19);
}
