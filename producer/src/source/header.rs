//! The first row of a CSV file.

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
    let mut raw = Vec::new();
    let Split::Row(row) = split(head, start, last, |_, field| raw.push(field)) else {
        return None;
    };
    let mut copy = head[..row.end].to_vec();
    let names = raw.into_iter().map(|field| {
        let (from, to) = match field {
            Raw::Clean(from, to) => (from, to),
            Raw::Quoted(from, to) => (from, unquote(&mut copy, from, to)),
        };
        String::from_utf8_lossy(&copy[from..to]).into_owned()
    });
    Some(HeaderRow {
        names: names.collect(),
        offset: row.next as u64,
        line: 1 + memchr::memchr_iter(b'\n', &head[..row.next]).count() as u64,
    })
}

#[cfg(test)]
mod tests {
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
}
