//! Batches of raw values through a decoder and its aggregates.
//!
//! A component that fails on a batch gets the batch again in halves, until the record that it fails on is alone: that
//! one is rejected with the fault's words, and everything else counts.

use crate::aggregate::AggregateWorld;
use crate::check;
use crate::component::Source;
use crate::decoder::DecoderWorld;
use crate::describe::{describe, slice};
use crate::error::Error;
use crate::events::{self, ByteLists, Events};
use crate::generated::aggregate::exports::crimes::udf::types as aggregate;
use crate::generated::decoder::exports::crimes::udf::decoding::RejectReason;
use crate::generated::decoder::exports::crimes::udf::types as decoder;
use crate::instance::{Instance, Limits};
use crate::lateness;
use std::ops::Range;

/// What a batch adds to the windows of one aggregate, as columns of one length.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Contributions {
    /// ms, wall clock.
    pub slice_start: Vec<i64>,
    /// Records in each.
    pub weight: Vec<u32>,
    /// Key of each.
    pub keys: ByteLists,
    /// Accumulator of each.
    pub partials: ByteLists,
}

/// Documents for the index, as columns.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Documents {
    /// UTF-8.
    pub ids: ByteLists,
    /// >= 0; a greater one replaces a smaller one.
    pub versions: Vec<i64>,
    /// JSON objects.
    pub bodies: ByteLists,
}

/// A value that no window counts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reject {
    /// Index of the value in the batch.
    pub index: u32,
    /// The contract's reason, or `trap`.
    pub reason: &'static str,
    /// What was found.
    pub detail: String,
    /// The slot of the component that failed on it, for `trap`.
    pub component: Option<String>,
}

/// A value that comes too late for some aggregates.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Late {
    /// Index of the value in the batch.
    pub index: u32,
    /// Bit `i`: too late for aggregate `i`.
    pub aggregates: u32,
}

/// What calls of a component cost in one batch.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Calls {
    /// Time in calls. ns.
    pub nanos: u64,
    /// Calls that failed.
    pub traps: u64,
}

/// What a batch gives.
#[derive(Clone, Debug, Default)]
pub struct Ingested {
    /// One an aggregate.
    pub contributions: Vec<Contributions>,
    /// Ascending by index.
    pub rejects: Vec<Reject>,
    /// Ascending by index.
    pub late: Vec<Late>,
    /// What the map shows.
    pub documents: Documents,
    /// Events decoded.
    pub events: u32,
    /// Events without a usable position.
    pub without_position: u32,
    /// Least and greatest event time, if there is any. ms, wall clock.
    pub times: Option<(i64, i64)>,
    /// The decoder first, then each aggregate.
    pub calls: Vec<Calls>,
}

struct Slot {
    instance: Instance<AggregateWorld>,
    size: u64,
    slide: u64,
    slice: u64,
}

/// A decoder with its aggregates.
pub struct Ingest {
    decoder: Instance<DecoderWorld>,
    aggregates: Vec<Slot>,
    documents: bool,
}

impl Ingest {
    /// Loads the components; `documents` says whether anyone wants documents. At most 32 aggregates.
    ///
    /// # Errors
    /// Where one of them is not of this contract, refuses its settings, or describes something that cannot be.
    pub fn new(
        decoder: &Source,
        aggregates: &[Source],
        documents: bool,
        limits: Limits,
    ) -> Result<Self, Error> {
        if aggregates.len() > 32 {
            let message = format!("{} aggregates, at most 32 are possible", aggregates.len());
            return Err(Error::new(crate::Code::Setting, message));
        }
        let decoder = Instance::new(decoder, limits)?;
        let slot = |source: &Source| {
            let mut instance = Instance::new(source, limits)?;
            let window = describe(source, &mut instance)?.window;
            Ok(Slot { instance, size: window.size, slide: window.slide, slice: slice(window) })
        };
        Ok(Self {
            decoder,
            aggregates: aggregates.iter().map(slot).collect::<Result<_, Error>>()?,
            documents,
        })
    }

    /// Takes a batch: value `i` is `values[ends[i - 1]..ends[i]]`. Events that are late for an aggregate under
    /// `watermark` (ms; `i64::MIN` for none yet) are left out of its contributions and named in `late`.
    ///
    /// # Errors
    /// Only where a component cannot be remade after a fault. What it does to a record is a reject.
    pub fn ingest(&mut self, values: &ByteLists, watermark: i64) -> Result<Ingested, Error> {
        let before = self.spent();
        let mut out = Ingested {
            contributions: vec![Contributions::default(); self.aggregates.len()],
            ..Ingested::default()
        };
        self.decode(values, 0..values.len(), watermark, &mut out)?;
        out.rejects.sort_by_key(|reject| reject.index);
        out.late.sort_by_key(|late| late.index);
        out.calls = self
            .spent()
            .iter()
            .zip(before)
            .map(|(now, before)| Calls { nanos: now.0 - before.0, traps: now.1 - before.1 })
            .collect();
        Ok(out)
    }

    fn spent(&self) -> Vec<(u64, u64)> {
        std::iter::once(self.decoder.spent())
            .chain(self.aggregates.iter().map(|a| a.instance.spent()))
            .collect()
    }

    fn decode(
        &mut self,
        values: &ByteLists,
        range: Range<usize>,
        watermark: i64,
        out: &mut Ingested,
    ) -> Result<(), Error> {
        if range.is_empty() {
            return Ok(());
        }
        let count = range.len();
        let part = part(values, &range);
        let decoded = self.decoder.call(
            "decode",
            |w, s| w.0.crimes_udf_decoding().call_decode(s, &part),
            |decoded| check::decoded(decoded, count),
        );
        let first = u32::try_from(range.start).unwrap_or(u32::MAX);
        match decoded {
            Ok(mut decoded) => {
                let rejected: Vec<u32> = decoded.rejects.iter().map(|r| r.index + first).collect();
                decoded.events.record_index.iter_mut().for_each(|index| *index += first);
                out.rejects.extend(decoded.rejects.into_iter().map(|r| Reject {
                    index: r.index + first,
                    reason: reason(r.reason),
                    detail: r.detail,
                    component: None,
                }));
                out.without_position += decoded.without_position;
                self.events(decoded.events, &rejected, watermark, out)
            }
            Err(error) if !error.is_the_guests() => Err(error),
            Err(error) if count == 1 => {
                out.rejects.push(trap(first, self.decoder.slot(), error));
                Ok(())
            }
            Err(_) => {
                let middle = range.start + count / 2;
                self.decode(values, range.start..middle, watermark, out)?;
                self.decode(values, middle..range.end, watermark, out)
            }
        }
    }

    fn events(
        &mut self,
        events: Events,
        rejected: &[u32],
        watermark: i64,
        out: &mut Ingested,
    ) -> Result<(), Error> {
        out.events += u32::try_from(events.id.len()).unwrap_or(u32::MAX);
        if let (Some(&least), Some(&greatest)) =
            (events.time.iter().min(), events.time.iter().max())
        {
            let times = out.times.get_or_insert((least, greatest));
            *times = (times.0.min(least), times.1.max(greatest));
        }
        if self.documents {
            self.documents(&events, out)?;
        }
        let mut late = vec![0_u32; events.time.len()];
        let events = events::for_aggregates(events);
        // what the decoder rejected is in no window, whatever the aggregate thinks of it
        let counted = |i: usize| {
            rejected.is_empty() || rejected.binary_search(&events.record_index[i]).is_err()
        };
        for slot in 0..self.aggregates.len() {
            let horizon = lateness::horizon(
                watermark,
                self.aggregates[slot].size,
                self.aggregates[slot].slide,
            );
            let horizon = horizon.unwrap_or(i64::MIN);
            let some_are_late = events.time.iter().any(|&time| time < horizon);
            if !some_are_late && rejected.is_empty() {
                self.contribute(slot, &events, out)?;
                continue;
            }
            let (mut keep, bit) = (Vec::with_capacity(late.len()), 1 << slot);
            for i in (0..late.len()).filter(|&i| counted(i)) {
                if events.time[i] < horizon {
                    late[i] |= bit;
                } else {
                    keep.push(i);
                }
            }
            self.contribute(slot, &events::select_for_aggregates(&events, &keep), out)?;
        }
        let named = events.record_index.iter().zip(late).filter(|(_, aggregates)| *aggregates != 0);
        out.late.extend(named.map(|(&index, aggregates)| Late { index, aggregates }));
        Ok(())
    }

    fn contribute(
        &mut self,
        slot: usize,
        events: &aggregate::Events,
        out: &mut Ingested,
    ) -> Result<(), Error> {
        let count = events.id.len();
        if count == 0 {
            return Ok(());
        }
        let Slot { instance, slice, .. } = &mut self.aggregates[slot];
        let slice = *slice;
        let step = i64::try_from(slice).unwrap_or(i64::MAX);
        let contributed = instance.call(
            "ingest",
            |w, s| w.0.crimes_udf_windowed_aggregate().call_ingest(s, events, slice),
            |contributions| check::contributions(contributions, count, step),
        );
        match contributed {
            Ok(given) => {
                let all = &mut out.contributions[slot];
                all.slice_start.extend(given.slice_start);
                all.weight.extend(given.weight);
                all.keys.append(&given.keys.into());
                all.partials.append(&given.partials.into());
                Ok(())
            }
            Err(error) if !error.is_the_guests() => Err(error),
            Err(error) if count == 1 => {
                out.rejects.push(trap(events.record_index[0], instance.slot(), error));
                Ok(())
            }
            Err(_) => halves(count).into_iter().try_for_each(|half| {
                self.contribute(slot, &events::select_for_aggregates(events, &half), out)
            }),
        }
    }

    fn documents(&mut self, events: &Events, out: &mut Ingested) -> Result<(), Error> {
        let count = events.id.len();
        if count == 0 {
            return Ok(());
        }
        let made = self.decoder.call(
            "documents",
            |w, s| w.0.crimes_udf_decoding().call_documents(s, events),
            |documents| check::documents(documents, count),
        );
        match made {
            Ok(given) => {
                out.documents.versions.extend(given.versions);
                out.documents.ids.append(&given.ids.into());
                out.documents.bodies.append(&given.bodies.into());
                Ok(())
            }
            Err(error) if !error.is_the_guests() => Err(error),
            Err(error) if count == 1 => {
                out.rejects.push(trap(events.record_index[0], self.decoder.slot(), error));
                Ok(())
            }
            Err(_) => halves(count).into_iter().try_for_each(|half| {
                self.documents(&events::select_for_decoder(events, &half), out)
            }),
        }
    }
}

fn halves(count: usize) -> [Vec<usize>; 2] {
    [(0..count / 2).collect(), (count / 2..count).collect()]
}

fn trap(index: u32, slot: &str, error: Error) -> Reject {
    Reject { index, reason: "trap", detail: error.message, component: Some(slot.to_owned()) }
}

fn part(values: &ByteLists, range: &Range<usize>) -> decoder::ByteLists {
    if range.len() == values.len() {
        return decoder::ByteLists { bytes: values.bytes.clone(), ends: values.ends.clone() };
    }
    let mut part = ByteLists::default();
    range.clone().for_each(|i| part.push(values.get(i)));
    decoder::ByteLists { bytes: part.bytes, ends: part.ends }
}

fn reason(reason: RejectReason) -> &'static str {
    match reason {
        RejectReason::EmptyValue => "empty-value",
        RejectReason::TooLarge => "too-large",
        RejectReason::InvalidUtf8 => "invalid-utf8",
        RejectReason::MalformedJson => "malformed-json",
        RejectReason::NotAnObject => "not-an-object",
        RejectReason::MissingId => "missing-id",
        RejectReason::InvalidId => "invalid-id",
        RejectReason::MissingDate => "missing-date",
        RejectReason::InvalidDate => "invalid-date",
        RejectReason::MissingDistrict => "missing-district",
        RejectReason::InvalidDistrict => "invalid-district",
        RejectReason::MissingType => "missing-type",
        RejectReason::InvalidFlag => "invalid-flag",
    }
}
