//! Runs components of the contract in `udf/wit`: compiles, checks, limits and calls them. Knows no JVM and no domain.
//!
//! [`Ingest`] is a decoder with any number of aggregates: it takes batches of raw values. [`Aggregate`] is the other end
//! of one aggregate: merging and finishing windows. Both hold instances of their own, are used by one thread at a time,
//! and survive whatever a component does: a trapped instance is dropped and remade.

mod aggregate;
mod check;
mod compilation;
mod component;
mod decoder;
mod describe;
mod engine;
mod error;
mod events;
#[cfg(any(test, fuzzing))]
pub mod fuzzing;
mod generated;
mod ingest;
mod ingested;
mod instance;
mod isolate;
mod last_words;
mod lateness;
mod quota;

pub use aggregate::{Aggregate, Finished, StateKind, Value};
pub use compilation::compilations;
pub use component::{Kind, Source, digest};
pub use decoder::EventTimes;
pub use describe::{
    AggregateDescription, Column, ColumnType, DecoderDescription, describe_aggregate,
    describe_decoder,
};
pub use error::{Code, Error};
pub use events::ByteLists;
pub use ingest::Ingest;
pub use ingested::{Calls, Contributions, Documents, Ingested, Late, Reject};
pub use quota::Limits;
