//! Records that nobody should send, mixed in among good ones.

use std::collections::BTreeMap;

use anyhow::{Context, Result};
use csv::StringRecord;
use fastrand::Rng;

use crate::harness::Value;

/// One set of them among so many rows.
const EVERY: usize = 1500;
/// More than Elasticsearch takes as one term.
const LONG_DESCRIPTION: usize = 33_000;
/// More than PostgreSQL takes in a key, if it does not compress well.
const LONG_TYPE: usize = 8_192;
/// Enough of one type in one district for an anomaly.
const ANOMALY: usize = 16;
const FIRST_ID: u64 = 900_000_000_000;

/// 2018-01-01T00:00 on the wall clock: before all other records, so that it moves no watermark.
const BEFORE_ALL: i64 = 1_514_764_800_000;
/// 2102-01-01T12:00 on the wall clock.
const YEAR_2102: i64 = 4_165_560_000_000;

/// What makes a good row a hostile one.
const CHANGES: [(&str, &str); 6] = [
    ("id", ""),
    ("id", "JB 1"),
    ("district", ""),
    ("district", "abc"),
    ("primary_type", ""),
    ("arrest", "perhaps"),
];

/// Rows with hostile ones among them, each at the time of its neighbour, so that none of them is late.
pub(super) fn among(
    header: &StringRecord,
    rows: Vec<StringRecord>,
    rng: &mut Rng,
) -> Result<Vec<StringRecord>> {
    let columns = header.iter().map(|name| name.trim().to_lowercase().replace(' ', "_"));
    let columns: BTreeMap<String, usize> = columns.zip(0..).collect();
    let mut mixed = Vec::new();
    for (number, row) in rows.into_iter().enumerate() {
        if number % EVERY == EVERY / 2 {
            let letters: String = (0..LONG_TYPE).map(|_| rng.alphabetic()).collect();
            let words = "long ".repeat(LONG_DESCRIPTION / 5);
            let long = [("description", words.as_str())];
            let many = [("primary_type", letters.as_str()); ANOMALY];
            for (column, value) in CHANGES.into_iter().chain(long).chain(many) {
                mixed.push(changed(&columns, &row, rng.u64(..FIRST_ID), column, value)?);
            }
        }
        mixed.push(row);
    }
    Ok(mixed)
}

/// A good row at the time and place of this one, but for one column.
fn changed(
    columns: &BTreeMap<String, usize>,
    row: &StringRecord,
    id: u64,
    column: &str,
    value: &str,
) -> Result<StringRecord> {
    let id = (FIRST_ID + id).to_string();
    let mut fields: Vec<&str> = row.iter().collect();
    for (column, value) in [
        ("id", id.as_str()),
        ("district", "007"),
        ("primary_type", "THEFT"),
        ("description", "OVER $500"),
        ("arrest", "true"),
        ("domestic", "false"),
        ("latitude", "41.8"),
        ("longitude", "-87.6"),
        (column, value),
    ] {
        let place = columns.get(column).with_context(|| format!("no column {column}"))?;
        fields[*place] = value;
    }
    Ok(StringRecord::from(fields))
}

/// Values that come from no file, with the reasons for which they are refused; none for the wrong year, which is counted
/// like any other. Each is unlike any other record.
pub(super) fn values(rng: &mut Rng, partitions: i32) -> Vec<(Value, Option<&'static str>)> {
    let id = FIRST_ID + rng.u64(..FIRST_ID);
    let garbage: Vec<u8> = (0..1_000).map(|_| rng.u8(128..)).collect();
    let without_date = |date: &str| {
        format!("{{\"ID\":\"{id}\",{date}\"Primary_Type\":\"THEFT\",\"District\":\"007\"}}")
    };
    let all = [
        (None, "empty-value"),
        (Some(Vec::new()), "empty-value"),
        (Some(format!("no JSON {id}").into_bytes()), "malformed-json"),
        (Some(format!("{{\"ID\":\"{id}\"").into_bytes()), "malformed-json"),
        (Some(format!("[{id}]").into_bytes()), "not-an-object"),
        (Some(garbage), "invalid-utf8"),
        (Some(without_date("").into_bytes()), "missing-date"),
        (Some(without_date("\"Date\":\"31.12.2018\",").into_bytes()), "invalid-date"),
    ];
    let mut value = |bytes, timestamp| {
        let partition = rng.i32(0..partitions);
        Value { key: None, bytes, timestamp, partition }
    };
    let refused = all.into_iter().map(|(bytes, reason)| (value(bytes, BEFORE_ALL), Some(reason)));
    let mut values: Vec<_> = refused.collect();
    let wrong_year = without_date("\"Date\":\"2102-01-01T12:00:00\",").into_bytes();
    values.push((value(Some(wrong_year), YEAR_2102), None));
    values
}
