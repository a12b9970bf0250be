//! An aggregate of one's own: crimes and arrests of each ward and week, beside the week before.
//!
//! All of it is here: what the windows are, what the rows look like, how a batch is pre-aggregated, what a window that is
//! over gives, and the history that outlives windows. `cargo test -p ward-week` tests it natively;
//! `cargo run -p componentize -- --out DIR ward-week` makes the component.
#![allow(unsafe_code, reason = "the exports that the contract's macro generates")]

use crime_core::aggregate::{
    Column, ColumnType, Contributions, Description, Finished, Value, Window, WindowedAggregate,
    Windows,
};
use crime_core::contribute::by_key_and_slice;
use crime_core::crime_set::CrimeSet;
use crime_core::events::{ARREST, ByteLists, Events};
use crime_core::settings::{Setting, unknown};

/// Seven days. ms.
const WEEK: u64 = 7 * 86_400_000;

/// Crimes and arrests of each ward and week. Key: the ward, two bytes. Accumulator: the set of crimes. History: the start of
/// the last week that had any crime, and their number, eight bytes each.
#[derive(Debug, Default)]
pub struct WardWeek;

impl WindowedAggregate for WardWeek {
    fn new(settings: &[Setting]) -> Result<Self, String> {
        settings.first().map_or(Ok(Self), |setting| Err(unknown("ward-week", setting, &[])))
    }

    fn describe(&self) -> Description {
        Description {
            name: "ward-week",
            version: env!("CARGO_PKG_VERSION"),
            state_version: 1,
            windows: Windows { size: WEEK, slide: WEEK },
            columns: vec![
                Column::key("ward", ColumnType::Integer),
                Column::key("window_start", ColumnType::Timestamp),
                Column::value("window_end", ColumnType::Timestamp),
                Column::value("crimes", ColumnType::Integer),
                Column::value("arrests", ColumnType::Integer),
                Column::value("week_before", ColumnType::Integer),
            ],
            min_weight: 1,
            keeps_history: true,
        }
    }

    fn ingest(&self, events: &Events, slice: u64) -> Contributions {
        let ward = |i: usize| u64::from(events.ward[i]);
        by_key_and_slice(events, slice, ward, true, |ward, key| {
            key.extend_from_slice(&(ward as u16).to_le_bytes())
        })
    }

    fn finish(
        &self,
        key: &[u8],
        window: Window,
        accumulators: &ByteLists,
        history: &[u8],
    ) -> Result<Finished, String> {
        let ward = key
            .try_into()
            .map(u16::from_le_bytes)
            .map_err(|_| format!("a key of {} bytes", key.len()))?;
        let set = CrimeSet::merge(accumulators.iter()).map_err(|corrupt| corrupt.to_string())?;
        let crimes = set.crimes().len() as u64;
        let arrests = set.crimes().iter().filter(|crime| crime.flags & ARREST != 0).count() as u64;
        let row = vec![
            Value::Integer(i64::from(ward)),
            Value::Timestamp(window.start),
            Value::Timestamp(window.end),
            Value::count(crimes),
            Value::count(arrests),
            week_before(history, window)?.map_or(Value::Null, Value::count),
        ];
        let history = [window.start.to_le_bytes(), crimes.to_le_bytes()].concat();
        // ward 0 stands for "unknown"
        Ok(Finished { row: (ward != 0).then_some(row), history })
    }
}

/// Crimes of the week before `window`, if the history is of that week.
fn week_before(history: &[u8], window: Window) -> Result<Option<u64>, String> {
    if history.is_empty() {
        return Ok(None);
    }
    let (start, crimes) = history
        .split_first_chunk::<8>()
        .and_then(|(start, rest)| {
            Some((i64::from_le_bytes(*start), u64::from_le_bytes(rest.try_into().ok()?)))
        })
        .ok_or_else(|| format!("a history of {} bytes", history.len()))?;
    Ok((start == window.start - (window.end - window.start)).then_some(crimes))
}

aggregate_guest::export_aggregate!(crate::WardWeek);

#[cfg(test)]
mod tests {
    use super::*;

    const DAY: i64 = 86_400_000;

    /// (id, day, ward, arrest)
    fn events(rows: &[(u64, i64, u16, bool)]) -> Events {
        let mut events = Events::with_capacity(rows.len());
        events.texts.push(b"THEFT");
        for &(id, day, ward, arrest) in rows {
            events.id.push(id);
            events.time.push(day * DAY);
            events.updated.push(0);
            events.district.push(1);
            events.ward.push(ward);
            events.flags.push(if arrest { ARREST } else { 0 });
            events.primary_type.push(0);
        }
        events
    }

    fn finish(rows: &[(u64, i64, u16, bool)], start: i64, history: &[u8]) -> Finished {
        let contributions = WardWeek.ingest(&events(rows), WEEK);
        let window = Window { start: start * DAY, end: (start + 7) * DAY };
        WardWeek
            .finish(contributions.keys.get(0), window, &contributions.partials, history)
            .unwrap()
    }

    #[test]
    fn a_week_is_counted_and_remembered() {
        let first = finish(&[(1, 0, 5, true), (2, 6, 5, false), (2, 6, 5, false)], 0, &[]);
        let row = first.row.unwrap();
        assert_eq!(row[0], Value::Integer(5));
        assert_eq!(row[3..], [Value::Integer(2), Value::Integer(1), Value::Null]);
        let second = finish(&[(3, 7, 5, false)], 7, &first.history);
        assert_eq!(
            second.row.unwrap()[3..],
            [Value::Integer(1), Value::Integer(0), Value::Integer(2)]
        );
    }

    #[test]
    fn a_week_without_crimes_in_between_is_not_the_week_before() {
        let first = finish(&[(1, 0, 5, true)], 0, &[]);
        let third = finish(&[(2, 14, 5, true)], 14, &first.history);
        assert_eq!(third.row.unwrap()[5], Value::Null);
    }

    #[test]
    fn an_unknown_ward_has_no_row() {
        assert_eq!(finish(&[(1, 0, 0, true)], 0, &[]).row, None);
    }

    #[test]
    fn what_is_not_its_own_is_refused() {
        let window = Window { start: 0, end: 7 * DAY };
        let none = ByteLists::default();
        assert!(WardWeek.finish(&[1], window, &none, &[]).is_err());
        assert!(WardWeek.finish(&[1, 0], window, &none, &[1, 2, 3]).is_err());
        assert!(WardWeek::new(&[Setting { name: "x".into(), value: "1".into() }]).is_err());
    }
}
