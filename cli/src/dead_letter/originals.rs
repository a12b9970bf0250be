//! The records that dead letters were made of, where their topic still has them: they have the key and, where the letter
//! was cut, the whole value.

use std::collections::{BTreeMap, HashMap};

use rdkafka::message::Message as _;

use super::letter::Source;
use crate::topic::{Ranges, TopicReader};

/// Reading on is cheaper than beginning anew as long as no more messages than these lie between.
const WORTH_A_JUMP: i64 = 10_000;

/// A record as it is in its topic.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Original {
    pub(super) key: Option<Vec<u8>>,
    pub(super) value: Option<Vec<u8>>,
    pub(super) timestamp: Option<i64>,
}

/// What one topic still has of these places, by partition and offset; none if there is no such topic.
pub(super) fn read(
    reader: &TopicReader,
    topic: &str,
    places: &[&Source],
) -> anyhow::Result<Option<HashMap<(i32, i64), Original>>> {
    let Some(there) = reader.ranges(topic)? else { return Ok(None) };
    let mut wanted: BTreeMap<i32, Vec<i64>> = BTreeMap::new();
    for place in places {
        let range = there.get(&place.partition);
        if range.is_some_and(|&(low, high)| low <= place.offset && place.offset < high) {
            wanted.entry(place.partition).or_default().push(place.offset);
        }
    }
    let mut found = HashMap::new();
    for (partition, mut offsets) in wanted {
        offsets.sort_unstable();
        for near in offsets.chunk_by(|one, next| next - one <= WORTH_A_JUMP) {
            let (Some(first), Some(last)) = (near.first(), near.last()) else { continue };
            reader.read(topic, &Ranges::from([(partition, (*first, last + 1))]), |message| {
                if near.binary_search(&message.offset()).is_ok() {
                    let original = Original {
                        key: message.key().map(<[u8]>::to_vec),
                        value: message.payload().map(<[u8]>::to_vec),
                        timestamp: message.timestamp().to_millis(),
                    };
                    found.insert((partition, message.offset()), original);
                }
            })?;
        }
    }
    Ok(Some(found))
}
