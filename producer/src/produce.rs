//! The loop: next record, encode, wait until it is due, send.

use std::collections::BTreeMap;
use std::io;
use std::time::{Duration, Instant};

use crate::columns::Column;
use crate::encode::Encoder;
use crate::observe::{Observer, Stage};
use crate::pace::{Pace, Pacer};
use crate::record::{Broken, Reason, Record, Row};
use crate::sink::{Deliveries, Message, Sink, SinkError};
use crate::source::Source;

/// How to send.
#[derive(Debug, Clone, Default)]
pub struct Options {
    /// stop at the first broken row
    pub strict: bool,
    /// stop after so many records
    pub limit: Option<u64>,
    /// how fast
    pub pace: Pace,
    /// how long to wait at the end for acknowledgements
    pub finish_timeout: Duration,
    /// how long to wait for them when it ends otherwise
    pub stop_timeout: Duration,
    /// how many records there will be, if that is known
    pub expected: Option<u64>,
}

/// Remembers which records were acknowledged, over several runs.
pub trait Memory {
    /// Whether the record of that number was acknowledged by a run before this one.
    fn was_acknowledged(&self, number: u64) -> bool;

    /// Takes what is known now. Is called about once a second and at the end.
    ///
    /// # Errors
    /// If it can't be kept: then sending stops.
    fn keep(&mut self, deliveries: &Deliveries) -> io::Result<()>;
}

/// Why it ended.
#[derive(Debug)]
pub enum Ended {
    /// there was nothing more to send
    Complete,
    /// a broken row, and strictness was asked for
    Strict(Broken),
    /// the user wanted to stop
    Stopped,
    /// the source broke off
    Source(io::Error),
    /// nothing can be sent any more
    Sink(SinkError),
    /// what was acknowledged can't be remembered
    Memory(io::Error),
}

/// What was done.
#[derive(Debug)]
pub struct Summary {
    /// why it ended
    pub ended: Ended,
    /// records that were read
    pub records: u64,
    /// records that a run before this one had sent
    pub sent_before: u64,
    /// broken rows by reason
    pub broken: BTreeMap<Reason, u64>,
    /// records without a district, which were sent without a key
    pub without_district: u64,
    /// what became of the records that were sent
    pub deliveries: Deliveries,
    /// bytes of values that were sent
    pub bytes: u64,
    /// event times of the earliest and the latest record that was sent, ms
    pub event_times: Option<(i64, i64)>,
    /// from the first record to the last acknowledgement
    pub elapsed: Duration,
}

impl Summary {
    /// Whether all that was to be sent was sent and acknowledged.
    #[must_use]
    pub fn is_whole(&self) -> bool {
        matches!(self.ended, Ended::Complete)
            && self.deliveries.acknowledged == self.deliveries.sent
    }
}

/// Reads all rows, sends the whole ones and waits for their acknowledgements.
///
/// `names` gives the name of an input by its number.
pub fn produce(
    source: &mut dyn Source,
    sink: &mut dyn Sink,
    memory: Option<&mut dyn Memory>,
    names: &[String],
    options: &Options,
    observer: &mut dyn Observer,
) -> Summary {
    let mut run = Run {
        sink,
        // each of them may live for another time, and the run for the shortest
        memory: memory.map(|memory| memory as &mut dyn Memory),
        options,
        observer,
        start: Instant::now(),
        kept: Instant::now(),
        pacer: Pacer::of(options.pace),
        encoder: Encoder::default(),
        counts: Counts::default(),
    };
    let ended = run.send_all(source, names);
    let ended = run.end(ended);
    Summary {
        ended,
        records: run.counts.records,
        sent_before: run.counts.sent_before,
        broken: std::mem::take(&mut run.counts.broken),
        without_district: run.counts.without_district,
        deliveries: run.sink.deliveries(),
        bytes: run.counts.bytes,
        event_times: run.counts.event_times,
        elapsed: run.start.elapsed(),
    }
}

/// Records between two looks at the clock and at whether to stop.
const RECORDS_BETWEEN_LOOKS: u64 = 1024;

/// How often what was acknowledged is remembered.
const KEEPING: Duration = Duration::from_secs(1);

/// The longest wait without a look at whether to stop.
const LONGEST_WAIT: Duration = Duration::from_millis(100);

/// A record is sent this much before it is due rather than waited for: many short waits would keep the processor busy.
const EARLY: Duration = Duration::from_millis(10);

#[derive(Default)]
struct Counts {
    records: u64,
    sent_before: u64,
    broken: BTreeMap<Reason, u64>,
    without_district: u64,
    bytes: u64,
    event_times: Option<(i64, i64)>,
}

struct Run<'a> {
    sink: &'a mut dyn Sink,
    memory: Option<&'a mut dyn Memory>,
    options: &'a Options,
    observer: &'a mut dyn Observer,
    start: Instant,
    kept: Instant,
    pacer: Pacer,
    encoder: Encoder,
    counts: Counts,
}

impl Run<'_> {
    fn send_all(&mut self, source: &mut dyn Source, names: &[String]) -> Ended {
        loop {
            if self.options.limit.is_some_and(|limit| self.counts.records >= limit) {
                return Ended::Complete;
            }
            if self.counts.records.is_multiple_of(RECORDS_BETWEEN_LOOKS)
                && let Err(ended) = self.look()
            {
                return ended;
            }
            let sent = match source.next() {
                // a source that waits for more is told by an error that it need not
                Err(_) if self.observer.stopped() => return Ended::Stopped,
                Err(error) => return Ended::Source(error),
                Ok(None) => return Ended::Complete,
                Ok(Some(Row::Broken(broken))) => {
                    let name = names.get(broken.place.input as usize).map_or("", String::as_str);
                    self.observer.broken(name, &broken);
                    *self.counts.broken.entry(broken.reason).or_default() += 1;
                    if self.options.strict {
                        return Ended::Strict(broken);
                    }
                    continue;
                }
                Ok(Some(Row::Whole(record))) => self.send(&record),
            };
            if let Err(ended) = sent {
                return ended;
            }
        }
    }

    fn send(&mut self, record: &Record<'_>) -> Result<(), Ended> {
        let number = self.counts.records;
        if self.memory.as_ref().is_some_and(|memory| memory.was_acknowledged(number)) {
            self.counts.records += 1;
            self.counts.sent_before += 1;
            return Ok(());
        }
        let timestamp = record.event_time;
        let due = self.pacer.due(timestamp);
        if !due.is_zero() {
            self.wait_until(due)?;
        }
        let key = Some(record.field(Column::District)).filter(|district| !district.is_empty());
        let value = self.encoder.encode(record);
        let message = Message { number, key, value, timestamp };
        let observer = &*self.observer;
        match self.sink.send(message, &|| observer.stopped()) {
            Ok(true) => {}
            Ok(false) => return Err(Ended::Stopped),
            Err(error) => return Err(Ended::Sink(error)),
        }
        let counts = &mut self.counts;
        counts.records += 1;
        counts.without_district += u64::from(key.is_none());
        counts.bytes += value.len() as u64;
        let (first, last) = counts.event_times.unwrap_or((timestamp, timestamp));
        counts.event_times = Some((first.min(timestamp), last.max(timestamp)));
        Ok(())
    }

    fn wait_until(&mut self, due: Duration) -> Result<(), Ended> {
        loop {
            let left = due.saturating_sub(self.start.elapsed());
            if left <= EARLY {
                return Ok(());
            }
            self.sink.wait(left.min(LONGEST_WAIT));
            self.look()?;
        }
    }

    /// Tells how far it is, remembers it, and listens.
    fn look(&mut self) -> Result<(), Ended> {
        self.observer.progress(Stage::Sending, self.counts.records, self.options.expected);
        if self.observer.stopped() {
            return Err(Ended::Stopped);
        }
        if let Some(memory) = &mut self.memory
            && self.kept.elapsed() >= KEEPING
        {
            self.kept = Instant::now();
            memory.keep(&self.sink.deliveries()).map_err(Ended::Memory)?;
        }
        Ok(())
    }

    /// Waits for what is on its way, and remembers it.
    fn end(&mut self, ended: Ended) -> Ended {
        let finished = match ended {
            Ended::Complete => self.sink.finish(self.options.finish_timeout),
            _ => self.sink.abandon(self.options.stop_timeout),
        };
        let kept = match &mut self.memory {
            Some(memory) => memory.keep(&self.sink.deliveries()),
            None => Ok(()),
        };
        match (ended, finished, kept) {
            (Ended::Complete, Err(error), _) => Ended::Sink(error),
            (Ended::Complete | Ended::Stopped, _, Err(error)) => Ended::Memory(error),
            (ended, ..) => ended,
        }
    }
}

#[cfg(test)]
mod tests;
