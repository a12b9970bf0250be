//! Finds out whether rows are in order.

use super::{ROWS_BETWEEN_LOOKS, Reading};
use crate::input::{Input, InputError};
use crate::observe::{Observer, Stage};
use crate::record::Row;
use crate::source::Glance;

/// The number of rows in the range and the time of the first of them, if each is at least as late as the one before it.
///
/// Rows are only looked at where that suffices. A row that is broken may be counted, and may make it seem that rows are
/// not in order; but a record that would be sent is never overlooked.
pub(super) fn count_if_in_order(
    inputs: &mut [Input],
    reading: &Reading,
    observer: &mut dyn Observer,
) -> Result<Option<(u64, Option<i64>)>, InputError> {
    let mut order = InOrder { latest: i64::MIN, rows: 0, first: None, seen: 0 };
    for (number, input) in (0..).zip(inputs) {
        let before = order;
        let looked = match glance(input, reading, &mut order, observer)? {
            Looked::NotAtAll => {
                order = before;
                read(number, input, reading, &mut order, observer)?
            }
            looked => looked,
        };
        if looked == Looked::OutOfOrder {
            return Ok(None);
        }
    }
    Ok(Some((order.rows, order.first)))
}

#[derive(Debug, Clone, Copy)]
struct InOrder {
    latest: i64,
    rows: u64,
    first: Option<i64>,
    seen: u64,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Looked {
    InOrder,
    OutOfOrder,
    /// it can't be told this way
    NotAtAll,
}

impl InOrder {
    /// Takes the time of the next row, if it has one; whether it is in order.
    fn take(
        &mut self,
        time: Option<i64>,
        reading: &Reading,
        observer: &mut dyn Observer,
    ) -> Result<bool, InputError> {
        self.seen += 1;
        if self.seen.is_multiple_of(ROWS_BETWEEN_LOOKS) {
            observer.progress(Stage::Checking, self.seen, None);
            if observer.stopped() {
                return Err(InputError::Stopped);
            }
        }
        let Some(time) = time else { return Ok(true) };
        if time < self.latest {
            return Ok(false);
        }
        self.latest = time;
        if reading.range.contains(time) {
            self.rows += 1;
            self.first.get_or_insert(time);
        }
        Ok(true)
    }
}

/// Looks at the times alone.
fn glance(
    input: &mut Input,
    reading: &Reading,
    order: &mut InOrder,
    observer: &mut dyn Observer,
) -> Result<Looked, InputError> {
    let name = input.name().to_owned();
    let fail = |cause| InputError::Read { name: name.clone(), cause };
    let Some(mut times) = input.times(reading.limits).map_err(fail)? else {
        return Ok(Looked::NotAtAll);
    };
    loop {
        let time = match times.next().map_err(fail)? {
            Glance::Time(time) => Some(time),
            Glance::NoTime => None,
            Glance::Unusual => return Ok(Looked::NotAtAll),
            Glance::End => return Ok(Looked::InOrder),
        };
        if !order.take(time, reading, observer)? {
            return Ok(Looked::OutOfOrder);
        }
    }
}

/// Reads every row.
fn read(
    number: u32,
    input: &mut Input,
    reading: &Reading,
    order: &mut InOrder,
    observer: &mut dyn Observer,
) -> Result<Looked, InputError> {
    let name = input.name().to_owned();
    let fail = |cause| InputError::Read { name: name.clone(), cause };
    let mut rows = input.rows(number, reading.limits).map_err(fail)?;
    while let Some(row) = rows.next().map_err(fail)? {
        let time = match row {
            Row::Whole(record) => Some(record.event_time),
            Row::Broken(_) => None,
        };
        if !order.take(time, reading, observer)? {
            return Ok(Looked::OutOfOrder);
        }
    }
    Ok(Looked::InOrder)
}
