//! A component that never ends on many records costs a bounded time a batch.

use crate::support::{
    aggregate, always, decoder, ingest, lines, on_marked, rejects, strict, windows,
};
use std::time::Instant;

#[test]
fn a_component_that_ends_on_no_record_costs_some_deadlines_a_batch() {
    for (hostile_decoder, hostile_aggregate) in [
        (always("hostile-decoder", "decode", "loop"), aggregate()),
        (decoder(), always("hostile-aggregate", "ingest", "loop")),
    ] {
        let mut ingest = ingest(&hostile_decoder, &hostile_aggregate, strict());
        let got = ingest.ingest(&lines(2048, &[]), i64::MIN).unwrap();
        // 4,095 calls would be 26 s. Each asked one costs a tenth of a deadline at least, and ten deadlines may be lost:
        // so there are at most a hundred of them and the one that exceeds it. How long a deadline is in ticks of the
        // clock, `instance.rs` tests
        let asked = got.calls.iter().map(|calls| calls.traps).max().unwrap();
        assert!((1..=101).contains(&asked), "{asked} calls");
        let indices = Vec::from_iter(got.rejects.iter().map(|r| r.index));
        assert_eq!(indices, Vec::from_iter(0..2048), "every record has its reject");
        let last = &got.rejects[2047].detail;
        assert!(last.contains("was not asked about this record"), "{last}");
    }
}

#[test]
fn the_next_batch_is_asked_about_again() {
    let hostile = on_marked("hostile-decoder", "decode", "loop");
    let mut ingest = ingest(&hostile, &aggregate(), strict());
    let all = Vec::from_iter(0..512);
    let given_up = ingest.ingest(&lines(512, &all), i64::MIN).unwrap();
    assert_eq!(given_up.rejects.len(), 512);
    let next = ingest.ingest(&lines(512, &[]), i64::MIN).unwrap();
    assert_eq!((rejects(&next), next.events), (vec![], 512));
}

#[test]
fn what_one_component_loses_is_not_taken_from_another() {
    let hostile = always("hostile-aggregate", "ingest", "loop");
    let mut ingest = ingest(&decoder(), &hostile, strict());
    let got = ingest.ingest(&lines(512, &[]), i64::MIN).unwrap();
    let crimes: usize = windows([&got], 0).values().map(|(_, crimes)| crimes.len()).sum();
    assert_eq!((crimes, got.documents.versions.len()), (512, 512));
}

#[test]
fn a_component_has_the_whole_deadline() {
    let hostile = on_marked("hostile-decoder", "decode", "loop");
    let mut ingest = ingest(&hostile, &aggregate(), strict());
    let start = Instant::now();
    let got = ingest.ingest(&lines(1, &[0]), i64::MIN).unwrap();
    let took = start.elapsed();
    assert!(got.rejects[0].detail.contains("took longer than 50 ms"), "{}", got.rejects[0].detail);
    assert!(took >= strict().deadline, "{took:?}");
}
