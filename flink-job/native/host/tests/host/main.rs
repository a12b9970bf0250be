//! The host without a JVM, with guests that behave and guests that do not.

mod batching;
mod cache;
mod contract;
mod descriptions;
mod endless;
mod event_times;
mod golden;
mod lateness;
mod lies;
mod limits;
mod poison;
mod support;
mod windows;
