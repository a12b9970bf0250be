//! Where records come from.

mod buffer;
mod csv;
mod header;
mod json;
mod split;
mod times;

use std::io;

use serde::{Deserialize, Serialize};

pub(crate) use csv::CsvRow;
pub use csv::CsvSource;
pub(crate) use header::{HeaderRow, RowTexts, header, row_texts, write_row};
pub(crate) use json::JsonRow;
pub use json::JsonSource;
pub(crate) use times::{CsvTimes, Glance};

use crate::columns::shown;
use crate::record::{Reason, Row};

/// Rows beyond them are broken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Limits {
    /// the length of a row; less than 16 MiB
    pub row_bytes: usize,
    /// the latest event time, ms on the city's wall clock; none: any. Nothing here looks at a clock: who has one that can
    /// be trusted says how far ahead of it a crime may lie
    pub latest: Option<i64>,
}

/// A place that records come from, one after another.
///
/// A record borrows from its source, so it is used or copied before the next one is asked for. Sources do not skip what
/// is wrong: they hand it on as [`Row::Broken`], and the caller decides.
pub trait Source {
    /// Goes to the next row, if there is one.
    ///
    /// # Errors
    /// If the source can't be read on. What was handed on before is whole.
    fn advance(&mut self) -> io::Result<bool>;

    /// The row that [`Self::advance`] went to. Before the first and after the last there is none to be asked for: what
    /// is given then is a broken row.
    fn row(&mut self) -> Row<'_>;

    /// Goes to the next row and gives it; none when there are no more.
    ///
    /// # Errors
    /// As of [`Self::advance`].
    fn next(&mut self) -> io::Result<Option<Row<'_>>> {
        Ok(if self.advance()? { Some(self.row()) } else { None })
    }
}

/// Event time of a date text in whole seconds, as milliseconds; or why it has none that can be sent.
fn event_time(date: &str, latest: Option<i64>) -> Result<i64, (Reason, String)> {
    let detail = match crime_core::date::parse(date) {
        Some(time) if latest.is_some_and(|latest| time > latest) => {
            let latest =
                latest.and_then(chrono::DateTime::from_timestamp_millis).unwrap_or_default();
            let detail = format!(
                "the Date {} is in the future, later than {}: correct it, or let it through with --allow-future",
                shown(date),
                latest.format("%Y-%m-%dT%H:%M:%S")
            );
            return Err((Reason::Future, detail));
        }
        // librdkafka takes a timestamp of 0 for none
        Some(time) if time >= 1000 => return Ok(time - time % 1000),
        Some(_) => format!(
            "the Date {} is not after the beginning of 1970: Kafka has no timestamp for it",
            shown(date)
        ),
        None if date.trim().is_empty() => "it has no Date".to_owned(),
        None => format!(
            "the Date {} is neither like 01/31/2018 09:05:00 PM nor like 2018-01-31T21:05:00",
            shown(date)
        ),
    };
    Err((Reason::Date, detail))
}

/// Whether JSON escapes nothing in `bytes`, apart from that many quotes that are not part of any text.
///
/// One pass without a branch, which the compiler turns into vector instructions.
fn is_plain(bytes: &[u8], quotes: usize) -> bool {
    let mut found = 0_usize;
    let mut special = false;
    for chunk in bytes.chunks(255) {
        let (mut quotes, mut others) = (0_u8, 0_u8);
        for &byte in chunk {
            quotes += u8::from(byte == b'"');
            others |= u8::from(byte < 0x20) | u8::from(byte == b'\\');
        }
        found += usize::from(quotes);
        special |= others != 0;
    }
    !special && found == quotes
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    pub(crate) const HEADER: &str = "ID,Case Number,Date,Block,IUCR,Primary Type,Description,Location Description,Arrest,\
         Domestic,Beat,District,Ward,Community Area,FBI Code,X Coordinate,Y Coordinate,Year,Updated On,Latitude,Longitude,\
         Location";

    pub(crate) fn limits(row_bytes: usize) -> Limits {
        Limits { row_bytes, latest: None }
    }

    pub(crate) fn row(id: u32) -> String {
        format!(
            "{id},JB{id},01/01/2018 12:00:00 PM,B,0820,THEFT,OVER,STREET,false,false,0711,007,,,06,,,2018,,41.8,-87.6,"
        )
    }

    #[test]
    fn event_times_are_whole_seconds() {
        let time = |date| {
            event_time(date, None).map_err(|(reason, detail)| {
                assert_eq!(reason, Reason::Date);
                detail
            })
        };
        assert_eq!(time("2018-01-01T12:00:00.999"), Ok(1_514_808_000_000));
        assert_eq!(time("01/01/1970 12:00:01 AM"), Ok(1000));
        assert!(time("01/01/1970 12:00:00 AM").is_err());
        assert!(time("12/31/1969 11:59:59 PM").unwrap_err().contains("1970"));
        assert!(time(" ").unwrap_err().contains("no Date"));
        assert!(time("1.1.2018").unwrap_err().contains("1.1.2018"));
    }

    #[test]
    fn a_time_is_in_the_future_behind_the_latest() {
        let time = |date| event_time(date, Some(1_514_808_000_000));
        assert_eq!(time("01/01/2018 12:00:00 PM"), Ok(1_514_808_000_000));
        for late in ["2018-01-01T12:00:00.001", "2018-01-01T12:00:01", "01/01/2102 12:00:00 PM"] {
            let (reason, detail) = time(late).unwrap_err();
            assert_eq!(reason, Reason::Future);
            assert!(detail.contains(late) && detail.contains("2018-01-01T12:00:00:"), "{detail}");
        }
    }

    #[test]
    fn plain_is_what_json_does_not_escape() {
        assert!(is_plain("41 € |".repeat(100).as_bytes(), 0));
        assert!(is_plain("\"a\",b".as_bytes(), 2));
        assert!(!is_plain("a\"b".as_bytes(), 0));
        assert!(!is_plain("a\\b".as_bytes(), 0));
        assert!(!is_plain("a\tb".as_bytes(), 0));
        assert!(!is_plain(("x".repeat(600) + "\"").as_bytes(), 0));
    }
}
