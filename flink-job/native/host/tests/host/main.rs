//! The host without a JVM, with guests that behave and guests that do not.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::print_stdout,
    reason = "tests: a panic is a failure"
)]

mod batching;
mod cache;
mod contract;
mod descriptions;
mod endless;
mod event_times;
mod golden;
mod kinds;
mod lateness;
mod lies;
mod limits;
mod poison;
mod support;
mod windows;
