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
use misdeeds::{MARK, Plan};

struct Hostile {
    plan: Plan,
    honest: PerDistrictDay,
}

impl WindowedAggregate for Hostile {
    fn new(settings: &[Setting]) -> Result<Self, String> {
        let plan = Plan::new(settings.iter().map(|s| (s.name.as_str(), s.value.as_str())))?;
        plan.act("configure", false);
        Ok(Self { plan, honest: PerDistrictDay })
    }

    fn describe(&self) -> Description {
        let mut said = self.honest.describe();
        match self.plan.act("describe", false) {
            "no-name" => said.name = "",
            "bad-name" => said.name = "Robert'); DROP TABLE",
            "no-version" => said.version = "",
            "state-version-0" => said.state_version = 0,
            "size-0" => said.windows = Windows { size: 0, slide: 0 },
            "slide-0" => said.windows.slide = 0,
            "slide-beyond-size" => said.windows.slide = said.windows.size + 1,
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
        let marked =
            events.description.iter().any(|&d| events.texts.get(d as usize) == MARK.as_bytes());
        let deed = self.plan.act("ingest", marked);
        let mut given = self.honest.ingest(events, slice);
        let last = given.weight.len().saturating_sub(1);
        match deed {
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
        self.plan.act("merge", false);
        self.honest.merge(accumulators)
    }

    fn finish(
        &self,
        key: &[u8],
        window: Window,
        accumulators: &ByteLists,
        history: &[u8],
    ) -> Result<Finished, String> {
        let deed = self.plan.act("finish", false);
        let mut finished = self.honest.finish(key, window, accumulators, history)?;
        let Some(row) = &mut finished.row else { return Ok(finished) };
        match deed {
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
        self.plan.act("upgrade", false);
        self.honest.upgrade(kind, from, state)
    }
}

aggregate_guest::export_aggregate!(crate::Hostile);
