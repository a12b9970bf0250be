//! Every kind of hostile component, as the host hears of it. The same collection runs in the real job, end to end.

use crate::support::{aggregate, decoder, documents, lines, source, windows};
use component_host::{Aggregate, ByteLists, Ingest, Limits, Source, describe_aggregate};
use misdeeds::{Guest, KINDS, Kind, Outcome};
use std::collections::BTreeSet;
use std::time::Duration;

const DAY: i64 = 86_400_000;
const COUNT: usize = 100;
const MARKED: usize = 42;

/// An endless one fails soon, and all others have time on a busy machine too.
fn limits(kind: &Kind) -> Limits {
    let deadline = Duration::from_millis(if kind.deed == "loop" { 200 } else { 20_000 });
    Limits { memory_bytes: 64 << 20, deadline }
}

fn component(kind: &Kind) -> Source {
    match kind.guest {
        Guest::Decoder => source("hostile-decoder", &kind.settings()),
        Guest::Aggregate => source("hostile-aggregate", &kind.settings()),
        Guest::Text(text) => Source {
            slot: "text".to_owned(),
            wasm: wat::parse_str(text).unwrap(),
            settings: Vec::new(),
        },
    }
}

#[test]
fn there_are_many_and_each_has_a_name() {
    let names = BTreeSet::from_iter(KINDS.iter().map(|kind| kind.name));
    assert_eq!(names.len(), KINDS.len());
    assert!(KINDS.len() >= 20);
}

#[test]
fn each_does_what_is_said_of_it_and_no_more() {
    for kind in KINDS {
        match kind.outcome {
            Outcome::Refused(said) => {
                let error = describe_aggregate(&component(kind), limits(kind)).unwrap_err();
                assert!(error.message.contains(said), "{}: {error}", kind.name);
            }
            Outcome::Rejected(said) => rejected(kind, said),
            Outcome::Window(said) | Outcome::Merge(said) => window(kind, said),
            Outcome::Harmless => harmless(kind),
        }
    }
}

fn ingest(kind: &Kind) -> Ingest {
    let (decoder, aggregate) = match kind.guest {
        Guest::Decoder => (component(kind), aggregate()),
        _ => (decoder(), component(kind)),
    };
    Ingest::new(&decoder, &[source("totals", &[]), aggregate], true, limits(kind)).unwrap()
}

fn rejected(kind: &Kind, said: &str) {
    let got = ingest(kind).ingest(&lines(COUNT, &[MARKED]), i64::MIN).unwrap();
    let found = Vec::from_iter(got.rejects.iter().map(|r| r.index as usize));
    assert_eq!(found, [MARKED], "{}: {:?}", kind.name, got.rejects);
    assert!(got.rejects[0].detail.contains(said), "{}: {}", kind.name, got.rejects[0].detail);
    let crimes = |slot| windows([&got], slot).values().map(|(_, c)| c.len()).sum::<usize>();
    let fewest = [crimes(0), crimes(1), documents(&got).len()];
    assert!(fewest.iter().all(|&n| n >= COUNT - 1), "{}: {fewest:?}", kind.name);
}

/// An accumulator of district 1's first day.
fn accumulators() -> ByteLists {
    let mut ingest = Ingest::new(&decoder(), &[aggregate()], false, Limits::default()).unwrap();
    let got = ingest.ingest(&lines(6, &[]), i64::MIN).unwrap();
    let c = &got.contributions[0];
    let district_1 = (0..c.weight.len()).find(|&i| c.keys.get(i) == [1, 0]).unwrap();
    let mut lists = ByteLists::default();
    lists.push(c.partials.get(district_1)).unwrap();
    lists
}

fn window(kind: &Kind, said: &str) {
    let got = ingest(kind).ingest(&lines(COUNT, &[MARKED]), i64::MIN).unwrap();
    assert!(got.rejects.is_empty(), "{}: {:?}", kind.name, got.rejects);
    let mut aggregate = Aggregate::new(&component(kind), limits(kind)).unwrap();
    let finish = |aggregate: &mut Aggregate, lists| aggregate.finish(&[1, 0], (0, DAY), lists, &[]);
    let error = match (kind.function, aggregate.merge(accumulators())) {
        ("merge", Err(error)) => error,
        // what it merged is not what it can finish
        ("merge", Ok(merged)) => {
            let mut lists = ByteLists::default();
            lists.push(&merged).unwrap();
            finish(&mut aggregate, lists).unwrap_err()
        }
        (_, merged) => {
            merged.unwrap();
            finish(&mut aggregate, accumulators()).unwrap_err()
        }
    };
    assert!(error.message.contains(said), "{}: {error}", kind.name);
    if matches!(kind.outcome, Outcome::Merge(_)) {
        assert!(finish(&mut aggregate, accumulators()).unwrap().row.is_some(), "{}", kind.name);
    }
}

fn harmless(kind: &Kind) {
    let mut ingest = ingest(kind);
    // as many calls as fill its memory a few times
    for _ in 0..200 {
        let got = ingest.ingest(&lines(COUNT, &[]), i64::MIN).unwrap();
        assert!(got.rejects.is_empty(), "{}: {:?}", kind.name, got.rejects);
        assert_eq!(windows([&got], 1), windows([&got], 0), "{}", kind.name);
    }
    let mut aggregate = Aggregate::new(&component(kind), limits(kind)).unwrap();
    assert!(aggregate.finish(&[1, 0], (0, DAY), accumulators(), &[]).unwrap().row.is_some());
}
