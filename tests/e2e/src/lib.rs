//! End-to-end tests on real servers.
//!
//! [`oracle`] computes, by brute force and straight from a CSV file, what the tables, the index and the dead-letter
//! topics must hold. It shares no code with the project. [`harness`] starts the servers, runs the programs that a
//! user runs and reads back what they left. The scenarios are in `tests/e2e/`. [`chaos`] strikes servers at random.

pub mod chaos;
pub mod harness;
pub mod oracle;
