//! Servers, the programs that a user runs, and what they leave behind.

mod cluster;
mod compare;
mod data;
mod deadline;
mod index;
mod job;
mod programs;
mod run;
mod stack;
mod tables;
mod topics;

pub use cluster::{Cluster, JobState};
pub use compare::{Compare, differences, same};
pub use data::{Input, generated, shared};
pub use deadline::wait_for;
pub use index::Index;
pub use job::{Case, Job};
pub use programs::{Output, Programs, Run, finish};
pub use run::{Ignored, Scenario, run};
pub use stack::{Stack, StackOptions};
pub use tables::{Anomalies, Tables, Totals};
pub use topics::{DeadLetter, Received, Topics, Value};
