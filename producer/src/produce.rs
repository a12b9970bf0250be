//! The loop: next record, encode, send.

use std::collections::BTreeMap;
use std::io;
use std::time::{Duration, Instant};

use crate::columns::Column;
use crate::encode::Encoder;
use crate::observe::{Observer, Stage};
use crate::record::{Broken, Reason, Row};
use crate::sink::{Deliveries, Message, Sink, SinkError};
use crate::source::Source;

/// How to send.
#[derive(Debug, Clone)]
pub struct Options {
    /// stop at the first broken row
    pub strict: bool,
    /// how long to wait at the end for acknowledgements
    pub finish_timeout: Duration,
    /// how long to wait for them when the user wants to stop
    pub stop_timeout: Duration,
    /// how many records there will be, if that is known
    pub expected: Option<u64>,
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
}

/// What was done.
#[derive(Debug)]
pub struct Summary {
    /// why it ended
    pub ended: Ended,
    /// whole records that were read
    pub records: u64,
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

/// Reads all rows, sends the whole ones and waits for their acknowledgements.
///
/// `names` gives the name of an input by its number.
pub fn produce(
    source: &mut dyn Source,
    sink: &mut dyn Sink,
    names: &[String],
    options: &Options,
    observer: &mut dyn Observer,
) -> Summary {
    let start = Instant::now();
    let mut run = Run::default();
    let ended = run.send_all(source, sink, names, options, observer);
    let limit = match ended {
        Ended::Complete => options.finish_timeout,
        _ => options.stop_timeout,
    };
    let finished = sink.finish(limit);
    let ended = match (ended, finished) {
        (Ended::Complete, Err(error)) => Ended::Sink(error),
        (ended, _) => ended,
    };
    Summary {
        ended,
        records: run.records,
        broken: run.broken,
        without_district: run.without_district,
        deliveries: sink.deliveries(),
        bytes: run.bytes,
        event_times: run.event_times,
        elapsed: start.elapsed(),
    }
}

#[derive(Default)]
struct Run {
    encoder: Encoder,
    records: u64,
    broken: BTreeMap<Reason, u64>,
    without_district: u64,
    bytes: u64,
    event_times: Option<(i64, i64)>,
}

impl Run {
    fn send_all(
        &mut self,
        source: &mut dyn Source,
        sink: &mut dyn Sink,
        names: &[String],
        options: &Options,
        observer: &mut dyn Observer,
    ) -> Ended {
        loop {
            let record = match source.next() {
                Err(error) => return Ended::Source(error),
                Ok(None) => return Ended::Complete,
                Ok(Some(Row::Broken(broken))) => {
                    let name = names.get(broken.place.input as usize).map_or("", String::as_str);
                    observer.broken(name, &broken);
                    *self.broken.entry(broken.reason).or_default() += 1;
                    if options.strict {
                        return Ended::Strict(broken);
                    }
                    continue;
                }
                Ok(Some(Row::Whole(record))) => record,
            };
            if self.records.is_multiple_of(1024) {
                observer.progress(Stage::Sending, self.records, options.expected);
                if observer.stopped() {
                    return Ended::Stopped;
                }
            }
            let key = record.field(Column::District);
            let key = Some(key).filter(|key| !key.is_empty());
            let timestamp = record.event_time;
            let value = self.encoder.encode(&record);
            let message = Message { key, value, timestamp };
            match sink.send(message, &|| observer.stopped()) {
                Ok(true) => {}
                Ok(false) => return Ended::Stopped,
                Err(error) => return Ended::Sink(error),
            }
            self.records += 1;
            self.without_district += u64::from(key.is_none());
            self.bytes += value.len() as u64;
            let (first, last) = self.event_times.unwrap_or((timestamp, timestamp));
            self.event_times = Some((first.min(timestamp), last.max(timestamp)));
        }
    }
}
