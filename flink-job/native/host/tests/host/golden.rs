//! The cases of `tests/golden`: small inputs with what must come of them, worked out by hand. Each goes natively and
//! through the components, in whole batches and in batches of one, straight and with everything that lives in memory
//! thrown away and made anew after every batch, as a restore from a checkpoint does.
//!
//! A line of `input.jsonl` is a value, or `{"watermark":"..."}`: then what is over is finished, and later values may be
//! late.

mod components;
mod expected;
mod natively;

use expected::{Case, Outcome};
use std::collections::BTreeMap;
use std::path::Path;

/// Aggregates in the order of their slots.
const AGGREGATES: [&str; 2] = ["totals", "anomaly"];
const SIZE: [i64; 2] = [86_400_000, 18_000_000];
const SLIDE: [i64; 2] = [86_400_000, 1_800_000];

/// Key, slice start, weight, accumulator.
type Contribution = (Vec<u8>, i64, u32, Vec<u8>);

/// What a batch gives, of either way.
#[derive(Default)]
struct Step {
    /// Of each aggregate.
    contributions: [Vec<Contribution>; 2],
    /// Index in the batch and reason.
    rejects: Vec<(usize, String)>,
    /// Index in the batch, and for each aggregate whether it is late.
    late: Vec<(usize, [bool; 2])>,
    /// ID, version, body.
    documents: Vec<(String, i64, String)>,
}

/// One way to run the logic.
trait Way {
    fn ingest(&mut self, values: &[&str], watermark: i64) -> Step;
    fn merge(&mut self, slot: usize, accumulators: &[Vec<u8>]) -> Vec<u8>;
    /// The row of a window as texts, without the window's end, which must be `window.1`.
    fn finish(
        &mut self,
        slot: usize,
        key: &[u8],
        window: (i64, i64),
        accumulators: &[Vec<u8>],
    ) -> Option<Vec<String>>;
    fn min_weight(&mut self, slot: usize) -> u64;
    /// Throws away what lives in memory.
    fn restart(&mut self);
}

#[derive(Default)]
struct WindowState {
    weight: u64,
    accumulators: Vec<Vec<u8>>,
}

/// What Flink does around the components: windows by key and start, finished when the watermark passes.
struct Run<'a> {
    way: &'a mut dyn Way,
    windows: [BTreeMap<(Vec<u8>, i64), WindowState>; 2],
    outcome: Outcome,
}

impl Run<'_> {
    fn batch(&mut self, lines: &[(usize, &str)], watermark: i64) {
        let values = Vec::from_iter(lines.iter().map(|(_, value)| *value));
        let step = self.way.ingest(&values, watermark);
        for (slot, contributions) in step.contributions.into_iter().enumerate() {
            for (key, slice, weight, accumulator) in contributions {
                let mut start = slice.div_euclid(SLIDE[slot]) * SLIDE[slot];
                while start + SIZE[slot] > slice {
                    let state = self.windows[slot].entry((key.clone(), start)).or_default();
                    state.weight += u64::from(weight);
                    state.accumulators.push(accumulator.clone());
                    start -= SLIDE[slot];
                }
            }
        }
        let rejects = step.rejects.into_iter().map(|(i, reason)| (lines[i].0, reason));
        self.outcome.rejects.extend(rejects);
        for (i, late) in step.late {
            let names =
                AGGREGATES.into_iter().zip(late).filter_map(|(name, late)| late.then_some(name));
            self.outcome.late.push((lines[i].0, Vec::from_iter(names).join(" ")));
        }
        for (id, version, body) in step.documents {
            self.outcome.document(id, version, &body);
        }
    }

    /// Merges what waits in every window, as a checkpoint may find it, and starts the logic anew.
    fn restore(&mut self) {
        for (slot, windows) in self.windows.iter_mut().enumerate() {
            for state in windows.values_mut() {
                state.accumulators = vec![self.way.merge(slot, &state.accumulators)];
            }
        }
        self.way.restart();
    }

    fn finish(&mut self, watermark: i64) {
        for (slot, size) in SIZE.into_iter().enumerate() {
            let min_weight = self.way.min_weight(slot);
            let over = |(_, start): &(Vec<u8>, i64)| start + size - 1 <= watermark;
            let (done, open): (BTreeMap<_, _>, BTreeMap<_, _>) =
                std::mem::take(&mut self.windows[slot]).into_iter().partition(|(key, _)| over(key));
            self.windows[slot] = open;
            for ((key, start), state) in done {
                let window = (start, start + size);
                let row = self.way.finish(slot, &key, window, &state.accumulators);
                assert!(
                    state.weight >= min_weight || row.is_none(),
                    "a row below the least weight"
                );
                self.outcome.rows[slot].extend(row.map(|row| row.join(",")));
            }
        }
    }
}

/// A row in the order of the case's files; the column that they leave out, the window's end, must be right.
fn row(slot: usize, row: Vec<String>, end: i64) -> Vec<String> {
    let (order, end_column): (&[usize], usize) = match slot {
        0 => (&[3, 4, 0, 1, 2], 5),
        _ => (&[1, 2, 3, 0], 4),
    };
    assert_eq!(row[end_column], expected::time(end));
    order.iter().map(|&column| row[column].clone()).collect()
}

fn run(case: &Case, way: &mut dyn Way, one_by_one: bool, restore: bool) -> Outcome {
    let mut run = Run { way, windows: Default::default(), outcome: Outcome::default() };
    let mut watermark = i64::MIN;
    let mut waiting = Vec::new();
    let flush = |run: &mut Run<'_>, waiting: &mut Vec<(usize, &str)>, watermark| {
        if !waiting.is_empty() {
            run.batch(waiting, watermark);
            waiting.clear();
            if restore {
                run.restore();
            }
        }
    };
    for (number, line) in (1..).zip(case.input.lines()) {
        if let Some(time) = expected::watermark(line) {
            flush(&mut run, &mut waiting, watermark);
            watermark = time;
            run.finish(watermark);
            continue;
        }
        waiting.push((number, line));
        if one_by_one {
            flush(&mut run, &mut waiting, watermark);
        }
    }
    flush(&mut run, &mut waiting, watermark);
    run.finish(i64::MAX);
    run.outcome.sorted()
}

#[test]
fn cases_give_what_was_worked_out_by_hand() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../tests/golden");
    let mut cases = Vec::from_iter(std::fs::read_dir(folder).unwrap().map(|e| e.unwrap().path()));
    cases.sort();
    assert!(cases.len() >= 11, "{cases:?}");
    let mut components = components::Components::new();
    for path in cases {
        let case = Case::read(&path);
        for (one_by_one, restore) in [(false, false), (false, true), (true, false), (true, true)] {
            let how = format!("{}, one by one: {one_by_one}, restored: {restore}", case.name);
            let native = run(&case, &mut natively::Natively::default(), one_by_one, restore);
            assert_eq!(native, case.expected, "natively, {how}");
            let through = run(&case, &mut components, one_by_one, restore);
            assert_eq!(through, case.expected, "through components, {how}");
        }
    }
}
