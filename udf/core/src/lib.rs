//! The domain logic of the crime stream, as pure functions over columns.
//!
//! No WIT, no clock, no I/O: everything here is tested natively with `cargo test`. The guests under `udf/` only convert
//! the contract's types into these and back.
//!
//! The way of a record: [`decode`] turns raw JSON values into [`events::Events`]; [`totals`] and [`anomaly`]
//! pre-aggregate them by key and slice; their accumulators are [`crime_set`]s; [`document`] makes what the map shows.

pub mod aggregate;
pub mod anomaly;
pub mod chicago;
pub mod contribute;
pub mod crime_set;
pub mod date;
pub mod decode;
pub mod document;
pub mod events;
mod fields;
#[cfg(any(test, fuzzing))]
pub mod fuzzing;
mod numbers;
mod scan;
pub mod settings;
pub mod slices;
pub mod totals;
mod words;
