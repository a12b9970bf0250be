//! Totals per police district and day.
//!
//! Key: the district, two bytes, little endian. Accumulator: the set of crimes with their flags.

use crate::aggregate::{
    Column, ColumnType, Contributions, Description, Finished, Value, Window, WindowedAggregate,
    Windows,
};
use crate::contribute::by_key_and_slice;
use crate::crime_set::{Corrupt, CrimeSet};
use crate::events::{ARREST, ByteLists, DOMESTIC, Events};
use crate::settings::{self, Setting};

/// Length of the tumbling windows: a day of the wall clock, which is always 24 h. ms.
pub const WINDOW: u64 = 86_400_000;
/// Version of the layout of accumulators.
pub const STATE_VERSION: u32 = 1;

/// Totals of one district and one day.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Totals {
    /// Crimes.
    pub total: u64,
    /// Domestic ones among them.
    pub domestic: u64,
    /// Those with an arrest.
    pub arrests: u64,
    /// The police district, 1 to 999.
    pub district: u16,
}

/// The aggregate: totals of each district and day.
#[derive(Clone, Copy, Debug, Default)]
pub struct PerDistrictDay;

impl WindowedAggregate for PerDistrictDay {
    fn new(settings: &[Setting]) -> Result<Self, String> {
        settings.first().map_or(Ok(Self), |s| Err(settings::unknown("totals", s, &[])))
    }

    fn describe(&self) -> Description {
        Description {
            name: "totals",
            version: env!("CARGO_PKG_VERSION"),
            state_version: STATE_VERSION,
            windows: Windows { size: WINDOW, slide: WINDOW },
            columns: vec![
                Column::value("total_crimes", ColumnType::Integer),
                Column::value("domestic_crimes", ColumnType::Integer),
                Column::value("arrests", ColumnType::Integer),
                Column::key("district", ColumnType::Integer),
                Column::key("window_start", ColumnType::Timestamp),
                Column::value("window_end", ColumnType::Timestamp),
            ],
            min_weight: 1,
            keeps_history: false,
        }
    }

    fn ingest(&self, events: &Events, slice: u64) -> Contributions {
        by_key_and_slice(
            events,
            slice,
            |i| u64::from(events.district[i]),
            true,
            |key, out| {
                out.extend_from_slice(&(key as u16).to_le_bytes());
            },
        )
    }

    fn finish(
        &self,
        key: &[u8],
        window: Window,
        accumulators: &ByteLists,
        _: &[u8],
    ) -> Result<Finished, String> {
        let totals = totals(key, accumulators.iter()).map_err(|e| e.to_string())?;
        let row = vec![
            Value::count(totals.total),
            Value::count(totals.domestic),
            Value::count(totals.arrests),
            Value::Integer(i64::from(totals.district)),
            Value::Timestamp(window.start),
            Value::Timestamp(window.end),
        ];
        Ok(Finished { row: Some(row), history: Vec::new() })
    }
}

/// The totals of a window that is over.
///
/// # Errors
/// Where key or accumulators are not of this aggregate.
pub fn totals<'a>(
    key: &[u8],
    accumulators: impl IntoIterator<Item = &'a [u8]>,
) -> Result<Totals, Corrupt> {
    let district = u16::from_le_bytes(key.try_into().map_err(|_| Corrupt { at: 0 })?);
    let set = CrimeSet::merge(accumulators)?;
    let with = |flag: u8| set.crimes().iter().filter(|c| c.flags & flag != 0).count() as u64;
    Ok(Totals {
        total: set.crimes().len() as u64,
        domestic: with(DOMESTIC),
        arrests: with(ARREST),
        district,
    })
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use crate::events::Dictionary;
    use proptest::prelude::*;
    use std::collections::BTreeMap;

    /// (id, time, district, type, flags)
    pub(crate) type Row = (u64, i64, u16, u8, u8);

    pub(crate) fn events(rows: &[Row]) -> Events {
        let mut events = Events::with_capacity(rows.len());
        let mut texts = Dictionary::default();
        for (i, &(id, time, district, kind, flags)) in rows.iter().enumerate() {
            events.record_index.push(i as u32);
            events.id.push(id);
            events.time.push(time);
            events.updated.push(0);
            events.district.push(district);
            events.flags.push(flags);
            events
                .primary_type
                .push(texts.index(["", "THEFT", "BATTERY", "ARSON"][usize::from(kind)]));
        }
        events.texts = texts.into_texts();
        events
    }

    pub(crate) fn rows() -> impl Strategy<Value = Vec<Row>> {
        proptest::collection::vec(
            (0_u64..40, -100_000_000_i64..400_000_000, 0_u16..4, 0_u8..4, 0_u8..4),
            0..80,
        )
    }

    /// By key and slice: weight, and what it holds.
    type Slices<T> = BTreeMap<(Vec<u8>, i64), (u64, T)>;

    /// Accumulators by (key, slice) of batches of `size`.
    pub(crate) fn in_batches(
        rows: &[Row],
        size: usize,
        ingest: impl Fn(&Events) -> Contributions,
    ) -> Slices<Vec<u8>> {
        let mut all: Slices<Vec<Vec<u8>>> = BTreeMap::new();
        for batch in rows.chunks(size) {
            let c = ingest(&events(batch));
            for i in 0..c.weight.len() {
                let entry = all.entry((c.keys.get(i).to_vec(), c.slice_start[i])).or_default();
                entry.0 += u64::from(c.weight[i]);
                entry.1.push(c.partials.get(i).to_vec());
            }
        }
        all.into_iter()
            .map(|(k, (weight, partials))| {
                let mut merged = Vec::new();
                CrimeSet::merge(partials.iter().map(Vec::as_slice)).unwrap().encode(&mut merged);
                (k, (weight, merged))
            })
            .collect()
    }

    proptest! {
        #[test]
        fn batching_changes_nothing(rows in rows(), size in 1_usize..20) {
            let whole = in_batches(&rows, usize::MAX, |e| PerDistrictDay.ingest(e, WINDOW));
            prop_assert_eq!(in_batches(&rows, size, |e| PerDistrictDay.ingest(e, WINDOW)), whole);
        }

        #[test]
        fn totals_are_those_of_counting(rows in rows()) {
            let mut want: BTreeMap<(u16, i64), BTreeMap<u64, u8>> = BTreeMap::new();
            for &(id, time, district, kind, flags) in rows.iter().filter(|r| r.2 != 0 && r.3 != 0) {
                let _ = kind;
                *want.entry((district, time.div_euclid(86_400_000))).or_default().entry(id).or_default() |= flags;
            }
            let got = in_batches(&rows, 7, |e| PerDistrictDay.ingest(e, WINDOW));
            prop_assert_eq!(got.len(), want.len());
            for ((key, start), (_, accumulator)) in got {
                let found = totals(&key, [accumulator.as_slice()]).unwrap();
                let crimes = &want[&(found.district, start / 86_400_000 - i64::from(start % 86_400_000 < 0))];
                prop_assert_eq!(found.total, crimes.len() as u64);
                prop_assert_eq!(found.domestic, crimes.values().filter(|&&f| f == 2 || f == 3).count() as u64);
                prop_assert_eq!(found.arrests, crimes.values().filter(|&&f| f == 1 || f == 3).count() as u64);
            }
        }
    }

    #[test]
    fn weights_count_records_and_totals_count_crimes() {
        let c = PerDistrictDay
            .ingest(&events(&[(1, 0, 5, 1, 0), (1, 10, 5, 1, 2), (2, 20, 5, 2, 0)]), WINDOW);
        assert_eq!((c.weight, c.keys.get(0)), (vec![3], &[5, 0][..]));
        let found = totals(&[5, 0], [c.partials.get(0)]).unwrap();
        assert_eq!(found, Totals { total: 2, domestic: 1, arrests: 0, district: 5 });
    }

    #[test]
    fn what_is_not_its_own_is_an_error() {
        assert!(totals(&[1], []).is_err());
        assert!(totals(&[1, 0], [&[0x80][..]]).is_err());
        assert_eq!(totals(&[1, 0], []).unwrap().total, 0);
    }
}
