//! The answer key: what must come out of a file of crimes, by brute force.
//!
//! Nothing here is fast or clever on purpose. Every window that exists is tried for every record, and a window's
//! crimes are a set of ids. It uses none of the project's crates, so that a mistake there cannot hide here.

mod answer;
mod crime;
mod documents;
mod rows;

pub use answer::{AnomalyKey, Answer, Total, TotalKey, answer};
pub use crime::{Crime, Judged, Reason, judge};
pub use documents::{Document, instant_in_chicago};
pub use rows::{Row, read_file, read_json, read_text};
