//! Where records come from.

mod buffer;
mod csv;
mod header;
mod json;
mod split;
mod times;

use std::io;

pub(crate) use csv::CsvRow;
pub use csv::CsvSource;
pub(crate) use header::{HeaderRow, RowTexts, header, row_texts, write_row};
pub(crate) use json::JsonRow;
pub use json::JsonSource;
pub(crate) use times::{CsvTimes, Glance};

use crate::columns::shown;
use crate::record::Row;

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

/// Event time of a date text in whole seconds, as milliseconds; or why it has none.
fn event_time(date: &str) -> Result<i64, String> {
    match crime_core::date::parse(date) {
        // librdkafka takes a timestamp of 0 for none
        Some(time) if time >= 1000 => Ok(time - time % 1000),
        Some(_) => Err(format!(
            "the Date {} is not after the beginning of 1970: Kafka has no timestamp for it",
            shown(date)
        )),
        None if date.trim().is_empty() => Err("it has no Date".to_owned()),
        None => Err(format!(
            "the Date {} is neither like 01/31/2018 09:05:00 PM nor like 2018-01-31T21:05:00",
            shown(date)
        )),
    }
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

    pub(crate) fn row(id: u32) -> String {
        format!(
            "{id},JB{id},01/01/2018 12:00:00 PM,B,0820,THEFT,OVER,STREET,false,false,0711,007,,,06,,,2018,,41.8,-87.6,"
        )
    }

    #[test]
    fn event_times_are_whole_seconds() {
        assert_eq!(event_time("2018-01-01T12:00:00.999"), Ok(1_514_808_000_000));
        assert_eq!(event_time("01/01/1970 12:00:01 AM"), Ok(1000));
        assert!(event_time("01/01/1970 12:00:00 AM").is_err());
        assert!(event_time("12/31/1969 11:59:59 PM").unwrap_err().contains("1970"));
        assert!(event_time(" ").unwrap_err().contains("no Date"));
        assert!(event_time("1.1.2018").unwrap_err().contains("1.1.2018"));
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
