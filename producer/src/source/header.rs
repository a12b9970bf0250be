//! The first row of a CSV file, and rows as texts of their own.

use super::split::{Raw, Split, split, unquote};

/// A header: its names and what comes behind it.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct HeaderRow {
    pub(crate) names: Vec<String>,
    /// where the first row begins, in bytes
    pub(crate) offset: u64,
    /// the line there, from 1
    pub(crate) line: u64,
}

/// Reads the header at the beginning of a file, behind a byte order mark and empty lines, if it ends within `head`.
/// Bytes that are not UTF-8 become replacement characters, which are in no name that we know.
pub(crate) fn header(head: &[u8], last: bool) -> Option<HeaderRow> {
    let mark = if head.starts_with(b"\xef\xbb\xbf") { 3 } else { 0 };
    let start = head[mark..].iter().position(|byte| !matches!(byte, b'\r' | b'\n'))? + mark;
    let (names, next) = texts_at(head, start, last)?;
    let line = 1 + memchr::memchr_iter(b'\n', &head[..next]).count() as u64;
    Some(HeaderRow { names, offset: next as u64, line })
}

/// A row's texts.
pub(crate) struct RowTexts {
    /// none in an empty line
    pub(crate) texts: Vec<String>,
    /// where the next row begins
    pub(crate) next: usize,
}

/// The texts of the row that `bytes` begin with, where nothing comes after `bytes`; none if there is none, or if it ends
/// within a quoted field. For those who look at few rows: each text is copied.
pub(crate) fn row_texts(bytes: &[u8]) -> Option<RowTexts> {
    if bytes.is_empty() {
        return None;
    }
    let (mut texts, next) = texts_at(bytes, 0, true)?;
    if texts.len() == 1 && texts[0].is_empty() {
        texts.clear();
    }
    Some(RowTexts { texts, next })
}

fn texts_at(bytes: &[u8], start: usize, last: bool) -> Option<(Vec<String>, usize)> {
    let mut raw = Vec::new();
    let Split::Row(row) = split(bytes, start, last, |_, field| raw.push(field)) else {
        return None;
    };
    let mut copy = bytes[start..row.end].to_vec();
    let texts = raw.into_iter().map(|field| {
        let (from, to) = match field {
            Raw::Clean(from, to) => (from - start, to - start),
            Raw::Quoted(from, to) => (from - start, unquote(&mut copy, from - start, to - start)),
        };
        String::from_utf8_lossy(&copy[from..to]).into_owned()
    });
    Some((texts.collect(), row.next))
}

/// Appends texts as one row, each in quotes where it must be.
pub(crate) fn write_row(texts: &[String], out: &mut Vec<u8>) {
    for (number, text) in texts.iter().enumerate() {
        if number > 0 {
            out.push(b',');
        }
        if text.contains([',', '"', '\n', '\r']) || (texts.len() == 1 && text.is_empty()) {
            out.push(b'"');
            out.extend_from_slice(text.replace('"', "\"\"").as_bytes());
            out.push(b'"');
        } else {
            out.extend_from_slice(text.as_bytes());
        }
    }
    out.push(b'\n');
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn marks_empty_lines_and_quotes_are_undone() {
        let found =
            header(b"\xef\xbb\xbf\r\n\"ID\",\"Case \"\"Number\",Date\r\n1,2,3\n", false).unwrap();
        assert_eq!(found.names, ["ID", "Case \"Number", "Date"]);
        assert_eq!((found.offset, found.line), (32, 3));
    }

    #[test]
    fn a_header_without_end_is_the_last_line_or_none() {
        assert_eq!(header(b"ID,Date", true).unwrap().names, ["ID", "Date"]);
        assert_eq!(header(b"ID,Date", false), None);
        assert_eq!(header(b"\n\r\n", true), None);
    }

    proptest! {
        #[test]
        fn a_row_that_is_written_is_read_again(texts in proptest::collection::vec("[a\",\n\r\u{e9}]{0,4}", 1..6)) {
            let mut row = Vec::new();
            write_row(&texts, &mut row);
            let read = row_texts(&row).unwrap();
            prop_assert_eq!(read.next, row.len());
            let empty = texts.len() == 1 && texts[0].is_empty();
            prop_assert_eq!(read.texts, if empty { Vec::new() } else { texts });
        }
    }
}
