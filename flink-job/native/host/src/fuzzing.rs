//! What must hold for anything that a component gives back: the fuzzer asks (`fuzz/`), and a test asks again about all
//! that it found. What passes the checks keeps the contract, as it is put here once more in the simplest words, and all
//! that is done with it afterwards can be done.
#![allow(clippy::expect_used, reason = "what does not hold is told by a panic")]

use crate::check::{self, Budget};
use crate::events::{ByteLists, for_aggregates, select_for_aggregates, select_for_decoder};
use crate::generated::aggregate::exports::crimes::udf::windowed_aggregate as aggregate;
use crate::generated::decoder::exports::crimes::udf::decoding as decoder;
use crate::ingested::{Ingested, Reject};
use arbitrary::{Arbitrary, Result, Unstructured};
use std::collections::BTreeSet;

/// Makes an output from any bytes, mostly one that is nearly right.
///
/// # Panics
/// Where something does not hold.
pub fn output(bytes: &[u8]) {
    let mut given = Given(Unstructured::new(bytes));
    // bytes that end too early say nothing
    let _ = match given.0.arbitrary::<u8>().map(|kind| kind % 4) {
        Ok(0) => given.decoded(),
        Ok(1) => given.documents(),
        Ok(2) => given.contributions(),
        _ => given.row(),
    };
}

struct Given<'a>(Unstructured<'a>);

impl<'a> Given<'a> {
    fn decoded(&mut self) -> Result<()> {
        let count = self.below(6)?;
        let record_index = self.indices(count)?;
        let n = record_index.len();
        let texts = self.lists(4)?;
        let known = texts.ends.len() as u32;
        let text = |given: &mut Self| {
            given.column(n, |it| {
                let one = it.below(4)? as u32 % known.max(1);
                it.mostly(one)
            })
        };
        let [primary_type, description, location_description] =
            [text(self)?, text(self)?, text(self)?];
        let events = decoder::Events {
            id: self.column(n, Self::any)?,
            time: self.column(n, Self::time)?,
            updated: self.column(n, Self::any)?,
            district: self.column(n, Self::any)?,
            beat: self.column(n, Self::any)?,
            ward: self.column(n, Self::any)?,
            community_area: self.column(n, Self::any)?,
            flags: self.column(n, Self::any)?,
            latitude: self.column(n, Self::any)?,
            longitude: self.column(n, Self::any)?,
            record_index,
            primary_type,
            description,
            location_description,
            texts: decoder::ByteLists { bytes: texts.bytes, ends: texts.ends },
        };
        let reject = |it: &mut Self, index| {
            let detail = "é".repeat(it.below(104)?);
            Ok(decoder::Reject { index, reason: decoder::RejectReason::MissingId, detail })
        };
        let rejects: Result<_> =
            self.indices(count)?.into_iter().map(|i| reject(self, i)).collect();
        let decoded = decoder::Decoded {
            events,
            rejects: rejects?,
            without_position: self.below(7)? as u32,
            doubtful_updates: self.below(7)? as u32,
        };
        let passes = check::decoded(&decoded, count, &Budget::new(1 << 20));
        assert_eq!(passes.is_ok(), keeps_decoded(&decoded, count), "{passes:?}: {decoded:?}");
        if passes.is_ok() {
            use_decoded(decoded, count);
        }
        Ok(())
    }

    fn documents(&mut self) -> Result<()> {
        let events = self.below(5)?;
        let (ids, bodies) = (self.lists(4)?, self.bodies()?);
        let versions = self.column(ids.ends.len(), |it| it.mostly(7))?;
        let documents = decoder::DocumentList {
            ids: decoder::ByteLists { bytes: ids.bytes.clone(), ends: ids.ends.clone() },
            versions,
            bodies: decoder::ByteLists { bytes: bodies.bytes.clone(), ends: bodies.ends.clone() },
        };
        let n = documents.versions.len();
        let keeps = n <= events
            && documents.versions.iter().all(|&version| version >= 0)
            && texts(&ids).is_some_and(|ids| {
                ids.len() == n && ids.iter().all(|id| (1..=512).contains(&id.len()))
            })
            && texts(&bodies).is_some_and(|bodies| {
                let is_object = |body: &String| {
                    let is_one = serde_json::from_str::<serde::de::IgnoredAny>(body).is_ok();
                    is_one && body.trim_start().starts_with('{') && !body.contains(['\n', '\r'])
                };
                bodies.len() == n && bodies.iter().all(is_object)
            });
        let passes = check::documents(&documents, events, &Budget::new(1 << 20));
        assert_eq!(passes.is_ok(), keeps, "{passes:?}: {documents:?}");
        if passes.is_ok() {
            use_lists(documents.ids.into());
            use_lists(documents.bodies.into());
        }
        Ok(())
    }

    fn contributions(&mut self) -> Result<()> {
        let slice = [1, 7, 1_800_000, 86_400_000, i64::MAX as u64][self.below(5)?];
        let events = self.below(5)?;
        let times = self.column(events, Self::time)?;
        let (keys, partials) = (self.lists(3)?, self.lists(3)?);
        let n = keys.ends.len();
        let start = |it: &mut Self| {
            let time = times.get(it.below(5)?).copied().unwrap_or(0);
            it.mostly(time.saturating_sub(time.rem_euclid(slice as i64)))
        };
        let given = aggregate::Contributions {
            slice_start: self.column(n, start)?,
            weight: self.column(n, |it| it.mostly(1))?,
            keys: aggregate::ByteLists { bytes: keys.bytes.clone(), ends: keys.ends.clone() },
            partials: aggregate::ByteLists {
                bytes: partials.bytes.clone(),
                ends: partials.ends.clone(),
            },
        };
        let n = given.slice_start.len();
        let of_an_event = |&start: &i64| {
            // in between there may be slices without an event, which does no harm
            let first = times
                .iter()
                .map(|time| i128::from(*time) - i128::from(time.rem_euclid(slice as i64)))
                .min();
            start.rem_euclid(slice as i64) == 0
                && first.map_or(start == 0, |first| first <= start.into())
                && times.iter().max().is_none_or(|&last| start <= last)
        };
        let weight: u64 = given.weight.iter().map(|&weight| u64::from(weight)).sum();
        let keeps = given.weight.len() == n
            && entries(&keys).is_some_and(|keys| keys.len() == n)
            && entries(&partials).is_some_and(|partials| partials.len() == n)
            && given.slice_start.iter().all(of_an_event)
            && given.weight.iter().all(|&weight| weight > 0)
            && weight <= times.len() as u64;
        let passes = check::contributions(&given, &times, slice, &Budget::new(1 << 20));
        assert_eq!(
            passes.is_ok(),
            keeps,
            "{passes:?}: {given:?} of {times:?} in slices of {slice}"
        );
        if passes.is_ok() {
            use_lists(given.keys.into());
            use_lists(given.partials.into());
        }
        Ok(())
    }

    fn row(&mut self) -> Result<()> {
        use aggregate::{Column, ColumnType, Value};
        const KINDS: [ColumnType; 5] = [
            ColumnType::Integer,
            ColumnType::Real,
            ColumnType::Text,
            ColumnType::Boolean,
            ColumnType::Timestamp,
        ];
        let width = self.below(5)?;
        let mut columns = Vec::new();
        for _ in 0..width {
            let kind = KINDS[self.below(KINDS.len())?];
            columns.push(Column { name: "c".to_owned(), kind, key: self.any()? });
        }
        let mut kinds = columns.iter().map(|column| column.kind).collect::<Vec<_>>().into_iter();
        let row = self.column(width, |it| {
            let kind = it.mostly(kinds.next().map_or(5, |kind| kind as usize))?;
            Ok(match kind % 6 {
                0 => Value::Integer(it.any()?),
                1 => Value::Real(it.any()?),
                2 => Value::Text("x".repeat(it.below(40)?)),
                3 => Value::Boolean(it.any()?),
                4 => Value::Timestamp(it.time()?),
                _ => Value::Null,
            })
        })?;
        let fits = |(value, column): (&Value, &Column)| match (value, column.kind) {
            (Value::Null, _) => !column.key,
            (Value::Real(number), ColumnType::Real) => !(column.key && number.is_nan()),
            // a year more than events may have, on both sides
            (Value::Timestamp(time), ColumnType::Timestamp) => {
                (YEAR_1 - YEAR..YEAR_10000 + YEAR).contains(time)
            }
            (Value::Integer(_), ColumnType::Integer)
            | (Value::Text(_), ColumnType::Text)
            | (Value::Boolean(_), ColumnType::Boolean) => true,
            _ => false,
        };
        let keeps = row.len() == columns.len() && row.iter().zip(&columns).all(fits);
        let finished = aggregate::Finished { row: Some(row), history: Vec::new() };
        let passes = check::finished(&finished, &columns);
        assert_eq!(passes.is_ok(), keeps, "{passes:?}: {finished:?} for {columns:?}");
        Ok(())
    }

    fn any<T: Arbitrary<'a>>(&mut self) -> Result<T> {
        self.0.arbitrary()
    }

    fn below(&mut self, end: usize) -> Result<usize> {
        Ok(usize::from(self.0.arbitrary::<u8>()?) % end)
    }

    /// What is right; now and then anything.
    fn mostly<T: Arbitrary<'a>>(&mut self, right: T) -> Result<T> {
        if self.below(16)? == 15 { self.any() } else { Ok(right) }
    }

    /// A time that is a date; now and then one that is none, or is the last or the first.
    fn time(&mut self) -> Result<i64> {
        Ok(match self.below(16)? {
            0 => self.any()?,
            1 => YEAR_1 - 1 + i64::from(self.any::<bool>()?),
            2 => YEAR_10000 - 1 + i64::from(self.any::<bool>()?),
            _ => i64::from(self.any::<i32>()?) * 1000,
        })
    }

    /// A column of the right length; now and then of another.
    fn column<T>(
        &mut self,
        n: usize,
        mut one: impl FnMut(&mut Self) -> Result<T>,
    ) -> Result<Vec<T>> {
        let n = if self.below(64)? == 63 { self.below(6)? } else { n };
        (0..n).map(|_| one(self)).collect()
    }

    /// Indices that mostly ascend and are below `count`.
    fn indices(&mut self, count: usize) -> Result<Vec<u32>> {
        let mut indices = Vec::new();
        for index in 0..count as u32 {
            if self.below(4)? != 3 {
                indices.push(self.mostly(index)?);
            }
        }
        Ok(indices)
    }

    /// Byte strings that mostly are UTF-8 and end where they should.
    fn lists(&mut self, most: usize) -> Result<ByteLists> {
        let mut lists = ByteLists::default();
        for _ in 0..self.below(most)? {
            let entry = ["", "a", "é", "THEFT"][self.below(4)?].as_bytes();
            lists.push(entry).expect("a few bytes");
        }
        self.damage(&mut lists)?;
        Ok(lists)
    }

    fn bodies(&mut self) -> Result<ByteLists> {
        let mut lists = ByteLists::default();
        for _ in 0..self.below(4)? {
            let body =
                ["{}", " {\"a\":[1]}", "{\"a\":1", "[]", "{\n}", "{}{}"][self.below(16)? * 6 / 16];
            lists
                .push(if self.below(4)? == 0 { body } else { "{}" }.as_bytes())
                .expect("a few bytes");
        }
        self.damage(&mut lists)?;
        Ok(lists)
    }

    fn damage(&mut self, lists: &mut ByteLists) -> Result<()> {
        if self.below(8)? == 7 {
            let at = self.below(lists.bytes.len().max(1))?;
            if let Some(byte) = lists.bytes.get_mut(at) {
                *byte = self.any()?;
            }
            let at = self.below(lists.ends.len().max(1))?;
            if let Some(end) = lists.ends.get_mut(at) {
                *end = self.mostly(*end)?;
            }
        }
        Ok(())
    }
}

const YEAR: i64 = 366 * 86_400_000;
/// 0001-01-01T00:00 and 10000-01-01T00:00. ms.
const YEAR_1: i64 = -62_135_596_800_000;
const YEAR_10000: i64 = 253_402_300_800_000;

/// The entries, if the ends say where they are.
fn entries(lists: &ByteLists) -> Option<Vec<&[u8]>> {
    let starts = std::iter::once(0).chain(lists.ends.iter().copied());
    let entries: Option<Vec<&[u8]>> = starts
        .zip(&lists.ends)
        .map(|(start, &end)| lists.bytes.get(start as usize..end as usize))
        .collect();
    let whole = lists.ends.last().map_or(0, |&end| end as usize) == lists.bytes.len();
    entries.filter(|_| whole)
}

fn texts(lists: &ByteLists) -> Option<Vec<String>> {
    entries(lists)?.into_iter().map(|entry| String::from_utf8(entry.to_vec()).ok()).collect()
}

fn keeps_decoded(decoded: &decoder::Decoded, count: usize) -> bool {
    let e = &decoded.events;
    let n = e.record_index.len();
    let texts = texts(&ByteLists { bytes: e.texts.bytes.clone(), ends: e.texts.ends.clone() });
    let lengths = [
        e.id.len(),
        e.time.len(),
        e.updated.len(),
        e.district.len(),
        e.beat.len(),
        e.ward.len(),
        e.community_area.len(),
        e.flags.len(),
        e.latitude.len(),
        e.longitude.len(),
        e.primary_type.len(),
        e.description.len(),
        e.location_description.len(),
    ];
    let rejects = Vec::from_iter(decoded.rejects.iter().map(|reject| reject.index));
    let in_order = |indices: &[u32]| indices.windows(2).all(|pair| pair[0] < pair[1]);
    let all = BTreeSet::from_iter(e.record_index.iter().chain(&rejects).map(|&i| i as usize));
    let mut named = e.primary_type.iter().chain(&e.description).chain(&e.location_description);
    lengths.iter().all(|&length| length == n)
        && in_order(&e.record_index)
        && in_order(&rejects)
        && all.iter().copied().eq(0..count)
        && e.time.iter().all(|time| (YEAR_1..YEAR_10000).contains(time))
        && texts.is_some_and(|texts| named.all(|&text| texts.get(text as usize).is_some()))
        && decoded.rejects.iter().all(|reject| reject.detail.len() <= 200)
        && decoded.without_position as usize <= n
        && decoded.doubtful_updates as usize <= n
}

/// What the host does with events: counting, cutting, joining, handing on.
fn use_decoded(decoded: decoder::Decoded, count: usize) {
    let mut out = Ingested::default();
    out.see(&decoded.events);
    assert_eq!(out.events as usize, decoded.events.id.len());
    for reject in decoded.rejects {
        assert!((Reject::refused(7, reject).index as usize) < count + 7);
    }
    let n = decoded.events.id.len();
    let (left, right) = (Vec::from_iter(0..n / 2), Vec::from_iter(n / 2..n));
    let parts = [&left, &right].map(|keep| select_for_decoder(&decoded.events, keep).id);
    assert_eq!(parts.concat(), decoded.events.id);
    let events = for_aggregates(decoded.events);
    let parts = [&left, &right].map(|keep| select_for_aggregates(&events, keep).record_index);
    assert_eq!(parts.concat(), events.record_index);
    use_lists(events.texts.into());
}

/// Lists are joined with others, and their entries read.
fn use_lists(lists: ByteLists) {
    let mut all = ByteLists::default();
    all.push(b"before").expect("a few bytes");
    all.append(&lists).expect("a few bytes");
    assert_eq!(all.len(), lists.len() + 1);
    assert_eq!(all.get(0), b"before");
    assert!((0..lists.len()).all(|i| all.get(i + 1) == lists.get(i)));
    assert_eq!(all.ends.last().map(|&end| end as usize), Some(all.bytes.len()));
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::path::Path;

    #[test]
    fn outputs_that_were_kept() {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../fuzz/seeds/output");
        let files = fs::read_dir(folder).unwrap().map(|file| file.unwrap().path());
        let outputs = Vec::from_iter(files);
        assert!(!outputs.is_empty());
        for path in outputs {
            println!("{}", path.display());
            super::output(&fs::read(&path).unwrap());
        }
    }
}
