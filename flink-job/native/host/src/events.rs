//! Events as columns: choosing some of them, and handing them from one world's bindings to the other's.

use crate::error::{Code, Error};
use crate::generated::aggregate::exports::crimes::udf::types as aggregate;
use crate::generated::decoder::exports::crimes::udf::types as decoder;

/// Many byte strings in one buffer: entry `i` is `bytes[ends[i - 1]..ends[i]]`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ByteLists {
    /// All entries, one behind the other.
    pub bytes: Vec<u8>,
    /// End of each entry; ascends.
    pub ends: Vec<u32>,
}

impl ByteLists {
    /// Number of entries.
    #[must_use]
    pub fn len(&self) -> usize {
        self.ends.len()
    }

    /// Whether there is no entry.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.ends.is_empty()
    }

    /// Entry `i`; empty where there is none.
    #[must_use]
    pub fn get(&self, i: usize) -> &[u8] {
        let start = if i == 0 { 0 } else { self.ends.get(i - 1).map_or(0, |&e| e as usize) };
        let end = self.ends.get(i).map_or(start, |&e| e as usize);
        self.bytes.get(start..end).unwrap_or(&[])
    }

    /// Adds an entry.
    ///
    /// # Errors
    /// Where the buffer would have more than 4 GiB, which ends of 32 bits do not reach.
    pub fn push(&mut self, entry: &[u8]) -> Result<(), Error> {
        let end = self.end_after(entry.len())?;
        self.bytes.extend_from_slice(entry);
        self.ends.push(end);
        Ok(())
    }

    /// Adds all entries of another, whose ends are its own.
    pub(crate) fn append(&mut self, other: &Self) -> Result<(), Error> {
        self.end_after(other.bytes.len())?;
        // no greater than the end that was just computed
        let base = self.bytes.len() as u32;
        self.bytes.extend_from_slice(&other.bytes);
        self.ends.extend(other.ends.iter().map(|end| end + base));
        Ok(())
    }

    fn end_after(&self, more: usize) -> Result<u32, Error> {
        end_of(self.bytes.len(), more).ok_or_else(|| {
            let message = format!(
                "{more} bytes do not fit behind {}: a column of byte strings has at most 4 GiB; make batches smaller",
                self.bytes.len()
            );
            Error::new(Code::Output, message)
        })
    }
}

fn end_of(length: usize, more: usize) -> Option<u32> {
    length.checked_add(more).and_then(|end| u32::try_from(end).ok())
}

impl From<aggregate::ByteLists> for ByteLists {
    fn from(lists: aggregate::ByteLists) -> Self {
        Self { bytes: lists.bytes, ends: lists.ends }
    }
}

impl From<decoder::ByteLists> for ByteLists {
    fn from(lists: decoder::ByteLists) -> Self {
        Self { bytes: lists.bytes, ends: lists.ends }
    }
}

pub(crate) use decoder::Events;

/// The events in the bindings of the aggregates' world: the same columns, moved.
pub(crate) fn for_aggregates(e: Events) -> aggregate::Events {
    aggregate::Events {
        record_index: e.record_index,
        id: e.id,
        time: e.time,
        updated: e.updated,
        district: e.district,
        beat: e.beat,
        ward: e.ward,
        community_area: e.community_area,
        flags: e.flags,
        latitude: e.latitude,
        longitude: e.longitude,
        primary_type: e.primary_type,
        description: e.description,
        location_description: e.location_description,
        texts: aggregate::ByteLists { bytes: e.texts.bytes, ends: e.texts.ends },
    }
}

macro_rules! selection {
    ($name:ident, $world:ident) => {
        /// The events at some indices, with all texts: what a batch is cut down to when a part of it must be left out.
        pub(crate) fn $name(events: &$world::Events, keep: &[usize]) -> $world::Events {
            fn pick<T: Copy>(column: &[T], keep: &[usize]) -> Vec<T> {
                keep.iter().filter_map(|&i| column.get(i).copied()).collect()
            }
            $world::Events {
                record_index: pick(&events.record_index, keep),
                id: pick(&events.id, keep),
                time: pick(&events.time, keep),
                updated: pick(&events.updated, keep),
                district: pick(&events.district, keep),
                beat: pick(&events.beat, keep),
                ward: pick(&events.ward, keep),
                community_area: pick(&events.community_area, keep),
                flags: pick(&events.flags, keep),
                latitude: pick(&events.latitude, keep),
                longitude: pick(&events.longitude, keep),
                primary_type: pick(&events.primary_type, keep),
                description: pick(&events.description, keep),
                location_description: pick(&events.location_description, keep),
                texts: events.texts.clone(),
            }
        }
    };
}

selection!(select_for_aggregates, aggregate);
selection!(select_for_decoder, decoder);

#[cfg(test)]
mod tests {
    use super::end_of;

    #[test]
    fn an_end_beyond_32_bits_is_none() {
        assert_eq!(end_of(0xffff_ff00, 0xff), Some(u32::MAX));
        assert_eq!(end_of(0xffff_ff00, 0x100), None);
        assert_eq!(end_of(usize::MAX, 1), None);
    }
}
