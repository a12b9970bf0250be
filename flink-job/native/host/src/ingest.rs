//! Batches of raw values through a decoder and its aggregates.
//!
//! A component that fails on a batch gets the batch again in halves, until the record that it fails on is alone: that
//! one is rejected with the fault's words, and everything else counts. Each component is halved for itself, so what one
//! has taken is never handed to it twice because another failed.

use crate::aggregate::AggregateWorld;
use crate::check::{self, Budget};
use crate::component::Source;
use crate::decoder::DecoderWorld;
use crate::describe::{describe, slice};
use crate::error::Error;
use crate::events::{self, ByteLists, Events};
use crate::generated::aggregate::exports::crimes::udf::types as aggregate;
use crate::generated::decoder::exports::crimes::udf::decoding::Decoded;
use crate::generated::decoder::exports::crimes::udf::types as decoder;
use crate::ingested::{Calls, Contributions, Ingested, Late, Reject};
use crate::instance::{Instance, Spent};
use crate::isolate::isolate;
use crate::lateness;
use crate::quota::Limits;
use std::ops::Range;
use std::time::Duration;

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
    limits: Limits,
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
            limits,
        })
    }

    /// Takes a batch: value `i` is `values[ends[i - 1]..ends[i]]`. Events that are late for an aggregate under
    /// `watermark` (ms; `i64::MIN` for none yet) are left out of its contributions and named in `late`.
    ///
    /// # Errors
    /// Only where a component cannot be remade after a fault. What it does to a record is a reject.
    pub fn ingest(&mut self, values: &ByteLists, watermark: i64) -> Result<Ingested, Error> {
        let before = self.spent();
        // one budget for the batch, in equal parts, so that no component takes what another one needs
        let share = self.limits.memory_bytes / before.len();
        let budgets = Vec::from_iter(before.iter().map(|_| Budget::new(share)));
        let lost = |component: usize| before.get(component).map_or(Duration::ZERO, |s| s.lost);
        let mut out = Ingested {
            contributions: vec![Contributions::default(); self.aggregates.len()],
            ..Ingested::default()
        };
        for (first, decoded) in self.decode(values, lost(0), &budgets[0], &mut out)? {
            let rejected: Vec<u32> = decoded.rejects.iter().map(|r| r.index + first).collect();
            out.rejects.extend(decoded.rejects.into_iter().map(|r| Reject::refused(first, r)));
            out.without_position += decoded.without_position;
            out.doubtful_updates += decoded.doubtful_updates;
            let mut events = decoded.events;
            events.record_index.iter_mut().for_each(|index| *index += first);
            out.see(&events);
            if self.documents {
                self.documents(&events, lost(0), &budgets[0], &mut out)?;
            }
            let events = events::for_aggregates(events);
            let mut late = vec![0_u32; events.time.len()];
            for slot in 0..self.aggregates.len() {
                let keep = self.in_time(slot, &events, &rejected, watermark, &mut late);
                let (since, budget) = (lost(slot + 1), &budgets[slot + 1]);
                self.contribute(slot, &events, keep.as_deref(), since, budget, &mut out)?;
            }
            let named =
                events.record_index.iter().zip(late).filter(|(_, aggregates)| *aggregates != 0);
            out.late.extend(named.map(|(&index, aggregates)| Late { index, aggregates }));
        }
        out.rejects.sort_by_key(|reject| reject.index);
        out.calls = self
            .spent()
            .iter()
            .zip(&before)
            .map(|(now, before)| Calls {
                nanos: u64::try_from((now.time - before.time).as_nanos()).unwrap_or(u64::MAX),
                traps: now.traps - before.traps,
            })
            .collect();
        Ok(out)
    }

    /// The decoder first, then each aggregate.
    fn spent(&self) -> Vec<Spent> {
        std::iter::once(self.decoder.spent())
            .chain(self.aggregates.iter().map(|a| a.instance.spent()))
            .collect()
    }

    /// What the decoder makes of the values: parts of the batch in order, each with the index of its first value.
    fn decode(
        &mut self,
        values: &ByteLists,
        since: Duration,
        budget: &Budget,
        out: &mut Ingested,
    ) -> Result<Vec<(u32, Decoded)>, Error> {
        let slot = self.decoder.slot().to_owned();
        let parts = isolate(
            &mut self.decoder,
            values.len(),
            since,
            |decoder, range, deadline| {
                let (count, part) = (range.len(), part(values, range)?);
                decoder.call_within(
                    deadline,
                    "decode",
                    |w, s| w.0.crimes_udf_decoding().call_decode(s, &part),
                    |decoded| check::decoded(decoded, count, budget),
                )
            },
            |i, error| out.rejects.push(Reject::trap(index(i), &slot, error)),
        )?;
        Ok(parts.into_iter().map(|(range, decoded)| (index(range.start), decoded)).collect())
    }

    /// Which events an aggregate gets, or `None` for all: not those that come too late for it, which are noted, and not
    /// those that the decoder rejected, whatever the aggregate would think of them.
    fn in_time(
        &self,
        slot: usize,
        events: &aggregate::Events,
        rejected: &[u32],
        watermark: i64,
        late: &mut [u32],
    ) -> Option<Vec<usize>> {
        let Slot { size, slide, .. } = self.aggregates[slot];
        let horizon = lateness::horizon(watermark, size, slide).unwrap_or(i64::MIN);
        if rejected.is_empty() && events.time.iter().all(|&time| time >= horizon) {
            return None;
        }
        let mut keep = Vec::with_capacity(events.time.len());
        for (i, &time) in events.time.iter().enumerate() {
            if rejected.binary_search(&events.record_index[i]).is_ok() {
                continue;
            }
            if time < horizon {
                late[i] |= 1 << slot;
            } else {
                keep.push(i);
            }
        }
        Some(keep)
    }

    fn contribute(
        &mut self,
        slot: usize,
        events: &aggregate::Events,
        keep: Option<&[usize]>,
        since: Duration,
        budget: &Budget,
        out: &mut Ingested,
    ) -> Result<(), Error> {
        let Slot { instance, slice, .. } = &mut self.aggregates[slot];
        let (slice, name) = (*slice, instance.slot().to_owned());
        let selected = keep.map(|keep| events::select_for_aggregates(events, keep));
        let events = selected.as_ref().unwrap_or(events);
        let ask = |instance: &mut Instance<AggregateWorld>, range: Range<usize>, deadline| {
            let part;
            let events = if range.len() == events.id.len() {
                events
            } else {
                part = events::select_for_aggregates(events, &Vec::from_iter(range));
                &part
            };
            instance.call_within(
                deadline,
                "ingest",
                |w, s| w.0.crimes_udf_windowed_aggregate().call_ingest(s, events, slice),
                |contributions| check::contributions(contributions, &events.time, slice, budget),
            )
        };
        let bad = |i: usize, error| {
            out.rejects.push(Reject::trap(events.record_index[i], &name, error));
        };
        for (_, given) in isolate(instance, events.id.len(), since, ask, bad)? {
            let all = &mut out.contributions[slot];
            all.slice_start.extend(given.slice_start);
            all.weight.extend(given.weight);
            all.keys.append(&given.keys.into())?;
            all.partials.append(&given.partials.into())?;
        }
        Ok(())
    }

    fn documents(
        &mut self,
        events: &Events,
        since: Duration,
        budget: &Budget,
        out: &mut Ingested,
    ) -> Result<(), Error> {
        let slot = self.decoder.slot().to_owned();
        let ask = |decoder: &mut Instance<DecoderWorld>, range: Range<usize>, deadline| {
            let part;
            let events = if range.len() == events.id.len() {
                events
            } else {
                part = events::select_for_decoder(events, &Vec::from_iter(range));
                &part
            };
            decoder.call_within(
                deadline,
                "documents",
                |w, s| w.0.crimes_udf_decoding().call_documents(s, events),
                |documents| check::documents(documents, events.id.len(), budget),
            )
        };
        let bad = |i: usize, error| {
            out.rejects.push(Reject::trap(events.record_index[i], &slot, error));
        };
        for (_, given) in isolate(&mut self.decoder, events.id.len(), since, ask, bad)? {
            out.documents.versions.extend(given.versions);
            out.documents.ids.append(&given.ids.into())?;
            out.documents.bodies.append(&given.bodies.into())?;
        }
        Ok(())
    }
}

fn index(i: usize) -> u32 {
    u32::try_from(i).unwrap_or(u32::MAX)
}

fn part(values: &ByteLists, range: Range<usize>) -> Result<decoder::ByteLists, Error> {
    if range.len() == values.len() {
        return Ok(decoder::ByteLists { bytes: values.bytes.clone(), ends: values.ends.clone() });
    }
    let mut part = ByteLists::default();
    range.into_iter().try_for_each(|i| part.push(values.get(i)))?;
    Ok(decoder::ByteLists { bytes: part.bytes, ends: part.ends })
}
