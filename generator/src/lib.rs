//! Seeded, realistic crime records with planted anomalies and a label file.
//!
//! The records have the city's 22 columns, its districts and types of crime, its hours and weekdays, and its faults:
//! missing coordinates and districts, and records that come again when the city corrects them. No row is a copy of a
//! real one; the numbers behind them are rounded public knowledge.
//!
//! The same settings give the same bytes on every machine: all is computed in whole numbers, and every record depends on
//! the seed and its own place alone. That is also why any order and any length of time take the same memory, and why a
//! day that is generated alone has the records that it has in its year, apart from planted ones.
//!
//! ```
//! use crime_generator::{Dialect, Generator, Order, Settings};
//!
//! let generator = Generator::new(Settings { days: 1, anomalies: 1, ..Settings::default() })?;
//! let mut csv = Vec::new();
//! Dialect::Portal.write_header(&mut csv);
//! for record in generator.rows(Order::Sorted) {
//!     Dialect::Portal.write_row(&record, &mut csv);
//! }
//! let planted = &generator.episodes()[0];
//! assert!(planted.count > 14 && planted.end - planted.start <= 4 * 3600);
//! # assert_eq!(csv.iter().filter(|&&byte| byte == b'\n').count() as u64, generator.count() + 1);
//! # Ok::<(), crime_generator::SettingsError>(())
//! ```

mod calendar;
mod districts;
mod episodes;
mod generator;
mod offences;
mod permutation;
mod profile;
mod random;
mod record;
mod rows;
mod settings;
mod streets;
mod write;

pub use calendar::Date;
pub use districts::{DISTRICTS, District};
pub use episodes::{Episode, write_labels};
pub use generator::Generator;
pub use offences::Offence;
pub use record::{Block, Position, Record};
pub use rows::{Order, Rows};
pub use settings::{Settings, SettingsError, Share, ShareError};
pub use streets::Street;
pub use write::Dialect;
