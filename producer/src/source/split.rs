//! Cuts one CSV row into fields, in place.
//!
//! The rules are RFC 4180's with the leniencies that the csv crate has too: a quote inside an unquoted field is a
//! character like any other, and so is what follows the closing quote of a quoted field. Unlike the csv crate a row
//! ends only at a line feed (with or without a carriage return before it), never at a carriage return alone.

use memchr::{memchr, memchr_iter, memchr2};

/// A field before its quotes are undone: from, to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Raw {
    /// these bytes are the text
    Clean(usize, usize),
    /// begins with a quote and needs [`unquote`]
    Quoted(usize, usize),
}

/// What was found at the beginning of a buffer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Split {
    /// a whole row
    Row(RowEnd),
    /// the buffer ends inside the row, in a quoted field or not
    More {
        /// where the quote is that was open when the buffer ended
        open: Option<usize>,
    },
}

/// Where a row ends and what is in it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct RowEnd {
    /// behind its last byte, without the line's end
    pub(super) end: usize,
    /// where the next row begins
    pub(super) next: usize,
    /// number of fields
    pub(super) fields: usize,
    /// number of fields in quotes that are [`Raw::Clean`]
    pub(super) quoted: usize,
    /// some field is [`Raw::Quoted`]
    pub(super) unclean: bool,
    /// line feeds inside quoted fields
    pub(super) line_feeds: usize,
    /// the quote of the first field that has one inside
    pub(super) runs_on: Option<usize>,
}

/// Splits the row at `start`. `last` says that nothing comes after `buffer`. `field` is called with each field's number
/// and bytes; it may be called for fields of a row that turns out not to be whole.
pub(super) fn split(
    buffer: &[u8],
    start: usize,
    last: bool,
    mut field: impl FnMut(usize, Raw),
) -> Split {
    let mut row = RowEnd {
        end: 0,
        next: 0,
        fields: 0,
        quoted: 0,
        unclean: false,
        line_feeds: 0,
        runs_on: None,
    };
    let mut at = start;
    loop {
        let mut unquoted_from = at;
        let mut clean = true;
        if buffer.get(at) == Some(&b'"') {
            let Some((close, doubled)) = closing_quote(buffer, at, last) else {
                return Split::More { open: Some(at) };
            };
            let line_feeds = memchr_iter(b'\n', &buffer[at..close]).count();
            if line_feeds > 0 {
                row.line_feeds += line_feeds;
                row.runs_on.get_or_insert(at);
            }
            if !doubled && buffer.get(close + 1) == Some(&b',') {
                field(row.fields, Raw::Clean(at + 1, close));
                row.fields += 1;
                row.quoted += 1;
                at = close + 2;
                continue;
            }
            clean = false;
            unquoted_from = close + 1;
        }
        let rest = &buffer[unquoted_from..];
        let (stop, delimiter) = match find_delimiter(rest) {
            Some(i) => (unquoted_from + i, rest[i]),
            None if last => (buffer.len(), b'\n'),
            None => return Split::More { open: None },
        };
        let end = if delimiter == b'\n' && stop > unquoted_from && buffer[stop - 1] == b'\r' {
            stop - 1
        } else {
            stop
        };
        if clean {
            field(row.fields, Raw::Clean(at, end));
        } else if end == unquoted_from && memchr(b'"', &buffer[at + 1..end - 1]).is_none() {
            field(row.fields, Raw::Clean(at + 1, end - 1));
            row.quoted += 1;
        } else {
            field(row.fields, Raw::Quoted(at, end));
            row.unclean = true;
        }
        row.fields += 1;
        if delimiter == b'\n' {
            row.end = end;
            row.next = (stop + 1).min(buffer.len());
            return Split::Row(row);
        }
        at = stop + 1;
    }
}

/// Finds the first comma or line feed.
///
/// Most fields are short, and then looking at eight bytes in one number is faster than a search that is made for long
/// texts.
pub(super) fn find_delimiter(bytes: &[u8]) -> Option<usize> {
    const NEAR: usize = 24;
    for (i, word) in bytes.chunks_exact(8).take(NEAR / 8).enumerate() {
        // the conversion can't fail: a chunk has eight bytes
        let word = u64::from_le_bytes(word.try_into().unwrap_or_default());
        let found = zero_bytes(word ^ repeat(b',')) | zero_bytes(word ^ repeat(b'\n'));
        if found != 0 {
            return Some(8 * i + found.trailing_zeros() as usize / 8);
        }
    }
    let far = NEAR.min(bytes.len() / 8 * 8);
    memchr2(b',', b'\n', &bytes[far..]).map(|i| far + i)
}

const fn repeat(byte: u8) -> u64 {
    u64::from_ne_bytes([byte; 8])
}

/// The high bit of each byte that is zero. Bytes above the first of them may be marked though they are not zero.
const fn zero_bytes(word: u64) -> u64 {
    word.wrapping_sub(repeat(1)) & !word & repeat(0x80)
}

/// Finds the quote that closes the one at `open`, and whether there are doubled ones between; none if it is not in the
/// buffer, or if its last byte is a quote that may be the first half of a doubled one.
pub(super) fn closing_quote(buffer: &[u8], open: usize, last: bool) -> Option<(usize, bool)> {
    let mut from = open + 1;
    let mut doubled = false;
    loop {
        let quote = from + memchr(b'"', buffer.get(from..)?)?;
        match buffer.get(quote + 1) {
            Some(b'"') => {
                doubled = true;
                from = quote + 2;
            }
            None if !last => return None,
            _ => return Some((quote, doubled)),
        }
    }
}

/// Undoes the quoting of the field at `from..to` in place, and says where its text ends; it begins at `from`. What is
/// left behind it is overwritten with spaces, so that the bytes of the row are still UTF-8 if they were.
pub(super) fn unquote(buffer: &mut [u8], from: usize, to: usize) -> usize {
    let (mut read, mut write, mut inside) = (from + 1, from, true);
    while read < to {
        let byte = buffer[read];
        read += 1;
        if inside && byte == b'"' {
            if read < to && buffer[read] == b'"' {
                read += 1;
            } else {
                inside = false;
                continue;
            }
        }
        buffer[write] = byte;
        write += 1;
    }
    buffer[write..to].fill(b' ');
    write
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// All rows of a whole file.
    fn rows(file: &[u8]) -> Vec<Vec<Vec<u8>>> {
        let mut rows = Vec::new();
        let mut at = 0;
        while at < file.len() {
            let mut raw = Vec::new();
            let Split::Row(row) = split(file, at, true, |i, field| {
                assert_eq!(i, raw.len());
                raw.push(field);
            }) else {
                return rows;
            };
            let mut copy = file.to_vec();
            let fields: Vec<Vec<u8>> = raw
                .into_iter()
                .map(|field| match field {
                    Raw::Clean(from, to) => file[from..to].to_vec(),
                    Raw::Quoted(from, to) => {
                        let end = unquote(&mut copy, from, to);
                        copy[from..end].to_vec()
                    }
                })
                .collect();
            // the csv crate passes over empty lines, and so does the reader
            if row.end > at {
                rows.push(fields);
            }
            at = row.next;
        }
        rows
    }

    fn by_the_csv_crate(file: &[u8]) -> Vec<Vec<Vec<u8>>> {
        csv::ReaderBuilder::new()
            .has_headers(false)
            .flexible(true)
            .from_reader(file)
            .byte_records()
            .map(|row| row.unwrap().iter().map(<[u8]>::to_vec).collect())
            .collect()
    }

    #[test]
    fn quotes_line_ends_and_empty_fields() {
        for file in [
            "a,b,c\n",
            "a,b,c",
            "a,b,c\r\n1,2,3\r\n",
            ",,\n",
            ",\n,\n",
            "\"a,b\",c\n",
            "\"a\nb\",c\n",
            "\"a\"\"b\",c\n",
            "\"\",\"\"\n",
            "\"\"\"\"\n",
            "a\"b,c\"\n",
            "\"a\"b,\"c\" \n",
            "\"a\"\r\n\"b\"",
            "\"a\"b\"c\",d",
            "\n\na\n\n",
        ] {
            assert_eq!(rows(file.as_bytes()), by_the_csv_crate(file.as_bytes()), "{file:?}");
        }
    }

    #[test]
    fn a_row_that_is_not_whole_asks_for_more() {
        for (text, open) in [("a,b", None), ("a,\"b", Some(2)), ("a,\"b\"", Some(2)), ("", None)] {
            let found = split(text.as_bytes(), 0, false, |_, _| ());
            assert_eq!(found, Split::More { open }, "{text:?}");
        }
        let found = split(b"a,\"b\nc,d\n", 0, true, |_, _| ());
        assert_eq!(found, Split::More { open: Some(2) });
    }

    proptest! {
        #[test]
        fn the_first_delimiter_is_found(text in "[a,\n+\u{8d}\u{ac}]{0,60}") {
            let bytes = text.as_bytes();
            prop_assert_eq!(find_delimiter(bytes), memchr2(b',', b'\n', bytes));
        }

        #[test]
        fn the_same_as_the_csv_crate(pieces in proptest::collection::vec("[ab,\"\n\u{e9}]|\"\"|\r\n", 0..60)) {
            let file = pieces.concat();
            let ours = rows(file.as_bytes());
            let theirs = by_the_csv_crate(file.as_bytes());
            // a quote that is never closed ends our reading; the csv crate takes the rest for its field
            let closed = ours.len() == theirs.len();
            prop_assert_eq!(&ours[..], &theirs[..ours.len()]);
            prop_assert!(closed || ours.len() + 1 == theirs.len());
        }

        #[test]
        fn however_the_bytes_arrive(text in "[ab,\"\n]{0,40}", cut in 0_usize..40) {
            let whole = split(text.as_bytes(), 0, true, |_, _| ());
            let part = &text.as_bytes()[..cut.min(text.len())];
            match split(part, 0, false, |_, _| ()) {
                Split::Row(row) => prop_assert_eq!(Split::Row(row), whole),
                Split::More { .. } => {}
            }
        }
    }
}
