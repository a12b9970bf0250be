//! What Kafka holds: how much, and for dead letters why.

use std::collections::{BTreeMap, HashMap};

use rdkafka::message::{BorrowedMessage, Headers as _, Message as _};

use crate::dead_letter::RESENT_TO;
use crate::kafka::Broker;
use crate::topic::TopicReader;

/// The dead letters of a topic.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct DeadLetters {
    /// messages; the same letter can be there twice, after a recovery or a second run
    pub(super) messages: u64,
    /// distinct letters by what a header says
    pub(super) by_header: BTreeMap<String, u64>,
}

impl DeadLetters {
    /// Letters that differ in where their record was read.
    pub(super) fn distinct(&self) -> u64 {
        self.by_header.values().sum()
    }
}

/// A broker that answers.
pub(super) struct Reader {
    topics: TopicReader,
}

impl Reader {
    pub(super) fn connect(broker: &Broker) -> anyhow::Result<Self> {
        Ok(Self { topics: TopicReader::connect(broker)? })
    }

    /// Messages of a topic; none if there is no such topic.
    pub(super) fn count(&self, topic: &str) -> anyhow::Result<Option<u64>> {
        let ranges = self.topics.ranges(topic)?;
        Ok(ranges
            .map(|ranges| ranges.values().map(|(low, high)| (high - low).unsigned_abs()).sum()))
    }

    /// All dead letters of a topic, by the values of a header; none if there is no such topic.
    pub(super) fn dead_letters(
        &self,
        topic: &str,
        header: &str,
    ) -> anyhow::Result<Option<DeadLetters>> {
        let Some(ranges) = self.topics.ranges(topic)? else { return Ok(None) };
        let mut letters = DeadLetters::default();
        let mut distinct: HashMap<Vec<u8>, String> = HashMap::new();
        self.topics.read(topic, &ranges, |message| {
            // a note that a letter was sent back is no letter
            if !has(message, RESENT_TO) {
                letters.messages += 1;
                let key = message.key().unwrap_or_default().to_vec();
                distinct.insert(key, value_of(message, header));
            }
        })?;
        for value in distinct.into_values() {
            *letters.by_header.entry(value).or_default() += 1;
        }
        Ok(Some(letters))
    }
}

fn has(message: &BorrowedMessage<'_>, header: &str) -> bool {
    message.headers().is_some_and(|headers| headers.iter().any(|it| it.key == header))
}

fn value_of(message: &BorrowedMessage<'_>, header: &str) -> String {
    let value = message
        .headers()
        .and_then(|headers| headers.iter().find(|it| it.key == header))
        .and_then(|it| it.value);
    value
        .map_or_else(|| format!("no {header}"), |value| String::from_utf8_lossy(value).into_owned())
}
