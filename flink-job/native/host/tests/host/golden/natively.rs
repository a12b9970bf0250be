//! The logic as it is, without components.

use super::{SIZE, SLIDE, Step, Way, expected::time};
use crime_core::aggregate::{Contributions, Finished, Value, Window, WindowedAggregate};
use crime_core::anomaly::Rule;
use crime_core::decode::Decoder;
use crime_core::events::{ByteLists, Events};
use crime_core::totals::PerDistrictDay;
use crime_core::{document, slices};

#[derive(Default)]
pub(super) struct Natively {
    decoder: Decoder,
    totals: PerDistrictDay,
    rule: Rule,
}

fn lists(of: impl IntoIterator<Item = impl AsRef<[u8]>>) -> ByteLists {
    let mut lists = ByteLists::default();
    of.into_iter().for_each(|entry| lists.push(entry.as_ref()));
    lists
}

/// The events that are not late for an aggregate, by the windows that would take them.
fn in_time(events: &Events, slot: usize, watermark: i64) -> (Events, Vec<usize>) {
    let mut kept = events.clone();
    let is_late = |&i: &usize| {
        let last_window = events.time[i].div_euclid(SLIDE[slot]) * SLIDE[slot];
        events.counts(i) && last_window + SIZE[slot] - 1 <= watermark
    };
    let late = Vec::from_iter((0..events.len()).filter(is_late));
    // events without a district are skipped by every aggregate
    late.iter().for_each(|&i| kept.district[i] = 0);
    (kept, late)
}

fn entries(c: Contributions) -> Vec<(Vec<u8>, i64, u32, Vec<u8>)> {
    (0..c.weight.len())
        .map(|i| {
            (c.keys.get(i).to_vec(), c.slice_start[i], c.weight[i], c.partials.get(i).to_vec())
        })
        .collect()
}

impl Way for Natively {
    fn ingest(&mut self, values: &[&str], watermark: i64) -> Step {
        let decoded = self.decoder.decode(&lists(values));
        let events = &decoded.events;
        let mut step = Step::default();
        let mut late = vec![[false; 2]; values.len()];
        for slot in 0..2 {
            let (kept, late_ones) = in_time(events, slot, watermark);
            late_ones.iter().for_each(|&i| late[events.record_index[i] as usize][slot] = true);
            let slice = slices::length(SIZE[slot] as u64, SLIDE[slot] as u64);
            step.contributions[slot] = entries(match slot {
                0 => self.totals.ingest(&kept, slice),
                _ => self.rule.ingest(&kept, slice),
            });
        }
        step.late = late.into_iter().enumerate().filter(|(_, late)| late.contains(&true)).collect();
        step.rejects = Vec::from_iter(
            decoded.rejects.iter().map(|r| (r.index as usize, kebab(&format!("{:?}", r.reason)))),
        );
        let d = document::of(events);
        let text = |lists: &ByteLists, i| String::from_utf8(lists.get(i).to_vec()).unwrap();
        step.documents = (0..d.versions.len())
            .map(|i| (text(&d.ids, i), d.versions[i], text(&d.bodies, i)))
            .collect();
        step
    }

    fn merge(&mut self, slot: usize, accumulators: &[Vec<u8>]) -> Vec<u8> {
        let accumulators = lists(accumulators);
        match slot {
            0 => self.totals.merge(&accumulators).unwrap(),
            _ => self.rule.merge(&accumulators).unwrap(),
        }
    }

    fn finish(
        &mut self,
        slot: usize,
        key: &[u8],
        (start, end): (i64, i64),
        accumulators: &[Vec<u8>],
    ) -> Option<Vec<String>> {
        let (window, accumulators) = (Window { start, end }, lists(accumulators));
        let finished: Finished = match slot {
            0 => self.totals.finish(key, window, &accumulators, &[]).unwrap(),
            _ => self.rule.finish(key, window, &accumulators, &[]).unwrap(),
        };
        let row = finished.row?;
        let text = |value: &Value| match value {
            Value::Integer(n) => n.to_string(),
            Value::Text(text) => text.clone(),
            Value::Timestamp(t) => time(*t),
            other => panic!("no column of ours is {other:?}"),
        };
        Some(super::row(slot, Vec::from_iter(row.iter().map(text)), end))
    }

    fn min_weight(&mut self, slot: usize) -> u64 {
        match slot {
            0 => self.totals.describe().min_weight,
            _ => self.rule.describe().min_weight,
        }
    }

    fn restart(&mut self) {
        *self = Self::default();
    }
}

/// `MissingDistrict` as the contract writes it.
fn kebab(name: &str) -> String {
    let mut out = String::new();
    for c in name.chars() {
        if c.is_ascii_uppercase() && !out.is_empty() {
            out.push('-');
        }
        out.push(c.to_ascii_lowercase());
    }
    out
}
