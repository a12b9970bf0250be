//! Frames: what crosses the edge as one byte array, so that it costs one call of the JVM whatever is in it.
//!
//! Numbers are in the machine's byte order, a byte string has its length (32 bits) in front, a text is UTF-8. `Frame`
//! and `FrameBuilder` are the Java side.

use crate::fault::{Fault, wrong};
use component_host::ByteLists;

/// Reads what Java wrote. Every length is checked.
pub(crate) struct Reader<'a>(&'a [u8]);

impl<'a> Reader<'a> {
    pub(crate) fn new(frame: &'a [u8]) -> Self {
        Self(frame)
    }

    fn take(&mut self, length: usize) -> Result<&'a [u8], Fault> {
        let (taken, rest) = self.0.split_at_checked(length).ok_or_else(|| {
            wrong(format!("a frame has {} bytes left, expected {length}", self.0.len()))
        })?;
        self.0 = rest;
        Ok(taken)
    }

    fn array<const N: usize>(&mut self) -> Result<[u8; N], Fault> {
        let mut array = [0; N];
        array.copy_from_slice(self.take(N)?);
        Ok(array)
    }

    pub(crate) fn int(&mut self) -> Result<i32, Fault> {
        self.array().map(i32::from_ne_bytes)
    }

    pub(crate) fn long(&mut self) -> Result<i64, Fault> {
        self.array().map(i64::from_ne_bytes)
    }

    /// A number that cannot be negative: a count, a length, a version.
    pub(crate) fn count(&mut self) -> Result<u32, Fault> {
        let count = self.int()?;
        u32::try_from(count).map_err(|_| wrong(format!("a frame counts {count}")))
    }

    pub(crate) fn bytes(&mut self) -> Result<&'a [u8], Fault> {
        let length = self.count()?;
        self.take(length as usize)
    }

    pub(crate) fn text(&mut self) -> Result<String, Fault> {
        let bytes = self.bytes()?;
        match std::str::from_utf8(bytes) {
            Ok(text) => Ok(text.to_owned()),
            Err(_) => Err(wrong("a text in a frame is not UTF-8")),
        }
    }

    /// A count, and as many byte strings.
    pub(crate) fn byte_lists(&mut self) -> Result<ByteLists, Fault> {
        let count = self.count()?;
        let mut lists = ByteLists { bytes: Vec::with_capacity(self.0.len()), ends: Vec::new() };
        for _ in 0..count {
            lists.push(self.bytes()?)?;
        }
        Ok(lists)
    }

    /// Nothing may follow.
    pub(crate) fn end(self) -> Result<(), Fault> {
        match self.0.len() {
            0 => Ok(()),
            left => Err(wrong(format!("a frame has {left} bytes too many"))),
        }
    }
}

/// Writes what Java reads.
#[derive(Default)]
pub(crate) struct Writer(Vec<u8>);

impl Writer {
    pub(crate) fn clear(&mut self) {
        self.0.clear();
    }

    pub(crate) fn as_bytes(&self) -> &[u8] {
        &self.0
    }

    pub(crate) fn byte(&mut self, byte: u8) {
        self.0.push(byte);
    }

    pub(crate) fn int(&mut self, value: i32) {
        self.0.extend_from_slice(&value.to_ne_bytes());
    }

    pub(crate) fn long(&mut self, value: i64) {
        self.0.extend_from_slice(&value.to_ne_bytes());
    }

    /// A number that Java reads as `int`; one that does not fit is the greatest that does.
    pub(crate) fn count(&mut self, count: usize) {
        self.int(i32::try_from(count).unwrap_or(i32::MAX));
    }

    /// A number that Java reads as `long`; one that does not fit is the greatest that does.
    pub(crate) fn unsigned(&mut self, value: u64) {
        self.long(i64::try_from(value).unwrap_or(i64::MAX));
    }

    pub(crate) fn bytes(&mut self, bytes: &[u8]) {
        self.count(bytes.len());
        self.0.extend_from_slice(bytes);
    }

    pub(crate) fn longs(&mut self, column: &[i64]) {
        self.column(column, i64::to_ne_bytes);
    }

    pub(crate) fn ints(&mut self, column: &[u32]) {
        self.column(column, u32::to_ne_bytes);
    }

    /// The ends, then the bytes; how many there are, the reader knows.
    pub(crate) fn byte_lists(&mut self, lists: &ByteLists) {
        self.ints(&lists.ends);
        self.0.extend_from_slice(&lists.bytes);
    }

    fn column<T: Copy, const N: usize>(&mut self, column: &[T], bytes: impl Fn(T) -> [u8; N]) {
        let start = self.0.len();
        self.0.resize(start + N * column.len(), 0);
        let (places, _) = self.0[start..].as_chunks_mut::<N>();
        for (place, &value) in places.iter_mut().zip(column) {
            *place = bytes(value);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read() {
        let mut frame = Writer::default();
        frame.int(-7);
        frame.long(i64::MIN);
        frame.unsigned(u64::MAX);
        frame.count(3);
        frame.bytes(b"key");
        frame.bytes("\u{e9}\u{1f600}".as_bytes());
        let mut reader = Reader::new(frame.as_bytes());
        assert_eq!(reader.int().unwrap(), -7);
        assert_eq!(reader.long().unwrap(), i64::MIN);
        assert_eq!(reader.long().unwrap(), i64::MAX);
        assert_eq!(reader.count().unwrap(), 3);
        assert_eq!(reader.bytes().unwrap(), b"key");
        assert_eq!(reader.text().unwrap(), "\u{e9}\u{1f600}");
        reader.end().unwrap();
    }

    #[test]
    fn columns_are_the_numbers_one_behind_the_other() {
        let mut frame = Writer::default();
        frame.longs(&[1, -1]);
        frame.ints(&[2, u32::MAX]);
        frame.byte_lists(&ByteLists { bytes: b"abc".to_vec(), ends: vec![1, 3] });
        let mut expected = Vec::new();
        expected.extend(1_i64.to_ne_bytes());
        expected.extend((-1_i64).to_ne_bytes());
        for number in [2, u32::MAX, 1, 3] {
            expected.extend(number.to_ne_bytes());
        }
        expected.extend(b"abc");
        assert_eq!(frame.as_bytes(), expected);
        frame.clear();
        assert!(frame.as_bytes().is_empty());
    }

    #[test]
    fn byte_lists_keep_their_entries_apart() {
        let mut frame = Writer::default();
        frame.count(3);
        for entry in [&b"ab"[..], b"", b"c"] {
            frame.bytes(entry);
        }
        let mut reader = Reader::new(frame.as_bytes());
        let lists = reader.byte_lists().unwrap();
        reader.end().unwrap();
        assert_eq!((lists.bytes.as_slice(), lists.ends.as_slice()), (&b"abc"[..], &[2, 2, 3][..]));
    }

    #[test]
    fn frames_that_lie_are_refused() {
        let ints =
            |numbers: &[i32]| numbers.iter().flat_map(|n| n.to_ne_bytes()).collect::<Vec<u8>>();
        assert!(Reader::new(&[1, 2, 3]).int().is_err());
        assert!(Reader::new(&ints(&[1])).long().is_err());
        assert!(Reader::new(&ints(&[-1])).count().is_err());
        assert!(Reader::new(&ints(&[i32::MAX])).bytes().is_err());
        assert!(Reader::new(&ints(&[-1])).bytes().is_err());
        assert!(Reader::new(&ints(&[i32::MAX])).byte_lists().is_err());
        assert!(Reader::new(&ints(&[2, 0])).byte_lists().is_err());
        assert!(Reader::new(&[1, 0, 0, 0, 0xff]).text().is_err());
        assert!(Reader::new(&[0]).end().is_err());
    }
}
