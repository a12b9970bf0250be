//! Reads crime records, orders them by event time and sends them to Kafka.

pub mod api;
pub mod columns;
pub mod encode;
mod files;
#[cfg(any(test, fuzzing))]
pub mod fuzzing;
pub mod input;
mod looks;
pub mod observe;
pub mod order;
pub mod pace;
pub mod position;
pub mod produce;
pub mod record;
pub mod sink;
pub mod source;
