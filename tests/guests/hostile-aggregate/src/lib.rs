//! Hostile guest: totals per district and day as long as it behaves, and otherwise what its settings say
//! (see `misdeeds`). A record is marked by its description.
#![allow(unsafe_code, reason = "the exports that the contract's macro generates")]

use crime_core::aggregate::{
    Column, ColumnType, Contributions, Description, Finished, StateKind, Value, Window,
    WindowedAggregate, Windows,
};
use crime_core::events::{ByteLists, Events};
use crime_core::settings::Setting;
use crime_core::totals::PerDistrictDay;
use misdeeds::{Plan, calls};
use std::hint::black_box;

struct Hostile {
    plan: Plan,
    honest: PerDistrictDay,
}

impl WindowedAggregate for Hostile {
    fn new(settings: &[Setting]) -> Result<Self, String> {
        let plan = Plan::new(settings.iter().map(|s| (s.name.as_str(), s.value.as_str())))?;
        plan.act("configure", []);
        Ok(Self { plan, honest: PerDistrictDay })
    }

    fn describe(&self) -> Description {
        let mut said = self.honest.describe();
        match self.plan.act("describe", []).as_str() {
            "no-name" => said.name = "",
            "bad-name" => said.name = "Robert'); DROP TABLE",
            "no-version" => said.version = "",
            "state-version-0" => said.state_version = 0,
            "size-0" => said.windows = Windows { size: 0, slide: 0 },
            "slide-0" => said.windows.slide = 0,
            "slide-beyond-size" => said.windows.slide = said.windows.size + 1,
            "year-every-millisecond" => {
                said.windows = Windows { size: 366 * 86_400_000, slide: 1 };
            }
            "changing" if calls() > 1 => said.columns.clear(),
            "two-years" => said.windows = Windows { size: 2 * 366 * 86_400_000, slide: 1 },
            "no-columns" => said.columns.clear(),
            "no-key" => said.columns.iter_mut().for_each(|column| column.key = false),
            "column-twice" => said.columns.push(said.columns[0]),
            "bad-column" => said.columns.push(Column::value("Total Crimes", ColumnType::Integer)),
            _ => {}
        }
        said
    }

    fn ingest(&self, events: &Events, slice: u64) -> Contributions {
        let texts = events.description.iter().map(|&d| events.texts.get(d as usize));
        let deed = self.plan.act("ingest", texts);
        let mut given = self.honest.ingest(events, slice);
        let last = given.weight.len().saturating_sub(1);
        match deed.as_str() {
            "assertion" => assert_eq!(black_box(1), 2, "districts"),
            "huge-partial" => only(&mut given.partials, last, &vec![0; 5 << 20]),
            "huge-key" => only(&mut given.keys, last, &[7; 100_000]),
            "megabytes" => {
                given.partials = ByteLists::default();
                (0..=last).for_each(|_| given.partials.push(&vec![0; 3 << 20]));
            }
            "changing" if calls() % 2 == 1 => given = reversed(&given),
            "weight-0" => given.weight[last] = 0,
            "weight-beyond-events" => given.weight[last] = u32::MAX,
            "short-column" => given.weight.truncate(last),
            "slice-off-grid" => given.slice_start[last] += 1,
            "slice-far-ahead" => given.slice_start[last] += 1_000_000 * slice as i64,
            "slice-far-behind" => given.slice_start[last] -= 1_000_000 * slice as i64,
            "ends-beyond-bytes" => given.keys.ends[last] += 1,
            "ends-descend" => given.partials.ends.insert(0, u32::MAX),
            "fewer-keys" => given.keys.ends.truncate(last),
            _ => {}
        }
        given
    }

    fn merge(&self, accumulators: &ByteLists) -> Result<Vec<u8>, String> {
        match self.plan.act("merge", []).as_str() {
            "refuse" => Err("this is not mine".to_owned()),
            // what nobody takes for a set of crimes, this one included
            "strange" => self.honest.merge(accumulators).map(|_| vec![0xff; 9]),
            _ => self.honest.merge(accumulators),
        }
    }

    fn finish(
        &self,
        key: &[u8],
        window: Window,
        accumulators: &ByteLists,
        history: &[u8],
    ) -> Result<Finished, String> {
        let deed = self.plan.act("finish", []);
        if deed == "refuse" {
            return Err("this is not mine".to_owned());
        }
        let mut finished = self.honest.finish(key, window, accumulators, history)?;
        if deed == "huge-history" {
            finished.history = vec![1; 2 << 20];
        }
        let Some(row) = &mut finished.row else { return Ok(finished) };
        match deed.as_str() {
            "row-time" => row[5] = Value::Timestamp(568_971_820_800_000),
            "row-short" => row.truncate(1),
            "row-long" => row.push(Value::Null),
            "row-type" => row[0] = Value::Text("many".to_owned()),
            "row-null-key" => row[3] = Value::Null,
            "row-huge" => row[0] = Value::Text("x".repeat(100 << 20)),
            _ => {}
        }
        Ok(finished)
    }

    fn upgrade(&self, kind: StateKind, from: u32, state: &[u8]) -> Result<Vec<u8>, String> {
        self.plan.act("upgrade", []);
        self.honest.upgrade(kind, from, state)
    }
}

/// Puts an entry in another one's place.
fn only(lists: &mut ByteLists, place: usize, entry: &[u8]) {
    let mut changed = ByteLists::default();
    let entries = lists.iter().enumerate();
    entries.for_each(|(i, old)| changed.push(if i == place { entry } else { old }));
    *lists = changed;
}

/// The same contributions, the last one first.
fn reversed(given: &Contributions) -> Contributions {
    let mut other = Contributions::default();
    for i in (0..given.weight.len()).rev() {
        other.slice_start.push(given.slice_start[i]);
        other.weight.push(given.weight[i]);
        other.keys.push(given.keys.get(i));
        other.partials.push(given.partials.get(i));
    }
    other
}

aggregate_guest::export_aggregate!(crate::Hostile);
