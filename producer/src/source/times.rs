//! The times of a CSV file's rows, without looking at the rest of them.
//!
//! To find out whether rows are in order they need not be taken apart: the field with the date is near their beginning,
//! and a row's end is found by its line feed, unless there is something unusual about its quotes. That costs a fraction
//! of reading the row.

use std::io::{self, Read};

use memchr::{memchr, memchr2};

use super::Limits;
use super::buffer::Buffer;
use super::split::{closing_quote, find_delimiter};
use crate::columns::{Column, Layout};

/// What is seen of a row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Glance {
    /// it has this event time, in milliseconds; whether it is a whole record is not known
    Time(i64),
    /// it has none that can be sent, so that it is broken
    NoTime,
    /// it runs over several lines, is too long, or has quotes within its date: how it would be read can't be told from a
    /// glance
    Unusual,
    /// there are no more rows
    End,
}

/// Looks at row after row.
pub(crate) struct CsvTimes<R> {
    buffer: Buffer<R>,
    /// number of the field with the date
    date: usize,
    limits: Limits,
}

impl<R: Read> CsvTimes<R> {
    /// `input` stands behind the header.
    pub(crate) fn new(input: R, layout: &Layout, limits: Limits) -> Self {
        let date = layout.columns.iter().position(|&column| column == Some(Column::Date));
        // a layout has all columns
        Self { buffer: Buffer::new(input, 0, 1), date: date.unwrap_or(0), limits }
    }

    /// The next row.
    pub(crate) fn next(&mut self) -> io::Result<Glance> {
        loop {
            let rest = self.buffer.rest();
            let last = self.buffer.is_last();
            if rest.is_empty() && last {
                return Ok(Glance::End);
            }
            match look(rest, self.date, self.limits.latest, last) {
                Some(Seen::Row { glance, next }) => {
                    let (start, line) = (self.buffer.start(), next);
                    let empty = rest[..next].iter().all(|byte| matches!(byte, b'\r' | b'\n'));
                    let unusual = next > self.limits.row_bytes;
                    self.buffer.consume(start + line, 1);
                    if unusual {
                        return Ok(Glance::Unusual);
                    }
                    if !empty {
                        return Ok(glance);
                    }
                }
                Some(Seen::Unusual) => return Ok(Glance::Unusual),
                None if rest.len() > self.limits.row_bytes => return Ok(Glance::Unusual),
                None => self.buffer.fill()?,
            }
        }
    }
}

enum Seen {
    /// `next` is where the next row begins
    Row {
        glance: Glance,
        next: usize,
    },
    Unusual,
}

/// Looks at the row that `bytes` begin with; none if it does not end in them.
fn look(bytes: &[u8], date: usize, latest: Option<i64>, last: bool) -> Option<Seen> {
    let mut at = 0;
    for number in 0..=date {
        let quoted = bytes.get(at) == Some(&b'"');
        let from = if quoted {
            closing_quote(bytes, at, last).map(|(close, _)| close + 1)
        } else {
            Some(at)
        };
        let Some(from) = from else { return last.then_some(Seen::Unusual) };
        if quoted && memchr(b'\n', &bytes[at..from]).is_some() {
            return Some(Seen::Unusual);
        }
        let stop = match find_delimiter(&bytes[from..]) {
            Some(i) => from + i,
            None if last => bytes.len(),
            None => return None,
        };
        let ends = bytes.get(stop) != Some(&b',');
        if number == date {
            let glance = time(bytes[at..stop].trim_ascii_end(), latest);
            let next = if ends {
                stop.saturating_add(1).min(bytes.len())
            } else {
                row_end(bytes, stop, last)?
            };
            return Some(if next == 0 { Seen::Unusual } else { Seen::Row { glance, next } });
        }
        if ends {
            let next = (stop + 1).min(bytes.len());
            return Some(Seen::Row { glance: Glance::NoTime, next });
        }
        at = stop + 1;
    }
    None
}

/// Where the row after the comma at `at` ends and the next one begins; 0 if a quote runs over its end. None if it does
/// not end in `bytes`.
fn row_end(bytes: &[u8], mut at: usize, last: bool) -> Option<usize> {
    loop {
        let Some(i) = memchr2(b'"', b'\n', &bytes[at..]) else {
            return last.then_some(bytes.len());
        };
        let found = at + i;
        if bytes[found] == b'\n' {
            return Some(found + 1);
        }
        at = found + 1;
        // elsewhere a quote is a character like any other
        if bytes[found - 1] == b',' {
            let Some((close, _)) = closing_quote(bytes, found, last) else {
                return last.then_some(0);
            };
            if memchr(b'\n', &bytes[found..close]).is_some() {
                return Some(0);
            }
            at = close + 1;
        }
    }
}

/// The time that a field says. A quoted one is looked at without its quotes. One with more quotes than these, or with
/// something behind them, may still be a date to those who undo the quotes.
fn time(field: &[u8], latest: Option<i64>) -> Glance {
    let text =
        field.strip_prefix(b"\"").map_or(field, |text| text.strip_suffix(b"\"").unwrap_or(text));
    if text.len() < field.len() && memchr(b'"', text).is_some() {
        return Glance::Unusual;
    }
    let time = std::str::from_utf8(text).ok().and_then(|text| super::event_time(text, latest).ok());
    time.map_or(Glance::NoTime, Glance::Time)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::tests::{HEADER, limits, row};
    use super::super::{CsvSource, Source as _};
    use super::*;
    use crate::record::Row;

    fn layout() -> Layout {
        Layout::of(&HEADER.split(',').collect::<Vec<_>>()).unwrap()
    }

    /// The times up to the first unusual row, and whether there is one.
    fn times(rows: &[u8]) -> (Vec<i64>, bool) {
        let mut source = CsvTimes::new(rows, &layout(), limits(1000));
        let mut times = Vec::new();
        loop {
            match source.next().unwrap() {
                Glance::Time(time) => times.push(time),
                Glance::NoTime => {}
                Glance::Unusual => return (times, true),
                Glance::End => return (times, false),
            }
        }
    }

    #[test]
    fn times_are_seen_whatever_else_is_in_the_row() {
        let noon = 1_514_808_000_000;
        let quoted = row(2).replace("STREET", "\"A, \"\"B\"\" \"");
        let date = row(3).replace("01/01/2018 12:00:00 PM", "\"01/01/2018 12:00:01 PM\"");
        let file = format!(
            "\r\n{}\r\n{quoted}\n{date}\n4,x\n\n{}",
            row(1),
            row(5).replace("B,", "5\" B,")
        );
        assert_eq!(times(file.as_bytes()), (vec![noon, noon, noon + 1000, noon], false));
    }

    #[test]
    fn what_can_not_be_told_from_a_glance_is_said() {
        for row in [
            row(2).replace("STREET", "\"A\nB\""),
            row(2).replace("STREET", "\"A"),
            row(2).replace("JB2", "\"A\nB\""),
            row(2).replace("JB2", "\"A"),
            row(2).replace("01/01/2018", "\"01\"/01/2018"),
            row(2).replace("STREET", &"A".repeat(2000)),
            row(2).replace("STREET", &"A".repeat(2_000_000)),
        ] {
            let file = format!(
                "{}\n{row}\n{}\n",
                super::super::tests::row(1),
                super::super::tests::row(3)
            );
            assert!(times(file.as_bytes()).1, "{row:.100}");
        }
    }

    proptest! {
        #[test]
        fn no_record_is_overlooked(pieces in proptest::collection::vec("[a\",\n]{0,3}|ROW|DATE", 0..40)) {
            let file = pieces.concat().replace("ROW", &(row(1) + "\n")).replace("DATE", "01/01/2018 12:00:00 PM");
            let (seen, unusual) = times(file.as_bytes());
            let mut source = CsvSource::new(file.as_bytes(), &layout(), limits(1000), 0, 0, 2);
            let mut read = 0;
            while let Some(row) = source.next().unwrap() {
                read += usize::from(matches!(row, Row::Whole(_)));
            }
            prop_assert!(unusual || seen.len() >= read, "{} seen, {read} read", seen.len());
        }
    }
}
