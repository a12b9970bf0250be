//! Totals per police district and day.
//!
//! Key: the district, two bytes, little endian. Accumulator: the set of crimes with their flags.

use crate::crime_set::{Corrupt, Crime, CrimeSet};
use crate::events::{ARREST, ByteLists, DOMESTIC, Events};
use crate::slices;

/// Length of the tumbling windows: a day of the wall clock, which is always 24 h. ms.
pub const WINDOW: u64 = 86_400_000;
/// Version of the layout of accumulators.
pub const STATE_VERSION: u32 = 1;

/// What a batch adds: an entry for each (key, slice) in it, as columns of one length.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Contributions {
    /// ms, wall clock.
    pub slice_start: Vec<i64>,
    /// Records in it, repeated ones included.
    pub weight: Vec<u32>,
    /// Key of each entry.
    pub keys: ByteLists,
    /// Accumulator of each entry.
    pub partials: ByteLists,
}

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

/// Pre-aggregates a batch by district and slice.
#[must_use]
pub fn ingest(events: &Events, slice: u64) -> Contributions {
    contributions(events, slice, |i| u64::from(events.district[i]), true, |key, out| {
        out.extend_from_slice(&(key as u16).to_le_bytes());
    })
}

/// The totals of a window that is over.
///
/// # Errors
/// Where key or accumulators are not of this aggregate.
pub fn finish<'a>(key: &[u8], accumulators: impl IntoIterator<Item = &'a [u8]>) -> Result<Totals, Corrupt> {
    let district = u16::from_le_bytes(key.try_into().map_err(|_| Corrupt { at: 0 })?);
    let set = CrimeSet::merge(accumulators)?;
    let with = |flag: u8| set.crimes().iter().filter(|c| c.flags & flag != 0).count() as u64;
    Ok(Totals { total: set.crimes().len() as u64, domestic: with(DOMESTIC), arrests: with(ARREST), district })
}

/// Groups the events that count by `key` and slice. Sorting beats a hash table here: most groups of a sparse key have one
/// record, and a sort allocates nothing for them.
pub(crate) fn contributions(
    events: &Events,
    slice: u64,
    key: impl Fn(usize) -> u64,
    keep_versions: bool,
    write_key: impl Fn(u64, &mut Vec<u8>),
) -> Contributions {
    let mut rows: Vec<(u64, i64, Crime)> = Vec::with_capacity(events.len());
    for i in 0..events.len() {
        if events.counts(i) {
            let version = if keep_versions { (events.updated[i].max(0).unsigned_abs(), events.flags[i]) } else { (0, 0) };
            let crime = Crime { id: events.id[i], updated: version.0, flags: version.1 };
            rows.push((key(i), slices::start(events.time[i], slice), crime));
        }
    }
    rows.sort_unstable();
    let mut out = Contributions::default();
    for group in rows.chunk_by(|a, b| (a.0, a.1) == (b.0, b.1)) {
        let Some(&(key, start, _)) = group.first() else { continue };
        out.slice_start.push(start);
        out.weight.push(u32::try_from(group.len()).unwrap_or(u32::MAX));
        write_key(key, &mut out.keys.bytes);
        out.keys.close();
        CrimeSet::of(group.iter().map(|row| row.2).collect()).encode(&mut out.partials.bytes);
        out.partials.close();
    }
    out
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use crate::events::Dictionary;
    use proptest::prelude::*;
    use std::collections::{BTreeMap, BTreeSet};

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
            events.primary_type.push(texts.index(["", "THEFT", "BATTERY", "ARSON"][usize::from(kind)]));
        }
        events.texts = texts.into_texts();
        events
    }

    pub(crate) fn rows() -> impl Strategy<Value = Vec<Row>> {
        proptest::collection::vec((0_u64..40, -100_000_000_i64..400_000_000, 0_u16..4, 0_u8..4, 0_u8..4), 0..80)
    }

    /// Accumulators by (key, slice) of batches of `size`.
    pub(crate) fn in_batches(rows: &[Row], size: usize, ingest: impl Fn(&Events) -> Contributions) -> BTreeMap<(Vec<u8>, i64), (u64, Vec<u8>)> {
        let mut all: BTreeMap<(Vec<u8>, i64), (u64, Vec<Vec<u8>>)> = BTreeMap::new();
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
            let whole = in_batches(&rows, usize::MAX, |e| ingest(e, WINDOW));
            prop_assert_eq!(in_batches(&rows, size, |e| ingest(e, WINDOW)), whole);
        }

        #[test]
        fn totals_are_those_of_counting(rows in rows()) {
            let mut want: BTreeMap<(u16, i64), BTreeMap<u64, u8>> = BTreeMap::new();
            for &(id, time, district, kind, flags) in rows.iter().filter(|r| r.2 != 0 && r.3 != 0) {
                let _ = kind;
                *want.entry((district, time.div_euclid(86_400_000))).or_default().entry(id).or_default() |= flags;
            }
            let got = in_batches(&rows, 7, |e| ingest(e, WINDOW));
            prop_assert_eq!(got.len(), want.len());
            for ((key, start), (_, accumulator)) in got {
                let totals = finish(&key, [accumulator.as_slice()]).unwrap();
                let crimes = &want[&(totals.district, start / 86_400_000 - i64::from(start % 86_400_000 < 0))];
                prop_assert_eq!(totals.total, crimes.len() as u64);
                prop_assert_eq!(totals.domestic, crimes.values().filter(|&&f| f == 2 || f == 3).count() as u64);
                prop_assert_eq!(totals.arrests, crimes.values().filter(|&&f| f == 1 || f == 3).count() as u64);
            }
        }
    }

    #[test]
    fn weights_count_records_and_totals_count_crimes() {
        let c = ingest(&events(&[(1, 0, 5, 1, 0), (1, 10, 5, 1, 2), (2, 20, 5, 2, 0)]), WINDOW);
        assert_eq!((c.weight, c.keys.get(0)), (vec![3], &[5, 0][..]));
        let totals = finish(&[5, 0], [c.partials.get(0)]).unwrap();
        assert_eq!(totals, Totals { total: 2, domestic: 1, arrests: 0, district: 5 });
    }

    #[test]
    fn what_is_not_its_own_is_an_error() {
        assert!(finish(&[1], []).is_err());
        assert!(finish(&[1, 0], [&[0x80][..]]).is_err());
        let ids: BTreeSet<u64> = BTreeSet::new();
        assert_eq!(finish(&[1, 0], []).unwrap().total, ids.len() as u64);
    }
}
