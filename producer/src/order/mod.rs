//! Event-time order for files of any order, with little memory.
//!
//! Inputs that are in order already stream straight through: a first pass over them finds that out. Where it finds a
//! row that is earlier than the one before it, a second pass makes an index of 16 bytes a row, which is sorted; rows
//! are then read back in its order. Only the index is in memory, never the rows. Rows of the same time keep the order in
//! which they stand in their files, and files the order in which they were named.
//!
//! Compressed files that are not in order, and streams in any case, since they can be read only once, are written
//! uncompressed to a temporary file first.

mod index;
mod looking;
mod rounds;
#[cfg(test)]
mod tests;
mod window;

use std::io;
use std::path::PathBuf;

pub use rounds::{Rounds, WEEK};
use serde::{Deserialize, Serialize};

use index::Index;
use looking::count_if_in_order;
use window::RowsInAnyOrder;

use crate::input::{Input, InputError};
use crate::observe::{Observer, Stage};
use crate::record::{Broken, Row};
use crate::source::{Limits, Source};

/// Which order records are to have.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub enum Order {
    /// by event time
    #[default]
    EventTime,
    /// as they stand, one input after another; needs no pass beforehand, so that a stream is sent as it comes
    AsGiven,
}

/// What it took to put records in order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Arrangement {
    /// nothing was looked at
    AsGiven,
    /// they stood in order; so many rows, broken ones perhaps among them
    InOrder(u64),
    /// they are read back through an index; so many records
    Indexed(u64),
}

/// A stretch of event time in milliseconds: from the first, which is in it, until the second, which is not.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct TimeRange {
    /// none: from the beginning
    pub from: Option<i64>,
    /// none: to the end
    pub until: Option<i64>,
}

impl TimeRange {
    /// A bound as people write it: `2018-01-31`, or a time in one of the forms of the data.
    #[must_use]
    pub fn bound(text: &str) -> Option<i64> {
        crime_core::date::parse(text)
            .or_else(|| crime_core::date::parse(&format!("{text}T00:00:00")))
    }

    /// Whether a time is in it.
    #[must_use]
    pub fn contains(&self, time: i64) -> bool {
        self.from.is_none_or(|from| time >= from) && !self.is_past(time)
    }

    /// Whether a time is after it.
    fn is_past(&self, time: i64) -> bool {
        self.until.is_some_and(|until| time >= until)
    }

    fn is_everything(&self) -> bool {
        self.from.is_none() && self.until.is_none()
    }
}

/// How inputs are read.
#[derive(Debug, Clone)]
pub struct Reading {
    /// which order records are to have
    pub order: Order,
    /// records outside of it are passed over
    pub range: TimeRange,
    /// rows beyond them are broken
    pub limits: Limits,
    /// where streams and compressed files are put uncompressed when it must be
    pub spool_folder: PathBuf,
}

/// Records of inputs in the order that was asked for: itself a [`Source`].
pub struct Ordered {
    inputs: Vec<Input>,
    limits: Limits,
    range: TimeRange,
    way: Way,
    earliest: Option<i64>,
}

enum Way {
    Straight(Straight),
    Indexed { index: Index, next: usize, rows: RowsInAnyOrder },
}

/// One input after another, each from its beginning to its end.
#[derive(Default)]
struct Straight {
    /// number of the input after the current one
    next: usize,
    current: Option<Box<dyn Source>>,
    /// the rows are known to be in event-time order
    sorted: bool,
}

/// How many rows pass between two looks at whether the caller wants to stop.
const ROWS_BETWEEN_LOOKS: u64 = 4096;

impl Ordered {
    /// Looks at the inputs and finds the way to read them in order. Broken rows are told to `observer` here if rows are
    /// read back through an index; otherwise they are handed on in their place.
    ///
    /// # Errors
    /// If an input can't be read or put in order, or `observer` wants to stop.
    pub fn new(
        mut inputs: Vec<Input>,
        reading: &Reading,
        observer: &mut dyn Observer,
    ) -> Result<(Self, Arrangement), InputError> {
        let (limits, range) = (reading.limits, reading.range);
        let straight = |sorted| Way::Straight(Straight { sorted, ..Straight::default() });
        if reading.order == Order::AsGiven {
            return Ok((
                Self { inputs, limits, range, way: straight(false), earliest: None },
                Arrangement::AsGiven,
            ));
        }
        for input in inputs.iter_mut().filter(|input| input.is_stream()) {
            observer.progress(Stage::Spooling, 0, None);
            input.spool(&reading.spool_folder, || observer.stopped())?;
        }
        if let Some((records, earliest)) = count_if_in_order(&mut inputs, reading, observer)? {
            let ordered = Self { inputs, limits, range, way: straight(true), earliest };
            return Ok((ordered, Arrangement::InOrder(records)));
        }
        for input in inputs.iter_mut().filter(|input| input.plain_file().is_none()) {
            observer.progress(Stage::Spooling, 0, None);
            input.spool(&reading.spool_folder, || observer.stopped())?;
        }
        let index = Index::of(&mut inputs, reading, observer)?;
        let records = index.len() as u64;
        let earliest = index.earliest();
        let way = Way::Indexed { index, next: 0, rows: RowsInAnyOrder::of(&inputs, limits) };
        let ordered = Self { inputs, limits, range, way, earliest };
        Ok((ordered, Arrangement::Indexed(records)))
    }

    /// Event time of the earliest record, in milliseconds; none if there is no record or the order was not looked at.
    #[must_use]
    pub fn earliest(&self) -> Option<i64> {
        self.earliest
    }

    /// Goes back to the beginning.
    ///
    /// # Errors
    /// If an input can be read only once.
    pub fn rewind(&mut self) -> io::Result<()> {
        if let Some(stream) = self.inputs.iter().find(|input| input.is_stream()) {
            return Err(io::Error::other(format!("{} can't be read twice", stream.name())));
        }
        match &mut self.way {
            Way::Straight(straight) => {
                *straight = Straight { sorted: straight.sorted, ..Straight::default() };
            }
            Way::Indexed { next, .. } => *next = 0,
        }
        Ok(())
    }

    /// The inputs, by their number in a row's place.
    #[must_use]
    pub fn inputs(&self) -> &[Input] {
        &self.inputs
    }
}

impl Source for Ordered {
    fn advance(&mut self) -> io::Result<bool> {
        let (inputs, limits) = (&mut self.inputs, self.limits);
        match &mut self.way {
            Way::Straight(straight) => straight.advance(inputs, limits, self.range),
            Way::Indexed { index, next, rows } => {
                let Some(place) = index.place(*next) else { return Ok(false) };
                *next += 1;
                rows.read(place).map_err(|error| named(&inputs[place.input as usize], &error))?;
                Ok(true)
            }
        }
    }

    fn row(&mut self) -> Row<'_> {
        match &mut self.way {
            Way::Straight(straight) => match &mut straight.current {
                Some(source) => source.row(),
                None => Row::Broken(Broken::none()),
            },
            Way::Indexed { rows, .. } => rows.row(),
        }
    }
}

impl Straight {
    /// Goes to the next row that is in the range, or broken.
    fn advance(
        &mut self,
        inputs: &mut [Input],
        limits: Limits,
        range: TimeRange,
    ) -> io::Result<bool> {
        while self.advance_to_any(inputs, limits)? {
            if range.is_everything() {
                return Ok(true);
            }
            let time = match self.current.as_mut().map(|source| source.row()) {
                Some(Row::Whole(record)) => record.event_time,
                _ => return Ok(true),
            };
            if range.contains(time) {
                return Ok(true);
            }
            if self.sorted && range.is_past(time) {
                self.current = None;
                self.next = inputs.len();
            }
        }
        Ok(false)
    }

    fn advance_to_any(&mut self, inputs: &mut [Input], limits: Limits) -> io::Result<bool> {
        loop {
            if let Some(source) = &mut self.current
                && source.advance().map_err(|error| named(&inputs[self.next - 1], &error))?
            {
                return Ok(true);
            }
            self.current = None;
            let Some(input) = inputs.get_mut(self.next) else { return Ok(false) };
            let number = u32::try_from(self.next).map_err(io::Error::other)?;
            let rows = input.rows(number, limits);
            self.current = Some(rows.map_err(|error| named(input, &error))?);
            self.next += 1;
        }
    }
}

fn named(input: &Input, error: &io::Error) -> io::Error {
    io::Error::new(error.kind(), format!("{} can't be read on: {error}", input.name()))
}
