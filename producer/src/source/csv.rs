//! Rows of a CSV file as records, without a copy of any text.

use std::io::{self, Read};

use memchr::memchr;

use super::buffer::Buffer;
use super::split::{Raw, RowEnd, Split, split, unquote};
use super::{Limits, Source, event_time, is_plain};
use crate::columns::{COLUMN_COUNT, Column, Layout};
use crate::record::{Broken, IGNORED, Place, Reason, Record, Row, Spans};

/// Reads records from a CSV file's rows.
///
/// A row that can't be sent is [`Row::Broken`], and reading goes on behind it. If a broken row runs over several lines,
/// a quote that is not closed has swallowed them: reading goes on with the second of these lines, so that only the
/// line with the quote is lost.
pub struct CsvSource<R> {
    buffer: Buffer<R>,
    fields: Fields,
    limit: usize,
    input: u32,
    found: Found,
}

impl<R: Read> CsvSource<R> {
    /// Reads rows from `input`, which stands behind the header, at a byte and a line of the file. Rows beyond `limits` are
    /// broken. `number` is the input's number in [`Place`].
    pub fn new(
        input: R,
        layout: &Layout,
        limits: Limits,
        number: u32,
        offset: u64,
        line: u64,
    ) -> Self {
        Self {
            buffer: Buffer::new(input, offset, line),
            fields: Fields::of(layout, limits.latest),
            limit: limits.row_bytes,
            input: number,
            found: Found::None,
        }
    }

    /// Finds the next row and moves behind it.
    fn find(&mut self) -> io::Result<Found> {
        loop {
            let start = self.buffer.start();
            let within = self.within_the_limit();
            let last = self.buffer.is_last() && within == self.buffer.rest().len();
            match self.fields.split(&self.buffer.bytes()[..start + within], last, start) {
                _ if last && within == 0 => return Ok(Found::None),
                Split::Row(row) if row.end == start => self.buffer.consume(row.next, 1),
                Split::Row(row) => {
                    let length = row.end - start;
                    if length > self.limit {
                        return self.too_long(row.runs_on).map(Found::Broken);
                    }
                    if row.fields != self.fields.slots.len() {
                        return Ok(Found::Broken(self.wrong_count(&row)));
                    }
                    let place = self.place(length);
                    self.buffer.consume(row.next, 1 + row.line_feeds as u64);
                    return Ok(Found::Row(start, row, place));
                }
                Split::More { open } if last => return Ok(Found::Broken(self.unclosed(open))),
                Split::More { open } if within >= self.limit + END => {
                    return self.too_long(open).map(Found::Broken);
                }
                Split::More { .. } => self.buffer.fill()?,
            }
        }
    }

    /// How many of the bytes that come next can be a row with its end. Those behind them are not looked at, whether they
    /// were read or not: what a row is found to be must not depend on how many bytes a read gave.
    fn within_the_limit(&self) -> usize {
        self.buffer.rest().len().min(self.limit + END)
    }

    fn place(&self, length: usize) -> Place {
        Place {
            input: self.input,
            line: self.buffer.line(),
            offset: self.buffer.offset(),
            length: length_of(length),
        }
    }

    /// The line of a quote in the row that comes next.
    fn line_of(&self, quote: usize) -> u64 {
        let before = &self.buffer.bytes()[self.buffer.start()..quote];
        self.buffer.line() + memchr::memchr_iter(b'\n', before).count() as u64
    }

    fn wrong_count(&mut self, row: &RowEnd) -> Broken {
        let expected = self.fields.slots.len();
        let mut place = self.place(row.end - self.buffer.start());
        let mut detail = format!("{} fields, where the header has {expected}", row.fields);
        let Some(quote) = row.runs_on else {
            self.buffer.consume(row.next, 1);
            return Broken { place, reason: Reason::FieldCount, detail };
        };
        place.line = self.line_of(quote);
        detail.push_str(
            "; a quote that opens here runs on into the next line, it is taken as not closed",
        );
        self.buffer.consume_line();
        Broken { place, reason: Reason::UnclosedQuote, detail }
    }

    fn unclosed(&mut self, open: Option<usize>) -> Broken {
        let mut place = self.place(self.buffer.rest().len());
        place.line = open.map_or(place.line, |quote| self.line_of(quote));
        if !self.buffer.consume_line() {
            self.buffer.consume(self.buffer.bytes().len(), 1);
        }
        let detail = "a quote that opens here is not closed before the end of the file".to_owned();
        Broken { place, reason: Reason::UnclosedQuote, detail }
    }

    fn too_long(&mut self, open: Option<usize>) -> io::Result<Broken> {
        let limit = self.limit;
        let mut place = self.place(0);
        let feed = memchr(b'\n', &self.buffer.rest()[..self.within_the_limit()]);
        if let (Some(quote), Some(feed)) = (open, feed) {
            place.length = length_of(feed);
            place.line = self.line_of(quote);
            self.buffer.consume_line();
            let detail = format!("a quote that opens here is not closed within {limit} bytes");
            return Ok(Broken { place, reason: Reason::UnclosedQuote, detail });
        }
        let length = self.buffer.skip_line()?;
        place.length = u32::try_from(length).unwrap_or(u32::MAX);
        let detail = format!("a row of {length} bytes, more than the limit of {limit}");
        Ok(Broken { place, reason: Reason::TooLong, detail })
    }
}

impl<R: Read> Source for CsvSource<R> {
    fn advance(&mut self) -> io::Result<bool> {
        self.found = self.find()?;
        Ok(!matches!(self.found, Found::None))
    }

    fn row(&mut self) -> Row<'_> {
        match &self.found {
            Found::Row(start, row, place) => {
                self.fields.record(self.buffer.bytes_mut(), *start, row, *place)
            }
            Found::Broken(broken) => Row::Broken(broken.clone()),
            Found::None => Row::Broken(Broken::none()),
        }
    }
}

/// A line's end has at most so many bytes.
const END: usize = 2;

fn length_of(bytes: usize) -> u32 {
    u32::try_from(bytes).unwrap_or(u32::MAX)
}

/// What stands where the source is.
enum Found {
    Row(usize, RowEnd, Place),
    Broken(Broken),
    None,
}

/// One row that is in memory, for those who know where it is.
pub(crate) struct CsvRow {
    fields: Fields,
    bytes: Vec<u8>,
    /// none where the bytes are not one row with all fields
    found: Option<RowEnd>,
    place: Place,
}

impl CsvRow {
    pub(crate) fn new(layout: &Layout, limits: Limits) -> Self {
        Self {
            fields: Fields::of(layout, limits.latest),
            bytes: Vec::new(),
            found: None,
            place: Place::default(),
        }
    }

    /// Takes the bytes of a row without its line's end.
    pub(crate) fn set(&mut self, bytes: &[u8], place: Place) {
        self.bytes.clear();
        self.bytes.extend_from_slice(bytes);
        self.place = place;
        self.found = match self.fields.split(&self.bytes, true, 0) {
            Split::Row(row) if row.fields == self.fields.slots.len() && row.end == bytes.len() => {
                Some(row)
            }
            _ => None,
        };
    }

    pub(crate) fn row(&mut self) -> Row<'_> {
        match &self.found {
            Some(row) => self.fields.record(&mut self.bytes, 0, row, self.place),
            None => {
                let detail = "no longer the row that it was: the file was changed".to_owned();
                Row::Broken(Broken { place: self.place, reason: Reason::FieldCount, detail })
            }
        }
    }
}

/// Where the fields of the row at hand are.
struct Fields {
    /// for each field its place in `spans`
    slots: Vec<usize>,
    spans: Spans,
    /// fields whose quoting must be undone: place in `spans`, from, to
    unclean: Vec<(usize, usize, usize)>,
    /// the latest event time that is no fault
    latest: Option<i64>,
}

impl Fields {
    fn of(layout: &Layout, latest: Option<i64>) -> Self {
        let slot = |column: &Option<Column>| column.map_or(IGNORED, |column| column as usize);
        Self {
            slots: layout.columns.iter().map(slot).collect(),
            spans: [(0, 0); COLUMN_COUNT + 1],
            unclean: Vec::new(),
            latest,
        }
    }

    fn split(&mut self, bytes: &[u8], last: bool, start: usize) -> Split {
        let Self { slots, spans, unclean, .. } = self;
        unclean.clear();
        split(bytes, start, last, |number, raw| {
            let slot = slots.get(number).copied().unwrap_or(IGNORED);
            match raw {
                Raw::Clean(from, to) => spans[slot] = span(start, from, to),
                Raw::Quoted(from, to) => unclean.push((slot, from, to)),
            }
        })
    }

    fn record<'a>(
        &'a mut self,
        bytes: &'a mut [u8],
        start: usize,
        row: &RowEnd,
        place: Place,
    ) -> Row<'a> {
        for (slot, from, to) in self.unclean.drain(..) {
            let end = unquote(bytes, from, to);
            self.spans[slot] = span(start, from, end);
        }
        let bytes = &bytes[start..row.end];
        let broken = |reason, detail| Row::Broken(Broken { place, reason, detail });
        let text = match std::str::from_utf8(bytes) {
            Ok(text) => text,
            Err(error) => {
                let at = error.valid_up_to();
                let detail = format!("byte {} of the row is {:#04x}: not UTF-8", at + 1, bytes[at]);
                return broken(Reason::NotUtf8, detail);
            }
        };
        let (from, to) = self.spans[Column::Date as usize];
        match event_time(&text[from as usize..to as usize], self.latest) {
            Ok(event_time) => {
                let plain = !row.unclean && is_plain(bytes, 2 * row.quoted);
                Row::Whole(Record { text, spans: &self.spans, plain, event_time, shift: 0, place })
            }
            Err((reason, detail)) => broken(reason, detail),
        }
    }
}

/// A span in a row that begins at `start`. A row is shorter than 4 GiB: its length is limited.
fn span(start: usize, from: usize, to: usize) -> (u32, u32) {
    ((from - start) as u32, (to - start) as u32)
}

#[cfg(test)]
mod tests {
    use super::super::tests::{HEADER, limits, row};
    use super::*;

    /// What comes out of a file: IDs of whole rows, and line and reason of broken ones.
    fn read(rows: &[u8], limit: usize) -> Vec<Result<String, (u64, Reason)>> {
        let names: Vec<&str> = HEADER.split(',').collect();
        let layout = Layout::of(&names).unwrap();
        let mut source = CsvSource::new(rows, &layout, limits(limit), 0, 0, 2);
        let mut found = Vec::new();
        while let Some(row) = source.next().unwrap() {
            found.push(match row {
                Row::Whole(record) => Ok(record.field(Column::Id).to_owned()),
                Row::Broken(broken) => Err((broken.place.line, broken.reason)),
            });
        }
        found
    }

    fn good(id: u32) -> Result<String, (u64, Reason)> {
        Ok(id.to_string())
    }

    #[test]
    fn records_have_their_texts_time_and_place() {
        let names: Vec<&str> = HEADER.split(',').collect();
        let layout = Layout::of(&names).unwrap();
        let text = row(1).replace("STREET", "\"A \"\"B\"\",\nC\"");
        let file = format!("\r\n{text}\r\n{}", row(2));
        let mut source = CsvSource::new(file.as_bytes(), &layout, limits(1000), 3, 100, 2);
        let Some(Row::Whole(record)) = source.next().unwrap() else { panic!("no record") };
        assert_eq!(record.field(Column::LocationDescription), "A \"B\",\nC");
        assert_eq!(record.field(Column::District), "007");
        assert_eq!(record.field(Column::Location), "");
        assert_eq!(record.event_time, 1_514_808_000_000);
        assert!(!record.plain);
        let length = u32::try_from(text.len()).unwrap();
        assert_eq!(record.place, Place { input: 3, line: 3, offset: 102, length });
        let Some(Row::Whole(record)) = source.next().unwrap() else { panic!("no record") };
        assert_eq!((record.field(Column::Id), record.place.line), ("2", 5));
        assert!(record.plain);
        assert!(source.next().unwrap().is_none());
    }

    #[test]
    fn a_broken_row_is_told_and_passed_over() {
        let short = format!("{}\n2,JB2\n{}\n", row(1), row(3));
        assert_eq!(read(short.as_bytes(), 1000), [good(1), Err((3, Reason::FieldCount)), good(3)]);
        let long = format!("{}\n{}\n{}\n", row(1), row(2) + ",x", row(3));
        assert_eq!(read(long.as_bytes(), 1000), [good(1), Err((3, Reason::FieldCount)), good(3)]);
        let date = format!("{}\n{}\n", row(1), row(2).replace("01/01/2018", "yesterday"));
        assert_eq!(read(date.as_bytes(), 1000), [good(1), Err((3, Reason::Date))]);
        let early = format!("{}\n{}\n", row(1), row(2).replace("01/01/2018", "12/31/1969"));
        assert_eq!(read(early.as_bytes(), 1000), [good(1), Err((3, Reason::Date))]);
        let mut invalid = format!("{}\n{}\n{}", row(1), row(2), row(3)).into_bytes();
        let at = row(1).len() + 1 + row(2).find("STREET").unwrap();
        invalid[at] = 0xff;
        assert_eq!(read(&invalid, 1000), [good(1), Err((3, Reason::NotUtf8)), good(3)]);
    }

    #[test]
    fn a_row_beyond_the_limit_is_passed_over_without_being_held() {
        for size in [2_000, 10_000_000] {
            let long = row(2).replace("STREET", &"S".repeat(size));
            let file = format!("{}\n{long}\n{}\n", row(1), row(3));
            assert_eq!(
                read(file.as_bytes(), 1000),
                [good(1), Err((3, Reason::TooLong)), good(3)],
                "{size}"
            );
        }
        let to_the_end = format!("{}\n{}", row(1), "x".repeat(1_000_000));
        assert_eq!(read(to_the_end.as_bytes(), 1000), [good(1), Err((3, Reason::TooLong))]);
    }

    #[test]
    fn a_quote_that_is_not_closed_loses_only_its_line() {
        let open = row(2).replace("STREET", "\"STREET");
        let to_the_end = format!("{}\n{open}\n{}\n", row(1), row(3));
        let expected = [good(1), Err((3, Reason::UnclosedQuote)), good(3)];
        assert_eq!(read(to_the_end.as_bytes(), 100_000), expected);
        let beyond_the_limit = format!("{to_the_end}{}", "\n".repeat(2_000));
        assert_eq!(read(beyond_the_limit.as_bytes(), 1000), expected);
        let closed_by_another = format!("{to_the_end}{}\n", row(4) + "\"(41.8, -87.6)\"");
        let mut expected = expected.to_vec();
        expected.push(good(4));
        assert_eq!(read(closed_by_another.as_bytes(), 100_000), expected);
    }

    #[test]
    fn rows_larger_than_the_buffer_are_read() {
        let large = row(2).replace("STREET", &format!("\"{}\"", "S\n".repeat(400_000)));
        let file = format!("{}\n{large}\n{}\n", row(1), row(3));
        assert_eq!(read(file.as_bytes(), 1_000_000), [good(1), good(2), good(3)]);
    }
}
