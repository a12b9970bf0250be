//! The city's open-data API: a file of its records, and what is new or corrected.
//!
//! The API is Socrata's SODA 2: `GET /resource/DATASET.csv` with a query in SoQL (`$where`, `$order`, `$limit`), an
//! application token in the header `X-App-Token`, 429 for those who ask too often, 202 while an answer is being made, and
//! errors as JSON with a `message`. Rows come page by page in a stable order, and a page begins behind the last row of the
//! one before it, not at a number of rows: so rows that are added or removed meanwhile shift nothing.
//!
//! Tests speak this protocol with a server of their own, faults included; the live service is not asked by them.

mod client;
mod download;
mod follow;
mod page;
mod retry;
mod soql;

pub use client::{Api, ApiError, Dataset};
pub use download::{Download, Downloaded};
pub use follow::{Followed, Follower};
pub use page::Page;
pub use retry::Retry;
pub use soql::{Condition, timestamp};
