//! Reads rows back one by one, wherever they are.

use std::fs::File;
use std::io;
use std::os::unix::fs::FileExt as _;
use std::sync::Arc;

use crate::input::{Format, Input};
use crate::record::{Broken, Place, Row};
use crate::source::{CsvRow, JsonRow, Limits};

/// The rows of several inputs, by their place.
pub(super) struct RowsInAnyOrder {
    inputs: Vec<OneInput>,
    /// number of the input whose row was read last
    at: usize,
}

struct OneInput {
    window: Option<Window>,
    row: OneRow,
}

enum OneRow {
    Csv(CsvRow),
    JsonLine(JsonRow),
}

impl RowsInAnyOrder {
    pub(super) fn of(inputs: &[Input], limits: Limits) -> Self {
        let one = |input: &Input| OneInput {
            window: input.plain_file().map(Window::of),
            row: match input.format() {
                Format::Csv(layout) => OneRow::Csv(CsvRow::new(layout, limits)),
                Format::JsonLines => OneRow::JsonLine(JsonRow::new(limits)),
            },
        };
        Self { inputs: inputs.iter().map(one).collect(), at: 0 }
    }

    /// Reads the row at a place that an index knows.
    pub(super) fn read(&mut self, place: Place) -> io::Result<()> {
        self.at = place.input as usize;
        let Some(OneInput { window: Some(window), row }) = self.inputs.get_mut(self.at) else {
            return Err(io::Error::other("its rows can't be read in another order"));
        };
        let bytes = window.read(place.offset, place.length as usize)?;
        match row {
            OneRow::Csv(row) => row.set(bytes, place),
            OneRow::JsonLine(row) => row.set(bytes, place),
        }
        Ok(())
    }

    /// The row that was read last.
    pub(super) fn row(&mut self) -> Row<'_> {
        match self.inputs.get_mut(self.at) {
            Some(OneInput { row: OneRow::Csv(row), .. }) => row.row(),
            Some(OneInput { row: OneRow::JsonLine(row), .. }) => row.row(),
            None => Row::Broken(Broken::none()),
        }
    }
}

/// A stretch of a file in memory.
///
/// Exports are mostly newest first, so that the next row in event-time order stands just before the last one: then the
/// stretch grows, and one read serves many rows. In a file without any order it shrinks to a few rows, so that no
/// bytes are read in vain.
struct Window {
    file: Arc<File>,
    from: u64,
    bytes: Vec<u8>,
    size: usize,
    /// rows that were served by the stretch at hand
    served: usize,
}

const LEAST: usize = 1 << 10;
const MOST: usize = 1 << 18;

impl Window {
    fn of(file: &Arc<File>) -> Self {
        Self { file: Arc::clone(file), from: 0, bytes: Vec::new(), size: 1 << 14, served: 0 }
    }

    fn read(&mut self, offset: u64, length: usize) -> io::Result<&[u8]> {
        let inside = offset
            .checked_sub(self.from)
            .and_then(|start| usize::try_from(start).ok())
            .filter(|start| start.saturating_add(length) <= self.bytes.len());
        let start = match inside {
            Some(start) => start,
            None => self.move_to(offset, length)?,
        };
        self.served += 1;
        Ok(&self.bytes[start..start + length])
    }

    /// Reads another stretch with the row in it. Gives where in it the row begins.
    fn move_to(&mut self, offset: u64, length: usize) -> io::Result<usize> {
        self.size = match self.served {
            0..4 => self.size / 2,
            4..16 => self.size,
            _ => self.size * 2,
        };
        self.size = self.size.clamp(LEAST, MOST);
        self.served = 0;
        let size = self.size.max(length);
        // the rows before this one come next where reading goes backward
        let backward = offset < self.from;
        let before = if backward { (size - length) as u64 } else { 0 };
        self.from = offset.saturating_sub(before);
        self.bytes.resize(size, 0);
        let mut read = 0;
        while read < size {
            match self.file.read_at(&mut self.bytes[read..], self.from + read as u64) {
                Ok(0) => break,
                Ok(more) => read += more,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
        self.bytes.truncate(read);
        let start = (offset - self.from) as usize;
        if start + length > read {
            return Err(io::Error::other("it became shorter while it was being read"));
        }
        Ok(start)
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;

    use proptest::prelude::*;

    use super::*;

    fn file(length: usize) -> (Arc<File>, Vec<u8>) {
        let bytes: Vec<u8> = (0..length).map(|i| (i * 7 % 251) as u8).collect();
        let mut file = tempfile::tempfile().unwrap();
        file.write_all(&bytes).unwrap();
        (Arc::new(file), bytes)
    }

    #[test]
    fn a_file_read_backward_is_read_in_large_steps() {
        let (file, bytes) = file(400_000);
        let mut window = Window::of(&file);
        let mut moves = 0;
        for start in (0..bytes.len() / 100).rev().map(|i| i * 100) {
            let before = window.from;
            assert_eq!(window.read(start as u64, 100).unwrap(), &bytes[start..start + 100]);
            moves += usize::from(window.from != before);
        }
        assert!(moves < 20, "{moves} reads for 4,000 rows");
    }

    #[test]
    fn a_file_that_became_shorter_is_an_error() {
        let (file, _) = file(1000);
        let mut window = Window::of(&file);
        assert!(window.read(990, 10).is_ok());
        assert!(window.read(995, 10).is_err());
    }

    proptest! {
        #[test]
        fn every_place_gives_its_bytes(places in proptest::collection::vec((0_usize..50_000, 0_usize..3_000), 1..200)) {
            let (file, bytes) = file(60_000);
            let mut window = Window::of(&file);
            for (start, length) in places {
                prop_assert_eq!(window.read(start as u64, length).unwrap(), &bytes[start..start + length]);
            }
        }
    }
}
