//! Rows of any bytes, however they arrive, against the csv crate.

use std::io::{self, Read};

use crate::columns::{COLUMN_COUNT, Column, Layout};
use crate::record::{Broken, Reason, Row};
use crate::source::{CsvSource, CsvTimes, Glance, Limits, Source as _};

/// Takes rows behind a header. The first byte says how many bytes a read gives, the second how long a row may be.
///
/// # Panics
/// Where something does not hold.
pub fn csv(bytes: &[u8]) {
    let Some((&[step, longest], rows)) = bytes.split_first_chunk::<2>() else { return };
    let layout = Layout::of(&Column::ALL.map(Column::key)).expect("all columns");
    // the noon of the first of January 2018
    let latest = Some(1_514_808_000_000);
    let limits = Limits { row_bytes: 16 + 2 * usize::from(longest), latest };
    let found = read(rows, &layout, limits);
    let arrives = || Arriving { bytes: rows, step: usize::from(step % 64) + 1 };
    assert_eq!(read(arrives(), &layout, limits), found, "bytes that arrive in steps of {step}");
    assert_eq!(times(arrives(), &layout, limits), times(rows, &layout, limits));
    glances(&found, times(rows, &layout, limits));
    places(&found, rows);
    against_the_csv_crate(&found, rows);
    written(rows, &layout);
}

/// What a row was found to be.
#[derive(Debug, PartialEq)]
enum Found {
    /// its texts, event time, line, offset and length
    Record(Vec<String>, i64, [u64; 3]),
    Broken(Broken),
}

fn read(rows: impl Read, layout: &Layout, limits: Limits) -> Vec<Found> {
    let mut source = CsvSource::new(rows, layout, limits, 0, 0, 2);
    let mut found = Vec::new();
    while let Some(row) = source.next().expect("bytes in memory") {
        found.push(match row {
            Row::Whole(record) => Found::Record(
                Column::ALL.map(|column| record.field(column).to_owned()).to_vec(),
                record.event_time,
                [record.place.line, record.place.offset, record.place.length.into()],
            ),
            Row::Broken(broken) => Found::Broken(broken),
        });
    }
    found
}

fn times(rows: impl Read, layout: &Layout, limits: Limits) -> Vec<Glance> {
    let mut source = CsvTimes::new(rows, layout, limits);
    let mut glances = Vec::new();
    loop {
        let glance = source.next().expect("bytes in memory");
        glances.push(glance);
        if matches!(glance, Glance::End | Glance::Unusual) {
            return glances;
        }
    }
}

/// Looking at times alone overlooks no record, unless it says that it can't tell.
fn glances(found: &[Found], glances: Vec<Glance>) {
    if glances.last() == Some(&Glance::Unusual) {
        return;
    }
    let mut seen = glances.into_iter().filter_map(|glance| match glance {
        Glance::Time(time) => Some(time),
        _ => None,
    });
    for row in found {
        if let Found::Record(_, time, _) = row {
            assert!(seen.any(|seen| seen == *time), "a record of time {time} is overlooked");
        }
    }
}

/// Rows stand behind each other, and lines are counted as they are. (A quote that is not closed may be told some lines
/// ahead of where reading goes on.)
fn places(found: &[Found], rows: &[u8]) {
    let mut end = 0;
    for row in found {
        match row {
            Found::Record(_, _, [line, offset, length]) => {
                let (from, to) = (*offset as usize, (offset + length) as usize);
                assert!(from >= end && to <= rows.len(), "rows overlap");
                assert_eq!(*line, 2 + line_feeds(&rows[..from]));
                end = to;
            }
            Found::Broken(Broken { place, detail, .. }) => {
                let from = place.offset as usize;
                assert!(from >= end && from <= rows.len() && !detail.is_empty());
                assert!(
                    (2 + line_feeds(&rows[..from])..=2 + line_feeds(rows)).contains(&place.line)
                );
                end = from;
            }
        }
    }
}

fn line_feeds(bytes: &[u8]) -> u64 {
    bytes.iter().filter(|&&byte| byte == b'\n').count() as u64
}

/// The csv crate reads the same rows, as long as all quotes are closed and no carriage return stands alone.
fn against_the_csv_crate(found: &[Found], rows: &[u8]) {
    let lone = |(i, &byte): (usize, &u8)| byte == b'\r' && rows.get(i + 1) != Some(&b'\n');
    let guessed = |row: &Found| matches!(row, Found::Broken(broken) if matches!(broken.reason, Reason::UnclosedQuote | Reason::TooLong));
    if rows.iter().enumerate().any(lone) || found.iter().any(guessed) {
        return;
    }
    let reader = csv::ReaderBuilder::new().has_headers(false).flexible(true).from_reader(rows);
    let mut theirs = reader.into_byte_records();
    for row in found {
        let fields = theirs.next().expect("another row").expect("bytes in memory");
        match row {
            Found::Record(texts, time, _) => {
                assert!(fields.iter().eq(texts.iter().map(String::as_bytes)));
                let date = std::str::from_utf8(&fields[Column::Date as usize]).ok();
                let parsed = date.and_then(crime_core::date::parse).map(|it| it - it % 1000);
                assert_eq!(parsed, Some(*time));
            }
            Found::Broken(broken) => match broken.reason {
                Reason::FieldCount => assert!(fields.len() != COLUMN_COUNT),
                Reason::NotUtf8 => {
                    assert!(fields.iter().any(|field| std::str::from_utf8(field).is_err()));
                }
                _ => assert_eq!(fields.len(), COLUMN_COUNT),
            },
        }
    }
    assert!(theirs.next().is_none(), "a row is overlooked");
}

/// What the csv crate writes, whatever is in the texts, is read again as it was.
fn written(bytes: &[u8], layout: &Layout) {
    let limits = Limits { row_bytes: 1 << 20, latest: None };
    let text = String::from_utf8_lossy(bytes);
    let mut pieces = text.split('|');
    let mut writer = csv::Writer::from_writer(Vec::new());
    let mut rows = Vec::new();
    while let Some(first) = pieces.next() {
        let mut row = vec![first];
        row.extend(pieces.by_ref().take(COLUMN_COUNT - 1));
        row.resize(COLUMN_COUNT, "");
        row[Column::Date as usize] = "2018-01-01T12:00:00";
        writer.write_record(&row).expect("bytes in memory");
        rows.push(row);
    }
    let file = writer.into_inner().expect("bytes in memory");
    let found = read(file.as_slice(), layout, limits);
    assert_eq!(found.len(), rows.len());
    for (found, row) in found.iter().zip(rows) {
        assert!(matches!(found, Found::Record(texts, ..) if *texts == row), "{row:?}: {found:?}");
    }
}

/// Bytes of which a read gives only some.
struct Arriving<'a> {
    bytes: &'a [u8],
    step: usize,
}

impl Read for Arriving<'_> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let length = self.step.min(into.len());
        self.bytes.read(&mut into[..length])
    }
}
