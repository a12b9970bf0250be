//! How records are cut into batches changes nothing but the number of contributions.

use crate::support::{Windows, source, values, windows};
use component_host::{Ingest, Ingested, Limits};
use proptest::prelude::*;
use std::cell::RefCell;

/// Values with few IDs, districts, types and days, so that they meet; some of them bad.
fn value() -> impl Strategy<Value = String> {
    let good = (0_u32..40, 0_u32..3, 0_u32..24, 0_u32..60, 1_u32..4, 0_usize..3, 0_u32..3, any::<bool>())
        .prop_map(|(id, day, hour, minute, district, kind, updated, located)| {
            let kind = ["THEFT", "BATTERY", "ARSON"][kind];
            let position =
                if located { r#","Latitude":"41.8","Longitude":"-87.6""# } else { "" };
            format!(
                r#"{{"ID":"{id}","Date":"2018-11-0{}T{hour:02}:{minute:02}:00","Updated_On":"2018-12-0{}T00:00:00","Primary_Type":"{kind}","District":"{district:03}","Arrest":"{}"{position}}}"#,
                day + 3, updated + 1, id % 2 == 0,
            )
        });
    prop_oneof![
        20 => good,
        1 => Just(String::new()),
        1 => Just("{".to_owned()),
        1 => Just(r#"{"ID":7,"Date":"2018-11-03T00:00:00","District":"1"}"#.to_owned()),
        1 => Just(r#"{"ID":8,"Date":"2018-11-03T00:00:00","Primary_Type":"THEFT"}"#.to_owned()),
    ]
}

struct Outcome {
    windows: [Windows; 2],
    documents: Vec<(Vec<u8>, i64, Vec<u8>)>,
    rejects: Vec<(usize, &'static str, String)>,
    late: Vec<(usize, u32)>,
    events: u32,
    without_position: u32,
}

/// What all batches gave, with indices counted through.
fn outcome(batches: &[(usize, Ingested)]) -> Outcome {
    let all = || batches.iter().map(|(_, ingested)| ingested);
    let windows = |slot| {
        let mut windows = windows(all(), slot);
        // the same crime in two batches is one crime in the merged set
        windows.values_mut().for_each(|(_, crimes)| crimes.dedup());
        windows
    };
    let mut outcome = Outcome {
        windows: [windows(0), windows(1)],
        documents: Vec::new(),
        rejects: Vec::new(),
        late: Vec::new(),
        events: all().map(|i| i.events).sum(),
        without_position: all().map(|i| i.without_position).sum(),
    };
    for (first, ingested) in batches {
        let d = &ingested.documents;
        outcome.documents.extend(
            (0..d.versions.len())
                .map(|i| (d.ids.get(i).to_vec(), d.versions[i], d.bodies.get(i).to_vec())),
        );
        let at = |index: u32| first + index as usize;
        let rejects = &ingested.rejects;
        outcome.rejects.extend(rejects.iter().map(|r| (at(r.index), r.reason, r.detail.clone())));
        outcome.late.extend(ingested.late.iter().map(|l| (at(l.index), l.aggregates)));
    }
    outcome
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, ..ProptestConfig::default() })]

    #[test]
    fn a_batch_of_many_is_many_batches_of_one(
        records in proptest::collection::vec(value(), 0..60),
        watermark in prop_oneof![Just(i64::MIN), 1_541_203_200_000_i64..1_541_462_400_000],
    ) {
        thread_local! {
            static INGEST: RefCell<Ingest> = RefCell::new(Ingest::new(
                &source("decoder", &[]), &[source("totals", &[]), source("anomaly", &[])], true, Limits::default(),
            ).unwrap());
        }
        let in_batches = |size: usize| INGEST.with_borrow_mut(|ingest| {
            let batches: Vec<_> = records.chunks(size).enumerate()
                .map(|(n, batch)| (n * size, ingest.ingest(&values(batch), watermark).unwrap())).collect();
            outcome(&batches)
        });
        let (whole, single, some) = (in_batches(records.len().max(1)), in_batches(1), in_batches(7));
        for other in [single, some] {
            prop_assert_eq!(&whole.windows, &other.windows);
            prop_assert_eq!(&whole.documents, &other.documents);
            prop_assert_eq!(&whole.rejects, &other.rejects);
            prop_assert_eq!(&whole.late, &other.late);
            prop_assert_eq!((whole.events, whole.without_position), (other.events, other.without_position));
        }
    }
}
