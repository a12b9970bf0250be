//! Merging and finishing windows of one aggregate.

use crate::check;
use crate::component::{Kind, Source};
use crate::describe::describe;
use crate::error::{Code, Error, said};
use crate::events::ByteLists;
use crate::generated::aggregate::exports::crimes::udf::types::{self, Setting};
use crate::generated::aggregate::exports::crimes::udf::windowed_aggregate as wit;
use crate::generated::aggregate::{Aggregate as Bindings, AggregatePre};
use crate::instance::{Instance, World};
use crate::quota::{Limits, Quota};
use std::time::Duration;
use wasmtime::Store;
use wasmtime::component::InstancePre;

pub(crate) struct AggregateWorld(pub(crate) Bindings);

impl World for AggregateWorld {
    const KIND: Kind = Kind::Aggregate;

    type Linked = AggregatePre<Quota>;

    fn link(component: InstancePre<Quota>) -> wasmtime::Result<Self::Linked> {
        AggregatePre::new(component)
    }

    fn instantiate(linked: &Self::Linked, store: &mut Store<Quota>) -> wasmtime::Result<Self> {
        linked.instantiate(store).map(Self)
    }

    fn configure(
        &self,
        store: &mut Store<Quota>,
        settings: &[(String, String)],
    ) -> wasmtime::Result<Result<(), String>> {
        let settings: Vec<Setting> = settings
            .iter()
            .map(|(name, value)| Setting { name: name.clone(), value: value.clone() })
            .collect();
        self.0.crimes_udf_windowed_aggregate().call_configure(store, &settings)
    }
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

/// What a window that is over gives.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Finished {
    /// One value a column, or no row.
    pub row: Option<Vec<Value>>,
    /// The key's new history.
    pub history: Vec<u8>,
}

/// Which state is upgraded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs, reason = "each is what its name says")]
pub enum StateKind {
    Accumulator,
    History,
}

/// One aggregate, for windows.
pub struct Aggregate {
    instance: Instance<AggregateWorld>,
    columns: Vec<wit::Column>,
    /// How many calls in a row took longer than they may.
    too_slow: u32,
}

impl Aggregate {
    /// Loads the aggregate.
    ///
    /// # Errors
    /// Where it is no aggregate of this contract, refuses its settings, or describes something that cannot be.
    pub fn new(source: &Source, limits: Limits) -> Result<Self, Error> {
        let mut instance = Instance::new(source, limits)?;
        let columns = describe(source, &mut instance)?.columns;
        Ok(Self { instance, columns, too_slow: 0 })
    }

    /// Merges one or more accumulators.
    ///
    /// # Errors
    /// Where the component fails, and has a new instance then, or answers with an error.
    pub fn merge(&mut self, accumulators: ByteLists) -> Result<Vec<u8>, Error> {
        let accumulators = given(accumulators);
        let merged = self.instance.call_within(
            self.deadline(),
            "merge",
            |w, s| w.0.crimes_udf_windowed_aggregate().call_merge(s, &accumulators),
            |merged| merged.as_ref().map_or(Ok(()), |merged| check::merged(merged)),
        );
        self.answered("merge", merged)
    }

    /// Merges one or more accumulators and finishes their window, `start` to `end` (ms, wall clock, end exclusive).
    ///
    /// # Errors
    /// Where the component fails, and has a new instance then, or answers with an error.
    pub fn finish(
        &mut self,
        key: &[u8],
        (start, end): (i64, i64),
        accumulators: ByteLists,
        history: &[u8],
    ) -> Result<Finished, Error> {
        let accumulators = given(accumulators);
        let (deadline, columns) = (self.deadline(), &self.columns);
        let finished = self.instance.call_within(
            deadline,
            "finish",
            |w, s| {
                w.0.crimes_udf_windowed_aggregate().call_finish(
                    s,
                    key,
                    start,
                    end,
                    &accumulators,
                    history,
                )
            },
            |finished| finished.as_ref().map_or(Ok(()), |f| check::finished(f, columns)),
        );
        let finished = self.answered("finish", finished)?;
        let value = |value| match value {
            wit::Value::Null => Value::Null,
            wit::Value::Integer(n) => Value::Integer(n),
            wit::Value::Real(n) => Value::Real(n),
            wit::Value::Text(t) => Value::Text(t),
            wit::Value::Boolean(b) => Value::Boolean(b),
            wit::Value::Timestamp(t) => Value::Timestamp(t),
        };
        Ok(Finished {
            row: finished.row.map(|row| row.into_iter().map(value).collect()),
            history: finished.history,
        })
    }

    /// How long a window may take. There may be many windows, each as hard for the component as the one before: once
    /// ten in a row took too long, the next ones have a tenth, until one does not.
    fn deadline(&self) -> Duration {
        let limits = self.instance.limits();
        if self.too_slow < 10 { limits.deadline } else { limits.share(1, 10) }
    }

    /// What a call gave, or the component's own error.
    fn answered<T>(
        &mut self,
        function: &str,
        called: Result<Result<T, String>, Error>,
    ) -> Result<T, Error> {
        let too_slow = called.as_ref().is_err_and(|error| error.code == Code::Deadline);
        self.too_slow = if too_slow { self.too_slow.saturating_add(1) } else { 0 };
        called?.map_err(|sentence| {
            let (slot, sentence) = (self.instance.slot(), said(&sentence));
            Error::new(Code::Refused, format!("component {slot}, {function}: {sentence}"))
        })
    }

    /// State of an older version in this component's layout.
    ///
    /// # Errors
    /// Where the component does not know that version, or fails.
    pub fn upgrade(&mut self, kind: StateKind, from: u32, state: &[u8]) -> Result<Vec<u8>, Error> {
        let kind = match kind {
            StateKind::Accumulator => wit::StateKind::Accumulator,
            StateKind::History => wit::StateKind::History,
        };
        let upgraded = self.instance.call(
            "upgrade",
            |w, s| w.0.crimes_udf_windowed_aggregate().call_upgrade(s, kind, from, state),
            |upgraded| upgraded.as_ref().map_or(Ok(()), |state| check::merged(state)),
        )?;
        upgraded.map_err(|sentence| {
            let message = format!(
                "component {} cannot take over older state: {}",
                self.instance.slot(),
                said(&sentence)
            );
            Error::new(Code::Contract, message)
        })
    }

    /// Time spent in calls so far, in nanoseconds, and the number of calls that failed.
    #[must_use]
    pub fn spent(&self) -> (u64, u64) {
        let spent = self.instance.spent();
        (u64::try_from(spent.time.as_nanos()).unwrap_or(u64::MAX), spent.traps)
    }
}

fn given(lists: ByteLists) -> types::ByteLists {
    types::ByteLists { bytes: lists.bytes, ends: lists.ends }
}
