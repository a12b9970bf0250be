//! A stretch of an input in memory: what was read of it and not yet used.

use std::io::{self, Read};

use memchr::memchr;

/// Big enough that reading costs little, small enough to stay in the processor's second cache. In tests so small that it
/// has to grow.
const FIRST_SIZE: usize = if cfg!(any(test, fuzzing)) { 64 } else { 1 << 18 };

pub(super) struct Buffer<R> {
    input: R,
    bytes: Vec<u8>,
    start: usize,
    end: usize,
    last: bool,
    /// place of `bytes[0]` in the input
    base: u64,
    /// line of `bytes[start]`, from 1
    line: u64,
}

impl<R: Read> Buffer<R> {
    /// `offset` and `line` say where `input` stands.
    pub(super) fn new(input: R, offset: u64, line: u64) -> Self {
        Self {
            input,
            bytes: vec![0; FIRST_SIZE],
            start: 0,
            end: 0,
            last: false,
            base: offset,
            line,
        }
    }

    /// All that was read, from the beginning of the buffer; what is before [`Self::start`] was used.
    pub(super) fn bytes(&self) -> &[u8] {
        &self.bytes[..self.end]
    }

    pub(super) fn bytes_mut(&mut self) -> &mut [u8] {
        &mut self.bytes[..self.end]
    }

    /// Where the next row begins.
    pub(super) fn start(&self) -> usize {
        self.start
    }

    /// What was read and not yet used.
    pub(super) fn rest(&self) -> &[u8] {
        &self.bytes[self.start..self.end]
    }

    /// Whether nothing comes after what was read.
    pub(super) fn is_last(&self) -> bool {
        self.last
    }

    pub(super) fn line(&self) -> u64 {
        self.line
    }

    /// Where in the input the next row begins, in bytes.
    pub(super) fn offset(&self) -> u64 {
        self.base + self.start as u64
    }

    /// Goes to `next`, which is that many lines on.
    pub(super) fn consume(&mut self, next: usize, lines: u64) {
        self.start = next;
        self.line += lines;
    }

    /// Goes to the line after this one, if its end was read.
    pub(super) fn consume_line(&mut self) -> bool {
        let feed = memchr(b'\n', self.rest());
        if let Some(i) = feed {
            self.consume(self.start + i + 1, 1);
        }
        feed.is_some()
    }

    /// Passes over the rest of a line that is too long to be held. Gives its length, without its end.
    pub(super) fn skip_line(&mut self) -> io::Result<u64> {
        let mut length = 0;
        loop {
            if let Some(i) = memchr(b'\n', self.rest()) {
                self.consume(self.start + i + 1, 1);
                return Ok(length + i as u64);
            }
            length += self.rest().len() as u64;
            self.start = self.end;
            if self.last {
                return Ok(length);
            }
            self.fill()?;
        }
    }

    /// Reads more behind what is there; makes room, and grows if a row fills the whole buffer.
    pub(super) fn fill(&mut self) -> io::Result<()> {
        if self.start > 0 {
            self.bytes.copy_within(self.start..self.end, 0);
            self.base += self.start as u64;
            self.end -= self.start;
            self.start = 0;
        }
        if self.end == self.bytes.len() {
            self.bytes.resize(self.bytes.len() * 2, 0);
        }
        loop {
            match self.input.read(&mut self.bytes[self.end..]) {
                Ok(0) => self.last = true,
                Ok(read) => self.end += read,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                Err(error) => return Err(error),
            }
            return Ok(());
        }
    }
}
