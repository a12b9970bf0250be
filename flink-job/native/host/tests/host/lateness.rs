//! Events that come too late for an aggregate are left out of it and named; for others they count.

use crate::support::{decoder, source, strict, values, windows};
use component_host::{Ingest, Ingested, Late};

const HOUR: i64 = 3_600_000;

fn batch(watermark: i64) -> Ingested {
    let mut ingest =
        Ingest::new(&decoder(), &[source("totals", &[]), source("anomaly", &[])], true, strict())
            .unwrap();
    let at = |hour: i64| format!("{} {} 1 THEFT STREET", 100 + hour, hour * HOUR);
    ingest.ingest(&values([0, 3, 10, 23, 24, 40].map(at)), watermark).unwrap()
}

fn crimes(ingested: &Ingested, slot: usize) -> Vec<u64> {
    windows([ingested], slot).into_values().flat_map(|(_, crimes)| crimes).collect()
}

#[test]
fn without_a_watermark_nothing_is_late() {
    let got = batch(i64::MIN);
    assert_eq!(got.late, []);
    assert_eq!(crimes(&got, 0), [100, 103, 110, 123, 124, 140]);
}

#[test]
fn an_event_can_be_late_for_one_aggregate_and_in_time_for_another() {
    // at 08:00 the last anomaly window that has 03:00 in it, 03:00 to 08:00, is over; the day is not
    let got = batch(8 * HOUR - 1);
    let late = |index| Late { index, aggregates: 0b10 };
    assert_eq!(got.late, [late(0), late(1)]);
    assert_eq!(crimes(&got, 0), [100, 103, 110, 123, 124, 140]);
    assert_eq!(crimes(&got, 1), [110, 123, 124, 140]);
    assert_eq!(got.documents.versions.len(), 6, "the map takes what is late");
}

#[test]
fn a_window_is_over_when_the_watermark_reaches_its_last_millisecond() {
    let day = 24 * HOUR;
    for (watermark, late) in [(day - 2, 0), (day - 1, 4), (2 * day - 2, 4), (2 * day - 1, 6)] {
        let got = batch(watermark);
        let late_for_totals = got.late.iter().filter(|l| l.aggregates & 1 != 0).count();
        assert_eq!(late_for_totals, late, "{watermark}");
        assert_eq!(crimes(&got, 0).len(), 6 - late);
    }
}

#[test]
fn what_is_rejected_is_not_late() {
    let mut ingest =
        Ingest::new(&source("decoder", &[]), &[source("totals", &[])], true, strict()).unwrap();
    // no district: on the map, in no window, and so too late for none
    let value = r#"{"ID":1,"Date":"1970-01-01T00:00:00","Primary_Type":"THEFT","Latitude":41.8,"Longitude":-87.6}"#;
    let got = ingest.ingest(&values([value]), 10 * 24 * HOUR).unwrap();
    assert_eq!(got.rejects[0].reason, "missing-district");
    assert_eq!((got.late.len(), got.documents.versions.len(), got.events), (0, 1, 1));
}
