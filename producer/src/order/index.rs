//! An index over all whole records: 16 bytes for each, sorted by event time.

use super::{ROWS_BETWEEN_LOOKS, Reading};
use crate::input::{Input, InputError};
use crate::observe::{Observer, Stage};
use crate::record::{Place, Row};

/// Event time in seconds, number of the input, offset and length of the row in one number, from the highest bits to
/// the lowest: sorted by it, rows are in event-time order, and rows of the same time as they stand.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Entry(u128);

const OFFSET_BITS: u32 = 40;
const LENGTH_BITS: u32 = 24;
const INPUT_BITS: u32 = 24;

impl Entry {
    /// None where a number has no room.
    fn of(event_time: i64, place: Place) -> Option<Self> {
        let seconds = u64::try_from(event_time / 1000).ok()?;
        let fits = place.input < 1 << INPUT_BITS
            && place.offset < 1 << OFFSET_BITS
            && place.length < 1 << LENGTH_BITS
            && seconds < 1 << (128 - INPUT_BITS - OFFSET_BITS - LENGTH_BITS);
        let entry = (u128::from(seconds) << INPUT_BITS | u128::from(place.input)) << OFFSET_BITS;
        fits.then_some(Self(
            (entry | u128::from(place.offset)) << LENGTH_BITS | u128::from(place.length),
        ))
    }

    fn place(self) -> Place {
        let bits = |from: u32, count: u32| (self.0 >> from) as u64 & ((1 << count) - 1);
        Place {
            input: bits(LENGTH_BITS + OFFSET_BITS, INPUT_BITS) as u32,
            line: 0,
            offset: bits(LENGTH_BITS, OFFSET_BITS),
            length: bits(0, LENGTH_BITS) as u32,
        }
    }
}

/// Where the rows are, in event-time order.
#[derive(Debug)]
pub(super) struct Index {
    entries: Vec<Entry>,
}

impl Index {
    /// Reads all inputs once. Broken rows are told to `observer`; they and those outside of the range are not in the
    /// index.
    pub(super) fn of(
        inputs: &mut [Input],
        reading: &Reading,
        observer: &mut dyn Observer,
    ) -> Result<Self, InputError> {
        let mut entries = Vec::new();
        let mut rows_seen = 0_u64;
        for (number, input) in (0..).zip(inputs) {
            let fail = |name: &str, cause| InputError::Read { name: name.to_owned(), cause };
            let mut rows = input.rows(number, reading.limits).map_err(|e| fail(input.name(), e))?;
            while let Some(row) = rows.next().map_err(|e| fail(input.name(), e))? {
                match row {
                    Row::Whole(record) if !reading.range.contains(record.event_time) => {}
                    Row::Whole(record) => {
                        let entry = Entry::of(record.event_time, record.place);
                        let too_large = || InputError::TooLarge { name: input.name().to_owned() };
                        entries.push(entry.ok_or_else(too_large)?);
                    }
                    Row::Broken(broken) => observer.broken(input.name(), &broken),
                }
                rows_seen += 1;
                if rows_seen.is_multiple_of(ROWS_BETWEEN_LOOKS) {
                    observer.progress(Stage::Indexing, rows_seen, None);
                    if observer.stopped() {
                        return Err(InputError::Stopped);
                    }
                }
            }
        }
        entries.sort_unstable(); // entries are distinct, so nothing is left to be stable about
        Ok(Self { entries })
    }

    pub(super) fn len(&self) -> usize {
        self.entries.len()
    }

    /// Event time of the first record, in milliseconds.
    pub(super) fn earliest(&self) -> Option<i64> {
        let seconds = self.entries.first()?.0 >> (INPUT_BITS + OFFSET_BITS + LENGTH_BITS);
        i64::try_from(seconds).ok()?.checked_mul(1000)
    }

    pub(super) fn place(&self, number: usize) -> Option<Place> {
        self.entries.get(number).map(|entry| entry.place())
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn an_entry_takes_16_bytes() {
        assert_eq!(size_of::<Entry>(), 16);
    }

    #[test]
    fn what_has_no_room_is_refused() {
        let place = Place { input: 0, line: 0, offset: 1 << 40, length: 1 };
        assert_eq!(Entry::of(0, place), None);
        assert_eq!(Entry::of(0, Place { offset: 0, length: 1 << 24, ..place }), None);
        assert_eq!(Entry::of(-1000, Place { offset: 0, ..place }), None);
        assert!(Entry::of(0, Place { offset: (1 << 40) - 1, ..place }).is_some());
    }

    proptest! {
        #[test]
        fn entries_keep_places_and_sort_by_time_then_place(
            a in (0_i64..8_000_000_000, 0_u32..1 << 24, 0_u64..1 << 40, 0_u32..1 << 24),
            b in (0_i64..8_000_000_000, 0_u32..1 << 24, 0_u64..1 << 40, 0_u32..1 << 24),
        ) {
            let entry = |(time, input, offset, length)| {
                let place = Place { input, line: 0, offset, length };
                let entry = Entry::of(time * 1000, place).unwrap();
                assert_eq!(entry.place(), place);
                entry
            };
            prop_assert_eq!(entry(a).cmp(&entry(b)), a.cmp(&b));
        }
    }
}
