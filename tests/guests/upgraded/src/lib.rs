//! Guest for tests: crimes of each district and window, and of all its windows so far. It writes either of two layouts of
//! its state, so that a test can restore with the later one what the earlier one wrote.
//!
//! | setting | value |
//! |---|---|
//! | `state-version` | the layout that it writes: 1, or 2 (as it is without the setting) |
//! | `forgets` | a state version that it does not read |
//! | `window-minutes`, `slide-minutes` | its windows; a day unless set |
//!
//! Version 1 of an accumulator or a history is a count of four bytes, version 2 a letter and a count of eight: neither can
//! be taken for the other.
#![allow(unsafe_code, reason = "the exports that the contract's macro generates")]

use std::collections::BTreeMap;

use crime_core::aggregate::{
    Column, ColumnType, Contributions, Description, Finished, StateKind, Value, Window,
    WindowedAggregate, Windows,
};
use crime_core::events::{ByteLists, Events};
use crime_core::settings::{Setting, unknown};
use crime_core::slices;

const MINUTE: u64 = 60_000;
const DAY: u64 = 24 * 60;
const SETTINGS: [&str; 4] = ["state-version", "forgets", "window-minutes", "slide-minutes"];

struct Upgraded {
    state_version: u32,
    forgets: Option<u32>,
    windows: Windows,
}

impl WindowedAggregate for Upgraded {
    fn new(settings: &[Setting]) -> Result<Self, String> {
        let mut upgraded =
            Self { state_version: 2, forgets: None, windows: Windows { size: 0, slide: 0 } };
        let (mut size, mut slide) = (DAY, None);
        for setting in settings {
            match setting.name.as_str() {
                "state-version" => upgraded.state_version = version(setting)?,
                "forgets" => upgraded.forgets = Some(version(setting)?),
                "window-minutes" => size = setting.whole(1, DAY)?,
                "slide-minutes" => slide = Some(setting.whole(1, DAY)?),
                _ => return Err(unknown("upgraded", setting, &SETTINGS)),
            }
        }
        upgraded.windows = Windows { size: size * MINUTE, slide: slide.unwrap_or(size) * MINUTE };
        Ok(upgraded)
    }

    fn describe(&self) -> Description {
        Description {
            name: "upgraded",
            version: env!("CARGO_PKG_VERSION"),
            state_version: self.state_version,
            windows: self.windows,
            columns: vec![
                Column::key("district", ColumnType::Integer),
                Column::key("window_start", ColumnType::Timestamp),
                Column::value("crimes", ColumnType::Integer),
                Column::value("so_far", ColumnType::Integer),
            ],
            min_weight: 1,
            keeps_history: true,
        }
    }

    fn ingest(&self, events: &Events, slice: u64) -> Contributions {
        let mut counts: BTreeMap<(u16, i64), u32> = BTreeMap::new();
        for i in (0..events.len()).filter(|&i| events.counts(i)) {
            *counts
                .entry((events.district[i], slices::start(events.time[i], slice)))
                .or_default() += 1;
        }
        let mut given = Contributions::default();
        for ((district, start), count) in counts {
            given.slice_start.push(start);
            given.weight.push(count);
            given.keys.push(&district.to_le_bytes());
            given.partials.push(&self.write(StateKind::Accumulator, count.into()));
        }
        given
    }

    fn merge(&self, accumulators: &ByteLists) -> Result<Vec<u8>, String> {
        Ok(self.write(StateKind::Accumulator, self.sum(accumulators)?))
    }

    fn finish(
        &self,
        key: &[u8],
        window: Window,
        accumulators: &ByteLists,
        history: &[u8],
    ) -> Result<Finished, String> {
        let district =
            key.try_into().map(u16::from_le_bytes).map_err(|_| format!("a key of {key:?}"))?;
        let crimes = self.sum(accumulators)?;
        let before = if history.is_empty() { 0 } else { self.read(StateKind::History, history)? };
        let row = vec![
            Value::Integer(district.into()),
            Value::Timestamp(window.start),
            Value::count(crimes),
            Value::count(before + crimes),
        ];
        let history = self.write(StateKind::History, before + crimes);
        Ok(Finished { row: Some(row), history })
    }

    fn upgrade(&self, kind: StateKind, from: u32, state: &[u8]) -> Result<Vec<u8>, String> {
        if self.forgets == Some(from) {
            return Err(format!("upgraded has forgotten state version {from}"));
        }
        Ok(self.write(kind, read(from, kind, state)?))
    }
}

impl Upgraded {
    fn sum(&self, accumulators: &ByteLists) -> Result<u64, String> {
        accumulators.iter().map(|one| self.read(StateKind::Accumulator, one)).sum()
    }

    fn read(&self, kind: StateKind, state: &[u8]) -> Result<u64, String> {
        read(self.state_version, kind, state)
    }

    fn write(&self, kind: StateKind, count: u64) -> Vec<u8> {
        match self.state_version {
            1 => u32::try_from(count).unwrap_or(u32::MAX).to_le_bytes().to_vec(),
            _ => [&[letter(kind)][..], &count.to_le_bytes()].concat(),
        }
    }
}

fn version(setting: &Setting) -> Result<u32, String> {
    Ok(if setting.whole(1, 2)? == 1 { 1 } else { 2 })
}

fn letter(kind: StateKind) -> u8 {
    match kind {
        StateKind::Accumulator => b'A',
        StateKind::History => b'H',
    }
}

fn read(version: u32, kind: StateKind, state: &[u8]) -> Result<u64, String> {
    let count = match (version, state) {
        (1, four) => four.try_into().ok().map(u32::from_le_bytes).map(u64::from),
        (2, [first, eight @ ..]) if *first == letter(kind) => {
            eight.try_into().ok().map(u64::from_le_bytes)
        }
        _ => None,
    };
    count.ok_or_else(|| format!("{state:?} is no {kind:?} of version {version}"))
}

aggregate_guest::export_aggregate!(crate::Upgraded);
