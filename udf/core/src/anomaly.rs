//! Anomalies: unusually many crimes of one type in one district within a few hours.
//!
//! The rule is the replaced system's: more than `threshold` (14) crimes of one primary type in one district within a
//! window of 5 hours, looked at every 30 minutes.
//!
//! Key: the district (two bytes, little endian) and the primary type in UTF-8. Accumulator: the set of crimes.

use crate::aggregate::{
    Column, ColumnType, Contributions, Description, Finished, Value, Window, WindowedAggregate,
    Windows,
};
use crate::contribute::by_key_and_slice;
use crate::crime_set::{Corrupt, CrimeSet};
use crate::events::{ByteLists, Events};
use crate::settings::{self, Setting};

/// Version of the layout of accumulators.
pub const STATE_VERSION: u32 = 1;
const MINUTE: u64 = 60_000;

/// The rule with its settings.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rule {
    /// A window is an anomaly if it has more crimes than this.
    pub threshold: u64,
    /// Length of a window. ms.
    pub size: u64,
    /// Step from one window to the next. ms.
    pub slide: u64,
}

impl Default for Rule {
    fn default() -> Self {
        Self { threshold: 14, size: 300 * MINUTE, slide: 30 * MINUTE }
    }
}

/// A window in which there were too many.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Anomaly {
    /// Crimes in the window.
    pub total: u64,
    /// Their primary type.
    pub primary_type: String,
    /// The police district, 1 to 999.
    pub district: u16,
}

impl WindowedAggregate for Rule {
    /// The rule with the user's settings: `threshold` (0 to 1,000,000), `window-minutes` (1 to 44,640, a month) and
    /// `slide-minutes` (1 to `window-minutes`, at most 1,000 windows a record).
    ///
    /// # Errors
    /// A sentence that names the setting, what was given and what is allowed.
    fn new(settings: &[Setting]) -> Result<Self, String> {
        let mut rule = Self::default();
        for setting in settings {
            match setting.name.as_str() {
                "threshold" => rule.threshold = setting.whole(0, 1_000_000)?,
                "window-minutes" => rule.size = setting.whole(1, 44_640)? * MINUTE,
                "slide-minutes" => rule.slide = setting.whole(1, 44_640)? * MINUTE,
                _ => {
                    let known = ["threshold", "window-minutes", "slide-minutes"];
                    return Err(settings::unknown("anomaly", setting, &known));
                }
            }
        }
        if rule.slide > rule.size || rule.size.div_ceil(rule.slide) > 1000 {
            return Err(format!(
                "slide-minutes is {}, expected at most window-minutes ({}) and at least a thousandth of it",
                rule.slide / MINUTE,
                rule.size / MINUTE
            ));
        }
        Ok(rule)
    }

    fn describe(&self) -> Description {
        Description {
            name: "anomaly",
            version: env!("CARGO_PKG_VERSION"),
            state_version: STATE_VERSION,
            windows: Windows { size: self.size, slide: self.slide },
            columns: vec![
                Column::value("total_crimes", ColumnType::Integer),
                Column::key("primary_type", ColumnType::Text),
                Column::key("district", ColumnType::Integer),
                Column::key("window_start", ColumnType::Timestamp),
                Column::value("window_end", ColumnType::Timestamp),
            ],
            // a weight counts records, so it is never less than the number of crimes
            min_weight: self.threshold + 1,
            keeps_history: false,
        }
    }

    fn ingest(&self, events: &Events, slice: u64) -> Contributions {
        let key =
            |i: usize| u64::from(events.primary_type[i]) << 16 | u64::from(events.district[i]);
        by_key_and_slice(events, slice, key, false, |key, out| {
            out.extend_from_slice(&(key as u16).to_le_bytes());
            out.extend_from_slice(events.texts.get((key >> 16) as usize));
        })
    }

    fn finish(
        &self,
        key: &[u8],
        window: Window,
        accumulators: &ByteLists,
        _: &[u8],
    ) -> Result<Finished, String> {
        let anomaly = self.anomaly(key, accumulators.iter()).map_err(|e| e.to_string())?;
        let row = anomaly.map(|a| {
            vec![
                Value::count(a.total),
                Value::Text(a.primary_type),
                Value::Integer(i64::from(a.district)),
                Value::Timestamp(window.start),
                Value::Timestamp(window.end),
            ]
        });
        Ok(Finished { row, history: Vec::new() })
    }
}

impl Rule {
    /// The anomaly of a window that is over, if it is one.
    ///
    /// # Errors
    /// Where key or accumulators are not of this aggregate.
    pub fn anomaly<'a>(
        &self,
        key: &[u8],
        accumulators: impl IntoIterator<Item = &'a [u8]>,
    ) -> Result<Option<Anomaly>, Corrupt> {
        let (district, primary_type) = key.split_first_chunk::<2>().ok_or(Corrupt { at: 0 })?;
        let primary_type = std::str::from_utf8(primary_type).map_err(|_| Corrupt { at: 2 })?;
        let total = CrimeSet::merge(accumulators)?.crimes().len() as u64;
        Ok((total > self.threshold).then(|| Anomaly {
            total,
            primary_type: primary_type.to_owned(),
            district: u16::from_le_bytes(*district),
        }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::slices;
    use crate::totals::tests::{Row, events, in_batches, rows};
    use proptest::prelude::*;
    use std::collections::BTreeSet;

    const SLICE: u64 = 30 * MINUTE;

    fn set(pairs: &[(&str, &str)]) -> Result<Rule, String> {
        let settings: Vec<Setting> =
            pairs.iter().map(|(n, v)| Setting { name: (*n).into(), value: (*v).into() }).collect();
        Rule::new(&settings)
    }

    proptest! {
        /// Anomalies from slices against counting every window from the records.
        #[test]
        fn anomalies_are_those_of_counting(rows in rows(), threshold in 0_u64..4) {
            let rule = Rule { threshold, ..Rule::default() };
            let slices = in_batches(&rows, 9, |e| rule.ingest(e, SLICE));
            for start in (-130_000_000..450_000_000_i64).step_by(1_800_000).map(|s| slices::start(s, SLICE)) {
                let inside = |t: i64| t >= start && t < start + 18_000_000;
                let mut want = BTreeSet::new();
                for (kind, name) in [(1, "THEFT"), (2, "BATTERY"), (3, "ARSON")] {
                    for district in 1..4 {
                        let of = |r: &&Row| r.2 == district && r.3 == kind && inside(r.1);
                        let crimes: BTreeSet<u64> = rows.iter().filter(of).map(|r| r.0).collect();
                        if crimes.len() as u64 > threshold {
                            want.insert((district, name.to_owned(), crimes.len() as u64));
                        }
                    }
                }
                let keys: BTreeSet<&Vec<u8>> = slices.keys().map(|k| &k.0).collect();
                let mut got = BTreeSet::new();
                for key in keys {
                    let parts = slices.iter().filter(|(k, _)| &k.0 == key && inside(k.1)).map(|(_, v)| v.1.as_slice());
                    if let Some(a) = rule.anomaly(key, parts).unwrap() {
                        got.insert((a.district, a.primary_type, a.total));
                    }
                }
                prop_assert_eq!(got, want);
            }
        }
    }

    #[test]
    fn the_threshold_itself_is_no_anomaly() {
        let rule = Rule::default();
        for (n, is_one) in [(14, false), (15, true)] {
            let rows: Vec<Row> = (0..n).map(|i| (i, 0, 7, 1, 0)).collect();
            let c = rule.ingest(&events(&rows), SLICE);
            assert_eq!(rule.anomaly(c.keys.get(0), [c.partials.get(0)]).unwrap().is_some(), is_one);
        }
    }

    #[test]
    fn settings_are_checked() {
        assert_eq!(set(&[]).unwrap(), Rule::default());
        assert_eq!(set(&[("threshold", "20")]).unwrap().threshold, 20);
        assert_eq!(
            set(&[("window-minutes", "60"), ("slide-minutes", "20")]).unwrap().size,
            3_600_000
        );
        for (wrong, says) in [
            (("threshold", "many"), "threshold"),
            (("window-minutes", "0"), "1 to 44640"),
            (("slide-minutes", "301"), "window-minutes (300)"),
            (("limit", "1"), "threshold, window-minutes, slide-minutes"),
        ] {
            let error = set(&[wrong]).unwrap_err();
            assert!(error.contains(says), "{error}");
        }
    }
}
