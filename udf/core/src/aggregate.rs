//! What a windowed aggregate is, natively: the trait behind the contract's `windowed-aggregate`.
//!
//! Implement [`WindowedAggregate`], test it with `cargo test`, and export it as a component with `aggregate-guest`.

use crate::crime_set::{Corrupt, CrimeSet};
use crate::events::{ByteLists, Events};
use crate::settings::Setting;

/// Event-time windows aligned to the wall clock's 1970-01-01T00:00, each `[start, start + size)`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Windows {
    /// ms, > 0.
    pub size: u64,
    /// ms, > 0, at most `size`; equal to it for tumbling windows.
    pub slide: u64,
}

/// Type of a column of the rows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs, reason = "each is what its name says")]
pub enum ColumnType {
    Integer,
    Real,
    Text,
    Boolean,
    Timestamp,
}

/// A column of the rows that `finish` gives.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Column {
    /// `[a-z][a-z0-9_]*`.
    pub name: &'static str,
    /// Type of its values.
    pub kind: ColumnType,
    /// Whether it is part of the primary key.
    pub key: bool,
}

impl Column {
    /// A column of the primary key.
    #[must_use]
    pub const fn key(name: &'static str, kind: ColumnType) -> Self {
        Self { name, kind, key: true }
    }

    /// A column outside the primary key.
    #[must_use]
    pub const fn value(name: &'static str, kind: ColumnType) -> Self {
        Self { name, kind, key: false }
    }
}

/// What an aggregate says of itself; see `describe` in the contract.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Description {
    /// `[a-z][a-z0-9-]*`.
    pub name: &'static str,
    /// For people.
    pub version: &'static str,
    /// Version of the layout of accumulators and history, > 0.
    pub state_version: u32,
    /// Which windows it wants.
    pub windows: Windows,
    /// Columns of its rows, in order.
    pub columns: Vec<Column>,
    /// Windows into which fewer records were put give no row.
    pub min_weight: u64,
    /// Whether `finish` reads or writes history.
    pub keeps_history: bool,
}

/// A batch's entries, one for each (key, slice) in it, as columns of one length.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Contributions {
    /// ms, wall clock.
    pub slice_start: Vec<i64>,
    /// Records in it, repeated ones included.
    pub weight: Vec<u32>,
    /// Key of each entry.
    pub keys: ByteLists,
    /// Accumulator of each entry.
    pub partials: ByteLists,
}

/// A value of a row.
#[derive(Clone, Debug, PartialEq)]
#[allow(missing_docs, reason = "each is what its name says")]
pub enum Value {
    Null,
    Integer(i64),
    Real(f64),
    Text(String),
    Boolean(bool),
    /// ms, wall clock.
    Timestamp(i64),
}

impl Value {
    /// A count. Counts fit: there are fewer than 2^63 records.
    #[must_use]
    pub fn count(n: u64) -> Self {
        Self::Integer(i64::try_from(n).unwrap_or(i64::MAX))
    }
}

/// One window of one key, end exclusive. ms, wall clock.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Window {
    /// Its first millisecond.
    pub start: i64,
    /// The first millisecond after it.
    pub end: i64,
}

/// What a window that is over gives.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Finished {
    /// One value a column, or no row.
    pub row: Option<Vec<Value>>,
    /// What to keep for the key; empty for nothing.
    pub history: Vec<u8>,
}

/// Which state is handed to `upgrade`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs, reason = "each is what its name says")]
pub enum StateKind {
    Accumulator,
    History,
}

/// An incremental aggregate over event-time windows. Errors are sentences; at the boundary they become traps, because
/// they mean that somebody handed in bytes that this aggregate did not write.
pub trait WindowedAggregate: Sized {
    /// The aggregate with the user's settings.
    ///
    /// # Errors
    /// A sentence that names the setting, what was given and what is allowed.
    fn new(settings: &[Setting]) -> Result<Self, String>;

    /// What it is.
    fn describe(&self) -> Description;

    /// Pre-aggregates a batch by key and slice (ms). Events that do not count are skipped.
    fn ingest(&self, events: &Events, slice: u64) -> Contributions;

    /// Merges accumulators into one: associative, commutative, and better also idempotent.
    ///
    /// # Errors
    /// Where one of them is not its own.
    fn merge(&self, accumulators: &ByteLists) -> Result<Vec<u8>, String> {
        merge_sets(accumulators).map_err(|e| e.to_string())
    }

    /// The row of a window that is over, and the key's new history.
    ///
    /// # Errors
    /// Where key, accumulators or history are not its own.
    fn finish(
        &self,
        key: &[u8],
        window: Window,
        accumulators: &ByteLists,
        history: &[u8],
    ) -> Result<Finished, String>;

    /// State of an older version in today's layout.
    ///
    /// # Errors
    /// Where that version is not known.
    fn upgrade(&self, kind: StateKind, from: u32, _state: &[u8]) -> Result<Vec<u8>, String> {
        let Description { name, state_version, .. } = self.describe();
        Err(format!(
            "{name} has state version {state_version} and cannot read {kind:?} of version {from}"
        ))
    }
}

fn merge_sets(accumulators: &ByteLists) -> Result<Vec<u8>, Corrupt> {
    let mut merged = Vec::new();
    CrimeSet::merge(accumulators.iter())?.encode(&mut merged);
    Ok(merged)
}
