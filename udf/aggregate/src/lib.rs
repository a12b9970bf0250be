//! Exports a [`WindowedAggregate`] of the core as a component: converts the contract's types and nothing else.
//!
//! A guest is two lines:
//!
//! ```ignore
//! aggregate_guest::export_aggregate!(crime_core::totals::PerDistrictDay);
//! ```

use crime_core::aggregate::{self as core, WindowedAggregate};
use crime_core::{events, settings};
use generated::exports::crimes::udf::types::ByteLists;
use generated::exports::crimes::udf::windowed_aggregate as wit;

#[doc(hidden)]
#[allow(
    unsafe_code,
    missing_docs,
    unreachable_pub,
    rust_2018_idioms,
    clippy::all,
    reason = "generated from the contract"
)]
pub mod generated {
    wit_bindgen::generate!({
        world: "aggregate",
        path: "../wit",
        pub_export_macro: true,
        export_macro_name: "export_world",
        default_bindings_module: "aggregate_guest::generated",
    });
}

/// Exports a type that implements [`WindowedAggregate`] as this crate's component.
#[macro_export]
macro_rules! export_aggregate {
    ($aggregate:ty) => {
        mod component {
            use $crate::generated::exports::crimes::udf::windowed_aggregate as wit;

            thread_local! {
                // an instance has one thread; it is configured once, before anything else
                static AGGREGATE: std::cell::RefCell<Option<$aggregate>> = const { std::cell::RefCell::new(None) };
            }

            struct Component;

            fn with<R>(run: impl FnOnce(&$aggregate) -> R) -> R {
                AGGREGATE.with_borrow(|a| $crate::configured(a.as_ref(), run))
            }

            impl wit::Guest for Component {
                fn configure(settings: Vec<wit::Setting>) -> Result<(), String> {
                    let aggregate = $crate::configure(settings)?;
                    AGGREGATE.set(Some(aggregate));
                    Ok(())
                }
                fn describe() -> wit::Description {
                    with($crate::describe)
                }
                fn ingest(events: wit::Events, slice: u64) -> wit::Contributions {
                    with(|a| $crate::ingest(a, events, slice))
                }
                fn merge(accumulators: wit::ByteLists) -> Result<Vec<u8>, String> {
                    with(|a| $crate::merge(a, accumulators))
                }
                fn finish(
                    key: Vec<u8>,
                    window_start: i64,
                    window_end: i64,
                    accumulators: wit::ByteLists,
                    history: Vec<u8>,
                ) -> Result<wit::Finished, String> {
                    with(|a| $crate::finish(a, &key, (window_start, window_end), accumulators, &history))
                }
                fn upgrade(kind: wit::StateKind, from: u32, state: Vec<u8>) -> Result<Vec<u8>, String> {
                    with(|a| $crate::upgrade(a, kind, from, &state))
                }
            }

            $crate::generated::export_world!(Component with_types_in $crate::generated);
        }
    };
}

#[doc(hidden)]
pub fn configured<A, R>(aggregate: Option<&A>, run: impl FnOnce(&A) -> R) -> R {
    match aggregate {
        Some(aggregate) => run(aggregate),
        None => panic!("called before configure"),
    }
}

#[doc(hidden)]
pub fn configure<A: WindowedAggregate>(given: Vec<wit::Setting>) -> Result<A, String> {
    last_words::keep();
    let given: Vec<_> =
        given.into_iter().map(|s| settings::Setting { name: s.name, value: s.value }).collect();
    A::new(&given)
}

#[doc(hidden)]
pub fn describe<A: WindowedAggregate>(aggregate: &A) -> wit::Description {
    let d = aggregate.describe();
    let tumbling = d.windows.size == d.windows.slide;
    let columns = d.columns.into_iter().map(|c| wit::Column {
        name: c.name.to_owned(),
        kind: match c.kind {
            core::ColumnType::Integer => wit::ColumnType::Integer,
            core::ColumnType::Real => wit::ColumnType::Real,
            core::ColumnType::Text => wit::ColumnType::Text,
            core::ColumnType::Boolean => wit::ColumnType::Boolean,
            core::ColumnType::Timestamp => wit::ColumnType::Timestamp,
        },
        key: c.key,
    });
    wit::Description {
        name: d.name.to_owned(),
        version: d.version.to_owned(),
        state_version: d.state_version,
        window: wit::Window {
            kind: if tumbling { wit::WindowKind::Tumbling } else { wit::WindowKind::Sliding },
            size: d.windows.size,
            slide: d.windows.slide,
        },
        columns: columns.collect(),
        min_weight: d.min_weight,
        keeps_history: d.keeps_history,
    }
}

#[doc(hidden)]
pub fn ingest<A: WindowedAggregate>(
    aggregate: &A,
    events: wit::Events,
    slice: u64,
) -> wit::Contributions {
    let c = aggregate.ingest(&incoming(events), slice);
    wit::Contributions {
        slice_start: c.slice_start,
        weight: c.weight,
        keys: ByteLists { bytes: c.keys.bytes, ends: c.keys.ends },
        partials: ByteLists { bytes: c.partials.bytes, ends: c.partials.ends },
    }
}

#[doc(hidden)]
pub fn merge<A: WindowedAggregate>(
    aggregate: &A,
    accumulators: ByteLists,
) -> Result<Vec<u8>, String> {
    aggregate.merge(&lists(accumulators))
}

#[doc(hidden)]
pub fn finish<A: WindowedAggregate>(
    aggregate: &A,
    key: &[u8],
    (start, end): (i64, i64),
    accumulators: ByteLists,
    history: &[u8],
) -> Result<wit::Finished, String> {
    let window = core::Window { start, end };
    let finished = aggregate.finish(key, window, &lists(accumulators), history)?;
    let value = |v| match v {
        core::Value::Null => wit::Value::Null,
        core::Value::Integer(n) => wit::Value::Integer(n),
        core::Value::Real(n) => wit::Value::Real(n),
        core::Value::Text(t) => wit::Value::Text(t),
        core::Value::Boolean(b) => wit::Value::Boolean(b),
        core::Value::Timestamp(t) => wit::Value::Timestamp(t),
    };
    Ok(wit::Finished {
        row: finished.row.map(|row| row.into_iter().map(value).collect()),
        history: finished.history,
    })
}

#[doc(hidden)]
pub fn upgrade<A: WindowedAggregate>(
    aggregate: &A,
    kind: wit::StateKind,
    from: u32,
    state: &[u8],
) -> Result<Vec<u8>, String> {
    let kind = match kind {
        wit::StateKind::Accumulator => core::StateKind::Accumulator,
        wit::StateKind::History => core::StateKind::History,
    };
    aggregate.upgrade(kind, from, state)
}

fn lists(given: ByteLists) -> events::ByteLists {
    events::ByteLists { bytes: given.bytes, ends: given.ends }
}

fn incoming(e: wit::Events) -> events::Events {
    events::Events {
        record_index: e.record_index,
        id: e.id,
        time: e.time,
        updated: e.updated,
        district: e.district,
        beat: e.beat,
        ward: e.ward,
        community_area: e.community_area,
        flags: e.flags,
        latitude: e.latitude,
        longitude: e.longitude,
        primary_type: e.primary_type,
        description: e.description,
        location_description: e.location_description,
        texts: lists(e.texts),
    }
}
