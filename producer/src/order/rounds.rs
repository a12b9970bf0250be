//! The same records again and again, each round later than the one before.

use std::io;

use super::Ordered;
use crate::record::Row;
use crate::source::Source;

/// A week in milliseconds.
pub const WEEK: i64 = 7 * 86_400_000;

/// Goes through its records several times. In each round all times are shifted by whole weeks, so that rounds follow
/// each other and a record keeps its hour and its day of the week. Broken rows are handed on in the first round only.
///
/// IDs stay as they are: a crime of another round lies in other windows, and the map shows the latest.
pub struct Rounds {
    records: Ordered,
    /// rounds still to come after this one; none for ever
    left: Option<u64>,
    shift: i64,
    /// earliest and latest event time of the first round
    span: Option<(i64, i64)>,
}

impl Rounds {
    /// Goes through all records so many times, or for ever.
    #[must_use]
    pub fn of(records: Ordered, rounds: Option<u64>) -> Self {
        let left = rounds.map(|rounds| rounds.saturating_sub(1));
        Self { records, left, shift: 0, span: None }
    }

    /// Goes to the first row of the next round.
    fn next_round(&mut self) -> io::Result<bool> {
        // without a record there is nothing to come again
        let Some((first, last)) = self.span else { return Ok(false) };
        match &mut self.left {
            Some(0) => return Ok(false),
            Some(left) => *left -= 1,
            None => {}
        }
        self.records.rewind()?;
        self.shift += ((last - first) / WEEK + 1) * WEEK;
        Ok(true)
    }
}

impl Source for Rounds {
    fn advance(&mut self) -> io::Result<bool> {
        loop {
            while self.records.advance()? {
                match self.records.row() {
                    Row::Whole(record) if self.shift == 0 => {
                        let time = record.event_time;
                        let (first, last) = self.span.unwrap_or((time, time));
                        self.span = Some((first.min(time), last.max(time)));
                    }
                    Row::Broken(_) if self.shift > 0 => continue,
                    _ => {}
                }
                return Ok(true);
            }
            if !self.next_round()? {
                return Ok(false);
            }
        }
    }

    fn row(&mut self) -> Row<'_> {
        match self.records.row() {
            Row::Whole(mut record) => {
                record.event_time += self.shift;
                record.shift = self.shift;
                Row::Whole(record)
            }
            broken => broken,
        }
    }
}
