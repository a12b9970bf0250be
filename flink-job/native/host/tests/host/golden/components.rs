//! The logic as the job runs it: components in the host.

use super::{Step, Way, expected::time};
use crate::support::{source, values};
use component_host::{Aggregate, ByteLists, Ingest, Limits, Source, Value, describe_aggregate};

pub(super) struct Components {
    decoder: Source,
    aggregates: [Source; 2],
    ingest: Ingest,
    windows: [Aggregate; 2],
}

impl Components {
    pub(super) fn new() -> Self {
        let decoder = source("decoder", &[]);
        let aggregates = super::AGGREGATES.map(|name| source(name, &[]));
        let ingest = Ingest::new(&decoder, &aggregates, true, Limits::default()).unwrap();
        let windows = aggregates.each_ref().map(|a| Aggregate::new(a, Limits::default()).unwrap());
        Self { decoder, aggregates, ingest, windows }
    }
}

impl Way for Components {
    fn ingest(&mut self, batch: &[&str], watermark: i64) -> Step {
        let got = self.ingest.ingest(&values(batch), watermark).unwrap();
        let mut step = Step::default();
        for (slot, c) in got.contributions.iter().enumerate() {
            step.contributions[slot] = (0..c.weight.len())
                .map(|i| {
                    (
                        c.keys.get(i).to_vec(),
                        c.slice_start[i],
                        c.weight[i],
                        c.partials.get(i).to_vec(),
                    )
                })
                .collect();
        }
        step.rejects =
            got.rejects.iter().map(|r| (r.index as usize, r.reason.to_owned())).collect();
        let late = |bits: u32| [bits & 1 != 0, bits & 2 != 0];
        step.late = got.late.iter().map(|l| (l.index as usize, late(l.aggregates))).collect();
        let d = &got.documents;
        let text = |lists: &ByteLists, i| String::from_utf8(lists.get(i).to_vec()).unwrap();
        step.documents = (0..d.versions.len())
            .map(|i| (text(&d.ids, i), d.versions[i], text(&d.bodies, i)))
            .collect();
        step
    }

    fn merge(&mut self, slot: usize, accumulators: &[Vec<u8>]) -> Vec<u8> {
        self.windows[slot].merge(values(accumulators)).unwrap()
    }

    fn finish(
        &mut self,
        slot: usize,
        key: &[u8],
        window: (i64, i64),
        accumulators: &[Vec<u8>],
    ) -> Option<Vec<String>> {
        let finished = self.windows[slot].finish(key, window, values(accumulators), &[]).unwrap();
        let text = |value: &Value| match value {
            Value::Integer(n) => n.to_string(),
            Value::Text(text) => text.clone(),
            Value::Timestamp(t) => time(*t),
            other => panic!("no column of ours is {other:?}"),
        };
        Some(super::row(slot, Vec::from_iter(finished.row?.iter().map(text)), window.1))
    }

    fn min_weight(&mut self, slot: usize) -> u64 {
        describe_aggregate(&self.aggregates[slot], Limits::default()).unwrap().min_weight
    }

    fn restart(&mut self) {
        self.ingest =
            Ingest::new(&self.decoder, &self.aggregates, true, Limits::default()).unwrap();
        self.windows =
            self.aggregates.each_ref().map(|a| Aggregate::new(a, Limits::default()).unwrap());
    }
}
