//! What a source hands on: whole records, and rows that are none.

use std::fmt;

use crate::columns::{COLUMN_COUNT, Column};

/// A piece of a record's text, in bytes: from, to.
pub(crate) type Span = (u32, u32);

/// Where the columns are in a record's text. One place more than there are columns takes the fields that are not ours.
pub(crate) type Spans = [Span; COLUMN_COUNT + 1];

/// The place in [`Spans`] for fields that are not ours.
pub(crate) const IGNORED: usize = COLUMN_COUNT;

/// One crime record: 22 texts, borrowed from the source that read it.
#[derive(Debug, Clone, Copy)]
pub struct Record<'a> {
    pub(crate) text: &'a str,
    pub(crate) spans: &'a Spans,
    /// no text holds a character that JSON escapes
    pub(crate) plain: bool,
    /// when it happened: milliseconds since 1970-01-01T00:00:00 on the city's wall clock, whole seconds, never negative
    pub event_time: i64,
    /// by how much `event_time` is later than what the texts say, in milliseconds: whole weeks
    pub(crate) shift: i64,
    /// where it was read
    pub place: Place,
}

impl<'a> Record<'a> {
    /// The text of a column, as it was in the file; empty where there is none.
    #[must_use]
    pub fn field(&self, column: Column) -> &'a str {
        let (from, to) = self.spans[column as usize];
        &self.text[from as usize..to as usize]
    }
}

/// Where a row was read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Place {
    /// number of the input, from 0
    pub input: u32,
    /// line in it where the row begins, from 1; 0 where it is not known because rows are read in another order
    pub line: u64,
    /// where the row begins, in (uncompressed) bytes
    pub offset: u64,
    /// its length in bytes, without the line's end
    pub length: u32,
}

/// What a source finds next.
#[derive(Debug)]
pub enum Row<'a> {
    /// a record that can be sent
    Whole(Record<'a>),
    /// a row that can't
    Broken(Broken),
}

/// A row that can't be sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Broken {
    /// where it begins; of a quote that is not closed, the line where the quote is
    pub place: Place,
    /// for counting
    pub reason: Reason,
    /// for reading: what was found, in a few words
    pub detail: String,
}

impl Broken {
    /// What a source gives that is asked for a row where it has none.
    pub(crate) fn none() -> Self {
        let detail = "there is no row here".to_owned();
        Self { place: Place::default(), reason: Reason::FieldCount, detail }
    }
}

impl fmt::Display for Broken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.detail)
    }
}

/// Why a row can't be sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Reason {
    /// more or fewer fields than the header has
    FieldCount,
    /// a quoted field that is not closed
    UnclosedQuote,
    /// longer than the limit
    TooLong,
    /// not UTF-8
    NotUtf8,
    /// no date in one of the two forms, or one before 1970, for which Kafka has no timestamp
    Date,
    /// a date later than the latest that is allowed
    Future,
    /// a line of JSON that is not an object of scalars
    NotJson,
}

impl Reason {
    /// All of them.
    pub const ALL: [Self; 7] = [
        Self::FieldCount,
        Self::UnclosedQuote,
        Self::TooLong,
        Self::NotUtf8,
        Self::Date,
        Self::Future,
        Self::NotJson,
    ];

    /// A short name for scripts.
    #[must_use]
    pub const fn key(self) -> &'static str {
        match self {
            Self::FieldCount => "field-count",
            Self::UnclosedQuote => "unclosed-quote",
            Self::TooLong => "too-long",
            Self::NotUtf8 => "not-utf8",
            Self::Date => "date",
            Self::Future => "future",
            Self::NotJson => "not-json",
        }
    }
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::FieldCount => "wrong number of fields",
            Self::UnclosedQuote => "unclosed quote",
            Self::TooLong => "row too long",
            Self::NotUtf8 => "not UTF-8",
            Self::Date => "no date",
            Self::Future => "in the future",
            Self::NotJson => "no JSON object",
        })
    }
}
